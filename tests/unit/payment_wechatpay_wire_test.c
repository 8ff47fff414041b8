#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/crypto_gateway.h"
#include "payment/wechatpay_wire.h"

#define KEYS VECTORS_DIR "/keys/"
#define NOW_S INT64_C(1767323050)
#define RSA_ID "PUB_KEY_ID_1"
#define SM2_ID "PUB_KEY_ID_2"

static struct arena *arena;
static struct key *rsa, *sm2;

static struct key *private_of(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = arena_alloc(arena, 8 * 1024);
    struct key *key;

    assert_non_null(file);
    assert_true(fread(text, 1, 8 * 1024 - 1, file) > 0);
    fclose(file);
    key = key_private(text);
    assert_non_null(key);
    return key;
}

static int open_keys(void **state)
{
    (void)state;
    arena = arena_open((size_t)1024 * 1024);
    rsa = private_of(KEYS "wx_pubkey.key.pem");
    sm2 = private_of(KEYS "wx_sm2.key.pem");
    return 0;
}

static int close_keys(void **state)
{
    (void)state;
    key_close(rsa);
    key_close(sm2);
    arena_close(arena);
    return 0;
}

static const struct wechatpay_merchant *merchant(void)
{
    static struct wechatpay_key keys[2];
    static struct wechatpay_merchant merchant;

    keys[0] = (struct wechatpay_key){RSA_ID, rsa};
    keys[1] = (struct wechatpay_key){SM2_ID, sm2};
    merchant = (struct wechatpay_merchant){
        .mchid = "1900000109",
        .serial = "4D3C",
        .private_key = rsa,
        .apiv3_key = bytes_of("SharedTestApiV3Key0123456789abcd"),
        .keys = keys,
        .key_count = 2,
        .wanted_serial = RSA_ID,
    };
    return &merchant;
}

static struct wechatpay_signed signed_at(const char *timestamp)
{
    struct wechatpay_signed received = {
        .timestamp = timestamp, .nonce = "nonce", .serial = RSA_ID, .body = bytes_of("{\"a\":1}")};

    received.signature = sign_rsa_sha256(arena, rsa, wechatpay_received_message(arena, &received));
    return received;
}

static enum wechatpay_verdict verdict_at(const struct wechatpay_signed *received, int64_t now_s)
{
    return wechatpay_verify(arena, merchant(), received, (struct instant){now_s * 1000});
}

static void five_minutes_either_way_is_too_much(void **state)
{
    struct wechatpay_signed received = signed_at("1767323050");

    (void)state;
    assert_int_equal(verdict_at(&received, NOW_S), WECHATPAY_GENUINE);
    assert_int_equal(verdict_at(&received, NOW_S + 299), WECHATPAY_GENUINE);
    assert_int_equal(verdict_at(&received, NOW_S + 300), WECHATPAY_REFUSED);
    assert_int_equal(verdict_at(&received, NOW_S - 299), WECHATPAY_GENUINE);
    assert_int_equal(verdict_at(&received, NOW_S - 300), WECHATPAY_REFUSED);
}

static void a_timestamp_is_plain_digits(void **state)
{
    static const char *const bad[] = {"+1767323050", " 1767323050",         "1767323050 ",
                                      "1767323050.", "0x696868aa",          "1767323050\n",
                                      "abc",         "11767323050176732305"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct wechatpay_signed received = signed_at(bad[i]);

        assert_int_equal(verdict_at(&received, NOW_S), WECHATPAY_REFUSED);
    }
}

static void each_of_the_four_headers_is_needed(void **state)
{
    struct wechatpay_signed whole = signed_at("1767323050");

    (void)state;
    for (int missing = 0; missing < 8; missing++) {
        struct wechatpay_signed received = whole;
        const char **headers[] = {&received.timestamp, &received.nonce, &received.serial,
                                  &received.signature};

        *headers[missing % 4] = missing < 4 ? NULL : "";
        assert_int_equal(verdict_at(&received, NOW_S), WECHATPAY_REFUSED);
    }
}

static void a_probe_is_told_from_a_forgery(void **state)
{
    struct wechatpay_signed received = signed_at("1767323050");

    (void)state;
    received.signature = "WECHATPAY/SIGNTEST/AAAA";
    assert_int_equal(verdict_at(&received, NOW_S), WECHATPAY_PROBE);
    received.signature = "AAAA";
    assert_int_equal(verdict_at(&received, NOW_S), WECHATPAY_REFUSED);
}

static void a_serial_is_compared_whole(void **state)
{
    struct wechatpay_signed received = signed_at("1767323050");

    (void)state;
    received.serial = "PUB_KEY_ID_11";
    assert_int_equal(verdict_at(&received, NOW_S), WECHATPAY_UNKNOWN_SERIAL);
    received.serial = "PUB_KEY_ID_";
    assert_int_equal(verdict_at(&received, NOW_S), WECHATPAY_UNKNOWN_SERIAL);
    received.serial = "pub_key_id_1";
    assert_int_equal(verdict_at(&received, NOW_S), WECHATPAY_UNKNOWN_SERIAL);
}

