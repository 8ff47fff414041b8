/*
 * Keys of gateways that come and go while we run. MERCHANTS_FILE names those to begin with; beside
 * them stand the certificates that the gateway gave out later, fetched by a job when something is
 * signed by a key that nobody knows, at most once a minute. Nothing is fetched at start-up, and old
 * and new ones are believed side by side until they end, so that a switch of theirs, which takes
 * days and may be taken back, needs no hand of ours. What a gateway's certificate has to be is its
 * own file's to say (wechatpay_keys.h, alipay_keys.h).
 */
#ifndef PAYMENT_LEARNED_KEYS_H
#define PAYMENT_LEARNED_KEYS_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/crypto.h"
#include "core/db.h"

enum { LEARNED_MAX = 16, SERIAL_ROOM = 65 };

struct learned_key {
    char serial[SERIAL_ROOM];
    const struct key *key;
    struct instant ends_at;
};

/* Where an unknown serial was seen. Anybody may post what looks like a notice: those asked for
   because of one never keep back those of answers. */
enum sighting { IN_ANSWER, IN_NOTICE, SIGHTINGS };

/* What the threads of a worker have learned; items below `count` never change. */
struct learned_keys {
    _Atomic size_t count;
    struct learned_key items[LEARNED_MAX];
    pthread_mutex_t lock; /* of whoever adds one, and of the rest */
    int64_t looked_ms, asked_ms[SIGHTINGS];
};

struct merchant;

/* A certificate as it was kept. */
struct kept_certificate {
    const char *serial;
    const char *pem;
    struct instant ends_at;
};

/* What a gateway does in its own way. */
struct key_source {
    const char *gateway;
    /* The key of a certificate that was kept; NULL when it is known, or not to be believed. */
    struct key *(*read)(struct request *r, const struct merchant *merchant,
                        const struct kept_certificate *kept);
    const char *job; /* that fetches */
};

extern const struct statement certificate_sql[];

/* Let go with the arena. */
struct learned_keys *learned_open(struct arena *arena);
/* Takes the key over; false when there is no room for it. Under the lock, or before traffic. */
bool learned_add(struct learned_keys *learned, const char *serial, struct key *key,
                 struct instant ends_at);

/* After an unknown serial: true when a key was learned, so that it is worth another look. Else the
   job is asked for, by `dedupe`. */
bool learn_key(struct request *r, const struct merchant *merchant, const struct key_source *source,
               const char *dedupe, enum sighting sighting);

/* Within a transaction: sealed, or renewed if it was kept before. */
MUST_CHECK enum error keep_certificate(struct request *r, const struct merchant *merchant,
                                       const struct kept_certificate *certificate);
/* When one of this merchant's was kept last, or this one (serial not NULL); NONE for never. */
MUST_CHECK enum error certificate_kept_at(struct request *r, const struct merchant *merchant,
                                          const char *serial, struct instant *at);

#endif
