/* What a citizen sees, is told, confirms and is decided: routes, schema and rights of violation. */

#include "service/violation_stage.h"

#include "casework/identifier.h"
#include "core/db.h"
#include "violation/rules.h"

static void t6_an_open_applications_says_what_it_would_cost(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1625");

    (void)state;
    assert_int_equal(ask(&asker, "GET", LIST, NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 1);
    assert_string_equal(answer_text(&asker, "items.0.id"), id);
    assert_string_equal(answer_text(&asker, "items.0.state"), "open");
    assert_string_equal(answer_text(&asker, "items.0.plate"), citizen.plate);
    assert_string_equal(answer_text(&asker, "items.0.title"), "闯红灯");
    assert_int_equal(answer_number(&asker, "items.0.fine_fen"), 20000);
    assert_int_equal(answer_number(&asker, "items.0.points"), 6);
    assert_int_equal(answer_number(&asker, "items.0.amount_due_fen"), 20000);
    assert_null(answer_text(&asker, "items.0.obligation_id"));
    assert_null(answer_text(&asker, "next"));
}

static void t6_a_violation_is_announced_confirmed_decided_and_owed(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1625"), *obligation_id, *decision_no;

    (void)state;
    assert_int_equal(announce_it("key-tell-1", id), 201);
    assert_string_equal(answer_text(&asker, "penalty"), "罚款200.00元，记6分");
    assert_string_equal(answer_text(&asker, "basis"), "道路交通安全法第三十八条、第九十条");
    assert_non_null(strstr(answer_text(&asker, "facts"), "2026年11月18日08时12分，在深南大道"));
    assert_non_null(strstr(answer_text(&asker, "facts"), citizen.plate));
    assert_string_equal(answer_text(&asker, "rule_valid_from"), "2022-04-01");
    assert_int_equal(confirm_it("key-take-1", id, NOTHING_TO_SAY), 201);
    obligation_id = answer_kept("obligation_id");
    decision_no = answer_kept("decision_no");
    assert_true(is_decision_no(decision_no));
    assert_memory_equal(decision_no, "440300140", 9);
    assert_string_equal(answer_text(&asker, "served_on"), "2026-11-22");
    assert_string_equal(answer_text(&asker, "due_on"), "2026-12-07");
    assert_string_equal(answer_text(&asker, "reconsider_until"), "2027-01-21");
    assert_string_equal(answer_text(&asker, "authority"), "深圳市公安局交通警察局");
    assert_string_equal(database_word("SELECT CONCAT_WS(' ', module, kind, account, base_fen,"
                                      " late_percent_a_day, late_percent_max, due_on, title)"
                                      " FROM obligation WHERE id = '%s' AND ref_no = '%s'"
                                      " AND person_id = '%s' AND owner_id = '%s'",
                                      obligation_id, decision_no, citizen.person_id,
                                      citizen.person_id),
                        "violation fine fine_treasury 20000 3 100 2026-12-07"
                        " 交通违法罚款（闯红灯）");
    assert_int_equal(database_number("SELECT points FROM points_entry WHERE decision_no = '%s'"
                                     " AND acted_on = '2026-11-18' AND decided_on = '2026-11-22'",
                                     decision_no),
                     6);
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM violation_move WHERE case_id = '%s'", id), 2);
    assert_int_equal(ask(&asker, "GET", LIST "?state=decided", NULL), 200);
    assert_string_equal(answer_text(&asker, "items.0.obligation_id"), obligation_id);
    assert_string_equal(answer_text(&asker, "items.0.decision_no"), decision_no);
    assert_int_equal(answer_number(&asker, "items.0.amount_due_fen"), 20000);
}

static void a_repetition_byte_for_byte_gets_the_same_answer(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344"), *told, *decided;

    (void)state;
    assert_int_equal(announce_it("key-same-1", id), 201);
    told = arena_text(texts, asker.r->answer);
    assert_int_equal(announce_it("key-same-1", id), 201);
    assert_string_equal(asker.r->answer, told);
    assert_int_equal(confirm_it("key-same-2", id, NOTHING_TO_SAY), 201);
    decided = arena_text(texts, asker.r->answer);
    set_clock("2026-11-22T02:00:05.000Z");
    assert_int_equal(confirm_it("key-same-2", id, NOTHING_TO_SAY), 201);
    assert_string_equal(asker.r->answer, decided);
    assert_int_equal(announce_it("key-same-3", id), 201); /* what was told stays to be read */
    assert_string_equal(asker.r->answer, told);
    confirm_it("key-same-4", id, NOTHING_TO_SAY);
    assert_refused(409, "already_decided");
    confirm_it("key-same-2", id, "{\"statement\":\"我有话说\"}");
    assert_refused(422, "idempotency_key_reused");
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM violation_decision WHERE case_id = '%s'", id), 1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM obligation WHERE person_id = '%s'",
                                     citizen.person_id),
                     1);
}

