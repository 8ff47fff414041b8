/* Refunds with two people: who asks, who agrees, and what becomes of order and books. */

#include "service/payment_stage.h"

#include "core/db.h"
#include "core/job.h"

#define MAKER "01HZZZZZZZZZZZZZZZZZZMAKER"
#define CHECKER "01HZZZZZZZZZZZZZZZZCHECKER"
#define REFUNDS "/api/payment/refunds"

static void sign_in_officer(const char *id)
{
    asker_sign_in(&asker, id, NULL, OFFICER | FINANCE);
    database_run("UPDATE core_session SET channel = 'officer', expires_at = '2099-01-01',"
                 " absolute_expires_at = '2099-01-01' WHERE token_hash = UNHEX(SHA2('%s', 256))",
                 asker.token);
}

static void employ(const char *id)
{
    database_run("REPLACE INTO officer (id, name, display_name, roles, password_hash, totp_secret,"
                 " key_id, created_at) VALUES ('%s', LOWER('%s'), '', %d, '', '', 1, '2026-01-01')",
                 id, id, OFFICER | FINANCE);
}

static int begin_refunds(void **state)
{
    begin_payment(state);
    database_run("DELETE FROM payment_job");
    employ(MAKER);
    employ(CHECKER);
    return 0;
}

/* A paid order of 200 yuan; its number. */
static const char *paid_order(const char *key)
{
    const char *order, *attempt;

    sign_in_as(PAYER_ACCOUNT, DRIVER, CITIZEN | VERIFIED, "wechat");
    attempt = open_attempt_of(key, new_obligation(20000));
    order = order_no();
    assert_int_equal(wechatpay_tells_paid(attempt, arena_printf(texts, "42-%s", key), 20000), 204);
    return order;
}

static int request_by(const char *officer, const char *key, const char *order, int64_t fen)
{
    sign_in_officer(officer);
    asker.key = key;
    ask(&asker, "POST", REFUNDS,
        arena_printf(texts, "{\"order_no\":\"%s\",\"amount_fen\":%lld,\"note\":\"处罚撤销\"}",
                     order, (long long)fen));
    asker.key = NULL;
    return asker.r->http_status;
}

static const char *refund_no(void)
{
    return arena_text(texts, answer_text(&asker, "refund_no"));
}

static const char *requested(const char *key, const char *order, int64_t fen)
{
    assert_int_equal(request_by(MAKER, key, order, fen), 201);
    return refund_no();
}

static int decide_by(const char *officer, const char *no, const char *decision)
{
    sign_in_officer(officer);
    return ask(&asker, "POST", arena_printf(texts, REFUNDS "/%s/%s", no, decision), "");
}

static void run_what_is_due(void)
{
    db_rehearse(&asker.process, false); /* leasing a job is not what is rehearsed */
    database_run("UPDATE payment_job SET run_at = '2018-01-01' WHERE state = 'ready'");
    assert_true(jobs_run_due(&asker.process));
}

static const char *order_is(const char *order)
{
    return database_word("SELECT CONCAT_WS(' ', state, refund_reserved_fen, refunded_fen)"
                         " FROM pay_order WHERE id = '%s'",
                         order);
}

static const char *refund_is(const char *no)
{
    return database_word("SELECT state FROM refund WHERE id = '%s'", no);
}

static void wechatpay_refunds(const char *no, const char *status, int64_t fen)
{
    wechatpay_answers("v3_refund_domestic_refunds", 200,
                      arena_printf(texts,
                                   "{\"refund_id\":\"50-%s\",\"out_refund_no\":\"%s\","
                                   "\"transaction_id\":\"x\",\"out_trade_no\":\"x\","
                                   "\"status\":\"%s\",\"success_time\":"
                                   "\"2026-11-22T10:05:00+08:00\",\"amount\":{\"refund\":%lld,"
                                   "\"total\":20000,\"currency\":\"CNY\"}}",
                                   no, no, status, (long long)fen));
}

static void two_people_return_a_part_and_then_the_rest(void **state)
{
    const char *order = paid_order("refund-1"), *part, *rest;

    (void)state;
    part = requested("refund-1-a", order, 5000);
    assert_string_equal(order_is(order), "paid 5000 0");
    assert_int_equal(decide_by(CHECKER, part, "approval"), 200);
    assert_string_equal(answer_text(&asker, "step"), "已复核同意，即将原路退回");
    assert_string_equal(order_is(order), "refunding 5000 0");
    assert_books_are_right();
    wechatpay_refunds(part, "SUCCESS", 5000);
    run_what_is_due();
    assert_string_equal(refund_is(part), "success");
    assert_string_equal(order_is(order), "part_refunded 5000 5000");
    assert_books_are_right();
    database_run("UPDATE refund SET submitted_at = '2026-11-01' WHERE id = '%s'", part);
    rest = requested("refund-1-b", order, 15000);
    assert_int_equal(decide_by(CHECKER, rest, "approval"), 200);
    wechatpay_refunds(rest, "SUCCESS", 15000);
    run_what_is_due();
    assert_string_equal(order_is(order), "refunded 20000 20000");
    assert_books_are_right();
}

