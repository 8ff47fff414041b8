/* Statements in codes to scan. tests/support/statement.json holds a key and what the npm package
   jose made with it; interop/statement_test.mjs holds jose to the same file. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "casework/statement.h"
#include "core/clock.h"
#include "core/crypto_paper.h"
#include "core/json_read.h"

static struct arena *arena;
static const struct json_t *made; /* by jose */
static const struct statement_keys *keys;

static int open_all(void **state)
{
    FILE *file = fopen(SUPPORT_DIR "/statement.json", "r");
    char *text;
    size_t size;

    (void)state;
    arena = arena_open((size_t)1024 * 1024);
    text = arena_alloc(arena, 8192);
    if (file == NULL)
        return -1;
    size = fread(text, 1, 8191, file);
    fclose(file);
    made = read_json(arena, (struct bytes){(unsigned char *)text, size});
    keys = statement_keys_open(arena, json_text_at(made, "private_key"), NULL);
    return made == NULL || keys == NULL;
}

static int close_all(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

static struct paper_statement pass(void)
{
    return (struct paper_statement){.iss = json_text_at(made, "claims.iss"),
                                    .kind = "road.pass",
                                    .no = "4403007000000120",
                                    .sub = "*三 粤B1**45",
                                    .from = day_of(2026, 12, 1),
                                    .to = day_of(2026, 12, 31),
                                    .iat = {json_number_at(made, "claims.iat") * SECOND_MS + 999}};
}

static bool is_taken(const char *scanned)
{
    struct paper_statement read;

    return statement_verify(arena, keys, scanned, &read);
}

static void ours_are_those_of_jose_byte_for_byte(void **state)
{
    struct paper_statement statement = pass();

    (void)state;
    assert_string_equal(statement_sign(arena, keys, &statement), json_text_at(made, "token"));
}

static void what_jose_signed_is_read(void **state)
{
    struct paper_statement read, expected = pass();

    (void)state;
    assert_true(statement_verify(arena, keys, json_text_at(made, "token"), &read));
    assert_string_equal(read.iss, expected.iss);
    assert_string_equal(read.kind, expected.kind);
    assert_string_equal(read.no, expected.no);
    assert_string_equal(read.sub, expected.sub);
    assert_int_equal(read.from.number, expected.from.number);
    assert_int_equal(read.to.number, expected.to.number);
    assert_int_equal(read.iat.ms, expected.iat.ms - 999);
}

static void an_address_may_stand_before_it(void **state)
{
    const char *token = json_text_at(made, "token");

    (void)state;
    assert_true(is_taken(statement_address(arena, "https://tongban.example/v", token)));
    assert_false(is_taken(arena_printf(arena, "https://tongban.example/v%s", token)));
}

static void without_an_end_it_holds_for_ever(void **state)
{
    struct paper_statement statement = pass(), read;

    (void)state;
    statement.to = (struct day){NONE};
    assert_true(statement_verify(arena, keys, statement_sign(arena, keys, &statement), &read));
    assert_int_equal(read.to.number, NONE);
}

static void any_changed_letter_is_refused(void **state)
{
    const char *token = json_text_at(made, "token");

    (void)state;
    for (size_t i = 0; token[i] != '\0'; i++) {
        char *changed = arena_text(arena, token);

        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        if (is_taken(changed))
            fail_msg("letter %zu was changed unseen", i);
    }
}

/* Of a signature of 64 bytes the last letter has four bits that say nothing. */
static void another_spelling_of_the_same_signature_is_refused(void **state)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *token = json_text_at(made, "token");
    size_t end = strlen(token) - 1;

    (void)state;
    for (size_t i = 0; i < 64; i++) {
        char *other = arena_text(arena, token);

        other[end] = letters[i];
        assert_int_equal(is_taken(other), letters[i] == token[end]);
    }
    assert_false(is_taken(arena_printf(arena, "%s=", token)));
    assert_false(is_taken(arena_printf(arena, "%s==", token)));
    assert_false(is_taken(arena_printf(arena, "%s\n", token)));
    assert_false(is_taken(arena_printf(arena, " %s", token)));
}

/* The same claims under another header, signed by our own key where that is possible. */
static const char *under(const char *header, const char *signature)
{
    const char *token = json_text_at(made, "token");
    const char *claims = strchr(token, '.') + 1;

    return arena_printf(arena, "%s.%.*s.%s", base64url_encode(arena, bytes_of(header)),
                        (int)(strrchr(token, '.') - claims), claims, signature);
}

static const char *signed_under(const char *header)
{
    struct key *key = key_private_ed25519(json_text_at(made, "private_key"));
    const char *text = under(header, "");
    unsigned char signature[ED25519_SIGNATURE_SIZE];

    sign_ed25519(key, (struct bytes){(const unsigned char *)text, strlen(text) - 1}, signature);
    key_close(key);
    return under(header, base64url_encode(arena, (struct bytes){signature, sizeof(signature)}));
}

