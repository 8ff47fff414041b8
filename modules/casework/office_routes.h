/*
 * The routes of a brigade's officers, for the table of a domain's service.c. Each needs the brigade of
 * the application; which role stands in the step that it is at.
 */
#ifndef CASEWORK_OFFICE_ROUTES_H
#define CASEWORK_OFFICE_ROUTES_H

#include "casework/application_routes.h"

struct gaps_input {
    const char *id;
    struct texts gaps; /* all that is missing, each in words */
    int64_t ver;
};
struct pause_input {
    const char *id, *code;
    int64_t ver;
};
struct hand_over_input {
    const char *id, *brigade, *reason;
    int64_t ver;
};

struct office_upload_input {
    const char *id, *upload_id;
};

extern const struct param office_upload_params[];
extern const struct param office_reason_params[], gaps_params[], pause_params[],
    hand_over_params[];

/* 回避: whoever applies, filed or acted for the applicant, or may act for it now, is no officer of the
   application: PARTY_CONFLICT. For acts of a domain's own; casework's ask it themselves. */
MUST_CHECK enum error office_check_party(struct request *r, const struct application *application);

enum error office_show(struct request *r);
enum error office_show_upload(struct request *r);
enum error office_take(struct request *r);
enum error office_release(struct request *r);
enum error office_accept(struct request *r);
enum error office_reject(struct request *r);
enum error office_correct(struct request *r);
enum error office_approve(struct request *r);
enum error office_refuse(struct request *r);
enum error office_pause(struct request *r);
enum error office_resume(struct request *r);
enum error office_hand_over(struct request *r);
enum error office_revoke(struct request *r);
enum error office_uphold(struct request *r);
enum error office_reopen(struct request *r);

#define DESKS (INTAKE | REVIEWER | MAKER | LEAD)

#define OFFICE_WRITE_(path_, roles_, handler_, type_, params_, summary_)                           \
    {                                                                                              \
        POST, "/office/applications/{id}/" path_, roles_, handler_, INPUT(type_, params_),         \
            .answer = application_view_fields, .needs_key = true, .summary = summary_              \
    }

#define OFFICE_ROUTES                                                                              \
    {GET, "/office/applications/{id}", DESKS, office_show,                                     \
         INPUT(struct application_input, id_params), .answer = application_view_fields,            \
         .summary = "one of the brigade's, for its officers"},                                     \
        {GET, "/office/applications/{id}/uploads/{upload_id}", DESKS, office_show_upload,          \
         INPUT(struct office_upload_input, office_upload_params),                                  \
         .summary = "a file of it; reading it is audited"},                                        \
        {GET, "/office/applications/{id}/paper", DESKS, office_show_paper,                         \
         INPUT(struct application_input, id_params),                                               \
         .summary = "its permit as a signed PDF; reading it is audited"},                          \
        {GET, "/office/applications/{id}/papers/{paper_no}", DESKS, office_show_act_paper,         \
         INPUT(struct act_paper_input, act_paper_params),                                          \
         .summary = "a notice or decision of its history; reading it is audited"},                 \
        OFFICE_WRITE_("taking", DESKS, office_take, struct application_input, application_params,  \
                      "takes the step on"),                                                        \
        OFFICE_WRITE_("release", DESKS, office_release, struct application_input,                  \
                      application_params, "gives it back to the list"),                            \
        OFFICE_WRITE_("acceptance", INTAKE, office_accept, struct application_input,               \
                      application_params, "accepts it"),                                           \
        OFFICE_WRITE_("rejection", INTAKE, office_reject, struct reason_input, reason_params,      \
                      "does not accept it, and says why"),                                         \
        OFFICE_WRITE_("correction", INTAKE, office_correct, struct gaps_input, gaps_params,        \
                      "the one notice of all that is missing"),                                    \
        OFFICE_WRITE_("approval", DESKS, office_approve, struct reason_input,                      \
                      office_reason_params, "approves the step; the last one grants"),             \
        OFFICE_WRITE_("refusal", REVIEWER | LEAD, office_refuse, struct reason_input,              \
                      reason_params, "refuses, and says why"),                                     \
        OFFICE_WRITE_("pause", DESKS, office_pause, struct pause_input, pause_params,              \
                      "stops the clock, for a reason that the law knows"),                         \
        OFFICE_WRITE_("resumption", DESKS, office_resume, struct application_input,                \
                      application_params, "lets it run on"),                                       \
        OFFICE_WRITE_("handover", LEAD, office_hand_over, struct hand_over_input,                  \
                      hand_over_params, "to another brigade"),                                     \
        OFFICE_WRITE_("revocation", LEAD, office_revoke, struct reason_input, reason_params,       \
                      "takes the permit back, and says why"),                                      \
        OFFICE_WRITE_("upholding", LEAD, office_uphold, struct reason_input, reason_params,        \
                      "the decision stands after the appeal"),                                     \
        OFFICE_WRITE_("reopening", LEAD, office_reopen, struct reason_input, reason_params,        \
                      "the decision fell; it is decided anew")

#endif