static void what_is_not_announced_is_not_decided(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344");

    (void)state;
    confirm_it("key-early-1", id, NOTHING_TO_SAY);
    assert_refused(409, "not_announced");
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM violation_confirmation WHERE case_id = '%s'", id), 0);
}

static void all_reasons_against_a_licence_are_said_at_once(void **state)
{
    struct citizen citizen = new_owner();
    const char *id = camera(citizen.plate, "1625");

    (void)state;
    add_licence(citizen.person_id, "D E", "2026-11-20", "2026-11-21", "suspended");
    street(citizen.person_id, "1721", 20000, 12, "2026-11-21");
    confirm_it("key-bad-licence", id, NOTHING_TO_SAY);
    assert_refused(409, "not_announced");
    assert_true(answer_has_reason(&asker, "licence_not_normal"));
    assert_true(answer_has_reason(&asker, "licence_expired"));
    assert_true(answer_has_reason(&asker, "licence_later"));
    assert_true(answer_has_reason(&asker, "licence_class"));
    assert_true(answer_has_reason(&asker, "points_full"));
    assert_int_equal(answer_count(&asker, "error.reasons"), 6);
    assert_string_equal(database_word("SELECT state FROM violation_case WHERE id = '%s'", id),
                        "open");
}

static void points_need_a_licence_and_a_fine_without_points_does_not(void **state)
{
    struct citizen citizen = new_owner();
    const char *with_points = camera(citizen.plate, "1344");
    const char *without = camera(citizen.plate, "1039");

    (void)state;
    confirm_plainly(with_points);
    assert_refused(422, "licence_missing");
    assert_int_equal(confirm_plainly(without), 201);
    assert_string_equal(answer_text(&asker, "penalty"), "罚款200.00元，不记分");
}

/* 6 + 6 reach full marks; the vehicle may be finished on that day, but no other one. */
static void at_twelve_points_another_vehicle_has_to_wait(void **state)
{
    struct citizen citizen = new_driver();
    const char *first = camera(citizen.plate, "1625");
    const char *second = camera(citizen.plate, "1625");
    const char *third = camera(citizen.plate, "1344");
    const char *fourth = camera(citizen.plate, "1344");

    (void)state;
    assert_int_equal(confirm_plainly(first), 201);
    assert_int_equal(confirm_plainly(second), 201);
    assert_int_equal(confirm_plainly(third), 201);
    set_clock("2026-11-23T02:00:00.000Z");
    confirm_plainly(fourth);
    assert_refused(422, "points_full");
    assert_int_equal(answer_number(&asker, "error.reasons.0.values.0"), 13);
    assert_int_equal(answer_number(&asker, "error.reasons.0.values.1"), 12);
}

