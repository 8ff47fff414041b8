/* Policies from insurers, held items from officers and pounds, and what pounds handed over. */

#include "service/exchange_stage.h"

#include "core/arena.h"

#define OLD "2024-01-02T00:00:00.000Z"
#define NEW "2024-02-01T00:00:00.000Z"

/* Enough like one for a test: no check digit is asked of a VIN that is not from here. */
static const char *vin_of_new_vehicle(const char *plate)
{
    const char *vin = arena_printf(test.arena, "WBA5A7C5%09lld", (long long)++test.numbers);
    const char *id_no = new_id_no();
    const char *lines = joined(
        person_line("张伟", id_no, OLD),
        arena_printf(test.arena,
                     "{\"type\":\"vehicle\",\"plate_type\":\"02\",\"plate\":\"%s\",\"vin\":\"%s\","
                     "\"owner_id_no\":\"%s\",\"registered_on\":\"2018-05-18\",\"use_kind\":"
                     "\"private\",\"observed_at\":\"" OLD "\"}\n",
                     plate, vin, id_no));

    assert_int_equal(push("vehicle", new_batch(), lines), 200);
    assert_counts(2, 0, 0);
    return vin;
}

static const char *policy_of(const char *plate)
{
    return find_text("SELECT GROUP_CONCAT(policy_no, ' ', valid_to, ' ', state ORDER BY valid_to)"
                     "  AS text FROM vehicle_policy WHERE plate = ?",
                     plate);
}

static const char *held(const char *item_no)
{
    return find_text("SELECT CONCAT_WS('|', kind, plate, reason, decision_no, pound, held_on,"
                     "  noticed_on, state, source) AS text FROM held_item WHERE item_no = ?",
                     item_no);
}

static void a_policy_is_found_by_the_plate_of_its_vehicle(void **state)
{
    const char *plate = new_plate(), *vin = vin_of_new_vehicle(plate), *no = new_record_no();

    (void)state;
    assert_int_equal(push("insurer", new_batch(), policy_line(no, vin, "2024-01-31", OLD)), 200);
    assert_counts(1, 0, 0);
    assert_string_equal(policy_of(plate), joined(no, " 2024-01-31 in_force"));
}

static void the_newest_word_on_a_policy_counts(void **state)
{
    const char *plate = new_plate(), *vin = vin_of_new_vehicle(plate), *no = new_record_no();

    (void)state;
    assert_int_equal(push("insurer", new_batch(), policy_line(no, vin, "2024-06-30", NEW)), 200);
    assert_int_equal(push("insurer", new_batch(),
                          joined(policy_line(no, vin, "2024-01-31", OLD),
                                 policy_line(no, vin, "2024-06-30", NEW))),
                     200);
    assert_counts(2, 2, 0);
    assert_string_equal(policy_of(plate), joined(no, " 2024-06-30 in_force"));
}

static void a_policy_number_stays_with_its_vehicle(void **state)
{
    const char *vin = vin_of_new_vehicle(new_plate()), *other = vin_of_new_vehicle(new_plate());
    const char *no = new_record_no();

    (void)state;
    assert_int_equal(push("insurer", new_batch(),
                          joined(policy_line(no, vin, "2024-01-31", OLD),
                                 policy_line(no, other, "2024-06-30", NEW))),
                     200);
    assert_counts(1, 0, 1);
    assert_string_equal(codes_of(2), "record_differs");
}

static void an_item_is_followed_until_it_is_returned(void **state)
{
    const char *item_no = new_record_no(), *plate = new_plate(), *decision_no = new_decision_no();
    const char *more = arena_printf(
        test.arena, ",\"decision_no\":\"%s\",\"noticed_on\":\"2024-01-05\"", decision_no);

    (void)state;
    assert_int_equal(push("traffic", new_batch(), held_line(item_no, plate, "", OLD)), 200);
    assert_counts(1, 0, 0);
    assert_string_equal(
        held(item_no),
        arena_printf(test.arena, "vehicle|%s|no_insurance|FT01|2024-01-01|held|traffic", plate));
    assert_int_equal(push("pound", new_batch(), held_line(item_no, plate, more, NEW)), 200);
    assert_counts(1, 0, 0);
    assert_string_equal(held(item_no),
                        arena_printf(test.arena,
                                     "vehicle|%s|no_insurance|%s|FT01|2024-01-01|2024-01-05|held|"
                                     "pound",
                                     plate, decision_no));
    assert_int_equal(push("traffic", new_batch(), held_line(item_no, plate, "", OLD)), 200);
    assert_counts(1, 1, 0);
}

