#include <inttypes.h>

#include "casework/casework.h"
#include "core/crypto.h"
#include "core/db.h"

enum { VERSIONS_MAX = 1000 };

struct definition_row {
    const char *code;
    int64_t version;
    struct bytes sha256;
    const char *body;
};

static const struct field definition_row_fields[] = {
    FIELD(struct definition_row, code),
    FIELD(struct definition_row, version),
    FIELD(struct definition_row, sha256),
    FIELD(struct definition_row, body),
    FIELD_END,
};

static const struct field digest_fields[] = {
    FIELD(struct definition_row, sha256),
    FIELD_END,
};

enum { INSERT, FIND, LIST, STATEMENTS_END };

const struct statement definition_sql[] = {
    [INSERT] = {.sql = "INSERT INTO {module}_definition (module, code, version, sha256, body,"
                       "  registered_at) VALUES (?, ?, ?, ?, ?, ?)"},
    [FIND] = {.sql = "SELECT sha256 FROM {module}_definition WHERE code = ? AND version = ?",
              ROWS(struct definition_row, digest_fields)},
    [LIST] = {.sql = "SELECT code, version, sha256, body FROM {module}_definition"
                     "  ORDER BY code, version LIMIT 1000",
              ROWS(struct definition_row, definition_row_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

static enum error insert(struct request *r, void *product)
{
    const struct definition *definition = product;

    return db_run(r, &definition_sql[INSERT],
                  VALUES(r->service->name, definition->code, definition->version,
                         definition->sha256, (const char *)definition->body.data, r->now));
}

/* Another worker may register it at the same moment. */
static enum error register_one(struct request *r, struct definition *definition)
{
    struct definition_row row;
    enum error found =
        db_one(r, &definition_sql[FIND], &row, VALUES(definition->code, definition->version));

    if (found == E_NOT_FOUND) {
        enum error inserted = db_transaction(r, insert, definition);

        if (inserted != E_OK && inserted != E_EXISTS)
            return inserted;
        found =
            db_one(r, &definition_sql[FIND], &row, VALUES(definition->code, definition->version));
    }
    TRY(found);
    if (bytes_equal(row.sha256, definition->sha256))
        return E_OK;
    return failed(r, E_REFUSED,
                  "services: %s was changed under its version %" PRId64 "; raise the version",
                  definition->code, definition->version);
}

static const char *first_reason(struct request *r)
{
    struct reason what;
    struct values about;
    const char *text = "unreadable";

    if (reason_at(r, 0, &what, &about))
        text = arena_printf(
            r->arena, "%s %s %s", what.code, about.count > 0 ? about.items[0].text : "",
            about.count > 1 && about.items[1].kind == KIND_TEXT ? about.items[1].text : "");
    reasons_forget(r);
    return text;
}

static enum error register_file(struct request *r, const struct service_file *file)
{
    struct definition definition;
    struct bytes body = {(const unsigned char *)arena_text_of(r->arena, file->data, file->size),
                         file->size};
    enum error error = definition_read(r, body, &definition);

    if (error == E_REFUSED)
        return failed(r, error, "services/%s: %s", file->name, first_reason(r));
    TRY(error);
    return register_one(r, &definition);
}

static enum error read_all(struct request *r, struct definitions *definitions)
{
    struct records rows;
    const struct definition_row *row;
    struct definition *items;

    TRY(db_many(r, &definition_sql[LIST], &rows, NO_VALUES));
    if (rows.count == VERSIONS_MAX)
        return failed(r, E_INTERNAL, "too many versions of services");
    items = arena_alloc(r->arena, (rows.count + 1) * sizeof(*items));
    row = rows.items;
    for (size_t i = 0; i < rows.count; i++, row++) {
        enum error error = definition_read(r, bytes_of(row->body), &items[i]);

        if (error == E_REFUSED)
            return failed(r, error, "service_definition %s %" PRId64 ": %s", row->code,
                          row->version, first_reason(r));
        TRY(error);
    }
    *definitions = (struct definitions){items, rows.count};
    return E_OK;
}

enum error definitions_load(struct request *r, const struct service_file *files,
                            struct definitions *definitions)
{
    for (; files->name != NULL; files++)
        TRY(register_file(r, files));
    return read_all(r, definitions);
}

enum error definition_of(struct request *r, const char *code, int64_t version,
                         const struct definition **definition)
{
    const struct definitions *known = &casework_of(r)->definitions;

    for (size_t i = 0; i < known->count; i++) {
        *definition = &known->items[i];
        if (strcmp((*definition)->code, code) == 0 && (*definition)->version == version)
            return E_OK;
    }
    return failed(r, E_UNAVAILABLE, "%s in version %" PRId64 " is not known to this worker", code,
                  version);
}

const struct definition *definition_current(const struct definitions *definitions, const char *code)
{
    const struct definition *current = NULL;

    for (size_t i = 0; i < definitions->count; i++)
        if (strcmp(definitions->items[i].code, code) == 0)
            current = &definitions->items[i];
    return current;
}
