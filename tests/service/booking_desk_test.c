/* T3, the officers' side: counters, calls in order, recalls, who is missed and put back, the pace.
 */

#include "service/booking_stage.h"

#include "core/db.h"

static int counter(int no, const char *act)
{
    return post(arena_printf(texts, "office/halls/futian/counters/%d/%s", no, act), NULL);
}

static void t3_counters_call_in_the_order_of_the_line(void **state)
{
    const char *first = taken_online("violation");

    (void)state;
    taken_at_hall("violation");
    taken_online("vehicle");
    seated(1);
    assert_string_equal(called(1), "A001");
    assert_string_equal(called_id, first);
    assert_string_equal(answer_text(&asker, "state_text"), "正在叫号，请到1号窗口");
    assert_int_equal(counter(1, "call"), 409);
    assert_refused(409, "counter_busy");
    seated(2);
    assert_string_equal(called(2), "A002");
    seated(3);
    assert_null(called(3)); /* it serves no vehicles */
    assert_refused(409, "nobody_waits");
    seated(7);
    assert_string_equal(called(7), "B001");
}

static int64_t told(const char *id)
{
    return database_number("SELECT COUNT(*) FROM event WHERE consumer = 'notice'"
                           " AND kind = 'ticket_near' AND dedupe LIKE '%s%%'",
                           id);
}

/* Three ahead are near; who took a ticket at the hall has nobody to tell. */
static void t3_who_is_nearly_called_is_told_once(void **state)
{
    const char *ids[6];

    (void)state;
    for (int i = 0; i < 6; i++)
        ids[i] = i == 2 ? taken_at_hall("violation") : taken_online("violation");
    seated(1);
    assert_string_equal(called(1), "A001");
    assert_int_equal(told(ids[0]), 0);
    assert_int_equal(told(ids[1]), 1);
    assert_int_equal(told(ids[2]), 0);
    assert_int_equal(told(ids[4]), 1);
    assert_int_equal(told(ids[5]), 0);
    assert_int_equal(desk(called_id, "service"), 200);
    assert_int_equal(desk(called_id, "done"), 200);
    assert_string_equal(called(1), "A002");
    assert_int_equal(told(ids[4]), 1);
    assert_int_equal(told(ids[5]), 1);
}

/* Another counter has the next one in its hands, and is about to call him. */
static void t3_telling_waits_for_no_other_counter_and_holds_none_up(void **state)
{
    const char *ids[3];

    (void)state;
    for (int i = 0; i < 3; i++)
        ids[i] = taken_online("violation");
    seated(1);
    database_run("BEGIN");
    database_run("UPDATE booking_ticket SET recalls = 0 WHERE id = '%s'", ids[1]);
    assert_int_equal(counter(1, "call"), 200);
    assert_string_equal(answer_text(&asker, "number"), "A001");
    database_run("ROLLBACK");
    assert_int_equal(told(ids[2]), 1);
    seated(2);
    assert_string_equal(called(2), "A002");
    assert_int_equal(told(ids[2]), 1);
}

static void t3_a_counter_for_all_calls_whoever_came_first_of_any_line(void **state)
{
    (void)state;
    taken_online("vehicle");
    taken_online("accident");
    taken_online("violation");
    taken_online("vehicle");
    seated(8);
    for (const char *const *number = (const char *const[]){"B001", "C001", "A001", "B002", NULL};
         *number != NULL; number++) {
        assert_string_equal(called(8), *number);
        assert_int_equal(desk(called_id, "service"), 200);
        assert_int_equal(desk(called_id, "done"), 200);
    }
}

static void t3_a_second_tap_calls_nobody_else(void **state)
{
    (void)state;
    taken_online("violation");
    taken_online("violation");
    seated(1);
    assert_string_equal(called(1), "A001");
    assert_int_equal(post_again("office/halls/futian/counters/1/call", NULL), 200);
    assert_string_equal(answer_text(&asker, "number"), "A001");
    assert_int_equal(desk(called_id, "service"), 200);
    assert_int_equal(post_again(arena_printf(texts, "office/tickets/%s/service", called_id), NULL),
                     200);
    assert_int_equal(desk(called_id, "done"), 200);
    assert_int_equal(post_again(arena_printf(texts, "office/tickets/%s/done", called_id), NULL),
                     200);
    assert_string_equal(answer_text(&asker, "state"), "done");
    assert_int_equal(
        database_number("SELECT observed FROM booking_service_time WHERE business = 'violation'"),
        1);
}

