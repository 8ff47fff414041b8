/* Payment's jobs: what is asked again, what is given up, and what a gateway's odd answers lead to.
 */

#include "service/payment_stage.h"

#include "core/db.h"
#include "core/job.h"

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

static void a_refusal_that_is_no_json_is_told_as_a_refusal(void **state)
{
    (void)state;
    wechatpay_answers("v3_pay_transactions_jsapi", 400, "<html>Bad Request</html>");
    open_order("key-html-1", new_obligation(5000));
    assert_refused(502, "gateway_refused");
    assert_int_equal(answer_count(&asker, "error.reasons"), 1);
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

static const char *refund_state(const char *gateway_no)
{
    return database_word("SELECT state FROM refund WHERE gateway_no = '%s'", gateway_no);
}

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

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(nobody_opens_for_minutes_while_the_gateway_is_away, begin_following),
    cmocka_unit_test_setup(a_refusal_that_is_no_json_is_told_as_a_refusal, begin_following),
    cmocka_unit_test_setup(a_key_is_forgotten_after_a_week_but_its_order_is_not, begin_following),
    cmocka_unit_test_setup(a_refund_that_alipay_took_and_forgot_is_asked_for_again,
                           begin_following),
};

int main(void)
{
    return cmocka_run_group_tests_name("following", tests, open_payment, close_payment);
}
