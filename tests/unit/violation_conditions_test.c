#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "core/clock.h"
#include "violation/release.h"

#include <cmocka.h>

RELEASE_REASONS(REASON_DEFINE)

#define ALL "fine_paid policy_valid study_done suspension_over inspection_valid owner_proven"

static struct condition judged[CONDITIONS_MAX];

static struct day day(const char *text)
{
    struct day found;

    assert_true(day_from_text(text, &found));
    return found;
}

/* Nothing is missing that facts can tell. */
static struct hold_facts good(void)
{
    return (struct hold_facts){
        .today = day("2026-11-22"),
        .decision_no = "4403001000000010",
        .is_decision_known = true,
        .policy = {day("2026-01-01"), day("2026-11-22"), "insurer", {0}},
        .licence_state = "normal",
        .suspended_until = day("2026-11-21"),
        .inspection_due_on = day("2026-11-22"),
        .is_owner = true,
    };
}

/* The only condition of the reason, before that of storage. */
static struct condition judge_one(const char *code, struct hold_facts facts)
{
    assert_int_equal(judge_conditions(code, &facts, judged), 2);
    assert_string_equal(judged[0].code, code);
    assert_string_equal(judged[1].code, "storage_paid");
    assert_int_equal(judged[0].is_met, judged[0].missing == NULL);
    return judged[0];
}

static void assert_missing(const struct reason *missing, const char *code, struct hold_facts facts)
{
    assert_ptr_equal(judge_one(code, facts).missing, missing);
}

static void each_condition_is_met_by_its_fact(void **state)
{
    static const char *const codes[] = {"fine_paid",       "policy_valid",     "study_done",
                                        "suspension_over", "inspection_valid", "owner_proven"};

    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
        assert_true(judge_one(codes[i], good()).is_met);
    assert_true(judged[1].is_met);
}

static void an_unpaid_fine_is_named_with_what_is_owed(void **state)
{
    struct hold_facts facts = good();
    struct condition condition;

    (void)state;
    facts.fine_due = (struct fen){20600};
    facts.obligation_id = "01JD0000000000000000000000";
    condition = judge_one("fine_paid", facts);
    assert_ptr_equal(condition.missing, &FINE_UNPAID);
    assert_int_equal(condition.amount_fen.fen, 20600);
    assert_string_equal(condition.obligation_id, facts.obligation_id);
    facts = good();
    facts.is_decision_known = false;
    assert_missing(&DECISION_MISSING, "fine_paid", facts);
}

static void a_policy_counts_from_its_first_to_its_last_day(void **state)
{
    struct hold_facts facts = good();

    (void)state;
    facts.today = day("2026-11-23");
    assert_missing(&POLICY_LAPSED, "policy_valid", facts);
    assert_int_equal(judged[0].on.number, day("2026-11-22").number);
    facts.today = day("2026-01-01");
    assert_true(judge_one("policy_valid", facts).is_met);
    facts.today = day("2025-12-31");
    assert_missing(&POLICY_LATER, "policy_valid", facts);
    assert_int_equal(judged[0].on.number, day("2026-01-01").number);
    facts.policy.source = NULL;
    assert_missing(&POLICY_UNKNOWN, "policy_valid", facts);
}

static void a_suspension_is_over_after_its_last_day(void **state)
{
    struct hold_facts facts = good();

    (void)state;
    facts.suspended_until = facts.today;
    assert_missing(&SUSPENSION_RUNNING, "suspension_over", facts);
    assert_int_equal(judged[0].on.number, facts.today.number);
    facts.suspended_until = (struct day){NONE};
    assert_true(judge_one("suspension_over", facts).is_met);
    facts.licence_state = "suspended";
    assert_missing(&SUSPENSION_RUNNING, "suspension_over", facts);
    facts.licence_state = NULL;
    assert_missing(&SUSPENSION_RUNNING, "suspension_over", facts);
}

static void study_is_done_when_the_licence_is_free_again(void **state)
{
    struct hold_facts facts = good();

    (void)state;
    facts.licence_state = "retained";
    assert_missing(&STUDY_MISSING, "study_done", facts);
    assert_string_equal(judged[0].found, "retained");
    facts.study_step = "examination";
    assert_missing(&STUDY_MISSING, "study_done", facts);
    assert_string_equal(judged[0].found, "examination");
    facts.study_step = NULL;
    facts.is_study_done = true;
    assert_true(judge_one("study_done", facts).is_met);
    facts = good();
    facts.licence_state = NULL;
    assert_missing(&STUDY_MISSING, "study_done", facts);
}

static void an_inspection_counts_to_its_last_day(void **state)
{
    struct hold_facts facts = good();

    (void)state;
    facts.today = day("2026-11-23");
    assert_missing(&INSPECTION_LAPSED, "inspection_valid", facts);
    assert_int_equal(judged[0].on.number, day("2026-11-22").number);
    assert_true(judged[0].is_scannable);
    facts.inspection_due_on = (struct day){NONE};
    assert_missing(&INSPECTION_UNPROVEN, "inspection_valid", facts);
}

static void what_facts_do_not_tell_a_scan_may(void **state)
{
    struct hold_facts facts = good();

    (void)state;
    facts.is_owner = false;
    assert_missing(&OWNER_UNPROVEN, "owner_proven", facts);
    assert_true(judged[0].is_scannable);
    assert_false(judge_one("fine_paid", facts).is_scannable);
}

static void storage_is_a_condition_of_every_reason(void **state)
{
    struct hold_facts facts = good();

    (void)state;
    facts.storage_due = (struct fen){2000};
    assert_int_equal(judge_conditions("", &facts, judged), 1);
    assert_ptr_equal(judged[0].missing, &STORAGE_UNPAID);
    assert_int_equal(judged[0].amount_fen.fen, 2000);
}

static void all_are_judged_whatever_the_first_says(void **state)
{
    struct hold_facts facts = {.today = day("2026-11-22"),
                               .suspended_until = {NONE},
                               .inspection_due_on = {NONE},
                               .storage_due = {2000}};
    size_t count = judge_conditions(ALL, &facts, judged);

    (void)state;
    assert_int_equal(count, 7);
    for (size_t i = 0; i < count; i++)
        assert_false(judged[i].is_met);
}

static void a_condition_that_nobody_knows_is_never_met(void **state)
{
    struct hold_facts facts = good();

    (void)state;
    assert_int_equal(judge_conditions("fine_pai", &facts, judged), 2);
    assert_ptr_equal(judged[0].missing, &HOLD_REASON_UNKNOWN);
    assert_false(judged[0].is_scannable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_condition_is_met_by_its_fact),
        cmocka_unit_test(an_unpaid_fine_is_named_with_what_is_owed),
        cmocka_unit_test(a_policy_counts_from_its_first_to_its_last_day),
        cmocka_unit_test(a_suspension_is_over_after_its_last_day),
        cmocka_unit_test(study_is_done_when_the_licence_is_free_again),
        cmocka_unit_test(an_inspection_counts_to_its_last_day),
        cmocka_unit_test(what_facts_do_not_tell_a_scan_may),
        cmocka_unit_test(storage_is_a_condition_of_every_reason),
        cmocka_unit_test(all_are_judged_whatever_the_first_says),
        cmocka_unit_test(a_condition_that_nobody_knows_is_never_met),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
