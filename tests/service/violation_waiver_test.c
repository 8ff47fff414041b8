/* First violation waived (T5): told, decided at once, and only once. */

#include "service/violation_stage.h"

#include "core/db.h"

/* One whose car stands in the register unchanged since 2018. */
static struct citizen long_registered(void)
{
    struct citizen citizen = new_driver();

    database_run("UPDATE vehicle SET registration_changed_on = '2018-01-01' WHERE plate = '%s'",
                 citizen.plate);
    return citizen;
}

/* A record of that day of which the agency says that there was no accident. */
static const char *harmless(const char *plate, const char *code, const char *day)
{
    const char *id = camera_on(plate, code, day);

    database_run("UPDATE camera_record SET accident = 'none' WHERE id = (SELECT fact_id FROM"
                 " violation_case WHERE id = '%s')",
                 id);
    return id;
}

/* Where in the list the condition stands, as a way into the answer. */
static const char *condition(const char *code, const char *member)
{
    for (int64_t i = 0; i < answer_count(&asker, "waiver_conditions"); i++) {
        const char *way = arena_printf(texts, "waiver_conditions.%lld.code", (long long)i);

        if (strcmp(answer_text(&asker, way), code) == 0)
            return arena_printf(texts, "waiver_conditions.%lld.%s", (long long)i, member);
    }
    fail_msg("no condition %s", code);
    return NULL;
}

static void t5_the_first_violation_is_a_warning_at_once(void **state)
{
    struct citizen citizen = long_registered();
    const char *id = harmless(citizen.plate, "1625", "2026-11-18"), *decision_no;

    (void)state;
    assert_int_equal(announce_it("key-first-1", id), 201);
    assert_string_equal(answer_text(&asker, "penalty"), "罚款200.00元，记6分");
    assert_int_equal(answer_number(&asker, "is_waived"), 1);
    assert_int_equal(answer_count(&asker, "waiver_conditions"), 6);
    assert_non_null(strstr(answer_text(&asker, "waiver_text"), "给予警告"));
    assert_int_equal(confirm_it("key-first-2", id, NOTHING_TO_SAY), 201);
    assert_string_equal(answer_text(&asker, "penalty"), "警告");
    assert_int_equal(answer_number(&asker, "is_waived"), 1);
    assert_int_equal(answer_number(&asker, "points"), 0);
    assert_null(answer_text(&asker, "obligation_id"));
    decision_no = answer_kept("decision_no");
    assert_int_equal(show(id), 200);
    assert_string_equal(answer_text(&asker, "state"), "warned");
    assert_memory_equal(answer_text(&asker, "rule_source"), "首违免罚", strlen("首违免罚"));
    assert_string_equal(database_word("SELECT CONCAT_WS(' ', spared_fen, spared_points,"
                                      " registration_changed_on, rule_valid_from)"
                                      " FROM violation_waiver WHERE decision_no = '%s'",
                                      decision_no),
                        "20000 6 2018-01-01 2018-09-01");
    assert_int_equal(database_number("SELECT (SELECT COUNT(*) FROM obligation WHERE person_id ="
                                     " '%s') + (SELECT COUNT(*) FROM points_entry"
                                     " WHERE person_id = '%s')",
                                     citizen.person_id, citizen.person_id),
                     0);
}

static void t5_the_same_tap_after_a_sale_still_finds_the_warning(void **state)
{
    struct citizen citizen = long_registered();
    const char *id = harmless(citizen.plate, "1625", "2026-11-18");

    (void)state;
    assert_int_equal(announce_it("key-sold-1", id), 201);
    assert_int_equal(confirm_it("key-sold-2", id, NOTHING_TO_SAY), 201);
    database_run("UPDATE vehicle SET registration_changed_on = '2026-11-21' WHERE plate = '%s'",
                 citizen.plate);
    assert_int_equal(confirm_it("key-sold-2", id, NOTHING_TO_SAY), 201);
    assert_int_equal(answer_number(&asker, "is_waived"), 1);
    assert_int_equal(answer_count(&asker, "waiver_conditions"), 0);
}

