/*
 * Payment: opens orders for what is owed, follows them until they are settled, and books every fen.
 *
 * An order (缴款单) is a frozen price for obligations of one treasury account. An attempt (支付尝试) is
 * one try to have it paid through one gateway, under a number of ours that is made before the first
 * call. A money fact (资金事实) is a movement of money that a gateway proved; callback, query answer
 * and bill line are three proofs of the same fact and go through one function, apply_payment().
 */
#ifndef PAYMENT_PAYMENT_H
#define PAYMENT_PAYMENT_H

#include "core/db.h"
#include "casework/obligation.h"

#define PAYMENT_REASONS(X)                                                                         \
    X(SETTLED_ALREADY, 409, "settled_already", "该款项已缴清，无需重复缴款")                       \
    X(WITHDRAWN, 409, "withdrawn", "该决定已撤销，无需缴款")                                       \
    X(ACCOUNTS_DIFFER, 422, "accounts_differ", "收款账户不同，请分开缴款")                         \
    X(OBLIGATION_UNKNOWN, 404, "obligation_unknown", "未找到该应缴款项")                           \
    X(CHANNEL_UNFIT, 422, "channel_unfit", "请在对应的小程序内选择该支付方式")                     \
    X(ORDER_OVER, 409, "order_over", "缴款单已关闭或已过期，请重新发起缴款")                       \
    X(GATEWAY_REFUSED, 502, "gateway_refused", "支付机构未受理，请更换支付方式或稍后再试")         \
    X(NOT_PAID_YET, 409, "not_paid_yet", "尚未收到支付结果，暂无缴款凭证")                         \
    X(CALLBACK_REFUSED, 401, "callback_refused", "通知未通过验证")

PAYMENT_REASONS(REASON_DECLARE)

struct create_order_input {
    struct texts obligation_ids;
    const char *channel; /* "wechat" or "alipay" */
};

struct show_order_input {
    const char *order_no;
};

struct order_item {
    const char *obligation_id;
    const char *title;
    struct fen amount_fen;
    struct fen base_fen;
    struct fen surcharge_fen;
};

/* What the client learns of an order. The members in the gateways' own spelling are the finished
   parameters of wx.requestPayment and my.tradePay, and absent once there is nothing to pay. */
struct order_view {
    const char *order_no;
    const char *state;
    const char *channel;
    struct fen amount_fen;
    struct instant expire_at;
    struct instant paid_at;
    struct records items;
    const char *appId, *timeStamp, *nonceStr, *package, *signType, *paySign;
    const char *tradeNO;
};

struct receipt_view {
    const char *receipt_no;
    const char *order_no;
    const char *gateway;
    const char *gateway_no;
    struct fen amount_fen;
    struct instant paid_at;
    struct records items;
};

struct order {
    const char *id;
    const char *payer_id;
    const char *account;
    const char *description;
    const char *state;
    struct fen amount_fen;
    struct fen paid_fen;
    struct instant created_at;
    struct instant expire_at;
    struct instant paid_at;
};

struct attempt {
    const char *id; /* out_trade_no */
    const char *order_id;
    const char *gateway;
    const char *merchant;
    const char *open_id;
    const char *state;
    const char *prepay_id;
    struct fen amount_fen;
    struct instant created_at;
};

/* An attempt with the order it belongs to; both rows are locked inside a transaction. */
struct pursuit {
    const char *attempt_id, *order_id, *gateway, *merchant, *open_id, *prepay_id;
    const char *attempt_state, *order_state, *description;
    struct fen amount_fen;
    struct instant created_at, expire_at, order_created_at;
};

/* What a gateway proved, in our words. */
struct payment_proof {
    const char *gateway;
    const char *merchant;
    const char *gateway_no;
    const char *our_no;
    struct fen amount_fen;
    struct instant happened_at;
    const char *proof; /* "notify", "query", "answer" */
};

struct refund {
    const char *id; /* out_refund_no */
    const char *fact_id;
    const char *order_id; /* NULL for an orphan */
    const char *gateway, *merchant, *gateway_no;
    const char *out_trade_no; /* of the payment, as the gateway knows it; from the money fact */
    const char *reason;
    const char *state;
    struct fen amount_fen, total_fen;
    struct instant created_at;
};

extern const struct field order_view_fields[], receipt_view_fields[], order_item_fields[],
    finding_fields[];
extern const struct statement order_sql[], attempt_sql[], fact_sql[], refund_sql[], ledger_sql[],
    inbox_sql[], invariant_sql[];

/* rules.c: pure */
void check_payable(struct request *r, const struct obligation *owed, size_t count);
/* Frozen for half an hour, never beyond 24:00 (UTC+8), because the surcharge grows with the day. */
struct instant order_expiry(struct instant now, int64_t minutes);
/* When to ask the gateway next, by the times already asked: 5, 10, 20, 40 s, 2, 5, 10, 30 min, then
   hourly; never past the expiry by which the attempt is closed. */
