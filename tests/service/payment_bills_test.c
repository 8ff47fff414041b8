/* Bills against our books: a day of WeChat Pay's, read, matched, applied and closed. */

#include "service/payment_stage_bills.h"

#include "core/db.h"
#include "payment/cases.h"

#define BILLS "/api/payment/bills"
#define CASES "/api/payment/cases"
#define CLERK "01HZZZZZZZZZZZZZZZZZCLERK1"

#define HEADING                                                                                     \
    "\xef\xbb\xbf交易时间,商户号,微信订单号,商户订单号,交易状态,货币种类," \
    "应结订单金额,微信退款单号,商户退款单号,退款金额,退款状态,"           \
    "订单金额,申请退款金额\r\n"

static const char *line(const char *no, const char *ours, const char *yuan)
{
    return arena_printf(texts,
                        "`2026-11-22 10:00:00,`1900000109,`%s,`%s,`SUCCESS,`CNY,`%s,`0,`0,`0.00,"
                        "`,`%s,`0.00\r\n",
                        no, ours, yuan, yuan);
}

static const char *bill(const char *lines, int count, const char *sum)
{
    return arena_printf(texts,
                        HEADING "%s总交易单数,应结订单总金额,退款总金额,订单总金额\r\n"
                                "`%d,`%s,`0.00,`%s\r\n",
                        lines, count, sum, sum);
}

/* Of WeChat Pay's trade bill of the day. */
static const char *bill_says(const char *column)
{
    return database_word("SELECT %s FROM recon_batch WHERE gateway = 'wechatpay'"
                         " AND kind = 'trade' AND bill_date = '2026-11-22'",
                         column);
}

static void a_day_s_bill_is_matched_line_by_line(void **state)
{
    const char *attempt = open_attempt_of("key-bill-01", new_obligation(5000));

    (void)state;
    assert_int_equal(wechatpay_tells_paid(attempt, "4200000001", 5000), 204);
    next_morning();
    wechatpay_bill_is("trade", bill(line("4200000001", attempt, "50.00"), 1, "50.00"), NULL);
    run_planning();
    assert_string_equal(bill_says("state"), "closed");
    assert_string_equal(bill_says("matched_count"), "1");
    assert_string_equal(bill_says("in_fen"), "5000");
    assert_string_equal(database_word("SELECT verdict FROM bill_line"), "matched");
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_case"), 0);
    assert_int_equal(database_number("SELECT COUNT(*) FROM recon_batch WHERE state = 'closed'"), 5);
    assert_day_is_right();
}

static void bills_are_not_asked_for_before_the_hour(void **state)
{
    (void)state;
    set_clock("2026-11-23T01:59:00.000Z");
    run_planning();
    assert_string_equal(bill_says("COUNT(*)"), "0");
    set_clock("2026-11-23T02:01:00.000Z");
    run_planning();
    assert_string_equal(bill_says("COUNT(*)"), "1");
    /* Days without us are caught up with. */
    set_clock("2026-11-26T02:01:00.000Z");
    run_planning();
    assert_int_equal(database_number("SELECT COUNT(*) FROM recon_batch WHERE kind = 'fund'"
                                     " AND gateway = 'wechatpay'"),
                     5);
}

static void what_only_the_bill_tells_is_applied(void **state)
{
    const char *fine = new_obligation(5000), *attempt = open_attempt_of("key-bill-02", fine);

    (void)state;
    next_morning();
    wechatpay_bill_is("trade", bill(line("4200000002", attempt, "50.00"), 1, "50.00"), NULL);
    run_planning();
    assert_string_equal(bill_says("state"), "closed");
    assert_string_equal(bill_says("applied_count"), "1");
    assert_string_equal(database_word("SELECT proof FROM money_fact"), "bill");
    assert_string_equal(database_word("SELECT o.state FROM pay_order o JOIN pay_attempt a"
                                      " ON a.order_id = o.id WHERE a.id = '%s'",
                                      attempt),
                        "paid");
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM settlement WHERE obligation_id = '%s'", fine), 1);
    assert_day_is_right();
}

