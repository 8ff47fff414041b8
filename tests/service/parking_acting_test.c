/* Organisations apply, and act through whoever represents them or was appointed. */

#include "support/applications.h"

#include "core/db.h"

#define FORM                                                                                       \
    "\"name\":\"代办停车场\",\"division\":\"440304\",\"lot_kind\":\"公共\",\"spaces\":120," \
    "\"contact\":\"13800138000\""

static int lots;

static const char *draft(void)
{
    return begin("parking.open", arena_printf(texts, FORM ",\"address\":\"代办路%d号\"", ++lots));
}

static int look_at(const char *id)
{
    return ask(&asker, "GET", arena_printf(texts, "/api/parking/applications/%s", id), NULL);
}

static int list_of(const char *mandate_id)
{
    return ask(&asker, "GET",
               arena_printf(texts, "/api/parking/applications?mandate_id=%s", mandate_id), NULL);
}

static int try_begin(const char *mandate_id)
{
    asker.key = arena_printf(texts, "acting-%d", ++lots);
    return ask(&asker, "POST",
               arena_printf(texts, "/api/parking/services/parking.open/applications?mandate_id=%s",
                            mandate_id),
               "{}");
}

/* A company with a handler, who is signed in and acts for it; the company. */
static const char *with_handler(const char **handler)
{
    const char *company = company_of(new_id());

    *handler = citizen();
    mandate = mandate_for(*handler, "organisation", company, "road,parking");
    return company;
}

static void end_it(const char *mandate_id)
{
    database_run("UPDATE mandate SET is_active = NULL, ended_by = agent_id,"
                 " ended_at = UTC_TIMESTAMP(3) WHERE id = '%s'",
                 mandate_id);
}

static void a_person_runs_no_car_park(void **state)
{
    const char *id;

    (void)state;
    citizen();
    id = draft();
    attach(id, "planning_acceptance", small_picture());
    assert_int_equal(submit(id), 422);
    assert_refused(422, "applicant_not_allowed");
}

static void a_handler_files_for_the_organisation_and_both_are_written_down(void **state)
{
    const char *handler, *company = with_handler(&handler), *id = draft();

    (void)state;
    assert_string_equal(answer_text(&asker, "applicant_kind"), "organisation");
    assert_non_null(strstr(answer_text(&asker, "organisation"), "停车管理有限公司"));
    assert_int_equal(strlen(answer_text(&asker, "credit_code")), 18);
    assert_string_equal(answer_text(&asker, "history.0.by"), "代办人");
    assert_int_equal(database_number("SELECT COUNT(*) FROM parking_application WHERE id = '%s'"
                                     " AND filed_by = '%s' AND applicant_id = '%s'"
                                     " AND mandate_id = '%s'",
                                     id, handler, company, mandate),
                     1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM parking_application_act"
                                     " WHERE application_id = '%s' AND actor_id = '%s'"
                                     " AND mandate_id = '%s'",
                                     id, handler, mandate),
                     1);
}

static void whoever_represents_it_sees_and_goes_on_with_it(void **state)
{
    const char *handler, *company = with_handler(&handler), *id = draft();

    (void)state;
    citizen_again(
        database_word("SELECT representative_id FROM organisation WHERE id = '%s'", company));
    assert_int_equal(list_of(company), 200);
    assert_string_equal(answer_text(&asker, "items.0.id"), id);
    attach(id, "planning_acceptance", small_picture());
    assert_int_equal(submit(id), 200);
    assert_int_equal(database_number("SELECT COUNT(*) FROM parking_application_act"
                                     " WHERE application_id = '%s' AND act = 'submit'"
                                     " AND mandate_id = '%s'",
                                     id, company),
                     1);
}

/* Its files too: they are the principal's. */
static void an_ended_mandate_is_good_for_nothing_from_then_on(void **state)
{
    const char *handler, *first, *id, *upload, *company = with_handler(&handler);

    (void)state;
    first = mandate;
    id = draft();
    attach(id, "planning_acceptance", small_picture());
    upload = answer_kept("documents.0.upload_ids.0");
    assert_int_equal(look_at(id), 200);
    end_it(first);
    assert_int_equal(look_at(id), 404);
    assert_int_equal(submit(id), 404);
    assert_int_equal(list_of(first), 404);
    assert_int_equal(try_begin(first), 404);
    assert_int_equal(
        ask(&asker, "GET", arena_printf(texts, "/api/parking/uploads/%s", upload), NULL), 404);
    mandate_for(citizen(), "organisation", company, "parking"); /* the next handler goes on */
    assert_int_equal(
        ask(&asker, "GET", arena_printf(texts, "/api/parking/uploads/%s", upload), NULL), 200);
    assert_int_equal(submit(id), 200);
}

