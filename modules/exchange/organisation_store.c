#include "exchange/fact.h"

#include "core/ulid.h"
#include "exchange/exchange.h"

struct found_organisation {
    const char *id;
};

static const struct field found_organisation_fields[] = {
    FIELD(struct found_organisation, id),
    FIELD_END,
};

enum { FIND_ORGANISATION, INSERT_ORGANISATION, UPDATE_ORGANISATION, STATEMENTS_END };

const struct statement organisation_sql[] = {
    [FIND_ORGANISATION] = {.sql = "SELECT id FROM organisation WHERE credit_code = ?",
                           ROWS(struct found_organisation, found_organisation_fields)},
    [INSERT_ORGANISATION] = {.sql = "INSERT INTO organisation (id, credit_code, name,"
                                    "  representative_id, state, source, observed_at)"
                                    "  VALUES (?, ?, ?, ?, ?, ?, ?)"},
    [UPDATE_ORGANISATION] = {.sql = "UPDATE organisation SET name = ?, representative_id = ?,"
                                    "  state = ?, source = ?, observed_at = ?, ver = ver + 1"
                                    "  WHERE credit_code = ? AND observed_at < ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_organisation(struct request *r, const char *credit_code,
                             const char **organisation_id)
{
    struct found_organisation organisation;

    TRY(db_one(r, &organisation_sql[FIND_ORGANISATION], &organisation, VALUES(credit_code)));
    *organisation_id = organisation.id;
    return E_OK;
}

static enum error keep(struct request *r, const char *source, const struct organisation_line *line,
                       const char *person_id, bool *known)
{
    enum error error;

    *known = false;
    error = db_run(r, &organisation_sql[INSERT_ORGANISATION],
                   VALUES(ulid_new(r), line->credit_code, line->name, person_id, line->state,
                          source, line->observed_at));
    if (error != E_EXISTS)
        return error;
    TRY(db_run(r, &organisation_sql[UPDATE_ORGANISATION],
               VALUES(line->name, person_id, line->state, source, line->observed_at,
                      line->credit_code, line->observed_at)));
    *known = db_changed(r) == 0;
    return E_OK;
}

/* Who represented it until now does so no more, whether the new one is known or not; nor does a
   state wait for a person: it is kept, and the line is reported all the same. */
enum error apply_organisation(struct request *r, const char *source,
                              const struct organisation_line *line, bool *known)
{
    const char *person_id = NULL;
    enum error found = find_person(r, line->representative_id_no.text, &person_id);

    if (found != E_OK && found != E_NOT_FOUND)
        return found;
    TRY(keep(r, source, line, person_id, known));
    return found == E_OK ? E_OK
                         : refuse(r, PERSON_UNKNOWN,
                                  VALUES("representative_id_no", line->representative_id_no));
}
