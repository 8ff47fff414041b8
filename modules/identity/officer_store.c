#include "identity/officer.h"

const struct sealed_column officer_display_name = {"officer", "display_name"};
const struct sealed_column officer_totp_secret = {"officer", "totp_secret"};

static const struct field officer_fields[] = {
    FIELD(struct officer, id),
    FIELD(struct officer, name),
    FIELD(struct officer, display_name),
    FIELD(struct officer, totp_secret),
    FIELD(struct officer, roles),
    FIELD_OR_NULL(struct officer, brigade),
    FIELD_OR_NULL(struct officer, person_id),
    FIELD(struct officer, password_hash),
    FIELD(struct officer, failures),
    FIELD_OR_NULL(struct officer, locked_until),
    FIELD(struct officer, last_step),
    FIELD(struct officer, attempt_id),
    FIELD(struct officer, must_change),
    FIELD(struct officer, is_active),
    FIELD(struct officer, created_at),
    FIELD_END,
};

struct brigade_row {
    const char *code;
};

static const struct field brigade_fields[] = {FIELD(struct brigade_row, code), FIELD_END};

enum {
    FIND_OFFICER,
    FIND_BY_NAME,
    LIST_OFFICERS,
    LOCK_OFFICER,
    LOCK_BY_NAME,
    INSERT_OFFICER,
    KEEP_ATTEMPT,
    COUNT_UNKNOWN,
    KEEP_PASSWORD,
    UNLOCK,
    DISABLE,
    CHANGE,
    BIND,
    BIND_SESSIONS,
    RESET,
    FIND_BRIGADE,
    STATEMENTS_END
};

#define OFFICER_ROW                                                                                \
    "SELECT id, name, display_name, totp_secret, roles, brigade, person_id, password_hash, "       \
    "failures,"                                                                                    \
    "  locked_until, last_step, attempt_id, must_change, is_active, created_at FROM officer"

