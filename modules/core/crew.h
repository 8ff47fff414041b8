/*
 * The M threads of a worker. Each takes the next request by itself as soon as it is free, and a new
 * connection only then: while all are busy, another worker may have time for it. A reserve thread
 * steps in while none is free: it puts waiting requests in line, of new connections too, which no
 * other worker had time for either, and beyond the bound of the line answers 503 at once, so that a
 * full module says so instead of letting everybody wait.
 */
#ifndef CORE_CREW_H
#define CORE_CREW_H

#include "core/watch.h"

struct crew;

/* Starts the threads and listens. */
struct crew *crew_open(struct process *process, struct watch *watch);
/* Ends the threads; no connection is open any more. */
void crew_close(struct crew *crew);

/* From now on no connection is asked for, and nginx is told to drop each after its next answer. */
void crew_drain(struct crew *crew);

/* For how long the oldest request in hand has been running; 0 for none. */
int64_t crew_longest_ms(const struct crew *crew);

#endif
