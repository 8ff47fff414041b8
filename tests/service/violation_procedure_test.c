/* The general procedure: what may be proposed and approved, proposals given back, later statements,
   and what the tables refuse. */

#include "service/violation_stage_desk.h"

/* 9901 becomes lighter on the 25th of November; 9902 is small enough to be waived as the first. */
static const char *proposed_for(struct citizen citizen, const char *code, const char *what)
{
    const char *id = confirmed(citizen, code, NOTHING_TO_SAY);

    officer(FUTIAN, REVIEWER);
    assert_int_equal(do_it(DESK, id, "proposal", what), 200);
    return id;
}

static void a_lighter_later_law_bounds_the_proposal_and_the_approval(void **state)
{
    static const char *const old = "\"findings\":\"图像清晰\",\"fine_fen\":100000,\"points\":6";
    const char *before = proposed_for(new_driver(), "9901", old);
    const char *after = confirmed(new_driver(), "9901", NOTHING_TO_SAY);

    (void)state;
    set_clock("2026-11-25T02:00:00.000Z");
    officer(FUTIAN, REVIEWER);
    assert_int_equal(do_it(DESK, after, "proposal", old), 422);
    assert_refused(422, "proposal_worse");
    assert_int_equal(answer_number(&asker, "error.reasons.0.values.2"), 50000);
    assert_int_equal(answer_number(&asker, "error.reasons.1.values.2"), 3);
    officer(FUTIAN, LEAD);
    assert_int_equal(do_it(DESK, before, "approval", ""), 200);
    assert_string_equal(decision_of(before), "decided general 50000 3 4403002 1 2026-11-25 1");
}

static void an_approval_waives_the_first_violation_as_a_confirmation_does(void **state)
{
    struct citizen citizen = new_driver();
    const char *id =
        proposed_for(citizen, "9902", "\"findings\":\"图像清晰\",\"fine_fen\":30000,\"points\":0");

    (void)state;
    database_run("UPDATE vehicle SET registration_changed_on = '2018-01-01' WHERE plate = '%s'",
                 citizen.plate);
    database_run("UPDATE camera_record SET accident = 'none' WHERE plate = '%s'", citizen.plate);
    officer(FUTIAN, LEAD);
    assert_int_equal(do_it(DESK, id, "approval", ""), 200);
    assert_string_equal(decision_of(id), "warned general 0 0 4403002 1 2026-11-22 0");
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM violation_waiver WHERE case_id = '%s'", id), 1);
}

static void points_that_the_licence_can_not_take_are_not_decided_at_the_desk_either(void **state)
{
    struct citizen citizen = new_driver();
    const char *id =
        proposed_for(citizen, "9901", "\"findings\":\"图像清晰\",\"fine_fen\":100000,\"points\":6");

    (void)state;
    database_run("UPDATE licence SET state = 'suspended' WHERE person_id = '%s'",
                 citizen.person_id);
    officer(FUTIAN, LEAD);
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, DESK "/%s", id), NULL), 200);
    assert_string_equal(answer_text(&asker, "licence_state"), "suspended");
    assert_int_equal(answer_number(&asker, "points_total"), 0);
    assert_int_equal(do_it(DESK, id, "approval", ""), 422);
    assert_refused(422, "licence_not_normal");
    assert_string_equal(state_of_case(id), "confirmed");
}

static void who_has_no_licence_is_fined_by_two_officers_without_points(void **state)
{
    const char *id = confirmed(new_owner(), "1344", SAID);

    (void)state;
    officer(FUTIAN, REVIEWER);
    assert_int_equal(do_it(DESK, id, "statement-review",
                           "\"is_accepted\":false,\"reasons\":\"图像中没有救护车\""),
                     200);
    assert_string_equal(answer_text(&asker, "step"), "propose");
    assert_null(answer_text(&asker, "licence_state"));
    assert_int_equal(
        do_it(DESK, id, "proposal", "\"findings\":\"无驾驶证\",\"fine_fen\":20000,\"points\":1"),
        422);
    assert_refused(422, "licence_missing");
    assert_int_equal(
        do_it(DESK, id, "proposal", "\"findings\":\"无驾驶证\",\"fine_fen\":20000,\"points\":0"),
        200);
    officer(FUTIAN, LEAD);
    assert_int_equal(do_it(DESK, id, "approval", ""), 200);
    assert_string_equal(decision_of(id), "decided general 20000 0 4403002 1 2026-11-22 1");
}

