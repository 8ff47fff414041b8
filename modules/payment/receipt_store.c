#include "payment/receipt.h"

const struct field receipt_fields[] = {
    FIELD_OR_NULL(struct receipt, receipt_no), FIELD_OR_NULL(struct receipt, code),
    FIELD(struct receipt, obligation_id),      FIELD(struct receipt, title),
    FIELD(struct receipt, amount_fen),         FIELD(struct receipt, base_fen),
    FIELD(struct receipt, surcharge_fen),      FIELD_END,
};

static const struct field checked_fields[] = {
    FIELD(struct checked_receipt, receipt_no),
    FIELD(struct checked_receipt, code),
    FIELD(struct checked_receipt, title),
    FIELD(struct checked_receipt, order_state),
    FIELD(struct checked_receipt, amount_fen),
    FIELD(struct checked_receipt, paid_at),
    FIELD_END,
};

enum { LIST_RECEIPTS, INSERT_RECEIPT, FIND_CHECKED, STATEMENTS_END };

const struct statement receipt_sql[] = {
    [LIST_RECEIPTS] = {.sql = "SELECT t.receipt_no, t.code, s.obligation_id, b.title, s.amount_fen,"
                              "  i.base_fen, i.surcharge_fen FROM pay_order_item i"
                              "  JOIN settlement s ON s.obligation_id = i.obligation_id"
                              "    AND s.order_id = i.order_id"
                              "  JOIN obligation b ON b.id = s.obligation_id"
                              "  LEFT JOIN receipt t ON t.obligation_id = s.obligation_id"
                              "  WHERE i.order_id = ? ORDER BY s.obligation_id LIMIT 20",
                       ROWS(struct receipt, receipt_fields)},
    [INSERT_RECEIPT] = {.sql = "INSERT INTO receipt (receipt_no, obligation_id, code, made_at)"
                               "  VALUES (?, ?, ?, ?)"},
    [FIND_CHECKED] = {.sql = "SELECT t.receipt_no, t.code, b.title, o.state AS order_state,"
                             "  s.amount_fen, s.settled_at AS paid_at FROM receipt t"
                             "  JOIN settlement s ON s.obligation_id = t.obligation_id"
                             "  JOIN obligation b ON b.id = t.obligation_id"
                             "  JOIN pay_order o ON o.id = s.order_id WHERE t.receipt_no = ?",
                      ROWS(struct checked_receipt, checked_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error list_receipts(struct request *r, const char *order_id, struct records *receipts)
{
    return db_many(r, &receipt_sql[LIST_RECEIPTS], receipts, VALUES(order_id));
}

enum error insert_receipt(struct request *r, const char *obligation_id, const char *receipt_no,
                          const char *code)
{
    return db_run(r, &receipt_sql[INSERT_RECEIPT], VALUES(receipt_no, obligation_id, code, r->now));
}

enum error find_checked(struct request *r, const char *receipt_no, struct checked_receipt *found)
{
    return db_one(r, &receipt_sql[FIND_CHECKED], found, VALUES(receipt_no));
}
