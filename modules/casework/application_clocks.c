/* Clocks of applications (期限): what runs, since when, until when, and by which law. */

#include "casework/application.h"
#include "casework/deadline.h"
#include "core/clock.h"
#include "core/db.h"

static const struct field clock_fields[] = {
    FIELD(struct clock_row, application_id),
    FIELD(struct clock_row, code),
    FIELD(struct clock_row, turn),
    FIELD(struct clock_row, n),
    FIELD(struct clock_row, unit),
    FIELD(struct clock_row, source),
    FIELD(struct clock_row, started_on),
    FIELD(struct clock_row, due_on),
    FIELD(struct clock_row, is_provisional),
    FIELD_OR_NULL(struct clock_row, paused_on),
    FIELD(struct clock_row, is_warned),
    FIELD(struct clock_row, is_running),
    FIELD_OR_NULL(struct clock_row, ended_at),
    FIELD_END,
};

enum { LIST, START, END, MOVE_DUE, PAUSE, INSERT_PAUSE, END_PAUSE, STATEMENTS_END };

const struct statement clock_sql[] = {
    [LIST] = {.sql = "SELECT application_id, code, turn, n, unit, source, started_on, due_on,"
                     "  is_provisional, paused_on, is_warned, is_running, ended_at"
                     "  FROM {module}_application_clock WHERE application_id = ?"
                     "  ORDER BY turn, code LIMIT 100",
              ROWS(struct clock_row, clock_fields)},
    [START] = {.sql = "INSERT INTO {module}_application_clock (application_id, code, turn, n, unit,"
                      "  source, started_on, due_on, warn_on, is_provisional)"
                      "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [END] = {.sql = "UPDATE {module}_application_clock SET is_running = 0, ended_at = ?"
                    "  WHERE application_id = ? AND code = ? AND turn = ?"},
    [MOVE_DUE] = {.sql = "UPDATE {module}_application_clock SET due_on = ?, warn_on = ?,"
                         "  is_provisional = ?, paused_on = NULL, is_warned = 0"
                         "  WHERE application_id = ? AND code = ? AND turn = ?"},
    [PAUSE] = {.sql = "UPDATE {module}_application_clock SET paused_on = ?"
                      "  WHERE application_id = ? AND is_running = 1 AND n > 0"},
    [INSERT_PAUSE] = {.sql = "INSERT INTO {module}_application_pause (application_id, ver, code,"
                             "  from_on) VALUES (?, ?, ?, ?)"},
    [END_PAUSE] = {.sql = "UPDATE {module}_application_pause SET to_on = ?"
                          "  WHERE application_id = ? AND to_on IS NULL"},
    [STATEMENTS_END] = {.sql = NULL},
};

/* As term_rule names them; in the order of enum term_unit. */
static const char *const unit_names[] = {"working_days", "natural_days", "months", "years",
                                         "hours"};

enum error clocks_of(struct request *r, const struct application *application,
                     struct records *clocks)
{
    return db_many(r, &clock_sql[LIST], clocks, VALUES(application->id));
}

static bool is_after_step(const struct definition *definition, const char *step)
{
    const struct step_rule *rule = step_of(definition, step);

    return rule != NULL && rule->is_after;
}

static bool runs_during(const struct definition *definition, const struct clock_rule *rule,
                        const char *state, const char *step)
{
    if (rule->is_after)
        return is_after_step(definition, step);
    return texts_have(&rule->during, state);
}

/* So many working days before the last one; NONE when nobody wants to know. */
static struct day warn_on(const struct calendar *calendar, struct day due, int64_t days)
{
    struct day day = due;

    if (days == 0)
        return (struct day){NONE};
    while (days > 0) {
        day.number--;
        if (is_working_day(calendar, day))
            days--;
    }
    return day;
}

static enum error start_term(struct request *r, const struct application *application,
                             const struct clock_rule *rule)
{
    const struct casework *casework = casework_of(r);
    struct day today = civil_day(r->now);
    const struct term *term = term_in_force(casework->terms, rule->term, today);
    struct day due;

    if (term == NULL || term->unit == HOURS)
        return failed(r, E_INTERNAL, "clock %s: no term of days is in force", rule->term);
    due = term_end(casework->calendar, today, term->n, term->unit, term->roll);
    return db_run(r, &clock_sql[START],
                  VALUES(application->id, rule->code, application->ver, term->n,
                         unit_names[term->unit], term->source, today, due,
                         warn_on(casework->calendar, due, rule->warn_days),
                         !calendar_knows(casework->calendar, due)));
}

