#include "core/ulid.h"
#include "simulator/faults.h"

const struct field sim_fault_fields[] = {
    FIELD(struct sim_fault, id),
    FIELD(struct sim_fault, gateway),
    FIELD(struct sim_fault, number),
    FIELD(struct sim_fault, operation),
    FIELD(struct sim_fault, fault),
    FIELD(struct sim_fault, latency_ms),
    FIELD(struct sim_fault, delay_ms),
    FIELD(struct sim_fault, repeats),
    FIELD(struct sim_fault, concurrent),
    FIELD(struct sim_fault, amount_fen),
    FIELD_OR_NULL(struct sim_fault, times_left),
    FIELD(struct sim_fault, seed),
    FIELD(struct sim_fault, permille),
    FIELD_END,
};

struct seen {
    int64_t seen;
};

static const struct field seen_fields[] = {FIELD(struct seen, seen), FIELD_END};

enum {
    INSERT_FAULT,
    CLEAR_FAULTS,
    CLEAR_SEEN,
    LIST_FAULTS,
    MATCH_FAULT,
    USE_FAULT,
    COUNT_SEEN,
    READ_SEEN,
    STATEMENTS_END
};

#define FAULT                                                                                      \
    "id, gateway, number, operation, fault, latency_ms, delay_ms, repeats, concurrent,"            \
    "  amount_fen, times_left, seed, permille"

const struct statement fault_sql[] = {
    [INSERT_FAULT] = {.sql = "INSERT INTO sim_fault (" FAULT ")"
                             "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [CLEAR_FAULTS] = {.sql = "DELETE FROM sim_fault"},
    [CLEAR_SEEN] = {.sql = "DELETE FROM sim_seen"},
    [LIST_FAULTS] = {.sql = "SELECT " FAULT " FROM sim_fault ORDER BY id LIMIT 100",
                     ROWS(struct sim_fault, sim_fault_fields)},
    [MATCH_FAULT] = {.sql = "SELECT " FAULT " FROM sim_fault"
                            "  WHERE operation IN (?, 'any') AND gateway IN (?, '')"
                            "    AND number IN (?, '') AND (times_left IS NULL OR times_left > 0)"
                            "  ORDER BY fault = 'random', number = '', id LIMIT 1",
                     ROWS(struct sim_fault, sim_fault_fields)},
    [USE_FAULT] = {.sql = "UPDATE sim_fault SET times_left = times_left - 1"
                          "  WHERE id = ? AND times_left > 0"},
    [COUNT_SEEN] = {.sql = "INSERT INTO sim_seen (gateway, number, operation, seen, last_use)"
                           "  VALUES (?, ?, ?, 1, ?) ON DUPLICATE KEY UPDATE"
                           "    seen = seen + (last_use <> ?), last_use = ?"},
    [READ_SEEN] = {.sql = "SELECT seen FROM sim_seen"
                          "  WHERE gateway = ? AND number = ? AND operation = ?",
                   ROWS(struct seen, seen_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

static enum error insert_fault(struct request *r, void *product)
{
    const struct sim_fault *fault = product;
    enum error inserted =
        db_run(r, &fault_sql[INSERT_FAULT],
               VALUES(fault->id, fault->gateway, fault->number, fault->operation, fault->fault,
                      fault->latency_ms, fault->delay_ms, fault->repeats, fault->concurrent,
                      fault->amount_fen, fault->times_left, fault->seed, fault->permille));

    return inserted == E_EXISTS ? E_OK : inserted;
}

enum error add_fault(struct request *r, const struct sim_fault *fault)
{
    struct sim_fault row = *fault;

    row.id = ulid_new(r);
    return db_transaction(r, insert_fault, &row);
}

static enum error delete_faults(struct request *r, void *product)
{
    (void)product;
    TRY(db_run(r, &fault_sql[CLEAR_SEEN], NO_VALUES));
    return db_run(r, &fault_sql[CLEAR_FAULTS], NO_VALUES);
}

enum error clear_faults(struct request *r)
{
    return db_transaction(r, delete_faults, NULL);
}

enum error list_faults(struct request *r, struct records *faults)
{
    return db_many(r, &fault_sql[LIST_FAULTS], faults, NO_VALUES);
}

/* An occasion: what is asked for, the rule that matched and how often it was seen. */
struct occasion {
    const char *id, *gateway, *number, *operation;
    struct sim_fault rule;
    int64_t seen;
    bool was_tried; /* by an earlier run of the body, whose COMMIT may have counted */
};

/* When the last use is gone in the meantime, the rule does not hold: E_NOT_FOUND. */
static enum error use_rule(struct request *r, void *product)
{
    struct occasion *occasion = product;
    enum error used = db_change(r, &fault_sql[USE_FAULT], VALUES(occasion->rule.id));

    if (used == E_NOT_FOUND && occasion->was_tried)
        return E_OK;
    occasion->was_tried = true;
    return used;
}

static enum error count_seen(struct request *r, void *product)
{
    struct occasion *occasion = product;
    struct seen row;

    TRY(db_run(r, &fault_sql[COUNT_SEEN],
               VALUES(occasion->gateway, occasion->number, occasion->operation, occasion->id,
                      occasion->id, occasion->id)));
    TRY(db_one(r, &fault_sql[READ_SEEN], &row,
               VALUES(occasion->gateway, occasion->number, occasion->operation)));
    occasion->seen = row.seen;
    return E_OK;
}

/* Faults that a payer's trip survives, by operation. */
static const char *draw(struct request *r, const struct occasion *occasion)
{
    static const char *const answers[] = {"latency",       "lost_request", "lost_answer",
                                          "http_500",      "http_429",     "system_error",
                                          "bad_signature", "no_signature", "probe"};
    static const char *const callbacks[] = {"repeat",  "late",   "out_of_order",
                                            "missing", "forged", "probe"};
    uint64_t dice = wire_dice(arena_printf(
        r->arena, "%lld|%s|%s|%s|%lld", (long long)occasion->rule.seed, occasion->gateway,
        occasion->number, occasion->operation, (long long)occasion->seen));

    if ((int64_t)(dice % 1000) >= occasion->rule.permille)
        return "";
    dice /= 1000;
    if (strcmp(occasion->operation, "pay") == 0)
        return "";
    if (strcmp(occasion->operation, "callback") == 0)
        return callbacks[dice % (sizeof(callbacks) / sizeof(*callbacks))];
    return answers[dice % (sizeof(answers) / sizeof(*answers))];
}

enum error fault_take(struct request *r, const char *gateway, const char *number,
                      const char *operation, struct sim_fault *fault)
{
    struct occasion occasion = {
        .id = ulid_new(r), .gateway = gateway, .number = number, .operation = operation};
    enum error found =
        db_one(r, &fault_sql[MATCH_FAULT], &occasion.rule, VALUES(operation, gateway, number));

    *fault = (struct sim_fault){.fault = "", .repeats = 1};
    if (found != E_OK)
        return found == E_NOT_FOUND ? E_OK : found;
    if (strcmp(occasion.rule.fault, "random") == 0) {
        TRY(db_transaction(r, count_seen, &occasion));
        occasion.rule.fault = draw(r, &occasion);
    } else if (occasion.rule.times_left != NONE) {
        enum error used = db_transaction(r, use_rule, &occasion);

        if (used != E_OK)
            return used == E_NOT_FOUND ? E_OK : used;
    }
    if (occasion.rule.fault[0] != '\0')
        *fault = occasion.rule;
    return E_OK;
}
