/* Passes from the application to the roadside check: routes, schema and rights of road. */

#include "service/road_stage.h"

#include "casework/identifier.h"
#include "core/db.h"
#include "core/job.h"
#include "support/said.h"

#include <unistd.h>

static const char *heavy(const char *plate)
{
    return form_of(plate, "2018-10-01", "2018-12-01", GOODS);
}

static void r1_a_pass_comes_from_a_phone_to_the_roadside(void **state)
{
    const char *person_id = citizen(), *plate = own_truck(person_id, "粤B");
    const char *id = begin("road.heavy_goods", heavy(plate)), *permit_no;

    (void)state;
    assert_string_equal(answer_text(&asker, "state"), "draft");
    assert_string_equal(answer_text(&asker, "documents.0.state"), "not_needed");
    assert_string_equal(answer_text(&asker, "documents.0.fact"), "vehicle:vehicle");
    assert_int_equal(submit(id), 200);
    assert_string_equal(answer_text(&asker, "state_text"), "待受理");
    assert_true(is_application_no(answer_text(&asker, "application_no")));
    assert_memory_equal(answer_text(&asker, "application_no"), "2018092833", 10);
    officer(HEADQUARTERS, INTAKE | REVIEWER);
    assert_int_equal(act(id, "acceptance", ""), 200);
    assert_string_equal(answer_text(&asker, "clocks.1.code"), "decide");
    assert_string_equal(answer_text(&asker, "clocks.1.due_on"), "2018-09-29");
    assert_int_equal(act(id, "approval", "\"reason\":\"符合条件\""), 200);
    assert_string_equal(answer_text(&asker, "state"), "granted");
    run_jobs();
    citizen_again(person_id);
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, "/api/road/applications/%s", id), NULL),
                     200);
    assert_string_equal(answer_text(&asker, "state"), "issued");
    assert_string_equal(answer_text(&asker, "permit_state"), "not_yet");
    permit_no = answer_kept("permit_no");
    set_clock("2018-10-02T02:00:00.000Z");
    asker_sign_out(&asker);
    assert_int_equal(
        ask(&asker, "GET", arena_printf(texts, "/api/road/permits/%s", permit_no), NULL), 200);
    assert_string_equal(answer_text(&asker, "state"), "valid");
    assert_string_equal(answer_text(&asker, "title"), "重型载货汽车通行证");
    officer(FUTIAN, 0);
    assert_int_equal(ask(&asker, "GET",
                         arena_printf(texts, "/api/road/passes?plate_type=01&plate=%%E7%%B2%%A4%s",
                                      plate + strlen("粤")),
                         NULL),
                     200);
    assert_string_equal(answer_text(&asker, "items.0.state"), "valid");
}

static void an_organisation_has_trucks_and_a_handler(void **state)
{
    const char *company = company_of(new_id()), *plate = own_truck("none", "粤B"), *id;

    (void)state;
    database_run("UPDATE vehicle SET owner_id = NULL, organisation_id = '%s' WHERE plate = '%s'",
                 company, plate);
    mandate = mandate_for(citizen(), "organisation", company, "road");
    id = begin("road.heavy_goods", heavy(plate));
    assert_string_equal(answer_text(&asker, "documents.0.state"), "not_needed");
    assert_int_equal(submit(id), 200);
    mandate = NULL; /* the handler's own application needs the licence of the truck */
    begin("road.heavy_goods", heavy(plate));
    assert_string_equal(answer_text(&asker, "documents.0.state"), "missing");
}

