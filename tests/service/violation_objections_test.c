/* T8: an objection rests the violation; upheld, record, decision, points and debt fall together. */

#include "service/violation_stage.h"

#define WRONG_PLATE "号牌识别错误，不是本车"

static const char *objection_form(const char *violation_id)
{
    return arena_printf(texts,
                        "\"violation_id\":\"%s\",\"ground\":\"" WRONG_PLATE "\","
                        "\"statement\":\"当天车在车库\",\"contact\":\"13800138000\"",
                        violation_id);
}

static const char *object_to(const char *violation_id)
{
    return filed("violation.objection", objection_form(violation_id));
}

static void decide(const char *id, const char *how)
{
    officer(HEADQUARTERS, INTAKE);
    assert_int_equal(act(id, "acceptance", ""), 200);
    officer(HEADQUARTERS, REVIEWER);
    assert_int_equal(act(id, how, "\"reason\":\"经核查图像\""), 200);
}

static const char *case_state(const char *id)
{
    return database_word("SELECT state FROM violation_case WHERE id = '%s'", id);
}

static const char *decided(struct citizen citizen, const char *code)
{
    const char *id = camera(citizen.plate, code);

    sign_in(citizen.person_id);
    assert_int_equal(confirm_plainly(id), 201);
    return id;
}

static int64_t events_to_payment(const char *obligation_id)
{
    return database_number("SELECT COUNT(*) FROM event WHERE consumer = 'payment'"
                           " AND kind = 'obligation_withdrawn' AND dedupe = '%s'",
                           obligation_id);
}

static void what_is_in_dispute_rests_and_goes_on_when_the_objection_is_refused(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344"), *objection;

    (void)state;
    sign_in(citizen.person_id);
    objection = object_to(id);
    assert_int_equal(announce_it("rest-announce-1", id), 409);
    assert_refused(409, "disputed");
    decide(objection, "refusal");
    sign_in(citizen.person_id);
    assert_int_equal(confirm_plainly(id), 201);
    assert_string_equal(case_state(id), "decided");
}

static void an_announced_violation_is_not_decided_while_it_is_in_dispute(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344"), *objection;

    (void)state;
    sign_in(citizen.person_id);
    assert_int_equal(announce_it("announced-first-1", id), 201);
    objection = object_to(id);
    assert_int_equal(confirm_it("confirm-in-dispute", id, NOTHING_TO_SAY), 409);
    assert_refused(409, "disputed");
    assert_int_equal(act(objection, "withdrawal", "\"reason\":\"看清楚了，是我\""), 200);
    assert_int_equal(confirm_it("confirm-after-dispute", id, NOTHING_TO_SAY), 201);
}

static void a_record_is_removed_when_the_objection_is_upheld(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344"), *objection;

    (void)state;
    sign_in(citizen.person_id);
    objection = object_to(id);
    decide(objection, "approval");
    assert_string_equal(case_state(id), "withdrawn");
    assert_string_equal(database_word("SELECT CONCAT_WS(' ', application_id, ground,"
                                      " COALESCE(decision_no, 'undecided'))"
                                      " FROM violation_withdrawal WHERE case_id = '%s'",
                                      id),
                        arena_printf(texts, "%s " WRONG_PLATE " undecided", objection));
    sign_in(citizen.person_id);
    assert_int_equal(announce_it("announce-removed", id), 409);
    assert_refused(409, "case_withdrawn");
}

static void decision_debt_and_points_fall_together(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = decided(citizen, "1344"), *obligation;

    (void)state;
    obligation =
        database_word("SELECT obligation_id FROM violation_decision WHERE case_id = '%s'", id);
    settle(obligation, 20000, "2026-11-22 03:00:00");
    consume();
    assert_string_equal(case_state(id), "paid");
    sign_in(citizen.person_id);
    decide(object_to(id), "approval");
    assert_string_equal(case_state(id), "withdrawn");
    assert_int_equal(database_number("SELECT COUNT(*) FROM violation_decision WHERE case_id = '%s'"
                                     " AND stands IS NULL AND withdrawn_at IS NOT NULL",
                                     id),
                     1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM obligation WHERE id = '%s'"
                                     " AND withdrawn_at IS NOT NULL",
                                     obligation),
                     1);
    assert_int_equal(events_to_payment(obligation), 1);
}

/* Ten points and three more are too many; when the ten fall, the three may be taken. */
static void points_that_fell_make_room_for_others(void **state)
{
    struct citizen citizen = new_driver();
    const char *first, *second;

    (void)state;
    first = street(citizen.person_id, "1721", 20000, 12, "2026-11-19");
    second = camera(citizen.plate, "1344");
    sign_in(citizen.person_id);
    assert_int_equal(confirm_plainly(second), 422);
    assert_refused(422, "points_full");
    decide(object_to(first), "approval");
    sign_in(citizen.person_id);
    assert_int_equal(confirm_it("room-for-others-1", second, NOTHING_TO_SAY), 201);
}

