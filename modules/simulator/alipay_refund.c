#include "core/money.h"
#include "simulator/alipay.h"

const struct member alipay_refund_members[] = {
    {"out_trade_no", A_TEXT, false, 1, 64, is_plain},
    {"trade_no", A_TEXT, false, 1, 64, is_plain},
    {"refund_amount", A_TEXT, true, 4, 12, is_alipay_amount},
    {"out_request_no", A_TEXT, false, 1, 64, is_alipay_no},
    {"refund_reason", A_TEXT, false, 0, 256, NULL},
    {"*", ANYTHING, false, 0, 0, NULL},
    {.path = NULL},
};

const struct member alipay_refund_query_members[] = {
    {"out_trade_no", A_TEXT, false, 1, 64, is_plain},
    {"trade_no", A_TEXT, false, 1, 64, is_plain},
    {"out_request_no", A_TEXT, true, 1, 64, is_plain},
    {"*", ANYTHING, false, 0, 0, NULL},
    {.path = NULL},
};

struct refunding {
    struct sim_refund asked, found;
    struct sim_order order;
    struct sim_fault callback_fault;
    const char *sub_code, *sub_msg;
    bool is_known, was_tried;
};

static void judge(struct refunding *refunding)
{
    const struct sim_order *order = &refunding->order;
    int64_t left = order->paid_fen.fen - order->refunded_fen.fen;

    refunding->sub_code = NULL;
    if (!is_paid(order)) {
        refunding->sub_code = "ACQ.TRADE_STATUS_ERROR";
        refunding->sub_msg = "交易状态不合法";
    } else if (refunding->asked.amount_fen.fen > left) {
        refunding->sub_code = "ACQ.REASON_TRADE_REFUND_FEE_ERR";
        refunding->sub_msg = "退款金额无效";
    }
}

static enum error tell(struct request *r, const struct refunding *refunding)
{
    const struct sim_order *order = &refunding->order;
    struct sim_callback callback = {
        .gateway = ALIPAY,
        .kind = "refund",
        .out_trade_no = order->out_trade_no,
        .out_refund_no = refunding->asked.out_refund_no,
        .url = order->notify_url,
        .content = json_text(r->arena, trade_notice_json(r, order, &refunding->asked)),
    };

    return plan_callback(r, &callback, &refunding->callback_fault);
}

/* Alipay refunds at once: the money moves in this transaction. */
static enum error refund_trade(struct request *r, void *product)
{
    struct refunding *refunding = product;
    struct sim_refund *asked = &refunding->asked;
    struct sim_order *order = &refunding->order;
    enum error found;

    refunding->sub_code = NULL;
    TRY(lock_order(r, ALIPAY, asked->out_trade_no, order));
    found = find_refund(r, ALIPAY, asked->scope, asked->out_refund_no, &refunding->found);
    refunding->is_known = found == E_OK && !refunding->was_tried;
    if (found != E_NOT_FOUND)
        return found;
    judge(refunding);
    if (refunding->sub_code != NULL)
        return E_OK;
    refunding->was_tried = true;
    asked->gw_id = order->gw_id;
    asked->total_fen = order->paid_fen;
    order->refunded_fen = fen_add(order->refunded_fen, asked->amount_fen);
    order->refunds++;
    order->refunded_at = r->now;
    TRY(store_order(r, order));
    TRY(insert_refund(r, asked));
    TRY(record_refund(r, asked));
    return tell(r, refunding);
}

/* Without a number of its own, a refund bears the order's, and is for all of it. */
static struct sim_refund refund_of(struct request *r, const struct alipay_call *call,
                                   const char *out_trade_no)
{
    const char *number = json_string_at(call->biz, "out_request_no");
    struct sim_refund refund = {
        .gateway = ALIPAY,
        .scope = out_trade_no,
        .out_refund_no = number == NULL ? out_trade_no : number,
        .refund_id = new_trade_no(r),
        .out_trade_no = out_trade_no,
        .reason = json_string_at(call->biz, "refund_reason"),
        .state = "success",
        .fate = "success",
        .created_at = r->now,
        .done_at = r->now,
    };

    (void)fen_from_yuan(json_string_at(call->biz, "refund_amount"), &refund.amount_fen);
    return refund;
}

