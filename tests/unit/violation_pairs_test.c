/* T2: what two sightings of one plate prove. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "core/clock.h"
#include "violation/pairs.h"

#include <cmocka.h>

enum { PAIRS = 8 };

static const struct clone_rule rule = {
    .max_kmh = 200,
    .min_metres = 5000,
    .park_metres = 1000,
    .clock_error_s = 120,
};
static struct impossible_pair pairs[PAIRS];

/* On the meridian of Shenzhen, so many metres north of its civic centre. */
static struct sighting seen(const char *site, const char *kind, int64_t minute, int64_t metres)
{
    return (struct sighting){
        .agency = "traffic",
        .record_no = "R",
        .site = site,
        .kind = kind,
        .passed_at = {minute * MINUTE_MS},
        .latitude = 22543100 + metres * 1000000 / 111195,
        .longitude = 114057900,
    };
}

static size_t found(const struct sighting *sightings, size_t count)
{
    return find_pairs(&rule, sightings, count, pairs, PAIRS);
}

#define FOUND(...)                                                                                 \
    found((const struct sighting[]){__VA_ARGS__},                                                  \
          sizeof((const struct sighting[]){__VA_ARGS__}) / sizeof(struct sighting))

/* Within 0.6% of what the ellipsoid says (WGS 84, geodesic). */
static void assert_distance(const struct sighting *a, const struct sighting *b, int64_t metres)
{
    assert_in_range(metres_between(a, b), metres - metres * 6 / 1000, metres + metres * 6 / 1000);
    assert_int_equal(metres_between(a, b), metres_between(b, a));
}

static void distances_are_those_of_the_globe(void **state)
{
    const struct sighting shenzhen = {.latitude = 22543100, .longitude = 114057900};
    const struct sighting guangzhou = {.latitude = 23129100, .longitude = 113264400};
    const struct sighting beijing = {.latitude = 39904200, .longitude = 116407400};
    const struct sighting origin = {0}, north = {.latitude = 1000000};
    const struct sighting behind = {.longitude = 180000000}, east = {.longitude = 179000000};
    const struct sighting west = {.longitude = -179000000};

    (void)state;
    assert_int_equal(metres_between(&shenzhen, &shenzhen), 0);
    assert_int_equal(metres_between(&origin, &north), 111195);
    assert_int_equal(metres_between(&origin, &behind), 20015114);
    assert_distance(&east, &west, 222639);
    assert_distance(&shenzhen, &guangzhou, 104140);
    assert_distance(&shenzhen, &beijing, 1937716);
}

static void who_would_have_flown_is_two_cars(void **state)
{
    (void)state;
    assert_int_equal(FOUND(seen("A", "passage", 0, 0), seen("B", "passage", 10, 60000)), 1);
    assert_string_equal(pairs[0].kind, "speed");
    assert_string_equal(pairs[0].first->site, "A");
    assert_string_equal(pairs[0].second->site, "B");
    assert_in_range(pairs[0].metres, 59900, 60100);
    assert_int_equal(pairs[0].seconds, 600);
    assert_in_range(pairs[0].needs_kmh, 299, 300); /* in twelve minutes */
    assert_true(pairs[0].parked_until.ms == NONE);
}

static void who_drives_fast_is_one_car(void **state)
{
    (void)state;
    assert_int_equal(FOUND(seen("A", "passage", 0, 0), seen("B", "passage", 60, 110000)), 0);
}

/* 40 km in ten minutes and the two that clocks may differ: 200 km/h, and a little more. */
static void the_limit_itself_is_possible(void **state)
{
    (void)state;
    assert_int_equal(FOUND(seen("A", "passage", 0, 0), seen("B", "passage", 10, 39990)), 0);
    assert_int_equal(FOUND(seen("A", "passage", 0, 0), seen("B", "passage", 10, 40020)), 1);
}

static void clocks_may_differ(void **state)
{
    (void)state;
    assert_int_equal(FOUND(seen("A", "passage", 0, 0), seen("B", "passage", 0, 6000)), 0);
    assert_int_equal(FOUND(seen("A", "passage", 0, 0), seen("B", "passage", 0, 7000)), 1);
}

static void places_near_to_each_other_prove_nothing(void **state)
{
    struct clone_rule exact = rule;
    const struct sighting two[] = {seen("A", "passage", 0, 0), seen("B", "passage", 0, 4900)};

    (void)state;
    exact.clock_error_s = 0;
    assert_int_equal(find_pairs(&exact, two, 2, pairs, PAIRS), 0);
}

