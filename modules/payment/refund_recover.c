/* What refunds of a forgotten time do to the order, to the books, and to those that wait. */

#include "core/ulid.h"
#include "payment/recovery.h"

static const struct field payment_fields[] = {
    FIELD(struct recovery, fact_id),
    FIELD_OR_NULL(struct recovery, order_id),
    FIELD(struct recovery, gateway_no),
    FIELD(struct recovery, disposition),
    FIELD(struct recovery, total_fen),
    FIELD(struct recovery, left_fen),
    FIELD_END,
};

struct counted {
    int64_t count;
};

static const struct field counted_fields[] = {FIELD(struct counted, count), FIELD_END};

enum { FIND_PAYMENT, COUNT_AWAITED, STATEMENTS_END };

const struct statement recovery_sql[] = {
    [FIND_PAYMENT] = {.sql = "SELECT f.id AS fact_id, f.order_id, f.gateway_no, f.disposition,"
                             "  f.amount_fen AS total_fen, f.amount_fen - COALESCE((SELECT"
                             "    CAST(SUM(d.amount_fen) AS SIGNED) FROM refund d"
                             "    WHERE d.fact_id = f.id AND d.state NOT IN"
                             "    ('requested', 'approved', 'closed')), 0) AS left_fen"
                             "  FROM money_fact f WHERE f.gateway = ? AND f.merchant = ?"
                             "  AND f.direction = 'in' AND f.gateway_no = ?",
                      ROWS(struct recovery, payment_fields)},
    /* Restorations after the payment, whose forgotten time is not covered by bills so far. */
    [COUNT_AWAITED] = {.sql = "SELECT COUNT(*) AS count FROM restoration x JOIN money_fact f"
                              "  ON f.id = ? AND f.happened_at < x.restored_at"
                              "  WHERE TIMESTAMPDIFF(MICROSECOND, x.backup_at, x.restored_at) >"
                              "    (SELECT COALESCE(SUM(TIMESTAMPDIFF(MICROSECOND,"
                              "      GREATEST(b.begins_at, x.backup_at),"
                              "      LEAST(b.ends_at, x.restored_at))), 0) FROM recon_batch b"
                              "    WHERE b.gateway = f.gateway AND b.merchant = f.merchant"
                              "    AND b.kind = 'trade' AND b.state IN ('waiting', 'closed')"
                              "    AND b.ends_at > x.backup_at AND b.begins_at < x.restored_at)",
                       ROWS(struct counted, counted_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

static enum error find_payment(struct request *r, const struct payment_proof *proof,
                               const char *paid_no, struct recovery *recovery)
{
    return db_one(r, &recovery_sql[FIND_PAYMENT], recovery,
                  VALUES(proof->gateway, proof->merchant, paid_no));
}

/* What is left of it is asked for again once its order is locked. */
enum error find_recovery(struct request *r, const struct payment_proof *proof,
                         const struct refund *known, struct recovery *recovery)
{
    const char *paid_no = known == NULL ? proof->paid_no : known->gateway_no;
    struct refundable order;
    enum error found;

    *recovery = (struct recovery){.is_possible = false};
    if (paid_no == NULL || !is_ulid(proof->our_no) ||
        (known != NULL && (strcmp(known->state, "requested") != 0 ||
                           known->amount_fen.fen != proof->amount_fen.fen)))
        return E_OK;
    found = find_payment(r, proof, paid_no, recovery);
    if (found != E_OK)
        return found == E_NOT_FOUND ? E_OK : found;
    if (recovery->order_id != NULL) {
        TRY(lock_refundable(r, recovery->order_id, &order));
        TRY(find_payment(r, proof, paid_no, recovery));
    }
    recovery->refund_id = proof->our_no;
    recovery->known = known;
    recovery->is_possible = recovery->left_fen.fen >= proof->amount_fen.fen;
    return E_OK;
}

/* Whoever made it did so without knowing of the one that is recovered: they decide anew. */
static enum error close_waiting(struct request *r, const struct recovery *recovery)
{
    struct records waiting;
    const struct refund *one;

    TRY(list_waiting(r, recovery->fact_id, &waiting));
    one = waiting.items;
    for (size_t i = 0; i < waiting.count; i++) {
        if (strcmp(one[i].id, recovery->refund_id) == 0)
            continue;
        TRY(move_refund(r, one[i].id, one[i].state, "closed", NULL));
        TRY(end_refund(r, &one[i], false));
    }
    return E_OK;
}

static enum error insert_recovered(struct request *r, const struct payment_proof *proof,
                                   const struct recovery *recovery)
{
    struct refund refund = {.id = recovery->refund_id,
                            .fact_id = recovery->fact_id,
                            .order_id = recovery->order_id,
                            .gateway = proof->gateway,
                            .merchant = proof->merchant,
                            .gateway_no = recovery->gateway_no,
                            .reason = "recovered",
                            .state = "success",
                            .amount_fen = proof->amount_fen,
                            .total_fen = recovery->total_fen};

    return insert_refund(r, &refund, refund.id);
}

/* The order and the ledger, as if it had been agreed to and had arrived just now. */
static enum error book_recovered(struct request *r, const struct payment_proof *proof,
                                 const struct recovery *recovery)
{
    struct refundable order;
    int64_t under_way;

    TRY(lock_refundable(r, recovery->order_id, &order));
    if (recovery->known == NULL)
        TRY(change_reserved(r, order.order_id, proof->amount_fen));
    TRY(book_unapply(r, recovery->refund_id, order.kind, proof->amount_fen));
    TRY(move_refundable(r, order.order_id, order.state, "refunding"));
    TRY(add_refunded(r, order.order_id, proof->amount_fen));
    order.refunded_fen.fen += proof->amount_fen.fen;
    TRY(count_under_way(r, order.order_id, &under_way));
    return move_refundable(r, order.order_id, "refunding", refunded_state(&order, under_way));
}

enum error recover_refund(struct request *r, const struct payment_proof *proof,
                          const struct recovery *recovery)
{
    TRY(close_waiting(r, recovery));
    if (recovery->known == NULL)
        TRY(insert_recovered(r, proof, recovery));
    else
        TRY(move_refund(r, recovery->refund_id, recovery->known->state, "success",
                        proof->gateway_no));
    if (strcmp(recovery->disposition, "applied") == 0)
        TRY(book_recovered(r, proof, recovery));
    return open_case(r, "refund_recovered", recovery->refund_id,
                     arena_printf(r->arena, "%s %s: %lld of %lld fen of payment %s went back",
                                  proof->gateway, proof->gateway_no,
                                  (long long)proof->amount_fen.fen,
                                  (long long)recovery->total_fen.fen, recovery->gateway_no));
}

enum error is_awaiting_bills(struct request *r, const struct refund *refund, bool *is_awaiting)
{
    struct counted awaited = {0};

    *is_awaiting = false;
    if (strcmp(refund->state, "approved") != 0)
        return E_OK;
    TRY(db_one(r, &recovery_sql[COUNT_AWAITED], &awaited, VALUES(refund->fact_id)));
    *is_awaiting = awaited.count > 0;
    return E_OK;
}
