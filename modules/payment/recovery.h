/*
 * Refunds that a restored database does not remember (refund_recover.c). One that was made after the
 * backup is proven by a bill or a notice, under a number of ours that is not known here, or not as
 * agreed to; it is entered as made, and a case tells of it. Until the bills of that time have told, no
 * refund is handed over for the first time of what was paid before the restoration: it may have gone
 * back already.
 */
#ifndef PAYMENT_RECOVERY_H
#define PAYMENT_RECOVERY_H

#include "payment/fact.h"
#include "payment/refund.h"

/* A proven refund, and the payment that it came from. */
struct recovery {
    const char *refund_id;
    const struct refund *known; /* asked for before the backup; NULL: its number is not known here */
    bool is_possible;           /* the payment is known, and so much of it has not gone back */
    const char *fact_id, *gateway_no, *disposition;
    const char *order_id; /* NULL for an orphan */
    struct fen total_fen, left_fen;
};

extern const struct statement recovery_sql[];

/* Looks inside the transaction, and locks the order; `known` may be NULL. */
MUST_CHECK enum error find_recovery(struct request *r, const struct payment_proof *proof,
                                    const struct refund *known, struct recovery *recovery);
/* Makes it known, once its money fact is booked; what waits to go back of the same payment is closed. */
MUST_CHECK enum error recover_refund(struct request *r, const struct payment_proof *proof,
                                     const struct recovery *recovery);
/* Whether bills have yet to tell what went back of this payment before a restoration. */
MUST_CHECK enum error is_awaiting_bills(struct request *r, const struct refund *refund,
                                        bool *is_awaiting);
/* refund_store.c: locks those of a payment that no gateway has heard of. */
MUST_CHECK enum error list_waiting(struct request *r, const char *fact_id, struct records *refunds);

#endif
