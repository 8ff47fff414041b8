/* What fees cost: the rules, and whether a definition can be charged by them. */

#include "casework/fee.h"

#include "core/clock.h"

static const struct field rule_fields[] = {
    FIELD(struct fee_rule, code),
    FIELD(struct fee_rule, valid_from),
    FIELD_OR_NULL(struct fee_rule, valid_to),
    FIELD(struct fee_rule, name),
    FIELD(struct fee_rule, amount_fen),
    FIELD(struct fee_rule, account),
    FIELD(struct fee_rule, source),
    FIELD_END,
};

const struct field fee_item_fields[] = {
    FIELD(struct fee_item, code),
    FIELD(struct fee_item, name),
    FIELD(struct fee_item, amount_fen),
    FIELD(struct fee_item, source),
    FIELD_END,
};

enum { RULES_MAX = 1000 };
enum { LIST_RULES, STATEMENTS_END };

const struct statement fee_rule_sql[] = {
    [LIST_RULES] = {.sql = "SELECT code, valid_from, valid_to, name, amount_fen, account, source"
                           "  FROM fee_rule ORDER BY code, valid_from LIMIT 1000",
                    ROWS(struct fee_rule, rule_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

/* Two versions in force on one day would leave the price to chance. */
static bool follows(const struct fee_rule *before, const struct fee_rule *rule)
{
    return strcmp(before->code, rule->code) != 0 ||
           (before->valid_to.number != NONE && before->valid_to.number < rule->valid_from.number);
}

enum error fee_rules_load(struct request *r, struct records *rules)
{
    const struct fee_rule *rule;

    TRY(db_many(r, &fee_rule_sql[LIST_RULES], rules, NO_VALUES));
    rule = rules->items;
    if (rules->count == RULES_MAX)
        return failed(r, E_INTERNAL, "fee_rule has too many rows");
    for (size_t i = 1; i < rules->count; i++)
        if (!follows(&rule[i - 1], &rule[i]))
            return failed(r, E_INTERNAL, "fee_rule %s: versions overlap", rule[i].code);
    return E_OK;
}

const struct fee_rule *fee_in_force(const struct records *rules, const char *code, struct day on)
{
    const struct fee_rule *rule = rules->items;

    for (size_t i = 0; i < rules->count; i++, rule++)
        if (strcmp(rule->code, code) == 0 && is_in_force(rule->valid_from, rule->valid_to, on))
            return rule;
    return NULL;
}

struct records fees_today(struct request *r, const struct definition *definition)
{
    size_t count = definition->fees.count;
    struct fee_item *items = arena_alloc(r->arena, (count + 1) * sizeof(*items));
    size_t known = 0;

    for (size_t i = 0; i < count; i++) {
        const struct fee_rule *rule =
            fee_in_force(&casework_of(r)->fees, definition->fees.items[i], civil_day(r->now));

        if (rule != NULL)
            items[known++] =
                (struct fee_item){rule->code, rule->name, rule->amount_fen, rule->source};
    }
    return (struct records){items, known};
}

const char *fees_faulty(struct request *r, const struct records *rules,
                        const struct definition *definition)
{
    const char *account = NULL;

    for (size_t i = 0; i < definition->fees.count; i++) {
        const char *code = definition->fees.items[i];
        const struct fee_rule *rule = fee_in_force(rules, code, civil_day(r->now));

        if (rule == NULL)
            return arena_printf(r->arena, "no fee %s is in force", code);
        if (account != NULL && strcmp(account, rule->account) != 0)
            return arena_printf(r->arena, "fee %s is paid into another account", code);
        account = rule->account;
    }
    return NULL;
}