static void above_the_simple_procedure_two_officers_are_missing(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1721");

    (void)state;
    assert_int_equal(show(id), 200);
    assert_string_equal(answer_text(&asker, "next_step"), "read_announcement");
    assert_string_equal(answer_text(&asker, "officer_step"), "general_procedure");
    confirm_plainly(id);
    assert_refused(422, "officer_step_missing");
    assert_string_equal(answer_text(&asker, "error.reasons.0.values.1"), "general_procedure");
    confirm_it("key-other-tap", id, NOTHING_TO_SAY);
    assert_refused(422, "officer_step_missing");
    assert_int_equal(show(id), 200);
    assert_string_equal(answer_text(&asker, "state"), "confirmed");
    assert_string_equal(answer_text(&asker, "next_step"), "see_officer");
    assert_non_null(answer_text(&asker, "confirmed_at"));
    assert_int_equal(answer_number(&asker, "amount_due_fen"), 200000);
    assert_int_equal(database_number("SELECT (SELECT COUNT(*) FROM violation_decision WHERE"
                                     " case_id = '%s') + (SELECT COUNT(*) FROM obligation WHERE"
                                     " person_id = '%s')",
                                     id, citizen.person_id),
                     0);
}

static void a_statement_is_heard_by_an_officer_first(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344");

    (void)state;
    assert_int_equal(announce_it("key-heard-1", id), 201);
    confirm_it("key-heard-2", id, "{\"statement\":\"标志被树枝遮挡\"}");
    assert_refused(422, "officer_step_missing");
    assert_string_equal(answer_text(&asker, "error.reasons.0.values.1"), "hear_statement");
    assert_string_equal(
        database_word("SELECT statement FROM violation_confirmation WHERE case_id = '%s'", id),
        "标志被树枝遮挡");
}

static void a_warning_is_decided_and_nothing_is_owed(void **state)
{
    struct citizen citizen = new_owner();
    const char *id = camera(citizen.plate, "1349");

    (void)state;
    assert_int_equal(confirm_plainly(id), 201);
    assert_string_equal(answer_text(&asker, "penalty"), "警告");
    assert_null(answer_text(&asker, "obligation_id"));
    assert_null(answer_text(&asker, "due_on"));
    assert_int_equal(show(id), 200);
    assert_string_equal(answer_text(&asker, "state"), "warned");
    assert_string_equal(answer_text(&asker, "next_step"), "none");
    assert_int_equal(answer_number(&asker, "amount_due_fen"), 0);
}

/* Before April 2022 it cost 150 yuan and 3 points; the lighter rule in force now applies. */
static void the_lighter_later_rule_applies(void **state)
{
    struct citizen citizen = new_driver();
    const char *lighter = camera_on(citizen.plate, "1352", "2022-03-31");
    const char *heavier = camera_on(citizen.plate, "1223", "2022-03-31");

    (void)state;
    assert_int_equal(confirm_plainly(lighter), 201);
    assert_int_equal(answer_number(&asker, "fine_fen"), 5000);
    assert_int_equal(answer_number(&asker, "points"), 0);
    assert_non_null(strstr(answer_text(&asker, "facts"), "测得时速69公里，限速60公里"));
    assert_int_equal(confirm_plainly(heavier), 201);
    assert_int_equal(answer_number(&asker, "points"), 2);
    assert_string_equal(database_word("SELECT rule_valid_from FROM violation_decision"
                                      " WHERE case_id = '%s'",
                                      heavier),
                        "2013-01-01");
}

static void what_was_discovered_after_two_years_is_not_punished(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera_on(citizen.plate, "1344", "2022-05-10");

    (void)state;
    database_run("UPDATE violation_case SET observed_at = '2024-05-11' WHERE id = '%s'", id);
    announce_it("key-old-1", id);
    assert_refused(422, "limitation_passed");
    database_run("UPDATE violation_case SET observed_at = '2024-05-10' WHERE id = '%s'", id);
    assert_int_equal(announce_it("key-old-1", id), 201);
}

static void an_unknown_code_waits_for_its_rule(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "9999");

    (void)state;
    assert_int_equal(show(id), 200);
    assert_string_equal(answer_text(&asker, "next_step"), "wait");
    assert_int_equal(answer_number(&asker, "amount_due_fen"), NONE);
    announce_it("key-unknown-1", id);
    assert_refused(422, "rule_missing");
}

