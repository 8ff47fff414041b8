/* UnionPay's gateway, asked by a merchant who signs and verifies with another library. */

#include "service/simulator_stage.h"

#include "core/certificate.h"
#include "core/clock.h"
#include "core/http.h"
#include "payment/bill_unionpay.h"

#define MER_ID "777290058110048"
#define CERT_ID "68738565479"
#define FORM "application/x-www-form-urlencoded"

/* ---- the merchant ---- */

struct field_text {
    const char *name, *value;
};

struct message {
    struct field_text items[40];
    size_t count;
};

static void set(struct message *message, const char *name, const char *value)
{
    for (size_t i = 0; i < message->count; i++)
        if (strcmp(message->items[i].name, name) == 0) {
            message->items[i].value = value;
            return;
        }
    message->items[message->count++] = (struct field_text){name, value};
}

static const char *get(const struct message *message, const char *name)
{
    for (size_t i = 0; i < message->count; i++)
        if (strcmp(message->items[i].name, name) == 0)
            return message->items[i].value;
    return NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct field_text *)a)->name, ((const struct field_text *)b)->name);
}

/* "a=1&b=2" without the signature, encoded or not. */
static const char *joined(struct message message, bool is_encoded)
{
    const char *text = "";

    qsort(message.items, message.count, sizeof(message.items[0]), by_name);
    for (size_t i = 0; i < message.count; i++) {
        const struct field_text *one = &message.items[i];

        if (one->value == NULL || (!is_encoded && strcmp(one->name, "signature") == 0))
            continue;
        text = arena_printf(test.arena, "%s%s%s=%s", text, *text == '\0' ? "" : "&", one->name,
                            is_encoded ? url_encode(test.arena, one->value) : one->value);
    }
    return text;
}

static const char *compact(struct instant at)
{
    struct day day = civil_day(at);
    int64_t year, month, date, ms = at.ms - day_start(day).ms;

    day_parts(day, &year, &month, &date);
    return arena_printf(test.arena, "%04d%02d%02d%02d%02d%02d", (int)year, (int)month, (int)date,
                        (int)(ms / HOUR_MS), (int)(ms / MINUTE_MS % 60),
                        (int)(ms / SECOND_MS % 60));
}

static struct message request(const char *txn_type, const char *txn_sub_type, const char *biz_type)
{
    struct message message = {.count = 0};

    set(&message, "version", "5.1.0");
    set(&message, "encoding", "UTF-8");
    set(&message, "signMethod", "01");
    set(&message, "txnType", txn_type);
    set(&message, "txnSubType", txn_sub_type);
    set(&message, "bizType", biz_type);
    set(&message, "channelType", "07");
    set(&message, "accessType", "0");
    set(&message, "merId", MER_ID);
    set(&message, "certId", CERT_ID);
    return message;
}

static const char *notify_url(void)
{
    return arena_printf(test.arena, "https://127.0.0.1:%d/notify/unionpay", test.upstream.port);
}

static struct message payment(const char *no)
{
    struct message message = request("01", "01", "000201");

    set(&message, "orderId", no);
    set(&message, "txnTime", compact(clock_now()));
    set(&message, "payTimeout", compact(instant_add(clock_now(), 15 * MINUTE_MS)));
    set(&message, "txnAmt", "20000");
    set(&message, "currencyCode", "156");
    set(&message, "frontUrl", "https://pay.example.cn/r");
    set(&message, "backUrl", notify_url());
    return message;
}

static struct message reversal(const char *txn_type, const char *no, const char *query_id,
                               const char *amount)
{
    struct message message = request(txn_type, "00", "000201");

    set(&message, "orderId", no);
    set(&message, "txnTime", compact(clock_now()));
    set(&message, "txnAmt", amount);
    set(&message, "origQryId", query_id);
    set(&message, "backUrl", notify_url());
    return message;
}

static struct key *merchant_key(void)
{
    size_t size;
    char *pem = secret_read(KEYS "up_merchant.key.pem", 8192, &size);
    struct key *key = key_private(pem);

    secret_forget(pem, size);
    assert_non_null(key);
    return key;
}

