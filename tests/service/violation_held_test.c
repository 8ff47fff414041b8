/* T1, T7: what is held is shown with all that its release lacks and costs; the pound hands it over.
 */

#include "service/violation_stage_holds.h"

static int bill_for(const char *key, struct held item, const char *body)
{
    asker.key = arena_printf(texts, "%s-%s", key, item.item_no);
    return ask(&asker, "POST", arena_printf(texts, HELD "/%s/storage-bill", item.id), body);
}

/* Noticed on the 12th; the 13th to the 15th are free. */
static struct held told_vehicle(struct citizen citizen)
{
    struct held item = hold((struct hold){.kind = "vehicle",
                                          .plate = citizen.plate,
                                          .person_id = citizen.person_id,
                                          .reason = "overload",
                                          .decision_no = fined(citizen.person_id),
                                          .noticed_on = "2026-11-12"});

    pay_fine(database_word("SELECT decision_no FROM held_item WHERE id = '%s'", item.id));
    sign_in(citizen.person_id);
    return item;
}

static void pay_bill(const char *obligation_id, int64_t fen)
{
    settle(obligation_id, fen, "2026-11-22 01:30:00");
    consume();
}

static void t1_an_item_shows_why_where_and_what_is_missing(void **state)
{
    struct citizen citizen = new_driver();
    struct held item = hold_vehicle(citizen, "no_insurance");

    (void)state;
    insure(citizen.plate, "2025-11-01", "2026-10-31");
    sign_in(citizen.person_id);
    assert_int_equal(look(item), 200);
    assert_string_equal(seen("state"), "held");
    assert_string_equal(seen("reason"), "未按规定投保机动车交通事故责任强制保险");
    assert_string_equal(seen("pound_name"), "福田扣车场");
    assert_string_equal(seen("held_on"), "2026-11-10");
    assert_string_equal(condition_seen("fine_paid"), "罚款尚未缴清");
    assert_int_equal(seen_number("conditions.0.amount_fen"), 20000);
    assert_non_null(seen("conditions.0.obligation_id"));
    assert_string_equal(condition_seen("policy_valid"), "交强险保单已过期");
    assert_string_equal(seen("conditions.1.on"), "2026-10-31");
    assert_string_equal(condition_seen("storage_paid"), "met");
    assert_null(seen("release_service"));
    pay_fine(database_word("SELECT decision_no FROM held_item WHERE id = '%s'", item.id));
    insure(citizen.plate, "2026-11-22", "2027-11-21");
    sign_in(citizen.person_id);
    assert_int_equal(look(item), 200);
    assert_string_equal(condition_seen("fine_paid"), "met");
    assert_string_equal(seen("release_service"), VEHICLE);
}

/* 30 days end on a Thursday; three months after that a Wednesday. */
static void t1_the_days_by_which_it_is_to_be_fetched_are_told(void **state)
{
    struct held item = told_vehicle(new_driver());

    (void)state;
    assert_int_equal(look(item), 200);
    assert_string_equal(seen("come_until"), "2026-12-10");
    assert_string_equal(seen("disposal_from"), "2027-03-11");
}

static void without_a_notice_there_is_neither_a_disposal_nor_a_cost(void **state)
{
    struct citizen citizen = new_driver();
    struct held item = hold_vehicle(citizen, "overload");

    (void)state;
    sign_in(citizen.person_id);
    assert_int_equal(look(item), 200);
    assert_null(seen("disposal_from"));
    assert_null(seen("storage_from"));
    assert_int_equal(seen_number("storage_fen"), 0);
}

static void the_owner_sees_what_was_taken_from_a_driver_but_not_how_to_pay_for_him(void **state)
{
    struct citizen owner = new_driver(), driver = new_driver();
    struct held item = hold((struct hold){.kind = "vehicle",
                                          .plate = owner.plate,
                                          .person_id = driver.person_id,
                                          .reason = "overload",
                                          .decision_no = fined(driver.person_id)});

    (void)state;
    sign_in(owner.person_id);
    assert_int_equal(look(item), 200);
    assert_int_equal(seen_number("conditions.0.amount_fen"), 20000);
    assert_null(seen("conditions.0.obligation_id"));
    sign_in(driver.person_id);
    assert_int_equal(look(item), 200);
    assert_non_null(seen("conditions.0.obligation_id"));
}

