/* Query, refund and cancel. */

#include "core/money.h"
#include "simulator/unionpay.h"

const char *unionpay_number(struct request *r)
{
    const struct simulator *simulator = r->state;

    return arena_printf(r->arena, "%s%s%s", wire_random_digits(r->arena, simulator->random, 2),
                        wire_compact(r->arena, r->now) + 2,
                        wire_random_digits(r->arena, simulator->random, 7));
}

static void tell_found(struct request *r, struct unionpay_call *call, const char *txn_type,
                       const char *code, const struct unionpay_facts *facts)
{
    unionpay_set(r, call, "txnType", txn_type);
    unionpay_set(r, call, "txnSubType", strcmp(txn_type, "01") == 0 ? "01" : "00");
    unionpay_set(r, call, "origRespCode", code);
    unionpay_set(r, call, "origRespMsg",
                 strcmp(code, "00") == 0 ? "成功[0000000]" : "交易未成功[1000001]");
    unionpay_tell(r, &call->answer, facts);
}

/* Another merchant's is unknown to a merchant. */
static bool is_own(const struct unionpay_call *call, const struct sim_order *order)
{
    return strcmp(order->merchant, call->party->mer_id) == 0;
}

static enum error tell_payment(struct request *r, struct unionpay_call *call,
                               const struct sim_unionpay *row)
{
    struct sim_order order;
    struct unionpay_facts facts;

    TRY(find_order(r, UNIONPAY, row->order_id, &order));
    if (!is_own(call, &order) || !is_paid(&order) || fault_is(&call->fault, "says_unpaid")) {
        unionpay_refuse(call, "34", "查无此交易");
        return E_OK;
    }
    facts = (struct unionpay_facts){order.gw_id, order.paid_fen, order.paid_at};
    if (fault_is(&call->fault, "wrong_amount"))
        facts.amount = fen_add(facts.amount, (struct fen){1});
    tell_found(r, call, "01", fault_is(&call->fault, "says_closed") ? "01" : "00", &facts);
    return E_OK;
}

static enum error tell_reversal(struct request *r, struct unionpay_call *call,
                                const struct sim_unionpay *row)
{
    struct sim_refund refund;
    struct sim_order order;
    struct unionpay_facts facts;

    TRY(find_refund(r, UNIONPAY, "", row->order_id, &refund));
    TRY(find_order(r, UNIONPAY, refund.out_trade_no, &order));
    if (!is_own(call, &order))
        return unionpay_refuse(call, "34", "查无此交易"), E_OK;
    facts = (struct unionpay_facts){refund.refund_id, refund.amount_fen, refund.done_at};
    unionpay_set(r, call, "origQryId", refund.gw_id);
    tell_found(r, call, row->txn_type, strcmp(refund.state, "success") == 0 ? "00" : "01", &facts);
    return E_OK;
}

enum error unionpay_find(struct request *r, struct unionpay_call *call)
{
    struct sim_unionpay row;
    enum error found = find_unionpay(r, unionpay_get(call, "orderId"), &row);

    if (found != E_OK && found != E_NOT_FOUND)
        return found;
    if (found == E_NOT_FOUND || strcmp(row.txn_time, unionpay_get(call, "txnTime")) != 0) {
        unionpay_refuse(call, "34", "查无此交易");
        return E_OK;
    }
    return strcmp(row.txn_type, "01") == 0 ? tell_payment(r, call, &row)
                                           : tell_reversal(r, call, &row);
}

struct reversing {
    const struct unionpay_call *call;
    struct sim_refund asked;
    struct sim_unionpay row;
    struct sim_order order;
    struct sim_fault callback_fault;
    const char *code, *text;
    bool was_tried;
};

static void refuse_with(struct reversing *reversing, const char *code, const char *text)
{
    reversing->code = code;
    reversing->text = text;
}

/* A clearing day begins at 23:00. */
static bool is_same_clearing_day(struct instant a, struct instant b)
{
    return civil_day(instant_add(a, HOUR_MS)).number == civil_day(instant_add(b, HOUR_MS)).number;
}

