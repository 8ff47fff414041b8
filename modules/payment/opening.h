/*
 * From a tap to an order that can be paid: the transaction that opens it, the calls to the gateway
 * around it, and the change to another way to pay.
 */
#ifndef PAYMENT_OPENING_H
#define PAYMENT_OPENING_H

#include "payment/order.h"

/* An order on its way to the payer. */
struct opening {
    bool is_new; /* the attempt was made by this request */
    struct order order;
    struct pursuit pursuit; /* of its newest attempt */
    struct records items;
};

/* Transaction body: the order of this key, or the open one for the same, or a new one. */
MUST_CHECK enum error begin_order(struct request *r, void *opening);
/* Items and newest attempt of opening->order. */
MUST_CHECK enum error load_opening(struct request *r, struct opening *opening);
/* Makes the attempt known at its gateway. The same number on every repetition. */
MUST_CHECK enum error open_there(struct request *r, struct opening *opening);

/* Whether an open order was found that the payer began to pay in another way. */
bool is_another_way(const struct request *r, const struct opening *opening);
/* Closes that way at its gateway, waits for the verdict, and begins the one that is asked for in
   the same order; what turns out to be paid is booked instead. */
MUST_CHECK enum error change_way(struct request *r, struct opening *opening);

#endif
