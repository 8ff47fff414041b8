/*
 * Refunds (退款): what goes back to the payer by the way it came, under a number that is made once.
 *
 * Automatic ones return what could not be applied (excess, orphan, mismatch); nobody is asked. The
 * others return what was applied, whole or in part: a maker asks, or reviews what is asked because
 * a decision was revoked; a checker who is somebody else agrees, and both must still hold the role
 * when the money moves. From the agreement on the amount stands in the suspense account, and the
 * order is "refunding" until the last of them has ended. What the gateway cannot return any more is
 * transferred to a bank account instead (refund_transfer.h).
 */
#ifndef PAYMENT_REFUND_H
#define PAYMENT_REFUND_H

#include "core/db.h"

/* How the money goes back. A cancellation (消费撤销) takes the whole of a payment back on the day on
   which the gateway counts it; the payer has it at once, and the gateway never settles it. Refused,
   because that day was over or whatever else, it is closed, and a refund under a number of its own
   takes its place: the refusal was definite, so there is no doubt which of the two moves money. */
#define WAY_CANCEL "cancel"
#define WAY_REFUND "refund"

struct refund {
    const char *id; /* out_refund_no */
    const char *fact_id;
    const char *order_id; /* NULL for an orphan */
    const char *gateway, *merchant, *gateway_no;
    const char *out_trade_no; /* of the payment, as the gateway knows it; from the money fact */
    const char *reason;       /* excess, orphan, mismatch, officer, revoked, recovered */
    const char *state;
    const char *maker, *checker; /* NULL: nobody was asked; nobody agreed so far */
    const char *note;            /* why, in the maker's words */
    const char *obligation_id;   /* the withdrawn one for which it was paid, or NULL */
    /* Of the account that the payer gave last: how far its transfer is, the last four digits, and
       why it did not arrive; NULL while none was given. */
    const char *transfer_state, *tail, *bounce;
    struct fen amount_fen, total_fen;
    struct instant created_at, updated_at;
    struct instant paid_at; /* what goes back, by the gateway's clock */
    /* Fixed when it is first handed over, so that each further try is the same; NULL until then. */
    const char *way;
    struct instant sent_at;
};

/* An order as its refunds see it. */
struct refundable {
    const char *order_id, *state, *kind; /* kind of what was paid: fine or fee */
    const char *account;                 /* of the treasury */
    struct fen paid_fen, reserved_fen, refunded_fen;
    /* of the money fact that was applied; NULL while there is none */
    const char *fact_id, *gateway, *merchant, *gateway_no;
};

/* What a gateway's limits are judged by. */
struct refund_history {
    struct instant last_at; /* when the last other part was handed over; NONE for never */
    int64_t parts;          /* others that were handed over and not closed */
};

extern const struct statement refund_sql[], refundable_sql[];
extern const struct field refund_fields[];

/* refund_store.c */
MUST_CHECK enum error insert_refund(struct request *r, const struct refund *refund,
                                    const char *dedupe);
MUST_CHECK enum error find_refund(struct request *r, const char *id, struct refund *refund);
MUST_CHECK enum error find_refund_for(struct request *r, const char *dedupe, struct refund *refund);
/* Locks the refund and, before it, the order that it belongs to. */
MUST_CHECK enum error lock_refund(struct request *r, const char *id, struct refund *refund);
MUST_CHECK enum error move_refund(struct request *r, const char *id, const char *from,
                                  const char *to, const char *refund_no);
/* From "requested", with who decided; E_NOT_FOUND when somebody was faster. */
MUST_CHECK enum error decide_refund(struct request *r, const char *id, const char *to);
/* Unless they are fixed. */
MUST_CHECK enum error fix_way(struct request *r, const char *id, const char *way);
/* The maker of a revoked one that has none; E_NOT_FOUND when somebody was faster. */
MUST_CHECK enum error review_requested(struct request *r, const char *id);
MUST_CHECK enum error mark_submitted(struct request *r, const char *id);
/* Newest first, up to `limit` with an id below `before`; state NULL: all. */
MUST_CHECK enum error list_refunds(struct request *r, const char *state, const char *before,
                                   int64_t limit, struct records *refunds);
MUST_CHECK enum error list_refunds_of(struct request *r, const char *order_id,
                                      struct records *refunds);

/* refundable_store.c; inside a transaction that has locked the order */
MUST_CHECK enum error lock_refundable(struct request *r, const char *order_id,
                                      struct refundable *order);
MUST_CHECK enum error change_reserved(struct request *r, const char *order_id, struct fen by);
MUST_CHECK enum error add_refunded(struct request *r, const char *order_id, struct fen by);
MUST_CHECK enum error move_refundable(struct request *r, const char *order_id, const char *from,
                                      const char *to);
/* How many of its refunds were agreed to and have not ended. */
MUST_CHECK enum error count_under_way(struct request *r, const char *order_id, int64_t *count);
/* How many of the two still are officers of the finance role. */
MUST_CHECK enum error count_entitled(struct request *r, const struct refund *refund,
                                     int64_t *count);
/* What of an order settled this obligation, and what is asked back for it or went; E_NOT_FOUND. */
struct settled_item {
    const char *order_id;
    struct fen amount_fen, returned_fen;
};
MUST_CHECK enum error find_settled_item(struct request *r, const char *obligation_id,
                                        struct settled_item *item);
MUST_CHECK enum error find_history(struct request *r, const struct refund *refund,
                                   struct refund_history *history);

/* refund_rules.c: pure */
/* How long and in how many parts a gateway refunds, and how far apart. */
struct refund_limits {
    int64_t days, parts, apart_ms;
};
struct refund_limits refund_limits(const char *gateway);
/* Why the gateway will not return it any more, in words; NULL: it may. */
const char *out_of_reach(const struct refund *refund, const struct refund_history *history,
                         struct instant now);
/* Collects whatever stands against returning so much of it. */
void check_refundable(struct request *r, const struct refundable *order, struct fen amount);
/* What the order is once some of its refunds have ended. */
const char *refunded_state(const struct refundable *order, int64_t under_way);
/* Whether it is the whole of a payment of the same day, for a gateway whose day begins so long
   before midnight. */
bool is_cancellable(const struct refund *refund, struct instant at, int64_t day_lead_ms);
bool is_cancel(const struct refund *refund);
/* A refused cancellation: another refund does what it should have done. */
bool is_replaced(const struct refund *refund);
bool is_refund_state(const char *text);
/* The step in words, for who waits for the money. */
const char *refund_step(const struct refund *refund);

/* refund_end.c: inside the transaction in which the refund moved. Automatic ones change no order.
 */
MUST_CHECK enum error end_refund(struct request *r, const struct refund *refund, bool is_success);
/* Closes a refused cancellation, and has a refund take its place: for the same people, with what is
   reserved and held in suspense for it. */
MUST_CHECK enum error replace_refund(struct request *r, const struct refund *refund);
/* Whether it returns what was applied, which takes two people. */
bool is_of_applied(const struct refund *refund);
bool is_revoked(const struct refund *refund);

/* refund_revoked.c */
/* An event: what was paid for it waits for two officers. */
enum error take_withdrawal(struct request *r, const struct task *task);
/* An event, and a job when an order still had the price of before: what was paid above what is owed
   since waits for two officers. */
enum error take_lowering(struct request *r, const struct task *task);
/* Inside a transaction, once for each dedupe; only what is still there can be asked for. */
MUST_CHECK enum error request_revoked(struct request *r, const char *obligation_id,
                                      const char *dedupe);

#endif
