/* T1, T7: what is held is released when nothing is missing, and all that is missing is told. */

#include "service/violation_stage_holds.h"

#include <pthread.h>

#include "core/db.h"
#include "core/job.h"

#define LATER "2027-05-31"

/* A held vehicle for whose release nothing is missing. */
static struct held ready_vehicle(struct citizen citizen)
{
    struct held item = hold_vehicle(citizen, "no_insurance");

    insure(citizen.plate, "2026-06-01", LATER);
    pay_fine(database_word("SELECT decision_no FROM held_item WHERE id = '%s'", item.id));
    sign_in(citizen.person_id);
    return item;
}

static void t1_a_vehicle_is_released_on_a_match_at_once(void **state)
{
    struct held item = ready_vehicle(new_driver());
    const char *order_no = release(VEHICLE, item);

    (void)state;
    assert_string_equal(order_state(order_no), "valid");
    assert_string_equal(answer_text(&asker, "title"), "放行通知书");
    assert_string_equal(answer_text(&asker, "valid_from"), "2026-11-22");
    assert_string_equal(answer_text(&asker, "valid_to"), "2026-12-07");
    assert_int_equal(look(item), 200);
    assert_string_equal(seen("state"), "ordered");
    assert_string_equal(seen("order_no"), order_no);
    assert_null(seen("release_service"));
}

static void t1_a_lapsed_policy_is_the_only_reason_and_a_new_one_releases(void **state)
{
    struct citizen citizen = new_driver();
    struct held item = hold_vehicle(citizen, "no_insurance");

    (void)state;
    insure(citizen.plate, "2025-11-01", "2026-10-31");
    pay_fine(database_word("SELECT decision_no FROM held_item WHERE id = '%s'", item.id));
    sign_in(citizen.person_id);
    assert_int_equal(refuse_release(VEHICLE, item), 422);
    assert_refused(422, "policy_lapsed");
    assert_int_equal(answer_count(&asker, "error.reasons"), 1);
    assert_string_equal(answer_text(&asker, "error.reasons.0.values.1"), "2026-10-31");
    insure(citizen.plate, "2026-11-22", "2027-11-21");
    assert_string_equal(order_state(release(VEHICLE, item)), "valid");
}

static void t1_all_that_is_missing_is_told_at_once(void **state)
{
    struct citizen citizen = new_driver(), driver;
    struct held item;

    (void)state;
    driver = new_owner(); /* who drove the vehicle of another, and is not its owner */
    item = hold((struct hold){.kind = "vehicle",
                              .plate = citizen.plate,
                              .person_id = driver.person_id,
                              .reason = "false_plate",
                              .decision_no = fined(driver.person_id),
                              .noticed_on = "2026-11-12"});
    sign_in(driver.person_id);
    assert_int_equal(refuse_release(VEHICLE, item), 422);
    assert_int_equal(answer_count(&asker, "error.reasons"), 4);
    assert_true(answer_has_reason(&asker, "fine_unpaid"));
    assert_int_equal(answer_number(&asker, "error.reasons.0.values.2"), 20000);
    assert_true(answer_has_reason(&asker, "policy_unknown"));
    assert_true(answer_has_reason(&asker, "owner_unproven"));
    assert_true(answer_has_reason(&asker, "storage_unpaid"));
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM release_order WHERE item_id = '%s'", item.id), 0);
}

static void inspect(const char *plate, const char *due_on)
{
    database_run("UPDATE vehicle SET inspection_due_on = '%s' WHERE plate = '%s'", due_on, plate);
}

static void t1_an_inspection_that_the_register_tells_needs_no_scan(void **state)
{
    struct citizen citizen = new_driver();
    struct held item = hold_vehicle(citizen, "no_inspection");

    (void)state;
    insure(citizen.plate, "2025-11-24", "2026-12-23");
    pay_fine(database_word("SELECT decision_no FROM held_item WHERE id = '%s'", item.id));
    sign_in(citizen.person_id);
    assert_int_equal(refuse_release(VEHICLE, item), 422);
    assert_refused(422, "inspection_unproven");
    inspect(citizen.plate, "2026-11-21");
    assert_int_equal(refuse_release(VEHICLE, item), 422);
    assert_refused(422, "inspection_lapsed");
    assert_string_equal(answer_text(&asker, "error.reasons.0.values.1"), "2026-11-21");
    inspect(citizen.plate, "2026-11-22");
    assert_string_equal(order_state(release(VEHICLE, item)), "valid");
}

