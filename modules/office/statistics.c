/*
 * What measure V8 counts, from cases: the share that was filed online, how long decisions took, and
 * whether promises were kept, by brigade and service. What nobody has decided is counted apart: a
 * case that is stuck makes no average look better.
 */

#include "core/clock.h"
#include "office/office.h"

enum { PERIOD_MAX_DAYS = 366 };

/* What was decided in the period. */
struct decided {
    const char *brigade, *service;
    int64_t decided, granted, by_silence;
    int64_t median_minutes, slowest_minutes; /* from submission to decision, by the wall clock */
    int64_t promised, kept;
};

/* What is open now. */
struct open_now {
    const char *brigade, *service;
    int64_t open, overdue, paused;
};

static const struct field decided_fields[] = {
    FIELD(struct decided, brigade),
    FIELD(struct decided, service),
    FIELD(struct decided, decided),
    FIELD(struct decided, granted),
    FIELD(struct decided, by_silence),
    FIELD(struct decided, median_minutes),
    FIELD(struct decided, slowest_minutes),
    FIELD(struct decided, promised),
    FIELD(struct decided, kept),
    FIELD_END,
};

static const struct field open_fields[] = {
    FIELD(struct open_now, brigade), FIELD(struct open_now, service), FIELD(struct open_now, open),
    FIELD(struct open_now, overdue), FIELD(struct open_now, paused),  FIELD_END,
};

struct statistics {
    struct day from, to;
    struct records decided, open;
};

const struct field statistics_fields[] = {
    FIELD(struct statistics, from),
    FIELD(struct statistics, to),
    FIELD_LIST(struct statistics, decided, decided_fields, struct decided),
    FIELD_LIST(struct statistics, open, open_fields, struct open_now),
    FIELD_END,
};

struct share {
    int64_t services, online_services, applications, online_applications;
};

const struct field share_fields[] = {
    FIELD(struct share, services),
    FIELD(struct share, online_services),
    FIELD(struct share, applications),
    FIELD(struct share, online_applications),
    FIELD_END,
};

enum { COUNT_DECIDED, COUNT_OPEN, COUNT_SHARE, STATEMENTS_END };

/* Days are China's. The median is that of the one or two in the middle. */
const struct statement statistics_sql[] = {
    [COUNT_DECIDED] =
        {.sql = "SELECT brigade, service, CAST(MAX(n) AS SIGNED) AS decided,"
                "  CAST(SUM(state NOT IN ('refused', 'rejected')) AS SIGNED) AS granted,"
                "  CAST(SUM(is_deemed) AS SIGNED) AS by_silence,"
                "  CAST(AVG(IF(place IN (FLOOR((n + 1) / 2), CEIL((n + 1) / 2)), minutes, NULL))"
                "    AS SIGNED) AS median_minutes,"
                "  CAST(MAX(minutes) AS SIGNED) AS slowest_minutes,"
                "  CAST(SUM(promised_on IS NOT NULL) AS SIGNED) AS promised,"
                "  CAST(SUM(COALESCE(DATE(decided_at + INTERVAL 8 HOUR) <= promised_on, 0))"
                "    AS SIGNED) AS kept"
                "  FROM (SELECT brigade, service, state, is_deemed, promised_on, decided_at,"
                "    TIMESTAMPDIFF(MINUTE, submitted_at, decided_at) AS minutes,"
                "    ROW_NUMBER() OVER (PARTITION BY brigade, service"
                "      ORDER BY TIMESTAMPDIFF(MINUTE, submitted_at, decided_at)) AS place,"
                "    COUNT(*) OVER (PARTITION BY brigade, service) AS n"
                "    FROM work_item WHERE decided_at >= ? AND decided_at < ?) w"
                "  GROUP BY brigade, service ORDER BY brigade, service LIMIT 1000",
         ROWS(struct decided, decided_fields)},
    [COUNT_OPEN] = {.sql = "SELECT brigade, service, CAST(COUNT(*) AS SIGNED) AS open,"
                           "  CAST(SUM(COALESCE(due_on < ? AND NOT is_paused, 0)) AS SIGNED)"
                           "    AS overdue,"
                           "  CAST(SUM(is_paused) AS SIGNED) AS paused FROM work_item"
                           "  WHERE sort_on IS NOT NULL AND decided_at IS NULL"
                           "  GROUP BY brigade, service ORDER BY brigade, service LIMIT 1000",
                    ROWS(struct open_now, open_fields)},
    [COUNT_SHARE] =
        {.sql = "SELECT (SELECT COUNT(DISTINCT module, code) FROM service_definition) AS services,"
                "  (SELECT COUNT(DISTINCT module, code) FROM service_definition"
                "    WHERE JSON_CONTAINS(body, '\"wechat\"', '$.channels')"
                "    OR JSON_CONTAINS(body, '\"web\"', '$.channels')) AS online_services,"
                "  COUNT(*) AS applications,"
                "  CAST(COALESCE(SUM(channel IN ('wechat', 'alipay', 'web')), 0) AS SIGNED)"
                "    AS online_applications"
                "  FROM work_item WHERE submitted_at >= ? AND submitted_at < ?",
         ROWS(struct share, share_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

const struct param period_params[] = {
    PARAM(struct period, from, .source = QUERY),
    PARAM(struct period, to, .source = QUERY),
    PARAM_END,
};

static enum error check_period(struct request *r, const struct period *period)
{
    if (period->to.number < period->from.number ||
        period->to.number - period->from.number >= PERIOD_MAX_DAYS)
        return refuse(r, PERIOD_ODD, VALUES("to", period->from, period->to));
    return E_OK;
}

static struct instant after(const struct period *period)
{
    return day_start((struct day){period->to.number + 1});
}

enum error show_statistics(struct request *r)
{
    const struct period *in = r->input;
    struct statistics statistics = {.from = in->from, .to = in->to};

    TRY(check_period(r, in));
    TRY(db_many(r, &statistics_sql[COUNT_DECIDED], &statistics.decided,
                VALUES(day_start(in->from), after(in))));
    TRY(db_many(r, &statistics_sql[COUNT_OPEN], &statistics.open, VALUES(civil_day(r->now))));
    return reply_record(r, 200, statistics_fields, &statistics);
}

enum error show_share(struct request *r)
{
    const struct period *in = r->input;
    struct share share;

    TRY(check_period(r, in));
    TRY(db_one(r, &statistics_sql[COUNT_SHARE], &share, VALUES(day_start(in->from), after(in))));
    return reply_record(r, 200, share_fields, &share);
}