/* 200 yuan, served on 2018-09-17: the last day to pay is a holiday and rolls to 2018-10-08. */
static void every_fen_of_a_late_fine_has_its_reason(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = street(citizen.person_id, "1301", 30000, 3, "2018-09-17"), *obligation_id;

    (void)state;
    set_clock("2018-10-08T15:59:59.000Z");
    assert_int_equal(show(id), 200);
    assert_string_equal(answer_text(&asker, "due_on"), "2018-10-08");
    assert_int_equal(answer_number(&asker, "surcharge_fen"), 0);
    assert_string_equal(answer_text(&asker, "next_step"), "pay");
    set_clock("2018-10-08T16:00:00.000Z"); /* 24:00 in China */
    assert_int_equal(show(id), 200);
    assert_int_equal(answer_number(&asker, "late_days"), 1);
    assert_int_equal(answer_number(&asker, "amount_due_fen"), 30900);
    assert_int_equal(answer_count(&asker, "parts"), 2);
    assert_int_equal(answer_number(&asker, "parts.0.amount_fen"), 30000);
    assert_int_equal(answer_number(&asker, "parts.1.amount_fen"), 900);
    assert_non_null(strstr(answer_text(&asker, "parts.1.reason"),
                           "逾期1日，每日按罚款数额的百分之3加处，合计百分之3"));
    set_clock("2018-11-10T02:00:00.000Z");
    assert_int_equal(show(id), 200);
    assert_int_equal(answer_number(&asker, "late_days"), 33);
    assert_int_equal(answer_number(&asker, "amount_due_fen"), 59700);
    assert_int_equal(answer_number(&asker, "is_capped"), 0);
    set_clock("2018-11-11T02:00:00.000Z");
    assert_int_equal(show(id), 200);
    assert_int_equal(answer_number(&asker, "amount_due_fen"), 60000);
    assert_int_equal(answer_number(&asker, "percent"), 100);
    assert_int_equal(answer_number(&asker, "is_capped"), 1);
    obligation_id = answer_kept("obligation_id");
    settle(obligation_id, 30900, "2018-10-09 04:00:00");
    assert_int_equal(ask(&asker, "GET", LIST, NULL), 200);
    assert_int_equal(answer_number(&asker, "items.0.amount_due_fen"), 0);
    assert_int_equal(show(id), 200); /* as of the moment at which it was paid */
    assert_int_equal(answer_number(&asker, "total_fen"), 30900);
    assert_int_equal(answer_number(&asker, "late_days"), 1);
    assert_string_equal(answer_text(&asker, "next_step"), "none");
    set_clock("2026-11-22T02:00:00.000Z");
    consume();
}

static void a_term_beyond_the_published_calendar_is_provisional(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1039");

    (void)state;
    set_clock("2026-12-20T02:00:00.000Z");
    assert_int_equal(confirm_plainly(id), 201);
    assert_int_equal(show(id), 200);
    assert_string_equal(answer_text(&asker, "due_on"), "2027-01-04");
    assert_int_equal(answer_number(&asker, "is_due_provisional"), 1);
}

/* Walks through the whole list, newest first and nothing twice; how many pages it took. */
static int pages_of(int limit, int64_t wanted)
{
    const char *last = "~", *target = arena_printf(texts, LIST "?limit=%d", limit);
    int64_t items = 0;
    int pages = 0;

    for (bool is_over = false; !is_over; pages++) {
        assert_int_equal(ask(&asker, "GET", target, NULL), 200);
        for (int64_t i = 0; i < answer_count(&asker, "items"); i++, items++) {
            const char *id = answer_kept(arena_printf(texts, "items.%d.id", (int)i));

            assert_true(strcmp(id, last) < 0);
            last = id;
        }
        is_over = answer_text(&asker, "next") == NULL;
        if (!is_over)
            target =
                arena_printf(texts, LIST "?limit=%d&after=%s", limit, answer_text(&asker, "next"));
    }
    assert_int_equal(items, wanted);
    return pages;
}

