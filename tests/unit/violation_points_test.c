#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "core/clock.h"
#include "violation/points.h"

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Before April 2022 everything moved on with one unpaid fine, and there was no third examination.
 */
static const struct points_rule versions[] = {{.valid_from = {12539}, /* 2004-05-01 */
                                               .full = 12,
                                               .cycle_by = BY_ACT,
                                               .moves_unpaid_only = false,
                                               .small = {7, 7, 7, 0},
                                               .large = {7, 7, 7, 0},
                                               .road_from = 2,
                                               .field_from = NONE,
                                               .source = "old"},
                                              {.valid_from = {19083}, /* 2022-04-01 */
                                               .full = 12,
                                               .cycle_by = BY_ACT,
                                               .moves_unpaid_only = true,
                                               .small = {7, 60, 5, 2},
                                               .large = {30, 120, 10, 5},
                                               .road_from = 2,
                                               .field_from = 3,
                                               .source = "new"}};
static const struct points_law law = {versions, COUNT(versions)};
static const struct points_rule *const rule = &versions[1];

static struct day day(const char *text)
{
    struct day found = {NONE};

    assert_true(day_from_text(text, &found));
    return found;
}

/* Decided on the day of the act, with a fine that was paid on the same day. */
static struct points_entry entry(const char *vehicle, int64_t points, const char *on)
{
    return (struct points_entry){.decision_no = "4403001000000010",
                                 .vehicle = vehicle,
                                 .points = points,
                                 .acted_on = day(on),
                                 .decided_on = day(on),
                                 .known_on = day(on),
                                 .withdrawn_on = {NONE},
                                 .fine_due_on = {day(on).number + 15},
                                 .fine_paid_on = day(on)};
}

static struct points_entry unpaid(int64_t points, const char *on)
{
    struct points_entry one = entry("02粤B12345", points, on);

    one.fine_paid_on.number = NONE;
    return one;
}

/* The licence was issued on 2015-03-10. */
static struct points_state state_on(const char *today, const struct points_entry *entries,
                                    size_t count, const char *education)
{
    struct points_education educations[1] = {{{0}, {0}}};
    const struct points_facts facts = {.first_issue = day("2015-03-10"),
                                       .entries = entries,
                                       .entry_count = count,
                                       .educations = educations,
                                       .education_count = education == NULL ? 0 : 1};
    bool counts[16];

    assert_true(count <= COUNT(counts));
    if (education != NULL)
        educations[0] = (struct points_education){day(education), day(education)};
    return points_state(&law, &facts, day(today), counts);
}

static void cycle_is(const char *first_issue, const char *on, const char *start, const char *end)
{
    struct points_cycle cycle = points_cycle_on(day(first_issue), day(on));

    assert_int_equal(cycle.start.number, day(start).number);
    assert_int_equal(cycle.end.number, day(end).number);
}

static void the_cycle_begins_on_the_day_of_first_issue(void **state)
{
    (void)state;
    cycle_is("2015-03-10", "2018-08-01", "2018-03-10", "2019-03-10");
    cycle_is("2015-03-10", "2019-03-09", "2018-03-10", "2019-03-10");
    cycle_is("2015-03-10", "2019-03-10", "2019-03-10", "2020-03-10");
    cycle_is("2015-03-10", "2015-03-10", "2015-03-10", "2016-03-10");
    cycle_is("1985-12-31", "2026-12-30", "2025-12-31", "2026-12-31");
}

static void a_cycle_from_29_february_clamps_and_comes_back(void **state)
{
    (void)state;
    cycle_is("2016-02-29", "2017-02-27", "2016-02-29", "2017-02-28");
    cycle_is("2016-02-29", "2017-02-28", "2017-02-28", "2018-02-28");
    cycle_is("2016-02-29", "2020-02-28", "2019-02-28", "2020-02-29");
    cycle_is("2016-02-29", "2020-02-29", "2020-02-29", "2021-02-28");
}

