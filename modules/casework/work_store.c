/* The officers' list: one row for each application, kept in the transaction of every change. */

#include "casework/application.h"
#include "casework/deadline.h"
#include "core/clock.h"
#include "core/db.h"

enum { BEGIN, CHANGE, STATEMENTS_END };

const struct statement work_sql[] = {
    [BEGIN] = {.sql = "INSERT INTO {module}_work (brigade, state, step, officer_id, is_paused,"
                      "  due_on, sort_on, decided_at, promised_on, is_deemed, application_id,"
                      "  module, application_no, service, measure, channel, submitted_at)"
                      "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [CHANGE] = {.sql = "UPDATE {module}_work SET brigade = ?, state = ?, step = ?, officer_id = ?,"
                       "  is_paused = ?, due_on = ?, sort_on = ?, decided_at = ?,"
                       "  promised_on = ?, is_deemed = ? WHERE application_id = ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

/* What the clocks say in short. */
struct summary {
    struct day due_on, promised_on;
    bool is_paused;
};

static struct summary sum_up(const struct definition *definition, const struct records *clocks)
{
    struct summary summary = {{NONE}, {NONE}, false};
    const struct clock_row *clock = clocks->items;

    for (size_t i = 0; i < clocks->count; i++, clock++) {
        if (clock_of(definition, clock->code)->is_promise)
            summary.promised_on = clock->due_on;
        if (!clock->is_running)
            continue;
        summary.is_paused = summary.is_paused || clock->paused_on.number != NONE;
        if (summary.due_on.number == NONE || clock->due_on.number < summary.due_on.number)
            summary.due_on = clock->due_on;
    }
    return summary;
}

/* What no clock drives comes last. */
static struct day sort_on(const struct application *application, struct day due_on)
{
    if (application->step == NULL)
        return (struct day){NONE};
    return due_on.number == NONE ? day_of(9999, 12, 31) : due_on;
}

enum error work_begin(struct request *r, const struct application *a)
{
    struct records clocks;
    struct summary s;

    TRY(clocks_of(r, a, &clocks));
    s = sum_up(a->definition, &clocks);
    return db_run(r, &work_sql[BEGIN],
                  VALUES(a->brigade, a->state, a->step, a->officer_id, s.is_paused, s.due_on,
                         sort_on(a, s.due_on), a->decided_at, s.promised_on, a->is_deemed, a->id,
                         r->service->name, a->application_no, a->service, a->definition->measure,
                         a->channel, a->submitted_at));
}

enum error work_change(struct request *r, const struct application *a)
{
    struct records clocks;
    struct summary s;

    TRY(clocks_of(r, a, &clocks));
    s = sum_up(a->definition, &clocks);
    return db_run(r, &work_sql[CHANGE],
                  VALUES(a->brigade, a->state, a->step, a->officer_id, s.is_paused, s.due_on,
                         sort_on(a, s.due_on), a->decided_at, s.promised_on, a->is_deemed, a->id));
}
