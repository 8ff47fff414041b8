/* The law as a worker knows it: read once before traffic, read by all threads. */
#ifndef VIOLATION_STATE_H
#define VIOLATION_STATE_H

#include "casework/application.h"
#include "violation/violation.h"

struct procedure_rule {
    struct day valid_from, valid_to;
    struct fen simple_max_fen;
    const char *source;
};

struct plate_class {
    const char *plate_type, *classes;
};

struct violation_state {
    struct casework casework; /* first: casework_of(r); the rows live in the arena of its loading */
    struct records codes, surcharges, procedures, plate_classes, waivers, reductions;
    struct points_law points;
};

extern const struct domain violation_domain;
extern const struct statement rule_sql[];

MUST_CHECK enum error violation_open(struct process *process, const void *settings, void **state);
void violation_close(void *state);

static inline const struct violation_state *violation_state(const struct request *r)
{
    return r->state;
}

/* By the day of the act; NULL: none was in force. */
const struct code_rule *find_code_rule(const struct request *r, const char *code,
                                       struct instant occurred_at);
const struct surcharge_rule *find_surcharge_rule(const struct request *r, struct day acted);
const struct procedure_rule *find_procedure_rule(const struct request *r, struct day decided);
/* NULL: every class will do. */
const char *find_plate_classes(const struct request *r, const char *plate_type);

/* The last day of a term of the law of that day; NONE and E_INTERNAL without one. */
MUST_CHECK enum error find_term_end(struct request *r, const char *code, struct day law,
                                    struct day start, struct day *end, const char **source);

#endif
