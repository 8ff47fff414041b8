/*
 * How often the background asks a gateway for the same thing, so that fifty thousand orders that
 * expire in one moment neither call all at once, to be told 429 and come again, nor wait in one
 * another's way: whoever finds no call free gets an appointment, one after the other, and a job is
 * touched twice, however long the queue.
 *
 * After a pause some may go at once, on account of those that come next, for gateways count by the second.
 *
 * A pace is no promise. It is kept by one process, so hosts share a gateway's limit through their
 * settings; after a restart two jobs may hold the same appointment, and the one that comes second
 * gets another. When the gateway says that it is asked too often, the pace becomes slower, and then
 * quicker again with every call that is taken. Threads share it. Times are monotonic.
 */
#ifndef PAYMENT_PACE_H
#define PAYMENT_PACE_H

#include "core/arena.h"
#include "core/service.h"

struct pace;

/* In the arena, and let go with it. */
struct pace *pace_open(struct arena *arena, int64_t calls_a_second);
/* 0: call now. Otherwise the appointment: so many milliseconds from now. */
int64_t pace_wait(struct pace *pace, int64_t now_ms);
/* What became of the call. */
void pace_taken(struct pace *pace);
void pace_refused(struct pace *pace, int64_t now_ms);

#endif
