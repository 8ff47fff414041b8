/*
 * Refunds: what goes back to the payer by the way it came.
 */
#ifndef PAYMENT_REFUND_H
#define PAYMENT_REFUND_H

#include "core/db.h"

struct refund {
    const char *id; /* out_refund_no */
    const char *fact_id;
    const char *order_id; /* NULL for an orphan */
    const char *gateway, *merchant, *gateway_no;
    const char *out_trade_no; /* of the payment, as the gateway knows it; from the money fact */
    const char *reason;
    const char *state;
    struct fen amount_fen, total_fen;
    struct instant created_at;
};

extern const struct statement refund_sql[];

/* refund_store.c */
MUST_CHECK enum error insert_refund(struct request *r, const struct refund *refund,
                                    const char *dedupe);
MUST_CHECK enum error find_refund(struct request *r, const char *id, struct refund *refund);
MUST_CHECK enum error lock_refund(struct request *r, const char *id, struct refund *refund);
MUST_CHECK enum error move_refund(struct request *r, const char *id, const char *from,
                                  const char *to, const char *refund_no);

#endif
