/* Query and close. */

#include "core/transport.h"
#include "simulator/wechatpay.h"

static bool names_merchant(struct request *r, const struct wechatpay_call *call)
{
    const char *query = r->transport->param(r->transport, "QUERY_STRING"), *mchid;
    struct form form;

    if (query == NULL || !form_read(r->arena, query, strlen(query), &form))
        return false;
    mchid = form_value(&form, "mchid");
    return mchid != NULL && strcmp(mchid, call->party->mchid) == 0;
}

static enum error if_own(const struct wechatpay_call *call, enum error found,
                         const struct sim_order *order)
{
    if (found == E_OK && strcmp(order->merchant, call->party->mchid) != 0)
        return E_NOT_FOUND;
    return found;
}

enum error find_own_order(struct request *r, const struct wechatpay_call *call,
                          const char *out_trade_no, struct sim_order *order)
{
    return if_own(call, find_order(r, WECHATPAY, out_trade_no, order), order);
}

enum error find_own_order_by_id(struct request *r, const struct wechatpay_call *call,
                                const char *gw_id, struct sim_order *order)
{
    return if_own(call, find_order_by_id(r, WECHATPAY, gw_id, order), order);
}

static enum error show(struct request *r, struct wechatpay_call *call, enum error found,
                       const struct sim_order *order)
{
    if (found == E_NOT_FOUND)
        return wechatpay_error(r, call, 404, "ORDER_NOT_EXIST", "订单不存在");
    TRY(found);
    call->status = 200;
    call->answer = json_text(r->arena, transaction_json(r, order, &call->fault));
    return E_OK;
}

static enum error query_by_no(struct request *r, struct wechatpay_call *call)
{
    struct sim_order order;

    if (!names_merchant(r, call))
        return wechatpay_error(r, call, 400, "PARAM_ERROR", "缺少参数mchid或与商户号不一致");
    return show(r, call, find_own_order(r, call, call->number, &order), &order);
}

static enum error query_by_id(struct request *r, struct wechatpay_call *call)
{
    struct sim_order order;

    if (!names_merchant(r, call))
        return wechatpay_error(r, call, 400, "PARAM_ERROR", "缺少参数mchid或与商户号不一致");
    return show(r, call, find_own_order_by_id(r, call, call->number, &order), &order);
}

enum error wechatpay_query_by_no(struct request *r)
{
    const struct wechatpay_path *in = r->input;
    struct wechatpay_call call = {.operation = "query", .number = in->number};

    return wechatpay_serve(r, &call, query_by_no);
}

enum error wechatpay_query_by_id(struct request *r)
{
    const struct wechatpay_path *in = r->input;
    struct wechatpay_call call = {.operation = "query", .number = in->number};

    return wechatpay_serve(r, &call, query_by_id);
}

struct closing {
    const struct wechatpay_call *call;
    struct sim_order order;
};

static enum error close_order(struct request *r, void *product)
{
    struct closing *closing = product;

    TRY(if_own(closing->call, lock_order(r, WECHATPAY, closing->call->number, &closing->order),
               &closing->order));
    if (!is_open(&closing->order))
        return E_OK;
    closing->order.state = "closed";
    closing->order.closed_at = r->now;
    return store_order(r, &closing->order);
}

static const struct member close_members[] = {
    {"mchid", A_TEXT, true, 1, 32, NULL},
    {.path = NULL},
};

static enum error close_act(struct request *r, struct wechatpay_call *call)
{
    struct closing closing = {.call = call};
    enum error closed;

    wechatpay_check_body(r, call, close_members);
    if (call->status != 0)
        return E_OK;
    if (strcmp(json_string_at(call->body, "mchid"), call->party->mchid) != 0)
        return wechatpay_error(r, call, 400, "PARAM_ERROR",
                               "请求体中的mchid与Authorization中的不一致");
    closed = db_transaction(r, close_order, &closing);
    if (closed == E_NOT_FOUND)
        return wechatpay_error(r, call, 404, "ORDER_NOT_EXIST", "订单不存在");
    TRY(closed);
    if (is_paid(&closing.order))
        return wechatpay_error(r, call, 400, "ORDER_PAID", "该订单已支付");
    call->status = 204;
    call->answer = "";
    return E_OK;
}

enum error wechatpay_close(struct request *r)
{
    const struct wechatpay_path *in = r->input;
    struct wechatpay_call call = {.operation = "close", .number = in->number};

    return wechatpay_serve(r, &call, close_act);
}
