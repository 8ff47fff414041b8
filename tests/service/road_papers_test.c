/* Notices and decisions as papers: what an act gives, to whom, and whether it stands. */

#include "service/road_stage.h"

#include "core/db.h"

static const char *files_pass(void)
{
    const char *plate = own_truck(citizen(), "粤B");

    return filed("road.heavy_goods", form_of(plate, "2018-10-01", "2018-12-01", GOODS));
}

static const char *filer_of(const char *id)
{
    return database_word("SELECT filed_by FROM road_application WHERE id = '%s'", id);
}

/* The last one of that kind, as it stands in the history that the applicant reads; NULL: none. */
static const char *paper_of(const char *id)
{
    const char *found = NULL;
    int64_t acts;

    citizen_again(filer_of(id));
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, "/api/road/applications/%s", id), NULL),
                     200);
    acts = answer_count(&asker, "history");
    for (int64_t i = 0; i < acts; i++) {
        const char *no =
            answer_text(&asker, arena_printf(texts, "history.%lld.paper_no", (long long)i));

        found = no == NULL ? found : arena_text(texts, no);
    }
    return found;
}

static int read_paper(const char *id, const char *paper_no)
{
    return ask(&asker, "GET",
               arena_printf(texts, "/api/road/applications/%s/papers/%s", id, paper_no), NULL);
}

static void assert_state(const char *paper_no, const char *kind, const char *state)
{
    asker_sign_out(&asker);
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, "/api/road/papers/%s", paper_no), NULL),
                     200);
    assert_string_equal(answer_text(&asker, "kind"), kind);
    assert_string_equal(answer_text(&asker, "state"), state);
}

/* One act by an officer; the number of the paper that it gives. */
static const char *after(const char *id, unsigned roles, const char *path, const char *more)
{
    officer(HEADQUARTERS, roles);
    assert_int_equal(act(id, path, more), 200);
    run_jobs();
    return paper_of(id);
}

#define BECAUSE "\"reason\":\"车辆未年检\""

static void an_acceptance_is_told_on_paper(void **state)
{
    const char *id = files_pass(), *paper;

    (void)state;
    assert_null(paper_of(id));
    paper = after(id, INTAKE, "acceptance", "");
    assert_non_null(paper);
    assert_int_equal(read_paper(id, paper), 200);
    assert_memory_equal(asker.r->answer, "%PDF-", 5);
    assert_state(paper, "acceptance", "valid");
    assert_string_equal(answer_text(&asker, "title"), "受理通知书");
}

static void what_is_missing_is_told_on_paper(void **state)
{
    const char *id = files_pass();

    (void)state;
    assert_state(after(id, INTAKE, "correction", "\"gaps\":[\"行驶路线不完整\",\"用途不清楚\"]"),
                 "correction", "valid");
}

static void every_decision_against_somebody_is_a_paper(void **state)
{
    const char *id = files_pass(), *paper;

    (void)state;
    assert_state(after(id, INTAKE, "rejection", BECAUSE), "rejection", "valid");
    id = files_pass();
    after(id, INTAKE, "acceptance", "");
    assert_state(after(id, REVIEWER, "refusal", BECAUSE), "refusal", "valid");
    id = files_pass();
    after(id, INTAKE, "acceptance", "");
    after(id, REVIEWER, "approval", "");
    paper = after(id, LEAD, "revocation", BECAUSE);
    assert_state(paper, "revocation", "valid");
    assert_int_equal(database_number("SELECT COUNT(*) FROM road_paper WHERE application_id = '%s'"
                                     " AND sha256 IS NOT NULL",
                                     id),
                     2);
}

static void what_fell_on_appeal_says_so(void **state)
{
    const char *id = files_pass(), *acceptance = after(id, INTAKE, "acceptance", "");
    const char *refusal = after(id, REVIEWER, "refusal", BECAUSE);

    (void)state;
    citizen_again(filer_of(id));
    assert_int_equal(act(id, "appeal", "\"reason\":\"已经年检\""), 200);
    assert_state(refusal, "refusal", "valid");
    officer(HEADQUARTERS, LEAD);
    assert_int_equal(act(id, "reopening", "\"reason\":\"年检记录有误\""), 200);
    assert_state(refusal, "refusal", "overturned");
    assert_state(acceptance, "acceptance", "valid");
}

/* The permit is what it was, and its revocation says that it fell; by whoever did not revoke it. */
static void a_revocation_that_falls_gives_the_permit_back(void **state)
{
    const char *id = files_pass(), *lead, *revocation, *permit_no;

    (void)state;
    after(id, INTAKE, "acceptance", "");
    after(id, REVIEWER, "approval", "");
    permit_no = database_word("SELECT permit_no FROM road_permit WHERE application_id = '%s'", id);
    revocation = after(id, LEAD, "revocation", BECAUSE);
    lead = officer_id;
    citizen_again(filer_of(id));
    assert_int_equal(act(id, "appeal", "\"reason\":\"已经年检\""), 200);
    officer_again(lead, HEADQUARTERS, LEAD);
    assert_int_equal(act(id, "reopening", "\"reason\":\"年检记录有误\""), 403);
    assert_refused(403, "other_eyes_needed");
    officer(HEADQUARTERS, LEAD);
    assert_int_equal(act(id, "reopening", "\"reason\":\"年检记录有误\""), 200);
    assert_string_equal(answer_text(&asker, "state"), "issued");
    assert_string_equal(answer_text(&asker, "permit_no"), permit_no);
    assert_string_equal(answer_text(&asker, "permit_state"), "not_yet");
    assert_state(revocation, "revocation", "overturned");
    assert_int_equal(database_number("SELECT COUNT(*) FROM road_pass WHERE application_id = '%s'"
                                     " AND revoked_at IS NULL",
                                     id),
                     1);
}

