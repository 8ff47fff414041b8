/*
 * What claims to come from UnionPay. byte 1 chooses:
 *   0  the rest is an answer as it came
 *   1  the rest is an answer's fields without certificate and signature, which are added
 *   2  the rest is a notice as it came
 *   3  the rest is a notice's fields without certificate and signature, which are added
 */

#include "fuzz/fuzz.h"

#include "core/http.h"
#include "payment/unionpay_answer.h"

static struct key *their_key;
static struct unionpay_gateway gateway;
static char certificate[8192];
static const struct instant now = {INT64_C(1767323100000)};

/* What is read of it is within its bounds. */
static void read_result(struct unionpay_fields fields)
{
    struct unionpay_result result;

    if (!unionpay_read_result(fields, &result))
        return;
    assert(strlen(result.code) == 2 && strlen(result.mer_id) == 15);
    assert(result.amount.fen == NONE ||
           (result.amount.fen > 0 && result.amount.fen <= INT64_C(999999999999)));
    assert(result.made_at.ms != NONE && result.done_at.ms != NONE);
    assert(unionpay_is_about(&result, result.mer_id, result.order_id, result.made_at));
}

/* Taken apart again, the signed text is the same fields: none is hidden in another. */
static void check_string(struct arena *arena, struct unionpay_fields fields)
{
    const char *string = unionpay_joined(arena, fields);
    struct unionpay_fields again;

    assert(unionpay_split_answer(arena, bytes_of(string), &again));
    assert(again.count == fields.count);
    for (size_t i = 0; i < fields.count; i++)
        assert(strcmp(unionpay_value(again, fields.items[i].name), fields.items[i].value) == 0);
}

static bool read_message(struct arena *arena, struct bytes body, bool is_notice)
{
    struct unionpay_fields fields;
    bool is_split = is_notice ? unionpay_split_notice(arena, body, &fields)
                              : unionpay_split_answer(arena, body, &fields);

    if (!is_split)
        return false;
    check_string(arena, fields);
    read_result(fields);
    return unionpay_verify(arena, &gateway, fields, now);
}

/* False only where the fields could not have been sent. */
static bool read_signed(struct arena *arena, struct bytes body, bool is_notice)
{
    const char *text = arena_text_of(arena, body.data, body.size);
    const char *pem = is_notice ? url_encode(arena, certificate) : certificate, *signature;
    struct unionpay_fields fields;

    text = arena_printf(arena, "%s&signPubKeyCert=%s", text, pem);
    if (!(is_notice ? unionpay_split_notice(arena, bytes_of(text), &fields)
                    : unionpay_split_answer(arena, bytes_of(text), &fields)) ||
        unionpay_value(fields, "signature") != NULL)
        return false;
    signature =
        sign_rsa_sha256(arena, their_key, unionpay_digest(arena, unionpay_joined(arena, fields)));
    return read_message(
        arena,
        bytes_of(arena_printf(arena, "%s&signature=%s", text,
                              is_notice ? url_encode(arena, signature) : signature)),
        is_notice);
}

/* What is well signed is believed: else all below would be refused before it was looked at. */
static void check_ways(void)
{
    struct arena *arena = arena_open(1 << 20);

    assert(read_signed(arena, bytes_of("version=5.1.0&signMethod=01&a={b&c}"), false));
    assert(read_signed(arena, bytes_of("version=5.1.0&signMethod=01&a=%7Bb%26c%7D"), true));
    arena_close(arena);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char root[8192];

    (void)argc;
    (void)argv;
    their_key = key_private(fuzz_key_file("up_sign.key.pem"));
    snprintf(certificate, sizeof(certificate), "%s", fuzz_key_file("up_sign.cert.pem"));
    snprintf(root, sizeof(root), "%s", fuzz_key_file("up_root.cert.pem"));
    gateway.trust = trust_open(root, fuzz_key_file("up_middle.cert.pem"));
    assert(their_key != NULL && gateway.trust != NULL);
    check_ways();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct arena *arena = arena_open(4 << 20);
    unsigned way = fuzz_byte(&input) % 4;
    struct bytes rest = fuzz_rest(&input);

    if (way % 2 == 0)
        read_message(arena, rest, way == 2);
    else
        read_signed(arena, rest, way == 3);
    arena_close(arena);
    return 0;
}
