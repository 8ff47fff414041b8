/*
 * Money facts and what hangs on them: settlements, the ledger, cases. A fact is inserted once, by
 * whichever proof comes first, and never changed.
 */
#ifndef PAYMENT_FACT_H
#define PAYMENT_FACT_H

#include "payment/payment.h"

/* What a gateway proved, in our words. */
struct payment_proof {
    const char *gateway;
    const char *merchant;
    const char *gateway_no;
    const char *our_no;
    const char *paid_no; /* of a refund: their number of the payment; NULL: not told */
    struct fen amount_fen;
    struct instant happened_at;
    const char *proof; /* "notify", "query", "answer", "bill" */
};

extern const struct statement fact_sql[], ledger_sql[];

struct callback;

/* fact_store.c; E_EXISTS: this movement is known */
MUST_CHECK enum error insert_fact(struct request *r, const struct payment_proof *proof,
                                  const char *direction, const char *order_id,
                                  const char *disposition, const char *fact_id);
MUST_CHECK enum error insert_settlements(struct request *r, const char *fact_id,
                                         const struct payment_proof *proof, const char *order_id);
MUST_CHECK enum error find_receipt(struct request *r, const char *order_id,
                                   struct receipt_view *receipt);

/* ledger_store.c: one transaction of the ledger each */
MUST_CHECK enum error book_receipt(struct request *r, const char *fact_id, const char *gateway,
                                   struct fen amount);
MUST_CHECK enum error book_receipt_and_apply(struct request *r, const char *fact_id,
                                             const char *gateway, const char *payable,
                                             struct fen amount);
/* What was applied is to go back, by this refund; or is not, after all. */
MUST_CHECK enum error book_unapply(struct request *r, const char *refund_id, const char *kind,
                                   struct fen amount);
MUST_CHECK enum error book_reapply(struct request *r, const char *refund_id, const char *kind,
                                   struct fen amount);
/* By the treasury instead of the gateway: from its account, which `account` names. */
MUST_CHECK enum error book_transfer(struct request *r, const char *transfer_id, const char *account,
                                    struct fen amount);
MUST_CHECK enum error book_refund(struct request *r, const char *fact_id, const char *gateway,
                                  struct fen amount);

/* inbox_store.c */
MUST_CHECK enum error open_case(struct request *r, const char *kind, const char *dedupe,
                                const char *detail);

/* apply.c: the one function that applies a payment, however it was proven. The callback that
   brought it is remembered in the same commit; NULL otherwise. */
MUST_CHECK enum error apply_payment(struct request *r, const struct payment_proof *proof,
                                    const struct callback *callback);
/* The same for a refund that reached the payer. */
MUST_CHECK enum error apply_refund(struct request *r, const struct payment_proof *proof,
                                   const struct callback *callback);

#endif
