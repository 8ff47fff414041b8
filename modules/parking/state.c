/* The rules as a worker knows them: read once before traffic, read by all threads. */

#include "core/db.h"
#include "core/process.h"
#include "parking/parking.h"

static const struct field rule_fields[] = {
    FIELD(struct parking_rule, lot_kind),
    FIELD(struct parking_rule, valid_from),
    FIELD_OR_NULL(struct parking_rule, valid_to),
    FIELD(struct parking_rule, months),
    FIELD(struct parking_rule, renew_days),
    FIELD(struct parking_rule, source),
    FIELD_END,
};

const struct statement rule_sql[] = {
    {.sql = "SELECT lot_kind, valid_from, valid_to, months, renew_days, source FROM parking_rule"
            "  ORDER BY lot_kind, valid_from LIMIT 1000",
     ROWS(struct parking_rule, rule_fields)},
    {.sql = NULL},
};

const struct parking_rule *parking_rule_of(const struct request *r, const char *lot_kind,
                                           struct day on)
{
    const struct parking *parking = r->state;
    const struct parking_rule *rule = parking->rules.items;

    for (size_t i = 0; i < parking->rules.count; i++, rule++)
        if (strcmp(rule->lot_kind, lot_kind) == 0 &&
            is_in_force(rule->valid_from, rule->valid_to, on))
            return rule;
    return NULL;
}

enum error parking_open(struct process *process, const void *settings, void **state)
{
    struct request *r = request_open(process);
    struct parking *parking = arena_alloc(r->arena, sizeof(*parking));

    TRY(casework_open(r, &parking_domain, settings, &parking->casework));
    *state = parking;
    if (db_many(r, &rule_sql[0], &parking->rules, NO_VALUES) == E_OK)
        return E_OK;
    return process_failed(process, "parking_rule: %s", failure_text(r));
}

void parking_close(void *state)
{
    struct parking *parking = state;

    casework_close(&parking->casework);
}
