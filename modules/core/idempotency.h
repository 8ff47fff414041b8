/*
 * Idempotency-Key: the key, the caller, the route and the SHA-256 of the request are a row that
 * stands or falls with the transaction of the effect, so there is no state "running" that a crash
 * could leave behind. A second tap waits for the first at the row's lock, then its body finds the
 * effect that is there. Another content under the same key is refused. Keys live seven days.
 */
#ifndef CORE_IDEMPOTENCY_H
#define CORE_IDEMPOTENCY_H

#include "core/db.h"

extern const struct statement idempotency_sql[];

/* First thing in the first transaction of a request whose route needs a key. */
MUST_CHECK enum error idempotency_record(struct request *r);

/* Inside that transaction: nobody has used this key before, so a body that stores it need not look
   for its own earlier effect. */
bool idempotency_is_new(const struct request *r);

#endif