static void t5_the_second_is_fined_and_says_why(void **state)
{
    struct citizen citizen = long_registered();
    const char *first = harmless(citizen.plate, "1344", "2025-06-01");
    const char *second = harmless(citizen.plate, "1344", "2026-11-18");

    (void)state;
    assert_int_equal(confirm_plainly(first), 201);
    assert_int_equal(answer_number(&asker, "is_waived"), 1);
    assert_int_equal(announce_it("key-second-1", second), 201);
    assert_int_equal(answer_number(&asker, "is_waived"), 0);
    assert_int_equal(answer_number(&asker, condition("first_in_window", "is_met")), 0);
    assert_string_equal(answer_text(&asker, condition("first_in_window", "value")), "2025-06-01");
    assert_string_equal(answer_text(&asker, condition("first_in_window", "wanted")),
                        "2024-11-18/2026-11-18");
    assert_int_equal(confirm_it("key-second-2", second, NOTHING_TO_SAY), 201);
    assert_int_equal(answer_number(&asker, "fine_fen"), 20000);
    assert_int_equal(answer_number(&asker, "is_waived"), 0);
    assert_int_equal(answer_number(&asker, condition("first_in_window", "is_met")), 0);
}

/* Nor does it become worse for who says something: the officer's answer ends in the same warning.
 */
static void t5_who_said_something_is_spared_all_the_same(void **state)
{
    struct citizen citizen = long_registered();
    const char *id = harmless(citizen.plate, "1625", "2026-11-18");

    (void)state;
    assert_int_equal(announce_it("key-said-1", id), 201);
    assert_int_equal(confirm_it("key-said-2", id, "{\"statement\":\"没有看到红灯\"}"), 422);
    officer(FUTIAN, REVIEWER);
    asker.key = "key-said-3";
    assert_int_equal(
        ask(&asker, "POST",
            arena_printf(texts, "/api/violation/office/violations/%s/statement-review", id),
            "{\"is_accepted\":false,\"reasons\":\"图像清晰\"}"),
        200);
    assert_string_equal(
        database_word("SELECT CONCAT_WS(' ', c.state, d.manner, d.fine_fen, d.points,"
                      " w.decision_no = d.decision_no) FROM violation_case c"
                      " JOIN violation_decision d ON d.case_id = c.id"
                      " JOIN violation_waiver w ON w.decision_no = d.decision_no WHERE c.id = '%s'",
                      id),
        "warned simple 0 0 1");
    sign_in(citizen.person_id);
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, LIST "/%s/decision.pdf", id), NULL),
                     200);
}

/* It is waived first though it was later; then the earlier one is no first either. */
static void t5_waived_once_in_whatever_order_records_arrive(void **state)
{
    struct citizen citizen = long_registered();
    const char *later = harmless(citizen.plate, "1344", "2026-11-18"), *earlier;

    (void)state;
    assert_int_equal(confirm_plainly(later), 201);
    assert_int_equal(answer_number(&asker, "is_waived"), 1);
    earlier = harmless(citizen.plate, "1344", "2026-11-10");
    assert_int_equal(confirm_plainly(earlier), 201);
    assert_int_equal(answer_number(&asker, "is_waived"), 0);
    assert_string_equal(answer_text(&asker, condition("first_in_window", "value")), "2026-11-18");
}

static void t5_all_failed_conditions_are_told_with_their_values(void **state)
{
    struct citizen citizen = new_driver(); /* nobody told since when it is registered so */
    const char *id = camera(citizen.plate, "1721");

    (void)state;
    assert_int_equal(announce_it("key-none-1", id), 201);
    assert_int_equal(answer_number(&asker, "is_waived"), 0);
    assert_int_equal(answer_number(&asker, condition("act_since", "is_met")), 1);
    assert_int_equal(answer_number(&asker, condition("first_in_window", "is_met")), 1);
    assert_int_equal(answer_number(&asker, condition("small_fine", "is_met")), 0);
    assert_string_equal(answer_text(&asker, condition("small_fine", "value")), "2000.00");
    assert_int_equal(answer_number(&asker, condition("no_accident", "is_met")), 0);
    assert_null(answer_text(&asker, condition("no_accident", "value")));
    assert_int_equal(answer_number(&asker, condition("registered_long", "is_met")), 0);
    assert_null(answer_text(&asker, condition("registered_long", "value")));
}

static void t5_of_two_acts_on_one_day_the_earlier_is_the_first(void **state)
{
    struct citizen citizen = long_registered();
    const char *later = harmless(citizen.plate, "1344", "2026-11-18"), *earlier;

    (void)state;
    earlier = harmless(citizen.plate, "1344", "2026-11-18");
    database_run("UPDATE violation_case SET occurred_at = '2026-11-18 00:11:00' WHERE id = '%s'",
                 earlier);
    assert_int_equal(confirm_plainly(later), 201);
    assert_int_equal(answer_number(&asker, "is_waived"), 0);
    assert_int_equal(confirm_plainly(earlier), 201);
    assert_int_equal(answer_number(&asker, "is_waived"), 1);
}