struct instant next_query(struct instant now, int64_t asked, struct instant expire_at);

/* order_store.c */
MUST_CHECK enum error find_own_order(struct request *r, struct order *order);
MUST_CHECK enum error find_live_order(struct request *r, const char *first_obligation_id,
                                      struct order *order);
MUST_CHECK enum error find_order(struct request *r, const char *order_no, struct order *order);
MUST_CHECK enum error insert_order(struct request *r, const struct order *order,
                                   const struct order_item *items, size_t count);
MUST_CHECK enum error list_items(struct request *r, const char *order_id, struct records *items);
MUST_CHECK enum error mark_order_paid(struct request *r, const struct payment_proof *proof,
                                      const char *order_id);
MUST_CHECK enum error move_order(struct request *r, const char *order_id, const char *from,
                                 const char *to);

/* attempt_store.c */
MUST_CHECK enum error find_attempt(struct request *r, const char *order_id,
                                   struct attempt *attempt);
MUST_CHECK enum error find_pursuit(struct request *r, const char *attempt_id,
                                   struct pursuit *pursuit);
MUST_CHECK enum error lock_pursuit(struct request *r, const char *gateway, const char *merchant,
                                   const char *attempt_id, struct pursuit *pursuit);
MUST_CHECK enum error insert_attempt(struct request *r, const struct attempt *attempt);
/* Outside a transaction, in one round trip. Moves from init or unknown only: a payment that was proven
   meanwhile stays paid, which is no error. */
MUST_CHECK enum error open_attempt(struct request *r, const char *id, const char *prepay_id);
MUST_CHECK enum error move_attempt(struct request *r, const char *id, const char *from,
                                   const char *to);
MUST_CHECK enum error mark_attempt_paid(struct request *r, const char *id);

/* fact_store.c; E_EXISTS: this movement is known */
MUST_CHECK enum error insert_fact(struct request *r, const struct payment_proof *proof,
                                  const char *direction, const char *order_id,
                                  const char *disposition, const char *fact_id);
MUST_CHECK enum error insert_settlements(struct request *r, const char *fact_id,
                                         const struct payment_proof *proof, const char *order_id);
MUST_CHECK enum error find_receipt(struct request *r, const char *order_id,
                                   struct receipt_view *receipt);

/* ledger_store.c: one transaction of the ledger each */
MUST_CHECK enum error book_receipt(struct request *r, const char *fact_id, const char *gateway,
                                   struct fen amount);
MUST_CHECK enum error book_receipt_and_apply(struct request *r, const char *fact_id,
                                             const char *gateway, const char *payable,
                                             struct fen amount);
MUST_CHECK enum error book_refund(struct request *r, const char *fact_id, const char *gateway,
                                  struct fen amount);

/* refund_store.c */
MUST_CHECK enum error insert_refund(struct request *r, const struct refund *refund,
                                    const char *dedupe);
MUST_CHECK enum error find_refund(struct request *r, const char *id, struct refund *refund);
MUST_CHECK enum error lock_refund(struct request *r, const char *id, struct refund *refund);
MUST_CHECK enum error move_refund(struct request *r, const char *id, const char *from,
                                  const char *to, const char *refund_no);

/* inbox_store.c */
MUST_CHECK enum error find_callback(struct request *r, const char *gateway, const char *event_key);
/* Outside a transaction: nothing to do for it but to remember. E_OK when it was known already. */
MUST_CHECK enum error remember_callback_alone(struct request *r, const char *gateway, const char *event_key,
                                     struct bytes body, const char *state);
/* Inside one. */
MUST_CHECK enum error insert_callback(struct request *r, const char *gateway, const char *event_key,
                                   struct bytes body, const char *state);
MUST_CHECK enum error open_case(struct request *r, const char *kind, const char *dedupe,
                                const char *detail);

/* apply.c: the one function that applies a payment, however it was proven. `event_key` and `body`
   are what a callback brought, to be remembered in the same commit; NULL otherwise. */
MUST_CHECK enum error apply_payment(struct request *r, const struct payment_proof *proof,
                                    const char *event_key, struct bytes body);
/* The same for a refund that reached the payer. */
MUST_CHECK enum error apply_refund(struct request *r, const struct payment_proof *proof,
                                   const char *event_key, struct bytes body);

/* gateways.c */
bool is_channel(const char *text);

/* Handlers and jobs */
enum error create_order(struct request *r);
enum error show_order(struct request *r);
enum error show_receipt(struct request *r);
enum error take_wechatpay_callback(struct request *r);
enum error take_alipay_callback(struct request *r);
enum error follow_attempt(struct request *r, const struct task *task);
enum error close_attempt(struct request *r, const struct task *task);
enum error follow_refund(struct request *r, const struct task *task);
enum error show_invariants(struct request *r);
enum error check_invariants(struct request *r, const struct task *task);

#endif
