/* UnionPay's gateway, asked by a merchant who signs and verifies with another library. */

#include "service/simulator_stage_unionpay.h"

#include "core/clock.h"
#include "payment/bill_unionpay.h"

/* ---- the file of a day, read as payment reads it ---- */

static void sleep_until(struct day day, int64_t ms)
{
    shift_clock(test.clock_ms + day_start(day).ms + ms - clock_now().ms);
}

static void send_for_file(struct day day)
{
    struct up_message message = up_request("76", "01", "000000");

    up_set(&message, "channelType", NULL);
    up_set(&message, "txnTime", up_compact(clock_now()));
    up_set(&message, "fileType", "00");
    up_set(&message, "settleDate",
           arena_printf(test.arena, "%.4s", up_compact(day_start(day)) + 4));
    assert_int_equal(up_ask("/filedownload/", message), 200);
}

static const char *ask_for_file(struct day day)
{
    send_for_file(day);
    return up_told("respCode");
}

static bool append(void *context, const struct bill_line *line)
{
    const char **text = context;

    *text =
        arena_printf(test.arena, "%s|%s %s %s %lld %s", *text, line->direction, line->gateway_no,
                     line->our_no, (long long)line->amount_fen.fen, up_compact(line->happened_at));
    return true;
}

static struct bytes next_piece(void *context)
{
    struct bytes *left = context, piece = *left;

    *left = (struct bytes){NULL, 0};
    return piece;
}

/* "|in NO OURS 20000 20261122100007|out ..." of the file that was handed over; NULL: not in order.
 */
static const char *lines_of(struct day day)
{
    struct bytes zip = unionpay_file(test.arena, up_told("fileContent"));
    const char *text = "";
    struct bill_reading reading = {.format = &bill_unionpay,
                                   .wanted = {.merchant = UP_MER_ID, .day = day},
                                   .source = {next_piece, &zip},
                                   .take = append,
                                   .context = &text};

    return bill_read(test.arena, &reading) ? text : NULL;
}

static bool has_line(const char *lines, const char *direction, const char *no, const char *ours)
{
    return strstr(lines, arena_printf(test.arena, "|%s %s %s ", direction, no, ours)) != NULL;
}

static struct day in_days(int64_t days)
{
    return (struct day){civil_day(clock_now()).number + days};
}

/* ---- the stories ---- */

static void a_payer_arrives_pays_and_goes_back(void **state)
{
    const char *no = up_no();
    struct up_message message = up_payment(no);
    const char *txn_time = up_get(&message, "txnTime");

    (void)state;
    up_arrive(message);
    assert_non_null(strstr(up_page(), "¥200.00"));
    assert_non_null(strstr(up_page(), "action=\"/gateway/api/pay.do\""));
    up_query(no, txn_time);
    assert_string_equal(up_told("respCode"), "34");
    up_arrive(message); /* the page opened once more */
    assert_non_null(strstr(up_page(), "¥200.00"));
    up_click(no);
    assert_non_null(strstr(up_page(), "支付成功"));
    assert_non_null(strstr(up_page(), "action=\"https://pay.example.cn/r\""));
    up_query(no, txn_time);
    assert_string_equal(up_told("respCode"), "00");
    assert_string_equal(up_told("origRespCode"), "00");
    assert_string_equal(up_told("txnAmt"), "20000");
    assert_string_equal(up_told("txnType"), "01");
    assert_string_equal(up_told("orderId"), no);
    assert_int_equal(strlen(up_told("queryId")), 21);
    run_jobs();
    assert_int_equal(arrived(no), 1);
    up_arrive(message);
    assert_non_null(strstr(up_page(), "12 "));
    assert_int_equal(up_post("/gateway/api/pay.do", arena_printf(test.arena, "orderId=%s", no)),
                     409);
    assert_int_equal(up_post("/gateway/api/pay.do", "orderId=NOBODYS1"), 404);
    assert_int_equal(up_post("/gateway/api/pay.do", "x"), 404);
}

static void an_order_number_is_for_one_content(void **state)
{
    const char *no = up_no();
    struct up_message message = up_payment(no);

    (void)state;
    up_arrive(message);
    up_set(&message, "txnAmt", "10000");
    up_arrive(message);
    assert_non_null(strstr(up_page(), "12 "));
    assert_null(strstr(up_page(), "<form"));
}

