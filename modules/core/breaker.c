#include <assert.h>

#include "core/clock.h"
#include "core/metrics_page.h"
#include "core/process.h"

/* FNV-1a; the lowest bit is set because 0 means a free slot. */
static uint64_t name_key(const char *name)
{
    uint64_t key = UINT64_C(14695981039346656037);

    for (; *name != '\0'; name++)
        key = (key ^ (unsigned char)*name) * UINT64_C(1099511628211);
    return key | 1;
}

/* The upstream's slot, taken at its first use by any worker. Names are constants of a module, so
   running out of slots is a bug. */
static struct upstream_metrics *find_upstream(struct metrics *metrics, const char *name)
{
    uint64_t key = name_key(name);

    assert(strlen(name) < UPSTREAM_NAME_MAX);
    for (size_t i = 0; i < UPSTREAMS_MAX; i++) {
        struct upstream_metrics *upstream = &metrics->upstreams[i];
        uint64_t found = 0;

        if (!atomic_compare_exchange_strong(&upstream->key, &found, key) && found != key)
            continue;
        /* The first letter comes last: whoever sees it sees the whole name. */
        if (atomic_load(&upstream->name[0]) == '\0')
            for (size_t n = strlen(name); n-- > 0;)
                atomic_store(&upstream->name[n], name[n]);
        return upstream;
    }
    fprintf(stderr, "more than %d upstreams: no slot for %s\n", UPSTREAMS_MAX, name);
    abort();
}

bool breaker_allows(struct metrics *metrics, const struct process *process, const char *name)
{
    struct upstream_metrics *upstream = find_upstream(metrics, name);
    int64_t open_until = atomic_load(&upstream->open_until);
    int64_t now = monotonic_ms();

    if (open_until == 0)
        return true;
    /* Whoever moves the moment on is the one probe of this period. */
    if (now >= open_until && atomic_compare_exchange_strong(&upstream->open_until, &open_until,
                                                            now + process->config.breaker_open_ms))
        return true;
    atomic_fetch_add(&upstream->refused, 1);
    return false;
}

static void add_failures(struct upstream_metrics *upstream, const struct process *process,
                         int64_t n)
{
    int64_t closed = 0;

    if (atomic_fetch_add(&upstream->failures, n) + n >= process->config.breaker_failures)
        /* Late failures of calls that began before it opened do not lengthen the period. */
        atomic_compare_exchange_strong(&upstream->open_until, &closed,
                                       monotonic_ms() + process->config.breaker_open_ms);
}

int64_t breaker_result(struct metrics *metrics, const struct process *process, const char *name,
                       bool good, int64_t microseconds)
{
    struct upstream_metrics *upstream = find_upstream(metrics, name);

    histogram_add(&upstream->time, microseconds);
    if (good) {
        atomic_fetch_add(&upstream->good, 1);
        atomic_store(&upstream->open_until, 0);
        return atomic_exchange(&upstream->failures, 0);
    }
    atomic_fetch_add(&upstream->bad, 1);
    add_failures(upstream, process, 1);
    return 0;
}

void breaker_blame(struct metrics *metrics, const struct process *process, const char *name,
                   int64_t forgiven)
{
    struct upstream_metrics *upstream = find_upstream(metrics, name);

    atomic_fetch_add(&upstream->blamed, 1);
    add_failures(upstream, process, forgiven + 1);
}