static const char *signature_of(const struct key *key, const char *text)
{
    return sign_rsa_sha256(test.arena, key, bytes_of(sha256_hex(test.arena, bytes_of(text))));
}

static int post(const char *target, const char *body)
{
    with("CONTENT_TYPE", FORM);
    return wechat(target, body);
}

static int ask_unionpay(const char *target, struct message message)
{
    struct key *key = merchant_key();

    set(&message, "signature", signature_of(key, joined(message, false)));
    key_close(key);
    return post(target, joined(message, true));
}

static const char *page(void)
{
    return arena_text_of(test.arena, test.asker.r->answer, test.asker.r->answer_size);
}

/* ---- what came back ---- */

static struct message answer(void)
{
    struct message message = {.count = 0};
    const char *at = page();

    while (*at != '\0' && message.count < 40) {
        size_t size = strcspn(at, "&"), name = strcspn(at, "=");

        assert_true(name < size);
        set(&message, arena_text_of(test.arena, at, name),
            arena_text_of(test.arena, at + name + 1, size - name - 1));
        at += size;
        at += *at == '&';
    }
    return message;
}

static bool is_genuine(struct message message)
{
    struct certificate *certificate = certificate_read(get(&message, "signPubKeyCert"));
    struct key *key = certificate_key(certificate);
    const char *signature = get(&message, "signature");
    bool genuine =
        signature != NULL &&
        verify_rsa_sha256(key, bytes_of(sha256_hex(test.arena, bytes_of(joined(message, false)))),
                          signature);

    certificate_close(certificate);
    key_close(key);
    return genuine;
}

/* A member of a well signed answer; "" when absent. */
static const char *told(const char *name)
{
    struct message message = answer();

    assert_true(is_genuine(message));
    return get(&message, name) == NULL ? "" : get(&message, name);
}

static const char *long_no(void)
{
    return arena_printf(test.arena, "UP%s", new_no());
}

static void arrive(struct message message)
{
    assert_int_equal(ask_unionpay("/gateway/api/frontTransReq.do", message), 200);
}

static int query(const char *no, const char *txn_time)
{
    struct message message = request("00", "00", "000000");

    set(&message, "orderId", no);
    set(&message, "txnTime", txn_time);
    return ask_unionpay("/gateway/api/queryTrans.do", message);
}

static void click(const char *no)
{
    assert_int_equal(post("/gateway/api/pay.do", arena_printf(test.arena, "orderId=%s", no)), 200);
}

/* The queryId of a payment; *txn_time is what a query needs. */
static const char *paid(const char *no, const char **txn_time)
{
    struct message message = payment(no);

    *txn_time = get(&message, "txnTime");
    arrive(message);
    click(no);
    query(no, *txn_time);
    assert_string_equal(told("origRespCode"), "00");
    return told("queryId");
}

static const char *reverse(struct message message)
{
    assert_int_equal(ask_unionpay("/gateway/api/backTransReq.do", message), 200);
    return told("respCode");
}

/* ---- the file of a day, read as payment reads it ---- */

static void sleep_until(struct day day, int64_t ms)
{
    shift_clock(test.clock_ms + day_start(day).ms + ms - clock_now().ms);
}

static void send_for_file(struct day day)
{
    struct message message = request("76", "01", "000000");

    set(&message, "channelType", NULL);
    set(&message, "txnTime", compact(clock_now()));
    set(&message, "fileType", "00");
    set(&message, "settleDate", arena_printf(test.arena, "%.4s", compact(day_start(day)) + 4));
    assert_int_equal(ask_unionpay("/filedownload/", message), 200);
}

static const char *ask_for_file(struct day day)
{
    send_for_file(day);
    return told("respCode");
}