/* And sees it among the own ones, with who acted. */
static void a_person_lets_another_file(void **state)
{
    const char *principal = new_id(), *agent = citizen(), *id;

    (void)state;
    mandate = mandate_for(agent, "person", principal, "road");
    id = filed("road.heavy_goods", heavy(own_truck(principal, "粤B")));
    assert_int_equal(ask(&asker, "GET", "/api/road/applications", NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 0);
    citizen_again(principal);
    assert_int_equal(ask(&asker, "GET", "/api/road/applications", NULL), 200);
    assert_string_equal(answer_text(&asker, "items.0.id"), id);
    assert_int_equal(act(id, "withdrawal", "\"reason\":\"不需要了\""), 200);
    assert_string_equal(answer_text(&asker, "history.1.by"), "代办人");
    assert_string_equal(answer_text(&asker, "history.2.by"), "申请人");
}

static void everything_that_is_missing_is_said_at_once(void **state)
{
    const char *id;

    (void)state;
    citizen();
    id = begin("road.heavy_goods", form_of("粤B77777", "2018-09-01", "2018-08-01", ""));
    assert_int_equal(submit(id), 422);
    assert_true(answer_has_reason(&asker, "form_incomplete"));
    assert_true(answer_has_reason(&asker, "document_missing"));
    assert_true(answer_has_reason(&asker, "begins_in_past"));
    assert_true(answer_has_reason(&asker, "days_reversed"));
    assert_string_equal(state_of(id), "draft");
}

static void a_form_is_read_as_strictly_as_any_input(void **state)
{
    static const char *const forms[] = {"{\"plate\":7}",
                                        "{\"plate\":\"粤BO1234\"}",
                                        "{\"nobody\":1}",
                                        "{\"from\":\"2018-13-01\"}",
                                        "{\"contact\":\"12345\"}",
                                        "[]",
                                        "{\"plate\":\"粤B12345\",\"plate\":\"粤B12345\"}"};

    (void)state;
    citizen();
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        asker.key = arena_printf(texts, "key-form-%zu", i);
        assert_int_equal(
            ask(&asker, "POST", "/api/road/services/road.heavy_goods/applications", forms[i]), 400);
    }
    asker.key = "key-form-none";
    assert_int_equal(ask(&asker, "POST", "/api/road/services/road.none/applications", "{}"), 404);
    assert_refused(404, "service_unknown");
}

static int begin_again(void)
{
    asker.key = new_id();
    return ask(&asker, "POST", "/api/road/services/road.heavy_goods/applications",
               arena_printf(texts, "{%s}", heavy(new_plate("粤B"))));
}

static void nobody_begins_more_than_a_hundred_at_once(void **state)
{
    const char *id = NULL;

    (void)state;
    citizen();
    for (int i = 0; i < 100; i++) {
        assert_int_equal(begin_again(), 201);
        id = answer_kept("id");
    }
    assert_int_equal(begin_again(), 429);
    assert_refused(429, "drafts_full");
    assert_int_equal(act(id, "withdrawal", "\"reason\":\"不办了\""), 200);
    assert_int_equal(begin_again(), 201);
}

static void a_channel_that_the_definition_does_not_name_is_refused(void **state)
{
    (void)state;
    citizen();
    database_run("UPDATE core_session SET channel = 'kiosk' ORDER BY created_at DESC LIMIT 1");
    assert_int_equal(begin_again(), 422);
    assert_refused(422, "channel_not_offered");
    database_run("UPDATE core_session SET channel = 'alipay' WHERE channel = 'kiosk'");
    assert_int_equal(begin_again(), 201);
}

static void a_plate_is_kept_in_its_canonical_form_and_sealed(void **state)
{
    const char *person_id = citizen(), *plate = new_plate("粤B");
    const char *id = begin("road.heavy_goods", form_of(arena_printf(texts, "粤 b%s", plate + 4),
                                                       "2018-10-01", "2018-12-01", ""));

    (void)person_id;
    (void)state;
    assert_string_equal(answer_text(&asker, "form.1.value"), plate);
    assert_int_equal(database_number("SELECT COUNT(*) FROM road_application WHERE id = '%s'"
                                     " AND form LIKE '%%%s%%'",
                                     id, plate + 4),
                     0);
}

static void what_is_anothers_looks_absent(void **state)
{
    const char *owner = citizen();
    const char *id = begin("road.heavy_goods", heavy(own_truck(owner, "粤B")));

    (void)state;
    citizen();
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, "/api/road/applications/%s", id), NULL),
                     404);
    assert_int_equal(submit(id), 404);
    assert_int_equal(ask(&asker, "GET", "/api/road/applications", NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 0);
    citizen_again(owner);
    assert_int_equal(ask(&asker, "GET", "/api/road/applications", NULL), 200);
    assert_string_equal(answer_text(&asker, "items.0.id"), id);
    asker_sign_out(&asker);
    assert_int_equal(ask(&asker, "GET", "/api/road/applications", NULL), 401);
}

