/* T3, the citizen's side: a ticket taken online or at the hall, place and expected time, the
 * limits. */

#include "service/booking_stage.h"

#include "core/clock.h"
#include "core/db.h"

static int show(const char *id)
{
    return ask(&asker, "GET", arena_printf(texts, "/api/booking/tickets/%s", id), NULL);
}

static int64_t minutes_between(const char *earlier, const char *later)
{
    struct instant from, to;

    assert_true(instant_from_text(earlier, &from));
    assert_true(instant_from_text(later, &to));
    return (to.ms - from.ms) / MINUTE_MS;
}

static void t3_a_ticket_tells_its_place_and_a_range_of_time(void **state)
{
    const char *second;

    (void)state;
    seated(1);
    taken_online("violation");
    assert_non_null(called(1));
    taken_online("violation");
    second = taken_online("violation");
    assert_string_equal(answer_text(&asker, "number"), "A003");
    assert_string_equal(answer_text(&asker, "state"), "waiting");
    assert_string_equal(answer_text(&asker, "state_text"), "等候中，前面还有1人");
    assert_string_equal(answer_text(&asker, "last_called"), "A001");
    assert_int_equal(answer_number(&asker, "ahead"), 1);
    assert_true(answer_number(&asker, "ask_again_s") >= 5);
    assert_true(
        minutes_between(answer_text(&asker, "earliest_at"), answer_text(&asker, "latest_at")) >= 2);
    assert_true(minutes_between("2018-09-28T02:00:00.000Z", answer_text(&asker, "latest_at")) >= 7);
    assert_int_equal(show(second), 200);
    assert_string_equal(answer_text(&asker, "hall_name"), "福田交警综合服务厅");
    assert_string_equal(
        database_word("SELECT told_to FROM booking_ticket WHERE id = '%s'", second) + 17, "00.000");
}

static void t3_without_an_open_counter_no_time_is_told(void **state)
{
    (void)state;
    taken_online("violation");
    assert_null(answer_text(&asker, "earliest_at"));
    assert_null(answer_text(&asker, "latest_at"));
    assert_int_equal(answer_number(&asker, "ahead"), 0);
}

static int64_t counters_shown(void)
{
    asker_sign_out(&asker);
    assert_int_equal(ask(&asker, "GET", "/api/booking/halls/futian/display", NULL), 200);
    return answer_number(&asker, "lines.0.counters");
}

static void t3_a_counter_where_nothing_was_done_for_an_hour_promises_nothing(void **state)
{
    (void)state;
    seated(1);
    taken_online("violation");
    assert_non_null(answer_text(&asker, "latest_at"));
    set_clock("2018-09-28T03:01:00.000Z");
    taken_online("violation");
    assert_null(answer_text(&asker, "latest_at"));
    assert_int_equal(database_number("SELECT COUNT(*) FROM booking_ticket WHERE told_to IS NULL"),
                     1);
    assert_int_equal(counters_shown(), 0);
    at_counter(1);
    assert_int_equal(post("office/halls/futian/counters/1/open", NULL), 200);
    assert_int_equal(counters_shown(), 1);
    set_clock("2018-09-28T03:50:00.000Z");
    assert_non_null(called(1));
    set_clock("2018-09-28T04:30:00.000Z");
    assert_int_equal(counters_shown(), 1);
    taken_online("violation");
    assert_non_null(answer_text(&asker, "latest_at"));
}

static void t3_one_tap_more_is_the_same_ticket(void **state)
{
    const char *body = "{\"business\":\"vehicle\",\"lat_e6\":22541100,\"lon_e6\":114059500}";
    const char *id;

    (void)state;
    citizen();
    assert_int_equal(post("halls/futian/tickets", body), 201);
    id = answer_kept("id");
    assert_int_equal(post_again("halls/futian/tickets", body), 201);
    assert_string_equal(answer_text(&asker, "id"), id);
    assert_int_equal(database_number("SELECT last_no FROM booking_line_day"), 1);
}

