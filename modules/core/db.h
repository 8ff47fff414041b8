/*
 * The database: statements are constants, rows are structs, transactions are functions.
 *
 * A transaction is a body that the core runs, and may run again: on a deadlock, a lock wait, a row
 * changed since it was read, a read-only or non-primary node or a lost connection it is rolled back
 * and run afresh, at most five times and within r->deadline_ms. A COMMIT whose answer was lost
 * counts as lost. So a body touches only the database, keeps nothing outside *product, and first
 * looks for its own earlier effect, right after its locks. http_call and reply_* assert that no
 * transaction is open. Isolation is READ COMMITTED; SQL never asks for NOW(), save for leases.
 *
 * Locks are taken in one order everywhere: order, then obligations by ascending id, then refunds.
 */
#ifndef CORE_DB_H
#define CORE_DB_H

#include "core/service.h"

/* SQL with ? for values. The columns of a SELECT match members of a field table by name; they are
   compared at start, so a drifted schema stops the process before traffic. */
struct statement {
    const char *sql; /* NULL ends a table */
    const struct field *columns;
    size_t row_size;
    bool may_be_absent; /* it comes with a later migration: not checked at start */
};

/* .columns and .row_size in one word. */
#define ROWS(type, table) .columns = (table), .row_size = sizeof(type)

typedef enum error transaction_body(struct request *r, void *product);

MUST_CHECK enum error db_transaction(struct request *r, transaction_body *body, void *product);

/* Inside a transaction: E_EXISTS on a duplicate key. */
MUST_CHECK enum error db_run(struct request *r, const struct statement *statement,
                             struct values values);
/* Inside a transaction: as db_run, and E_NOT_FOUND when no row was changed (compare-and-set). */
MUST_CHECK enum error db_change(struct request *r, const struct statement *statement,
                                struct values values);
/* Outside a transaction: one statement that is a transaction of its own, in one round trip. The
   same errors as db_run. Sent again when the connection was lost, so it must bear repetition. */
MUST_CHECK enum error db_write(struct request *r, const struct statement *statement,
                               struct values values);
/* Outside a transaction: CREATE or DROP, as text, for a command whose account may do that. It holds
   names, and no value that somebody else chose. */
MUST_CHECK enum error db_define(struct request *r, const char *sql);
/* The first row, or E_NOT_FOUND. Outside a transaction it leases a connection for itself. */
MUST_CHECK enum error db_one(struct request *r, const struct statement *statement, void *row,
                             struct values values);
/* All rows, in the arena. The statement has a LIMIT; more than 1000 rows is a bug. */
MUST_CHECK enum error db_many(struct request *r, const struct statement *statement,
                              struct records *rows, struct values values);
/* Rows changed by the last db_run of this transaction, or by the last db_write. */
int64_t db_changed(const struct request *r);

bool db_in_transaction(const struct request *r);

/* Tests only: each body is first rolled back, then committed with its answer swallowed, then run
   for good. */
void db_rehearse(struct process *process, bool on);
/* Tests only: the n-th statement from now fails as if the connection were lost; 0 for none. */
void db_fail_after(struct process *process, int64_t statements);

#endif