static void judge(const struct request *r, struct reversing *reversing)
{
    const struct sim_order *order = &reversing->order;
    const struct sim_refund *asked = &reversing->asked;
    bool is_cancel = strcmp(reversing->row.txn_type, "31") == 0;

    if (!is_paid(order) || (is_cancel && !is_same_clearing_day(order->paid_at, r->now)))
        refuse_with(reversing, "35", "原交易不存在或状态不正确");
    else if (asked->amount_fen.fen > order->paid_fen.fen - order->refunded_fen.fen ||
             (is_cancel && asked->amount_fen.fen != order->paid_fen.fen))
        refuse_with(reversing, "36", "与原交易信息不符");
}

/* Told of success only. */
static enum error move_money(struct request *r, struct reversing *reversing)
{
    const struct sim_refund *asked = &reversing->asked;
    struct sim_order *order = &reversing->order;
    const struct sim_callback callback = {
        .gateway = UNIONPAY,
        .kind = "refund",
        .out_trade_no = order->out_trade_no,
        .out_refund_no = asked->out_refund_no,
        .url = asked->notify_url,
        .content = json_text(
            r->arena, unionpay_reversed_json(r, order->merchant, asked, reversing->row.txn_type)),
    };

    order->refunded_fen = fen_add(order->refunded_fen, asked->amount_fen);
    order->refunds++;
    order->refunded_at = r->now;
    TRY(store_order(r, order));
    TRY(record_refund(r, asked));
    return plan_callback(r, &callback, &reversing->callback_fault);
}

static enum error reverse(struct request *r, void *product)
{
    struct reversing *reversing = product;
    struct sim_refund *asked = &reversing->asked;
    struct sim_unionpay known;
    enum error found = find_order_by_id(r, UNIONPAY, asked->gw_id, &reversing->order);

    refuse_with(reversing, "00", "成功[0000000]");
    if (found == E_NOT_FOUND || (found == E_OK && !is_own(reversing->call, &reversing->order)))
        return refuse_with(reversing, "35", "原交易不存在或状态不正确"), E_OK;
    TRY(found);
    TRY(lock_order(r, UNIONPAY, reversing->order.out_trade_no, &reversing->order));
    found = find_unionpay(r, asked->out_refund_no, &known);
    if (found == E_OK && !reversing->was_tried)
        refuse_with(reversing, "12", "重复交易");
    if (found != E_NOT_FOUND)
        return found;
    judge(r, reversing);
    if (strcmp(reversing->code, "00") != 0)
        return E_OK;
    reversing->was_tried = true;
    asked->out_trade_no = reversing->order.out_trade_no;
    asked->total_fen = reversing->order.paid_fen;
    TRY(insert_refund(r, asked));
    TRY(insert_unionpay(r, &reversing->row));
    return strcmp(asked->state, "success") == 0 ? move_money(r, reversing) : E_OK;
}

static struct reversing reversing_of(struct request *r, const struct unionpay_call *call,
                                     const struct unionpay_kind *kind)
{
    const char *fate = fault_is(&call->fault, "refund_closed")     ? "closed"
                       : fault_is(&call->fault, "refund_abnormal") ? "abnormal"
                                                                   : "success";

    return (struct reversing){
        .call = call,
        .asked = {.gateway = UNIONPAY,
                  .scope = "",
                  .out_refund_no = unionpay_get(call, "orderId"),
                  .refund_id = unionpay_number(r),
                  .gw_id = unionpay_get(call, "origQryId"),
                  .amount_fen = unionpay_amount(unionpay_get(call, "txnAmt")),
                  .notify_url = unionpay_get(call, "backUrl"),
                  .state = fate,
                  .fate = fate,
                  .created_at = r->now,
                  .done_at = r->now},
        .row = {.order_id = unionpay_get(call, "orderId"),
                .txn_time = unionpay_get(call, "txnTime"),
                .txn_type = kind->txn_type},
    };
}

enum error unionpay_reverse(struct request *r, struct unionpay_call *call,
                            const struct unionpay_kind *kind)
{
    struct reversing reversing = reversing_of(r, call, kind);

    if (fault_is(&call->fault, "not_enough")) {
        unionpay_refuse(call, "06", "系统繁忙，请稍后再试");
        return E_OK;
    }
    TRY(fault_take(r, UNIONPAY, reversing.asked.out_refund_no, "callback",
                   &reversing.callback_fault));
    TRY(db_transaction(r, reverse, &reversing));
    unionpay_refuse(call, reversing.code, reversing.text);
    if (strcmp(reversing.code, "00") == 0)
        unionpay_set(r, call, "queryId", reversing.asked.refund_id);
    return E_OK;
}
