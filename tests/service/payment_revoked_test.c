/* A decision withdrawn after it was paid: what was paid for it goes back, by two officers. */

#include "service/payment_stage_refunds.h"

/* Withdrawn by its issuer, as casework does it in one transaction: the row and the event. */
static void withdraw(const char *obligation_id)
{
    database_run("UPDATE obligation SET withdrawn_at = '2026-11-22 02:00:00' WHERE id = '%s'",
                 obligation_id);
    database_run("REPLACE INTO event (id, consumer, kind, dedupe, producer, run_at, created_at)"
                 " VALUES (REVERSE('%s'), 'payment', 'obligation_withdrawn', '%s', 'violation',"
                 " '2018-01-01', '2018-01-01')",
                 obligation_id, obligation_id);
    run_what_is_due();
}

/* It falls in part: so much is owed from that moment on. */
static void lower(const char *obligation_id, int64_t fen)
{
    database_run("UPDATE obligation SET lowered_fen = %lld, lowered_at = '2026-11-22 02:00:00'"
                 " WHERE id = '%s'",
                 (long long)fen, obligation_id);
    database_run("REPLACE INTO event (id, consumer, kind, dedupe, producer, run_at, created_at)"
                 " VALUES (REVERSE('%s'), 'payment', 'obligation_lowered', '%s', 'violation',"
                 " '2018-01-01', '2018-01-01')",
                 obligation_id, obligation_id);
    run_what_is_due();
}

static const char *item_of(const char *order)
{
    return database_word("SELECT obligation_id FROM settlement WHERE order_id = '%s'"
                         " ORDER BY obligation_id LIMIT 1",
                         order);
}

static const char *revoked(const char *obligation_id)
{
    return database_word("SELECT id FROM refund WHERE obligation_id = '%s' AND state <> 'closed'",
                         obligation_id);
}

static int64_t refunds_of(const char *obligation_id)
{
    return database_number("SELECT COUNT(*) FROM refund WHERE obligation_id = '%s'", obligation_id);
}

static void what_was_paid_for_it_goes_back_by_two_people(void **state)
{
    const char *order = paid_order("revoked-1"), *fine = item_of(order), *no;

    (void)state;
    withdraw(fine);
    no = revoked(fine);
    assert_string_equal(refund_is(no), "requested");
    assert_string_equal(order_is(order), "paid 20000 0");
    assert_books_are_right();
    assert_refused(decide_by(CHECKER, no, "approval"), "not_reviewed");
    assert_int_equal(decide_by(MAKER, no, "review"), 200);
    assert_int_equal(decide_by(MAKER, no, "review"), 200); /* the same tap */
    assert_refused(decide_by(CHECKER, no, "review"), "reviewed_already");
    assert_refused(decide_by(MAKER, no, "approval"), "same_person");
    assert_int_equal(decide_by(CHECKER, no, "approval"), 200);
    wechatpay_refunds(no, "SUCCESS", 20000);
    run_what_is_due();
    assert_string_equal(refund_is(no), "success");
    assert_string_equal(order_is(order), "refunded 20000 20000");
    assert_books_are_right();
}

static void told_twice_it_goes_back_once(void **state)
{
    const char *order = paid_order("revoked-2"), *fine = item_of(order);

    (void)state;
    withdraw(fine);
    withdraw(fine);
    assert_int_equal(refunds_of(fine), 1);
    assert_string_equal(order_is(order), "paid 20000 0");
}

static void what_was_not_paid_needs_no_refund(void **state)
{
    const char *fine = new_obligation(20000);

    (void)state;
    withdraw(fine);
    assert_int_equal(refunds_of(fine), 0);
    assert_int_equal(database_number("SELECT COUNT(*) FROM event WHERE dedupe = '%s'"
                                     " AND kind = 'obligation_withdrawn' AND state = 'done'",
                                     fine),
                     1);
    assert_books_are_right();
}

