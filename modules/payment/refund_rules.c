#include "core/clock.h"
#include "core/money.h"
#include "payment/payment.h"
#include "payment/refund.h"

/* What the gateways say of themselves; UnionPay's is second-hand. */
struct refund_limits refund_limits(const char *gateway)
{
    static const struct {
        const char *gateway;
        struct refund_limits limits;
    } known[] = {
        {"wechatpay", {.days = 365, .parts = 50, .apart_ms = MINUTE_MS}},
        {"alipay", {.days = 365, .parts = 50}},
        {"unionpay", {.days = 330, .parts = 50}},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (strcmp(known[i].gateway, gateway) == 0)
            return known[i].limits;
    return (struct refund_limits){.days = 0};
}

const char *out_of_reach(const struct refund *refund, const struct refund_history *history,
                         struct instant now)
{
    struct refund_limits limits = refund_limits(refund->gateway);

    if (now.ms > instant_add(refund->paid_at, limits.days * DAY_MS).ms)
        return "已超过支付机构的退款期限";
    return history->parts >= limits.parts ? "退款次数已达支付机构上限" : NULL;
}

void check_refundable(struct request *r, const struct refundable *order, struct fen amount)
{
    struct fen left = {order->paid_fen.fen - order->reserved_fen.fen};

    if (order->fact_id == NULL) {
        reason(r, NOT_PAID_YET, VALUES(order->order_id));
        return;
    }
    if (amount.fen > left.fen)
        reason(r, REFUND_TOO_MUCH, VALUES(amount, left));
}

const char *refunded_state(const struct refundable *order, int64_t under_way)
{
    if (under_way > 0)
        return "refunding";
    if (order->refunded_fen.fen == 0)
        return "paid";
    return order->refunded_fen.fen == order->paid_fen.fen ? "refunded" : "part_refunded";
}

bool is_cancellable(const struct refund *refund, struct instant at, int64_t day_lead_ms)
{
    return refund->amount_fen.fen == refund->total_fen.fen &&
           civil_day(instant_add(refund->paid_at, day_lead_ms)).number ==
               civil_day(instant_add(at, day_lead_ms)).number;
}

bool is_cancel(const struct refund *refund)
{
    return refund->way != NULL && strcmp(refund->way, WAY_CANCEL) == 0;
}

bool is_replaced(const struct refund *refund)
{
    return is_cancel(refund) && strcmp(refund->state, "closed") == 0;
}

bool is_revoked(const struct refund *refund)
{
    return strcmp(refund->reason, "revoked") == 0;
}

bool is_of_applied(const struct refund *refund)
{
    return is_revoked(refund) || strcmp(refund->reason, "officer") == 0;
}

static const char *words_of(const char *const steps[][2], const char *state)
{
    for (size_t i = 0; steps[i][0] != NULL; i++)
        if (strcmp(steps[i][0], state) == 0)
            return steps[i][1];
    return NULL;
}

static const char *step_of(const char *state)
{
    static const char *const steps[][2] = {
        {"requested", "已提出退款，等待复核"},
        {"approved", "已复核同意，即将原路退回"},
        {"submitting", "正在提交支付机构"},
        {"unknown", "已提交支付机构，正在确认结果"},
        {"accepted", "支付机构已受理，正在退回原支付账户"},
        {"success", "已退回原支付账户"},
        {"abnormal", "支付机构暂时退不回去，工作人员正在处理"},
        {"transfer", "请提供收款银行账户"},
        {"transferred", "已通过国库退付至所提供的银行账户"},
        {"closed", "退款未办理"},
        {NULL, NULL},
    };

    return words_of(steps, state);
}

static const char *transfer_step(const char *state)
{
    static const char *const steps[][2] = {
        {"given", "已收到收款账户，正在办理国库退付"},
        {"entered", "国库已办理退付，等待复核确认"},
        {"bounced", "未能退至所提供的账户，请重新提供收款银行账户"},
        {NULL, NULL},
    };

    return words_of(steps, state);
}

bool is_refund_state(const char *text)
{
    return step_of(text) != NULL;
}

const char *refund_step(const struct refund *refund)
{
    if (strcmp(refund->state, "requested") == 0 && refund->maker == NULL)
        return "决定已撤销，退款等待经办人审核";
    if (strcmp(refund->state, "transfer") == 0 && refund->transfer_state != NULL)
        return transfer_step(refund->transfer_state);
    return step_of(refund->state);
}
