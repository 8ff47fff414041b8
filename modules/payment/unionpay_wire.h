/*
 * UnionPay's online gateway (全渠道 5.1.0) as bytes, what we send: fields, their signature, the
 * body of a call, and the page with which the payer's browser posts a payment. What comes back is
 * in unionpay_answer.h. Nothing here sends, stores or asks for the time.
 */
#ifndef PAYMENT_UNIONPAY_WIRE_H
#define PAYMENT_UNIONPAY_WIRE_H

#include "core/crypto.h"

struct unionpay_merchant {
    const char *mer_id;
    const char *cert_id; /* decimal serial of our certificate: certificate_serial_decimal */
    const struct key *private_key;
};

struct unionpay_field {
    const char *name;
    const char *value;
};
struct unionpay_fields {
    const struct unionpay_field *items; /* NULL: there are none, because a step failed */
    size_t count;
};

/* NULL when absent. */
const char *unionpay_value(struct unionpay_fields fields, const char *name);
bool unionpay_has(struct unionpay_fields fields, const char *name, const char *value);

/* --- Transactions: the fields, not signed yet ----------------------------------------------- */

struct unionpay_order {
    const char *order_id;   /* 8 to 32 letters and digits */
    struct instant made_at; /* becomes txnTime; whoever asks for the order names it again */
    struct instant expire_at;
    struct fen total;
    const char *front_url; /* where the payer's browser comes back to; proves nothing */
    const char *back_url;  /* where the notice goes */
};

/* A refund, or a cancellation of the whole amount on the same clearing day. */
struct unionpay_reversal {
    const char *order_id;   /* of its own, the same for every try */
    struct instant made_at; /* of the reversal */
    struct fen amount;
    const char *query_id; /* queryId of the payment */
    const char *back_url;
};

/* Consume 01/01, posted to frontTransReq.do by the payer's browser. */
struct unionpay_fields unionpay_consume(struct arena *arena,
                                        const struct unionpay_merchant *merchant,
                                        const struct unionpay_order *order);
/* Query 00/00 to queryTrans.do; of an order or of a reversal. */
struct unionpay_fields unionpay_query(struct arena *arena, const struct unionpay_merchant *merchant,
                                      const char *order_id, struct instant made_at);
/* File transfer 76/01 to the file host, a door of its own: the transactions of a clearing day. */
struct unionpay_fields unionpay_file_transfer(struct arena *arena,
                                              const struct unionpay_merchant *merchant,
                                              struct day day, struct instant made_at);
/* Cancel 31/00 and refund 04/00, to backTransReq.do. */
struct unionpay_fields unionpay_cancel(struct arena *arena,
                                       const struct unionpay_merchant *merchant,
                                       const struct unionpay_reversal *reversal);
struct unionpay_fields unionpay_refund(struct arena *arena,
                                       const struct unionpay_merchant *merchant,
                                       const struct unionpay_reversal *reversal);

/* --- On the wire ---------------------------------------------------------------------------- */

/* What is signed: values trimmed, blank ones and `signature` left out, sorted by the bytes of the
   names, "name=value" joined by "&", not encoded. */
const char *unionpay_string(struct arena *arena, struct unionpay_fields fields);
/* Those fields, sorted, with their signature; no items when signing failed. */
struct unionpay_fields unionpay_signed(struct arena *arena,
                                       const struct unionpay_merchant *merchant,
                                       struct unionpay_fields fields);
/* The url-encoded body of a POST; NULL when there are no fields. */
const char *unionpay_body(struct arena *arena, struct unionpay_fields signed_fields);

/* A page in UTF-8 that posts the fields to `action`: by its one script, which bears `nonce`, or by
   its button where scripts do not run. NULL when there are no fields. */
const char *unionpay_page(struct arena *arena, const char *action,
                          struct unionpay_fields signed_fields, const char *nonce);
/* A page of one sentence, without a script. */
const char *unionpay_note_page(struct arena *arena, const char *text);
/* The Content-Security-Policy that fits them. */
const char *unionpay_page_policy(struct arena *arena, const char *nonce);

/* "20260102110405", Beijing time; whole seconds. */
const char *unionpay_time(struct arena *arena, struct instant at);
bool unionpay_time_read(const char *text, struct instant *at);

/* "0102": a clearing day. */
const char *unionpay_day(struct arena *arena, struct day day);

/* Names and values as they are, sorted by name: both directions sign this. */
const char *unionpay_joined(struct arena *arena, struct unionpay_fields fields);
/* What RSA signs in place of the string: its SHA-256 in lower-case hex, which is hashed again. */
struct bytes unionpay_digest(struct arena *arena, const char *string);

#endif