static int lower_to(const char *id, int64_t fen, int64_t points)
{
    return act(id, "lowering",
               arena_printf(texts, "\"fine_fen\":%lld,\"points\":%lld", (long long)fen,
                            (long long)points));
}

/* What a citizen reads of it: fine, points, whether it stands. */
static const char *decision_is(const char *id)
{
    return database_word(
        "SELECT CONCAT_WS(' ', d.fine_fen, d.points, COALESCE(o.lowered_fen, 'all'),"
        " c.state) FROM violation_decision d JOIN obligation o ON o.id ="
        " d.obligation_id JOIN violation_case c ON c.id = d.case_id"
        " WHERE d.case_id = '%s' AND d.stands = 1",
        id);
}

/* An objection to it that was accepted, and what an officer then says to lowering it. */
static int object_and_lower(const char *id, int64_t fen, int64_t points, const char **objection)
{
    *objection = object_to(id);
    officer(HEADQUARTERS, INTAKE);
    assert_int_equal(act(*objection, "acceptance", ""), 200);
    officer(HEADQUARTERS, REVIEWER);
    return lower_to(*objection, fen, points);
}

static void right_in_part_it_is_replaced_by_a_decision_for_less(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = decided(citizen, "1344"), *objection;

    (void)state;
    assert_string_equal(decision_is(id), "20000 1 all decided");
    assert_int_equal(object_and_lower(id, 15000, 0, &objection), 200);
    assert_int_equal(lower_to(objection, 10000, 0), 409);
    assert_refused(409, "lowering_noted");
    assert_int_equal(act(objection, "approval", "\"reason\":\"情节较轻\""), 200);
    assert_string_equal(decision_is(id), "15000 0 15000 decided");
    assert_int_equal(database_number("SELECT COUNT(*) FROM decision_change k JOIN"
                                     " violation_decision d ON d.decision_no = k.replaced_no"
                                     " WHERE d.case_id = '%s' AND d.stands IS NULL",
                                     id),
                     1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM event WHERE consumer = 'payment'"
                                     " AND kind = 'obligation_lowered' AND dedupe = (SELECT"
                                     " obligation_id FROM violation_decision WHERE case_id = '%s'"
                                     " AND stands = 1)",
                                     id),
                     1);
    sign_in(citizen.person_id);
    assert_int_equal(show(id), 200);
    assert_int_equal(answer_number(&asker, "amount_due_fen"), 15000);
}

/* On the day of the first decision; the new one is served, and can be appealed against, from today.
 */
static void lowered_points_stay_where_they_were(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = decided(citizen, "1344"), *objection;

    (void)state;
    database_run("UPDATE points_entry e JOIN violation_decision d ON d.decision_no = e.decision_no"
                 " SET e.decided_on = '2026-10-05', e.points = 3 WHERE d.case_id = '%s'",
                 id);
    database_run("UPDATE violation_decision SET points = 3 WHERE case_id = '%s'", id);
    assert_int_equal(object_and_lower(id, 15000, 1, &objection), 200);
    assert_int_equal(act(objection, "approval", "\"reason\":\"情节较轻\""), 200);
    assert_string_equal(database_word("SELECT CONCAT_WS(' ', e.points, e.decided_on, d.served_on,"
                                      " d.reconsider_until) FROM points_entry e"
                                      " JOIN violation_decision d USING (decision_no)"
                                      " WHERE d.case_id = '%s' AND d.stands = 1",
                                      id),
                        "1 2026-10-05 2026-11-22 2027-01-21");
}

/* Payment returns the difference once: a second one would be owed and never go back. */
static void it_becomes_less_once(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = decided(citizen, "1344"), *objection;

    (void)state;
    assert_int_equal(object_and_lower(id, 15000, 0, &objection), 200);
    assert_int_equal(act(objection, "approval", "\"reason\":\"情节较轻\""), 200);
    sign_in(citizen.person_id);
    assert_int_equal(object_and_lower(id, 10000, 0, &objection), 409);
    assert_refused(409, "lowered_before");
    assert_int_equal(act(objection, "approval", "\"reason\":\"不是本车\""), 200);
    assert_string_equal(case_state(id), "withdrawn");
}

