#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "casework/obligation.h"
#include "core/clock.h"

#include <cmocka.h>

/* A fine with the law's three per cent a day, payable until 2018-08-16. */
static struct obligation fine_of(int64_t fen)
{
    return (struct obligation){.base_fen = {fen},
                               .late_percent_a_day = 3,
                               .late_percent_max = 100,
                               .due_on = day_of(2018, 8, 16)};
}

/* At noon, so many days after the last day to pay. */
static struct amount_due paid_late(const struct obligation *fine, int64_t days)
{
    struct instant noon = instant_add(day_start(fine->due_on), 12 * HOUR_MS);

    return amount_due(fine, instant_add(noon, days * DAY_MS));
}

static void owes(struct amount_due due, int64_t days, int64_t surcharge, int64_t total)
{
    assert_int_equal(due.late_days, days);
    assert_int_equal(due.surcharge_fen.fen, surcharge);
    assert_int_equal(due.total_fen.fen, total);
}

static void paid_in_time_costs_the_fine_alone(void **state)
{
    struct obligation fine = fine_of(30000);

    (void)state;
    owes(paid_late(&fine, 0), 0, 0, 30000);
    owes(paid_late(&fine, -15), 0, 0, 30000);
    assert_int_equal(paid_late(&fine, 0).percent, 0);
    assert_false(paid_late(&fine, 0).is_capped);
}

static void each_day_late_costs_three_per_cent(void **state)
{
    struct obligation fine = fine_of(30000);

    (void)state;
    owes(paid_late(&fine, 1), 1, 900, 30900);
    owes(paid_late(&fine, 5), 5, 4500, 34500);
    owes(paid_late(&fine, 33), 33, 29700, 59700);
    assert_int_equal(paid_late(&fine, 33).percent, 99);
    assert_false(paid_late(&fine, 33).is_capped);
}

static void the_cap_is_reached_on_late_day_34(void **state)
{
    struct obligation fine = fine_of(30000);

    (void)state;
    owes(paid_late(&fine, 34), 34, 30000, 60000);
    owes(paid_late(&fine, 99), 99, 30000, 60000);
    assert_int_equal(paid_late(&fine, 34).percent, 100);
    assert_true(paid_late(&fine, 34).is_capped);
}

static void surcharge_never_exceeds_the_fine(void **state)
{
    (void)state;
    for (int64_t fen = 1; fen < 100000; fen += 777) {
        struct obligation fine = fine_of(fen);
        int64_t before = 0;

        for (int64_t days = 0; days <= 40; days++) {
            struct amount_due due = paid_late(&fine, days);

            assert_in_range(due.surcharge_fen.fen, before, fen);
            assert_int_equal(due.total_fen.fen, fen + due.surcharge_fen.fen);
            before = due.surcharge_fen.fen;
        }
        assert_int_equal(before, fen);
    }
}

static void part_of_a_fen_favours_the_citizen(void **state)
{
    struct obligation fine = fine_of(15050);

    (void)state;
    owes(paid_late(&fine, 1), 1, 451, 15501); /* of 451.5 */
}

static void the_day_ends_at_midnight_in_china(void **state)
{
    struct obligation fine = fine_of(30000);
    struct instant next_day = day_start(day_of(2018, 8, 17));

    (void)state;
    owes(amount_due(&fine, instant_add(next_day, -1)), 0, 0, 30000);
    owes(amount_due(&fine, next_day), 1, 900, 30900);
}

static void days_of_reconsideration_do_not_count(void **state)
{
    struct obligation fine = fine_of(30000);

    (void)state;
    fine.frozen_days = 10;
    owes(paid_late(&fine, 10), 0, 0, 30000);
    owes(paid_late(&fine, 4), 0, 0, 30000);
    owes(paid_late(&fine, 12), 2, 1800, 31800);
    owes(paid_late(&fine, 44), 34, 30000, 60000);
}

static void a_deferred_fine_is_late_after_its_new_day(void **state)
{
    struct obligation fine = fine_of(30000);
    struct instant paid_at = day_start(day_of(2018, 9, 17));

    (void)state;
    owes(amount_due(&fine, paid_at), 32, 28800, 58800);
    fine.due_on = day_of(2018, 9, 16);
    owes(amount_due(&fine, paid_at), 1, 900, 30900);
}

static void a_fee_without_surcharge_stays_the_same(void **state)
{
    struct obligation fee = fine_of(1000);

    (void)state;
    fee.late_percent_a_day = 0;
    fee.late_percent_max = 0;
    owes(paid_late(&fee, 400), 400, 0, 1000);
    assert_false(paid_late(&fee, 400).is_capped);
}

static void a_rate_beyond_all_numbers_meets_the_cap(void **state)
{
    struct obligation fine = fine_of(30000);

    (void)state;
    fine.late_percent_a_day = INT64_MAX;
    owes(paid_late(&fine, 2), 2, 30000, 60000);
    owes(paid_late(&fine, 0), 0, 0, 30000);
}

static void an_amount_beyond_all_numbers_stops_the_process(void **state)
{
    struct obligation fine = fine_of(INT64_MAX / 2);
    pid_t child = fork();
    int status = 0;

    (void)state;
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        paid_late(&fine, 34);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paid_in_time_costs_the_fine_alone),
        cmocka_unit_test(each_day_late_costs_three_per_cent),
        cmocka_unit_test(the_cap_is_reached_on_late_day_34),
        cmocka_unit_test(surcharge_never_exceeds_the_fine),
        cmocka_unit_test(part_of_a_fen_favours_the_citizen),
        cmocka_unit_test(the_day_ends_at_midnight_in_china),
        cmocka_unit_test(days_of_reconsideration_do_not_count),
        cmocka_unit_test(a_deferred_fine_is_late_after_its_new_day),
        cmocka_unit_test(a_fee_without_surcharge_stays_the_same),
        cmocka_unit_test(a_rate_beyond_all_numbers_meets_the_cap),
        cmocka_unit_test(an_amount_beyond_all_numbers_stops_the_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
