/* Verification with a key that stands in no table yet: for the two files of wechatpay_wire.h. */
#ifndef PAYMENT_WECHATPAY_VERIFY_H
#define PAYMENT_WECHATPAY_VERIFY_H

#include "payment/wechatpay_wire.h"

/* NULL for an unknown key. */
enum wechatpay_verdict wechatpay_verify_with(struct arena *arena, const struct key *key,
                                             const struct wechatpay_signed *received,
                                             struct instant now);

#endif
