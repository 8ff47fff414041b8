/*
 * Events: how modules tell each other what happened, written in the transaction in which it
 * happened. One row per consumer, leased by the consumer's background worker like a job, through the
 * consumer's own view of the table `event`. There is no cursor over ids, because commits arrive out
 * of order. A consumer lists what it takes in service.events.
 */
#ifndef CASEWORK_EVENT_H
#define CASEWORK_EVENT_H

#include "core/db.h"

extern const struct statement event_sql[];

/* Unique by (consumer, kind, subject): a repetition changes nothing and is no error. `arg` is JSON
   without personal data, or NULL. */
MUST_CHECK enum error event_publish(struct request *r, const char *consumer, const char *kind,
                                    const char *subject, const char *arg);

#endif
