/* The simulator's own cryptography against the vectors of the gateways. */

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "core/config.h"
#include "simulator/unionpay.h"
#include "simulator/wire_crypto.h"
#include "simulator/wire_text.h"

#include <cmocka.h>

#define KEYS VECTORS_DIR "/keys/"

struct stage {
    struct arena *arena;
    struct wire_random *random;
};

static struct stage wire;

static const char *read_text(const char *file, size_t *size)
{
    char *text = secret_read(file, 65536, size);
    const char *kept;

    assert_non_null(text);
    kept = arena_text_of(wire.arena, text, *size);
    secret_forget(text, *size);
    return kept;
}

static const struct wire_key *
key_of(const char *file, struct wire_key *(*parse)(struct arena *, const char *, size_t))
{
    size_t size;
    const char *pem = read_text(file, &size);
    const struct wire_key *key = parse(wire.arena, pem, size);

    assert_non_null(key);
    return key;
}

/* The cases of a suite. */
static const json_t *cases_of(const char *suite)
{
    size_t size;
    const char *text = read_text(arena_printf(wire.arena, VECTORS_DIR "/%s.json", suite), &size);
    const json_t *cases = json_object_get(json_read(wire.arena, text, size), "cases");

    assert_true(json_array_size(cases) > 0);
    return cases;
}

static const char *in(const json_t *one, const char *name)
{
    return json_string_at(json_object_get(one, "in"), name);
}

static const char *out(const json_t *one, const char *name)
{
    return json_string_at(json_object_get(one, "out"), name);
}

static bool is_well_signed(const json_t *one)
{
    return strcmp(out(one, "verdict"), "accept") == 0;
}

static struct bytes bytes(const char *text)
{
    return (struct bytes){(const unsigned char *)text, strlen(text)};
}

static void a_merchants_signature_is_known(void **state)
{
    const json_t *cases = cases_of("wechatpay-v3-request-sign"), *one;
    const struct wire_key *merchant = key_of(KEYS "wx_merchant.cert.pem", wire_key_certified);
    const struct wire_key *other = key_of(KEYS "wx_platform_a.cert.pem", wire_key_certified);
    size_t i;

    (void)state;
    json_array_foreach(cases, i, one)
    {
        const char *message = out(one, "message"), *signature = out(one, "signature");

        assert_true(wire_verify(wire.arena, merchant, bytes(message), signature));
        assert_false(wire_verify(wire.arena, other, bytes(message), signature));
        assert_false(wire_verify(wire.arena, merchant, bytes(message + 1), signature));
        assert_false(wire_verify(wire.arena, merchant, bytes(message), signature + 4));
        assert_false(wire_verify(wire.arena, merchant, bytes(message), ""));
        assert_false(wire_verify(wire.arena, merchant, bytes(message), "no base64!"));
    }
}

/* RSA PKCS#1 v1.5 is deterministic: what we sign must be what others signed. */
static void answers_of_wechat_pay_are_signed_as_they_should(void **state)
{
    const json_t *cases = cases_of("wechatpay-v3-response-verify"), *one;
    const struct wire_key *keys[] = {key_of(KEYS "wx_platform_a.key.pem", wire_key_private),
                                     key_of(KEYS "wx_platform_b.key.pem", wire_key_private),
                                     key_of(KEYS "wx_pubkey.key.pem", wire_key_private)};
    size_t i, compared = 0;

    (void)state;
    json_array_foreach(cases, i, one)
    {
        const json_t *headers = json_object_get(json_object_get(one, "in"), "headers");
        const char *serial = json_string_at(headers, "Wechatpay-Serial"), *signature;

        if (!is_well_signed(one) || serial == NULL)
            continue;
        signature = wire_sign(
            wire.arena, wire.random, keys[serial[0] == 'P' ? 2 : serial[1] == '0'],
            arena_printf(wire.arena, "%s\n%s\n%s\n", json_string_at(headers, "Wechatpay-Timestamp"),
                         json_string_at(headers, "Wechatpay-Nonce"), in(one, "body")));
        assert_string_equal(signature, json_string_at(headers, "Wechatpay-Signature"));
        compared++;
    }
    assert_true(compared >= 5);
}

