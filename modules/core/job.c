/* Leasing, running and finishing of jobs and events in the background worker. */

#include <stdatomic.h>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/job.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/ulid.h"
#include "core/work.h"

enum { BACKOFF_FIRST_MS = 5000, BACKOFF_MAX_MS = 1800000, OLD_AT_ONCE = 10000 };
enum { RUN_MS = 30 * SECOND_MS };
enum { AT_ONCE = 4 }; /* as the statements limit a batch */

static const struct field task_fields[] = {
    FIELD(struct task, id),
    FIELD(struct task, kind),
    FIELD(struct task, dedupe),
    FIELD_OR_NULL(struct task, arg),
    FIELD(struct task, attempts),
    FIELD(struct task, failures),
    FIELD_END,
};

struct backlog {
    int64_t ready, overdue;
};

static const struct field backlog_fields[] = {
    FIELD(struct backlog, ready),
    FIELD(struct backlog, overdue),
    FIELD_END,
};

enum {
    ADD_JOB,
    ADD_AGAIN,
    FIND_READY,
    FIND_NEWEST,
    TAKE,
    FINISH,
    REPEAT,
    RENEW,
    GIVE_BACK,
    REVIVE,
    FIND_READY_EVENTS,
    FIND_NEWEST_EVENTS,
    TAKE_EVENT,
    FINISH_EVENT,
    REPEAT_EVENT,
    RENEW_EVENT,
    GIVE_EVENTS_BACK,
    REVIVE_EVENTS,
    COUNT_BACKLOG,
    DELETE_OLD_KEYS,
    DELETE_OLD_JOBS,
    STATEMENTS_END
};

/* The same eight for the jobs of the module and, through its own view, for the events it consumes.
 */
#define FIND_IN(table, order)                                                                      \
    "SELECT id, kind, dedupe, arg, attempts, failures FROM " table                                 \
    "  WHERE state = 'ready' AND run_at <= ? ORDER BY " order " LIMIT 4 FOR UPDATE SKIP LOCKED"
#define FIND_READY_IN(table) FIND_IN(table, "run_at")
#define FIND_NEWEST_IN(table) FIND_IN(table, "created_at DESC")
#define TAKE_IN(table)                                                                             \
    "UPDATE " table " SET state = 'leased', attempts = attempts + 1, lease_token = ?,"             \
    "  lease_until = NOW(3) + INTERVAL ? SECOND WHERE id = ? AND state = 'ready'"
#define FINISH_IN(table)                                                                           \
    "UPDATE " table " SET state = ?, done_at = ?, lease_until = NULL, lease_token = NULL"          \
    "  WHERE id = ? AND lease_token = ? AND state = 'leased'"
#define REPEAT_IN(table)                                                                           \
    "UPDATE " table " SET state = 'ready', run_at = ?, failures = ?, lease_until = NULL,"          \
    "  lease_token = NULL WHERE id = ? AND lease_token = ? AND state = 'leased'"
#define RENEW_IN(table)                                                                            \
    "UPDATE " table " SET lease_until = NOW(3) + INTERVAL ? SECOND"                                \
    "  WHERE id = ? AND lease_token = ? AND state = 'leased'"
#define GIVE_BACK_IN(table)                                                                        \
    "UPDATE " table " SET state = 'ready', attempts = attempts - 1, lease_until = NULL,"           \
    "  lease_token = NULL WHERE lease_token = ? AND id <> ? AND state = 'leased'"
#define REVIVE_IN(table)                                                                           \
    "UPDATE " table " SET state = 'ready', lease_until = NULL, lease_token = NULL"                 \
    "  WHERE state = 'leased' AND lease_until < NOW(3)"

