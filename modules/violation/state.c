#include "violation/state.h"

#include "core/clock.h"
#include "core/process.h"
#include "violation/rules.h"
#include "violation/study.h"

static const struct field code_rule_fields[] = {
    FIELD(struct code_rule, code),
    FIELD(struct code_rule, valid_from),
    FIELD_OR_NULL(struct code_rule, valid_to),
    FIELD(struct code_rule, title),
    FIELD(struct code_rule, act),
    FIELD(struct code_rule, article),
    FIELD(struct code_rule, fine_fen),
    FIELD(struct code_rule, points),
    FIELD(struct code_rule, is_warning),
    FIELD(struct code_rule, source),
    FIELD_END,
};

static const struct field surcharge_rule_fields[] = {
    FIELD(struct surcharge_rule, valid_from),    FIELD_OR_NULL(struct surcharge_rule, valid_to),
    FIELD(struct surcharge_rule, percent_a_day), FIELD(struct surcharge_rule, percent_max),
    FIELD(struct surcharge_rule, source),        FIELD_END,
};

static const struct field procedure_rule_fields[] = {
    FIELD(struct procedure_rule, valid_from),
    FIELD_OR_NULL(struct procedure_rule, valid_to),
    FIELD(struct procedure_rule, simple_max_fen),
    FIELD(struct procedure_rule, source),
    FIELD_END,
};

static const struct field plate_class_fields[] = {
    FIELD(struct plate_class, plate_type),
    FIELD(struct plate_class, classes),
    FIELD_END,
};

struct points_row {
    struct day valid_from;
    int64_t full_points;
    const char *cycle_by;
    bool moves_unpaid_only;
    int64_t small_step_days, small_max_days, small_counted_days, small_on_site_days;
    int64_t large_step_days, large_max_days, large_counted_days, large_on_site_days;
    int64_t road_from, field_from;
    const char *source;
};

static const struct field points_row_fields[] = {
    FIELD(struct points_row, valid_from),
    FIELD(struct points_row, full_points),
    FIELD(struct points_row, cycle_by),
    FIELD(struct points_row, moves_unpaid_only),
    FIELD(struct points_row, small_step_days),
    FIELD(struct points_row, small_max_days),
    FIELD(struct points_row, small_counted_days),
    FIELD(struct points_row, small_on_site_days),
    FIELD(struct points_row, large_step_days),
    FIELD(struct points_row, large_max_days),
    FIELD(struct points_row, large_counted_days),
    FIELD(struct points_row, large_on_site_days),
    FIELD(struct points_row, road_from),
    FIELD_OR_NULL(struct points_row, field_from),
    FIELD(struct points_row, source),
    FIELD_END,
};

enum {
    LIST_CODES,
    LIST_SURCHARGES,
    LIST_PROCEDURES,
    LIST_PLATE_CLASSES,
    LIST_POINTS_RULES,
    STATEMENTS_END
};