/* One day after another for nine years: each belongs to exactly one cycle of about a year. */
static void cycles_leave_no_day_out(void **state)
{
    struct day first = day("2016-02-29");
    struct points_cycle before = points_cycle_on(first, first);

    (void)state;
    for (int64_t n = first.number; n < first.number + 9 * 366; n++) {
        struct points_cycle cycle = points_cycle_on(first, (struct day){n});

        assert_true(cycle.start.number <= n && n < cycle.end.number);
        assert_in_range(cycle.end.number - cycle.start.number, 365, 366);
        assert_true(cycle.start.number == before.start.number ||
                    cycle.start.number == before.end.number);
        before = cycle;
    }
}

static void the_date_of_the_act_selects_the_cycle(void **state)
{
    struct points_entry late = entry("02粤B12345", 6, "2023-03-09");
    struct points_entry next = entry("02粤B12345", 3, "2023-03-10");
    const struct points_entry entries[] = {late, next};

    (void)state;
    assert_int_equal(state_on("2023-03-09", entries, 2, NULL).total, 6);
    assert_int_equal(state_on("2023-03-10", entries, 2, NULL).total, 3);
}

static void the_rule_may_select_by_the_decision_instead(void **state)
{
    struct points_rule by_decision = versions[1];
    struct points_law other = {&by_decision, 1};
    struct points_entry one = entry("02粤B12345", 6, "2023-03-09");
    struct points_facts facts = {
        .first_issue = day("2015-03-10"), .entries = &one, .entry_count = 1};
    bool counts;

    (void)state;
    one.decided_on = day("2023-03-20");
    assert_int_equal(points_state(&other, &facts, day("2023-03-21"), &counts).total, 0);
    assert_false(counts);
    by_decision.cycle_by = BY_DECISION;
    assert_int_equal(points_state(&other, &facts, day("2023-03-21"), &counts).total, 6);
    assert_true(counts);
    assert_int_equal(points_state(&other, &facts, day("2023-03-19"), &counts).total, 0);
}

static void paid_points_are_cleared_when_the_cycle_ends(void **state)
{
    const struct points_entry entries[] = {entry("02粤B12345", 6, "2022-08-01"),
                                           entry("02粤B12345", 3, "2022-09-01")};

    (void)state;
    assert_int_equal(state_on("2023-03-09", entries, 2, NULL).total, 9);
    assert_int_equal(state_on("2023-03-10", entries, 2, NULL).total, 0);
    assert_int_equal(state_on("2023-03-10", entries, 2, NULL).carried, 0);
}

static void only_points_of_unpaid_fines_move_on_when_one_is_overdue(void **state)
{
    struct points_entry entries[] = {entry("02粤B12345", 6, "2022-08-01"),
                                     unpaid(3, "2022-09-01"),  /* overdue */
                                     unpaid(1, "2023-03-05")}; /* not yet due, not yet paid */
    struct points_state found;

    (void)state;
    found = state_on("2023-03-10", entries, 3, NULL);
    assert_int_equal(found.total, 4);
    assert_int_equal(found.carried, 4);
    entries[1].fine_paid_on = day("2023-03-09"); /* paid on the last day: nothing is overdue */
    assert_int_equal(state_on("2023-03-10", entries, 3, NULL).total, 0);
    entries[1].fine_paid_on = day("2023-03-10"); /* a day too late */
    assert_int_equal(state_on("2023-03-10", entries, 3, NULL).total, 4);
}

static void carried_points_clear_a_cycle_after_they_were_paid(void **state)
{
    struct points_entry entries[] = {unpaid(3, "2022-09-01")};

    (void)state;
    entries[0].fine_paid_on = day("2023-06-01");
    assert_int_equal(state_on("2023-07-01", entries, 1, NULL).total, 3);
    assert_int_equal(state_on("2024-03-10", entries, 1, NULL).total, 0);
}

static void before_2022_one_overdue_fine_moved_all_points(void **state)
{
    const struct points_entry entries[] = {entry("02粤B12345", 6, "2020-08-01"),
                                           unpaid(3, "2020-09-01")};

    (void)state;
    assert_int_equal(state_on("2021-03-10", entries, 2, NULL).total, 9);
}

