/* The walk over what is still to be paid. */

#include <inttypes.h>

#include "casework/tell.h"
#include "core/clock.h"
#include "core/job.h"
#include "core/log.h"
#include "violation/tell.h"
#include "violation/walk.h"

enum { BATCH = 200 };

struct reminder {
    const char *kind;
    int64_t days, from_hour;
};

static const struct field reminder_fields[] = {
    FIELD(struct reminder, kind),
    FIELD(struct reminder, days),
    FIELD(struct reminder, from_hour),
    FIELD_END,
};

struct due {
    const char *id, *case_id, *title, *person_id;
    struct fen base_fen;
    int64_t late_percent_a_day;
    struct day due_on;
    bool is_owed;
};

static const struct field due_fields[] = {
    FIELD(struct due, id),
    FIELD(struct due, case_id),
    FIELD(struct due, title),
    FIELD(struct due, person_id),
    FIELD(struct due, base_fen),
    FIELD(struct due, late_percent_a_day),
    FIELD(struct due, due_on),
    FIELD(struct due, is_owed),
    FIELD_END,
};

enum { LIST_REMINDERS, LIST_DUE, STATEMENTS_END };

const struct statement remind_sql[] = {
    [LIST_REMINDERS] = {.sql = "SELECT kind, days, from_hour FROM violation_reminder"
                               "  WHERE valid_from <= ? AND (valid_to IS NULL OR valid_to >= ?)"
                               "  ORDER BY kind LIMIT 100",
                        ROWS(struct reminder, reminder_fields)},
    /* What is not owed comes along, so that a batch is bounded by what it reads. Nothing freezes
       late days so far; what is frozen has another last day. */
    [LIST_DUE] = {.sql = "SELECT o.id, d.case_id, d.title, o.person_id,"
                         "  COALESCE(o.lowered_fen, o.base_fen) AS base_fen,"
                         "  o.late_percent_a_day, o.due_on, (o.withdrawn_at IS NULL"
                         "    AND o.frozen_days = 0 AND s.obligation_id IS NULL) AS is_owed"
                         "  FROM obligation o FORCE INDEX (by_due)"
                         "  JOIN violation_decision d ON d.obligation_id = o.id"
                         "  LEFT JOIN settlement s ON s.obligation_id = o.id"
                         "  WHERE o.module = 'violation' AND o.due_on = ? AND o.id > ?"
                         "  ORDER BY o.id LIMIT ?",
                  ROWS(struct due, due_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

struct step {
    const struct reminder *reminder;
    struct day today;
    int64_t told;
    bool is_over;
};

static enum error tell_due(struct request *r, const struct reminder *reminder,
                           const struct due *due)
{
    return tell_person(
        r, &(struct telling){
               .kind = reminder->kind,
               .subject = due->id,
               .person_id = due->person_id,
               .about = due->case_id,
               .values = TOLD("what", due->title, "amount", fen_words(r->arena, due->base_fen),
                              "day", day_words(r->arena, due->due_on), "rate",
                              arena_printf(r->arena, "%" PRId64 "%%", due->late_percent_a_day)),
           });
}

/* It begins with those of the first day on which it runs: what was late before is no news. */
static enum error lock_walk(struct request *r, const struct step *step, struct day target,
                            struct walk *walk)
{
    const char *kind = step->reminder->kind;
    enum error found = walk_lock(r, kind, walk);

    if (found == E_NOT_FOUND)
        return walk_begin(r, kind, target, walk);
    TRY(found);
    if (step->reminder->days < 0 && walk->day.number < step->today.number)
        *walk = (struct walk){step->today, ""};
    return E_OK;
}

static enum error take_step(struct request *r, void *product)
{
    struct step *step = product;
    struct day target = {step->today.number - step->reminder->days};
    const struct due *due;
    struct records rows;
    struct walk walk;

    step->told = 0;
    TRY(lock_walk(r, step, target, &walk));
    step->is_over = walk.day.number > target.number;
    if (step->is_over)
        return E_OK;
    TRY(db_many(r, &remind_sql[LIST_DUE], &rows, VALUES(walk.day, walk.after, (int64_t)BATCH)));
    due = rows.items;
    for (size_t i = 0; i < rows.count; i++) {
        walk.after = due[i].id;
        step->told += due[i].is_owed;
        if (due[i].is_owed)
            TRY(tell_due(r, step->reminder, &due[i]));
    }
    if (rows.count < BATCH)
        walk = (struct walk){{walk.day.number + 1}, ""};
    return walk_move(r, step->reminder->kind, &walk);
}

static enum error walk_on(struct request *r, const struct reminder *reminder)
{
    struct step step = {.reminder = reminder, .today = civil_day(r->now)};

    while (!step.is_over) {
        TRY(job_step(r, take_step, &step));
        if (step.told > 0)
            log_info(r, "reminded", "%s: %" PRId64, reminder->kind, step.told);
        if (!step.is_over && !job_keep(r))
            return job_again_at(r, r->now);
    }
    return E_OK;
}

enum error remind(struct request *r, const struct task *task)
{
    struct day today = civil_day(r->now);
    int64_t hour = (r->now.ms - day_start(today).ms) / HOUR_MS;
    const struct reminder *reminder;
    struct records rows;

    (void)task;
    TRY(db_many(r, &remind_sql[LIST_REMINDERS], &rows, VALUES(today, today)));
    reminder = rows.items;
    for (size_t i = 0; i < rows.count; i++)
        if (hour >= reminder[i].from_hour)
            TRY(walk_on(r, &reminder[i]));
    return E_OK;
}
