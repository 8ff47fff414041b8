/*
 * What Alipay's gateway.do puts around every method: parameters signed and sent, the signed part of
 * the answer found and verified. Identity signs citizens in over it, payment trades over it. Pure:
 * nothing here sends, stores or asks for the time.
 */
#ifndef CASEWORK_ALIPAY_GATEWAY_H
#define CASEWORK_ALIPAY_GATEWAY_H

#include "core/crypto.h"

/* A certificate of Alipay's that is believed. */
struct alipay_signer {
    const char *serial; /* as alipay_cert_sn names it */
    const struct key *key;
};

struct alipay_app {
    const char *app_id;
    const struct key *private_key; /* ours */
    const struct key *gateway_key; /* key mode: Alipay's public key, not that of our application */
    const char *app_cert_sn;       /* certificate mode, with the rest; NULL in key mode */
    const char *root_cert_sn;
    const struct alipay_signer *signers;
    size_t signer_count;
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
    ALIPAY_UNKNOWN_SERIAL, /* signed by a certificate that is not among those we believe (yet) */
    ALIPAY_REFUSED,
};

/* The key of the certificate of that serial; in key mode the key, whatever is named. NULL when it is
   not known, or when certificate mode is on and none is named. */
const struct key *alipay_key_of(const struct alipay_app *app, const char *cert_sn);
/* Whether it is Alipay's signature: by the certificate of that serial, or, when it names none, by
   any; in key mode by the key, whatever is named. Never ALIPAY_UNSIGNED_ERROR. */
enum alipay_verdict alipay_verify(const struct alipay_app *app, const char *cert_sn,
                                  struct bytes message, const char *sign);

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

struct certificate;

const char *alipay_serial(struct arena *arena, const struct certificate *certificate);
/* Of the first certificate; NULL if there is none. */
const char *alipay_cert_sn(struct arena *arena, const char *pem);
/* Of those of a bundle that were signed with RSA, joined by "_"; NULL if there is none. */
const char *alipay_root_cert_sn(struct arena *arena, const char *pem_bundle);
/* Whether the first certificate of the text leads to one of these roots, by way of the others that
   come with it, and all are valid at that moment. */
bool alipay_is_rooted(const char *roots_pem, const char *pem, struct instant at);

#endif
