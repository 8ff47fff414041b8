#include <pthread.h>

#include "core/clock.h"
#include "payment/pace.h"

/* Jobs come in bunches, as often as the queue is looked through: what was not used in the last half
   second may be made up for. After a longer pause that much may go at once, on account of what
   comes next: gateways count by the second and refuse in one that has more, and what is booked
   while the pace is slower for it keeps that distance. */
enum { UNUSED_US = 500000, PAUSE_US = 1000000, GAP_MAX_US = 5000000, QUICKER = 256, SLOWER = 4 };

struct pace {
    pthread_mutex_t lock;
    int64_t least_us, gap_us; /* between two calls: as set, and now */
    int64_t free_us;          /* from when the next call is free */
    int64_t booked_us;        /* the last appointment */
    int64_t at_once;          /* calls on account that are left, until one is free */
    int64_t slowed_ms;
};

static void close_pace(void *pace)
{
    pthread_mutex_destroy(&((struct pace *)pace)->lock);
}

struct pace *pace_open(struct arena *arena, int64_t calls_a_second)
{
    struct pace *pace = arena_alloc(arena, sizeof(*pace));

    pthread_mutex_init(&pace->lock, NULL);
    arena_defer(arena, close_pace, pace);
    pace->least_us = pace->gap_us = 1000000 / calls_a_second;
    return pace;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t wait_us(struct pace *pace, int64_t now_us)
{
    if (pace->free_us < now_us - PAUSE_US) {
        pace->at_once = larger(UNUSED_US / pace->gap_us, 1);
        pace->free_us = now_us + pace->at_once * pace->gap_us;
    }
    pace->free_us = larger(pace->free_us, now_us - UNUSED_US);
    if (pace->free_us <= now_us) {
        pace->at_once = 0;
        pace->free_us += pace->gap_us;
        return 0;
    }
    if (pace->at_once > 0) {
        pace->at_once--;
        return 0;
    }
    pace->booked_us = larger(pace->booked_us, pace->free_us) + pace->gap_us;
    return pace->booked_us - now_us;
}

int64_t pace_wait(struct pace *pace, int64_t now_ms)
{
    int64_t us;

    pthread_mutex_lock(&pace->lock);
    us = wait_us(pace, now_ms * 1000);
    pthread_mutex_unlock(&pace->lock);
    return (us + 999) / 1000;
}

void pace_taken(struct pace *pace)
{
    pthread_mutex_lock(&pace->lock);
    pace->gap_us = larger(pace->gap_us - pace->gap_us / QUICKER, pace->least_us);
    pthread_mutex_unlock(&pace->lock);
}

/* Several calls of one bunch are refused together: that is one refusal. */
void pace_refused(struct pace *pace, int64_t now_ms)
{
    pthread_mutex_lock(&pace->lock);
    if (now_ms - pace->slowed_ms >= SECOND_MS) {
        pace->slowed_ms = now_ms;
        pace->gap_us += pace->gap_us / SLOWER;
        if (pace->gap_us > GAP_MAX_US)
            pace->gap_us = GAP_MAX_US;
    }
    pthread_mutex_unlock(&pace->lock);
}
