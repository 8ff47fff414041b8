/*
 * Who the merchants are, whose keys the gateways sign with, and how slow and how strict they are: the
 * settings, and what every worker keeps of them in memory.
 */
#ifndef SIMULATOR_STATE_H
#define SIMULATOR_STATE_H

#include <pthread.h>

#include "core/config.h"
#include "core/service.h"
#include "simulator/wire_crypto.h"

struct simulator_settings {
    const char *wechat_appid, *wechat_secret_file;
    const char *sms_key_file;
    const char *wechatpay_mchid, *wechatpay_merchant_cert, *wechatpay_apiv3_key;
    const char *wechatpay_fee_mchid, *wechatpay_fee_cert, *wechatpay_fee_apiv3_key;
    const char *wechatpay_platform_key, *wechatpay_platform_cert;
    const char *wechatpay_next_key, *wechatpay_next_cert;
    const char *wechatpay_public_key, *wechatpay_public_id;
    const char *wechatpay_signer;
    const char *alipay_app_id, *alipay_seller_id, *alipay_app_public_key, *alipay_key;
    const char *alipay_fee_app_id, *alipay_fee_seller_id, *alipay_fee_public_key;
    const char *alipay_certificates;
    const char *unionpay_mer_id, *unionpay_merchant_cert, *unionpay_key, *unionpay_cert;
    const char *unionpay_fee_mer_id, *unionpay_fee_cert;
    const char *bill_url;
    int64_t latency_ms, refund_ms, callback_ms;
    bool bench_reply;
    int64_t calls_a_second;
    const char *bench_bill_url, *bench_bill_sha1;
};

/* A key of WeChat Pay's and the name it goes by on the wire. */
struct signer {
    const char *name; /* platform, next or public_key */
    const char *serial;
    const struct wire_key *key;
    struct wire_certificate certificate; /* .pem is NULL for a bare public key */
};

enum { PLATFORM, NEXT, PUBLIC_KEY, SIGNERS };

/* Merchants, and what their gateway knows of each; the key verifies what the merchant signs. */
struct wechatpay_party {
    const char *mchid;
    const struct wire_key *key;
    const char *serial, *apiv3_key;
};

struct alipay_party {
    const char *app_id, *seller_id;
    const struct wire_key *key;
    const char *sn; /* of the certificate, in certificate mode; NULL in key mode */
};

struct unionpay_party {
    const char *mer_id;
    const struct wire_key *key;
    const char *cert_id; /* decimal serial of the certificate */
};

/* Money of the two goes to different accounts; the number is "" where there is no second one. */
enum { FOR_FINES, FOR_FEES, PARTIES };

/* What all threads of a worker share; made by simulator_open (state.c). */
struct simulator {
    struct arena *arena;
    struct wire_random *random;
    struct wechatpay_party wechatpay_parties[PARTIES];
    struct alipay_party alipay_parties[PARTIES];
    struct unionpay_party unionpay_parties[PARTIES];
    const char *wechat_secret;
    const char *sms_key; /* NULL: nobody may send an SMS */
    struct signer signers[SIGNERS];
    const struct wire_key *alipay;
    const char *alipay_root_sn; /* NULL in key mode */
    struct alipay_signer *alipay_signers;
    const struct wire_key *unionpay;
    const char *unionpay_pem;   /* the certificate that its messages bring */
    pthread_mutex_t bench_lock; /* guards the rest */
    int64_t bench_second;
    const struct signer *bench_signer;
    char bench_nonce[40], bench_signature[400];
    int64_t counted_second, queries, closes; /* of this second */
};

enum error simulator_open(struct process *process, const void *settings, void **state);
void simulator_close(void *state);

extern const struct setting simulator_settings[];

#endif