static void a_voucher_names_one_thing(void **state)
{
    const char *item_no = new_record_no();

    (void)state;
    assert_int_equal(push("pound", new_batch(),
                          joined(held_line(item_no, new_plate(), "", OLD),
                                 held_line(item_no, new_plate(), "", NEW))),
                     200);
    assert_counts(1, 0, 1);
    assert_string_equal(codes_of(2), "record_differs");
}

static void all_that_is_wrong_with_a_held_item_is_told(void **state)
{
    (void)state;
    assert_int_equal(
        push("pound", new_batch(),
             "{\"type\":\"held_item\",\"item_no\":\"X\",\"kind\":\"boat\",\"reason\":\"No!\","
             "\"pound\":\"?\",\"held_on\":\"2024-01-02\",\"noticed_on\":\"2024-01-01\",\"state\":"
             "\"lost\",\"observed_at\":\"" OLD "\"}\n"
             "{\"type\":\"held_item\",\"item_no\":\"HELD01\",\"kind\":\"driver_licence\","
             "\"reason\":\"fine_only\",\"pound\":\"FT01\",\"held_on\":\"2024-01-02\","
             "\"state\":\"held\",\"observed_at\":\"" OLD "\"}\n"),
        200);
    assert_counts(0, 0, 2);
    assert_string_equal(codes_of(1),
                        "field_invalid field_invalid field_missing field_missing field_invalid "
                        "field_invalid field_invalid dates_crossed");
    assert_string_equal(codes_of(2), "field_missing");
}

static void a_licence_is_held_of_somebody_known(void **state)
{
    const char *line = arena_printf(
        test.arena,
        "{\"type\":\"held_item\",\"item_no\":\"%s\",\"kind\":\"driver_licence\",\"id_no\":\"%s\","
        "\"reason\":\"fine_only\",\"pound\":\"HQ01\",\"held_on\":\"2024-01-01\","
        "\"state\":\"held\",\"observed_at\":\"" OLD "\"}\n",
        new_record_no(), new_id_no());

    (void)state;
    assert_int_equal(push("pound", new_batch(), line), 200);
    assert_string_equal(codes_of(1), "person_unknown");
}

static void an_order_hands_over_once(void **state)
{
    const char *order_no = new_decision_no(), *item_no = new_record_no(), *id;

    (void)state;
    assert_int_equal(push("pound", new_batch(), handover_line(order_no, item_no, OLD)), 200);
    assert_counts(1, 0, 0);
    id = find_text("SELECT id AS text FROM release_done WHERE order_no = ?", order_no);
    assert_string_equal(
        find_text("SELECT CONCAT(consumer, '|', kind) AS text FROM event WHERE dedupe = ?", id),
        "violation|release_done");
    assert_int_equal(
        push("pound", new_batch(),
             joined(handover_line(order_no, item_no, OLD), handover_line(order_no, item_no, NEW))),
        200);
    assert_counts(1, 1, 1);
    assert_string_equal(codes_of(2), "record_differs");
}

static void each_agency_pushes_what_is_its_own(void **state)
{
    (void)state;
    assert_int_equal(
        push("traffic", new_batch(),
             joined(policy_line(new_record_no(), "WBA5A7C50FG143001", "2024-01-31", OLD),
                    handover_line(new_decision_no(), new_record_no(), OLD))),
        200);
    assert_counts(0, 0, 2);
    assert_string_equal(codes_of(1), "type_not_allowed");
    assert_string_equal(codes_of(2), "type_not_allowed");
    assert_int_equal(push("insurer", new_batch(), held_line(new_record_no(), new_plate(), "", OLD)),
                     200);
    assert_string_equal(codes_of(1), "type_not_allowed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_policy_is_found_by_the_plate_of_its_vehicle),
        TEST(the_newest_word_on_a_policy_counts),
        TEST(a_policy_number_stays_with_its_vehicle),
        TEST(an_item_is_followed_until_it_is_returned),
        TEST(a_voucher_names_one_thing),
        TEST(all_that_is_wrong_with_a_held_item_is_told),
        TEST(a_licence_is_held_of_somebody_known),
        TEST(an_order_hands_over_once),
        TEST(each_agency_pushes_what_is_its_own),
    };

    return TELL_TWICE(tests);
}
