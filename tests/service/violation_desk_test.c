/* The officers' desk of violations: statements answered, larger fines by two officers, hearings. */

#include "service/violation_stage_desk.h"

static void what_was_said_is_answered_and_the_decision_follows(void **state)
{
    const char *id = confirmed(new_driver(), "1344", SAID);

    (void)state;
    officer(FUTIAN, REVIEWER);
    assert_string_equal(desk_step_of(id), "answer_statement");
    assert_string_equal(answer_text(&asker, "statement"), "当时正在避让救护车");
    assert_int_equal(do_it(DESK, id, "proposal", LARGE), 409);
    assert_int_equal(do_it(DESK, id, "statement-review",
                           "\"is_accepted\":false,\"reasons\":\"图像中没有救护车\""),
                     200);
    assert_string_equal(answer_text(&asker, "step"), "none");
    assert_string_equal(decision_of(id), "decided simple 20000 1 4403001 1 2026-11-22 1");
    assert_int_equal(
        do_it(DESK, id, "statement-review", "\"is_accepted\":true,\"reasons\":\"图像中有救护车\""),
        409);
}

static void what_was_said_and_is_right_ends_the_case(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = confirmed(citizen, "1344", SAID);

    (void)state;
    officer(FUTIAN, REVIEWER);
    assert_int_equal(
        do_it(DESK, id, "statement-review", "\"is_accepted\":true,\"reasons\":\"图像中有救护车\""),
        200);
    assert_string_equal(state_of_case(id), "withdrawn");
    sign_in(citizen.person_id);
    assert_int_equal(show(id), 200);
    assert_string_equal(answer_text(&asker, "withdrawn_because"), "陈述和申辩成立");
}

static void the_answer_is_told_and_its_reasons_are_the_persons_to_read(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = confirmed(citizen, "1344", SAID);

    (void)state;
    assert_int_equal(show(id), 200);
    assert_string_equal(answer_text(&asker, "statement"), "当时正在避让救护车");
    assert_null(answer_text(&asker, "review"));
    officer(FUTIAN, REVIEWER);
    assert_int_equal(do_it(DESK, id, "statement-review",
                           "\"is_accepted\":false,\"reasons\":\"图像中没有救护车\""),
                     200);
    assert_string_equal(told("statement_answered", citizen.person_id, "result"),
                        "不成立，案件继续办理");
    sign_in(citizen.person_id);
    assert_int_equal(show(id), 200);
    assert_string_equal(answer_text(&asker, "review"), "rejected");
    assert_string_equal(answer_text(&asker, "review_reasons"), "图像中没有救护车");
}

/* The same key twice is one act. */
static void an_answer_is_given_once(void **state)
{
    const char *id = confirmed(new_driver(), "1344", SAID);
    const char *path = arena_printf(texts, DESK "/%s/statement-review", id);
    const char *body = "{\"is_accepted\":false,\"reasons\":\"图像中没有救护车\"}";

    (void)state;
    officer(FUTIAN, REVIEWER);
    asker.key = "review-once-1";
    assert_int_equal(ask(&asker, "POST", path, body), 200);
    assert_int_equal(ask(&asker, "POST", path, body), 200);
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM violation_decision WHERE case_id = '%s'", id), 1);
}

static void a_large_fine_takes_two_officers_and_a_waived_hearing(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = proposed(citizen), *first = officer_id;

    (void)state;
    officer(FUTIAN, LEAD);
    assert_int_equal(do_it(DESK, id, "approval", ""), 409);
    assert_refused(409, "not_this_step_now");
    sign_in(citizen.person_id);
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, LIST "/%s/proposal", id), NULL), 200);
    assert_int_equal(answer_number(&asker, "proposed_fen"), 200000);
    assert_int_equal(do_it(LIST, id, "hearing-choice", "\"choice\":\"waived\""), 200);
    assert_int_equal(do_it(LIST, id, "hearing-choice", "\"choice\":\"asked\""), 409);
    officer_again(first, FUTIAN, REVIEWER);
    assert_int_equal(do_it(DESK, id, "approval", ""), 403);
    assert_refused(403, "same_officer");
    officer(FUTIAN, LEAD);
    assert_string_equal(desk_step_of(id), "approve");
    assert_memory_equal(answer_text(&asker, "decide_by"), "2026-11-23T02:0", 15);
    assert_int_equal(do_it(DESK, id, "approval", ""), 200);
    assert_string_equal(decision_of(id), "decided general 200000 12 4403002 1 2026-11-22 1");
}

