#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "core/crypto.h"
#include "core/crypto_gateway.h"

#define KEYS VECTORS_DIR "/keys/"

static struct arena *arena;

static char *file_text(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = arena_alloc(arena, 16 * 1024);

    assert_non_null(file);
    assert_true(fread(text, 1, 16 * 1024 - 1, file) > 0);
    fclose(file);
    return text;
}

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open((size_t)4 * 1024 * 1024);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

static struct key *private_of(const char *file)
{
    struct key *key = key_private(file_text(file));

    assert_non_null(key);
    return key;
}

static struct key *public_of(const char *file)
{
    struct key *key = key_public(file_text(file));

    assert_non_null(key);
    return key;
}

static const char *hex_of(const unsigned char *data, size_t size)
{
    return hex_encode(arena, (struct bytes){data, size});
}

static void sha256_and_hmac_give_the_published_values(void **state)
{
    unsigned char digest[SHA256_SIZE];

    (void)state;
    sha256(bytes_of("abc"), digest);
    assert_string_equal(hex_of(digest, sizeof(digest)),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_string_equal(sha256_hex(arena, bytes_of("")),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    /* RFC 4231, case 2 */
    hmac_sha256(bytes_of("Jefe"), bytes_of("what do ya want for nothing?"), digest);
    assert_string_equal(hex_of(digest, sizeof(digest)),
                        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    /* RFC 2202, case 2 */
    hmac_sha1(bytes_of("Jefe"), bytes_of("what do ya want for nothing?"), digest);
    assert_string_equal(hex_of(digest, SHA1_SIZE), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    assert_string_equal(digest_hex(arena, DIGEST_MD5, bytes_of("abc")),
                        "900150983cd24fb0d6963f7d28e17f72");
    assert_string_equal(digest_hex(arena, DIGEST_SHA1, bytes_of("abc")),
                        "a9993e364706816aba3e25717850c26c9cd0d89d");
}

static void sm3_and_sm4_give_the_published_values(void **state)
{
    struct bytes key = hex_decode(arena, "0123456789abcdeffedcba9876543210");
    struct bytes none = hex_decode(arena, "00000000000000000000000000000000");
    struct bytes sealed;

    (void)state;
    /* GB/T 32905, example 1 */
    assert_string_equal(digest_hex(arena, DIGEST_SM3, bytes_of("abc")),
                        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    /* GB/T 32907, example 1: with a zero IV the first block is that of the bare cipher. */
    sealed = sm4_cbc_seal(arena, key, none, key);
    assert_int_equal(sealed.size, 32);
    assert_string_equal(hex_of(sealed.data, 16), "681edf34d206965e86b3e94f536e4246");
    assert_true(bytes_equal(sm4_cbc_open(arena, key, none, sealed), key));
}

static void hmac_sm3_follows_its_definition(void **state)
{
    unsigned char mac[SHA256_SIZE], inner[64 + 3], outer[64 + SHA256_SIZE];
    struct bytes inner_digest;

    (void)state;
    memset(inner, 0x36, 64);
    memset(outer, 0x5c, 64);
    inner[0] ^= 'k';
    outer[0] ^= 'k';
    memcpy(inner + 64, "abc", 3);
    inner_digest =
        hex_decode(arena, digest_hex(arena, DIGEST_SM3, (struct bytes){inner, sizeof(inner)}));
    memcpy(outer + 64, inner_digest.data, SHA256_SIZE);
    hmac_sm3(bytes_of("k"), bytes_of("abc"), mac);
    assert_string_equal(hex_of(mac, sizeof(mac)),
                        digest_hex(arena, DIGEST_SM3, (struct bytes){outer, sizeof(outer)}));
}

static void hkdf_gives_the_published_value(void **state)
{
    unsigned char derived[42], sm3[42];

    (void)state;
    /* RFC 5869, case 3 */
    hkdf(DIGEST_SHA256, hex_decode(arena, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"),
         bytes_of(""), derived, sizeof(derived));
    assert_string_equal(hex_of(derived, sizeof(derived)),
                        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
                        "9d201395faa4b61a96c8");
    hkdf(DIGEST_SM3, bytes_of("secret"), bytes_of("a"), sm3, sizeof(sm3));
    hkdf(DIGEST_SM3, bytes_of("secret"), bytes_of("b"), derived, sizeof(derived));
    assert_memory_not_equal(sm3, derived, sizeof(sm3));
}

static void a_stream_gives_the_digest_of_the_whole(void **state)
{
    struct digest_stream *stream = digest_begin(DIGEST_SHA256);
    unsigned char digest[SHA256_SIZE];

    (void)state;
    digest_add(stream, bytes_of("a"));
    digest_add(stream, bytes_of(""));
    digest_add(stream, bytes_of("bc"));
    digest_end(stream, digest);
    assert_string_equal(hex_of(digest, sizeof(digest)), sha256_hex(arena, bytes_of("abc")));
}

static void gcm_gives_the_published_value(void **state)
{
    /* Test case 16 of the GCM specification. */
    struct bytes key =
        hex_decode(arena, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    struct bytes nonce = hex_decode(arena, "cafebabefacedbaddecaf888");
    struct bytes aad = hex_decode(arena, "feedfacedeadbeeffeedfacedeadbeefabaddad2");
    struct bytes plain =
        hex_decode(arena, "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                          "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    struct bytes sealed = aes_gcm_seal(arena, key, nonce, aad, plain);

    (void)state;
    assert_string_equal(hex_encode(arena, sealed),
                        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                        "76fc6ece0f4e1768cddf8853bb2d551b");
    assert_true(bytes_equal(aes_gcm_open(arena, key, nonce, aad, sealed), plain));
}

static void gcm_refuses_each_changed_byte_and_each_other_length(void **state)
{
    unsigned char key_data[32] = {7}, nonce_data[12] = {9}, changed[64];
    struct bytes key = {key_data, 32}, nonce = {nonce_data, 12}, aad = bytes_of("aad");
    struct bytes sealed = aes_gcm_seal(arena, key, nonce, aad, bytes_of("plain text"));

    (void)state;
    for (size_t i = 0; i < sealed.size; i++) {
        memcpy(changed, sealed.data, sealed.size);
        changed[i] ^= 1;
        assert_null(
            aes_gcm_open(arena, key, nonce, aad, (struct bytes){changed, sealed.size}).data);
    }
    for (size_t size = 0; size < sealed.size; size++)
        assert_null(aes_gcm_open(arena, key, nonce, aad, (struct bytes){sealed.data, size}).data);
    assert_null(aes_gcm_open(arena, key, nonce, bytes_of("AAD"), sealed).data);
    assert_null(aes_gcm_open(arena, key, nonce, bytes_of(""), sealed).data);
    assert_null(aes_gcm_open(arena, key, (struct bytes){nonce_data, 11}, aad, sealed).data);
    assert_non_null(aes_gcm_open(arena, key, nonce, aad, sealed).data);
}

static void an_empty_text_seals_and_opens(void **state)
{
    unsigned char key_data[32] = {7}, nonce_data[12] = {9};
    struct bytes key = {key_data, 32}, nonce = {nonce_data, 12};
    struct bytes sealed = aes_gcm_seal(arena, key, nonce, bytes_of(""), bytes_of(""));
    struct bytes opened = aes_gcm_open(arena, key, nonce, bytes_of(""), sealed);

    (void)state;
    assert_int_equal(sealed.size, 16);
    assert_non_null(opened.data);
    assert_int_equal(opened.size, 0);
}

static void cbc_opens_the_published_value_and_checks_its_padding(void **state)
{
    /* NIST SP 800-38A F.2.1, first block; its padding is that of the text "0123456789abcdef". */
    struct bytes key = hex_decode(arena, "2b7e151628aed2a6abf7158809cf4f3c");
    struct bytes iv = hex_decode(arena, "000102030405060708090a0b0c0d0e0f");
    struct bytes block = hex_decode(arena, "7649abac8119b246cee98e9b12e9197d");

    (void)state;
    assert_string_equal(hex_encode(arena, aes_cbc_open_blocks(arena, key, iv, block)),
                        "6bc1bee22e409f96e93d7e117393172a");
    assert_null(aes_cbc_open(arena, key, iv, block).data);
    assert_null(aes_cbc_open_blocks(arena, key, iv, (struct bytes){block.data, 15}).data);
    assert_null(aes_cbc_open_blocks(arena, key, iv, (struct bytes){block.data, 0}).data);
    assert_null(aes_cbc_open_blocks(arena, key, (struct bytes){iv.data, 8}, block).data);
}

static void a_signature_verifies_only_with_its_key_and_message(void **state)
{
    struct key *private_key = private_of(KEYS "wx_merchant.key.pem");
    struct key *own = public_of(KEYS "wx_merchant.cert.pem");
    struct key *other = public_of(KEYS "wx_pubkey.pub.pem");
    const char *signature = sign_rsa_sha256(arena, private_key, bytes_of("message"));

    (void)state;
    assert_true(verify_rsa_sha256(own, bytes_of("message"), signature));
    assert_true(verify_rsa_sha256(private_key, bytes_of("message"), signature));
    assert_false(verify_rsa_sha256(own, bytes_of("messagf"), signature));
    assert_false(verify_rsa_sha256(other, bytes_of("message"), signature));
    assert_false(verify_rsa_sha256(own, bytes_of("message"), ""));
    assert_false(verify_rsa_sha256(own, bytes_of("message"), NULL));
    assert_false(verify_rsa_sha256(own, bytes_of("message"), "WECHATPAY/SIGNTEST/abc"));
    assert_true(key_is_pair(private_key, own));
    assert_false(key_is_pair(private_key, other));
    assert_false(key_is_pair(own, own));
    assert_string_equal(key_fingerprint(arena, own), key_fingerprint(arena, private_key));
    assert_string_not_equal(key_fingerprint(arena, own), key_fingerprint(arena, other));
    assert_int_equal(key_bits(own), 2048);
    key_close(private_key);
    key_close(own);
    key_close(other);
}

static void each_changed_byte_of_a_signature_is_refused(void **state)
{
    struct key *key = private_of(KEYS "wx_merchant.key.pem");
    struct bytes good = base64_decode(arena, sign_rsa_sha256(arena, key, bytes_of("message")));
    unsigned char changed[256];

    (void)state;
    assert_int_equal(good.size, sizeof(changed));
    for (size_t i = 0; i < sizeof(changed); i++) {
        memcpy(changed, good.data, sizeof(changed));
        changed[i] ^= 0x10;
        assert_false(verify_rsa_sha256_raw(key, bytes_of("message"),
                                           (struct bytes){changed, sizeof(changed)}));
    }
    assert_false(verify_rsa_sha256_raw(key, bytes_of("message"), (struct bytes){good.data, 255}));
    assert_true(verify_rsa_sha256_raw(key, bytes_of("message"), good));
    key_close(key);
}

static void sm2_signatures_verify_and_are_not_taken_for_rsa(void **state)
{
    struct key *private_key = private_of(KEYS "wx_sm2.key.pem");
    struct key *public_key = public_of(KEYS "wx_sm2.pub.pem");
    struct key *rsa = public_of(KEYS "wx_pubkey.pub.pem");
    const char *signature = sign_sm2_sm3(arena, private_key, bytes_of("message"));

    (void)state;
    assert_true(verify_sm2_sm3(public_key, SM2_DEFAULT_ID, bytes_of("message"), signature));
    assert_true(verify_sm2_sm3(public_key, SM2_DEFAULT_ID, bytes_of("message"), signature));
    assert_false(verify_sm2_sm3(public_key, SM2_DEFAULT_ID, bytes_of("messagf"), signature));
    assert_false(verify_sm2_sm3(public_key, "", bytes_of("message"), signature));
    assert_false(verify_sm2_sm3(rsa, SM2_DEFAULT_ID, bytes_of("message"), signature));
    assert_false(verify_rsa_sha256(public_key, bytes_of("message"), signature));
    key_close(private_key);
    key_close(public_key);
    key_close(rsa);
}

static void what_is_sealed_to_a_key_opens_with_it_alone(void **state)
{
    struct key *private_key = private_of(KEYS "wx_pubkey.key.pem");
    struct key *public_key = public_of(KEYS "wx_pubkey.pub.pem");
    struct key *other = private_of(KEYS "wx_merchant.key.pem");
    const char *sealed = oaep_seal(arena, public_key, bytes_of("张三"));
    unsigned char long_text[215] = {1};

    (void)state;
    assert_true(bytes_equal(oaep_open(arena, private_key, sealed), bytes_of("张三")));
    assert_null(oaep_open(arena, other, sealed).data);
    assert_null(oaep_open(arena, private_key, "AAAA").data);
    assert_non_null(oaep_seal(arena, public_key, (struct bytes){long_text, 214}));
    assert_null(oaep_seal(arena, public_key, (struct bytes){long_text, 215}));
    key_close(private_key);
    key_close(public_key);
    key_close(other);
}

static void only_keys_of_the_right_kind_are_read(void **state)
{
    struct key *pkcs1 = private_of(KEYS "ali_app.pkcs1.pem");
    struct key *pkcs8 = private_of(KEYS "ali_app.key.pem");

    (void)state;
    assert_true(key_is_pair(pkcs1, pkcs8));
    assert_null(key_private(""));
    assert_null(key_private("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"));
    assert_null(key_private(file_text(KEYS "wx_pubkey.pub.pem")));
    assert_null(key_public(file_text(KEYS "wx_pubkey.key.pem")));
    assert_null(key_public("no key"));
    key_close(pkcs1);
    key_close(pkcs8);
    key_close(NULL);
}

static void keys_that_need_a_password_or_another_curve_are_refused(void **state)
{
    /* The key of RFC 8032, test 1, and something that claims to be encrypted. */
    static const char ed25519[] =
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
        "-----END PRIVATE KEY-----\n";
    static const char encrypted[] =
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
        "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
        "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
        "-----END RSA PRIVATE KEY-----\n";

    (void)state;
    assert_null(key_private(ed25519));
    assert_null(key_private(encrypted));
}

static void base64_goes_there_and_back_for_every_length(void **state)
{
    unsigned char data[66];

    (void)state;
    random_bytes(data, sizeof(data));
    for (size_t size = 0; size <= sizeof(data); size++) {
        const char *text = base64_encode(arena, (struct bytes){data, size});
        struct bytes back = base64_decode(arena, text);

        assert_int_equal(strlen(text), (size + 2) / 3 * 4);
        assert_non_null(back.data);
        assert_true(bytes_equal(back, (struct bytes){data, size}));
    }
    assert_string_equal(base64_encode(arena, bytes_of("foobar")), "Zm9vYmFy");
    assert_string_equal(base64_encode(arena, bytes_of("fo")), "Zm8=");
}

static void malformed_base64_is_refused(void **state)
{
    static const char *const bad[] = {"A",     "AA",   "AAA",      "AAAA=",   "AA=A",
                                      "A===",  "====", "=AAA",     " AAAA",   "AAAA\n",
                                      "AA AA", "AA-_", "AA==AA==", "AAA\xc3", "AAAA\r\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_null(base64_decode(arena, bad[i]).data);
    assert_null(base64_decode(arena, NULL).data);
    assert_non_null(base64_decode(arena, "").data);
}

static void base64_into_a_buffer_never_passes_its_end(void **state)
{
    unsigned char buffer[8];

    (void)state;
    memset(buffer, 0xee, sizeof(buffer));
    assert_int_equal(base64_decode_into("Zm9vYg==", buffer, 3), 0);
    assert_int_equal(base64_decode_into("Zm9vYg==", buffer, 4), 4);
    assert_memory_equal(buffer, "foob\xee\xee\xee\xee", 8);
    assert_int_equal(base64_decode_into("", buffer, 8), 0);
}

static void hex_goes_there_and_back_and_refuses_the_rest(void **state)
{
    static const char *const bad[] = {"0", "0g", "g0", "00 1", "0x00", "000"};

    (void)state;
    assert_string_equal(hex_encode(arena, hex_decode(arena, "00fFa9")), "00ffa9");
    assert_int_equal(hex_decode(arena, "").size, 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_null(hex_decode(arena, bad[i]).data);
    assert_null(hex_decode(arena, NULL).data);
}

static void random_text_has_the_asked_letters_and_uses_them_all(void **state)
{
    const char *text = random_text(arena, 5000);
    const char *letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    (void)state;
    assert_int_equal(strlen(text), 5000);
    assert_int_equal(strspn(text, letters), 5000);
    for (const char *letter = letters; *letter != '\0'; letter++)
        assert_non_null(strchr(text, *letter));
    assert_string_not_equal(random_text(arena, 32), random_text(arena, 32));
    assert_string_equal(random_text(arena, 0), "");
}

static void bytes_are_equal_only_when_all_of_them_are(void **state)
{
    (void)state;
    assert_true(bytes_equal(bytes_of("abc"), bytes_of("abc")));
    assert_false(bytes_equal(bytes_of("abc"), bytes_of("abd")));
    assert_false(bytes_equal(bytes_of("abc"), bytes_of("ab")));
    assert_true(bytes_equal(bytes_of(""), (struct bytes){NULL, 0}));
}

static void *sign_and_verify(void *key)
{
    struct arena *own = arena_open((size_t)1024 * 1024);
    bool good = true;

    for (int i = 0; i < 40; i++) {
        struct bytes message = bytes_of(arena_printf(own, "message %d", i));
        const char *signature = sign_rsa_sha256(own, key, message);

        good = good && verify_rsa_sha256(key, message, signature);
        good = good && !verify_rsa_sha256(key, bytes_of("other"), signature);
    }
    arena_close(own);
    return good ? key : NULL;
}

static void one_key_serves_several_threads(void **state)
{
    struct key *key = private_of(KEYS "wx_merchant.key.pem");
    pthread_t threads[4];
    void *result;

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_and_verify, key), 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, key);
    }
    key_close(key);
}

#define CRYPTO_TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(sha256_and_hmac_give_the_published_values),
        CRYPTO_TEST(sm3_and_sm4_give_the_published_values),
        CRYPTO_TEST(hmac_sm3_follows_its_definition),
        CRYPTO_TEST(hkdf_gives_the_published_value),
        CRYPTO_TEST(a_stream_gives_the_digest_of_the_whole),
        CRYPTO_TEST(gcm_gives_the_published_value),
        CRYPTO_TEST(gcm_refuses_each_changed_byte_and_each_other_length),
        CRYPTO_TEST(an_empty_text_seals_and_opens),
        CRYPTO_TEST(cbc_opens_the_published_value_and_checks_its_padding),
        CRYPTO_TEST(a_signature_verifies_only_with_its_key_and_message),
        CRYPTO_TEST(each_changed_byte_of_a_signature_is_refused),
        CRYPTO_TEST(sm2_signatures_verify_and_are_not_taken_for_rsa),
        CRYPTO_TEST(what_is_sealed_to_a_key_opens_with_it_alone),
        CRYPTO_TEST(only_keys_of_the_right_kind_are_read),
        CRYPTO_TEST(keys_that_need_a_password_or_another_curve_are_refused),
        CRYPTO_TEST(base64_goes_there_and_back_for_every_length),
        CRYPTO_TEST(malformed_base64_is_refused),
        CRYPTO_TEST(base64_into_a_buffer_never_passes_its_end),
        CRYPTO_TEST(hex_goes_there_and_back_and_refuses_the_rest),
        CRYPTO_TEST(random_text_has_the_asked_letters_and_uses_them_all),
        CRYPTO_TEST(bytes_are_equal_only_when_all_of_them_are),
        CRYPTO_TEST(one_key_serves_several_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
