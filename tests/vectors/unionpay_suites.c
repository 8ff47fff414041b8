#include "vectors.h"

#include "core/clock.h"
#include "payment/unionpay_answer.h"

static void drop_certificate(void *certificate)
{
    certificate_close(certificate);
}

static struct certificate *certificate_of(const struct vector *vector, const char *pem)
{
    struct certificate *certificate = pem != NULL ? certificate_read(pem) : NULL;

    if (certificate != NULL)
        arena_defer(vector->arena, drop_certificate, certificate);
    return certificate;
}

static void drop_key(void *key)
{
    key_close(key);
}

/* The suite names the merchant's PKCS#12; the same key and certificate stand beside it as PEM. */
static json_t *request_sign(const struct vector *vector)
{
    json_t *object = json_object_get(vector->in, "params"), *value;
    struct unionpay_field *items =
        arena_alloc(vector->arena, (json_object_size(object) + 1) * sizeof(*items));
    struct unionpay_fields fields = {items, 0}, signed_fields;
    const struct certificate *certificate =
        certificate_of(vector, vector_file(vector, "keys/up_merchant.cert.pem"));
    struct unionpay_merchant merchant = {
        .private_key = key_private(vector_file(vector, "keys/up_merchant.key.pem"))};
    const char *name, *string;

    arena_defer(vector->arena, drop_key, (void *)(uintptr_t)merchant.private_key);
    json_object_foreach(object, name, value) items[fields.count++] =
        (struct unionpay_field){name, json_string_value(value)};
    string = unionpay_string(vector->arena, fields);
    signed_fields = unionpay_signed(vector->arena, &merchant, fields);
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "certId",
                     json_of_text(certificate_serial_decimal(vector->arena, certificate)), "string",
                     json_of_text(string), "digest_hex",
                     json_of_bytes(unionpay_digest(vector->arena, string)), "signature",
                     json_of_text(unionpay_value(signed_fields, "signature")), "body",
                     json_of_text(unionpay_body(vector->arena, signed_fields)));
}

static void drop_trust(void *trust)
{
    trust_close(trust);
}

static struct unionpay_gateway gateway_of(const struct vector *vector)
{
    const json_t *trust = json_object_get(vector->suite, "trust");
    struct trust *opened = trust_open(vector_file(vector, text_or_null(trust, "root")),
                                      vector_file(vector, text_or_null(trust, "middle")));

    arena_defer(vector->arena, drop_trust, opened);
    return (struct unionpay_gateway){opened, strcmp(in_text(vector, "environment"), "test") == 0};
}

static bool split(const struct vector *vector, struct unionpay_fields *fields)
{
    struct bytes body = in_bytes(vector, "body");

    return strcmp(in_text(vector, "kind"), "notify") == 0
               ? unionpay_split_notice(vector->arena, body, fields)
               : unionpay_split_answer(vector->arena, body, fields);
}

/* The suite lists what takes part in the signature. */
static json_t *object_of(struct unionpay_fields fields)
{
    json_t *object = json_object();

    for (size_t i = 0; i < fields.count; i++)
        json_object_set_new(object, fields.items[i].name, json_of_text(fields.items[i].value));
    return object;
}

/* As received, save the signature. */
static const char *string_of(const struct vector *vector, struct unionpay_fields fields)
{
    struct unionpay_field *kept = arena_alloc(vector->arena, (fields.count + 1) * sizeof(*kept));
    size_t count = 0;

    for (size_t i = 0; i < fields.count; i++)
        if (strcmp(fields.items[i].name, "signature") != 0)
            kept[count++] = fields.items[i];
    return unionpay_joined(vector->arena, (struct unionpay_fields){kept, count});
}

static json_t *verify(const struct vector *vector)
{
    struct unionpay_gateway gateway = gateway_of(vector);
    struct unionpay_fields fields;
    bool is_genuine = split(vector, &fields) &&
                      unionpay_verify(vector->arena, &gateway, fields, in_instant(vector, "now"));

    return json_pack("{s:s, s:o, s:o}", "verdict", is_genuine ? "accept" : "reject", "fields",
                     object_of(fields), "string", json_of_text(string_of(vector, fields)));
}

/* "2025-07-31T01:19:16+00:00" */
static const char *moment(const struct vector *vector, struct instant at)
{
    return arena_printf(vector->arena, "%.19s+00:00", instant_to_text(vector->arena, at));
}

/* Out of date, and its chain is not there: only parsing and the signature. */
static json_t *real_response(const struct vector *vector)
{
    struct unionpay_fields fields;
    struct unionpay_result result;
    const struct certificate *certificate;
    const char *string;
    struct key *key;

    if (!split(vector, &fields) || !unionpay_read_result(fields, &result))
        return json_object();
    certificate = certificate_of(vector, unionpay_value(fields, "signPubKeyCert"));
    if (certificate == NULL)
        return json_object();
    key = certificate_key(certificate);
    arena_defer(vector->arena, drop_key, key);
    string = unionpay_signed_string(vector->arena, fields, key);
    return json_pack("{s:b, s:o, s:o, s:s, s:o, s:s}", "signature_valid", string != NULL, "string",
                     json_of_text(string), "digest_hex",
                     string != NULL ? json_of_bytes(unionpay_digest(vector->arena, string))
                                    : json_null(),
                     "respCode", result.code, "signer_cn",
                     json_of_text(certificate_common_name(vector->arena, certificate)), "not_after",
                     moment(vector, certificate_ends_at(certificate)));
}

const struct vector_suite unionpay_suites[] = {
    {"unionpay-sign", request_sign, NULL},
    {"unionpay-verify", verify, NULL},
    {"unionpay-real-response", real_response, NULL},
    {NULL, NULL, NULL},
};
