#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/http.h"
#include "payment/unionpay_answer.h"

#define KEYS VECTORS_DIR "/keys/"
#define CODES "version=5.1.0&signMethod=01"

static struct arena *arena;
static struct key *their_key, *our_key;
static struct trust *trust;
static struct unionpay_gateway gateway;
static struct unionpay_merchant merchant;

static const char *file_text(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = arena_alloc(arena, 8 * 1024);

    assert_non_null(file);
    assert_true(fread(text, 1, 8 * 1024 - 1, file) > 0);
    fclose(file);
    return text;
}

static int open_gateway(void **state)
{
    (void)state;
    arena = arena_open((size_t)4 * 1024 * 1024);
    their_key = key_private(file_text(KEYS "up_sign.key.pem"));
    our_key = key_private(file_text(KEYS "up_merchant.key.pem"));
    trust = trust_open(file_text(KEYS "up_root.cert.pem"), file_text(KEYS "up_middle.cert.pem"));
    assert_non_null(their_key);
    assert_non_null(our_key);
    assert_non_null(trust);
    gateway = (struct unionpay_gateway){trust, false};
    merchant = (struct unionpay_merchant){"777290058110048", "68738565479", our_key};
    return 0;
}

static int close_gateway(void **state)
{
    (void)state;
    key_close(their_key);
    key_close(our_key);
    trust_close(trust);
    arena_close(arena);
    return 0;
}

/* 2026-01-02 11:04:05 in Beijing, and the moment of most tests. */
static const struct instant made_at = {INT64_C(1767323045000)}, now = {INT64_C(1767323100000)};

/* --- What we send --------------------------------------------------------------------------- */

#define FIELDS(...)                                                                                \
    ((struct unionpay_fields){(const struct unionpay_field[]){__VA_ARGS__},                        \
                              sizeof((const struct unionpay_field[]){__VA_ARGS__}) /               \
                                  sizeof(struct unionpay_field)})

static void names_are_sorted_by_their_bytes(void **state)
{
    (void)state;
    assert_string_equal(unionpay_string(arena, FIELDS({"b", "2"}, {"a", "1"}, {"B", "3"},
                                                      {"a1", "4"}, {"aB", "5"})),
                        "B=3&a=1&a1=4&aB=5&b=2");
}

static void blank_values_and_the_signature_take_no_part_and_others_are_trimmed(void **state)
{
    (void)state;
    assert_string_equal(unionpay_string(arena, FIELDS({"a", ""}, {"b", " \t\r\n"}, {"c", NULL},
                                                      {"signature", "x"}, {"d", "  1 2\r\n"})),
                        "d=1 2");
    assert_string_equal(unionpay_string(arena, FIELDS({"a", " "})), "");
}

static void values_are_signed_as_they_are_and_sent_encoded(void **state)
{
    struct unionpay_fields fields =
        unionpay_signed(arena, &merchant, FIELDS({"u", "https://a/b"}, {"t", "缴款+1"}));
    const char *body = unionpay_body(arena, fields);

    (void)state;
    assert_int_equal(fields.count, 3);
    assert_true(verify_rsa_sha256(our_key, unionpay_digest(arena, "t=缴款+1&u=https://a/b"),
                                  unionpay_value(fields, "signature")));
    assert_non_null(strstr(body, "&t=%E7%BC%B4%E6%AC%BE%2B1&u=https%3A%2F%2Fa%2Fb"));
    assert_int_equal(strncmp(body, "signature=", 10), 0);
}

static struct unionpay_order an_order(void)
{
    return (struct unionpay_order){.order_id = "01K0ABCDEFGHJKMNPQRSTVWXYZ",
                                   .made_at = made_at,
                                   .expire_at = {made_at.ms + 15 * MINUTE_MS},
                                   .total = {20000},
                                   .front_url = "https://p/r",
                                   .back_url = "https://p/notify/unionpay"};
}

static void a_payment_says_what_the_gateway_asks(void **state)
{
    struct unionpay_order order = an_order();

    (void)state;
    assert_string_equal(
        unionpay_string(arena, unionpay_consume(arena, &merchant, &order)),
        "accessType=0&backUrl=https://p/notify/unionpay&bizType=000201&certId=68738565479"
        "&channelType=07&currencyCode=156&encoding=UTF-8&frontUrl=https://p/r"
        "&merId=777290058110048&orderId=01K0ABCDEFGHJKMNPQRSTVWXYZ&payTimeout=20260102111905"
        "&signMethod=01&txnAmt=20000&txnSubType=01&txnTime=20260102110405&txnType=01"
        "&version=5.1.0");
}

