/* T6: the decision as a paper, signed by hand under exactly what was shown, and served. */

#include "service/violation_stage.h"

#include "core/crypto.h"

#define STROKES "100,900,0 600,200,20 1100,900,40;300,600,60 900,600,80"
#define OFFICE_LIST "/api/violation/office/violations"

static const char *decided(struct citizen citizen, const char *code)
{
    const char *id = camera(citizen.plate, code);

    sign_in(citizen.person_id);
    assert_int_equal(confirm_plainly(id), 201);
    return id;
}

static int get(const char *base, const char *id, const char *what)
{
    return ask(&asker, "GET", arena_printf(texts, "%s/%s/%s", base, id, what), NULL);
}

static const char *number_of(const char *id)
{
    return database_word("SELECT decision_no FROM violation_decision WHERE case_id = '%s'", id);
}

/* Reads the paper; the SHA-256 of the bytes that came. */
static const char *shown(const char *base, const char *id, const char *what)
{
    assert_int_equal(get(base, id, what), 200);
    assert_memory_equal(asker.r->answer, "%PDF-", 5);
    return arena_text(texts,
                      sha256_hex(texts, (struct bytes){(const unsigned char *)asker.r->answer,
                                                       asker.r->answer_size}));
}

static int sign_it(const char *base, const char *key, const char *id, const char *sha256,
                   const char *more)
{
    asker.key = key;
    return ask(&asker, "POST", arena_printf(texts, "%s/%s/signature", base, id),
               arena_printf(texts,
                            "{\"document_sha256\":\"%s\",\"strokes\":\"" STROKES "\","
                            "\"device\":\"iPhone 15, WeChat 8.0\"%s}",
                            sha256, more));
}

static void t6_a_decision_is_shown_as_the_same_paper_to_its_person_and_to_officers(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = decided(citizen, "1344");
    const char *first = shown(LIST, id, "decision.pdf");

    (void)state;
    assert_string_equal(shown(LIST, id, "decision.pdf"), first);
    assert_string_equal(database_word("SELECT CONCAT_WS(' ', LOWER(HEX(p.sha256)), s.how,"
                                      " s.served_on, s.consent_at IS NOT NULL)"
                                      " FROM decision_paper p JOIN document_service s"
                                      " USING (decision_no) WHERE p.decision_no = '%s'",
                                      number_of(id)),
                        arena_printf(texts, "%s electronic 2026-11-22 1", first));
    officer(FUTIAN, INTAKE);
    assert_string_equal(shown(OFFICE_LIST, id, "decision.pdf"), first);
    assert_true(database_number("SELECT COUNT(*) FROM violation_audit WHERE object = '%s'"
                                " AND act = 'decision_paper_read'",
                                id) > 0);
}

static void without_consent_to_electronic_service_nothing_is_decided_online(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344");

    (void)state;
    sign_in(citizen.person_id);
    assert_int_equal(announce_it("a-unserved", id), 201);
    assert_non_null(strstr(answer_text(&asker, "service"), "同意"));
    assert_int_equal(confirm_it("c-unserved", id, "{\"statement\":\"none\"}"), 422);
    assert_refused(422, "service_consent_needed");
    assert_int_equal(confirm_it("c-served", id, NOTHING_TO_SAY), 201);
    assert_int_equal(answer_number(&asker, "electronic_service"), 1);
}

/* As those of before, when nobody was asked. */
static void who_did_not_agree_is_not_served_electronically(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = decided(citizen, "1344"), *sha256;

    (void)state;
    database_run("UPDATE violation_confirmation SET electronic_service = 0 WHERE case_id = '%s'",
                 id);
    sha256 = shown(LIST, id, "decision.pdf");
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM document_service WHERE decision_no = '%s'",
                        number_of(id)),
        0);
    assert_int_equal(sign_it(LIST, "sign-unserved", id, sha256, ""), 201);
    assert_string_equal(
        database_word("SELECT how FROM document_service WHERE decision_no = '%s'", number_of(id)),
        "signed");
}