static void t3_everything_that_stands_against_a_ticket_is_said_at_once(void **state)
{
    const char *person;

    (void)state;
    taken_online("violation");
    person = database_word("SELECT person_id FROM booking_ticket");
    for (int i = 0; i < 3; i++)
        database_run("INSERT INTO booking_ticket (id, hall, business, day, number, way, person_id,"
                     " taken_by, request_key, is_priority, state, order_key, taken_at) VALUES"
                     " ('%s', 'nanshan', 'accident', '2018-09-%d', 'C00%d', 'online', '%s', '%s',"
                     " 'k', 0, 'missed', %d, '2018-09-20')",
                     new_id(), 20 + i, i, person, new_id(), i);
    database_run("UPDATE booking_line_day SET online = 180");
    set_clock("2018-09-28T10:00:00.000Z"); /* 18:00 */
    citizen_again(person);
    assert_int_equal(take_at("violation", 22600000, 114059500), 409);
    for (const char *const *code =
             (const char *const[]){"hall_closed", "too_late", "too_far", "online_full",
                                   "has_ticket", "barred", NULL};
         *code != NULL; code++)
        assert_true(answer_has_reason(&asker, *code));
    assert_int_equal(answer_count(&asker, "error.reasons"), 6);
    assert_string_equal(answer_text(&asker, "error.reasons.5.values.0"), "2018-10-22");
    assert_int_equal(answer_number(&asker, "error.reasons.2.values.1"), 5000);
}

static void t3_nobody_takes_one_before_the_hour_or_on_a_holiday(void **state)
{
    (void)state;
    set_clock("2018-09-28T00:29:00.000Z");
    citizen();
    assert_int_equal(take_at("violation", 22541100, 114059500), 409);
    assert_refused(409, "too_early");
    set_clock("2018-10-01T02:00:00.000Z"); /* National Day */
    citizen();
    assert_int_equal(take_at("violation", 22541100, 114059500), 409);
    assert_refused(409, "hall_closed");
    set_clock("2018-09-29T02:00:00.000Z"); /* a Saturday that is worked on */
    taken_online("violation");
}

static int turn(const char *hall, const char *how, const char *body)
{
    asker.key = new_id();
    return ask(&asker, "POST", arena_printf(texts, "/api/booking/office/halls/%s/%s", hall, how),
               body);
}

static void t3_a_hall_that_is_shut_gives_no_ticket_and_says_why(void **state)
{
    (void)state;
    officer(FUTIAN, INTAKE);
    assert_int_equal(turn("futian", "shut", "{\"reason\":\"停电\"}"), 403);
    officer(NANSHAN, LEAD);
    assert_int_equal(turn("futian", "shut", "{\"reason\":\"停电\"}"), 404);
    officer(FUTIAN, LEAD);
    assert_int_equal(turn("futian", "shut", "{}"), 400);
    assert_int_equal(turn("futian", "shut", "{\"reason\":\"停电\"}"), 200);
    assert_int_equal(ask(&asker, "GET", "/api/booking/halls/futian/display", NULL), 200);
    assert_string_equal(answer_text(&asker, "shut_reason"), "停电");
    citizen();
    assert_int_equal(take_at("violation", 22541100, 114059500), 409);
    assert_refused(409, "hall_closed");
    assert_string_equal(answer_text(&asker, "error.reasons.0.values.1"), "停电");
    officer(FUTIAN, LEAD);
    assert_int_equal(turn("futian", "open", ""), 200);
    assert_int_equal(answer_number(&asker, "is_open"), 1);
    assert_int_equal(
        database_number("SELECT COUNT(DISTINCT act) FROM booking_audit WHERE object = 'futian'"
                        " AND act IN ('hall_shut', 'hall_opened')"),
        2);
    taken_online("violation");
}

static void t3_walk_ins_keep_their_share(void **state)
{
    (void)state;
    taken_online("violation");
    database_run("UPDATE booking_line_day SET online = 180, last_no = 180");
    citizen();
    assert_int_equal(take_at("violation", 22541100, 114059500), 409);
    assert_refused(409, "online_full");
    taken_at_hall("violation");
    assert_string_equal(answer_text(&asker, "number"), "A181");
    assert_string_equal(answer_text(&asker, "way"), "hall");
    database_run("UPDATE booking_line_day SET last_no = 300");
    assert_int_equal(post("office/halls/futian/tickets", "{\"business\":\"violation\"}"), 409);
    assert_refused(409, "day_full");
}

static void t3_a_day_has_so_many_tickets_online_for_a_person(void **state)
{
    (void)state;
    citizen();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(take_at("violation", 22541100, 114059500), 201);
        assert_int_equal(
            post(arena_printf(texts, "tickets/%s/leave", answer_text(&asker, "id")), NULL), 200);
        assert_string_equal(answer_text(&asker, "state"), "left");
    }
    assert_int_equal(take_at("violation", 22541100, 114059500), 409);
    assert_refused(409, "too_many_today");
}

static void t3_who_leaves_makes_room_and_cannot_leave_twice(void **state)
{
    const char *first = taken_online("violation"), *path, *second;

    (void)state;
    path = arena_printf(texts, "tickets/%s/leave", first);
    assert_int_equal(post(path, NULL), 200);
    assert_int_equal(post_again(path, NULL), 200);
    assert_int_equal(post(path, NULL), 409);
    assert_refused(409, "not_waiting");
    second = taken_online("violation");
    assert_int_equal(answer_number(&asker, "ahead"), 0);
    seated(1);
    assert_string_equal(called(1), "A002");
    assert_string_equal(called_id, second);
}