static void the_scheme_must_fit_the_key(void **state)
{
    struct wechatpay_signed received = signed_at("1767323050");

    (void)state;
    received.signature_type = "WECHATPAY2-SHA256-RSA2048";
    assert_int_equal(verdict_at(&received, NOW_S), WECHATPAY_GENUINE);
    received.signature_type = "WECHATPAY2-SM2-WITH-SM3";
    assert_int_equal(verdict_at(&received, NOW_S), WECHATPAY_REFUSED);
    received.serial = SM2_ID;
    received.signature = sign_sm2_sm3(arena, sm2, wechatpay_received_message(arena, &received));
    assert_int_equal(verdict_at(&received, NOW_S), WECHATPAY_GENUINE);
    received.signature_type = NULL;
    assert_int_equal(verdict_at(&received, NOW_S), WECHATPAY_REFUSED);
    received.signature_type = "WECHATPAY2-MD5";
    assert_int_equal(verdict_at(&received, NOW_S), WECHATPAY_REFUSED);
}

static void a_body_may_hold_zero_bytes_and_may_be_empty(void **state)
{
    struct wechatpay_signed received = signed_at("1767323050");

    (void)state;
    received.body = (struct bytes){(const unsigned char *)"a\0b", 3};
    received.signature = sign_rsa_sha256(arena, rsa, wechatpay_received_message(arena, &received));
    assert_int_equal(verdict_at(&received, NOW_S), WECHATPAY_GENUINE);
    received.body = (struct bytes){(const unsigned char *)"a\0c", 3};
    assert_int_equal(verdict_at(&received, NOW_S), WECHATPAY_REFUSED);
    received.body = (struct bytes){NULL, 0};
    received.signature = sign_rsa_sha256(arena, rsa, wechatpay_received_message(arena, &received));
    assert_int_equal(verdict_at(&received, NOW_S), WECHATPAY_GENUINE);
}

static void the_target_is_what_stands_behind_the_host(void **state)
{
    (void)state;
    assert_string_equal(wechatpay_target(arena, "https://h/v3/a?b=c&d"), "/v3/a?b=c&d");
    assert_string_equal(wechatpay_target(arena, "https://h/v3/a?"), "/v3/a?");
    assert_string_equal(wechatpay_target(arena, "https://h/v3/a#part"), "/v3/a");
    assert_string_equal(wechatpay_target(arena, "https://h"), "/");
    assert_string_equal(wechatpay_target(arena, "https://h:21001/x%7Cy"), "/x%7Cy");
}

static const char *line_of(const char *const *lines, const char *name)
{
    for (; *lines != NULL; lines++)
        if (strncmp(*lines, name, strlen(name)) == 0)
            return *lines;
    return NULL;
}

static void a_request_carries_the_headers_they_ask_for(void **state)
{
    struct wechatpay_call call = {"POST", "/v3/x", "{}", {NOW_S * 1000 + 999}, "n1"};
    const char *const *lines = wechatpay_headers(arena, merchant(), &call);

    (void)state;
    assert_non_null(strstr(line_of(lines, "Authorization: WECHATPAY2-SHA256-RSA2048 "),
                           "timestamp=\"1767323050\""));
    assert_non_null(line_of(lines, "Content-Type: application/json"));
    assert_non_null(line_of(lines, "Accept: application/json"));
    assert_non_null(line_of(lines, "User-Agent: "));
    assert_string_equal(line_of(lines, "Wechatpay-Serial: "), "Wechatpay-Serial: " RSA_ID);
    call.body = "";
    assert_null(line_of(wechatpay_headers(arena, merchant(), &call), "Content-Type"));
}

static void a_resource_of_another_kind_does_not_open(void **state)
{
    struct wechatpay_resource good = {"AEAD_AES_256_GCM", "0123456789ab", "transaction",
                                      "A7cmovhtgDb23ruEj6pXKOUKDn9ysoo="};
    struct wechatpay_resource bad[] = {good, good, good, good, good, good};
    struct wechatpay_merchant other = *merchant();

    (void)state;
    assert_string_equal((const char *)wechatpay_open(arena, merchant(), &good).data, "{\"a\":1}");
    bad[0].algorithm = "AEAD_SM4_GCM";
    bad[1].algorithm = NULL;
    bad[2].nonce = "0123456789abc";
    bad[3].nonce = NULL;
    bad[4].ciphertext = NULL;
    bad[5].associated_data = NULL;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_null(wechatpay_open(arena, merchant(), &bad[i]).data);
    other.apiv3_key = bytes_of("short");
    assert_null(wechatpay_open(arena, &other, &good).data);
}

#define WIRE_TEST(name) cmocka_unit_test_setup_teardown(name, open_keys, close_keys)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WIRE_TEST(five_minutes_either_way_is_too_much),
        WIRE_TEST(a_timestamp_is_plain_digits),
        WIRE_TEST(each_of_the_four_headers_is_needed),
        WIRE_TEST(a_probe_is_told_from_a_forgery),
        WIRE_TEST(a_serial_is_compared_whole),
        WIRE_TEST(the_scheme_must_fit_the_key),
        WIRE_TEST(a_body_may_hold_zero_bytes_and_may_be_empty),
        WIRE_TEST(the_target_is_what_stands_behind_the_host),
        WIRE_TEST(a_request_carries_the_headers_they_ask_for),
        WIRE_TEST(a_resource_of_another_kind_does_not_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
