/* Points and study (T4): what counts, what study takes off, and how full points are cleared. */

#include "service/violation_stage_holds.h"

#include "core/db.h"
#include "core/job.h"
#include "violation/stop.h"

#define POINTS "/api/violation/points"

static int count;

/* As exchange would have written it; the id. */
static const char *study(const char *person_id, const char *kind, const char *day, int minutes)
{
    const char *id = new_id();

    database_run("INSERT INTO driver_study (id, agency, record_no, person_id, kind, begun_on,"
                 " ended_on, minutes, is_passed, content, observed_at, received_at) VALUES ('%s',"
                 " 'school', 'STUDY%d', '%s', '%s', '%s', '%s', %d, 1, REPEAT('c', 32),"
                 " '2026-11-20', '2026-11-20')",
                 id, ++count, person_id, kind, day, day, minutes);
    return id;
}

static void cheat(const char *study_id, const char *found_on)
{
    database_run("INSERT INTO study_cheating (study_id, found_on, observed_at, received_at)"
                 " VALUES ('%s', '%s', '2026-11-20', '2026-11-20')",
                 study_id, found_on);
}

static void examine(const char *person_id, const char *subject, const char *day, bool is_passed)
{
    database_run("INSERT INTO driver_examination (id, agency, record_no, person_id, subject,"
                 " taken_on, is_passed, content, observed_at, received_at) VALUES ('%s', 'school',"
                 " 'EXAM%d', '%s', '%s', '%s', %d, REPEAT('c', 32), '2026-11-20', '2026-11-20')",
                 new_id(), ++count, person_id, subject, day, is_passed);
}

static void pay(const char *case_id, int64_t fen, const char *at)
{
    settle(
        database_word("SELECT obligation_id FROM violation_decision WHERE case_id = '%s'", case_id),
        fen, at);
}

static int show_mine(void)
{
    return ask(&asker, "GET", POINTS, NULL);
}

static int reduce(const char *key, const char *study_id)
{
    asker.key = key;
    return ask(&asker, "POST", POINTS "/reductions",
               arena_printf(texts, "{\"study_id\":\"%s\"}", study_id));
}

static bool has_obstacle(const char *code)
{
    for (int64_t i = 0; i < answer_count(&asker, "obstacles"); i++)
        if (strcmp(answer_text(&asker, arena_printf(texts, "obstacles.%lld.code", (long long)i)),
                   code) == 0)
            return true;
    return false;
}

/* First issued on 20 July: the cycle of 22 November 2026 is [2026-07-20, 2027-07-20). */
static void t4_the_cycle_and_what_counts_in_it_are_shown(void **state)
{
    struct citizen citizen = new_driver();

    (void)state;
    street(citizen.person_id, "1344", 20000, 3, "2026-11-10");
    assert_int_equal(show_mine(), 200);
    assert_string_equal(answer_text(&asker, "cycle_from"), "2026-07-20");
    assert_string_equal(answer_text(&asker, "cycle_until"), "2027-07-19");
    assert_int_equal(answer_number(&asker, "total"), 3);
    assert_int_equal(answer_number(&asker, "entries.0.points"), 3);
    assert_int_equal(answer_number(&asker, "entries.0.is_paid"), 0);
    assert_int_equal(answer_number(&asker, "reduction_left"), 6);
    assert_int_equal(answer_count(&asker, "obstacles"), 0);
    assert_int_equal(answer_count(&asker, "full_studies"), 0);
}

