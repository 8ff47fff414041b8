#include "simulator/simulator.h"

const struct field sim_order_fields[] = {
    FIELD(struct sim_order, gateway),
    FIELD(struct sim_order, merchant),
    FIELD(struct sim_order, out_trade_no),
    FIELD(struct sim_order, trade_type),
    FIELD_OR_NULL(struct sim_order, gw_id),
    FIELD_OR_NULL(struct sim_order, payer),
    FIELD(struct sim_order, amount_fen),
    FIELD(struct sim_order, paid_fen),
    FIELD(struct sim_order, refunded_fen),
    FIELD(struct sim_order, refunds),
    FIELD(struct sim_order, subject),
    FIELD_OR_NULL(struct sim_order, attach),
    FIELD_OR_NULL(struct sim_order, notify_url),
    FIELD(struct sim_order, content),
    FIELD(struct sim_order, state),
    FIELD(struct sim_order, created_at),
    FIELD_OR_NULL(struct sim_order, expires_at),
    FIELD_OR_NULL(struct sim_order, paid_at),
    FIELD_OR_NULL(struct sim_order, closed_at),
    FIELD_OR_NULL(struct sim_order, refunded_at),
    FIELD_END,
};

enum { INSERT_ORDER, FIND_ORDER, FIND_BY_ID, LOCK_ORDER, STORE_ORDER, LIST_ORDERS, STATEMENTS_END };

#define ORDER                                                                                      \
    "gateway, merchant, out_trade_no, trade_type, gw_id, payer, amount_fen, paid_fen,"             \
    "  refunded_fen, refunds,"                                                                     \
    "  subject, attach, notify_url, content, state, created_at, expires_at, paid_at, closed_at,"   \
    "  refunded_at"

const struct statement order_sql[] = {
    [INSERT_ORDER] =
        {.sql = "INSERT INTO sim_order"
                "  (gateway, merchant, out_trade_no, trade_type, gw_id, payer, amount_fen,"
                "   subject, attach, notify_url, content, created_at, expires_at)"
                "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND_ORDER] = {.sql = "SELECT " ORDER " FROM sim_order"
                           "  WHERE gateway = ? AND out_trade_no = ?",
                    ROWS(struct sim_order, sim_order_fields)},
    [FIND_BY_ID] = {.sql = "SELECT " ORDER " FROM sim_order WHERE gateway = ? AND gw_id = ?",
                    ROWS(struct sim_order, sim_order_fields)},
    [LOCK_ORDER] = {.sql = "SELECT " ORDER " FROM sim_order"
                           "  WHERE gateway = ? AND out_trade_no = ? FOR UPDATE",
                    ROWS(struct sim_order, sim_order_fields)},
    [STORE_ORDER] = {.sql = "UPDATE sim_order SET gw_id = ?, payer = ?, paid_fen = ?,"
                            "  refunded_fen = ?, refunds = ?, state = ?, paid_at = ?,"
                            "  closed_at = ?, refunded_at = ?"
                            "  WHERE gateway = ? AND out_trade_no = ?"},
    [LIST_ORDERS] = {.sql = "SELECT " ORDER " FROM sim_order WHERE state = ? OR ? = ''"
                            "  ORDER BY created_at DESC LIMIT 100",
                     ROWS(struct sim_order, sim_order_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error insert_order(struct request *r, const struct sim_order *order)
{
    return db_run(r, &order_sql[INSERT_ORDER],
                  VALUES(order->gateway, order->merchant, order->out_trade_no, order->trade_type,
                         order->gw_id, order->payer, order->amount_fen, order->subject,
                         order->attach, order->notify_url, order->content, order->created_at,
                         order->expires_at));
}

enum error find_order(struct request *r, const char *gateway, const char *out_trade_no,
                      struct sim_order *order)
{
    return db_one(r, &order_sql[FIND_ORDER], order, VALUES(gateway, out_trade_no));
}

enum error find_order_by_id(struct request *r, const char *gateway, const char *gw_id,
                            struct sim_order *order)
{
    return db_one(r, &order_sql[FIND_BY_ID], order, VALUES(gateway, gw_id));
}

enum error lock_order(struct request *r, const char *gateway, const char *out_trade_no,
                      struct sim_order *order)
{
    return db_one(r, &order_sql[LOCK_ORDER], order, VALUES(gateway, out_trade_no));
}

enum error store_order(struct request *r, const struct sim_order *order)
{
    return db_run(r, &order_sql[STORE_ORDER],
                  VALUES(order->gw_id, order->payer, order->paid_fen, order->refunded_fen,
                         order->refunds, order->state, order->paid_at, order->closed_at,
                         order->refunded_at, order->gateway, order->out_trade_no));
}

enum error list_orders(struct request *r, const char *state, struct records *orders)
{
    return db_many(r, &order_sql[LIST_ORDERS], orders, VALUES(state, state));
}

bool is_open(const struct sim_order *order)
{
    return strcmp(order->state, "open") == 0;
}

bool is_paid(const struct sim_order *order)
{
    return strcmp(order->state, "paid") == 0;
}
