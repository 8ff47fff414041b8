/* What others tell violation, and what its database user may and may not do. */

#include "service/violation_stage.h"

#include "core/db.h"
#include "casework/obligation.h"

static int64_t cases_of(const char *fact_id)
{
    return database_number("SELECT COUNT(*) FROM violation_case WHERE fact_id = '%s'", fact_id);
}

static void a_camera_record_told_twice_is_one_case(void **state)
{
    struct citizen citizen = new_driver();
    const char *fact_id = insert_camera(citizen.plate, "1625", "2026-11-18");

    (void)state;
    consume();
    publish_again("camera_record", fact_id);
    consume();
    assert_int_equal(handle("camera_record", fact_id), E_OK);
    assert_int_equal(cases_of(fact_id), 1);
    assert_string_equal(database_word("SELECT CONCAT_WS(' ', kind, state, agency, source_no,"
                                      " plate_type, plate, occurred_at, code,"
                                      " COALESCE(person_id, 'nobody')) FROM violation_case"
                                      " WHERE fact_id = '%s'",
                                      fact_id),
                        arena_printf(texts,
                                     "camera open traffic %s 02 %s 2026-11-18 00:12:00.000 1625"
                                     " nobody",
                                     fact_id, citizen.plate));
}

static void the_list_is_newest_act_first_however_late_a_record_came(void **state)
{
    struct citizen citizen = new_driver();

    (void)state;
    camera_on(citizen.plate, "1344", "2026-11-10");
    camera_on(citizen.plate, "1344", "2026-11-18");
    camera_on(citizen.plate, "1344", "2026-11-14");
    sign_in(citizen.person_id);
    assert_int_equal(ask(&asker, "GET", "/api/violation/violations?limit=2", NULL), 200);
    assert_memory_equal(answer_text(&asker, "items.0.occurred_at"), "2026-11-18", 10);
    assert_memory_equal(answer_text(&asker, "items.1.occurred_at"), "2026-11-14", 10);
    assert_int_equal(
        ask(&asker, "GET",
            arena_printf(texts, "/api/violation/violations?after=%s", answer_kept("next")), NULL),
        200);
    assert_memory_equal(answer_text(&asker, "items.0.occurred_at"), "2026-11-10", 10);
    assert_int_equal(answer_count(&asker, "items"), 1);
}

static void a_record_may_come_before_its_vehicle(void **state)
{
    const char *id = camera("粤BLATE1", "1344");
    struct citizen citizen = new_driver();

    (void)state;
    show(id);
    assert_refused(404, "not_found");
    database_run("UPDATE vehicle SET plate = '粤BLATE1' WHERE plate = '%s'", citizen.plate);
    assert_int_equal(show(id), 200);
    database_run("UPDATE vehicle SET plate = '%s' WHERE plate = '粤BLATE1'", citizen.plate);
    database_run("UPDATE vehicle SET plate = '粤BPAST%s' WHERE plate = '%s'", citizen.plate + 7,
                 citizen.plate);
}

static void a_street_decision_arrives_decided_owed_and_with_its_points(void **state)
{
    struct citizen citizen = new_driver();
    const char *fact_id =
        insert_street(citizen.person_id, "4403043000000017", "1301", 20000, 3, "2026-10-28");

    (void)state;
    consume();
    publish_again("street_decision", fact_id);
    consume();
    assert_int_equal(handle("street_decision", fact_id), E_OK);
    assert_int_equal(cases_of(fact_id), 1);
    assert_string_equal(database_word("SELECT CONCAT_WS(' ', c.state, d.manner, d.served_on,"
                                      " d.due_on, o.base_fen, o.due_on, o.ref_no, e.points,"
                                      " COALESCE(o.owner_id, 'nobody'))"
                                      " FROM violation_case c JOIN violation_decision d"
                                      " ON d.case_id = c.id JOIN obligation o"
                                      " ON o.id = d.obligation_id JOIN points_entry e"
                                      " ON e.decision_no = d.decision_no WHERE c.fact_id = '%s'",
                                      fact_id),
                        "decided street 2026-10-28 2026-11-12 20000 2026-11-12 4403043000000017 3"
                        " nobody");
    assert_int_equal(ask(&asker, "GET", LIST, NULL), 200);
    assert_int_equal(answer_number(&asker, "items.0.late_days"), 10);
    assert_int_equal(answer_number(&asker, "items.0.surcharge_fen"), 6000);
    assert_int_equal(answer_number(&asker, "items.0.amount_due_fen"), 26000);
}

