/* Refunds with two people: who asks, who agrees, and what becomes of order and books. */

#include "service/payment_stage_refunds.h"

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

static void more_than_was_paid_is_not_refunded(void **state)
{
    const char *order = paid_order("refund-4");

    (void)state;
    request_by(MAKER, "refund-4-a", order, 20001);
    assert_refused(422, "refund_too_much");
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

static void what_the_gateway_refuses_waits_for_an_account_in_suspense(void **state)
{
    const char *order = paid_order("refund-8"), *no = requested("refund-8-a", order, 20000);

    (void)state;
    assert_int_equal(decide_by(CHECKER, no, "approval"), 200);
    wechatpay_answers("v3_refund_domestic_refunds", 400, "{\"code\":\"INVALID_REQUEST\"}");
    run_what_is_due();
    assert_string_equal(refund_is(no), "transfer");
    assert_string_equal(order_is(order), "refunding 20000 0");
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_case WHERE kind ="
                                     " 'refund_transfer' AND dedupe = '%s'",
                                     no),
                     1);
    assert_books_are_right();
}

/* The merchant's account is empty, or the merchant may not refund: that is ours to mend, and the
   payer's money goes the way it came. */
static void what_is_our_own_trouble_is_tried_again_under_the_same_number(void **state)
{
    const char *const causes[] = {"NOT_ENOUGH", "NO_AUTH"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        const char *order = paid_order(arena_printf(texts, "refund-own-%d", i));
        const char *no = requested(arena_printf(texts, "refund-own-%d-a", i), order, 20000);

        assert_int_equal(decide_by(CHECKER, no, "approval"), 200);
        wechatpay_answers("v3_refund_domestic_refunds", 403,
                          arena_printf(texts, "{\"code\":\"%s\"}", causes[i]));
        run_what_is_due();
        assert_string_not_equal(refund_is(no), "transfer");
        assert_string_equal(order_is(order), "refunding 20000 0");
        wechatpay_answers(arena_printf(texts, "v3_refund_domestic_refunds_%s", no), 404,
                          "{\"code\":\"RESOURCE_NOT_EXISTS\"}");
        wechatpay_refunds(no, "SUCCESS", 20000);
        database_run("UPDATE payment_job SET run_at = '2018-01-01' WHERE dedupe = '%s'", no);
        run_what_is_due();
        assert_string_equal(refund_is(no), "success");
        assert_books_are_right();
    }
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
        PLAIN(a_citizen_neither_asks_nor_agrees), PLAIN(more_than_was_paid_is_not_refunded),       \
        PLAIN(what_was_not_paid_is_not_refunded),                                                  \
        PLAIN(the_same_tap_asks_once_and_the_same_decision_counts_once),                           \
        PLAIN(a_declined_request_frees_the_amount),                                                \
        PLAIN(what_the_gateway_refuses_waits_for_an_account_in_suspense),                          \
        PLAIN(what_is_our_own_trouble_is_tried_again_under_the_same_number),                       \
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
