/* @Name@: say in one sentence what it is for. */

#include "core/db.h"
#include "core/ulid.h"

/* ---- what there is ---- */

struct entry {
    const char *id;
    const char *title;
    struct instant created_at;
};

static const struct field entry_fields[] = {
    FIELD(struct entry, id),
    FIELD(struct entry, title),
    FIELD(struct entry, created_at),
    FIELD_END,
};

enum { INSERT_ENTRY, FIND_OWN_ENTRY, LIST_ENTRIES, STATEMENTS_END };

#define ENTRY "id, title, created_at"

static const struct statement entry_sql[] = {
    [INSERT_ENTRY] = {.sql = "INSERT INTO @name@_entry"
                             "  (id, owner_id, request_key, title, created_at)"
                             "  VALUES (?, ?, ?, ?, ?)"},
    [FIND_OWN_ENTRY] = {.sql = "SELECT " ENTRY " FROM @name@_entry"
                               "  WHERE owner_id = ? AND request_key = ?",
                        ROWS(struct entry, entry_fields)},
    [LIST_ENTRIES] = {.sql = "SELECT " ENTRY " FROM @name@_entry"
                             "  WHERE owner_id = ? ORDER BY id DESC LIMIT 100",
                      ROWS(struct entry, entry_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

/* ---- routes ---- */

struct add_entry_input {
    const char *title;
};

static const struct param add_entry_params[] = {
    PARAM(struct add_entry_input, title, .source = BODY, .min = 1, .max = 60),
    PARAM_END,
};

static enum error find_own_entry(struct request *r, struct entry *entry)
{
    return db_one(r, &entry_sql[FIND_OWN_ENTRY], entry, VALUES(r->actor_id, r->key));
}

static enum error insert_entry(struct request *r, void *product)
{
    const struct add_entry_input *in = r->input;
    struct entry *entry = product;
    /* A second tap, or run again after a COMMIT whose answer was lost: the entry is there. */
    enum error found = find_own_entry(r, entry);

    if (found != E_NOT_FOUND)
        return found;
    *entry = (struct entry){ulid_new(r), in->title, r->now};
    return db_run(r, &entry_sql[INSERT_ENTRY],
                  VALUES(entry->id, r->actor_id, r->key, entry->title, entry->created_at));
}

static enum error add_entry(struct request *r)
{
    struct entry entry;

    TRY(db_transaction(r, insert_entry, &entry));
    return reply_record(r, 201, entry_fields, &entry);
}

static enum error list_entries(struct request *r)
{
    struct records page;

    TRY(db_many(r, &entry_sql[LIST_ENTRIES], &page, VALUES(r->actor_id)));
    return reply_page(r, entry_fields, sizeof(struct entry), page, NULL);
}

static const struct route routes[] = {
    {POST, "/entries", CITIZEN, add_entry, INPUT(struct add_entry_input, add_entry_params),
     .answer = entry_fields, .needs_key = true, .summary = "adds an entry of one's own"},
    {GET, "/entries", CITIZEN, list_entries, .answer = entry_fields, .is_page = true,
     .summary = "one's own entries, the newest first"},
    ROUTE_END,
};

static const struct statement *const sql[] = {entry_sql, NULL};

const struct service service = {
    .name = "@name@", .title = "@Name@", .routes = routes, .sql = sql};
