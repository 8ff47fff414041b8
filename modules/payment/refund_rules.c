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

void check_refundable(struct request *r, const struct refundable *order, struct fen amount)
{
    struct fen left = {order->paid_fen.fen - order->reserved_fen.fen};
    struct refund_limits limits;
    struct instant until;

    if (order->fact_id == NULL) {
        reason(r, NOT_PAID_YET, VALUES(order->order_id));
        return;
    }
    limits = refund_limits(order->gateway);
    until = instant_add(order->paid_at, limits.days * DAY_MS);
    if (amount.fen > left.fen)
        reason(r, REFUND_TOO_MUCH, VALUES(amount, left));
    if (r->now.ms > until.ms)
        reason(r, REFUND_TOO_LATE, VALUES(order->paid_at, until));
    if (order->parts >= limits.parts)
        reason(r, REFUND_TOO_MANY, VALUES(order->parts, limits.parts));
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

const char *refund_step(const char *state)
{
    static const char *const steps[][2] = {
        {"requested", "已提出退款，等待复核"},
        {"approved", "已复核同意，即将原路退回"},
        {"submitting", "正在提交支付机构"},
        {"unknown", "已提交支付机构，正在确认结果"},
        {"accepted", "支付机构已受理，正在退回原支付账户"},
        {"success", "已退回原支付账户"},
        {"abnormal", "支付机构暂时退不回去，工作人员正在处理"},
        {"closed", "退款未办理"},
    };

    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
        if (strcmp(steps[i][0], state) == 0)
            return steps[i][1];
    return state;
}