static void t4_a_passed_study_takes_points_off_once(void **state)
{
    struct citizen citizen = new_driver();
    const char *online = study(citizen.person_id, "reduction_online", "2026-11-19", 30);
    const char *on_site = study(citizen.person_id, "reduction_on_site", "2026-11-20", 60);
    const char *answer;

    (void)state;
    street(citizen.person_id, "1344", 20000, 3, "2026-11-10");
    assert_int_equal(reduce("key-reduce-1", on_site), 201);
    assert_int_equal(answer_number(&asker, "granted"), 2);
    assert_int_equal(answer_number(&asker, "total"), 1);
    assert_int_equal(answer_number(&asker, "reduction_left"), 4);
    answer = arena_text(texts, asker.r->answer);
    assert_int_equal(reduce("key-reduce-1", on_site), 201);
    assert_string_equal(asker.r->answer, answer);
    reduce("key-reduce-2", on_site);
    assert_refused(409, "study_used");
    assert_int_equal(reduce("key-reduce-3", online), 201);
    assert_int_equal(answer_number(&asker, "total"), 0);
    assert_int_equal(show_mine(), 200);
    assert_int_equal(answer_number(&asker, "reduced"), 3);
    assert_true(has_obstacle("nothing_to_reduce"));
}

/* Vector: total 9 used 5, on site offers 2: one is left. */
static void t4_six_points_of_a_cycle_and_no_more(void **state)
{
    struct citizen citizen = new_driver();
    const char *passes[4];

    (void)state;
    street(citizen.person_id, "1344", 20000, 9, "2026-11-10");
    for (int i = 0; i < 4; i++)
        passes[i] =
            study(citizen.person_id, i == 2 ? "volunteer" : "reduction_on_site", "2026-11-19", 60);
    for (int i = 0; i < 3; i++)
        assert_int_equal(reduce(arena_printf(texts, "key-six-%d", i + 10), passes[i]), 201);
    street(citizen.person_id, "1344", 20000, 5, "2026-11-21");
    assert_int_equal(reduce("key-six-last", passes[3]), 201);
    assert_int_equal(answer_number(&asker, "granted"), 1);
    assert_int_equal(answer_number(&asker, "total"), 8);
    assert_int_equal(answer_number(&asker, "reduction_left"), 0);
    reduce("key-six-none", study(citizen.person_id, "volunteer", "2026-11-20", 60));
    assert_refused(422, "reduction_used_up");
}

static void t4_all_that_stands_against_a_reduction_is_told(void **state)
{
    struct citizen citizen = new_owner();
    const char *mine = study(citizen.person_id, "reduction_online", "2026-11-19", 29);

    (void)state;
    add_licence(citizen.person_id, "C1", "2026-01-20", "2034-07-20", "suspended");
    database_run("UPDATE licence SET review_due_on = '2026-11-21' WHERE person_id = '%s'",
                 citizen.person_id);
    database_run("UPDATE vehicle SET inspection_due_on = '2026-11-21' WHERE plate = '%s'",
                 citizen.plate);
    street(citizen.person_id, "1712", 100000, 12, "2026-11-10");
    cheat(study(citizen.person_id, "volunteer", "2026-11-01", 60), "2026-11-02");
    database_run("UPDATE driver_study SET is_passed = 0, begun_on = '2026-11-16' WHERE id = '%s'",
                 mine);
    reduce("key-all-1", mine);
    assert_refused(422, "barred_by_penalty");
    assert_true(answer_has_reason(&asker, "on_probation"));
    assert_true(answer_has_reason(&asker, "review_overdue"));
    assert_true(answer_has_reason(&asker, "licence_unusable"));
    assert_true(answer_has_reason(&asker, "vehicle_overdue"));
    assert_true(answer_has_reason(&asker, "cheated"));
    assert_true(answer_has_reason(&asker, "points_are_full"));
    assert_true(answer_has_reason(&asker, "study_not_passed"));
    assert_true(answer_has_reason(&asker, "study_too_short"));
    assert_true(answer_has_reason(&asker, "study_too_slow"));
    assert_int_equal(answer_count(&asker, "error.reasons"), 10);
    assert_int_equal(show_mine(), 200);
    assert_int_equal(answer_count(&asker, "obstacles"), 7);
    assert_string_equal(answer_text(&asker, "obstacles.0.values.0"), "1712");
    assert_string_equal(answer_text(&asker, "obstacles.0.values.2"), "2026-11-10");
}