static void an_organisations_vehicle_is_shown_to_who_acts_for_it(void **state)
{
    struct citizen citizen = new_driver();
    const char *company = company_of(citizen.person_id), *plate = new_lorry_of(company);
    struct held item;

    (void)state;
    item = hold((struct hold){.kind = "vehicle", .plate = plate, .reason = "overload"});
    assert_int_equal(look(item), 404);
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, HELD "?mandate_id=%s", company), NULL),
                     200);
    assert_string_equal(answer_text(&asker, "items.0.item_no"), item.item_no);
    sign_in(new_id());
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, HELD "?mandate_id=%s", company), NULL),
                     404);
}

/* ---- storage ---- */

static void t7_storage_is_billed_up_to_the_day_and_the_order_ends_on_it(void **state)
{
    struct held item = told_vehicle(new_driver());
    const char *obligation, *order_no;

    (void)state;
    assert_int_equal(look(item), 200);
    assert_string_equal(seen("storage_from"), "2026-11-16");
    assert_int_equal(seen_number("storage_days"), 7);
    assert_int_equal(seen_number("storage_fen"), 14000);
    assert_int_equal(refuse_release(VEHICLE, item), 422);
    assert_refused(422, "storage_unpaid");
    assert_int_equal(bill_for("until-24", item, "{\"pickup_on\":\"2026-11-24\"}"), 201);
    assert_int_equal(answer_number(&asker, "amount_fen"), 18000);
    obligation = answer_kept("obligation_id");
    assert_string_equal(database_word("SELECT CONCAT_WS(' ', kind, account, base_fen, due_on,"
                                      " late_percent_max) FROM obligation WHERE id = '%s'",
                                      obligation),
                        "fee fee_treasury 18000 2026-11-24 0");
    pay_bill(obligation, 18000);
    assert_int_equal(look(item), 200);
    assert_string_equal(condition_seen("storage_paid"), "met");
    assert_int_equal(seen_number("storage_paid_fen"), 18000);
    order_no = release(VEHICLE, item);
    assert_string_equal(order_state(order_no), "valid");
    assert_string_equal(answer_text(&asker, "valid_to"), "2026-11-24");
}

static void the_same_bill_is_the_same_and_another_day_takes_its_place(void **state)
{
    struct held item = told_vehicle(new_driver());
    const char *first, *second;

    (void)state;
    assert_int_equal(bill_for("first-try", item, "{}"), 201);
    first = answer_kept("obligation_id");
    assert_string_equal(answer_text(&asker, "pickup_on"), "2026-11-22");
    assert_int_equal(bill_for("second-try", item, "{}"), 201);
    assert_string_equal(answer_text(&asker, "obligation_id"), first);
    assert_int_equal(bill_for("another-day", item, "{\"pickup_on\":\"2026-11-23\"}"), 201);
    second = answer_kept("obligation_id");
    assert_string_not_equal(first, second);
    assert_int_equal(database_number("SELECT COUNT(*) FROM obligation o JOIN storage_bill b"
                                     " ON b.obligation_id = o.id WHERE b.item_id = '%s'"
                                     " AND o.withdrawn_at IS NULL",
                                     item.id),
                     1);
}

static int64_t withdrawn(const char *obligation_id)
{
    return database_number("SELECT COUNT(*) FROM obligation WHERE id = '%s'"
                           " AND withdrawn_at IS NOT NULL",
                           obligation_id);
}

/* The driver's bill is not the owner's to pay, unless he owns the vehicle. */
static void a_bill_that_another_asked_for_is_not_handed_on(void **state)
{
    struct citizen owner = new_driver(), driver = new_driver();
    struct held item = hold((struct hold){.kind = "vehicle",
                                          .plate = owner.plate,
                                          .person_id = driver.person_id,
                                          .reason = "overload",
                                          .decision_no = fined(driver.person_id),
                                          .noticed_on = "2026-11-12"});
    const char *of_owner, *of_driver;

    (void)state;
    sign_in(owner.person_id);
    assert_int_equal(bill_for("by-the-owner", item, "{}"), 201);
    of_owner = answer_kept("obligation_id");
    sign_in(driver.person_id);
    assert_int_equal(bill_for("by-the-driver", item, "{}"), 201);
    of_driver = answer_kept("obligation_id");
    assert_string_not_equal(of_owner, of_driver);
    assert_int_equal(withdrawn(of_owner), 1);
    assert_string_equal(
        database_word("SELECT person_id FROM obligation WHERE id = '%s'", of_driver),
        driver.person_id);
    sign_in(owner.person_id);
    assert_int_equal(bill_for("owner-may-pay-it", item, "{}"), 201);
    assert_string_equal(answer_text(&asker, "obligation_id"), of_driver);
}