static void a_paper_of_others_is_absent_and_one_before_the_decision_is_none(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = decided(citizen, "1344"), *open = camera(citizen.plate, "1240");

    (void)state;
    assert_int_equal(get(LIST, open, "decision.pdf"), 409);
    assert_refused(409, "not_decided");
    new_driver();
    assert_int_equal(get(LIST, id, "decision.pdf"), 404);
    assert_int_equal(sign_it(LIST, "sign-foreign-1", id, sha256_hex(texts, bytes_of("")), ""), 404);
    assert_int_equal(get(OFFICE_LIST, id, "decision.pdf"), 403);
}

/* Whoever else may see the case: the vehicle changed hands while it was decided, say. */
static void a_paper_is_only_for_whom_the_decision_names(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = decided(citizen, "1344");

    (void)state;
    database_run("UPDATE violation_decision SET person_id = '%s' WHERE case_id = '%s'", new_id(),
                 id);
    assert_int_equal(show(id), 200);
    assert_int_equal(get(LIST, id, "decision.pdf"), 404);
    assert_int_equal(get(LIST, id, "signed-decision.pdf"), 404);
    assert_int_equal(database_number("SELECT COUNT(*) FROM decision_paper WHERE decision_no = '%s'",
                                     number_of(id)),
                     0);
}

static void what_was_handed_over_on_the_street_is_no_paper_of_ours(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = street(citizen.person_id, "1344", 20000, 1, "2026-11-19");

    (void)state;
    sign_in(citizen.person_id);
    assert_int_equal(get(LIST, id, "decision.pdf"), 409);
    assert_refused(409, "paper_handed_over");
}

static void t6_who_scans_the_code_is_told_whether_it_stands(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = decided(citizen, "1344"), *no = number_of(id);
    const char *path = arena_printf(texts, "/api/violation/decisions/%s", no);

    (void)state;
    asker_sign_out(&asker);
    assert_int_equal(ask(&asker, "GET", path, NULL), 200);
    assert_string_equal(answer_text(&asker, "state"), "stands");
    assert_string_equal(answer_text(&asker, "date"), "2026-11-22");
    database_run("UPDATE violation_decision SET stands = NULL, withdrawn_at = '2026-11-23'"
                 " WHERE decision_no = '%s'",
                 no);
    assert_int_equal(ask(&asker, "GET", path, NULL), 200);
    assert_string_equal(answer_text(&asker, "state"), "withdrawn");
    assert_int_equal(ask(&asker, "GET", "/api/violation/decisions/4403001499999999", NULL), 404);
}

static void a_paper_comes_when_the_name_does(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = decided(citizen, "1344");

    (void)state;
    others_say("503 {}\n200 {\"name\":\"张三\"}\n");
    assert_int_equal(get(LIST, id, "decision.pdf"), 503);
    assert_int_equal(database_number("SELECT COUNT(*) FROM decision_paper WHERE decision_no = '%s'",
                                     number_of(id)),
                     0);
    shown(LIST, id, "decision.pdf");
}

