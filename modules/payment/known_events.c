#include "payment/known_events.h"

#include <pthread.h>

#include "core/crypto.h"
#include "payment/state.h"

enum { PLACES = 4096 };

/* Each event has one place, which the next one there takes over. */
struct known_events {
    pthread_mutex_t lock;
    unsigned char digests[PLACES][SHA256_SIZE];
};

static void close_events(void *context)
{
    struct known_events *known = context;

    pthread_mutex_destroy(&known->lock);
}

struct known_events *known_events_open(struct arena *arena)
{
    struct known_events *known = arena_alloc(arena, sizeof(*known));

    if (pthread_mutex_init(&known->lock, NULL) != 0)
        abort();
    arena_defer(arena, close_events, known);
    return known;
}

/* The event's place; `digest` names it there. */
static unsigned char *place_of(struct request *r, const char *gateway, const char *event_key,
                               unsigned char digest[SHA256_SIZE])
{
    const char *name = arena_printf(r->arena, "%s %s", gateway, event_key);
    uint16_t number;

    sha256(bytes_of(name), digest);
    memcpy(&number, digest, sizeof(number));
    return payment_state(r)->known_events->digests[number % PLACES];
}

bool event_is_known(struct request *r, const char *gateway, const char *event_key)
{
    struct known_events *known = payment_state(r)->known_events;
    unsigned char digest[SHA256_SIZE], *place = place_of(r, gateway, event_key, digest);
    bool is_known;

    pthread_mutex_lock(&known->lock);
    is_known = memcmp(place, digest, sizeof(digest)) == 0;
    pthread_mutex_unlock(&known->lock);
    return is_known;
}

void event_is_booked(struct request *r, const char *gateway, const char *event_key)
{
    struct known_events *known = payment_state(r)->known_events;
    unsigned char digest[SHA256_SIZE], *place = place_of(r, gateway, event_key, digest);

    pthread_mutex_lock(&known->lock);
    memcpy(place, digest, sizeof(digest));
    pthread_mutex_unlock(&known->lock);
}
