/*
 * WeChat Pay APIv3 as bytes: what to send, what to believe of what comes back. Nothing here sends,
 * stores or asks for the time.
 *
 * Their keys are one table, serial -> key, with platform certificates and public keys mixed as they
 * come: WeChat Pay moves a merchant from one kind to the other within days, callbacks of both kinds
 * side by side, and may go back.
 */
#ifndef PAYMENT_WECHATPAY_WIRE_H
#define PAYMENT_WECHATPAY_WIRE_H

#include "core/crypto.h"

struct wechatpay_key {
    const char *serial; /* of a platform certificate in upper-case hex, or PUB_KEY_ID_... */
    const struct key *key;
};

struct wechatpay_merchant {
    const char *mchid;
    const char *appid;
    const char *serial; /* of our API certificate */
    const struct key *private_key;
    struct bytes apiv3_key; /* 32 bytes */
    const struct wechatpay_key *keys;
    size_t key_count;
    const char *wanted_serial; /* which of their keys shall sign answers; a setting of its own */
};

/* --- What we send --------------------------------------------------------------------------- */

struct wechatpay_call {
    const char *method;
    const char *target; /* path and query exactly as on the wire */
    const char *body;   /* "" for none; the very bytes that are sent */
    struct instant now;
    const char *nonce; /* random_text(arena, 32) */
};

/* Path and query of a URL, as they are signed. */
const char *wechatpay_target(struct arena *arena, const char *url);
/* The text that is signed. */
const char *wechatpay_message(struct arena *arena, const struct wechatpay_call *call);
/* "WECHATPAY2-SHA256-RSA2048 mchid=..."; NULL when signing failed. */
const char *wechatpay_authorization(struct arena *arena, const struct wechatpay_merchant *merchant,
                                    const struct wechatpay_call *call);
/* NULL-ended header lines for http_call, Authorization among them; NULL when signing failed. */
const char *const *wechatpay_headers(struct arena *arena, const struct wechatpay_merchant *merchant,
                                     const struct wechatpay_call *call);

/* --- What comes back ------------------------------------------------------------------------ */

/* Headers exactly as received, NULL for an absent one, and the raw body. */
struct wechatpay_signed {
    const char *timestamp;
    const char *nonce;
    const char *serial;
    const char *signature;
    const char *signature_type; /* Wechatpay-Signature-Type; absent means RSA */
    struct bytes body;
};

enum wechatpay_verdict {
    WECHATPAY_GENUINE,
    WECHATPAY_PROBE,           /* a wrong signature on purpose: a callback is answered 4xx */
    WECHATPAY_UNKNOWN_SERIAL,  /* perhaps a new key of theirs; not believed either */
    WECHATPAY_NO_CERTIFICATES, /* wechatpay_read_certificates: this merchant has public keys only */
    WECHATPAY_REFUSED,
};

/* Of an answer or a callback. Only GENUINE may be read; of an error answer (not 2xx) no more may be
   believed than that this call failed. */
enum wechatpay_verdict wechatpay_verify(struct arena *arena,
                                        const struct wechatpay_merchant *merchant,
                                        const struct wechatpay_signed *received,
                                        struct instant now);

struct wechatpay_resource {
    const char *algorithm;
    const char *nonce;
    const char *associated_data; /* NULL: empty */
    const char *ciphertext;
};

/* The cipher of the resources that open. AEAD_SM4_GCM, which they use beside SM2, is in no library
   that Debian 12 has. */
#define WECHATPAY_CIPHER "AEAD_AES_256_GCM"

/* The text inside, a zero byte behind it; NULL data when it does not open. */
struct bytes wechatpay_open(struct arena *arena, const struct wechatpay_merchant *merchant,
                            const struct wechatpay_resource *resource);

/* The text whose signature answers and callbacks carry. */
struct bytes wechatpay_received_message(struct arena *arena,
                                        const struct wechatpay_signed *received);
/* Of the merchant's table; NULL for an unknown serial. */
const struct key *wechatpay_key_of(const struct wechatpay_merchant *merchant, const char *serial);

#endif
