/*
 * What Alipay's gateway.do puts around every method: parameters signed and sent, the signed part of
 * the answer found and verified. Identity signs citizens in over it, payment trades over it. Pure:
 * nothing here sends, stores or asks for the time.
 */
#ifndef CASEWORK_ALIPAY_GATEWAY_H
#define CASEWORK_ALIPAY_GATEWAY_H

#include "core/crypto.h"

struct alipay_app {
    const char *app_id;
    const struct key *private_key; /* ours */
    const struct key *gateway_key; /* Alipay's public key, not that of our application */
    const char *app_cert_sn;       /* certificate mode; NULL in key mode */
    const char *root_cert_sn;
};

struct alipay_param {
    const char *name;
    const char *value;
};
struct alipay_params {
    const struct alipay_param *items;
    size_t count;
};

/* --- What we send --------------------------------------------------------------------------- */

struct alipay_call {
    const char *method;      /* "alipay.trade.query" */
    const char *biz_content; /* JSON text; NULL: the method takes top-level parameters */
    const char *notify_url;  /* NULL: none */
    struct alipay_params more;
    struct instant now;
};

/* The body of the POST to gateway.do?charset=utf-8; NULL when signing failed. */
const char *alipay_form(struct arena *arena, const struct alipay_app *app,
                        const struct alipay_call *call);

/* Its steps. name=value, sorted by name and joined with "&", not encoded: all of them, or those
   that are signed (not `sign`, not the empty ones). */
const char *alipay_joined(struct arena *arena, struct alipay_params params);
const char *alipay_string(struct arena *arena, struct alipay_params params);
const char *alipay_signed_form(struct arena *arena, const struct key *private_key,
                               struct alipay_params params);

/* "2026-01-02 11:04:05", Beijing time, as in requests and notices. */
const char *alipay_time(struct arena *arena, struct instant at);
bool alipay_time_read(const char *text, struct instant *at);

/* --- What comes back ------------------------------------------------------------------------ */

enum alipay_verdict {
    ALIPAY_GENUINE,
    ALIPAY_UNSIGNED_ERROR, /* error_response without a signature: the outcome is unknown */
    ALIPAY_REFUSED,
};

struct alipay_answer {
    struct bytes node; /* raw bytes of the method's node, or of error_response; for input_from_json.
                          An encrypted one is the text with its quotes */
    bool is_error;     /* it is error_response */
    const char *cert_sn; /* certificate mode: which of their certificates signed; else NULL */
};

enum alipay_verdict alipay_read_answer(struct arena *arena, const struct alipay_app *app,
                                       const char *method, struct bytes body,
                                       struct alipay_answer *answer);

/* The envelope taken apart, nothing verified; for tests of the scanner. */
struct alipay_envelope {
    struct bytes node;
    const char *sign; /* NULL: none */
    const char *cert_sn;
    bool is_error;
};
bool alipay_split(struct arena *arena, const char *method, struct bytes body,
                  struct alipay_envelope *envelope);

/* What a mini program was given for us (a phone number): verified, then decrypted with the
   application's AES key, base64. NULL data when it is not genuine. `segment`, if wanted, is what
   was signed. */
struct bytes alipay_open_content(struct arena *arena, const struct alipay_app *app,
                                 const char *aes_key, struct bytes content, struct bytes *segment);

/* --- Certificate mode ----------------------------------------------------------------------- */

/* Of the first certificate; NULL if there is none. */
const char *alipay_cert_sn(struct arena *arena, const char *pem);
/* Of those of a bundle that were signed with RSA, joined by "_". */
const char *alipay_root_cert_sn(struct arena *arena, const char *pem_bundle);

#endif
