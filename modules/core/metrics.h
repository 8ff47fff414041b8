/*
 * Counters in one page of memory that the workers of a module share, so that any worker can answer
 * /metrics for all. The master maps it before it forks; a test maps one for itself. All updates are
 * atomic additions; nothing here allocates, locks or fails after metrics_open.
 */
#ifndef CORE_METRICS_H
#define CORE_METRICS_H

#include "core/service.h"

enum counter {
    COUNT_POOL_WAITS,    /* a thread had to wait for a database connection */
    COUNT_POOL_TIMEOUTS, /* ... and got none in time */
    COUNT_ROUND_TRIPS,   /* statements sent to the database, BEGIN and COMMIT included */
    COUNT_RETRIES,       /* transactions run again */
    COUNT_JOBS_DONE,
    COUNT_JOBS_FAILED,
    COUNT_JOBS_DEAD,
    COUNT_UNSEALED, /* sealed fields opened */
    COUNT_OVERLOAD, /* requests answered 503 because no thread was free */
    COUNT_RESTARTS, /* workers that the master had to replace */
    COUNTERS
};

enum gauge {
    GAUGE_POOL_LEASED,
    GAUGE_CONNECTIONS_KEPT, /* FastCGI connections that nginx keeps open */
    GAUGE_THREADS_BUSY,
    GAUGES
};

/* Of the module as a whole, not of one worker: whoever measured it last says it for all. */
enum level {
    LEVEL_JOBS_READY,
    LEVEL_JOBS_OVERDUE,
    /* What the module found in its own data, and when it had ended looking (UTC seconds). */
    LEVEL_VIOLATIONS,    /* in what is recent */
    LEVEL_LOOKED_AT,
    LEVEL_VIOLATIONS_OF_ALL,
    LEVEL_ALL_LOOKED_AT,
    LEVELS
};

#define ROUTES_MAX 96   /* of one module, the core's own included */
#define UPSTREAMS_MAX 8 /* with a breaker each */
#define WORKERS_MAX 32

/* Maps a zeroed shared page; aborts when the system has no memory. */
struct metrics *metrics_open(void);
void metrics_close(struct metrics *metrics);

/* First thing in worker `slot`: what its predecessor left in the gauges when it was killed is gone.
 */
void metrics_begin(struct metrics *metrics, size_t slot);

void metrics_count(struct metrics *metrics, enum counter counter, int64_t n);
void metrics_gauge(struct metrics *metrics, enum gauge gauge, int64_t difference);
void metrics_level(struct metrics *metrics, enum level level, int64_t value);
/* -1: nobody has measured it since the start. */
int64_t metrics_last_level(const struct metrics *metrics, enum level level);
/* A module looked through its own data, the recent (LEVEL_VIOLATIONS) or all of it
   (LEVEL_VIOLATIONS_OF_ALL); /metrics and /readyz tell what it found and when. */
void metrics_found(const struct request *r, enum level level, int64_t violations);
/* One answered request: `route` is its index as dispatch numbers them, ROUTES_MAX - 1 for none. */
void metrics_request(struct metrics *metrics, size_t route, int status, int64_t microseconds);

/* Prometheus text exposition format, version 0.0.4. */
const char *metrics_text(struct arena *arena, const struct process *process);

/* Worker `slot` is alive at this monotonic moment; the master reads when it last was. */
void heartbeat(struct metrics *metrics, size_t slot, int64_t monotonic_ms);
int64_t heartbeat_last(const struct metrics *metrics, size_t slot);

/* Circuit breakers, by upstream name (breaker.c). One opens after breaker_failures failures in a
   row. breaker_allows is false while it is open, except for one probe after each breaker_open_ms; a
   good result closes it. breaker_result gives back how many failures a good result wiped out, so
   that breaker_blame can restore them when the answer turns out to be no good after all. */
bool breaker_allows(struct metrics *metrics, const struct process *process, const char *upstream);
int64_t breaker_result(struct metrics *metrics, const struct process *process, const char *upstream,
                       bool good, int64_t microseconds);
void breaker_blame(struct metrics *metrics, const struct process *process, const char *upstream,
                   int64_t forgiven);

#endif
