#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "core/clock.h"
#include "violation/storage.h"

#include <cmocka.h>

static struct day day(const char *text)
{
    struct day found;

    assert_true(day_from_text(text, &found));
    return found;
}

/* Told on the first of November; three days are free: the fifth is the first to pay. */
static struct storage told(void)
{
    return (struct storage){day("2026-11-01"), {2000}, 3};
}

static void the_authority_bears_the_days_until_the_notice_and_the_free_ones(void **state)
{
    const struct storage storage = told();

    (void)state;
    assert_int_equal(storage_from(&storage).number, day("2026-11-05").number);
    assert_int_equal(storage_cost(&storage, day("2026-10-20")).fen, 0);
    assert_int_equal(storage_cost(&storage, day("2026-11-04")).fen, 0);
}

static void each_day_begun_costs_the_day_of_fetching_included(void **state)
{
    const struct storage storage = told();

    (void)state;
    assert_int_equal(storage_days(&storage, day("2026-11-05")), 1);
    assert_int_equal(storage_cost(&storage, day("2026-11-05")).fen, 2000);
    assert_int_equal(storage_days(&storage, day("2026-11-22")), 18);
    assert_int_equal(storage_cost(&storage, day("2026-11-22")).fen, 36000);
}

static void without_free_days_the_day_after_the_notice_costs(void **state)
{
    const struct storage storage = {day("2026-11-01"), {2000}, 0};

    (void)state;
    assert_int_equal(storage_cost(&storage, day("2026-11-01")).fen, 0);
    assert_int_equal(storage_cost(&storage, day("2026-11-02")).fen, 2000);
}

static void without_a_notice_or_a_rule_nothing_is_asked(void **state)
{
    const struct storage untold = {{NONE}, {2000}, 3};
    const struct storage unruled = {day("2026-11-01"), {NONE}, NONE};

    (void)state;
    assert_int_equal(storage_from(&untold).number, NONE);
    assert_int_equal(storage_cost(&untold, day("2027-11-22")).fen, 0);
    assert_int_equal(storage_cost(&unruled, day("2027-11-22")).fen, 0);
    assert_int_equal(storage_paid_until(&untold, (struct fen){0}).number, NONE);
    assert_int_equal(storage_paid_until(&unruled, (struct fen){0}).number, NONE);
}

static void what_was_paid_reaches_to_the_last_day_that_it_covers(void **state)
{
    const struct storage storage = told();

    (void)state;
    assert_int_equal(storage_paid_until(&storage, (struct fen){0}).number,
                     day("2026-11-04").number);
    assert_int_equal(storage_paid_until(&storage, (struct fen){1999}).number,
                     day("2026-11-04").number);
    assert_int_equal(storage_paid_until(&storage, (struct fen){36000}).number,
                     day("2026-11-22").number);
    assert_int_equal(storage_paid_until(&storage, (struct fen){37999}).number,
                     day("2026-11-22").number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_authority_bears_the_days_until_the_notice_and_the_free_ones),
        cmocka_unit_test(each_day_begun_costs_the_day_of_fetching_included),
        cmocka_unit_test(without_free_days_the_day_after_the_notice_costs),
        cmocka_unit_test(without_a_notice_or_a_rule_nothing_is_asked),
        cmocka_unit_test(what_was_paid_reaches_to_the_last_day_that_it_covers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