const struct statement job_sql[] = {
    [ADD_JOB] = {.sql = "INSERT INTO {module}_job (id, kind, dedupe, arg, run_at, created_at)"
                        "  VALUES (?, ?, ?, ?, ?, ?)"},
    [ADD_AGAIN] = {.sql = "UPDATE {module}_job SET arg = ?, run_at = ?, created_at = ?,"
                          "  attempts = 0, failures = 0, done_at = NULL, state = 'ready'"
                          "  WHERE kind = ? AND dedupe = ? AND state IN ('done', 'dead')"},
    [FIND_READY] = {.sql = FIND_READY_IN("{module}_job"), ROWS(struct task, task_fields)},
    [FIND_NEWEST] = {.sql = FIND_NEWEST_IN("{module}_job"), ROWS(struct task, task_fields)},
    [TAKE] = {.sql = TAKE_IN("{module}_job")},
    [FINISH] = {.sql = FINISH_IN("{module}_job")},
    [REPEAT] = {.sql = REPEAT_IN("{module}_job")},
    [RENEW] = {.sql = RENEW_IN("{module}_job")},
    [GIVE_BACK] = {.sql = GIVE_BACK_IN("{module}_job")},
    [REVIVE] = {.sql = REVIVE_IN("{module}_job")},
    [FIND_READY_EVENTS] = {.sql = FIND_READY_IN("{module}_event"),
                           ROWS(struct task, task_fields),
                           .may_be_absent = true},
    [FIND_NEWEST_EVENTS] = {.sql = FIND_NEWEST_IN("{module}_event"),
                            ROWS(struct task, task_fields),
                            .may_be_absent = true},
    [TAKE_EVENT] = {.sql = TAKE_IN("{module}_event"), .may_be_absent = true},
    [FINISH_EVENT] = {.sql = FINISH_IN("{module}_event"), .may_be_absent = true},
    [REPEAT_EVENT] = {.sql = REPEAT_IN("{module}_event"), .may_be_absent = true},
    [RENEW_EVENT] = {.sql = RENEW_IN("{module}_event"), .may_be_absent = true},
    [GIVE_EVENTS_BACK] = {.sql = GIVE_BACK_IN("{module}_event"), .may_be_absent = true},
    [REVIVE_EVENTS] = {.sql = REVIVE_IN("{module}_event"), .may_be_absent = true},
    [COUNT_BACKLOG] = {.sql = "SELECT COUNT(*) AS ready, COALESCE(SUM(run_at < ?), 0) AS overdue"
                              "  FROM {module}_job WHERE state = 'ready' AND run_at <= ?",
                       ROWS(struct backlog, backlog_fields)},
    [DELETE_OLD_KEYS] = {.sql = "DELETE FROM {module}_idem WHERE created_at < ? LIMIT 10000"},
    [DELETE_OLD_JOBS] = {.sql = "DELETE FROM {module}_job WHERE state = 'done' AND done_at < ?"
                                "  LIMIT 10000"},
    [STATEMENTS_END] = {.sql = NULL},
};

/* Jobs and events differ by table only: a queue is where its eight statements begin. */
struct queue {
    size_t first; /* FIND_READY or FIND_READY_EVENTS */
    const struct job *jobs;
    _Atomic bool *is_crowded;
};

struct batch {
    const struct queue *queue;
    struct records tasks;
    const char *token;
    int64_t taken_ms; /* on the monotonic clock */
    bool is_of_newest;
};

static const struct statement *statement_of(const struct queue *queue, size_t which)
{
    return &job_sql[queue->first + which - FIND_READY];
}

enum error job_add(struct request *r, const char *kind, const char *dedupe, const char *arg,
                   struct instant run_at)
{
    enum error error =
        db_run(r, &job_sql[ADD_JOB], VALUES(ulid_new(r), kind, dedupe, arg, run_at, r->now));

    if (error == E_EXISTS)
        error = db_run(r, &job_sql[ADD_AGAIN], VALUES(arg, run_at, r->now, kind, dedupe));
    /* One that is not due yet is found by the poll. */
    r->work->jobs_added = r->work->jobs_added || run_at.ms <= r->now.ms;
    return error;
}