static void full_points_stand_against_an_answer_too(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = confirmed(citizen, "1344", SAID);

    (void)state;
    street(citizen.person_id, "1721", 200000, 12, "2026-11-20");
    officer(FUTIAN, REVIEWER);
    assert_int_equal(do_it(DESK, id, "statement-review",
                           "\"is_accepted\":false,\"reasons\":\"图像中没有救护车\""),
                     200);
    assert_string_equal(answer_text(&asker, "step"), "propose");
    assert_int_equal(answer_number(&asker, "points_total"), 12);
}

static void who_speaks_after_the_confirmation_is_heard_until_the_proposal(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = confirmed(citizen, "1721", NOTHING_TO_SAY);

    (void)state;
    confirm_it("later-said", id, SAID);
    assert_refused(422, "officer_step_missing");
    confirm_it("later-said", id, SAID);
    assert_refused(422, "officer_step_missing");
    confirm_it("later-said-2", id, SAID);
    assert_refused(409, "statement_given");
    assert_true(refuses_decision(id, citizen.person_id, "general", 200000, 12));
    officer(FUTIAN, REVIEWER);
    assert_string_equal(desk_step_of(id), "answer_statement");
    assert_string_equal(answer_text(&asker, "statement"), "当时正在避让救护车");
    assert_int_equal(do_it(DESK, id, "statement-review",
                           "\"is_accepted\":false,\"reasons\":\"图像中没有救护车\""),
                     200);
    assert_string_equal(answer_text(&asker, "step"), "propose");
    sign_in(citizen.person_id);
    assert_int_equal(show(id), 200);
    assert_string_equal(answer_text(&asker, "statement"), "当时正在避让救护车");
    assert_string_equal(answer_text(&asker, "review_reasons"), "图像中没有救护车");
}

static void a_statement_after_the_proposal_is_refused_and_not_lost(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = proposed(citizen);

    (void)state;
    sign_in(citizen.person_id);
    confirm_it("too-late-said", id, SAID);
    assert_refused(409, "statement_too_late");
}

#define RETURN "\"reasons\":\"证据需要补充\""

static void a_proposal_that_is_given_back_is_made_again_with_its_own_days(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = proposed(citizen), *first = officer_id;

    (void)state;
    sign_in(citizen.person_id);
    assert_int_equal(do_it(LIST, id, "hearing-choice", "\"choice\":\"waived\""), 200);
    officer_again(first, FUTIAN, REVIEWER);
    assert_int_equal(do_it(DESK, id, "proposal-return", RETURN), 403);
    assert_refused(403, "same_officer");
    officer(FUTIAN, LEAD);
    assert_int_equal(do_it(DESK, id, "proposal-return", RETURN), 200);
    assert_string_equal(answer_text(&asker, "step"), "propose");
    assert_string_equal(answer_text(&asker, "return_reasons"), "证据需要补充");
    assert_int_equal(do_it(DESK, id, "approval", ""), 409);
    sign_in(citizen.person_id);
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, LIST "/%s/proposal", id), NULL), 404);
    assert_int_equal(show(id), 200);
    assert_null(answer_text(&asker, "proposed_at"));
    set_clock("2026-11-23T02:00:00.000Z");
    officer_again(first, FUTIAN, REVIEWER);
    assert_int_equal(
        do_it(DESK, id, "proposal", "\"findings\":\"补充证据\",\"fine_fen\":200000,\"points\":9"),
        200);
    assert_string_equal(answer_text(&asker, "step"), "await_choice");
    assert_string_equal(answer_text(&asker, "answer_until"), "2026-11-30");
    assert_string_equal(told("penalty_proposed", citizen.person_id, "penalty"),
                        "罚款2000.00元，记12分,罚款2000.00元，记9分");
    sign_in(citizen.person_id);
    assert_int_equal(do_it(LIST, id, "hearing-choice", "\"choice\":\"waived\""), 200);
    officer(FUTIAN, LEAD);
    assert_int_equal(do_it(DESK, id, "approval", ""), 200);
    assert_string_equal(decision_of(id), "decided general 200000 9 4403002 1 2026-11-23 1");
}

