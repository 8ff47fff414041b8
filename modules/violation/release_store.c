#include "violation/release.h"

static const struct field order_fields[] = {
    FIELD(struct release_order, application_id),
    FIELD(struct release_order, item_id),
    FIELD(struct release_order, order_no),
    FIELD(struct release_order, item_no),
    FIELD(struct release_order, valid_from),
    FIELD(struct release_order, valid_to),
    FIELD(struct release_order, issued_at),
    FIELD_OR_NULL(struct release_order, used_at),
    FIELD_OR_NULL(struct release_order, handover_id),
    FIELD(struct release_order, stands),
    FIELD_END,
};

static const struct field bill_fields[] = {
    FIELD(struct storage_bill, obligation_id),
    FIELD(struct storage_bill, item_id),
    FIELD(struct storage_bill, pickup_on),
    FIELD(struct storage_bill, amount_fen),
    FIELD_OR_NULL(struct storage_bill, settled_at),
    FIELD_OR_NULL(struct storage_bill, withdrawn_at),
    FIELD_END,
};

static const struct field handover_fields[] = {
    FIELD(struct handover, id),
    FIELD(struct handover, order_no),
    FIELD(struct handover, item_no),
    FIELD(struct handover, released_at),
    FIELD_END,
};

enum {
    LOCK_ITEM,
    OPEN_ITEM,
    FIND_STANDING,
    FIND_BY_APPLICATION,
    FIND_BY_NO,
    INSERT_ORDER,
    END_ORDER,
    RESTORE_ORDER,
    USE_ORDER,
    FIND_HANDOVER,
    LIST_BILLS,
    FIND_BILL,
    INSERT_BILL,
    STATEMENTS_END
};

#define ORDER                                                                                      \
    "SELECT o.application_id, o.item_id, p.permit_no AS order_no, o.valid_from, o.valid_to,"       \
    "  o.issued_at, o.used_at, o.handover_id, o.stands IS NOT NULL AS stands,"                     \
    "  i.item_no FROM release_order o JOIN held_item i ON i.id = o.item_id JOIN violation_permit " \
    "p ON p.application_id = o.application_id"

#define BILL                                                                                       \
    "SELECT b.obligation_id, b.item_id, b.pickup_on, b.amount_fen, s.settled_at, o.withdrawn_at"   \
    "  FROM storage_bill b JOIN obligation o ON o.id = b.obligation_id"                            \
    "  LEFT JOIN settlement s ON s.obligation_id = b.obligation_id"

const struct statement release_sql[] = {
    [LOCK_ITEM] = {.sql = "UPDATE release_item SET ver = ver + 1 WHERE item_id = ?"},
    [OPEN_ITEM] = {.sql = "INSERT INTO release_item (item_id) VALUES (?)"},
    [FIND_STANDING] = {.sql = ORDER " WHERE o.item_id = ? AND o.stands = 1",
                       ROWS(struct release_order, order_fields)},
    [FIND_BY_APPLICATION] = {.sql = ORDER " WHERE o.application_id = ?",
                             ROWS(struct release_order, order_fields)},
    [FIND_BY_NO] = {.sql = ORDER " WHERE p.permit_no = ?",
                    ROWS(struct release_order, order_fields)},
    [INSERT_ORDER] = {.sql = "INSERT INTO release_order (application_id, item_id, valid_from,"
                             "  valid_to, issued_at) VALUES (?, ?, ?, ?, ?)"},
    [END_ORDER] = {.sql = "UPDATE release_order SET stands = NULL, ended_at = ?"
                          "  WHERE application_id = ? AND stands = 1 AND used_at IS NULL"},
    [RESTORE_ORDER] = {.sql = "UPDATE release_order SET stands = 1, ended_at = NULL"
                              "  WHERE application_id = ? AND stands IS NULL"},
    [USE_ORDER] = {.sql = "UPDATE release_order SET handover_id = ?, used_at = ?"
                          "  WHERE application_id = ? AND stands = 1 AND used_at IS NULL"},
    [FIND_HANDOVER] = {.sql = "SELECT id, order_no, item_no, released_at FROM release_done"
                              "  WHERE id = ?",
                       ROWS(struct handover, handover_fields)},
    [LIST_BILLS] = {.sql = BILL " WHERE b.item_id = ? ORDER BY b.obligation_id LIMIT 1000",
                    ROWS(struct storage_bill, bill_fields)},
    [FIND_BILL] = {.sql = BILL " WHERE b.obligation_id = ?",
                   ROWS(struct storage_bill, bill_fields)},
    [INSERT_BILL] = {.sql = "INSERT INTO storage_bill (obligation_id, item_id, pickup_on,"
                            "  amount_fen, made_at) VALUES (?, ?, ?, ?, ?)"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error lock_release(struct request *r, const char *item_id)
{
    enum error error = db_change(r, &release_sql[LOCK_ITEM], VALUES(item_id));

    if (error != E_NOT_FOUND)
        return error;
    error = db_run(r, &release_sql[OPEN_ITEM], VALUES(item_id));
    return error == E_EXISTS ? db_change(r, &release_sql[LOCK_ITEM], VALUES(item_id)) : error;
}

enum error find_order_of(struct request *r, const char *item_id, struct release_order *order)
{
    return db_one(r, &release_sql[FIND_STANDING], order, VALUES(item_id));
}

enum error find_order_by(struct request *r, const char *application_id, struct release_order *order)
{
    return db_one(r, &release_sql[FIND_BY_APPLICATION], order, VALUES(application_id));
}

enum error find_order_no(struct request *r, const char *order_no, struct release_order *order)
{
    return db_one(r, &release_sql[FIND_BY_NO], order, VALUES(order_no));
}

enum error insert_order(struct request *r, const struct release_order *order)
{
    return db_run(r, &release_sql[INSERT_ORDER],
                  VALUES(order->application_id, order->item_id, order->valid_from, order->valid_to,
                         order->issued_at));
}

enum error end_order(struct request *r, const char *application_id)
{
    return db_change(r, &release_sql[END_ORDER], VALUES(r->now, application_id));
}

enum error restore_order(struct request *r, const char *application_id)
{
    return db_run(r, &release_sql[RESTORE_ORDER], VALUES(application_id));
}

enum error use_order(struct request *r, const char *application_id, const char *handover_id,
                     struct instant used_at)
{
    return db_change(r, &release_sql[USE_ORDER], VALUES(handover_id, used_at, application_id));
}

enum error find_handover(struct request *r, const char *id, struct handover *handover)
{
    return db_one(r, &release_sql[FIND_HANDOVER], handover, VALUES(id));
}

enum error list_storage_bills(struct request *r, const char *item_id, struct records *bills)
{
    return db_many(r, &release_sql[LIST_BILLS], bills, VALUES(item_id));
}

enum error insert_storage_bill(struct request *r, const struct storage_bill *bill)
{
    return db_run(
        r, &release_sql[INSERT_BILL],
        VALUES(bill->obligation_id, bill->item_id, bill->pickup_on, bill->amount_fen, r->now));
}

enum error find_storage_bill(struct request *r, const char *obligation_id,
                             struct storage_bill *bill)
{
    return db_one(r, &release_sql[FIND_BILL], bill, VALUES(obligation_id));
}