static void t1_a_licence_comes_back_as_soon_as_the_fine_is_paid(void **state)
{
    struct citizen citizen = new_driver();
    const char *decision_no = fined(citizen.person_id);
    struct held item = hold((struct hold){.kind = "driver_licence",
                                          .person_id = citizen.person_id,
                                          .reason = "fine_only",
                                          .decision_no = decision_no});

    (void)state;
    sign_in(citizen.person_id);
    assert_int_equal(refuse_release(DOCUMENTS, item), 422);
    assert_refused(422, "fine_unpaid");
    assert_int_equal(answer_count(&asker, "error.reasons"), 1);
    pay_fine(decision_no);
    assert_string_equal(order_state(release(DOCUMENTS, item)), "valid");
    assert_string_equal(answer_text(&asker, "title"), "证件发还通知书");
}

static void t1_a_licence_full_of_points_comes_back_after_the_examination(void **state)
{
    struct citizen citizen = new_owner();
    struct held item = hold((struct hold){
        .kind = "driver_licence", .person_id = citizen.person_id, .reason = "full_points"});

    (void)state;
    add_licence(citizen.person_id, "C1", "2012-07-20", "2034-07-20", "retained");
    assert_int_equal(refuse_release(DOCUMENTS, item), 422);
    assert_refused(422, "study_missing");
    assert_string_equal(answer_text(&asker, "error.reasons.0.values.1"), "retained");
    database_run("UPDATE licence SET state = 'normal' WHERE person_id = '%s'", citizen.person_id);
    assert_string_equal(order_state(release(DOCUMENTS, item)), "valid");
}

static void t1_a_suspended_licence_waits_for_the_last_day(void **state)
{
    struct citizen citizen = new_driver();
    const char *decision_no = fined(citizen.person_id);
    struct held item = hold((struct hold){.kind = "driver_licence",
                                          .person_id = citizen.person_id,
                                          .reason = "suspension",
                                          .decision_no = decision_no,
                                          .suspended_until = "2026-11-22"});

    (void)state;
    pay_fine(decision_no);
    sign_in(citizen.person_id);
    assert_int_equal(refuse_release(DOCUMENTS, item), 422);
    assert_refused(422, "suspension_running");
    assert_string_equal(answer_text(&asker, "error.reasons.0.values.1"), "2026-11-22");
    set_clock("2026-11-22T16:00:00.000Z"); /* midnight in China */
    sign_in(citizen.person_id);
    assert_string_equal(order_state(release(DOCUMENTS, item)), "valid");
}

static void t1_what_others_hold_a_claim_to_looks_absent(void **state)
{
    struct held item = ready_vehicle(new_driver()), licence;
    struct citizen owner, driver;

    (void)state;
    new_driver();
    assert_int_equal(refuse_release(VEHICLE, item), 422);
    assert_refused(422, "held_item_unknown");
    assert_int_equal(answer_count(&asker, "error.reasons"), 1);
    assert_int_equal(look(item), 404);
    owner = new_owner();
    driver = new_driver();
    licence = hold((struct hold){.kind = "driver_licence",
                                 .plate = owner.plate,
                                 .person_id = driver.person_id,
                                 .reason = "fine_only"});
    sign_in(owner.person_id); /* the licence of who drove is not the owner's */
    assert_int_equal(refuse_release(DOCUMENTS, licence), 422);
    assert_refused(422, "held_item_unknown");
    assert_int_equal(look(licence), 404);
}

static void t1_the_form_has_to_fit_the_item(void **state)
{
    struct citizen citizen = new_driver();
    struct held item = ready_vehicle(citizen);

    (void)state;
    assert_int_equal(refuse_release(DOCUMENTS, item), 422);
    assert_refused(422, "held_item_other_kind");
    item.plate = "粤B99999";
    assert_int_equal(refuse_release(VEHICLE, item), 422);
    assert_refused(422, "held_item_other_plate");
    assert_int_equal(submit(begin(DOCUMENTS, arena_printf(texts,
                                                          "\"item_no\":\"%s\",\"fetcher\":\"张三\","
                                                          "\"fetcher_id_tail\":\"80x4\"",
                                                          item.item_no))),
                     422);
    assert_true(answer_has_reason(&asker, "held_item_other_kind"));
    assert_true(answer_has_reason(&asker, "field_invalid"));
}

