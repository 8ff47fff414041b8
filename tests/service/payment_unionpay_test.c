/* UnionPay: a page in place of parameters, notices of a browser's payment, refunds. */

#include "service/payment_stage_unionpay.h"

#include "core/clock.h"
#include "core/crypto.h"
#include "core/db.h"
#include "core/http.h"
#include "core/job.h"
#include "payment/unionpay_answer.h"

#define MERCHANT UNIONPAY_MERCHANT
#define QUERY "gateway_api_queryTrans.do"
#define BACK "gateway_api_backTransReq.do"

static int begin_unionpay(void **state)
{
    database_run("DELETE FROM payment_job");
    return begin_payment(state);
}

/* ---- the gateway ---- */

static const char *paid_with(const char *attempt, const char *query_id, const char *amount)
{
    return arena_printf(texts,
                        "%s&txnType=01&txnSubType=01&respCode=00&respMsg=成功[0000000]&%s"
                        "&queryId=%s&settleDate=1122&traceTime=1122100007",
                        unionpay_named("pay_attempt", attempt), amount, query_id);
}

static const char *paid_fields(const char *attempt, const char *query_id, int64_t fen)
{
    return paid_with(attempt, query_id,
                     arena_printf(texts, "txnAmt=%lld&currencyCode=156", (long long)fen));
}

/* ---- the payer ---- */

static const char *open_by_unionpay(const char *key, const char *fine, const char **url)
{
    assert_int_equal(open_order_by(key, fine, "unionpay"), 201);
    *url = arena_text(texts, answer_text(&asker, "pay_url"));
    return attempt_of(order_no());
}

/* A browser: it has no session. */
static int browse(const char *url)
{
    char token[sizeof(asker.token)];
    int status;

    memcpy(token, asker.token, sizeof(token));
    asker.token[0] = '\0';
    status = ask(&asker, "GET", url, "");
    memcpy(asker.token, token, sizeof(token));
    return status;
}

static const char *page(void)
{
    return arena_text_of(texts, asker.r->answer, asker.r->answer_size);
}

static void run_job(void)
{
    database_run("UPDATE payment_job SET run_at = '2018-01-01' WHERE state = 'ready'");
    assert_true(jobs_run_due(&asker.process));
}

static void expire(const char *attempt)
{
    database_run("UPDATE pay_order SET expire_at = '2026-11-22 01:00:00' WHERE id ="
                 " (SELECT order_id FROM pay_attempt WHERE id = '%s')",
                 attempt);
}

static const char *attempt_state(const char *attempt)
{
    return database_word("SELECT state FROM pay_attempt WHERE id = '%s'", attempt);
}

static const char *refund_state(const char *query_id)
{
    return database_word("SELECT state FROM refund WHERE gateway_no = '%s'", query_id);
}

/* ---- the stories ---- */

static void a_citizen_of_any_channel_gets_a_page_that_posts_the_payment(void **state)
{
    const char *url, *attempt = open_by_unionpay("up-page-1", new_obligation(20000), &url);

    (void)state;
    assert_string_equal(answer_text(&asker, "channel"), "unionpay");
    assert_null(answer_text(&asker, "paySign"));
    assert_int_equal(browse(url), 200);
    assert_non_null(strstr(page(), arena_printf(texts, "name=\"orderId\" value=\"%s\"", attempt)));
    assert_non_null(strstr(page(), "name=\"txnAmt\" value=\"20000\""));
    assert_non_null(strstr(page(), "name=\"txnTime\" value=\"20261122100"));
    assert_non_null(strstr(page(), "/gateway/api/frontTransReq.do\""));
    assert_non_null(
        strstr(page(), "value=\"https://pay.example.cn/notify/unionpay/" MERCHANT "/return\""));
    assert_non_null(strstr(asker.r->headers, "Content-Security-Policy: default-src 'none'"));
    assert_non_null(strstr(asker.r->headers, "Referrer-Policy: no-referrer"));
    assert_non_null(strstr(asker.r->headers, "Cache-Control: no-store"));
}

static void a_second_tap_gets_the_same_address(void **state)
{
    const char *fine = new_obligation(20000), *url, *again;

    (void)state;
    open_by_unionpay("up-tap-1", fine, &url);
    open_by_unionpay("up-tap-1", fine, &again);
    assert_string_equal(url, again);
    open_by_unionpay("up-tap-2", fine, &again);
    assert_string_equal(url, again);
}

