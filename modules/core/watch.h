/*
 * The connections of a worker and the epoll set in which the listening socket and the idle ones
 * wait. All threads wait on the set together, and the system wakes one of them for each event:
 * nobody hands a request over. A connection belongs to one thread at a time: it is watched once
 * (EPOLLONESHOT), then taken, then watched again or closed.
 */
#ifndef CORE_WATCH_H
#define CORE_WATCH_H

#include "core/process.h"

struct watch;

struct watch *watch_open(struct process *process, int listen_fd);
/* Nobody waits and no connection is open any more. */
void watch_close(struct watch *watch);

/* Waits for a request and gives its connection, which is the caller's from then on; -1 after
   watch_end(). New connections are accepted and those that the peer closed are closed on the way.
 */
int watch_next(struct watch *watch);
/* What waits already, at most `max`, without waiting and without new connections. */
size_t watch_collect(struct watch *watch, int *ready, size_t max);
/* Accepts a new connection if one waits and gives it if its request is there already, else -1. */
int watch_accept(struct watch *watch);
/* From now on watch_next() gives -1, to all threads. */
void watch_end(struct watch *watch);

/* Asks for new connections, or no longer; then none is being accepted any more. */
void watch_listen(struct watch *watch, bool on);

void watch_again(struct watch *watch, int fd);
/* A connection has been closed. */
void watch_forget(struct watch *watch);

/* How many connections are open, idle or not. */
size_t watch_count(const struct watch *watch);
/* Closes what has been idle for so long; only while no new connection is asked for. */
void watch_expire(struct watch *watch, int64_t idle_ms);
/* One more than the largest descriptor a connection can have. */
size_t watch_limit(const struct watch *watch);

#endif
