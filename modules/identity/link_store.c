#include "identity/link.h"

#include "core/seal.h"

static const struct sealed_column code_column = {"link_code", "code"};

static const struct field link_fields[] = {
    FIELD(struct link_code, account_id),
    FIELD_OR_NULL(struct link_code, used_by),
    FIELD(struct link_code, expires_at),
    FIELD_END,
};

enum {
    DELETE_CODES_OF,
    DELETE_CODE_OF,
    INSERT_CODE,
    LOCK_CODE,
    USE_CODE,
    DELETE_EXPIRED,
    STATEMENTS_END
};

const struct statement link_sql[] = {
    [DELETE_CODES_OF] = {.sql = "DELETE FROM link_code WHERE account_id = ?"},
    [DELETE_CODE_OF] = {.sql = "DELETE FROM link_code WHERE account_id = ? AND purpose = ?"},
    [INSERT_CODE] = {.sql = "INSERT INTO link_code (code_index, account_id, purpose, expires_at)"
                            "  VALUES (?, ?, ?, ?)"},
    [LOCK_CODE] = {.sql = "SELECT account_id, used_by, expires_at FROM link_code"
                          "  WHERE code_index = ? AND purpose = ? FOR UPDATE",
                   ROWS(struct link_code, link_fields)},
    [USE_CODE] = {.sql = "UPDATE link_code SET used_by = ? WHERE code_index = ?"
                         "  AND used_by IS NULL"},
    [DELETE_EXPIRED] = {.sql = "DELETE FROM link_code WHERE expires_at <= ? LIMIT 1000"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error delete_link_codes_of(struct request *r, const char *account_id)
{
    return db_run(r, &link_sql[DELETE_CODES_OF], VALUES(account_id));
}

enum error replace_link_code(struct request *r, const char *code, const char *purpose,
                             struct instant expires_at)
{
    TRY(db_run(r, &link_sql[DELETE_CODE_OF], VALUES(r->actor_id, purpose)));
    return db_run(r, &link_sql[INSERT_CODE],
                  VALUES(blind_index(r, &code_column, code), r->actor_id, purpose, expires_at));
}

enum error lock_link_code(struct request *r, const char *code, const char *purpose,
                          struct link_code *link)
{
    return db_one(r, &link_sql[LOCK_CODE], link,
                  VALUES(blind_index(r, &code_column, code), purpose));
}

enum error use_link_code(struct request *r, const char *code)
{
    return db_change(r, &link_sql[USE_CODE],
                     VALUES(r->actor_id, blind_index(r, &code_column, code)));
}

enum error delete_expired_link_codes(struct request *r)
{
    return db_run(r, &link_sql[DELETE_EXPIRED], VALUES(r->now));
}
