#include "office/office.h"

OFFICE_REASONS(REASON_DEFINE)

static const struct reason *const reasons[] = {OFFICE_REASONS(REASON_LIST) NULL};

static const struct route routes[] = {
    {GET, "/tasks", DESKS, list_work, INPUT(struct work_query, work_query_params),
     .answer = work_fields, .is_page = true,
     .summary = "what there is to do in the caller's brigade, what is due first comes first"},
    {GET, "/tasks/{application_no}", DESKS | AUDITOR, find_work,
     INPUT(struct work_by_no, work_by_no_params), .answer = work_fields,
     .summary = "one by the number that the applicant has"},
    {GET, "/statistics", LEAD | AUDITOR, show_statistics, INPUT(struct period, period_params),
     .answer = statistics_fields, .measure = "V8",
     .summary = "times, promises kept and what is stuck, by brigade and service"},
    {GET, "/share", ANYONE, show_share, INPUT(struct period, period_params), .answer = share_fields,
     .measure = "V8", .summary = "which share of services and of cases is handled online"},
    ROUTE_END,
};

static const struct statement *const sql[] = {work_sql, statistics_sql, NULL};

const struct service service = {
    .name = "office",
    .title = "办件台",
    .routes = routes,
    .sql = sql,
    .reasons = reasons,
};