static void resources_are_sealed_as_they_should(void **state)
{
    const json_t *cases = cases_of("wechatpay-v3-resource-decrypt"), *one;
    size_t i, compared = 0;

    (void)state;
    json_array_foreach(cases, i, one)
    {
        const json_t *resource = json_object_get(json_object_get(one, "in"), "resource");

        if (out(one, "plaintext") == NULL)
            continue;
        assert_string_equal(
            wire_seal(wire.arena, in(one, "apiv3_key"), json_string_at(resource, "nonce"),
                      json_string_at(resource, "associated_data"), out(one, "plaintext")),
            json_string_at(resource, "ciphertext"));
        compared++;
    }
    assert_true(compared >= 2);
}

static void certificates_tell_serial_and_dates(void **state)
{
    struct wire_certificate certificate;
    size_t size;
    const char *pem = read_text(KEYS "wx_platform_a.cert.pem", &size);
    const json_t *cases = cases_of("wechatpay-v3-certificates"), *data;

    (void)state;
    assert_true(wire_certificate_read(wire.arena, pem, size, &certificate));
    assert_string_equal(certificate.serial, "5157F09EFDC096DE15EBE81A47057A7232F1B8E1");
    data = json_object_get(json_read(wire.arena, in(json_array_get(cases, 0), "body"),
                                     strlen(in(json_array_get(cases, 0), "body"))),
                           "data");
    assert_string_equal(certificate.starts,
                        json_string_at(json_array_get(data, 0), "effective_time"));
    assert_string_equal(certificate.ends, json_string_at(json_array_get(data, 0), "expire_time"));
    assert_false(wire_certificate_read(wire.arena, "none", 4, &certificate));
}

static void requests_to_alipay_are_read_and_verified(void **state)
{
    const json_t *cases = cases_of("alipay-v2-request-sign"), *one;
    const struct wire_key *app = key_of(KEYS "ali_app.pub.pem", wire_key_public);
    size_t i;

    (void)state;
    json_array_foreach(cases, i, one)
    {
        const char *encoded = out(one, "urlencoded"), *text;
        struct form form;

        assert_true(form_read(wire.arena, encoded, strlen(encoded), &form));
        text = form_signed_text(wire.arena, &form, true);
        assert_string_equal(text, out(one, "string"));
        assert_true(wire_verify(wire.arena, app, bytes(text), form_value(&form, "sign")));
    }
}

static void answers_of_alipay_are_signed_as_they_should(void **state)
{
    const json_t *cases = cases_of("alipay-v2-response-verify"), *one;
    const struct wire_key *gateway = key_of(KEYS "ali_gateway.key.pem", wire_key_private);
    size_t i, compared = 0;

    (void)state;
    json_array_foreach(cases, i, one)
    {
        if (!is_well_signed(one))
            continue;
        assert_string_equal(
            wire_sign(wire.arena, wire.random, gateway, out(one, "signed_segment")),
            json_string_at(json_read(wire.arena, in(one, "body"), strlen(in(one, "body"))),
                           "sign"));
        compared++;
    }
    assert_true(compared >= 6);
}

static void notices_of_alipay_are_signed_as_they_should(void **state)
{
    const json_t *cases = cases_of("alipay-notify"), *one;
    const struct wire_key *gateway = key_of(KEYS "ali_gateway.key.pem", wire_key_private);
    size_t i, compared = 0;

    (void)state;
    json_array_foreach(cases, i, one)
    {
        const char *text;
        struct form form;

        if (!is_well_signed(one))
            continue;
        assert_true(form_read(wire.arena, in(one, "body"), strlen(in(one, "body")), &form));
        text = form_signed_text(wire.arena, &form, false);
        assert_string_equal(text, out(one, "string"));
        assert_string_equal(wire_sign(wire.arena, wire.random, gateway, text),
                            form_value(&form, "sign"));
        compared++;
    }
    assert_true(compared >= 1);
}

