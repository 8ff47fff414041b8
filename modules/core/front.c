#include "core/front.h"

#include "core/clock.h"
#include "core/crew.h"
#include "core/log.h"
#include "core/metrics.h"

#include <poll.h>
#include <unistd.h>

enum {
    BEAT_MS = 1000,
    STUCK_MS = 60000, /* far beyond any request's deadline: only a fault keeps a thread so long */
    DRAIN_MS = 40000, /* a living master is less patient */
    DRAIN_STEP_MS = 20,
    IDLE_MS = 10000, /* nginx lets go of an idle connection long before */
};

struct front {
    struct process *process;
    struct watch *watch;
    struct crew *crew;
    int stop_fd;
    size_t slot;
    int64_t beat_ms;
    int64_t drain_ms; /* when draining began; 0 before */
};

/* Unless a thread is stuck: then the heartbeat stops, and the master replaces this worker. */
static void beat(struct front *front)
{
    int64_t now = monotonic_ms();

    if (now - front->beat_ms < BEAT_MS)
        return;
    front->beat_ms = now;
    if (crew_longest_ms(front->crew) < STUCK_MS)
        heartbeat(front->process->metrics, front->slot, now);
    if (front->drain_ms == 0)
        return;
    watch_expire(front->watch, IDLE_MS);
    if (now - front->drain_ms > DRAIN_MS) {
        log_error(NULL, "drain_failed", "a request did not end, the worker ends without it");
        _exit(EXIT_FAILURE);
    }
}

/* Until it is time to look around, or to stop. */
static void rest(struct front *front)
{
    struct pollfd stop = {.fd = front->stop_fd, .events = POLLIN};

    if (front->drain_ms != 0) {
        poll(NULL, 0, DRAIN_STEP_MS);
    } else if (poll(&stop, 1, BEAT_MS) > 0) {
        front->drain_ms = monotonic_ms();
        crew_drain(front->crew);
    }
}

int front_run(struct process *process, int listen_fd, int stop_fd, int ready_fd, size_t slot)
{
    struct front front = {.process = process, .stop_fd = stop_fd, .slot = slot};

    front.watch = watch_open(process, listen_fd);
    front.crew = crew_open(process, front.watch);
    if (write(ready_fd, "", 1) != 1)
        log_error(NULL, "master_gone", "nobody waits for this worker");
    while (front.drain_ms == 0 || watch_count(front.watch) > 0) {
        rest(&front);
        beat(&front);
    }
    crew_close(front.crew);
    watch_close(front.watch);
    return 0;
}