enum error job_promise(struct request *r, const char *kind, const char *dedupe,
                       struct instant run_at)
{
    const char *no_arg = NULL;
    enum error error =
        db_write(r, &job_sql[ADD_JOB], VALUES(ulid_new(r), kind, dedupe, no_arg, run_at, r->now));

    return error == E_EXISTS ? E_OK : error;
}

enum error job_again_at(struct request *r, struct instant at)
{
    r->work->again_at = at;
    return E_AGAIN;
}

enum error job_step(struct request *r, transaction_body *body, void *product)
{
    struct arena_mark mark = arena_mark(r->arena);
    enum error error = db_transaction(r, body, product);

    if (error == E_OK) /* else its words are there */
        arena_rewind(r->arena, mark);
    return error;
}

bool job_keep(struct request *r)
{
    struct lease *lease = r->work->lease;

    if (lease == NULL || r->process->is_stopping)
        return false;
    if (db_write(r, lease->renew,
                 VALUES(r->process->config.lease_s, lease->task_id, lease->token)) != E_OK ||
        db_changed(r) == 0)
        return false;
    if (!lease->is_kept &&
        db_write(r, lease->give_back, VALUES(lease->token, lease->task_id)) != E_OK)
        return false;
    lease->is_kept = true;
    r->deadline_ms = monotonic_ms() + RUN_MS;
    return true;
}

static enum error take_batch(struct request *r, void *product)
{
    struct batch *batch = product;
    size_t find = batch->is_of_newest ? FIND_NEWEST : FIND_READY;

    batch->token = ulid_new(r);
    TRY(db_many(r, statement_of(batch->queue, find), &batch->tasks, VALUES(r->now)));
    for (size_t i = 0; i < batch->tasks.count; i++) {
        const struct task *task = (const struct task *)batch->tasks.items + i;

        TRY(db_run(r, statement_of(batch->queue, TAKE),
                   VALUES(batch->token, r->process->config.lease_s, task->id)));
    }
    return E_OK;
}

static enum error delete_old(struct request *r, void *product)
{
    bool *is_more = product;

    TRY(db_run(r, &job_sql[DELETE_OLD_KEYS], VALUES(instant_add(r->now, -7 * DAY_MS))));
    *is_more = db_changed(r) == OLD_AT_ONCE;
    TRY(db_run(r, &job_sql[DELETE_OLD_JOBS], VALUES(instant_add(r->now, -30 * DAY_MS))));
    *is_more = *is_more || db_changed(r) == OLD_AT_ONCE;
    return E_OK;
}

static enum error housekeeping(struct request *r, const struct task *task)
{
    bool is_more = false;

    (void)task;
    TRY(db_transaction(r, delete_old, &is_more));
    return is_more ? job_again_at(r, r->now) : E_OK;
}

/* Every module's own. */
static const struct job core_jobs[] = {
    {"housekeeping", HOUR_MS, housekeeping},
    {.name = NULL},
};

static const struct job *find_job(const struct job *jobs, const char *kind)
{
    for (size_t i = 0; jobs != NULL && jobs[i].name != NULL; i++)
        if (strcmp(jobs[i].name, kind) == 0)
            return &jobs[i];
    return NULL;
}

static const struct job *job_of(const struct queue *queue, const char *kind)
{
    const struct job *job = find_job(queue->jobs, kind);

    return job != NULL || queue->first != FIND_READY ? job : find_job(core_jobs, kind);
}

struct outcome {
    const struct queue *queue;
    const struct task *task;
    const char *token;
    const char *state;       /* done or dead; NULL: repeat */
    struct instant again_at; /* when ... */
    int64_t failures;        /* ... and how often in a row it has failed by then */
};

/* Zero rows changed: the lease ran out and somebody else owns the task; that is no error. */
static enum error record_outcome(struct request *r, void *product)
{
    const struct outcome *outcome = product;