static void t6_it_is_signed_once_under_exactly_what_was_shown(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = decided(citizen, "1344"), *sha256, *signed_sha256;

    (void)state;
    assert_int_equal(sign_it(LIST, "sign-too-early", id, sha256_hex(texts, bytes_of("")), ""), 409);
    assert_refused(409, "paper_not_shown");
    sha256 = shown(LIST, id, "decision.pdf");
    assert_int_equal(sign_it(LIST, "sign-other-one", id, sha256_hex(texts, bytes_of("")), ""), 422);
    assert_refused(422, "paper_is_other");
    assert_int_equal(get(LIST, id, "signed-decision.pdf"), 404);
    assert_int_equal(sign_it(LIST, "sign-this-one", id, sha256, ""), 201);
    signed_sha256 = answer_kept("signed_sha256");
    assert_string_equal(answer_text(&asker, "document_sha256"), sha256);
    assert_string_equal(answer_text(&asker, "strokes_sha256"),
                        sha256_hex(texts, bytes_of(STROKES)));
    assert_string_equal(shown(LIST, id, "signed-decision.pdf"), signed_sha256);
    assert_string_not_equal(signed_sha256, sha256);
    assert_int_equal(sign_it(LIST, "sign-this-one", id, sha256, ""), 201);
    assert_string_equal(answer_text(&asker, "signed_sha256"), signed_sha256);
    assert_true(database_refuses("violation",
                                 "UPDATE decision_signature SET signed_sha256 = REPEAT('x', 32)"
                                 " WHERE decision_no = '%s'",
                                 number_of(id)));
    assert_int_equal(sign_it(LIST, "sign-once-more", id, sha256, ""), 409);
    assert_refused(409, "signed_already");
    assert_string_equal(shown(LIST, id, "decision.pdf"), sha256);
    assert_string_equal(database_word("SELECT CONCAT_WS(' ', COUNT(*), SUM(person_id = '%s'),"
                                      " SUM(INSTR(strokes, '600,200') > 0)) FROM decision_signature"
                                      " WHERE decision_no = '%s'",
                                      citizen.person_id, number_of(id)),
                        "1 1 0");
}

static void strokes_that_are_none_are_refused(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = decided(citizen, "1344"), *sha256 = shown(LIST, id, "decision.pdf");

    (void)state;
    asker.key = "sign-with-a-dot";
    assert_int_equal(
        ask(&asker, "POST", arena_printf(texts, LIST "/%s/signature", id),
            arena_printf(texts, "{\"document_sha256\":\"%s\",\"strokes\":\"5,5,0\"}", sha256)),
        400);
    assert_true(answer_count(&asker, "error.reasons") == 2); /* and the device is missing */
}

static void t6_on_an_officers_tablet_the_identity_is_checked_first(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = decided(citizen, "1344"), *sha256;

    (void)state;
    officer_as_person(citizen.person_id, FUTIAN, INTAKE);
    sha256 = shown(OFFICE_LIST, id, "decision.pdf");
    assert_int_equal(
        sign_it(OFFICE_LIST, "own-tablet-1", id, sha256, ",\"identity_checked\":false"), 403);
    assert_true(answer_has_reason(&asker, "party_conflict"));
    assert_true(answer_has_reason(&asker, "identity_unchecked"));
    officer(FUTIAN, INTAKE);
    assert_int_equal(
        sign_it(OFFICE_LIST, "tablet-sign-1", id, sha256, ",\"identity_checked\":true"), 201);
    assert_string_equal(database_word("SELECT CONCAT_WS(' ', officer_id, person_id)"
                                      " FROM decision_signature WHERE decision_no = '%s'",
                                      number_of(id)),
                        arena_printf(texts, "%s %s", officer_id, citizen.person_id));
    shown(OFFICE_LIST, id, "signed-decision.pdf");
    sign_in(citizen.person_id);
    assert_int_equal(
        sign_it(OFFICE_LIST, "tablet-citizen", id, sha256, ",\"identity_checked\":true"), 403);
}

static int serve(const char *key, const char *id, const char *body)
{
    asker.key = key;
    return ask(&asker, "POST", arena_printf(texts, OFFICE_LIST "/%s/services", id), body);
}