static bool append(void *context, const struct bill_line *line)
{
    const char **text = context;

    *text =
        arena_printf(test.arena, "%s|%s %s %s %lld %s", *text, line->direction, line->gateway_no,
                     line->our_no, (long long)line->amount_fen.fen, compact(line->happened_at));
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
    struct bytes zip = unionpay_file(test.arena, told("fileContent"));
    const char *text = "";
    struct bill_reading reading = {.format = &bill_unionpay,
                                   .wanted = {.merchant = MER_ID, .day = day},
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
    const char *no = long_no();
    struct message message = payment(no);
    const char *txn_time = get(&message, "txnTime");

    (void)state;
    arrive(message);
    assert_non_null(strstr(page(), "¥200.00"));
    assert_non_null(strstr(page(), "action=\"/gateway/api/pay.do\""));
    query(no, txn_time);
    assert_string_equal(told("respCode"), "34");
    arrive(message); /* the page opened once more */
    assert_non_null(strstr(page(), "¥200.00"));
    click(no);
    assert_non_null(strstr(page(), "支付成功"));
    assert_non_null(strstr(page(), "action=\"https://pay.example.cn/r\""));
    query(no, txn_time);
    assert_string_equal(told("respCode"), "00");
    assert_string_equal(told("origRespCode"), "00");
    assert_string_equal(told("txnAmt"), "20000");
    assert_string_equal(told("txnType"), "01");
    assert_string_equal(told("orderId"), no);
    assert_int_equal(strlen(told("queryId")), 21);
    run_jobs();
    assert_int_equal(arrived(no), 1);
    arrive(message);
    assert_non_null(strstr(page(), "12 "));
    assert_int_equal(post("/gateway/api/pay.do", arena_printf(test.arena, "orderId=%s", no)), 409);
    assert_int_equal(post("/gateway/api/pay.do", "orderId=NOBODYS1"), 404);
    assert_int_equal(post("/gateway/api/pay.do", "x"), 404);
}

static void an_order_number_is_for_one_content(void **state)
{
    const char *no = long_no();
    struct message message = payment(no);

    (void)state;
    arrive(message);
    set(&message, "txnAmt", "10000");
    arrive(message);
    assert_non_null(strstr(page(), "12 "));
    assert_null(strstr(page(), "<form"));
}

static void nobody_pays_after_the_timeout(void **state)
{
    const char *no = long_no();
    struct message message = payment(no);

    (void)state;
    arrive(message);
    shift_clock(16 * MINUTE_MS);
    assert_int_equal(post("/gateway/api/pay.do", arena_printf(test.arena, "orderId=%s", no)), 409);
    arrive(message);
    assert_non_null(strstr(page(), "39 "));
    query(no, get(&message, "txnTime"));
    assert_string_equal(told("respCode"), "34");
}

static void a_query_names_the_order_and_its_time(void **state)
{
    const char *no = long_no(), *txn_time;

    (void)state;
    paid(no, &txn_time);
    query(no, "20200101000000");
    assert_string_equal(told("respCode"), "34");
    query(long_no(), txn_time);
    assert_string_equal(told("respCode"), "34");
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
        struct message message = payment(long_no());

        set(&message, cases[i].name, cases[i].value);
        arrive(message);
        assert_null(strstr(page(), "<form"));
        assert_non_null(
            strstr(page(), arena_printf(test.arena, "<p role=\"alert\">%s ", cases[i].code)));
    }
}

static void the_signature_covers_every_field(void **state)
{
    const char *no = long_no(), *txn_time;
    struct key *key = merchant_key();
    struct message message = payment(no);

    (void)state;
    set(&message, "signature", signature_of(key, joined(message, false)));
    set(&message, "txnAmt", "1");
    assert_int_equal(post("/gateway/api/frontTransReq.do", joined(message, true)), 200);
    assert_non_null(strstr(page(), "11 "));
    message = reversal("04", long_no(), paid(no, &txn_time), "100");
    set(&message, "signature", signature_of(key, joined(message, false)));
    set(&message, "txnAmt", "101");
    post("/gateway/api/backTransReq.do", joined(message, true));
    assert_string_equal(told("respCode"), "11");
    key_close(key);
    post("/gateway/api/backTransReq.do", "no form");
    assert_string_equal(told("respCode"), "10");
    post("/gateway/api/queryTrans.do", "a=%");
    assert_string_equal(told("respCode"), "10");
}

