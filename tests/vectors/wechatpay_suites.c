#include "vectors.h"

#include <strings.h>

#include "core/crypto_gateway.h"
#include "payment/wechatpay_envelope.h"
#include "payment/wechatpay_order.h"

#define TRUST_MAX 16

/* A merchant with the keys that the suite trusts. */
struct trusting {
    struct wechatpay_merchant merchant;
    struct wechatpay_key keys[TRUST_MAX];
};

static struct trusting *trusting(const struct vector *vector)
{
    const json_t *trust = json_object_get(vector->suite, "trust"), *one;
    const json_t *own = json_object_get(vector->in, "own");
    struct trusting *trusting = arena_alloc(vector->arena, sizeof(*trusting));
    size_t i;

    json_array_foreach(trust, i, one)
    {
        const char *path = text_or_null(one, "cert");

        if (i == TRUST_MAX)
            break;
        path = path != NULL ? path : text_or_null(one, "public_key");
        trusting->keys[i] =
            (struct wechatpay_key){text_or_null(one, "serial"), file_public_key(vector, path)};
    }
    trusting->merchant = (struct wechatpay_merchant){
        .mchid = text_or_null(own, "mchid"),
        .appid = text_or_null(own, "appid"),
        .apiv3_key = in_bytes(vector, "apiv3_key"),
        .keys = trusting->keys,
        .key_count = i,
    };
    return trusting;
}

static const char *header(const struct vector *vector, const char *wanted)
{
    json_t *headers = json_object_get(vector->in, "headers"), *value;
    const char *name;

    json_object_foreach(headers, name,
                        value) if (strcasecmp(name, wanted) == 0) return json_string_value(value);
    return NULL;
}

static struct wechatpay_signed received(const struct vector *vector)
{
    return (struct wechatpay_signed){
        .timestamp = header(vector, "Wechatpay-Timestamp"),
        .nonce = header(vector, "Wechatpay-Nonce"),
        .serial = header(vector, "Wechatpay-Serial"),
        .signature = header(vector, "Wechatpay-Signature"),
        .signature_type = header(vector, "Wechatpay-Signature-Type"),
        .body = in_bytes(vector, "body"),
    };
}

