/* Ways to pay: by a code that is shown, and another way for the same order. */

#include "service/payment_stage.h"

#include "core/db.h"
#include "core/job.h"

static int begin_ways(void **state)
{
    begin_payment(state); /* what is signed carries the time */
    database_run("DELETE FROM payment_job");
    wechatpay_answers("v3_pay_transactions_native", 200,
                      "{\"code_url\":\"weixin://wxpay/bizpayurl?pr=abc123\"}");
    wechatpay_accepts("wx-prepay");
    return 0;
}

static const char *close_path(const char *attempt)
{
    return arena_printf(texts, "v3_pay_transactions_out-trade-no_%s_close", attempt);
}

static const char *query_path(const char *attempt)
{
    return arena_printf(texts, "v3_pay_transactions_out-trade-no_%s", attempt);
}

static const char *newest_attempt(const char *order)
{
    return database_word("SELECT MAX(id) FROM pay_attempt WHERE order_id = '%s'", order);
}

static const char *state_of(const char *attempt)
{
    return database_word("SELECT state FROM pay_attempt WHERE id = '%s'", attempt);
}

/* Leasing a job is not what is rehearsed. */
static void run_what_is_due(void)
{
    db_rehearse(&asker.process, false);
    assert_true(jobs_run_due(&asker.process));
}

static int show(const char *order, const char *what)
{
    return ask(&asker, "GET", arena_printf(texts, ORDERS "/%s%s", order, what), NULL);
}

static void a_code_of_wechat_pay_needs_no_wechat_account(void **state)
{
    (void)state;
    sign_in_as(PAYER_ACCOUNT, DRIVER, CITIZEN | VERIFIED, "alipay");
    assert_int_equal(open_order_by("key-code-1", new_obligation(20000), "wechat_native"), 201);
    assert_string_equal(answer_text(&asker, "channel"), "wechat_native");
    assert_string_equal(answer_text(&asker, "code_url"), "weixin://wxpay/bizpayurl?pr=abc123");
    assert_null(answer_text(&asker, "package"));
    assert_string_equal(
        database_word("SELECT open_id FROM pay_attempt WHERE order_id = '%s'", order_no()), "");
    assert_books_are_right();
}

static void a_code_of_alipay_is_no_trade_until_it_is_scanned(void **state)
{
    const char *fine = new_obligation(20000), *order, *attempt;

    (void)state;
    alipay_answers("alipay_trade_precreate", "{\"code\":\"20000\",\"msg\":\"x\"}");
    open_order_by("key-code-2", fine, "alipay_precreate");
    assert_refused(502, "upstream_failed");
    order = database_word("SELECT order_id FROM pay_order_item WHERE obligation_id = '%s'", fine);
    attempt = newest_attempt(order);
    alipay_answers("alipay_trade_precreate",
                   arena_printf(texts,
                                "{\"code\":\"10000\",\"msg\":\"Success\",\"out_trade_no\":\"%s\","
                                "\"qr_code\":\"https://qr.alipay.com/bax001\"}",
                                attempt));
    assert_int_equal(open_order_by("key-code-2", fine, "alipay_precreate"), 201);
    assert_string_equal(answer_text(&asker, "qr_code"), "https://qr.alipay.com/bax001");
    alipay_answers("alipay_trade_query",
                   "{\"code\":\"40004\",\"msg\":\"x\",\"sub_code\":\"ACQ.TRADE_NOT_EXIST\"}");
    database_run("UPDATE payment_job SET run_at = '2018-01-01' WHERE state = 'ready'");
    run_what_is_due();
    assert_string_equal(state_of(attempt), "open");
    assert_int_equal(alipay_tells_paid(attempt, "2026112222001", "200.00"), 200);
    assert_int_equal(show(order, "/state"), 200);
    assert_string_equal(answer_text(&asker, "state"), "paid");
    assert_int_equal(answer_number(&asker, "paid_fen"), 20000);
    assert_books_are_right();
}

