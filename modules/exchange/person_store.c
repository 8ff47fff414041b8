#include "exchange/fact.h"

#include "core/ulid.h"
#include "exchange/exchange.h"

const struct sealed_column person_name_column = {"person", "name"};
const struct sealed_column person_id_no_column = {"person", "id_no"};
const struct sealed_column person_phone_column = {"person", "phone"};

struct found_person {
    const char *id;
    struct bytes name; /* sealed */
};

static const struct field found_person_fields[] = {
    FIELD(struct found_person, id),
    FIELD(struct found_person, name),
    FIELD_END,
};

enum { FIND_PERSON, FIND_BY_ID, INSERT_PERSON, UPDATE_PERSON, STATEMENTS_END };

const struct statement person_sql[] = {
    [FIND_PERSON] = {.sql = "SELECT id, name FROM person WHERE id_no_index = ?",
                     ROWS(struct found_person, found_person_fields)},
    [FIND_BY_ID] = {.sql = "SELECT id, name FROM person WHERE id = ?",
                    ROWS(struct found_person, found_person_fields)},
    [INSERT_PERSON] = {.sql = "INSERT INTO person (id, name, id_no, id_no_index, phone, key_id,"
                              "  source, observed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
    /* A worker with the old key file may still be at work, so the key named is the oldest. */
    [UPDATE_PERSON] = {.sql = "UPDATE person SET name = ?, phone = COALESCE(?, phone),"
                              "  key_id = LEAST(key_id, ?), source = ?, observed_at = ?,"
                              "  ver = ver + 1 WHERE id = ? AND observed_at < ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

static enum error find_by_id_no(struct request *r, const char *id_no, struct found_person *person)
{
    return db_one(r, &person_sql[FIND_PERSON], person,
                  VALUES(blind_index(r, &person_id_no_column, id_no)));
}

enum error find_person(struct request *r, const char *id_no, const char **person_id)
{
    struct found_person person;

    TRY(find_by_id_no(r, id_no, &person));
    *person_id = person.id;
    return E_OK;
}

enum error name_of_person(struct request *r, const char *person_id, const char **name)
{
    struct found_person person;

    TRY(db_one(r, &person_sql[FIND_BY_ID], &person, VALUES(person_id)));
    return unseal(r, &person_name_column, person.id, person.name, name);
}

static struct bytes seal_phone(struct request *r, const char *id, struct phone phone)
{
    return phone.text == NULL ? (struct bytes){NULL, 0}
                              : seal(r, &person_phone_column, id, phone.text);
}

static enum error insert_person(struct request *r, const char *source,
                                const struct person_line *line, const char *id)
{
    return db_run(r, &person_sql[INSERT_PERSON],
                  VALUES(id, seal(r, &person_name_column, id, line->name),
                         seal(r, &person_id_no_column, id, line->id_no.text),
                         blind_index(r, &person_id_no_column, line->id_no.text),
                         seal_phone(r, id, line->phone), seal_active_key(r), source,
                         line->observed_at));
}

/* The person there is now; *created when this call made it. */
static enum error find_or_insert(struct request *r, const char *source,
                                 const struct person_line *line, struct found_person *person,
                                 bool *created)
{
    const char *id = ulid_new(r);
    enum error error = find_by_id_no(r, line->id_no.text, person);

    *created = false;
    if (error != E_NOT_FOUND)
        return error;
    error = insert_person(r, source, line, id);
    *created = error == E_OK;
    person->id = id;
    /* Somebody else was quicker. */
    return error == E_EXISTS ? find_by_id_no(r, line->id_no.text, person) : error;
}

enum error apply_person(struct request *r, const char *source, const struct person_line *line,
                        bool *known)
{
    struct found_person person;
    bool created;

    TRY(find_or_insert(r, source, line, &person, &created));
    *known = false;
    if (created)
        return E_OK;
    TRY(db_run(r, &person_sql[UPDATE_PERSON],
               VALUES(seal(r, &person_name_column, person.id, line->name),
                      seal_phone(r, person.id, line->phone), seal_active_key(r), source,
                      line->observed_at, person.id, line->observed_at)));
    *known = db_changed(r) == 0;
    return E_OK;
}

enum error match_person(struct request *r, const char *source, const struct person_line *line,
                        const char **person_id)
{
    struct found_person person;
    const char *name;
    bool created;

    TRY(find_or_insert(r, source, line, &person, &created));
    *person_id = person.id;
    if (created)
        return E_OK;
    TRY(unseal(r, &person_name_column, person.id, person.name, &name));
    if (strcmp(name, line->name) != 0)
        return refuse(r, NAME_DIFFERS, VALUES(line->id_no));
    return E_OK;
}
