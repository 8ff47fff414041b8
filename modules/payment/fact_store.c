#include "payment/fact.h"
#include "payment/order.h"
#include "payment/receipt.h"

const struct field receipt_view_fields[] = {
    FIELD(struct receipt_view, order_no),
    FIELD(struct receipt_view, gateway),
    FIELD(struct receipt_view, gateway_no),
    FIELD(struct receipt_view, amount_fen),
    FIELD(struct receipt_view, paid_at),
    FIELD_LIST(struct receipt_view, items, receipt_fields, struct receipt),
    FIELD_END,
};

enum { INSERT_FACT, INSERT_SETTLEMENTS, FIND_RECEIPT, STATEMENTS_END };

const struct statement fact_sql[] = {
    [INSERT_FACT] = {.sql = "INSERT INTO money_fact (id, gateway, merchant, direction, gateway_no,"
                            "  our_no, amount_fen, happened_at, proof, order_id, disposition,"
                            "  recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [INSERT_SETTLEMENTS] = {.sql = "INSERT INTO settlement"
                                   "  (obligation_id, gw_txn_id, order_id, amount_fen, settled_at)"
                                   "  SELECT obligation_id, ?, order_id, amount_fen, ?"
                                   "  FROM pay_order_item WHERE order_id = ?"},
    [FIND_RECEIPT] = {.sql = "SELECT order_id AS order_no, gateway, gateway_no,"
                             "  amount_fen, happened_at AS paid_at FROM money_fact"
                             "  WHERE order_id = ? AND disposition = 'applied'",
                      ROWS(struct receipt_view, receipt_view_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error insert_fact(struct request *r, const struct payment_proof *proof, const char *direction,
                       const char *order_id, const char *disposition, const char *fact_id)
{
    return db_run(r, &fact_sql[INSERT_FACT],
                  VALUES(fact_id, proof->gateway, proof->merchant, direction, proof->gateway_no,
                         proof->our_no, proof->amount_fen, proof->happened_at, proof->proof,
                         order_id, disposition, r->now));
}

enum error insert_settlements(struct request *r, const char *fact_id,
                              const struct payment_proof *proof, const char *order_id)
{
    return db_run(r, &fact_sql[INSERT_SETTLEMENTS], VALUES(fact_id, proof->happened_at, order_id));
}

enum error find_receipt(struct request *r, const char *order_id, struct receipt_view *receipt)
{
    return db_one(r, &fact_sql[FIND_RECEIPT], receipt, VALUES(order_id));
}