static void what_was_paid_counts_when_more_days_are_billed(void **state)
{
    struct citizen citizen = new_driver();
    struct held item = told_vehicle(citizen);

    (void)state;
    assert_int_equal(bill_for("today", item, "{}"), 201);
    pay_bill(answer_kept("obligation_id"), 14000);
    assert_int_equal(bill_for("nothing", item, "{}"), 422);
    assert_refused(422, "no_storage_owed");
    set_clock("2026-11-24T02:00:00.000Z"); /* came too late after all */
    sign_in(citizen.person_id);
    assert_int_equal(refuse_release(VEHICLE, item), 422);
    assert_refused(422, "storage_unpaid");
    assert_int_equal(answer_number(&asker, "error.reasons.0.values.1"), 4000);
    assert_int_equal(bill_for("rest", item, "{}"), 201);
    assert_int_equal(answer_number(&asker, "amount_fen"), 4000);
    pay_bill(answer_kept("obligation_id"), 4000);
    assert_string_equal(order_state(release(VEHICLE, item)), "valid");
}

static void days_that_are_over_or_too_far_are_not_billed(void **state)
{
    struct held item = told_vehicle(new_driver());

    (void)state;
    assert_int_equal(bill_for("yesterday", item, "{\"pickup_on\":\"2026-11-21\"}"), 422);
    assert_refused(422, "pickup_day_invalid");
    assert_int_equal(bill_for("too-far-away", item, "{\"pickup_on\":\"2026-12-08\"}"), 422);
    assert_refused(422, "pickup_day_invalid");
    assert_int_equal(bill_for("last-of-all", item, "{\"pickup_on\":\"2026-12-07\"}"), 201);
}

static void nobody_bills_what_is_not_his(void **state)
{
    struct held item = told_vehicle(new_driver());

    (void)state;
    new_driver();
    assert_int_equal(bill_for("stranger", item, "{}"), 404);
    assert_true(audited("refused", item.id) > 0);
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM storage_bill WHERE item_id = '%s'", item.id), 0);
}

/* ---- handing over ---- */

static struct held ordered(const char **order_no)
{
    struct citizen citizen = new_driver();
    struct held item = hold_vehicle(citizen, "overload");

    pay_fine(database_word("SELECT decision_no FROM held_item WHERE id = '%s'", item.id));
    sign_in(citizen.person_id);
    *order_no = release(VEHICLE, item);
    return item;
}

static void t7_the_pound_uses_the_order_up(void **state)
{
    const char *order_no;
    struct held item = ordered(&order_no);

    (void)state;
    assert_string_equal(order_state(order_no), "valid");
    hand_over(order_no, item.item_no, "2026-11-22 03:00:00");
    assert_string_equal(order_state(order_no), "used");
    assert_int_equal(look(item), 200);
    assert_string_equal(seen("state"), "returned");
    assert_null(seen("conditions.0.code"));
    assert_int_equal(refuse_release(VEHICLE, item), 409);
    assert_refused(409, "held_item_released");
    assert_int_equal(bill_for("afterwards", item, "{}"), 409);
    assert_refused(409, "held_item_released");
}

static void a_handing_over_that_is_told_twice_is_one(void **state)
{
    const char *order_no, *id, *used_at;
    struct held item = ordered(&order_no);

    (void)state;
    hand_over(order_no, item.item_no, "2026-11-22 03:00:00");
    id = database_word("SELECT id FROM release_done WHERE order_no = '%s'", order_no);
    used_at = database_word("SELECT used_at FROM release_order WHERE handover_id = '%s'", id);
    publish_again("release_done", id);
    consume();
    assert_string_equal(
        database_word("SELECT used_at FROM release_order WHERE handover_id = '%s'", id), used_at);
    assert_int_equal(audited("handover_refused", id), 0);
}

