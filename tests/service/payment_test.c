/* Payment's routes with its schema, its rights and gateways that say what the test wants. */

#include "service/payment_stage.h"

#include "core/audit.h"
#include "core/db.h"
#include "core/job.h"
#include "core/metrics_page.h"

static void an_order_has_the_finished_parameters_of_the_gateway(void **state)
{
    const char *fine = new_obligation(20000);

    (void)state;
    wechatpay_accepts("wx-prepay-1");
    assert_int_equal(open_order("key-order-1", fine), 201);
    assert_string_equal(answer_text(&asker, "state"), "paying");
    assert_string_equal(answer_text(&asker, "package"), "prepay_id=wx-prepay-1");
    assert_string_equal(answer_text(&asker, "signType"), "RSA");
    assert_int_equal(answer_number(&asker, "amount_fen"), 20000);
    assert_memory_equal(answer_text(&asker, "expire_at"), "2026-11-22T02:30:", 17);
    assert_books_are_right();
}

static void the_price_holds_the_surcharge_of_the_late_days(void **state)
{
    const char *fine = obligation_of(DRIVER, "fine_treasury", 30000, "2026-11-17");

    (void)state;
    wechatpay_accepts("wx-prepay");
    assert_int_equal(open_order("key-late-1", fine), 201);
    assert_int_equal(answer_number(&asker, "amount_fen"), 34500); /* five days late */
}

static void a_second_tap_finds_the_same_order(void **state)
{
    const char *fine = new_obligation(10000), *first;

    (void)state;
    wechatpay_accepts("wx-prepay");
    assert_int_equal(open_order("key-twice-1", fine), 201);
    first = order_no();
    assert_int_equal(open_order("key-twice-1", fine), 201);
    assert_string_equal(order_no(), first);
    assert_int_equal(open_order("key-twice-2", fine), 201); /* another tap, another key */
    assert_string_equal(order_no(), first);
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM pay_order_item WHERE obligation_id = '%s'", fine), 1);
}

static void a_key_is_needed_and_good_for_one_content(void **state)
{
    const char *fine = new_obligation(10000), *other = new_obligation(10000);

    (void)state;
    wechatpay_accepts("wx-prepay");
    open_order(NULL, fine);
    assert_refused(400, "idempotency_key_required");
    assert_int_equal(open_order("key-one-1", fine), 201);
    open_order("key-one-1", other);
    assert_refused(422, "idempotency_key_reused");
}

static void what_others_owe_looks_absent_and_the_refusal_is_audited(void **state)
{
    const char *fine = obligation_of(STRANGER, "fine_treasury", 10000, "2026-12-01");
    int64_t before = database_number("SELECT COUNT(*) FROM payment_audit WHERE act = 'refused'");

    (void)state;
    database_run("UPDATE obligation SET owner_id = NULL WHERE id = '%s'", fine);
    open_order("key-foreign", fine);
    assert_refused(404, "obligation_unknown");
    open_order("key-nothing", "01HZZZZZZZZZZZZZZZZZZZZZZZ");
    assert_refused(404, "obligation_unknown");
    /* Rehearsed, it stands there twice: a refusal is better told twice than not at all. */
    assert_true(database_number("SELECT COUNT(*) FROM payment_audit WHERE act = 'refused'") >
                before);
}

static void the_owner_of_the_vehicle_may_pay_for_the_driver(void **state)
{
    (void)state;
    sign_in_as(OTHER_ACCOUNT, OWNER, CITIZEN | VERIFIED, "wechat");
    wechatpay_accepts("wx-prepay");
    assert_int_equal(open_order("key-owner-1", new_obligation(10000)), 201);
}

