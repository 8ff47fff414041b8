/* The background worker: a few threads that look for due jobs, woken by a commit or by the poll. */

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/front.h"
#include "core/job.h"
#include "core/log.h"
#include "core/metrics.h"

enum { THREADS_MAX = 32, TIDY_MS = 1000 };

struct background {
    struct process *process;
    _Atomic bool is_stopping;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    uint64_t wake_count;
    bool has_poller;
};

/* Under the lock: until there was a wake-up, or the time to look without one. */
static void wait_and_poll(struct background *background, uint64_t seen)
{
    int64_t until = monotonic_ms() + background->process->config.jobs_poll_ms;
    struct timespec limit = {until / 1000, until % 1000 * 1000000};

    background->has_poller = true;
    while (!background->is_stopping && background->wake_count == seen)
        if (pthread_cond_timedwait(&background->wake, &background->lock, &limit) != 0)
            break;
    background->has_poller = false;
    pthread_cond_signal(&background->wake);
}

/* Of all who wait one polls. Before it looks, the next takes over, so that a long job delays none.
 */
static void wait_for_work(struct background *background)
{
    uint64_t seen;

    pthread_mutex_lock(&background->lock);
    seen = background->wake_count;
    while (!background->is_stopping && background->wake_count == seen && background->has_poller)
        pthread_cond_wait(&background->wake, &background->lock);
    if (!background->is_stopping && background->wake_count == seen)
        wait_and_poll(background, seen);
    pthread_mutex_unlock(&background->lock);
}

static void *work(void *context)
{
    struct background *background = context;

    while (!background->is_stopping)
        if (!jobs_run_due(background->process))
            wait_for_work(background);
    return NULL;
}

static void wake_all(struct background *background, bool stop)
{
    pthread_mutex_lock(&background->lock);
    background->is_stopping = background->is_stopping || stop;
    background->process->is_stopping = background->is_stopping;
    background->wake_count++;
    pthread_cond_broadcast(&background->wake);
    pthread_mutex_unlock(&background->lock);
}

/* Heartbeat, tidying and wake-ups, until `stop_fd` becomes readable. */
static void watch(struct background *background, int stop_fd, size_t slot)
{
    struct process *process = background->process;
    struct pollfd fds[2] = {{.fd = stop_fd, .events = POLLIN},
                            {.fd = process->wake_fd, .events = POLLIN}};
    int64_t next_tidy = 0;
    uint64_t count;

    while (poll(fds, 2, TIDY_MS) >= 0 && fds[0].revents == 0) {
        if (fds[1].revents != 0 && read(process->wake_fd, &count, sizeof(count)) > 0)
            wake_all(background, false);
        if (process->metrics != NULL)
            heartbeat(process->metrics, slot, monotonic_ms());
        if (monotonic_ms() < next_tidy)
            continue;
        next_tidy = monotonic_ms() + TIDY_MS;
        if (!process->service->no_database)
            jobs_tidy(process);
    }
}

static void prepare(struct background *background)
{
    pthread_condattr_t monotonic;

    pthread_mutex_init(&background->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&background->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

int background_run(struct process *process, int stop_fd, int ready_fd, size_t slot)
{
    struct background background = {.process = process};
    pthread_t threads[THREADS_MAX];
    int64_t count = process->service->no_database ? 0 : process->config.jobs_threads;

    count = count > THREADS_MAX ? THREADS_MAX : count;
    prepare(&background);
    if (count > 0 && jobs_begin(process) != E_OK)
        log_error(NULL, "jobs_not_begun", "periodic jobs could not be entered");
    for (int64_t i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, work, &background) != 0)
            abort();
    if (write(ready_fd, "", 1) != 1)
        log_error(NULL, "not_told_ready", "the master does not listen");
    watch(&background, stop_fd, slot);
    wake_all(&background, true);
    for (int64_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