static void a_refund_moves_money_once(void **state)
{
    const char *no = long_no(), *back = long_no(), *txn_time;
    const char *query_id = paid(no, &txn_time);
    struct message message = reversal("04", back, query_id, "15000");

    (void)state;
    assert_string_equal(reverse(message), "00");
    assert_string_equal(told("origQryId"), query_id);
    assert_string_equal(reverse(message), "12");
    assert_string_equal(reverse(reversal("04", long_no(), query_id, "5001")), "36");
    assert_string_equal(reverse(reversal("04", long_no(), query_id, "5000")), "00");
    query(back, get(&message, "txnTime"));
    assert_string_equal(told("origRespCode"), "00");
    assert_string_equal(told("txnType"), "04");
    assert_string_equal(told("txnAmt"), "15000");
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
    const char *no = long_no();

    (void)state;
    arrive(payment(no));
    assert_string_equal(reverse(reversal("04", long_no(), "123456789012345678901", "1")), "35");
    assert_string_equal(reverse(reversal("04", long_no(), "1", "1")), "10");
}

static void only_the_whole_payment_of_a_day_is_cancelled(void **state)
{
    const char *txn_time, *query_id = paid(long_no(), &txn_time);

    (void)state;
    assert_string_equal(reverse(reversal("31", long_no(), query_id, "1")), "36");
    assert_string_equal(reverse(reversal("31", long_no(), query_id, "20000")), "00");
    assert_string_equal(reverse(reversal("31", long_no(), query_id, "20000")), "36");
    query_id = paid(long_no(), &txn_time);
    shift_clock(DAY_MS);
    assert_string_equal(reverse(reversal("31", long_no(), query_id, "20000")), "35");
    assert_string_equal(reverse(reversal("04", long_no(), query_id, "20000")), "00");
}

static void a_notice_is_a_signed_form_and_repeated_until_200(void **state)
{
    const char *no = long_no(), *txn_time, *id;

    (void)state;
    merchant_says("500 no\n204 \n200 whatever\n");
    paid(no, &txn_time);
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
    const char *no = long_no(), *back = long_no(), *txn_time, *query_id = paid(no, &txn_time);
    struct message message = reversal("04", back, query_id, "100");

    (void)state;
    fault("{\"gateway\":\"unionpay\",\"operation\":\"query\",\"fault\":\"http_500\",\"times\":1}");
    assert_int_equal(query(no, txn_time), 500);
    fault("{\"gateway\":\"unionpay\",\"operation\":\"query\",\"fault\":\"forged\",\"times\":1}");
    query(no, txn_time);
    assert_false(is_genuine(answer()));
    fault("{\"gateway\":\"unionpay\",\"operation\":\"query\",\"fault\":\"no_signature\","
          "\"times\":1}");
    query(no, txn_time);
    assert_false(is_genuine(answer()));
    fault("{\"gateway\":\"unionpay\",\"operation\":\"query\",\"fault\":\"says_unpaid\","
          "\"times\":1}");
    query(no, txn_time);
    assert_string_equal(told("respCode"), "34");
    fault("{\"gateway\":\"unionpay\",\"operation\":\"refund\",\"fault\":\"lost_answer\","
          "\"times\":1}");
    ask_unionpay("/gateway/api/backTransReq.do", message);
    assert_string_equal(header("X-Accel-Redirect"), "/cut");
    query(back, get(&message, "txnTime"));
    assert_string_equal(told("origRespCode"), "00"); /* done, only nobody heard */
    fault("{\"gateway\":\"unionpay\",\"operation\":\"refund\",\"fault\":\"refund_closed\","
          "\"times\":1}");
    message = reversal("04", long_no(), query_id, "100");
    assert_string_equal(reverse(message), "00");
    query(get(&message, "orderId"), get(&message, "txnTime"));
    assert_string_equal(told("respCode"), "00");
    assert_string_equal(told("origRespCode"), "01");
    fault("{\"gateway\":\"unionpay\",\"operation\":\"refund\",\"fault\":\"system_error_after\","
          "\"times\":1}");
    message = reversal("04", long_no(), query_id, "100");
    assert_string_equal(reverse(message), "04");
    assert_string_equal(reverse(message), "12");
}