static void the_code_is_shown_as_a_picture_while_there_is_something_to_pay(void **state)
{
    const char *order, *attempt;

    (void)state;
    assert_int_equal(open_order_by("key-code-3", new_obligation(20000), "wechat_native"), 201);
    order = order_no();
    attempt = newest_attempt(order);
    assert_int_equal(show(order, "/code.svg"), 200);
    assert_string_equal(asker.r->content_type, "image/svg+xml");
    assert_memory_equal(asker.r->answer, "<svg ", 5);
    assert_int_equal(show(order, "/code.png"), 200);
    assert_string_equal(asker.r->content_type, "image/png");
    assert_memory_equal(asker.r->answer, "\x89PNG", 4);
    assert_int_equal(show(order, "/code.png?scale=99"), 400);
    assert_int_equal(wechatpay_tells_paid(attempt, "42-code-3", 20000), 204);
    assert_refused(show(order, "/code.svg"), "no_code");
}

static void the_code_of_another_looks_absent_and_an_order_without_has_none(void **state)
{
    const char *order, *other;

    (void)state;
    assert_int_equal(open_order_by("key-code-4", new_obligation(20000), "wechat_native"), 201);
    order = order_no();
    assert_int_equal(open_order("key-code-5", new_obligation(20000)), 201);
    other = order_no();
    assert_refused(show(other, "/code.png"), "no_code");
    sign_in_as(OTHER_ACCOUNT, STRANGER, CITIZEN | VERIFIED, "wechat");
    assert_int_equal(show(order, "/code.svg"), 404);
    assert_int_equal(show(order, "/code.png"), 404);
    assert_int_equal(show(order, "/state"), 404);
}

/* The attempt of an order that is paid by JSAPI so far; *order is its number. */
static const char *begun_in_the_mini_program(const char *key, const char *fine, const char **order)
{
    assert_int_equal(open_order(key, fine), 201);
    *order = order_no();
    return newest_attempt(*order);
}

static void another_way_closes_the_one_before_and_keeps_the_order(void **state)
{
    const char *fine = new_obligation(20000), *order, *next;
    const char *first = begun_in_the_mini_program("key-way-1", fine, &order);

    (void)state;
    wechatpay_answers(close_path(first), 204, "");
    assert_int_equal(open_order_by("key-way-2", fine, "wechat_native"), 201);
    assert_string_equal(order_no(), order);
    assert_string_equal(answer_text(&asker, "code_url"), "weixin://wxpay/bizpayurl?pr=abc123");
    next = newest_attempt(order);
    assert_string_not_equal(next, first);
    assert_string_equal(state_of(first), "closed");
    assert_string_equal(state_of(next), "open");
    /* the same tap once more */
    assert_int_equal(open_order_by("key-way-2", fine, "wechat_native"), 201);
    assert_string_equal(newest_attempt(order), next);
    assert_int_equal(wechatpay_tells_paid(next, "42-way-1", 20000), 204);
    assert_books_are_right();
}

static void what_was_paid_meanwhile_is_booked_and_nothing_new_begins(void **state)
{
    const char *fine = new_obligation(20000), *order;
    const char *first = begun_in_the_mini_program("key-way-3", fine, &order);

    (void)state;
    wechatpay_answers(close_path(first), 400, "{\"code\":\"ORDERPAID\"}");
    wechatpay_answers(query_path(first), 200,
                      arena_printf(texts,
                                   "{\"mchid\":\"" FINES_MERCHANT "\",\"appid\":"
                                   "\"wx1234567890abcdef\",\"out_trade_no\":\"%s\","
                                   "\"transaction_id\":\"42-way-3\",\"trade_state\":\"SUCCESS\","
                                   "\"success_time\":\"2026-11-22T10:00:00+08:00\","
                                   "\"amount\":{\"total\":20000,\"currency\":\"CNY\"}}",
                                   first));
    assert_int_equal(open_order_by("key-way-4", fine, "wechat_native"), 201);
    assert_string_equal(answer_text(&asker, "state"), "paid");
    assert_string_equal(newest_attempt(order), first);
    assert_books_are_right();
}

