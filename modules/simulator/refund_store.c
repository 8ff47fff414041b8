#include "simulator/simulator.h"

const struct field sim_refund_fields[] = {
    FIELD(struct sim_refund, gateway),
    FIELD(struct sim_refund, scope),
    FIELD(struct sim_refund, out_refund_no),
    FIELD(struct sim_refund, refund_id),
    FIELD(struct sim_refund, out_trade_no),
    FIELD(struct sim_refund, gw_id),
    FIELD(struct sim_refund, amount_fen),
    FIELD(struct sim_refund, total_fen),
    FIELD_OR_NULL(struct sim_refund, reason),
    FIELD_OR_NULL(struct sim_refund, notify_url),
    FIELD(struct sim_refund, state),
    FIELD(struct sim_refund, fate),
    FIELD(struct sim_refund, created_at),
    FIELD_OR_NULL(struct sim_refund, done_at),
    FIELD_END,
};

enum { INSERT_REFUND, FIND_REFUND, FINISH_REFUND, LIST_REFUNDS, STATEMENTS_END };

#define REFUND                                                                                     \
    "gateway, scope, out_refund_no, refund_id, out_trade_no, gw_id, amount_fen, total_fen,"        \
    "  reason, notify_url, state, fate, created_at, done_at"

const struct statement refund_sql[] = {
    [INSERT_REFUND] = {.sql = "INSERT INTO sim_refund (" REFUND ")"
                              "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND_REFUND] = {.sql = "SELECT " REFUND " FROM sim_refund"
                            "  WHERE gateway = ? AND scope = ? AND out_refund_no = ?",
                     ROWS(struct sim_refund, sim_refund_fields)},
    [FINISH_REFUND] = {.sql = "UPDATE sim_refund SET state = ?, done_at = ?"
                              "  WHERE gateway = ? AND scope = ? AND out_refund_no = ?"},
    [LIST_REFUNDS] = {.sql = "SELECT " REFUND " FROM sim_refund ORDER BY created_at DESC LIMIT 100",
                      ROWS(struct sim_refund, sim_refund_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error insert_refund(struct request *r, const struct sim_refund *refund)
{
    return db_run(r, &refund_sql[INSERT_REFUND],
                  VALUES(refund->gateway, refund->scope, refund->out_refund_no, refund->refund_id,
                         refund->out_trade_no, refund->gw_id, refund->amount_fen, refund->total_fen,
                         refund->reason, refund->notify_url, refund->state, refund->fate,
                         refund->created_at, refund->done_at));
}

enum error find_refund(struct request *r, const char *gateway, const char *scope,
                       const char *out_refund_no, struct sim_refund *refund)
{
    return db_one(r, &refund_sql[FIND_REFUND], refund, VALUES(gateway, scope, out_refund_no));
}

enum error finish_refund(struct request *r, const struct sim_refund *refund)
{
    return db_run(r, &refund_sql[FINISH_REFUND],
                  VALUES(refund->state, refund->done_at, refund->gateway, refund->scope,
                         refund->out_refund_no));
}

enum error list_refunds(struct request *r, struct records *refunds)
{
    return db_many(r, &refund_sql[LIST_REFUNDS], refunds, NO_VALUES);
}
