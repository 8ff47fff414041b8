/* What officers do with an application and what its clocks do meanwhile, over the holidays of 2018.
 */

#include "service/road_stage.h"

#include <unistd.h>

#include "casework/term.h"
#include "core/clock.h"
#include "core/db.h"
#include "core/job.h"
#include "support/said.h"

static const char *file_heavy(void)
{
    const char *plate = own_truck(citizen(), "粤B");

    return filed("road.heavy_goods", form_of(plate, "2018-10-20", "2018-12-01", GOODS));
}

static const char *applicant_of(const char *id)
{
    return database_word("SELECT applicant_id FROM road_application WHERE id = '%s'", id);
}

static const char *due_of(const char *id, const char *clock)
{
    return database_word("SELECT due_on FROM road_application_clock WHERE application_id = '%s'"
                         " AND code = '%s' ORDER BY turn DESC LIMIT 1",
                         id, clock);
}

static void silence_accepts_after_five_working_days(void **state)
{
    const char *id = file_heavy();

    (void)state;
    assert_string_equal(due_of(id, "accept"), "2018-10-10");
    set_clock("2018-10-10T15:59:00.000Z"); /* 23:59 of the last day */
    run_jobs();
    assert_string_equal(state_of(id), "submitted");
    set_clock("2018-10-10T16:01:00.000Z");
    run_jobs();
    assert_string_equal(state_of(id), "accepted");
    assert_int_equal(database_number("SELECT is_deemed FROM road_application WHERE id = '%s'", id),
                     1);
    assert_string_equal(database_word("SELECT CONCAT_WS(' ', act, actor_kind, reason)"
                                      " FROM road_application_act WHERE application_id = '%s'"
                                      " ORDER BY ver DESC LIMIT 1",
                                      id),
                        "accept system “受理”期限届满");
    assert_string_equal(due_of(id, "decide"), "2018-10-12");
}

static void one_notice_names_all_that_is_missing_and_there_is_no_second(void **state)
{
    const char *id = file_heavy(), *person_id = applicant_of(id);

    (void)state;
    officer(HEADQUARTERS, INTAKE);
    assert_int_equal(act(id, "correction", "\"gaps\":[]"), 400);
    assert_int_equal(act(id, "correction", "\"gaps\":[\"路线不清楚\",\"缺少运输合同\"]"), 200);
    assert_string_equal(answer_text(&asker, "state"), "correcting");
    assert_int_equal(act(id, "acceptance", ""), 409);
    citizen_again(person_id);
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, "/api/road/applications/%s", id), NULL),
                     200);
    assert_string_equal(answer_text(&asker, "gaps.1"), "缺少运输合同");
    assert_int_equal(submit(id), 200);
    assert_string_equal(due_of(id, "accept"), "2018-10-10");
    officer(HEADQUARTERS, INTAKE);
    assert_int_equal(act(id, "correction", "\"gaps\":[\"还缺一样\"]"), 409);
    assert_refused(409, "corrected_already");
    assert_int_equal(act(id, "acceptance", ""), 200);
}

static void who_does_not_answer_the_notice_has_withdrawn(void **state)
{
    const char *id = file_heavy();

    (void)state;
    officer(HEADQUARTERS, INTAKE);
    assert_int_equal(act(id, "correction", "\"gaps\":[\"缺少运输合同\"]"), 200);
    set_clock("2018-10-29T15:00:00.000Z"); /* 30 days end on a Sunday, so on Monday */
    run_jobs();
    assert_string_equal(state_of(id), "correcting");
    set_clock("2018-10-30T02:00:00.000Z");
    run_jobs();
    assert_string_equal(state_of(id), "withdrawn");
    assert_int_equal(database_number("SELECT COUNT(*) FROM road_application_clock"
                                     " WHERE application_id = '%s' AND is_running = 1",
                                     id),
                     0);
}

static void a_clock_that_runs_out_is_told_and_decides_nothing(void **state)
{
    const char *id = file_heavy();

    (void)state;
    officer(HEADQUARTERS, INTAKE);
    assert_int_equal(act(id, "acceptance", ""), 200);
    assert_string_equal(due_of(id, "decide"), "2018-09-29");
    set_clock("2018-09-30T02:00:00.000Z");
    run_jobs();
    run_jobs();
    assert_string_equal(state_of(id), "accepted");
    assert_int_equal(database_number("SELECT COUNT(*) FROM road_application_act"
                                     " WHERE application_id = '%s' AND act = 'overdue'",
                                     id),
                     1);
    officer(HEADQUARTERS, REVIEWER);
    assert_int_equal(act(id, "approval", ""), 200);
}

static void before_it_runs_out_the_lead_is_warned_once(void **state)
{
    const char *id = file_heavy();

    (void)state;
    run_jobs();
    assert_int_equal(database_number("SELECT COUNT(*) FROM road_application_act"
                                     " WHERE application_id = '%s' AND act = 'warn'",
                                     id),
                     0);
    set_clock("2018-10-09T02:00:00.000Z");
    run_jobs();
    run_jobs();
    assert_int_equal(database_number("SELECT COUNT(*) FROM road_application_act"
                                     " WHERE application_id = '%s' AND act = 'warn'",
                                     id),
                     1);
}

