/* What the end of a refund of what was applied does to its order and to the books. */

#include "core/audit.h"
#include "core/job.h"
#include "core/money.h"
#include "core/ulid.h"
#include "payment/fact.h"
#include "payment/refund.h"

/* Not refunded after all: what stood in suspense is paid again, and free for another refund. */
static enum error release(struct request *r, const struct refund *refund,
                          const struct refundable *order)
{
    TRY(change_reserved(r, refund->order_id, (struct fen){-refund->amount_fen.fen}));
    if (refund->checker == NULL || strcmp(refund->state, "requested") == 0)
        return E_OK; /* nothing was booked yet */
    return book_reapply(r, refund->id, order->kind, refund->amount_fen);
}

enum error end_refund(struct request *r, const struct refund *refund, bool is_success)
{
    struct refundable order;
    int64_t under_way;

    if (!is_of_applied(refund))
        return E_OK;
    TRY(lock_refundable(r, refund->order_id, &order));
    if (is_success)
        TRY(add_refunded(r, refund->order_id, refund->amount_fen));
    else
        TRY(release(r, refund, &order));
    if (is_success)
        order.refunded_fen = fen_add(order.refunded_fen, refund->amount_fen);
    TRY(count_under_way(r, refund->order_id, &under_way));
    return move_refundable(r, refund->order_id, order.state, refunded_state(&order, under_way));
}

enum error replace_refund(struct request *r, const struct refund *refused)
{
    struct refund refund = *refused;

    refund.id = ulid_new(r);
    refund.state = "approved";
    refund.way = WAY_REFUND;
    TRY(move_refund(r, refused->id, refused->state, "closed", NULL));
    TRY(insert_refund(r, &refund, arena_printf(r->arena, "again:%s", refused->id)));
    audit(r, "refund_replaced", refused->id, "cancellation refused, refund=%s", refund.id);
    return job_add(r, "follow_refund", refund.id, NULL, r->now);
}
