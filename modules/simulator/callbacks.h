/*
 * Notices to the merchant: a row when something happened, sent at once by a job, and again by the
 * gateway's real schedule (on the business clock) until the merchant answers as it should.
 */
#ifndef SIMULATOR_CALLBACKS_H
#define SIMULATOR_CALLBACKS_H

#include "simulator/faults.h"

struct sim_callback {
    const char *id, *gateway, *kind, *out_trade_no, *out_refund_no, *url, *content, *fault;
    int64_t repeats;
    bool concurrent;
    const char *state;
    int64_t sendings, last_status;
    const char *last_answer;
    struct instant created_at, sent_at;
};

extern const struct field sim_callback_fields[];
extern const struct statement callback_sql[];

/* Inside a transaction; the fault was taken before. Does nothing for an order without a URL. */
MUST_CHECK enum error plan_callback(struct request *r, const struct sim_callback *callback,
                                    const struct sim_fault *fault);
MUST_CHECK enum error find_callback(struct request *r, const char *id,
                                    struct sim_callback *callback);
MUST_CHECK enum error list_callbacks(struct request *r, const char *out_trade_no,
                                     struct records *callbacks);

/* Inside a transaction: the n-th sending of a callback, as a job. */
MUST_CHECK enum error add_sending(struct request *r, const char *id, int64_t n, struct instant at);
/* Inside a transaction: one more sending and what it brought; E_NOT_FOUND when that was recorded.
 */
MUST_CHECK enum error store_sending(struct request *r, const struct sim_callback *callback);

/* Sends once, with the first sending's fault or genuinely; *status is 0 when nothing came back. */
MUST_CHECK enum error post_callback(struct request *r, const struct sim_callback *callback,
                                    bool with_fault, int64_t *status, const char **answer);
/* Sends `repeats` times at once, each from a thread of its own; the best answer counts. */
MUST_CHECK enum error burst_callback(struct request *r, const struct sim_callback *callback,
                                     int64_t *status, const char **answer);
/* Whether the gateway is content with this answer. */
bool is_accepted(const struct sim_callback *callback, int64_t status, const char *answer);

/* The job send_callback. */
enum error send_callback(struct request *r, const struct task *task);

/* A notice's bytes. */
struct notice {
    const char *headers[12]; /* NULL-ended */
    const char *body;
};
/* As the gateway of the callback writes it. */
MUST_CHECK enum error compose_notice(struct request *r, const struct sim_callback *callback,
                                     const char *fault, struct notice *notice);
MUST_CHECK enum error wechatpay_notice(struct request *r, const struct sim_callback *callback,
                                       const char *fault, struct notice *notice);
MUST_CHECK enum error alipay_notice(struct request *r, const struct sim_callback *callback,
                                    const char *fault, struct notice *notice);

#endif
