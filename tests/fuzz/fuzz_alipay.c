/*
 * What claims to come from Alipay. byte 1 chooses:
 *   0  the rest is an answer as it came
 *   1  the rest is the node of an answer, well signed
 *   2  the rest is a notice as it came
 *   3  the rest is a notice's parameters without its signature, which is added
 *   4  the rest is what a mini program was given, as it came
 *   5  the rest is certificates in PEM
 */

#include "fuzz/fuzz.h"

#include "core/http.h"
#include "payment/alipay_wire.h"

static struct key *their_key;
static struct alipay_merchant merchant = {
    .app = {.app_id = "2021000000000001"},
    .seller_id = "2088000000000001",
};

static bool read_answer(struct arena *arena, struct bytes body, struct bytes node)
{
    struct alipay_answer answer;

    if (alipay_read_answer(arena, &merchant.app, "alipay.trade.query", body, &answer) !=
        ALIPAY_GENUINE)
        return false;
    assert(answer.node.data != NULL);
    if (node.data != NULL)
        assert(bytes_equal(answer.node, node)); /* what is read is what was signed */
    return true;
}

static bool read_signed_answer(struct arena *arena, struct bytes node)
{
    static const char head[] = "{\"alipay_trade_query_response\":";
    const char *tail =
        arena_printf(arena, ",\"sign\":\"%s\"}", sign_rsa_sha256(arena, their_key, node));
    size_t size = strlen(head) + node.size + strlen(tail);
    unsigned char *body = arena_alloc(arena, size + 1);

    memcpy(body, head, strlen(head));
    if (node.size > 0)
        memcpy(body + strlen(head), node.data, node.size);
    memcpy(body + strlen(head) + node.size, tail, strlen(tail));
    return read_answer(arena, (struct bytes){body, size}, node);
}

static bool read_notice(struct arena *arena, struct bytes form)
{
    struct alipay_notice notice;

    if (alipay_read_notice(arena, &merchant, form, &notice) != ALIPAY_GENUINE)
        return false;
    assert(notice.string != NULL);
    assert(strcmp(alipay_notice_text(&notice, "app_id"), merchant.app.app_id) == 0);
    return true;
}

static bool read_signed_notice(struct arena *arena, struct bytes form)
{
    struct alipay_params params;
    const char *sign, *text;

    if (!alipay_notice_split(arena, form, &params))
        return false;
    sign = sign_rsa_sha256(arena, their_key, bytes_of(alipay_string(arena, params)));
    text = arena_printf(arena, "%s&sign_type=RSA2&sign=%s",
                        arena_text_of(arena, form.data, form.size), url_encode(arena, sign));
    return read_notice(arena, bytes_of(text));
}

/* What is well signed is believed: else all below would be refused before it was looked at. */
static void check_ways(void)
{
    struct arena *arena = arena_open(1 << 20);

    assert(read_signed_answer(arena, bytes_of("{\"code\":\"10000\"}")));
    assert(read_signed_notice(
        arena, bytes_of("app_id=2021000000000001&seller_id=2088000000000001&notify_id=1")));
    arena_close(arena);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    their_key = key_private(fuzz_key_file("ali_gateway.key.pem"));
    merchant.app.gateway_key = key_public(fuzz_key_file("ali_gateway.pub.pem"));
    assert(their_key != NULL && merchant.app.gateway_key != NULL);
    check_ways();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct arena *arena = arena_open(4 << 20);
    unsigned way = fuzz_byte(&input) % 6;
    struct bytes rest = fuzz_rest(&input);
    const char *text = arena_text_of(arena, rest.data, rest.size);

    if (way == 0)
        read_answer(arena, rest, (struct bytes){NULL, 0});
    else if (way == 1)
        read_signed_answer(arena, rest);
    else if (way == 2)
        read_notice(arena, rest);
    else if (way == 3)
        read_signed_notice(arena, rest);
    else if (way == 4)
        (void)alipay_open_content(arena, &merchant.app, "AAAAAAAAAAAAAAAAAAAAAA==", rest, NULL);
    else if (alipay_root_cert_sn(arena, text) != NULL)
        assert(alipay_cert_sn(arena, text) != NULL);
    arena_close(arena);
    return 0;
}
