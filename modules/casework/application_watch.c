/* The clocks' watch: once a minute whatever ran out has its consequence, and what is about to run
   out is brought before the brigade lead. Any number of workers may run it: the lock of the
   application and the row of the clock decide who was first. */

#include "casework/application.h"
#include "casework/deadline.h"
#include "core/clock.h"
#include "core/job.h"
#include "core/log.h"

enum { AT_ONCE = 50 }; /* as the statements limit */

static const struct field due_fields[] = {
    FIELD(struct clock_row, application_id),
    FIELD(struct clock_row, code),
    FIELD(struct clock_row, turn),
    FIELD(struct clock_row, due_on),
    FIELD_END,
};

enum { FIND_OVERDUE, FIND_NEAR, END, WARN, STATEMENTS_END };

#define DUE                                                                                        \
    "SELECT application_id, code, turn, due_on FROM {module}_application_clock"                    \
    "  WHERE is_running = 1 AND paused_on IS NULL AND "

const struct statement watch_sql[] = {
    [FIND_OVERDUE] = {.sql = DUE "due_on < ? ORDER BY due_on LIMIT 50",
                      ROWS(struct clock_row, due_fields)},
    [FIND_NEAR] = {.sql = DUE "is_warned = 0 AND warn_on <= ? ORDER BY warn_on LIMIT 50",
                   ROWS(struct clock_row, due_fields)},
    [END] = {.sql = "UPDATE {module}_application_clock SET is_running = 0, ended_at = ?"
                    "  WHERE application_id = ? AND code = ? AND turn = ? AND is_running = 1"
                    "  AND paused_on IS NULL"},
    [WARN] = {.sql = "UPDATE {module}_application_clock SET is_warned = 1"
                     "  WHERE application_id = ? AND code = ? AND turn = ? AND is_running = 1"
                     "  AND is_warned = 0"},
    [STATEMENTS_END] = {.sql = NULL},
};

/* Nobody may have accepted it yet. */
static enum error grant(struct request *r, struct application *application, struct move move)
{
    move.act = "accept";
    if (edge_to(casework_of(r), application->state, "grant") == NULL)
        TRY(application_accept(r, application, &move));
    move.act = "grant";
    return application_grant(r, application, &move);
}

/* The brigade lead has it before him from now on. */
static enum error tell(struct request *r, struct application *application, const char *reason)
{
    const struct move move = {.act = "overdue", .reason = reason};

    return application_move(r, application, &move);
}

/* Licensing Law 32: who was not told within the term that papers are missing is accepted. 50: who
   was not answered before his licence ended has it renewed. */
static enum error carry_out(struct request *r, struct application *application,
                            const struct clock_rule *rule)
{
    struct move move = {.act = rule->at_end,
                        .reason = arena_printf(r->arena, "“%s”期限届满", rule->name),
                        .by_silence = true};

    if (strcmp(rule->at_end, "accept") == 0)
        return application_accept(r, application, &move);
    if (strcmp(rule->at_end, "grant") == 0)
        return grant(r, application, move);
    if (strcmp(rule->at_end, "withdraw") == 0)
        return application_end(r, application, &move);
    return tell(r, application, move.reason);
}

/* Whether it was still running: else somebody has ended it. */
static enum error end_clock(struct request *r, const struct clock_row *clock,
                            struct application *application, bool *is_ours)
{
    enum error ended;

    TRY(application_lock_office(r, clock->application_id, application));
    ended = db_change(r, &watch_sql[END],
                      VALUES(r->now, clock->application_id, clock->code, clock->turn));
    *is_ours = ended == E_OK;
    return ended == E_NOT_FOUND ? E_OK : ended;
}

static enum error run_out(struct request *r, void *product)
{
    const struct clock_row *clock = product;
    struct application application;
    bool is_ours;

    TRY(end_clock(r, clock, &application, &is_ours));
    return is_ours ? carry_out(r, &application, clock_of(application.definition, clock->code))
                   : E_OK;
}

/* What silence means can not be: the car park that would be renewed was closed, say. A person has
   to look, and no clock asks again every minute. */
static enum error give_up(struct request *r, void *product)
{
    const struct clock_row *clock = product;
    struct application application;
    bool is_ours;

    TRY(end_clock(r, clock, &application, &is_ours));
    return is_ours ? tell(r, &application, "期限届满，但无法自动办理，请人工处理") : E_OK;
}

static enum error warn(struct request *r, void *product)
{
    const struct clock_row *clock = product;
    struct move move = {.act = "warn"};
    struct application application;
    enum error warned;

    TRY(application_lock_office(r, clock->application_id, &application));
    move.reason = arena_printf(r->arena, "“%s”期限将于%s届满",
                               clock_of(application.definition, clock->code)->name,
                               day_to_text(r->arena, clock->due_on));
    warned =
        db_change(r, &watch_sql[WARN], VALUES(clock->application_id, clock->code, clock->turn));
    if (warned != E_OK)
        return warned == E_NOT_FOUND ? E_OK : warned;
    return application_move(r, &application, &move);
}

/* One that can not be carried out does not stop the others. What will never be is brought before a
   person, so that it does not come again each minute at the head of all others; the rest may. */
static void try_one(struct request *r, transaction_body *body, const struct clock_row *clock)
{
    struct clock_row one = *clock;
    enum error error = application_transaction(r, body, &one);

    reasons_forget(r);
    if (body == run_out && (error == E_REFUSED || error == E_EXISTS || error == E_NOT_FOUND))
        error = application_transaction(r, give_up, &one);
    if (error != E_OK)
        log_error(r, "clock_not_carried_out", "%s %s: %s", clock->application_id, clock->code,
                  failure_text(r));
}

/* False: come back at once. */
static bool do_each(struct request *r, transaction_body *body, const struct records *clocks)
{
    const struct clock_row *clock = clocks->items;

    for (size_t i = 0; i < clocks->count; i++, clock++) {
        try_one(r, body, clock);
        if (!job_keep(r))
            return false;
    }
    return clocks->count < AT_ONCE;
}

enum error watch_clocks(struct request *r, const struct task *task)
{
    struct day today = civil_day(r->now);
    struct records clocks;

    (void)task;
    TRY(db_many(r, &watch_sql[FIND_OVERDUE], &clocks, VALUES(today)));
    if (!do_each(r, run_out, &clocks))
        return job_again_at(r, r->now);
    TRY(db_many(r, &watch_sql[FIND_NEAR], &clocks, VALUES(today)));
    return do_each(r, warn, &clocks) ? E_OK : job_again_at(r, r->now);
}