static void t3_only_who_sits_there_works_there(void **state)
{
    (void)state;
    taken_online("violation");
    officer(FUTIAN, INTAKE);
    assert_int_equal(counter(1, "call"), 409);
    assert_refused(409, "counter_closed");
    seated(1);
    assert_int_equal(counter(2, "open"), 409);
    assert_refused(409, "counter_elsewhere");
    assert_non_null(called(1));
    officer(FUTIAN, INTAKE);
    assert_int_equal(counter(1, "open"), 409);
    assert_refused(409, "counter_taken");
    assert_int_equal(counter(1, "call"), 403);
    assert_true(answer_has_reason(&asker, "counter_not_own"));
    assert_true(answer_has_reason(&asker, "counter_busy"));
    assert_int_equal(desk(called_id, "service"), 403);
    assert_int_equal(counter(1, "close"), 403);
    officer(NANSHAN, INTAKE);
    assert_int_equal(counter(1, "call"), 404);
    assert_int_equal(counter(1, "open"), 404);
    assert_int_equal(desk(called_id, "service"), 404);
    citizen();
    assert_int_equal(counter(1, "call"), 403);
    assert_int_equal(desk(called_id, "done"), 403);
}

static void t3_counters_are_left_by_who_opened_them_or_by_a_lead(void **state)
{
    (void)state;
    taken_online("violation");
    seated(1);
    assert_int_equal(counter(1, "open"), 200);
    assert_non_null(called(1));
    assert_int_equal(counter(1, "close"), 409);
    assert_refused(409, "counter_busy");
    assert_int_equal(desk(called_id, "service"), 200);
    assert_int_equal(desk(called_id, "done"), 200);
    officer(FUTIAN, LEAD);
    assert_int_equal(ask(&asker, "GET", "/api/booking/office/halls/futian/counters", NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 8);
    assert_int_equal(answer_number(&asker, "items.0.is_open"), 1);
    assert_int_equal(answer_number(&asker, "items.0.is_own"), 0);
    assert_int_equal(counter(1, "close"), 200);
    assert_int_equal(answer_number(&asker, "is_open"), 0);
    assert_int_equal(counter(99, "close"), 404);
    assert_int_equal(ask(&asker, "GET", "/api/booking/office/halls/nanshan/counters", NULL), 404);
}

static void t3_whom_an_officer_who_went_away_had_called_is_called_first_again(void **state)
{
    const char *first = taken_online("violation");

    (void)state;
    taken_online("violation");
    seated(1);
    assert_string_equal(called(1), "A001");
    assert_int_equal(desk(first, "recall"), 200);
    officer(FUTIAN, LEAD);
    assert_int_equal(counter(1, "close"), 200);
    assert_null(answer_text(&asker, "ticket_id"));
    assert_string_equal(state_of_ticket(first), "waiting");
    assert_int_equal(database_number("SELECT COUNT(*) FROM booking_audit"
                                     " WHERE act = 'ticket_released' AND object = '%s'",
                                     first),
                     1);
    seated(2);
    assert_string_equal(called(2), "A001");
    assert_int_equal(answer_number(&asker, "recalls"), 0);
    assert_int_equal(desk(first, "service"), 200);
    officer(FUTIAN, LEAD);
    assert_int_equal(counter(2, "close"), 200);
    assert_string_equal(state_of_ticket(first), "done");
    assert_int_equal(database_number("SELECT COUNT(*) FROM booking_service_time"), 0);
    seated(2);
    assert_string_equal(called(2), "A002");
}

static void t3_three_recalls_and_then_it_is_missed(void **state)
{
    const char *id = taken_online("violation");

    (void)state;
    seated(1);
    assert_non_null(called(1));
    assert_int_equal(desk(id, "missed"), 409);
    assert_refused(409, "recall_first");
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(desk(id, "recall"), 200);
        assert_int_equal(answer_number(&asker, "recalls"), i);
        assert_string_equal(answer_text(&asker, "state"), "called");
    }
    assert_int_equal(desk(id, "recall"), 200);
    assert_string_equal(answer_text(&asker, "state"), "missed");
    assert_int_equal(desk(id, "recall"), 409);
    assert_refused(409, "not_called");
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM booking_audit WHERE act = 'ticket_missed'"
                        " AND object = '%s'",
                        id),
        1);
    citizen_again(database_word("SELECT person_id FROM booking_ticket WHERE id = '%s'", id));
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, "/api/booking/tickets/%s", id), NULL),
                     200);
    assert_string_equal(answer_text(&asker, "state_text"), "已过号，请向窗口工作人员申请重新排队");
    taken_online("violation");
    assert_non_null(called(1)); /* the counter is free for the next */
}

