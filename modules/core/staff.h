/*
 * The worker processes of a master: one slot each, the last for the background worker. A worker that
 * ends is replaced after a pause that doubles from 100 ms to 10 s and is forgotten after a minute of
 * life; one that is not ready in time or whose heartbeat stops is ended first.
 */
#ifndef CORE_STAFF_H
#define CORE_STAFF_H

#include "core/metrics.h"
#include "core/worker.h"

struct member {
    pid_t pid;    /* 0 while none runs */
    int ready_fd; /* its byte comes here; -1 afterwards */
    bool is_ready;
    int64_t started_ms;
    int64_t start_at_ms;
    int64_t pause_ms;
    int64_t aborted_ms; /* when it was told to end for its silence; 0 before */
};

struct staff {
    struct worker worker; /* what a new one gets; slot, ready_fd and is_background apart */
    struct member members[WORKERS_MAX];
    size_t count;
    bool is_stopping;
};

void staff_open(struct staff *staff, const struct worker *worker, size_t request_workers);
/* Starts those that are due and ends those that are silent. Does not return in a new worker. */
void staff_tend(struct staff *staff, int64_t now);
/* When staff_tend has something to do again. */
int64_t staff_due_ms(const struct staff *staff, int64_t now);
/* Reads the byte with which a worker says that it is ready. */
void staff_hear(struct staff *staff, size_t slot);
bool staff_is_ready(const struct staff *staff);
/* Tells all to drain and end; none is started any more. */
void staff_stop(struct staff *staff);
/* True if the process was one of ours; it will be replaced, unless the staff is stopping. */
bool staff_reap(struct staff *staff, pid_t pid, int status, int64_t now);
/* The pids of those that run. */
size_t staff_pids(const struct staff *staff, pid_t pids[WORKERS_MAX]);

#endif