static void a_long_list_is_paged_without_gaps(void **state)
{
    struct citizen citizen = new_driver();

    (void)state;
    for (int i = 0; i < 4; i++)
        insert_camera(citizen.plate, "1039", "2026-11-18");
    for (int i = 0; i < 3; i++)
        insert_street(citizen.person_id, arena_printf(texts, "44030010%d%s", i, citizen.plate + 4),
                      "1301", 20000, 3, "2026-11-18");
    consume();
    assert_int_equal(pages_of(2, 7), 4);
    assert_int_equal(ask(&asker, "GET", LIST "?state=open", NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 4);
}

static void recorded_again(const char *id, int times)
{
    database_run(
        "INSERT INTO violation_case (id, kind, fact_id, agency, source_no, plate_type, plate,"
        "  occurred_at, place, code, observed_at, arrived_at, state, updated_at)"
        "  SELECT CONCAT(LEFT(id, 16), LPAD(s.seq * 7919 %% 10007, 10, '0')), kind,"
        "  CONCAT(LEFT(id, 16), LPAD(s.seq, 10, '0')), agency, CONCAT(source_no, '-', s.seq),"
        "  plate_type, plate, occurred_at, place, code, observed_at, arrived_at, state,"
        "  updated_at FROM violation_case, seq_1_to_%d s WHERE id = '%s'",
        times, id);
}

/* More than are read without an order. */
static void a_very_long_list_is_paged_without_gaps(void **state)
{
    struct citizen citizen = new_driver();

    (void)state;
    recorded_again(camera(citizen.plate, "1039"), 230);
    assert_int_equal(pages_of(100, 231), 3);
    assert_int_equal(pages_of(40, 231), 6);
}

static int64_t pages_of_a_list(void)
{
    int64_t before = database_pages_read();

    assert_int_equal(ask(&asker, "GET", LIST "?limit=100", NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 100);
    return database_pages_read() - before;
}

/* What is shown of it stands in the index by which it is found. The database looks into pages for
   itself, too (statistics, what was deleted): the least of five counts. */
static void a_list_looks_into_no_page_for_each_of_its_violations(void **state)
{
    struct citizen citizen = new_driver();
    int64_t least = INT64_MAX;

    (void)state;
    recorded_again(camera(citizen.plate, "1039"), 180);
    for (int i = 0; i < 5; i++) {
        int64_t pages = pages_of_a_list();

        least = pages < least ? pages : least;
    }
    assert_true(least < 180);
}

static void what_others_own_looks_absent_and_is_noted(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344");
    const char *owed = street(citizen.person_id, "1301", 20000, 3, "2026-11-18");
    int64_t before = database_number("SELECT COUNT(*) FROM violation_audit WHERE act = 'refused'");

    (void)state;
    new_driver();
    assert_int_equal(ask(&asker, "GET", LIST, NULL), 200);
    assert_int_equal(answer_count(&asker, "items"), 0);
    show(id);
    assert_refused(404, "not_found");
    show(owed);
    assert_refused(404, "not_found");
    announce_it("key-foreign-1", id);
    assert_refused(404, "not_found");
    confirm_it("key-foreign-2", id, NOTHING_TO_SAY);
    assert_refused(404, "not_found");
    assert_true(database_number("SELECT COUNT(*) FROM violation_audit WHERE act = 'refused'") >=
                before + 4);
    show(new_id());
    assert_refused(404, "not_found");
    show("not-a-number");
    assert_refused(404, "not_found");
}

/* Undecided it follows the vehicle; decided it stays with whom the decision names. */
static void a_sold_vehicle_takes_along_what_is_undecided_only(void **state)
{
    struct citizen seller = new_driver(), buyer;
    const char *decided = camera(seller.plate, "1344"), *undecided;

    (void)state;
    assert_int_equal(confirm_plainly(decided), 201);
    undecided = camera(seller.plate, "1344");
    assert_int_equal(announce_it("key-seller-1", undecided), 201);
    buyer = new_driver();
    database_run("UPDATE vehicle SET owner_id = '%s' WHERE plate = '%s'", buyer.person_id,
                 seller.plate);
    show(decided);
    assert_refused(404, "not_found");
    confirm_it("key-buyer-1", undecided, NOTHING_TO_SAY);
    assert_refused(409, "not_announced"); /* to this person */
    assert_int_equal(confirm_plainly(undecided), 201);
    sign_in(seller.person_id);
    assert_int_equal(show(decided), 200);
    show(undecided);
    assert_refused(404, "not_found");
}

/* Agent of this organisation in the business of violations. */
static void appoint(const char *company, const char *agent_id, const char *valid_to)
{
    database_run("INSERT INTO mandate (id, principal_kind, principal_id, agent_id, scope,"
                 " valid_from, valid_to, appointed_by, request_key, created_at) VALUES ('%s',"
                 " 'organisation', '%s', '%s', 'violation', '2026-01-01', '%s', '%s', '%s',"
                 " '2026-01-01')",
                 new_id(), company, agent_id, valid_to, company, new_id());
}

static int fleet_of(const char *mandate_id)
{
    return ask(&asker, "GET", arena_printf(texts, LIST "?mandate_id=%s", mandate_id), NULL);
}

static void who_drives_for_an_organisation_takes_it_with_his_own_licence(void **state)
{
    const char *boss = new_owner().person_id, *company = company_of(boss);
    struct citizen driver = new_driver(), former = new_driver();
    const char *plate = new_lorry_of(company), *id;

    (void)state;
    appoint(company, driver.person_id, "2026-11-22");
    appoint(company, former.person_id, "2026-11-21");
    id = camera(plate, "1625");
    sign_in(former.person_id); /* since yesterday */
    assert_int_equal(fleet_of(company), 404);
    assert_int_equal(show(id), 404);
    sign_in(boss);
    assert_int_equal(fleet_of(company), 200);
    assert_string_equal(answer_text(&asker, "items.0.id"), id);
    assert_int_equal(ask(&asker, "GET", LIST, NULL), 200); /* of nobody in person */
    assert_int_equal(answer_count(&asker, "items"), 0);
    sign_in(driver.person_id);
    assert_int_equal(show(id), 200);
    assert_int_equal(confirm_plainly(id), 201);
    assert_int_equal(database_number("SELECT SUM(points) FROM points_entry WHERE person_id = '%s'",
                                     driver.person_id),
                     6);
    sign_in(boss);
    assert_int_equal(show(id), 404); /* it has a person now, and is his business */
    assert_int_equal(fleet_of(company), 200);
    assert_int_equal(answer_count(&asker, "items"), 0);
}

static void bad_input_is_refused_field_by_field(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344");

    (void)state;
    ask(&asker, "GET", LIST "?state=gone&limit=101&after=x&other=1", NULL);
    assert_int_equal(asker.r->http_status, 400);
    assert_int_equal(answer_count(&asker, "error.reasons"), 4);
    announce_it(NULL, id);
    assert_refused(400, "idempotency_key_required");
    confirm_it("key-input-1", id, "{}");
    assert_refused(400, "field_missing");
    confirm_it("key-input-1", id, "{\"statement\":7}");
    assert_refused(400, "field_type");
    confirm_it("key-input-1", id, "{\"statement\":\"\"}");
    assert_refused(400, "field_range");
    confirm_it("key-input-1", id, "{\"statement\":\"none\",\"licence\":\"mine\"}");
    assert_refused(400, "field_unknown");
    assert_string_equal(database_word("SELECT state FROM violation_case WHERE id = '%s'", id),
                        "open");
}

static void without_a_session_or_a_real_name_nothing_is_shown(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344");

    (void)state;
    asker_sign_out(&asker);
    ask(&asker, "GET", LIST, NULL);
    assert_refused(401, "unauthenticated");
    asker_sign_in(&asker, new_id(), NULL, CITIZEN);
    ask(&asker, "GET", LIST, NULL);
    assert_refused(403, "real_name_required");
    show(id);
    assert_refused(403, "real_name_required");
    announce_it("key-nobody-1", id);
    assert_refused(403, "real_name_required");
    confirm_it("key-nobody-1", id, NOTHING_TO_SAY);
    assert_refused(403, "real_name_required");
}

#define SIMPLE " WHERE prefix = '4403001'"

/* In the free block that comes first the next number is taken already, and is the last one. */
static void a_number_that_an_agency_used_is_skipped(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1039"), *number;
    int64_t serial = database_number("SELECT next_serial FROM decision_serial" SIMPLE) + 1;

    (void)state;
    database_run("UPDATE decision_serial SET next_serial = next_serial + 1000" SIMPLE);
    database_run("UPDATE decision_block SET next_serial = %lld, last_serial = %lld" SIMPLE
                 " AND slot = 1",
                 (long long)serial, (long long)serial);
    number = decision_number(texts, "4403001", serial);
    insert_street(citizen.person_id, number, "1039", 20000, 0, "2026-11-18");
    consume();
    assert_int_equal(confirm_plainly(id), 201);
    assert_true(is_decision_no(answer_text(&asker, "decision_no")));
    assert_string_not_equal(answer_text(&asker, "decision_no"), number);
    assert_int_equal(database_number("SELECT last_serial - next_serial FROM decision_block" SIMPLE
                                     " AND slot = 1"),
                     998);
}

static void the_audit_chain_is_whole(void **state)
{
    (void)state;
    asker.door = "internal";
    assert_int_equal(ask(&asker, "GET", "/internal/violation/audit", ""), 200);
    assert_int_equal(answer_number(&asker, "bad_seq"), 0);
    assert_true(database_number("SELECT COUNT(*) FROM violation_audit WHERE act = 'decide'") > 0);
}

#define STORY(name) cmocka_unit_test_setup(name, begin_violation)

static const struct CMUnitTest tests[] = {
    STORY(t6_an_open_applications_says_what_it_would_cost),
    STORY(t6_a_violation_is_announced_confirmed_decided_and_owed),
    STORY(a_repetition_byte_for_byte_gets_the_same_answer),
    STORY(what_is_not_announced_is_not_decided),
    STORY(all_reasons_against_a_licence_are_said_at_once),
    STORY(points_need_a_licence_and_a_fine_without_points_does_not),
    STORY(at_twelve_points_another_vehicle_has_to_wait),
    STORY(above_the_simple_procedure_two_officers_are_missing),
    STORY(a_statement_is_heard_by_an_officer_first),
    STORY(a_warning_is_decided_and_nothing_is_owed),
    STORY(the_lighter_later_rule_applies),
    STORY(what_was_discovered_after_two_years_is_not_punished),
    STORY(an_unknown_code_waits_for_its_rule),
    STORY(every_fen_of_a_late_fine_has_its_reason),
    STORY(a_term_beyond_the_published_calendar_is_provisional),
    STORY(a_long_list_is_paged_without_gaps),
    STORY(a_very_long_list_is_paged_without_gaps),
    STORY(a_list_looks_into_no_page_for_each_of_its_violations),
    STORY(what_others_own_looks_absent_and_is_noted),
    STORY(a_sold_vehicle_takes_along_what_is_undecided_only),
    STORY(who_drives_for_an_organisation_takes_it_with_his_own_licence),
    STORY(bad_input_is_refused_field_by_field),
    STORY(without_a_session_or_a_real_name_nothing_is_shown),
    STORY(a_number_that_an_agency_used_is_skipped),
    STORY(the_audit_chain_is_whole),
};

/* Every story is told twice: plainly, and with each transaction rolled back, then committed with
   its answer swallowed, before it counts. */
int main(void)
{
    int failures =
        cmocka_run_group_tests_name("plain", tests, open_applications, close_applications);

    return failures + cmocka_run_group_tests_name("rehearsed", tests, open_applications_rehearsed,
                                                  close_applications);
}
