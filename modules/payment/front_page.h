/*
 * The page with which a payer's browser goes to UnionPay, and the one to which it comes back.
 *
 * A browser that follows a link has no session, so the address itself is the right to see the page:
 * it holds a token that belongs to one attempt, cannot be guessed, and is good for nothing but to
 * pay that order, until it is paid, closed or too old.
 */
#ifndef PAYMENT_FRONT_PAGE_H
#define PAYMENT_FRONT_PAGE_H

#include "payment/fact.h"
#include "payment/merchant.h"
#include "payment/unionpay_answer.h"

/* The same for every opening of the attempt; in the arena. */
const char *front_page_token(struct request *r, const char *attempt_id);
/* "/api/payment/orders/ORDER/unionpay/TOKEN", below the address at which the client asks us. */
const char *front_page_url(struct request *r, const char *order_no, const char *token);

/* gateway_unionpay.c: false when the number or the amount is missing, or it is not in yuan. */
bool unionpay_proof(const struct merchant *merchant, const struct unionpay_result *result,
                    const char *how, struct payment_proof *proof);

#endif
