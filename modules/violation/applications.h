/* What violation gives to casework: the conditions, facts and hooks that its definitions name. */
#ifndef VIOLATION_APPLICATIONS_H
#define VIOLATION_APPLICATIONS_H

#include "casework/application.h"
#include "violation/store.h"

/* objection.c: 异议 against one violation, which is named in the form ("violation_id"). */
MUST_CHECK enum error check_violation_own(struct request *r, const struct application *application);
MUST_CHECK enum error check_not_withdrawn(struct request *r, const struct application *application);
MUST_CHECK enum error begin_dispute(struct request *r, struct application *application);
MUST_CHECK enum error end_dispute(struct request *r, struct application *application);
MUST_CHECK enum error withdraw_disputed(struct request *r, struct application *application);

/* cloned.c: 我被套牌, against all of a vehicle's violations in some days (cloned.h). */
MUST_CHECK enum error check_claim_vehicle(struct request *r, const struct application *application);
MUST_CHECK enum error check_claim_days(struct request *r, const struct application *application);
MUST_CHECK enum error check_claim_cases(struct request *r, const struct application *application);
MUST_CHECK enum error check_claim_evidence(struct request *r,
                                           const struct application *application);
MUST_CHECK enum error begin_claim(struct request *r, struct application *application);
MUST_CHECK enum error withdraw_cloned(struct request *r, struct application *application);

struct lowering_input {
    const char *id;
    struct fen fine_fen;
    int64_t points, ver;
};
extern const struct param lowering_params[];
enum error note_lowering(struct request *r);

#endif