static void another_amount_is_a_case_and_repairs_nothing(void **state)
{
    const char *attempt = open_attempt_of("key-bill-03", new_obligation(5000));

    (void)state;
    assert_int_equal(wechatpay_tells_paid(attempt, "4200000003", 5000), 204);
    next_morning();
    wechatpay_bill_is("trade", bill(line("4200000003", attempt, "50.01"), 1, "50.01"), NULL);
    run_planning();
    assert_string_equal(bill_says("state"), "closed");
    assert_int_equal(cases("bill_amount_differs"), 1);
    assert_int_equal(database_number("SELECT amount_fen FROM money_fact"), 5000);
    assert_day_is_right();
    database_run("DELETE FROM payment_case");
    asker.door = "internal";
    assert_int_equal(ask(&asker, "GET", "/internal/payment/invariants", ""), 200);
    assert_non_null(strstr(asker.r->answer, "{\"id\":\"M18\",\"violations\":1}"));
}

static void what_the_bill_lacks_has_a_day_of_patience(void **state)
{
    const char *attempt = open_attempt_of("key-bill-04", new_obligation(5000));

    (void)state;
    assert_int_equal(wechatpay_tells_paid(attempt, "4200000004", 5000), 204);
    next_morning();
    wechatpay_bill_is("trade", bill("", 0, "0.00"), NULL);
    run_planning();
    assert_string_equal(bill_says("state"), "waiting");
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_case"), 0);
    set_clock("2026-11-24T03:00:00.000Z");
    wechatpay_answers(arena_printf(texts, "v3_pay_transactions_out-trade-no_%s", attempt), 404,
                      "{\"code\":\"ORDER_NOT_EXIST\"}");
    run_bills();
    assert_string_equal(bill_says("state"), "closed");
    assert_int_equal(cases("bill_missing_there"), 1);
    assert_non_null(strstr(database_word("SELECT detail FROM payment_case"), "does not know it"));
    assert_day_is_right();
}

static void a_bill_that_is_not_there_yet_closes_nothing(void **state)
{
    const char *attempt = open_attempt_of("key-bill-05", new_obligation(5000));

    (void)state;
    assert_int_equal(wechatpay_tells_paid(attempt, "4200000005", 5000), 204);
    next_morning();
    run_planning(); /* they say that there is none, but something happened */
    assert_string_equal(bill_says("state"), "due");
    wechatpay_bill_is("trade", bill(line("4200000005", attempt, "50.00"), 1, "50.00"), NULL);
    run_bills();
    assert_string_equal(bill_says("state"), "closed");
    assert_string_equal(bill_says("matched_count"), "1");
}