static void t1_an_unregistered_reason_is_for_the_window(void **state)
{
    struct citizen citizen = new_driver();
    struct held item = hold_vehicle(citizen, "odd_reason");

    (void)state;
    sign_in(citizen.person_id);
    assert_int_equal(refuse_release(VEHICLE, item), 422);
    assert_refused(422, "hold_reason_unknown");
}

/* ---- an order at a time ---- */

static void one_order_stands_at_a_time(void **state)
{
    struct held item = ready_vehicle(new_driver());
    const char *order_no = release(VEHICLE, item);

    (void)state;
    assert_int_equal(refuse_release(VEHICLE, item), 409);
    assert_refused(409, "release_order_stands");
    assert_string_equal(answer_text(&asker, "error.reasons.0.values.1"), order_no);
}

static void an_order_that_is_over_makes_room_for_the_next(void **state)
{
    struct citizen citizen = new_driver();
    struct held item = ready_vehicle(citizen);
    const char *first = release(VEHICLE, item), *second;

    (void)state;
    set_clock("2026-12-07T16:00:00.000Z");
    sign_in(citizen.person_id);
    assert_string_equal(order_state(first), "expired");
    second = release(VEHICLE, item);
    assert_string_equal(order_state(second), "valid");
    assert_int_equal(database_number("SELECT COUNT(*) FROM release_order WHERE item_id = '%s'"
                                     " AND stands = 1",
                                     item.id),
                     1);
}

static void a_second_submission_changes_nothing(void **state)
{
    struct held item = ready_vehicle(new_driver());
    const char *id = filed(VEHICLE, release_form(item));

    (void)state;
    assert_int_equal(submit(id), 409);
    assert_refused(409, "not_in_this_state");
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM release_order WHERE item_id = '%s'", item.id), 1);
}

struct tapper {
    pthread_t thread;
    const char *target, *key, *body;
    struct transport transport;
    int status;
};

static char tap_token[96];

static const char *tap_param(const struct transport *transport, const char *name)
{
    const struct tapper *tapper = transport->context;

    if (strcmp(name, "DOOR") == 0)
        return "citizens";
    if (strcmp(name, "HTTP_IDEMPOTENCY_KEY") == 0)
        return tapper->key;
    if (strcmp(name, "CONTENT_LENGTH") == 0)
        return "9";
    return strcmp(name, "HTTP_AUTHORIZATION") == 0 ? tap_token : NULL;
}

static long tap_read(const struct transport *transport, void *buffer, size_t size)
{
    const struct tapper *tapper = transport->context;

    if (size < 9)
        return -1;
    memcpy(buffer, tapper->body, 9);
    return 9;
}

static void *tap(void *context)
{
    struct tapper *tapper = context;
    struct request *r = request_open(&asker.process);

    r->id = tapper->key;
    r->transport = &tapper->transport;
    dispatch(r, "POST", tapper->target, NULL);
    tapper->status = r->http_status;
    request_close(r);
    return NULL;
}

/* Each of its own application, all for one item. */
static void of_many_at_once_one_is_granted(void **state)
{
    enum { TAPPERS = 8 };
    struct held item = ready_vehicle(new_driver());
    struct tapper tappers[TAPPERS];
    int granted = 0;

    (void)state;
    db_rehearse(&asker.process, false);
    snprintf(tap_token, sizeof(tap_token), "Bearer %s", asker.token);
    for (int i = 0; i < TAPPERS; i++) {
        const char *id = begin(VEHICLE, release_form(item));

        tappers[i] = (struct tapper){
            .target = arena_printf(texts, "/api/violation/applications/%s/submission", id),
            .key = arena_printf(texts, "tap-%s", id),
            .body = arena_printf(texts, "{\"ver\":%lld}", (long long)version_of(id))};
        assert_int_equal(strlen(tappers[i].body), 9);
    }
    for (int i = 0; i < TAPPERS; i++) {
        tappers[i].transport =
            (struct transport){.context = &tappers[i], .param = tap_param, .read = tap_read};
        assert_int_equal(pthread_create(&tappers[i].thread, NULL, tap, &tappers[i]), 0);
    }
    for (int i = 0; i < TAPPERS; i++) {
        pthread_join(tappers[i].thread, NULL);
        assert_true(tappers[i].status == 200 || tappers[i].status == 409);
        granted += tappers[i].status == 200;
    }
    assert_int_equal(granted, 1);
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM release_order WHERE item_id = '%s'", item.id), 1);
    db_rehearse(&asker.process, is_rehearsing);
}

