#include "identity/wechat_wire.h"

#include "core/crypto_gateway.h"
#include "core/json_read.h"

#define SESSION_KEY_SIZE 16
#define PUSH_KEY_SIZE 32
#define PUSH_RANDOM 16 /* in front of the message, then four bytes of length */
#define PUSH_HEAD (PUSH_RANDOM + 4)
#define PUSH_PAD_MAX 32

static const struct bytes nothing = {NULL, 0};

const char *wechat_face_hash(struct arena *arena, const char *cert_type, const char *name,
                             const char *number)
{
    return sha256_hex(arena, bytes_of(arena_printf(arena, "cert_type=%s&cert_name=%s&cert_no=%s",
                                                   base64_encode(arena, bytes_of(cert_type)),
                                                   base64_encode(arena, bytes_of(name)),
                                                   base64_encode(arena, bytes_of(number)))));
}

const char *wechat_raw_data_signature(struct arena *arena, const char *raw_data,
                                      const char *session_key)
{
    return digest_hex(arena, DIGEST_SHA1,
                      bytes_of(arena_printf(arena, "%s%s", raw_data, session_key)));
}

struct bytes wechat_open_user_data(struct arena *arena, const char *appid, const char *session_key,
                                   const char *iv, const char *encrypted)
{
    struct bytes key = base64_decode(arena, session_key), plain;
    const struct json_t *data;
    const char *made_for;

    if (key.size != SESSION_KEY_SIZE)
        return nothing;
    plain = aes_cbc_open(arena, key, base64_decode(arena, iv), base64_decode(arena, encrypted));
    data = read_json(arena, plain);
    made_for = data != NULL ? json_text_at(data, "watermark.appid") : NULL;
    return made_for != NULL && strcmp(made_for, appid) == 0 ? plain : nothing;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *sorted_digest(struct arena *arena, const char *parts[], size_t count)
{
    const char *joined = "";

    qsort(parts, count, sizeof(*parts), by_bytes);
    for (size_t i = 0; i < count; i++)
        joined = arena_printf(arena, "%s%s", joined, parts[i]);
    return digest_hex(arena, DIGEST_SHA1, bytes_of(joined));
}

const char *wechat_handshake_signature(struct arena *arena, const struct wechat_push *push,
                                       const char *timestamp, const char *nonce)
{
    const char *parts[] = {push->token, timestamp, nonce};

    return sorted_digest(arena, parts, 3);
}

/* Takes random bytes, length, application and padding (in blocks of 32) off. */
static struct bytes unwrap(struct bytes plain, const char *appid)
{
    size_t pad = plain.size > 0 ? plain.data[plain.size - 1] : 0;
    struct bytes rest;
    size_t size;

    if (pad < 1 || pad > PUSH_PAD_MAX || plain.size < PUSH_HEAD + pad)
        return nothing;
    for (size_t i = plain.size - pad; i < plain.size; i++)
        if (plain.data[i] != pad)
            return nothing;
    size = (size_t)plain.data[PUSH_RANDOM] << 24 | (size_t)plain.data[PUSH_RANDOM + 1] << 16 |
           (size_t)plain.data[PUSH_RANDOM + 2] << 8 | (size_t)plain.data[PUSH_RANDOM + 3];
    rest = (struct bytes){plain.data + PUSH_HEAD, plain.size - PUSH_HEAD - pad};
    if (size > rest.size)
        return nothing;
    if (!bytes_equal((struct bytes){rest.data + size, rest.size - size}, bytes_of(appid)))
        return nothing;
    return (struct bytes){rest.data, size};
}

struct bytes wechat_open_push(struct arena *arena, const struct wechat_push *push,
                              const char *timestamp, const char *nonce, const char *encrypt,
                              const char *msg_signature)
{
    const char *parts[] = {push->token, timestamp, nonce, encrypt};
    struct bytes key = base64_decode(arena, arena_printf(arena, "%s=", push->encoding_aes_key));

    if (key.size != PUSH_KEY_SIZE ||
        !bytes_equal(bytes_of(sorted_digest(arena, parts, 4)), bytes_of(msg_signature)))
        return nothing;
    return unwrap(aes_cbc_open_blocks(arena, key, (struct bytes){key.data, 16},
                                      base64_decode(arena, encrypt)),
                  push->appid);
}
