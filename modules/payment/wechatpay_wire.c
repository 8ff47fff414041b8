#include "payment/wechatpay_wire.h"

#include "core/clock.h"
#include "core/crypto_gateway.h"
#include "payment/wechatpay_verify.h"

#define SCHEME_RSA "WECHATPAY2-SHA256-RSA2048"
#define SCHEME_SM2 "WECHATPAY2-SM2-WITH-SM3"
#define PROBE "WECHATPAY/SIGNTEST/"
#define CLOCK_SKEW_S 300
#define TIMESTAMP_DIGITS_MAX 12
#define APIV3_KEY_SIZE 32
#define NONCE_SIZE 12

const char *wechatpay_target(struct arena *arena, const char *url)
{
    const char *host = strstr(url, "://");
    const char *path = strchr(host != NULL ? host + 3 : url, '/');

    if (path == NULL)
        return "/";
    return arena_text_of(arena, path, strcspn(path, "#"));
}

const char *wechatpay_message(struct arena *arena, const struct wechatpay_call *call)
{
    return arena_printf(arena, "%s\n%s\n%lld\n%s\n%s\n", call->method, call->target,
                        (long long)(call->now.ms / SECOND_MS), call->nonce, call->body);
}

const char *wechatpay_authorization(struct arena *arena, const struct wechatpay_merchant *merchant,
                                    const struct wechatpay_call *call)
{
    const char *message = wechatpay_message(arena, call);
    const char *signature = sign_rsa_sha256(arena, merchant->private_key, bytes_of(message));

    if (signature == NULL)
        return NULL;
    return arena_printf(arena,
                        SCHEME_RSA " mchid=\"%s\",nonce_str=\"%s\",signature=\"%s\","
                                   "timestamp=\"%lld\",serial_no=\"%s\"",
                        merchant->mchid, call->nonce, signature,
                        (long long)(call->now.ms / SECOND_MS), merchant->serial);
}

const char *const *wechatpay_headers(struct arena *arena, const struct wechatpay_merchant *merchant,
                                     const struct wechatpay_call *call)
{
    const char **lines = arena_alloc(arena, 6 * sizeof(*lines));
    const char *authorization = wechatpay_authorization(arena, merchant, call);
    size_t count = 0;

    if (authorization == NULL)
        return NULL;
    lines[count++] = arena_printf(arena, "Authorization: %s", authorization);
    lines[count++] = "Accept: application/json";
    lines[count++] = "User-Agent: tongban"; /* without one they refuse */
    lines[count++] = arena_printf(arena, "Wechatpay-Serial: %s", merchant->wanted_serial);
    if (call->body[0] != '\0')
        lines[count++] = "Content-Type: application/json";
    return lines;
}

const struct key *wechatpay_key_of(const struct wechatpay_merchant *merchant, const char *serial)
{
    for (size_t i = 0; i < merchant->key_count; i++)
        if (strcmp(merchant->keys[i].serial, serial) == 0)
            return merchant->keys[i].key;
    return NULL;
}

struct bytes wechatpay_received_message(struct arena *arena,
                                        const struct wechatpay_signed *received)
{
    const char *head = arena_printf(arena, "%s\n%s\n", received->timestamp, received->nonce);
    size_t head_size = strlen(head), size = head_size + received->body.size + 1;
    unsigned char *message = arena_alloc(arena, size);

    memcpy(message, head, head_size);
    if (received->body.size > 0)
        memcpy(message + head_size, received->body.data, received->body.size);
    message[size - 1] = '\n';
    return (struct bytes){message, size};
}

static bool is_present(const char *header)
{
    return header != NULL && header[0] != '\0';
}

static bool is_in_time(const char *timestamp, struct instant now)
{
    int64_t seconds = 0, difference;
    size_t digits = strspn(timestamp, "0123456789");

    if (timestamp[digits] != '\0' || digits > TIMESTAMP_DIGITS_MAX)
        return false;
    for (; *timestamp != '\0'; timestamp++)
        seconds = seconds * 10 + (*timestamp - '0');
    difference = now.ms / SECOND_MS - seconds;
    return difference > -CLOCK_SKEW_S && difference < CLOCK_SKEW_S;
}

static bool is_signed_by(struct arena *arena, const struct key *key,
                         const struct wechatpay_signed *received)
{
    struct bytes message = wechatpay_received_message(arena, received);
    const char *type = received->signature_type;

    if (!is_present(type) || strcmp(type, SCHEME_RSA) == 0)
        return verify_rsa_sha256(key, message, received->signature);
    return strcmp(type, SCHEME_SM2) == 0 &&
           verify_sm2_sm3(key, SM2_DEFAULT_ID, message, received->signature);
}

/* Everything but the key. */
static enum wechatpay_verdict check_headers(const struct wechatpay_signed *received,
                                            struct instant now)
{
    if (!is_present(received->timestamp) || !is_present(received->nonce) ||
        !is_present(received->serial) || !is_present(received->signature))
        return WECHATPAY_REFUSED;
    if (!is_in_time(received->timestamp, now))
        return WECHATPAY_REFUSED;
    if (strncmp(received->signature, PROBE, sizeof(PROBE) - 1) == 0)
        return WECHATPAY_PROBE;
    return WECHATPAY_GENUINE;
}

enum wechatpay_verdict wechatpay_verify_with(struct arena *arena, const struct key *key,
                                             const struct wechatpay_signed *received,
                                             struct instant now)
{
    enum wechatpay_verdict verdict = check_headers(received, now);

    if (verdict != WECHATPAY_GENUINE)
        return verdict;
    if (key == NULL)
        return WECHATPAY_UNKNOWN_SERIAL;
    return is_signed_by(arena, key, received) ? WECHATPAY_GENUINE : WECHATPAY_REFUSED;
}

enum wechatpay_verdict wechatpay_verify(struct arena *arena,
                                        const struct wechatpay_merchant *merchant,
                                        const struct wechatpay_signed *received, struct instant now)
{
    const struct key *key =
        received->serial != NULL ? wechatpay_key_of(merchant, received->serial) : NULL;

    return wechatpay_verify_with(arena, key, received, now);
}

struct bytes wechatpay_open(struct arena *arena, const struct wechatpay_merchant *merchant,
                            const struct wechatpay_resource *resource)
{
    const char *aad = resource->associated_data != NULL ? resource->associated_data : "";
    const struct bytes nothing = {NULL, 0};

    if (merchant->apiv3_key.size != APIV3_KEY_SIZE || resource->algorithm == NULL ||
        strcmp(resource->algorithm, WECHATPAY_CIPHER) != 0)
        return nothing;
    if (resource->nonce == NULL || strlen(resource->nonce) != NONCE_SIZE)
        return nothing;
    return aes_gcm_open(arena, merchant->apiv3_key, bytes_of(resource->nonce), bytes_of(aad),
                        base64_decode(arena, resource->ciphertext));
}
