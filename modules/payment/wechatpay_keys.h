/*
 * WeChat Pay's platform certificates, learned while we run (learned_keys.h): it lists all of them,
 * so they are fetched every hour, and once more when something is signed by one that nobody knows.
 */
#ifndef PAYMENT_WECHATPAY_KEYS_H
#define PAYMENT_WECHATPAY_KEYS_H

#include "payment/learned_keys.h"
#include "payment/wechatpay_wire.h"

struct merchant;
struct http_answer;

/* The merchant with all keys of theirs that are known by now. */
struct wechatpay_merchant wechatpay_knowing(struct request *r, const struct merchant *merchant);
/* After WECHATPAY_UNKNOWN_SERIAL: true when a key was learned, so that it is worth another look. */
bool wechatpay_learn(struct request *r, const struct merchant *merchant, enum sighting sighting);

/* The parts of an answer that its signature is about. */
struct wechatpay_signed wechatpay_signed_of(struct request *r, const struct http_answer *received);
/* Whether an answer is genuine, by whatever key of theirs. */
bool wechatpay_is_genuine(struct request *r, const struct merchant *merchant,
                          const struct http_answer *received);

/* Jobs: every hour one for each merchant; and that one. */
enum error plan_certificates(struct request *r, const struct task *task);
enum error fetch_certificates(struct request *r, const struct task *task);

#endif
