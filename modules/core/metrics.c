#include <assert.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/metrics_page.h"
#include "core/process.h"

/* Steps of about 2.5: what nginx, a database and a gateway take all fall into different buckets. */
const int64_t bucket_us[BUCKETS] = {
    1000,   2500,   5000,    10000,   25000,   50000,    100000,
    250000, 500000, 1000000, 2500000, 5000000, 10000000, INT64_MAX,
};

/* Sharing a mapping of /dev/zero is POSIX's way to memory that belongs to no file. */
struct metrics *metrics_open(void)
{
    int zero = open("/dev/zero", O_RDWR | O_CLOEXEC);
    struct metrics *page =
        mmap(NULL, sizeof(struct metrics), PROT_READ | PROT_WRITE, MAP_SHARED, zero, 0);

    if (page == MAP_FAILED) {
        perror("metrics page");
        abort();
    }
    close(zero);
    return page;
}

void metrics_close(struct metrics *metrics)
{
    if (metrics != NULL)
        munmap(metrics, sizeof(*metrics));
}

/* Order between counters means nothing, so none is asked for. */
static void add(_Atomic int64_t *number, int64_t n)
{
    atomic_fetch_add_explicit(number, n, memory_order_relaxed);
}

void histogram_add(struct histogram *histogram, int64_t microseconds)
{
    size_t bucket = 0;

    while (microseconds > bucket_us[bucket])
        bucket++;
    add(&histogram->buckets[bucket], 1);
    add(&histogram->sum_us, microseconds);
}

void metrics_count(struct metrics *metrics, enum counter counter, int64_t n)
{
    assert(counter < COUNTERS);
    add(&metrics->counters[counter], n);
}

/* Which worker this process is; a test and the master are the first. */
static size_t own_slot;

void metrics_begin(struct metrics *metrics, size_t slot)
{
    assert(slot < WORKERS_MAX);
    own_slot = slot;
    for (size_t i = 0; i < GAUGES; i++)
        atomic_store_explicit(&metrics->gauges[slot][i], 0, memory_order_relaxed);
}

void metrics_gauge(struct metrics *metrics, enum gauge gauge, int64_t difference)
{
    assert(gauge < GAUGES);
    add(&metrics->gauges[own_slot][gauge], difference);
}

void metrics_level(struct metrics *metrics, enum level level, int64_t value)
{
    assert(level < LEVELS && value >= 0);
    atomic_store_explicit(&metrics->levels[level], value + 1, memory_order_relaxed);
}

int64_t metrics_last_level(const struct metrics *metrics, enum level level)
{
    assert(level < LEVELS);
    return atomic_load_explicit(&metrics->levels[level], memory_order_relaxed) - 1;
}

void metrics_found(const struct request *r, enum level level, int64_t violations)
{
    struct metrics *metrics = r->process->metrics;

    assert(level == LEVEL_VIOLATIONS || level == LEVEL_VIOLATIONS_OF_ALL);
    if (metrics == NULL)
        return;
    metrics_level(metrics, level, violations);
    metrics_level(metrics, level == LEVEL_VIOLATIONS ? LEVEL_LOOKED_AT : LEVEL_ALL_LOOKED_AT,
                  clock_now().ms / SECOND_MS);
}

void metrics_request(struct metrics *metrics, size_t route, int status, int64_t microseconds)
{
    assert(route < ROUTES_MAX && status >= 100 && status < 600);
    add(&metrics->routes[route].by_status[status / 100 - 1], 1);
    histogram_add(&metrics->routes[route].time, microseconds);
}

void heartbeat(struct metrics *metrics, size_t slot, int64_t monotonic_ms)
{
    assert(slot < WORKERS_MAX);
    atomic_store_explicit(&metrics->heartbeats[slot], monotonic_ms, memory_order_relaxed);
}

int64_t heartbeat_last(const struct metrics *metrics, size_t slot)
{
    assert(slot < WORKERS_MAX);
    return atomic_load_explicit(&metrics->heartbeats[slot], memory_order_relaxed);
}
