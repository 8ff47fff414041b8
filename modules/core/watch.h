/*
 * The connections of a worker and the epoll set in which the idle ones wait. A connection belongs to
 * one thread at a time: it is watched once (EPOLLONESHOT), then taken, then watched again or closed.
 */
#ifndef CORE_WATCH_H
#define CORE_WATCH_H

#include "core/process.h"

struct watch;

/* The listening socket is not watched yet; `stop_fd` is, and reported once. */
struct watch *watch_open(struct process *process, int listen_fd, int stop_fd);
void watch_close(struct watch *watch);

/* The descriptors that have something for us, at most `max`; none after the timeout. Connections
   that the peer closed are closed on the way and not among them. */
size_t watch_wait(struct watch *watch, int *ready, size_t max, int timeout_ms);

void watch_listen(struct watch *watch, bool on);
/* One waiting connection: true when the next may be asked for. *fd is its descriptor if it has data
   already, else -1: it idles among the others, or was refused. */
bool watch_accept(struct watch *watch, int *fd);

void watch_again(struct watch *watch, int fd);
/* A connection has been closed. */
void watch_forget(struct watch *watch);

/* How many connections are open, idle or not. */
size_t watch_count(const struct watch *watch);
/* Closes what has been idle for so long. Only from the thread that waits. */
void watch_expire(struct watch *watch, int64_t idle_ms);
/* One more than the largest descriptor a connection can have. */
size_t watch_limit(const struct watch *watch);

#endif
