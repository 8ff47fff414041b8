/* What all threads of a payment worker share: merchants with their keys parsed once. */
#ifndef PAYMENT_STATE_H
#define PAYMENT_STATE_H

#include "core/config.h"
#include "payment/merchant.h"
#include "payment/pace.h"
#include "payment/payment.h"

/* What the background asks a gateway for, again and again. */
enum errand { ERRAND_QUERY, ERRAND_CLOSE, ERRANDS };

struct payment_settings {
    int64_t order_minutes;
    int64_t gateway_timeout_ms;
    int64_t key_look_ms, key_ask_ms;
    const char *notify_url;
    const char *merchants_file;
    const char *wechatpay_url;
    const char *alipay_url;
    const char *unionpay_url, *unionpay_file_url;
    int64_t bill_hour;
    int64_t bill_timeout_ms;
    int64_t callback_days;
    const char *replay_password_file;
    int64_t account_keep_days;
    int64_t queries_a_second, closes_a_second;
    int64_t invariant_part;
};

struct payment_state {
    struct merchants merchants;
    struct known_events *known_events;
    struct pace *(*paces)[ERRANDS]; /* of each merchant, in their order */
    struct arena *arena;
};

extern const struct setting payment_setting_table[];

enum error payment_open(struct process *process, const void *settings, void **state);
void payment_close(void *state);

static inline const struct payment_settings *payment_settings(const struct request *r)
{
    return r->settings;
}

static inline const struct payment_state *payment_state(const struct request *r)
{
    return r->state;
}

/* For what was opened with this merchant; NULL when it is no longer described. */
static inline const struct merchant *merchant_of(const struct request *r, const char *gateway,
                                                 const char *id)
{
    return merchant_named(&payment_state(r)->merchants, gateway, id);
}

/* NULL like that. */
static inline struct pace *pace_of(const struct request *r, const char *gateway, const char *id,
                                   enum errand errand)
{
    const struct merchant *merchant = merchant_of(r, gateway, id);

    return merchant == NULL
               ? NULL
               : payment_state(r)->paces[merchant - payment_state(r)->merchants.items][errand];
}

#endif