static void the_same_penalty_again_keeps_what_became_of_the_hearing(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = proposed(citizen), *first = officer_id;

    (void)state;
    sign_in(citizen.person_id);
    assert_int_equal(do_it(LIST, id, "hearing-choice", "\"choice\":\"waived\""), 200);
    officer(FUTIAN, LEAD);
    assert_int_equal(do_it(DESK, id, "proposal-return", RETURN), 200);
    officer_again(first, FUTIAN, REVIEWER);
    assert_int_equal(do_it(DESK, id, "proposal", LARGE), 200);
    assert_string_equal(answer_text(&asker, "step"), "approve");
    assert_int_equal(answer_number(&asker, "proposal_number"), 2);
    officer(FUTIAN, LEAD);
    assert_int_equal(do_it(DESK, id, "proposal-return", RETURN), 200);
    officer(FUTIAN, REVIEWER);
    assert_int_equal(do_it(DESK, id, "proposal", LARGE), 200);
    assert_string_equal(answer_text(&asker, "step"), "await_choice");
}

#define PROPOSAL                                                                                   \
    "INSERT INTO penalty_proposal (case_id, number, hearing_of, person_id, investigator_id,"       \
    " findings, fine_fen, points, answer_until, proposed_at)"                                      \
    " VALUES ('%s', %d, %d, '%s', '%s', 'f', %d, 12, '2026-12-27', '2026-11-22')"

static void one_proposal_of_a_case_stands_whoever_inserts(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = proposed(citizen), *first = officer_id;

    (void)state;
    assert_true(
        database_refuses("violation", PROPOSAL, id, 2, 2, citizen.person_id, first, 200000));
    sign_in(citizen.person_id);
    assert_int_equal(do_it(LIST, id, "hearing-choice", "\"choice\":\"waived\""), 200);
    officer(FUTIAN, LEAD);
    assert_int_equal(do_it(DESK, id, "proposal-return", RETURN), 200);
    assert_true(refuses_approval(id, first, new_id(), "2026-11-22"));
    assert_true(
        database_refuses("violation", PROPOSAL, id, 2, 1, citizen.person_id, first, 150000));
    assert_true(
        database_refuses("violation", PROPOSAL, id, 3, 3, citizen.person_id, first, 200000));
}

static void
a_vehicle_that_is_sold_after_the_confirmation_leaves_the_case_with_the_seller(void **state)
{
    struct citizen seller = new_driver(), buyer;
    const char *id = proposed(seller);

    (void)state;
    buyer = new_driver();
    database_run("UPDATE vehicle SET owner_id = '%s' WHERE plate = '%s'", buyer.person_id,
                 seller.plate);
    sign_in(buyer.person_id);
    assert_int_equal(show(id), 404);
    assert_int_equal(announce_it("buyer-reads", id), 404);
    sign_in(seller.person_id);
    assert_int_equal(show(id), 200);
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, LIST "/%s/proposal", id), NULL), 200);
    assert_int_equal(do_it(LIST, id, "hearing-choice", "\"choice\":\"waived\""), 200);
    officer(FUTIAN, LEAD);
    assert_int_equal(do_it(DESK, id, "approval", ""), 200);
    assert_string_equal(decision_of(id), "decided general 200000 12 4403002 1 2026-11-22 1");
}

/* --- What the data model refuses, whoever inserts --------------------------------------------- */

