/* Two officers, an order that was paid, and what WeChat Pay says of its refund. */
#ifndef SERVICE_PAYMENT_STAGE_REFUNDS_H
#define SERVICE_PAYMENT_STAGE_REFUNDS_H

#include "service/payment_stage.h"

#define MAKER "01HZZZZZZZZZZZZZZZZZZMAKER"
#define CHECKER "01HZZZZZZZZZZZZZZZZCHECKER"
#define REFUNDS "/api/payment/refunds"

/* As begin_payment, with both officers employed and no job waiting. */
int begin_refunds(void **state);
void sign_in_officer(const char *id);

/* A paid order of 200 yuan; its number. */
const char *paid_order(const char *key);

int request_by(const char *officer, const char *key, const char *order, int64_t fen);
/* By the maker; its number. */
const char *requested(const char *key, const char *order, int64_t fen);
const char *refund_no(void);
/* "review", "approval" or "refusal". */
int decide_by(const char *officer, const char *no, const char *decision);

void run_what_is_due(void);
/* State, reserved and refunded: "paid 0 0". */
const char *order_is(const char *order);
const char *refund_is(const char *no);
void wechatpay_refunds(const char *no, const char *status, int64_t fen);

#endif