/* An order of two fines, the first of them with a surcharge; its number. */
static const char *paid_order_of_two(const char *key, const char **late, const char **other)
{
    const char *order;

    sign_in_as(PAYER_ACCOUNT, DRIVER, CITIZEN | VERIFIED, "wechat");
    wechatpay_accepts("wx-two");
    *late = obligation_of(DRIVER, "fine_treasury", 10000, "2026-11-12"); /* ten days late */
    *other = new_obligation(5000);
    asker.key = key;
    assert_int_equal(
        ask(&asker, "POST", ORDERS,
            arena_printf(texts, "{\"obligation_ids\":[\"%s\",\"%s\"],\"channel\":\"wechat\"}",
                         *late, *other)),
        201);
    asker.key = NULL;
    order = order_no();
    assert_int_equal(
        wechatpay_tells_paid(attempt_of(order), arena_printf(texts, "42-%s", key), 18000), 204);
    return order;
}

static void of_several_only_that_one_goes_back_with_its_surcharge(void **state)
{
    const char *late, *other, *order = paid_order_of_two("revoked-3", &late, &other);

    (void)state;
    withdraw(late);
    assert_int_equal(
        database_number("SELECT amount_fen FROM refund WHERE obligation_id = '%s'", late), 13000);
    assert_string_equal(order_is(order), "paid 13000 0");
    assert_int_equal(refunds_of(other), 0);
    withdraw(other);
    assert_string_equal(order_is(order), "paid 18000 0");
    assert_books_are_right();
}

static int64_t returned_for(const char *obligation_id)
{
    return database_number("SELECT COALESCE(SUM(amount_fen), 0) FROM refund"
                           " WHERE obligation_id = '%s'",
                           obligation_id);
}

static void
what_was_paid_above_a_lowered_fine_goes_back_with_its_part_of_the_surcharge(void **state)
{
    /* 100 yuan, ten days late: 130 paid. 60 yuan would have been 78. */
    const char *late, *other, *order = paid_order_of_two("lowered-1", &late, &other);

    (void)state;
    lower(late, 6000);
    lower(late, 6000);
    assert_int_equal(refunds_of(late), 1);
    assert_int_equal(returned_for(late), 5200);
    assert_string_equal(order_is(order), "paid 5200 0");
    assert_int_equal(refunds_of(other), 0);
    assert_books_are_right();
}

/* The rest of its item, no more: what went back when it was lowered is not taken from the other
 * one. */
static void lowered_first_and_withdrawn_later_it_goes_back_once(void **state)
{
    const char *late, *other, *order = paid_order_of_two("lowered-4", &late, &other);

    (void)state;
    lower(late, 6000);
    assert_int_equal(returned_for(late), 5200);
    withdraw(late);
    assert_int_equal(returned_for(late), 13000);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_case WHERE kind ="
                                     " 'revoked_overlap' AND dedupe = '%s'",
                                     late),
                     0);
    assert_string_equal(order_is(order), "paid 13000 0");
    assert_books_are_right();
}

static void an_order_of_before_keeps_its_price_and_the_rest_goes_back_when_it_is_paid(void **state)
{
    const char *fine = new_obligation(20000), *order;

    (void)state;
    sign_in_as(PAYER_ACCOUNT, DRIVER, CITIZEN | VERIFIED, "wechat");
    wechatpay_accepts("wx-lowered");
    asker.key = "lowered-2-order";
    assert_int_equal(
        ask(&asker, "POST", ORDERS,
            arena_printf(texts, "{\"obligation_ids\":[\"%s\"],\"channel\":\"wechat\"}", fine)),
        201);
    asker.key = NULL;
    order = order_no();
    lower(fine, 15000);
    assert_int_equal(refunds_of(fine), 0);
    assert_int_equal(wechatpay_tells_paid(attempt_of(order), "42-lowered-2", 20000), 204);
    run_what_is_due();
    assert_int_equal(returned_for(fine), 5000);
    assert_books_are_right();
}

static void a_new_order_has_the_lowered_price(void **state)
{
    const char *fine = new_obligation(20000);

    (void)state;
    lower(fine, 15000);
    sign_in_as(PAYER_ACCOUNT, DRIVER, CITIZEN | VERIFIED, "wechat");
    wechatpay_accepts("wx-lowered-3");
    asker.key = "lowered-3-order";
    assert_int_equal(
        ask(&asker, "POST", ORDERS,
            arena_printf(texts, "{\"obligation_ids\":[\"%s\"],\"channel\":\"wechat\"}", fine)),
        201);
    asker.key = NULL;
    assert_int_equal(answer_number(&asker, "amount_fen"), 15000);
    assert_int_equal(wechatpay_tells_paid(attempt_of(order_no()), "42-lowered-3", 15000), 204);
    run_what_is_due();
    assert_int_equal(refunds_of(fine), 0);
    assert_books_are_right();
}