static void a_bill_with_another_hash_is_refused_and_fetched_again(void **state)
{
    const char *attempt = open_attempt_of("key-bill-06", new_obligation(5000));
    const char *text = bill(line("4200000006", attempt, "50.00"), 1, "50.00");

    (void)state;
    next_morning();
    wechatpay_bill_is("trade", text, "0000000000000000000000000000000000000000");
    run_planning();
    assert_string_equal(bill_says("state"), "refused");
    assert_int_equal(cases("bill_refused"), 1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM bill_line"), 0);
    assert_int_equal(database_number("SELECT COUNT(*) FROM money_fact"), 0);
    wechatpay_bill_is("trade", text, NULL);
    run_bills();
    assert_string_equal(bill_says("state"), "closed");
    assert_int_equal(cases("bill_refused"), 0);
    assert_day_is_right();
}

static void an_odd_line_or_a_number_twice_refuses_all_of_it(void **state)
{
    const char *attempt = open_attempt_of("key-bill-07", new_obligation(5000));
    const char *twice = arena_printf(texts, "%s%s", line("4200000007", attempt, "50.00"),
                                     line("4200000007", attempt, "50.00"));

    (void)state;
    next_morning();
    wechatpay_bill_is("trade", bill(twice, 2, "100.00"), NULL);
    run_planning();
    assert_string_equal(bill_says("state"), "refused");
    assert_non_null(strstr(bill_says("refusal"), "twice"));
    wechatpay_bill_is("trade", bill(line("4200000007", attempt, "1e3"), 1, "50.00"), NULL);
    run_bills();
    assert_string_equal(bill_says("state"), "refused");
    assert_string_equal(bill_says("refusal"), "line 2: an amount is malformed");
    assert_int_equal(database_number("SELECT COUNT(*) FROM money_fact"), 0);
}

static const char *report(void)
{
    return arena_printf(
        texts, "%s %s %s %s|%s", bill_says("state"), bill_says("matched_count"),
        bill_says("applied_count"), bill_says("sha256"),
        database_word("SELECT GROUP_CONCAT(line_no, gateway_no, verdict, COALESCE(fact_id, '')"
                      " ORDER BY line_no) FROM bill_line"));
}

static void the_same_bill_again_makes_the_same_report(void **state)
{
    const char *known = open_attempt_of("key-bill-08", new_obligation(5000));
    const char *missing = open_attempt_of("key-bill-09", new_obligation(6000));
    const char *lines, *first, *id;

    (void)state;
    assert_int_equal(wechatpay_tells_paid(known, "4200000008", 5000), 204);
    lines = arena_printf(texts, "%s%s%s", line("4200000008", known, "50.00"),
                         line("4200000009", missing, "60.00"),
                         line("4200000010", "01HZZZZZZZZZZZZZZZZZNEVER00", "7.00"));
    next_morning();
    wechatpay_bill_is("trade", bill(lines, 3, "117.00"), NULL);
    run_planning();
    first = report();
    id = bill_says("id");
    assert_string_equal(bill_says("applied_count"), "2");
    sign_in_as(CLERK, NULL, FINANCE, "staff");
    ask(&asker, "POST", arena_printf(texts, BILLS "/%s/repeat", id), "");
    assert_int_equal(asker.r->http_status, 200);
    assert_string_equal(answer_text(&asker, "state"), "due");
    ask(&asker, "POST", arena_printf(texts, BILLS "/%s/repeat", id), ""); /* a second tap */
    assert_int_equal(asker.r->http_status, 200);
    run_bills();
    assert_string_equal(report(), first);
    assert_int_equal(database_number("SELECT COUNT(*) FROM money_fact"), 3);
    assert_int_equal(database_number("SELECT COUNT(*) FROM refund"), 1);
    assert_int_equal(cases("orphan"), 1);
    assert_day_is_right();
}

/* Each statement in turn is the last one of a process; the next goes on from what is committed. */
static void killed_anywhere_it_comes_to_the_same_end(void **state)
{
    const char *attempt = open_attempt_of("key-bill-10", new_obligation(5000));

    (void)state;
    next_morning();
    wechatpay_bill_is("trade", bill(line("4200000011", attempt, "50.00"), 1, "50.00"), NULL);
    run_planning();
    for (int64_t n = 1; n <= 60; n++) {
        bool is_due;

        database_run("INSERT IGNORE INTO state_edge VALUES ('bill', 'checking', 'due')");
        database_run("UPDATE recon_batch SET state = 'due' WHERE kind = 'trade'"
                     " AND gateway = 'wechatpay'");
        database_run("DELETE FROM state_edge WHERE machine = 'bill' AND frm = 'checking'"
                     " AND dst = 'due'");
        db_fail_after(&asker.process, n);
        (void)run_step(reconcile, bill_says("id"), &is_due);
        db_fail_after(&asker.process, 0);
        run_bills();
        assert_string_equal(bill_says("state"), "closed");
        assert_string_equal(bill_says("applied_count"), "1");
    }
    assert_int_equal(database_number("SELECT COUNT(*) FROM money_fact"), 1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM bill_line"), 1);
    database_run("DELETE FROM state_move WHERE machine = 'bill'");
    assert_day_is_right();
}

static void a_long_bill_goes_in_by_pieces(void **state)
{
    enum { LINES = 1203 };
    char *lines = arena_alloc(texts, (size_t)LINES * 200);
    size_t size = 0;

    (void)state;
    for (int i = 0; i < LINES; i++) {
        size += (size_t)snprintf(lines + size, 200,
                                 "`2026-11-22 11:00:00,`1900000109,`43%08d,`A%d,`SUCCESS,`CNY,"
                                 "`1.00,`0,`0,`0.00,`,`1.00,`0.00\r\n",
                                 i, i);
        database_run("INSERT INTO money_fact (id, gateway, merchant, direction, gateway_no, our_no,"
                     " amount_fen, happened_at, proof, disposition, recorded_at) VALUES"
                     " ('01HZZZZZZZZZZZZZZZZZ%06d', 'wechatpay', '1900000109', 'in', '43%08d',"
                     " 'A%d', 100, '2026-11-22 03:00:00', 'query', 'applied', '2026-11-22')",
                     i, i, i);
    }
    next_morning();
    wechatpay_bill_is("trade", bill(lines, LINES, "1203.00"), NULL);
    run_planning();
    assert_string_equal(bill_says("state"), "closed");
    assert_string_equal(bill_says("matched_count"), "1203");
    assert_int_equal(database_number("SELECT MAX(line_no) FROM bill_line"), LINES);
    assert_int_equal(cases("bill_totals_differ"), 1); /* those facts were booked nowhere */
}

static void a_fund_bill_leaves_what_it_alone_tells_to_a_person(void **state)
{
    (void)state;
    next_morning();
    wechatpay_bill_is("fund",
                      "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,"
                      "收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号\r\n"
                      "`2026-11-22 10:00:00,`4200000012,`F1,`交易,`交易,`收入,`5.00,`9.00,`x,`,`A1"
                      "\r\n`2026-11-22 10:00:00,`4200000012,`F2,`交易,`扣除交易手续费,`支出,`0.03,"
                      "`9.00,`x,`,`A1\r\n"
                      "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n`2,`1,`5.00,`1,`0.03"
                      "\r\n",
                      NULL);
    run_planning();
    assert_int_equal(cases("bill_missing_here"), 1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM money_fact"), 0);
    assert_string_equal(database_word("SELECT verdict FROM bill_line WHERE line_no = 2"), "other");
    assert_day_is_right();
}

static void finance_officers_see_bills_and_cases(void **state)
{
    const char *first, *next;

    (void)state;
    next_morning();
    wechatpay_bill_is("trade", bill(line("4200000013", "NEVER", "7.00"), 1, "7.00"), NULL);
    run_planning();
    ask(&asker, "GET", BILLS, NULL);
    assert_int_equal(asker.r->http_status, 403); /* the payer */
    ask(&asker, "GET", CASES, NULL);
    assert_int_equal(asker.r->http_status, 403);
    ask(&asker, "POST", arena_printf(texts, BILLS "/%s/repeat", bill_says("id")), "");
    assert_int_equal(asker.r->http_status, 403);
    sign_in_as(CLERK, NULL, FINANCE, "staff");
    assert_int_equal(ask(&asker, "GET", BILLS "?limit=3", NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 3);
    first = arena_text(texts, answer_text(&asker, "items.0.id"));
    next = arena_text(texts, answer_text(&asker, "next"));
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, BILLS "?after=%s", next), NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 2);
    assert_string_not_equal(answer_text(&asker, "items.0.id"), first);
    assert_null(answer_text(&asker, "next"));
    assert_int_equal(ask(&asker, "GET", CASES, NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 1);
    assert_string_equal(answer_text(&asker, "items.0.kind"), "orphan");
    assert_non_null(strstr(answer_text(&asker, "items.0.title"), "没有对应的缴款单"));
    assert_non_null(answer_text(&asker, "items.0.action"));
    ask(&asker, "POST", BILLS "/01HZZZZZZZZZZZZZZZZZZZZZZZ/repeat", "");
    assert_int_equal(asker.r->http_status, 404);
    database_run("INSERT IGNORE INTO state_edge VALUES ('bill', 'closed', 'checking')");
    database_run("UPDATE recon_batch SET state = 'checking' WHERE id = '%s'", bill_says("id"));
    database_run("DELETE FROM state_edge WHERE frm = 'closed' AND dst = 'checking'");
    ask(&asker, "POST", arena_printf(texts, BILLS "/%s/repeat", bill_says("id")), "");
    assert_refused(409, "bill_busy");
}

#define DAY_TEST(name) cmocka_unit_test_setup(name, begin_day)

static const struct CMUnitTest tests[] = {
    DAY_TEST(a_day_s_bill_is_matched_line_by_line),
    DAY_TEST(bills_are_not_asked_for_before_the_hour),
    DAY_TEST(what_only_the_bill_tells_is_applied),
    DAY_TEST(another_amount_is_a_case_and_repairs_nothing),
    DAY_TEST(what_the_bill_lacks_has_a_day_of_patience),
    DAY_TEST(a_bill_that_is_not_there_yet_closes_nothing),
    DAY_TEST(a_bill_with_another_hash_is_refused_and_fetched_again),
    DAY_TEST(an_odd_line_or_a_number_twice_refuses_all_of_it),
    DAY_TEST(the_same_bill_again_makes_the_same_report),
    DAY_TEST(killed_anywhere_it_comes_to_the_same_end),
    DAY_TEST(a_long_bill_goes_in_by_pieces),
    DAY_TEST(a_fund_bill_leaves_what_it_alone_tells_to_a_person),
    DAY_TEST(finance_officers_see_bills_and_cases),
};

int main(void)
{
    if (!know_only(FINES "," FINES_AT_ALIPAY "," FINES_AT_UNIONPAY))
        return 1;
    return cmocka_run_group_tests_name("plain", tests, open_payment, close_payment) +
           cmocka_run_group_tests_name("rehearsed", tests, open_payment_rehearsed, close_payment);
}
