#include "payment/refund.h"

static const struct field refundable_fields[] = {
    FIELD(struct refundable, order_id),
    FIELD(struct refundable, state),
    FIELD(struct refundable, kind),
    FIELD(struct refundable, account),
    FIELD(struct refundable, paid_fen),
    FIELD(struct refundable, reserved_fen),
    FIELD(struct refundable, refunded_fen),
    FIELD_OR_NULL(struct refundable, fact_id),
    FIELD_OR_NULL(struct refundable, gateway),
    FIELD_OR_NULL(struct refundable, merchant),
    FIELD_OR_NULL(struct refundable, gateway_no),
    FIELD_END,
};

struct counted {
    int64_t count;
};

static const struct field counted_fields[] = {FIELD(struct counted, count), FIELD_END};

static const struct field history_fields[] = {
    FIELD_OR_NULL(struct refund_history, last_at),
    FIELD(struct refund_history, parts),
    FIELD_END,
};

static const struct field settled_item_fields[] = {
    FIELD(struct settled_item, order_id),
    FIELD(struct settled_item, amount_fen),
    FIELD(struct settled_item, returned_fen),
    FIELD_END,
};

enum {
    LOCK_ORDER,
    FIND_REFUNDABLE,
    CHANGE_RESERVED,
    ADD_REFUNDED,
    MOVE_ORDER,
    COUNT_UNDER_WAY,
    COUNT_ENTITLED,
    FIND_HISTORY,
    FIND_SETTLED_ITEM,
    STATEMENTS_END
};

#define UNDER_WAY "('approved', 'submitting', 'unknown', 'accepted', 'abnormal', 'transfer')"

const struct statement refundable_sql[] = {
    [LOCK_ORDER] = {.sql = "SELECT 1 AS count FROM pay_order WHERE id = ? FOR UPDATE",
                    ROWS(struct counted, counted_fields)},
    [FIND_REFUNDABLE] =
        {.sql = "SELECT o.id AS order_id, o.state, o.paid_fen,"
                "  o.refund_reserved_fen AS reserved_fen, o.refunded_fen, o.account,"
                "  f.id AS fact_id, f.gateway, f.merchant, f.gateway_no,"
                "  (SELECT b.kind FROM pay_order_item i JOIN obligation b ON b.id = i.obligation_id"
                "    WHERE i.order_id = o.id LIMIT 1) AS kind"
                "  FROM pay_order o LEFT JOIN money_fact f"
                "    ON f.order_id = o.id AND f.disposition = 'applied' WHERE o.id = ?",
         ROWS(struct refundable, refundable_fields)},
    [CHANGE_RESERVED] = {.sql =
                             "UPDATE pay_order SET refund_reserved_fen = refund_reserved_fen + ?,"
                             "  updated_at = ?, ver = ver + 1 WHERE id = ?"},
    [ADD_REFUNDED] = {.sql = "UPDATE pay_order SET refunded_fen = refunded_fen + ?,"
                             "  updated_at = ?, ver = ver + 1 WHERE id = ?"},
    [MOVE_ORDER] = {.sql = "UPDATE pay_order SET state = ?, updated_at = ?, ver = ver + 1"
                           "  WHERE id = ? AND state = ?"},
    [COUNT_UNDER_WAY] = {.sql = "SELECT COUNT(*) AS count FROM refund WHERE order_id = ?"
                                "  AND reason IN ('officer', 'revoked') AND state IN " UNDER_WAY,
                         ROWS(struct counted, counted_fields)},
    [COUNT_ENTITLED] = {.sql = "SELECT COUNT(*) AS count FROM officer WHERE id IN (?, ?)"
                               "  AND is_active AND (roles & ?) <> 0",
                        ROWS(struct counted, counted_fields)},
    [FIND_HISTORY] = {.sql =
                          "SELECT MAX(submitted_at) AS last_at,"
                          "  COUNT(IF(state IN ('closed', 'transfer', 'transferred'), NULL,"
                          "    submitted_at)) AS parts FROM refund WHERE fact_id = ? AND id <> ?",
                      ROWS(struct refund_history, history_fields)},
    [FIND_SETTLED_ITEM] = {.sql = "SELECT s.order_id, s.amount_fen, COALESCE((SELECT"
                                  "    SUM(d.amount_fen) FROM refund d"
                                  "    WHERE d.obligation_id = s.obligation_id"
                                  "    AND d.state <> 'closed'), 0) AS returned_fen"
                                  "  FROM settlement s WHERE s.obligation_id = ?",
                           ROWS(struct settled_item, settled_item_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error lock_refundable(struct request *r, const char *order_id, struct refundable *order)
{
    TRY(db_one(r, &refundable_sql[LOCK_ORDER], &(struct counted){0}, VALUES(order_id)));
    return db_one(r, &refundable_sql[FIND_REFUNDABLE], order, VALUES(order_id));
}

enum error change_reserved(struct request *r, const char *order_id, struct fen by)
{
    return db_change(r, &refundable_sql[CHANGE_RESERVED], VALUES(by, r->now, order_id));
}

enum error add_refunded(struct request *r, const char *order_id, struct fen by)
{
    return db_change(r, &refundable_sql[ADD_REFUNDED], VALUES(by, r->now, order_id));
}

enum error move_refundable(struct request *r, const char *order_id, const char *from,
                           const char *to)
{
    if (strcmp(from, to) == 0)
        return E_OK;
    return db_change(r, &refundable_sql[MOVE_ORDER], VALUES(to, r->now, order_id, from));
}

enum error count_under_way(struct request *r, const char *order_id, int64_t *count)
{
    struct counted counted = {0};

    TRY(db_one(r, &refundable_sql[COUNT_UNDER_WAY], &counted, VALUES(order_id)));
    *count = counted.count;
    return E_OK;
}

enum error count_entitled(struct request *r, const struct refund *refund, int64_t *count)
{
    struct counted counted = {0};

    TRY(db_one(r, &refundable_sql[COUNT_ENTITLED], &counted,
               VALUES(refund->maker, refund->checker, (int64_t)FINANCE)));
    *count = counted.count;
    return E_OK;
}

enum error find_settled_item(struct request *r, const char *obligation_id,
                             struct settled_item *item)
{
    return db_one(r, &refundable_sql[FIND_SETTLED_ITEM], item, VALUES(obligation_id));
}

enum error find_history(struct request *r, const struct refund *refund,
                        struct refund_history *history)
{
    return db_one(r, &refundable_sql[FIND_HISTORY], history, VALUES(refund->fact_id, refund->id));
}
