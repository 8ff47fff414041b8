/*
 * The M threads of a worker and the queue before them. A connection with a request waits in line for
 * a free thread; beyond the bound of the line a reserve thread answers 503 at once, so that a full
 * module says so instead of letting everybody wait. While no thread is free the worker does not ask
 * for new connections: another worker may have time for them.
 */
#ifndef CORE_CREW_H
#define CORE_CREW_H

#include "core/watch.h"

struct crew;

struct crew *crew_open(struct process *process, struct watch *watch);
/* Ends the threads; no connection is open any more. */
void crew_close(struct crew *crew);

/* Has the request served that waits on this connection. */
void crew_take(struct crew *crew, int fd);
/* Whether a thread would start on it at once. */
bool crew_has_room(struct crew *crew);

/* From now on no connection is asked for, and nginx is told to drop each after its next answer. */
void crew_drain(struct crew *crew);

/* For how long the oldest request in hand has been running; 0 for none. */
int64_t crew_longest_ms(const struct crew *crew);

#endif
