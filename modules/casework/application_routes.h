/*
 * The routes of applications, for the table of a domain's service.c: what applicants and officers do,
 * in the process of the domain, so that its conditions and hooks run there.
 */
#ifndef CASEWORK_APPLICATION_ROUTES_H
#define CASEWORK_APPLICATION_ROUTES_H

#include "casework/act_paper.h"
#include "casework/acting.h"
#include "casework/application.h"
#include "casework/deadline.h"
#include "casework/fee.h"
#include "casework/permit.h"
#include "casework/papers.h"

struct service_input {
    const char *service;
};
bool is_service(const char *text);
#define SERVICE_IN_PATH .source = PATH, .min = 1, .max = 32, .check = is_service
struct begin_input {
    const char *service;
    const char *mandate_id; /* for whom; NULL: for oneself */
};
struct application_input {
    const char *id;
    int64_t ver; /* the version that was seen */
};
struct application_list_input {
    const char *mandate_id; /* of whom; NULL: the caller's own */
    const char *after;
    int64_t limit;
};
struct document_input {
    const char *id, *code, *upload_id; /* NULL upload: the document is taken away */
    int64_t ver;
};
struct reason_input {
    const char *id, *reason;
    int64_t ver;
};
extern const struct param service_params[], begin_params[], id_params[], application_params[],
    application_list_params[], form_body_params[], document_params[], document_code_params[], reason_params[];
extern const struct field service_item_fields[], service_view_fields[], application_item_fields[],
    application_view_fields[];

enum error list_services(struct request *r);
enum error show_service(struct request *r);
enum error show_service_page(struct request *r);
enum error show_service_chart(struct request *r);
/* NULL for a clock that runs until a day. */
const struct term *term_of_clock(const struct request *r, const struct clock_rule *rule);
/* "5个工作日" */
const char *term_text(struct arena *arena, const struct term *term);
enum error begin_application(struct request *r);
enum error list_applications(struct request *r);
enum error show_application(struct request *r);
enum error edit_application(struct request *r);
enum error change_documents(struct request *r);
enum error submit_application(struct request *r);
enum error withdraw_application(struct request *r);
enum error appeal_application(struct request *r);

#define APPLICANT_WRITE_(path_, handler_, type_, params_, summary_)                                \
    {                                                                                              \
        POST, "/applications/{id}/" path_, VERIFIED, handler_, INPUT(type_, params_),              \
            .answer = application_view_fields, .needs_key = true, .summary = summary_              \
    }
#define APPLICATION_ROUTES                                                                         \
    {GET, "/services", ANYONE, list_services, .answer = service_item_fields, .is_page = true,      \
     .summary = "what can be applied for here", .measure = "V5"},                                  \
        {GET, "/services/{service}", ANYONE, show_service,                                         \
         INPUT(struct service_input, service_params), .answer = service_view_fields,               \
         .summary = "the guide: who, what with, how long, by which law", .measure = "V5"},         \
        {GET, "/services/{service}/page", ANYONE, show_service_page,                               \
         INPUT(struct service_input, service_params), .measure = "V5",                             \
         .summary = "the guide as a page to print"},                                               \
        {GET, "/services/{service}/chart", ANYONE, show_service_chart,                             \
         INPUT(struct service_input, service_params), .measure = "V5",                             \
         .summary = "its flow chart, SVG, of the steps that the workflow runs on"},                \
        {POST, "/services/{service}/applications", VERIFIED, begin_application,                    \
         INPUT(struct begin_input, begin_params), .answer = application_view_fields,               \
         .body = RAW_BODY, .needs_key = true,                                                      \
         .summary = "begins an application; the body is its form, as far as it is known"},         \
        {GET, "/applications", VERIFIED, list_applications,                                        \
         INPUT(struct application_list_input, application_list_params),                            \
         .answer = application_item_fields, .is_page = true,                                       \
         .summary = "the caller's applications, or of whom the caller acts for, newest first"},    \
        {GET, "/applications/{id}", VERIFIED, show_application,                                    \
         INPUT(struct application_input, id_params), .answer = application_view_fields,            \
         .summary = "one with its clock, what is missing and what happened"},                      \
        {POST, "/applications/{id}/form", VERIFIED, edit_application,                              \
         INPUT(struct application_input, form_body_params), .answer = application_view_fields,     \
         .body = RAW_BODY, .needs_key = true, .summary = "another form; the body is all of it"},   \
        {GET, "/applications/{id}/paper", VERIFIED, show_paper,                                    \
         INPUT(struct application_input, id_params),                                               \
         .summary = "the permit as a signed PDF"},                                                 \
        {GET, "/applications/{id}/papers/{paper_no}", VERIFIED, show_act_paper,                    \
         INPUT(struct act_paper_input, act_paper_params),                                          \
         .summary = "a notice or decision of its history as a signed PDF"},                        \
        {GET, "/papers/{paper_no}", ANYONE, check_act_paper,                                       \
         INPUT(struct act_paper_input, act_paper_no_params), .answer = act_paper_view_fields,      \
         .summary = "whether a notice or decision is ours and stands; no personal data"},          \
        {GET, "/paper-keys", ANYONE, show_paper_keys,                                              \
         .summary = "JWK set: verifies the codes on papers without us"},                           \
        APPLICANT_WRITE_("documents", change_documents, struct document_input, document_params,    \
                         "an upload as one more file of a document"),                              \
        APPLICANT_WRITE_("documents/removal", change_documents, struct document_input,             \
                         document_code_params, "takes all files of a document away again"),        \
        UPLOAD_ROUTES,                                                                             \
        APPLICANT_WRITE_("submission", submit_application, struct application_input,               \
                         application_params, "submits it; all that is missing is said at once"),   \
        APPLICANT_WRITE_("withdrawal", withdraw_application, struct reason_input, reason_params,   \
                         "takes it back"),                                                         \
        APPLICANT_WRITE_("appeal", appeal_application, struct reason_input, reason_params,         \
                         "records that reconsideration was asked for"),                            \
        {GET, "/permits/{permit_no}", ANYONE, show_permit,                                         \
         INPUT(struct permit_input, permit_params), .answer = permit_view_fields,                  \
         .summary = "whether a permit stands; no personal data", .measure = "R1"}

#define APPLICATION_JOBS                                                                           \
    {"tidy_uploads", HOUR_MS, tidy_uploads},                                                       \
    {"drop_upload", 0, drop_upload},                                                               \
    {"watch_clocks", MINUTE_MS, watch_clocks},                                                     \
    {"make_paper", 0, make_paper},                                                                 \
    {                                                                                              \
        "issue_permit", 0, issue_permit                                                            \
    }

/* The event of a domain that no other settlements concern. */
#define APPLICATION_EVENTS                                                                         \
    {                                                                                              \
        "obligation_settled", 0, take_fee                                                          \
    }

#define APPLICATION_SQL                                                                            \
    casework_sql, definition_sql, application_sql, acting_sql, act_paper_sql, clock_sql, watch_sql, \
        work_sql, document_sql, permit_sql, history_sql, upload_sql, calendar_sql, term_sql,         \
        fee_rule_sql, fee_sql

#endif