static void the_page_of_open_orders_pays_too(void **state)
{
    const char *no = long_no();
    struct message message = payment(no);

    (void)state;
    arrive(message);
    assert_int_equal(control("GET", "/simulator/", NULL), 200);
    assert_non_null(strstr(page(), arena_printf(test.arena, "/simulator/click/unionpay/%s", no)));
    assert_int_equal(strlen(pay("unionpay", no)), 21);
    query(no, get(&message, "txnTime"));
    assert_string_equal(told("origRespCode"), "00");
}

static void a_clearing_day_s_file_goes_from_23_to_23(void **state)
{
    struct day eve = in_days(3), day = in_days(4), next = in_days(5);
    const char *first_no = long_no(), *second_no = long_no(), *late_no = long_no(), *time;
    const char *back = long_no(), *cancel = long_no(), *first, *second, *late, *lines;

    (void)state;
    sleep_until(eve, 23 * HOUR_MS);
    first = paid(first_no, &time);
    sleep_until(day, 12 * HOUR_MS);
    second = paid(second_no, &time);
    assert_string_equal(reverse(reversal("04", back, first, "700")), "00");
    assert_string_equal(reverse(reversal("31", cancel, second, "20000")), "00");
    sleep_until(day, 23 * HOUR_MS);
    late = paid(late_no, &time);
    sleep_until(next, 9 * HOUR_MS - SECOND_MS * 30);
    assert_string_equal(ask_for_file(day), "98");
    sleep_until(next, 9 * HOUR_MS);
    assert_string_equal(ask_for_file(day), "00");
    lines = lines_of(day);
    assert_non_null(lines);
    assert_true(has_line(lines, "in", first, first_no));
    assert_non_null(strstr(
        lines, arena_printf(test.arena, " %s 20000 %.8s2300", first_no, compact(day_start(eve)))));
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
    const char *no = long_no(), *time, *id;

    (void)state;
    sleep_until(day, 12 * HOUR_MS);
    id = paid(no, &time);
    sleep_until(in_days(1), 10 * HOUR_MS);
    fault("{\"operation\":\"bill\",\"fault\":\"bill_late\",\"times\":1}");
    assert_string_equal(ask_for_file(day), "98");
    fault("{\"operation\":\"bill\",\"fault\":\"truncated\",\"times\":1}");
    assert_string_equal(ask_for_file(day), "00");
    assert_null(unionpay_file(test.arena, told("fileContent")).data);
    fault(arena_printf(test.arena,
                       "{\"operation\":\"bill\",\"fault\":\"line_added\",\"times\":1,"
                       "\"match\":\"%s\"}",
                       day_to_text(test.arena, day)));
    assert_string_equal(ask_for_file(day), "00");
    assert_non_null(strstr(lines_of(day), " NOBODY"));
    fault("{\"operation\":\"bill\",\"fault\":\"forged\",\"times\":1}");
    send_for_file(day);
    assert_false(is_genuine(answer()));
    assert_string_equal(ask_for_file(day), "00");
    assert_true(has_line(lines_of(day), "in", id, no));
}

static void a_file_is_handed_over_to_whom_it_is_about(void **state)
{
    struct message message = request("76", "01", "000000");

    (void)state;
    set(&message, "channelType", NULL);
    set(&message, "txnTime", compact(clock_now()));
    set(&message, "settleDate", "0102");
    ask_unionpay("/filedownload/", message);
    assert_string_equal(told("respCode"), "10"); /* no fileType */
    set(&message, "fileType", "00");
    set(&message, "merId", "777290058110049");
    ask_unionpay("/filedownload/", message);
    assert_string_equal(told("respCode"), "31");
    set(&message, "merId", MER_ID);
    set(&message, "settleDate", "0230");
    ask_unionpay("/filedownload/", message);
    assert_string_equal(told("respCode"), "10");
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
        TEST(the_page_of_open_orders_pays_too),
        TEST(a_clearing_day_s_file_goes_from_23_to_23),
        TEST(faults_spoil_a_file),
        TEST(a_file_is_handed_over_to_whom_it_is_about),
    };

    return TELL_TWICE(tests);
}
