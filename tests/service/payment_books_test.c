/* The books of a day: closed once, in order, and reported to the finance role alone. */

#include "service/payment_stage.h"

#include "core/db.h"
#include "core/job.h"

#define REPORTS "/api/payment/reports"

static void sign_in_finance(void)
{
    asker_sign_in(&asker, "01HZZZZZZZZZZZZZZZF1NANCE1", NULL, OFFICER | FINANCE);
    database_run("UPDATE core_session SET channel = 'officer', expires_at = '2099-01-01',"
                 " absolute_expires_at = '2099-01-01' WHERE token_hash = UNHEX(SHA2('%s', 256))",
                 asker.token);
}

static void pay(const char *key, int64_t fen)
{
    const char *attempt = open_attempt_of(key, new_obligation(fen));

    assert_int_equal(wechatpay_tells_paid(attempt, arena_printf(texts, "42-%s", key), fen), 204);
}

static int begin_books(void **state)
{
    database_run("DELETE FROM day_closing");
    database_run("DELETE FROM payment_job");
    return begin_payment(state);
}

/* All that was booked so far was booked on that day, China time. */
static void book_on(const char *utc)
{
    database_run("UPDATE ledger_txn SET at = '%s'", utc);
}

static void close_what_is_over(void)
{
    db_rehearse(&asker.process, false); /* leasing a job is not what is rehearsed */
    database_run("INSERT INTO payment_job (id, kind, dedupe, run_at, created_at) VALUES"
                 " ('01HZZZZZZZZZZZZZZZZZZZZJ0B', 'close_days', 'periodic', '2018-01-01',"
                 " '2018-01-01')");
    assert_true(jobs_run_due(&asker.process));
    database_run("DELETE FROM payment_job WHERE kind = 'close_days'");
}

static int report(const char *day, const char *as)
{
    return ask(&asker, "GET", arena_printf(texts, REPORTS "/%s%s", day, as), NULL);
}

static void a_day_that_is_over_is_closed_and_the_next_builds_on_it(void **state)
{
    (void)state;
    pay("books-day-1", 20000);
    book_on("2026-11-19 15:59:59.999"); /* the last moment of the 19th */
    close_what_is_over();
    assert_int_equal(database_number("SELECT COUNT(DISTINCT day) FROM day_closing"), 3);
    assert_string_equal(database_word("SELECT MAX(day) FROM day_closing"), "2026-11-21");
    assert_string_equal(database_word("SELECT CONCAT_WS(' ', entries, debit_fen, balance_fen) FROM"
                                      " day_closing WHERE day = '2026-11-19' AND account ="
                                      " 'clearing:wechatpay'"),
                        database_word("SELECT CONCAT_WS(' ', COUNT(*), SUM(dr_fen), SUM(dr_fen))"
                                      " FROM ledger_entry WHERE account = 'clearing:wechatpay'"));
    assert_string_equal(database_word("SELECT CONCAT_WS(' ', entries, debit_fen) FROM day_closing"
                                      " WHERE day = '2026-11-21' AND account ="
                                      " 'clearing:wechatpay'"),
                        "0 0");
    assert_int_equal(database_number("SELECT SUM(balance_fen) FROM day_closing"
                                     " WHERE day = '2026-11-21'"),
                     0);
}

static void closing_again_changes_nothing(void **state)
{
    int64_t rows;

    (void)state;
    pay("books-day-2", 20000);
    book_on("2026-11-20 04:00:00");
    close_what_is_over();
    rows = database_number("SELECT COUNT(*) FROM day_closing");
    assert_true(rows > 0);
    close_what_is_over();
    assert_int_equal(database_number("SELECT COUNT(*) FROM day_closing"), rows);
}

