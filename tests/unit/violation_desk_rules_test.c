/* Which step of an officer comes next. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "violation/desk.h"

#include <cmocka.h>

static const struct day today = {20780};

/* Confirmed, and nothing more. */
static struct desk_case fresh(void)
{
    return (struct desk_case){.state = "confirmed",
                              .returned_at = {NONE},
                              .answer_until = {NONE},
                              .hearing_on = {NONE},
                              .hearing_closed_at = {NONE}};
}

static struct desk_case proposed(int64_t until)
{
    struct desk_case one = fresh();

    one.investigator_id = "a";
    one.answer_until = (struct day){until};
    return one;
}

static void what_was_said_is_answered_first(void **state)
{
    struct desk_case one = fresh();

    (void)state;
    assert_string_equal(desk_step(&one, today), "propose");
    one.statement = "不是我";
    assert_string_equal(desk_step(&one, today), "answer_statement");
    one.review_officer_id = "b";
    assert_string_equal(desk_step(&one, today), "propose");
}

static void a_fine_without_right_to_a_hearing_is_approved_at_once(void **state)
{
    struct desk_case one = proposed(NONE);

    (void)state;
    assert_string_equal(desk_step(&one, today), "approve");
    one.returned_at.ms = 1;
    assert_string_equal(desk_step(&one, today), "propose");
}

static void the_last_day_to_ask_for_a_hearing_is_the_persons(void **state)
{
    struct desk_case one = proposed(today.number);

    (void)state;
    assert_string_equal(desk_step(&one, today), "await_choice");
    one.answer_until.number--;
    assert_string_equal(desk_step(&one, today), "approve");
}

static void a_hearing_is_set_and_held_before_the_approval(void **state)
{
    struct desk_case one = proposed(today.number);

    (void)state;
    one.choice = "waived";
    assert_string_equal(desk_step(&one, today), "approve");
    one.choice = "asked";
    assert_string_equal(desk_step(&one, today), "set_hearing");
    one.host_id = "c";
    assert_string_equal(desk_step(&one, today), "hold_hearing");
    one.hearing_closed_at.ms = 1;
    assert_string_equal(desk_step(&one, today), "approve");
}

static void what_is_decided_waits_for_nobody(void **state)
{
    struct desk_case one = fresh();

    (void)state;
    one.state = "decided";
    assert_string_equal(desk_step(&one, today), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_said_is_answered_first),
        cmocka_unit_test(a_fine_without_right_to_a_hearing_is_approved_at_once),
        cmocka_unit_test(the_last_day_to_ask_for_a_hearing_is_the_persons),
        cmocka_unit_test(a_hearing_is_set_and_held_before_the_approval),
        cmocka_unit_test(what_is_decided_waits_for_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
