/*
 * UnionPay's online gateway 5.1.0: frontTransReq.do, where a payer's browser arrives,
 * backTransReq.do for refunds and cancellations, queryTrans.do, and the host of the files in which
 * a clearing day's transactions are. Each request is checked field by field and its signature over
 * all of them; each answer and notice is signed with the certificate that it brings. An order that
 * was shown to a payer and not paid is unknown to a query (34).
 */
#ifndef SIMULATOR_UNIONPAY_H
#define SIMULATOR_UNIONPAY_H

#include "simulator/callbacks.h"
#include "simulator/wire_text.h"

/* What a transaction is called on the wire, and what becomes of it. */
struct unionpay_kind {
    const char *txn_type, *txn_sub_type, *biz_type; /* NULL ends a table */
    const char *operation;                          /* of faults */
    const struct unionpay_rule *rules;
};

struct unionpay_rule {
    const char *name; /* NULL ends a table */
    bool required;
    bool (*check)(const char *text);
};

struct unionpay_call {
    const struct form *form;
    const struct unionpay_party *party; /* whose request it is; NULL before it is known to be fit */
    struct sim_fault fault;
    struct form answer;      /* what is added to what is echoed */
    const char *code, *text; /* respCode and respMsg */
};

const char *unionpay_get(const struct unionpay_call *call, const char *name);
void unionpay_set(struct request *r, struct unionpay_call *call, const char *name,
                  const char *value);
void unionpay_refuse(struct unionpay_call *call, const char *code, const char *text);

/* ---- unionpay_check.c ---- */

extern const struct unionpay_kind unionpay_consume, unionpay_query, unionpay_refund,
    unionpay_cancel, unionpay_transfer;

/* False, and the call refused, when the request is not one of this kind, or no merchant's. */
bool unionpay_is_fit(struct request *r, struct unionpay_call *call,
                     const struct unionpay_kind *kind);
/* "20260102110405" */
const char *wire_compact(struct arena *arena, struct instant at);
bool wire_compact_read(const char *text, struct instant *at);
struct fen unionpay_amount(const char *digits);

/* ---- unionpay_gateway.c, unionpay_front.c: the routes ---- */

enum error unionpay_front_route(struct request *r);
enum error unionpay_pay_route(struct request *r);
enum error unionpay_back_route(struct request *r);
enum error unionpay_query_route(struct request *r);
enum error unionpay_file_route(struct request *r);
/* The request's form into the call; an unreadable one is empty. */
void unionpay_begin(struct request *r, struct form *form, struct unionpay_call *call);

/* ---- unionpay_trade.c ---- */

MUST_CHECK enum error unionpay_find(struct request *r, struct unionpay_call *call);
MUST_CHECK enum error unionpay_reverse(struct request *r, struct unionpay_call *call,
                                       const struct unionpay_kind *kind);
/* The number of a payment or reversal, 21 digits. */
const char *unionpay_number(struct request *r);

/* ---- unionpay_file.c ---- */

/* The day that is asked for, "2026-11-21", by which a fault is meant for it; "" for none. */
const char *unionpay_file_day(struct request *r, const struct unionpay_call *call);
MUST_CHECK enum error unionpay_hand_over(struct request *r, struct unionpay_call *call);

/* ---- unionpay_notice.c ---- */

/* What a notice says, before it is signed. */
json_t *unionpay_paid_json(struct request *r, const struct sim_order *order);
json_t *unionpay_reversed_json(struct request *r, const char *mer_id,
                               const struct sim_refund *refund, const char *txn_type);
/* Adds the certificate and the signature that the fault wants. */
void unionpay_sign(struct request *r, struct form *form, const char *fault);
MUST_CHECK enum error unionpay_notice(struct request *r, const struct sim_callback *callback,
                                      const char *fault, struct notice *notice);
/* Amounts, numbers and days of a transaction that went through, as answers and notices tell. */
struct unionpay_facts {
    const char *query_id;
    struct fen amount;
    struct instant done_at;
};
void unionpay_tell(struct request *r, struct form *form, const struct unionpay_facts *facts);
/* What is signed: all fields but the signature. */
const char *unionpay_text(struct arena *arena, const struct form *form);

/* ---- unionpay_store.c ---- */

struct sim_unionpay {
    const char *order_id, *txn_time, *txn_type, *front_url;
};

extern const struct statement unionpay_sql[];

MUST_CHECK enum error insert_unionpay(struct request *r, const struct sim_unionpay *row);
MUST_CHECK enum error find_unionpay(struct request *r, const char *order_id,
                                    struct sim_unionpay *row);

#endif
