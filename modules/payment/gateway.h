/*
 * What payment asks of a gateway, whichever it is. One const row of functions per gateway, called
 * with one of our merchants there; callers never name one. Each call has one of three outcomes: it
 * was done, it was refused for good, or the outcome is unknown (E_UPSTREAM, E_AGAIN,
 * E_UNAVAILABLE), which is resolved by asking again with the same number, never by a new number.
 * Answers were verified before they are believed.
 */
#ifndef PAYMENT_GATEWAY_H
#define PAYMENT_GATEWAY_H

#include "payment/bill_batch.h"
#include "payment/fact.h"
#include "payment/merchant.h"
#include "payment/order.h"
#include "payment/refund.h"

enum verdict {
    VERDICT_PENDING,  /* known there, not paid */
    VERDICT_PAID,     /* `proof` is filled */
    VERDICT_CLOSED,   /* can no longer be paid */
    VERDICT_UNKNOWN,  /* they do not know the number (yet) */
    VERDICT_ACCEPTED, /* a refund is on its way */
    VERDICT_REFUNDED, /* a refund reached the payer; `proof` is filled */
    VERDICT_ABNORMAL, /* a refund could not be delivered: a person must act */
    VERDICT_REFUSED,  /* they will not do it */
    VERDICT_BUSY,  /* asked too often: nothing was done */
    VERDICT_LATER, /* not enough money there, our key is wrong: the same again later */
};

struct answer {
    enum verdict verdict;
    struct payment_proof proof;
    const char *prepay_id; /* of an opened order: prepay_id, trade_no or the text of a code */
    const char *code;      /* theirs, for the log */
};

struct gateway {
    const char *name; /* "wechatpay" */
    bool runs_out;    /* nothing closes an order there before it expires */
    /* E_AGAIN with VERDICT_BUSY when it is asked too often. */
    enum error (*query)(struct request *r, const struct merchant *merchant,
                        const struct pursuit *pursuit, struct answer *answer);
    enum error (*close)(struct request *r, const struct merchant *merchant,
                        const struct pursuit *pursuit, struct answer *answer);
    enum error (*refund)(struct request *r, const struct merchant *merchant,
                         const struct refund *refund, struct answer *answer);
    enum error (*refund_query)(struct request *r, const struct merchant *merchant,
                               const struct refund *refund, struct answer *answer);
    bool cancels; /* what it counts to the same day (refund.h) */
    /* A gateway has a day of its own, and what it bills for a day is what it moved from where that
       day begins to where the next one does. WeChat Pay's and Alipay's are the calendar's, in
       China. UnionPay cuts at 23:00: its day D begins at 23:00 of D - 1. Whoever asks on which day
       money moved asks gateways.c, or a bill for its period. */
    int64_t day_lead_ms; /* before midnight */
    /* Its bills: NULL, or the kinds of a day ("trade", "fund"), ended by NULL. */
    const char *const *bill_kinds;
    const struct bill_format *bill_format;
    const char *(*bill_merchant)(const struct merchant *merchant); /* as a bill names it, or NULL */
    enum error (*bill)(struct request *r, const struct merchant *merchant,
                       const struct bill_wanted *wanted, struct bill_download *download);
};

/* A way to pay (支付方式): how an order is opened at a gateway and what the payer gets to pay with.
 */
struct way {
    const char *channel; /* what clients ask for: "wechat", "wechat_native"; NULL ends a table */
    const char *session; /* the sign-in that it needs; NULL: a code that anybody may scan */
    const struct gateway *gateway;
    /* Makes the order known there. E_REFUSED never; VERDICT_REFUSED when they will not. */
    enum error (*open)(struct request *r, const struct merchant *merchant,
                       const struct pursuit *pursuit, struct answer *answer);
    /* Finished parameters for the client. */
    enum error (*present)(struct request *r, const struct merchant *merchant, const char *prepay_id,
                          struct order_view *view);
};

extern const struct gateway gateway_wechatpay, gateway_alipay, gateway_unionpay;
extern const struct way wechatpay_ways[], alipay_ways[], unionpay_ways[];

bool is_gateway(const char *name);
const struct way *way_of(const char *channel);

/* gateways.c: the functions above, of the gateway and merchant that an attempt or a refund names.
   E_UNAVAILABLE when that merchant is no longer described: nothing is asked, nothing is lost. */
MUST_CHECK enum error gateway_open(struct request *r, const struct pursuit *pursuit,
                                   struct answer *answer);
MUST_CHECK enum error gateway_query(struct request *r, const struct pursuit *pursuit,
                                    struct answer *answer);
MUST_CHECK enum error gateway_close(struct request *r, const struct pursuit *pursuit,
                                    struct answer *answer);
bool gateway_runs_out(const struct pursuit *pursuit);
MUST_CHECK enum error gateway_refund(struct request *r, const struct refund *refund,
                                     struct answer *answer);
MUST_CHECK enum error gateway_refund_query(struct request *r, const struct refund *refund,
                                           struct answer *answer);
/* By which way it is to go back, if it is handed over then. */
const char *gateway_refund_way(const struct refund *refund, struct instant at);
/* Fills in what the reading has to know of the gateway, and downloads. */
MUST_CHECK enum error gateway_bill(struct request *r, const char *gateway, const char *merchant,
                                   struct bill_reading *reading, struct bill_download *download);
/* Of its bills; none when nobody is asked for them. */
const char *const *gateway_bill_kinds(const char *gateway);
/* Where this day of the gateway begins. */
struct instant gateway_day_start(const char *gateway, struct day day);
/* With the channel of the attempt; the parameters only while there is something to pay. */
MUST_CHECK enum error gateway_present(struct request *r, const struct pursuit *pursuit,
                                      struct order_view *view);

#endif
