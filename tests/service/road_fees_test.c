/* A service that costs something: decided first, paid then, and in force when it is paid. No pass
   costs anything, so the definition of one is given a new version with fees. */

#include "casework/casework.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/session.h"
#include "service/road_stage.h"

#define SERVICE "road.heavy_goods"
#define TEN_DAYS_LATER "2018-10-08"

/* 5 yuan and 10 yuan; from 8 October on 5 and 12. */
static void charge_for_it(void)
{
    database_run(
        "INSERT INTO service_definition (module, code, version, sha256, body, registered_at)"
        " SELECT module, code, 9, UNHEX(SHA2(body, 256)), body, registered_at FROM ("
        "  SELECT module, code, registered_at, REPLACE(REPLACE(REPLACE(body,"
        "   CONCAT('\"version\": ', version, ','), '\"version\": 9,'), '\"form\": [',"
        "   '\"fees\": [\"plate_temporary\", \"vehicle_licence\"], \"form\": ['),"
        "   '\"clocks\": [', '\"clocks\": [{\"code\": \"pay\", \"name\": \"缴费\","
        "   \"term\": \"fee.pay\", \"during\": [\"payable\"], \"at_end\": \"withdraw\","
        "   \"promise\": false, \"warn_days\": 0},') AS body"
        "  FROM service_definition WHERE code = '" SERVICE "' AND version ="
        "   (SELECT MAX(version) FROM service_definition WHERE code = '" SERVICE "')) AS fresh");
    database_run("UPDATE fee_rule SET valid_to = '2018-10-07' WHERE code = 'vehicle_licence'");
    database_run("INSERT INTO fee_rule (code, valid_from, name, amount_fen, account, source)"
                 " SELECT code, '" TEN_DAYS_LATER "', name, 1200, account, source FROM fee_rule"
                 " WHERE code = 'vehicle_licence'");
}

/* The module registers its own definitions at its first start. */
static int open_with_fees(int (*open)(void **), void **state)
{
    open(state);
    charge_for_it();
    close_applications(state);
    return open(state);
}

static int open_fees(void **state)
{
    return open_with_fees(open_applications, state);
}

static int open_fees_rehearsed(void **state)
{
    database_open();
    database_run("DELETE FROM service_definition WHERE version = 9");
    database_run("DELETE FROM fee_rule WHERE valid_from = '" TEN_DAYS_LATER "'");
    database_close();
    return open_with_fees(open_applications_rehearsed, state);
}

static const char *truck_form(const char *person_id)
{
    return form_of(own_truck(person_id, "粤B"), "2018-10-10", "2018-10-12", GOODS);
}

/* Approved, and so charged; its id. Who is signed in applies. */
static const char *charged_with(const char *form)
{
    const char *id = filed(SERVICE, form);

    officer(HEADQUARTERS, INTAKE);
    assert_int_equal(act(id, "acceptance", ""), 200);
    officer(HEADQUARTERS, REVIEWER);
    assert_int_equal(act(id, "approval", ""), 200);
    assert_string_equal(answer_text(&asker, "state"), "payable");
    return id;
}

static const char *charged(void)
{
    return charged_with(truck_form(citizen()));
}

static const char *obligation_of(const char *id)
{
    return database_word("SELECT obligation_id FROM road_application_fee"
                         " WHERE application_id = '%s' ORDER BY ver DESC LIMIT 1",
                         id);
}

/* What payment does when it is told of the money. */
static void pay(const char *id)
{
    const char *obligation_id = obligation_of(id);

    database_run("INSERT INTO settlement (obligation_id, gw_txn_id, order_id, amount_fen,"
                 " settled_at) VALUES ('%s', '%s', '%s', 1500, '2018-09-28')",
                 obligation_id, new_id(), new_id());
    database_run("INSERT INTO event (id, consumer, kind, dedupe, producer, run_at, created_at)"
                 " VALUES ('%s', 'road', 'obligation_settled', '%s', 'payment', '2018-01-01',"
                 " '2018-01-01')",
                 new_id(), obligation_id);
}

