/* Queues: waits as ranges, the pace of a line, places in it, distances and no-shows. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "booking/rules.h"
#include "core/clock.h"

#include <cmocka.h>

#define FIVE (5 * MINUTE_MS)

static struct own_line busy(int64_t counters)
{
    return (struct own_line){FIVE, MINUTE_MS, counters, 0};
}

static struct wait wait_behind(int64_t ahead, int64_t counters)
{
    struct share share = {ahead, FIVE, MINUTE_MS, counters, counters};
    struct own_line own = busy(counters);
    struct wait wait;

    assert_true(expected_wait(&share, 1, &own, &wait));
    return wait;
}

static void assert_around(struct wait wait, int64_t minutes)
{
    assert_true(wait.from_ms < minutes * MINUTE_MS);
    assert_true(wait.to_ms > minutes * MINUTE_MS);
}

static void the_wait_is_those_ahead_by_the_pace_over_the_open_counters(void **state)
{
    (void)state;
    assert_around(wait_behind(10, 1), 52);
    assert_around(wait_behind(10, 2), 26);
    assert_around(wait_behind(20, 2), 51);
}

static void a_wait_is_a_range_of_whole_minutes_and_never_a_single_one(void **state)
{
    (void)state;
    for (int64_t ahead = 0; ahead < 200; ahead += 7)
        for (int64_t counters = 1; counters < 12; counters++) {
            struct wait wait = wait_behind(ahead, counters);

            assert_int_equal(wait.from_ms % MINUTE_MS, 0);
            assert_int_equal(wait.to_ms % MINUTE_MS, 0);
            assert_true(wait.from_ms >= 0);
            assert_true(wait.to_ms - wait.from_ms >= 2 * MINUTE_MS);
        }
}

static void the_range_widens_with_those_ahead_and_with_the_spread(void **state)
{
    struct share steady = {10, FIVE, 0, 1, 1}, odd = {10, FIVE, 4 * MINUTE_MS, 1, 1};
    struct own_line own = busy(1);
    struct wait near = wait_behind(2, 1), far = wait_behind(40, 1), narrow, wide;

    (void)state;
    assert_true(far.to_ms - far.from_ms > near.to_ms - near.from_ms);
    assert_true(expected_wait(&steady, 1, &own, &narrow));
    assert_true(expected_wait(&odd, 1, &own, &wide));
    assert_true(wide.to_ms - wide.from_ms > narrow.to_ms - narrow.from_ms);
}

static void a_free_counter_and_nobody_ahead_is_now(void **state)
{
    struct share share = {0, FIVE, MINUTE_MS, 2, 2};
    struct own_line own = {FIVE, MINUTE_MS, 2, 1};
    struct wait wait;

    (void)state;
    assert_true(expected_wait(&share, 1, &own, &wait));
    assert_int_equal(wait.from_ms, 0);
    assert_int_equal(wait.to_ms, 2 * MINUTE_MS);
}

static void without_an_open_counter_nobody_knows(void **state)
{
    struct share share = {3, FIVE, MINUTE_MS, 0, 0};
    struct own_line own = {FIVE, MINUTE_MS, 0, 0};
    struct wait wait;

    (void)state;
    assert_false(expected_wait(&share, 1, &own, &wait));
}

/* Two counters serve both lines, two more the other one only: half of the other line is theirs. */
static void who_waits_in_a_line_that_shares_the_counters_counts(void **state)
{
    struct share shares[] = {{4, FIVE, 0, 2, 2}, {8, FIVE, 0, 4, 2}, {9, FIVE, 0, 1, 0}};
    struct own_line own = busy(2);
    struct wait wait, alone;

    (void)state;
    assert_true(expected_wait(shares, 3, &own, &wait));
    assert_around(wait, 21);
    assert_true(expected_wait(shares, 1, &own, &alone));
    assert_true(alone.to_ms < wait.to_ms);
}

static void the_pace_follows_what_is_observed(void **state)
{
    struct pace pace = {FIVE, FIVE / 2, 0};

    (void)state;
    for (int i = 0; i < 200; i++)
        pace = pace_after(pace, (i % 2 ? 9 : 11) * MINUTE_MS);
    assert_true(pace.mean_ms > 9 * MINUTE_MS && pace.mean_ms < 11 * MINUTE_MS);
    assert_true(pace.spread_ms > 40 * SECOND_MS && pace.spread_ms < 80 * SECOND_MS);
    assert_int_equal(pace.observed, 200);
}

static void what_is_out_of_all_proportion_is_bounded(void **state)
{
    struct pace pace = {FIVE, MINUTE_MS, 1000};
    struct pace after = pace_after(pace, 24 * HOUR_MS);

    (void)state;
    assert_int_equal(after.mean_ms, pace_after(pace, 4 * FIVE).mean_ms);
    assert_true(after.mean_ms < 6 * MINUTE_MS);
    assert_int_equal(pace_after(pace, -5).mean_ms, pace_after(pace, 0).mean_ms);
    assert_true(pace_after(pace, 0).mean_ms > 4 * MINUTE_MS);
}

static void keys_rise_even_when_the_clock_does_not(void **state)
{
    struct instant now = {INT64_C(1538100000000)};
    int64_t first = key_at_end(0, now), second = key_at_end(first, now);

    (void)state;
    assert_true(second > first);
    assert_true(key_at_end(second, (struct instant){now.ms - 5000}) > second);
    assert_true(key_at_end(second, (struct instant){now.ms + 5000}) > second);
}