static void a_warning_of_the_street_owes_nothing(void **state)
{
    struct citizen citizen = new_owner();
    const char *id = street(citizen.person_id, "1349", 0, 0, "2026-11-18");

    (void)state;
    assert_int_equal(show(id), 200);
    assert_string_equal(answer_text(&asker, "state"), "warned");
    assert_int_equal(answer_number(&asker, "amount_due_fen"), 0);
    assert_null(answer_text(&asker, "obligation_id"));
    announce_it("key-street-1", id);
    assert_refused(409, "already_decided");
}

static void a_decision_number_is_good_for_one_decision(void **state)
{
    struct citizen citizen = new_driver();
    const char *first =
        insert_street(citizen.person_id, "440304300000002", "1301", 20000, 3, "2026-11-18");
    const char *second;

    (void)state;
    consume();
    database_run("UPDATE street_decision SET decision_no = '440304300000003' WHERE id = '%s'",
                 first);
    second = insert_street(citizen.person_id, "440304300000002", "1301", 20000, 3, "2026-11-18");
    assert_int_equal(handle("street_decision", second), E_OK); /* the act is known by its number */
    assert_int_equal(cases_of(second), 0);
    database_run("UPDATE street_decision SET agency = 'other' WHERE id = '%s'", second);
    assert_int_equal(handle("street_decision", second), E_INTERNAL);
    assert_int_equal(cases_of(second), 0);
    database_run("DELETE FROM event WHERE dedupe = '%s'", second);
}

static void a_settlement_closes_the_case_once(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344"), *obligation_id;

    (void)state;
    assert_int_equal(confirm_plainly(id), 201);
    obligation_id = answer_kept("obligation_id");
    assert_int_equal(handle("obligation_settled", obligation_id), E_INTERNAL); /* it is not */
    settle(obligation_id, 20000, "2026-11-22 02:30:00");
    consume();
    publish_again("obligation_settled", obligation_id);
    consume();
    assert_int_equal(show(id), 200);
    assert_string_equal(answer_text(&asker, "state"), "paid");
    assert_string_equal(answer_text(&asker, "settled_at"), "2026-11-22T02:30:00.000Z");
    assert_int_equal(answer_number(&asker, "total_fen"), 20000);
    assert_int_equal(database_number("SELECT COUNT(*) FROM violation_move WHERE case_id = '%s'"
                                     " AND dst = 'paid'",
                                     id),
                     1);
    assert_int_equal(handle("obligation_settled", new_id()), E_NOT_FOUND);
}

/* As every body, it looks for its own effect first. */
static enum error withdraw_body(struct request *r, void *obligation_id)
{
    struct obligation obligation;

    TRY(obligation_find(r, obligation_id, &obligation));
    return obligation.withdrawn_at.ms == NONE ? obligation_withdraw(r, obligation_id, r->now)
                                              : E_OK;
}

static void withdraw(const char *obligation_id)
{
    struct request *r = request_open(&asker.process);

    assert_int_equal(db_transaction(r, withdraw_body, (void *)(uintptr_t)obligation_id), E_OK);
    request_close(r);
}

static void payment_is_told_of_a_withdrawal_in_its_transaction(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = street(citizen.person_id, "1625", 20000, 0, "2026-07-01");
    const char *obligation_id =
        database_word("SELECT obligation_id FROM violation_decision WHERE case_id = '%s'", id);

    (void)state;
    withdraw(obligation_id);
    withdraw(obligation_id);
    assert_int_equal(database_number("SELECT COUNT(*) FROM event e JOIN obligation o"
                                     " ON o.id = e.dedupe AND o.withdrawn_at IS NOT NULL"
                                     " WHERE e.consumer = 'payment' AND e.producer = 'violation'"
                                     " AND e.kind = 'obligation_withdrawn' AND o.id = '%s'",
                                     obligation_id),
                     1);
}

/* Points clear with the cycle once the fine is paid: the licence may take more in the next. */
static void points_of_an_earlier_cycle_are_cleared(void **state)
{
    struct citizen citizen = new_driver(); /* cycles begin on 20 July */
    const char *old = street(citizen.person_id, "1625", 20000, 6, "2026-07-01"), *obligation_id;
    const char *id = camera(citizen.plate, "1344");

    (void)state;
    street(citizen.person_id, "1625", 20000, 6, "2026-07-10");
    confirm_plainly(id);
    assert_refused(422, "points_full"); /* 12 were full: time clears nothing */
    database_run("UPDATE violation_decision SET stands = NULL, withdrawn_at = '2026-11-01'"
                 " WHERE case_id = '%s'",
                 old);
    obligation_id = database_word("SELECT obligation_id FROM violation_decision"
                                  " WHERE person_id = '%s' AND stands = 1",
                                  citizen.person_id);
    settle(obligation_id, 20000, "2026-07-11 02:30:00");
    consume();
    assert_int_equal(confirm_it("key-cleared-1", id, NOTHING_TO_SAY), 201);
}

