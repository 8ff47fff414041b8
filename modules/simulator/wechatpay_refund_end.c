/* The end of an accepted refund: the money moves, or does not, and the merchant is told. */

#include "core/money.h"
#include "simulator/wechatpay.h"

struct ending {
    const char *out_refund_no;
    struct sim_fault fault;
};

/* Without a URL of its own, a refund's notice is not sent. */
static enum error tell(struct request *r, const struct sim_order *order,
                       const struct sim_refund *refund, const struct sim_fault *fault)
{
    struct sim_callback callback = {
        .gateway = WECHATPAY,
        .kind = "refund",
        .out_trade_no = refund->out_trade_no,
        .out_refund_no = refund->out_refund_no,
        .url = refund->notify_url,
        .content = json_text(r->arena, refund_notice_json(r, order, refund)),
    };

    return plan_callback(r, &callback, fault);
}

static enum error move_or_release(struct request *r, const struct sim_refund *refund,
                                  struct sim_order *order)
{
    if (strcmp(refund->state, "success") == 0)
        return record_refund(r, refund);
    if (strcmp(refund->state, "closed") != 0)
        return E_OK; /* abnormal: the money waits for somebody to act */
    order->refunded_fen = fen_subtract(order->refunded_fen, refund->amount_fen);
    return store_order(r, order);
}

static enum error end_it(struct request *r, void *product)
{
    const struct ending *ending = product;
    struct sim_refund refund;
    struct sim_order order;

    TRY(find_refund(r, WECHATPAY, "", ending->out_refund_no, &refund));
    TRY(lock_order(r, WECHATPAY, refund.out_trade_no, &order));
    TRY(find_refund(r, WECHATPAY, "", ending->out_refund_no, &refund)); /* now it stands still */
    if (strcmp(refund.state, "processing") != 0)
        return E_OK;
    refund.state = refund.fate;
    refund.done_at = r->now;
    TRY(finish_refund(r, &refund));
    TRY(move_or_release(r, &refund, &order));
    return tell(r, &order, &refund, &ending->fault);
}

enum error end_refund(struct request *r, const struct task *task)
{
    json_t *arg = json_read(r->arena, task->arg, strlen(task->arg));
    struct ending ending = {.out_refund_no = json_string_at(arg, "out_refund_no")};

    TRY(fault_take(r, WECHATPAY, ending.out_refund_no, "callback", &ending.fault));
    return db_transaction(r, end_it, &ending);
}
