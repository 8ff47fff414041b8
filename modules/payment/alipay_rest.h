/*
 * Alipay's REST style ("OpenAPI V3"): another dress for the same methods, with a signature in the
 * headers. Pure; the platform calls gateway.do, this is for methods that exist in this style only.
 */
#ifndef PAYMENT_ALIPAY_REST_H
#define PAYMENT_ALIPAY_REST_H

#include "casework/alipay_gateway.h"

struct alipay_rest_call {
    const char *auth; /* "app_id=A,nonce=N,timestamp=MILLISECONDS", of alipay_rest_auth */
    const char *method;
    const char *target;         /* path and query exactly as on the wire */
    const char *body;           /* "" for none */
    const char *app_auth_token; /* NULL: none */
};

const char *alipay_rest_auth(struct arena *arena, const struct alipay_app *app, struct instant now,
                             const char *nonce);
/* The text that is signed. */
const char *alipay_rest_string(struct arena *arena, const struct alipay_rest_call *call);
/* "ALIPAY-SHA256withRSA ...,sign=..."; NULL when signing failed. */
const char *alipay_rest_authorization(struct arena *arena, const struct alipay_app *app,
                                      const struct alipay_rest_call *call);

/* Headers of an answer as received, NULL for an absent one, and the raw body. */
struct alipay_rest_signed {
    const char *timestamp;
    const char *nonce;
    const char *signature;
    const char *serial; /* alipay-sn: certificate mode */
    struct bytes body;
};

struct bytes alipay_rest_received(struct arena *arena, const struct alipay_rest_signed *received);
bool alipay_rest_verify(struct arena *arena, const struct alipay_app *app,
                        const struct alipay_rest_signed *received);

#endif