static void a_query_names_the_order_and_its_time(void **state)
{
    (void)state;
    assert_string_equal(
        unionpay_string(arena, unionpay_query(arena, &merchant, "SZJJ20260102000005", made_at)),
        "accessType=0&bizType=000000&certId=68738565479&channelType=07&encoding=UTF-8"
        "&merId=777290058110048&orderId=SZJJ20260102000005&signMethod=01&txnSubType=00"
        "&txnTime=20260102110405&txnType=00&version=5.1.0");
}

static void a_file_is_asked_for_by_its_day(void **state)
{
    (void)state;
    assert_string_equal(unionpay_string(arena, unionpay_file_transfer(arena, &merchant,
                                                                      day_of(2026, 1, 1), made_at)),
                        "accessType=0&bizType=000000&certId=68738565479&encoding=UTF-8&fileType=00"
                        "&merId=777290058110048&settleDate=0101&signMethod=01&txnSubType=01"
                        "&txnTime=20260102110405&txnType=76&version=5.1.0");
}

static void refund_and_cancel_name_the_payment_by_its_query_id(void **state)
{
    struct unionpay_reversal reversal = {.order_id = "SZJJR20260102000005",
                                         .made_at = made_at,
                                         .amount = {20000},
                                         .query_id = "842601021104050000018",
                                         .back_url = "https://p/n"};
    static const char wanted[] =
        "accessType=0&backUrl=https://p/n&bizType=000201&certId=68738565479&channelType=07"
        "&encoding=UTF-8&merId=777290058110048&orderId=SZJJR20260102000005"
        "&origQryId=842601021104050000018&signMethod=01&txnAmt=20000&txnSubType=00"
        "&txnTime=20260102110405&txnType=%s&version=5.1.0";

    (void)state;
    assert_string_equal(unionpay_string(arena, unionpay_refund(arena, &merchant, &reversal)),
                        arena_printf(arena, wanted, "04"));
    assert_string_equal(unionpay_string(arena, unionpay_cancel(arena, &merchant, &reversal)),
                        arena_printf(arena, wanted, "31"));
}

static void the_page_posts_the_signed_fields_and_nothing_escapes_its_quotes(void **state)
{
    struct unionpay_fields fields = unionpay_signed(
        arena, &merchant, FIELDS({"a", "\"><script>alert('&')</script>"}, {"b", "缴款"}));
    const char *page = unionpay_page(arena, "https://g/f.do?x=1&y=\"", fields, "N0nce");

    (void)state;
    assert_non_null(strstr(page, "action=\"https://g/f.do?x=1&amp;y=&quot;\""));
    assert_non_null(strstr(page, "name=\"a\" value=\"&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)"
                                 "&lt;/script&gt;\""));
    assert_non_null(strstr(page, "value=\"缴款\""));
    assert_non_null(strstr(page, "name=\"signature\""));
    assert_non_null(strstr(page, "<button>"));
    assert_non_null(strstr(page, "<script nonce=\"N0nce\">document.forms[0].submit()</script>"));
    assert_null(strstr(strstr(page, "<script") + 1, "<script"));
    assert_non_null(strstr(unionpay_page_policy(arena, "N0nce"), "script-src 'nonce-N0nce';"));
    assert_null(unionpay_page(arena, "https://g", (struct unionpay_fields){NULL, 0}, "n"));
}

static void times_are_read_and_written_in_beijing(void **state)
{
    static const char *const odd[] = {"",
                                      "2026010211040",
                                      "202601021104050",
                                      "2026010211040a",
                                      "20260230110405",
                                      "20261301110405",
                                      "20260102240000",
                                      "20260102116000",
                                      "20260102110460",
                                      "2026-01-02 11:",
                                      "２０２６"};
    struct instant at;

    (void)state;
    assert_string_equal(unionpay_time(arena, made_at), "20260102110405");
    assert_string_equal(unionpay_time(arena, (struct instant){made_at.ms + 999}), "20260102110405");
    assert_true(unionpay_time_read("20260102110405", &at));
    assert_int_equal(at.ms, made_at.ms);
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        assert_false(unionpay_time_read(odd[i], &at));
}

