/* A worker process, right after the master's fork. */
#ifndef CORE_WORKER_H
#define CORE_WORKER_H

#include "core/front.h"

#include <sys/types.h>

struct worker {
    const struct service *service;
    struct metrics *metrics;
    pid_t master;
    int listen_fd;
    int ready_fd;
    int wake_fd;
    size_t slot;
    bool is_background;
};

/* Opens everything, works until SIGTERM or the master's end, closes everything. Returns the exit
   status. */
int worker_run(const struct worker *worker);

#endif
