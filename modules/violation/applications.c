#include "violation/applications.h"

#include "violation/state.h"

static const struct case_check checks[] = {
    {"violation_own", check_violation_own},
    {"not_withdrawn", check_not_withdrawn},
    {"claim_vehicle", check_claim_vehicle},
    {"claim_days", check_claim_days},
    {"claim_cases", check_claim_cases},
    {"held_item_own", check_held_item_own},
    {"fetcher", check_fetcher},
    {"not_released", check_not_released},
    {"release_conditions", check_release_conditions},
    {"release_by_scan", check_release_by_scan},
    {.name = NULL},
};

static const struct case_fact facts[] = {
    {"policy_valid", find_policy_valid},
    {"inspection_valid", find_inspection_valid},
    {"vehicle_of_applicant", find_vehicle_of_applicant},
    {.name = NULL},
};

static const struct case_hook hooks[] = {
    {"begin_dispute", begin_dispute},
    {"end_dispute", end_dispute},
    {"withdraw_disputed", withdraw_disputed},
    {"begin_claim", begin_claim},
    {"withdraw_cloned", withdraw_cloned},
    {"issue_order", issue_order},
    {"issue_order_by_scan", issue_order_by_scan},
    {"revoke_order", revoke_order},
    {.name = NULL},
};

extern const struct service_file service_files[];

static enum error before_decision(struct request *r, const struct application *application)
{
    return check_claim_evidence(r, application);
}

const struct domain violation_domain = {.files = service_files,
                                        .checks = checks,
                                        .facts = facts,
                                        .hooks = hooks,
                                        .before_decision = before_decision,
                                        .restore = restore_release,
                                        .is_used = is_order_used};
