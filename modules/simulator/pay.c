#include "core/ulid.h"
#include "simulator/alipay.h"
#include "simulator/pay.h"
#include "simulator/unionpay.h"
#include "simulator/wechatpay.h"

bool is_gateway(const char *text)
{
    return strcmp(text, WECHATPAY) == 0 || strcmp(text, ALIPAY) == 0 || strcmp(text, UNIONPAY) == 0;
}

static bool is_wechatpay(const struct sim_order *order)
{
    return strcmp(order->gateway, WECHATPAY) == 0;
}

static bool is_unionpay(const struct sim_order *order)
{
    return strcmp(order->gateway, UNIONPAY) == 0;
}

/* WeChat Pay and UnionPay number a payment when it is made; Alipay's trade has its number from the
   start, save for one that is scanned. */
static const char *payment_number(struct request *r, const struct sim_order *order)
{
    const struct simulator *simulator = r->state;

    if (order->gw_id != NULL)
        return order->gw_id;
    if (is_unionpay(order))
        return unionpay_number(r);
    if (!is_wechatpay(order))
        return new_trade_no(r);
    return arena_printf(r->arena, "4200%s", wire_random_digits(r->arena, simulator->random, 24));
}

static json_t *notice_of(struct request *r, const struct sim_order *order,
                         const struct sim_fault *says)
{
    if (is_unionpay(order))
        return unionpay_paid_json(r, order);
    return is_wechatpay(order) ? transaction_json(r, order, says)
                               : trade_notice_json(r, order, NULL);
}

static enum error tell(struct request *r, const struct sim_order *order,
                       const struct sim_fault *says, const struct sim_fault *fault)
{
    struct sim_callback callback = {
        .gateway = order->gateway,
        .kind = "payment",
        .out_trade_no = order->out_trade_no,
        .url = order->notify_url,
        .content = json_text(r->arena, notice_of(r, order, says)),
    };

    return plan_callback(r, &callback, fault);
}

/* The payment's notice, and what a fault wants to be told a second later. */
static enum error tell_payment(struct request *r, const struct sim_order *order,
                               const struct sim_fault *fault)
{
    const struct sim_fault truth = {.fault = "", .repeats = 1}, lie = {.fault = "says_closed"};
    const struct sim_fault later = {.fault = "late", .delay_ms = SECOND_MS, .repeats = 1};
    struct sim_order closed = *order;

    if (!fault_is(fault, "closed_after"))
        return tell(r, order, &truth, fault);
    TRY(tell(r, order, &truth, &truth));
    if (!is_wechatpay(order))
        closed.state = "closed";
    return tell(r, &closed, &lie, &later);
}

static bool is_payable(const struct request *r, const struct payment *payment)
{
    const struct sim_order *order = &payment->order;
    bool is_late = order->expires_at.ms != NONE && order->expires_at.ms <= r->now.ms;

    if (is_paid(order))
        return false;
    return payment->is_forced || (is_open(order) && !is_late);
}

static enum error pay(struct request *r, void *product)
{
    struct payment *payment = product;
    struct sim_order *order = &payment->order;

    TRY(lock_order(r, payment->gateway, payment->out_trade_no, order));
    if (is_paid(order) && payment->was_tried)
        return E_OK;
    if (!is_payable(r, payment))
        return refuse(r, NOT_PAYABLE, VALUES(order->out_trade_no, order->state));
    payment->was_tried = true;
    order->gw_id = payment_number(r, order);
    order->payer = payment->payer != NULL ? payment->payer : order->payer;
    order->paid_fen = payment->paid_fen.fen == NONE ? order->amount_fen : payment->paid_fen;
    order->state = "paid";
    order->paid_at = r->now;
    TRY(store_order(r, order));
    TRY(record_payment(r, order));
    return tell_payment(r, order, &payment->callback_fault);
}

static enum error insert_twin(struct request *r, void *product)
{
    enum error inserted = insert_order(r, product);

    return inserted == E_EXISTS ? E_OK : inserted;
}

/* Somebody pays under a number that no merchant gave. */
static enum error pay_unknown_twin(struct request *r, const struct sim_order *order)
{
    struct sim_order twin = *order;
    struct payment payment = {.gateway = order->gateway,
                              .paid_fen = {NONE},
                              .callback_fault = {.fault = "", .repeats = 1}};

    twin.out_trade_no = ulid_new(r);
    twin.gw_id = NULL;
    payment.out_trade_no = twin.out_trade_no;
    TRY(db_transaction(r, insert_twin, &twin));
    return db_transaction(r, pay, &payment);
}

enum error pay_order(struct request *r, struct payment *payment)
{
    struct sim_fault fault;

    TRY(fault_take(r, payment->gateway, payment->out_trade_no, "pay", &fault));
    if (fault_is(&fault, "wrong_amount"))
        payment->paid_fen = fault.amount_fen;
    TRY(fault_take(r, payment->gateway, payment->out_trade_no, "callback",
                   &payment->callback_fault));
    TRY(db_transaction(r, pay, payment));
    if (fault_is(&fault, "unknown_order"))
        return pay_unknown_twin(r, &payment->order);
    return E_OK;
}