static void the_page_is_shown_to_its_address_alone_and_while_there_is_something_to_pay(void **state)
{
    const char *url, *attempt = open_by_unionpay("up-door-1", new_obligation(20000), &url);
    const char *order = database_word("SELECT order_id FROM pay_attempt WHERE id = '%s'", attempt);
    char *wrong = arena_text(texts, url);
    char *last = wrong + strlen(wrong) - 1;

    (void)state;
    *last = *last == '0' ? '1' : '0';
    assert_int_equal(browse(wrong), 404);
    assert_int_equal(browse(arena_printf(texts, "/api/payment/orders/%s/unionpay/%s", DRIVER,
                                         strrchr(url, '/') + 1)),
                     404);
    assert_int_equal(browse(arena_printf(texts, "/api/payment/orders/%s/unionpay/x", order)), 404);
    expire(attempt);
    assert_int_equal(browse(url), 409);
    assert_null(strstr(page(), "<form"));
    open_attempt_of("up-door-2", new_obligation(100)); /* WeChat Pay's has no such page */
    assert_int_equal(browse(arena_printf(texts, "/api/payment/orders/%s/unionpay/%s", order_no(),
                                         strrchr(url, '/') + 1)),
                     404);
}

static void a_notice_settles_once(void **state)
{
    const char *url, *attempt = open_by_unionpay("up-paid-1", new_obligation(20000), &url);
    const char *fields = paid_fields(attempt, "842611221000070000011", 20000);

    (void)state;
    assert_int_equal(unionpay_tells(fields), 200);
    assert_int_equal(unionpay_tells(fields), 200);
    assert_string_equal(attempt_state(attempt), "paid");
    assert_string_equal(database_word("SELECT COUNT(*) FROM money_fact WHERE our_no = '%s' AND"
                                      " gateway_no = '842611221000070000011'"
                                      " AND happened_at = '2026-11-22 02:00:07'",
                                      attempt),
                        "1");
    assert_int_equal(browse(url), 409);
    assert_books_are_right();
}

static void what_is_not_unionpays_or_not_for_us_is_refused(void **state)
{
    const char *url, *attempt = open_by_unionpay("up-bad-1", new_obligation(20000), &url);
    const char *fields = paid_fields(attempt, "842611221000070000021", 20000);
    const char *good = unionpay_said_by(UNIONPAY_KEY, fields, true);
    const char *changed = strstr(good, "20000");

    (void)state;
    assert_int_equal(unionpay_tells_at("/notify/unionpay/" MERCHANT,
                                       unionpay_said_by("unionpay/merchant.key", fields, true)),
                     401);
    assert_int_equal(unionpay_tells_at("/notify/unionpay/" MERCHANT,
                                       arena_printf(texts, "%.*s10000%s", (int)(changed - good),
                                                    good, changed + 5)),
                     401);
    assert_int_equal(unionpay_tells_at("/notify/unionpay/777290058110049", good), 401);
    assert_int_equal(unionpay_tells_at("/notify/unionpay/" MERCHANT, "x"), 401);
    fields = arena_printf(texts, "merId=777290058110049%s", fields + strlen("merId=" MERCHANT));
    assert_int_equal(unionpay_tells(fields), 401);
    assert_string_equal(attempt_state(attempt), "open");
}

static void a_notice_that_cannot_be_booked_is_parked(void **state)
{
    const char *url, *attempt = open_by_unionpay("up-park-1", new_obligation(20000), &url);
    const char *fields = paid_fields(attempt, "842611221000070000031", 20000);
    char *other_time = arena_text(texts, fields);

    (void)state;
    memcpy(strstr(other_time, "txnTime=2026"), "txnTime=2025", strlen("txnTime=2025"));
    assert_int_equal(unionpay_tells(other_time), 200);
    assert_int_equal(unionpay_tells(arena_printf(
                         texts, "%s&settleAmt=1",
                         "merId=" MERCHANT "&orderId=UP12345678&txnType=01&respCode=00&txnAmt=0150"
                         "&txnTime=20261122100000")),
                     200);
    assert_string_equal(attempt_state(attempt), "open");
    assert_string_equal(database_word("SELECT COUNT(*) FROM callback_inbox"
                                      " WHERE gateway = 'unionpay' AND state = 'parked'"),
                        "2");
}

static int64_t facts_of(const char *attempt)
{
    return database_number("SELECT COUNT(*) FROM money_fact WHERE our_no = '%s'", attempt);
}

static int64_t parked(void)
{
    return database_number("SELECT COUNT(*) FROM callback_inbox WHERE state = 'parked'");
}

