#include "payment/refund.h"

static const struct field refund_fields[] = {
    FIELD(struct refund, id),
    FIELD(struct refund, fact_id),
    FIELD_OR_NULL(struct refund, order_id),
    FIELD(struct refund, gateway),
    FIELD(struct refund, merchant),
    FIELD(struct refund, gateway_no),
    FIELD(struct refund, out_trade_no),
    FIELD(struct refund, reason),
    FIELD(struct refund, state),
    FIELD(struct refund, amount_fen),
    FIELD(struct refund, total_fen),
    FIELD(struct refund, created_at),
    FIELD_END,
};

enum { INSERT_REFUND, FIND_REFUND, LOCK_REFUND, MOVE_REFUND, STATEMENTS_END };

/* Not joined: MySQL locks rows of a table only for who may update it, and nobody may update a fact.
 */
#define REFUND                                                                                     \
    "SELECT d.id, d.fact_id, d.order_id, d.gateway, d.merchant, d.gateway_no,"                     \
    "  (SELECT f.our_no FROM money_fact f WHERE f.id = d.fact_id) AS out_trade_no, d.reason,"      \
    "  d.state, d.amount_fen, d.total_fen, d.created_at FROM refund d"

const struct statement refund_sql[] = {
    [INSERT_REFUND] = {.sql = "INSERT INTO refund (id, fact_id, order_id, gateway, merchant,"
                              "  gateway_no, reason, dedupe, amount_fen, total_fen, created_at,"
                              "  updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND_REFUND] = {.sql = REFUND " WHERE d.id = ?", ROWS(struct refund, refund_fields)},
    [LOCK_REFUND] = {.sql = REFUND " WHERE d.id = ? FOR UPDATE",
                     ROWS(struct refund, refund_fields)},
    [MOVE_REFUND] = {.sql = "UPDATE refund SET state = ?, refund_no = COALESCE(?, refund_no),"
                            "  updated_at = ?, ver = ver + 1 WHERE id = ? AND state = ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error insert_refund(struct request *r, const struct refund *refund, const char *dedupe)
{
    return db_run(r, &refund_sql[INSERT_REFUND],
                  VALUES(refund->id, refund->fact_id, refund->order_id, refund->gateway,
                         refund->merchant, refund->gateway_no, refund->reason, dedupe,
                         refund->amount_fen, refund->total_fen, r->now, r->now));
}

enum error find_refund(struct request *r, const char *id, struct refund *refund)
{
    return db_one(r, &refund_sql[FIND_REFUND], refund, VALUES(id));
}

enum error lock_refund(struct request *r, const char *id, struct refund *refund)
{
    return db_one(r, &refund_sql[LOCK_REFUND], refund, VALUES(id));
}

enum error move_refund(struct request *r, const char *id, const char *from, const char *to,
                       const char *refund_no)
{
    return db_change(r, &refund_sql[MOVE_REFUND], VALUES(to, refund_no, r->now, id, from));
}