static void no_decision_comes_before_what_was_said_is_answered(void **state)
{
    struct citizen citizen = new_driver();
    const char *open = camera(citizen.plate, "1344"), *said = confirmed(citizen, "1344", SAID);

    (void)state;
    assert_true(refuses_decision(open, citizen.person_id, "simple", 20000, 1));
    assert_true(refuses_decision(said, citizen.person_id, "simple", 20000, 1));
    officer(FUTIAN, REVIEWER);
    assert_int_equal(do_it(DESK, said, "statement-review",
                           "\"is_accepted\":false,\"reasons\":\"图像中没有救护车\""),
                     200);
    /* One act, one fine. */
    assert_true(refuses_decision(said, citizen.person_id, "simple", 20000, 1));
}

static void no_large_fine_comes_without_two_officers_and_the_hearing(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = proposed(citizen), *first = officer_id;

    (void)state;
    assert_true(refuses_decision(id, citizen.person_id, "simple", 200000, 12));
    assert_true(refuses_decision(id, citizen.person_id, "general", 200000, 12));
    assert_true(refuses_approval(id, first, new_id(), "2026-11-22"));
    assert_true(refuses_approval(id, first, first, "2026-12-22"));
    assert_true(refuses_approval(id, new_id(), new_id(), "2026-12-22"));
    sign_in(citizen.person_id);
    assert_int_equal(do_it(LIST, id, "hearing-choice", "\"choice\":\"asked\""), 200);
    assert_true(refuses_approval(id, first, new_id(), "2026-12-22"));
    assert_true(database_refuses("violation",
                                 "INSERT INTO hearing (case_id, investigator_id, host_id, held_on,"
                                 " place, set_at) VALUES ('%s', '%s', '%s', '2026-12-01', 'p',"
                                 " '2026-11-22')",
                                 id, first, first));
}

static void a_record_of_a_camera_is_not_decided_as_on_the_street(void **state)
{
    struct citizen citizen = new_driver();

    (void)state;
    assert_true(
        refuses_decision(camera(citizen.plate, "1344"), citizen.person_id, "street", 20000, 1));
    assert_false(refuses_decision(
        database_word("SELECT case_id FROM violation_decision WHERE person_id = '%s'",
                      fallen(citizen.person_id)),
        citizen.person_id, "street", 20000, 1));
}

static void no_large_fine_is_proposed_without_days_to_ask_for_a_hearing(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = confirmed(citizen, "1721", NOTHING_TO_SAY);

    (void)state;
    assert_true(refuses_proposal(id, citizen.person_id, 200000, "NULL"));
    assert_true(refuses_proposal(id, citizen.person_id, 200000, "'2026-11-26'"));
    assert_false(refuses_proposal(id, citizen.person_id, 199999, "NULL"));
}

static void minutes_of_a_hearing_and_a_fallen_decision_are_never_changed(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = proposed(citizen), *host;

    (void)state;
    sign_in(citizen.person_id);
    assert_int_equal(do_it(LIST, id, "hearing-choice", "\"choice\":\"asked\""), 200);
    officer(FUTIAN, LEAD);
    host = officer_id;
    assert_int_equal(
        do_it(DESK, id, "hearing", "\"held_on\":\"2026-12-01\",\"place\":\"福田大队三楼\""), 200);
    set_clock("2026-12-01T03:00:00.000Z");
    officer_again(host, FUTIAN, LEAD);
    assert_int_equal(do_it(DESK, id, "hearing-minutes", "\"minutes\":\"双方陈述\""), 200);
    assert_true(database_refuses("violation",
                                 "UPDATE hearing SET minutes = 'other' WHERE case_id = '%s'", id));
    fallen(citizen.person_id);
    assert_true(database_refuses("violation",
                                 "UPDATE violation_decision SET stands = 1, withdrawn_at = NULL"
                                 " WHERE person_id = '%s'",
                                 citizen.person_id));
}

