#include "exchange/fact.h"

#include "core/ulid.h"
#include "exchange/exchange.h"

const struct sealed_column licence_file_no_column = {"licence", "file_no"};

struct found_licence {
    const char *id;
};

static const struct field found_licence_fields[] = {
    FIELD(struct found_licence, id),
    FIELD_END,
};

enum { FIND_LICENCE, INSERT_LICENCE, UPDATE_LICENCE, STATEMENTS_END };

const struct statement licence_sql[] = {
    [FIND_LICENCE] = {.sql = "SELECT id FROM licence WHERE person_id = ?",
                      ROWS(struct found_licence, found_licence_fields)},
    [INSERT_LICENCE] = {.sql = "INSERT INTO licence (id, person_id, file_no, key_id, classes,"
                               "  first_issued_on, valid_until, review_due_on, state, source,"
                               "  observed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [UPDATE_LICENCE] = {.sql = "UPDATE licence SET file_no = ?, key_id = LEAST(key_id, ?),"
                               "  classes = ?, first_issued_on = ?, valid_until = ?,"
                               "  review_due_on = ?, state = ?,"
                               "  source = ?, observed_at = ?, ver = ver + 1"
                               "  WHERE id = ? AND observed_at < ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

static const char *joined(struct arena *arena, struct texts classes)
{
    const char *text = "";

    for (size_t i = 0; i < classes.count; i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? " " : "", classes.items[i]);
    return text;
}

static enum error insert_licence(struct request *r, const char *source, const char *person_id,
                                 const struct licence_line *line)
{
    const char *id = ulid_new(r);

    return db_run(r, &licence_sql[INSERT_LICENCE],
                  VALUES(id, person_id, seal(r, &licence_file_no_column, id, line->file_no),
                         seal_active_key(r), joined(r->arena, line->classes), line->first_issued_on,
                         line->valid_until, line->review_due_on, line->state, source,
                         line->observed_at));
}

enum error apply_licence(struct request *r, const char *source, const struct licence_line *line,
                         bool *known)
{
    struct found_licence licence;
    const char *person_id;
    enum error error = find_person(r, line->id_no.text, &person_id);

    if (error == E_NOT_FOUND)
        return refuse(r, PERSON_UNKNOWN, VALUES("id_no", line->id_no));
    TRY(error);
    *known = false;
    error = insert_licence(r, source, person_id, line);
    if (error != E_EXISTS)
        return error;
    TRY(db_one(r, &licence_sql[FIND_LICENCE], &licence, VALUES(person_id)));
    TRY(db_run(r, &licence_sql[UPDATE_LICENCE],
               VALUES(seal(r, &licence_file_no_column, licence.id, line->file_no),
                      seal_active_key(r), joined(r->arena, line->classes), line->first_issued_on,
                      line->valid_until, line->review_due_on, line->state, source,
                      line->observed_at, licence.id, line->observed_at)));
    *known = db_changed(r) == 0;
    return E_OK;
}
