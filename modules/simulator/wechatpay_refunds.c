#include "core/job.h"
#include "core/money.h"
#include "simulator/wechatpay.h"

#define REFUNDS_MAX 50
#define REFUND_DAYS 365

static bool is_refund_no(const char *text)
{
    return text[strspn(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                             "_-|*@")] == '\0';
}

static bool is_cny(const char *text)
{
    return strcmp(text, "CNY") == 0;
}

static bool is_available(const char *text)
{
    return strcmp(text, "AVAILABLE") == 0;
}

static const struct member refund_members[] = {
    {"transaction_id", A_TEXT, false, 1, 32, is_plain},
    {"out_trade_no", A_TEXT, false, 6, 32, is_wechat_order_no},
    {"out_refund_no", A_TEXT, true, 1, 64, is_refund_no},
    {"reason", A_TEXT, false, 1, 80, NULL},
    {"notify_url", A_TEXT, false, 1, 255, is_notify_url},
    {"funds_account", A_TEXT, false, 1, 32, is_available},
    {"amount", AN_OBJECT, true, 0, 0, NULL},
    {"amount.refund", AN_INTEGER, true, 1, INT64_MAX, NULL},
    {"amount.total", AN_INTEGER, true, 1, INT64_MAX, NULL},
    {"amount.currency", A_TEXT, true, 1, 16, is_cny},
    {"amount.from", ANYTHING, false, 0, 0, NULL},
    {"goods_detail", ANYTHING, false, 0, 0, NULL},
    {.path = NULL},
};

/* Why a refund is not accepted; .code is NULL when it is. */
struct refusal {
    int status;
    const char *code;
    const char *message;
};

struct refunding {
    struct sim_refund asked, found;
    struct sim_order order;
    struct refusal refusal;
    bool is_known;
};

/* The rules of one more refund of this order, in the order in which the real one names them. */
static struct refusal judge(const struct request *r, const struct refunding *refunding)
{
    const struct sim_order *order = &refunding->order;
    const struct sim_refund *asked = &refunding->asked;

    if (!is_paid(order))
        return (struct refusal){400, "INVALID_REQUEST", "订单状态不支持退款"};
    if (asked->total_fen.fen != order->paid_fen.fen)
        return (struct refusal){400, "INVALID_REQUEST",
                                "订单金额或退款金额与之前请求不一致，请核实后再试"};
    if (asked->amount_fen.fen > order->paid_fen.fen - order->refunded_fen.fen)
        return (struct refusal){400, "INVALID_REQUEST", "申请退款金额大于订单剩余可退金额"};
    if (order->refunds >= REFUNDS_MAX)
        return (struct refusal){403, "RULE_LIMIT", "部分退款次数超过限制"};
    if (r->now.ms > order->paid_at.ms + REFUND_DAYS * DAY_MS)
        return (struct refusal){403, "TRADE_ERROR", "订单已经超过退款期限"};
    if (order->refunds > 0 && r->now.ms < order->refunded_at.ms + MINUTE_MS)
        return (struct refusal){429, "FREQUENCY_LIMITED", "同一笔订单的退款间隔须大于1分钟"};
    return (struct refusal){0, NULL, NULL};
}

static enum error accept_refund(struct request *r, void *product)
{
    struct refunding *refunding = product;
    struct sim_refund *asked = &refunding->asked;
    struct sim_order *order = &refunding->order;
    enum error found;

    refunding->refusal.code = NULL;
    TRY(lock_order(r, WECHATPAY, asked->out_trade_no, order));
    found = find_refund(r, WECHATPAY, "", asked->out_refund_no, &refunding->found);
    refunding->is_known = found == E_OK;
    if (found != E_NOT_FOUND)
        return found;
    refunding->refusal = judge(r, refunding);
    if (refunding->refusal.code != NULL)
        return E_OK;
    asked->gw_id = order->gw_id;
    order->refunded_fen = fen_add(order->refunded_fen, asked->amount_fen);
    order->refunds++;
    order->refunded_at = r->now;
    TRY(store_order(r, order));
    TRY(insert_refund(r, asked));
    return job_add(
        r, "end_refund", asked->refund_id,
        json_text(r->arena, json_pack("{ss}", "out_refund_no", asked->out_refund_no)),
        instant_add(r->now, ((const struct simulator_settings *)r->settings)->refund_ms));
}