/* The second sees the points of the first. */
static void two_confirmations_at_once_do_not_pass_full_points_unseen(void **state)
{
    struct citizen citizen = new_driver();
    struct citizen other = new_owner();
    static struct tap taps[2];

    (void)state;
    database_run("UPDATE vehicle SET owner_id = '%s' WHERE plate = '%s'", citizen.person_id,
                 other.plate);
    sign_in(citizen.person_id);
    street(citizen.person_id, "1625", 20000, 6, "2026-11-18");
    for (int i = 0; i < 2; i++) {
        const char *id = camera(i == 0 ? citizen.plate : other.plate, "1625");

        assert_int_equal(announce_it(arena_printf(texts, "key-at-%d", i + 10), id), 201);
        taps[i].path = arena_printf(texts, LIST "/%s/confirmation", id);
        taps[i].body = NOTHING_TO_SAY;
    }
    tap_both(taps, citizen.person_id);
    for (int i = 0; i < 2; i++)
        if (taps[i].asker.r->http_status != 201)
            assert_true(answer_has_reason(&taps[i].asker, "points_full"));
    assert_int_equal(tapped_both(taps, 201), 1);
}

/* user x table x verb. */
static const char *const not_granted[] = {
    "UPDATE violation_decision SET fine_fen = 0",
    "UPDATE violation_decision SET facts = ''",
    "DELETE FROM violation_decision",
    "UPDATE violation_announcement SET penalty = ''",
    "DELETE FROM violation_announcement",
    "UPDATE violation_confirmation SET statement = NULL",
    "DELETE FROM violation_confirmation",
    "UPDATE points_entry SET points = 1",
    "DELETE FROM points_entry",
    "UPDATE points_reduction SET granted = 1",
    "DELETE FROM points_reduction",
    "DELETE FROM full_study",
    "UPDATE violation_waiver SET spared_fen = 0",
    "DELETE FROM violation_waiver",
    "UPDATE driver_study SET is_passed = 1",
    "DELETE FROM study_cheating",
    "UPDATE violation_case SET plate = ''",
    "DELETE FROM violation_case",
    "UPDATE violation_code SET fine_fen = 1",
    "INSERT INTO surcharge_rule VALUES ('2030-01-01', NULL, 1, 1, '')",
    "UPDATE points_rule SET full_points = 24",
    "UPDATE procedure_rule SET simple_max_fen = 1",
    "DELETE FROM plate_class",
    "INSERT INTO violation_edge VALUES ('paid', 'open')",
    "INSERT INTO violation_move (case_id, frm, dst, at) VALUES ('', '', '', '2026-01-01')",
    "DELETE FROM decision_block",
    "INSERT INTO decision_serial VALUES ('4403002', 40000000)",
    "UPDATE obligation SET base_fen = 1",
    "UPDATE obligation SET due_on = '2030-01-01'",
    "DELETE FROM obligation",
    "INSERT INTO settlement VALUES ('', '', '', 1, '2026-01-01')",
    "UPDATE settlement SET amount_fen = 1",
    "SELECT * FROM event",
    "UPDATE violation_event SET arg = ''",
    "UPDATE violation_event SET consumer = 'payment'",
    "INSERT INTO violation_event SELECT * FROM violation_event",
    "DELETE FROM violation_event",
    "SELECT id FROM person",
    "SELECT file_no FROM licence",
    "SELECT vin FROM vehicle",
    "UPDATE vehicle SET owner_id = NULL",
    "INSERT INTO licence (id) VALUES ('')",
    "UPDATE licence SET state = 'normal'",
    "UPDATE camera_record SET code = ''",
    "DELETE FROM street_decision",
    "SELECT * FROM account",
    "SELECT * FROM pay_order",
    "UPDATE core_session SET roles = 0",
    "UPDATE calendar_day SET kind = 'holiday'",
    "UPDATE term_rule SET n = 1",
    "UPDATE violation_audit SET act = ''",
    "DELETE FROM violation_audit",
};

static const char *const granted[] = {
    "UPDATE violation_case SET state = state, person_id = person_id WHERE id = ''",
    "UPDATE violation_decision SET stands = 1, withdrawn_at = NULL WHERE decision_no = ''",
    "SELECT id, owner_id FROM vehicle WHERE id = ''",
    "SELECT id, classes, state FROM licence WHERE id = ''",
    "UPDATE obligation SET withdrawn_at = '2026-01-01' WHERE id = ''",
    "SELECT * FROM settlement WHERE obligation_id = ''",
    "UPDATE violation_event SET state = 'done' WHERE id = ''",
};