/* --- Taken apart ---------------------------------------------------------------------------- */

static bool split_answer(const char *text, struct unionpay_fields *fields)
{
    return unionpay_split_answer(arena, bytes_of(text), fields);
}

static void an_answer_is_not_decoded_and_braces_hold_together(void **state)
{
    struct unionpay_fields fields;

    (void)state;
    assert_true(split_answer("a={x=1&y={z&w}&v}&b=[1&2][3&4]&c=1+2/3%20==\r\n&d=&e=}]", &fields));
    assert_int_equal(fields.count, 5);
    assert_string_equal(unionpay_value(fields, "a"), "{x=1&y={z&w}&v}");
    assert_string_equal(unionpay_value(fields, "b"), "[1&2][3&4]");
    assert_string_equal(unionpay_value(fields, "c"), "1+2/3%20==\r\n");
    assert_string_equal(unionpay_value(fields, "d"), "");
    assert_string_equal(unionpay_value(fields, "e"), "}]");
    assert_null(unionpay_value(fields, "x"));
}

static void a_malformed_message_is_none(void **state)
{
    static const char *const odd[] = {"",        "a",  "&",     "a=1&",  "&a=1",   "a=1&&b=2",
                                      "a=1&a=2", "=1", "a b=1", "a&b=1", "<html>", "名=1"};
    struct unionpay_fields fields;
    char *many = arena_alloc(arena, 1000), *at = many;

    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        assert_false(split_answer(odd[i], &fields));
        assert_false(unionpay_split_notice(arena, bytes_of(odd[i]), &fields));
    }
    assert_false(unionpay_split_answer(arena, (struct bytes){(const unsigned char *)"a=1\0&b=2", 8},
                                       &fields));
    assert_false(unionpay_split_notice(arena, bytes_of("a=%00"), &fields));
    assert_false(unionpay_split_notice(arena, bytes_of("a=%4"), &fields));
    for (int i = 0; i <= UNIONPAY_FIELDS_MAX; i++)
        at += snprintf(at, 16, "%sa%d=1", i > 0 ? "&" : "", i);
    assert_false(split_answer(many, &fields));
}

/* "b=1&c=2" as one value signs the same text as b and c: who holds a notice could hide a field. */
static void a_notice_cannot_hide_a_field_in_a_value(void **state)
{
    struct unionpay_fields fields;

    (void)state;
    assert_true(unionpay_split_notice(arena, bytes_of("b=%7B1%262%7D&c=+%2B"), &fields));
    assert_string_equal(unionpay_value(fields, "b"), "{1&2}");
    assert_string_equal(unionpay_value(fields, "c"), " +");
    assert_false(unionpay_split_notice(arena, bytes_of("a=0&b=1%26c%3D2"), &fields));
    assert_false(unionpay_split_notice(arena, bytes_of("a=0&b={1"), &fields));
    assert_false(split_answer("a=0&b={1[2]&c=2", &fields)); /* c is swallowed, here and there */
}

/* --- Verified ------------------------------------------------------------------------------- */

/* What a holder of UnionPay's key and this certificate would answer. */
static struct unionpay_fields signed_by(const struct key *key, const char *text, const char *pem)
{
    struct unionpay_fields fields, all;
    struct unionpay_field *items;

    assert_true(split_answer(arena_printf(arena, "%s&signPubKeyCert=%s", text, pem), &fields));
    items = arena_alloc(arena, (fields.count + 1) * sizeof(*items));
    memcpy(items, fields.items, fields.count * sizeof(*items));
    items[fields.count] = (struct unionpay_field){
        "signature",
        sign_rsa_sha256(arena, key, unionpay_digest(arena, unionpay_joined(arena, fields)))};
    all = (struct unionpay_fields){items, fields.count + 1};
    return all;
}

static bool is_believed(const char *certificate, struct instant at)
{
    return unionpay_verify(arena, &gateway,
                           signed_by(their_key, CODES "&a=1", file_text(certificate)), at);
}

