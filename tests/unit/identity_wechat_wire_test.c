#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "core/crypto_gateway.h"
#include "identity/wechat_wire.h"

/* 43 letters, 32 bytes */
static const struct wechat_push push = {
    .token = "token",
    .encoding_aes_key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    .appid = "wx8",
};
static const char session_key[] = "MDEyMzQ1Njc4OWFiY2RlZg==";

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open((size_t)256 * 1024);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

/* Whole blocks under AES-CBC with the key's first half as IV, base64. */
static const char *encrypted(const char *key_base64, const unsigned char *plain, size_t size)
{
    struct bytes key = base64_decode(arena, key_base64);
    unsigned char *sealed = arena_alloc(arena, size + 16);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int written = 0;

    assert_int_equal(EVP_EncryptInit_ex(context,
                                        key.size == 32 ? EVP_aes_256_cbc() : EVP_aes_128_cbc(),
                                        NULL, key.data, key.data),
                     1);
    EVP_CIPHER_CTX_set_padding(context, 0);
    assert_int_equal(EVP_EncryptUpdate(context, sealed, &written, plain, (int)size), 1);
    EVP_CIPHER_CTX_free(context);
    return base64_encode(arena, (struct bytes){sealed, (size_t)written});
}

/* Signed by definition: SHA-1 of the four texts in the order of their bytes. */
static const char *signature_over(const char *encrypt)
{
    const char *order[4] = {"1767323070", "1320", "token", encrypt};

    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            if (strcmp(order[j], order[j + 1]) > 0) {
                const char *swap = order[j];

                order[j] = order[j + 1];
                order[j + 1] = swap;
            }
    return digest_hex(
        arena, DIGEST_SHA1,
        bytes_of(arena_printf(arena, "%s%s%s%s", order[0], order[1], order[2], order[3])));
}

static struct bytes open_plain(const unsigned char *plain, size_t size)
{
    const char *encrypt = encrypted("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFE=", plain, size);

    return wechat_open_push(arena, &push, "1767323070", "1320", encrypt, signature_over(encrypt));
}

/* 16 random bytes, 4 of length, message, application, padding up to 64 bytes. */
static void compose(unsigned char plain[64], unsigned length, const char *message,
                    const char *appid, unsigned char pad)
{
    size_t used = 20;

    memset(plain, pad, 64);
    memset(plain, 'r', 16);
    memset(plain + 16, 0, 4);
    plain[18] = (unsigned char)(length >> 8);
    plain[19] = (unsigned char)length;
    memcpy(plain + used, message, strlen(message));
    used += strlen(message);
    memcpy(plain + used, appid, strlen(appid));
}

static void a_push_opens_when_all_of_it_fits(void **state)
{
    unsigned char plain[64];
    struct bytes message;

    (void)state;
    compose(plain, 13, "{\"Event\":\"x\"}", "wx8", 28);
    message = open_plain(plain, 64);
    assert_true(bytes_equal(message, bytes_of("{\"Event\":\"x\"}")));
}

static void a_push_with_a_wrong_length_padding_or_application_does_not_open(void **state)
{
    unsigned char plain[64];

    (void)state;
    for (unsigned length = 0; length < 70; length++) {
        if (length == 13)
            continue;
        compose(plain, length, "{\"Event\":\"x\"}", "wx8", 28);
        assert_null(open_plain(plain, 64).data);
    }
    compose(plain, 0xffff, "{\"Event\":\"x\"}", "wx8", 28);
    assert_null(open_plain(plain, 64).data);
    compose(plain, 13, "{\"Event\":\"x\"}", "wx9", 28);
    assert_null(open_plain(plain, 64).data);
    compose(plain, 13, "{\"Event\":\"x\"}", "wx8", 28);
    plain[63] = 0;
    assert_null(open_plain(plain, 64).data);
    plain[63] = 33;
    assert_null(open_plain(plain, 64).data);
    compose(plain, 13, "{\"Event\":\"x\"}", "wx8", 28);
    plain[40] ^= 1; /* inside the padding */
    assert_null(open_plain(plain, 64).data);
    memset(plain, 16, 16);
    assert_null(open_plain(plain, 16).data);
}

static void user_data_for_another_application_does_not_open(void **state)
{
    /* 48 bytes with the padding */
    static const char text[] = "{\"a\":1,\"watermark\":{\"appid\":\"wx8\"}}\x0d\x0d\x0d\x0d\x0d\x0d"
                               "\x0d\x0d\x0d\x0d\x0d\x0d\x0d";
    const char *data = encrypted(session_key, (const unsigned char *)text, 48);
    struct bytes opened = wechat_open_user_data(arena, "wx8", session_key, session_key, data);

    (void)state;
    assert_int_equal(sizeof(text) - 1, 48);
    assert_int_equal(opened.size, 35);
    assert_null(wechat_open_user_data(arena, "wx9", session_key, session_key, data).data);
    assert_null(wechat_open_user_data(arena, "wx8", "c2hvcnQ=", session_key, data).data);
    assert_null(wechat_open_user_data(arena, "wx8", session_key, "c2hvcnQ=", data).data);
    assert_null(wechat_open_user_data(arena, "wx8", session_key, session_key, "").data);
    assert_null(wechat_open_user_data(arena, "wx8", session_key, session_key, "*").data);
}

#define WIRE_TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WIRE_TEST(a_push_opens_when_all_of_it_fits),
        WIRE_TEST(a_push_with_a_wrong_length_padding_or_application_does_not_open),
        WIRE_TEST(user_data_for_another_application_does_not_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
