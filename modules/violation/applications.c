#include "violation/applications.h"

#include "violation/state.h"

static const struct case_check checks[] = {
    {"violation_own", check_violation_own},
    {"not_withdrawn", check_not_withdrawn},
    {.name = NULL},
};

static const struct case_hook hooks[] = {
    {"begin_dispute", begin_dispute},
    {"end_dispute", end_dispute},
    {"withdraw_disputed", withdraw_disputed},
    {.name = NULL},
};

extern const struct service_file service_files[];

const struct domain violation_domain = {.files = service_files, .checks = checks, .hooks = hooks};