static void who_is_put_back_comes_behind_the_next_n(void **state)
{
    struct place_taken waiting[] = {{100, false}, {200, false}, {300, false}, {400, false}};
    int64_t key = key_behind(waiting, 4, 3);

    (void)state;
    assert_true(key > 300 && key < 400);
    assert_int_equal(key_behind(waiting, 3, 3), NONE);
    assert_int_equal(key_behind(waiting, 2, 3), NONE);
    assert_int_equal(key_behind(waiting, 0, 3), NONE);
    waiting[2].order_key = 399; /* no room, and nobody behind */
    assert_int_equal(key_behind(waiting, 4, 3), NONE);
    assert_true(key_behind(waiting, 4, 2) > 200 && key_behind(waiting, 4, 2) < 399);
}

static void without_room_it_is_the_nearest_place_behind(void **state)
{
    struct place_taken waiting[12];

    (void)state;
    for (int i = 0; i < 12; i++)
        waiting[i] = (struct place_taken){i < 10 ? 100 + i : 100 * i, false};
    assert_true(key_behind(waiting, 12, 1) > 109 && key_behind(waiting, 12, 1) < 1000);
}

static void priority_comes_behind_priority(void **state)
{
    struct place_taken waiting[] = {{100, false}, {150, true}, {175, true}, {200, false}};

    (void)state;
    assert_int_equal(behind_priority(waiting, 4, 1), 3);
    assert_int_equal(behind_priority(waiting, 1, 1), 1);
    assert_int_equal(behind_priority(waiting, 0, 1), 1);
    assert_int_equal(behind_priority(waiting, 4, 4), 4);
}

static void distances_are_those_of_a_map(void **state)
{
    struct place futian = {22541100, 114059500}, nanshan = {22533000, 113930400};
    struct place north = {22641100, 114059500}, beijing = {39904200, 116407400};
    int64_t metres = distance_m(futian, nanshan);

    (void)state;
    assert_int_equal(distance_m(futian, futian), 0);
    assert_true(metres > 13100 && metres < 13400); /* 13.29 km on the sphere */
    assert_int_equal(metres, distance_m(nanshan, futian));
    assert_true(distance_m(futian, north) > 11100 && distance_m(futian, north) < 11140);
    assert_true(distance_m(futian, beijing) > 1900000);
}

static struct day barred(const int64_t *days, size_t count)
{
    struct day missed[8];

    for (size_t i = 0; i < count; i++)
        missed[i].number = days[i];
    return barred_until(missed, count, 3, 30, 30);
}

static void three_no_shows_within_thirty_days_bar_for_thirty(void **state)
{
    (void)state;
    assert_int_equal(barred((int64_t[]){100, 90}, 2).number, NONE);
    assert_int_equal(barred((int64_t[]){100, 90, 71}, 3).number, 130);
    assert_int_equal(barred((int64_t[]){100, 90, 70}, 3).number, NONE);
    assert_int_equal(barred((int64_t[]){140, 100, 90, 80}, 4).number, 130);
    assert_int_equal(barred((int64_t[]){100, 100, 100}, 3).number, 130);
}

static void minutes_and_numbers_read_as_people_say_them(void **state)
{
    struct arena *arena = arena_open(65536);
    struct instant at;

    (void)state;
    assert_true(instant_from_text("2018-09-28T01:30:59.000Z", &at));
    assert_int_equal(minute_of_day(at), 9 * 60 + 30);
    assert_string_equal(minute_text(arena, 545), "09:05");
    assert_string_equal(ticket_number(arena, "A", 17), "A017");
    assert_string_equal(ticket_number(arena, "A", 1017), "A1017");
    assert_int_equal(online_room(300, 40), 180);
    arena_close(arena);
}

static void who_is_next_asks_often_and_who_is_far_seldom(void **state)
{
    (void)state;
    assert_int_equal(ask_again_s(0, FIVE, 3), 5);
    assert_int_equal(ask_again_s(500, FIVE, 3), 60);
    assert_int_equal(ask_again_s(3, FIVE, 0), 60);
    assert_true(ask_again_s(3, FIVE, 3) > 5 && ask_again_s(3, FIVE, 3) <= 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wait_is_those_ahead_by_the_pace_over_the_open_counters),
        cmocka_unit_test(a_wait_is_a_range_of_whole_minutes_and_never_a_single_one),
        cmocka_unit_test(the_range_widens_with_those_ahead_and_with_the_spread),
        cmocka_unit_test(a_free_counter_and_nobody_ahead_is_now),
        cmocka_unit_test(without_an_open_counter_nobody_knows),
        cmocka_unit_test(who_waits_in_a_line_that_shares_the_counters_counts),
        cmocka_unit_test(the_pace_follows_what_is_observed),
        cmocka_unit_test(what_is_out_of_all_proportion_is_bounded),
        cmocka_unit_test(keys_rise_even_when_the_clock_does_not),
        cmocka_unit_test(who_is_put_back_comes_behind_the_next_n),
        cmocka_unit_test(without_room_it_is_the_nearest_place_behind),
        cmocka_unit_test(priority_comes_behind_priority),
        cmocka_unit_test(distances_are_those_of_a_map),
        cmocka_unit_test(three_no_shows_within_thirty_days_bar_for_thirty),
        cmocka_unit_test(minutes_and_numbers_read_as_people_say_them),
        cmocka_unit_test(who_is_next_asks_often_and_who_is_far_seldom),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
