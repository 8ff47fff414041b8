#include "identity/mandate.h"

#include "core/clock.h"

static const struct field mandate_fields[] = {
    FIELD(struct mandate, id),
    FIELD(struct mandate, principal_kind),
    FIELD(struct mandate, principal_id),
    FIELD(struct mandate, agent_id),
    FIELD(struct mandate, scope),
    FIELD(struct mandate, valid_from),
    FIELD(struct mandate, valid_to),
    FIELD(struct mandate, appointed_by),
    FIELD_OR_NULL(struct mandate, ended_by),
    FIELD(struct mandate, is_active),
    FIELD(struct mandate, created_at),
    FIELD_OR_NULL(struct mandate, ended_at),
    FIELD_OR_NULL(struct mandate, agent_account),
    FIELD_OR_NULL(struct mandate, agent_name),
    FIELD_OR_NULL(struct mandate, principal_account),
    FIELD_OR_NULL(struct mandate, principal_name),
    FIELD_OR_NULL(struct mandate, organisation_name),
    FIELD_OR_NULL(struct mandate, credit_code),
    FIELD_OR_NULL(struct mandate, representative_id),
    FIELD_END,
};

static const struct field organisation_fields[] = {
    FIELD(struct organisation, id),    FIELD(struct organisation, credit_code),
    FIELD(struct organisation, name),  FIELD_OR_NULL(struct organisation, representative_id),
    FIELD(struct organisation, state), FIELD_END,
};

static const struct field scope_fields[] = {
    FIELD(struct scope_name, code),
    FIELD(struct scope_name, name),
    FIELD_END,
};

/* A person's name is in any of the accounts that are bound to the person. */
#define MANDATE                                                                                    \
    "SELECT m.id, m.principal_kind, m.principal_id, m.agent_id, m.scope, m.valid_from,"            \
    "  m.valid_to, m.appointed_by, m.ended_by, m.is_active IS TRUE AS is_active, m.created_at,"    \
    "  m.ended_at, a.id AS agent_account, a.name AS agent_name, p.id AS principal_account,"        \
    "  p.name AS principal_name, o.name AS organisation_name, o.credit_code, o.representative_id"  \
    "  FROM mandate m LEFT JOIN account a"                                                         \
    "    ON a.id = (SELECT MIN(id) FROM account WHERE person_id = m.agent_id)"                     \
    "  LEFT JOIN account p ON m.principal_kind = 'person'"                                         \
    "    AND p.id = (SELECT MIN(id) FROM account WHERE person_id = m.principal_id)"                \
    "  LEFT JOIN organisation o ON m.principal_kind = 'organisation' AND o.id = m.principal_id"
#define FOUND ROWS(struct mandate, mandate_fields)
#define ORGANISATION "SELECT id, credit_code, name, representative_id, state FROM organisation"
#define NEWEST_BELOW " AND m.id < ? ORDER BY m.id DESC LIMIT ?"

enum {
    FIND_MANDATE,
    FIND_APPOINTED,
    LIST_HELD,
    LIST_GIVEN,
    LIST_SCOPES,
    FIND_ORGANISATION,
    LIST_REPRESENTED,
    INSERT_MANDATE,
    CLOSE_EXPIRED,
    END_MANDATE,
    STATEMENTS_END
};

const struct statement mandate_sql[] = {
    [FIND_MANDATE] = {.sql = MANDATE " WHERE m.id = ?", FOUND},
    [FIND_APPOINTED] = {.sql = MANDATE " WHERE m.appointed_by = ? AND m.request_key = ?", FOUND},
    [LIST_HELD] = {.sql = MANDATE " WHERE m.agent_id = ?" NEWEST_BELOW, FOUND},
    [LIST_GIVEN] = {.sql = MANDATE " WHERE m.principal_id = ?" NEWEST_BELOW, FOUND},
    [LIST_SCOPES] = {.sql = "SELECT code, name FROM mandate_scope ORDER BY code LIMIT 100",
                     ROWS(struct scope_name, scope_fields)},
    [FIND_ORGANISATION] = {.sql = ORGANISATION " WHERE id = ?",
                           ROWS(struct organisation, organisation_fields)},
    [LIST_REPRESENTED] = {.sql = ORGANISATION " WHERE representative_id = ? ORDER BY id LIMIT 100",
                          ROWS(struct organisation, organisation_fields)},
    [INSERT_MANDATE] = {.sql = "INSERT INTO mandate (id, principal_kind, principal_id, agent_id,"
                               "  scope, valid_from, valid_to, appointed_by, request_key,"
                               "  created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [CLOSE_EXPIRED] = {.sql = "UPDATE mandate SET is_active = NULL, ended_at = ?"
                              "  WHERE agent_id = ? AND principal_id = ? AND is_active"
                              "  AND valid_to < ?"},
    [END_MANDATE] = {.sql = "UPDATE mandate SET is_active = NULL, ended_by = ?, ended_at = ?"
                            "  WHERE id = ? AND is_active"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_mandate(struct request *r, const char *id, struct mandate *mandate)
{
    return db_one(r, &mandate_sql[FIND_MANDATE], mandate, VALUES(id));
}

enum error find_appointed(struct request *r, struct mandate *mandate)
{
    return db_one(r, &mandate_sql[FIND_APPOINTED], mandate, VALUES(r->person_id, r->key));
}

enum error list_held(struct request *r, const char *below, int64_t limit, struct records *mandates)
{
    return db_many(r, &mandate_sql[LIST_HELD], mandates, VALUES(r->person_id, below, limit));
}

enum error list_given(struct request *r, const char *principal_id, const char *below, int64_t limit,
                      struct records *mandates)
{
    return db_many(r, &mandate_sql[LIST_GIVEN], mandates, VALUES(principal_id, below, limit));
}

enum error list_scopes(struct request *r, struct records *names)
{
    return db_many(r, &mandate_sql[LIST_SCOPES], names, NO_VALUES);
}

enum error find_organisation(struct request *r, const char *id, struct organisation *organisation)
{
    return db_one(r, &mandate_sql[FIND_ORGANISATION], organisation, VALUES(id));
}

enum error list_represented(struct request *r, struct records *organisations)
{
    return db_many(r, &mandate_sql[LIST_REPRESENTED], organisations, VALUES(r->person_id));
}

enum error insert_mandate(struct request *r, const struct mandate *m)
{
    return db_run(r, &mandate_sql[INSERT_MANDATE],
                  VALUES(m->id, m->principal_kind, m->principal_id, m->agent_id, m->scope,
                         m->valid_from, m->valid_to, m->appointed_by, r->key, r->now));
}

enum error close_expired(struct request *r, const struct mandate *like)
{
    return db_run(r, &mandate_sql[CLOSE_EXPIRED],
                  VALUES(r->now, like->agent_id, like->principal_id, civil_day(r->now)));
}

enum error end_mandate(struct request *r, const char *id)
{
    return db_change(r, &mandate_sql[END_MANDATE], VALUES(r->person_id, r->now, id));
}
