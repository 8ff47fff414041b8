#include "payment/wechatpay_envelope.h"

#include "core/certificate.h"
#include "core/json_read.h"
#include "payment/wechatpay_verify.h"

static struct wechatpay_resource resource_at(const struct json_t *resource, const char *prefix,
                                             struct arena *arena)
{
    return (struct wechatpay_resource){
        json_text_at(resource, arena_printf(arena, "%s.algorithm", prefix)),
        json_text_at(resource, arena_printf(arena, "%s.nonce", prefix)),
        json_text_at(resource, arena_printf(arena, "%s.associated_data", prefix)),
        json_text_at(resource, arena_printf(arena, "%s.ciphertext", prefix)),
    };
}

static bool is_text(const char *found, const char *wanted)
{
    return found != NULL && strcmp(found, wanted) == 0;
}

static enum wechatpay_kind kind_of(const char *event_type)
{
    static const char *const refunds[] = {"REFUND.SUCCESS", "REFUND.ABNORMAL", "REFUND.CLOSED"};

    if (is_text(event_type, "TRANSACTION.SUCCESS"))
        return WECHATPAY_PAID;
    for (size_t i = 0; i < sizeof(refunds) / sizeof(refunds[0]); i++)
        if (is_text(event_type, refunds[i]))
            return WECHATPAY_REFUND;
    return WECHATPAY_OTHER;
}

/* A refund names the merchant only. */
static bool is_ours(struct arena *arena, const struct wechatpay_merchant *merchant,
                    const struct wechatpay_notice *notice)
{
    const struct json_t *object = read_json(arena, notice->plain);

    if (object == NULL || !is_text(json_text_at(object, "mchid"), merchant->mchid))
        return false;
    return notice->kind == WECHATPAY_REFUND ||
           is_text(json_text_at(object, "appid"), merchant->appid);
}

enum wechatpay_verdict wechatpay_read_notice(struct arena *arena,
                                             const struct wechatpay_merchant *merchant,
                                             const struct wechatpay_signed *received,
                                             struct instant now, struct wechatpay_notice *notice)
{
    enum wechatpay_verdict verdict = wechatpay_verify(arena, merchant, received, now);
    const struct json_t *envelope;
    struct wechatpay_resource resource;

    *notice = (struct wechatpay_notice){.kind = WECHATPAY_OTHER};
    if (verdict != WECHATPAY_GENUINE)
        return verdict;
    envelope = read_json(arena, received->body);
    if (envelope == NULL || json_text_at(envelope, "event_type") == NULL)
        return WECHATPAY_REFUSED;
    notice->id = json_text_at(envelope, "id");
    notice->event_type = json_text_at(envelope, "event_type");
    notice->kind = kind_of(notice->event_type);
    if (notice->kind == WECHATPAY_OTHER)
        return WECHATPAY_GENUINE;
    resource = resource_at(envelope, "resource", arena);
    if (!is_text(resource.algorithm, WECHATPAY_CIPHER))
        notice->foreign_cipher = resource.algorithm;
    notice->plain = wechatpay_open(arena, merchant, &resource);
    if (notice->id == NULL || notice->plain.data == NULL || !is_ours(arena, merchant, notice))
        return WECHATPAY_REFUSED;
    return WECHATPAY_GENUINE;
}

static void close_certificate(void *certificate)
{
    certificate_close(certificate);
}

/* Decrypts item `index` and checks that it is the certificate it is called. */
static bool take_certificate(struct arena *arena, const struct wechatpay_merchant *merchant,
                             const struct json_t *item, struct wechatpay_certificates *certificates)
{
    struct wechatpay_resource resource = resource_at(item, "encrypt_certificate", arena);
    struct bytes pem = wechatpay_open(arena, merchant, &resource);
    struct certificate *certificate =
        pem.data != NULL ? certificate_read((const char *)pem.data) : NULL;
    size_t at = certificates->count;

    if (certificate == NULL)
        return false;
    arena_defer(arena, close_certificate, certificate);
    certificates->items[at].serial = certificate_serial_hex(arena, certificate);
    certificates->items[at].pem = (const char *)pem.data;
    certificates->items[at].ends_at = certificate_ends_at(certificate);
    certificates->count++;
    return is_text(json_text_at(item, "serial_no"), certificates->items[at].serial);
}

static bool take_certificates(struct arena *arena, const struct wechatpay_merchant *merchant,
                              struct bytes body, struct wechatpay_certificates *certificates)
{
    const struct json_t *list = read_json(arena, body), *item;
    size_t i = 0;

    if (list == NULL)
        return false;
    for (; (item = json_item_at(list, "data", i)) != NULL; i++) {
        if (i == WECHATPAY_CERTIFICATES_MAX ||
            !take_certificate(arena, merchant, item, certificates)) {
            certificates->refused_item = (int64_t)i;
            return false;
        }
    }
    return i > 0;
}

static void close_key(void *key)
{
    key_close(key);
}

/* From the table, or else from the list itself: decryption proved that its sender knows our key. */
static const struct key *list_key(struct arena *arena, const struct wechatpay_merchant *merchant,
                                  const struct wechatpay_certificates *certificates,
                                  const char *serial)
{
    const struct key *known = serial != NULL ? wechatpay_key_of(merchant, serial) : NULL;
    struct key *key;

    for (size_t i = 0; known == NULL && serial != NULL && i < certificates->count; i++) {
        if (!is_text(serial, certificates->items[i].serial))
            continue;
        key = key_public(certificates->items[i].pem);
        if (key != NULL)
            arena_defer(arena, close_key, key);
        known = key;
    }
    return known;
}

static bool says_none(struct arena *arena, int64_t http_status, struct bytes body)
{
    const struct json_t *answer = http_status == 404 ? read_json(arena, body) : NULL;
    const char *code = answer != NULL ? json_text_at(answer, "code") : NULL;

    return is_text(code, "RESOURCE_NOT_EXISTS") || is_text(code, "NOT_FOUND");
}

enum wechatpay_verdict
wechatpay_read_certificates(struct arena *arena, const struct wechatpay_merchant *merchant,
                            int64_t http_status, const struct wechatpay_signed *received,
                            struct instant now, struct wechatpay_certificates *certificates)
{
    *certificates = (struct wechatpay_certificates){.refused_item = -1};
    if (says_none(arena, http_status, received->body))
        return WECHATPAY_NO_CERTIFICATES;
    if (http_status != 200 || !take_certificates(arena, merchant, received->body, certificates))
        return WECHATPAY_REFUSED;
    return wechatpay_verify_with(arena, list_key(arena, merchant, certificates, received->serial),
                                 received, now);
}