static void one_person_alone_moves_nothing(void **state)
{
    const char *order = paid_order("refund-2"), *no = requested("refund-2-a", order, 20000);
    int64_t before = database_number("SELECT COUNT(*) FROM payment_audit WHERE act = 'refused'");

    (void)state;
    assert_refused(decide_by(MAKER, no, "approval"), "same_person");
    assert_true(database_number("SELECT COUNT(*) FROM payment_audit WHERE act = 'refused'") >
                before);
    assert_string_equal(refund_is(no), "requested");
    assert_string_equal(order_is(order), "paid 20000 0");
    assert_books_are_right();
}

static void a_citizen_neither_asks_nor_agrees(void **state)
{
    const char *order = paid_order("refund-3"), *no = requested("refund-3-a", order, 100);

    (void)state;
    sign_in_as(PAYER_ACCOUNT, DRIVER, CITIZEN | VERIFIED, "wechat");
    assert_int_equal(ask(&asker, "GET", REFUNDS, NULL), 403);
    asker.key = "refund-3-b";
    assert_int_equal(ask(&asker, "POST", REFUNDS, "{}"), 403);
    asker.key = NULL;
    assert_int_equal(ask(&asker, "POST", arena_printf(texts, REFUNDS "/%s/approval", no), ""), 403);
}

static void all_that_stands_against_it_is_said_at_once(void **state)
{
    const char *order = paid_order("refund-4");

    (void)state;
    database_run("UPDATE money_fact SET happened_at = '2025-01-01' WHERE order_id = '%s'", order);
    request_by(MAKER, "refund-4-a", order, 20001);
    assert_refused(422, "refund_too_much");
    assert_non_null(strstr(asker.r->answer, "refund_too_late"));
    assert_string_equal(order_is(order), "paid 0 0");
    request_by(MAKER, "refund-4-b", "01HZZZZZZZZZZZZZZZZZZZZZZZ", 100);
    assert_int_equal(asker.r->http_status, 404);
}

static void what_was_not_paid_is_not_refunded(void **state)
{
    const char *order;

    (void)state;
    open_attempt_of("refund-5", new_obligation(20000));
    order = order_no();
    request_by(MAKER, "refund-5-a", order, 100);
    assert_refused(409, "not_paid_yet");
}

static void the_same_tap_asks_once_and_the_same_decision_counts_once(void **state)
{
    const char *order = paid_order("refund-6"), *no = requested("refund-6-a", order, 7000);

    (void)state;
    assert_string_equal(requested("refund-6-a", order, 7000), no);
    assert_string_equal(order_is(order), "paid 7000 0");
    assert_int_equal(decide_by(CHECKER, no, "approval"), 200);
    assert_int_equal(decide_by(CHECKER, no, "approval"), 200);
    assert_string_equal(order_is(order), "refunding 7000 0");
    assert_refused(decide_by(CHECKER, no, "refusal"), "refund_decided");
    assert_refused(decide_by(MAKER, no, "refusal"), "refund_decided");
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM ledger_txn WHERE ev = 'unapply' AND ev_ref = '%s'",
                        no),
        1);
    assert_books_are_right();
}

static void a_declined_request_frees_the_amount(void **state)
{
    const char *order = paid_order("refund-7"), *no = requested("refund-7-a", order, 20000);

    (void)state;
    request_by(CHECKER, "refund-7-b", order, 1);
    assert_refused(422, "refund_too_much");
    assert_int_equal(decide_by(CHECKER, no, "refusal"), 200);
    assert_string_equal(answer_text(&asker, "state"), "closed");
    assert_string_equal(order_is(order), "paid 0 0");
    no = requested("refund-7-c", order, 20000);
    assert_int_equal(decide_by(MAKER, no, "refusal"), 200); /* taken back */
    assert_string_equal(order_is(order), "paid 0 0");
    assert_books_are_right();
}

static void what_the_gateway_refuses_is_paid_again_and_a_case(void **state)
{
    const char *order = paid_order("refund-8"), *no = requested("refund-8-a", order, 20000);

    (void)state;
    assert_int_equal(decide_by(CHECKER, no, "approval"), 200);
    wechatpay_answers("v3_refund_domestic_refunds", 400, "{\"code\":\"INVALID_REQUEST\"}");
    run_what_is_due();
    assert_string_equal(refund_is(no), "closed");
    assert_string_equal(order_is(order), "paid 0 0");
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_case WHERE kind ="
                                     " 'refund_closed' AND dedupe = '%s'",
                                     no),
                     1);
    assert_books_are_right();
}

