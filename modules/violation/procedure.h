/*
 * What comes after the confirmation, on paper and at the officers' desk: the decision as a PDF
 * (处罚决定书) that is signed by hand (电子签名) and served (送达). Penalty Law (2021) articles 44, 59, 61.
 */
#ifndef VIOLATION_PROCEDURE_H
#define VIOLATION_PROCEDURE_H

#include "violation/store.h"

#define PROCEDURE_REASONS(X)                                                                       \
    X(NOT_DECIDED, 409, "not_decided", "该违法尚未作出处罚决定，或者决定已撤销")                   \
    X(PAPER_HANDED_OVER, 409, "paper_handed_over", "该处罚决定书已由民警当场交付")                 \
    X(PAPER_NOT_SHOWN, 409, "paper_not_shown", "请先查看处罚决定书")                               \
    X(PAPER_IS_OTHER, 422, "paper_is_other", "签署的不是当前的处罚决定书，请重新查看后签名")       \
    X(SIGNED_ALREADY, 409, "signed_already", "该处罚决定书已经签名")                               \
    X(IDENTITY_UNCHECKED, 422, "identity_unchecked", "请先核对当事人身份证件")                     \
    X(SERVED_ALREADY, 409, "served_already", "该送达方式已经记录")                                 \
    X(SERVED_TOO_EARLY, 422, "served_too_early", "送达日期早于规定的日期")                         \
    X(SERVED_LATER, 422, "served_later", "送达日期尚未到来")                                       \
    X(SERVICE_DETAIL, 422, "service_detail", "邮寄须有邮件号，公告须有公告日期，其他方式都没有")

PROCEDURE_REASONS(REASON_DECLARE)

/* decision_paper.c: made when somebody asks for it first, and from then on the same bytes. */
struct decision_paper {
    const char *decision_no;
    struct bytes sha256;
    struct instant made_at;
};
extern const struct statement decision_paper_sql[];
/* E_NOT_FOUND until it is made. */
MUST_CHECK enum error find_decision_paper(struct request *r, const char *decision_no,
                                          struct decision_paper *paper);
/* Outside of a transaction: made when it is not there yet. */
MUST_CHECK enum error make_decision_paper(struct request *r, const struct decision *decision,
                                          struct decision_paper *paper);
/* Draws it, with what was signed by hand (NULL: nothing), and puts it into the store. */
struct paper_signature;
MUST_CHECK enum error draw_decision(struct request *r, const struct decision *decision,
                                    const struct paper_signature *signature,
                                    struct bytes *digest);
/* The decision of a case of the caller, or of anybody's for an officer, which is audited. Reasons say
   when there is none to be had. */
MUST_CHECK enum error find_paper_decision(struct request *r, const char *case_id, bool is_office,
                                          struct decision *decision);
enum error show_decision_paper(struct request *r);
enum error office_show_decision_paper(struct request *r);

struct decision_no_input {
    const char *decision_no;
};
extern const struct param decision_no_params[];
extern const struct field decision_state_fields[];
enum error check_decision(struct request *r);

/* signature.c */
struct signature_input {
    const char *id, *document_sha256, *strokes, *device;
    bool identity_checked; /* on an officer's tablet: the officer saw the identity document */
};
extern const struct param signature_params[], office_signature_params[];
extern const struct field signature_view_fields[];
extern const struct statement signature_sql[];
enum error sign_decision(struct request *r);
enum error office_sign_decision(struct request *r);
enum error show_signed_paper(struct request *r);
enum error office_show_signed_paper(struct request *r);

/* document_service.c: inside a transaction; that it was served this way before is no error. */
struct document_service {
    const char *id, *decision_no, *how;
    struct day served_on;
    struct instant consent_at;
    const char *tracking_no;
    struct day published_on;
    const char *recorded_by;
    struct instant recorded_at;
};
MUST_CHECK enum error insert_document_service(struct request *r,
                                              const struct document_service *row);
struct document_service_input {
    const char *id, *how, *tracking_no;
    struct day served_on, published_on;
};
extern const struct param document_service_params[];
extern const struct field document_service_fields[];
extern const struct statement document_service_sql[];
enum error record_document_service(struct request *r);
enum error list_document_services(struct request *r);

/* An officer does nothing in a case that is his own: audited, and this reason given. */
void check_not_own(struct request *r, const char *case_id, const char *person_id,
                   const struct reason *why);

#define PROCEDURE_SQL decision_paper_sql, signature_sql, document_service_sql

#endif