/* Until a day that the domain tells: that of a licence that is renewed, say. */
static enum error start_until(struct request *r, const struct application *application,
                              const struct clock_rule *rule)
{
    struct day due;

    TRY(day_named(casework_of(r)->domain, rule->day)->find(r, application, &due));
    if (due.number == NONE)
        return E_OK;
    return db_run(r, &clock_sql[START],
                  VALUES(application->id, rule->code, application->ver, 0, unit_names[0],
                         rule->name, civil_day(r->now), due,
                         warn_on(casework_of(r)->calendar, due, rule->warn_days), false));
}

static enum error start(struct request *r, const struct application *application,
                        const struct clock_rule *rule)
{
    return rule->term != NULL ? start_term(r, application, rule)
                              : start_until(r, application, rule);
}

static enum error end_clocks(struct request *r, const struct application *application)
{
    struct records clocks;
    const struct clock_row *clock;

    TRY(clocks_of(r, application, &clocks));
    clock = clocks.items;
    for (size_t i = 0; i < clocks.count; i++, clock++) {
        const struct clock_rule *rule = clock_of(application->definition, clock->code);

        if (clock->is_running &&
            !runs_during(application->definition, rule, application->state, application->step))
            TRY(db_run(r, &clock_sql[END],
                       VALUES(r->now, application->id, clock->code, clock->turn)));
    }
    return E_OK;
}

enum error clocks_follow(struct request *r, const struct application *application,
                         const char *old_state, const char *old_step)
{
    const struct definition *definition = application->definition;
    const struct clock_rule *rule = definition->clocks.items;

    TRY(end_clocks(r, application));
    for (size_t i = 0; i < definition->clocks.count; i++, rule++)
        if (runs_during(definition, rule, application->state, application->step) &&
            !runs_during(definition, rule, old_state, old_step))
            TRY(start(r, application, rule));
    return E_OK;
}

/* A day that a permit ends on waits for nothing. */
enum error clocks_pause(struct request *r, const struct application *application, const char *code)
{
    struct day today = civil_day(r->now);

    TRY(db_run(r, &clock_sql[INSERT_PAUSE],
               VALUES(application->id, application->ver, code, today)));
    return db_run(r, &clock_sql[PAUSE], VALUES(today, application->id));
}

struct day due_after_pause(const struct calendar *calendar, const struct clock_row *clock,
                           struct day from, struct day to)
{
    bool is_working = strcmp(clock->unit, unit_names[WORKING_DAYS]) == 0;
    struct day due = clock->due_on, day = from;
    int64_t lost = 0;

    for (; day.number < to.number; day.number++)
        if (day.number > clock->started_on.number && (!is_working || is_working_day(calendar, day)))
            lost++;
    if (lost > 0)
        due = term_end(calendar, due, lost, is_working ? WORKING_DAYS : NATURAL_DAYS, !is_working);
    return due;
}

enum error clocks_resume(struct request *r, const struct application *application)
{
    const struct calendar *calendar = casework_of(r)->calendar;
    struct day today = civil_day(r->now);
    struct records clocks;
    const struct clock_row *clock;

    TRY(clocks_of(r, application, &clocks));
    clock = clocks.items;
    for (size_t i = 0; i < clocks.count; i++, clock++) {
        const struct clock_rule *rule = clock_of(application->definition, clock->code);
        struct day due;

        if (!clock->is_running || clock->paused_on.number == NONE)
            continue;
        due = due_after_pause(calendar, clock, clock->paused_on, today);
        TRY(db_run(r, &clock_sql[MOVE_DUE],
                   VALUES(due, warn_on(calendar, due, rule->warn_days),
                          !calendar_knows(calendar, due), application->id, clock->code,
                          clock->turn)));
    }
    return db_run(r, &clock_sql[END_PAUSE], VALUES(today, application->id));
}
