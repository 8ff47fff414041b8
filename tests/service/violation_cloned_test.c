/* T2: a plate that was at two places at once; its violations rest, and fall together. */

#include "service/violation_stage.h"

#define CLAIM "violation.cloned"

static int passages;

/* Sites on the meridian of the civic centre, so many kilometres north of it. */
static void site(const char *code, const char *kind, int north_km)
{
    database_run("INSERT IGNORE INTO passage_site (agency, code, name, kind, latitude, longitude,"
                 " observed_at) VALUES ('traffic', '%s', '%s路口', '%s', %lld, 114057900,"
                 " '2026-01-01')",
                 code, code, kind, 22543100 + (long long)north_km * 8993);
}

static void sites(void)
{
    site("CENTRE", "camera", 0);
    site("NORTH", "camera", 80);
    site("NEAR", "camera", 3);
    site("LOT", "car_park", 0);
}

static void pass(const char *plate, const char *at, const char *code, const char *kind)
{
    database_run("INSERT INTO plate_passage (plate_type, plate, passed_at, agency, record_no, site,"
                 " kind) VALUES ('02', '%s', '%s', 'traffic', 'P%08d', '%s', '%s')",
                 plate, at, ++passages, code, kind);
}

/* Two places at once, half an hour before a camera records the act of 2026-11-18 08:12. */
static void fly(const char *plate)
{
    sites();
    pass(plate, "2026-11-17 23:40:00", "CENTRE", "passage");
    pass(plate, "2026-11-17 23:45:00", "NORTH", "passage");
}

static const char *claim_form(const char *plate, const char *from, const char *to)
{
    return arena_printf(texts,
                        "\"plate_type\":\"02\",\"plate\":\"%s\",\"from_on\":\"%s\",\"to_on\":"
                        "\"%s\",\"statement\":\"我的车一直在深圳\",\"contact\":\"13800138000\"",
                        plate, from, to);
}

static const char *claim(const char *plate)
{
    return filed(CLAIM, claim_form(plate, "2026-11-01", "2026-11-20"));
}

static int evidence(const char *id)
{
    return ask(&asker, "GET",
               arena_printf(texts, "/api/violation%s/applications/%s/evidence",
                            asker.brigade == NULL ? "" : "/office", id),
               NULL);
}

static void accept(const char *id)
{
    officer(HEADQUARTERS, INTAKE);
    assert_int_equal(act(id, "acceptance", ""), 200);
    officer(HEADQUARTERS, REVIEWER);
}

static void decide(const char *id, const char *how)
{
    accept(id);
    assert_int_equal(act(id, how, "\"reason\":\"经核查过车记录\""), 200);
}

static const char *case_state(const char *id)
{
    return database_word("SELECT state FROM violation_case WHERE id = '%s'", id);
}

static int64_t disputes(const char *id, const char *open)
{
    return database_number("SELECT COUNT(*) FROM violation_dispute WHERE application_id = '%s'"
                           " AND is_open %s",
                           id, open);
}

static void all_of_them_fall_together_when_the_claim_is_upheld(void **state)
{
    struct citizen citizen = new_driver();
    const char *first = camera(citizen.plate, "1344"), *second, *id;

    (void)state;
    second = camera_on(citizen.plate, "1345", "2026-11-10");
    fly(citizen.plate);
    sign_in(citizen.person_id);
    id = claim(citizen.plate);
    assert_int_equal(disputes(id, "= 1"), 2);
    assert_int_equal(evidence(id), 200);
    assert_int_equal(answer_count(&asker, "pairs"), 1);
    accept(id);
    assert_int_equal(act(id, "approval", ""), 200);
    assert_string_equal(case_state(first), "withdrawn");
    assert_string_equal(case_state(second), "withdrawn");
    assert_int_equal(disputes(id, "= 1"), 0);
    assert_int_equal(database_number("SELECT COUNT(*) FROM violation_withdrawal WHERE"
                                     " application_id = '%s' AND ground = '号牌被套用'",
                                     id),
                     2);
}

