/* The job that deletes what was kept long enough. */

#include "core/clock.h"
#include "core/job.h"
#include "core/ulid.h"
#include "notice/notice.h"

enum { BATCH = 500, BATCHES_MAX = 100, TIME_LETTERS = 10 };

struct retention {
    int64_t days;
};

static const struct field retention_fields[] = {FIELD(struct retention, days), FIELD_END};

enum { FIND_RETENTION, DELIVERIES, MESSAGES, STATEMENTS_END };

const struct statement forget_sql[] = {
    [FIND_RETENTION] = {.sql = "SELECT days FROM notice_retention WHERE valid_from <= ?"
                               "  AND (valid_to IS NULL OR valid_to >= ?)"
                               "  ORDER BY valid_from DESC LIMIT 1",
                        ROWS(struct retention, retention_fields)},
    [DELIVERIES] = {.sql = "DELETE FROM notice_delivery WHERE message_id < ? LIMIT 500"},
    [MESSAGES] = {.sql = "DELETE FROM notice_message WHERE id < ? LIMIT 500"},
    [STATEMENTS_END] = {.sql = NULL},
};

struct forgetting {
    char before[ULID_SIZE + 1]; /* what happened earlier has a smaller number */
    const struct statement *statement;
    int64_t deleted;
};

static enum error forget_batch(struct request *r, void *product)
{
    struct forgetting *forgetting = product;

    TRY(db_run(r, forgetting->statement, VALUES((const char *)forgetting->before)));
    forgetting->deleted = db_changed(r);
    return E_OK;
}

/* Short transactions, a bounded number of them at a time; all deliveries before their messages. */
enum error forget_old(struct request *r, const struct task *task)
{
    struct day today = civil_day(r->now);
    struct forgetting forgetting = {.statement = &forget_sql[DELIVERIES]};
    struct retention retention;

    (void)task;
    TRY(db_one(r, &forget_sql[FIND_RETENTION], &retention, VALUES(today, today)));
    ulid_write(forgetting.before, day_start((struct day){today.number - retention.days}));
    memset(forgetting.before + TIME_LETTERS, '0', ULID_SIZE - TIME_LETTERS);
    for (int i = 0; i < BATCHES_MAX; i++) {
        TRY(db_transaction(r, forget_batch, &forgetting));
        if (forgetting.deleted == BATCH)
            continue;
        if (forgetting.statement == &forget_sql[MESSAGES])
            return E_OK;
        forgetting.statement = &forget_sql[MESSAGES];
    }
    return job_again_at(r, instant_add(r->now, MINUTE_MS));
}