static void a_proposal_and_a_hearing_are_told_and_shown_with_their_days(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = proposed(citizen);

    (void)state;
    assert_string_equal(told("penalty_proposed", citizen.person_id, "penalty"),
                        "罚款2000.00元，记12分");
    assert_string_equal(told("penalty_proposed", citizen.person_id, "next"),
                        "您可以在2026年11月27日前（含当日）要求听证");
    sign_in(citizen.person_id);
    assert_int_equal(show(id), 200);
    assert_int_equal(answer_number(&asker, "proposed_fen"), 200000);
    assert_string_equal(answer_text(&asker, "answer_until"), "2026-11-27");
    assert_string_equal(answer_text(&asker, "next_step"), "choose_hearing");
    assert_int_equal(do_it(LIST, id, "hearing-choice", "\"choice\":\"asked\""), 200);
    officer(FUTIAN, LEAD);
    assert_int_equal(
        do_it(DESK, id, "hearing", "\"held_on\":\"2026-12-01\",\"place\":\"福田大队三楼\""), 200);
    assert_string_equal(told("hearing_set", citizen.person_id, "day"), "2026年12月1日");
    sign_in(citizen.person_id);
    assert_int_equal(show(id), 200);
    assert_string_equal(answer_text(&asker, "hearing_choice"), "asked");
    assert_string_equal(answer_text(&asker, "hearing_on"), "2026-12-01");
    assert_string_equal(answer_text(&asker, "hearing_place"), "福田大队三楼");
    assert_string_equal(answer_text(&asker, "next_step"), "see_officer");
}

static void silence_for_five_working_days_lets_it_go_on(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = proposed(citizen);

    (void)state;
    set_clock("2026-11-27T15:59:00.000Z");
    officer(FUTIAN, LEAD);
    assert_string_equal(desk_step_of(id), "await_choice");
    set_clock("2026-11-27T16:00:00.000Z");
    sign_in(citizen.person_id);
    assert_int_equal(do_it(LIST, id, "hearing-choice", "\"choice\":\"asked\""), 422);
    assert_refused(422, "choice_too_late");
    officer(FUTIAN, LEAD);
    assert_int_equal(do_it(DESK, id, "approval", ""), 200);
    assert_string_equal(state_of_case(id), "decided");
}

/* Seven working days from Sunday the 22nd of November end on Tuesday the 1st of December. */
static void
a_hearing_that_was_asked_for_is_held_by_another_officer_before_the_decision(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = proposed(citizen), *first = officer_id, *host;

    (void)state;
    sign_in(citizen.person_id);
    assert_int_equal(do_it(LIST, id, "hearing-choice", "\"choice\":\"asked\""), 200);
    officer_again(first, FUTIAN, REVIEWER);
    assert_int_equal(
        do_it(DESK, id, "hearing", "\"held_on\":\"2026-11-30\",\"place\":\"福田大队三楼\""), 403);
    assert_true(answer_has_reason(&asker, "same_officer"));
    assert_true(answer_has_reason(&asker, "hearing_too_soon"));
    officer(FUTIAN, LEAD);
    host = officer_id;
    assert_int_equal(
        do_it(DESK, id, "hearing", "\"held_on\":\"2026-12-23\",\"place\":\"福田大队三楼\""), 422);
    assert_refused(422, "hearing_too_late");
    assert_int_equal(
        do_it(DESK, id, "hearing", "\"held_on\":\"2026-12-01\",\"place\":\"福田大队三楼\""), 200);
    assert_string_equal(answer_text(&asker, "step"), "hold_hearing");
    assert_int_equal(do_it(DESK, id, "approval", ""), 409);
    assert_int_equal(do_it(DESK, id, "hearing-minutes", "\"minutes\":\"双方陈述\""), 409);
    assert_refused(409, "hearing_not_over");
    set_clock("2026-12-01T03:00:00.000Z");
    officer(FUTIAN, LEAD);
    assert_int_equal(do_it(DESK, id, "hearing-minutes", "\"minutes\":\"双方陈述\""), 403);
    assert_refused(403, "not_the_host");
    officer_again(host, FUTIAN, LEAD);
    assert_int_equal(do_it(DESK, id, "hearing-minutes", "\"minutes\":\"双方陈述\""), 200);
    assert_int_equal(do_it(DESK, id, "approval", ""), 403);
    assert_refused(403, "same_officer");
    assert_true(refuses_approval(id, first, host, "2026-12-22"));
    officer(FUTIAN, REVIEWER);
    assert_int_equal(do_it(DESK, id, "approval", ""), 200);
    assert_string_equal(state_of_case(id), "decided");
}