/* Who appeals meanwhile is granted another pass keeps one. */
static void a_revocation_does_not_fall_onto_another_pass(void **state)
{
    const char *id = files_pass(), *next, *plate;

    (void)state;
    after(id, INTAKE, "acceptance", "");
    after(id, REVIEWER, "approval", "");
    after(id, LEAD, "revocation", BECAUSE);
    plate = database_word("SELECT plate FROM road_pass WHERE application_id = '%s'", id);
    citizen_again(filer_of(id));
    next = filed("road.heavy_goods", form_of(plate, "2018-10-01", "2018-12-01", GOODS));
    after(next, INTAKE, "acceptance", "");
    after(next, REVIEWER, "approval", "");
    citizen_again(filer_of(id));
    assert_int_equal(act(id, "appeal", "\"reason\":\"已经年检\""), 200);
    officer(HEADQUARTERS, LEAD);
    assert_int_equal(act(id, "reopening", "\"reason\":\"年检记录有误\""), 409);
    assert_refused(409, "pass_overlaps");
    assert_string_equal(state_of(id), "appealed");
}

static void nobody_else_reads_it_and_a_number_that_is_none_is_absent(void **state)
{
    const char *id = files_pass(), *other = files_pass(), *paper;

    (void)state;
    paper = after(id, INTAKE, "acceptance", "");
    citizen();
    assert_int_equal(read_paper(id, paper), 404);
    citizen_again(filer_of(other));
    assert_int_equal(read_paper(other, paper), 404);
    officer(FUTIAN, REVIEWER);
    assert_int_equal(
        ask(&asker, "GET",
            arena_printf(texts, "/api/road/office/applications/%s/papers/%s", id, paper), NULL),
        404);
    officer(HEADQUARTERS, REVIEWER);
    assert_int_equal(
        ask(&asker, "GET",
            arena_printf(texts, "/api/road/office/applications/%s/papers/%s", id, paper), NULL),
        200);
    assert_int_equal(
        ask(&asker, "GET", arena_printf(texts, "/api/road/papers/%.17s-99", paper), NULL), 404);
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, "/api/road/papers/%.17s", paper), NULL),
                     404);
}

/* The decision stands all the same, and its paper comes when the name does. */
static void a_name_that_is_not_to_be_had_delays_the_paper_only(void **state)
{
    const char *id = files_pass(), *no;

    (void)state;
    others_say("503 {}\n200 {\"name\":\"张三\"}\n");
    officer(HEADQUARTERS, INTAKE);
    assert_int_equal(act(id, "acceptance", ""), 200);
    run_jobs();
    assert_null(paper_of(id));
    database_run("UPDATE road_job SET run_at = '2018-01-01' WHERE kind = 'make_paper'"
                 " AND state = 'ready'");
    run_jobs();
    no = paper_of(id);
    assert_non_null(no);
    assert_state(no, "acceptance", "valid");
}

static void what_was_granted_at_once_has_its_permit_and_no_notice(void **state)
{
    const char *id;

    (void)state;
    citizen();
    id = filed("road.day_pass",
               arena_printf(texts,
                            "\"plate_type\":\"02\",\"plate\":\"%s\",\"from\":\"2018-10-08\","
                            "\"to\":\"2018-10-08\",\"contact\":\"13800138000\"",
                            new_plate("湘A")));
    run_jobs();
    assert_string_equal(state_of(id), "issued");
    assert_null(paper_of(id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_acceptance_is_told_on_paper, begin_applications),
        cmocka_unit_test_setup(what_is_missing_is_told_on_paper, begin_applications),
        cmocka_unit_test_setup(every_decision_against_somebody_is_a_paper, begin_applications),
        cmocka_unit_test_setup(what_fell_on_appeal_says_so, begin_applications),
        cmocka_unit_test_setup(a_revocation_that_falls_gives_the_permit_back, begin_applications),
        cmocka_unit_test_setup(a_revocation_does_not_fall_onto_another_pass, begin_applications),
        cmocka_unit_test_setup(nobody_else_reads_it_and_a_number_that_is_none_is_absent,
                               begin_applications),
        cmocka_unit_test_setup(a_name_that_is_not_to_be_had_delays_the_paper_only,
                               begin_applications),
        cmocka_unit_test_setup(what_was_granted_at_once_has_its_permit_and_no_notice,
                               begin_applications),
    };
    int failures = cmocka_run_group_tests_name("papers, told plainly", tests, open_applications,
                                               close_applications);

    return failures + cmocka_run_group_tests_name("papers, rehearsed", tests,
                                                  open_applications_rehearsed, close_applications);
}
