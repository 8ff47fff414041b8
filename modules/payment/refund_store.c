#include "payment/recovery.h"
#include "payment/refund_tell.h"

const struct field refund_fields[] = {
    FIELD(struct refund, id),
    FIELD(struct refund, fact_id),
    FIELD_OR_NULL(struct refund, order_id),
    FIELD(struct refund, gateway),
    FIELD(struct refund, merchant),
    FIELD(struct refund, gateway_no),
    FIELD(struct refund, out_trade_no),
    FIELD(struct refund, reason),
    FIELD(struct refund, state),
    FIELD_OR_NULL(struct refund, maker),
    FIELD_OR_NULL(struct refund, checker),
    FIELD_OR_NULL(struct refund, note),
    FIELD_OR_NULL(struct refund, obligation_id),
    FIELD_OR_NULL(struct refund, transfer_state),
    FIELD_OR_NULL(struct refund, tail),
    FIELD_OR_NULL(struct refund, bounce),
    FIELD(struct refund, amount_fen),
    FIELD(struct refund, total_fen),
    FIELD(struct refund, created_at),
    FIELD(struct refund, updated_at),
    FIELD(struct refund, paid_at),
    FIELD_OR_NULL(struct refund, way),
    FIELD_OR_NULL(struct refund, sent_at),
    FIELD_END,
};

struct locked {
    const char *id;
};

static const struct field locked_fields[] = {FIELD(struct locked, id), FIELD_END};

enum {
    INSERT_REFUND,
    FIND_REFUND,
    FIND_FOR,
    LOCK_ORDER,
    LOCK_REFUND,
    MOVE_REFUND,
    DECIDE_REFUND,
    FIX_WAY,
    REVIEW_REFUND,
    MARK_SUBMITTED,
    LIST_REFUNDS,
    LIST_OF_ORDER,
    LIST_WAITING,
    STATEMENTS_END
};

#define LAST_TRANSFER(column)                                                                      \
    " (SELECT t." column " FROM refund_transfer t WHERE t.refund_id = d.id"                        \
    "  ORDER BY t.id DESC LIMIT 1)"

/* Not joined: MySQL locks rows of a table only for who may update it, and nobody may update a fact.
 */
#define REFUND                                                                                     \
    "SELECT d.id, d.fact_id, d.order_id, d.gateway, d.merchant, d.gateway_no,"                     \
    "  (SELECT f.our_no FROM money_fact f WHERE f.id = d.fact_id) AS out_trade_no, d.reason,"      \
    "  d.state, d.maker, d.checker, d.note, d.obligation_id, d.amount_fen, d.total_fen,"           \
    "  d.created_at, d.updated_at,"                                                                \
    "  (SELECT f.happened_at FROM money_fact f WHERE f.id = d.fact_id) AS paid_at, d.way,"         \
    "  d.sent_at," LAST_TRANSFER("state") " AS transfer_state," LAST_TRANSFER(                     \
        "tail") " AS tail," LAST_TRANSFER("bounce") " AS bounce FROM refund d"

