#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/clock.h"
#include "payment/order.h"
#include "payment/payment.h"

/* What check_payable says is judged by the service test; here its reasons only need a home. */
PAYMENT_REASONS(REASON_DEFINE)

static struct instant at(const char *text)
{
    struct instant moment;

    assert_true(instant_from_text(text, &moment));
    return moment;
}

static void an_order_keeps_its_price_for_the_minutes_that_are_set(void **state)
{
    (void)state;
    assert_int_equal(order_expiry(at("2026-11-22T02:00:00.000Z"), 30).ms,
                     at("2026-11-22T02:30:00.000Z").ms);
}

static void an_order_never_keeps_its_price_beyond_midnight_in_china(void **state)
{
    (void)state;
    assert_int_equal(order_expiry(at("2026-11-22T15:45:00.000Z"), 30).ms,
                     at("2026-11-22T16:00:00.000Z").ms);
    assert_int_equal(order_expiry(at("2026-11-22T16:00:00.000Z"), 30).ms,
                     at("2026-11-22T16:30:00.000Z").ms);
}

/* Fault F11: a payment whose callback never comes is found within a minute. */
static void a_payment_is_asked_for_four_times_in_the_first_forty_seconds(void **state)
{
    struct instant opened = at("2026-11-22T02:00:00.000Z"), now = opened;
    struct instant expiry = instant_add(opened, 30 * MINUTE_MS);
    const int64_t seconds[] = {5, 10, 20, 40, 160};

    (void)state;
    for (int64_t asked = 0; asked < 5; asked++) {
        now = next_query(now, asked, expiry);
        assert_int_equal(now.ms - opened.ms, seconds[asked] * SECOND_MS);
    }
}

static void the_last_question_before_the_expiry_waits_for_the_expiry(void **state)
{
    struct instant now = at("2026-11-22T02:00:00.000Z");
    struct instant expiry = instant_add(now, 3 * MINUTE_MS);

    (void)state;
    assert_int_equal(next_query(now, 7, expiry).ms, expiry.ms);
}

static void after_the_expiry_questions_go_on_hourly(void **state)
{
    struct instant expiry = at("2026-11-22T02:00:00.000Z");
    struct instant now = instant_add(expiry, 5 * MINUTE_MS);

    (void)state;
    assert_int_equal(next_query(now, 20, expiry).ms, now.ms + HOUR_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_keeps_its_price_for_the_minutes_that_are_set),
        cmocka_unit_test(an_order_never_keeps_its_price_beyond_midnight_in_china),
        cmocka_unit_test(a_payment_is_asked_for_four_times_in_the_first_forty_seconds),
        cmocka_unit_test(the_last_question_before_the_expiry_waits_for_the_expiry),
        cmocka_unit_test(after_the_expiry_questions_go_on_hourly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