static void t4_a_study_of_another_looks_absent(void **state)
{
    struct citizen other = new_driver(), citizen;
    const char *foreign = study(other.person_id, "volunteer", "2026-11-19", 60);

    (void)state;
    citizen = new_driver();
    street(citizen.person_id, "1344", 20000, 3, "2026-11-10");
    assert_int_equal(reduce("key-foreign-1", foreign), 404);
    assert_int_equal(reduce("key-foreign-2", new_id()), 404);
    new_owner();
    show_mine();
    assert_refused(422, "licence_missing");
}

/* The facts change, and the total with them. */
static void t4_cheating_and_withdrawals_are_recomputed(void **state)
{
    struct citizen citizen = new_driver();
    const char *pass = study(citizen.person_id, "reduction_on_site", "2026-11-19", 60);
    const char *id = street(citizen.person_id, "1344", 20000, 3, "2026-11-10");

    (void)state;
    assert_int_equal(reduce("key-again-1", pass), 201);
    assert_int_equal(answer_number(&asker, "total"), 1);
    cheat(pass, "2026-11-21");
    assert_int_equal(show_mine(), 200);
    assert_int_equal(answer_number(&asker, "total"), 3);
    assert_int_equal(answer_number(&asker, "reduced"), 0);
    assert_true(has_obstacle("cheated"));
    database_run("UPDATE violation_decision SET stands = NULL, withdrawn_at = '2026-11-21'"
                 " WHERE case_id = '%s'",
                 id);
    assert_int_equal(show_mine(), 200);
    assert_int_equal(answer_number(&asker, "total"), 0);
}

/* Once, and told. */
static void assert_study_opened(const char *person_id)
{
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM full_study WHERE person_id = '%s'", person_id), 1);
    assert_string_equal(database_word("SELECT CONCAT_WS(' ', JSON_VALUE(arg, '$.values.total'),"
                                      " JSON_VALUE(arg, '$.values.days')) FROM event"
                                      " WHERE kind = 'points_full'"
                                      " AND JSON_VALUE(arg, '$.person_id') = '%s'",
                                      person_id),
                        "12 7");
    assert_string_equal(database_word("SELECT CONCAT_WS(' ', number, total, days, examinations)"
                                      " FROM full_study WHERE person_id = '%s'",
                                      person_id),
                        "1 12 7 1");
}

/* From the twelfth point to the day on which all was done. */
static void t4_full_points_open_a_study_and_it_clears_them(void **state)
{
    struct citizen citizen = new_driver();
    const char *first = street(citizen.person_id, "1344", 20000, 6, "2026-11-01");
    const char *last = street(citizen.person_id, "1344", 20000, 6, "2026-11-02");
    const char *id = camera(citizen.plate, "1344");
    struct held licence;

    (void)state;
    assert_study_opened(citizen.person_id);
    database_run("UPDATE licence SET state = 'retained' WHERE person_id = '%s'", citizen.person_id);
    licence = hold((struct hold){
        .kind = "driver_licence", .person_id = citizen.person_id, .reason = "full_points"});
    assert_int_equal(refuse_release(DOCUMENTS, licence), 422);
    assert_refused(422, "study_missing");
    assert_string_equal(answer_text(&asker, "error.reasons.0.values.1"), "study");
    confirm_plainly(id);
    assert_refused(422, "licence_not_normal");
    assert_string_equal(answer_text(&asker, "error.reasons.0.values.2"), "study");
    assert_true(answer_has_reason(&asker, "points_full"));
    for (int i = 0; i < 5; i++)
        study(citizen.person_id, i < 2 ? "full_on_site" : "full_online",
              arena_printf(texts, "2026-11-%02d", 5 + i), 181);
    assert_int_equal(show_mine(), 200);
    assert_string_equal(answer_text(&asker, "full_studies.0.missing"), "examination");
    assert_int_equal(answer_number(&asker, "full_studies.0.counted_days"), 5);
    examine(citizen.person_id, "theory", "2026-11-10", false);
    examine(citizen.person_id, "theory", "2026-11-20", true);
    assert_int_equal(show_mine(), 200);
    assert_string_equal(answer_text(&asker, "full_studies.0.missing"), "pay");
    assert_int_equal(answer_number(&asker, "full_studies.0.unpaid_fines"), 2);
    pay(first, 20000, "2026-11-21 02:00:00");
    pay(last, 20000, "2026-11-21 02:00:00");
    consume();
    assert_int_equal(show_mine(), 200);
    assert_int_equal(answer_number(&asker, "total"), 0);
    assert_int_equal(answer_count(&asker, "full_studies"), 0);
    assert_string_equal(order_state(release(DOCUMENTS, licence)), "valid");
    assert_int_equal(confirm_it("key-after-study", id, NOTHING_TO_SAY), 201);
    assert_int_equal(show_mine(), 200);
    assert_int_equal(answer_number(&asker, "total"), 1);
}

