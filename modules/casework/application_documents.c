/* Documents of an application, and the facts that make them unnecessary ("ask once"). */

#include "casework/application.h"
#include "casework/upload.h"
#include "core/db.h"

static const struct field entry_fields[] = {
    FIELD(struct document_entry, code),
    FIELD(struct document_entry, place),
    FIELD_OR_NULL(struct document_entry, upload_id),
    FIELD_OR_NULL(struct document_entry, fact),
    FIELD_OR_NULL(struct document_entry, observed_at),
    FIELD(struct document_entry, added_at),
    FIELD_END,
};

enum { LIST, DROP, KEEP_FACT, ADD, REMOVE, STATEMENTS_END };

const struct statement document_sql[] = {
    [LIST] = {.sql = "SELECT code, place, upload_id, fact, observed_at, added_at"
                     "  FROM {module}_application_document WHERE application_id = ?"
                     "  ORDER BY code, place LIMIT 400",
              ROWS(struct document_entry, entry_fields)},
    [DROP] = {.sql = "DELETE FROM {module}_application_document"
                     "  WHERE application_id = ? AND code = ? AND place = 0"},
    [KEEP_FACT] = {.sql = "INSERT INTO {module}_application_document (application_id, code, place,"
                          "  fact, observed_at, added_at) VALUES (?, ?, 0, ?, ?, ?)"},
    [ADD] = {.sql = "INSERT INTO {module}_application_document (application_id, code, place,"
                    "  upload_id, added_at) VALUES (?, ?, ?, ?, ?)"},
    [REMOVE] = {.sql = "DELETE FROM {module}_application_document"
                       "  WHERE application_id = ? AND code = ? AND place > 0"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error documents_of(struct request *r, const struct application *application,
                        struct records *entries)
{
    return db_many(r, &document_sql[LIST], entries, VALUES(application->id));
}

static bool has_upload(const struct records *entries, const char *code)
{
    const struct document_entry *entry = entries->items;

    for (size_t i = 0; i < entries->count; i++, entry++)
        if (entry->upload_id != NULL && strcmp(entry->code, code) == 0)
            return true;
    return false;
}

enum error document_fact(struct request *r, const struct application *application,
                         const struct document_rule *rule, struct fact_found *found)
{
    *found = (struct fact_found){.is_found = false};
    if (rule->fact == NULL)
        return E_OK;
    return fact_named(casework_of(r)->domain, rule->fact)->find(r, application, found);
}

static enum error keep_fact(struct request *r, const struct application *application,
                            const char *code, const struct fact_found *found)
{
    TRY(db_run(r, &document_sql[DROP], VALUES(application->id, code)));
    if (!found->is_found)
        return E_OK;
    return db_run(r, &document_sql[KEEP_FACT],
                  VALUES(application->id, code, found->source, found->observed_at, r->now));
}

enum error documents_check(struct request *r, const struct application *application)
{
    const struct definition *definition = application->definition;
    const struct document_rule *rule = definition->documents.items;
    struct records entries;

    TRY(documents_of(r, application, &entries));
    for (size_t i = 0; i < definition->documents.count; i++, rule++) {
        struct fact_found found;

        TRY(document_fact(r, application, rule, &found));
        TRY(keep_fact(r, application, rule->code, &found));
        if (rule->is_required && !found.is_found && !has_upload(&entries, rule->code))
            reason(r, DOCUMENT_MISSING, VALUES(rule->code, rule->name));
    }
    return E_OK;
}

static const struct document_entry *next_upload(const struct records *entries, const char *code,
                                                const struct document_entry *after)
{
    const struct document_entry *entry = after == NULL ? entries->items : after + 1;
    const struct document_entry *end =
        (const struct document_entry *)entries->items + entries->count;

    for (; entry < end; entry++)
        if (entry->upload_id != NULL && strcmp(entry->code, code) == 0)
            return entry;
    return NULL;
}

enum error document_add(struct request *r, const struct application *application, const char *code,
                        const char *upload_id)
{
    const struct document_rule *rule = document_of(application->definition, code);
    const struct document_entry *entry = NULL;
    struct records entries;
    int64_t last = 0, count = 0;

    if (rule == NULL)
        return refuse(r, DOCUMENT_UNKNOWN, VALUES("code", code));
    TRY(documents_of(r, application, &entries));
    for (; (entry = next_upload(&entries, code, entry)) != NULL; count++)
        last = entry->place;
    if (count >= rule->max_count)
        return refuse(r, DOCUMENT_TOO_MANY, VALUES(code, rule->max_count));
    TRY(upload_attach(r, upload_id, application));
    return db_run(r, &document_sql[ADD],
                  VALUES(application->id, code, last + 1, upload_id, r->now));
}

enum error document_remove(struct request *r, const struct application *application,
                           const char *code)
{
    const struct document_entry *entry = NULL;
    struct records entries;

    if (document_of(application->definition, code) == NULL)
        return refuse(r, DOCUMENT_UNKNOWN, VALUES("code", code));
    TRY(documents_of(r, application, &entries));
    while ((entry = next_upload(&entries, code, entry)) != NULL)
        TRY(upload_detach(r, entry->upload_id, application));
    return db_run(r, &document_sql[REMOVE], VALUES(application->id, code));
}
