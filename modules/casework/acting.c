#include "casework/acting.h"

#include "core/audit.h"
#include "core/clock.h"

static const struct field acting_fields[] = {
    FIELD(struct acting, mandate_id),
    FIELD(struct acting, principal_kind),
    FIELD(struct acting, principal_id),
    FIELD_END,
};

static const struct field organisation_fields[] = {
    FIELD(struct organisation, credit_code),
    FIELD(struct organisation, name),
    FIELD_END,
};

#define ACTING                                                                                     \
    "SELECT mandate_id, principal_kind, principal_id FROM {module}_acting"                         \
    "  WHERE agent_id = ? AND valid_from <= ? AND valid_to >= ?"

enum { FIND_BY, FIND_FOR, FIND_ORGANISATION, STATEMENTS_END };

const struct statement acting_sql[] = {
    [FIND_BY] = {.sql = ACTING " AND mandate_id = ? LIMIT 1", ROWS(struct acting, acting_fields)},
    [FIND_FOR] = {.sql = ACTING " AND principal_id = ? LIMIT 1",
                  ROWS(struct acting, acting_fields)},
    [FIND_ORGANISATION] = {.sql = "SELECT credit_code, name FROM organisation WHERE id = ?",
                           ROWS(struct organisation, organisation_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error acting_by(struct request *r, const char *mandate_id, struct acting *acting)
{
    struct day today = civil_day(r->now);
    enum error found =
        db_one(r, &acting_sql[FIND_BY], acting, VALUES(r->person_id, today, today, mandate_id));

    if (found == E_NOT_FOUND)
        audit_refusal(r, mandate_id, "no mandate of the caller");
    return found;
}

enum error acting_for(struct request *r, const char *principal_id, struct acting *acting)
{
    struct day today = civil_day(r->now);

    return db_one(r, &acting_sql[FIND_FOR], acting,
                  VALUES(r->person_id, today, today, principal_id));
}

enum error organisation_of(struct request *r, const char *id, struct organisation *organisation)
{
    return db_one(r, &acting_sql[FIND_ORGANISATION], organisation, VALUES(id));
}

enum error organisation_label(struct request *r, const char *id, const char **label)
{
    struct organisation organisation;

    TRY(organisation_of(r, id, &organisation));
    *label = arena_printf(r->arena, "%s（%s）", organisation.name, organisation.credit_code);
    return E_OK;
}
