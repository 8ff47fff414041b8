/* The routes of procedure.h, for the table of service.c. */
#ifndef VIOLATION_PROCEDURE_ROUTES_H
#define VIOLATION_PROCEDURE_ROUTES_H

#include "casework/office_routes.h"
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

#endif