/* Five days from the 10th on, examined on the 20th. */
static void learn(const char *person_id, const char *month)
{
    for (int day = 10; day < 15; day++)
        study(person_id, "full_on_site", arena_printf(texts, "%s-%d", month, day), 200);
    examine(person_id, "theory", arena_printf(texts, "%s-20", month), true);
}

/* Twelve points of that month, paid, studied for and examined in it. */
static void full_in(const char *person_id, const char *month, bool is_by_road)
{
    const char *id = street(person_id, "1721", 200000, 12, arena_printf(texts, "%s-01", month));

    pay(id, 200000, arena_printf(texts, "%s-05 02:00:00", month));
    learn(person_id, month);
    if (is_by_road)
        examine(person_id, "road", arena_printf(texts, "%s-21", month), true);
    consume();
}

/* The job of a day, as often as it wants to be called. */
static void watch_on(const char *day)
{
    const struct task task = {.id = new_id(), .kind = "stop_licences", .dedupe = "periodic"};

    set_clock(arena_printf(texts, "%sT02:00:00.000Z", day));
    for (int i = 0; i < 200; i++) {
        struct request *r = request_open(&asker.process);
        enum error done = stop_licences(r, &task);

        request_close(r);
        if (done == E_OK)
            return;
        assert_int_equal(done, E_AGAIN);
    }
    fail_msg("the watch does not end");
}

static const char *stops_of(const char *person_id)
{
    return database_word("SELECT GROUP_CONCAT(CONCAT_WS(' ', s.begin_by, s.stopped_on, e.ended_on)"
                         " SEPARATOR ', ') FROM licence_stop s LEFT JOIN licence_stop_end e"
                         " ON e.stop_id = s.id WHERE s.person_id = '%s'",
                         person_id);
}

static bool is_in_public_notice(const char *person_id)
{
    const char *no =
        database_word("SELECT decision_no FROM full_study WHERE person_id = '%s'", person_id);

    assert_int_equal(ask(&asker, "GET", "/api/violation/licence-stops?limit=100", NULL), 200);
    for (int64_t i = 0; i < answer_count(&asker, "items"); i++)
        if (strcmp(answer_text(&asker, arena_printf(texts, "items.%d.decision_no", (int)i)), no) ==
            0)
            return true;
    return false;
}

