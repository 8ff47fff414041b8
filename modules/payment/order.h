/*
 * Orders, their items and attempts: what is asked of a payer, and each try to have it paid.
 */
#ifndef PAYMENT_ORDER_H
#define PAYMENT_ORDER_H

#include "core/db.h"
#include "casework/obligation.h"

struct order_item {
    const char *obligation_id;
    const char *title;
    struct fen amount_fen;
    struct fen base_fen;
    struct fen surcharge_fen;
};

struct order {
    const char *id;
    const char *payer_id;
    const char *account;
    const char *description;
    const char *state;
    struct fen amount_fen;
    struct fen paid_fen;
    struct instant created_at;
    struct instant expire_at;
    struct instant paid_at;
};

struct attempt {
    const char *id; /* out_trade_no */
    const char *order_id;
    const char *channel; /* the way to pay (gateway.h) */
    const char *gateway;
    const char *merchant;
    const char *open_id; /* "" for a code that anybody may scan */
    const char *state;
    const char *prepay_id;
    struct fen amount_fen;
    struct instant created_at;
};

/* An attempt with the order it belongs to; both rows are locked inside a transaction. */
struct pursuit {
    const char *attempt_id, *order_id, *channel, *gateway, *merchant, *open_id, *prepay_id;
    const char *attempt_state, *order_state, *description;
    /* Only where it is locked; with a comma between. */
    const char *obligation_ids; /* of the order, ascending */
    const char *rival_ids;      /* other attempts of the order that might be paid; NULL for none */

    struct fen amount_fen;
    struct instant created_at, updated_at, expire_at, order_created_at;
};

extern const struct field order_item_fields[];
extern const struct statement order_sql[], attempt_sql[];

struct payment_proof;

/* rules.c: pure */
void check_payable(struct request *r, const struct obligation *owed, size_t count);
/* Frozen for half an hour, never beyond 24:00 (UTC+8), because the surcharge grows with the day. */
struct instant order_expiry(struct instant now, int64_t minutes);
/* When to ask the gateway next, by the times already asked: 5, 10, 20, 40 s, 2, 5, 10, 30 min, then
   hourly; never past the expiry by which the attempt is closed. */
struct instant next_query(struct instant now, int64_t asked, struct instant expire_at);

/* order_store.c */
MUST_CHECK enum error find_own_order(struct request *r, struct order *order);
/* The caller's open orders that hold it. */
MUST_CHECK enum error list_live_orders(struct request *r, const char *obligation_id,
                                       struct records *orders);
MUST_CHECK enum error find_order(struct request *r, const char *order_no, struct order *order);
MUST_CHECK enum error insert_order(struct request *r, const struct order *order,
                                   const struct order_item *items, size_t count);
MUST_CHECK enum error list_items(struct request *r, const char *order_id, struct records *items);
/* The order and the attempt that brought it about; E_NOT_FOUND when the order was paid before. */
MUST_CHECK enum error mark_order_paid(struct request *r, const struct payment_proof *proof,
                                      const struct pursuit *pursuit);
MUST_CHECK enum error move_order(struct request *r, const char *order_id, const char *from,
                                 const char *to);

/* attempt_store.c */
/* The one that counts: that can be paid, and of several the one that was begun last. */
MUST_CHECK enum error find_attempt(struct request *r, const char *order_id,
                                   struct attempt *attempt);
/* The one of this way that can still be paid. */
MUST_CHECK enum error find_payable(struct request *r, const char *order_id, const char *channel,
                                   struct pursuit *pursuit);
MUST_CHECK enum error find_pursuit(struct request *r, const char *attempt_id,
                                   struct pursuit *pursuit);
MUST_CHECK enum error lock_pursuit(struct request *r, const char *gateway, const char *merchant,
                                   const char *attempt_id, struct pursuit *pursuit);
MUST_CHECK enum error insert_attempt(struct request *r, const struct attempt *attempt);
/* Outside a transaction, in one round trip. E_NOT_FOUND: it was paid or closed meanwhile. */
MUST_CHECK enum error open_attempt(struct request *r, const char *id, const char *prepay_id);
/* The same, before it is opened once more: so nobody takes it for forgotten. */
MUST_CHECK enum error touch_attempt(struct request *r, const char *id);
MUST_CHECK enum error move_attempt(struct request *r, const char *id, const char *from,
                                   const char *to);
MUST_CHECK enum error mark_attempt_paid(struct request *r, const char *id);

/* The next part of a text with commas between, in the arena; NULL behind the last. */
const char *next_part(struct request *r, const char **text);

#endif
