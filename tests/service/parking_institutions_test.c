/* Institutions between the officers and the applicant: nobody passes their reports by, and none of
   them judges its own people's matter. */

#include "service/parking_stage.h"

#define PASSED "{\"passed\":true,\"opinion\":\"符合\"}"
#define FAILED "{\"passed\":false,\"opinion\":\"消防车道不足\"}"

/* With the drawings at an institution. */
static const char *with_drawings(void)
{
    const char *id = file_open();

    officer(FUTIAN, INTAKE | REVIEWER);
    assert_int_equal(act(id, "acceptance", ""), 200);
    assert_int_equal(assign(id, "drawing_review", DRAWERS), 200);
    return id;
}

static bool stands(const char *id)
{
    return database_number("SELECT COUNT(*) FROM parking_application_clock WHERE"
                           " application_id = '%s' AND is_running AND paused_on IS NOT NULL",
                           id) > 0;
}

static int64_t reports_of(const char *id)
{
    return database_number("SELECT COUNT(*) FROM parking_assignment WHERE application_id = '%s'"
                           " AND reported_at IS NOT NULL",
                           id);
}

static void assert_awaited(const char *id, const char *path, const char *more)
{
    assert_int_equal(act(id, path, more), 409);
    assert_refused(409, "report_awaited");
    assert_string_equal(answer_text(&asker, "error.reasons.0.values.0"), "图审公司");
}

static void no_officer_passes_a_report_by(void **state)
{
    const char *id = with_drawings();

    (void)state;
    assert_awaited(id, "resumption", "");
    assert_awaited(id, "approval", "");
    assert_awaited(id, "refusal", "\"reason\":\"不符合条件\"");
    assert_true(stands(id));
    citizen_again(member);
    assert_int_equal(report(id, "drawing_review", FAILED), 200);
    assert_false(stands(id));
    officer(FUTIAN, REVIEWER);
    assert_int_equal(act(id, "refusal", "\"reason\":\"消防车道不足\""), 200);
}

/* Nobody is held up for ever by an institution that never reports. */
static void a_lead_takes_an_assignment_back_and_another_gets_it(void **state)
{
    const char *id = with_drawings(), *path, *taken_back;

    (void)state;
    taken_back = database_word("SELECT id FROM parking_assignment"
                               " WHERE application_id = '%s'",
                               id);
    path = arena_printf(texts, "assignments/%s/recall", taken_back);
    assert_int_equal(act(id, path, "\"reason\":\"逾期未报告\""), 403);
    officer(FUTIAN, LEAD);
    assert_int_equal(act(id, path, "\"reason\":\"逾期未报告\""), 200);
    assert_false(stands(id));
    assert_int_equal(act(id, path, "\"reason\":\"逾期未报告\""), 409);
    citizen_again(member);
    assert_int_equal(ask(&asker, "GET", "/api/parking/assignments", NULL), 200);
    assert_null(strstr(asker.r->answer, taken_back));
    assert_int_equal(report(id, "drawing_review", PASSED), 404);
    officer(FUTIAN, REVIEWER);
    assert_int_equal(assign(id, "drawing_review", DRAWERS), 200);
    assert_true(stands(id));
}

static void what_no_institution_works_on_goes_on_when_an_officer_says_so(void **state)
{
    const char *id = file_open();

    (void)state;
    officer(FUTIAN, INTAKE | REVIEWER);
    assert_int_equal(act(id, "acceptance", ""), 200);
    assert_int_equal(act(id, "pause", "\"code\":\"site_acceptance\""), 200);
    assert_int_equal(act(id, "resumption", ""), 200);
    assert_int_equal(act(id, "approval", ""), 200);
}

static void the_clock_waits_for_the_last_report(void **state)
{
    const char *id = with_drawings();

    (void)state;
    /* As rows may be that are older than the rule that one comes after the other. */
    database_run("INSERT INTO parking_assignment (id, application_id, kind, institution,"
                 " assigned_by, assigned_at) VALUES ('%s', '%s', 'site_acceptance', '" ACCEPTORS
                 "', '%s', '2018-09-28')",
                 new_id(), id, officer_id);
    citizen_again(member);
    assert_int_equal(report(id, "drawing_review", PASSED), 200);
    assert_true(stands(id));
    assert_int_equal(report(id, "site_acceptance", FAILED), 200);
    assert_false(stands(id));
    assert_int_equal(reports_of(id), 2);
}

static void a_report_is_kept_where_no_clock_stands_any_more(void **state)
{
    const char *id = with_drawings();

    (void)state;
    database_run("UPDATE parking_application_clock SET paused_on = NULL WHERE application_id ="
                 " '%s'",
                 id); /* as it was resumed before officers had to wait */
    citizen_again(member);
    assert_int_equal(report(id, "drawing_review", FAILED), 200);
    assert_int_equal(report(id, "drawing_review", PASSED), 409);
    assert_refused(409, "reported_already");
    assert_string_equal(database_word("SELECT opinion FROM parking_assignment WHERE"
                                      " application_id = '%s'",
                                      id),
                        "消防车道不足");
    id = with_drawings();
    citizen_again(filer_of(id));
    assert_int_equal(act(id, "withdrawal", "\"reason\":\"不办了\""), 200);
    citizen_again(member);
    assert_int_equal(report(id, "drawing_review", FAILED), 200);
    assert_int_equal(reports_of(id), 1);
}

/* Accepted, with an officer at it who may assign. */
static void accepted(const char *id)
{
    officer(FUTIAN, INTAKE | REVIEWER);
    assert_int_equal(act(id, "acceptance", ""), 200);
}

