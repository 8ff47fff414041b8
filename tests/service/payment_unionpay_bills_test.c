/* UnionPay's file against our books: signed, packed three times, of a day that ends at 23:00. */

#include "payment/cases.h"
#include "service/payment_stage_bills.h"
#include "service/payment_stage_unionpay.h"

/* UnionPay's number of a test's first payment: a worker remembers what it was told of. */
static const char *first_no;

static int begin_file_day(void **state)
{
    static int days;

    begin_day(state);
    first_no = arena_printf(texts, "8426112210%011d", ++days);
    return 0;
}

static const char *bill_says(const char *column)
{
    return database_word("SELECT %s FROM recon_batch WHERE gateway = 'unionpay'"
                         " AND merchant = '" UNIONPAY_MERCHANT "' AND bill_date = '2026-11-22'",
                         column);
}

static const char *opened(const char *key)
{
    assert_int_equal(open_order_by(key, new_obligation(20000), "unionpay"), 201);
    return attempt_of(order_no());
}

/* UnionPay tells of the payment of an attempt; `time` is "1122100007". */
static void paid(const char *attempt, const char *no, const char *time)
{
    assert_int_equal(
        unionpay_tells(arena_printf(texts,
                                    "%s&txnType=01&txnSubType=01&respCode=00&txnAmt=20000"
                                    "&currencyCode=156&queryId=%s&settleDate=1122&traceTime=%s",
                                    unionpay_named("pay_attempt", attempt), no, time)),
        200);
}

static const char *line_of(const char *attempt, const char *no)
{
    return unionpay_line("in", no, attempt, "1122100007", 20000);
}

static void a_day_s_file_is_matched_and_tells_what_nobody_told(void **state)
{
    const char *known = opened("up-bill-01"), *lost = opened("up-bill-02");

    (void)state;
    paid(known, first_no, "1122100007");
    next_morning();
    unionpay_file_is("1122", arena_printf(texts, "%s%s", line_of(known, first_no),
                                          line_of(lost, "842611221000070000012")));
    run_planning();
    assert_string_equal(bill_says("state"), "closed");
    assert_string_equal(bill_says("matched_count"), "1");
    assert_string_equal(bill_says("applied_count"), "1");
    assert_string_equal(bill_says("in_fen"), "40000");
    assert_string_equal(database_word("SELECT state FROM pay_attempt WHERE id = '%s'", lost),
                        "paid");
    assert_string_equal(bill_says("GROUP_CONCAT(kind)"), "trade"); /* and no bill of the account */
    assert_day_is_right();
}

static void a_cancellation_matches_its_refund(void **state)
{
    const char *id, *back = "842611221000070000015";

    (void)state;
    assert_int_equal(
        unionpay_tells(arena_printf(
            texts,
            "merId=" UNIONPAY_MERCHANT "&orderId=UP12345678&txnTime=20261122100000&txnType=01"
            "&respCode=00&txnAmt=700&currencyCode=156&queryId=%s&traceTime=1122100007",
            first_no)),
        200);
    id = database_word("SELECT id FROM refund");
    assert_int_equal(
        unionpay_tells(arena_printf(texts,
                                    "merId=" UNIONPAY_MERCHANT "&orderId=%s&txnTime=20261122100008"
                                    "&txnType=31&respCode=00&txnAmt=700&currencyCode=156"
                                    "&queryId=%s&traceTime=1122100009",
                                    id, back)),
        200);
    next_morning();
    unionpay_file_is("1122",
                     arena_printf(texts, "%s%s",
                                  unionpay_line("in", first_no, "UP12345678", "1122100007", 700),
                                  unionpay_line("cancel", back, id, "1122100009", 700)));
    run_planning();
    assert_string_equal(bill_says("state"), "closed");
    assert_string_equal(bill_says("matched_count"), "2");
    assert_string_equal(bill_says("out_fen"), "700");
    assert_day_is_right();
}