static void all_reasons_against_paying_are_said_at_once(void **state)
{
    const char *settled = new_obligation(10000), *withdrawn = new_obligation(10000);
    const char *fee = obligation_of(DRIVER, "fee_treasury", 10000, "2026-12-01");

    (void)state;
    database_run("INSERT INTO settlement VALUES ('%s', 'x', 'y', 10000, '2026-11-20')", settled);
    database_run("UPDATE obligation SET withdrawn_at = '2026-11-20' WHERE id = '%s'", withdrawn);
    asker.key = "key-reasons";
    ask(&asker, "POST", ORDERS,
        arena_printf(texts, "{\"obligation_ids\":[\"%s\",\"%s\",\"%s\"],\"channel\":\"wechat\"}",
                     settled, withdrawn, fee));
    assert_int_equal(asker.r->http_status, 409);
    assert_non_null(strstr(asker.r->answer, "settled_already"));
    assert_non_null(strstr(asker.r->answer, "withdrawn"));
    assert_non_null(strstr(asker.r->answer, "accounts_differ"));
    database_run("DELETE FROM settlement WHERE obligation_id = '%s'", settled);
}

static void bad_input_is_refused_field_by_field(void **state)
{
    (void)state;
    asker.key = "key-bad-input";
    ask(&asker, "POST", ORDERS,
        "{\"obligation_ids\":[\"x\",\"x\"],\"channel\":\"cash\",\"fen\":1}");
    assert_int_equal(asker.r->http_status, 400);
    assert_non_null(strstr(asker.r->answer, "field_invalid"));
    assert_non_null(strstr(asker.r->answer, "field_repeated"));
    assert_non_null(strstr(asker.r->answer, "field_unknown"));
    ask(&asker, "POST", ORDERS,
        "{\"obligation_ids\":[],\"channel\":\"wechat\",\"channel\":\"alipay\"}");
    assert_refused(400, "body_not_json");
    ask(&asker, "POST", ORDERS,
        "{\"obligation_ids\":\"01HZZZZZZZZZZZZZZZZZZZZZZZ\",\"channel\":1}");
    assert_refused(400, "field_type");
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM payment_idem WHERE ikey = 'key-bad-input'"), 0);
}

static void a_channel_pays_only_in_its_own_program(void **state)
{
    (void)state;
    open_order_by("key-channel-1", new_obligation(100), "alipay");
    assert_refused(422, "channel_unfit");
}

static void without_a_session_or_a_real_name_nothing_is_paid(void **state)
{
    const char *fine = new_obligation(100);

    (void)state;
    asker_sign_out(&asker);
    open_order("key-session-1", fine);
    assert_refused(401, "unauthenticated");
    snprintf(asker.token, sizeof(asker.token), "no such token");
    open_order("key-session-1", fine);
    assert_refused(401, "unauthenticated");
    sign_in_as(OTHER_ACCOUNT, NULL, CITIZEN, "wechat");
    open_order("key-session-1", fine);
    assert_refused(403, "real_name_required");
    sign_in_as(OTHER_ACCOUNT, DRIVER, OFFICER, "wechat");
    open_order("key-session-1", fine);
    assert_refused(403, "forbidden");
}

static void an_expired_session_is_none(void **state)
{
    (void)state;
    database_run("UPDATE core_session SET expires_at = '2026-11-22 01:59:59' WHERE token_hash ="
                 " UNHEX(SHA2('%s', 256))",
                 asker.token);
    open_order("key-expired-1", new_obligation(100));
    assert_refused(401, "unauthenticated");
}

static void a_callback_settles_books_and_tells_once(void **state)
{
    const char *fine = new_obligation(20000);
    const char *attempt = open_attempt_of("key-paid-1", fine), *order = order_no();

    (void)state;
    assert_int_equal(wechatpay_tells_paid(attempt, "42000001", 20000), 204);
    assert_int_equal(wechatpay_tells_paid(attempt, "42000001", 20000), 204);
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, ORDERS "/%s", order), ""), 200);
    assert_string_equal(answer_text(&asker, "state"), "paid");
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, ORDERS "/%s/receipt", order), ""), 200);
    assert_string_equal(answer_text(&asker, "gateway_no"), "42000001");
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM settlement WHERE obligation_id = '%s'", fine), 1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM event WHERE dedupe = '%s'", fine), 1);
    open_order("key-paid-2", fine);
    assert_refused(409, "settled_already");
    assert_books_are_right();
}