static void what_was_decided_and_paid_falls_with_its_points_and_debt(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344"), *obligation;

    (void)state;
    sign_in(citizen.person_id);
    assert_int_equal(confirm_plainly(id), 201);
    obligation =
        database_word("SELECT obligation_id FROM violation_decision WHERE case_id = '%s'", id);
    settle(obligation, 20000, "2026-11-22 03:00:00");
    consume();
    fly(citizen.plate);
    sign_in(citizen.person_id);
    decide(claim(citizen.plate), "approval");
    assert_string_equal(case_state(id), "withdrawn");
    assert_int_equal(database_number("SELECT COUNT(*) FROM violation_decision WHERE case_id = '%s'"
                                     " AND stands IS NULL",
                                     id),
                     1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM event WHERE consumer = 'payment'"
                                     " AND kind = 'obligation_withdrawn' AND dedupe = '%s'",
                                     obligation),
                     1);
}

static void what_is_claimed_rests_until_the_claim_is_refused(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344"), *application;

    (void)state;
    sign_in(citizen.person_id);
    application = claim(citizen.plate);
    assert_int_equal(announce_it("cloned-rests-1", id), 409);
    assert_refused(409, "disputed");
    decide(application, "refusal");
    sign_in(citizen.person_id);
    assert_int_equal(confirm_plainly(id), 201);
    assert_string_equal(case_state(id), "decided");
}

static void what_others_do_on_other_days_or_in_the_street_stays(void **state)
{
    struct citizen citizen = new_driver(), other = new_driver();
    const char *inside, *before, *after, *street_case, *theirs, *id;

    (void)state;
    inside = camera_on(citizen.plate, "1344", "2026-11-10");
    before = camera_on(citizen.plate, "1344", "2026-10-30");
    after = camera_on(citizen.plate, "1344", "2026-11-21");
    street_case = street(citizen.person_id, "1301", 20000, 3, "2026-11-10");
    theirs = camera_on(other.plate, "1344", "2026-11-10");
    fly(citizen.plate);
    sign_in(citizen.person_id);
    id = claim(citizen.plate);
    decide(id, "approval");
    assert_string_equal(case_state(inside), "withdrawn");
    assert_string_equal(case_state(before), "open");
    assert_string_equal(case_state(after), "open");
    assert_string_equal(case_state(street_case), "decided");
    assert_string_equal(case_state(theirs), "open");
}

static void an_officer_reads_all_of_it_on_one_page(void **state)
{
    struct citizen citizen = new_driver();
    const char *id;

    (void)state;
    camera(citizen.plate, "1344");
    fly(citizen.plate);
    pass(citizen.plate, "2026-11-18 00:11:58", "CENTRE", "passage");
    pass(citizen.plate, "2026-11-18 06:00:00", "NEAR", "passage");
    sign_in(citizen.person_id);
    id = claim(citizen.plate);
    officer(HEADQUARTERS, REVIEWER);
    assert_int_equal(evidence(id), 200);
    assert_int_equal(answer_number(&asker, "passages"), 4);
    assert_int_equal(answer_count(&asker, "pairs"), 1);
    assert_string_equal(answer_text(&asker, "pairs.0.kind"), "speed");
    assert_in_range(answer_number(&asker, "pairs.0.metres"), 79900, 80100);
    assert_int_equal(answer_number(&asker, "pairs.0.seconds"), 300);
    assert_in_range(answer_number(&asker, "pairs.0.needs_kmh"), 680, 690);
    assert_string_equal(answer_text(&asker, "pairs.0.text"),
                        "2026年11月18日07:40:00在CENTRE路口，5分0秒后在NORTH路口，两地直线相距"
                        "79.9公里；即使计入设备时钟误差，也需时速685公里");
    assert_non_null(answer_text(&asker, "pairs.0.first_record_no"));
    assert_int_equal(answer_count(&asker, "violations"), 1);
    assert_int_equal(answer_count(&asker, "violations.0.passages"), 3);
    assert_string_equal(answer_text(&asker, "violations.0.passages.2.site"), "CENTRE");
    assert_string_equal(answer_text(&asker, "statement"), "我的车一直在深圳");
    assert_string_equal(answer_text(&asker, "use_kind"), "private");
    assert_string_equal(answer_text(&asker, "registered_on"), "2018-01-01");
    assert_true(database_number("SELECT COUNT(*) FROM violation_audit WHERE act = 'evidence_read'"
                                " AND object = '%s'",
                                id) > 0);
}