static void only_unionpay_by_our_chain_and_in_its_time_is_believed(void **state)
{
    (void)state;
    assert_true(is_believed(KEYS "up_sign.cert.pem", now));
    assert_false(is_believed(KEYS "up_sign_wrongcn.cert.pem", now));
    assert_false(is_believed(KEYS "up_sign_othercn_prefix.cert.pem", now));
    assert_false(is_believed(KEYS "up_sign_otherca.cert.pem", now));
    assert_false(is_believed(KEYS "up_sign_expired.cert.pem", now));
    /* in its own days, but those of its issuer had not begun */
    assert_false(
        is_believed(KEYS "up_sign_expired.cert.pem", (struct instant){INT64_C(1609459200000)}));
    assert_false(is_believed(KEYS "up_sign.cert.pem", (struct instant){INT64_C(1767225599000)}));
    assert_true(is_believed(KEYS "up_sign.cert.pem", (struct instant){INT64_C(1767225600000)}));
}

static void the_test_environments_signer_is_none_in_production(void **state)
{
    (void)state;
    assert_false(is_believed(KEYS "up_sign_testenv.cert.pem", now));
    gateway.is_test = true;
    assert_true(is_believed(KEYS "up_sign_testenv.cert.pem", now));
    assert_true(is_believed(KEYS "up_sign.cert.pem", now));
    assert_false(is_believed(KEYS "up_sign_wrongcn.cert.pem", now));
}

static void another_merchant_of_the_same_authority_cannot_sign(void **state)
{
    const char *pem = file_text(KEYS "up_merchant.cert.pem");

    (void)state;
    assert_false(unionpay_verify(arena, &gateway, signed_by(our_key, CODES, pem), now));
    gateway.is_test = true;
    assert_false(unionpay_verify(arena, &gateway, signed_by(our_key, CODES, pem), now));
}

static void a_chain_needs_the_middle_and_the_root_that_we_configured(void **state)
{
    const char *root = file_text(KEYS "up_root.cert.pem");
    const char *middle = file_text(KEYS "up_middle.cert.pem");
    const char *signer = file_text(KEYS "up_sign.cert.pem");
    struct unionpay_fields fields =
        signed_by(their_key, CODES, arena_printf(arena, "%s%s%s", signer, middle, root));
    struct trust *without = trust_open(root, NULL);
    struct trust *middle_alone = trust_open(middle, NULL);

    (void)state;
    assert_true(unionpay_verify(arena, &gateway, fields, now));
    gateway.trust = without; /* links that come along do not count */
    assert_false(unionpay_verify(arena, &gateway, fields, now));
    gateway.trust = middle_alone; /* it is no root */
    assert_false(unionpay_verify(arena, &gateway, fields, now));
    assert_null(trust_open("", middle));
    assert_null(trust_open(root, "none"));
    trust_close(without);
    trust_close(middle_alone);
}

static void what_was_changed_afterwards_is_refused(void **state)
{
    const char *pem = file_text(KEYS "up_sign.cert.pem");
    struct unionpay_fields fields = signed_by(their_key, CODES "&txnAmt=20000", pem);
    struct unionpay_field *changed = arena_alloc(arena, (fields.count + 1) * sizeof(*changed));

    (void)state;
    for (size_t i = 0; i < fields.count; i++) {
        memcpy(changed, fields.items, fields.count * sizeof(*changed));
        changed[i].value = arena_printf(arena, "%s1", fields.items[i].value);
        assert_false(
            unionpay_verify(arena, &gateway, (struct unionpay_fields){changed, fields.count}, now));
        changed[i] = changed[fields.count - 1];
        assert_false(unionpay_verify(arena, &gateway,
                                     (struct unionpay_fields){changed, fields.count - 1}, now));
    }
    memcpy(changed, fields.items, fields.count * sizeof(*changed));
    changed[fields.count] = (struct unionpay_field){"added", "1"};
    assert_false(
        unionpay_verify(arena, &gateway, (struct unionpay_fields){changed, fields.count + 1}, now));
    assert_true(unionpay_verify(arena, &gateway, fields, now));
}

