/*
 * Keys of WeChat Pay that come and go while we run. MERCHANTS_FILE names those to begin with; beside
 * them stand the platform certificates that WeChat Pay lists, fetched every hour by a job and at most
 * once a minute when something is signed by a key that nobody knows. Nothing is fetched at start-up,
 * and old and new ones are believed side by side until they end, so that a switch of theirs, which
 * takes days and may be taken back, needs no hand of ours.
 */
#ifndef PAYMENT_WECHATPAY_KEYS_H
#define PAYMENT_WECHATPAY_KEYS_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/db.h"
#include "payment/wechatpay_wire.h"

enum { LEARNED_MAX = 16, SERIAL_ROOM = 65 };

/* What the threads of a worker have learned; items below `count` never change. */
struct learned_keys {
    _Atomic size_t count;
    struct wechatpay_key items[LEARNED_MAX];
    char serials[LEARNED_MAX][SERIAL_ROOM];
    pthread_mutex_t lock; /* of whoever adds one, and of the rest */
    int64_t looked_ms, asked_ms;
};

struct learned_keys *learned_open(struct arena *arena);

struct merchant;
struct http_answer;

extern const struct statement certificate_sql[];

/* The merchant with all keys of theirs that are known by now. */
struct wechatpay_merchant wechatpay_knowing(struct request *r, const struct merchant *merchant);
/* After WECHATPAY_UNKNOWN_SERIAL: true when a key was learned, so that it is worth another look. */
bool wechatpay_learn(struct request *r, const struct merchant *merchant);

/* The parts of an answer that its signature is about. */
struct wechatpay_signed wechatpay_signed_of(struct request *r, const struct http_answer *received);
/* Whether an answer is genuine, by whatever key of theirs. */
bool wechatpay_is_genuine(struct request *r, const struct merchant *merchant,
                          const struct http_answer *received);

/* Jobs: every hour one for each merchant; and that one. */
enum error plan_certificates(struct request *r, const struct task *task);
enum error fetch_certificates(struct request *r, const struct task *task);

#endif
