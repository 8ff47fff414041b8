/*
 * A permit (许可证件): what an application leads to, a pass or a licence. Electronic and in force from
 * the moment it is granted; the paper, a PDF with a digital signature, is made by a job afterwards
 * and says the same. Whoever is shown its number may ask whether it stands, and learns no personal data.
 */
#ifndef CASEWORK_PERMIT_H
#define CASEWORK_PERMIT_H

#include "casework/application.h"

struct permit {
    const char *permit_no; /* 16 digits */
    const char *application_id, *service;
    int64_t version;
    struct day valid_from, valid_to; /* first and last day, UTC+8 */
    struct bytes paper_sha256;       /* NULL data until the paper is made */
    struct instant issued_at, revoked_at;
};

/* In the transaction that grants: number and days, which the hook on_grant has put into the
   application. */
MUST_CHECK enum error permit_insert(struct request *r, const struct application *application);
/* No error when there is none that stands. */
MUST_CHECK enum error permit_revoke(struct request *r, const char *application_id);
/* It stands again; E_NOT_FOUND when none was revoked. */
MUST_CHECK enum error permit_restore(struct request *r, const char *application_id);
MUST_CHECK enum error permit_of(struct request *r, const char *application_id,
                                struct permit *permit);
/* The file in the store, and what its code says. */
MUST_CHECK enum error permit_set_paper(struct request *r, const struct permit *permit,
                                       struct bytes sha256, const char *statement);
/* "valid", "not_yet", "expired", "revoked", or "used" where the domain says so. */
MUST_CHECK enum error permit_state(struct request *r, const struct permit *permit,
                                   const char **state);

/* The job issue_permit. */
enum error issue_permit(struct request *r, const struct task *task);

struct permit_input {
    const char *permit_no;
};
extern const struct param permit_params[];
extern const struct field permit_view_fields[];
/* GET /permits/{permit_no}, for anyone. */
enum error show_permit(struct request *r);

#endif