static void a_repeated_callback_costs_no_round_trip(void **state)
{
    const struct metrics *metrics = asker.process.metrics;
    const char *attempt = open_attempt_of("key-again-1", new_obligation(100));
    int64_t before;

    (void)state;
    assert_int_equal(wechatpay_tells_paid(attempt, "42000077", 100), 204);
    before = metrics->counters[COUNT_ROUND_TRIPS];
    assert_int_equal(wechatpay_tells_paid(attempt, "42000077", 100), 204);
    assert_int_equal(metrics->counters[COUNT_ROUND_TRIPS], before);
    assert_int_equal(wechatpay_tells_paid(attempt, "42000078", 100), 204); /* another one */
    assert_int_equal(database_number("SELECT COUNT(*) FROM money_fact WHERE our_no = '%s'"
                                     "  AND direction = 'in'",
                                     attempt),
                     2);
}

static void an_order_of_somebody_else_looks_absent(void **state)
{
    const char *order;

    (void)state;
    open_attempt_of("key-absent-1", new_obligation(100));
    order = order_no();
    sign_in_as(OTHER_ACCOUNT, STRANGER, CITIZEN | VERIFIED, "wechat");
    ask(&asker, "GET", arena_printf(texts, ORDERS "/%s", order), "");
    assert_refused(404, "not_found");
    ask(&asker, "GET", arena_printf(texts, ORDERS "/%s/receipt", order), "");
    assert_refused(404, "not_found");
}

static void an_unpaid_order_has_no_receipt(void **state)
{
    (void)state;
    open_attempt_of("key-receipt-1", new_obligation(100));
    ask(&asker, "GET", arena_printf(texts, ORDERS "/%s/receipt", order_no()), "");
    assert_refused(409, "not_paid_yet");
}

static int64_t refunds_of(const char *gateway_no, const char *reason)
{
    return database_number("SELECT COUNT(*) FROM refund WHERE gateway_no = '%s' AND reason = '%s'"
                           " AND amount_fen = total_fen",
                           gateway_no, reason);
}

static void a_second_payment_of_one_order_goes_back(void **state)
{
    const char *attempt = open_attempt_of("key-double-1", new_obligation(5000));

    (void)state;
    assert_int_equal(wechatpay_tells_paid(attempt, "42000011", 5000), 204);
    assert_int_equal(wechatpay_tells_paid(attempt, "42000012", 5000), 204);
    assert_int_equal(refunds_of("42000012", "excess"), 1);
    assert_books_are_right();
}

static void a_fine_paid_by_two_people_is_settled_by_the_first(void **state)
{
    const char *fine = new_obligation(5000);
    const char *mine = open_attempt_of("key-two-1", fine), *theirs;

    (void)state;
    sign_in_as(OTHER_ACCOUNT, OWNER, CITIZEN | VERIFIED, "wechat");
    theirs = open_attempt_of("key-two-2", fine);
    assert_int_equal(wechatpay_tells_paid(theirs, "42000021", 5000), 204);
    assert_int_equal(wechatpay_tells_paid(mine, "42000022", 5000), 204);
    assert_int_equal(refunds_of("42000021", "excess"), 0);
    assert_int_equal(refunds_of("42000022", "excess"), 1);
    assert_books_are_right();
}

static void another_amount_goes_back_and_a_person_is_told(void **state)
{
    const char *attempt = open_attempt_of("key-amount-1", new_obligation(5000));

    (void)state;
    assert_int_equal(wechatpay_tells_paid(attempt, "42000031", 4999), 204);
    assert_int_equal(refunds_of("42000031", "mismatch"), 1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_case WHERE kind = 'mismatch'"),
                     1);
    assert_books_are_right();
}

