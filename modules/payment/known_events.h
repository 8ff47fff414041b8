/*
 * The events of gateways that a worker has seen booked, the last few thousand of them, so that a
 * storm of repetitions costs a signature each and no read. What stands here was committed, and a
 * booking is never undone; what does not stand here is looked up in the inbox.
 */
#ifndef PAYMENT_KNOWN_EVENTS_H
#define PAYMENT_KNOWN_EVENTS_H

#include "core/service.h"

struct known_events;

struct known_events *known_events_open(struct arena *arena);
bool event_is_known(struct request *r, const char *gateway, const char *event_key);
/* Only after the COMMIT. */
void event_is_booked(struct request *r, const char *gateway, const char *event_key);

#endif