static void a_mandate_is_good_for_its_days_and_its_business(void **state)
{
    const char *handler, *company = with_handler(&handler), *id = draft(), *other;

    (void)state;
    set_clock("2019-09-27T15:59:00.000Z"); /* its last day in China */
    assert_int_equal(look_at(id), 200);
    set_clock("2019-09-27T16:00:00.000Z");
    assert_int_equal(look_at(id), 404);
    set_clock("2018-09-27T15:59:00.000Z"); /* before its first */
    assert_int_equal(look_at(id), 404);
    set_clock("2018-09-28T02:00:00.000Z");
    other = mandate_for(citizen(), "organisation", company, "road");
    assert_int_equal(look_at(id), 404);
    assert_int_equal(try_begin(other), 404);
}

static void a_mandate_of_somebody_else_looks_absent(void **state)
{
    const char *handler, *held;

    (void)state;
    with_handler(&handler);
    held = mandate;
    citizen();
    assert_int_equal(try_begin(held), 404);
    assert_int_equal(list_of(held), 404);
    assert_true(database_number("SELECT COUNT(*) FROM parking_audit WHERE object = '%s'"
                                " AND actor = '%s' AND act = 'refused'",
                                held, asker.r->actor_id) >= 2);
}

static void nobody_acts_for_an_organisation_that_is_no_more(void **state)
{
    const char *handler, *company = with_handler(&handler), *id = draft();

    (void)state;
    database_run("UPDATE organisation SET state = 'cancelled' WHERE id = '%s'", company);
    assert_int_equal(look_at(id), 404);
    citizen_again(
        database_word("SELECT representative_id FROM organisation WHERE id = '%s'", company));
    assert_int_equal(look_at(id), 404);
}

static void who_represents_it_no_more_acts_no_more(void **state)
{
    const char *old = citizen(), *company = company_of(old), *id;

    (void)state;
    mandate = company;
    id = draft();
    database_run("UPDATE organisation SET representative_id = '%s' WHERE id = '%s'", new_id(),
                 company);
    assert_int_equal(look_at(id), 404);
    assert_int_equal(try_begin(company), 404);
}

/* The client would go on and submit in the wrong name. */
static void a_key_belongs_to_whom_one_acted_for(void **state)
{
    const char *company = company_of(citizen());
    const char *path = "/api/parking/services/parking.open/applications";

    (void)state;
    asker.key = arena_printf(texts, "one-key-%d", ++lots);
    assert_int_equal(ask(&asker, "POST", path, "{}"), 201);
    assert_int_equal(
        ask(&asker, "POST", arena_printf(texts, "%s?mandate_id=%s", path, company), "{}"), 422);
    assert_refused(422, "idempotency_key_reused");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_person_runs_no_car_park, begin_applications),
        cmocka_unit_test_setup(a_handler_files_for_the_organisation_and_both_are_written_down,
                               begin_applications),
        cmocka_unit_test_setup(whoever_represents_it_sees_and_goes_on_with_it, begin_applications),
        cmocka_unit_test_setup(an_ended_mandate_is_good_for_nothing_from_then_on,
                               begin_applications),
        cmocka_unit_test_setup(a_mandate_is_good_for_its_days_and_its_business, begin_applications),
        cmocka_unit_test_setup(a_mandate_of_somebody_else_looks_absent, begin_applications),
        cmocka_unit_test_setup(nobody_acts_for_an_organisation_that_is_no_more, begin_applications),
        cmocka_unit_test_setup(who_represents_it_no_more_acts_no_more, begin_applications),
        cmocka_unit_test_setup(a_key_belongs_to_whom_one_acted_for, begin_applications),
    };
    int failures = cmocka_run_group_tests_name("acting, told plainly", tests, open_applications,
                                               close_applications);

    return failures + cmocka_run_group_tests_name("acting, rehearsed", tests,
                                                  open_applications_rehearsed, close_applications);
}