static void a_repetition_has_one_effect(void **state)
{
    const char *owner = citizen(), *id, *again, *path, *body;

    (void)state;
    id = begin("road.heavy_goods", heavy(own_truck(owner, "粤B")));
    again = arena_printf(texts, "{%s}", heavy("粤B12345"));
    assert_int_equal(ask(&asker, "POST", "/api/road/services/road.heavy_goods/applications", again),
                     422);
    assert_refused(422, "idempotency_key_reused");
    database_run("DELETE FROM road_idem"); /* a week later */
    again = arena_printf(texts, "{%s}", heavy("粤B12345"));
    assert_int_equal(ask(&asker, "POST", "/api/road/services/road.heavy_goods/applications", again),
                     422);
    assert_refused(422, "idempotency_key_reused");
    path = arena_printf(texts, "/api/road/applications/%s/submission", id);
    body = arena_printf(texts, "{\"ver\":%lld}", (long long)version_of(id));
    asker.key = "key-submit-once";
    assert_int_equal(ask(&asker, "POST", path, body), 200);
    again = arena_text(texts, asker.r->answer);
    assert_int_equal(ask(&asker, "POST", path, body), 200);
    assert_string_equal(asker.r->answer, again);
    asker.key = "key-submit-more";
    assert_int_equal(ask(&asker, "POST", path, body), 409);
    assert_refused(409, "version_changed");
}

#define MIXER "\"site\":\"福田工地\",\"route\":\"深南大道\",\"division\":\"440304\""

static void r3_the_brigade_of_the_place_decides_and_no_other(void **state)
{
    const char *id = filed("road.mixer",
                           form_of(own_truck(citizen(), "粤B"), "2018-10-08", "2018-11-08", MIXER));

    (void)state;
    officer(NANSHAN, INTAKE | REVIEWER | LEAD);
    assert_int_equal(act(id, "acceptance", ""), 404);
    officer(HEADQUARTERS, INTAKE | REVIEWER | LEAD);
    assert_int_equal(act(id, "acceptance", ""), 404);
    assert_true(database_number("SELECT COUNT(*) FROM road_audit WHERE object = '%s'", id) >= 2);
    officer(FUTIAN, INTAKE);
    assert_int_equal(act(id, "acceptance", ""), 200);
    assert_int_equal(act(id, "approval", ""), 403);
    assert_refused(403, "not_this_step");
    officer(FUTIAN, REVIEWER);
    assert_int_equal(act(id, "approval", ""), 200);
    assert_string_equal(state_of(id), "granted");
}

/* 回避: not as whoever applies, nor as who acted or may act for the applicant. */
static void nobody_works_on_a_case_of_his_own(void **state)
{
    const char *agent = citizen(), *principal = new_id(), *id;

    (void)state;
    mandate = mandate_for(agent, "person", principal, "road");
    id = filed("road.heavy_goods", heavy(own_truck(principal, "粤B")));
    officer_as_person(agent, HEADQUARTERS, INTAKE);
    assert_int_equal(act(id, "acceptance", ""), 403);
    assert_refused(403, "party_conflict");
    officer_as_person(principal, HEADQUARTERS, INTAKE | LEAD);
    assert_int_equal(act(id, "taking", ""), 403);
    assert_int_equal(act(id, "handover", "\"brigade\":\"440305\",\"reason\":\"转办\""), 403);
    officer_as_person(new_id(), HEADQUARTERS, INTAKE);
    assert_int_equal(act(id, "acceptance", ""), 200);
}

static void a_lead_hands_over_and_the_other_brigade_goes_on(void **state)
{
    const char *id = filed("road.mixer",
                           form_of(own_truck(citizen(), "粤B"), "2018-10-08", "2018-11-08", MIXER));

    (void)state;
    officer(FUTIAN, INTAKE | REVIEWER);
    assert_int_equal(act(id, "handover", "\"brigade\":\"440305\",\"reason\":\"工地在南山\""), 403);
    officer(FUTIAN, LEAD);
    assert_int_equal(act(id, "handover", "\"brigade\":\"999999\",\"reason\":\"工地在南山\""), 422);
    assert_int_equal(act(id, "handover", "\"brigade\":\"440305\",\"reason\":\"工地在南山\""), 200);
    assert_int_equal(answer_count(&asker, "form"), 0); /* it is the other brigade's from now on */
    officer(FUTIAN, INTAKE);
    assert_int_equal(act(id, "acceptance", ""), 404);
    officer(NANSHAN, INTAKE);
    assert_int_equal(act(id, "acceptance", ""), 200);
}