/* What was withdrawn never was a violation; and a waiver that fell does not stand in the way. */
static void t5_a_withdrawn_record_no_longer_counts(void **state)
{
    struct citizen citizen = long_registered();
    const char *first = harmless(citizen.plate, "1344", "2026-11-10");
    const char *second = harmless(citizen.plate, "1344", "2026-11-18");

    (void)state;
    assert_int_equal(confirm_plainly(first), 201);
    assert_int_equal(answer_number(&asker, "is_waived"), 1);
    database_run("UPDATE violation_decision SET stands = NULL, withdrawn_at = '2026-11-21'"
                 " WHERE case_id = '%s'",
                 first);
    database_run("UPDATE violation_case SET state = 'withdrawn' WHERE id = '%s'", first);
    assert_int_equal(confirm_plainly(second), 201);
    assert_int_equal(answer_number(&asker, "is_waived"), 1);
}

static void t5_the_warning_needs_no_licence(void **state)
{
    struct citizen citizen = new_owner();
    const char *id;

    (void)state;
    database_run("UPDATE vehicle SET registration_changed_on = '2018-01-01' WHERE plate = '%s'",
                 citizen.plate);
    id = harmless(citizen.plate, "1625", "2026-11-18");
    assert_int_equal(confirm_plainly(id), 201);
    assert_int_equal(answer_number(&asker, "is_waived"), 1);
}

static void t5_before_the_rule_nothing_is_waived(void **state)
{
    struct citizen citizen = long_registered();
    const char *id;

    (void)state;
    database_run("UPDATE vehicle SET registration_changed_on = '2010-01-01' WHERE plate = '%s'",
                 citizen.plate);
    id = harmless(citizen.plate, "1344", "2018-08-15");
    set_clock("2018-08-31T02:00:00.000Z");
    assert_int_equal(announce_it("key-early-w", id), 201);
    assert_int_equal(answer_number(&asker, "is_waived"), 0);
    assert_null(answer_text(&asker, "waiver_text"));
    set_clock("2018-09-01T02:00:00.000Z");
    assert_int_equal(announce_it("key-early-w2", id), 201);
    assert_int_equal(answer_number(&asker, "is_waived"), 1);
}

static void t5_two_confirmations_at_once_waive_once(void **state)
{
    struct citizen citizen = long_registered();
    static struct tap taps[2];
    int64_t waived = 0;

    (void)state;
    for (int i = 0; i < 2; i++) {
        const char *id = harmless(citizen.plate, "1344", i == 0 ? "2026-11-17" : "2026-11-18");

        assert_int_equal(announce_it(arena_printf(texts, "key-race-%d", i), id), 201);
        taps[i].path = arena_printf(texts, LIST "/%s/confirmation", id);
        taps[i].body = NOTHING_TO_SAY;
    }
    tap_both(taps, citizen.person_id);
    for (int i = 0; i < 2; i++)
        waived += answer_number(&taps[i].asker, "is_waived");
    assert_int_equal(tapped_both(taps, 201), 2);
    assert_int_equal(waived, 1);
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM violation_waiver WHERE plate = '%s'", citizen.plate),
        1);
}

#define STORY(name) cmocka_unit_test_setup(name, begin_violation)

static const struct CMUnitTest tests[] = {
    STORY(t5_who_said_something_is_spared_all_the_same),
    STORY(t5_the_first_violation_is_a_warning_at_once),
    STORY(t5_the_same_tap_after_a_sale_still_finds_the_warning),
    STORY(t5_the_second_is_fined_and_says_why),
    STORY(t5_waived_once_in_whatever_order_records_arrive),
    STORY(t5_all_failed_conditions_are_told_with_their_values),
    STORY(t5_of_two_acts_on_one_day_the_earlier_is_the_first),
    STORY(t5_a_withdrawn_record_no_longer_counts),
    STORY(t5_the_warning_needs_no_licence),
    STORY(t5_before_the_rule_nothing_is_waived),
    STORY(t5_two_confirmations_at_once_waive_once),
};

/* Each story is told plainly, and with each transaction lost once before it counts. */
int main(void)
{
    int failures =
        cmocka_run_group_tests_name("plain", tests, open_applications, close_applications);

    return failures + cmocka_run_group_tests_name("rehearsed", tests, open_applications_rehearsed,
                                                  close_applications);
}
