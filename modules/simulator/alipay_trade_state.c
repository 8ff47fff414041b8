/* Query and close. */

#include "core/money.h"
#include "simulator/alipay.h"

static const char *status_to_tell(const struct request *r, const struct alipay_call *call,
                                  const struct sim_order *order)
{
    if (fault_is(&call->fault, "says_closed"))
        return "TRADE_CLOSED";
    return fault_is(&call->fault, "says_unpaid") ? "WAIT_BUYER_PAY" : trade_status(r, order);
}

static json_t *trade_json(struct request *r, const struct alipay_call *call,
                          const struct sim_order *order)
{
    struct fen amount = is_paid(order) ? order->paid_fen : order->amount_fen;
    const char *yuan, *status = status_to_tell(r, call, order);
    json_t *node = alipay_success();

    if (fault_is(&call->fault, "wrong_amount"))
        amount = fen_add(amount, (struct fen){1});
    yuan = fen_to_yuan(r->arena, amount);
    json_object_set_new(node, "out_trade_no", json_string(order->out_trade_no));
    json_object_set_new(node, "trade_no", json_string(order->gw_id));
    json_object_set_new(node, "buyer_logon_id", json_string("158****1562"));
    json_object_set_new(node, "trade_status", json_string(status));
    json_object_set_new(node, "total_amount", json_string(yuan));
    if (!is_paid(order) || strcmp(status, "WAIT_BUYER_PAY") == 0)
        return node;
    json_object_set_new(node, "buyer_pay_amount", json_string(yuan));
    json_object_set_new(node, "receipt_amount", json_string(yuan));
    json_object_set_new(node, "invoice_amount", json_string(yuan));
    json_object_set_new(node, "point_amount", json_string("0.00"));
    json_object_set_new(node, "send_pay_date", json_string(wire_local(r->arena, order->paid_at)));
    if (order->payer != NULL)
        json_object_set_new(node, "buyer_open_id", json_string(order->payer));
    return node;
}

enum error alipay_query(struct request *r, struct alipay_call *call)
{
    struct sim_order order;
    enum error found = find_trade(r, call, &order);

    if (found == E_NOT_FOUND) {
        alipay_refuse(call, "ACQ.TRADE_NOT_EXIST", "交易不存在");
        return E_OK;
    }
    TRY(found);
    call->node = trade_json(r, call, &order);
    return E_OK;
}

struct closing {
    const char *out_trade_no;
    struct sim_order order;
    bool is_closed; /* by this call; or by an earlier run of the body */
};

static enum error close_trade(struct request *r, void *product)
{
    struct closing *closing = product;

    TRY(lock_order(r, ALIPAY, closing->out_trade_no, &closing->order));
    if (strcmp(trade_status(r, &closing->order), "WAIT_BUYER_PAY") != 0)
        return E_OK;
    closing->is_closed = true;
    closing->order.state = "closed";
    closing->order.closed_at = r->now;
    return store_order(r, &closing->order);
}

enum error alipay_close(struct request *r, struct alipay_call *call)
{
    struct closing closing = {.is_closed = false};
    enum error found = find_trade(r, call, &closing.order);

    if (found == E_NOT_FOUND) {
        alipay_refuse(call, "ACQ.TRADE_NOT_EXIST", "交易不存在");
        return E_OK;
    }
    TRY(found);
    closing.out_trade_no = closing.order.out_trade_no;
    TRY(db_transaction(r, close_trade, &closing));
    if (!closing.is_closed) {
        if (is_paid(&closing.order))
            alipay_refuse(call, "ACQ.REASON_TRADE_STATUS_INVALID",
                          "交易状态异常，非待付款状态下不支持关闭操作");
        else
            alipay_refuse(call, "ACQ.TRADE_HAS_CLOSE", "交易已经关闭");
        return E_OK;
    }
    call->node = alipay_success();
    json_object_set_new(call->node, "out_trade_no", json_string(closing.order.out_trade_no));
    json_object_set_new(call->node, "trade_no", json_string(closing.order.gw_id));
    return E_OK;
}
