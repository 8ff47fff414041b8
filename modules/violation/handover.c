/* A pound tells that it handed something over: the order is used up, once. What does not fit is
   audited and logged for people to look into, and changes nothing. */

#include "core/audit.h"
#include "core/clock.h"
#include "core/log.h"
#include "violation/release.h"

/* Why the handing over was wrong; NULL when it was right. */
static const char *fault_of(const struct handover *handover, const struct release_order *order)
{
    struct day on = civil_day(handover->released_at);

    if (strcmp(handover->item_no, order->item_no) != 0)
        return "order is of another item";
    if (order->used_at.ms != NONE)
        return "order was used before";
    if (!order->stands)
        return "order does not stand";
    if (on.number < order->valid_from.number || on.number > order->valid_to.number)
        return "order was not in force that day";
    return NULL;
}

struct handing {
    const struct task *task;
    struct handover handover;
    const char *fault;
};

static enum error find_order_for(struct request *r, struct handing *handing,
                                 struct release_order *order)
{
    enum error found = find_order_no(r, handing->handover.order_no, order);

    if (found == E_NOT_FOUND)
        handing->fault = "no such order";
    TRY(found);
    TRY(lock_release(r, order->item_id));
    TRY(find_order_no(r, handing->handover.order_no, order));
    handing->fault = IS_ONE_OF(handing->handover.id, order->handover_id)
                         ? NULL
                         : fault_of(&handing->handover, order);
    return E_OK;
}

static enum error hand_over(struct request *r, void *product)
{
    struct handing *handing = product;
    struct release_order order;
    enum error found;

    TRY(find_handover(r, handing->task->dedupe, &handing->handover));
    handing->fault = NULL;
    found = find_order_for(r, handing, &order);
    if (found != E_OK && found != E_NOT_FOUND)
        return found;
    if (handing->fault != NULL) {
        audit(r, "handover_refused", handing->handover.id, "order=%s: %s",
              handing->handover.order_no, handing->fault);
        return E_OK;
    }
    if (order.used_at.ms != NONE) /* told before */
        return E_OK;
    TRY(use_order(r, order.application_id, handing->handover.id, handing->handover.released_at));
    audit(r, "handover", order.application_id, "order=%s", order.order_no);
    return E_OK;
}

enum error take_release_done(struct request *r, const struct task *task)
{
    struct handing handing = {.task = task};

    TRY(db_transaction(r, hand_over, &handing));
    if (handing.fault != NULL)
        log_error(r, "handover_refused", "handover=%s order=%s: %s", handing.handover.id,
                  handing.handover.order_no, handing.fault);
    else
        log_info(r, "handed_over", "order=%s", handing.handover.order_no);
    return E_OK;
}