static void other_versions_and_methods_are_refused_however_well_signed(void **state)
{
    static const char *const others[] = {
        "version=5.0.0&signMethod=01", "version=5.1.0", "version=5.1.0&signMethod=11",
        "version=5.1.0&signMethod=12", "signMethod=01", "version=&signMethod=01",
        "version=5.1.0 &signMethod=01"};
    const char *pem = file_text(KEYS "up_sign.cert.pem");

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(unionpay_verify(arena, &gateway, signed_by(their_key, others[i], pem), now));
}

static void empty_values_may_take_part_or_not(void **state)
{
    const char *pem = file_text(KEYS "up_sign.cert.pem");
    struct unionpay_fields with = signed_by(their_key, CODES "&a=&b= ", pem);
    struct unionpay_fields without = signed_by(their_key, CODES "&b= ", pem);
    struct unionpay_field *items = arena_alloc(arena, (without.count + 1) * sizeof(*items));

    (void)state;
    assert_true(unionpay_verify(arena, &gateway, with, now));
    memcpy(items, without.items, without.count * sizeof(*items));
    items[without.count] = (struct unionpay_field){"a", ""};
    assert_true(
        unionpay_verify(arena, &gateway, (struct unionpay_fields){items, without.count + 1}, now));
}

static void a_message_without_certificate_or_signature_is_refused(void **state)
{
    struct unionpay_fields fields;

    (void)state;
    assert_true(split_answer(CODES "&signature=AAAA", &fields));
    assert_false(unionpay_verify(arena, &gateway, fields, now));
    assert_true(split_answer(
        arena_printf(arena, CODES "&signPubKeyCert=%s", file_text(KEYS "up_sign.cert.pem")),
        &fields));
    assert_false(unionpay_verify(arena, &gateway, fields, now));
    assert_true(split_answer(CODES "&signature=AAAA&signPubKeyCert=none", &fields));
    assert_false(unionpay_verify(arena, &gateway, fields, now));
}

/* --- Read ----------------------------------------------------------------------------------- */

static void amounts_are_digits_of_fen_and_nothing_else(void **state)
{
    static const char *const odd[] = {"",
                                      "0",
                                      "0150",
                                      "1e3",
                                      "-1",
                                      "+1",
                                      "1.00",
                                      " 1",
                                      "1 ",
                                      "１５０",
                                      "0x10",
                                      "1,000",
                                      "1000000000000",
                                      "9223372036854775808",
                                      "99999999999999999999999",
                                      "1\n"};
    struct fen amount = {7};

    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        assert_false(unionpay_fen_read(odd[i], &amount));
    assert_int_equal(amount.fen, 7);
    assert_true(unionpay_fen_read("1", &amount));
    assert_int_equal(amount.fen, 1);
    assert_true(unionpay_fen_read("999999999999", &amount));
    assert_int_equal(amount.fen, INT64_C(999999999999));
}

static void codes_fall_into_classes(void **state)
{
    (void)state;
    assert_int_equal(unionpay_outcome_of("00"), UNIONPAY_DONE);
    assert_int_equal(unionpay_outcome_of("A6"), UNIONPAY_DONE);
    assert_int_equal(unionpay_outcome_of("03"), UNIONPAY_UNKNOWN);
    assert_int_equal(unionpay_outcome_of("04"), UNIONPAY_UNKNOWN);
    assert_int_equal(unionpay_outcome_of("05"), UNIONPAY_UNKNOWN);
    assert_int_equal(unionpay_outcome_of("12"), UNIONPAY_UNKNOWN);
    assert_int_equal(unionpay_outcome_of("34"), UNIONPAY_NO_ORDER);
    assert_int_equal(unionpay_outcome_of("06"), UNIONPAY_LATER);
    assert_int_equal(unionpay_outcome_of("01"), UNIONPAY_REFUSED);
    assert_int_equal(unionpay_outcome_of("65"), UNIONPAY_REFUSED);
    assert_int_equal(unionpay_outcome_of("000"), UNIONPAY_REFUSED);
}

#define IDS "merId=777290058110048&orderId=SZJJ20260102000005&txnTime=20260102110405&txnType=01"

static bool read_result(const char *text, struct unionpay_result *result)
{
    struct unionpay_fields fields;

    assert_true(split_answer(text, &fields));
    return unionpay_read_result(fields, result);
}

