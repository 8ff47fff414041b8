/*
 * Merchant accounts (商户号): who we are at a gateway. There are several per gateway, because fines
 * and fees go to different treasury accounts (国库账户); an order is opened with the merchant of
 * its obligations' account, and everything that follows it stays with that merchant.
 *
 * One JSON file describes all of them:
 *
 *   {"merchants": [
 *     {"gateway": "wechatpay", "merchant": "1900000109", "accounts": ["fine_treasury"],
 *      "appid": "wx...", "key_file": ..., "certificate_file": ..., "apiv3_key_file": ...,
 *      "public_key_file": ..., "public_key_id_file": ..., "platform_files": [...]},
 *     {"gateway": "alipay", "merchant": "2021...", "accounts": ["fine_treasury"],
 *      "seller_id": "2088...", "key_file": ..., "public_key_file": ...},
 *     {"gateway": "alipay", "merchant": "2021...", "accounts": ["fee_treasury"],
 *      "op_app_id": "2021...", "key_file": ..., "certificate_file": ...,
 *      "gateway_certificate_file": ..., "root_file": ...},
 *     {"gateway": "unionpay", "merchant": "777290058110048", "accounts": ["fine_treasury"],
 *      "key_file": ..., "certificate_file": ..., "root_file": ..., "middle_file": ...}]}
 *
 * "merchant" is the mchid, the app_id or the merId, as pay_attempt, money_fact and refund name it.
 * Files are relative to the folder of this one. An application at Alipay has either Alipay's public
 * key (公钥模式) or certificates (公钥证书模式): its own, Alipay's with those that lead from it to
 * a root, and Alipay's roots. "op_app_id" is the mini program that citizens pay in, where it is not
 * the merchant's own. UnionPay's roots sign its certificates by way of the middle ones;
 * "is_test": true also believes the signer of its test environment. A merchant without accounts
 * opens no orders any more; what was opened with it is still asked for, closed and refunded, so it
 * stays here until that is over.
 */
#ifndef PAYMENT_MERCHANT_H
#define PAYMENT_MERCHANT_H

#include "core/process.h"
#include "payment/alipay_wire.h"
#include "payment/learned_keys.h"
#include "payment/unionpay_answer.h"
#include "payment/wechatpay_wire.h"

enum { MERCHANTS_MAX = 16, WECHATPAY_KEYS_MAX = 8 };

struct merchant {
    const char *gateway;
    const char *id;
    struct texts accounts;
    const char *notify_url; /* NOTIFY_URL/notify/GATEWAY/ID: a callback's path says whose it is */
    struct wechatpay_merchant wechatpay; /* one of the three is filled */
    struct wechatpay_key wechatpay_keys[WECHATPAY_KEYS_MAX];
    struct learned_keys *learned; /* that come and go: of WeChat Pay, and of Alipay in certificate
                                     mode, where the first one is there from the beginning */
    struct alipay_merchant alipay;
    struct unionpay_merchant unionpay;
    struct unionpay_gateway unionpay_gateway;
};

struct merchants {
    const struct merchant *items;
    size_t count;
};

/* Everything in the arena, and let go with it. All faults are told on stderr, in plain words and
   with the name of the file that is wrong; then E_REFUSED. */
MUST_CHECK enum error merchants_open(struct process *process, struct arena *arena, const char *path,
                                     const char *notify_url, struct merchants *merchants);

/* The one that takes money for this account; NULL when the gateway has none. */
const struct merchant *merchant_for(const struct merchants *merchants, const char *gateway,
                                    const char *account);
/* The one of this number; NULL when it is not in the file (any more). */
const struct merchant *merchant_named(const struct merchants *merchants, const char *gateway,
                                      const char *id);

/* --- merchant_keys.c: what the openers of the gateways share ---------------------------------- */

/* A merchant while it is opened. */
struct merchant_opening {
    struct process *process;
    struct arena *arena;
    const char *folder; /* that files are relative to */
    bool has_failed;
};

/* Says in plain words what is wrong. */
void merchant_fault(struct merchant_opening *opening, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Each NULL after a fault. A NULL name is the fault that the member is missing. */
const char *merchant_path(struct merchant_opening *opening, const char *member, const char *name);
char *merchant_text(struct merchant_opening *opening, const char *member, const char *name,
                    size_t *size);
struct key *merchant_private_key(struct merchant_opening *opening, const char *name);
struct key *merchant_public_key(struct merchant_opening *opening, const char *member,
                                const char *name);
struct certificate *merchant_certificate(struct merchant_opening *opening, const char *member,
                                         const char *name);
/* The key of a certificate. */
struct key *merchant_certified_key(struct merchant_opening *opening,
                                   const struct certificate *certificate);

#endif