static void full_points_are_not_cleared_by_time(void **state)
{
    const struct points_entry entries[] = {entry("02粤B12345", 9, "2022-08-01"),
                                           entry("02粤B12345", 3, "2022-09-01")};
    struct points_state found = state_on("2025-06-01", entries, 2, NULL);

    (void)state;
    assert_true(found.is_full);
    assert_int_equal(found.total, 12);
    assert_int_equal(found.carried, 12);
    assert_int_equal(found.full_on.number, day("2022-09-01").number);
}

static void study_clears_what_was_decided_before_it(void **state)
{
    const struct points_entry entries[] = {entry("02粤B12345", 12, "2022-08-01"),
                                           entry("02粤B12345", 3, "2022-10-01")};
    struct points_state found = state_on("2022-12-01", entries, 2, "2022-09-01");

    (void)state;
    assert_int_equal(found.total, 3);
    assert_int_equal(found.educations, 1);
    assert_false(found.is_full);
    assert_int_equal(state_on("2022-08-31", entries, 2, "2022-09-01").total, 12);
    assert_int_equal(state_on("2023-03-10", entries, 2, "2022-09-01").educations, 0);
}

static void study_in_a_later_cycle_clears_carried_points(void **state)
{
    const struct points_entry entries[] = {entry("02粤B12345", 12, "2022-08-01")};
    struct points_state found = state_on("2023-06-01", entries, 1, "2023-05-01");

    (void)state;
    assert_int_equal(found.total, 0);
    assert_int_equal(found.carried, 0);
    assert_int_equal(found.educations, 1);
}

static void a_withdrawn_decision_takes_its_points_along(void **state)
{
    struct points_entry entries[] = {entry("02粤B12345", 9, "2022-08-01"),
                                     entry("02粤B12345", 3, "2022-09-01")};

    (void)state;
    assert_true(state_on("2023-06-01", entries, 2, NULL).is_full);
    entries[0].withdrawn_on = day("2022-10-01");
    assert_int_equal(state_on("2022-09-30", entries, 2, NULL).total, 12); /* as it was then */
    assert_int_equal(state_on("2022-12-01", entries, 2, NULL).total, 3);
    assert_int_equal(state_on("2023-06-01", entries, 2, NULL).total,
                     0); /* cleared in time after all */
}

/* Nine of August were lowered to six in October: on the day of the first, from the day of the
 * second. */
static void a_lowered_decision_keeps_its_day(void **state)
{
    struct points_entry entries[] = {entry("02粤B12345", 9, "2022-08-01"),
                                     entry("02粤B12345", 6, "2022-08-01"),
                                     entry("02粤B12345", 6, "2022-09-01")};

    (void)state;
    entries[0].withdrawn_on = entries[1].known_on = day("2022-10-01");
    assert_int_equal(state_on("2022-09-30", entries, 3, NULL).total, 15);
    assert_int_equal(state_on("2022-10-01", entries, 3, NULL).total, 12);
    assert_int_equal(state_on("2022-10-01", entries, 3, "2022-09-20").total, 0);
}

/* Examined on the 1st, paid on the 5th: what was decided from the 1st on was not studied for. */
static void what_came_after_the_examination_is_not_cleared(void **state)
{
    const struct points_entry entries[] = {entry("02粤B12345", 12, "2022-08-01"),
                                           entry("02粤B12345", 3, "2022-09-01"),
                                           entry("02粤B12345", 6, "2022-09-05")};
    const struct points_education done[] = {{day("2022-09-01"), day("2022-09-05")}};
    const struct points_facts facts = {day("2015-03-10"), entries, 3, done, 1, NULL, 0, 0};
    bool counts[3];

    (void)state;
    assert_int_equal(points_state(&law, &facts, day("2022-09-04"), counts).total, 15);
    assert_int_equal(points_state(&law, &facts, day("2022-09-05"), counts).total, 9);
}

static void earlier_cycles_are_counted_from_the_first_issue(void **state)
{
    struct day first = day("2016-02-29");
    struct points_cycle cycle = points_cycle_on(first, day("2021-02-28"));

    (void)state;
    assert_int_equal(cycle.start.number, day("2021-02-28").number);
    assert_int_equal(points_cycle_start(first, &cycle, 1).number, day("2020-02-29").number);
    assert_int_equal(points_cycle_start(first, &cycle, 99).number, first.number);
}