static void the_database_user_may_do_what_it_needs_and_no_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(not_granted) / sizeof(*not_granted); i++)
        if (database_refuses("violation", "%s", not_granted[i]) == 0)
            fail_msg("allowed: %s", not_granted[i]);
    for (size_t i = 0; i < sizeof(granted) / sizeof(*granted); i++)
        if (database_refuses("violation", "%s", granted[i]) != 0)
            fail_msg("refused: %s", granted[i]);
}

static void a_case_moves_along_its_edges_only(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344");

    (void)state;
    assert_true(database_refuses("violation",
                                 "UPDATE violation_case SET state = 'paid' WHERE id = '%s'",
                                 id) != 0);
    assert_int_equal(confirm_plainly(id), 201);
    assert_true(database_refuses("violation",
                                 "UPDATE violation_case SET state = 'open' WHERE id = '%s'",
                                 id) != 0);
    assert_true(database_refuses("violation",
                                 "UPDATE violation_case SET person_id = '%s' WHERE id = '%s'",
                                 new_id(), id) != 0);
    assert_true(database_refuses("violation",
                                 "INSERT INTO violation_decision SELECT '4403001999999999',"
                                 " case_id, stands, manner, person_id, authority, facts,"
                                 " fact_source, fact_observed_at, title, basis, rule_source,"
                                 " rule_valid_from, 0, 0, 3, 100, decided_at, served_on, NULL,"
                                 " NULL, NULL, NULL, NULL, NULL FROM violation_decision"
                                 " WHERE case_id = '%s'",
                                 id) != 0);
}

/* The n-th statement fails as if the connection were lost: the answer is the same, or a 5xx that
   leaves nothing half done. */
static void every_statement_may_lose_its_connection(void **state)
{
    int64_t n = 0;
    int status;

    (void)state;
    do {
        struct citizen citizen = new_driver();
        const char *id = camera(citizen.plate, "1625");

        assert_int_equal(announce_it("key-torture-1", id), 201);
        db_fail_after(&asker.process, ++n);
        status = confirm_it("key-torture-2", id, NOTHING_TO_SAY);
        db_fail_after(&asker.process, 0);
        assert_true(status == 201 || status == 503);
        assert_int_equal(confirm_it("key-torture-2", id, NOTHING_TO_SAY), 201);
        assert_int_equal(database_number("SELECT COUNT(*) FROM violation_decision d"
                                         " JOIN obligation o ON o.id = d.obligation_id"
                                         " JOIN points_entry e ON e.decision_no = d.decision_no"
                                         " WHERE d.case_id = '%s'",
                                         id),
                         1);
    } while (n < 24);
}

#define STORY(name) cmocka_unit_test_setup(name, begin_violation)

static const struct CMUnitTest tests[] = {
    STORY(a_camera_record_told_twice_is_one_case),
    STORY(the_list_is_newest_act_first_however_late_a_record_came),
    STORY(a_record_may_come_before_its_vehicle),
    STORY(a_street_decision_arrives_decided_owed_and_with_its_points),
    STORY(a_warning_of_the_street_owes_nothing),
    STORY(a_decision_number_is_good_for_one_decision),
    STORY(a_settlement_closes_the_case_once),
    STORY(payment_is_told_of_a_withdrawal_in_its_transaction),
    STORY(points_of_an_earlier_cycle_are_cleared),
    STORY(two_confirmations_at_once_do_not_pass_full_points_unseen),
    STORY(the_database_user_may_do_what_it_needs_and_no_more),
    STORY(a_case_moves_along_its_edges_only),
    STORY(every_statement_may_lose_its_connection),
};

static int forget_all(void **state)
{
    static const char *const tables[] = {"settlement",
                                         "points_entry",
                                         "points_account",
                                         "violation_confirmation",
                                         "violation_decision",
                                         "violation_announcement",
                                         "violation_case",
                                         "violation_move",
                                         "obligation",
                                         "street_decision",
                                         "camera_record",
                                         "vehicle",
                                         "licence",
                                         "event",
                                         "violation_idem"};

    database_run("SET FOREIGN_KEY_CHECKS = 0");
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
        database_run("DELETE FROM %s", tables[i]);
    return close_applications(state);
}

/* Every story is told twice: plainly, and with each transaction rolled back, then committed with
   its answer swallowed, before it counts. */
int main(void)
{
    int failures = cmocka_run_group_tests_name("plain", tests, open_applications, forget_all);

    return failures + cmocka_run_group_tests_name("rehearsed", tests, open_applications_rehearsed,
                                                  close_applications);
}