const struct statement refund_sql[] = {
    [INSERT_REFUND] = {.sql = "INSERT INTO refund (id, fact_id, order_id, gateway, merchant,"
                              "  gateway_no, reason, dedupe, amount_fen, total_fen, state, maker,"
                              "  checker, note, obligation_id, way, created_at, updated_at)"
                              "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND_REFUND] = {.sql = REFUND " WHERE d.id = ?", ROWS(struct refund, refund_fields)},
    [FIND_FOR] = {.sql = REFUND " WHERE d.dedupe = ?", ROWS(struct refund, refund_fields)},
    [LOCK_ORDER] = {.sql = "SELECT id FROM pay_order WHERE id ="
                           "  (SELECT order_id FROM refund WHERE id = ?) FOR UPDATE",
                    ROWS(struct locked, locked_fields)},
    [LOCK_REFUND] = {.sql = REFUND " WHERE d.id = ? FOR UPDATE",
                     ROWS(struct refund, refund_fields)},
    [MOVE_REFUND] = {.sql = "UPDATE refund SET state = ?, refund_no = COALESCE(?, refund_no),"
                            "  updated_at = ?, ver = ver + 1 WHERE id = ? AND state = ?"},
    [DECIDE_REFUND] = {.sql = "UPDATE refund SET state = ?, checker = ?, updated_at = ?,"
                              "  ver = ver + 1 WHERE id = ? AND state = 'requested'"},
    [FIX_WAY] = {.sql = "UPDATE refund SET way = COALESCE(way, ?), sent_at = COALESCE(sent_at, ?),"
                        "  ver = ver + 1 WHERE id = ?"},
    [REVIEW_REFUND] = {.sql = "UPDATE refund SET maker = ?, updated_at = ?, ver = ver + 1"
                              "  WHERE id = ? AND state = 'requested' AND maker IS NULL"},
    [MARK_SUBMITTED] = {.sql = "UPDATE refund SET submitted_at = ?, ver = ver + 1 WHERE id = ?"},
    [LIST_REFUNDS] = {.sql = REFUND " WHERE d.id < ? AND (? IS NULL OR d.state = ?)"
                                    "  ORDER BY d.id DESC LIMIT ?",
                      ROWS(struct refund, refund_fields)},
    [LIST_OF_ORDER] = {.sql = REFUND " WHERE d.order_id = ? ORDER BY d.id LIMIT 100",
                       ROWS(struct refund, refund_fields)},
    [LIST_WAITING] = {.sql = REFUND " WHERE d.fact_id = ? AND d.state IN ('requested', 'approved')"
                                    "  FOR UPDATE",
                      ROWS(struct refund, refund_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error insert_refund(struct request *r, const struct refund *refund, const char *dedupe)
{
    TRY(db_run(r, &refund_sql[INSERT_REFUND],
               VALUES(refund->id, refund->fact_id, refund->order_id, refund->gateway,
                      refund->merchant, refund->gateway_no, refund->reason, dedupe,
                      refund->amount_fen, refund->total_fen, refund->state, refund->maker,
                      refund->checker, refund->note, refund->obligation_id, refund->way, r->now,
                      r->now)));
    return tell_refund(r, refund->id);
}

enum error find_refund(struct request *r, const char *id, struct refund *refund)
{
    return db_one(r, &refund_sql[FIND_REFUND], refund, VALUES(id));
}

enum error find_refund_for(struct request *r, const char *dedupe, struct refund *refund)
{
    return db_one(r, &refund_sql[FIND_FOR], refund, VALUES(dedupe));
}

enum error lock_refund(struct request *r, const char *id, struct refund *refund)
{
    struct locked order;
    enum error error = db_one(r, &refund_sql[LOCK_ORDER], &order, VALUES(id));

    if (error != E_OK && error != E_NOT_FOUND) /* an orphan has no order */
        return error;
    return db_one(r, &refund_sql[LOCK_REFUND], refund, VALUES(id));
}

enum error move_refund(struct request *r, const char *id, const char *from, const char *to,
                       const char *refund_no)
{
    TRY(db_change(r, &refund_sql[MOVE_REFUND], VALUES(to, refund_no, r->now, id, from)));
    /* What nobody agreed to ends without a word. */
    return strcmp(from, "requested") == 0 ? E_OK : tell_refund(r, id);
}

enum error decide_refund(struct request *r, const char *id, const char *to)
{
    TRY(db_change(r, &refund_sql[DECIDE_REFUND], VALUES(to, r->actor_id, r->now, id)));
    return strcmp(to, "approved") == 0 ? tell_refund(r, id) : E_OK;
}

enum error fix_way(struct request *r, const char *id, const char *way)
{
    return db_change(r, &refund_sql[FIX_WAY], VALUES(way, r->now, id));
}

enum error review_requested(struct request *r, const char *id)
{
    return db_change(r, &refund_sql[REVIEW_REFUND], VALUES(r->actor_id, r->now, id));
}

enum error mark_submitted(struct request *r, const char *id)
{
    return db_write(r, &refund_sql[MARK_SUBMITTED], VALUES(r->now, id));
}

enum error list_refunds(struct request *r, const char *state, const char *before, int64_t limit,
                        struct records *refunds)
{
    return db_many(r, &refund_sql[LIST_REFUNDS], refunds, VALUES(before, state, state, limit));
}

enum error list_refunds_of(struct request *r, const char *order_id, struct records *refunds)
{
    return db_many(r, &refund_sql[LIST_OF_ORDER], refunds, VALUES(order_id));
}

enum error list_waiting(struct request *r, const char *fact_id, struct records *refunds)
{
    return db_many(r, &refund_sql[LIST_WAITING], refunds, VALUES(fact_id));
}