static bool is_withdrawn(const char *obligation_id)
{
    int64_t rows = database_number("SELECT COUNT(*) FROM obligation WHERE id = '%s'"
                                   " AND withdrawn_at IS NOT NULL",
                                   obligation_id);

    assert_int_equal(rows, database_number("SELECT COUNT(*) FROM event WHERE dedupe = '%s' AND"
                                           " consumer = 'payment' AND"
                                           " kind = 'obligation_withdrawn'",
                                           obligation_id));
    return rows == 1;
}

static int64_t passes_of(const char *id)
{
    return database_number("SELECT COUNT(*) FROM road_pass WHERE application_id = '%s'", id) +
           database_number("SELECT COUNT(*) FROM road_permit WHERE application_id = '%s'", id);
}

static void show(const char *id)
{
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, "/api/road/applications/%s", id), NULL),
                     200);
}

/* --- What is said ------------------------------------------------------------------------------
 */

static bool page_says(const char *code, const char *word)
{
    assert_int_equal(
        ask(&asker, "GET", arena_printf(texts, "/api/road/services/%s/page", code), NULL), 200);
    return strstr(asker.r->answer, word) != NULL;
}

static void the_guide_names_each_fee_with_its_source_and_the_chart_the_payment(void **state)
{
    (void)state;
    assert_int_equal(ask(&asker, "GET", "/api/road/services/" SERVICE, NULL), 200);
    assert_string_equal(answer_text(&asker, "fees.0.name"), "临时行驶车号牌（张）");
    assert_int_equal(answer_number(&asker, "fees.0.amount_fen"), 500);
    assert_non_null(answer_text(&asker, "fees.1.source"));
    assert_true(page_says(SERVICE, "合计15.00元"));
    assert_true(page_says(SERVICE, "在线缴费"));
    assert_true(page_says("road.rescue", "不收取费用"));
    assert_false(page_says("road.rescue", "在线缴费"));
}

#define SUM_OF "SELECT SUM(amount_fen) FROM fee_rule WHERE valid_from = '2018-08-01' AND code IN ("

/* What is paid together, by the list of fees. */
static void a_first_registration_costs_120_yuan_and_a_transfer_110(void **state)
{
    (void)state;
    assert_int_equal(database_number(SUM_OF "'plate_car', 'vehicle_licence',"
                                            " 'registration_certificate')"),
                     12000);
    assert_int_equal(database_number(SUM_OF "'plate_car', 'vehicle_licence')"), 11000);
}

/* --- Charged -----------------------------------------------------------------------------------
 */

static void what_is_approved_waits_to_be_paid_and_nothing_is_in_force(void **state)
{
    const char *person_id = citizen(), *id = charged_with(truck_form(person_id));

    (void)state;
    citizen_again(person_id);
    show(id);
    assert_string_equal(answer_text(&asker, "state_text"), "待缴费");
    assert_string_equal(answer_text(&asker, "fee_state"), "owed");
    assert_int_equal(answer_number(&asker, "fee_fen"), 1500);
    assert_string_equal(answer_text(&asker, "pay_until"),
                        "2018-10-15"); /* 15 days end on a Saturday */
    assert_string_equal(answer_text(&asker, "fee_obligation_id"), obligation_of(id));
    assert_null(answer_text(&asker, "permit_no"));
    run_jobs();
    assert_int_equal(passes_of(id), 0);
    assert_string_equal(
        database_word("SELECT CONCAT_WS(' ', module, kind, account, base_fen,"
                      " person_id, due_on, late_percent_a_day) FROM obligation"
                      " WHERE id = '%s'",
                      obligation_of(id)),
        arena_printf(texts, "road fee fee_treasury 1500 %s 2018-10-15 0", person_id));
    assert_string_equal(database_word("SELECT JSON_VALUE(arg, '$.values.amount') FROM event"
                                      " WHERE consumer = 'notice' AND kind = 'fee_charged' AND"
                                      " JSON_VALUE(arg, '$.person_id') = '%s'",
                                      person_id),
                        "15.00元");
}