static void requests_to_unionpay_are_read_and_verified(void **state)
{
    const json_t *cases = cases_of("unionpay-sign"), *one;
    const struct wire_key *merchant = key_of(KEYS "up_merchant.cert.pem", wire_key_certified);
    size_t i;

    (void)state;
    json_array_foreach(cases, i, one)
    {
        const char *encoded = out(one, "body"), *text, *digest;
        struct form form;

        assert_true(form_read(wire.arena, encoded, strlen(encoded), &form));
        text = unionpay_text(wire.arena, &form);
        digest = wire_sha256_hex(wire.arena, text);
        assert_string_equal(text, out(one, "string"));
        assert_string_equal(digest, out(one, "digest_hex"));
        assert_true(
            wire_verify(wire.arena, merchant, bytes(digest), form_value(&form, "signature")));
        assert_false(
            wire_verify(wire.arena, merchant, bytes(digest + 1), form_value(&form, "signature")));
    }
}

static void moments_are_those_of_beijing(void **state)
{
    struct instant at = {0};

    (void)state;
    assert_true(wire_rfc3339_read("2026-01-02T11:05:00+08:00", &at));
    assert_int_equal(at.ms, INT64_C(1767323100000));
    assert_string_equal(wire_rfc3339(wire.arena, at), "2026-01-02T11:05:00+08:00");
    assert_string_equal(wire_local(wire.arena, at), "2026-01-02 11:05:00");
    assert_true(wire_rfc3339_read("2026-01-02T03:05:00Z", &at));
    assert_int_equal(at.ms, INT64_C(1767323100000));
    assert_true(wire_rfc3339_read("2026-01-01T22:05:00.000-05:00", &at));
    assert_int_equal(at.ms, INT64_C(1767323100000));
    assert_true(wire_local_read("2026-01-02 11:05:00", &at));
    assert_int_equal(at.ms, INT64_C(1767323100000));
    assert_false(wire_rfc3339_read("2026-01-02T11:05:00", &at));
    assert_false(wire_rfc3339_read("2026-02-30T11:05:00Z", &at));
    assert_false(wire_rfc3339_read("2026-01-02T24:05:00Z", &at));
    assert_false(wire_local_read("2026-01-02T11:05:00", &at));
}

static void a_form_with_a_name_twice_is_none(void **state)
{
    struct form form;

    (void)state;
    assert_true(form_read(wire.arena, "a=1&b=%E7%BD%9A+x", 17, &form));
    assert_string_equal(form_value(&form, "b"), "罚 x");
    assert_null(form_value(&form, "c"));
    assert_false(form_read(wire.arena, "a=1&a=2", 7, &form));
    assert_false(form_read(wire.arena, "a", 1, &form));
    assert_false(form_read(wire.arena, "a=%zz", 5, &form));
}

static int open_stage(void **state)
{
    (void)state;
    wire.arena = arena_open(4 * 1024 * 1024);
    wire.random = wire_random_open(wire.arena);
    return wire.random == NULL;
}

static int close_stage(void **state)
{
    (void)state;
    arena_close(wire.arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_merchants_signature_is_known),
        cmocka_unit_test(answers_of_wechat_pay_are_signed_as_they_should),
        cmocka_unit_test(resources_are_sealed_as_they_should),
        cmocka_unit_test(certificates_tell_serial_and_dates),
        cmocka_unit_test(requests_to_alipay_are_read_and_verified),
        cmocka_unit_test(answers_of_alipay_are_signed_as_they_should),
        cmocka_unit_test(notices_of_alipay_are_signed_as_they_should),
        cmocka_unit_test(requests_to_unionpay_are_read_and_verified),
        cmocka_unit_test(moments_are_those_of_beijing),
        cmocka_unit_test(a_form_with_a_name_twice_is_none),
    };

    return cmocka_run_group_tests(tests, open_stage, close_stage);
}
