/*
 * The audit chain of a module (tables NAME_audit and NAME_audit_head): privileged acts, money, the
 * opening of sealed fields, refusals by role or ownership. Each record carries a message
 * authentication code over itself and its predecessor's, so that a change, removal or insertion
 * behind our back is found, and named, by the checker. The head row is locked last before COMMIT,
 * by db_transaction itself.
 */
#ifndef CORE_AUDIT_H
#define CORE_AUDIT_H

#include "core/db.h"

extern const struct statement audit_sql[];

struct audit_record;

/* Remembers a record; it is written in the transaction that is open, or, outside of one, in a
   transaction of its own when the request ends. `detail` never holds personal data. */
void audit(struct request *r, const char *act, const char *object, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A refusal by role or ownership: kept even though the step that refused is rolled back. */
void audit_refusal(struct request *r, const char *object, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The core's own: writes what is remembered into the open transaction, last thing before COMMIT ... */
MUST_CHECK enum error audit_write(struct request *r);
/* ... or, when the request ends, in a transaction of its own. Refusals beyond 50 a second are counted
   in the log only, so that a scraper cannot turn the chain into a lock for everybody. */
void audit_finish(struct request *r);

/* After a rollback: of what was remembered since `before`, only refusals stay. */
void audit_roll_back(struct request *r, struct audit_record *before);

/* Walks the chain of this service; *bad_seq is the first bad record or 0. */
MUST_CHECK enum error audit_check(struct request *r, int64_t *bad_seq);

#endif