static void fees_are_those_of_the_day_on_which_they_are_charged(void **state)
{
    const char *early = charged(), *late;

    (void)state;
    set_clock("2018-10-08T02:00:00.000Z");
    late = charged();
    assert_int_equal(
        database_number("SELECT base_fen FROM obligation WHERE id = '%s'", obligation_of(early)),
        1500);
    assert_int_equal(
        database_number("SELECT base_fen FROM obligation WHERE id = '%s'", obligation_of(late)),
        1700);
}

static void an_organisation_owes_and_whoever_filed_for_it_may_pay(void **state)
{
    const char *person_id = citizen(), *id, *plate = own_truck(person_id, "粤B");

    (void)state;
    mandate = company_of(person_id);
    database_run("UPDATE vehicle SET owner_id = NULL, organisation_id = '%s' WHERE plate = '%s'",
                 mandate, plate);
    id = charged_with(form_of(plate, "2018-10-10", "2018-10-12", GOODS));
    assert_string_equal(database_word("SELECT CONCAT_WS(' ', person_id, owner_id) FROM obligation"
                                      " WHERE id = '%s'",
                                      obligation_of(id)),
                        arena_printf(texts, "%s %s", mandate, person_id));
}

/* --- Paid --------------------------------------------------------------------------------------
 */

static void paid_it_is_granted_with_its_permit_once(void **state)
{
    const char *person_id = citizen(), *id = charged_with(truck_form(person_id)), *decided_at;

    (void)state;
    decided_at = database_word("SELECT decided_at FROM road_application WHERE id = '%s'", id);
    pay(id);
    run_jobs();
    assert_string_equal(state_of(id), "issued");
    assert_int_equal(passes_of(id), 2);
    database_run("UPDATE event SET state = 'ready' WHERE dedupe = '%s' AND consumer = 'road'",
                 obligation_of(id));
    run_jobs();
    assert_int_equal(passes_of(id), 2);
    citizen_again(person_id);
    show(id);
    assert_string_equal(answer_text(&asker, "fee_state"), "paid");
    assert_string_equal(answer_text(&asker, "permit_state"), "not_yet");
    assert_string_equal(
        database_word("SELECT decided_at FROM road_application WHERE id = '%s'", id), decided_at);
    assert_false(is_withdrawn(obligation_of(id)));
}

static void an_event_without_a_settlement_grants_nothing(void **state)
{
    const char *id = charged();

    (void)state;
    pay(id);
    database_run("DELETE FROM settlement WHERE obligation_id = '%s'", obligation_of(id));
    run_jobs();
    assert_string_equal(state_of(id), "payable");
    assert_int_equal(passes_of(id), 0);
    database_run("UPDATE event SET state = 'done' WHERE dedupe = '%s'", obligation_of(id));
}

static void what_can_not_be_granted_any_more_is_refused_and_the_money_goes_back(void **state)
{
    const char *id = charged();

    (void)state;
    set_clock("2018-10-13T02:00:00.000Z"); /* the days of the pass are over, the term is not */
    pay(id);
    run_jobs();
    assert_string_equal(state_of(id), "refused");
    assert_int_equal(passes_of(id), 0);
    assert_true(is_withdrawn(obligation_of(id)));
    assert_string_equal(database_word("SELECT reason FROM road_application_act WHERE"
                                      " application_id = '%s' AND act = 'refuse'",
                                      id),
                        "申请的通行日期已过；已缴费用按原路退回");
    assert_int_equal(database_number("SELECT COUNT(*) FROM road_paper WHERE kind = 'refusal' AND"
                                     " application_id = '%s' AND sha256 IS NOT NULL",
                                     id),
                     1);
}

/* --- Unpaid ------------------------------------------------------------------------------------
 */