static void nobody_pays_after_the_timeout(void **state)
{
    const char *no = up_no();
    struct up_message message = up_payment(no);

    (void)state;
    up_arrive(message);
    shift_clock(16 * MINUTE_MS);
    assert_int_equal(up_post("/gateway/api/pay.do", arena_printf(test.arena, "orderId=%s", no)),
                     409);
    up_arrive(message);
    assert_non_null(strstr(up_page(), "39 "));
    up_query(no, up_get(&message, "txnTime"));
    assert_string_equal(up_told("respCode"), "34");
}

static void a_query_names_the_order_and_its_time(void **state)
{
    const char *no = up_no(), *txn_time;

    (void)state;
    up_paid(no, &txn_time);
    up_query(no, "20200101000000");
    assert_string_equal(up_told("respCode"), "34");
    up_query(up_no(), txn_time);
    assert_string_equal(up_told("respCode"), "34");
}

static void broken_requests_are_refused(void **state)
{
    static const struct {
        const char *name, *value, *code;
    } cases[] = {
        {"version", "5.0.0", "10"},
        {"encoding", "GBK", "10"},
        {"signMethod", "11", "10"},
        {"txnType", "02", "10"},
        {"bizType", "000000", "10"},
        {"channelType", "09", "10"},
        {"accessType", "1", "10"},
        {"orderId", "SHORT", "10"},
        {"orderId", "WITH-DASH-1", "10"},
        {"txnTime", "2026", "10"},
        {"txnTime", "20260230000000", "10"},
        {"txnTime", "20200101000000", "39"},
        {"txnAmt", "0", "10"},
        {"txnAmt", "0150", "10"},
        {"txnAmt", "1e3", "10"},
        {"txnAmt", "-1", "10"},
        {"txnAmt", "１", "10"},
        {"currencyCode", "840", "10"},
        {"backUrl", "http://a/b", "10"},
        {"frontUrl", NULL, "10"},
        {"payTimeout", "1", "10"},
        {"merId", "777290058110049", "31"},
        {"certId", "1", "11"},
        {"reqReserved", "a&b", "10"},
        {"surprise", "1", "10"},
        {"reqReserved", "", "10"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct up_message message = up_payment(up_no());

        up_set(&message, cases[i].name, cases[i].value);
        up_arrive(message);
        assert_null(strstr(up_page(), "<form"));
        assert_non_null(
            strstr(up_page(), arena_printf(test.arena, "<p role=\"alert\">%s ", cases[i].code)));
    }
}

static void the_signature_covers_every_field(void **state)
{
    const char *no = up_no(), *txn_time;
    struct up_message message = up_payment(no);
    struct key *key = up_merchant_key(&message);

    (void)state;
    up_set(&message, "signature", up_signature(key, up_joined(message, false)));
    up_set(&message, "txnAmt", "1");
    assert_int_equal(up_post("/gateway/api/frontTransReq.do", up_joined(message, true)), 200);
    assert_non_null(strstr(up_page(), "11 "));
    message = up_reversal("04", up_no(), up_paid(no, &txn_time), "100");
    up_set(&message, "signature", up_signature(key, up_joined(message, false)));
    up_set(&message, "txnAmt", "101");
    up_post("/gateway/api/backTransReq.do", up_joined(message, true));
    assert_string_equal(up_told("respCode"), "11");
    key_close(key);
    up_post("/gateway/api/backTransReq.do", "no form");
    assert_string_equal(up_told("respCode"), "10");
    up_post("/gateway/api/queryTrans.do", "a=%");
    assert_string_equal(up_told("respCode"), "10");
}

static void a_refund_moves_money_once(void **state)
{
    const char *no = up_no(), *back = up_no(), *txn_time;
    const char *query_id = up_paid(no, &txn_time);
    struct up_message message = up_reversal("04", back, query_id, "15000");

    (void)state;
    assert_string_equal(up_reverse(message), "00");
    assert_string_equal(up_told("origQryId"), query_id);
    assert_string_equal(up_reverse(message), "12");
    assert_string_equal(up_reverse(up_reversal("04", up_no(), query_id, "5001")), "36");
    assert_string_equal(up_reverse(up_reversal("04", up_no(), query_id, "5000")), "00");
    up_query(back, up_get(&message, "txnTime"));
    assert_string_equal(up_told("origRespCode"), "00");
    assert_string_equal(up_told("txnType"), "04");
    assert_string_equal(up_told("txnAmt"), "15000");
    assert_int_equal(
        control("GET", arena_printf(test.arena, "/simulator/movements?out_trade_no=%s", no), NULL),
        200);
    assert_string_equal(said("items.0.direction"), "in");
    assert_int_equal(said_number("items.1.amount_fen"), 15000);
    assert_int_equal(said_number("items.2.amount_fen"), 5000);
    assert_null(said("items.3.direction"));
    run_jobs();
    assert_int_equal(arrived(back), 1);
}

static void nothing_goes_back_of_what_was_not_paid(void **state)
{
    const char *no = up_no();

    (void)state;
    up_arrive(up_payment(no));
    assert_string_equal(up_reverse(up_reversal("04", up_no(), "123456789012345678901", "1")), "35");
    assert_string_equal(up_reverse(up_reversal("04", up_no(), "1", "1")), "10");
}

static void only_the_whole_payment_of_a_day_is_cancelled(void **state)
{
    const char *txn_time, *query_id = up_paid(up_no(), &txn_time);

    (void)state;
    assert_string_equal(up_reverse(up_reversal("31", up_no(), query_id, "1")), "36");
    assert_string_equal(up_reverse(up_reversal("31", up_no(), query_id, "20000")), "00");
    assert_string_equal(up_reverse(up_reversal("31", up_no(), query_id, "20000")), "36");
    query_id = up_paid(up_no(), &txn_time);
    shift_clock(DAY_MS);
    assert_string_equal(up_reverse(up_reversal("31", up_no(), query_id, "20000")), "35");
    assert_string_equal(up_reverse(up_reversal("04", up_no(), query_id, "20000")), "00");
}

static void a_notice_is_a_signed_form_and_repeated_until_200(void **state)
{
    const char *no = up_no(), *txn_time, *id;

    (void)state;
    merchant_says("500 no\n204 \n200 whatever\n");
    up_paid(no, &txn_time);
    run_jobs();
    assert_int_equal(arrived(no), 1);
    shift_clock(MINUTE_MS);
    run_jobs();
    assert_int_equal(arrived(no), 2);
    shift_clock(3 * MINUTE_MS);
    run_jobs();
    assert_int_equal(arrived(no), 3);
    shift_clock(30 * MINUTE_MS);
    run_jobs();
    assert_int_equal(arrived(no), 3);
    control("GET", arena_printf(test.arena, "/simulator/callbacks?out_trade_no=%s", no), NULL);
    assert_string_equal(said("items.0.state"), "delivered");
    id = said("items.0.id");
    control("GET", arena_printf(test.arena, "/simulator/callbacks/%s/bytes", id), NULL);
    assert_non_null(strstr(said("body"), arena_printf(test.arena, "txnTime=%s", txn_time)));
    assert_non_null(strstr(said("body"), "respMsg=%E6%88%90%E5%8A%9F%5B0000000%5D"));
    assert_non_null(strstr(said("body"), "signPubKeyCert=-----BEGIN%20CERTIFICATE-----"));
}

static void faults_break_answers_as_ordered(void **state)
{
    const char *no = up_no(), *back = up_no(), *txn_time, *query_id = up_paid(no, &txn_time);
    struct up_message message = up_reversal("04", back, query_id, "100");

    (void)state;
    fault("{\"gateway\":\"unionpay\",\"operation\":\"query\",\"fault\":\"http_500\",\"times\":1}");
    assert_int_equal(up_query(no, txn_time), 500);
    fault("{\"gateway\":\"unionpay\",\"operation\":\"query\",\"fault\":\"forged\",\"times\":1}");
    up_query(no, txn_time);
    assert_false(up_is_genuine(up_answer()));
    fault("{\"gateway\":\"unionpay\",\"operation\":\"query\",\"fault\":\"no_signature\","
          "\"times\":1}");
    up_query(no, txn_time);
    assert_false(up_is_genuine(up_answer()));
    fault("{\"gateway\":\"unionpay\",\"operation\":\"query\",\"fault\":\"says_unpaid\","
          "\"times\":1}");
    up_query(no, txn_time);
    assert_string_equal(up_told("respCode"), "34");
    fault("{\"gateway\":\"unionpay\",\"operation\":\"refund\",\"fault\":\"lost_answer\","
          "\"times\":1}");
    up_ask("/gateway/api/backTransReq.do", message);
    assert_string_equal(header("X-Accel-Redirect"), "/cut");
    up_query(back, up_get(&message, "txnTime"));
    assert_string_equal(up_told("origRespCode"), "00"); /* done, only nobody heard */
    fault("{\"gateway\":\"unionpay\",\"operation\":\"refund\",\"fault\":\"refund_closed\","
          "\"times\":1}");
    message = up_reversal("04", up_no(), query_id, "100");
    assert_string_equal(up_reverse(message), "00");
    up_query(up_get(&message, "orderId"), up_get(&message, "txnTime"));
    assert_string_equal(up_told("respCode"), "00");
    assert_string_equal(up_told("origRespCode"), "01");
    fault("{\"gateway\":\"unionpay\",\"operation\":\"refund\",\"fault\":\"system_error_after\","
          "\"times\":1}");
    message = up_reversal("04", up_no(), query_id, "100");
    assert_string_equal(up_reverse(message), "04");
    assert_string_equal(up_reverse(message), "12");
}

static void each_merchant_has_orders_and_a_key_of_its_own(void **state)
{
    const char *no = up_no(), *fee = up_no(), *txn_time, *query_id = up_paid(no, &txn_time);
    struct up_message message = up_request("00", "00", "000000");

    (void)state;
    up_set(&message, "orderId", no);
    up_set(&message, "txnTime", txn_time);
    up_ask("/gateway/api/queryTrans.do", up_as_fee_merchant(message));
    assert_string_equal(up_told("respCode"), "34");
    assert_string_equal(up_reverse(up_as_fee_merchant(up_reversal("04", up_no(), query_id, "1"))),
                        "35");
    up_arrive(up_as_fee_merchant(up_payment(fee)));
    assert_non_null(strstr(up_page(), "¥200.00"));
    message = up_payment(up_no());
    up_set(&message, "merId", FEE_MER_ID); /* with the key and certificate of the other one */
    up_arrive(message);
    assert_non_null(strstr(up_page(), "11 "));
    up_click(fee);
    up_query(fee, up_get(&message, "txnTime"));
    assert_string_equal(up_told("respCode"), "34");
    run_jobs();
    assert_int_equal(arrived("merId=" FEE_MER_ID), 1);
}

static void the_page_of_open_orders_pays_too(void **state)
{
    const char *no = up_no();
    struct up_message message = up_payment(no);

    (void)state;
    up_arrive(message);
    assert_int_equal(control("GET", "/simulator/", NULL), 200);
    assert_non_null(
        strstr(up_page(), arena_printf(test.arena, "/simulator/click/unionpay/%s", no)));
    assert_int_equal(strlen(pay("unionpay", no)), 21);
    up_query(no, up_get(&message, "txnTime"));
    assert_string_equal(up_told("origRespCode"), "00");
}

static void a_clearing_day_s_file_goes_from_23_to_23(void **state)
{
    struct day eve = in_days(3), day = in_days(4), next = in_days(5);
    const char *first_no = up_no(), *second_no = up_no(), *late_no = up_no(), *time;
    const char *back = up_no(), *cancel = up_no(), *first, *second, *late, *lines;

    (void)state;
    sleep_until(eve, 23 * HOUR_MS);
    first = up_paid(first_no, &time);
    sleep_until(day, 12 * HOUR_MS);
    second = up_paid(second_no, &time);
    assert_string_equal(up_reverse(up_reversal("04", back, first, "700")), "00");
    assert_string_equal(up_reverse(up_reversal("31", cancel, second, "20000")), "00");
    sleep_until(day, 23 * HOUR_MS);
    late = up_paid(late_no, &time);
    sleep_until(next, 9 * HOUR_MS - SECOND_MS * 30);
    assert_string_equal(ask_for_file(day), "98");
    sleep_until(next, 9 * HOUR_MS);
    assert_string_equal(ask_for_file(day), "00");
    lines = lines_of(day);
    assert_non_null(lines);
    assert_true(has_line(lines, "in", first, first_no));
    assert_non_null(strstr(lines, arena_printf(test.arena, " %s 20000 %.8s2300", first_no,
                                               up_compact(day_start(eve)))));
    assert_true(has_line(lines, "in", second, second_no));
    assert_non_null(strstr(lines, arena_printf(test.arena, " %s 700 ", back)));
    assert_non_null(strstr(lines, arena_printf(test.arena, " %s 20000 ", cancel)));
    assert_false(has_line(lines, "in", late, late_no));
    sleep_until(in_days(1), 9 * HOUR_MS);
    assert_string_equal(ask_for_file(next), "00");
    assert_true(has_line(lines_of(next), "in", late, late_no));
    assert_string_equal(ask_for_file(in_days(-90)), "98");
}

static void faults_spoil_a_file(void **state)
{
    struct day day = in_days(8);
    const char *no = up_no(), *time, *id;

    (void)state;
    sleep_until(day, 12 * HOUR_MS);
    id = up_paid(no, &time);
    sleep_until(in_days(1), 10 * HOUR_MS);
    fault("{\"operation\":\"bill\",\"fault\":\"bill_late\",\"times\":1}");
    assert_string_equal(ask_for_file(day), "98");
    fault("{\"operation\":\"bill\",\"fault\":\"truncated\",\"times\":1}");
    assert_string_equal(ask_for_file(day), "00");
    assert_null(unionpay_file(test.arena, up_told("fileContent")).data);
    fault(arena_printf(test.arena,
                       "{\"operation\":\"bill\",\"fault\":\"line_added\",\"times\":1,"
                       "\"match\":\"%s\"}",
                       day_to_text(test.arena, day)));
    assert_string_equal(ask_for_file(day), "00");
    assert_non_null(strstr(lines_of(day), " NOBODY"));
    fault("{\"operation\":\"bill\",\"fault\":\"forged\",\"times\":1}");
    send_for_file(day);
    assert_false(up_is_genuine(up_answer()));
    assert_string_equal(ask_for_file(day), "00");
    assert_true(has_line(lines_of(day), "in", id, no));
}

static void a_file_is_handed_over_to_whom_it_is_about(void **state)
{
    struct up_message message = up_request("76", "01", "000000");

    (void)state;
    up_set(&message, "channelType", NULL);
    up_set(&message, "txnTime", up_compact(clock_now()));
    up_set(&message, "settleDate", "0102");
    up_ask("/filedownload/", message);
    assert_string_equal(up_told("respCode"), "10"); /* no fileType */
    up_set(&message, "fileType", "00");
    up_set(&message, "merId", "777290058110049");
    up_ask("/filedownload/", message);
    assert_string_equal(up_told("respCode"), "31");
    up_set(&message, "merId", UP_MER_ID);
    up_set(&message, "settleDate", "0230");
    up_ask("/filedownload/", message);
    assert_string_equal(up_told("respCode"), "10");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_payer_arrives_pays_and_goes_back),
        TEST(an_order_number_is_for_one_content),
        TEST(nobody_pays_after_the_timeout),
        TEST(a_query_names_the_order_and_its_time),
        TEST(broken_requests_are_refused),
        TEST(the_signature_covers_every_field),
        TEST(a_refund_moves_money_once),
        TEST(nothing_goes_back_of_what_was_not_paid),
        TEST(only_the_whole_payment_of_a_day_is_cancelled),
        TEST(a_notice_is_a_signed_form_and_repeated_until_200),
        TEST(faults_break_answers_as_ordered),
        TEST(each_merchant_has_orders_and_a_key_of_its_own),
        TEST(the_page_of_open_orders_pays_too),
        TEST(a_clearing_day_s_file_goes_from_23_to_23),
        TEST(faults_spoil_a_file),
        TEST(a_file_is_handed_over_to_whom_it_is_about),
    };

    return TELL_TWICE(tests);
}