static void the_owner_reads_of_the_pairs_and_of_no_other_passage(void **state)
{
    struct citizen citizen = new_driver();
    const char *id;

    (void)state;
    camera(citizen.plate, "1344");
    fly(citizen.plate);
    pass(citizen.plate, "2026-11-18 00:11:58", "CENTRE", "passage");
    sign_in(citizen.person_id);
    id = claim(citizen.plate);
    assert_int_equal(evidence(id), 200);
    assert_string_equal(answer_text(&asker, "pairs.0.second_place"), "NORTH路口");
    assert_null(answer_text(&asker, "pairs.0.second_record_no"));
    assert_int_equal(answer_count(&asker, "violations"), 1);
    assert_true(answer_count(&asker, "violations.0.passages") <= 0);
    assert_string_equal(answer_text(&asker, "summary"),
                        "检索了2026-10-31至2026-11-21的3条过车和停车记录，发现1组不可能是同一辆车");
}

static void a_car_in_a_car_park_is_not_on_the_road(void **state)
{
    struct citizen citizen = new_driver();
    const char *id;

    (void)state;
    camera(citizen.plate, "1344");
    sites();
    pass(citizen.plate, "2026-11-17 20:00:00", "LOT", "park_in");
    pass(citizen.plate, "2026-11-18 00:12:00", "NEAR", "passage");
    pass(citizen.plate, "2026-11-18 02:00:00", "LOT", "park_out");
    sign_in(citizen.person_id);
    id = claim(citizen.plate);
    assert_int_equal(evidence(id), 200);
    assert_string_equal(answer_text(&asker, "pairs.0.kind"), "parked");
    assert_string_equal(answer_text(&asker, "pairs.0.parked_until"), "2026-11-18T02:00:00.000Z");
    assert_true(strstr(answer_text(&asker, "pairs.0.text"), "停放期间") != NULL);
}

/* Two thousand passages at one place, and one that is far away a minute after the last. */
static void no_passage_is_lost_between_pages(void **state)
{
    struct citizen citizen = new_driver();
    const char *id;

    (void)state;
    camera(citizen.plate, "1344");
    sites();
    database_run("INSERT INTO plate_passage (plate_type, plate, passed_at, agency, record_no, site,"
                 " kind) SELECT '02', '%s', '2026-11-05' + INTERVAL seq DIV 3 MINUTE, 'traffic',"
                 " CONCAT('M%08dN', seq), IF(seq = 1802, 'NORTH', 'CENTRE'), 'passage'"
                 " FROM seq_1_to_2000",
                 citizen.plate, ++passages);
    sign_in(citizen.person_id);
    id = claim(citizen.plate);
    assert_int_equal(evidence(id), 200);
    assert_int_equal(answer_number(&asker, "passages"), 2000);
    assert_int_equal(answer_count(&asker, "pairs"), 2); /* there, and back */
}

static void approving_without_a_pair_needs_a_reason(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344"), *application;

    (void)state;
    sites();
    pass(citizen.plate, "2026-11-18 00:11:58", "CENTRE", "passage");
    sign_in(citizen.person_id);
    application = claim(citizen.plate);
    assert_int_equal(evidence(application), 200);
    assert_int_equal(answer_count(&asker, "pairs"), 0);
    accept(application);
    assert_int_equal(act(application, "approval", ""), 422);
    assert_refused(422, "evidence_absent");
    assert_string_equal(case_state(id), "open");
    assert_int_equal(act(application, "approval", "\"reason\":\"图像中车身颜色与本车不同\""), 200);
    assert_string_equal(case_state(id), "withdrawn");
}

