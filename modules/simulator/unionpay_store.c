#include "simulator/unionpay.h"

static const struct field fields[] = {
    FIELD(struct sim_unionpay, order_id),
    FIELD(struct sim_unionpay, txn_time),
    FIELD(struct sim_unionpay, txn_type),
    FIELD_OR_NULL(struct sim_unionpay, front_url),
    FIELD_END,
};

enum { INSERT_UNIONPAY, FIND_UNIONPAY, STATEMENTS_END };

const struct statement unionpay_sql[] = {
    [INSERT_UNIONPAY] = {.sql = "INSERT INTO sim_unionpay (order_id, txn_time, txn_type, front_url)"
                                "  VALUES (?, ?, ?, ?)"},
    [FIND_UNIONPAY] = {.sql = "SELECT order_id, txn_time, txn_type, front_url FROM sim_unionpay"
                              "  WHERE order_id = ?",
                       ROWS(struct sim_unionpay, fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error insert_unionpay(struct request *r, const struct sim_unionpay *row)
{
    return db_run(r, &unionpay_sql[INSERT_UNIONPAY],
                  VALUES(row->order_id, row->txn_time, row->txn_type, row->front_url));
}

enum error find_unionpay(struct request *r, const char *order_id, struct sim_unionpay *row)
{
    return db_one(r, &unionpay_sql[FIND_UNIONPAY], row, VALUES(order_id));
}
