/* What becomes of the permits of a car park when it is closed, changed, renewed in advance, or when
   its days are over. */

#include "service/parking_stage.h"

#include "core/arena.h"

static void decide(const char *id)
{
    officer(FUTIAN, INTAKE | REVIEWER);
    assert_int_equal(act(id, "acceptance", ""), 200);
    assert_int_equal(act(id, "approval", ""), 200);
    if (strcmp(state_of(id), "granted") == 0) /* a closing needs one pair of eyes */
        return;
    officer(FUTIAN, LEAD);
    assert_int_equal(act(id, "approval", ""), 200);
}

static void revoke(const char *id)
{
    officer(FUTIAN, LEAD);
    assert_int_equal(act(id, "revocation", "\"reason\":\"以虚假材料取得\""), 200);
}

static const char *number_of(const char *id)
{
    return database_word("SELECT permit_no FROM parking_permit WHERE application_id = '%s'", id);
}

/* A car park of a company, and who files for it. */
struct licence {
    const char *id, *permit_no, *owner, *company;
};

static struct licence licence(void)
{
    struct licence licence;

    licence.permit_no = opened(&licence.id);
    licence.owner = filer_of(licence.id);
    licence.company = mandate;
    return licence;
}

static const char *changing(const char *permit_no)
{
    return lot_form(arena_printf(texts, ",\"permit_no\":\"%s\"", permit_no));
}

static const char *closing(const char *permit_no)
{
    return arena_printf(texts, "%s,\"why\":\"改建\"", renewal(permit_no));
}

/* In June already, for the days from 28 September 2019 on. */
static const char *renewed(const struct licence *licence)
{
    const char *id;

    set_clock("2019-06-03T02:00:00.000Z");
    manager_again(licence->owner, licence->company);
    id = filed("parking.renew", renewal(licence->permit_no));
    decide(id);
    return id;
}

static void assert_permit(const char *permit_no, const char *state)
{
    assert_int_equal(
        ask(&asker, "GET", arena_printf(texts, "/api/parking/permits/%s", permit_no), NULL), 200);
    assert_string_equal(answer_text(&asker, "state"), state);
}

static bool is_open(const struct licence *licence)
{
    return database_number("SELECT COUNT(*) FROM parking_lot WHERE id = '%s' AND is_open = 1"
                           " AND closed_at IS NULL",
                           licence->id) == 1;
}

/* --- All permits of a car park ------------------------------------------------------------------
 */

static void no_permit_outlives_a_closed_car_park(void **state)
{
    const struct licence it = licence();
    const char *renewal_no = number_of(renewed(&it));

    (void)state;
    assert_permit(it.permit_no, "valid");
    assert_permit(renewal_no, "not_yet");
    citizen_again(it.owner);
    decide(filed("parking.close", closing(renewal_no)));
    assert_permit(it.permit_no, "revoked");
    assert_permit(renewal_no, "revoked");
    assert_false(is_open(&it));
}

static void a_change_takes_the_place_of_all_permits_before_it(void **state)
{
    const struct licence it = licence(), other = licence();
    const char *renewal_no = number_of(renewed(&it)), *change;

    (void)state;
    citizen_again(it.owner);
    change = filed("parking.change", changing(renewal_no));
    decide(change);
    assert_string_equal(answer_text(&asker, "valid_to"), "2020-09-27");
    assert_permit(it.permit_no, "revoked");
    assert_permit(renewal_no, "revoked");
    assert_permit(number_of(change), "valid");
    assert_permit(other.permit_no, "valid");
}

static void what_ran_out_is_not_revoked_afterwards(void **state)
{
    const struct licence it = licence();
    const char *renewal_no = number_of(renewed(&it));

    (void)state;
    set_clock("2019-10-08T02:00:00.000Z");
    citizen_again(it.owner);
    decide(filed("parking.close", closing(renewal_no)));
    assert_permit(it.permit_no, "expired");
    assert_permit(renewal_no, "revoked");
}

static void without_its_renewal_a_licence_stands_as_before(void **state)
{
    const struct licence it = licence();
    const char *renew = renewed(&it);

    (void)state;
    revoke(renew);
    assert_permit(number_of(renew), "revoked");
    assert_permit(it.permit_no, "valid");
    assert_true(is_open(&it));
    assert_string_equal(database_word("SELECT valid_to FROM parking_lot WHERE id = '%s'", it.id),
                        "2019-09-27");
    citizen_again(it.owner);
    decide(filed("parking.close", closing(it.permit_no)));
    assert_permit(it.permit_no, "revoked");
    assert_false(is_open(&it));
}

static void a_renewal_that_is_revoked_on_its_days_closes_the_car_park(void **state)
{
    const struct licence it = licence();
    const char *renew = renewed(&it);

    (void)state;
    set_clock("2019-09-27T16:00:00.000Z"); /* the first day of the renewal in China */
    revoke(renew);
    assert_false(is_open(&it));
}