static void who_does_not_pay_in_the_term_has_withdrawn(void **state)
{
    const char *id = charged(), *person_id;

    (void)state;
    set_clock("2018-10-15T15:59:00.000Z");
    run_jobs();
    assert_string_equal(state_of(id), "payable");
    set_clock("2018-10-15T16:01:00.000Z");
    run_jobs();
    assert_string_equal(state_of(id), "withdrawn");
    assert_true(is_withdrawn(obligation_of(id)));
    pay(id); /* it was on its way; payment returns it */
    run_jobs();
    assert_string_equal(state_of(id), "withdrawn");
    assert_int_equal(passes_of(id), 0);
    person_id = database_word("SELECT filed_by FROM road_application WHERE id = '%s'", id);
    citizen_again(person_id);
    show(id);
    assert_string_equal(answer_text(&asker, "fee_state"), "withdrawn");
}

static void the_applicant_and_the_lead_may_end_it_unpaid(void **state)
{
    const char *person_id = citizen(), *withdrawn = charged_with(truck_form(person_id));
    const char *revoked = charged();

    (void)state;
    citizen_again(person_id);
    assert_int_equal(act(withdrawn, "withdrawal", "\"reason\":\"不再需要\""), 200);
    assert_true(is_withdrawn(obligation_of(withdrawn)));
    officer(HEADQUARTERS, LEAD);
    assert_int_equal(act(revoked, "revocation", "\"reason\":\"材料不实\""), 200);
    assert_string_equal(state_of(revoked), "revoked");
    assert_true(is_withdrawn(obligation_of(revoked)));
}

static void after_an_appeal_it_is_charged_anew_and_the_old_payment_grants_nothing(void **state)
{
    const char *person_id = citizen(), *id = charged_with(truck_form(person_id)), *old;

    (void)state;
    old = obligation_of(id);
    officer(HEADQUARTERS, LEAD);
    assert_int_equal(act(id, "revocation", "\"reason\":\"材料不实\""), 200);
    citizen_again(person_id);
    assert_int_equal(act(id, "appeal", "\"reason\":\"材料属实\""), 200);
    officer(HEADQUARTERS, LEAD);
    assert_int_equal(act(id, "reopening", "\"reason\":\"复议撤销\""), 200);
    officer(HEADQUARTERS, REVIEWER);
    assert_int_equal(act(id, "approval", ""), 200);
    assert_string_equal(state_of(id), "payable");
    assert_string_not_equal(obligation_of(id), old);
    database_run("INSERT INTO settlement (obligation_id, gw_txn_id, order_id, amount_fen,"
                 " settled_at) VALUES ('%s', '%s', '%s', 1500, '2018-09-28')",
                 old, new_id(), new_id());
    database_run("INSERT INTO event (id, consumer, kind, dedupe, producer, run_at, created_at)"
                 " VALUES ('%s', 'road', 'obligation_settled', '%s', 'payment', '2018-01-01',"
                 " '2018-01-01')",
                 new_id(), old);
    run_jobs();
    assert_string_equal(state_of(id), "payable");
    pay(id);
    run_jobs();
    assert_string_equal(state_of(id), "issued");
}

#define SENTENCE(name) cmocka_unit_test_setup(name, begin_applications)

int main(void)
{
    const struct CMUnitTest sentences[] = {
        SENTENCE(the_guide_names_each_fee_with_its_source_and_the_chart_the_payment),
        SENTENCE(a_first_registration_costs_120_yuan_and_a_transfer_110),
        SENTENCE(what_is_approved_waits_to_be_paid_and_nothing_is_in_force),
        SENTENCE(fees_are_those_of_the_day_on_which_they_are_charged),
        SENTENCE(an_organisation_owes_and_whoever_filed_for_it_may_pay),
        SENTENCE(paid_it_is_granted_with_its_permit_once),
        SENTENCE(an_event_without_a_settlement_grants_nothing),
        SENTENCE(what_can_not_be_granted_any_more_is_refused_and_the_money_goes_back),
        SENTENCE(who_does_not_pay_in_the_term_has_withdrawn),
        SENTENCE(the_applicant_and_the_lead_may_end_it_unpaid),
        SENTENCE(after_an_appeal_it_is_charged_anew_and_the_old_payment_grants_nothing),
    };
    int failed = cmocka_run_group_tests_name("fees", sentences, open_fees, close_applications);

    return failed + cmocka_run_group_tests_name("fees, every transaction run twice", sentences,
                                                open_fees_rehearsed, close_applications);
}
