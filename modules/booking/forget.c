/* The job that deletes what was kept long enough: whose no-shows nobody counts any more. */

#include "booking/booking.h"
#include "core/clock.h"
#include "core/job.h"

enum { BATCH = 500, BATCHES_MAX = 100 };

enum { TICKETS, NEAR, TAKERS, DAYS, STATEMENTS_END };

const struct statement forget_sql[] = {
    [TICKETS] = {.sql = "DELETE FROM booking_ticket WHERE day < ? LIMIT 500"},
    [NEAR] = {.sql = "DELETE FROM booking_near_told WHERE told_at < ? LIMIT 500"},
    [TAKERS] = {.sql = "DELETE FROM booking_taker WHERE day < ? LIMIT 500"},
    [DAYS] = {.sql = "DELETE FROM booking_line_day WHERE day < ? LIMIT 500"},
    [STATEMENTS_END] = {.sql = NULL},
};

struct forgetting {
    struct day before;
    bool is_more;
};

static enum error forget_batch(struct request *r, void *product)
{
    struct forgetting *forgetting = product;

    forgetting->is_more = false;
    for (size_t i = TICKETS; i < STATEMENTS_END; i++) {
        TRY(i == NEAR ? db_run(r, &forget_sql[i], VALUES(day_start(forgetting->before)))
                      : db_run(r, &forget_sql[i], VALUES(forgetting->before)));
        forgetting->is_more = forgetting->is_more || db_changed(r) == BATCH;
    }
    return E_OK;
}

/* In short transactions, and a bounded number of them at a time. */
enum error forget_old(struct request *r, const struct task *task)
{
    struct forgetting forgetting = {.is_more = true};
    struct limits limits;

    (void)task;
    TRY(find_limits(r, &limits));
    forgetting.before.number = civil_day(r->now).number - limits.keep_days;
    for (int i = 0; forgetting.is_more && i < BATCHES_MAX; i++)
        TRY(db_transaction(r, forget_batch, &forgetting));
    return forgetting.is_more ? job_again_at(r, instant_add(r->now, MINUTE_MS)) : E_OK;
}
