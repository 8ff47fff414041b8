/* The routes of procedure.h and desk.h, for the table of service.c. */
#ifndef VIOLATION_PROCEDURE_ROUTES_H
#define VIOLATION_PROCEDURE_ROUTES_H

#include "casework/office_routes.h"
#include "violation/desk.h"
#include "violation/procedure.h"

#define PAPER_ROUTES                                                                               \
    {GET, "/violations/{id}/decision.pdf", VERIFIED, show_decision_paper,                          \
     INPUT(struct case_input, case_params), .measure = "T6",                                       \
     .summary = "the decision as a signed PDF; showing it serves it"},                             \
        {POST, "/violations/{id}/signature", VERIFIED, sign_decision,                              \
         INPUT(struct signature_input, signature_params), .answer = signature_view_fields,         \
         .needs_key = true, .measure = "T6",                                                       \
         .summary = "the strokes of the signature under exactly the document that was shown"},     \
        {GET, "/violations/{id}/signed-decision.pdf", VERIFIED, show_signed_paper,                 \
         INPUT(struct case_input, case_params), .measure = "T6",                                   \
         .summary = "the decision with the signature on it, countersigned"},                       \
        {GET, "/decisions/{decision_no}", ANYONE, check_decision,                                  \
         INPUT(struct decision_no_input, decision_no_params), .answer = decision_state_fields,     \
         .measure = "T6", .summary = "for who scans the code: whether the decision stands"},       \
        {GET, "/office/violations/{id}/decision.pdf", DESKS, office_show_decision_paper,           \
         INPUT(struct case_input, case_params), .measure = "T6",                                   \
         .summary = "the same for an officer's tablet; reading it is audited"},                    \
        {POST, "/office/violations/{id}/signature", DESKS, office_sign_decision,                   \
         INPUT(struct signature_input, office_signature_params), .answer = signature_view_fields,  \
         .needs_key = true, .measure = "T6",                                                       \
         .summary = "signed on an officer's tablet by the person, whose identity was checked"},    \
        {GET, "/office/violations/{id}/signed-decision.pdf", DESKS, office_show_signed_paper,      \
         INPUT(struct case_input, case_params), .measure = "T6",                                   \
         .summary = "the countersigned decision; reading it is audited"},                          \
        {POST, "/office/violations/{id}/services", DESKS, record_document_service,                 \
         INPUT(struct document_service_input, document_service_params),                            \
         .answer = document_service_fields, .is_page = true, .needs_key = true, .measure = "T6",   \
         .summary = "records that a decision was handed over, posted or announced"},               \
    {                                                                                              \
        GET, "/office/violations/{id}/services", DESKS, list_document_services,                    \
            INPUT(struct case_input, case_params), .answer = document_service_fields,              \
            .is_page = true, .measure = "T6",                                                      \
            .summary = "how and when the decision reached the person"                              \
    }

#define DESK_WRITE_(path_, roles_, handler_, params_, summary_)                                    \
    {                                                                                              \
        POST, "/office/violations/{id}/" path_, roles_, handler_,                                  \
            INPUT(struct desk_input, params_), .answer = desk_case_fields, .needs_key = true,      \
            .summary = summary_                                                                    \
    }

#define DESK_ROUTES                                                                                \
    {GET, "/office/violations", DESKS, list_desk, INPUT(struct desk_list_input, desk_list_params), \
     .answer = desk_item_fields, .is_page = true,                                                  \
     .summary = "what was confirmed and waits for an officer, the oldest first"},                  \
        {GET, "/office/violations/{id}", DESKS, show_desk,                                         \
         INPUT(struct case_input, case_params), .answer = desk_case_fields,                        \
         .summary = "one with all that was told, said and found; reading it is audited"},          \
        DESK_WRITE_("statement-review", REVIEWER | LEAD, review_statement, review_params,          \
                    "answers what the person said: withdraws, or goes on and says why"),           \
        DESK_WRITE_("proposal", INTAKE | REVIEWER, propose_penalty, proposal_params,               \
                    "the first officer proposes, never above what was announced"),                 \
        DESK_WRITE_("proposal-return", REVIEWER | LEAD, return_proposal, return_params,            \
                    "gives the proposal back to its officer, who proposes again"),                 \
        DESK_WRITE_("hearing", REVIEWER | LEAD, set_hearing, hearing_params,                       \
                    "sets the day of the hearing, seven working days ahead"),                      \
        DESK_WRITE_("hearing-change", REVIEWER | LEAD, change_hearing, hearing_change_params,      \
                    "another officer presides, on the same or another day"),                       \
        DESK_WRITE_("hearing-minutes", REVIEWER | LEAD, hold_hearing, minutes_params,              \
                    "what was said at the hearing"),                                               \
        DESK_WRITE_("approval", REVIEWER | LEAD, approve_penalty, approval_params,                 \
                    "the second officer approves, which decides"),                                 \
        {GET, "/violations/{id}/proposal", VERIFIED, show_proposal,                                \
         INPUT(struct case_input, case_params), .answer = proposal_view_fields,                    \
         .summary = "what an officer intends, and until when a hearing may be asked for"},         \
    {                                                                                              \
        POST, "/violations/{id}/hearing-choice", VERIFIED, choose_hearing,                         \
            INPUT(struct desk_input, choice_params), .answer = proposal_view_fields,               \
            .needs_key = true, .summary = "waives the hearing, or asks for it"                     \
    }

#endif
