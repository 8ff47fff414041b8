/* The layout of the shared page. Known by metrics.c, metrics_text.c and breaker.c alone. */
#ifndef CORE_METRICS_PAGE_H
#define CORE_METRICS_PAGE_H

#include <stdatomic.h>

#include "core/metrics.h"

enum {
    STATUS_CLASSES = 5, /* 1xx to 5xx */
    BUCKETS = 14,       /* the last one has no upper bound */
    UPSTREAM_NAME_MAX = 24,
};

/* How long something took. Buckets hold only their own; the text adds them up. */
struct histogram {
    _Atomic int64_t buckets[BUCKETS];
    _Atomic int64_t sum_us;
};

struct route_metrics {
    _Atomic int64_t by_status[STATUS_CLASSES];
    struct histogram time;
};

/* Slots are taken in order and never given back. `key` is a hash of the name and takes the slot in
   one step; the name is for the text only and may be written by several at once, always the same.
 */
struct upstream_metrics {
    _Atomic uint64_t key; /* 0: free */
    _Atomic char name[UPSTREAM_NAME_MAX];
    _Atomic int64_t good, bad, refused, blamed;
    _Atomic int64_t failures;   /* in a row */
    _Atomic int64_t open_until; /* monotonic; the moment of the next probe; 0: closed */
    struct histogram time;
};

struct metrics {
    _Atomic int64_t counters[COUNTERS];
    _Atomic int64_t gauges[WORKERS_MAX][GAUGES]; /* of each worker; the text adds them up */
    _Atomic int64_t levels[LEVELS];              /* one more than the value; 0: not measured */
    _Atomic int64_t heartbeats[WORKERS_MAX];
    struct route_metrics routes[ROUTES_MAX];
    struct upstream_metrics upstreams[UPSTREAMS_MAX];
};

extern const int64_t bucket_us[BUCKETS];

void histogram_add(struct histogram *histogram, int64_t microseconds);

#endif
