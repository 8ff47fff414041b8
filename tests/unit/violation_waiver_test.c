/* The six conditions of the first violation, each with its value. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/clock.h"
#include "violation/waiver.h"

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open(1 << 20);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

static struct day day(const char *text)
{
    struct day found = {NONE};

    assert_true(day_from_text(text, &found));
    return found;
}

static struct waiver_rule rule_of_the_city(void)
{
    return (struct waiver_rule){.valid_from = day("2018-09-01"),
                                .valid_to = {NONE},
                                .acts_since = day("2015-01-01"),
                                .months = 24,
                                .max_fine_fen = {50000},
                                .plate_prefix = "粤B",
                                .source = "test"};
}

static struct waiver_facts clean(const char *acted_on)
{
    return (struct waiver_facts){.acted_on = day(acted_on),
                                 .plate = "粤B12345",
                                 .is_owner = true,
                                 .changed_on = day("2012-05-18"),
                                 .accident = "none",
                                 .last_violation_on = {NONE},
                                 .waived_on = {NONE},
                                 .fine_fen = {20000}};
}

static struct waiver judge(const struct waiver_facts *facts)
{
    static struct waiver_rule rule;

    rule = rule_of_the_city();
    return judge_waiver(arena, &rule, facts);
}

/* The one condition that failed; all of them are told. */
static const struct waiver_condition *failed_one(const struct waiver_facts *facts)
{
    struct waiver waiver = judge(facts);
    const struct waiver_condition *one = waiver.conditions.items, *found = NULL;

    assert_false(waiver.applies);
    assert_int_equal(waiver.conditions.count, 6);
    for (size_t i = 0; i < waiver.conditions.count; i++, one++)
        if (!one->is_met) {
            assert_null(found);
            found = one;
        }
    assert_non_null(found);
    return found;
}

static void a_first_violation_is_waived(void **state)
{
    struct waiver_facts facts = clean("2018-08-15");

    (void)state;
    assert_true(judge(&facts).applies);
}

/* Vectors: act 2018-08-15, last violation 2016-08-14 is outside of the months, 2016-08-15 is not.
 */
static void the_months_before_the_act_are_half_open(void **state)
{
    struct waiver_facts facts = clean("2018-08-15");

    (void)state;
    facts.last_violation_on = day("2016-08-14");
    assert_true(judge(&facts).applies);
    facts.last_violation_on = day("2016-08-15");
    assert_string_equal(failed_one(&facts)->value, "2016-08-15");
    assert_string_equal(failed_one(&facts)->wanted, "2016-08-15/2018-08-15");
    assert_string_equal(failed_one(&facts)->code, "first_in_window");
    facts.last_violation_on = day("2018-08-15"); /* earlier on the same day */
    assert_string_equal(failed_one(&facts)->value, "2018-08-15");
}

static void one_that_was_waived_is_enough(void **state)
{
    struct waiver_facts facts = clean("2018-08-15");

    (void)state;
    facts.waived_on = day("2018-10-01"); /* later, but decided before */
    assert_string_equal(failed_one(&facts)->code, "first_in_window");
    assert_string_equal(failed_one(&facts)->value, "2018-10-01");
}

static void a_fine_above_500_yuan_is_not_waived(void **state)
{
    struct waiver_facts facts = clean("2018-08-15");

    (void)state;
    facts.fine_fen.fen = 50000;
    assert_true(judge(&facts).applies);
    facts.fine_fen.fen = 50001;
    assert_string_equal(failed_one(&facts)->code, "small_fine");
    assert_string_equal(failed_one(&facts)->value, "500.01");
}

static void acts_before_2015_are_not_waived(void **state)
{
    struct waiver_facts facts = clean("2015-01-01");

    (void)state;
    assert_true(judge(&facts).applies);
    facts.acted_on = day("2014-12-31");
    assert_string_equal(failed_one(&facts)->code, "act_since");
}

static void only_the_owner_of_a_vehicle_of_the_city_is_spared(void **state)
{
    struct waiver_facts facts = clean("2018-08-15");

    (void)state;
    facts.plate = "粤A12345";
    assert_string_equal(failed_one(&facts)->value, "粤A12345");
    facts.plate = "粤B12345";
    facts.is_owner = false;
    assert_string_equal(failed_one(&facts)->code, "own_local_vehicle");
    assert_null(failed_one(&facts)->value);
}

static void an_accident_or_silence_about_it_stands_against_it(void **state)
{
    struct waiver_facts facts = clean("2018-08-15");

    (void)state;
    facts.accident = "caused";
    assert_string_equal(failed_one(&facts)->code, "no_accident");
    facts.accident = NULL;
    assert_null(failed_one(&facts)->value);
}

static void twenty_four_months_in_the_register_or_nothing(void **state)
{
    struct waiver_facts facts = clean("2018-08-15");

    (void)state;
    facts.changed_on = day("2016-08-15");
    assert_true(judge(&facts).applies);
    facts.changed_on = day("2016-08-16");
    assert_string_equal(failed_one(&facts)->value, "2016-08-16");
    facts.changed_on = (struct day){NONE};
    assert_string_equal(failed_one(&facts)->code, "registered_long");
    assert_null(failed_one(&facts)->value);
}

static void months_are_counted_back_with_a_clamp(void **state)
{
    (void)state;
    assert_int_equal(months_earlier(day("2018-08-15"), 24).number, day("2016-08-15").number);
    assert_int_equal(months_earlier(day("2020-02-29"), 24).number, day("2018-02-28").number);
    assert_int_equal(months_earlier(day("2018-02-28"), 24).number, day("2016-02-28").number);
    assert_int_equal(months_earlier(day("2018-03-31"), 1).number, day("2018-02-28").number);
    assert_int_equal(months_earlier(day("2018-01-15"), 1).number, day("2017-12-15").number);
    assert_int_equal(months_earlier(day("2018-01-15"), -24).number, day("2020-01-15").number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_violation_is_waived),
        cmocka_unit_test(the_months_before_the_act_are_half_open),
        cmocka_unit_test(one_that_was_waived_is_enough),
        cmocka_unit_test(a_fine_above_500_yuan_is_not_waived),
        cmocka_unit_test(acts_before_2015_are_not_waived),
        cmocka_unit_test(only_the_owner_of_a_vehicle_of_the_city_is_spared),
        cmocka_unit_test(an_accident_or_silence_about_it_stands_against_it),
        cmocka_unit_test(twenty_four_months_in_the_register_or_nothing),
        cmocka_unit_test(months_are_counted_back_with_a_clamp),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
