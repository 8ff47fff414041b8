#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/process.h"
#include "exchange/exchange.h"
#include "exchange/line.h"

EXCHANGE_REASONS(REASON_DEFINE)

static const struct service owner = {.name = "exchange"};
static struct process process = {.service = &owner};
static struct request *r;

static int open_request(void **state)
{
    (void)state;
    r = request_open(&process);
    assert_true(instant_from_text("2026-11-22T04:00:00.000Z", &r->now));
    return 0;
}

static int close_request(void **state)
{
    (void)state;
    request_close(r);
    return 0;
}

static struct instant at(const char *text)
{
    struct instant instant;

    assert_true(instant_from_text(text, &instant));
    return instant;
}

static struct day on(const char *text)
{
    struct day day;

    assert_true(day_from_text(text, &day));
    return day;
}

/* How often the code was collected about the field; "" is any field. */
static int count_of(const char *code, const char *field)
{
    struct reason what;
    struct values about;
    int count = 0;

    for (size_t i = 0; reason_at(r, i, &what, &about); i++)
        count += strcmp(what.code, code) == 0 &&
                 (*field == '\0' || (about.count > 0 && strcmp(about.items[0].text, field) == 0));
    return count;
}

static int reasons_found(void)
{
    struct reason what;
    struct values about;
    int count = 0;

    while (reason_at(r, (size_t)count, &what, &about))
        count++;
    return count;
}

static struct person_line good_person(void)
{
    return (struct person_line){.type = "person",
                                .name = "张伟",
                                .id_no = {"440300199003078014"},
                                .phone = {"13800138000"},
                                .observed_at = at("2026-11-21T00:00:00.000Z")};
}

static void a_good_person_has_nothing_against_it(void **state)
{
    struct person_line line = good_person();

    (void)state;
    check_person(r, &line);
    assert_int_equal(reasons_found(), 0);
}

static void full_width_digits_become_canonical(void **state)
{
    struct person_line line = good_person();

    (void)state;
    line.id_no.text = "１１０１０５ 19491231-002ｘ";
    line.phone.text = "１３８ 0013 8000";
    check_person(r, &line);
    assert_int_equal(reasons_found(), 0);
    assert_string_equal(line.id_no.text, "11010519491231002X");
    assert_string_equal(line.phone.text, "13800138000");
}

static void all_reasons_of_a_person_come_at_once(void **state)
{
    struct person_line line = good_person();

    (void)state;
    line.name = "张1";
    line.id_no.text = "440300199003078015";
    line.phone.text = "12345";
    line.observed_at = at("2026-11-22T04:10:00.001Z");
    check_person(r, &line);
    assert_int_equal(count_of("field_invalid", "name"), 1);
    assert_int_equal(count_of("field_invalid", "id_no"), 1);
    assert_int_equal(count_of("field_invalid", "phone"), 1);
    assert_int_equal(count_of("in_future", "observed_at"), 1);
    assert_int_equal(reasons_found(), 4);
}

static void a_clock_may_be_ten_minutes_ahead(void **state)
{
    struct person_line line = good_person();

    (void)state;
    line.observed_at = at("2026-11-22T04:10:00.000Z");
    check_person(r, &line);
    assert_int_equal(reasons_found(), 0);
}

static void a_person_who_is_not_born_yet_is_refused(void **state)
{
    struct person_line line = good_person();

    (void)state;
    line.id_no.text = "110105203012310026";
    check_person(r, &line);
    assert_int_equal(count_of("field_invalid", "id_no"), 1);
}

static void names_keep_one_kind_of_middle_dot(void **state)
{
    (void)state;
    assert_string_equal(canonical_name(r->arena, " 阿卜杜・买买提 "), "阿卜杜·买买提");
    assert_string_equal(canonical_name(r->arena, "阿卜杜•买买提"), "阿卜杜·买买提");
    assert_string_equal(canonical_name(r->arena, "阿卜杜·买买提"), "阿卜杜·买买提");
}

static struct vehicle_line good_vehicle(void)
{
    return (struct vehicle_line){.type = "vehicle",
                                 .plate_type = "02",
                                 .plate = "粤B·12345",
                                 .vin = "LSVAA49J132047371",
                                 .owner_id_no = {"440300199003078014"},
                                 .registered_on = on("2018-05-18"),
                                 .registration_changed_on = {NONE},
                                 .inspection_due_on = {NONE},
                                 .scrap_due_on = {NONE},
                                 .use_kind = "private",
                                 .observed_at = at("2026-11-21T00:00:00.000Z")};
}

static void a_plate_becomes_canonical(void **state)
{
    struct vehicle_line line = good_vehicle();

    (void)state;
    check_vehicle(r, &line);
    assert_int_equal(reasons_found(), 0);
    assert_string_equal(line.plate, "粤B12345");
}

static void all_reasons_of_a_vehicle_come_at_once(void **state)
{
    struct vehicle_line line = good_vehicle();

    (void)state;
    line.plate_type = "77";
    line.plate = "粤B1234O";
    line.vin = "LSGTC52U0JY000001";
    line.owner_id_no.text = "1";
    line.registered_on = on("2026-11-23");
    line.use_kind = "racing";
    check_vehicle(r, &line);
    assert_int_equal(count_of("field_invalid", ""), 5);
    assert_int_equal(count_of("in_future", "registered_on"), 1);
}

static void a_vehicle_may_belong_to_no_person(void **state)
{
    struct vehicle_line line = good_vehicle();

    (void)state;
    line.owner_id_no.text = NULL;
    check_vehicle(r, &line);
    assert_int_equal(reasons_found(), 0);
}