#define RESCUE "\"rescue_kind\":\"供水\",\"site\":\"红荔路\",\"purpose\":\"水管爆裂\""

/* With the order that the rescue was sent out with. */
static const char *rescue(const char *plate, const char *day)
{
    const char *id = begin("road.rescue", form_of(plate, day, day, RESCUE));

    attach(id, "rescue_order", small_picture());
    return id;
}

static void r2_rescue_is_approved_at_once_and_reviewed_after(void **state)
{
    const char *person_id = citizen(), *plate = own_truck(person_id, "粤B"), *id, *other;

    (void)state;
    id = rescue(plate, "2018-09-28");
    assert_int_equal(submit(id), 200);
    assert_string_equal(answer_text(&asker, "state"), "granted");
    assert_string_equal(answer_text(&asker, "permit_state"), "valid");
    assert_string_equal(answer_text(&asker, "step"), "after_review");
    assert_string_equal(answer_text(&asker, "clocks.0.due_on"), "2018-10-10");
    run_jobs();
    officer(HEADQUARTERS, REVIEWER);
    assert_int_equal(act(id, "refusal", "\"reason\":\"没有抢险任务\""), 200);
    assert_string_equal(answer_text(&asker, "state"), "revoked");
    assert_string_equal(answer_text(&asker, "permit_state"), "revoked");
    citizen_again(person_id);
    other = rescue(plate, "2018-09-29");
    assert_int_equal(submit(other), 403);
    assert_true(answer_has_reason(&asker, "barred"));
    assert_int_equal(act(id, "appeal", "\"reason\":\"有抢险记录\""), 200);
    officer(HEADQUARTERS, LEAD);
    assert_int_equal(act(id, "reopening", "\"reason\":\"抢险属实\""), 200);
    citizen_again(person_id);
    assert_int_equal(submit(rescue(plate, "2018-09-29")),
                     200); /* nobody is barred who was wronged */
    set_clock("2019-09-29T02:00:00.000Z");
    other = rescue(plate, "2019-09-29");
    assert_int_equal(submit(other), 200);
    run_jobs();
    officer(HEADQUARTERS, REVIEWER);
    assert_int_equal(act(other, "approval", ""), 200);
    assert_string_equal(answer_text(&asker, "state"), "issued");
    assert_null(answer_text(&asker, "step"));
}

static void a_day_pass_is_for_another_day_and_once_a_month(void **state)
{
    const char *plate = new_plate("湘A");

    (void)state;
    citizen();
    assert_int_equal(submit(begin("road.day_pass", form_of(plate, "2018-09-28", "2018-09-28", ""))),
                     422);
    assert_refused(422, "not_for_today");
    assert_int_equal(
        submit(begin("road.day_pass", form_of(new_plate("粤B"), "2018-09-29", "2018-09-29", ""))),
        422);
    assert_refused(422, "plate_local");
    filed("road.day_pass", form_of(plate, "2018-09-29", "2018-09-29", ""));
    assert_string_equal(answer_text(&asker, "state"), "granted");
    assert_int_equal(submit(begin("road.day_pass", form_of(plate, "2018-09-30", "2018-09-30", ""))),
                     409);
    assert_refused(409, "once_a_month");
    filed("road.day_pass", form_of(plate, "2018-10-01", "2018-10-01", ""));
}

static void two_passes_of_a_kind_never_overlap(void **state)
{
    const char *person_id = citizen(), *plate = own_truck(person_id, "粤B");
    const char *first = filed("road.heavy_goods", heavy(plate));
    const char *second = filed("road.heavy_goods", heavy(plate));

    (void)state;
    officer(HEADQUARTERS, INTAKE | REVIEWER);
    assert_int_equal(act(first, "acceptance", ""), 200);
    assert_int_equal(act(second, "acceptance", ""), 200);
    assert_int_equal(act(first, "approval", ""), 200);
    assert_int_equal(act(second, "approval", ""), 409);
    assert_refused(409, "pass_overlaps");
    assert_string_equal(state_of(second), "accepted");
    citizen_again(person_id);
    assert_int_equal(submit(begin("road.heavy_goods", heavy(plate))), 409);
}