/* A ticket that was called at counter 1 and missed. */
static const char *missed(void)
{
    assert_non_null(called(1));
    assert_int_equal(desk(called_id, "recall"), 200);
    assert_int_equal(desk(called_id, "missed"), 200);
    return called_id;
}

static void t3_who_missed_comes_behind_the_next_three_once(void **state)
{
    const char *id;

    (void)state;
    for (int i = 0; i < 6; i++)
        taken_online("violation");
    seated(1);
    id = missed();
    assert_int_equal(desk(id, "return"), 200);
    assert_string_equal(answer_text(&asker, "state"), "waiting");
    assert_int_equal(post_again(arena_printf(texts, "office/tickets/%s/return", id), NULL), 200);
    assert_int_equal(answer_number(&asker, "returns"), 1);
    assert_int_equal(desk(id, "return"), 409);
    for (const char *const *number = (const char *const[]){"A002", "A003", "A004", NULL};
         *number != NULL; number++) {
        assert_string_equal(called(1), *number);
        assert_int_equal(desk(called_id, "service"), 200);
        assert_int_equal(desk(called_id, "done"), 200);
    }
    assert_string_equal(missed(), id);
    assert_int_equal(desk(id, "return"), 409);
    assert_refused(409, "returned_already");
    assert_string_equal(called(1), "A005");
    assert_int_equal(desk(called_id, "return"), 409);
    assert_refused(409, "not_missed");
}

static void t3_a_pardon_is_for_the_call_that_was_missed(void **state)
{
    const char *id = taken_online("violation"), *path;

    (void)state;
    path = arena_printf(texts, "office/tickets/%s/pardon", id);
    seated(1);
    missed();
    officer(FUTIAN, LEAD);
    assert_int_equal(post(path, "{\"reason\":\"堵车\"}"), 200);
    at_counter(1);
    assert_int_equal(desk(id, "return"), 200);
    assert_null(answer_text(&asker, "called_at"));
    assert_null(answer_text(&asker, "pardoned_at"));
    assert_int_equal(answer_number(&asker, "recalls"), 0);
    assert_int_equal(database_number("SELECT COUNT(*) FROM booking_ticket WHERE recalls = 0"
                                     " AND called_at IS NULL AND pardoned_at IS NULL"
                                     " AND pardon_reason IS NULL"),
                     1);
    assert_string_equal(missed(), id);
    assert_null(answer_text(&asker, "pardoned_at"));
}

static void t3_behind_all_when_fewer_wait(void **state)
{
    const char *id;

    (void)state;
    taken_online("violation");
    taken_online("violation");
    seated(1);
    id = missed();
    assert_int_equal(desk(id, "return"), 200);
    taken_online("violation");
    assert_string_equal(called(1), "A002");
    assert_int_equal(desk(called_id, "service"), 200);
    assert_int_equal(desk(called_id, "done"), 200);
    assert_string_equal(called(1), "A001");
}

static void t3_who_took_another_meanwhile_is_not_put_back(void **state)
{
    const char *id = taken_online("violation"), *person;

    (void)state;
    person = database_word("SELECT person_id FROM booking_ticket");
    seated(1);
    missed();
    citizen_again(person);
    assert_int_equal(take_at("violation", 22541100, 114059500), 201);
    at_counter(1);
    assert_int_equal(desk(id, "return"), 409);
    assert_refused(409, "has_ticket");
}

