/* What WeChat Pay tells about an order or a refund. */

#include "simulator/wechatpay.h"

/* An order that nobody pays closes by itself. */
#define UNPAID_DAYS 7

struct state_text {
    const char *state;
    const char *description;
};

static struct state_text state_of(const struct request *r, const struct sim_order *order,
                                  const struct sim_fault *says)
{
    bool is_stale = r->now.ms >= order->created_at.ms + UNPAID_DAYS * DAY_MS;

    if (fault_is(says, "says_closed"))
        return (struct state_text){"CLOSED", "订单已关闭"};
    if (fault_is(says, "says_unpaid"))
        return (struct state_text){"NOTPAY", "订单未支付"};
    if (is_paid(order) && order->refunds > 0)
        return (struct state_text){"REFUND", "订单发生过退款，退款详情请查询退款订单"};
    if (is_paid(order))
        return (struct state_text){"SUCCESS", "支付成功"};
    if (is_open(order) && !is_stale)
        return (struct state_text){"NOTPAY", "订单未支付"};
    return (struct state_text){"CLOSED", "订单已关闭"};
}

static void set_payment(struct request *r, json_t *json, const struct sim_order *order,
                        int64_t paid_fen)
{
    json_object_set_new(json, "transaction_id", json_string(order->gw_id));
    json_object_set_new(json, "trade_type", json_string(order->trade_type));
    json_object_set_new(json, "bank_type", json_string("OTHERS"));
    json_object_set_new(json, "success_time", json_string(wire_rfc3339(r->arena, order->paid_at)));
    json_object_set_new(json, "payer",
                        json_pack("{ss}", "openid", order->payer == NULL ? "" : order->payer));
    json_object_set_new(json, "amount",
                        json_pack("{sI sI ss ss}", "total", (json_int_t)paid_fen, "payer_total",
                                  (json_int_t)paid_fen, "currency", "CNY", "payer_currency",
                                  "CNY"));
    json_object_set_new(json, "promotion_detail", json_array());
}

json_t *transaction_json(struct request *r, const struct sim_order *order,
                         const struct sim_fault *says)
{
    const struct simulator_settings *settings = r->settings;
    struct state_text state = state_of(r, order, says);
    bool shows_payment = strcmp(state.state, "SUCCESS") == 0 || strcmp(state.state, "REFUND") == 0;
    json_t *json = json_pack("{ss ss ss ss ss ss}", "appid", settings->wechat_appid, "mchid",
                             order->merchant, "out_trade_no", order->out_trade_no, "trade_state",
                             state.state, "trade_state_desc", state.description, "attach",
                             order->attach == NULL ? "" : order->attach);

    if (shows_payment)
        set_payment(r, json, order,
                    fault_is(says, "wrong_amount") ? order->paid_fen.fen + 1 : order->paid_fen.fen);
    else
        json_object_set_new(
            json, "amount",
            json_pack("{sI ss}", "total", (json_int_t)order->amount_fen.fen, "currency", "CNY"));
    return json;
}

static const char *refund_status(struct request *r, const char *state)
{
    char *text = arena_text(r->arena, state);

    for (char *at = text; *at != '\0'; at++)
        *at = (char)(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
    return text;
}

json_t *refund_json(struct request *r, const struct sim_refund *refund)
{
    json_int_t total = refund->total_fen.fen, amount = refund->amount_fen.fen;
    json_t *json =
        json_pack("{ss ss ss ss ss ss ss ss ss}", "refund_id", refund->refund_id, "out_refund_no",
                  refund->out_refund_no, "transaction_id", refund->gw_id, "out_trade_no",
                  refund->out_trade_no, "channel", "ORIGINAL", "user_received_account",
                  "支付用户零钱", "create_time", wire_rfc3339(r->arena, refund->created_at),
                  "status", refund_status(r, refund->state), "funds_account", "AVAILABLE");

    if (strcmp(refund->state, "success") == 0)
        json_object_set_new(json, "success_time",
                            json_string(wire_rfc3339(r->arena, refund->done_at)));
    json_object_set_new(json, "amount",
                        json_pack("{sI sI sI sI sI sI sI ss}", "total", total, "refund", amount,
                                  "payer_total", total, "payer_refund", amount, "settlement_refund",
                                  amount, "settlement_total", total, "discount_refund",
                                  (json_int_t)0, "currency", "CNY"));
    json_object_set_new(json, "promotion_detail", json_array());
    return json;
}

json_t *refund_notice_json(struct request *r, const struct sim_order *order,
                           const struct sim_refund *refund)
{
    json_int_t total = refund->total_fen.fen, amount = refund->amount_fen.fen;
    json_t *json = json_pack("{ss ss ss ss ss ss}", "mchid", order->merchant, "transaction_id",
                             refund->gw_id, "out_trade_no", refund->out_trade_no, "refund_id",
                             refund->refund_id, "out_refund_no", refund->out_refund_no,
                             "refund_status", refund_status(r, refund->state));

    if (strcmp(refund->state, "success") == 0)
        json_object_set_new(json, "success_time",
                            json_string(wire_rfc3339(r->arena, refund->done_at)));
    json_object_set_new(json, "user_received_account", json_string("支付用户零钱"));
    json_object_set_new(json, "amount",
                        json_pack("{sI sI sI sI}", "total", total, "refund", amount, "payer_total",
                                  total, "payer_refund", amount));
    return json;
}
