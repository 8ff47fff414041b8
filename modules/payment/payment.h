/*
 * Payment: opens orders for what is owed, follows them until they are settled, and books every fen.
 *
 * An order (缴款单) is a frozen price for obligations of one treasury account. An attempt
 * (支付尝试) is one try to have it paid through one gateway, under a number of ours that is made
 * before the first call. A money fact (资金事实) is a movement of money that a gateway proved;
 * callback, query answer and bill line are three proofs of the same fact and go through one
 * function, apply_payment().
 */
#ifndef PAYMENT_PAYMENT_H
#define PAYMENT_PAYMENT_H

#include "core/db.h"

#define PAYMENT_REASONS(X)                                                                         \
    X(SETTLED_ALREADY, 409, "settled_already", "该款项已缴清，无需重复缴款")                       \
    X(WITHDRAWN, 409, "withdrawn", "该决定已撤销，无需缴款")                                       \
    X(ACCOUNTS_DIFFER, 422, "accounts_differ", "收款账户不同，请分开缴款")                         \
    X(ACCOUNT_UNPAYABLE, 422, "account_unpayable", "该款项暂不支持这种支付方式，请选择其他方式")   \
    X(OBLIGATION_UNKNOWN, 404, "obligation_unknown", "未找到该应缴款项")                           \
    X(CHANNEL_UNFIT, 422, "channel_unfit", "请在对应的小程序内选择该支付方式")                     \
    X(WAY_STILL_OPEN, 409, "way_still_open", "上一支付方式正在关闭，请稍后再试")                   \
    X(NO_CODE, 409, "no_code", "该缴款单没有可扫描的付款码")                                       \
    X(ORDER_OVER, 409, "order_over", "缴款单已关闭或已过期，请重新发起缴款")                       \
    X(GATEWAY_REFUSED, 502, "gateway_refused", "支付机构未受理，请更换支付方式或稍后再试")         \
    X(REFUND_TOO_MUCH, 422, "refund_too_much", "退款金额超过可退金额")                             \
    X(REFUND_DECIDED, 409, "refund_decided", "该退款已有处理结果")                                 \
    X(REFUND_DUE, 409, "refund_due", "决定已撤销，应当退款，不能不予办理")                         \
    X(NOT_REVIEWED, 409, "not_reviewed", "该退款尚未经经办人审核")                                 \
    X(REVIEWED_ALREADY, 409, "reviewed_already", "该退款已由其他经办人审核")                       \
    X(ACCOUNT_NOT_ASKED, 409, "account_not_asked", "该退款不需要提供收款账户")                     \
    X(ACCOUNT_GIVEN, 409, "account_given", "已提供收款账户，正在办理")                             \
    X(ACCOUNT_ODD, 422, "account_odd", "收款账户信息有误，请核对后重新填写")                       \
    X(ACCOUNT_MISSING, 409, "account_missing", "缴款人尚未提供收款账户")                           \
    X(REFERENCE_TAKEN, 409, "reference_taken", "该退付凭证号已用于其他退款")                       \
    X(REFERENCE_DIFFERS, 422, "reference_differs", "退付凭证号与登记的不一致")                     \
    X(TRANSFER_NOT_ENTERED, 409, "transfer_not_entered", "尚未登记国库退付")                       \
    X(TRANSFER_OVER, 409, "transfer_over", "该国库退付已办结")                                     \
    X(MAKER_NOT_ENTITLED, 409, "maker_not_entitled", "登记人已不再具有权限，请重新登记")           \
    X(CASE_ENDS_ITSELF, 409, "case_ends_itself", "该事项在退款办结时自动结案")                     \
    X(SAME_PERSON, 409, "same_person", "经办人和复核人不能是同一人")                               \
    X(NOT_PAID_YET, 409, "not_paid_yet", "尚未收到支付结果，暂无缴款凭证")                         \
    X(CALLBACK_REFUSED, 401, "callback_refused", "通知未通过验证")                                 \
    X(BILL_BUSY, 409, "bill_busy", "该账单正在对账，请稍后再试")

PAYMENT_REASONS(REASON_DECLARE)

struct create_order_input {
    struct texts obligation_ids;
    const char *channel; /* a way to pay (gateway.h): "wechat", "alipay_precreate", "unionpay" */
};

/* Whose callback it is: the merchant at the end of the path that the gateway was given. */
struct notify_input {
    const char *merchant;
};

struct front_page_input {
    const char *order_no, *token;
};

struct show_order_input {
    const char *order_no;
};

struct code_input {
    const char *order_no;
    int64_t scale; /* pixels of a module */
};

/* What the client learns of an order. The members in the gateways' own spelling are the finished
   parameters of wx.requestPayment and my.tradePay, and absent once there is nothing to pay; so is
   pay_url, the page with which a browser pays at UnionPay. */
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
    const char *code_url, *qr_code; /* the text of a code to show: WeChat Pay's, Alipay's */
    const char *pay_url;
};

/* What is asked for again and again while a code is shown. */
struct order_state_view {
    const char *state;
    struct fen amount_fen, paid_fen;
    struct instant expire_at, paid_at;
};

/* Of a paid order; its items are receipts (receipt.h). */
struct receipt_view {
    const char *order_no;
    const char *gateway;
    const char *gateway_no;
    struct fen amount_fen;
    struct instant paid_at;
    struct records items;
};

extern const struct field order_view_fields[], order_state_fields[], receipt_view_fields[];

/* gateways.c */
bool is_channel(const char *text);

/* Handlers and jobs */
enum error create_order(struct request *r);
enum error show_order(struct request *r);
enum error show_order_state(struct request *r);
enum error show_code_svg(struct request *r);
enum error show_code_png(struct request *r);
enum error take_wechatpay_callback(struct request *r);
enum error take_alipay_callback(struct request *r);
enum error take_unionpay_callback(struct request *r);
enum error show_front_page(struct request *r);
enum error show_return_page(struct request *r);
enum error follow_attempt(struct request *r, const struct task *task);
enum error close_attempt(struct request *r, const struct task *task);
enum error follow_refund(struct request *r, const struct task *task);

#endif