static void who_lost_the_role_meanwhile_does_not_count(void **state)
{
    const char *order = paid_order("refund-9"), *no = requested("refund-9-a", order, 20000);

    (void)state;
    assert_int_equal(decide_by(CHECKER, no, "approval"), 200);
    database_run("UPDATE officer SET is_active = FALSE WHERE id = '" MAKER "'");
    wechatpay_refunds(no, "SUCCESS", 20000);
    run_what_is_due();
    assert_string_equal(refund_is(no), "closed");
    assert_string_equal(order_is(order), "paid 0 0");
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_case WHERE kind ="
                                     " 'refund_rights_lost' AND dedupe = '%s'",
                                     no),
                     1);
    assert_books_are_right();
}

static void parts_go_to_wechat_pay_a_minute_apart(void **state)
{
    const char *order = paid_order("refund-10"), *first, *second;

    (void)state;
    first = requested("refund-10-a", order, 100);
    second = requested("refund-10-b", order, 200);
    assert_int_equal(decide_by(CHECKER, first, "approval"), 200);
    wechatpay_refunds(first, "PROCESSING", 100);
    run_what_is_due();
    assert_string_equal(refund_is(first), "accepted");
    database_run("DELETE FROM payment_job");
    assert_int_equal(decide_by(CHECKER, second, "approval"), 200);
    run_what_is_due();
    assert_string_equal(refund_is(second), "approved"); /* not yet */
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_job WHERE dedupe = '%s'"
                                     " AND run_at > '2026-11-22 02:00:50'",
                                     second),
                     1);
    database_run("UPDATE refund SET submitted_at = '2026-11-22 01:58:00' WHERE id = '%s'", first);
    wechatpay_refunds(second, "SUCCESS", 200);
    run_what_is_due();
    assert_string_equal(refund_is(second), "success");
    assert_string_equal(order_is(order), "refunding 300 200"); /* the first is still under way */
    assert_books_are_right();
}

static void the_payer_sees_each_step_in_words_and_nobody_else_does(void **state)
{
    const char *order = paid_order("refund-11");

    (void)state;
    requested("refund-11-a", order, 5000);
    sign_in_as(PAYER_ACCOUNT, DRIVER, CITIZEN | VERIFIED, "wechat");
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, ORDERS "/%s/refunds", order), NULL),
                     200);
    assert_non_null(strstr(asker.r->answer, "\"step\":\"已提出退款，等待复核\""));
    assert_null(strstr(asker.r->answer, "maker"));
    sign_in_as(OTHER_ACCOUNT, STRANGER, CITIZEN | VERIFIED, "wechat");
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, ORDERS "/%s/refunds", order), NULL),
                     404);
}

static void officers_page_through_all_of_them(void **state)
{
    const char *order = paid_order("refund-12"), *newest, *next;

    (void)state;
    for (int i = 0; i < 3; i++)
        newest = requested(arena_printf(texts, "refund-12-%d", i), order, 10 + i);
    (void)newest;
    assert_int_equal(ask(&asker, "GET", REFUNDS "?state=requested&limit=2", NULL), 200);
    next = arena_text(texts, answer_text(&asker, "next"));
    assert_int_equal(ask(&asker, "GET",
                         arena_printf(texts, REFUNDS "?state=requested&limit=2&after=%s", next),
                         NULL),
                     200);
    assert_int_equal(ask(&asker, "GET", REFUNDS "?state=nonsense", NULL), 400);
}

#define PLAIN(test) cmocka_unit_test_setup(test, begin_refunds)
#define TESTS                                                                                      \
    PLAIN(two_people_return_a_part_and_then_the_rest), PLAIN(one_person_alone_moves_nothing),      \
        PLAIN(a_citizen_neither_asks_nor_agrees),                                                  \
        PLAIN(all_that_stands_against_it_is_said_at_once),                                         \
        PLAIN(what_was_not_paid_is_not_refunded),                                                  \
        PLAIN(the_same_tap_asks_once_and_the_same_decision_counts_once),                           \
        PLAIN(a_declined_request_frees_the_amount),                                                \
        PLAIN(what_the_gateway_refuses_is_paid_again_and_a_case),                                  \
        PLAIN(who_lost_the_role_meanwhile_does_not_count),                                         \
        PLAIN(parts_go_to_wechat_pay_a_minute_apart),                                              \
        PLAIN(the_payer_sees_each_step_in_words_and_nobody_else_does),                             \
        PLAIN(officers_page_through_all_of_them)

int main(void)
{
    static const struct CMUnitTest told[] = {TESTS}, rehearsed[] = {TESTS};

    return cmocka_run_group_tests_name("refunds", told, open_payment, forget_payments) +
           cmocka_run_group_tests_name("refunds, rehearsed", rehearsed, open_payment_rehearsed,
                                       close_payment);
}
