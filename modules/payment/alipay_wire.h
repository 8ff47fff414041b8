/*
 * Alipay's trades as bytes, over casework/alipay_gateway.h: what the methods take, and what to
 * believe of a notice. Pure.
 */
#ifndef PAYMENT_ALIPAY_WIRE_H
#define PAYMENT_ALIPAY_WIRE_H

#include "casework/alipay_gateway.h"

struct alipay_merchant {
    struct alipay_app app;
    const char *op_app_id; /* the mini program that payers are in */
    const char *seller_id; /* NULL: not checked */
    const char *roots_pem; /* certificate mode: where Alipay's certificates have to come from */
};

/* --- biz_content of the methods ------------------------------------------------------------- */

struct alipay_order {
    const char *out_trade_no;
    const char *subject;       /* any text; what is beyond 256 bytes is left out */
    const char *buyer_id;      /* 2088...; or else ... */
    const char *buyer_open_id; /* ... the id that new applications get */
    struct fen total;
    struct instant expire_at; /* NONE: not said */
};

struct alipay_refund {
    const char *out_trade_no;
    const char *out_request_no; /* the same for every try */
    const char *reason;         /* NULL: not said */
    struct fen amount;
};

/* alipay.trade.create, with product_code JSAPI_PAY */
const char *alipay_create_content(struct arena *arena, const struct alipay_merchant *merchant,
                                  const struct alipay_order *order);
/* alipay.trade.precreate: a code that whoever scans it pays; no buyer */
const char *alipay_precreate_content(struct arena *arena, const struct alipay_order *order);
/* alipay.trade.query and alipay.trade.close */
const char *alipay_trade_content(struct arena *arena, const char *out_trade_no);
/* alipay.trade.refund */
const char *alipay_refund_content(struct arena *arena, const struct alipay_refund *refund);
/* alipay.trade.fastpay.refund.query */
const char *alipay_refund_query_content(struct arena *arena, const char *out_trade_no,
                                        const char *out_request_no);

/* --- Asynchronous notices ------------------------------------------------------------------- */

#define ALIPAY_NOTICE_PARAMS_MAX 64

struct alipay_notice {
    struct alipay_params params; /* decoded once, as received, sign and sign_type included */
    const char *string;          /* the text whose signature fits; NULL if none does */
};

/* Signature over all parameters that came (with and without the empty ones and sign_type: senders
   differ; so they do about alipay_cert_sn, in certificate mode), and that application and seller
   are ours. Whether order and amount fit is the caller's to compare. */
enum alipay_verdict alipay_read_notice(struct arena *arena, const struct alipay_merchant *merchant,
                                       struct bytes form, struct alipay_notice *notice);
/* Yuan that moved, of a notice or an answer: more than nothing, at most the hundred million that
   they take in one trade; *amount untouched when false. */
bool alipay_amount(const char *text, struct fen *amount);
/* NULL when absent. */
const char *alipay_notice_text(const struct alipay_notice *notice, const char *name);

/* One of the four texts that a sender may have signed. */
const char *alipay_notice_string(struct arena *arena, struct alipay_params params,
                                 bool with_sign_type, bool with_empty);
/* Taken apart, nothing verified; false when malformed or with a parameter twice. */
bool alipay_notice_split(struct arena *arena, struct bytes form, struct alipay_params *params);

#endif