/* ---- by a scan ---- */

static void decide_scan(const char *id, const char *how)
{
    officer(HEADQUARTERS, INTAKE);
    assert_int_equal(act(id, "acceptance", ""), 200);
    officer(HEADQUARTERS, REVIEWER);
    assert_int_equal(act(id, how, "\"reason\":\"保单经核对属实\""), 200);
}

static void t1_a_policy_that_nobody_pushed_is_scanned_and_looked_at(void **state)
{
    struct citizen citizen = new_driver();
    struct held item = hold_vehicle(citizen, "no_insurance");
    const char *id;

    (void)state;
    pay_fine(database_word("SELECT decision_no FROM held_item WHERE id = '%s'", item.id));
    sign_in(citizen.person_id);
    assert_int_equal(look(item), 200);
    assert_string_equal(seen("release_service"), BY_SCAN);
    id = begin(BY_SCAN, arena_printf(texts,
                                     "\"item_no\":\"%s\",\"fetcher\":\"张三\","
                                     "\"fetcher_id_tail\":\"8014\"",
                                     item.item_no));
    assert_int_equal(submit(id), 422); /* the policy alone: the rest is known or not demanded */
    assert_refused(422, "document_missing");
    assert_int_equal(answer_count(&asker, "error.reasons"), 1);
    attach(id, "policy_valid", small_picture());
    assert_int_equal(submit(id), 200);
    decide_scan(id, "approval");
    assert_string_equal(order_state(database_word("SELECT permit_no FROM violation_permit"
                                                  " WHERE application_id = '%s'",
                                                  id)),
                        "valid");
}

static void t1_no_paper_is_asked_for_what_is_known(void **state)
{
    struct held item = ready_vehicle(new_driver());

    (void)state;
    assert_int_equal(refuse_release(BY_SCAN, item), 422);
    assert_refused(422, "scan_not_needed");
}

/* Whose vehicle it is was scanned; that it was insured was known, when it was submitted. */
static void what_was_known_and_is_no_more_is_asked_again_at_the_approval(void **state)
{
    struct citizen owner = new_driver(), driver = new_driver();
    struct held item = hold((struct hold){.kind = "vehicle",
                                          .plate = owner.plate,
                                          .person_id = driver.person_id,
                                          .reason = "no_plate",
                                          .decision_no = fined(driver.person_id)});
    const char *id;

    (void)state;
    insure(owner.plate, "2025-11-24", "2026-11-23");
    pay_fine(database_word("SELECT decision_no FROM held_item WHERE id = '%s'", item.id));
    sign_in(driver.person_id);
    id = begin(BY_SCAN, arena_printf(texts,
                                     "\"item_no\":\"%s\",\"fetcher\":\"张三\","
                                     "\"fetcher_id_tail\":\"8014\"",
                                     item.item_no));
    attach(id, "owner_proven", small_picture());
    assert_int_equal(submit(id), 200);
    set_clock("2026-11-24T02:00:00.000Z");
    officer(HEADQUARTERS, INTAKE);
    assert_int_equal(act(id, "acceptance", ""), 200);
    officer(HEADQUARTERS, REVIEWER);
    assert_int_equal(act(id, "approval", "\"reason\":\"来历属实\""), 422);
    assert_refused(422, "policy_lapsed");
    assert_int_equal(answer_count(&asker, "error.reasons"), 1);
    insure(owner.plate, "2026-11-24", "2027-11-23");
    assert_int_equal(act(id, "approval", "\"reason\":\"来历属实\""), 200);
}

