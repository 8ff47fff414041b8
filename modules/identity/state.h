/*
 * What all threads of a worker share: secrets and keys, read once, and WeChat's access token. The
 * token is fetched by one thread at a time while the others wait; whoever waited for a fetch that
 * failed fails with it, so that an outage is not asked once more by each of them. `stable_token`
 * gives all workers and hosts the same token, so no more central refresher is needed.
 */
#ifndef IDENTITY_STATE_H
#define IDENTITY_STATE_H

#include <pthread.h>

#include "core/process.h"
#include "identity/identity.h"

#define ACCESS_TOKEN_SIZE 513

struct access_token {
    pthread_mutex_t lock; /* guards the rest */
    char text[ACCESS_TOKEN_SIZE];
    struct instant good_until;
    int64_t failed_ms; /* on the monotonic clock: when the last fetch failed, and how */
    enum error failed_with;
};

struct identity {
    struct arena *arena;
    char wechat_secret[65];
    struct key *alipay_app_key;
    struct key *alipay_public_key;
    struct access_token token;
    const char *password_stand_in; /* compared with when there is no such officer */
    _Atomic int hashing;           /* how many threads do (password.h) */
};

enum error identity_open(struct process *process, const void *settings, void **state);
void identity_close(void *state);

#endif
