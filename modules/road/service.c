#include "road/road.h"

#include "casework/office_routes.h"
#include "casework/identifier.h"
#include "core/clock.h"

ROAD_REASONS(REASON_DEFINE)

static const struct reason *const reasons[] = {
    CASEWORK_REASONS(REASON_LIST) UPLOAD_REASONS(REASON_LIST) ROAD_REASONS(REASON_LIST) NULL};

const struct param pass_query_params[] = {
    PARAM(struct pass_query, plate_type, .source = QUERY, .check = is_plate_type),
    PARAM(struct pass_query, plate, .source = QUERY, .check = is_plate),
    PARAM_END,
};

const struct param area_params[] = {
    PARAM(struct area_query, area, .source = QUERY, .min = 1, .max = 40),
    PARAM_END,
};

static const struct route routes[] = {
    APPLICATION_ROUTES,
    OFFICE_ROUTES,
    {GET, "/passes", OFFICER, check_plate, INPUT(struct pass_query, pass_query_params),
     .answer = pass_view_fields, .is_page = true, .measure = "R1",
     .summary = "the roadside check: passes of a plate that are in force or to come"},
    {GET, "/areas", ANYONE, list_rooms, INPUT(struct area_query, area_params),
     .answer = room_fields, .is_page = true,
     .summary = "how much room a holiday area has on the coming days"},
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

static const struct statement *const sql[] = {APPLICATION_SQL, kind_sql, pass_sql, quota_sql, NULL};

static const struct setting settings[] = {
    CASEWORK_SETTINGS(struct casework_settings),
    SETTING_END,
};

const struct service service = {
    .name = "road",
    .title = "道路通行证",
    .routes = routes,
    .jobs = jobs,
    .events = events,
    .sql = sql,
    .reasons = reasons,
    .settings = settings,
    .settings_size = sizeof(struct casework_settings),
    .open = road_open,
    .close = road_close,
    .check = casework_check,
};
