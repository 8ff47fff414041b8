/* What was paid for an obligation that its issuer has withdrawn: due, and decided by two officers.
 */

#include <inttypes.h>

#include "core/audit.h"
#include "core/log.h"
#include "core/money.h"
#include "core/ulid.h"
#include "casework/obligation.h"
#include "payment/fact.h"
#include "payment/refund.h"

/* The rest went back before, or is about to: whether that was for the same is for a person to say.
 */
static enum error tell_overlap(struct request *r, const char *obligation_id, struct fen paid,
                               struct fen left)
{
    return open_case(r, "revoked_overlap", obligation_id,
                     arena_printf(r->arena,
                                  "obligation %s: %" PRId64 " fen paid, %" PRId64 " fen left",
                                  obligation_id, paid.fen, left.fen));
}

static enum error insert_revoked(struct request *r, const struct refundable *order,
                                 const char *obligation_id, struct fen amount, const char *dedupe)
{
    const struct refund refund = {.id = ulid_new(r),
                                  .fact_id = order->fact_id,
                                  .order_id = order->order_id,
                                  .gateway = order->gateway,
                                  .merchant = order->merchant,
                                  .gateway_no = order->gateway_no,
                                  .reason = "revoked",
                                  .state = "requested",
                                  .obligation_id = obligation_id,
                                  .amount_fen = amount,
                                  .total_fen = order->paid_fen};

    TRY(insert_refund(r, &refund, dedupe));
    TRY(change_reserved(r, order->order_id, amount));
    audit(r, "refund_requested", refund.id, "order=%s revoked=%s fen=%" PRId64, order->order_id,
          obligation_id, amount.fen);
    return E_OK;
}

/* Of its item alone, surcharge included; the order's other items stay paid. */
enum error request_revoked(struct request *r, const char *obligation_id, const char *dedupe)
{
    const char *key = arena_printf(r->arena, "revoked:%s", dedupe);
    struct settled_item paid;
    struct refundable order;
    struct fen left;
    enum error found;

    TRY(find_settled_item(r, obligation_id, &paid));
    TRY(lock_refundable(r, paid.order_id, &order));
    found = find_refund_for(r, key, &(struct refund){.id = NULL});
    if (found != E_NOT_FOUND)
        return found;
    left = fen_subtract(order.paid_fen, order.reserved_fen);
    if (left.fen < paid.amount_fen.fen)
        TRY(tell_overlap(r, obligation_id, paid.amount_fen, left));
    if (left.fen == 0)
        return E_OK;
    return insert_revoked(r, &order, obligation_id,
                          left.fen < paid.amount_fen.fen ? left : paid.amount_fen, key);
}

/* The obligation is the proof; the event only says where to look. Not paid so far: what comes later
   is excess, and goes back by itself. */
static enum error return_withdrawn(struct request *r, void *product)
{
    const struct task *task = product;
    struct obligation obligation;

    TRY(obligation_find(r, task->dedupe, &obligation));
    if (obligation.withdrawn_at.ms == NONE)
        return failed(r, E_INTERNAL, "obligation %s is told to be withdrawn and is not",
                      task->dedupe);
    return obligation.settled_at.ms == NONE ? E_OK
                                            : request_revoked(r, obligation.id, obligation.id);
}

enum error take_withdrawal(struct request *r, const struct task *task)
{
    TRY(db_transaction(r, return_withdrawn, (void *)(uintptr_t)task));
    log_info(r, "withdrawal_taken", "obligation=%s", task->dedupe);
    return E_OK;
}
