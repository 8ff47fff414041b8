#include "casework/event.h"
#include "core/ulid.h"

enum { INSERT_EVENT, STATEMENTS_END };

const struct statement event_sql[] = {
    [INSERT_EVENT] = {.sql = "INSERT INTO event"
                             "  (id, consumer, kind, dedupe, arg, producer, run_at, created_at)"
                             "  VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
    [STATEMENTS_END] = {.sql = NULL},
};

/* A duplicate key undoes the statement alone, so the transaction goes on. */
enum error event_publish(struct request *r, const char *consumer, const char *kind,
                         const char *subject, const char *arg)
{
    enum error inserted =
        db_run(r, &event_sql[INSERT_EVENT],
               VALUES(ulid_new(r), consumer, kind, subject, arg, r->service->name, r->now, r->now));

    return inserted == E_EXISTS ? E_OK : inserted;
}