static void what_agencies_told_since_is_found_by_searching_again(void **state)
{
    struct citizen citizen = new_driver();
    const char *id;

    (void)state;
    camera(citizen.plate, "1344");
    sign_in(citizen.person_id);
    id = claim(citizen.plate);
    fly(citizen.plate);
    accept(id);
    assert_int_equal(evidence(id), 200);
    assert_int_equal(answer_count(&asker, "pairs"), 0);
    set_clock("2026-11-22T03:00:00.000Z");
    assert_int_equal(act(id, "evidence", ""), 200);
    assert_int_equal(answer_count(&asker, "pairs"), 1);
    set_clock("2026-11-22T04:00:00.000Z");
    assert_int_equal(act(id, "evidence", ""), 200);
    assert_int_equal(answer_count(&asker, "pairs"), 1);
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM violation_search WHERE application_id = '%s'", id),
        3);
    assert_int_equal(act(id, "approval", ""), 200);
    assert_int_equal(act(id, "evidence", ""), 409);
    assert_refused(409, "not_in_this_state");
}

static void all_that_is_wrong_is_told_at_once(void **state)
{
    struct citizen other = new_driver();
    const char *id;

    (void)state;
    new_driver();
    id = begin(CLAIM, claim_form(other.plate, "2026-11-20", "2026-11-01"));
    assert_int_equal(submit(id), 422);
    assert_true(answer_has_reason(&asker, "vehicle_not_own"));
    assert_true(answer_has_reason(&asker, "claim_days"));
}

static void days_are_not_ahead_and_not_too_many(void **state)
{
    struct citizen citizen = new_driver();

    (void)state;
    camera(citizen.plate, "1344");
    sign_in(citizen.person_id);
    assert_int_equal(submit(begin(CLAIM, claim_form(citizen.plate, "2026-11-01", "2026-11-23"))),
                     422);
    assert_refused(422, "claim_days");
    assert_int_equal(submit(begin(CLAIM, claim_form(citizen.plate, "2026-08-21", "2026-11-22"))),
                     422);
    assert_refused(422, "claim_days");
    assert_int_equal(submit(begin(CLAIM, claim_form(citizen.plate, "2026-08-22", "2026-11-22"))),
                     200);
}

static void without_a_violation_there_is_nothing_to_claim(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344");

    (void)state;
    sign_in(citizen.person_id);
    assert_int_equal(submit(begin(CLAIM, claim_form(citizen.plate, "2026-11-19", "2026-11-20"))),
                     422);
    assert_refused(422, "nothing_to_claim");
    assert_string_equal(case_state(id), "open");
}

static void more_than_two_hundred_are_too_many_for_one_claim(void **state)
{
    struct citizen citizen = new_driver();

    (void)state;
    database_run("INSERT INTO violation_case (id, kind, fact_id, agency, source_no, plate_type,"
                 " plate, occurred_at, place, code, observed_at, arrived_at, state, updated_at)"
                 " SELECT CONCAT(LEFT('%s', 20), LPAD(seq, 6, '0')), 'camera',"
                 " CONCAT(LEFT('%s', 20), LPAD(seq, 6, '0')), 'traffic', CONCAT('%s', seq), '02',"
                 " '%s', '2026-11-10', '深南大道', '1344', '2026-11-10', '2026-11-10', 'open',"
                 " '2026-11-10' FROM seq_1_to_201",
                 citizen.person_id, citizen.person_id, citizen.person_id, citizen.plate);
    assert_int_equal(submit(begin(CLAIM, claim_form(citizen.plate, "2026-11-01", "2026-11-20"))),
                     422);
    assert_refused(422, "too_much_to_claim");
}