const struct statement rule_sql[] = {
    [LIST_CODES] = {.sql = "SELECT code, valid_from, valid_to, title, act, article, fine_fen,"
                           "  points, is_warning, source FROM violation_code"
                           "  ORDER BY code, valid_from LIMIT 1000",
                    ROWS(struct code_rule, code_rule_fields)},
    [LIST_SURCHARGES] = {.sql = "SELECT valid_from, valid_to, percent_a_day, percent_max, source"
                                "  FROM surcharge_rule ORDER BY valid_from LIMIT 1000",
                         ROWS(struct surcharge_rule, surcharge_rule_fields)},
    [LIST_PROCEDURES] = {.sql = "SELECT valid_from, valid_to, simple_max_fen, source"
                                "  FROM procedure_rule ORDER BY valid_from LIMIT 1000",
                         ROWS(struct procedure_rule, procedure_rule_fields)},
    [LIST_PLATE_CLASSES] = {.sql = "SELECT plate_type, classes FROM plate_class LIMIT 1000",
                            ROWS(struct plate_class, plate_class_fields)},
    [LIST_POINTS_RULES] = {.sql = "SELECT valid_from, full_points, cycle_by, moves_unpaid_only,"
                                  "  small_step_days, small_max_days, small_counted_days,"
                                  "  small_on_site_days, large_step_days, large_max_days,"
                                  "  large_counted_days, large_on_site_days, road_from,"
                                  "  field_from, source"
                                  "  FROM points_rule ORDER BY valid_from LIMIT 1000",
                           ROWS(struct points_row, points_row_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

static enum error load(struct request *r, size_t which, struct records *rows)
{
    TRY(db_many(r, &rule_sql[which], rows, NO_VALUES));
    if (rows->count == 0)
        return failed(r, E_INTERNAL, "a rule table is empty: %s", rule_sql[which].sql);
    return E_OK;
}

static enum error load_points(struct request *r, struct points_law *law)
{
    struct records rows;
    const struct points_row *row;
    struct points_rule *versions;

    TRY(load(r, LIST_POINTS_RULES, &rows));
    row = rows.items;
    versions = arena_alloc(r->arena, rows.count * sizeof(*versions));
    for (size_t i = 0; i < rows.count; i++, row++)
        versions[i] = (struct points_rule){
            .valid_from = row->valid_from,
            .full = row->full_points,
            .cycle_by = strcmp(row->cycle_by, "act") == 0 ? BY_ACT : BY_DECISION,
            .moves_unpaid_only = row->moves_unpaid_only,
            .small = {row->small_step_days, row->small_max_days, row->small_counted_days,
                      row->small_on_site_days},
            .large = {row->large_step_days, row->large_max_days, row->large_counted_days,
                      row->large_on_site_days},
            .road_from = row->road_from,
            .field_from = row->field_from,
            .source = row->source,
        };
    *law = (struct points_law){versions, rows.count};
    return E_OK;
}

static enum error load_all(struct request *r, struct violation_state *state)
{
    TRY(load(r, LIST_CODES, &state->codes));
    TRY(load(r, LIST_SURCHARGES, &state->surcharges));
    TRY(load(r, LIST_PROCEDURES, &state->procedures));
    TRY(load(r, LIST_PLATE_CLASSES, &state->plate_classes));
    TRY(load_waiver_rules(r, &state->waivers));
    TRY(load_reduction_rules(r, &state->reductions));
    return load_points(r, &state->points);
}

enum error violation_open(struct process *process, const void *settings, void **state)
{
    struct request *r = request_open(process);
    struct violation_state *opened = arena_alloc(r->arena, sizeof(*opened));

    TRY(casework_open(r, &violation_domain, settings, &opened->casework));
    *state = opened;
    if (load_all(r, opened) == E_OK)
        return E_OK;
    return process_failed(process, "rules: %s", failure_text(r));
}

void violation_close(void *state)
{
    struct violation_state *opened = state;

    casework_close(&opened->casework);
}

const struct code_rule *find_code_rule(const struct request *r, const char *code,
                                       struct instant occurred_at)
{
    const struct records *codes = &violation_state(r)->codes;

    return code_rule_for(codes->items, codes->count, code, civil_day(occurred_at),
                         civil_day(r->now));
}

const struct surcharge_rule *find_surcharge_rule(const struct request *r, struct day acted)
{
    const struct records *rules = &violation_state(r)->surcharges;
    const struct surcharge_rule *rule = rules->items;

    for (size_t i = 0; i < rules->count; i++, rule++)
        if (is_in_force(rule->valid_from, rule->valid_to, acted))
            return rule;
    return NULL;
}

const struct procedure_rule *find_procedure_rule(const struct request *r, struct day decided)
{
    const struct records *rules = &violation_state(r)->procedures;
    const struct procedure_rule *rule = rules->items;

    for (size_t i = 0; i < rules->count; i++, rule++)
        if (is_in_force(rule->valid_from, rule->valid_to, decided))
            return rule;
    return NULL;
}

const char *find_plate_classes(const struct request *r, const char *plate_type)
{
    const struct records *rows = &violation_state(r)->plate_classes;
    const struct plate_class *row = rows->items;

    for (size_t i = 0; i < rows->count; i++, row++)
        if (strcmp(row->plate_type, plate_type) == 0)
            return row->classes;
    return NULL;
}

enum error find_term_end(struct request *r, const char *code, struct day law, struct day start,
                         struct day *end, const char **source)
{
    const struct violation_state *state = violation_state(r);
    const struct term *term = term_in_force(state->casework.terms, code, law);

    *end = (struct day){NONE};
    if (term == NULL)
        return failed(r, E_INTERNAL, "term_rule %s: no version in force", code);
    *end = term_end(state->casework.calendar, start, term->n, term->unit, term->roll);
    if (source != NULL)
        *source = term->source;
    return E_OK;
}