static json_t *refund_answer(struct request *r, const struct refunding *refunding)
{
    const struct sim_order *order = &refunding->order;
    json_t *node = alipay_success();

    json_object_set_new(node, "out_trade_no", json_string(order->out_trade_no));
    json_object_set_new(node, "trade_no", json_string(order->gw_id));
    json_object_set_new(node, "buyer_logon_id", json_string("158****1562"));
    json_object_set_new(node, "fund_change", json_string(refunding->is_known ? "N" : "Y"));
    json_object_set_new(node, "refund_fee",
                        json_string(fen_to_yuan(r->arena, order->refunded_fen)));
    json_object_set_new(node, "gmt_refund_pay",
                        json_string(wire_local(r->arena, order->refunded_at)));
    return node;
}

static void answer_refund(struct request *r, struct alipay_call *call,
                          const struct refunding *refunding)
{
    if (refunding->sub_code != NULL)
        alipay_refuse(call, refunding->sub_code, refunding->sub_msg);
    else if (refunding->is_known &&
             refunding->found.amount_fen.fen != refunding->asked.amount_fen.fen)
        alipay_refuse(call, "ACQ.DISCORDANT_REPEAT_REQUEST", "同一笔退款的金额不一致");
    else
        call->node = refund_answer(r, refunding);
}

enum error alipay_refund(struct request *r, struct alipay_call *call)
{
    struct refunding refunding = {.sub_code = NULL};
    enum error found = find_trade(r, call, &refunding.order);

    if (found == E_NOT_FOUND) {
        alipay_refuse(call, "ACQ.TRADE_NOT_EXIST", "交易不存在");
        return E_OK;
    }
    TRY(found);
    if (fault_is(&call->fault, "not_enough")) {
        alipay_refuse(call, "ACQ.SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足");
        return E_OK;
    }
    refunding.asked = refund_of(r, call, refunding.order.out_trade_no);
    if (json_string_at(call->biz, "out_request_no") == NULL &&
        refunding.asked.amount_fen.fen != refunding.order.paid_fen.fen) {
        alipay_refuse(call, "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "部分退款须传out_request_no");
        return E_OK;
    }
    TRY(fault_take(r, ALIPAY, refunding.asked.out_refund_no, "callback",
                   &refunding.callback_fault));
    TRY(db_transaction(r, refund_trade, &refunding));
    answer_refund(r, call, &refunding);
    return E_OK;
}

enum error alipay_refund_query(struct request *r, struct alipay_call *call)
{
    const char *number = json_string_at(call->biz, "out_request_no");
    struct sim_order order;
    struct sim_refund refund;
    enum error found = find_trade(r, call, &order);

    if (found == E_NOT_FOUND) {
        alipay_refuse(call, "ACQ.TRADE_NOT_EXIST", "交易不存在");
        return E_OK;
    }
    TRY(found);
    found = find_refund(r, ALIPAY, order.out_trade_no, number, &refund);
    if (found != E_OK && found != E_NOT_FOUND)
        return found;
    call->node = alipay_success();
    json_object_set_new(call->node, "out_trade_no", json_string(order.out_trade_no));
    json_object_set_new(call->node, "trade_no", json_string(order.gw_id));
    json_object_set_new(call->node, "out_request_no", json_string(number));
    if (found == E_NOT_FOUND) /* "asked", which is not "refunded" */
        return E_OK;
    json_object_set_new(call->node, "total_amount",
                        json_string(fen_to_yuan(r->arena, order.paid_fen)));
    json_object_set_new(call->node, "refund_amount",
                        json_string(fen_to_yuan(r->arena, refund.amount_fen)));
    json_object_set_new(call->node, "refund_status", json_string("REFUND_SUCCESS"));
    json_object_set_new(call->node, "gmt_refund_pay",
                        json_string(wire_local(r->arena, refund.done_at)));
    return E_OK;
}