/* The parameters inside may stand in any order: the same text once they are sorted by letters. */
static int by_letter(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *sorted_parameters(struct arena *arena, const char *authorization)
{
    const char *parts[16];
    size_t count = 0;
    const char *at = strchr(authorization, ' '), *joined;

    joined = at == NULL ? authorization
                        : arena_text_of(arena, authorization, (size_t)(at - authorization));
    while (at != NULL && count < 16) {
        size_t size = strcspn(at + 1, ",");

        parts[count++] = arena_text_of(arena, at + 1, size);
        at = at[1 + size] == ',' ? at + 1 + size : NULL;
    }
    qsort(parts, count, sizeof(parts[0]), by_letter);
    for (size_t i = 0; i < count; i++)
        joined = arena_printf(arena, "%s|%s", joined, parts[i]);
    return joined;
}

static json_t *request_sign(const struct vector *vector)
{
    struct arena *arena = vector->arena;
    const char *wanted = text_or_null(vector->out, "authorization");
    struct wechatpay_merchant merchant = {
        .mchid = in_text(vector, "mchid"),
        .serial = in_text(vector, "serial_no"),
        .private_key = suite_private_key(vector, "merchant_private"),
    };
    struct wechatpay_call call = {
        .method = in_text(vector, "method"),
        .target = wechatpay_target(arena, in_text(vector, "url")),
        .body = in_text(vector, "body"),
        .now = in_instant(vector, "timestamp"),
        .nonce = in_text(vector, "nonce_str"),
    };
    const char *message = wechatpay_message(arena, &call);
    const char *made = wechatpay_authorization(arena, &merchant, &call);
    bool is_same = wanted != NULL && made != NULL &&
                   strcmp(sorted_parameters(arena, wanted), sorted_parameters(arena, made)) == 0;

    return json_pack("{s:s, s:s, s:o, s:o}", "request_target", call.target, "message", message,
                     "signature",
                     json_of_text(sign_rsa_sha256(arena, merchant.private_key, bytes_of(message))),
                     "authorization", json_of_text(is_same ? wanted : made));
}

static json_t *response_verify(const struct vector *vector)
{
    struct wechatpay_merchant *merchant = &trusting(vector)->merchant;
    struct wechatpay_signed answer = received(vector);
    const struct key *key =
        answer.serial != NULL ? wechatpay_key_of(merchant, answer.serial) : NULL;
    bool fits = key != NULL && answer.timestamp != NULL && answer.nonce != NULL &&
                verify_rsa_sha256(key, wechatpay_received_message(vector->arena, &answer),
                                  answer.signature);
    enum wechatpay_verdict verdict =
        wechatpay_verify(vector->arena, merchant, &answer, in_instant(vector, "now"));

    return json_pack("{s:s, s:b}", "verdict", verdict == WECHATPAY_GENUINE ? "accept" : "reject",
                     "signature_valid", fits);
}

static json_t *resource_decrypt(const struct vector *vector)
{
    const json_t *resource = json_object_get(vector->in, "resource");
    struct wechatpay_merchant merchant = {.apiv3_key = in_bytes(vector, "apiv3_key")};
    struct wechatpay_resource sealed = {
        text_or_null(resource, "algorithm"), text_or_null(resource, "nonce"),
        text_or_null(resource, "associated_data"), text_or_null(resource, "ciphertext")};
    struct bytes plain = wechatpay_open(vector->arena, &merchant, &sealed);

    if (plain.data == NULL)
        return json_pack("{s:b}", "ok", false);
    return json_pack("{s:b, s:o, s:s}", "ok", true, "plaintext", json_of_bytes(plain),
                     "plaintext_sha256", sha256_hex(vector->arena, plain));
}

/* The codes that the suite allows: a list, or a range when it is a pair that ends in 599. */
static json_t *reply_status(const struct vector *vector, int status)
{
    json_t *allowed = json_object_get(vector->out, "reply_status"), *one;
    json_int_t low = json_integer_value(json_array_get(allowed, 0));
    json_int_t high = json_integer_value(json_array_get(allowed, 1));
    bool fits = json_array_size(allowed) == 2 && high == 599 && status >= low && status <= high;
    size_t i;

    json_array_foreach(allowed, i, one) fits = fits || json_integer_value(one) == status;
    return fits ? json_incref(allowed) : json_integer(status);
}

static json_t *notify(const struct vector *vector)
{
    struct wechatpay_signed callback = received(vector);
    struct wechatpay_notice notice;
    enum wechatpay_verdict verdict = wechatpay_read_notice(
        vector->arena, &trusting(vector)->merchant, &callback, in_instant(vector, "now"), &notice);
    json_t *made = json_object();

    if (verdict != WECHATPAY_GENUINE) {
        json_object_set_new(made, "verdict", json_string("reject"));
        json_object_set_new(made, "reply_status", reply_status(vector, 401));
        return made;
    }
    json_object_set_new(made, "verdict",
                        json_string(notice.kind == WECHATPAY_OTHER ? "ignore" : "accept"));
    json_object_set_new(made, "reply_status", reply_status(vector, 204));
    if (notice.plain.data != NULL)
        json_object_set_new(
            made, "decrypted",
            json_loadb((const char *)notice.plain.data, notice.plain.size, 0, NULL));
    return made;
}

static json_t *listed(const struct vector *vector, const struct wechatpay_certificates *list)
{
    json_t *serials = json_array(), *digests = json_array();

    for (size_t i = 0; i < list->count; i++) {
        json_array_append_new(serials, json_string(list->items[i].serial));
        json_array_append_new(digests,
                              json_string(sha256_hex(vector->arena, bytes_of(list->items[i].pem))));
    }
    return json_pack("{s:s, s:o, s:o}", "verdict", "accept", "serials", serials, "pem_sha256",
                     digests);
}

static json_t *certificates(const struct vector *vector)
{
    struct trusting *known = trusting(vector);
    struct wechatpay_signed answer = received(vector);
    struct wechatpay_certificates list;
    enum wechatpay_verdict verdict;

    /* The suite begins without any: the list proves itself. */
    known->merchant.key_count = 0;
    verdict =
        wechatpay_read_certificates(vector->arena, &known->merchant,
                                    json_integer_value(json_object_get(vector->in, "http_status")),
                                    &answer, in_instant(vector, "now"), &list);
    if (verdict == WECHATPAY_GENUINE)
        return listed(vector, &list);
    if (verdict == WECHATPAY_NO_CERTIFICATES)
        return json_pack("{s:s}", "verdict", "no-certificates");
    if (list.refused_item >= 0)
        return json_pack("{s:s, s:I}", "verdict", "reject-item", "index",
                         (json_int_t)list.refused_item);
    return json_pack("{s:s}", "verdict", "reject");
}

static json_t *pay_sign(const struct vector *vector)
{
    struct arena *arena = vector->arena;
    struct wechatpay_merchant merchant = {
        .appid = in_text(vector, "appId"),
        .private_key = suite_private_key(vector, "merchant_private"),
    };
    struct instant at = {strtoll(in_text(vector, "timeStamp"), NULL, 10) * 1000};
    const char *package = in_text(vector, "package");
    struct wechatpay_pay_params params;
    const char *message;

    if (strncmp(package, "prepay_id=", 10) != 0 ||
        !wechatpay_pay_params(arena, &merchant, package + 10, at, in_text(vector, "nonceStr"),
                              &params))
        return json_object();
    message = wechatpay_pay_message(arena, &merchant, &params);
    return json_pack("{s:s, s:s, s:s}", "message", message, "paySign", params.pay_sign, "signType",
                     "RSA");
}

static json_t *oaep(const struct vector *vector)
{
    struct bytes plain = oaep_open(vector->arena, suite_private_key(vector, "private"),
                                   in_text(vector, "ciphertext"));
    const char *again = plain.data != NULL
                            ? oaep_seal(vector->arena, suite_public_key(vector, "public"), plain)
                            : NULL;
    struct bytes back = oaep_open(vector->arena, suite_private_key(vector, "private"), again);

    /* Sealing is randomised: it is shown by opening again. */
    return json_pack("{s:o}", "plaintext",
                     bytes_equal(plain, back) ? json_of_bytes(plain) : json_null());
}

static json_t *sm2(const struct vector *vector)
{
    return json_pack("{s:b}", "valid",
                     verify_sm2_sm3(suite_public_key(vector, "public"), in_text(vector, "user_id"),
                                    in_bytes(vector, "message"), in_text(vector, "signature")));
}

const struct vector_suite wechatpay_suites[] = {
    {"wechatpay-v3-request-sign", request_sign, NULL},
    {"wechatpay-v3-response-verify", response_verify, NULL},
    {"wechatpay-v3-resource-decrypt", resource_decrypt, NULL},
    {"wechatpay-v3-certificates", certificates, NULL},
    {"wechatpay-notify", notify, NULL},
    {"wechatpay-paysign", pay_sign, NULL},
    {"wechatpay-oaep", oaep, NULL},
    {"wechatpay-sm2", sm2, NULL},
    {NULL, NULL, NULL},
};