static void assert_conflict(int status)
{
    assert_int_equal(status, 422);
    assert_refused(422, "institution_conflict");
}

static void end_mandate(const char *id)
{
    database_run("UPDATE mandate SET is_active = NULL, ended_by = agent_id,"
                 " ended_at = '2018-09-28' WHERE id = '%s'",
                 id);
}

/* Neither did he begin it, nor does he act for it any more. */
static void who_submitted_as_a_handler_has_an_interest_for_ever(void **state)
{
    const char *id, *handling;

    (void)state;
    manager();
    id = begin("parking.open", lot_form(""));
    add_certificate(id);
    handling = mandate_for(member, "organisation", mandate, "parking");
    citizen_again(member);
    assert_int_equal(submit(id), 200);
    end_mandate(handling);
    accepted(id);
    assert_conflict(assign(id, "drawing_review", DRAWERS));
}

static void a_mandate_counts_on_its_days(void **state)
{
    const char *id = file_open();
    const char *handling = mandate_for(member, "organisation", mandate, "parking");

    (void)state;
    accepted(id);
    database_run("UPDATE mandate SET valid_from = '2018-09-01', valid_to = '2018-09-27'"
                 " WHERE id = '%s'",
                 handling); /* was over yesterday */
    assert_int_equal(assign(id, "drawing_review", DRAWERS), 200);
    id = file_open();
    handling = mandate_for(member, "organisation", mandate, "parking");
    accepted(id);
    database_run("UPDATE mandate SET valid_to = '2018-09-28' WHERE id = '%s'", handling);
    assert_conflict(assign(id, "drawing_review", DRAWERS)); /* its last day */
    database_run("UPDATE mandate SET valid_from = '2018-09-29', valid_to = '2018-09-29'"
                 " WHERE id = '%s'",
                 handling); /* tomorrow */
    assert_int_equal(assign(id, "drawing_review", DRAWERS), 200);
}

static void who_represents_the_applicant_has_an_interest(void **state)
{
    const char *id = file_open();

    (void)state;
    accepted(id);
    database_run("UPDATE organisation SET representative_id = '%s' WHERE id = '%s'", member,
                 mandate);
    assert_conflict(assign(id, "drawing_review", DRAWERS));
}

static void who_became_a_handler_since_reports_nothing(void **state)
{
    const char *id = with_drawings(), *handling, *colleague = new_id();

    (void)state;
    mandate_for(colleague, "organisation", institution(DRAWERS), "parking");
    handling = mandate_for(member, "organisation", mandate, "parking");
    citizen_again(member);
    assert_conflict(report(id, "drawing_review", PASSED));
    assert_int_equal(reports_of(id), 0);
    assert_true(database_number("SELECT COUNT(*) FROM parking_audit WHERE object = '%s'"
                                " AND act = 'refused'",
                                id) > 0);
    end_mandate(handling);
    citizen_again(colleague);
    assert_int_equal(report(id, "drawing_review", PASSED), 200);
}

static void its_handlers_report_for_it_while_their_mandates_last(void **state)
{
    const char *id = with_drawings(), *handler = new_id();
    const char *handling = mandate_for(handler, "organisation", institution(DRAWERS), "parking");

    (void)state;
    mandate_for(handler, "organisation", institution(ACCEPTORS), "parking");
    citizen_again(handler);
    assert_int_equal(ask(&asker, "GET", "/api/parking/assignments", NULL), 200);
    assert_string_equal(answer_text(&asker, "items.0.kind"), "drawing_review");
    end_mandate(handling);
    assert_int_equal(report(id, "drawing_review", PASSED), 404);
    mandate_for(handler, "organisation", institution(DRAWERS), "parking");
    assert_int_equal(report(id, "drawing_review", PASSED), 200);
}

/* The report let the clock run on, which is an act of a member, but none for the applicant. */
static void who_reported_may_be_asked_again(void **state)
{
    const char *id = with_drawings(), *reviewer = officer_id;

    (void)state;
    citizen_again(member);
    assert_int_equal(report(id, "drawing_review", PASSED), 200);
    officer_again(reviewer, FUTIAN, REVIEWER);
    assert_int_equal(assign(id, "site_acceptance", ACCEPTORS), 200);
    citizen_again(member);
    assert_int_equal(report(id, "site_acceptance", PASSED), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(no_officer_passes_a_report_by, begin_parking),
        cmocka_unit_test_setup(a_lead_takes_an_assignment_back_and_another_gets_it, begin_parking),
        cmocka_unit_test_setup(what_no_institution_works_on_goes_on_when_an_officer_says_so,
                               begin_parking),
        cmocka_unit_test_setup(the_clock_waits_for_the_last_report, begin_parking),
        cmocka_unit_test_setup(a_report_is_kept_where_no_clock_stands_any_more, begin_parking),
        cmocka_unit_test_setup(who_submitted_as_a_handler_has_an_interest_for_ever, begin_parking),
        cmocka_unit_test_setup(a_mandate_counts_on_its_days, begin_parking),
        cmocka_unit_test_setup(who_represents_the_applicant_has_an_interest, begin_parking),
        cmocka_unit_test_setup(who_became_a_handler_since_reports_nothing, begin_parking),
        cmocka_unit_test_setup(its_handlers_report_for_it_while_their_mandates_last, begin_parking),
        cmocka_unit_test_setup(who_reported_may_be_asked_again, begin_parking),
    };
    int failures = cmocka_run_group_tests_name("institutions, told plainly", tests,
                                               open_applications, close_applications);

    return failures + cmocka_run_group_tests_name("institutions, rehearsed", tests,
                                                  open_applications_rehearsed, close_applications);
}
