/* Violations: what concerns a citizen, explained to the fen; announced, confirmed, decided. */

#include "casework/event.h"
#include "casework/office_routes.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/ulid.h"
#include "violation/applications.h"
#include "violation/cloned.h"
#include "violation/release.h"
#include "violation/procedure_routes.h"
#include "violation/state.h"
#include "violation/stop.h"
#include "violation/tell.h"
#include "violation/view.h"
#include "violation/walk.h"
#include "violation/withdraw.h"

VIOLATION_REASONS(REASON_DEFINE)
RELEASE_REASONS(REASON_DEFINE)
PROCEDURE_REASONS(REASON_DEFINE)
DESK_REASONS(REASON_DEFINE)
STUDY_REASONS(REASON_DEFINE)

static bool is_state(const char *text)
{
    return IS_ONE_OF(text, "open", "announced", "confirmed", "decided", "paid", "warned",
                     "withdrawn");
}

static const struct param list_params[] = {
    PARAM(struct list_input, mandate_id, .source = QUERY, .check = is_ulid, .optional = true),
    PARAM(struct list_input, state, .source = QUERY, .max = 16, .check = is_state,
          .optional = true),
    PARAM(struct list_input, after, .source = QUERY, .max = ULID_SIZE, .check = is_ulid,
          .optional = true),
    PARAM(struct list_input, limit, .source = QUERY, .min = 1, .max = 100, .optional = true),
    PARAM_END,
};

static const struct param case_params[] = {
    PARAM(struct case_input, id, .source = PATH, .check = is_ulid),
    PARAM_END,
};

static const struct param confirm_params[] = {
    PARAM(struct confirm_input, id, .source = PATH, .check = is_ulid),
    PARAM(struct confirm_input, statement, .source = BODY, .min = 1, .max = 1000),
    PARAM(struct confirm_input, electronic_service, .source = BODY, .optional = true),
    PARAM_END,
};

static const struct route routes[] = {
    APPLICATION_ROUTES,
    OFFICE_ROUTES,
    PAPER_ROUTES,
    DESK_ROUTES,
    {GET, "/violations", VERIFIED, list_violations, .answer = violation_item_fields,
     .is_page = true, INPUT(struct list_input, list_params),
     .summary = "the caller's violations, or what awaits a driver of an organisation he acts for",
     .measure = "T6"},
    {GET, "/violations/{id}", VERIFIED, show_violation, .answer = violation_view_fields,
     INPUT(struct case_input, case_params), .summary = "one with the reason of every fen and date",
     .measure = "T6"},
    {POST, "/violations/{id}/announcement", VERIFIED, announce_violation,
     .answer = announcement_view_fields, .needs_key = true, INPUT(struct case_input, case_params),
     .summary = "tells facts, basis, penalty and points, and records that", .measure = "T6"},
    {POST, "/violations/{id}/confirmation", VERIFIED, confirm_violation,
     .answer = decision_view_fields, .needs_key = true, INPUT(struct confirm_input, confirm_params),
     .summary = "confirms, and decides what the simple procedure allows", .measure = "T6"},
    {GET, "/points", VERIFIED, show_points, .answer = points_view_fields, .measure = "T4",
     .summary = "the cycle, what counts in it, and what study may still reduce"},
    {POST, "/points/reductions", VERIFIED, reduce_points, .answer = reduction_view_fields,
     .needs_key = true, INPUT(struct reduction_input, reduction_params), .measure = "T4",
     .summary = "takes the points of a passed study off"},
    {GET, "/licence-stops", ANYONE, list_stops, .answer = licence_stop_fields, .is_page = true,
     INPUT(struct stops_input, stops_params), .measure = "T4",
     .summary = "public notice: licences stopped because a study was not begun, newest first"},
    {POST, "/office/applications/{id}/lowering", REVIEWER | LEAD, note_lowering,
     INPUT(struct lowering_input, lowering_params), .answer = application_view_fields,
     .needs_key = true, .measure = "T8",
     .summary = "notes that an objection is right in part; the approval carries it out"},
    {GET, "/applications/{id}/evidence", VERIFIED, show_evidence,
     INPUT(struct evidence_input, evidence_params), .answer = evidence_view_fields, .measure = "T2",
     .summary = "whether the plate was at two places at once"},
    {GET, "/office/applications/{id}/evidence", REVIEWER | LEAD, office_show_evidence,
     INPUT(struct evidence_input, evidence_params), .answer = office_evidence_fields,
     .measure = "T2", .summary = "the same, and where it was around each violation; audited"},
    {POST, "/office/applications/{id}/evidence", REVIEWER | LEAD, office_search_again,
     INPUT(struct search_input, search_params), .answer = office_evidence_fields, .needs_key = true,
     .measure = "T2", .summary = "searches what agencies told since"},
    {GET, "/held-items", VERIFIED, list_held, .answer = held_view_fields, .is_page = true,
     INPUT(struct held_input, held_params), .measure = "T1",
     .summary = "what of the caller is held: why, where, and what its release lacks"},
    {POST, "/held-items/{id}/storage-bill", VERIFIED, bill_storage, .answer = storage_bill_fields,
     .needs_key = true, INPUT(struct storage_input, storage_params), .measure = "T7",
     .summary = "the bill for its keeping up to the day on which it is fetched"},
    ROUTE_END,
};

static const struct job events[] = {
    {"camera_record", 0, take_camera_record},
    {"street_decision", 0, take_street_decision},
    {"obligation_settled", 0, take_settlement},
    {"release_done", 0, take_release_done},
    {.name = NULL},
};

static const struct job jobs[] = {
    APPLICATION_JOBS,
    {"remind", 10 * MINUTE_MS, remind},
    {"stop_licences", DAY_MS, stop_licences},
    {.name = NULL},
};

static const struct setting settings[] = {
    CASEWORK_SETTINGS(struct casework_settings),
    SETTING_END,
};

static const struct statement *const sql[] = {
    APPLICATION_SQL, rule_sql,      case_sql,    decision_sql,   licence_sql,
    fact_sql,        withdraw_sql,  cloned_sql,  obligation_sql, obligation_issue_sql,
    event_sql,       hold_sql,      release_sql, waiver_sql,     tell_sql,
    remind_sql,      PROCEDURE_SQL, desk_sql,    study_sql,      stop_sql,
    walk_sql,        NULL};
static const struct reason *const reasons[] = {
    CASEWORK_REASONS(REASON_LIST) UPLOAD_REASONS(REASON_LIST) VIOLATION_REASONS(REASON_LIST)
        CLONED_REASONS(REASON_LIST) RELEASE_REASONS(REASON_LIST) PROCEDURE_REASONS(REASON_LIST)
            DESK_REASONS(REASON_LIST) STUDY_REASONS(REASON_LIST) NULL};

const struct service service = {
    .name = "violation",
    .title = "交通违法",
    .routes = routes,
    .jobs = jobs,
    .events = events,
    .sql = sql,
    .reasons = reasons,
    .settings = settings,
    .settings_size = sizeof(struct casework_settings),
    .open = violation_open,
    .close = violation_close,
    .check = casework_check,
};
