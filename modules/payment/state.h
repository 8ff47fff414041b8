/* What all threads of a payment worker share: merchants with their keys parsed once. */
#ifndef PAYMENT_STATE_H
#define PAYMENT_STATE_H

#include "core/config.h"
#include "payment/alipay_wire.h"
#include "payment/payment.h"
#include "payment/wechatpay_wire.h"

struct payment_settings {
    int64_t order_minutes;
    int64_t gateway_timeout_ms;
    const char *notify_url;
    const char *wechatpay_url;
    const char *wechatpay_mchid;
    const char *wechatpay_appid;
    const char *wechatpay_key_file;
    const char *wechatpay_certificate_file;
    const char *wechatpay_apiv3_key_file;
    const char *wechatpay_public_key_file;
    const char *wechatpay_public_key_id_file;
    const char *wechatpay_platform_files;
    const char *alipay_url;
    const char *alipay_app_id;
    const char *alipay_seller_id;
    const char *alipay_key_file;
    const char *alipay_public_key_file;
};

enum { WECHATPAY_KEYS_MAX = 8 };

struct payment_state {
    int64_t order_minutes;
    int64_t gateway_timeout_ms;
    const char *wechatpay_url;
    const char *alipay_url;
    const char *wechatpay_notify_url;
    const char *alipay_notify_url;
    struct wechatpay_merchant wechatpay;
    struct wechatpay_key wechatpay_keys[WECHATPAY_KEYS_MAX];
    struct alipay_merchant alipay;
    struct arena *arena;
};

extern const struct setting payment_setting_table[];

enum error payment_open(struct process *process, const void *settings, void **state);
void payment_close(void *state);

static inline const struct payment_state *payment_state(const struct request *r)
{
    return r->state;
}

#endif