static void without_a_verdict_on_the_way_before_no_other_begins(void **state)
{
    const char *fine = new_obligation(20000), *order;
    const char *first = begun_in_the_mini_program("key-way-5", fine, &order);

    (void)state;
    wechatpay_answers(close_path(first), 500, "{}");
    open_order_by("key-way-6", fine, "wechat_native");
    assert_refused(409, "way_still_open");
    assert_string_equal(newest_attempt(order), first);
    assert_string_equal(state_of(first), "open");
    wechatpay_answers(close_path(first), 204, "");
    assert_int_equal(open_order_by("key-way-7", fine, "wechat_native"), 201);
}

static void both_ways_paid_all_the_same_settle_once_and_one_goes_back(void **state)
{
    const char *fine = new_obligation(20000), *order, *next;
    const char *first = begun_in_the_mini_program("key-way-8", fine, &order);

    (void)state;
    wechatpay_answers(close_path(first), 204, "");
    assert_int_equal(open_order_by("key-way-9", fine, "wechat_native"), 201);
    next = newest_attempt(order);
    /* The first, which was closed, is told to be paid; the other one is then closed by a job. */
    assert_int_equal(wechatpay_tells_paid(first, "42-way-8", 20000), 204);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_job WHERE kind ="
                                     " 'close_attempt' AND dedupe = '%s'",
                                     next),
                     1);
    assert_int_equal(wechatpay_tells_paid(next, "42-way-9", 20000), 204);
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM settlement WHERE obligation_id = '%s'", fine), 1);
    assert_string_equal(database_word("SELECT reason FROM refund WHERE gateway_no = '42-way-9'"),
                        "excess");
    assert_books_are_right();
}

static void an_order_ends_only_with_its_last_way(void **state)
{
    const char *fine = new_obligation(20000), *order;
    const char *first = begun_in_the_mini_program("key-way-10", fine, &order);

    (void)state;
    wechatpay_answers(close_path(first), 204, "");
    assert_int_equal(open_order_by("key-way-11", fine, "wechat_native"), 201);
    /* A job for the first one was under way. */
    database_run("UPDATE payment_job SET run_at = '2018-01-01' WHERE dedupe = '%s'", first);
    database_run("DELETE FROM payment_job WHERE dedupe <> '%s'", first);
    run_what_is_due();
    assert_int_equal(show(order, "/state"), 200);
    assert_string_equal(answer_text(&asker, "state"), "paying");
}

#define PLAIN(test) cmocka_unit_test_setup(test, begin_ways)
#define TESTS                                                                                      \
    PLAIN(a_code_of_wechat_pay_needs_no_wechat_account),                                           \
        PLAIN(a_code_of_alipay_is_no_trade_until_it_is_scanned),                                   \
        PLAIN(the_code_is_shown_as_a_picture_while_there_is_something_to_pay),                     \
        PLAIN(the_code_of_another_looks_absent_and_an_order_without_has_none),                     \
        PLAIN(another_way_closes_the_one_before_and_keeps_the_order),                              \
        PLAIN(what_was_paid_meanwhile_is_booked_and_nothing_new_begins),                           \
        PLAIN(without_a_verdict_on_the_way_before_no_other_begins),                                \
        PLAIN(both_ways_paid_all_the_same_settle_once_and_one_goes_back),                          \
        PLAIN(an_order_ends_only_with_its_last_way)

int main(void)
{
    static const struct CMUnitTest told[] = {TESTS}, rehearsed[] = {TESTS};

    return cmocka_run_group_tests_name("ways", told, open_payment, forget_payments) +
           cmocka_run_group_tests_name("ways, rehearsed", rehearsed, open_payment_rehearsed,
                                       close_payment);
}