static void what_lies_outside_licence_or_law_does_not_count(void **state)
{
    const struct points_entry entries[] = {entry("02粤B12345", 6, "2015-03-09"),
                                           entry("02粤B12345", 6, "2001-01-01")};
    struct points_facts old = {
        .first_issue = day("1990-01-01"), .entries = &entries[1], .entry_count = 1};
    bool counts;

    (void)state;
    assert_int_equal(state_on("2015-06-01", entries, 1, NULL).total, 0);
    assert_int_equal(points_state(&law, &old, day("2001-06-01"), &counts).total, 0);
    assert_null(points_rule_on(&law, day("2004-04-30")));
    assert_int_equal(state_on("2015-03-09", NULL, 0, NULL).total, 0); /* not issued yet */
}

static void the_rule_is_the_version_of_the_day(void **state)
{
    (void)state;
    assert_string_equal(points_rule_on(&law, day("2004-05-01"))->source, "old");
    assert_string_equal(points_rule_on(&law, day("2022-03-31"))->source, "old");
    assert_string_equal(points_rule_on(&law, day("2022-04-01"))->source, "new");
}

static void one_vehicle_may_be_finished_on_the_day_it_reaches_full_points(void **state)
{
    const struct points_entry entries[] = {entry("02粤B11111", 9, "2022-08-01"),
                                           entry("02粤B22222", 3, "2022-09-01")};
    struct points_state below = state_on("2022-08-31", entries, 2, NULL);
    struct points_state full = state_on("2022-09-01", entries, 2, NULL);

    (void)state;
    assert_true(points_may_take(&below, "02粤B33333", day("2022-08-31")));
    assert_true(points_may_take(&full, "02粤B22222", day("2022-09-01")));
    assert_false(points_may_take(&full, "02粤B11111", day("2022-09-01")));
    assert_false(points_may_take(&full, "02粤B22222", day("2022-09-02")));
}

static void study_lasts_seven_or_thirty_days_more_each_time(void **state)
{
    static const int64_t small[] = {7, 14, 21, 28, 35, 42, 49, 56, 60, 60};
    static const int64_t large[] = {30, 60, 90, 120, 120};

    (void)state;
    for (size_t i = 0; i < COUNT(small); i++)
        assert_int_equal(study_days(study_rule_for(rule, "C1"), (int64_t)i + 1), small[i]);
    for (size_t i = 0; i < COUNT(large); i++)
        assert_int_equal(study_days(study_rule_for(rule, "C1B2"), (int64_t)i + 1), large[i]);
    assert_ptr_equal(study_rule_for(rule, "A1D"), &rule->large);
    assert_ptr_equal(study_rule_for(rule, "C1D"), &rule->small);
}

static struct points_state with(int64_t total, int64_t educations)
{
    return (struct points_state){.total = total, .educations = educations, .is_full = total >= 12};
}

static void each_study_and_each_further_twelve_points_count_as_one_time(void **state)
{
    const struct points_state none = with(11, 0);
    const struct points_state first = with(12, 0);
    const struct points_state double_points = with(24, 0);
    const struct points_state second = with(13, 1);

    (void)state;
    assert_int_equal(study_number(rule, &none), 0);
    assert_int_equal(study_number(rule, &first), 1);
    assert_int_equal(study_number(rule, &double_points), 2);
    assert_int_equal(study_number(rule, &second), 2);
}

static void examinations_grow_with_times_and_points(void **state)
{
    static const struct {
        int64_t total, educations;
        unsigned mask;
    } cases[] = {{11, 0, 0},
                 {12, 0, THEORY},
                 {23, 0, THEORY},
                 {24, 0, THEORY | ROAD},
                 {35, 0, THEORY | ROAD},
                 {36, 0, THEORY | ROAD | FIELD},
                 {12, 1, THEORY | ROAD},
                 {12, 2, THEORY | ROAD | FIELD},
                 {24, 1, THEORY | ROAD}};
    const struct points_state third = with(36, 2);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct points_state found = with(cases[i].total, cases[i].educations);

        assert_int_equal(points_examinations(rule, &found), cases[i].mask);
    }
    assert_int_equal(points_examinations(&versions[0], &third), THEORY | ROAD);
}