static const char *fate_of(const struct sim_fault *fault)
{
    if (fault_is(fault, "refund_closed"))
        return "closed";
    return fault_is(fault, "refund_abnormal") ? "abnormal" : "success";
}

static struct sim_refund refund_of(struct request *r, const struct wechatpay_call *call,
                                   const char *out_trade_no)
{
    const struct simulator *simulator = r->state;
    const json_t *amount = json_object_get(call->body, "amount");

    return (struct sim_refund){
        .gateway = WECHATPAY,
        .scope = "",
        .out_refund_no = json_string_at(call->body, "out_refund_no"),
        .refund_id =
            arena_printf(r->arena, "503%s", wire_random_digits(r->arena, simulator->random, 26)),
        .out_trade_no = out_trade_no,
        .amount_fen = {json_integer_value(json_object_get(amount, "refund"))},
        .total_fen = {json_integer_value(json_object_get(amount, "total"))},
        .reason = json_string_at(call->body, "reason"),
        .notify_url = json_string_at(call->body, "notify_url"),
        .state = "processing",
        .fate = fate_of(&call->fault),
        .created_at = r->now,
        .done_at = {NONE},
    };
}

static bool is_same_refund(const struct sim_refund *a, const struct sim_refund *b)
{
    return strcmp(a->out_trade_no, b->out_trade_no) == 0 &&
           a->amount_fen.fen == b->amount_fen.fen && a->total_fen.fen == b->total_fen.fen;
}

/* Which order it is about, by either of its numbers; both must name the same one. */
static enum error find_refunded(struct request *r, const struct wechatpay_call *call,
                                struct sim_order *order)
{
    const char *id = json_string_at(call->body, "transaction_id");
    const char *number = json_string_at(call->body, "out_trade_no");

    if (id == NULL)
        return find_own_order(r, call, number == NULL ? "" : number, order);
    TRY(find_own_order_by_id(r, call, id, order));
    return number != NULL && strcmp(number, order->out_trade_no) != 0 ? E_NOT_FOUND : E_OK;
}

static enum error refund_act(struct request *r, struct wechatpay_call *call)
{
    struct refunding refunding;
    enum error found;

    wechatpay_check_body(r, call, refund_members);
    if (call->status != 0)
        return E_OK;
    if (fault_is(&call->fault, "not_enough"))
        return wechatpay_error(r, call, 403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起");
    found = find_refunded(r, call, &refunding.order);
    if (found == E_NOT_FOUND)
        return wechatpay_error(r, call, 404, "RESOURCE_NOT_EXISTS", "订单不存在");
    TRY(found);
    refunding.asked = refund_of(r, call, refunding.order.out_trade_no);
    TRY(db_transaction(r, accept_refund, &refunding));
    if (refunding.refusal.code != NULL)
        return wechatpay_error(r, call, refunding.refusal.status, refunding.refusal.code,
                               refunding.refusal.message);
    if (refunding.is_known && !is_same_refund(&refunding.asked, &refunding.found))
        return wechatpay_error(r, call, 400, "INVALID_REQUEST",
                               "订单金额或退款金额与之前请求不一致，请核实后再试");
    call->status = 200;
    call->answer = json_text(
        r->arena, refund_json(r, refunding.is_known ? &refunding.found : &refunding.asked));
    return E_OK;
}

enum error wechatpay_refund(struct request *r)
{
    struct wechatpay_call call = {.operation = "refund", .number_member = "out_refund_no"};

    return wechatpay_serve(r, &call, refund_act);
}

static enum error query_refund(struct request *r, struct wechatpay_call *call)
{
    struct sim_refund refund;
    struct sim_order order;
    enum error found = find_refund(r, WECHATPAY, "", call->number, &refund);

    if (found == E_OK)
        found = find_own_order(r, call, refund.out_trade_no, &order);
    if (found == E_NOT_FOUND)
        return wechatpay_error(r, call, 404, "RESOURCE_NOT_EXISTS", "退款单不存在");
    TRY(found);
    call->status = 200;
    call->answer = json_text(r->arena, refund_json(r, &refund));
    return E_OK;
}

enum error wechatpay_query_refund(struct request *r)
{
    const struct wechatpay_path *in = r->input;
    struct wechatpay_call call = {.operation = "refund_query", .number = in->number};

    return wechatpay_serve(r, &call, query_refund);
}
