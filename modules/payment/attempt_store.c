#include "payment/order.h"

static const struct field attempt_fields[] = {
    FIELD(struct attempt, id),
    FIELD(struct attempt, order_id),
    FIELD(struct attempt, channel),
    FIELD(struct attempt, gateway),
    FIELD(struct attempt, merchant),
    FIELD(struct attempt, open_id),
    FIELD(struct attempt, state),
    FIELD(struct attempt, amount_fen),
    FIELD_OR_NULL(struct attempt, prepay_id),
    FIELD(struct attempt, created_at),
    FIELD_END,
};

static const struct field pursuit_fields[] = {
    FIELD(struct pursuit, attempt_id),        FIELD(struct pursuit, order_id),
    FIELD(struct pursuit, channel),           FIELD(struct pursuit, gateway),
    FIELD(struct pursuit, merchant),          FIELD(struct pursuit, open_id),
    FIELD_OR_NULL(struct pursuit, prepay_id), FIELD_OR_NULL(struct pursuit, obligation_ids),
    FIELD_OR_NULL(struct pursuit, rival_ids), FIELD(struct pursuit, attempt_state),
    FIELD(struct pursuit, order_state),       FIELD(struct pursuit, description),
    FIELD(struct pursuit, amount_fen),        FIELD(struct pursuit, created_at),
    FIELD(struct pursuit, expire_at),         FIELD(struct pursuit, order_created_at),
    FIELD(struct pursuit, updated_at),        FIELD_END,
};

enum {
    INSERT_ATTEMPT,
    FIND_ATTEMPT,
    FIND_PAYABLE,
    FIND_PURSUIT,
    LOCK_PURSUIT,
    OPEN_ATTEMPT,
    TOUCH_ATTEMPT,
    MOVE_ATTEMPT,
    MARK_PAID,
    STATEMENTS_END
};

#define PURSUIT                                                                                    \
    "a.id AS attempt_id, a.order_id, a.channel, a.gateway, a.merchant, a.open_id, a.prepay_id,"    \
    "  a.state AS attempt_state, o.state AS order_state, o.description, a.amount_fen,"             \
    "  a.created_at, a.updated_at, o.expire_at, o.created_at AS order_created_at"
#define PURSUED " FROM pay_attempt a JOIN pay_order o ON o.id = a.order_id WHERE a.id = ?"

const struct statement attempt_sql[] = {
    [INSERT_ATTEMPT] = {.sql = "INSERT INTO pay_attempt (id, order_id, channel, gateway, merchant,"
                               "  open_id, amount_fen, created_at, updated_at)"
                               "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND_ATTEMPT] =
        {.sql = "SELECT id, order_id, channel, gateway, merchant, open_id, state, amount_fen,"
                "  prepay_id, created_at FROM pay_attempt"
                "  WHERE order_id = ? ORDER BY state IN ('init', 'unknown', 'open') DESC,"
                "  updated_at DESC, id DESC LIMIT 1",
         ROWS(struct attempt, attempt_fields)},
    [FIND_PAYABLE] = {.sql = "SELECT " PURSUIT " FROM pay_attempt a"
                             "  JOIN pay_order o ON o.id = a.order_id WHERE a.order_id = ?"
                             "  AND a.channel = ? AND a.state IN ('init', 'unknown', 'open')",
                      ROWS(struct pursuit, pursuit_fields)},
    [FIND_PURSUIT] = {.sql = "SELECT " PURSUIT PURSUED, ROWS(struct pursuit, pursuit_fields)},
    /* The items were written with the order and never change: they need no lock. Attempts come and
       go under the lock of their order only. */
    [LOCK_PURSUIT] = {.sql = "SELECT " PURSUIT ", (SELECT GROUP_CONCAT(i.obligation_id"
                             "  ORDER BY i.obligation_id) FROM pay_order_item i"
                             "  WHERE i.order_id = o.id) AS obligation_ids,"
                             "  (SELECT GROUP_CONCAT(b.id) FROM pay_attempt b"
                             "  WHERE b.order_id = o.id AND b.id <> a.id"
                             "  AND b.state IN ('init', 'unknown', 'open')) AS rival_ids" PURSUED
                             "  AND a.gateway = ? AND a.merchant = ? FOR UPDATE",
                      ROWS(struct pursuit, pursuit_fields)},
    [OPEN_ATTEMPT] = {.sql = "UPDATE pay_attempt SET state = 'open', prepay_id = ?,"
                             "  updated_at = ?, ver = ver + 1"
                             "  WHERE id = ? AND state IN ('init', 'unknown', 'open')"},
    [TOUCH_ATTEMPT] = {.sql = "UPDATE pay_attempt SET updated_at = ?, ver = ver + 1"
                              "  WHERE id = ? AND state IN ('init', 'unknown')"},
    [MOVE_ATTEMPT] = {.sql = "UPDATE pay_attempt SET state = ?, updated_at = ?, ver = ver + 1"
                             "  WHERE id = ? AND state = ?"},
    [MARK_PAID] = {.sql = "UPDATE pay_attempt SET state = 'paid', updated_at = ?, ver = ver + 1"
                          "  WHERE id = ? AND state <> 'paid'"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_attempt(struct request *r, const char *order_id, struct attempt *attempt)
{
    return db_one(r, &attempt_sql[FIND_ATTEMPT], attempt, VALUES(order_id));
}

enum error find_payable(struct request *r, const char *order_id, const char *channel,
                        struct pursuit *pursuit)
{
    return db_one(r, &attempt_sql[FIND_PAYABLE], pursuit, VALUES(order_id, channel));
}

enum error find_pursuit(struct request *r, const char *attempt_id, struct pursuit *pursuit)
{
    return db_one(r, &attempt_sql[FIND_PURSUIT], pursuit, VALUES(attempt_id));
}

enum error lock_pursuit(struct request *r, const char *gateway, const char *merchant,
                        const char *attempt_id, struct pursuit *pursuit)
{
    return db_one(r, &attempt_sql[LOCK_PURSUIT], pursuit, VALUES(attempt_id, gateway, merchant));
}

enum error insert_attempt(struct request *r, const struct attempt *attempt)
{
    return db_run(r, &attempt_sql[INSERT_ATTEMPT],
                  VALUES(attempt->id, attempt->order_id, attempt->channel, attempt->gateway,
                         attempt->merchant, attempt->open_id, attempt->amount_fen, r->now, r->now));
}

enum error open_attempt(struct request *r, const char *id, const char *prepay_id)
{
    TRY(db_write(r, &attempt_sql[OPEN_ATTEMPT], VALUES(prepay_id, r->now, id)));
    return db_changed(r) > 0 ? E_OK : E_NOT_FOUND;
}

enum error touch_attempt(struct request *r, const char *id)
{
    TRY(db_write(r, &attempt_sql[TOUCH_ATTEMPT], VALUES(r->now, id)));
    return db_changed(r) > 0 ? E_OK : E_NOT_FOUND;
}

enum error move_attempt(struct request *r, const char *id, const char *from, const char *to)
{
    return db_change(r, &attempt_sql[MOVE_ATTEMPT], VALUES(to, r->now, id, from));
}

enum error mark_attempt_paid(struct request *r, const char *id)
{
    return db_run(r, &attempt_sql[MARK_PAID], VALUES(r->now, id));
}

const char *next_part(struct request *r, const char **text)
{
    size_t size = *text == NULL ? 0 : strcspn(*text, ",");
    const char *part = size == 0 ? NULL : arena_text_of(r->arena, *text, size);

    if (size > 0)
        *text += size + ((*text)[size] == ',');
    return part;
}