static void a_number_we_never_issued_goes_back(void **state)
{
    (void)state;
    assert_int_equal(wechatpay_tells_paid("01HZZZZZZZZZZZZZZZZZZZZZZZ", "42000041", 700), 204);
    assert_int_equal(refunds_of("42000041", "orphan"), 1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_case WHERE kind = 'orphan'"), 1);
    assert_books_are_right();
}

static void
a_callback_before_the_answer_is_applied_and_the_late_answer_changes_nothing(void **state)
{
    const char *fine = new_obligation(5000), *attempt;

    (void)state;
    wechatpay_is_silent();
    open_order("key-early-1", fine);
    assert_refused(502, "upstream_failed");
    attempt = database_word("SELECT a.id FROM pay_attempt a JOIN pay_order_item i USING (order_id)"
                            " WHERE i.obligation_id = '%s'",
                            fine);
    assert_int_equal(wechatpay_tells_paid(attempt, "42000051", 5000), 204);
    wechatpay_accepts("wx-late");
    assert_int_equal(open_order("key-early-1", fine), 201);
    assert_string_equal(answer_text(&asker, "state"), "paid");
    assert_books_are_right();
}

static void an_unknown_outcome_is_tried_again_with_the_same_number(void **state)
{
    const char *fine = new_obligation(5000);

    (void)state;
    wechatpay_is_silent();
    open_order("key-unknown-1", fine);
    assert_refused(502, "upstream_failed");
    wechatpay_accepts("wx-after-all");
    assert_int_equal(open_order("key-unknown-1", fine), 201);
    assert_string_equal(answer_text(&asker, "package"), "prepay_id=wx-after-all");
    assert_int_equal(database_number("SELECT COUNT(*) FROM pay_attempt a JOIN pay_order_item i"
                                     " USING (order_id) WHERE i.obligation_id = '%s'",
                                     fine),
                     1);
}

static void a_gateway_that_will_not_is_named_and_the_order_is_over(void **state)
{
    const char *fine = new_obligation(5000);

    (void)state;
    wechatpay_answers("v3_pay_transactions_jsapi", 403, "{\"code\":\"RULE_LIMIT\"}");
    open_order("key-refused-1", fine);
    assert_refused(502, "gateway_refused");
    open_order("key-refused-1", fine);
    assert_refused(409, "order_over");
    wechatpay_accepts("wx-prepay");
    assert_int_equal(open_order("key-refused-2", fine), 201);
}

static void a_bad_signature_leaves_no_row(void **state)
{
    const char *attempt = open_attempt_of("key-forged-1", new_obligation(5000));
    int64_t before = database_number("SELECT COUNT(*) FROM callback_inbox");

    (void)state;
    assert_int_equal(
        wechatpay_tells("TRANSACTION.SUCCESS", "transaction", "{}", "WECHATPAY/SIGNTEST/abcdef"),
        401);
    assert_int_equal(wechatpay_tells("TRANSACTION.SUCCESS", "transaction", "{}", "AAAA"), 401);
    assert_refused(401, "callback_refused");
    assert_int_equal(database_number("SELECT COUNT(*) FROM callback_inbox"), before);
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM money_fact WHERE our_no = '%s'", attempt), 0);
}

static void a_signed_message_that_nobody_understands_is_parked_with_a_case(void **state)
{
    (void)state;
    assert_int_equal(wechatpay_tells("TRANSACTION.SUCCESS", "transaction",
                                     "{\"mchid\":\"1900000109\",\"appid\":\"wx1234567890abcdef\","
                                     "\"out_trade_no\":\"x\",\"trade_state\":\"SUCCESS\","
                                     "\"amount\":{\"total\":\"1e3\"}}",
                                     NULL),
                     204);
    assert_int_equal(database_number("SELECT COUNT(*) FROM callback_inbox WHERE state = 'parked'"),
                     1);
    assert_books_are_right();
}

static void alipay_is_paid_through_the_same_function(void **state)
{
    const char *fine = new_obligation(15005), *attempt;

    (void)state;
    sign_in_as(OTHER_ACCOUNT, DRIVER, CITIZEN | VERIFIED, "alipay");
    alipay_answers("alipay_trade_create", "{\"code\":\"40004\",\"sub_code\":\"ACQ.SYSTEM_ERROR\"}");
    open_order_by("key-alipay-1", fine, "alipay");
    assert_refused(502, "upstream_failed");
    attempt = database_word("SELECT a.id FROM pay_attempt a JOIN pay_order_item i USING (order_id)"
                            " WHERE i.obligation_id = '%s'",
                            fine);
    alipay_answers("alipay_trade_create",
                   arena_printf(texts,
                                "{\"code\":\"10000\",\"msg\":\"Success\",\"trade_no\":\"2026T1\","
                                "\"out_trade_no\":\"%s\"}",
                                attempt));
    assert_int_equal(open_order_by("key-alipay-1", fine, "alipay"), 201);
    assert_string_equal(answer_text(&asker, "tradeNO"), "2026T1");
    assert_int_equal(alipay_tells_paid(attempt, "2026T1", "150.05"), 200);
    assert_string_equal(asker.r->answer, "success");
    assert_int_equal(alipay_tells_paid(attempt, "2026T1", "150.05"), 200);
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM settlement WHERE obligation_id = '%s'", fine), 1);
    assert_books_are_right();
}

static void the_audit_chain_is_whole(void **state)
{
    (void)state;
    asker.door = "internal";
    assert_int_equal(ask(&asker, "GET", "/internal/payment/audit", ""), 200);
    assert_int_equal(answer_number(&asker, "bad_seq"), 0);
    assert_true(database_number("SELECT COUNT(*) FROM payment_audit") > 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(an_order_has_the_finished_parameters_of_the_gateway, begin_payment),
    cmocka_unit_test_setup(the_price_holds_the_surcharge_of_the_late_days, begin_payment),
    cmocka_unit_test_setup(a_second_tap_finds_the_same_order, begin_payment),
    cmocka_unit_test_setup(a_key_is_needed_and_good_for_one_content, begin_payment),
    cmocka_unit_test_setup(what_others_owe_looks_absent_and_the_refusal_is_audited, begin_payment),
    cmocka_unit_test_setup(the_owner_of_the_vehicle_may_pay_for_the_driver, begin_payment),
    cmocka_unit_test_setup(all_reasons_against_paying_are_said_at_once, begin_payment),
    cmocka_unit_test_setup(bad_input_is_refused_field_by_field, begin_payment),
    cmocka_unit_test_setup(a_channel_pays_only_in_its_own_program, begin_payment),
    cmocka_unit_test_setup(without_a_session_or_a_real_name_nothing_is_paid, begin_payment),
    cmocka_unit_test_setup(an_expired_session_is_none, begin_payment),
    cmocka_unit_test_setup(a_callback_settles_books_and_tells_once, begin_payment),
    cmocka_unit_test_setup(a_repeated_callback_costs_no_round_trip, begin_payment),
    cmocka_unit_test_setup(an_order_of_somebody_else_looks_absent, begin_payment),
    cmocka_unit_test_setup(an_unpaid_order_has_no_receipt, begin_payment),
    cmocka_unit_test_setup(a_second_payment_of_one_order_goes_back, begin_payment),
    cmocka_unit_test_setup(a_fine_paid_by_two_people_is_settled_by_the_first, begin_payment),
    cmocka_unit_test_setup(another_amount_goes_back_and_a_person_is_told, begin_payment),
    cmocka_unit_test_setup(a_number_we_never_issued_goes_back, begin_payment),
    cmocka_unit_test_setup(
        a_callback_before_the_answer_is_applied_and_the_late_answer_changes_nothing, begin_payment),
    cmocka_unit_test_setup(an_unknown_outcome_is_tried_again_with_the_same_number, begin_payment),
    cmocka_unit_test_setup(a_gateway_that_will_not_is_named_and_the_order_is_over, begin_payment),
    cmocka_unit_test_setup(a_bad_signature_leaves_no_row, begin_payment),
    cmocka_unit_test_setup(a_signed_message_that_nobody_understands_is_parked_with_a_case,
                           begin_payment),
    cmocka_unit_test_setup(alipay_is_paid_through_the_same_function, begin_payment),
    cmocka_unit_test_setup(the_audit_chain_is_whole, begin_payment),
};

/* Every story is told twice: plainly, and with each transaction rolled back, then committed with
   its answer swallowed, before it counts. */
int main(void)
{
    int failures = cmocka_run_group_tests_name("plain", tests, open_payment, forget_payments);

    return failures +
           cmocka_run_group_tests_name("rehearsed", tests, open_payment_rehearsed, close_payment);
}
