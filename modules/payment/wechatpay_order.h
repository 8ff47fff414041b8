/*
 * What WeChat Pay is asked for and what its answers are worth: targets and bodies of the calls, and
 * the parameters with which a mini program opens the payment. Pure, like wechatpay_wire.h.
 */
#ifndef PAYMENT_WECHATPAY_ORDER_H
#define PAYMENT_WECHATPAY_ORDER_H

#include "payment/wechatpay_wire.h"

#define WECHATPAY_JSAPI_TARGET "/v3/pay/transactions/jsapi"
#define WECHATPAY_NATIVE_TARGET "/v3/pay/transactions/native"
#define WECHATPAY_REFUND_TARGET "/v3/refund/domestic/refunds"
#define WECHATPAY_CERTIFICATES_TARGET "/v3/certificates"

struct wechatpay_order {
    const char *out_trade_no;
    const char *description; /* what is beyond 127 bytes is left out */
    const char *notify_url;
    const char *openid; /* NULL: native, whoever scans the code */
    struct fen total;
    struct instant expire_at; /* NONE: not said */
};

struct wechatpay_refund {
    const char *out_trade_no;
    const char *out_refund_no;
    const char *reason;     /* at most 80 bytes; NULL: not said */
    const char *notify_url; /* NULL: not said */
    struct fen refund;
    struct fen total; /* of the order */
};

const char *wechatpay_order_body(struct arena *arena, const struct wechatpay_merchant *merchant,
                                 const struct wechatpay_order *order);
const char *wechatpay_close_body(struct arena *arena, const struct wechatpay_merchant *merchant);
const char *wechatpay_refund_body(struct arena *arena, const struct wechatpay_refund *refund);

const char *wechatpay_query_target(struct arena *arena, const struct wechatpay_merchant *merchant,
                                   const char *out_trade_no);
const char *wechatpay_close_target(struct arena *arena, const char *out_trade_no);
const char *wechatpay_refund_query_target(struct arena *arena, const char *out_refund_no);

/* What wx.requestPayment takes; signType is always "RSA". */
struct wechatpay_pay_params {
    const char *time_stamp; /* seconds, as text */
    const char *nonce_str;
    const char *package; /* "prepay_id=..." */
    const char *pay_sign;
};

/* False when signing failed. */
bool wechatpay_pay_params(struct arena *arena, const struct wechatpay_merchant *merchant,
                          const char *prepay_id, struct instant now, const char *nonce,
                          struct wechatpay_pay_params *params);
/* The text that pay_sign signs. */
const char *wechatpay_pay_message(struct arena *arena, const struct wechatpay_merchant *merchant,
                                  const struct wechatpay_pay_params *params);
/* The same as the JSON object that the mini program hands on unchanged. */
const char *wechatpay_pay_params_json(struct arena *arena,
                                      const struct wechatpay_pay_params *params);

/* RFC 3339 with an offset, as they write and read it: "2026-01-02T11:05:00+08:00". */
const char *wechatpay_time(struct arena *arena, struct instant at);
bool wechatpay_time_read(const char *text, struct instant *at);

#endif