static void officers_cannot_decline_what_is_due(void **state)
{
    const char *order = paid_order("revoked-4"), *no;

    (void)state;
    withdraw(item_of(order));
    no = revoked(item_of(order));
    assert_int_equal(decide_by(MAKER, no, "review"), 200);
    assert_refused(decide_by(CHECKER, no, "refusal"), "refund_due");
    assert_refused(decide_by(MAKER, no, "refusal"), "refund_due");
    assert_string_equal(refund_is(no), "requested");
}

static void what_went_back_before_is_a_case(void **state)
{
    const char *order = paid_order("revoked-5"), *fine = item_of(order);
    const char *earlier = requested("revoked-5-ask", order, 15000);

    (void)state;
    withdraw(fine);
    assert_int_equal(
        database_number("SELECT amount_fen FROM refund WHERE obligation_id = '%s'", fine), 5000);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_case WHERE kind ="
                                     " 'revoked_overlap' AND dedupe = '%s'",
                                     fine),
                     1);
    assert_string_equal(order_is(order), "paid 20000 0");
    assert_string_equal(refund_is(earlier), "requested");
    assert_books_are_right();
}

static void who_lost_the_role_leaves_it_due(void **state)
{
    const char *order = paid_order("revoked-6"), *fine = item_of(order), *no, *again;

    (void)state;
    withdraw(fine);
    no = revoked(fine);
    assert_int_equal(decide_by(MAKER, no, "review"), 200);
    assert_int_equal(decide_by(CHECKER, no, "approval"), 200);
    database_run("UPDATE officer SET is_active = FALSE WHERE id = '" MAKER "'");
    run_what_is_due();
    assert_string_equal(refund_is(no), "closed");
    again = revoked(fine);
    assert_string_not_equal(again, no);
    assert_string_equal(refund_is(again), "requested");
    assert_string_equal(order_is(order), "paid 20000 0");
    assert_books_are_right();
}

static void the_payer_reads_that_it_waits_for_officers(void **state)
{
    const char *order = paid_order("revoked-7");

    (void)state;
    withdraw(item_of(order));
    sign_in_as(PAYER_ACCOUNT, DRIVER, CITIZEN | VERIFIED, "wechat");
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, ORDERS "/%s/refunds", order), NULL),
                     200);
    assert_string_equal(answer_text(&asker, "items.0.step"), "决定已撤销，退款等待经办人审核");
    assert_int_equal(
        ask(&asker, "POST", arena_printf(texts, REFUNDS "/%s/review", revoked(item_of(order))), ""),
        403);
}

#define PLAIN(test) cmocka_unit_test_setup(test, begin_refunds)
#define TESTS                                                                                      \
    PLAIN(what_was_paid_for_it_goes_back_by_two_people), PLAIN(told_twice_it_goes_back_once),      \
        PLAIN(what_was_not_paid_needs_no_refund),                                                  \
        PLAIN(of_several_only_that_one_goes_back_with_its_surcharge),                              \
        PLAIN(what_was_paid_above_a_lowered_fine_goes_back_with_its_part_of_the_surcharge),        \
        PLAIN(lowered_first_and_withdrawn_later_it_goes_back_once),                                \
        PLAIN(an_order_of_before_keeps_its_price_and_the_rest_goes_back_when_it_is_paid),          \
        PLAIN(a_new_order_has_the_lowered_price), PLAIN(officers_cannot_decline_what_is_due),      \
        PLAIN(what_went_back_before_is_a_case), PLAIN(who_lost_the_role_leaves_it_due),            \
        PLAIN(the_payer_reads_that_it_waits_for_officers)

int main(void)
{
    static const struct CMUnitTest told[] = {TESTS}, rehearsed[] = {TESTS};

    return cmocka_run_group_tests_name("revoked", told, open_payment, forget_payments) +
           cmocka_run_group_tests_name("revoked, rehearsed", rehearsed, open_payment_rehearsed,
                                       close_payment);
}
