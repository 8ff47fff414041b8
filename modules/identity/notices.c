/* What citizens are told, and whether they have read it. */

#include "identity/mandate.h"

#include "core/ulid.h"

const struct param notice_list_params[] = {
    PARAM(struct notice_list_input, after, .source = QUERY, .check = is_ulid, .optional = true),
    PARAM(struct notice_list_input, limit, .source = QUERY, .min = 1, .max = 100, .optional = true),
    PARAM_END,
};

const struct param notice_path_params[] = {
    PARAM(struct notice_path, notice_id, .source = PATH, .check = is_ulid),
    PARAM_END,
};

const struct field notice_fields[] = {
    FIELD(struct notice, id),
    FIELD(struct notice, kind),
    FIELD(struct notice, about),
    FIELD(struct notice, text),
    FIELD(struct notice, created_at),
    FIELD_OR_NULL(struct notice, read_at),
    FIELD_END,
};

#define NOTICE "SELECT id, kind, about, text, created_at, read_at FROM notice WHERE person_id = ?"

enum { FIND_NOTICE, LIST_NOTICES, INSERT_NOTICE, READ_NOTICE, STATEMENTS_END };

const struct statement notice_sql[] = {
    [FIND_NOTICE] = {.sql = NOTICE " AND id = ?", ROWS(struct notice, notice_fields)},
    [LIST_NOTICES] = {.sql = NOTICE " AND id < ? ORDER BY id DESC LIMIT ?",
                      ROWS(struct notice, notice_fields)},
    [INSERT_NOTICE] = {.sql = "INSERT INTO notice (id, person_id, kind, about, text, created_at)"
                              "  VALUES (?, ?, ?, ?, ?, ?)"},
    [READ_NOTICE] = {.sql = "UPDATE notice SET read_at = ? WHERE person_id = ? AND id = ?"
                            "  AND read_at IS NULL"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error give_notice(struct request *r, const char *person_id, const char *kind,
                       const char *about, const char *text)
{
    return db_run(r, &notice_sql[INSERT_NOTICE],
                  VALUES(ulid_new(r), person_id, kind, about, text, r->now));
}

enum error list_notices(struct request *r)
{
    const struct notice_list_input *in = r->input;
    int64_t limit = page_limit(in->limit);
    const struct notice *last;
    struct records rows;
    bool is_more;

    TRY(db_many(r, &notice_sql[LIST_NOTICES], &rows,
                VALUES(r->person_id, page_below(in->after), limit + 1)));
    is_more = page_cut(&rows, limit);
    last = (const struct notice *)rows.items + rows.count - 1;
    return reply_page(r, notice_fields, sizeof(struct notice), rows, is_more ? last->id : NULL);
}

/* The first time counts. */
static enum error mark(struct request *r, void *product)
{
    const struct notice_path *in = r->input;

    TRY(db_run(r, &notice_sql[READ_NOTICE], VALUES(r->now, r->person_id, in->notice_id)));
    return db_one(r, &notice_sql[FIND_NOTICE], product, VALUES(r->person_id, in->notice_id));
}

enum error read_notice(struct request *r)
{
    struct notice notice;

    TRY(db_transaction(r, mark, &notice));
    return reply_record(r, 200, notice_fields, &notice);
}