static void a_renewal_falls_with_the_licence_that_it_renews(void **state)
{
    const struct licence it = licence();
    const char *renewal_no = number_of(renewed(&it));

    (void)state;
    revoke(it.id);
    assert_permit(it.permit_no, "revoked");
    assert_permit(renewal_no, "revoked");
    assert_false(is_open(&it));
}

static void of_two_renewals_the_first_stays_when_the_second_is_revoked(void **state)
{
    struct licence it = licence(), again = it;
    const char *first = renewed(&it), *second;

    (void)state;
    again.permit_no = number_of(first);
    second = renewed(&again);
    assert_permit(number_of(second), "not_yet");
    revoke(second);
    assert_permit(it.permit_no, "valid");
    assert_permit(number_of(first), "not_yet");
    assert_string_equal(database_word("SELECT CONCAT(valid_to, permit_application_id) FROM"
                                      " parking_lot WHERE id = '%s'",
                                      it.id),
                        arena_printf(texts, "2020-09-27%s", first));
}

/* --- Its days --------------------------------------------------------------------------------- */

static void assert_unprocessed(int got, int status, const char *code)
{
    assert_int_equal(got, status);
    assert_refused(status, code);
}

static void an_ended_licence_is_neither_changed_nor_closed(void **state)
{
    const struct licence it = licence();

    (void)state;
    set_clock("2019-11-05T02:00:00.000Z");
    manager_again(it.owner, it.company);
    assert_unprocessed(submit(begin("parking.change", changing(it.permit_no))), 409, "lot_ended");
    assert_unprocessed(submit(begin("parking.close", closing(it.permit_no))), 409, "lot_ended");
}

static void a_licence_may_be_changed_on_its_last_day(void **state)
{
    const struct licence it = licence();
    const char *change;

    (void)state;
    set_clock("2019-09-27T15:59:00.000Z");
    manager_again(it.owner, it.company);
    change = filed("parking.change", changing(it.permit_no));
    decide(change);
    assert_string_equal(database_word("SELECT CONCAT(valid_from, ' ', valid_to) FROM"
                                      " parking_permit WHERE application_id = '%s'",
                                      change),
                        "2019-09-27 2019-09-27");
}

/* Filed in time, and decided too late. */
static void what_ends_meanwhile_is_not_changed_or_closed_by_the_decision(void **state)
{
    const struct licence it = licence();
    const char *change, *end;

    (void)state;
    set_clock("2019-09-27T02:00:00.000Z");
    manager_again(it.owner, it.company);
    change = filed("parking.change", changing(it.permit_no));
    end = filed("parking.close", closing(it.permit_no));
    officer(FUTIAN, INTAKE | REVIEWER);
    assert_int_equal(act(change, "acceptance", ""), 200);
    assert_int_equal(act(change, "approval", ""), 200);
    assert_int_equal(act(end, "acceptance", ""), 200);
    set_clock("2019-09-27T16:00:00.000Z");
    assert_unprocessed(act(end, "approval", ""), 409, "lot_ended");
    officer(FUTIAN, LEAD);
    assert_unprocessed(act(change, "approval", ""), 409, "lot_ended");
    assert_int_equal(act(change, "refusal", "\"reason\":\"许可已经到期\""), 200);
    assert_permit(it.permit_no, "expired");
}

static bool is_listed(const struct licence *licence)
{
    const char *name = database_word("SELECT name FROM parking_lot WHERE id = '%s'", licence->id);

    assert_int_equal(ask(&asker, "GET", "/api/parking/lots?division=440304&limit=100", NULL), 200);
    return strstr(asker.r->answer, arena_printf(texts, "\"%s\"", name)) != NULL;
}

static void an_ended_car_park_is_not_listed(void **state)
{
    const struct licence it = licence();

    (void)state;
    set_clock("2019-09-27T15:59:00.000Z");
    assert_true(is_listed(&it));
    set_clock("2019-09-27T16:00:00.000Z");
    assert_false(is_listed(&it));
}

/* What the form says of where a car park is. */
static const char *place_of(const struct licence *licence)
{
    return database_word("SELECT CONCAT('\"name\":\"', name, '\",\"address\":\"', address,"
                         " '\",\"division\":\"440304\",\"lot_kind\":\"公共\",\"spaces\":50,"
                         "\"contact\":\"13800138000\"') FROM parking_lot WHERE id = '%s'",
                         licence->id);
}