static void it_may_only_become_less(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = decided(citizen, "1344"), *objection = object_to(id), *undecided;

    (void)state;
    officer(HEADQUARTERS, INTAKE | REVIEWER);
    assert_int_equal(lower_to(objection, 10000, 0), 409);
    assert_refused(409, "not_in_this_state");
    assert_int_equal(act(objection, "acceptance", ""), 200);
    assert_int_equal(lower_to(objection, 20000, 2), 422);
    assert_int_equal(answer_count(&asker, "error.reasons"), 2);
    sign_in(citizen.person_id);
    undecided = object_to(camera(citizen.plate, "1344"));
    officer(HEADQUARTERS, INTAKE | REVIEWER);
    assert_int_equal(act(undecided, "acceptance", ""), 200);
    assert_int_equal(lower_to(undecided, 10000, 0), 422);
    assert_refused(422, "nothing_to_lower");
    sign_in(citizen.person_id);
    asker.brigade = HEADQUARTERS; /* the path of officers, asked by a citizen */
    assert_int_equal(lower_to(objection, 10000, 0), 403);
}

static void what_belongs_to_others_cannot_be_objected_to(void **state)
{
    const char *id = camera(new_driver().plate, "1344"), *objection;

    (void)state;
    new_driver();
    objection = begin("violation.objection", objection_form(id));
    assert_int_equal(submit(objection), 422);
    assert_refused(422, "violation_not_own");
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM violation_dispute WHERE case_id = '%s'", id), 0);
}

static void one_dispute_at_a_time(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344"), *second;

    (void)state;
    sign_in(citizen.person_id);
    object_to(id);
    second = begin("violation.objection", objection_form(id));
    assert_int_equal(submit(second), 409);
    assert_refused(409, "disputed");
}

static void what_was_withdrawn_is_past_objection(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344"), *second;

    (void)state;
    sign_in(citizen.person_id);
    second = begin("violation.objection", objection_form(id));
    decide(object_to(id), "approval");
    sign_in(citizen.person_id);
    assert_int_equal(submit(second), 409);
    assert_refused(409, "case_withdrawn");
}

static void it_rests_on_while_the_applicant_adds_what_was_missing(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344"), *objection;

    (void)state;
    sign_in(citizen.person_id);
    objection = object_to(id);
    officer(HEADQUARTERS, INTAKE);
    assert_int_equal(act(objection, "correction", "\"gaps\":[\"请上传行车记录\"]"), 200);
    sign_in(citizen.person_id);
    assert_int_equal(announce_it("rests-while-added", id), 409);
    assert_int_equal(submit(objection), 200);
    decide(objection, "approval");
    assert_string_equal(case_state(id), "withdrawn");
}

static void what_a_correction_names_no_more_goes_free_and_the_other_rests(void **state)
{
    struct citizen citizen = new_driver();
    const char *first = camera(citizen.plate, "1344"), *second = camera(citizen.plate, "1344");
    const char *objection;

    (void)state;
    sign_in(citizen.person_id);
    objection = object_to(first);
    officer(HEADQUARTERS, INTAKE);
    assert_int_equal(act(objection, "correction", "\"gaps\":[\"请核对违法记录\"]"), 200);
    sign_in(citizen.person_id);
    change_form(objection, objection_form(second));
    assert_int_equal(submit(objection), 200);
    assert_int_equal(announce_it("the-other-rests", second), 409);
    assert_refused(409, "disputed");
    assert_int_equal(confirm_plainly(first), 201);
    decide(objection, "approval");
    assert_string_equal(case_state(first), "decided");
    assert_string_equal(case_state(second), "withdrawn");
}

static const char *refused_and_appealed(struct citizen citizen, const char *id)
{
    const char *objection;

    sign_in(citizen.person_id);
    objection = object_to(id);
    decide(objection, "refusal");
    sign_in(citizen.person_id);
    assert_int_equal(act(objection, "appeal", "\"reason\":\"图像不是本车\""), 200);
    return objection;
}

/* By a lead. */
static void begun_anew_it_rests_again(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344"), *objection;

    (void)state;
    objection = refused_and_appealed(citizen, id);
    assert_int_equal(announce_it("goes-on-meanwhile", id), 201);
    officer(HEADQUARTERS, LEAD);
    assert_int_equal(act(objection, "reopening", "\"reason\":\"应当复核\""), 200);
    sign_in(citizen.person_id);
    assert_int_equal(confirm_it("confirm-begun-anew", id, NOTHING_TO_SAY), 409);
    assert_refused(409, "disputed");
    officer(HEADQUARTERS, REVIEWER);
    assert_int_equal(act(objection, "approval", "\"reason\":\"经复核图像\""), 200);
    assert_string_equal(case_state(id), "withdrawn");
}

/* What fell meanwhile by another application is not taken up again. */
static void what_is_in_another_dispute_is_not_begun_anew(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344"), *objection;

    (void)state;
    objection = refused_and_appealed(citizen, id);
    object_to(id);
    officer(HEADQUARTERS, LEAD);
    assert_int_equal(act(objection, "reopening", "\"reason\":\"应当复核\""), 409);
    assert_refused(409, "disputed");
    assert_string_equal(state_of(objection), "appealed");
}