static void today_is_reported_as_it_stands_and_stays_open(void **state)
{
    (void)state;
    pay("books-day-3", 20000);
    book_on("2026-11-22 02:00:00");
    close_what_is_over();
    assert_int_equal(database_number("SELECT COUNT(*) FROM day_closing"), 0);
    sign_in_finance();
    assert_int_equal(report("2026-11-22", ""), 200);
    assert_non_null(strstr(asker.r->answer, "\"is_closed\":false"));
    assert_non_null(strstr(asker.r->answer, "\"title\":\"应收微信支付清算款\""));
    assert_non_null(strstr(asker.r->answer, "\"direction\":\"in\""));
}

static void the_report_comes_as_table_and_as_page_too(void **state)
{
    (void)state;
    pay("books-day-4", 12345);
    sign_in_finance();
    assert_int_equal(report("2026-11-22", "/csv"), 200);
    assert_string_equal(asker.r->content_type, "text/csv; charset=utf-8");
    assert_non_null(strstr(asker.r->answer, ",应收微信支付清算款,"));
    assert_int_equal(report("2026-11-22", "/page"), 200);
    assert_string_equal(asker.r->content_type, "text/html; charset=utf-8");
    assert_non_null(strstr(asker.r->answer, "<h1>缴款日报 2026-11-22</h1>"));
}

static void a_day_that_is_none_or_not_yet_looks_absent_and_citizens_see_nothing(void **state)
{
    (void)state;
    sign_in_finance();
    assert_int_equal(report("2026-11-31", ""), 404);
    assert_int_equal(report("2026-11-23", ""), 404);
    assert_int_equal(report("tomorrow", ""), 404);
    sign_in_as(PAYER_ACCOUNT, DRIVER, CITIZEN | VERIFIED, "wechat");
    assert_int_equal(report("2026-11-22", ""), 403);
    assert_int_equal(report("2026-11-22", "/csv"), 403);
    assert_int_equal(report("2026-11-22", "/page"), 403);
}

static const char *new_case(void)
{
    database_run("REPLACE INTO payment_case (id, kind, dedupe, detail, created_at) VALUES"
                 " ('01HZZZZZZZZZZZZZZZZZZZCASE', 'refund_closed', 'books', 'x', '2026-11-22')");
    return "01HZZZZZZZZZZZZZZZZZZZCASE";
}

static int close_one(const char *id)
{
    return ask(&asker, "POST", arena_printf(texts, "/api/payment/cases/%s/closing", id),
               "{\"note\":\"已线下退付\"}");
}

static void a_case_is_ended_once_and_by_whom_is_kept(void **state)
{
    const char *id = new_case();
    const char *acts = "SELECT COUNT(*) FROM payment_audit WHERE act = 'case_closed'";
    int64_t before = database_number("%s", acts);

    (void)state;
    assert_int_equal(close_one(id), 403);
    sign_in_finance();
    assert_int_equal(close_one(id), 200);
    assert_string_equal(answer_text(&asker, "state"), "closed");
    assert_int_equal(close_one(id), 200);
    assert_int_equal(database_number("%s", acts), before + 1);
    assert_int_equal(close_one("01HZZZZZZZZZZZZZZZZZZZN0NE"), 404);
}

#define PLAIN(test) cmocka_unit_test_setup(test, begin_books)
#define TESTS                                                                                      \
    PLAIN(a_day_that_is_over_is_closed_and_the_next_builds_on_it),                                 \
        PLAIN(closing_again_changes_nothing),                                                      \
        PLAIN(today_is_reported_as_it_stands_and_stays_open),                                      \
        PLAIN(the_report_comes_as_table_and_as_page_too),                                          \
        PLAIN(a_day_that_is_none_or_not_yet_looks_absent_and_citizens_see_nothing),                \
        PLAIN(a_case_is_ended_once_and_by_whom_is_kept)

int main(void)
{
    static const struct CMUnitTest told[] = {TESTS}, rehearsed[] = {TESTS};

    return cmocka_run_group_tests_name("books", told, open_payment, forget_payments) +
           cmocka_run_group_tests_name("books, rehearsed", rehearsed, open_payment_rehearsed,
                                       close_payment);
}