static void t3_somebody_elses_ticket_looks_absent(void **state)
{
    const char *id = taken_online("violation");

    (void)state;
    citizen();
    assert_int_equal(show(id), 404);
    assert_int_equal(post(arena_printf(texts, "tickets/%s/leave", id), NULL), 404);
    assert_true(database_number("SELECT COUNT(*) FROM booking_audit WHERE object = '%s'"
                                " AND act LIKE '%%refus%%'",
                                id) >= 2);
    assert_int_equal(ask(&asker, "GET", "/api/booking/tickets", NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 0);
    assert_int_equal(show("01JD0000000000000000000001"), 404);
    asker_sign_out(&asker);
    assert_int_equal(show(id), 401);
    citizen_again(database_word("SELECT person_id FROM booking_ticket"));
    assert_int_equal(ask(&asker, "GET", "/api/booking/tickets", NULL), 200);
    assert_string_equal(answer_text(&asker, "items.0.number"), "A001");
}

static void t3_a_stranger_locks_nobodys_ticket(void **state)
{
    const char *id = taken_online("violation");

    (void)state;
    citizen();
    database_run("BEGIN"); /* a counter is calling it */
    database_run("UPDATE booking_ticket SET recalls = 0 WHERE id = '%s'", id);
    assert_int_equal(post(arena_printf(texts, "tickets/%s/leave", id), NULL), 404);
    database_run("ROLLBACK");
    officer(NANSHAN, LEAD);
    database_run("BEGIN");
    database_run("UPDATE booking_ticket SET recalls = 0 WHERE id = '%s'", id);
    assert_int_equal(
        post(arena_printf(texts, "office/tickets/%s/pardon", id), "{\"reason\":\"住院\"}"), 404);
    database_run("ROLLBACK");
}

static void t3_places_and_names_that_cannot_be_are_refused(void **state)
{
    (void)state;
    citizen();
    assert_int_equal(take_at("violation", 91000000, 114059500), 400);
    assert_int_equal(take_at("violation", 22541100, -1), 400);
    assert_int_equal(take_at("weather", 22541100, 114059500), 404);
    assert_int_equal(post("halls/atlantis/tickets",
                          "{\"business\":\"violation\",\"lat_e6\":22541100,"
                          "\"lon_e6\":114059500}"),
                     404);
    officer(NANSHAN, INTAKE);
    assert_int_equal(post("office/halls/futian/tickets", "{\"business\":\"violation\"}"), 404);
    officer(FUTIAN, REVIEWER);
    assert_int_equal(post("office/halls/futian/tickets", "{\"business\":\"violation\"}"), 403);
}

static void t3_the_aged_come_behind_the_next_one(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        taken_at_hall("violation");
    assert_int_equal(
        post("office/halls/futian/tickets", "{\"business\":\"violation\",\"is_priority\":true}"),
        201);
    assert_int_equal(answer_number(&asker, "ahead"), 1);
    seated(1);
    assert_string_equal(called(1), "A001");
    assert_int_equal(desk(called_id, "service"), 200);
    assert_int_equal(desk(called_id, "done"), 200);
    assert_string_equal(called(1), "A005");
    assert_int_equal(database_number("SELECT COUNT(*) FROM booking_audit"
                                     " WHERE act = 'priority_ticket' AND object = '%s'",
                                     called_id),
                     1);
}

static void t3_of_the_aged_who_came_first_is_called_first(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        taken_at_hall("violation");
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(post("office/halls/futian/tickets",
                              "{\"business\":\"violation\",\"is_priority\":true}"),
                         201);
        assert_int_equal(answer_number(&asker, "ahead"), i);
    }
    seated(1);
    for (const char *const *number =
             (const char *const[]){"A001", "A004", "A005", "A006", "A002", "A003", NULL};
         *number != NULL; number++) {
        assert_string_equal(called(1), *number);
        assert_int_equal(desk(called_id, "service"), 200);
        assert_int_equal(desk(called_id, "done"), 200);
    }
}