/* Thirty days from the notice of 22 November. */
static void t4_who_begins_no_study_in_time_has_the_licence_stopped(void **state)
{
    struct citizen learner = new_driver(), citizen;
    const char *id;

    (void)state;
    database_run("DELETE FROM violation_reminder_walk");
    street(learner.person_id, "1721", 200000, 12, "2026-11-01");
    citizen = new_driver();
    id = street(citizen.person_id, "1721", 200000, 12, "2026-11-01");
    watch_on("2026-11-22");
    assert_int_equal(show_mine(), 200);
    assert_string_equal(answer_text(&asker, "full_studies.0.begin_by"), "2026-12-22");
    study(learner.person_id, "full_online", "2026-12-22", 10);
    watch_on("2026-12-22");
    assert_string_equal(stops_of(citizen.person_id), "");
    watch_on("2026-12-23");
    watch_on("2026-12-24");
    assert_string_equal(stops_of(citizen.person_id), "2026-12-22 2026-12-23");
    assert_string_equal(stops_of(learner.person_id), "");
    assert_int_equal(database_number("SELECT COUNT(*) FROM event WHERE kind = 'licence_stopped'"
                                     " AND JSON_VALUE(arg, '$.person_id') = '%s'",
                                     citizen.person_id),
                     1);
    assert_true(is_in_public_notice(citizen.person_id));
    assert_false(is_in_public_notice(learner.person_id));
    assert_int_equal(show_mine(), 200);
    assert_string_equal(answer_text(&asker, "full_studies.0.stopped_on"), "2026-12-23");
    pay(id, 200000, "2026-12-30 02:00:00");
    learn(citizen.person_id, "2027-01");
    watch_on("2027-01-21");
    assert_string_equal(stops_of(citizen.person_id), "2026-12-22 2026-12-23 2027-01-21");
    assert_false(is_in_public_notice(citizen.person_id));
    set_clock("2026-11-22T02:00:00.000Z");
}

static void t4_the_second_time_is_longer_and_ends_on_the_road(void **state)
{
    struct citizen citizen = new_driver();

    (void)state;
    full_in(citizen.person_id, "2026-08", false);
    assert_int_equal(show_mine(), 200);
    assert_int_equal(answer_number(&asker, "total"), 0);
    full_in(citizen.person_id, "2026-09", false);
    assert_int_equal(show_mine(), 200);
    assert_int_equal(answer_number(&asker, "total"), 12);
    assert_int_equal(answer_number(&asker, "full_studies.0.number"), 2);
    assert_int_equal(answer_number(&asker, "full_studies.0.days"), 14);
    assert_int_equal(answer_count(&asker, "full_studies.0.examinations"), 2);
    assert_string_equal(answer_text(&asker, "full_studies.0.examinations.1"), "road");
    assert_string_equal(answer_text(&asker, "full_studies.0.missing"), "examination");
    examine(citizen.person_id, "road", "2026-09-21", true);
    street(citizen.person_id, "1344", 20000, 3, "2026-11-10");
    assert_int_equal(show_mine(), 200);
    assert_int_equal(answer_number(&asker, "total"), 3);
    assert_true(has_obstacle("educated_twice"));
    assert_string_equal(database_word("SELECT GROUP_CONCAT(CONCAT_WS(' ', number, total, days,"
                                      " examinations) ORDER BY number SEPARATOR ', ')"
                                      " FROM full_study WHERE person_id = '%s'",
                                      citizen.person_id),
                        "1 12 7 1, 2 12 14 5");
}

static void assert_total(int64_t total)
{
    assert_int_equal(show_mine(), 200);
    assert_int_equal(answer_number(&asker, "total"), total);
}

/* Six and six, studied for; one of them was wrong. The other is not owed a second study. */
static void t4_what_was_studied_for_stays_cleared_when_a_decision_falls(void **state)
{
    struct citizen citizen = new_driver();
    const char *right = street(citizen.person_id, "1344", 20000, 6, "2026-08-01");
    const char *wrong = street(citizen.person_id, "1344", 20000, 6, "2026-08-02");

    (void)state;
    pay(right, 20000, "2026-08-05 02:00:00");
    pay(wrong, 20000, "2026-08-05 02:00:00");
    learn(citizen.person_id, "2026-08");
    consume();
    assert_total(0);
    database_run("UPDATE violation_decision SET stands = NULL, withdrawn_at = '2026-11-21'"
                 " WHERE case_id = '%s'",
                 wrong);
    assert_total(0);
}