static void an_ended_car_park_leaves_its_place_to_a_successor(void **state)
{
    const struct licence it = licence();
    const char *id;

    (void)state;
    set_clock("2019-09-27T02:00:00.000Z");
    manager();
    id = begin("parking.open", place_of(&it));
    add_certificate(id);
    assert_unprocessed(submit(id), 409, "lot_exists");
    set_clock("2019-10-08T02:00:00.000Z");
    assert_int_equal(submit(id), 200);
    decide(id);
    assert_false(is_open(&it));
    assert_true(is_open(&(struct licence){.id = id}));
}

static void a_car_park_may_move_to_where_one_has_ended(void **state)
{
    const struct licence it = licence();
    struct licence other;
    const char *change;

    (void)state;
    set_clock("2019-08-01T02:00:00.000Z");
    other = licence();
    set_clock("2019-10-08T02:00:00.000Z");
    manager_again(other.owner, other.company);
    change = filed("parking.change",
                   arena_printf(texts, "%s,\"permit_no\":\"%s\"", place_of(&it), other.permit_no));
    decide(change);
    assert_false(is_open(&it));
    assert_true(is_open(&other));
}

/* --- Its brigade --------------------------------------------------------------------------------
 */

/* In the division of another brigade. */
static const char *elsewhere(const char *form)
{
    char *moved = arena_text(texts, form);

    memcpy(strstr(moved, "\"" FUTIAN "\"") + 1, NANSHAN, strlen(NANSHAN));
    return moved;
}

static void nobody_chooses_another_brigade(void **state)
{
    const struct licence it = licence();

    (void)state;
    manager_again(it.owner, it.company);
    assert_unprocessed(submit(begin("parking.renew", elsewhere(renewal(it.permit_no)))), 422,
                       "division_differs");
    assert_unprocessed(submit(begin("parking.close", elsewhere(closing(it.permit_no)))), 422,
                       "division_differs");
    assert_unprocessed(submit(begin("parking.change", elsewhere(changing(it.permit_no)))), 422,
                       "division_differs");
    assert_string_equal(answer_text(&asker, "error.reasons.0.values.2"), FUTIAN);
}

static void the_division_of_somebody_elses_car_park_is_not_told(void **state)
{
    const struct licence it = licence();

    (void)state;
    manager();
    assert_unprocessed(submit(begin("parking.close", elsewhere(closing(it.permit_no)))), 422,
                       "lot_not_own");
    assert_int_equal(answer_count(&asker, "error.reasons"), 1);
}

/* What was on its way to another brigade before this was asked. */
static void another_brigade_decides_nothing(void **state)
{
    const struct licence it = licence();
    const char *end;

    (void)state;
    manager_again(it.owner, it.company);
    end = filed("parking.close", closing(it.permit_no));
    database_run("UPDATE parking_lot SET division = '" NANSHAN "' WHERE id = '%s'", it.id);
    officer(FUTIAN, INTAKE | REVIEWER);
    assert_int_equal(act(end, "acceptance", ""), 200);
    assert_unprocessed(act(end, "approval", ""), 422, "division_differs");
    assert_true(is_open(&it));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(no_permit_outlives_a_closed_car_park, begin_parking),
        cmocka_unit_test_setup(a_change_takes_the_place_of_all_permits_before_it, begin_parking),
        cmocka_unit_test_setup(what_ran_out_is_not_revoked_afterwards, begin_parking),
        cmocka_unit_test_setup(without_its_renewal_a_licence_stands_as_before, begin_parking),
        cmocka_unit_test_setup(a_renewal_that_is_revoked_on_its_days_closes_the_car_park,
                               begin_parking),
        cmocka_unit_test_setup(a_renewal_falls_with_the_licence_that_it_renews, begin_parking),
        cmocka_unit_test_setup(of_two_renewals_the_first_stays_when_the_second_is_revoked,
                               begin_parking),
        cmocka_unit_test_setup(an_ended_licence_is_neither_changed_nor_closed, begin_parking),
        cmocka_unit_test_setup(a_licence_may_be_changed_on_its_last_day, begin_parking),
        cmocka_unit_test_setup(what_ends_meanwhile_is_not_changed_or_closed_by_the_decision,
                               begin_parking),
        cmocka_unit_test_setup(an_ended_car_park_is_not_listed, begin_parking),
        cmocka_unit_test_setup(an_ended_car_park_leaves_its_place_to_a_successor, begin_parking),
        cmocka_unit_test_setup(a_car_park_may_move_to_where_one_has_ended, begin_parking),
        cmocka_unit_test_setup(nobody_chooses_another_brigade, begin_parking),
        cmocka_unit_test_setup(the_division_of_somebody_elses_car_park_is_not_told, begin_parking),
        cmocka_unit_test_setup(another_brigade_decides_nothing, begin_parking),
    };
    int failures = cmocka_run_group_tests_name("licences, told plainly", tests, open_applications,
                                               close_applications);

    return failures + cmocka_run_group_tests_name("licences, rehearsed", tests,
                                                  open_applications_rehearsed, close_applications);
}