static void what_is_in_an_objection_is_named(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344"), *application;

    (void)state;
    sign_in(citizen.person_id);
    filed("violation.objection",
          arena_printf(texts,
                       "\"violation_id\":\"%s\",\"ground\":\"其他应当消除的情形\",\"statement\":"
                       "\"不是本车\",\"contact\":\"13800138000\"",
                       id));
    application = begin(CLAIM, claim_form(citizen.plate, "2026-11-01", "2026-11-20"));
    assert_int_equal(submit(application), 409);
    assert_refused(409, "disputed");
    assert_int_equal(disputes(application, "= 1"), 0);
}

static void it_rests_on_while_the_owner_adds_what_was_missing(void **state)
{
    struct citizen citizen = new_driver();
    const char *id = camera(citizen.plate, "1344"), *application;

    (void)state;
    fly(citizen.plate);
    sign_in(citizen.person_id);
    application = claim(citizen.plate);
    officer(HEADQUARTERS, INTAKE);
    assert_int_equal(act(application, "correction", "\"gaps\":[\"请上传本车照片\"]"), 200);
    sign_in(citizen.person_id);
    set_clock("2026-11-22T03:00:00.000Z");
    assert_int_equal(submit(application), 200);
    assert_int_equal(disputes(application, "= 1"), 1);
    assert_int_equal(evidence(application), 200);
    assert_int_equal(answer_count(&asker, "pairs"), 1);
    decide(application, "approval");
    assert_string_equal(case_state(id), "withdrawn");
}

/* What was searched for is of the first one: the officer would read of a vehicle that is not
 * claimed. */
static void a_correction_does_not_change_the_vehicle(void **state)
{
    struct citizen citizen = new_driver();
    const char *other = new_plate("粤BC"), *application, *id = camera(citizen.plate, "1344");

    (void)state;
    database_run("INSERT INTO vehicle (id, plate_type, plate, vin, owner_id, registered_on,"
                 " use_kind, source, observed_at) VALUES ('%s', '02', '%s', 'LSVAA49J132047373',"
                 " '%s', '2018-01-01', 'private', 'vehicle', '2026-11-01')",
                 new_id(), other, citizen.person_id);
    camera(other, "1344");
    fly(citizen.plate);
    sign_in(citizen.person_id);
    application = claim(citizen.plate);
    officer(HEADQUARTERS, INTAKE);
    assert_int_equal(act(application, "correction", "\"gaps\":[\"请核对车辆\"]"), 200);
    sign_in(citizen.person_id);
    change_form(application, claim_form(other, "2026-11-15", "2026-11-20"));
    assert_int_equal(submit(application), 422);
    assert_refused(422, "other_vehicle");
    assert_int_equal(announce_it("still-in-the-claim", id), 409);
}

static void another_range_of_days_leaves_out_what_was_claimed_before(void **state)
{
    struct citizen citizen = new_driver();
    const char *first = camera_on(citizen.plate, "1344", "2026-11-03"), *second, *application;

    (void)state;
    second = camera(citizen.plate, "1344");
    fly(citizen.plate);
    sign_in(citizen.person_id);
    application = claim(citizen.plate);
    officer(HEADQUARTERS, INTAKE);
    assert_int_equal(act(application, "correction", "\"gaps\":[\"请缩短日期\"]"), 200);
    sign_in(citizen.person_id);
    change_form(application, claim_form(citizen.plate, "2026-11-15", "2026-11-20"));
    set_clock("2026-11-22T03:00:00.000Z");
    assert_int_equal(submit(application), 200);
    decide(application, "approval");
    assert_string_equal(case_state(first), "open");
    assert_string_equal(case_state(second), "withdrawn");
    assert_int_equal(disputes(application, "= 1"), 0);
}

