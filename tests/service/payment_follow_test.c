/* Payment's jobs: what is asked again, what is given up, and what a gateway's odd answers lead to.
 */

#include "service/payment_stage.h"

#include "core/clock.h"
#include "core/db.h"
#include "core/job.h"
#include "payment/state.h"

static int begin_following(void **state)
{
    database_run("DELETE FROM payment_job");
    return begin_payment(state);
}

/* The only job is due now, and runs. */
static void run_job(void)
{
    database_run("UPDATE payment_job SET run_at = '2018-01-01' WHERE state = 'ready'");
    assert_true(jobs_run_due(&asker.process));
}

static const char *attempt_state(const char *obligation_id)
{
    return database_word("SELECT a.state FROM pay_attempt a JOIN pay_order_item i USING (order_id)"
                         " WHERE i.obligation_id = '%s'",
                         obligation_id);
}

static void nobody_opens_for_minutes_while_the_gateway_is_away(void **state)
{
    const char *fine = new_obligation(5000);

    (void)state;
    wechatpay_is_silent();
    open_order("key-away-1", fine);
    assert_refused(502, "upstream_failed");
    /* As if the process had ended before it could say so. */
    database_run("INSERT INTO state_edge VALUES ('attempt', 'unknown', 'init')");
    database_run("UPDATE pay_attempt SET state = 'init' WHERE state = 'unknown'");
    database_run("DELETE FROM state_edge WHERE frm = 'unknown' AND dst = 'init'");
    database_run("DELETE FROM state_move WHERE frm = 'unknown' AND dst = 'init'");
    run_job(); /* the query goes unanswered, too */
    assert_string_equal(attempt_state(fine), "unknown");
}

static void a_refusal_that_is_not_the_gateways_is_none(void **state)
{
    const char *fine = new_obligation(5000);

    (void)state;
    wechatpay_answers("v3_pay_transactions_jsapi", 403, "<html>Forbidden</html>");
    open_order("key-html-1", fine);
    assert_refused(502, "upstream_failed");
    wechatpay_accepts("wx-after-all");
    assert_int_equal(open_order("key-html-1", fine), 201);
}

static const char *refund_state(const char *gateway_no)
{
    return database_word("SELECT state FROM refund WHERE gateway_no = '%s'", gateway_no);
}

static void a_wrong_key_of_ours_ends_no_refund(void **state)
{
    (void)state;
    wechatpay_answers("v3_refund_domestic_refunds", 401, "{\"code\":\"SIGN_ERROR\"}");
    assert_int_equal(wechatpay_tells_paid("01HZZZZZZZZZZZZZZZZZZZZZZZ", "42000091", 700), 204);
    run_job();
    assert_string_equal(refund_state("42000091"), "unknown");
    database_run("DELETE FROM payment_job");
    alipay_answers("alipay_trade_refund",
                   "{\"code\":\"40002\",\"sub_code\":\"isv.invalid-signature\"}");
    assert_int_equal(alipay_tells_paid("01HZZZZZZZZZZZZZZZZZZZZZZY", "2026R9", "7.00"), 200);
    run_job();
    assert_string_equal(refund_state("2026R9"), "unknown");
}

static void what_the_gateway_will_not_refund_needs_a_person(void **state)
{
    (void)state;
    wechatpay_answers("v3_refund_domestic_refunds", 400, "{\"code\":\"INVALID_REQUEST\"}");
    assert_int_equal(wechatpay_tells_paid("01HZZZZZZZZZZZZZZZZZZZZZZZ", "42000092", 700), 204);
    run_job();
    assert_string_equal(refund_state("42000092"), "closed");
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM payment_case c JOIN refund d ON d.id = c.dedupe"
                        " WHERE c.kind = 'refund_closed' AND d.gateway_no = '42000092'"),
        1);
}

static void a_key_is_forgotten_after_a_week_but_its_order_is_not(void **state)
{
    const char *first = new_obligation(5000), *second = new_obligation(6000);

    (void)state;
    open_attempt_of("key-old-1", first);
    database_run("DELETE FROM payment_idem WHERE ikey = 'key-old-1'");
    open_order("key-old-1", second);
    assert_refused(422, "idempotency_key_reused");
}

#define REFUND_METHOD "alipay_trade_refund"
#define QUERY_METHOD "alipay_trade_fastpay_refund_query"

