/* What is asked of refunds and shown of them: to officers all of it, to the payer the steps. */
#ifndef PAYMENT_REFUND_REQUESTS_H
#define PAYMENT_REFUND_REQUESTS_H

#include "payment/refund.h"

struct request_refund_input {
    const char *order_no;
    struct fen amount_fen;
    const char *note;
};

struct refund_input {
    const char *refund_no;
};

struct list_refunds_input {
    const char *state, *after;
    int64_t limit;
};

struct refund_view {
    const char *refund_no, *order_no, *reason, *state, *step;
    struct fen amount_fen;
    const char *maker, *checker, *note;
    const char *account, *bounce; /* "****1234", and why it did not arrive there */
    struct instant created_at, updated_at;
};

extern const struct field refund_view_fields[], own_refund_fields[];

struct refund_view refund_view_of(struct request *r, const struct refund *refund);

enum error request_refund(struct request *r);
enum error review_refund(struct request *r);
enum error approve_refund(struct request *r);
enum error decline_refund(struct request *r);
enum error list_all_refunds(struct request *r);
enum error list_own_refunds(struct request *r);

#endif