static void a_scan_is_in_nobodys_place_but_the_papers(void **state)
{
    struct citizen citizen = new_driver();
    struct held item = hold_vehicle(citizen, "no_insurance");
    const char *id;

    (void)state;
    sign_in(citizen.person_id);
    id = begin(BY_SCAN, arena_printf(texts,
                                     "\"item_no\":\"%s\",\"fetcher\":\"张三\","
                                     "\"fetcher_id_tail\":\"8014\"",
                                     item.item_no));
    attach(id, "policy_valid", small_picture());
    assert_int_equal(submit(id), 422);
    assert_refused(422, "fine_unpaid");
    assert_int_equal(answer_count(&asker, "error.reasons"), 1);
}

/* ---- revoked ---- */

static void a_revoked_order_opens_no_gate_and_another_may_follow(void **state)
{
    struct citizen citizen = new_driver();
    struct held item = ready_vehicle(citizen);
    const char *id = filed(VEHICLE, release_form(item)), *order_no;

    (void)state;
    run_jobs();
    order_no =
        database_word("SELECT permit_no FROM violation_permit WHERE application_id = '%s'", id);
    officer(HEADQUARTERS, LEAD);
    assert_int_equal(act(id, "revocation", "\"reason\":\"出具有误\""), 200);
    assert_string_equal(order_state(order_no), "revoked");
    sign_in(citizen.person_id);
    assert_string_equal(order_state(release(VEHICLE, item)), "valid");
    hand_over(order_no, item.item_no, "2026-11-22 03:00:00");
    assert_string_equal(order_state(order_no), "revoked");
    assert_true(database_number("SELECT COUNT(*) FROM violation_audit WHERE"
                                " act = 'handover_refused' AND detail LIKE '%%%s%%'",
                                order_no) > 0);
}

/* Granted, issued, revoked and appealed against. */
static const char *revoked_on_appeal(struct held item, const char *person_id)
{
    const char *id = filed(VEHICLE, release_form(item));

    run_jobs();
    officer(HEADQUARTERS, LEAD);
    assert_int_equal(act(id, "revocation", "\"reason\":\"出具有误\""), 200);
    sign_in(person_id);
    assert_int_equal(act(id, "appeal", "\"reason\":\"条件齐备\""), 200);
    return id;
}

static void an_order_whose_revocation_falls_stands_again(void **state)
{
    struct citizen citizen = new_driver();
    struct held item = ready_vehicle(citizen);
    const char *id = revoked_on_appeal(item, citizen.person_id);

    (void)state;
    officer(HEADQUARTERS, LEAD);
    assert_int_equal(act(id, "reopening", "\"reason\":\"条件确已齐备\""), 200);
    assert_string_equal(answer_text(&asker, "permit_state"), "valid");
    assert_int_equal(database_number("SELECT stands FROM release_order WHERE application_id = '%s'"
                                     " AND ended_at IS NULL",
                                     id),
                     1);
}

/* The other one is over: nobody fetches the vehicle with it any more. */
static void an_order_that_is_over_does_not_stand_in_the_way_of_an_appeal(void **state)
{
    struct citizen citizen = new_driver();
    struct held item = ready_vehicle(citizen);
    const char *id = revoked_on_appeal(item, citizen.person_id);

    (void)state;
    release(VEHICLE, item);
    set_clock("2026-12-07T16:00:00.000Z");
    officer(HEADQUARTERS, LEAD);
    assert_int_equal(act(id, "reopening", "\"reason\":\"条件确已齐备\""), 200);
    assert_int_equal(database_number("SELECT COUNT(*) FROM release_order WHERE item_id = '%s'"
                                     " AND stands = 1 AND application_id = '%s'",
                                     item.id, id),
                     1);
}

static void an_order_that_was_followed_by_another_is_revoked_all_the_same(void **state)
{
    struct citizen citizen = new_driver();
    struct held item = ready_vehicle(citizen);
    const char *id = filed(VEHICLE, release_form(item)), *next;

    (void)state;
    run_jobs();
    set_clock("2026-12-07T16:00:00.000Z");
    sign_in(citizen.person_id);
    next = release(VEHICLE, item);
    officer(HEADQUARTERS, LEAD);
    assert_int_equal(act(id, "revocation", "\"reason\":\"出具有误\""), 200);
    assert_string_equal(order_state(next), "valid");
}