#define HEARING(day) "\"held_on\":\"" day "\",\"place\":\"福田大队三楼\""
#define HOST_IS_ILL(day) HEARING(day) ",\"reasons\":\"主持人患病\""

static void
another_officer_takes_a_hearing_over_on_the_day_that_was_told_or_a_later_one(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = proposed(citizen), *first = officer_id, *host, *other;

    (void)state;
    sign_in(citizen.person_id);
    assert_int_equal(do_it(LIST, id, "hearing-choice", "\"choice\":\"asked\""), 200);
    officer(FUTIAN, LEAD);
    host = officer_id;
    assert_int_equal(do_it(DESK, id, "hearing-change", HOST_IS_ILL("2026-12-01")), 409);
    assert_int_equal(do_it(DESK, id, "hearing", HEARING("2026-12-01")), 200);
    officer_again(first, FUTIAN, REVIEWER);
    assert_int_equal(do_it(DESK, id, "hearing-change", HOST_IS_ILL("2026-12-01")), 403);
    assert_refused(403, "same_officer");
    set_clock("2026-11-30T02:00:00.000Z");
    officer(FUTIAN, LEAD);
    other = officer_id;
    assert_int_equal(do_it(DESK, id, "hearing-change", HOST_IS_ILL("2026-12-02")), 422);
    assert_refused(422, "hearing_too_soon");
    assert_int_equal(do_it(DESK, id, "hearing-change", HOST_IS_ILL("2026-12-01")), 200);
    assert_string_equal(answer_text(&asker, "host_id"), other);
    set_clock("2026-11-30T02:00:01.000Z"); /* what is told in one millisecond has no order */
    assert_int_equal(do_it(DESK, id, "hearing-change", HOST_IS_ILL("2026-12-10")), 200);
    assert_string_equal(answer_text(&asker, "hearing_on"), "2026-12-10");
    assert_string_equal(told("hearing_set", citizen.person_id, "day"),
                        "2026年12月1日,2026年12月1日,2026年12月10日");
    set_clock("2026-12-10T03:00:00.000Z");
    officer_again(host, FUTIAN, LEAD);
    assert_int_equal(do_it(DESK, id, "hearing-minutes", "\"minutes\":\"双方陈述\""), 403);
    assert_refused(403, "not_the_host");
    officer_again(other, FUTIAN, LEAD);
    assert_int_equal(do_it(DESK, id, "hearing-minutes", "\"minutes\":\"双方陈述\""), 200);
    assert_int_equal(do_it(DESK, id, "hearing-change", HOST_IS_ILL("2026-12-22")), 409);
    assert_true(refuses_approval(id, first, other, "2026-12-22"));
    officer_again(host, FUTIAN, LEAD); /* who did not preside in the end */
    assert_int_equal(do_it(DESK, id, "approval", ""), 200);
    assert_string_equal(state_of_case(id), "decided");
}

static void nothing_may_become_worse_and_nobody_decides_his_own(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = confirmed(citizen, "1721", NOTHING_TO_SAY);

    (void)state;
    officer_as_person(citizen.person_id, FUTIAN, REVIEWER);
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, DESK "/%s", id), NULL), 403);
    assert_refused(403, "own_case");
    assert_int_equal(do_it(DESK, id, "proposal", LARGE), 403);
    assert_refused(403, "own_case");
    officer(FUTIAN, REVIEWER);
    assert_int_equal(
        do_it(DESK, id, "proposal", "\"findings\":\"测速记录\",\"fine_fen\":200001,\"points\":12"),
        422);
    assert_refused(422, "proposal_worse");
    /* For less than a large fine no hearing is due. */
    assert_int_equal(
        do_it(DESK, id, "proposal", "\"findings\":\"情节较轻\",\"fine_fen\":100000,\"points\":12"),
        200);
    assert_string_equal(answer_text(&asker, "step"), "approve");
}

static void a_case_in_dispute_rests_at_the_desk_too(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = confirmed(citizen, "1721", NOTHING_TO_SAY);

    (void)state;
    filed("violation.objection",
          arena_printf(texts,
                       "\"violation_id\":\"%s\",\"ground\":\"其他应当消除的情形\","
                       "\"statement\":\"当天车在车库\",\"contact\":\"13800138000\"",
                       id));
    officer(FUTIAN, REVIEWER);
    assert_int_equal(do_it(DESK, id, "proposal", LARGE), 409);
    assert_refused(409, "disputed");
}