static void an_odd_amount_is_taken_neither_as_notice_nor_as_answer(void **state)
{
    static const char *const odd[] = {"txnAmt=",
                                      "txnAmt=5e3",
                                      "txnAmt=05000",
                                      "txnAmt=+5000",
                                      "txnAmt=-5000",
                                      "txnAmt=0",
                                      "txnAmt=50.00",
                                      "txnAmt=5,000",
                                      "txnAmt=５０００",
                                      "txnAmt=000000005000",
                                      "txnAmt=1000000000000",
                                      "txnAmt=9223372036854775807",
                                      "txnAmt=9223372036854775808",
                                      "txnAmt=null",
                                      "txnAmt=0x1388",
                                      "settleAmt=5000",
                                      "txnAmt=5000&currencyCode=840"};
    const char *url, *attempt = open_by_unionpay("up-odd-1", new_obligation(5000), &url);
    int64_t before = parked();

    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
        const char *fields = paid_with(attempt, "842611221000070000033", odd[i]);

        assert_int_equal(unionpay_tells(fields), 200);
        assert_int_equal(parked(), before + (int64_t)i + 1);
        unionpay_answers(QUERY, arena_printf(texts, "%s&origRespCode=00", fields));
        run_job();
        if (facts_of(attempt) != 0)
            fail_msg("booked: %s", odd[i]);
    }
    assert_string_equal(attempt_state(attempt), "open");
    unionpay_answers(QUERY, arena_printf(texts, "%s&origRespCode=00",
                                         paid_fields(attempt, "842611221000070000033", 5000)));
    run_job();
    assert_string_equal(attempt_state(attempt), "paid");
    assert_books_are_right();
}

static void an_answer_about_another_merchant_or_time_leaves_ours_as_it_was(void **state)
{
    const char *url, *attempt = open_by_unionpay("up-odd-2", new_obligation(5000), &url);
    const char *fields = paid_fields(attempt, "842611221000070000034", 5000);
    char *other_time = arena_text(texts, fields);

    (void)state;
    memcpy(strstr(other_time, "txnTime=2026"), "txnTime=2025", strlen("txnTime=2025"));
    unionpay_answers(QUERY, arena_printf(texts, "%s&origRespCode=00", other_time));
    run_job();
    unionpay_answers(QUERY, arena_printf(texts, "merId=777290058110049%s&origRespCode=00",
                                         fields + strlen("merId=" UNIONPAY_MERCHANT)));
    run_job();
    assert_int_equal(facts_of(attempt), 0);
    assert_string_equal(attempt_state(attempt), "open");
}

static void coming_back_books_nothing(void **state)
{
    const char *url, *attempt = open_by_unionpay("up-back-1", new_obligation(20000), &url);
    const char *fields = paid_fields(attempt, "842611221000070000041", 20000);

    (void)state;
    assert_int_equal(unionpay_tells_at("/notify/unionpay/" MERCHANT "/return",
                                       unionpay_said_by(UNIONPAY_KEY, fields, true)),
                     200);
    assert_non_null(strstr(page(), "以系统显示的结果为准"));
    assert_string_equal(attempt_state(attempt), "open");
}

static void a_query_finds_what_nobody_told(void **state)
{
    const char *url, *attempt = open_by_unionpay("up-query-1", new_obligation(20000), &url);

    (void)state;
    unionpay_answers(QUERY, arena_printf(texts, "%s&txnType=00&respCode=34",
                                         unionpay_named("pay_attempt", attempt)));
    run_job();
    assert_string_equal(attempt_state(attempt), "open");
    unionpay_answers(QUERY,
                     arena_printf(texts, "%s&origRespCode=61", paid_fields(attempt, "1", 20000)));
    run_job(); /* one card was refused */
    assert_string_equal(attempt_state(attempt), "open");
    unionpay_answers(QUERY, arena_printf(texts, "%s&origRespCode=00",
                                         paid_fields("01HZZZZZZZZZZZZZZZZZZZZZZZ", "1", 20000)));
    run_job(); /* about another order */
    assert_string_equal(attempt_state(attempt), "open");
    unionpay_answers(QUERY, arena_printf(texts, "%s&origRespCode=A6",
                                         paid_fields(attempt, "842611221000070000051", 20000)));
    run_job();
    assert_string_equal(attempt_state(attempt), "paid");
    assert_books_are_right();
}

static void an_order_runs_out_and_is_closed_here_by_what_the_query_says_then(void **state)
{
    const char *url, *attempt = open_by_unionpay("up-late-1", new_obligation(20000), &url);
    const char *fields = paid_fields(attempt, "842611221000070000061", 20000);

    (void)state;
    expire(attempt);
    unionpay_answers(QUERY, arena_printf(texts, "%s&origRespCode=05", fields));
    run_job(); /* the bank has not said yet */
    assert_string_equal(attempt_state(attempt), "open");
    unionpay_answers(QUERY, arena_printf(texts, "%s&origRespCode=61", fields));
    run_job();
    assert_string_equal(attempt_state(attempt), "closed");
    assert_int_equal(browse(url), 409);
}