static void a_refund_that_alipay_took_and_forgot_is_asked_for_again(void **state)
{
    const char *refund;

    (void)state;
    alipay_answers(REFUND_METHOD, "{\"code\":\"10000\",\"fund_change\":\"N\"}");
    assert_int_equal(alipay_tells_paid("01HZZZZZZZZZZZZZZZZZZZZZZZ", "2026R1", "7.00"), 200);
    refund = database_word("SELECT id FROM refund WHERE gateway_no = '2026R1'");
    run_job();
    assert_string_equal(refund_state("2026R1"), "accepted");
    alipay_answers(QUERY_METHOD, "{\"code\":\"10000\"}");
    alipay_then_answers(REFUND_METHOD, "{\"code\":\"10000\",\"fund_change\":\"Y\"}");
    run_job();
    assert_int_equal(alipay_calls("alipay.trade.refund", refund), 2);
    alipay_answers(QUERY_METHOD,
                   arena_printf(texts,
                                "{\"code\":\"10000\",\"refund_status\":\"REFUND_SUCCESS\","
                                "\"out_request_no\":\"%s\",\"refund_amount\":\"7.00\"}",
                                refund));
    run_job();
    assert_string_equal(refund_state("2026R1"), "success");
    assert_books_are_right();
}

/* Nobody pays it, and its time is over. */
static const char *open_expired(const char *key)
{
    const char *attempt = open_attempt_of(key, new_obligation(5000));

    database_run("UPDATE pay_order SET expire_at = created_at WHERE id ="
                 " (SELECT order_id FROM pay_attempt WHERE id = '%s')",
                 attempt);
    return attempt;
}

static void wechatpay_answers_the_close(const char *attempt, int status, const char *json)
{
    wechatpay_answers(arena_printf(texts, "v3_pay_transactions_out-trade-no_%s_close", attempt),
                      status, json);
}

static int64_t jobs_put_off_by(int64_t ms)
{
    return database_number("SELECT COUNT(*) FROM payment_job j WHERE j.state = 'ready' AND"
                           " j.run_at > (SELECT MAX(c.created_at) FROM payment_job c)"
                           " + INTERVAL %lld MICROSECOND",
                           (long long)ms * 1000);
}

static void a_close_too_many_gets_an_appointment_and_does_not_wait_for_long(void **state)
{
    const char *attempt = open_expired("key-busy-1");

    (void)state;
    wechatpay_answers_the_close(attempt, 429, "{\"code\":\"FREQUENCY_LIMITED\"}");
    run_job();
    assert_string_equal(database_word("SELECT state FROM pay_attempt WHERE id = '%s'", attempt),
                        "open");
    assert_int_equal(jobs_put_off_by(900), 1);
    assert_int_equal(jobs_put_off_by(29000), 0); /* as after an answer that nobody understands */
}

/* One call in five seconds. */
static struct pace *slow_pace(void)
{
    struct pace *pace = pace_open(texts, 1);

    for (int64_t second = 1; second < 12; second++)
        pace_refused(pace, second * SECOND_MS);
    return pace;
}

static void orders_that_expire_together_are_closed_one_after_the_other(void **state)
{
    const struct payment_state *payment = asker.process.state;
    const char *attempts[2];

    (void)state;
    for (size_t i = 0; i < payment->merchants.count; i++)
        payment->paces[i][ERRAND_CLOSE] = slow_pace();
    for (size_t i = 0; i < 2; i++) {
        attempts[i] = open_expired(i == 0 ? "key-crowd-1" : "key-crowd-2");
        wechatpay_answers_the_close(attempts[i], 204, "");
    }
    run_job();
    /* One is closed; the other was not called for, and has its time. */
    assert_int_equal(database_number("SELECT COUNT(*) FROM pay_attempt WHERE state = 'closed' AND"
                                     " id IN ('%s', '%s')",
                                     attempts[0], attempts[1]),
                     1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_job WHERE state = 'ready'"
                                     " AND run_at > '2018-01-02'"),
                     1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(nobody_opens_for_minutes_while_the_gateway_is_away, begin_following),
    cmocka_unit_test_setup(a_refusal_that_is_not_the_gateways_is_none, begin_following),
    cmocka_unit_test_setup(a_wrong_key_of_ours_ends_no_refund, begin_following),
    cmocka_unit_test_setup(what_the_gateway_will_not_refund_needs_a_person, begin_following),
    cmocka_unit_test_setup(a_key_is_forgotten_after_a_week_but_its_order_is_not, begin_following),
    cmocka_unit_test_setup(a_close_too_many_gets_an_appointment_and_does_not_wait_for_long,
                           begin_following),
    cmocka_unit_test_setup(orders_that_expire_together_are_closed_one_after_the_other,
                           begin_following),
    cmocka_unit_test_setup(a_refund_that_alipay_took_and_forgot_is_asked_for_again,
                           begin_following),
};

int main(void)
{
    return cmocka_run_group_tests_name("following", tests, open_payment, close_payment);
}
