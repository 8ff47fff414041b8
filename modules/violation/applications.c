#include "violation/applications.h"

#include "violation/state.h"

static const struct case_check checks[] = {
    {"violation_own", check_violation_own}, {"not_withdrawn", check_not_withdrawn},
    {"claim_vehicle", check_claim_vehicle}, {"claim_days", check_claim_days},
    {"claim_cases", check_claim_cases},     {.name = NULL},
};

static const struct case_hook hooks[] = {
    {"begin_dispute", begin_dispute},         {"end_dispute", end_dispute},
    {"withdraw_disputed", withdraw_disputed}, {"begin_claim", begin_claim},
    {"withdraw_cloned", withdraw_cloned},     {.name = NULL},
};

extern const struct service_file service_files[];

static enum error before_decision(struct request *r, const struct application *application)
{
    return check_claim_evidence(r, application);
}

const struct domain violation_domain = {
    .files = service_files, .checks = checks, .hooks = hooks, .before_decision = before_decision};
