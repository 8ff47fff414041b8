/*
 * The place of a walk that looks at rows day by day, and within a day in the order of their numbers: each
 * once, in batches, across crashes and restarts (violation_reminder_walk). It moves in the transaction that
 * looked.
 */
#ifndef VIOLATION_WALK_H
#define VIOLATION_WALK_H

#include "core/db.h"

struct walk {
    struct day day;
    const char *after; /* the last of that day that was looked at; "" before the first */
};

extern const struct statement walk_sql[];

/* E_NOT_FOUND before it was begun. */
MUST_CHECK enum error walk_lock(struct request *r, const char *kind, struct walk *walk);
/* With the first of that day. */
MUST_CHECK enum error walk_begin(struct request *r, const char *kind, struct day day,
                                 struct walk *walk);
MUST_CHECK enum error walk_move(struct request *r, const char *kind, const struct walk *walk);

#endif
