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

/* Of one item of an order, down to what is owed for it; its other items stay paid. What was asked
   back for it before, when it was lowered say, is seen under the lock of the order. */
static enum error return_down_to(struct request *r, const char *obligation_id, struct fen owed,
                                 const char *key)
{
    struct settled_item paid;
    struct refundable order;
    struct fen left, amount;
    enum error found;

    TRY(find_settled_item(r, obligation_id, &paid));
    TRY(lock_refundable(r, paid.order_id, &order));
    found = find_refund_for(r, key, &(struct refund){.id = NULL});
    if (found != E_NOT_FOUND)
        return found;
    TRY(find_settled_item(r, obligation_id, &paid));
    amount = fen_subtract(fen_subtract(paid.amount_fen, owed), paid.returned_fen);
    if (amount.fen <= 0)
        return E_OK;
    left = fen_subtract(order.paid_fen, order.reserved_fen);
    if (left.fen < amount.fen)
        TRY(tell_overlap(r, obligation_id, amount, left));
    if (left.fen == 0)
        return E_OK;
    return insert_revoked(r, &order, obligation_id, left.fen < amount.fen ? left : amount, key);
}

/* All of its item, surcharge included. */
enum error request_revoked(struct request *r, const char *obligation_id, const char *dedupe)
{
    return return_down_to(r, obligation_id, (struct fen){0},
                          arena_printf(r->arena, "revoked:%s", dedupe));
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

/* What is owed less had less surcharge on the day of paying, too. Not paid so far: who pays an
   order that still has the price of before is given the rest when it settles. */
static enum error return_excess(struct request *r, void *product)
{
    const struct task *task = product;
    struct obligation obligation;

    TRY(obligation_find(r, task->dedupe, &obligation));
    if (obligation.lowered_at.ms == NONE)
        return failed(r, E_INTERNAL, "obligation %s is told to be lowered and is not",
                      task->dedupe);
    if (obligation.settled_at.ms == NONE || obligation.withdrawn_at.ms != NONE)
        return E_OK;
    return return_down_to(r, obligation.id,
                          amount_due(&obligation, obligation.settled_at).total_fen,
                          arena_printf(r->arena, "lowered:%s", obligation.id));
}

enum error take_lowering(struct request *r, const struct task *task)
{
    TRY(db_transaction(r, return_excess, (void *)(uintptr_t)task));
    log_info(r, "lowering_taken", "obligation=%s", task->dedupe);
    return E_OK;
}
