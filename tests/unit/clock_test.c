#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include "core/clock.h"

#include <cmocka.h>

struct clock_test {
    struct arena *arena;
    char path[64];
    int fd;
};

static int begin(void **state)
{
    static struct clock_test test;

    test = (struct clock_test){.arena = arena_open(65536), .path = "/tmp/clock_test.XXXXXX"};
    test.fd = mkstemp(test.path);
    *state = &test;
    return test.fd < 0;
}

static int end(void **state)
{
    struct clock_test *test = *state;

    close(test->fd);
    unlink(test->path);
    arena_close(test->arena);
    return clock_open(NULL) != E_OK;
}

static void write_offset(const struct clock_test *test, const char *text)
{
    assert_int_equal(pwrite(test->fd, text, strlen(text), 0), strlen(text));
}

static struct instant at(const char *text)
{
    struct instant instant = {NONE};

    assert_true(instant_from_text(text, &instant));
    return instant;
}

static void a_changed_offset_shows_in_the_next_reading(void **state)
{
    struct clock_test *test = *state;
    int64_t real = clock_now().ms;

    write_offset(test, "0                   \n");
    assert_int_equal(clock_open(test->path), E_OK);
    assert_in_range(clock_now().ms, real, real + MINUTE_MS);
    write_offset(test, "172800000           \n");
    assert_in_range(clock_now().ms, real + 2 * DAY_MS, real + 2 * DAY_MS + MINUTE_MS);
    write_offset(test, "-86400000           \n");
    assert_in_range(clock_now().ms, real - DAY_MS, real - DAY_MS + MINUTE_MS);
    assert_int_equal(clock_open(NULL), E_OK);
    assert_in_range(clock_now().ms, real, real + MINUTE_MS);
}

static void a_file_that_holds_no_offset_is_refused(void **state)
{
    struct clock_test *test = *state;

    assert_int_equal(clock_open("/nonexistent/clock"), E_REFUSED);
    write_offset(test, "1000\n");
    assert_int_equal(clock_open(test->path), E_REFUSED);
    write_offset(test, "tomorrow            ");
    assert_int_equal(clock_open(test->path), E_REFUSED);
    write_offset(test, "                    ");
    assert_int_equal(clock_open(test->path), E_REFUSED);
    write_offset(test, "1 2                 ");
    assert_int_equal(clock_open(test->path), E_REFUSED);
    write_offset(test, "99999999999999999999");
    assert_int_equal(clock_open(test->path), E_REFUSED);
}

static void the_monotonic_clock_never_goes_back(void **state)
{
    int64_t before = monotonic_ms();

    (void)state;
    assert_true(monotonic_ms() >= before);
}

static void the_civil_day_begins_at_sixteen_hours_utc(void **state)
{
    struct instant before = at("2018-08-15T15:59:59.999Z");
    struct instant begin_of_day = at("2018-08-15T16:00:00.000Z");

    (void)state;
    assert_int_equal(civil_day(before).number, day_of(2018, 8, 15).number);
    assert_int_equal(civil_day(begin_of_day).number, day_of(2018, 8, 16).number);
    assert_int_equal(day_start(day_of(2018, 8, 16)).ms, begin_of_day.ms);
    assert_int_equal(civil_day(at("1969-12-31T15:59:59.999Z")).number, -1);
    assert_int_equal(civil_day(at("1969-12-31T16:00:00.000Z")).number, 0);
}

/* Walks every day of four centuries beside a plain count. */
static void days_are_counted_without_a_gap(void **state)
{
    int64_t number = day_of(1801, 1, 1).number;

    (void)state;
    for (int64_t year = 1801; year <= 2200; year++) {
        bool leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);

        for (int64_t i = 0; i < (leap ? 366 : 365); i++, number++) {
            int64_t y, m, d;

            day_parts((struct day){number}, &y, &m, &d);
            assert_int_equal(y, year);
            assert_int_equal(day_of(y, m, d).number, number);
        }
    }
    assert_int_equal(day_of(1970, 1, 1).number, 0);
    assert_int_equal(day_of(2000, 3, 1).number, 11017);
    assert_int_equal(day_of(1, 1, 1).number, -719162);
    assert_int_equal(day_of(9999, 12, 31).number, 2932896);
}

static void days_travel_as_text(void **state)
{
    struct clock_test *test = *state;
    struct day day = {NONE};

    assert_string_equal(day_to_text(test->arena, day_of(2024, 2, 29)), "2024-02-29");
    assert_string_equal(day_to_text(test->arena, day_of(1, 1, 1)), "0001-01-01");
    assert_string_equal(day_to_text(test->arena, day_of(9999, 12, 31)), "9999-12-31");
    assert_true(day_from_text("2024-02-29", &day));
    assert_int_equal(day.number, day_of(2024, 2, 29).number);
}

static void text_that_is_no_day_is_refused(void **state)
{
    static const char *const bad[] = {"2023-02-29",  "2018-04-31", "2018-13-01", "2018-00-10",
                                      "2018-01-00",  "0000-01-01", "2018-1-1",   "2018-01-01 ",
                                      " 2018-01-01", "20180101",   "",           "2018/01/01",
                                      "1900-02-29",  "+018-01-01"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct day day = {7};

        assert_false(day_from_text(bad[i], &day));
        assert_int_equal(day.number, 7);
    }
}

static void instants_travel_as_text(void **state)
{
    struct clock_test *test = *state;
    static const char *const good[] = {"2026-11-22T12:53:00.000Z", "1970-01-01T00:00:00.000Z",
                                       "1969-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z",
                                       "0001-01-01T00:00:00.000Z", "2000-02-29T23:59:59.001Z"};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_string_equal(instant_to_text(test->arena, at(good[i])), good[i]);
    assert_int_equal(at("1970-01-02T00:00:00.001Z").ms, DAY_MS + 1);
}

static void text_that_is_no_instant_is_refused(void **state)
{
    static const char *const bad[] = {"2026-11-22T12:53:00Z",
                                      "2026-11-22T12:53:00.000",
                                      "2026-11-22 12:53:00.000Z",
                                      "2026-11-22T24:00:00.000Z",
                                      "2026-11-22T12:60:00.000Z",
                                      "2026-11-22T12:53:60.000Z",
                                      "2026-11-31T12:53:00.000Z",
                                      "2026-11-22t12:53:00.000z",
                                      "2026-11-22T12:53:00.000+08:00",
                                      "2026-11-22T12:53:00.0000Z",
                                      "2026-11-22",
                                      ""};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct instant instant = {7};

        assert_false(instant_from_text(bad[i], &instant));
        assert_int_equal(instant.ms, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_changed_offset_shows_in_the_next_reading, begin, end),
        cmocka_unit_test_setup_teardown(a_file_that_holds_no_offset_is_refused, begin, end),
        cmocka_unit_test(the_monotonic_clock_never_goes_back),
        cmocka_unit_test(the_civil_day_begins_at_sixteen_hours_utc),
        cmocka_unit_test(days_are_counted_without_a_gap),
        cmocka_unit_test_setup_teardown(days_travel_as_text, begin, end),
        cmocka_unit_test(text_that_is_no_day_is_refused),
        cmocka_unit_test_setup_teardown(instants_travel_as_text, begin, end),
        cmocka_unit_test(text_that_is_no_instant_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