static void the_day_is_cut_at_23_in_china(void **state)
{
    const char *before = opened("up-bill-03"), *after = opened("up-bill-04");

    (void)state;
    paid(before, first_no, "1122225959");
    paid(after, "842611222300000000012", "1122230000");
    next_morning();
    unionpay_file_is("1122", unionpay_line("in", first_no, before, "1122225959", 20000));
    run_planning();
    assert_string_equal(bill_says("begins_at"), "2026-11-21 15:00:00.000");
    assert_string_equal(bill_says("ends_at"), "2026-11-22 15:00:00.000");
    assert_string_equal(bill_says("state"), "closed"); /* the later one is not missed */
    assert_int_equal(cases("bill_missing_there"), 0);
    assert_string_equal(database_word("SELECT DISTINCT begins_at FROM recon_batch"
                                      " WHERE gateway <> 'unionpay'"),
                        "2026-11-21 16:00:00.000");
    assert_day_is_right();
}

static void what_is_of_the_day_and_not_in_its_file_is_missed(void **state)
{
    const char *evening = opened("up-bill-05");

    (void)state;
    paid(evening, first_no, "1121230000"); /* of the 21st, by the calendar */
    next_morning();
    unionpay_file_is("1122", "");
    run_planning();
    assert_string_equal(bill_says("state"), "waiting");
    database_run("INSERT IGNORE INTO state_edge VALUES ('bill', 'waiting', 'closed')");
    database_run("UPDATE recon_batch SET state = 'closed'"
                 " WHERE merchant = '" UNIONPAY_MERCHANT "'");
    asker.door = "internal";
    assert_int_equal(ask(&asker, "GET", "/internal/payment/invariants", ""), 200);
    assert_non_null(strstr(asker.r->answer, "{\"id\":\"M19\",\"violations\":1}"));
    asker.door = "citizens";
}

static void no_file_means_a_day_without_payments_once_it_could_be_there(void **state)
{
    (void)state;
    set_clock("2026-11-23T01:59:00.000Z");
    database_run("INSERT INTO recon_batch (id, gateway, merchant, bill_date, kind, begins_at,"
                 " ends_at, created_at, updated_at) VALUES ('01HZZZZZZZZZZZZZZZZZZZEAR1',"
                 " 'unionpay', '" UNIONPAY_MERCHANT "', '2026-11-22', 'trade',"
                 " '2026-11-21 15:00:00', '2026-11-22 15:00:00', NOW(3), NOW(3))");
    run_bills();
    assert_string_equal(bill_says("state"), "due"); /* 98, but before ten */
    set_clock("2026-11-23T02:00:00.000Z");
    run_bills();
    assert_string_equal(bill_says("state"), "closed");
    assert_string_equal(bill_says("line_count"), "0");
}

static void no_file_though_something_happened_is_only_late(void **state)
{
    const char *attempt = opened("up-bill-06");

    (void)state;
    paid(attempt, first_no, "1122100007");
    next_morning();
    run_planning();
    assert_string_equal(bill_says("state"), "due");
    unionpay_file_is("1122", line_of(attempt, first_no));
    run_bills();
    assert_string_equal(bill_says("matched_count"), "1");
}

/* Whatever it says instead of the file: nothing of it counts, and nothing is held against the bill.
 */
static void assert_not_believed(const char *text)
{
    put_answer("filedownload.body", text);
    run_planning();
    assert_string_equal(bill_says("state"), "due");
    assert_int_equal(database_number("SELECT COUNT(*) FROM bill_line"), 0);
    assert_int_equal(database_number("SELECT COUNT(*) FROM money_fact"), 0);
}