static void t3_a_lead_pardons_and_the_bar_falls(void **state)
{
    const char *person = citizen(), *ids[3];

    (void)state;
    seated(1);
    for (int i = 0; i < 3; i++) {
        citizen_again(person);
        assert_int_equal(take_at("violation", 22541100, 114059500), 201);
        ids[i] = missed();
        database_run("UPDATE booking_ticket SET day = day - INTERVAL 1 DAY");
    }
    citizen_again(person);
    assert_int_equal(take_at("violation", 22541100, 114059500), 403);
    assert_refused(403, "barred");
    assert_string_equal(answer_text(&asker, "error.reasons.0.values.0"), "2018-10-27");
    officer(FUTIAN, INTAKE);
    assert_int_equal(
        post(arena_printf(texts, "office/tickets/%s/pardon", ids[1]), "{\"reason\":\"住院\"}"),
        403);
    officer(FUTIAN, LEAD);
    assert_int_equal(
        post(arena_printf(texts, "office/tickets/%s/pardon", ids[1]), "{\"reason\":\"住院\"}"),
        200);
    assert_non_null(answer_text(&asker, "pardoned_at"));
    assert_int_equal(post_again(arena_printf(texts, "office/tickets/%s/pardon", ids[1]),
                                "{\"reason\":\"住院\"}"),
                     200);
    assert_int_equal(
        post(arena_printf(texts, "office/tickets/%s/pardon", ids[1]), "{\"reason\":\"住院\"}"),
        409);
    assert_refused(409, "pardoned_already");
    assert_string_equal(
        database_word("SELECT pardon_reason FROM booking_ticket WHERE id = '%s'", ids[1]), "住院");
    assert_int_equal(database_number("SELECT COUNT(*) FROM booking_audit WHERE object = '%s'"
                                     " AND act = 'ticket_pardoned' AND detail NOT LIKE '%%住院%%'",
                                     ids[1]),
                     1);
    citizen_again(person);
    assert_int_equal(take_at("violation", 22541100, 114059500), 201);
}

static void t3_service_begins_before_it_ends_and_only_when_called(void **state)
{
    const char *id = taken_online("violation");

    (void)state;
    seated(1);
    assert_int_equal(desk(id, "service"), 409);
    assert_refused(409, "not_called");
    assert_non_null(called(1));
    assert_int_equal(desk(id, "done"), 409);
    assert_refused(409, "not_serving");
    assert_int_equal(desk(id, "service"), 200);
    assert_string_equal(answer_text(&asker, "state_text"), "正在1号窗口办理");
    assert_int_equal(desk(id, "recall"), 409);
    assert_int_equal(desk(id, "missed"), 409);
    assert_int_equal(desk(id, "done"), 200);
    assert_int_equal(desk("01JD0000000000000000000001", "done"), 404);
    assert_string_equal(state_of_ticket(id), "done");
}

static void t3_the_pace_is_what_services_took_here(void **state)
{
    (void)state;
    seated(1);
    for (int i = 0; i < 12; i++) {
        taken_online("violation");
        served(1, 600);
    }
    assert_true(database_number("SELECT mean_ms FROM booking_service_time"
                                " WHERE hall = 'futian' AND business = 'violation'") > 500000);
    assert_int_equal(database_number("SELECT observed FROM booking_service_time"), 12);
    asker_sign_out(&asker);
    taken_online("violation");
    taken_online("violation");
    assert_int_equal(answer_number(&asker, "ahead"), 1);
}

static void t3_the_error_of_the_told_times_is_told(void **state)
{
    (void)state;
    seated(1);
    taken_online("violation");
    served(1, 300);
    taken_online("violation");
    assert_non_null(called(1));
    taken_online("violation");
    at_counter(1);
    assert_int_equal(desk(called_id, "service"), 200);
    assert_int_equal(desk(called_id, "done"), 200);
    set_clock("2018-09-28T03:30:00.000Z"); /* an hour and a half later than told */
    assert_non_null(called(1));
    officer(FUTIAN, LEAD);
    assert_int_equal(
        ask(&asker, "GET", "/api/booking/office/halls/futian/accuracy?day=2018-09-28", NULL), 200);
    assert_int_equal(answer_number(&asker, "tickets"), 3);
    assert_int_equal(answer_number(&asker, "inside"), 2);
    assert_int_equal(answer_number(&asker, "inside_percent"), 66);
    assert_true(answer_number(&asker, "mean_error_s") > 1500);
    officer(NANSHAN, LEAD);
    assert_int_equal(
        ask(&asker, "GET", "/api/booking/office/halls/futian/accuracy?day=2018-09-28", NULL), 404);
}

