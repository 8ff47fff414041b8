#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "casework/term.h"
#include "core/clock.h"

#include <cmocka.h>

/* The arrangement for 2018, with the days that the paper for 2019 moved. */
static struct calendar *calendar;

static struct day day(const char *text)
{
    struct day found = {NONE};

    assert_true(day_from_text(text, &found));
    return found;
}

static size_t add_days(struct day *days, size_t count, const char *first, const char *last)
{
    for (int64_t number = day(first).number; number <= day(last).number; number++)
        days[count++].number = number;
    return count;
}

static int open_calendar(void **state)
{
    static const char *const spans[][2] = {
        {"2018-01-01", "2018-01-01"}, {"2018-02-15", "2018-02-21"}, {"2018-04-05", "2018-04-07"},
        {"2018-04-29", "2018-05-01"}, {"2018-06-18", "2018-06-18"}, {"2018-09-24", "2018-09-24"},
        {"2018-10-01", "2018-10-07"}, {"2018-12-30", "2018-12-31"}};
    static const char *const work[] = {"2018-12-29", "2018-02-11", "2018-02-24", "2018-04-08",
                                       "2018-04-28", "2018-09-29", "2018-09-30"};
    struct day holidays[64];
    struct day extra_work[16];
    size_t holiday_count = 0;
    size_t extra_work_count = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
        holiday_count = add_days(holidays, holiday_count, spans[i][0], spans[i][1]);
    for (size_t i = 0; i < sizeof(work) / sizeof(work[0]); i++)
        extra_work[extra_work_count++] = day(work[i]);
    calendar = calendar_of(holidays, holiday_count, extra_work, extra_work_count, 2018, 2018);
    return 0;
}

static int close_calendar(void **state)
{
    (void)state;
    calendar_close(calendar);
    return 0;
}

static void ends_on(const char *start, int64_t n, enum term_unit unit, bool roll,
                    const char *expected)
{
    struct arena *arena = arena_open(4096);

    assert_string_equal(day_to_text(arena, term_end(calendar, day(start), n, unit, roll)),
                        expected);
    arena_close(arena);
}

static void the_year_2018_has_250_working_days(void **state)
{
    int count = 0;

    (void)state;
    for (int64_t n = day("2018-01-01").number; n <= day("2018-12-31").number; n++)
        count += is_working_day(calendar, (struct day){n}) ? 1 : 0;
    assert_int_equal(count, 250);
}

static void weekends_holidays_and_extra_days_are_told_apart(void **state)
{
    (void)state;
    assert_true(is_working_day(calendar, day("2018-09-28")));  /* Friday */
    assert_true(is_working_day(calendar, day("2018-09-29")));  /* Saturday to work */
    assert_true(is_working_day(calendar, day("2018-09-30")));  /* Sunday to work */
    assert_false(is_working_day(calendar, day("2018-10-01"))); /* a holiday */
    assert_false(is_working_day(calendar, day("2018-09-22"))); /* an ordinary Saturday */
    assert_false(is_working_day(calendar, day("2018-09-23"))); /* an ordinary Sunday */
    assert_true(is_working_day(calendar, day("2018-12-29")));  /* by next year's paper */
    assert_true(is_working_day(calendar, day("1969-12-31")));  /* a Wednesday before 1970 */
    assert_false(is_working_day(calendar, day("1969-12-28")));
}

static void a_pass_accepted_before_national_day_is_due_on_the_extra_saturday(void **state)
{
    (void)state;
    ends_on("2018-09-28", 1, WORKING_DAYS, false, "2018-09-29");
}

static void a_parking_permit_is_due_after_the_holiday(void **state)
{
    (void)state;
    ends_on("2018-09-28", 3, WORKING_DAYS, false, "2018-10-08");
    ends_on("2018-09-28", 5, WORKING_DAYS, false, "2018-10-10");
    ends_on("2018-09-28", 7, WORKING_DAYS, false, "2018-10-12"); /* the old term */
}

static void a_fine_is_payable_for_fifteen_natural_days(void **state)
{
    (void)state;
    ends_on("2018-08-01", 15, NATURAL_DAYS, true, "2018-08-16");
}

