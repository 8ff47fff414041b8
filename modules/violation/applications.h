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

/* release.c: what is held is released, by the number of its voucher in the form ("item_no"). */
MUST_CHECK enum error check_held_item_own(struct request *r, const struct application *application);
MUST_CHECK enum error check_fetcher(struct request *r, const struct application *application);
MUST_CHECK enum error check_not_released(struct request *r, const struct application *application);
MUST_CHECK enum error check_release_conditions(struct request *r,
                                               const struct application *application);
MUST_CHECK enum error check_release_by_scan(struct request *r,
                                            const struct application *application);
MUST_CHECK enum error find_policy_valid(struct request *r, const struct application *application,
                                        struct fact_found *found);
MUST_CHECK enum error find_inspection_valid(struct request *r,
                                            const struct application *application,
                                            struct fact_found *found);
MUST_CHECK enum error find_vehicle_of_applicant(struct request *r,
                                                const struct application *application,
                                                struct fact_found *found);
MUST_CHECK enum error issue_order(struct request *r, struct application *application);
MUST_CHECK enum error issue_order_by_scan(struct request *r, struct application *application);
MUST_CHECK enum error revoke_order(struct request *r, struct application *application);
MUST_CHECK enum error restore_release(struct request *r, struct application *application);
MUST_CHECK enum error is_order_used(struct request *r, const char *application_id, bool *is_used);

#endif