static void a_study_day_counts_once_and_above_three_hours(void **state)
{
    struct study_day days[] = {
        {{1}, 181, 181}, {{2}, 181, 0}, {{3}, 0, 181}, {{4}, 0, 600}, {{5}, 180, 181}};

    (void)state;
    assert_true(is_study_proven(&rule->small, days, 5));
    assert_false(is_study_proven(&rule->large, days, 5));
    assert_false(is_study_proven(&rule->small, days, 4));
    days[4].online_minutes = 180;
    assert_false(is_study_proven(&rule->small, days, 5));
    days[4].online_minutes = 181;
    days[1] = (struct study_day){{2}, 180, 600}; /* one day on site left */
    assert_false(is_study_proven(&rule->small, days, 5));
}

static void probation_is_the_first_twelve_months(void **state)
{
    (void)state;
    assert_true(is_in_probation(day("2018-08-15"), day("2018-08-15")));
    assert_true(is_in_probation(day("2018-08-15"), day("2019-08-14")));
    assert_false(is_in_probation(day("2018-08-15"), day("2019-08-15")));
    assert_false(is_in_probation(day("2018-08-15"), day("2018-08-14")));
}

/* ---- reducing points by study ---- */

static struct points_state reduced(const struct points_entry *entries, size_t count,
                                   const struct points_reduction *reductions, size_t times,
                                   const char *today)
{
    struct points_facts facts = {.first_issue = day("2015-03-10"),
                                 .entries = entries,
                                 .entry_count = count,
                                 .reductions = reductions,
                                 .reduction_count = times,
                                 .reduction_max = 6};
    bool counts[8];

    return points_state(&law, &facts, day(today), counts);
}

/* Vectors: total 9 used 5 offer 2 -> 1; total 11 used 0 offer 1 -> 1. */
static void t4_reductions_stop_at_six_points_of_a_cycle(void **state)
{
    const struct points_entry entries[] = {entry("02粤B12345", 9, "2025-04-01"),
                                           entry("02粤B12345", 5, "2025-07-01")};
    const struct points_reduction passes[] = {{day("2025-05-01"), 2, false},
                                              {day("2025-05-02"), 2, false},
                                              {day("2025-05-03"), 1, false},
                                              {day("2025-08-01"), 2, false}};
    struct points_state found = reduced(entries, 2, passes, 3, "2025-07-02");

    (void)state;
    assert_int_equal(found.total, 9);
    assert_int_equal(found.reduced, 5);
    found = reduced(entries, 2, passes, 4, "2025-08-02");
    assert_int_equal(found.total, 8);
    assert_int_equal(found.reduced, 6);
    found = reduced(entries, 2, passes, 4, "2026-03-10"); /* a new cycle */
    assert_int_equal(found.total, 0);
    assert_int_equal(found.reduced, 0);
}

static void t4_no_more_is_reduced_than_there_is(void **state)
{
    struct points_entry entries[] = {entry("02粤B12345", 1, "2025-04-01"),
                                     entry("02粤B12345", 3, "2025-06-01")};
    const struct points_reduction passes[] = {{day("2025-05-01"), 2, false}};

    (void)state;
    assert_int_equal(reduced(entries, 1, passes, 1, "2025-05-02").total, 0);
    assert_int_equal(reduced(entries, 2, passes, 1, "2025-06-02").total, 3);
    entries[0].withdrawn_on =
        day("2025-05-10"); /* what was reduced is no more, and neither is its reduction */
    assert_int_equal(reduced(entries, 2, passes, 1, "2025-06-02").total, 3);
    assert_int_equal(reduced(entries, 2, passes, 1, "2025-06-02").reduced, 0);
}

