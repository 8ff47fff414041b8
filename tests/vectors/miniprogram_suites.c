#include "vectors.h"

#include "identity/wechat_wire.h"

static json_t *verdict_with(const char *name, struct bytes opened)
{
    if (opened.data == NULL)
        return json_pack("{s:s}", "verdict", "reject");
    return json_pack("{s:s, s:o}", "verdict", "accept", name, json_of_bytes(opened));
}

static json_t *decrypt(const struct vector *vector)
{
    return verdict_with("plaintext",
                        wechat_open_user_data(vector->arena, in_text(vector, "appid"),
                                              in_text(vector, "session_key"), in_text(vector, "iv"),
                                              in_text(vector, "encrypted_data")));
}

static json_t *raw_data(const struct vector *vector)
{
    return json_pack("{s:s}", "signature",
                     wechat_raw_data_signature(vector->arena, in_text(vector, "rawData"),
                                               in_text(vector, "session_key")));
}

static json_t *face_hash(const struct vector *vector)
{
    return json_pack("{s:s}", "cert_hash",
                     wechat_face_hash(vector->arena, in_text(vector, "cert_type"),
                                      in_text(vector, "cert_name"), in_text(vector, "cert_no")));
}

static struct wechat_push push_of(const struct vector *vector)
{
    return (struct wechat_push){in_text(vector, "token"), in_text(vector, "encoding_aes_key"),
                                in_text(vector, "appid")};
}

static json_t *handshake(const struct vector *vector)
{
    struct wechat_push push = push_of(vector);

    return json_pack("{s:s}", "signature",
                     wechat_handshake_signature(vector->arena, &push, in_text(vector, "timestamp"),
                                                in_text(vector, "nonce")));
}

static json_t *push_message(const struct vector *vector)
{
    struct wechat_push push = push_of(vector);

    return verdict_with("message",
                        wechat_open_push(vector->arena, &push, in_text(vector, "timestamp"),
                                         in_text(vector, "nonce"), in_text(vector, "encrypt"),
                                         in_text(vector, "msg_signature")));
}

const struct vector_suite miniprogram_suites[] = {
    {"miniprogram-decrypt", decrypt, NULL},     {"miniprogram-rawdata", raw_data, NULL},
    {"miniprogram-face-hash", face_hash, NULL}, {"miniprogram-push-handshake", handshake, NULL},
    {"miniprogram-push", push_message, NULL},   {NULL, NULL, NULL},
};
