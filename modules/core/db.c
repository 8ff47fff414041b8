#include <assert.h>
#include <unistd.h>

#include "core/audit.h"
#include "core/clock.h"
#include "core/connection.h"
#include "core/idempotency.h"
#include "core/crypto.h"
#include "core/log.h"
#include "core/metrics.h"

enum { ATTEMPTS_MAX = 5, ROWS_MAX = 1000 };

/* What a body may leave behind and what running it again has to forget. */
struct savepoint {
    struct arena_mark mark;
    size_t reason_count;
    struct audit_record *audits;
    bool key_recorded;
};

static struct savepoint save(struct request *r)
{
    return (struct savepoint){arena_mark(r->arena), r->work->reason_count, r->work->audits,
                              r->work->key_recorded};
}

static void forget(struct request *r, const struct savepoint *saved)
{
    r->work->reason_count = saved->reason_count;
    r->work->audits = saved->audits;
    r->work->key_recorded = saved->key_recorded;
    r->work->jobs_added = false;
    arena_rewind(r->arena, saved->mark);
}

static void wake_jobs(struct request *r)
{
    uint64_t one = 1;

    if (r->work->jobs_added && r->process->wake_fd >= 0 &&
        write(r->process->wake_fd, &one, sizeof(one)) < 0)
        log_debug(r, "wake_failed", "the poll will find the job");
    r->work->jobs_added = false;
}

/* Everything between BEGIN and COMMIT, ours and the module's. */
static enum error run_body(struct request *r, transaction_body *body, void *product)
{
    TRY(idempotency_record(r));
    TRY(body(r, product));
    return audit_write(r);
}

static bool rollback(struct request *r, struct connection *connection)
{
    return connection->mysql == NULL || connection_send(r, connection, "ROLLBACK");
}

/* Runs the body once. A statement error that asks for a new run wins over what the body made of it.
 */
static enum error run_once(struct request *r, transaction_body *body, void *product, bool swallow,
                           bool *again)
{
    struct connection *connection = pool_lease(r, true);
    enum error error;

    *again = true;
    if (connection == NULL)
        return failed(r, E_UNAVAILABLE, "no database connection");
    r->work->connection = connection;
    error = run_body(r, body, product);
    r->work->connection = NULL;
    *again = connection->again != 0;
    if (error == E_OK && connection->again == 0 && !swallow) {
        if (!connection_commit(r, connection)) {
            *again = true;
            error = E_UNAVAILABLE;
            connection_drop(connection);
        }
    } else if (!rollback(r, connection)) {
        connection_drop(connection);
    }
    pool_return(r, connection);
    return *again && error == E_OK ? E_UNAVAILABLE : error;
}

/* Tests: first rolled back, then committed with the answer thrown away; the caller runs it last. */
static enum error rehearse(struct request *r, transaction_body *body, void *product)
{
    struct savepoint saved = save(r);
    bool again;

    for (int round = 0; round < 2; round++) {
        enum error error = run_once(r, body, product, round == 0, &again);

        if (error != E_OK)
            return error;
        forget(r, &saved);
    }
    return E_OK;
}

