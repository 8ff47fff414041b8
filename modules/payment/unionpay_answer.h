/*
 * What comes back from UnionPay: answers to our calls and notices, taken apart, verified and read.
 *
 * A message brings the certificate that it was signed with, so all depends on the chain: to a root
 * of ours, by way of certificates of ours, and under UnionPay's own name. A certificate of another
 * merchant comes from the same authority and must not do.
 */
#ifndef PAYMENT_UNIONPAY_ANSWER_H
#define PAYMENT_UNIONPAY_ANSWER_H

#include "core/certificate.h"
#include "payment/unionpay_wire.h"

#define UNIONPAY_FIELDS_MAX 64

struct unionpay_gateway {
    const struct trust *trust;
    bool is_test; /* their test environment has a signer of another name; never in production */
};

/* --- Taken apart, nothing believed: false when malformed, or with a field twice -------------- */

/* An answer: not url-encoded; "&" inside {...} or [...] does not part. */
bool unionpay_split_answer(struct arena *arena, struct bytes body, struct unionpay_fields *fields);
/* A notice, and what the payer's browser brings back: a form. Refused when a value holds what would
   make it two fields in the text that was signed. */
bool unionpay_split_notice(struct arena *arena, struct bytes body, struct unionpay_fields *fields);

/* --- Verified ------------------------------------------------------------------------------- */

/* The key of a signer that is UnionPay at this moment; NULL when it is not. The caller closes it,
   and may keep it until `ends_at`, by the PEM text, for other messages of the same signer. */
struct key *unionpay_signer(struct arena *arena, const struct unionpay_gateway *gateway,
                            const char *pem, struct instant now, struct instant *ends_at);
/* The text whose signature fits the key: with the empty values or without, for senders differ. NULL
   when none fits, or version and signMethod are others than ours. */
const char *unionpay_signed_string(struct arena *arena, struct unionpay_fields fields,
                                   const struct key *signer);
/* Both: whether UnionPay signed this. For whom and about what is in its fields. */
bool unionpay_verify(struct arena *arena, const struct unionpay_gateway *gateway,
                     struct unionpay_fields fields, struct instant now);

/* --- Read ----------------------------------------------------------------------------------- */

enum unionpay_outcome {
    UNIONPAY_DONE,     /* 00, and A6: done with a defect */
    UNIONPAY_UNKNOWN,  /* 03 04 05: ask again; 12: they know the number already, ask for it */
    UNIONPAY_NO_ORDER, /* 34: perhaps not yet */
    UNIONPAY_LATER,    /* 02 06 11 37 39: not now, too often, not with this signature */
    UNIONPAY_REFUSED,  /* all others */
};

struct unionpay_result {
    enum unionpay_outcome outcome; /* respCode: of this call; of a notice, the transaction's */
    const char *code;
    enum unionpay_outcome orig_outcome; /* origRespCode: what a query found; if absent, UNKNOWN */
    const char *orig_code;              /* NULL: absent */
    const char *mer_id, *order_id;
    const char *txn_type;   /* "01" consume, "04" refund, "31" cancel, "00" query */
    const char *query_id;   /* theirs; refunds name it */
    const char *currency;   /* NULL: absent */
    struct instant made_at; /* txnTime of the transaction */
    struct instant done_at; /* traceTime, when it went through; if absent, made_at */
    struct day settle_day;  /* NONE: absent */
    struct fen amount;      /* NONE: absent */
};

/* False when a field is missing, longer or of another form than it may have. */
bool unionpay_read_result(struct unionpay_fields fields, struct unionpay_result *result);

/* Which file was asked for, and what came. */
struct unionpay_asked {
    const char *mer_id;
    struct day day;
    struct instant made_at;
};
struct unionpay_statement {
    const char *code;    /* "00", or "98": there is none for that day */
    const char *content; /* base64, for unionpay_file(); NULL: absent */
};
/* False when a field is missing or of another form, or when it is another file. */
bool unionpay_read_file(struct arena *arena, struct unionpay_fields fields,
                        const struct unionpay_asked *asked, struct unionpay_statement *file);

/* Whether it is about this order of this merchant and no other. */
bool unionpay_is_about(const struct unionpay_result *result, const char *mer_id,
                       const char *order_id, struct instant made_at);
enum unionpay_outcome unionpay_outcome_of(const char *code);
/* Digits of a positive whole number of fen and nothing else; at most twelve. */
bool unionpay_fen_read(const char *text, struct fen *amount);

#endif
