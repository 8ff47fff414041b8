#include "core/ulid.h"
#include "simulator/simulator.h"

const struct field sim_movement_fields[] = {
    FIELD(struct sim_movement, id),
    FIELD(struct sim_movement, gateway),
    FIELD(struct sim_movement, direction),
    FIELD(struct sim_movement, gw_id),
    FIELD(struct sim_movement, our_no),
    FIELD(struct sim_movement, out_trade_no),
    FIELD(struct sim_movement, amount_fen),
    FIELD(struct sim_movement, happened_at),
    FIELD_END,
};

enum { INSERT_MOVEMENT, LIST_MOVEMENTS, STATEMENTS_END };

#define MOVEMENT "id, gateway, direction, gw_id, our_no, out_trade_no, amount_fen, happened_at"

const struct statement movement_sql[] = {
    [INSERT_MOVEMENT] = {.sql = "INSERT INTO sim_movement (" MOVEMENT ")"
                                "  VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
    [LIST_MOVEMENTS] = {.sql = "SELECT " MOVEMENT " FROM sim_movement"
                               "  WHERE id > ? AND (out_trade_no = ? OR ? = '')"
                               "  ORDER BY id LIMIT 1000",
                        ROWS(struct sim_movement, sim_movement_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

static enum error insert_movement(struct request *r, const struct sim_movement *movement)
{
    enum error inserted = db_run(r, &movement_sql[INSERT_MOVEMENT],
                                 VALUES(ulid_new(r), movement->gateway, movement->direction,
                                        movement->gw_id, movement->our_no, movement->out_trade_no,
                                        movement->amount_fen, movement->happened_at));

    return inserted == E_EXISTS ? E_OK : inserted;
}

enum error record_payment(struct request *r, const struct sim_order *order)
{
    return insert_movement(r, &(struct sim_movement){.gateway = order->gateway,
                                                     .direction = "in",
                                                     .gw_id = order->gw_id,
                                                     .our_no = order->out_trade_no,
                                                     .out_trade_no = order->out_trade_no,
                                                     .amount_fen = order->paid_fen,
                                                     .happened_at = order->paid_at});
}

enum error record_refund(struct request *r, const struct sim_refund *refund)
{
    return insert_movement(r, &(struct sim_movement){.gateway = refund->gateway,
                                                     .direction = "out",
                                                     .gw_id = refund->refund_id,
                                                     .our_no = refund->out_refund_no,
                                                     .out_trade_no = refund->out_trade_no,
                                                     .amount_fen = refund->amount_fen,
                                                     .happened_at = refund->done_at});
}

enum error list_movements(struct request *r, const char *after, const char *out_trade_no,
                          struct records *movements)
{
    return db_many(r, &movement_sql[LIST_MOVEMENTS], movements,
                   VALUES(after, out_trade_no, out_trade_no));
}
