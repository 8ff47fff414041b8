/*
 * Plays the servers of WeChat, WeChat Pay APIv3, Alipay and UnionPay for development and tests.
 * Orders, refunds, notices, movements and faults are rows; this header holds them and the functions
 * that read and write them. What goes over the wire is in wechatpay.h, alipay.h, unionpay.h and
 * wechat.h.
 */
#ifndef SIMULATOR_SIMULATOR_H
#define SIMULATOR_SIMULATOR_H

#include "core/clock.h"
#include "core/db.h"
#include "simulator/state.h"

#define SIMULATOR_REASONS(X)                                                                       \
    X(NOT_PAYABLE, 409, "not_payable", "该订单现在不能支付")                                       \
    X(PAY_PARAMETERS_WRONG, 422, "pay_parameters_wrong", "调起支付的参数不正确")                   \
    X(ORDER_EXISTS, 409, "order_exists", "该订单号已存在")                                         \
    X(FAULT_UNKNOWN, 422, "fault_unknown", "没有这种故障")

SIMULATOR_REASONS(REASON_DECLARE)

/* ---- order_store.c ---- */

#define WECHATPAY "wechatpay"
#define ALIPAY "alipay"
#define UNIONPAY "unionpay"

struct sim_order {
    const char *gateway, *merchant, *out_trade_no, *trade_type, *gw_id, *payer;
    struct fen amount_fen, paid_fen, refunded_fen;
    int64_t refunds;
    const char *subject, *attach, *notify_url, *content, *state;
    struct instant created_at, expires_at, paid_at, closed_at, refunded_at;
};

extern const struct field sim_order_fields[];
extern const struct statement order_sql[];

MUST_CHECK enum error insert_order(struct request *r, const struct sim_order *order);
MUST_CHECK enum error find_order(struct request *r, const char *gateway, const char *out_trade_no,
                                 struct sim_order *order);
MUST_CHECK enum error find_order_by_id(struct request *r, const char *gateway, const char *gw_id,
                                       struct sim_order *order);
MUST_CHECK enum error lock_order(struct request *r, const char *gateway, const char *out_trade_no,
                                 struct sim_order *order);
/* Writes state, gateway number, amounts and moments back. */
MUST_CHECK enum error store_order(struct request *r, const struct sim_order *order);
/* The newest hundred, of one state or, for "", of all. */
MUST_CHECK enum error list_orders(struct request *r, const char *state, struct records *orders);
bool is_open(const struct sim_order *order);
bool is_paid(const struct sim_order *order);

/* ---- refund_store.c ---- */

struct sim_refund {
    const char *gateway, *scope, *out_refund_no, *refund_id, *out_trade_no, *gw_id;
    struct fen amount_fen, total_fen;
    const char *reason, *notify_url, *state, *fate;
    struct instant created_at, done_at;
};

extern const struct field sim_refund_fields[];
extern const struct statement refund_sql[];

MUST_CHECK enum error insert_refund(struct request *r, const struct sim_refund *refund);
MUST_CHECK enum error find_refund(struct request *r, const char *gateway, const char *scope,
                                  const char *out_refund_no, struct sim_refund *refund);
MUST_CHECK enum error finish_refund(struct request *r, const struct sim_refund *refund);
MUST_CHECK enum error list_refunds(struct request *r, struct records *refunds);

/* ---- movement_store.c ---- */

struct sim_movement {
    const char *id, *gateway, *direction, *gw_id, *our_no, *out_trade_no;
    struct fen amount_fen;
    struct instant happened_at;
};

extern const struct field sim_movement_fields[];
extern const struct statement movement_sql[];

/* Inside a transaction; a movement that is there already is no error. */
MUST_CHECK enum error record_payment(struct request *r, const struct sim_order *order);
MUST_CHECK enum error record_refund(struct request *r, const struct sim_refund *refund);
/* Up to a thousand with an id after this one, or of one order when `out_trade_no` is not "". */
MUST_CHECK enum error list_movements(struct request *r, const char *after, const char *out_trade_no,
                                     struct records *movements);

#endif
