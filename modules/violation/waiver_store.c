#include "core/clock.h"
#include "violation/state.h"
#include "violation/store.h"

static const struct field waiver_rule_fields[] = {
    FIELD(struct waiver_rule, valid_from),   FIELD_OR_NULL(struct waiver_rule, valid_to),
    FIELD(struct waiver_rule, acts_since),   FIELD(struct waiver_rule, months),
    FIELD(struct waiver_rule, max_fine_fen), FIELD(struct waiver_rule, plate_prefix),
    FIELD(struct waiver_rule, source),       FIELD_END,
};

const struct field waiver_condition_fields[] = {
    FIELD(struct waiver_condition, code),          FIELD(struct waiver_condition, is_met),
    FIELD_OR_NULL(struct waiver_condition, value), FIELD(struct waiver_condition, wanted),
    FIELD(struct waiver_condition, text),          FIELD_END,
};

struct measured_row {
    const char *owner_id, *accident;
    struct day changed_on;
    struct instant last_at;
    struct day waived_on;
};

static const struct field measured_fields[] = {
    FIELD_OR_NULL(struct measured_row, owner_id),   FIELD_OR_NULL(struct measured_row, accident),
    FIELD_OR_NULL(struct measured_row, changed_on), FIELD_OR_NULL(struct measured_row, last_at),
    FIELD_OR_NULL(struct measured_row, waived_on),  FIELD_END,
};

struct taken {
    const char *case_id;
};

static const struct field taken_fields[] = {FIELD(struct taken, case_id), FIELD_END};

enum { LIST_RULES, MEASURE, LOCK_VEHICLE, OPEN_VEHICLE, INSERT_WAIVER, FIND_TAKEN, STATEMENTS_END };