static void nothing_is_punished_above_the_announcement_or_after_two_years(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = confirmed(citizen, "1344", SAID), *old;

    (void)state;
    officer(FUTIAN, REVIEWER);
    database_run("INSERT INTO statement_review (case_id, person_id, officer_id, is_accepted,"
                 " reasons, reviewed_at) VALUES ('%s', '%s', 'o', 0, 'r', '2026-11-22')",
                 id, citizen.person_id);
    assert_true(refuses_decision(id, citizen.person_id, "simple", 20001, 1));
    assert_true(refuses_decision(id, citizen.person_id, "simple", 20000, 2));
    old = confirmed(citizen, "1344", SAID);
    database_run("INSERT INTO statement_review (case_id, person_id, officer_id, is_accepted,"
                 " reasons, reviewed_at) VALUES ('%s', '%s', 'o', 0, 'r', '2026-11-22')",
                 old, citizen.person_id);
    database_run("UPDATE violation_case SET occurred_at = '2024-11-16 10:00:00' WHERE id = '%s'",
                 old);
    assert_true(refuses_decision(old, citizen.person_id, "simple", 20000, 1));
    database_run("UPDATE violation_case SET occurred_at = '2024-11-18 10:00:00' WHERE id = '%s'",
                 old);
    assert_false(refuses_decision(old, citizen.person_id, "simple", 20000, 1));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(a_lighter_later_law_bounds_the_proposal_and_the_approval,
                           begin_violation),
    cmocka_unit_test_setup(an_approval_waives_the_first_violation_as_a_confirmation_does,
                           begin_violation),
    cmocka_unit_test_setup(points_that_the_licence_can_not_take_are_not_decided_at_the_desk_either,
                           begin_violation),
    cmocka_unit_test_setup(who_has_no_licence_is_fined_by_two_officers_without_points,
                           begin_violation),
    cmocka_unit_test_setup(full_points_stand_against_an_answer_too, begin_violation),
    cmocka_unit_test_setup(who_speaks_after_the_confirmation_is_heard_until_the_proposal,
                           begin_violation),
    cmocka_unit_test_setup(a_statement_after_the_proposal_is_refused_and_not_lost, begin_violation),
    cmocka_unit_test_setup(a_proposal_that_is_given_back_is_made_again_with_its_own_days,
                           begin_violation),
    cmocka_unit_test_setup(the_same_penalty_again_keeps_what_became_of_the_hearing,
                           begin_violation),
    cmocka_unit_test_setup(one_proposal_of_a_case_stands_whoever_inserts, begin_violation),
    cmocka_unit_test_setup(
        a_vehicle_that_is_sold_after_the_confirmation_leaves_the_case_with_the_seller,
        begin_violation),
    cmocka_unit_test_setup(no_decision_comes_before_what_was_said_is_answered, begin_violation),
    cmocka_unit_test_setup(no_large_fine_comes_without_two_officers_and_the_hearing,
                           begin_violation),
    cmocka_unit_test_setup(a_record_of_a_camera_is_not_decided_as_on_the_street, begin_violation),
    cmocka_unit_test_setup(no_large_fine_is_proposed_without_days_to_ask_for_a_hearing,
                           begin_violation),
    cmocka_unit_test_setup(minutes_of_a_hearing_and_a_fallen_decision_are_never_changed,
                           begin_violation),
    cmocka_unit_test_setup(nothing_is_punished_above_the_announcement_or_after_two_years,
                           begin_violation),
};

/* Before the rules are read. */
static void add_codes(void)
{
    database_open();
    database_run(
        "INSERT IGNORE INTO violation_code (code, valid_from, valid_to, title, act, article,"
        " fine_fen, points, is_warning, source) VALUES"
        " ('9901', '2020-01-01', '2026-11-24', 't', 'a', 'b', 100000, 6, 0, 's'),"
        " ('9901', '2026-11-25', NULL, 't', 'a', 'b', 50000, 3, 0, 's'),"
        " ('9902', '2020-01-01', NULL, 't', 'a', 'b', 30000, 0, 0, 's')");
    database_close();
}

static int open_plain(void **state)
{
    add_codes();
    return open_applications(state);
}

static int open_rehearsed(void **state)
{
    add_codes();
    return open_applications_rehearsed(state);
}

int main(void)
{
    int failures = cmocka_run_group_tests_name("plain", tests, open_plain, close_applications);

    return failures +
           cmocka_run_group_tests_name("rehearsed", tests, open_rehearsed, close_applications);
}