    if (outcome->state == NULL)
        return db_run(
            r, statement_of(outcome->queue, REPEAT),
            VALUES(outcome->again_at, outcome->failures, outcome->task->id, outcome->token));
    return db_run(r, statement_of(outcome->queue, FINISH),
                  VALUES(outcome->state, r->now, outcome->task->id, outcome->token));
}

/* 5 s doubling to 30 min, a tenth of jitter; 54 failures in a row are about a day. */
static struct instant back_off(struct request *r, int64_t failures)
{
    enum { JITTER = 10 };
    int64_t ms = BACKOFF_FIRST_MS;
    unsigned char random;

    for (int64_t i = 1; i < failures && ms < BACKOFF_MAX_MS; i++)
        ms *= 2;
    ms = ms > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : ms;
    random_bytes(&random, 1);
    return instant_add(r->now, ms + ms / JITTER * random / 255);
}

static void judge(struct request *r, const struct job *job, enum error error,
                  struct outcome *outcome)
{
    enum { FAILURES_MAX = 54 };
    struct metrics *metrics = r->process->metrics;
    int64_t failures = outcome->task->failures + 1;

    if (error == E_OK && job->every_ms > 0) {
        outcome->again_at = instant_add(r->now, job->every_ms);
    } else if (error == E_OK) {
        outcome->state = "done";
    } else if (r->work->again_at.ms != NONE) {
        outcome->again_at = r->work->again_at;
        return;
    } else if (failures < FAILURES_MAX || job->every_ms > 0) {
        outcome->again_at = back_off(r, failures);
        outcome->failures = failures;
        log_error(r, "job_failed", "%s %s failure %lld: %s: %s", outcome->task->kind,
                  outcome->task->dedupe, (long long)failures, error_name(error), r->work->failure);
    } else {
        outcome->state = "dead";
        log_error(r, "job_dead", "%s %s: %s", outcome->task->kind, outcome->task->dedupe,
                  r->work->failure);
    }
    if (metrics != NULL)
        metrics_count(metrics,
                      error == E_OK            ? COUNT_JOBS_DONE
                      : outcome->state == NULL ? COUNT_JOBS_FAILED
                                               : COUNT_JOBS_DEAD,
                      1);
}

static void become_system(struct request *r, const struct task *task)
{
    r->id = arena_printf(r->arena, "job-%s", task->id);
    r->actor_id = "system";
    r->roles = SYSTEM;
    r->deadline_ms = monotonic_ms() + RUN_MS;
}

/* False: the rest of its batch is in the queue again. */
static bool run_task(struct request *r, const struct queue *queue, const struct task *task,
                     const char *token)
{
    const struct job *job = job_of(queue, task->kind);
    struct lease lease = {.renew = statement_of(queue, RENEW),
                          .give_back = statement_of(queue, GIVE_BACK),
                          .task_id = task->id,
                          .token = token};
    struct outcome outcome = {.queue = queue, .task = task, .token = token};
    enum error error;

    become_system(r, task);
    r->work->lease = &lease;
    if (job == NULL) {
        error = failed(r, E_INTERNAL, "no such job");
        outcome.again_at = back_off(r, task->failures + 1);
        outcome.failures = task->failures + 1;
        log_error(r, "job_unknown", "%s", task->kind);
    } else {
        error = job->run(r, task);
        judge(r, job, error, &outcome);
    }
    if (db_transaction(r, record_outcome, &outcome) != E_OK)
        log_error(r, "job_outcome_lost", "%s %s", task->kind, task->dedupe);
    r->work->lease = NULL;
    return !lease.is_kept;
}

/* Those before it may have taken long: past half of the lease it is taken anew, unless somebody
   else has it by now. */
static bool is_still_ours(struct request *r, const struct batch *batch, const struct task *task)
{
    int64_t lease_s = r->process->config.lease_s;

    if (monotonic_ms() - batch->taken_ms < lease_s * SECOND_MS / 2)
        return true;
    return db_write(r, statement_of(batch->queue, RENEW),
                    VALUES(lease_s, task->id, batch->token)) == E_OK &&
           db_changed(r) > 0;
}