const struct statement waiver_sql[] = {
    [LIST_RULES] = {.sql = "SELECT valid_from, valid_to, acts_since, months, max_fine_fen,"
                           "  plate_prefix, source FROM waiver_rule"
                           "  ORDER BY valid_from LIMIT 1000",
                    ROWS(struct waiver_rule, waiver_rule_fields)},
    /* Acts of the same moment stand in the order of their numbers. */
    [MEASURE] = {.sql = "SELECT v.owner_id, k.accident, v.registration_changed_on AS changed_on,"
                        "  (SELECT MAX(b.occurred_at) FROM violation_case b"
                        "    WHERE b.plate_type = c.plate_type AND b.plate = c.plate"
                        "    AND b.state <> 'withdrawn' AND (b.occurred_at < c.occurred_at"
                        "      OR b.occurred_at = c.occurred_at AND b.id < c.id)) AS last_at,"
                        "  (SELECT MAX(w.acted_on) FROM violation_waiver w"
                        "    JOIN violation_decision d ON d.decision_no = w.decision_no"
                        "    WHERE w.plate_type = c.plate_type AND w.plate = c.plate"
                        "    AND w.case_id <> c.id AND w.acted_on > ? AND w.acted_on < ?"
                        "    AND d.stands = 1) AS waived_on"
                        "  FROM violation_case c"
                        "  LEFT JOIN camera_record k ON k.id = c.fact_id"
                        "  LEFT JOIN vehicle v"
                        "    ON v.plate_type = c.plate_type AND v.plate = c.plate"
                        "  WHERE c.id = ?",
                 ROWS(struct measured_row, measured_fields)},
    [LOCK_VEHICLE] = {.sql = "UPDATE waiver_account SET ver = ver + 1"
                             "  WHERE plate_type = ? AND plate = ?"},
    [OPEN_VEHICLE] = {.sql = "INSERT INTO waiver_account (plate_type, plate) VALUES (?, ?)"},
    [INSERT_WAIVER] = {.sql = "INSERT INTO violation_waiver (decision_no, case_id, plate_type,"
                              "  plate, acted_on, registration_changed_on, last_violation_on,"
                              "  spared_fen, spared_points, rule_valid_from, source, waived_at)"
                              "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND_TAKEN] = {.sql = "SELECT case_id FROM violation_waiver WHERE decision_no = ?",
                    ROWS(struct taken, taken_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error load_waiver_rules(struct request *r, struct records *rules)
{
    return db_many(r, &waiver_sql[LIST_RULES], rules, NO_VALUES);
}

/* The version of the day on which it is decided: it was opened for older acts, too. */
static const struct waiver_rule *waiver_rule_on(const struct request *r, struct day on)
{
    const struct records *rules = &violation_state(r)->waivers;
    const struct waiver_rule *rule = rules->items;

    for (size_t i = 0; i < rules->count; i++, rule++)
        if (is_in_force(rule->valid_from, rule->valid_to, on))
            return rule;
    return NULL;
}

enum error find_waiver(struct request *r, const struct violation *act, const struct code_rule *rule,
                       struct waiver *waiver)
{
    const struct waiver_rule *law = waiver_rule_on(r, civil_day(r->now));
    struct day acted = civil_day(act->occurred_at);
    struct measured_row row;
    struct waiver_facts facts = {.acted_on = acted, .plate = act->plate};
    const char *person_id = act->person_id != NULL ? act->person_id : r->person_id;

    *waiver = (struct waiver){.rule = NULL, .facts = facts};
    if (law == NULL || rule == NULL || rule->is_warning || strcmp(act->kind, "camera") != 0)
        return E_OK;
    TRY(db_one(
        r, &waiver_sql[MEASURE], &row,
        VALUES(months_earlier(acted, law->months), months_earlier(acted, -law->months), act->id)));
    facts.is_owner = row.owner_id != NULL && strcmp(row.owner_id, person_id) == 0;
    facts.changed_on = row.changed_on;
    facts.accident = row.accident;
    facts.last_violation_on = row.last_at.ms == NONE ? (struct day){NONE} : civil_day(row.last_at);
    facts.waived_on = row.waived_on;
    facts.fine_fen = rule->fine_fen;
    *waiver = judge_waiver(r->arena, law, &facts);
    return E_OK;
}

/* Somebody else may open it at the same moment. */
static enum error lock_vehicle(struct request *r, const struct violation *act)
{
    enum error error = db_change(r, &waiver_sql[LOCK_VEHICLE], VALUES(act->plate_type, act->plate));

    if (error != E_NOT_FOUND)
        return error;
    error = db_run(r, &waiver_sql[OPEN_VEHICLE], VALUES(act->plate_type, act->plate));
    return error == E_EXISTS
               ? db_change(r, &waiver_sql[LOCK_VEHICLE], VALUES(act->plate_type, act->plate))
               : error;
}

/* Most do not come so far, and lock nothing. */
enum error take_waiver(struct request *r, const struct violation *act, const struct code_rule *rule,
                       struct waiver *waiver)
{
    TRY(find_waiver(r, act, rule, waiver));
    if (!waiver->applies)
        return E_OK;
    TRY(lock_vehicle(r, act));
    return find_waiver(r, act, rule, waiver);
}

enum error find_taken_waiver(struct request *r, const struct violation *act,
                             const struct code_rule *rule, const struct decision *decision,
                             struct waiver *waiver)
{
    struct taken taken;
    enum error found;

    TRY(find_waiver(r, act, rule, waiver));
    found = db_one(r, &waiver_sql[FIND_TAKEN], &taken, VALUES(decision->decision_no));
    if (found != E_OK && found != E_NOT_FOUND)
        return found;
    if (waiver->applies != (found == E_OK))
        *waiver = (struct waiver){.applies = found == E_OK};
    return E_OK;
}

enum error insert_waiver(struct request *r, const struct violation *act,
                         const struct code_rule *rule, const struct decision *decision,
                         const struct waiver *waiver)
{
    const struct waiver_facts *facts = &waiver->facts;

    return db_run(r, &waiver_sql[INSERT_WAIVER],
                  VALUES(decision->decision_no, act->id, act->plate_type, act->plate,
                         facts->acted_on, facts->changed_on, facts->last_violation_on,
                         rule->fine_fen, rule->points, waiver->rule->valid_from,
                         waiver->rule->source, r->now));
}