static void a_dispute_takes_nobody_his_hearing(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = proposed(citizen);

    (void)state;
    sign_in(citizen.person_id);
    filed("violation.objection",
          arena_printf(texts,
                       "\"violation_id\":\"%s\",\"ground\":\"其他应当消除的情形\","
                       "\"statement\":\"当天车在车库\",\"contact\":\"13800138000\"",
                       id));
    sign_in(citizen.person_id);
    assert_int_equal(show(id), 200);
    assert_string_equal(answer_text(&asker, "next_step"), "choose_hearing");
    assert_int_equal(do_it(LIST, id, "hearing-choice", "\"choice\":\"asked\""), 200);
    assert_string_equal(answer_text(&asker, "step"), "set_hearing");
    officer(FUTIAN, LEAD);
    assert_int_equal(
        do_it(DESK, id, "hearing", "\"held_on\":\"2026-12-01\",\"place\":\"福田大队三楼\""), 409);
    assert_refused(409, "disputed");
}

static bool is_waiting(const char *id, const char *first, const char *second)
{
    return strcmp(id, first) == 0 || strcmp(id, second) == 0;
}

static void the_list_has_what_waits_page_by_page_and_is_for_officers(void **state)
{
    struct citizen citizen = new_driver();
    const char *first = confirmed(citizen, "1721", NOTHING_TO_SAY), *sign = "", *seen = "";
    const char *second = confirmed(citizen, "1344", SAID);
    int64_t found = 0;

    (void)state;
    assert_int_equal(ask(&asker, "GET", DESK, NULL), 403);
    officer(FUTIAN, INTAKE);
    do {
        assert_int_equal(
            ask(&asker, "GET", arena_printf(texts, DESK "?limit=3%s%s", sign, seen), NULL), 200);
        assert_true(answer_count(&asker, "items") <= 3);
        for (int64_t i = 0; i < answer_count(&asker, "items"); i++)
            found +=
                is_waiting(answer_text(&asker, arena_printf(texts, "items.%lld.id", (long long)i)),
                           first, second);
        sign = "&after=";
        seen = answer_text(&asker, "next");
        seen = seen == NULL ? NULL : arena_text(texts, seen);
    } while (seen != NULL);
    assert_int_equal(found, 2);
    sign_in(new_driver().person_id);
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, LIST "/%s/proposal", first), NULL),
                     404);
    assert_int_equal(do_it(LIST, first, "hearing-choice", "\"choice\":\"waived\""), 404);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(what_was_said_is_answered_and_the_decision_follows, begin_violation),
    cmocka_unit_test_setup(what_was_said_and_is_right_ends_the_case, begin_violation),
    cmocka_unit_test_setup(the_answer_is_told_and_its_reasons_are_the_persons_to_read,
                           begin_violation),
    cmocka_unit_test_setup(an_answer_is_given_once, begin_violation),
    cmocka_unit_test_setup(a_large_fine_takes_two_officers_and_a_waived_hearing, begin_violation),
    cmocka_unit_test_setup(a_proposal_and_a_hearing_are_told_and_shown_with_their_days,
                           begin_violation),
    cmocka_unit_test_setup(silence_for_five_working_days_lets_it_go_on, begin_violation),
    cmocka_unit_test_setup(
        a_hearing_that_was_asked_for_is_held_by_another_officer_before_the_decision,
        begin_violation),
    cmocka_unit_test_setup(nothing_may_become_worse_and_nobody_decides_his_own, begin_violation),
    cmocka_unit_test_setup(a_case_in_dispute_rests_at_the_desk_too, begin_violation),
    cmocka_unit_test_setup(a_dispute_takes_nobody_his_hearing, begin_violation),
    cmocka_unit_test_setup(
        another_officer_takes_a_hearing_over_on_the_day_that_was_told_or_a_later_one,
        begin_violation),
    cmocka_unit_test_setup(the_list_has_what_waits_page_by_page_and_is_for_officers,
                           begin_violation),
};

int main(void)
{
    int failures =
        cmocka_run_group_tests_name("plain", tests, open_applications, close_applications);

    return failures + cmocka_run_group_tests_name("rehearsed", tests, open_applications_rehearsed,
                                                  close_applications);
}