static const char *changed(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);

    assert_non_null(at);
    return arena_printf(texts, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void what_is_not_unionpay_s_or_about_another_file_is_not_believed(void **state)
{
    const char *attempt = opened("up-bill-07");
    const char *fields = unionpay_file_of("1122", line_of(attempt, first_no));

    (void)state;
    next_morning();
    assert_not_believed(unionpay_said_by("unionpay/merchant.key", fields, false));
    assert_not_believed(
        changed(unionpay_said_by(UNIONPAY_KEY, fields, false), "respCode=00", "respCode=98"));
    assert_not_believed(unionpay_said_by(
        UNIONPAY_KEY, changed(fields, UNIONPAY_MERCHANT, "777290058110049"), false));
    assert_not_believed(unionpay_said_by(
        UNIONPAY_KEY, changed(fields, "settleDate=1122", "settleDate=1121"), false));
    assert_not_believed(
        unionpay_said_by(UNIONPAY_KEY, changed(fields, "txnTime=2026", "txnTime=2025"), false));
    assert_not_believed(
        unionpay_said_by(UNIONPAY_KEY, changed(fields, "txnType=76", "txnType=01"), false));
    assert_not_believed("x");
    unionpay_answers("filedownload", fields);
    run_bills();
    assert_string_equal(bill_says("applied_count"), "1");
}

static void damaged_content_refuses_the_bill_until_it_comes_whole(void **state)
{
    const char *attempt = opened("up-bill-08");
    const char *fields = unionpay_file_of("1122", line_of(attempt, first_no));
    size_t half = strlen(fields) - 100;

    (void)state;
    next_morning();
    unionpay_answers("filedownload", arena_text_of(texts, fields, half));
    run_planning();
    assert_string_equal(bill_says("state"), "refused");
    assert_int_equal(cases("bill_refused"), 1);
    unionpay_answers("filedownload", fields);
    run_bills();
    assert_string_equal(bill_says("state"), "closed");
    assert_int_equal(cases("bill_refused"), 0);
    assert_day_is_right();
}

static void a_line_of_another_merchant_refuses_all_of_it(void **state)
{
    const char *attempt = opened("up-bill-09");
    const char *line = line_of(attempt, first_no);

    (void)state;
    next_morning();
    unionpay_file_is("1122", arena_printf(texts, "%s%s", line,
                                          changed(line, UNIONPAY_MERCHANT, "777290058110049")));
    run_planning();
    assert_string_equal(bill_says("state"), "refused");
    assert_string_equal(bill_says("refusal"), "line 2: a line of another merchant");
    assert_int_equal(database_number("SELECT COUNT(*) FROM money_fact"), 0);
}

static void a_large_file_is_taken_whole(void **state)
{
    enum { LINES = 2500 };
    char *lines = arena_alloc(texts, (size_t)LINES * 609 + 1), *at = lines;
    bool is_due;

    (void)state;
    for (int i = 0; i < LINES; i++) {
        /* Digits that do not pack well. */
        uint64_t dice = (uint64_t)(i + 1) * 0x9E3779B97F4A7C15u % 100000000000000000u;
        const char *no = arena_printf(texts, "8426%017llu", (unsigned long long)dice);
        const char *ours = arena_printf(texts, "UP%017llu", (unsigned long long)(dice * 7 / 11));

        at += snprintf(at, 610, "%s", unionpay_line("out", no, ours, "1122100007", 1 + i));
    }
    next_morning();
    unionpay_file_is("1122", lines);
    assert_int_equal(run_step(plan_bills, "periodic", &is_due), E_OK);
    (void)run_step(reconcile, bill_says("id"), &is_due);
    assert_string_equal(bill_says("state"), "checking");
    assert_string_equal(bill_says("line_count"), "2500");
    assert_int_equal(database_number("SELECT COUNT(*) FROM bill_line"), LINES);
}

#define DAY_TEST(name) cmocka_unit_test_setup(name, begin_file_day)

static const struct CMUnitTest tests[] = {
    DAY_TEST(a_day_s_file_is_matched_and_tells_what_nobody_told),
    DAY_TEST(a_cancellation_matches_its_refund),
    DAY_TEST(the_day_is_cut_at_23_in_china),
    DAY_TEST(what_is_of_the_day_and_not_in_its_file_is_missed),
    DAY_TEST(no_file_means_a_day_without_payments_once_it_could_be_there),
    DAY_TEST(no_file_though_something_happened_is_only_late),
    DAY_TEST(what_is_not_unionpay_s_or_about_another_file_is_not_believed),
    DAY_TEST(damaged_content_refuses_the_bill_until_it_comes_whole),
    DAY_TEST(a_line_of_another_merchant_refuses_all_of_it),
    DAY_TEST(a_large_file_is_taken_whole),
};

int main(void)
{
    return cmocka_run_group_tests_name("plain", tests, open_payment, close_payment) +
           cmocka_run_group_tests_name("rehearsed", tests, open_payment_rehearsed, close_payment);
}