static void t3_officers_see_who_waits_and_who_was_missed(void **state)
{
    (void)state;
    taken_online("violation");
    taken_at_hall("vehicle");
    taken_online("violation");
    seated(1);
    missed();
    assert_int_equal(
        ask(&asker, "GET", "/api/booking/office/halls/futian/tickets?state=waiting", NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 2);
    assert_string_equal(answer_text(&asker, "items.0.number"), "B001");
    assert_int_equal(
        ask(&asker, "GET", "/api/booking/office/halls/futian/tickets?state=missed", NULL), 200);
    assert_string_equal(answer_text(&asker, "items.0.number"), "A001");
    assert_int_equal(
        ask(&asker, "GET", "/api/booking/office/halls/futian/tickets?state=lost", NULL), 400);
    officer(NANSHAN, INTAKE);
    assert_int_equal(
        ask(&asker, "GET", "/api/booking/office/halls/futian/tickets?state=waiting", NULL), 404);
}

static void t3_the_day_ends_and_nobody_missed_it(void **state)
{
    const char *waiting = taken_online("vehicle"), *shown = taken_online("violation"), *served_one;

    (void)state;
    served_one = taken_online("accident");
    seated(1);
    assert_non_null(called(1));
    seated(6);
    assert_non_null(called(6));
    assert_int_equal(desk(called_id, "service"), 200);
    set_clock("2018-09-29T02:00:00.000Z");
    database_run("UPDATE booking_job SET run_at = '2018-01-01' WHERE kind = 'end_day'");
    run_jobs();
    assert_string_equal(state_of_ticket(waiting), "left");
    assert_string_equal(state_of_ticket(shown), "left");
    assert_string_equal(state_of_ticket(served_one), "done");
    assert_int_equal(database_number("SELECT COUNT(*) FROM booking_counter"
                                     " WHERE officer_id IS NOT NULL OR ticket_id IS NOT NULL"),
                     0);
}

#define WAITING "/api/booking/office/halls/futian/tickets?state=waiting&limit=2"

static void t3_officers_see_all_who_wait_page_by_page(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        set_clock(arena_printf(texts, "2018-09-28T02:00:0%d.000Z", i));
        taken_at_hall(i % 2 == 0 ? "violation" : "vehicle");
    }
    database_run("UPDATE booking_ticket SET order_key = 1 WHERE number IN ('B001', 'A002')");
    assert_int_equal(ask(&asker, "GET", WAITING, NULL), 200);
    for (const char *const *number = (const char *const[]){"B001", "A002", "A001", "B002", NULL};
         *number != NULL; number += 2) {
        assert_int_equal(answer_count(&asker, "items"), 2);
        assert_string_equal(answer_text(&asker, "items.0.number"), number[0]);
        assert_string_equal(answer_text(&asker, "items.1.number"), number[1]);
        assert_int_equal(ask(&asker, "GET",
                             arena_printf(texts, WAITING "&after=%s", answer_text(&asker, "next")),
                             NULL),
                         200);
    }
    assert_int_equal(answer_count(&asker, "items"), 1);
    assert_string_equal(answer_text(&asker, "items.0.number"), "A003");
    assert_null(answer_text(&asker, "next"));
}

/* On a day on which every hall is full. */
static void t3_a_look_reads_the_lines_of_its_own_hall_alone(void **state)
{
    const char *own = taken_online("vehicle"), *path;
    int64_t before;

    (void)state;
    database_run("INSERT INTO booking_ticket (id, hall, business, day, number, way, taken_by,"
                 " request_key, is_priority, state, order_key, taken_at)"
                 " SELECT CONCAT('01FAR', LPAD(seq, 21, '0')), 'nanshan', 'vehicle', day,"
                 " CONCAT('Z', seq), 'hall', 'x', seq, 0, 'waiting', seq, taken_at"
                 " FROM booking_ticket, seq_1_to_3000 WHERE id = '%s'",
                 own);
    path = arena_printf(texts, "/api/booking/tickets/%s", own);
    before = database_rows_read();
    assert_int_equal(ask(&asker, "GET", path, NULL), 200);
    assert_true(database_rows_read() - before < 500);
    before = database_rows_read();
    taken_online("accident");
    assert_true(database_rows_read() - before < 2000);
}

static void t3_the_end_of_a_day_does_not_read_all_days_before(void **state)
{
    const char *waiting = taken_online("vehicle");
    int64_t before;

    (void)state;
    database_run("INSERT INTO booking_ticket (id, hall, business, day, number, way, taken_by,"
                 " request_key, is_priority, state, order_key, taken_at)"
                 " SELECT CONCAT('01OLD', LPAD(seq, 21, '0')), 'futian', 'violation',"
                 " '2018-09-01' - INTERVAL seq DIV 100 DAY, CONCAT('A', seq), 'hall', 'x', seq, 0,"
                 " 'done', seq, '2018-09-01' FROM seq_1_to_5000");
    set_clock("2018-09-29T02:00:00.000Z");
    database_run("UPDATE booking_job SET run_at = '2018-01-01' WHERE kind = 'end_day'");
    before = database_rows_read();
    run_jobs();
    assert_true(database_rows_read() - before < 2000);
    assert_string_equal(state_of_ticket(waiting), "left");
}