static void nothing_in_a_header_chooses_how_it_is_verified(void **state)
{
    const char *kid = json_text_at(made, "jwk.kid"), *x = json_text_at(made, "jwk.x");
    const char *hs256 = arena_printf(arena, "{\"alg\":\"HS256\",\"kid\":\"%s\"}", kid);
    const char *signing_input = under(hs256, "");
    struct bytes public_key = base64url_decode(arena, x, strlen(x));
    unsigned char mac[SHA256_SIZE];

    (void)state;
    hmac_sha256(public_key,
                (struct bytes){(const unsigned char *)signing_input, strlen(signing_input) - 1},
                mac);
    assert_false(is_taken(under(hs256, base64url_encode(arena, (struct bytes){mac, sizeof(mac)}))));
    assert_false(
        is_taken(under(arena_printf(arena, "{\"alg\":\"none\",\"kid\":\"%s\"}", kid), "")));
    assert_true(
        is_taken(signed_under(arena_printf(arena, "{\"alg\":\"EdDSA\",\"kid\":\"%s\"}", kid))));
    assert_false(is_taken(signed_under("{\"alg\":\"EdDSA\",\"kid\":\"AAAAAAAA\"}")));
    assert_false(is_taken(signed_under("{\"alg\":\"EdDSA\"}")));
    assert_false(is_taken(signed_under(
        arena_printf(arena, "{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"jwk\":{\"x\":\"%s\"}}", kid, x))));
    assert_false(is_taken(signed_under(
        arena_printf(arena, "{\"alg\":\"EdDSA\",\"kid\":\"%s\",\"crit\":[\"exp\"]}", kid))));
}

static void what_is_no_statement_is_refused(void **state)
{
    const char *token = json_text_at(made, "token");
    char *long_text = arena_alloc(arena, 100001);

    (void)state;
    memset(long_text, 'A', 100000);
    assert_false(is_taken(""));
    assert_false(is_taken("."));
    assert_false(is_taken(".."));
    assert_false(is_taken("#"));
    assert_false(is_taken("a.b.c.d"));
    assert_false(is_taken(arena_printf(arena, "%s.%s", token, token)));
    assert_false(is_taken(long_text));
    assert_false(is_taken(arena_printf(arena, "%s#%s", long_text, token)));
}

static void another_key_is_not_ours_until_it_is_listed(void **state)
{
    static const char other[] = "-----BEGIN PRIVATE KEY-----\n"
                                "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n"
                                "-----END PRIVATE KEY-----\n";
    const struct statement_keys *theirs = statement_keys_open(arena, other, NULL), *both;
    struct paper_statement statement = pass();
    const char *token = statement_sign(arena, theirs, &statement);

    (void)state;
    assert_false(is_taken(token));
    both = statement_keys_open(arena, other, json_text_at(made, "jwk.x"));
    assert_true(statement_verify(arena, both, token, &statement));
    assert_true(statement_verify(arena, both, json_text_at(made, "token"), &statement));
}

static void keys_of_other_kinds_are_refused(void **state)
{
    (void)state;
    assert_null(statement_keys_open(arena, "", NULL));
    assert_null(statement_keys_open(arena, "-----BEGIN PRIVATE KEY-----\nAAAA\n", NULL));
    assert_null(statement_keys_open(arena, json_text_at(made, "private_key"), "abc\n"));
}

static void public_keys_are_told_as_jwk_set(void **state)
{
    const char *expected =
        arena_printf(arena,
                     "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\",\"kid\":\"%s\","
                     "\"alg\":\"EdDSA\",\"use\":\"sig\"}]}",
                     json_text_at(made, "jwk.x"), json_text_at(made, "jwk.kid"));

    (void)state;
    assert_string_equal(statement_jwks(arena, keys), expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ours_are_those_of_jose_byte_for_byte),
        cmocka_unit_test(what_jose_signed_is_read),
        cmocka_unit_test(an_address_may_stand_before_it),
        cmocka_unit_test(without_an_end_it_holds_for_ever),
        cmocka_unit_test(any_changed_letter_is_refused),
        cmocka_unit_test(another_spelling_of_the_same_signature_is_refused),
        cmocka_unit_test(nothing_in_a_header_chooses_how_it_is_verified),
        cmocka_unit_test(what_is_no_statement_is_refused),
        cmocka_unit_test(another_key_is_not_ours_until_it_is_listed),
        cmocka_unit_test(keys_of_other_kinds_are_refused),
        cmocka_unit_test(public_keys_are_told_as_jwk_set),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
