#include "core/clock.h"
#include "payment/fact.h"
#include "payment/order.h"

const struct field order_item_fields[] = {
    FIELD(struct order_item, obligation_id), FIELD(struct order_item, title),
    FIELD(struct order_item, amount_fen),    FIELD(struct order_item, base_fen),
    FIELD(struct order_item, surcharge_fen), FIELD_END,
};

const struct field order_view_fields[] = {
    FIELD(struct order_view, order_no),
    FIELD(struct order_view, state),
    FIELD(struct order_view, channel),
    FIELD(struct order_view, amount_fen),
    FIELD(struct order_view, expire_at),
    FIELD_OR_NULL(struct order_view, paid_at),
    FIELD_LIST(struct order_view, items, order_item_fields, struct order_item),
    FIELD_OR_NULL(struct order_view, appId),
    FIELD_OR_NULL(struct order_view, timeStamp),
    FIELD_OR_NULL(struct order_view, nonceStr),
    FIELD_OR_NULL(struct order_view, package),
    FIELD_OR_NULL(struct order_view, signType),
    FIELD_OR_NULL(struct order_view, paySign),
    FIELD_OR_NULL(struct order_view, tradeNO),
    FIELD_OR_NULL(struct order_view, code_url),
    FIELD_OR_NULL(struct order_view, qr_code),
    FIELD_OR_NULL(struct order_view, pay_url),
    FIELD_END,
};

static const struct field order_fields[] = {
    FIELD(struct order, id),
    FIELD(struct order, payer_id),
    FIELD(struct order, account),
    FIELD(struct order, description),
    FIELD(struct order, state),
    FIELD(struct order, amount_fen),
    FIELD(struct order, paid_fen),
    FIELD(struct order, created_at),
    FIELD(struct order, expire_at),
    FIELD_OR_NULL(struct order, paid_at),
    FIELD_END,
};

enum {
    INSERT_ORDER,
    INSERT_ITEM,
    FIND_OWN_ORDER,
    LIST_LIVE_ORDERS,
    FIND_ORDER,
    LIST_ITEMS,
    MARK_PAID,
    MOVE_ORDER,
    STATEMENTS_END
};

#define ORDER                                                                                      \
    "o.id, o.payer_id, o.account, o.description, o.state, o.amount_fen, o.paid_fen,"               \
    "  o.created_at, o.expire_at, o.paid_at"

const struct statement order_sql[] = {
    [INSERT_ORDER] = {.sql = "INSERT INTO pay_order (id, payer_id, request_key, account,"
                             "  description, amount_fen, created_at, expire_at, updated_at)"
                             "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [INSERT_ITEM] = {.sql = "INSERT INTO pay_order_item"
                            "  (order_id, obligation_id, amount_fen, base_fen, surcharge_fen)"
                            "  VALUES (?, ?, ?, ?, ?)"},
    [FIND_OWN_ORDER] = {.sql = "SELECT " ORDER " FROM pay_order o"
                               "  WHERE o.payer_id = ? AND o.request_key = ?",
                        ROWS(struct order, order_fields)},
    [LIST_LIVE_ORDERS] = {.sql = "SELECT " ORDER " FROM pay_order_item i"
                                 "  JOIN pay_order o ON o.id = i.order_id"
                                 "  WHERE i.obligation_id = ? AND o.payer_id = ?"
                                 "  AND o.state = 'paying' AND o.expire_at > ?"
                                 "  ORDER BY o.id DESC LIMIT 20",
                          ROWS(struct order, order_fields)},
    [FIND_ORDER] = {.sql = "SELECT " ORDER " FROM pay_order o WHERE o.id = ? AND o.payer_id = ?",
                    ROWS(struct order, order_fields)},
    [LIST_ITEMS] = {.sql = "SELECT i.obligation_id, b.title, i.amount_fen, i.base_fen,"
                           "  i.surcharge_fen FROM pay_order_item i"
                           "  JOIN obligation b ON b.id = i.obligation_id"
                           "  WHERE i.order_id = ? ORDER BY i.obligation_id LIMIT 20",
                    ROWS(struct order_item, order_item_fields)},
    [MARK_PAID] = {.sql = "UPDATE pay_order o JOIN pay_attempt a ON a.order_id = o.id"
                          "  SET o.state = 'paid', o.paid_fen = ?, o.paid_at = ?,"
                          "  o.updated_at = ?, o.ver = o.ver + 1,"
                          "  a.state = 'paid', a.updated_at = ?, a.ver = a.ver + 1"
                          "  WHERE a.id = ? AND o.id = ?"
                          "  AND o.state IN ('paying', 'closing', 'closed')"},
    [MOVE_ORDER] = {.sql = "UPDATE pay_order SET state = ?, updated_at = ?, ver = ver + 1"
                           "  WHERE id = ? AND state = ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_own_order(struct request *r, struct order *order)
{
    return db_one(r, &order_sql[FIND_OWN_ORDER], order, VALUES(r->actor_id, r->key));
}

enum error list_live_orders(struct request *r, const char *obligation_id, struct records *orders)
{
    return db_many(r, &order_sql[LIST_LIVE_ORDERS], orders,
                   VALUES(obligation_id, r->actor_id, r->now));
}

enum error find_order(struct request *r, const char *order_no, struct order *order)
{
    return db_one(r, &order_sql[FIND_ORDER], order, VALUES(order_no, r->actor_id));
}

enum error insert_order(struct request *r, const struct order *order,
                        const struct order_item *items, size_t count)
{
    TRY(db_run(r, &order_sql[INSERT_ORDER],
               VALUES(order->id, order->payer_id, r->key, order->account, order->description,
                      order->amount_fen, r->now, order->expire_at, r->now)));
    for (size_t i = 0; i < count; i++)
        TRY(db_run(r, &order_sql[INSERT_ITEM],
                   VALUES(order->id, items[i].obligation_id, items[i].amount_fen, items[i].base_fen,
                          items[i].surcharge_fen)));
    return E_OK;
}

enum error list_items(struct request *r, const char *order_id, struct records *items)
{
    return db_many(r, &order_sql[LIST_ITEMS], items, VALUES(order_id));
}

enum error mark_order_paid(struct request *r, const struct payment_proof *proof,
                           const struct pursuit *pursuit)
{
    return db_change(r, &order_sql[MARK_PAID],
                     VALUES(proof->amount_fen, proof->happened_at, r->now, r->now,
                            pursuit->attempt_id, pursuit->order_id));
}

enum error move_order(struct request *r, const char *order_id, const char *from, const char *to)
{
    return db_change(r, &order_sql[MOVE_ORDER], VALUES(to, r->now, order_id, from));
}