static void service_is_recorded_with_its_proof_and_not_before_its_day(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = decided(citizen, "1344");

    (void)state;
    officer(FUTIAN, MAKER);
    assert_int_equal(
        serve("serve-early-1", id, "{\"how\":\"handed_over\",\"served_on\":\"2026-11-21\"}"), 422);
    assert_refused(422, "served_too_early");
    assert_int_equal(serve("serve-later-1", id, "{\"how\":\"post\",\"served_on\":\"2026-11-23\"}"),
                     422);
    assert_true(answer_has_reason(&asker, "served_later"));
    assert_true(answer_has_reason(&asker, "service_detail"));
    /* Sixty days from the 22nd of November end in January. */
    assert_int_equal(serve("serve-notice-1", id,
                           "{\"how\":\"public_notice\",\"served_on\":\"2026-11-22\","
                           "\"published_on\":\"2026-11-22\"}"),
                     422);
    assert_refused(422, "served_too_early");
    assert_int_equal(
        serve("serve-by-hand", id, "{\"how\":\"handed_over\",\"served_on\":\"2026-11-22\"}"), 200);
    assert_int_equal(answer_count(&asker, "items"), 1);
    assert_int_equal(
        serve("serve-by-hand", id, "{\"how\":\"handed_over\",\"served_on\":\"2026-11-22\"}"), 200);
    assert_int_equal(
        serve("serve-by-hand-2", id, "{\"how\":\"handed_over\",\"served_on\":\"2026-11-22\"}"),
        409);
    assert_refused(409, "served_already");
    assert_int_equal(get(OFFICE_LIST, id, "services"), 200);
    assert_string_equal(answer_text(&asker, "items.0.how"), "handed_over");
}

static void nobody_records_the_service_of_his_own_decision(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = decided(citizen, "1344");

    (void)state;
    officer_as_person(citizen.person_id, FUTIAN, MAKER);
    assert_int_equal(
        serve("serve-own-1", id, "{\"how\":\"handed_over\",\"served_on\":\"2026-11-22\"}"), 403);
    assert_refused(403, "party_conflict");
}

/* By the rights and keys of the tables, whatever the program does. */
static void the_database_binds_a_signature_to_the_document(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = decided(citizen, "1344");

    (void)state;
    shown(LIST, id, "decision.pdf");
    assert_true(database_refuses(
        "violation",
        "INSERT INTO decision_signature (id, decision_no, document_sha256, person_id, actor_id,"
        " strokes, key_id, strokes_sha256, device, signed_at) VALUES ('%s', '%s',"
        " REPEAT('x', 32), '%s', 'a', 'x', 1, REPEAT('x', 32), 'pad', '2026-11-22')",
        new_id(), number_of(id), citizen.person_id));
    assert_true(database_refuses("violation",
                                 "INSERT INTO document_service (id, decision_no, how, served_on,"
                                 " recorded_by, recorded_at) VALUES ('%s', '%s', 'post',"
                                 " '2026-11-22', 'a', '2026-11-22')",
                                 new_id(), number_of(id)));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(t6_a_decision_is_shown_as_the_same_paper_to_its_person_and_to_officers,
                           begin_violation),
    cmocka_unit_test_setup(without_consent_to_electronic_service_nothing_is_decided_online,
                           begin_violation),
    cmocka_unit_test_setup(who_did_not_agree_is_not_served_electronically, begin_violation),
    cmocka_unit_test_setup(a_paper_of_others_is_absent_and_one_before_the_decision_is_none,
                           begin_violation),
    cmocka_unit_test_setup(a_paper_is_only_for_whom_the_decision_names, begin_violation),
    cmocka_unit_test_setup(what_was_handed_over_on_the_street_is_no_paper_of_ours, begin_violation),
    cmocka_unit_test_setup(t6_who_scans_the_code_is_told_whether_it_stands, begin_violation),
    cmocka_unit_test_setup(a_paper_comes_when_the_name_does, begin_violation),
    cmocka_unit_test_setup(t6_it_is_signed_once_under_exactly_what_was_shown, begin_violation),
    cmocka_unit_test_setup(strokes_that_are_none_are_refused, begin_violation),
    cmocka_unit_test_setup(t6_on_an_officers_tablet_the_identity_is_checked_first, begin_violation),
    cmocka_unit_test_setup(service_is_recorded_with_its_proof_and_not_before_its_day,
                           begin_violation),
    cmocka_unit_test_setup(nobody_records_the_service_of_his_own_decision, begin_violation),
    cmocka_unit_test_setup(the_database_binds_a_signature_to_the_document, begin_violation),
};

int main(void)
{
    int failures =
        cmocka_run_group_tests_name("plain", tests, open_applications, close_applications);

    return failures + cmocka_run_group_tests_name("rehearsed", tests, open_applications_rehearsed,
                                                  close_applications);
}