/* A process that stops ends the task it is at; the next one need not wait until a lease lapses. */
static void give_rest_back(struct request *r, const struct batch *batch)
{
    if (db_write(r, statement_of(batch->queue, GIVE_BACK), VALUES(batch->token, "")) != E_OK)
        log_error(r, "jobs_not_given_back", "%s", r->work->failure);
}

/* Every task gets a fresh request; the batch's texts live in its own. */
static void run_batch(struct process *process, const struct batch *batch)
{
    struct request *r = request_open(process);
    bool is_whole = true;

    for (size_t i = 0; i < batch->tasks.count && is_whole; i++) {
        const struct task *task = (const struct task *)batch->tasks.items + i;

        request_reset(r);
        if (process->is_stopping) {
            give_rest_back(r, batch);
            break;
        }
        if (is_still_ours(r, batch, task))
            is_whole = run_task(r, batch->queue, task, batch->token);
    }
    request_close(r);
}

/* Takes and runs one batch; false when nothing was due. */
static bool run_due(struct process *process, const struct queue *queue)
{
    struct request *r = request_open(process);
    struct batch batch = {.queue = queue, .taken_ms = monotonic_ms()};
    bool ran;

    /* While the oldest fill a batch, every other one is of those asked for last: they pass fifty
       thousand that became due at once, and also those of them that were given a later hour. */
    batch.is_of_newest = atomic_exchange(queue->is_crowded, false);
    ran = db_transaction(r, take_batch, &batch) == E_OK && batch.tasks.count > 0;
    if (!batch.is_of_newest && batch.tasks.count == AT_ONCE)
        atomic_store(queue->is_crowded, true);
    if (ran)
        run_batch(process, &batch);
    request_close(r);
    return ran;
}

bool jobs_run_due(struct process *process)
{
    const struct queue jobs = {FIND_READY, process->service->jobs, &process->is_crowded[0]};
    const struct queue events = {FIND_READY_EVENTS, process->service->events,
                                 &process->is_crowded[1]};
    bool ran = run_due(process, &jobs);

    if (process->service->events != NULL)
        ran = run_due(process, &events) || ran;
    return ran;
}

static enum error add_periodic(struct request *r, void *product)
{
    const struct job *const tables[] = {core_jobs, r->service->jobs};

    (void)product;
    for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; tables[t] != NULL && tables[t][i].name != NULL; i++)
            if (tables[t][i].every_ms > 0)
                TRY(job_add(r, tables[t][i].name, "periodic", NULL, r->now));
    return E_OK;
}

static enum error revive(struct request *r, void *product)
{
    (void)product;
    TRY(db_run(r, &job_sql[REVIVE], NO_VALUES));
    return r->service->events == NULL ? E_OK : db_run(r, &job_sql[REVIVE_EVENTS], NO_VALUES);
}

static void measure_backlog(struct request *r)
{
    struct backlog backlog;

    if (r->process->metrics == NULL ||
        db_one(r, &job_sql[COUNT_BACKLOG], &backlog,
               VALUES(instant_add(r->now, -15 * MINUTE_MS), r->now)) != E_OK)
        return;
    metrics_level(r->process->metrics, LEVEL_JOBS_READY, backlog.ready);
    metrics_level(r->process->metrics, LEVEL_JOBS_OVERDUE, backlog.overdue);
}

void jobs_tidy(struct process *process)
{
    struct request *r = request_open(process);

    if (db_transaction(r, revive, NULL) == E_OK)
        measure_backlog(r);
    request_close(r);
}

enum error jobs_begin(struct process *process)
{
    struct request *r = request_open(process);
    enum error error = db_transaction(r, add_periodic, NULL);

    request_close(r);
    return error;
}
