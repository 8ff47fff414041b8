#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "payment/pace.h"

#include <cmocka.h>

enum { RATE = 20, JOBS = 5000, POLL_MS = 200, START_MS = 1000000 };

static int begin(void **state)
{
    *state = arena_open(64 * 1024);
    return 0;
}

static int end(void **state)
{
    arena_close(*state);
    return 0;
}

/* As the queue does it: looks every 200 ms, runs what is due, puts the rest at their appointments.
   Gives the calls made until `until_ms`, and how often jobs were looked at. */
static int run_queue(struct pace *pace, int64_t *due, int64_t until_ms, int *looks)
{
    int calls = 0;

    for (int64_t now = START_MS; now < until_ms; now += POLL_MS)
        for (int i = 0; i < JOBS; i++) {
            int64_t wait;

            if (due[i] > now)
                continue;
            ++*looks;
            wait = pace_wait(pace, now);
            due[i] = wait == 0 ? INT64_MAX : now + wait;
            calls += wait == 0;
        }
    return calls;
}

static void what_is_due_at_once_is_spread_over_the_time_it_takes(void **state)
{
    static int64_t due[JOBS];
    int looks = 0, calls;

    calls = run_queue(pace_open(*state, RATE), due, START_MS + 60000, &looks);
    assert_in_range(calls, RATE * 57, RATE * 61);
    /* Each is put off once, and called when its turn comes. */
    assert_in_range(looks, JOBS, JOBS + RATE * 70);
}

static void all_are_called_in_the_end(void **state)
{
    static int64_t due[JOBS];
    int looks = 0;

    assert_int_equal(run_queue(pace_open(*state, RATE), due, START_MS + 300000, &looks), JOBS);
}

/* Looked through every millisecond. */
static int calls_in_a_second(struct pace *pace, int64_t from_ms)
{
    int calls = 0;

    for (int64_t now = from_ms; now < from_ms + 1000; now++)
        calls += pace_wait(pace, now) == 0;
    return calls;
}

static void a_second_after_a_pause_has_no_more_calls_than_any_other(void **state)
{
    struct pace *pace = pace_open(*state, RATE);

    assert_int_equal(calls_in_a_second(pace, START_MS), RATE);
    assert_int_equal(calls_in_a_second(pace, START_MS + 60000), RATE);
    /* What was missed within a second is made up for. */
    assert_int_equal(calls_in_a_second(pace, START_MS + 61200), RATE + 4);
}

/* Between two appointments. */
static int64_t gap(struct pace *pace)
{
    int64_t first = pace_wait(pace, START_MS);

    return pace_wait(pace, START_MS) - first;
}

static void a_gateway_that_has_enough_is_asked_less_often_and_then_more_again(void **state)
{
    struct pace *pace = pace_open(*state, RATE);
    int64_t before, after;

    while (pace_wait(pace, START_MS) == 0)
        continue;
    before = gap(pace);
    assert_int_equal(before, 1000 / RATE);
    for (int i = 0; i < 4; i++) /* one bunch */
        pace_refused(pace, START_MS);
    after = gap(pace);
    assert_in_range(after, before + 10, before + 15);
    for (int i = 0; i < 200; i++)
        pace_taken(pace);
    after = gap(pace);
    assert_int_equal(after, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_due_at_once_is_spread_over_the_time_it_takes, begin,
                                        end),
        cmocka_unit_test_setup_teardown(all_are_called_in_the_end, begin, end),
        cmocka_unit_test_setup_teardown(a_second_after_a_pause_has_no_more_calls_than_any_other,
                                        begin, end),
        cmocka_unit_test_setup_teardown(
            a_gateway_that_has_enough_is_asked_less_often_and_then_more_again, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
