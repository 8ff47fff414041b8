/*
 * The process model (front.c, master.c, fastcgi.c).
 *
 * The master holds the listening socket, forks the request workers and one background worker, and
 * replaces those that die or whose heartbeat stops. In a request worker the listening socket and
 * all idle connections wait in one epoll set. M threads wait on it; the one that is woken has
 * libfcgi parse the request, answers, and gives a kept connection back to the set. So 64 kept
 * connections need no 64 threads, and none starves.
 */
#ifndef CORE_FRONT_H
#define CORE_FRONT_H

#include "core/process.h"

/* Runs a request worker on the listening socket until `stop_fd` becomes readable, then drains: no
   more accepting, idle kept connections are served until nginx lets go of them. Writes one byte to
   `ready_fd` when it serves. Returns the exit status. */
int front_run(struct process *process, int listen_fd, int stop_fd, int ready_fd, size_t slot);

/* Runs jobs and events until `stop_fd` becomes readable and the task in hand is done (job.c). */
int background_run(struct process *process, int stop_fd, int ready_fd, size_t slot);

/* How a request is answered. */
enum serving {
    SERVE_KEPT,       /* nginx may keep the connection */
    SERVE_LAST,       /* nginx is told to drop it: this worker drains */
    SERVE_OVERLOADED, /* 503 at once, no handler runs */
};

/* Serves one request that waits on a connection (fastcgi.c). Returns true while the connection
   stays open, else it has been closed. A struct fastcgi belongs to one thread. */
struct fastcgi;
struct fastcgi *fastcgi_open(struct process *process);
bool fastcgi_serve(struct fastcgi *fastcgi, int fd, enum serving serving);
void fastcgi_close(struct fastcgi *fastcgi);

/* Binds the unix socket, or takes the inherited one (LISTEN_FDS). Runs until SIGTERM; SIGHUP checks
   and executes the binary anew. Returns the exit status. */
int master_run(const struct service *service, const struct config *config);

#endif