const struct statement officer_sql[] = {
    [FIND_OFFICER] = {.sql = OFFICER_ROW " WHERE id = ?", ROWS(struct officer, officer_fields)},
    [FIND_BY_NAME] = {.sql = OFFICER_ROW " WHERE name = ?", ROWS(struct officer, officer_fields)},
    [LIST_OFFICERS] = {.sql = OFFICER_ROW " WHERE name > ? ORDER BY name LIMIT ?",
                       ROWS(struct officer, officer_fields)},
    [LOCK_OFFICER] = {.sql = OFFICER_ROW " WHERE id = ? FOR UPDATE",
                      ROWS(struct officer, officer_fields)},
    [LOCK_BY_NAME] = {.sql = OFFICER_ROW " WHERE name = ? FOR UPDATE",
                      ROWS(struct officer, officer_fields)},
    [INSERT_OFFICER] = {.sql = "INSERT INTO officer (id, name, display_name, totp_secret, key_id,"
                               "  roles, brigade, password_hash, must_change, created_at)"
                               "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [KEEP_ATTEMPT] = {.sql = "UPDATE officer SET failures = ?, locked_until = ?, last_step = ?,"
                             "  attempt_id = ?, ver = ver + 1 WHERE id = ?"},
    [COUNT_UNKNOWN] = {.sql = "UPDATE officer_unknown SET attempts = attempts + 1, last_at = ?,"
                              "  attempt_id = ? WHERE id = 1 AND attempt_id <> ?"},
    [KEEP_PASSWORD] = {.sql = "UPDATE officer SET password_hash = ?, must_change = FALSE,"
                              "  ver = ver + 1 WHERE id = ?"},
    [UNLOCK] = {.sql = "UPDATE officer SET failures = 0, locked_until = NULL, ver = ver + 1"
                       "  WHERE id = ?"},
    [DISABLE] = {.sql = "UPDATE officer SET is_active = FALSE, ver = ver + 1 WHERE id = ?"},
    [CHANGE] = {.sql = "UPDATE officer SET roles = ?, brigade = ?, ver = ver + 1 WHERE id = ?"},
    [BIND] = {.sql = "UPDATE officer SET person_id = ?, ver = ver + 1 WHERE id = ?"
                     "  AND person_id IS NULL"},
    [BIND_SESSIONS] = {.sql = "UPDATE core_session SET person_id = ?, ver = ver + 1"
                              "  WHERE actor_id = ?"},
    [RESET] = {.sql = "UPDATE officer SET password_hash = ?, totp_secret = ?, key_id = ?,"
                      "  must_change = TRUE, failures = 0, locked_until = NULL, ver = ver + 1"
                      "  WHERE id = ?"},
    [FIND_BRIGADE] = {.sql = "SELECT code FROM brigade WHERE code = ?",
                      ROWS(struct brigade_row, brigade_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_officer(struct request *r, const char *id, struct officer *officer)
{
    return db_one(r, &officer_sql[FIND_OFFICER], officer, VALUES(id));
}

enum error find_officer_by_name(struct request *r, const char *name, struct officer *officer)
{
    return db_one(r, &officer_sql[FIND_BY_NAME], officer, VALUES(name));
}

enum error list_officers(struct request *r, const char *after, int64_t limit, struct records *rows)
{
    return db_many(r, &officer_sql[LIST_OFFICERS], rows, VALUES(after, limit));
}

enum error lock_officer(struct request *r, const char *id, struct officer *officer)
{
    return db_one(r, &officer_sql[LOCK_OFFICER], officer, VALUES(id));
}

enum error lock_officer_by_name(struct request *r, const char *name, struct officer *officer)
{
    return db_one(r, &officer_sql[LOCK_BY_NAME], officer, VALUES(name));
}

enum error insert_officer(struct request *r, const struct officer *officer)
{
    return db_run(r, &officer_sql[INSERT_OFFICER],
                  VALUES(officer->id, officer->name, officer->display_name, officer->totp_secret,
                         seal_active_key(r), officer->roles, officer->brigade,
                         officer->password_hash, officer->must_change, officer->created_at));
}

enum error keep_attempt(struct request *r, const struct officer *officer)
{
    return db_change(r, &officer_sql[KEEP_ATTEMPT],
                     VALUES(officer->failures, officer->locked_until, officer->last_step,
                            officer->attempt_id, officer->id));
}

enum error count_unknown(struct request *r, const char *attempt_id)
{
    return db_run(r, &officer_sql[COUNT_UNKNOWN], VALUES(r->now, attempt_id, attempt_id));
}

enum error keep_password(struct request *r, const char *id, const char *hash)
{
    return db_change(r, &officer_sql[KEEP_PASSWORD], VALUES(hash, id));
}

enum error unlock_officer(struct request *r, const char *id)
{
    return db_change(r, &officer_sql[UNLOCK], VALUES(id));
}

enum error disable_officer(struct request *r, const char *id)
{
    return db_change(r, &officer_sql[DISABLE], VALUES(id));
}

enum error change_officer(struct request *r, const struct officer *officer)
{
    return db_change(r, &officer_sql[CHANGE],
                     VALUES(officer->roles, officer->brigade, officer->id));
}

enum error bind_officer(struct request *r, const struct officer *officer)
{
    TRY(db_change(r, &officer_sql[BIND], VALUES(officer->person_id, officer->id)));
    return db_run(r, &officer_sql[BIND_SESSIONS], VALUES(officer->person_id, officer->id));
}

enum error reset_officer(struct request *r, const struct officer *officer)
{
    return db_change(
        r, &officer_sql[RESET],
        VALUES(officer->password_hash, officer->totp_secret, seal_active_key(r), officer->id));
}

enum error is_brigade(struct request *r, const char *code)
{
    struct brigade_row row;

    return db_one(r, &officer_sql[FIND_BRIGADE], &row, VALUES(code));
}
