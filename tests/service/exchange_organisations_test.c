/* Organisations as market supervision pushes them, and the vehicles that belong to them. */

#include "service/exchange_stage.h"

#define OLD "2024-01-01T00:00:00.000Z"
#define NEW "2024-02-01T00:00:00.000Z"
#define OF_CODE                                                                                    \
    "SELECT CONCAT(o.name, '|', o.state, '|', o.source, '|', p.id = o.representative_id) AS text"  \
    "  FROM organisation o JOIN person p ON p.id = o.representative_id WHERE o.credit_code = ?"
#define OWNER_OF                                                                                   \
    "SELECT CONCAT(COALESCE(v.owner_id, '-'), '|', COALESCE(o.credit_code, '-')) AS text"          \
    "  FROM vehicle v LEFT JOIN organisation o ON o.id = v.organisation_id WHERE v.plate = ?"

/* Pushed with its representative; the credit code. */
static const char *new_organisation(const char *representative, const char *observed_at)
{
    const char *code = new_credit_code();

    push("market", new_batch(),
         joined(person_line("张伟", representative, OLD),
                organisation_line(code, representative, "active", observed_at)));
    assert_int_equal(said_number("lines_bad"), 0);
    return code;
}

static void an_organisation_comes_with_its_representative(void **state)
{
    const char *code = new_organisation(new_id_no(), OLD);

    (void)state;
    assert_string_equal(find_text(OF_CODE, code), "深圳市鹏程物流有限公司|active|market|1");
}

static void a_newer_observation_replaces_and_an_older_one_does_not(void **state)
{
    const char *first = new_id_no(), *second = new_id_no();
    const char *code = new_organisation(first, OLD);

    (void)state;
    push("market", new_batch(),
         joined(person_line("李娜", second, OLD), organisation_line(code, second, "revoked", NEW)));
    assert_counts(2, 0, 0);
    push("market", new_batch(), organisation_line(code, first, "active", OLD));
    assert_counts(1, 1, 0);
    assert_string_equal(find_text(OF_CODE, code), "深圳市鹏程物流有限公司|revoked|market|1");
    assert_int_equal(
        count_rows("SELECT COUNT(*) AS n FROM organisation WHERE credit_code = ?", code), 1);
}

static void all_reasons_of_an_organisation_come_at_once(void **state)
{
    (void)state;
    push("market", new_batch(),
         joined(organisation_line("91440300MA5000001A", "110105194912310021", "asleep",
                                  "2999-01-01T00:00:00.000Z"),
                organisation_line(new_credit_code(), new_id_no(), "active", OLD)));
    assert_counts(0, 0, 2);
    assert_string_equal(codes_of(1), "field_invalid field_invalid field_invalid in_future");
    assert_string_equal(codes_of(2), "person_unknown");
}

/* A state does not wait for a person, and the former one represents it no more. */
static void an_unknown_representative_keeps_nothing_of_the_organisation_waiting(void **state)
{
    const char *code = new_organisation(new_id_no(), OLD);

    (void)state;
    push("market", new_batch(), organisation_line(code, new_id_no(), "cancelled", NEW));
    assert_counts(0, 0, 1);
    assert_string_equal(codes_of(1), "person_unknown");
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM organisation WHERE credit_code = ?"
                                "  AND state = 'cancelled' AND representative_id IS NULL",
                                code),
                     1);
}

static void only_market_supervision_pushes_organisations(void **state)
{
    (void)state;
    push("vehicle", new_batch(), organisation_line(new_credit_code(), new_id_no(), "active", OLD));
    assert_string_equal(codes_of(1), "type_not_allowed");
    push("market", new_batch(), vehicle_line(new_plate(), new_id_no(), OLD));
    assert_string_equal(codes_of(1), "type_not_allowed");
}

static void a_vehicle_may_belong_to_an_organisation_and_be_sold(void **state)
{
    const char *representative = new_id_no(), *plate = new_plate();
    const char *code = new_organisation(representative, OLD);

    (void)state;
    push("vehicle", new_batch(), company_vehicle_line(plate, code, OLD));
    assert_counts(1, 0, 0);
    assert_string_equal(find_text(OWNER_OF, plate), joined("-|", code));
    push("vehicle", new_batch(), vehicle_line(plate, representative, NEW));
    assert_counts(1, 0, 0);
    assert_string_equal(find_text(OWNER_OF, plate),
                        joined(find_text("SELECT representative_id AS text FROM organisation"
                                         "  WHERE credit_code = ?",
                                         code),
                               "|-"));
}

static void an_owner_is_known_and_one(void **state)
{
    const char *both = arena_printf(
        test.arena,
        "{\"type\":\"vehicle\",\"plate_type\":\"02\",\"plate\":\"%s\",\"vin\":"
        "\"LSVAA49J132047371\","
        "\"owner_id_no\":\"%s\",\"owner_credit_code\":\"%s\",\"registered_on\":\"2018-05-18\","
        "\"use_kind\":\"company\",\"observed_at\":\"" OLD "\"}\n",
        new_plate(), new_id_no(), new_credit_code());

    (void)state;
    push("vehicle", new_batch(),
         joined(both, company_vehicle_line(new_plate(), new_credit_code(), OLD)));
    assert_counts(0, 0, 2);
    assert_string_equal(codes_of(1), "two_owners");
    assert_string_equal(codes_of(2), "organisation_unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_organisation_comes_with_its_representative),
        TEST(a_newer_observation_replaces_and_an_older_one_does_not),
        TEST(all_reasons_of_an_organisation_come_at_once),
        TEST(an_unknown_representative_keeps_nothing_of_the_organisation_waiting),
        TEST(only_market_supervision_pushes_organisations),
        TEST(a_vehicle_may_belong_to_an_organisation_and_be_sold),
        TEST(an_owner_is_known_and_one),
    };

    return TELL_TWICE(tests);
}
