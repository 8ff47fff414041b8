#include "identity/officer.h"

#include "core/clock.h"
#include "core/crypto.h"

static const struct field session_fields[] = {
    FIELD(struct session_row, actor_id),
    FIELD(struct session_row, expires_at),
    FIELD(struct session_row, absolute_expires_at),
    FIELD_END,
};

enum {
    FIND_SESSION,
    LOCK_SESSION,
    INSERT_SESSION,
    MOVE_SESSION,
    DELETE_SESSION,
    DELETE_SESSIONS_OF,
    DELETE_OTHER_SESSIONS,
    VERIFY_SESSIONS,
    SET_ROLES,
    DELETE_EXPIRED,
    STATEMENTS_END
};

#define SESSION                                                                                    \
    "SELECT actor_id, expires_at, absolute_expires_at FROM core_session WHERE token_hash = ?"

const struct statement session_rows_sql[] = {
    [FIND_SESSION] = {.sql = SESSION, ROWS(struct session_row, session_fields)},
    [LOCK_SESSION] = {.sql = SESSION " FOR UPDATE", ROWS(struct session_row, session_fields)},
    [INSERT_SESSION] = {.sql = "INSERT INTO core_session (token_hash, actor_id, person_id, roles,"
                               "  open_id, channel, brigade, created_at, expires_at,"
                               "  absolute_expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [MOVE_SESSION] = {.sql = "UPDATE core_session SET token_hash = ?, expires_at = ?, ver = ver + 1"
                             "  WHERE token_hash = ?"},
    [DELETE_SESSION] = {.sql = "DELETE FROM core_session WHERE token_hash = ?"},
    [DELETE_SESSIONS_OF] = {.sql = "DELETE FROM core_session WHERE actor_id = ?"},
    [DELETE_OTHER_SESSIONS] = {.sql = "DELETE FROM core_session WHERE actor_id = ?"
                                      "  AND token_hash <> ?"},
    [VERIFY_SESSIONS] = {.sql = "UPDATE core_session SET person_id = ?, roles = roles | ?"
                                "  WHERE actor_id = ?"},
    [SET_ROLES] = {.sql = "UPDATE core_session SET roles = ?, ver = ver + 1 WHERE token_hash = ?"},
    [DELETE_EXPIRED] = {.sql = "DELETE FROM core_session WHERE expires_at <= ? LIMIT 1000"},
    [STATEMENTS_END] = {.sql = NULL},
};

struct instant session_expiry(const struct request *r, int64_t idle_s, struct instant absolute)
{
    struct instant idle = instant_add(r->now, idle_s * SECOND_MS);

    return idle.ms < absolute.ms ? idle : absolute;
}

struct bytes session_hash(struct request *r)
{
    unsigned char *hash = arena_alloc(r->arena, SHA256_SIZE);

    /* Access was granted by this header: it is there and begins with "Bearer ". */
    sha256(bytes_of(request_header(r, "Authorization") + strlen("Bearer ")), hash);
    return (struct bytes){hash, SHA256_SIZE};
}

enum error find_session(struct request *r, struct bytes hash, struct session_row *session)
{
    return db_one(r, &session_rows_sql[FIND_SESSION], session, VALUES(hash));
}

enum error lock_session(struct request *r, struct bytes hash, struct session_row *session)
{
    return db_one(r, &session_rows_sql[LOCK_SESSION], session, VALUES(hash));
}

enum error insert_session(struct request *r, struct bytes hash, const struct account *account,
                          const struct login *login, const struct session_row *session)
{
    int64_t roles = account->person_id == NULL ? CITIZEN : CITIZEN | VERIFIED;
    const char *none = NULL; /* no brigade */

    return db_run(r, &session_rows_sql[INSERT_SESSION],
                  VALUES(hash, account->id, account->person_id, roles, login->open_id,
                         login->channel, none, r->now, session->expires_at,
                         session->absolute_expires_at));
}

enum error insert_officer_session(struct request *r, struct bytes hash,
                                  const struct officer *officer, const struct session_row *session)
{
    int64_t roles = officer->must_change ? NEWCOMER : officer->roles;
    const char *none = NULL; /* no name at a gateway */

    return db_run(r, &session_rows_sql[INSERT_SESSION],
                  VALUES(hash, officer->id, officer->person_id, roles, none, OFFICER_CHANNEL,
                         officer->brigade, r->now, session->expires_at,
                         session->absolute_expires_at));
}

enum error move_session(struct request *r, struct bytes from, struct bytes to,
                        struct instant expires_at)
{
    return db_change(r, &session_rows_sql[MOVE_SESSION], VALUES(to, expires_at, from));
}

enum error delete_session(struct request *r, struct bytes hash)
{
    return db_run(r, &session_rows_sql[DELETE_SESSION], VALUES(hash));
}

enum error delete_sessions_of(struct request *r, const char *account_id)
{
    return db_run(r, &session_rows_sql[DELETE_SESSIONS_OF], VALUES(account_id));
}

enum error delete_other_sessions(struct request *r, const char *actor_id, struct bytes own)
{
    return db_run(r, &session_rows_sql[DELETE_OTHER_SESSIONS], VALUES(actor_id, own));
}

enum error verify_sessions(struct request *r, const char *account_id, const char *person_id)
{
    return db_run(r, &session_rows_sql[VERIFY_SESSIONS],
                  VALUES(person_id, (int64_t)VERIFIED, account_id));
}

enum error set_session_roles(struct request *r, struct bytes hash, int64_t roles)
{
    return db_change(r, &session_rows_sql[SET_ROLES], VALUES(roles, hash));
}

enum error delete_expired_sessions(struct request *r)
{
    return db_run(r, &session_rows_sql[DELETE_EXPIRED], VALUES(r->now));
}