static void t3_old_tickets_are_deleted_and_those_that_count_are_not(void **state)
{
    (void)state;
    taken_online("violation");
    database_run("INSERT INTO booking_ticket (id, hall, business, day, number, way, person_id,"
                 " taken_by, request_key, is_priority, state, order_key, taken_at)"
                 " SELECT CONCAT('01OLD', LPAD(seq, 21, '0')), 'futian', 'violation',"
                 " '2018-09-28' - INTERVAL seq DAY, 'A1', 'online', 'p', 'x', seq, 0,"
                 " 'missed', seq, '2018-03-01' FROM seq_1_to_1300");
    database_run("INSERT INTO booking_near_told SELECT id, day FROM booking_ticket");
    database_run("UPDATE booking_job SET run_at = '2018-01-01' WHERE kind = 'forget_old'");
    run_jobs();
    assert_int_equal(database_number("SELECT COUNT(*) FROM booking_ticket"), 181);
    assert_int_equal(database_number("SELECT COUNT(*) FROM booking_near_told"), 181);
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM booking_ticket WHERE day < '2018-04-01'"), 0);
}

static void a_ticket_makes_no_other_moves(void **state)
{
    const char *id = taken_online("violation");

    (void)state;
    assert_int_not_equal(
        database_refuses("booking", "UPDATE booking_ticket SET state = 'done' WHERE id = '%s'", id),
        0);
    assert_int_not_equal(database_refuses("booking", "UPDATE booking_ticket SET person_id = NULL"),
                         0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(t3_counters_call_in_the_order_of_the_line, begin_queue),
        cmocka_unit_test_setup(t3_who_is_nearly_called_is_told_once, begin_queue),
        cmocka_unit_test_setup(t3_telling_waits_for_no_other_counter_and_holds_none_up,
                               begin_queue),
        cmocka_unit_test_setup(t3_a_counter_for_all_calls_whoever_came_first_of_any_line,
                               begin_queue),
        cmocka_unit_test_setup(t3_a_second_tap_calls_nobody_else, begin_queue),
        cmocka_unit_test_setup(t3_only_who_sits_there_works_there, begin_queue),
        cmocka_unit_test_setup(t3_counters_are_left_by_who_opened_them_or_by_a_lead, begin_queue),
        cmocka_unit_test_setup(t3_whom_an_officer_who_went_away_had_called_is_called_first_again,
                               begin_queue),
        cmocka_unit_test_setup(t3_three_recalls_and_then_it_is_missed, begin_queue),
        cmocka_unit_test_setup(t3_who_missed_comes_behind_the_next_three_once, begin_queue),
        cmocka_unit_test_setup(t3_a_pardon_is_for_the_call_that_was_missed, begin_queue),
        cmocka_unit_test_setup(t3_behind_all_when_fewer_wait, begin_queue),
        cmocka_unit_test_setup(t3_who_took_another_meanwhile_is_not_put_back, begin_queue),
        cmocka_unit_test_setup(t3_a_lead_pardons_and_the_bar_falls, begin_queue),
        cmocka_unit_test_setup(t3_service_begins_before_it_ends_and_only_when_called, begin_queue),
        cmocka_unit_test_setup(t3_the_pace_is_what_services_took_here, begin_queue),
        cmocka_unit_test_setup(t3_the_error_of_the_told_times_is_told, begin_queue),
        cmocka_unit_test_setup(t3_officers_see_who_waits_and_who_was_missed, begin_queue),
        cmocka_unit_test_setup(t3_the_day_ends_and_nobody_missed_it, begin_queue),
        cmocka_unit_test_setup(t3_officers_see_all_who_wait_page_by_page, begin_queue),
        cmocka_unit_test_setup(t3_a_look_reads_the_lines_of_its_own_hall_alone, begin_queue),
        cmocka_unit_test_setup(t3_the_end_of_a_day_does_not_read_all_days_before, begin_queue),
        cmocka_unit_test_setup(t3_old_tickets_are_deleted_and_those_that_count_are_not,
                               begin_queue),
        cmocka_unit_test_setup(a_ticket_makes_no_other_moves, begin_queue),
    };
    int failures =
        cmocka_run_group_tests_name("plain", tests, open_applications, close_applications);

    return failures + cmocka_run_group_tests_name("rehearsed", tests, open_applications_rehearsed,
                                                  close_applications);
}
