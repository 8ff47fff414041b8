#include "parking/parking.h"

#include "casework/office_routes.h"
#include "core/clock.h"

PARKING_REASONS(REASON_DEFINE)

static const struct reason *const reasons[] = {
    CASEWORK_REASONS(REASON_LIST) UPLOAD_REASONS(REASON_LIST) PARKING_REASONS(REASON_LIST) NULL};

static const struct route routes[] = {
    APPLICATION_ROUTES,
    OFFICE_ROUTES,
    {POST, "/office/applications/{id}/assignments", REVIEWER | LEAD, assign_institution,
     INPUT(struct assign_input, assign_params), .answer = application_view_fields,
     .needs_key = true, .measure = "P4",
     .summary = "has a third party review the drawings or accept the site; the clock stands"},
    {GET, "/office/applications/{id}/assignments", DESKS, list_assignments,
     INPUT(struct assignments_input, assignments_params), .answer = assignment_fields,
     .is_page = true, .measure = "P4", .summary = "who was asked, and what they found"},
    {POST, "/office/applications/{id}/assignments/{assignment_id}/recall", LEAD, recall_assignment,
     INPUT(struct recall_input, recall_params), .answer = application_view_fields,
     .needs_key = true, .measure = "P4", .summary = "takes one back that nobody reported"},
    {GET, "/assignments", VERIFIED, list_tasks, .answer = task_view_fields, .is_page = true,
     .measure = "P4", .summary = "what the caller's institution has to look at"},
    {POST, "/assignments/{assignment_id}/report", VERIFIED, report_assignment,
     INPUT(struct report_input, report_params), .answer = assignment_fields, .needs_key = true,
     .measure = "P4", .summary = "what was found; the clock runs on"},
    {GET, "/lots", ANYONE, list_lots, INPUT(struct lots_input, lots_params),
     .answer = lot_view_fields, .is_page = true, .measure = "P3",
     .summary = "car parks with a licence"},
    ROUTE_END,
};

static const struct job jobs[] = {
    APPLICATION_JOBS,
    {.name = NULL},
};

static const struct job events[] = {
    APPLICATION_EVENTS,
    {.name = NULL},
};

static const struct statement *const sql[] = {APPLICATION_SQL, rule_sql, lot_sql, assignment_sql,
                                              NULL};

static const struct setting settings[] = {
    CASEWORK_SETTINGS(struct casework_settings),
    SETTING_END,
};

const struct service service = {
    .name = "parking",
    .title = "经营性停车场许可",
    .routes = routes,
    .jobs = jobs,
    .events = events,
    .sql = sql,
    .reasons = reasons,
    .settings = settings,
    .settings_size = sizeof(struct casework_settings),
    .open = parking_open,
    .close = parking_close,
    .check = casework_check,
};
