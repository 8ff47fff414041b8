/* What every module answers on the internal address. */

#include "core/audit.h"
#include "core/clock.h"
#include "core/dispatch.h"
#include "core/metrics.h"
#include "core/work.h"

struct one {
    int64_t one;
};

static const struct field one_fields[] = {FIELD(struct one, one), FIELD_END};
static const struct statement ping = {.sql = "SELECT 1 AS one", ROWS(struct one, one_fields)};

/* The process runs. */
static enum error show_health(struct request *r)
{
    return reply_text(r, 200, "text/plain; charset=utf-8", "ok\n");
}

/* "violations 0 at 2026-11-28T03:00:00.000Z", or nothing when nobody has looked yet. */
static const char *look_text(struct request *r, const char *name, enum level found, enum level at)
{
    const struct metrics *metrics = r->process->metrics;
    int64_t violations = metrics == NULL ? -1 : metrics_last_level(metrics, found);
    struct instant looked;

    if (violations < 0)
        return "";
    looked.ms = metrics_last_level(metrics, at) * SECOND_MS;
    return arena_printf(r->arena, "%s %lld at %s\n", name, (long long)violations,
                        instant_to_text(r->arena, looked));
}

/* ... and can do its work: the database answers. What is wrong in the data is told and stops
   nobody: turning citizens away would mend nothing. */
static enum error show_ready(struct request *r)
{
    struct one row;

    if (!r->service->no_database)
        TRY(db_one(r, &ping, &row, NO_VALUES));
    return reply_text(r, 200, "text/plain; charset=utf-8",
                      arena_printf(r->arena, "ready\n%s%s",
                                   look_text(r, "violations", LEVEL_VIOLATIONS, LEVEL_LOOKED_AT),
                                   look_text(r, "violations_of_all", LEVEL_VIOLATIONS_OF_ALL,
                                             LEVEL_ALL_LOOKED_AT)));
}

static enum error show_metrics(struct request *r)
{
    if (r->process->metrics == NULL)
        return E_NOT_FOUND;
    return reply_text(r, 200, "text/plain; version=0.0.4; charset=utf-8",
                      metrics_text(r->arena, r->process));
}

struct chain_state {
    int64_t bad_seq; /* the first bad record; 0: the chain is whole */
};

static const struct field chain_fields[] = {FIELD(struct chain_state, bad_seq), FIELD_END};

static enum error check_chain(struct request *r)
{
    struct chain_state state;

    if (r->service->no_database)
        return E_NOT_FOUND;
    TRY(audit_check(r, &state.bad_seq));
    return reply_record(r, 200, chain_fields, &state);
}

const struct route core_routes[] = {
    {GET, "/healthz", ANYONE, show_health, .door = INTERNAL, .summary = "the process runs"},
    {GET, "/readyz", ANYONE, show_ready, .door = INTERNAL, .summary = "and can do its work"},
    {GET, "/metrics", ANYONE, show_metrics, .door = INTERNAL, .summary = "Prometheus text"},
    {GET, "/audit", ANYONE, check_chain, .answer = chain_fields, .door = INTERNAL,
     .summary = "first bad record of the audit chain, 0 for none"},
    ROUTE_END,
};