static void a_handing_over_without_its_order_is_told_to_people(void **state)
{
    const char *order_no, *other_no;
    struct held item = ordered(&order_no), other = ordered(&other_no);

    (void)state;
    hand_over(order_no, other.item_no, "2026-11-22 03:00:00");
    assert_string_equal(order_state(order_no), "valid");
    hand_over(arena_printf(texts, "4403009000%s", item.item_no + 4), item.item_no,
              "2026-11-22 03:00:00");
    hand_over(other_no, other.item_no, "2026-12-08 03:00:00");
    assert_string_equal(order_state(other_no), "valid");
    assert_int_equal(database_number("SELECT COUNT(DISTINCT object) FROM violation_audit WHERE"
                                     " act = 'handover_refused' AND object IN"
                                     " (SELECT id FROM release_done WHERE item_no IN ('%s', '%s'))",
                                     item.item_no, other.item_no),
                     3);
}

/* What the authority did stays done. */
static void a_decision_that_falls_later_undoes_nothing(void **state)
{
    const char *order_no;
    struct held item = ordered(&order_no);

    (void)state;
    database_run("UPDATE violation_decision SET stands = NULL, withdrawn_at = '2026-11-22'"
                 " WHERE decision_no = (SELECT decision_no FROM held_item WHERE id = '%s')",
                 item.id);
    assert_string_equal(order_state(order_no), "valid");
    hand_over(order_no, item.item_no, "2026-11-22 03:00:00");
    assert_string_equal(order_state(order_no), "used");
}

static void what_a_pound_gave_back_by_itself_is_returned(void **state)
{
    struct citizen citizen = new_driver();
    struct held item = hold_vehicle(citizen, "overload");

    (void)state;
    database_run("UPDATE held_item SET state = 'returned' WHERE id = '%s'", item.id);
    sign_in(citizen.person_id);
    assert_int_equal(look(item), 200);
    assert_string_equal(seen("state"), "returned");
    assert_int_equal(refuse_release(VEHICLE, item), 409);
    assert_true(answer_has_reason(&asker, "held_item_released"));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(t1_an_item_shows_why_where_and_what_is_missing, begin_violation),
    cmocka_unit_test_setup(t1_the_days_by_which_it_is_to_be_fetched_are_told, begin_violation),
    cmocka_unit_test_setup(without_a_notice_there_is_neither_a_disposal_nor_a_cost,
                           begin_violation),
    cmocka_unit_test_setup(the_owner_sees_what_was_taken_from_a_driver_but_not_how_to_pay_for_him,
                           begin_violation),
    cmocka_unit_test_setup(an_organisations_vehicle_is_shown_to_who_acts_for_it, begin_violation),
    cmocka_unit_test_setup(t7_storage_is_billed_up_to_the_day_and_the_order_ends_on_it,
                           begin_violation),
    cmocka_unit_test_setup(the_same_bill_is_the_same_and_another_day_takes_its_place,
                           begin_violation),
    cmocka_unit_test_setup(a_bill_that_another_asked_for_is_not_handed_on, begin_violation),
    cmocka_unit_test_setup(what_was_paid_counts_when_more_days_are_billed, begin_violation),
    cmocka_unit_test_setup(days_that_are_over_or_too_far_are_not_billed, begin_violation),
    cmocka_unit_test_setup(nobody_bills_what_is_not_his, begin_violation),
    cmocka_unit_test_setup(t7_the_pound_uses_the_order_up, begin_violation),
    cmocka_unit_test_setup(a_handing_over_that_is_told_twice_is_one, begin_violation),
    cmocka_unit_test_setup(a_handing_over_without_its_order_is_told_to_people, begin_violation),
    cmocka_unit_test_setup(a_decision_that_falls_later_undoes_nothing, begin_violation),
    cmocka_unit_test_setup(what_a_pound_gave_back_by_itself_is_returned, begin_violation),
};

int main(void)
{
    int failures =
        cmocka_run_group_tests_name("plain", tests, open_applications, close_applications);

    return failures + cmocka_run_group_tests_name("rehearsed", tests, open_applications_rehearsed,
                                                  close_applications);
}
