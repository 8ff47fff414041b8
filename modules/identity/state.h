/*
 * What all threads of a worker share: secrets and keys, read once, and WeChat's access token. The
 * token is fetched by one thread at a time while the others wait; whoever waited for a fetch that
 * failed fails with it, so that an outage is not asked once more by each of them. `stable_token`
 * gives all workers and hosts the same token, so no more central refresher is needed.
 */
#ifndef IDENTITY_STATE_H
#define IDENTITY_STATE_H

#include <pthread.h>

#include "casework/alipay_certificates.h"
#include "core/process.h"
#include "identity/identity.h"

#define ACCESS_TOKEN_SIZE 513
#define ALIPAY_CERTIFICATES_MAX 8

struct access_token {
    pthread_mutex_t lock; /* guards the rest */
    char text[ACCESS_TOKEN_SIZE];
    struct instant good_until;
    int64_t failed_ms; /* on the monotonic clock: when the last fetch failed, and how */
    enum error failed_with;
};

/* Certificate mode: whom we believe to be Alipay. Items below `count` never change. */
struct alipay_believed {
    const char *app_cert_sn; /* NULL in key mode */
    const char *root_cert_sn;
    const char *roots_pem;
    pthread_mutex_t lock; /* of whoever adds one, and of the rest */
    int64_t asked_ms;     /* on the monotonic clock: when one was fetched last */
    _Atomic size_t count;
    struct {
        char serial[ALIPAY_SERIAL_ROOM];
        const struct key *key;
        struct instant ends_at;
    } items[ALIPAY_CERTIFICATES_MAX];
};

struct identity {
    struct arena *arena;
    char wechat_secret[65];
    struct key *alipay_app_key;
    struct key *alipay_public_key;
    struct alipay_believed alipay;
    struct access_token token;
    const char *password_stand_in; /* compared with when there is no such officer */
    _Atomic int hashing;           /* how many threads do (password.h) */
};

enum error identity_open(struct process *process, const void *settings, void **state);
void identity_close(void *state);

/* --- alipay_keys.c: the keys of ALIPAY_... ------------------------------------------------------
 */

/* All faults are told, with the name of the setting and the file that is wrong. */
MUST_CHECK enum error alipay_open(struct process *process, const struct identity_settings *settings,
                                  struct identity *identity);
void alipay_close(struct identity *identity);

#endif
