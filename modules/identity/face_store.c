#include "identity/face_check.h"

#include "core/clock.h"
#include "core/seal.h"

static const struct sealed_column name_column = {"face_check", "name"};
static const struct sealed_column id_no_column = {"face_check", "id_no"};

static const struct field check_fields[] = {
    FIELD(struct face_check, id),
    FIELD_OR_NULL(struct face_check, out_seq_no),
    FIELD_OR_NULL(struct face_check, verify_id),
    FIELD_OR_NULL(struct face_check, name),
    FIELD_OR_NULL(struct face_check, id_no),
    FIELD(struct face_check, state),
    FIELD(struct face_check, created_at),
    FIELD_END,
};

struct check_count {
    int64_t checks;
};

static const struct field count_fields[] = {FIELD(struct check_count, checks), FIELD_END};

enum {
    FIND_CHECK,
    LOCK_CHECK,
    FIND_BY_KEY,
    COUNT_SINCE,
    INSERT_CHECK,
    KEEP_VERIFY_ID,
    DECIDE_CHECK,
    DROP_STALE,
    DELETE_OLD,
    STATEMENTS_END
};

#define CHECK                                                                                      \
    "SELECT id, out_seq_no, verify_id, name, id_no, state, created_at FROM face_check"             \
    "  WHERE account_id = ?"

const struct statement face_sql[] = {
    [FIND_CHECK] = {.sql = CHECK " AND id = ?", ROWS(struct face_check, check_fields)},
    [LOCK_CHECK] = {.sql = CHECK " AND id = ? FOR UPDATE", ROWS(struct face_check, check_fields)},
    [FIND_BY_KEY] = {.sql = CHECK " AND request_key = ?", ROWS(struct face_check, check_fields)},
    [COUNT_SINCE] = {.sql = "SELECT COUNT(*) AS checks FROM face_check"
                            "  WHERE account_id = ? AND created_at >= ?",
                     ROWS(struct check_count, count_fields)},
    [INSERT_CHECK] = {.sql = "INSERT INTO face_check (id, account_id, request_key, name, id_no,"
                             "  created_at) VALUES (?, ?, ?, ?, ?, ?)"},
    [KEEP_VERIFY_ID] = {.sql = "UPDATE face_check SET out_seq_no = ?, verify_id = ?"
                               "  WHERE id = ? AND verify_id IS NULL"},
    [DECIDE_CHECK] = {.sql = "UPDATE face_check SET state = ?, verify_ret = ?, decided_at = ?,"
                             "  name = NULL, id_no = NULL WHERE id = ? AND state = 'asked'"},
    [DROP_STALE] = {.sql = "UPDATE face_check SET state = 'failed', decided_at = ?, name = NULL,"
                           "  id_no = NULL WHERE state = 'asked' AND created_at < ? LIMIT 1000"},
    [DELETE_OLD] = {.sql = "DELETE FROM face_check WHERE state IN ('passed', 'failed')"
                           "  AND created_at < ? LIMIT 1000"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_check(struct request *r, const char *id, struct face_check *check)
{
    return db_one(r, &face_sql[FIND_CHECK], check, VALUES(r->actor_id, id));
}

enum error lock_check(struct request *r, const char *id, struct face_check *check)
{
    return db_one(r, &face_sql[LOCK_CHECK], check, VALUES(r->actor_id, id));
}

enum error find_check_by_key(struct request *r, struct face_check *check)
{
    return db_one(r, &face_sql[FIND_BY_KEY], check, VALUES(r->actor_id, r->key));
}

enum error open_claim(struct request *r, const struct face_check *check, struct claim *claim)
{
    TRY(unseal(r, &name_column, check->id, check->name, &claim->name));
    return unseal(r, &id_no_column, check->id, check->id_no, &claim->id_no);
}

enum error count_checks_today(struct request *r, int64_t *count)
{
    struct check_count row;

    TRY(db_one(r, &face_sql[COUNT_SINCE], &row, VALUES(r->actor_id, day_start(civil_day(r->now)))));
    *count = row.checks;
    return E_OK;
}

enum error insert_check(struct request *r, const char *id, const struct claim *claim)
{
    return db_run(r, &face_sql[INSERT_CHECK],
                  VALUES(id, r->actor_id, r->key, seal(r, &name_column, id, claim->name),
                         seal(r, &id_no_column, id, claim->id_no), r->now));
}

enum error keep_verify_id(struct request *r, const char *id, const char *out_seq_no,
                          const char *verify_id)
{
    return db_run(r, &face_sql[KEEP_VERIFY_ID], VALUES(out_seq_no, verify_id, id));
}

enum error decide_check(struct request *r, const char *id, const char *state, int64_t verify_ret)
{
    return db_change(r, &face_sql[DECIDE_CHECK], VALUES(state, verify_ret, r->now, id));
}

enum error tidy_checks(struct request *r)
{
    TRY(db_run(r, &face_sql[DROP_STALE], VALUES(r->now, instant_add(r->now, -DAY_MS))));
    return db_run(r, &face_sql[DELETE_OLD], VALUES(instant_add(r->now, -180 * DAY_MS)));
}