static void a_revocation_does_not_fall_onto_another_order(void **state)
{
    struct citizen citizen = new_driver();
    struct held item = ready_vehicle(citizen);
    const char *id = revoked_on_appeal(item, citizen.person_id), *next;

    (void)state;
    next = release(VEHICLE, item);
    officer(HEADQUARTERS, LEAD);
    assert_int_equal(act(id, "reopening", "\"reason\":\"条件确已齐备\""), 409);
    assert_refused(409, "release_order_stands");
    assert_string_equal(order_state(next), "valid");
    assert_string_equal(state_of(id), "appealed");
}

static void a_used_order_is_past_revocation(void **state)
{
    struct held item = ready_vehicle(new_driver());
    const char *id = filed(VEHICLE, release_form(item)), *order_no;

    (void)state;
    run_jobs();
    order_no =
        database_word("SELECT permit_no FROM violation_permit WHERE application_id = '%s'", id);
    hand_over(order_no, item.item_no, "2026-11-22 03:00:00");
    officer(HEADQUARTERS, LEAD);
    assert_int_equal(act(id, "revocation", "\"reason\":\"出具有误\""), 409);
    assert_refused(409, "release_order_used");
    assert_string_equal(order_state(order_no), "used");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(t1_a_vehicle_is_released_on_a_match_at_once, begin_violation),
    cmocka_unit_test_setup(t1_a_lapsed_policy_is_the_only_reason_and_a_new_one_releases,
                           begin_violation),
    cmocka_unit_test_setup(t1_all_that_is_missing_is_told_at_once, begin_violation),
    cmocka_unit_test_setup(t1_an_inspection_that_the_register_tells_needs_no_scan, begin_violation),
    cmocka_unit_test_setup(t1_a_licence_comes_back_as_soon_as_the_fine_is_paid, begin_violation),
    cmocka_unit_test_setup(t1_a_licence_full_of_points_comes_back_after_the_examination,
                           begin_violation),
    cmocka_unit_test_setup(t1_a_suspended_licence_waits_for_the_last_day, begin_violation),
    cmocka_unit_test_setup(t1_what_others_hold_a_claim_to_looks_absent, begin_violation),
    cmocka_unit_test_setup(t1_the_form_has_to_fit_the_item, begin_violation),
    cmocka_unit_test_setup(t1_an_unregistered_reason_is_for_the_window, begin_violation),
    cmocka_unit_test_setup(one_order_stands_at_a_time, begin_violation),
    cmocka_unit_test_setup(an_order_that_is_over_makes_room_for_the_next, begin_violation),
    cmocka_unit_test_setup(a_second_submission_changes_nothing, begin_violation),
    cmocka_unit_test_setup(of_many_at_once_one_is_granted, begin_violation),
    cmocka_unit_test_setup(t1_a_policy_that_nobody_pushed_is_scanned_and_looked_at,
                           begin_violation),
    cmocka_unit_test_setup(t1_no_paper_is_asked_for_what_is_known, begin_violation),
    cmocka_unit_test_setup(what_was_known_and_is_no_more_is_asked_again_at_the_approval,
                           begin_violation),
    cmocka_unit_test_setup(a_scan_is_in_nobodys_place_but_the_papers, begin_violation),
    cmocka_unit_test_setup(a_revoked_order_opens_no_gate_and_another_may_follow, begin_violation),
    cmocka_unit_test_setup(an_order_whose_revocation_falls_stands_again, begin_violation),
    cmocka_unit_test_setup(an_order_that_is_over_does_not_stand_in_the_way_of_an_appeal,
                           begin_violation),
    cmocka_unit_test_setup(an_order_that_was_followed_by_another_is_revoked_all_the_same,
                           begin_violation),
    cmocka_unit_test_setup(a_revocation_does_not_fall_onto_another_order, begin_violation),
    cmocka_unit_test_setup(a_used_order_is_past_revocation, begin_violation),
};

int main(void)
{
    int failures =
        cmocka_run_group_tests_name("plain", tests, open_applications, close_applications);

    return failures + cmocka_run_group_tests_name("rehearsed", tests, open_applications_rehearsed,
                                                  close_applications);
}