/* Examined in August and paid today: what is confirmed today was not studied for. */
static void t4_what_comes_after_the_examination_counts(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = street(citizen.person_id, "1721", 200000, 12, "2026-08-01");
    const char *next = camera(citizen.plate, "1344");

    (void)state;
    learn(citizen.person_id, "2026-08");
    assert_total(12);
    pay(id, 200000, "2026-11-22 01:00:00");
    consume();
    sign_in(citizen.person_id);
    assert_total(0);
    assert_int_equal(confirm_plainly(next), 201);
    assert_total(1);
}

/* One who cheated in the study that cleared the points has them again. */
static void t4_cheating_undoes_a_full_study(void **state)
{
    struct citizen citizen = new_driver();

    (void)state;
    full_in(citizen.person_id, "2026-08", true);
    assert_int_equal(show_mine(), 200);
    assert_int_equal(answer_number(&asker, "is_full"), 0);
    cheat(
        database_word("SELECT MIN(id) FROM driver_study WHERE person_id = '%s'", citizen.person_id),
        "2026-11-01");
    assert_int_equal(show_mine(), 200);
    assert_int_equal(answer_number(&asker, "is_full"), 1);
    assert_int_equal(answer_number(&asker, "total"), 12);
    assert_string_equal(answer_text(&asker, "full_studies.0.missing"), "study");
}

static void t4_two_reductions_at_once_do_not_pass_six(void **state)
{
    struct citizen citizen = new_driver();
    static struct tap taps[2];

    (void)state;
    street(citizen.person_id, "1344", 20000, 9, "2026-11-10");
    for (int i = 0; i < 2; i++)
        assert_int_equal(reduce(arena_printf(texts, "key-before-%d", i),
                                study(citizen.person_id, "reduction_on_site", "2026-11-19", 60)),
                         201);
    assert_int_equal(
        reduce("key-before-9", study(citizen.person_id, "volunteer", "2026-11-19", 60)), 201);
    for (int i = 0; i < 2; i++) {
        taps[i].path = POINTS "/reductions";
        taps[i].body = arena_printf(texts, "{\"study_id\":\"%s\"}",
                                    study(citizen.person_id, "volunteer", "2026-11-20", 60));
    }
    tap_both(taps, citizen.person_id);
    for (int i = 0; i < 2; i++)
        if (taps[i].asker.r->http_status != 201)
            assert_true(answer_has_reason(&taps[i].asker, "reduction_used_up"));
    assert_int_equal(tapped_both(taps, 201), 1);
    assert_int_equal(database_number("SELECT SUM(granted) FROM points_reduction"
                                     " WHERE person_id = '%s'",
                                     citizen.person_id),
                     6);
}

#define STORY(name) cmocka_unit_test_setup(name, begin_violation)

static const struct CMUnitTest tests[] = {
    STORY(t4_the_cycle_and_what_counts_in_it_are_shown),
    STORY(t4_a_passed_study_takes_points_off_once),
    STORY(t4_six_points_of_a_cycle_and_no_more),
    STORY(t4_all_that_stands_against_a_reduction_is_told),
    STORY(t4_a_study_of_another_looks_absent),
    STORY(t4_cheating_and_withdrawals_are_recomputed),
    STORY(t4_full_points_open_a_study_and_it_clears_them),
    STORY(t4_who_begins_no_study_in_time_has_the_licence_stopped),
    STORY(t4_the_second_time_is_longer_and_ends_on_the_road),
    STORY(t4_what_was_studied_for_stays_cleared_when_a_decision_falls),
    STORY(t4_what_comes_after_the_examination_counts),
    STORY(t4_cheating_undoes_a_full_study),
    STORY(t4_two_reductions_at_once_do_not_pass_six),
};

/* Each story is told plainly, and with each transaction lost once before it counts. */
int main(void)
{
    int failures =
        cmocka_run_group_tests_name("plain", tests, open_applications, close_applications);

    return failures + cmocka_run_group_tests_name("rehearsed", tests, open_applications_rehearsed,
                                                  close_applications);
}