static void a_result_is_typed(void **state)
{
    struct unionpay_result result;

    (void)state;
    assert_true(read_result(IDS "&respCode=00&origRespCode=05&queryId=842601021104050000018"
                                "&txnAmt=20000&currencyCode=156&settleDate=0103"
                                "&traceTime=0102110411",
                            &result));
    assert_int_equal(result.outcome, UNIONPAY_DONE);
    assert_int_equal(result.orig_outcome, UNIONPAY_UNKNOWN);
    assert_string_equal(result.query_id, "842601021104050000018");
    assert_string_equal(result.currency, "156");
    assert_int_equal(result.amount.fen, 20000);
    assert_int_equal(result.made_at.ms, made_at.ms);
    assert_int_equal(result.done_at.ms, made_at.ms + 6 * SECOND_MS);
    assert_int_equal(result.settle_day.number, day_of(2026, 1, 3).number);
}

static void what_is_absent_is_none(void **state)
{
    struct unionpay_result result;

    (void)state;
    assert_true(read_result(IDS "&respCode=34&txnAmt=&queryId=", &result));
    assert_int_equal(result.amount.fen, NONE);
    assert_int_equal(result.settle_day.number, NONE);
    assert_int_equal(result.done_at.ms, made_at.ms);
    assert_int_equal(result.orig_outcome, UNIONPAY_UNKNOWN);
    assert_null(result.query_id);
    assert_null(result.orig_code);
}

static void days_without_a_year_are_those_next_to_the_order(void **state)
{
    struct unionpay_result result;

    (void)state;
    assert_true(read_result("merId=777290058110048&orderId=12345678&txnTime=20261231233000"
                            "&txnType=01&respCode=00&settleDate=0101&traceTime=0101000001",
                            &result));
    assert_int_equal(result.settle_day.number, day_of(2027, 1, 1).number);
    assert_int_equal(civil_day(result.done_at).number, day_of(2027, 1, 1).number);
    assert_true(read_result("merId=777290058110048&orderId=12345678&txnTime=20270101000500"
                            "&txnType=01&respCode=00&settleDate=1231",
                            &result));
    assert_int_equal(result.settle_day.number, day_of(2026, 12, 31).number);
    assert_true(read_result("merId=777290058110048&orderId=12345678&txnTime=20280228233000"
                            "&txnType=01&respCode=00&settleDate=0229",
                            &result));
    assert_int_equal(result.settle_day.number, day_of(2028, 2, 29).number);
}

static void odd_results_are_not_read(void **state)
{
    static const char *const odd[] = {
        "respCode=00",
        IDS,
        IDS "&respCode=0",
        IDS "&respCode=000",
        IDS "&respCode=",
        IDS "&respCode=00&txnAmt=0150",
        IDS "&respCode=00&txnAmt=1e3",
        IDS "&respCode=00&txnAmt=-20000",
        IDS "&respCode=00&txnAmt=２００",
        IDS "&respCode=00&txnAmt=9223372036854775808",
        IDS "&respCode=00&origRespCode=000",
        IDS "&respCode=00&currencyCode=CNY",
        IDS "&respCode=00&settleDate=1332",
        IDS "&respCode=00&settleDate=102",
        IDS "&respCode=00&traceTime=0102250000",
        IDS "&respCode=00&queryId=a b",
        "merId=777290058110048&orderId=SZJJ20260102000005&txnTime=2026010211040&txnType=01"
        "&respCode=00",
        "merId=77729005811004&orderId=SZJJ20260102000005&txnTime=20260102110405&txnType=01"
        "&respCode=00",
        "merId=777290058110048&orderId=SZJJ-2026&txnTime=20260102110405&txnType=01&respCode=00",
    };
    struct unionpay_result result;

    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        assert_false(read_result(odd[i], &result));
}

static void a_message_of_another_merchant_or_order_is_not_about_ours(void **state)
{
    struct unionpay_result result;

    (void)state;
    assert_true(read_result(IDS "&respCode=00", &result));
    assert_true(unionpay_is_about(&result, merchant.mer_id, "SZJJ20260102000005",
                                  (struct instant){made_at.ms + 123}));
    assert_false(unionpay_is_about(&result, "777290058110049", "SZJJ20260102000005", made_at));
    assert_false(unionpay_is_about(&result, merchant.mer_id, "SZJJ20260102000006", made_at));
    assert_false(unionpay_is_about(&result, merchant.mer_id, "SZJJ20260102000005",
                                   (struct instant){made_at.ms + SECOND_MS}));
}