/* Five working days: 2026-11-22 is a Sunday, so they end on Friday the 27th. */
static void it_is_to_be_answered_in_five_working_days(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344"), *objection;

    (void)state;
    sign_in(citizen.person_id);
    objection = object_to(id);
    assert_string_equal(database_word("SELECT due_on FROM violation_application_clock WHERE"
                                      " application_id = '%s' AND code = 'decide'",
                                      objection),
                        "2026-11-27");
}

static const char *object_for(const char *organisation_id, const char *violation_id)
{
    const char *id;

    mandate = organisation_id;
    id = begin("violation.objection", objection_form(violation_id));
    mandate = NULL;
    return id;
}

static void an_organisation_objects_to_records_of_its_vehicles_and_no_others(void **state)
{
    struct citizen boss = new_driver();
    const char *company = company_of(boss.person_id), *own = camera(boss.plate, "1344");
    const char *record = camera(new_lorry_of(company), "1344"), *objection;

    (void)state;
    sign_in(boss.person_id);
    assert_int_equal(submit(object_for(company, own)), 422); /* his own, not the company's */
    assert_refused(422, "violation_not_own");
    assert_int_equal(submit(object_for(company, camera(new_lorry_of(new_id()), "1344"))), 422);
    objection = object_for(company, record);
    assert_int_equal(submit(objection), 200);
    assert_string_equal(answer_text(&asker, "applicant_kind"), "organisation");
    decide(objection, "approval");
    assert_string_equal(case_state(record), "withdrawn");
}

static void what_a_driver_took_upon_himself_is_not_the_organisations(void **state)
{
    struct citizen boss = new_driver();
    const char *company = company_of(boss.person_id);
    const char *record = camera(new_lorry_of(company), "1344");

    (void)state;
    sign_in(boss.person_id);
    assert_int_equal(confirm_plainly(record), 201);
    assert_int_equal(submit(object_for(company, record)), 422);
    assert_refused(422, "violation_not_own");
    assert_int_equal(submit(begin("violation.objection", objection_form(record))), 200);
}

static void whoever_acts_for_an_organisation_may_also_object_as_the_driver(void **state)
{
    struct citizen boss = new_driver();
    const char *record = camera(new_lorry_of(company_of(boss.person_id)), "1344");

    (void)state;
    sign_in(boss.person_id);
    decide(object_to(record), "approval");
    assert_string_equal(case_state(record), "withdrawn");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(what_is_in_dispute_rests_and_goes_on_when_the_objection_is_refused,
                           begin_violation),
    cmocka_unit_test_setup(an_announced_violation_is_not_decided_while_it_is_in_dispute,
                           begin_violation),
    cmocka_unit_test_setup(a_record_is_removed_when_the_objection_is_upheld, begin_violation),
    cmocka_unit_test_setup(decision_debt_and_points_fall_together, begin_violation),
    cmocka_unit_test_setup(points_that_fell_make_room_for_others, begin_violation),
    cmocka_unit_test_setup(right_in_part_it_is_replaced_by_a_decision_for_less, begin_violation),
    cmocka_unit_test_setup(lowered_points_stay_where_they_were, begin_violation),
    cmocka_unit_test_setup(it_becomes_less_once, begin_violation),
    cmocka_unit_test_setup(it_may_only_become_less, begin_violation),
    cmocka_unit_test_setup(what_belongs_to_others_cannot_be_objected_to, begin_violation),
    cmocka_unit_test_setup(one_dispute_at_a_time, begin_violation),
    cmocka_unit_test_setup(what_was_withdrawn_is_past_objection, begin_violation),
    cmocka_unit_test_setup(it_rests_on_while_the_applicant_adds_what_was_missing, begin_violation),
    cmocka_unit_test_setup(what_a_correction_names_no_more_goes_free_and_the_other_rests,
                           begin_violation),
    cmocka_unit_test_setup(begun_anew_it_rests_again, begin_violation),
    cmocka_unit_test_setup(what_is_in_another_dispute_is_not_begun_anew, begin_violation),
    cmocka_unit_test_setup(it_is_to_be_answered_in_five_working_days, begin_violation),
    cmocka_unit_test_setup(an_organisation_objects_to_records_of_its_vehicles_and_no_others,
                           begin_violation),
    cmocka_unit_test_setup(what_a_driver_took_upon_himself_is_not_the_organisations,
                           begin_violation),
    cmocka_unit_test_setup(whoever_acts_for_an_organisation_may_also_object_as_the_driver,
                           begin_violation),
};

int main(void)
{
    int failures =
        cmocka_run_group_tests_name("plain", tests, open_applications, close_applications);

    return failures + cmocka_run_group_tests_name("rehearsed", tests, open_applications_rehearsed,
                                                  close_applications);
}