static void pause_before(int attempt)
{
    unsigned char random;
    int64_t ms;

    random_bytes(&random, 1);
    ms = (INT64_C(5) << attempt) + random % 16;
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

enum error db_transaction(struct request *r, transaction_body *body, void *product)
{
    struct savepoint saved = save(r);
    enum error error = E_OK;
    bool again = false;

    assert(!db_in_transaction(r));
    if (r->process->pool->is_rehearsing)
        error = rehearse(r, body, product);
    for (int attempt = 0; error == E_OK || again; attempt++) {
        error = run_once(r, body, product, false, &again);
        if (!again || attempt + 1 == ATTEMPTS_MAX || monotonic_ms() >= r->deadline_ms)
            break;
        if (r->process->metrics != NULL)
            metrics_count(r->process->metrics, COUNT_RETRIES, 1);
        forget(r, &saved);
        pause_before(attempt);
    }
    if (error == E_OK) {
        wake_jobs(r);
    } else {
        r->work->key_recorded = saved.key_recorded;
        r->work->jobs_added = false;
        audit_roll_back(r, saved.audits);
    }
    return again ? E_UNAVAILABLE : error;
}

static enum error read_rows(struct request *r, struct connection *connection,
                            const struct statement *statement, struct records *rows, size_t most,
                            struct values values)
{
    struct prepared *prepared;
    size_t room = most < 16 ? most : 16;
    char *items = arena_alloc(r->arena, room * statement->row_size + 1);
    enum error error;

    *rows = (struct records){items, 0};
    TRY(sql_execute(r, connection, statement, values, &prepared));
    for (error = E_OK; rows->count < most; rows->count++) {
        if (rows->count == room) {
            char *larger = arena_alloc(r->arena, room * 4 * statement->row_size);

            memcpy(larger, items, room * statement->row_size);
            rows->items = items = larger;
            room *= 4;
        }
        error = sql_fetch(r, connection, prepared, items + rows->count * statement->row_size);
        if (error != E_OK)
            break;
    }
    sql_done(prepared);
    return error == E_NOT_FOUND ? E_OK : error;
}

/* Outside a transaction a read leases a connection for itself; a lost one is tried once more. */
static enum error read_alone(struct request *r, const struct statement *statement,
                             struct records *rows, size_t most, struct values values)
{
    enum error error = E_UNAVAILABLE;

    for (int attempt = 0; attempt < 2; attempt++) {
        struct connection *connection = pool_lease(r, false);
        bool again;

        if (connection == NULL) {
            error = failed(r, E_UNAVAILABLE, "no database connection");
            continue;
        }
        error = read_rows(r, connection, statement, rows, most, values);
        again = connection->again != 0;
        pool_return(r, connection);
        if (!again)
            break;
    }
    return error;
}

static enum error read_any(struct request *r, const struct statement *statement,
                           struct records *rows, size_t most, struct values values)
{
    if (r->work->connection != NULL)
        return read_rows(r, r->work->connection, statement, rows, most, values);
    return read_alone(r, statement, rows, most, values);
}

enum error db_run(struct request *r, const struct statement *statement, struct values values)
{
    struct prepared *prepared;

    assert(db_in_transaction(r));
    return sql_execute(r, r->work->connection, statement, values, &prepared);
}

enum error db_write(struct request *r, const struct statement *statement, struct values values)
{
    struct records none;

    assert(!db_in_transaction(r));
    return read_alone(r, statement, &none, 0, values);
}

enum error db_define(struct request *r, const char *sql)
{
    struct connection *connection = pool_lease(r, false);
    bool is_done;

    assert(!db_in_transaction(r));
    if (connection == NULL)
        return failed(r, E_UNAVAILABLE, "no database connection as %s", r->process->config.db_user);
    is_done = connection_send(r, connection, sql);
    pool_return(r, connection);
    return is_done ? E_OK : E_INTERNAL;
}

enum error db_change(struct request *r, const struct statement *statement, struct values values)
{
    TRY(db_run(r, statement, values));
    return r->work->changed > 0 ? E_OK : E_NOT_FOUND;
}

enum error db_one(struct request *r, const struct statement *statement, void *row,
                  struct values values)
{
    struct records rows;

    TRY(read_any(r, statement, &rows, 1, values));
    if (rows.count == 0)
        return E_NOT_FOUND;
    memcpy(row, rows.items, statement->row_size);
    return E_OK;
}

enum error db_many(struct request *r, const struct statement *statement, struct records *rows,
                   struct values values)
{
    TRY(read_any(r, statement, rows, ROWS_MAX, values));
    if (rows->count == ROWS_MAX)
        return failed(r, E_INTERNAL, "%d rows or more: %s", ROWS_MAX, statement->sql);
    return E_OK;
}

int64_t db_changed(const struct request *r)
{
    return r->work->changed;
}

bool db_in_transaction(const struct request *r)
{
    return r->work->connection != NULL;
}

void db_rehearse(struct process *process, bool on)
{
    process->pool->is_rehearsing = on;
}

void db_fail_after(struct process *process, int64_t statements)
{
    process->pool->fail_after = statements;
}