static void evidence_of_others_looks_absent(void **state)
{
    struct citizen citizen = new_driver();
    const char *id, *objection, *violation = camera(citizen.plate, "1344");

    (void)state;
    sign_in(citizen.person_id);
    id = begin(CLAIM, claim_form(citizen.plate, "2026-11-01", "2026-11-20"));
    assert_int_equal(evidence(id), 404); /* not searched yet */
    assert_int_equal(submit(id), 200);
    new_driver();
    assert_int_equal(evidence(id), 404);
    officer(FUTIAN, REVIEWER);
    assert_int_equal(evidence(id), 404);
    officer(HEADQUARTERS, INTAKE);
    assert_int_equal(evidence(id), 403);
    decide(id, "refusal");
    sign_in(citizen.person_id);
    objection = filed("violation.objection",
                      arena_printf(texts,
                                   "\"violation_id\":\"%s\",\"ground\":\"其他应当消除的情形\","
                                   "\"statement\":\"不是本车\",\"contact\":\"13800138000\"",
                                   violation));
    assert_int_equal(evidence(objection), 404);
}

static void an_organisation_claims_for_its_vehicle_and_for_no_other(void **state)
{
    struct citizen boss = new_driver();
    const char *company = company_of(boss.person_id), *plate = new_lorry_of(company);
    const char *record = camera(plate, "1344"), *id;

    (void)state;
    camera(boss.plate, "1344");
    fly(plate);
    sign_in(boss.person_id);
    mandate = company;
    assert_int_equal(submit(begin(CLAIM, claim_form(boss.plate, "2026-11-01", "2026-11-20"))), 422);
    assert_refused(422, "vehicle_not_own");
    id = claim(plate);
    mandate = NULL;
    assert_int_equal(submit(begin(CLAIM, claim_form(plate, "2026-11-01", "2026-11-20"))), 422);
    decide(id, "approval");
    assert_string_equal(case_state(record), "withdrawn");
}

#define CLAIM_TEST(name) cmocka_unit_test_setup(name, begin_violation)

static const struct CMUnitTest tests[] = {
    CLAIM_TEST(all_of_them_fall_together_when_the_claim_is_upheld),
    CLAIM_TEST(what_was_decided_and_paid_falls_with_its_points_and_debt),
    CLAIM_TEST(what_is_claimed_rests_until_the_claim_is_refused),
    CLAIM_TEST(what_others_do_on_other_days_or_in_the_street_stays),
    CLAIM_TEST(an_officer_reads_all_of_it_on_one_page),
    CLAIM_TEST(the_owner_reads_of_the_pairs_and_of_no_other_passage),
    CLAIM_TEST(a_car_in_a_car_park_is_not_on_the_road),
    CLAIM_TEST(no_passage_is_lost_between_pages),
    CLAIM_TEST(approving_without_a_pair_needs_a_reason),
    CLAIM_TEST(what_agencies_told_since_is_found_by_searching_again),
    CLAIM_TEST(all_that_is_wrong_is_told_at_once),
    CLAIM_TEST(days_are_not_ahead_and_not_too_many),
    CLAIM_TEST(without_a_violation_there_is_nothing_to_claim),
    CLAIM_TEST(more_than_two_hundred_are_too_many_for_one_claim),
    CLAIM_TEST(what_is_in_an_objection_is_named),
    CLAIM_TEST(it_rests_on_while_the_owner_adds_what_was_missing),
    CLAIM_TEST(a_correction_does_not_change_the_vehicle),
    CLAIM_TEST(another_range_of_days_leaves_out_what_was_claimed_before),
    CLAIM_TEST(evidence_of_others_looks_absent),
    CLAIM_TEST(an_organisation_claims_for_its_vehicle_and_for_no_other),
};

int main(void)
{
    int failures =
        cmocka_run_group_tests_name("plain", tests, open_applications, close_applications);

    return failures + cmocka_run_group_tests_name("rehearsed", tests, open_applications_rehearsed,
                                                  close_applications);
}
