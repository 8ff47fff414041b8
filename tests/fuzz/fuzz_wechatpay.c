/*
 * What claims to come from WeChat Pay. byte 1 chooses:
 *   0  lines timestamp, nonce, serial, signature, type, then the body: as a stranger would send it
 *   1  the rest is a notice's body, well signed
 *   2  the rest is what a notice holds sealed: encrypted and signed like theirs
 *   3  the rest is the answer with their certificates, well signed
 *   4  the rest is one certificate inside such an answer
 */

#include "fuzz/fuzz.h"

#include "payment/wechatpay_envelope.h"
#include "payment/wechatpay_order.h"

#define SERIAL "PUB_KEY_ID_0119000001092026010100000000001"
#define NONCE "0123456789ab"

static const struct instant now = {INT64_C(1767323050000)};
static struct key *their_key;
static struct wechatpay_key keys[1];
static struct wechatpay_merchant merchant;

static struct wechatpay_signed strangers(struct arena *arena, struct fuzz_input *input)
{
    struct wechatpay_signed received = {.timestamp = fuzz_line(arena, input)};

    received.nonce = fuzz_line(arena, input);
    received.serial = fuzz_line(arena, input);
    received.signature = fuzz_line(arena, input);
    received.signature_type = fuzz_line(arena, input);
    received.body = fuzz_rest(input);
    return received;
}

static struct wechatpay_signed signed_by_them(struct arena *arena, struct bytes body)
{
    struct wechatpay_signed received = {
        .timestamp = "1767323050", .nonce = "c5ac7061", .serial = SERIAL, .body = body};

    received.signature =
        sign_rsa_sha256(arena, their_key, wechatpay_received_message(arena, &received));
    return received;
}

static const char *sealed(struct arena *arena, struct bytes plain)
{
    return base64_encode(
        arena, aes_gcm_seal(arena, merchant.apiv3_key, bytes_of(NONCE), bytes_of("what"), plain));
}

static bool read_notice(struct arena *arena, struct wechatpay_signed received, struct bytes plain)
{
    struct wechatpay_notice notice;
    enum wechatpay_verdict verdict =
        wechatpay_read_notice(arena, &merchant, &received, now, &notice);

    if (verdict != WECHATPAY_GENUINE || notice.kind == WECHATPAY_OTHER)
        return false;
    assert(notice.id != NULL && notice.plain.data != NULL);
    assert(notice.plain.data[notice.plain.size] == '\0');
    if (plain.data != NULL)
        assert(bytes_equal(notice.plain, plain));
    return true;
}

static bool read_sealed(struct arena *arena, struct bytes plain)
{
    const char *body = arena_printf(
        arena,
        "{\"id\":\"1\",\"event_type\":\"%s\",\"resource\":{\"algorithm\":\"AEAD_AES_256_GCM\","
        "\"nonce\":\"" NONCE "\",\"associated_data\":\"what\",\"ciphertext\":\"%s\"}}",
        plain.size % 2 ? "TRANSACTION.SUCCESS" : "REFUND.SUCCESS", sealed(arena, plain));

    return read_notice(arena, signed_by_them(arena, bytes_of(body)), plain);
}

static bool read_certificates(struct arena *arena, struct bytes body)
{
    struct wechatpay_signed received = signed_by_them(arena, body);
    struct wechatpay_certificates certificates;

    (void)wechatpay_read_certificates(arena, &merchant, 404, &received, now, &certificates);
    if (wechatpay_read_certificates(arena, &merchant, 200, &received, now, &certificates) !=
        WECHATPAY_GENUINE)
        return false;
    assert(certificates.count > 0);
    return true;
}

static bool read_certificate(struct arena *arena, struct bytes pem)
{
    const char *body = arena_printf(
        arena,
        "{\"data\":[{\"serial_no\":\"5157F09EFDC096DE15EBE81A47057A7232F1B8E1\","
        "\"encrypt_certificate\":{\"algorithm\":\"AEAD_AES_256_GCM\",\"nonce\":\"" NONCE "\","
        "\"associated_data\":\"what\",\"ciphertext\":\"%s\"}}]}",
        sealed(arena, pem));

    return read_certificates(arena, bytes_of(body));
}

/* What is well signed is believed: else all below would be refused before it was looked at. */
static void check_ways(void)
{
    static const char payment[] = "{\"mchid\":\"1900000109\",\"appid\":\"wxd678efh567hg6787\"}";
    struct arena *arena = arena_open(1 << 20);

    assert(read_sealed(arena, bytes_of(payment)));
    assert(read_certificate(arena, bytes_of(fuzz_key_file("wx_platform_a.cert.pem"))));
    arena_close(arena);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    their_key = key_private(fuzz_key_file("wx_pubkey.key.pem"));
    keys[0] = (struct wechatpay_key){SERIAL, key_public(fuzz_key_file("wx_pubkey.pub.pem"))};
    merchant = (struct wechatpay_merchant){
        .mchid = "1900000109",
        .appid = "wxd678efh567hg6787",
        .apiv3_key = bytes_of("0123456789abcdef0123456789abcdef"),
        .keys = keys,
        .key_count = 1,
        .wanted_serial = SERIAL,
    };
    assert(their_key != NULL && keys[0].key != NULL);
    check_ways();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct arena *arena = arena_open(4 << 20);
    unsigned way = fuzz_byte(&input) % 5;

    if (way == 0)
        read_notice(arena, strangers(arena, &input), (struct bytes){NULL, 0});
    else if (way == 1)
        read_notice(arena, signed_by_them(arena, fuzz_rest(&input)), (struct bytes){NULL, 0});
    else if (way == 2)
        read_sealed(arena, fuzz_rest(&input));
    else if (way == 3)
        read_certificates(arena, fuzz_rest(&input));
    else
        read_certificate(arena, fuzz_rest(&input));
    arena_close(arena);
    return 0;
}