#define UNIONPAY_TEST(name) cmocka_unit_test_setup_teardown(name, open_gateway, close_gateway)

#define FILE_OF_THE_DAY "txnType=76&merId=777290058110048&settleDate=0101&txnTime=20260102110405"

static bool read_file(const char *text, struct unionpay_statement *file)
{
    const struct unionpay_asked asked = {"777290058110048", day_of(2026, 1, 1), made_at};
    struct unionpay_fields fields;

    return unionpay_split_answer(arena, bytes_of(text), &fields) &&
           unionpay_read_file(arena, fields, &asked, file);
}

static void a_file_is_the_one_that_was_asked_for(void **state)
{
    static const char *const odd[] = {
        "txnType=01&merId=777290058110048&settleDate=0101&txnTime=20260102110405&respCode=00",
        "txnType=76&merId=777290058110049&settleDate=0101&txnTime=20260102110405&respCode=00",
        "txnType=76&merId=777290058110048&settleDate=0102&txnTime=20260102110405&respCode=00",
        "txnType=76&merId=777290058110048&settleDate=0101&txnTime=20250102110405&respCode=00",
        "txnType=76&merId=777290058110048&settleDate=0101&respCode=00",
        FILE_OF_THE_DAY,
        FILE_OF_THE_DAY "&respCode=0",
        FILE_OF_THE_DAY "&respCode=00&fileContent=e J",
    };
    struct unionpay_statement file;

    (void)state;
    assert_true(read_file(FILE_OF_THE_DAY "&respCode=00&fileContent=eJwL/+8=", &file));
    assert_string_equal(file.code, "00");
    assert_string_equal(file.content, "eJwL/+8=");
    assert_true(read_file(FILE_OF_THE_DAY "&respCode=98", &file));
    assert_null(file.content);
    for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++)
        assert_false(read_file(odd[i], &file));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIONPAY_TEST(names_are_sorted_by_their_bytes),
        UNIONPAY_TEST(blank_values_and_the_signature_take_no_part_and_others_are_trimmed),
        UNIONPAY_TEST(values_are_signed_as_they_are_and_sent_encoded),
        UNIONPAY_TEST(a_payment_says_what_the_gateway_asks),
        UNIONPAY_TEST(a_query_names_the_order_and_its_time),
        UNIONPAY_TEST(a_file_is_asked_for_by_its_day),
        UNIONPAY_TEST(refund_and_cancel_name_the_payment_by_its_query_id),
        UNIONPAY_TEST(the_page_posts_the_signed_fields_and_nothing_escapes_its_quotes),
        UNIONPAY_TEST(times_are_read_and_written_in_beijing),
        UNIONPAY_TEST(an_answer_is_not_decoded_and_braces_hold_together),
        UNIONPAY_TEST(a_malformed_message_is_none),
        UNIONPAY_TEST(a_notice_cannot_hide_a_field_in_a_value),
        UNIONPAY_TEST(only_unionpay_by_our_chain_and_in_its_time_is_believed),
        UNIONPAY_TEST(the_test_environments_signer_is_none_in_production),
        UNIONPAY_TEST(another_merchant_of_the_same_authority_cannot_sign),
        UNIONPAY_TEST(a_chain_needs_the_middle_and_the_root_that_we_configured),
        UNIONPAY_TEST(what_was_changed_afterwards_is_refused),
        UNIONPAY_TEST(other_versions_and_methods_are_refused_however_well_signed),
        UNIONPAY_TEST(empty_values_may_take_part_or_not),
        UNIONPAY_TEST(a_message_without_certificate_or_signature_is_refused),
        UNIONPAY_TEST(amounts_are_digits_of_fen_and_nothing_else),
        UNIONPAY_TEST(codes_fall_into_classes),
        UNIONPAY_TEST(a_file_is_the_one_that_was_asked_for),
        UNIONPAY_TEST(a_result_is_typed),
        UNIONPAY_TEST(what_is_absent_is_none),
        UNIONPAY_TEST(days_without_a_year_are_those_next_to_the_order),
        UNIONPAY_TEST(odd_results_are_not_read),
        UNIONPAY_TEST(a_message_of_another_merchant_or_order_is_not_about_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
