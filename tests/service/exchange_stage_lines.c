/* Numbers that no other test uses, and lines that agencies would send. */

#include "service/exchange_stage.h"

#include "casework/identifier.h"
#include "core/arena.h"

const char *new_batch(void)
{
    return arena_printf(test.arena, "batch-%lld", (long long)++test.numbers);
}

const char *new_id_no(void)
{
    static const int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int64_t number = ++test.numbers;
    char *text = arena_printf(test.arena, "44030519900101%03d?", (int)(number % 1000));
    int sum = 0;

    assert_true(number < 28000); /* so many days of February and threes of digits there are */
    memcpy(text + 10, arena_printf(test.arena, "02%02d", (int)(number / 1000 + 1)), 4);
    for (int i = 0; i < 17; i++)
        sum += (text[i] - '0') * weights[i];
    text[17] = "10X98765432"[sum % 11];
    return text;
}

const char *new_plate(void)
{
    return arena_printf(test.arena, "粤B%05lld", (long long)++test.numbers);
}

/* GB 32100: the last of 18 letters checks the others. */
const char *new_credit_code(void)
{
    static const char letters[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    char *text = arena_printf(test.arena, "91440300MA5%06lld?", (long long)++test.numbers);
    size_t sum = 0, weight = 1;

    for (size_t i = 0; i < 17; i++, weight = weight * 3 % 31)
        sum += (size_t)(strchr(letters, text[i]) - letters) * weight;
    text[17] = letters[(31 - sum % 31) % 31];
    assert_true(is_credit_code(text));
    return text;
}

const char *new_record_no(void)
{
    return arena_printf(test.arena, "REC%06lld", (long long)++test.numbers);
}

const char *new_decision_no(void)
{
    char *text = arena_printf(test.arena, "4403001%08lld?", (long long)++test.numbers);

    text[15] = check_digit(text, 15);
    return text;
}

const char *person_line(const char *name, const char *id_no, const char *observed_at)
{
    return arena_printf(test.arena,
                        "{\"type\":\"person\",\"name\":\"%s\",\"id_no\":\"%s\",\"phone\":"
                        "\"13800138000\",\"observed_at\":\"%s\"}\n",
                        name, id_no, observed_at);
}

const char *organisation_line(const char *credit_code, const char *representative,
                              const char *state, const char *observed_at)
{
    return arena_printf(test.arena,
                        "{\"type\":\"organisation\",\"credit_code\":\"%s\",\"name\":"
                        "\"深圳市鹏程物流有限公司\",\"representative_id_no\":\"%s\",\"state\":"
                        "\"%s\",\"observed_at\":\"%s\"}\n",
                        credit_code, representative, state, observed_at);
}

const char *company_vehicle_line(const char *plate, const char *credit_code,
                                 const char *observed_at)
{
    return arena_printf(test.arena,
                        "{\"type\":\"vehicle\",\"plate_type\":\"02\",\"plate\":\"%s\",\"vin\":"
                        "\"LSVAA49J132047371\",\"owner_credit_code\":\"%s\",\"registered_on\":"
                        "\"2018-05-18\",\"use_kind\":\"company\",\"observed_at\":\"%s\"}\n",
                        plate, credit_code, observed_at);
}

const char *vehicle_line(const char *plate, const char *owner, const char *observed_at)
{
    return arena_printf(test.arena,
                        "{\"type\":\"vehicle\",\"plate_type\":\"02\",\"plate\":\"%s\",\"vin\":"
                        "\"LSVAA49J132047371\",\"owner_id_no\":\"%s\",\"registered_on\":"
                        "\"2018-05-18\",\"use_kind\":\"private\",\"observed_at\":\"%s\"}\n",
                        plate, owner, observed_at);
}

const char *licence_line(const char *id_no, const char *state, const char *observed_at)
{
    return arena_printf(test.arena,
                        "{\"type\":\"licence\",\"id_no\":\"%s\",\"file_no\":\"440300012345\","
                        "\"classes\":[\"C1\",\"D\"],\"first_issued_on\":\"2012-07-20\","
                        "\"valid_until\":\"2034-07-20\",\"state\":\"%s\",\"observed_at\":\"%s\"}\n",
                        id_no, state, observed_at);
}

#define EVIDENCE "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

const char *camera_line(const char *record_no, const char *plate, const char *code)
{
    return arena_printf(test.arena,
                        "{\"type\":\"camera_record\",\"record_no\":\"%s\",\"plate_type\":\"02\","
                        "\"plate\":\"%s\",\"occurred_at\":\"2024-06-01T01:00:00.000Z\",\"place\":"
                        "\"深南大道\",\"code\":\"%s\",\"evidence_sha256\":\"" EVIDENCE
                        "\",\"observed_at\":\"2024-06-02T01:00:00.000Z\"}\n",
                        record_no, plate, code);
}

const char *street_line(const char *decision_no, const char *id_no, const char *plate)
{
    return arena_printf(
        test.arena,
        "{\"type\":\"street_decision\",\"decision_no\":\"%s\",\"id_no\":\"%s\",\"plate_type\":"
        "\"02\",\"plate\":\"%s\",\"occurred_at\":\"2024-06-01T01:00:00.000Z\",\"place\":"
        "\"红荔路\",\"code\":\"1301\",\"fine_fen\":20000,\"points\":3,\"decided_on\":"
        "\"2024-06-01\",\"served_on\":\"2024-06-01\",\"officer_no\":\"012345\",\"observed_at\":"
        "\"2024-06-02T01:00:00.000Z\"}\n",
        decision_no, id_no, plate);
}

const char *policy_line(const char *policy_no, const char *vin, const char *valid_to,
                        const char *observed_at)
{
    return arena_printf(test.arena,
                        "{\"type\":\"policy\",\"policy_no\":\"%s\",\"vin\":\"%s\",\"valid_from\":"
                        "\"2023-02-01\",\"valid_to\":\"%s\",\"state\":\"in_force\","
                        "\"observed_at\":\"%s\"}\n",
                        policy_no, vin, valid_to, observed_at);
}

const char *held_line(const char *item_no, const char *plate, const char *more,
                      const char *observed_at)
{
    return arena_printf(test.arena,
                        "{\"type\":\"held_item\",\"item_no\":\"%s\",\"kind\":\"vehicle\","
                        "\"plate_type\":\"02\",\"plate\":\"%s\",\"reason\":\"no_insurance\","
                        "\"pound\":\"FT01\",\"held_on\":\"2024-01-01\",\"state\":\"held\"%s,"
                        "\"observed_at\":\"%s\"}\n",
                        item_no, plate, more, observed_at);
}

const char *handover_line(const char *order_no, const char *item_no, const char *released_at)
{
    return arena_printf(test.arena,
                        "{\"type\":\"release_done\",\"order_no\":\"%s\",\"item_no\":\"%s\","
                        "\"released_at\":\"%s\",\"observed_at\":\"%s\"}\n",
                        order_no, item_no, released_at, released_at);
}

const char *joined(const char *a, const char *b)
{
    return arena_printf(test.arena, "%s%s", a, b);
}
