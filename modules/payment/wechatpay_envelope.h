/*
 * What WeChat Pay wraps into an envelope: callbacks, and the list of its certificates. Pure, like
 * wechatpay_wire.h.
 */
#ifndef PAYMENT_WECHATPAY_ENVELOPE_H
#define PAYMENT_WECHATPAY_ENVELOPE_H

#include "payment/wechatpay_wire.h"

enum wechatpay_kind { WECHATPAY_PAID, WECHATPAY_REFUND, WECHATPAY_OTHER };

struct wechatpay_notice {
    enum wechatpay_kind kind; /* OTHER: well signed, not needed; acknowledge it */
    const char *id;           /* the notice's; repeated sends may share it */
    const char *event_type;
    const char *foreign_cipher; /* named by a genuine one that is refused for it; else NULL */
    struct bytes plain;         /* the transaction or refund object, JSON; NULL data for OTHER */
};

/* A whole callback: signature, envelope, decryption, and that merchant and application are ours. */
enum wechatpay_verdict wechatpay_read_notice(struct arena *arena,
                                             const struct wechatpay_merchant *merchant,
                                             const struct wechatpay_signed *received,
                                             struct instant now, struct wechatpay_notice *notice);

#define WECHATPAY_CERTIFICATES_MAX 16

struct wechatpay_certificates {
    size_t count;
    struct {
        const char *serial;
        const char *pem; /* key_public() reads it */
        struct instant ends_at;
    } items[WECHATPAY_CERTIFICATES_MAX];
    int64_t refused_item; /* which one does not open or has another serial; -1 for none */
};

/* The answer to GET /v3/certificates. Taken whole or not at all; on the very first download the
   signing certificate is one of those inside. */
enum wechatpay_verdict
wechatpay_read_certificates(struct arena *arena, const struct wechatpay_merchant *merchant,
                            int64_t http_status, const struct wechatpay_signed *received,
                            struct instant now, struct wechatpay_certificates *certificates);

#endif
