/* A year of cases, day after day, over holidays and the weekends that were worked for them. What
   the clocks made of each is compared with days counted here, from the calendar's rows alone. */

#include "service/road_stage.h"

#include "core/clock.h"
#include "core/db.h"
#include "core/job.h"

enum { DAYS = 365, AHEAD = 60, STRIDE = 3, FIRST_YEAR = 2018 };

static struct day first;
static bool works[DAYS + AHEAD];
static const char *filed_on[DAYS];

static const char *text_of_day(int day)
{
    return day_to_text(texts, (struct day){first.number + day});
}

/* Monday to Friday, unless the State Council's paper says otherwise. */
static void read_calendar(void)
{
    for (int day = 0; day < DAYS + AHEAD; day++)
        works[day] = database_number("SELECT COALESCE((SELECT kind = 'extra_work' FROM calendar_day"
                                     " WHERE day = '%s'), WEEKDAY('%s') < 5)",
                                     text_of_day(day), text_of_day(day)) != 0;
}

/* The last of so many working days behind that day. */
static int working_days_later(int day, int count)
{
    while (count > 0)
        count -= works[++day] ? 1 : 0;
    return day;
}

static const char *file_one(int day)
{
    const char *plate = own_truck(citizen(), "粤B"), *wanted = text_of_day(day + 20);

    return filed("road.heavy_goods", form_of(plate, wanted, wanted, GOODS));
}

/* On which day of the year an act was recorded, China time; -1: never. */
static int day_of_act(const char *id, const char *act_name)
{
    return (int)database_number("SELECT COALESCE(MIN(DATEDIFF(at + INTERVAL 8 HOUR, '%s')), -1)"
                                " FROM road_application_act WHERE application_id = '%s'"
                                " AND act = '%s'",
                                text_of_day(0), id, act_name);
}

static void a_year_passes_and_nobody_acts(void **state)
{
    (void)state;
    first = day_of(FIRST_YEAR, 8, 1);
    read_calendar();
    for (int day = 0; day < DAYS; day++) {
        set_clock(arena_printf(texts, "%sT02:00:00.000Z", text_of_day(day)));
        run_jobs();
        filed_on[day] = day % STRIDE == 0 && day < DAYS - AHEAD ? file_one(day) : NULL;
    }
}

static void silence_accepted_each_on_the_day_after_its_fifth_working_day(void **state)
{
    (void)state;
    for (int day = 0; day < DAYS; day++)
        if (filed_on[day] != NULL) {
            int due = working_days_later(day, 5);

            if (day_of_act(filed_on[day], "accept") != due + 1)
                fail_msg("filed on %s: accepted on %s, not on %s", text_of_day(day),
                         text_of_day(day_of_act(filed_on[day], "accept")), text_of_day(due + 1));
        }
}

static void what_was_promised_ran_out_one_working_day_later_and_was_told_once(void **state)
{
    (void)state;
    for (int day = 0; day < DAYS; day++)
        if (filed_on[day] != NULL) {
            int accepted = working_days_later(day, 5) + 1, due = working_days_later(accepted, 1);

            assert_int_equal(day_of_act(filed_on[day], "overdue"), due + 1);
            assert_int_equal(database_number("SELECT COUNT(*) FROM road_application_act"
                                             " WHERE application_id = '%s' AND act = 'overdue'",
                                             filed_on[day]),
                             1);
        }
}

static void nobody_was_warned_too_late_or_twice(void **state)
{
    (void)state;
    for (int day = 0; day < DAYS; day++)
        if (filed_on[day] != NULL) {
            int due = working_days_later(day, 5), warned = day_of_act(filed_on[day], "warn");

            assert_true(warned > day && warned <= due);
            assert_int_equal(working_days_later(warned, 1) >= due, 1);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_year_passes_and_nobody_acts, begin_applications),
        cmocka_unit_test(silence_accepted_each_on_the_day_after_its_fifth_working_day),
        cmocka_unit_test(what_was_promised_ran_out_one_working_day_later_and_was_told_once),
        cmocka_unit_test(nobody_was_warned_too_late_or_twice),
    };

    return cmocka_run_group_tests_name("a year", tests, open_applications, close_applications);
}
