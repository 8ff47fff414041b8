/*
 * UnionPay on the stage of the simulator: a merchant's messages, and what comes back. Each is signed
 * with the key of the certificate that its certId names.
 */
#ifndef SERVICE_SIMULATOR_STAGE_UNIONPAY_H
#define SERVICE_SIMULATOR_STAGE_UNIONPAY_H

#include "core/clock.h"
#include "service/simulator_stage.h"

#define UP_MER_ID "777290058110048"

struct up_field {
    const char *name, *value; /* a NULL value is not sent */
};

struct up_message {
    struct up_field items[40];
    size_t count;
};

void up_set(struct up_message *message, const char *name, const char *value);
/* NULL when absent. */
const char *up_get(const struct up_message *message, const char *name);
/* "20261122100000", in China. */
const char *up_compact(struct instant at);

/* Messages of the merchant UP_MER_ID: any one, for 20,000 fen, back. */
struct up_message up_request(const char *txn_type, const char *txn_sub_type, const char *biz_type);
struct up_message up_payment(const char *no);
struct up_message up_reversal(const char *txn_type, const char *no, const char *query_id,
                              const char *amount);
/* The same message from the merchant for fees, FEE_MER_ID. */
struct up_message up_as_fee_merchant(struct up_message message);

/* "a=1&b=2" without the signature, or all of it, encoded. */
const char *up_joined(struct up_message message, bool is_encoded);
struct key *up_merchant_key(const struct up_message *message);
const char *up_signature(const struct key *key, const char *text);
/* Signs and posts; the HTTP status. */
int up_ask(const char *target, struct up_message message);
int up_post(const char *target, const char *body);

const char *up_page(void);
struct up_message up_answer(void);
bool up_is_genuine(struct up_message message);
/* A member of a well signed answer; "" when absent. */
const char *up_told(const char *name);

/* The usual steps: a new number; the payer's browser arrives, and clicks; the respCode. */
const char *up_no(void);
void up_arrive(struct up_message message);
void up_click(const char *no);
int up_query(const char *no, const char *txn_time);
const char *up_reverse(struct up_message message);
/* The queryId of a payment; *txn_time is what a query needs. */
const char *up_paid(const char *no, const char **txn_time);

#endif