static void a_fine_due_on_a_holiday_is_due_after_it(void **state)
{
    (void)state;
    ends_on("2018-09-17", 15, NATURAL_DAYS, true, "2018-10-08");
    ends_on("2018-09-17", 15, NATURAL_DAYS, false, "2018-10-02");
}

static void a_recheck_of_an_accident_finding_ends_on_a_working_sunday(void **state)
{
    (void)state;
    ends_on("2018-09-27", 3, WORKING_DAYS, false, "2018-09-30");
}

static void reconsideration_ends_on_a_working_sunday_without_rolling(void **state)
{
    (void)state;
    ends_on("2018-08-01", 60, NATURAL_DAYS, true, "2018-09-30");
}

static void mediation_after_an_accident_skips_the_holiday(void **state)
{
    (void)state;
    ends_on("2018-09-27", 10, WORKING_DAYS, false, "2018-10-16");
}

/* The scene is done on Thursday the 20th; what is entrusted a day later is inspected in 15 days. */
static void an_accident_goes_from_the_scene_to_its_finding_around_the_holiday(void **state)
{
    (void)state;
    ends_on("2018-09-21", 15, NATURAL_DAYS, false, "2018-10-06");
    ends_on("2018-09-21", 15, NATURAL_DAYS, true, "2018-10-08");
    ends_on("2018-10-08", 5, WORKING_DAYS, false, "2018-10-15"); /* copies */
    ends_on("2018-10-15", 3, WORKING_DAYS, false, "2018-10-18"); /* the report is determined */
    ends_on("2018-10-18", 3, WORKING_DAYS, false, "2018-10-23"); /* the finding, as promised ... */
    ends_on("2018-10-18", 5, WORKING_DAYS, false,
            "2018-10-25"); /* ... and by law; the owner told */
}

/* A licence is renewed in the 90 days before it ends; an inspection is due with the last day of the
   month of registration, and its window opens with the first day of the month two months before. */
static void windows_are_so_many_days_or_months_long(void **state)
{
    (void)state;
    ends_on("2018-08-22", 90, NATURAL_DAYS, false, "2018-11-20");
    ends_on("2016-08-31", 24, MONTHS, false, "2018-08-31");
    ends_on("2018-06-01", 2, MONTHS, false, "2018-08-01");
}

static void a_term_may_start_on_a_holiday(void **state)
{
    (void)state;
    ends_on("2018-10-03", 1, WORKING_DAYS, false, "2018-10-08");
    ends_on("2018-10-07", 1, NATURAL_DAYS, true, "2018-10-08");
}

static void months_end_on_the_same_day_or_the_last(void **state)
{
    (void)state;
    ends_on("2018-01-31", 1, MONTHS, false, "2018-02-28");
    ends_on("2020-01-31", 1, MONTHS, false, "2020-02-29");
    ends_on("2018-03-31", 1, MONTHS, false, "2018-04-30");
    ends_on("2018-08-15", 6, MONTHS, false, "2019-02-15");
    ends_on("2018-12-31", 2, MONTHS, false, "2019-02-28");
    ends_on("2018-01-15", 11, MONTHS, false, "2018-12-15");
    ends_on("2018-01-15", 12, MONTHS, false, "2019-01-15");
    ends_on("2018-03-15", 24, MONTHS, false, "2020-03-15");
}

static void years_end_on_the_same_day_or_the_last_of_february(void **state)
{
    (void)state;
    ends_on("2016-02-29", 1, YEARS, false, "2017-02-28");
    ends_on("2016-02-29", 4, YEARS, false, "2020-02-29");
    ends_on("2018-08-15", 2, YEARS, false, "2020-08-15");
}

static void a_month_that_ends_on_a_holiday_rolls(void **state)
{
    (void)state;
    ends_on("2018-09-01", 1, MONTHS, true, "2018-10-08");
    ends_on("2017-10-01", 1, YEARS, true, "2018-10-08");
}