static void a_licence_lists_what_is_wrong(void **state)
{
    const char *classes[] = {"C1", "Z9"};
    struct licence_line line = {.type = "licence",
                                .id_no = {"440300199003078014"},
                                .file_no = "44030001234",
                                .classes = {classes, 2},
                                .first_issued_on = on("2030-01-01"),
                                .valid_until = on("2029-01-01"),
                                .state = "lost",
                                .observed_at = at("2026-11-21T00:00:00.000Z")};

    (void)state;
    check_licence(r, &line);
    assert_int_equal(count_of("field_invalid", "file_no"), 1);
    assert_int_equal(count_of("field_invalid", "classes"), 1);
    assert_int_equal(count_of("field_invalid", "state"), 1);
    assert_int_equal(count_of("in_future", "first_issued_on"), 1);
    assert_int_equal(count_of("dates_crossed", "first_issued_on"), 1);
}

static void a_licence_for_good_has_no_last_day(void **state)
{
    const char *classes[] = {"C1"};
    struct licence_line line = {.type = "licence",
                                .id_no = {"440300199003078014"},
                                .file_no = "440300012345",
                                .classes = {classes, 1},
                                .first_issued_on = on("2012-07-20"),
                                .valid_until = {NONE},
                                .state = "normal",
                                .observed_at = at("2026-11-21T00:00:00.000Z")};

    (void)state;
    check_licence(r, &line);
    assert_int_equal(reasons_found(), 0);
}

static struct camera_line good_camera(void)
{
    return (struct camera_line){
        .type = "camera_record",
        .record_no = "SZ000001",
        .plate_type = "02",
        .plate = "粤B12345",
        .occurred_at = at("2026-11-01T00:00:00.000Z"),
        .place = "深南大道",
        .code = "1352",
        .measured = 69,
        .allowed = 60,
        .evidence_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        .observed_at = at("2026-11-02T00:00:00.000Z")};
}

static void a_camera_record_is_checked(void **state)
{
    struct camera_line line = good_camera();

    (void)state;
    check_camera(r, &line);
    assert_int_equal(reasons_found(), 0);
    line.record_no = "SZ_1";
    line.code = "12";
    line.evidence_sha256 = "abc";
    line.allowed = NONE;
    line.occurred_at = at("2026-11-23T00:00:00.000Z");
    check_camera(r, &line);
    assert_int_equal(count_of("field_invalid", "record_no"), 1);
    assert_int_equal(count_of("field_invalid", "code"), 1);
    assert_int_equal(count_of("field_invalid", "evidence_sha256"), 1);
    assert_int_equal(count_of("field_missing", "allowed"), 1);
    assert_int_equal(count_of("in_future", "occurred_at"), 1);
}

static void a_street_decision_follows_its_act(void **state)
{
    struct street_line line = {.type = "street_decision",
                               .decision_no = "4403001000000010",
                               .id_no = {"440300199003078014"},
                               .plate_type = "02",
                               .plate = "粤B12345",
                               .occurred_at = at("2026-11-01T17:00:00.000Z"), /* the 2nd, UTC+8 */
                               .place = "深南大道",
                               .code = "1301",
                               .fine_fen = {20000},
                               .points = 3,
                               .decided_on = on("2026-11-02"),
                               .served_on = on("2026-11-02"),
                               .officer_no = "012345",
                               .observed_at = at("2026-11-02T00:00:00.000Z")};

    (void)state;
    check_street(r, &line);
    assert_int_equal(reasons_found(), 0);
    line.decided_on = on("2026-11-01");
    line.served_on = on("2026-10-31");
    line.decision_no = "4403001000000011";
    check_street(r, &line);
    assert_int_equal(count_of("dates_crossed", "occurred_at"), 1);
    assert_int_equal(count_of("dates_crossed", "decided_on"), 1);
    assert_int_equal(count_of("field_invalid", "decision_no"), 1);
}

static void nobody_is_punished_for_what_they_did_before_they_were_14(void **state)
{
    struct street_line line = {.type = "street_decision",
                               .id_no = {"440300199003078014"},
                               .occurred_at = at("2004-03-07T16:00:00.000Z")};

    (void)state;
    check_street(r, &line); /* the day after the birthday, UTC+8 */
    assert_int_equal(count_of("under_age", "id_no"), 0);
    line.occurred_at = at("2004-03-07T15:59:59.000Z");
    check_street(r, &line);
    assert_int_equal(count_of("under_age", "id_no"), 1);
}

#define CHECKS(test) cmocka_unit_test_setup_teardown(test, open_request, close_request)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CHECKS(a_good_person_has_nothing_against_it),
        CHECKS(full_width_digits_become_canonical),
        CHECKS(all_reasons_of_a_person_come_at_once),
        CHECKS(a_clock_may_be_ten_minutes_ahead),
        CHECKS(a_person_who_is_not_born_yet_is_refused),
        CHECKS(names_keep_one_kind_of_middle_dot),
        CHECKS(a_plate_becomes_canonical),
        CHECKS(all_reasons_of_a_vehicle_come_at_once),
        CHECKS(a_vehicle_may_belong_to_no_person),
        CHECKS(a_licence_lists_what_is_wrong),
        CHECKS(a_licence_for_good_has_no_last_day),
        CHECKS(a_camera_record_is_checked),
        CHECKS(a_street_decision_follows_its_act),
        CHECKS(nobody_is_punished_for_what_they_did_before_they_were_14),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
