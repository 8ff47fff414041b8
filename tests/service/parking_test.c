/* Car parks from the certificate to the licence, with holidays and third parties in between. */

#include "service/parking_stage.h"

#include "core/db.h"
#include "core/job.h"

static void p2_one_certificate_is_asked_for_and_no_original(void **state)
{
    (void)state;
    manager();
    begin("parking.open", lot_form(""));
    assert_int_equal(answer_count(&asker, "documents"), 1);
    assert_string_equal(answer_text(&asker, "documents.0.name"), "建设工程规划验收合格证");
    assert_string_equal(answer_text(&asker, "documents.0.state"), "missing");
    assert_non_null(strstr(answer_text(&asker, "documents.0.hint"), "不核验原件"));
}

static void p1_three_working_days_over_the_holidays(void **state)
{
    const char *id = file_open();

    (void)state;
    officer(FUTIAN, INTAKE);
    assert_int_equal(act(id, "acceptance", ""), 200);
    assert_string_equal(due_of(id, "decide"), "2018-10-08");
    assert_string_equal(
        database_word("SELECT due_on FROM work_item WHERE application_id = '%s'", id),
        "2018-10-08");
}

static void p4_the_clock_stands_while_a_third_party_works(void **state)
{
    const char *id = file_open();

    (void)state;
    officer(FUTIAN, INTAKE | REVIEWER);
    assert_int_equal(act(id, "acceptance", ""), 200);
    set_clock("2018-09-29T02:00:00.000Z");
    assert_int_equal(assign(id, "drawing_review", DRAWERS), 200);
    assert_string_equal(answer_text(&asker, "clocks.1.state"), "paused");
    assert_int_equal(assign(id, "drawing_review", DRAWERS), 409);
    assert_int_equal(act(id, "approval", ""), 409);
    assert_refused(409, "report_awaited");
    set_clock("2018-10-09T02:00:00.000Z");
    run_jobs(); /* a clock that stands does not run out */
    assert_int_equal(database_number("SELECT COUNT(*) FROM parking_application_act"
                                     " WHERE application_id = '%s' AND act = 'overdue'",
                                     id),
                     0);
    citizen();
    assert_int_equal(report(id, "drawing_review", "{\"passed\":true,\"opinion\":\"符合\"}"), 404);
    citizen_again(member);
    assert_int_equal(ask(&asker, "GET", "/api/parking/assignments", NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 1);
    assert_int_equal(answer_number(&asker, "items.0.spaces"), 120);
    assert_int_equal(report(id, "drawing_review", "{\"passed\":true,\"opinion\":\"符合\"}"), 200);
    assert_int_equal(report(id, "drawing_review", "{\"passed\":false,\"opinion\":\"不\"}"), 409);
    /* 29 and 30 September and 8 October did not count: 9, 10 and 11 October do. */
    assert_string_equal(due_of(id, "decide"), "2018-10-11");
    officer(FUTIAN, REVIEWER);
    assert_int_equal(act(id, "approval", ""), 200);
    assert_int_equal(ask(&asker, "GET",
                         arena_printf(texts, "/api/parking/office/applications/%s/assignments", id),
                         NULL),
                     200);
    assert_string_equal(answer_text(&asker, "items.0.opinion"), "符合");
}

static void p4_who_has_an_interest_is_not_assigned(void **state)
{
    const char *id;

    (void)state;
    manager_again(member, company_of(member)); /* files, and belongs to the institution */
    id = begin("parking.open", lot_form(""));
    add_certificate(id);
    assert_int_equal(submit(id), 200);
    officer(FUTIAN, INTAKE | REVIEWER);
    assert_int_equal(act(id, "acceptance", ""), 200);
    assert_int_equal(assign(id, "drawing_review", DRAWERS), 422);
    assert_refused(422, "institution_conflict");
    id = file_open();
    mandate_for(member, "organisation", mandate, "parking"); /* a handler, who does not file */
    officer(FUTIAN, INTAKE | REVIEWER);
    assert_int_equal(act(id, "acceptance", ""), 200);
    assert_int_equal(assign(id, "drawing_review", DRAWERS), 422);
    assert_refused(422, "institution_conflict");
    id = file_open();
    officer(FUTIAN, INTAKE | REVIEWER);
    assert_int_equal(act(id, "acceptance", ""), 200);
    assert_int_equal(assign(id, "site_acceptance", DRAWERS), 422);
    assert_int_equal(assign(id, "site_acceptance", "nobody"), 422);
    set_clock("2018-11-01T02:00:00.000Z");
    assert_int_equal(assign(id, "site_acceptance", ACCEPTORS), 422);
    assert_refused(422, "institution_expired");
    officer(NANSHAN, INTAKE | REVIEWER);
    assert_int_equal(assign(id, "drawing_review", DRAWERS), 404);
}

static void a_second_pair_of_eyes_decides(void **state)
{
    const char *id = file_open();

    (void)state;
    officer(FUTIAN, INTAKE | REVIEWER | LEAD);
    assert_int_equal(act(id, "acceptance", ""), 200);
    assert_int_equal(act(id, "approval", ""), 200);
    assert_string_equal(answer_text(&asker, "step"), "decide");
    assert_int_equal(act(id, "approval", ""), 403);
    assert_refused(403, "other_eyes_needed");
    officer(FUTIAN, LEAD);
    assert_int_equal(act(id, "approval", ""), 200);
    assert_string_equal(answer_text(&asker, "state"), "granted");
}

static void p3_opened_changed_and_closed_online(void **state)
{
    const char *id, *first = opened(&id), *second, *change, *end;
    const char *owner = filer_of(id), *company = mandate;

    (void)state;
    assert_int_equal(ask(&asker, "GET", "/api/parking/lots?division=440304", NULL), 200);
    assert_int_equal(answer_number(&asker, "items.0.spaces"), 120);
    manager();
    change = begin("parking.change", lot_form(arena_printf(texts, ",\"permit_no\":\"%s\"", first)));
    assert_int_equal(submit(change), 422);
    assert_refused(422, "lot_not_own");
    manager_again(owner, company);
    change = filed("parking.change", lot_form(arena_printf(texts, ",\"permit_no\":\"%s\"", first)));
    officer(FUTIAN, INTAKE | REVIEWER);
    assert_int_equal(act(change, "acceptance", ""), 200);
    assert_int_equal(act(change, "approval", ""), 200);
    officer(FUTIAN, LEAD);
    assert_int_equal(act(change, "approval", ""), 200);
    second = answer_kept("permit_no");
    assert_string_equal(answer_text(&asker, "valid_to"), "2019-09-27");
    assert_int_equal(
        ask(&asker, "GET", arena_printf(texts, "/api/parking/permits/%s", first), NULL), 200);
    assert_string_equal(answer_text(&asker, "state"), "revoked");
    citizen_again(owner);
    end = filed("parking.close",
                arena_printf(texts,
                             "\"permit_no\":\"%s\",\"division\":\"440304\",\"why\":\"改建\","
                             "\"contact\":\"13800138000\"",
                             second));
    officer(FUTIAN, INTAKE | REVIEWER);
    assert_int_equal(act(end, "acceptance", ""), 200);
    assert_int_equal(act(end, "approval", ""), 200);
    assert_int_equal(
        ask(&asker, "GET", arena_printf(texts, "/api/parking/permits/%s", second), NULL), 200);
    assert_string_equal(answer_text(&asker, "state"), "revoked");
    assert_int_equal(database_number("SELECT COUNT(*) FROM parking_lot WHERE id = '%s'"
                                     " AND is_open IS NULL AND closed_at IS NOT NULL",
                                     id),
                     1);
}

static void a_renewal_that_nobody_decides_is_granted(void **state)
{
    const char *id, *permit_no = opened(&id), *owner = filer_of(id), *renew;

    (void)state;
    set_clock("2019-08-28T02:00:01.000Z");
    citizen_again(owner);
    renew = filed("parking.renew", renewal(permit_no));
    assert_string_equal(due_of(renew, "before_expiry"), "2019-09-27");
    set_clock("2019-09-27T15:59:00.000Z");
    run_jobs();
    assert_string_equal(state_of(renew), "accepted"); /* silence accepted it, and no more yet */
    set_clock("2019-09-27T16:01:00.000Z");
    run_jobs();
    assert_string_equal(state_of(renew), "issued");
    assert_string_equal(database_word("SELECT CONCAT(valid_from, ' ', valid_to) FROM parking_permit"
                                      " WHERE application_id = '%s'",
                                      renew),
                        "2019-09-28 2020-09-27");
    assert_int_equal(
        database_number("SELECT is_deemed FROM work_item WHERE application_id = '%s'", renew), 1);
}

/* Both are on their way when the first is decided. */
static void what_can_not_be_renewed_any_more_waits_for_a_person(void **state)
{
    const char *id, *permit_no = opened(&id), *owner = filer_of(id), *renew, *end;

    (void)state;
    set_clock("2019-08-28T02:00:00.000Z");
    citizen_again(owner);
    renew = filed("parking.renew", renewal(permit_no));
    end = filed("parking.close", arena_printf(texts, "%s,\"why\":\"改建\"", renewal(permit_no)));
    officer(FUTIAN, INTAKE | REVIEWER);
    assert_int_equal(act(end, "acceptance", ""), 200);
    assert_int_equal(act(end, "approval", ""), 200);
    set_clock("2019-09-28T02:00:00.000Z");
    run_jobs();
    run_jobs();
    assert_string_equal(state_of(renew), "accepted");
    assert_int_equal(database_number("SELECT COUNT(*) FROM parking_application_act"
                                     " WHERE application_id = '%s' AND act = 'overdue'"
                                     " AND reason LIKE '%%人工处理'",
                                     renew),
                     1);
}

static void who_renews_too_late_is_told(void **state)
{
    const char *id, *permit_no = opened(&id), *owner = filer_of(id);

    (void)state;
    set_clock("2019-08-29T02:00:00.000Z");
    citizen_again(owner);
    assert_int_equal(submit(begin("parking.renew", renewal(permit_no))), 422);
    assert_refused(422, "renewed_too_late");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(p2_one_certificate_is_asked_for_and_no_original, begin_parking),
        cmocka_unit_test_setup(p1_three_working_days_over_the_holidays, begin_parking),
        cmocka_unit_test_setup(p4_the_clock_stands_while_a_third_party_works, begin_parking),
        cmocka_unit_test_setup(p4_who_has_an_interest_is_not_assigned, begin_parking),
        cmocka_unit_test_setup(a_second_pair_of_eyes_decides, begin_parking),
        cmocka_unit_test_setup(p3_opened_changed_and_closed_online, begin_parking),
        cmocka_unit_test_setup(a_renewal_that_nobody_decides_is_granted, begin_parking),
        cmocka_unit_test_setup(what_can_not_be_renewed_any_more_waits_for_a_person, begin_parking),
        cmocka_unit_test_setup(who_renews_too_late_is_told, begin_parking),
    };
    int failures = cmocka_run_group_tests_name("parking, told plainly", tests, open_applications,
                                               close_applications);

    return failures + cmocka_run_group_tests_name("parking, rehearsed", tests,
                                                  open_applications_rehearsed, close_applications);
}