static void t3_halls_tell_how_many_wait_and_how_long(void **state)
{
    (void)state;
    seated(4);
    taken_online("vehicle");
    taken_online("vehicle");
    asker_sign_out(&asker);
    assert_int_equal(ask(&asker, "GET", "/api/booking/halls", NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 3);
    assert_string_equal(answer_text(&asker, "items.1.hall"), "futian");
    assert_string_equal(answer_text(&asker, "items.1.opens"), "09:00");
    assert_int_equal(answer_number(&asker, "items.1.is_open"), 1);
    assert_int_equal(answer_number(&asker, "items.1.lines.1.waiting"), 2);
    assert_int_equal(answer_number(&asker, "items.1.lines.1.counters"), 1);
    assert_true(answer_number(&asker, "items.1.lines.1.wait_from_minutes") < 20);
    assert_true(answer_number(&asker, "items.1.lines.1.wait_to_minutes") > 20);
    assert_int_equal(answer_number(&asker, "items.1.lines.0.wait_to_minutes"), NONE);
    assert_non_null(strstr(asker.r->headers, "ETag: \""));
}

static const char *display_tag(void)
{
    asker_sign_out(&asker);
    assert_int_equal(ask(&asker, "GET", "/api/booking/halls/futian/display", NULL), 200);
    return arena_text(texts, strstr(asker.r->headers, "ETag: \""));
}

static void t3_the_display_has_numbers_and_no_person_and_changes_only_with_them(void **state)
{
    const char *before, *first;

    (void)state;
    seated(1);
    seated(2);
    taken_online("violation");
    taken_online("violation");
    taken_online("violation");
    assert_string_equal(called(1), "A001");
    first = called_id;
    set_clock("2018-09-28T02:00:20.000Z");
    assert_string_equal(called(2), "A002");
    asker_sign_out(&asker);
    assert_int_equal(ask(&asker, "GET", "/api/booking/halls/futian/display", NULL), 200);
    assert_string_equal(answer_text(&asker, "calls.0.number"), "A002");
    assert_int_equal(answer_number(&asker, "calls.0.counter"), 2);
    assert_string_equal(answer_text(&asker, "calls.1.number"), "A001");
    assert_int_equal(answer_number(&asker, "lines.0.waiting"), 1);
    assert_null(strstr(asker.r->answer, "person"));
    before = display_tag();
    set_clock("2018-09-28T02:00:40.000Z");
    assert_string_equal(display_tag(), before);
    at_counter(1);
    assert_int_equal(desk(first, "recall"), 200);
    assert_string_not_equal(display_tag(), before);
    assert_string_equal(answer_text(&asker, "calls.0.number"), "A001");
    assert_int_equal(answer_number(&asker, "calls.0.recalls"), 1);
    before = display_tag();
    taken_online("violation");
    assert_string_not_equal(display_tag(), before);
    asker_sign_out(&asker);
    assert_int_equal(ask(&asker, "GET", "/api/booking/halls/atlantis/display", NULL), 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(t3_a_ticket_tells_its_place_and_a_range_of_time, begin_queue),
        cmocka_unit_test_setup(t3_without_an_open_counter_no_time_is_told, begin_queue),
        cmocka_unit_test_setup(t3_a_counter_where_nothing_was_done_for_an_hour_promises_nothing,
                               begin_queue),
        cmocka_unit_test_setup(t3_one_tap_more_is_the_same_ticket, begin_queue),
        cmocka_unit_test_setup(t3_everything_that_stands_against_a_ticket_is_said_at_once,
                               begin_queue),
        cmocka_unit_test_setup(t3_nobody_takes_one_before_the_hour_or_on_a_holiday, begin_queue),
        cmocka_unit_test_setup(t3_a_hall_that_is_shut_gives_no_ticket_and_says_why, begin_queue),
        cmocka_unit_test_setup(t3_walk_ins_keep_their_share, begin_queue),
        cmocka_unit_test_setup(t3_a_day_has_so_many_tickets_online_for_a_person, begin_queue),
        cmocka_unit_test_setup(t3_who_leaves_makes_room_and_cannot_leave_twice, begin_queue),
        cmocka_unit_test_setup(t3_somebody_elses_ticket_looks_absent, begin_queue),
        cmocka_unit_test_setup(t3_a_stranger_locks_nobodys_ticket, begin_queue),
        cmocka_unit_test_setup(t3_places_and_names_that_cannot_be_are_refused, begin_queue),
        cmocka_unit_test_setup(t3_the_aged_come_behind_the_next_one, begin_queue),
        cmocka_unit_test_setup(t3_of_the_aged_who_came_first_is_called_first, begin_queue),
        cmocka_unit_test_setup(t3_halls_tell_how_many_wait_and_how_long, begin_queue),
        cmocka_unit_test_setup(t3_the_display_has_numbers_and_no_person_and_changes_only_with_them,
                               begin_queue),
    };
    int failures =
        cmocka_run_group_tests_name("plain", tests, open_applications, close_applications);

    return failures + cmocka_run_group_tests_name("rehearsed", tests, open_applications_rehearsed,
                                                  close_applications);
}