/* Nobody knows the number there yet: a browser has not posted it. */
static void nothing_is_known_of(const char *attempt)
{
    unionpay_answers(QUERY, arena_printf(texts, "%s&txnType=00&respCode=34",
                                         unionpay_named("pay_attempt", attempt)));
}

static void another_way_of_paying_leaves_it_to_run_out(void **state)
{
    const char *fine = new_obligation(20000);
    const char *url, *attempt = open_by_unionpay("up-other-1", fine, &url), *other;

    (void)state;
    nothing_is_known_of(attempt);
    other = open_attempt_of("up-other-2", fine);
    assert_string_not_equal(other, attempt);
    assert_int_equal(wechatpay_tells_paid(other, "42000UP1", 20000), 204);
    database_run("DELETE FROM payment_job WHERE kind <> 'close_attempt'");
    run_job(); /* asks nobody, and ends */
    assert_string_equal(attempt_state(attempt), "open");
    assert_int_equal(unionpay_tells(paid_fields(attempt, "842611221000070000071", 20000)), 200);
    assert_string_equal(refund_state("842611221000070000071"), "approved");
}

static void the_payer_may_turn_to_another_way_and_back_to_the_same_page(void **state)
{
    const char *fine = new_obligation(5000), *url, *again, *order;
    const char *first = open_by_unionpay("key-up-way-1", fine, &url);

    (void)state;
    order = order_no();
    nothing_is_known_of(first);
    wechatpay_accepts("wx-after-unionpay");
    assert_int_equal(open_order_by("key-up-way-2", fine, "wechat"), 201);
    assert_string_equal(order_no(), order);
    assert_string_equal(answer_text(&asker, "package"), "prepay_id=wx-after-unionpay");
    assert_int_equal(browse(url), 404); /* the page is not offered meanwhile */
    wechatpay_answers(
        arena_printf(texts, "v3_pay_transactions_out-trade-no_%s_close",
                     database_word("SELECT id FROM pay_attempt WHERE order_id = '%s' AND"
                                   " channel = 'wechat'",
                                   order)),
        204, "");
    assert_string_equal(open_by_unionpay("key-up-way-3", fine, &again),
                        first); /* nothing closes it: it is the same attempt */
    assert_string_equal(again, url);
    assert_int_equal(browse(url), 200);
    assert_int_equal(unionpay_tells(paid_fields(first, "842611221000070000101", 5000)), 200);
    assert_books_are_right();
}

static void what_was_paid_there_before_the_payer_turned_away_is_booked(void **state)
{
    const char *fine = new_obligation(5000), *url;
    const char *first = open_by_unionpay("key-up-way-4", fine, &url);

    (void)state;
    unionpay_answers(
        QUERY, arena_printf(texts,
                            "%s&txnType=00&respCode=00&origRespCode=00&txnAmt=5000&currencyCode=156"
                            "&queryId=842611221000070000102&traceTime=1122100007",
                            unionpay_named("pay_attempt", first)));
    assert_int_equal(open_order_by("key-up-way-5", fine, "wechat"), 201);
    assert_string_equal(answer_text(&asker, "state"), "paid");
    assert_int_equal(database_number("SELECT COUNT(*) FROM pay_attempt a JOIN pay_order_item i"
                                     " USING (order_id) WHERE i.obligation_id = '%s'",
                                     fine),
                     1);
    assert_books_are_right();
}

#define TEST(name) cmocka_unit_test_setup(name, begin_unionpay)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_citizen_of_any_channel_gets_a_page_that_posts_the_payment),
        TEST(a_second_tap_gets_the_same_address),
        TEST(the_page_is_shown_to_its_address_alone_and_while_there_is_something_to_pay),
        TEST(a_notice_settles_once),
        TEST(what_is_not_unionpays_or_not_for_us_is_refused),
        TEST(a_notice_that_cannot_be_booked_is_parked),
        TEST(an_odd_amount_is_taken_neither_as_notice_nor_as_answer),
        TEST(an_answer_about_another_merchant_or_time_leaves_ours_as_it_was),
        TEST(coming_back_books_nothing),
        TEST(a_query_finds_what_nobody_told),
        TEST(an_order_runs_out_and_is_closed_here_by_what_the_query_says_then),
        TEST(another_way_of_paying_leaves_it_to_run_out),
        TEST(the_payer_may_turn_to_another_way_and_back_to_the_same_page),
        TEST(what_was_paid_there_before_the_payer_turned_away_is_booked),
    };

    return cmocka_run_group_tests(tests, open_payment, close_payment);
}