static void a_site_that_was_moved_is_still_one_place(void **state)
{
    (void)state;
    assert_int_equal(FOUND(seen("A", "passage", 0, 0), seen("A", "passage", 1, 90000)), 0);
}

static void the_same_number_at_another_agency_is_another_site(void **state)
{
    struct sighting other = seen("A", "passage", 1, 90000);

    (void)state;
    other.agency = "carpark";
    assert_int_equal(FOUND(seen("A", "passage", 0, 0), other), 1);
}

static void a_car_that_stands_is_not_seen_elsewhere(void **state)
{
    (void)state;
    assert_int_equal(FOUND(seen("P", "park_in", 0, 0), seen("A", "passage", 200, 3000),
                           seen("P", "park_out", 600, 0)),
                     1);
    assert_string_equal(pairs[0].kind, "parked");
    assert_string_equal(pairs[0].first->site, "P");
    assert_string_equal(pairs[0].second->site, "A");
    assert_true(pairs[0].needs_kmh == NONE);
    assert_true(pairs[0].parked_until.ms == 600 * MINUTE_MS);
    assert_int_equal(pairs[0].seconds, 200 * 60);
}

static void all_that_is_seen_while_it_stands_counts(void **state)
{
    (void)state;
    assert_int_equal(FOUND(seen("P", "park_in", 0, 0), seen("A", "passage", 200, 3000),
                           seen("B", "passage", 260, 9000), seen("P", "park_out", 600, 0),
                           seen("C", "passage", 660, 9000)),
                     2);
    assert_string_equal(pairs[1].second->site, "B");
}

static void what_is_seen_at_the_gate_proves_nothing(void **state)
{
    (void)state;
    assert_int_equal(FOUND(seen("P", "park_in", 0, 0), seen("A", "passage", 1, 1500),
                           seen("B", "passage", 300, 900), seen("C", "passage", 599, 1500),
                           seen("P", "park_out", 600, 0)),
                     0);
}

static void an_entry_without_an_exit_proves_nothing(void **state)
{
    (void)state;
    assert_int_equal(FOUND(seen("P", "park_in", 0, 0), seen("A", "passage", 200, 3000),
                           seen("P", "park_in", 400, 0), seen("P", "park_out", 600, 0)),
                     0);
    assert_int_equal(FOUND(seen("P", "park_out", 0, 0), seen("A", "passage", 200, 3000),
                           seen("P", "park_out", 600, 0)),
                     0);
}

static void two_car_parks_at_once_are_two_cars(void **state)
{
    (void)state;
    assert_int_equal(FOUND(seen("P", "park_in", 0, 0), seen("Q", "park_in", 60, 9000),
                           seen("Q", "park_out", 120, 9000), seen("P", "park_out", 600, 0)),
                     2);
}

static void what_speed_proves_is_not_said_twice(void **state)
{
    (void)state;
    assert_int_equal(FOUND(seen("P", "park_in", 0, 0), seen("A", "passage", 3, 90000),
                           seen("P", "park_out", 600, 0)),
                     1);
    assert_string_equal(pairs[0].kind, "speed");
}

static void no_more_than_asked_for(void **state)
{
    struct sighting many[40];

    (void)state;
    for (int i = 0; i < 40; i++)
        many[i] = seen(i % 2 == 0 ? "A" : "B", "passage", i, i % 2 == 0 ? 0 : 90000);
    assert_int_equal(find_pairs(&rule, many, 40, pairs, PAIRS), PAIRS);
    assert_int_equal(find_pairs(&rule, many, 1, pairs, PAIRS), 0);
    assert_int_equal(find_pairs(&rule, many, 0, pairs, PAIRS), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_those_of_the_globe),
        cmocka_unit_test(who_would_have_flown_is_two_cars),
        cmocka_unit_test(who_drives_fast_is_one_car),
        cmocka_unit_test(the_limit_itself_is_possible),
        cmocka_unit_test(clocks_may_differ),
        cmocka_unit_test(places_near_to_each_other_prove_nothing),
        cmocka_unit_test(a_site_that_was_moved_is_still_one_place),
        cmocka_unit_test(the_same_number_at_another_agency_is_another_site),
        cmocka_unit_test(a_car_that_stands_is_not_seen_elsewhere),
        cmocka_unit_test(all_that_is_seen_while_it_stands_counts),
        cmocka_unit_test(what_is_seen_at_the_gate_proves_nothing),
        cmocka_unit_test(an_entry_without_an_exit_proves_nothing),
        cmocka_unit_test(two_car_parks_at_once_are_two_cars),
        cmocka_unit_test(what_speed_proves_is_not_said_twice),
        cmocka_unit_test(no_more_than_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