static void beyond_the_published_years_a_term_is_provisional(void **state)
{
    (void)state;
    assert_true(calendar_knows(calendar, day("2018-01-01")));
    assert_true(calendar_knows(calendar, day("2018-12-31")));
    assert_false(calendar_knows(calendar, day("2019-01-01")));
    assert_false(calendar_knows(calendar, day("2017-12-31")));
    /* Weekends only: 2019-01-01, a holiday by then unpublished, counts. */
    ends_on("2018-12-29", 1, WORKING_DAYS, false, "2019-01-01");
}

static void a_year_without_any_arrangement_has_its_weekends(void **state)
{
    struct calendar *empty = calendar_of(NULL, 0, NULL, 0, 2030, 2030);

    (void)state;
    assert_true(is_working_day(empty, day("2030-01-04")));
    assert_false(is_working_day(empty, day("2030-01-05")));
    assert_false(is_working_day(empty, day("2030-01-06")));
    calendar_close(empty);
}

static void a_term_is_taken_in_the_version_of_the_act(void **state)
{
    const struct term_version versions[] = {
        {{"pass.decide", 7, WORKING_DAYS, false, "old"}, day("2004-07-01"), day("2018-07-31")},
        {{"pass.decide", 1, WORKING_DAYS, false, "new"}, day("2018-08-01"), {NONE}},
        {{"fine.pay", 15, NATURAL_DAYS, true, "law"}, day("2004-05-01"), {NONE}}};
    struct term_book *book = term_book_of(versions, 3);

    (void)state;
    assert_int_equal(term_in_force(book, "pass.decide", day("2018-07-31"))->n, 7);
    assert_int_equal(term_in_force(book, "pass.decide", day("2018-08-01"))->n, 1);
    assert_string_equal(term_in_force(book, "pass.decide", day("2026-01-01"))->source, "new");
    assert_int_equal(term_in_force(book, "fine.pay", day("2026-01-01"))->n, 15);
    term_book_close(book);
}

static void without_a_version_in_force_there_is_no_term(void **state)
{
    const struct term_version versions[] = {
        {{"camera.review", 5, WORKING_DAYS, false, "law"}, day("2020-05-01"), {NONE}}};
    struct term_book *book = term_book_of(versions, 1);
    struct term_book *empty = term_book_of(NULL, 0);

    (void)state;
    assert_null(term_in_force(book, "camera.review", day("2020-04-30")));
    assert_null(term_in_force(book, "camera.revie", day("2020-05-01")));
    assert_null(term_in_force(empty, "camera.review", day("2020-05-01")));
    term_book_close(empty);
    term_book_close(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_year_2018_has_250_working_days),
        cmocka_unit_test(weekends_holidays_and_extra_days_are_told_apart),
        cmocka_unit_test(a_pass_accepted_before_national_day_is_due_on_the_extra_saturday),
        cmocka_unit_test(a_parking_permit_is_due_after_the_holiday),
        cmocka_unit_test(a_fine_is_payable_for_fifteen_natural_days),
        cmocka_unit_test(a_fine_due_on_a_holiday_is_due_after_it),
        cmocka_unit_test(a_recheck_of_an_accident_finding_ends_on_a_working_sunday),
        cmocka_unit_test(reconsideration_ends_on_a_working_sunday_without_rolling),
        cmocka_unit_test(mediation_after_an_accident_skips_the_holiday),
        cmocka_unit_test(an_accident_goes_from_the_scene_to_its_finding_around_the_holiday),
        cmocka_unit_test(windows_are_so_many_days_or_months_long),
        cmocka_unit_test(a_term_may_start_on_a_holiday),
        cmocka_unit_test(months_end_on_the_same_day_or_the_last),
        cmocka_unit_test(years_end_on_the_same_day_or_the_last_of_february),
        cmocka_unit_test(a_month_that_ends_on_a_holiday_rolls),
        cmocka_unit_test(beyond_the_published_years_a_term_is_provisional),
        cmocka_unit_test(a_year_without_any_arrangement_has_its_weekends),
        cmocka_unit_test(a_term_is_taken_in_the_version_of_the_act),
        cmocka_unit_test(without_a_version_in_force_there_is_no_term),
    };

    return cmocka_run_group_tests(tests, open_calendar, close_calendar);
}