static void an_area_takes_no_more_than_its_quota(void **state)
{
    (void)state;
    citizen();
    database_run("INSERT IGNORE INTO road_quota (area, day, part, room, taken) VALUES"
                 " ('大梅沙', '2018-10-01', 1, 1, 0), ('大梅沙', '2018-10-01', 2, 1, 0)");
    database_run("UPDATE road_quota SET taken = 0");
#define HOLIDAY(day)                                                                               \
    begin("road.holiday_area",                                                                     \
          form_of(new_plate("粤B"), day, day, "\"seats\":5,\"area\":\"大梅沙\""))
    assert_int_equal(submit(HOLIDAY("2018-10-01")), 200);
    assert_int_equal(submit(HOLIDAY("2018-10-01")), 200);
    assert_int_equal(submit(HOLIDAY("2018-10-01")), 409);
    assert_refused(409, "area_full");
    assert_int_equal(submit(HOLIDAY("2018-10-02")), 422);
    assert_refused(422, "area_closed");
    assert_int_equal(database_number("SELECT SUM(taken) FROM road_quota"), 2);
    assert_int_equal(ask(&asker, "GET", "/api/road/areas?area=%E5%A4%A7%E6%A2%85%E6%B2%99", NULL),
                     200);
    assert_int_equal(answer_number(&asker, "items.0.left"), 0);
}

#define REGISTERED_OTHERWISE                                                                       \
    "UPDATE service_definition SET sha256 = UNHEX(SHA2(CONCAT(body, '%s'), 256))"                  \
    "  WHERE code = 'road.rescue'"

/* As if the file had another body under the version that was registered. */
static void a_definition_that_changed_under_its_version_is_refused_at_start(void **state)
{
    struct process other;
    struct said said;
    const char *text;

    (void)state;
    database_run(REGISTERED_OTHERWISE, "?");
    said_begin(&said, STDERR_FILENO);
    assert_int_equal(process_open(&other, &service, NULL), E_REFUSED);
    text = said_end(&said, texts);
    database_run(REGISTERED_OTHERWISE, "");
    assert_non_null(strstr(text, "road.rescue was changed under its version 1"));
    assert_int_equal(process_open(&other, &service, NULL), E_OK);
    process_close(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(r1_a_pass_comes_from_a_phone_to_the_roadside, begin_applications),
        cmocka_unit_test_setup(an_organisation_has_trucks_and_a_handler, begin_applications),
        cmocka_unit_test_setup(a_person_lets_another_file, begin_applications),
        cmocka_unit_test_setup(everything_that_is_missing_is_said_at_once, begin_applications),
        cmocka_unit_test_setup(a_form_is_read_as_strictly_as_any_input, begin_applications),
        cmocka_unit_test_setup(nobody_begins_more_than_a_hundred_at_once, begin_applications),
        cmocka_unit_test_setup(a_channel_that_the_definition_does_not_name_is_refused,
                               begin_applications),
        cmocka_unit_test_setup(a_plate_is_kept_in_its_canonical_form_and_sealed,
                               begin_applications),
        cmocka_unit_test_setup(what_is_anothers_looks_absent, begin_applications),
        cmocka_unit_test_setup(a_repetition_has_one_effect, begin_applications),
        cmocka_unit_test_setup(r3_the_brigade_of_the_place_decides_and_no_other,
                               begin_applications),
        cmocka_unit_test_setup(nobody_works_on_a_case_of_his_own, begin_applications),
        cmocka_unit_test_setup(a_lead_hands_over_and_the_other_brigade_goes_on, begin_applications),
        cmocka_unit_test_setup(r2_rescue_is_approved_at_once_and_reviewed_after,
                               begin_applications),
        cmocka_unit_test_setup(a_day_pass_is_for_another_day_and_once_a_month, begin_applications),
        cmocka_unit_test_setup(two_passes_of_a_kind_never_overlap, begin_applications),
        cmocka_unit_test_setup(an_area_takes_no_more_than_its_quota, begin_applications),
        cmocka_unit_test_setup(a_definition_that_changed_under_its_version_is_refused_at_start,
                               begin_applications),
    };
    int failures = cmocka_run_group_tests_name("road, told plainly", tests, open_applications,
                                               close_applications);

    return failures + cmocka_run_group_tests_name("road, rehearsed", tests,
                                                  open_applications_rehearsed, close_applications);
}