static void two_officers_do_not_work_on_one(void **state)
{
    const char *id = file_heavy(), *path, *body, *first;

    (void)state;
    officer(HEADQUARTERS, INTAKE);
    first = officer_id;
    assert_int_equal(act(id, "taking", ""), 200);
    path = arena_printf(texts, "/api/road/office/applications/%s/acceptance", id);
    body = arena_printf(texts, "{\"ver\":%lld}", (long long)version_of(id) - 1);
    officer(HEADQUARTERS, INTAKE);
    asker.key = "key-late-officer";
    assert_int_equal(ask(&asker, "POST", path, body), 409);
    assert_refused(409, "version_changed");
    assert_int_equal(act(id, "acceptance", ""), 409);
    assert_refused(409, "taken_by_other");
    officer_again(first, HEADQUARTERS, INTAKE);
    assert_int_equal(act(id, "acceptance", ""), 200);
    assert_int_equal(
        database_number("SELECT officer_id IS NULL FROM road_application WHERE id = '%s'", id), 1);
}

static void a_refusal_says_why_and_can_be_appealed_against(void **state)
{
    const char *id = file_heavy(), *person_id = applicant_of(id);

    (void)state;
    officer(HEADQUARTERS, INTAKE | REVIEWER);
    assert_int_equal(act(id, "acceptance", ""), 200);
    assert_int_equal(act(id, "refusal", ""), 400);
    assert_int_equal(act(id, "refusal", "\"reason\":\"该路段禁止货车通行\""), 200);
    citizen_again(person_id);
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, "/api/road/applications/%s", id), NULL),
                     200);
    assert_string_equal(answer_text(&asker, "reconsider_until"), "2018-11-27");
    assert_string_equal(answer_text(&asker, "court_until"), "2019-03-28");
    set_clock("2018-11-28T02:00:00.000Z");
    assert_int_equal(act(id, "appeal", "\"reason\":\"有合同\""), 422);
    assert_refused(422, "appeal_too_late");
    set_clock("2018-11-27T02:00:00.000Z");
    assert_int_equal(act(id, "appeal", "\"reason\":\"有合同\""), 200);
    officer(HEADQUARTERS, REVIEWER);
    assert_int_equal(act(id, "reopening", "\"reason\":\"原决定不当\""), 403);
    officer(HEADQUARTERS, LEAD);
    assert_int_equal(act(id, "reopening", "\"reason\":\"原决定不当\""), 200);
    assert_string_equal(state_of(id), "accepted");
    assert_string_equal(answer_text(&asker, "step"), "review");
}

static void a_withdrawn_application_moves_no_more(void **state)
{
    const char *id = file_heavy();

    (void)state;
    assert_int_equal(act(id, "withdrawal", "\"reason\":\"车卖了\""), 200);
    assert_int_equal(submit(id), 409);
    assert_refused(409, "not_in_this_state");
    officer(HEADQUARTERS, INTAKE);
    assert_int_equal(act(id, "acceptance", ""), 409);
    assert_true(database_refuses("road",
                                 "UPDATE road_application SET state = 'granted', ver = ver + 1"
                                 " WHERE id = '%s'",
                                 id) != 0);
    assert_true(database_refuses("road", "UPDATE road_application_act SET reason = 'x'") != 0);
    assert_true(database_refuses("road", "DELETE FROM road_application_act") != 0);
    assert_true(database_refuses("road", "UPDATE road_work SET application_no = '1'") != 0);
}

/* What loading the calendar says on that day. */
static const char *said_on(const char *day)
{
    struct request *r = request_open(&asker.process);
    struct calendar *calendar = NULL;
    const char *text;
    struct said said;
    struct day today;

    assert_true(day_from_text(day, &today));
    r->now = day_start(today);
    said_begin(&said, STDERR_FILENO);
    assert_int_equal(calendar_load(r, &calendar), E_OK);
    text = said_end(&said, texts);
    calendar_close(calendar);
    request_close(r);
    return text;
}

static void a_calendar_that_ends_in_a_month_is_asked_for(void **state)
{
    (void)state;
    assert_string_equal(said_on("2026-12-01"), "");
    assert_non_null(strstr(said_on("2026-12-02"), "no arrangement of holidays after 2026"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(silence_accepts_after_five_working_days, begin_applications),
        cmocka_unit_test_setup(one_notice_names_all_that_is_missing_and_there_is_no_second,
                               begin_applications),
        cmocka_unit_test_setup(who_does_not_answer_the_notice_has_withdrawn, begin_applications),
        cmocka_unit_test_setup(a_clock_that_runs_out_is_told_and_decides_nothing,
                               begin_applications),
        cmocka_unit_test_setup(before_it_runs_out_the_lead_is_warned_once, begin_applications),
        cmocka_unit_test_setup(two_officers_do_not_work_on_one, begin_applications),
        cmocka_unit_test_setup(a_refusal_says_why_and_can_be_appealed_against, begin_applications),
        cmocka_unit_test_setup(a_withdrawn_application_moves_no_more, begin_applications),
        cmocka_unit_test_setup(a_calendar_that_ends_in_a_month_is_asked_for, begin_applications),
    };
    int failures = cmocka_run_group_tests_name("clocks, told plainly", tests, open_applications,
                                               close_applications);

    return failures + cmocka_run_group_tests_name("clocks, rehearsed", tests,
                                                  open_applications_rehearsed, close_applications);
}