static void t4_cheating_brings_the_points_back(void **state)
{
    const struct points_entry entries[] = {entry("02粤B12345", 6, "2025-04-01")};
    struct points_reduction passes[] = {{day("2025-05-01"), 2, false},
                                        {day("2025-05-02"), 1, false}};

    (void)state;
    assert_int_equal(reduced(entries, 1, passes, 2, "2025-05-03").total, 3);
    passes[0].is_void = true;
    assert_int_equal(reduced(entries, 1, passes, 2, "2025-05-03").total, 5);
    assert_int_equal(reduced(entries, 1, passes, 2, "2025-05-03").reduced, 1);
}

static void t4_a_reduction_keeps_the_points_below_full(void **state)
{
    const struct points_entry entries[] = {entry("02粤B12345", 9, "2025-04-01"),
                                           entry("02粤B67890", 3, "2025-06-01"),
                                           entry("02粤B67891", 6, "2025-07-01")};
    const struct points_reduction passes[] = {{day("2025-05-01"), 2, false}};
    struct points_state found = reduced(entries, 2, passes, 1, "2025-06-02");

    (void)state;
    assert_int_equal(found.total, 10);
    assert_false(found.is_full);
    found = reduced(entries, 3, passes, 1, "2025-07-02");
    assert_int_equal(found.total, 16);
    assert_string_equal(found.full_vehicle, "02粤B67891");
    assert_int_equal(found.full_on.number, day("2025-07-01").number);
}

/* Six of an unpaid fine, two of them reduced: four move on, not six. */
static void t4_what_moves_on_was_reduced_before(void **state)
{
    const struct points_entry entries[] = {unpaid(6, "2025-04-01")};
    const struct points_reduction passes[] = {{day("2025-05-01"), 2, false}};
    struct points_state found = reduced(entries, 1, passes, 1, "2026-04-01");

    (void)state;
    assert_int_equal(found.total, 4);
    assert_int_equal(found.carried, 4);
    assert_int_equal(found.reduced, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cycle_begins_on_the_day_of_first_issue),
        cmocka_unit_test(a_cycle_from_29_february_clamps_and_comes_back),
        cmocka_unit_test(cycles_leave_no_day_out),
        cmocka_unit_test(the_date_of_the_act_selects_the_cycle),
        cmocka_unit_test(the_rule_may_select_by_the_decision_instead),
        cmocka_unit_test(paid_points_are_cleared_when_the_cycle_ends),
        cmocka_unit_test(only_points_of_unpaid_fines_move_on_when_one_is_overdue),
        cmocka_unit_test(carried_points_clear_a_cycle_after_they_were_paid),
        cmocka_unit_test(before_2022_one_overdue_fine_moved_all_points),
        cmocka_unit_test(full_points_are_not_cleared_by_time),
        cmocka_unit_test(study_clears_what_was_decided_before_it),
        cmocka_unit_test(study_in_a_later_cycle_clears_carried_points),
        cmocka_unit_test(a_withdrawn_decision_takes_its_points_along),
        cmocka_unit_test(a_lowered_decision_keeps_its_day),
        cmocka_unit_test(what_came_after_the_examination_is_not_cleared),
        cmocka_unit_test(earlier_cycles_are_counted_from_the_first_issue),
        cmocka_unit_test(what_lies_outside_licence_or_law_does_not_count),
        cmocka_unit_test(the_rule_is_the_version_of_the_day),
        cmocka_unit_test(one_vehicle_may_be_finished_on_the_day_it_reaches_full_points),
        cmocka_unit_test(study_lasts_seven_or_thirty_days_more_each_time),
        cmocka_unit_test(each_study_and_each_further_twelve_points_count_as_one_time),
        cmocka_unit_test(examinations_grow_with_times_and_points),
        cmocka_unit_test(a_study_day_counts_once_and_above_three_hours),
        cmocka_unit_test(probation_is_the_first_twelve_months),
        cmocka_unit_test(t4_reductions_stop_at_six_points_of_a_cycle),
        cmocka_unit_test(t4_no_more_is_reduced_than_there_is),
        cmocka_unit_test(t4_cheating_brings_the_points_back),
        cmocka_unit_test(t4_a_reduction_keeps_the_points_below_full),
        cmocka_unit_test(t4_what_moves_on_was_reduced_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
