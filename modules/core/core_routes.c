/* What every module answers on the internal address. */

#include "core/db.h"
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

/* ... and can do its work: the database answers. */
static enum error show_ready(struct request *r)
{
    struct one row;

    if (!r->service->no_database)
        TRY(db_one(r, &ping, &row, NO_VALUES));
    return reply_text(r, 200, "text/plain; charset=utf-8", "ready\n");
}

static enum error show_metrics(struct request *r)
{
    if (r->process->metrics == NULL)
        return E_NOT_FOUND;
    return reply_text(r, 200, "text/plain; version=0.0.4; charset=utf-8",
                      metrics_text(r->arena, r->process));
}

const struct route core_routes[] = {
    {GET, "/healthz", ANYONE, show_health, .door = INTERNAL, .summary = "the process runs"},
    {GET, "/readyz", ANYONE, show_ready, .door = INTERNAL, .summary = "and can do its work"},
    {GET, "/metrics", ANYONE, show_metrics, .door = INTERNAL, .summary = "Prometheus text"},
    ROUTE_END,
};
