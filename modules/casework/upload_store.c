#include "casework/upload.h"
#include "core/clock.h"

static const struct field row_fields[] = {
    FIELD(struct upload, id),           FIELD(struct upload, sha256),
    FIELD(struct upload, content_type), FIELD(struct upload, size),
    FIELD(struct upload, width),        FIELD(struct upload, height),
    FIELD(struct upload, pages),        FIELD_OR_NULL(struct upload, application_id),
    FIELD(struct upload, created_at),   FIELD_END,
};

static const struct field use_fields[] = {
    FIELD(struct upload_use, today),
    FIELD(struct upload_use, bytes_today),
    FIELD(struct upload_use, loose),
    FIELD(struct upload_use, tries_today),
    FIELD_END,
};

struct uploads_left {
    int64_t rows;
};

static const struct field left_fields[] = {FIELD(struct uploads_left, rows), FIELD_END};

enum {
    FIND_OWN,
    FIND_ANY,
    FIND_BY_KEY,
    FIND_OF,
    COUNT_USE,
    COUNT_TRY,
    FORGET_TRIES,
    INSERT,
    ATTACH,
    DETACH,
    DELETE_LOOSE,
    LIST_OLD,
    COUNT_OF_CONTENT,
    STATEMENTS_END
};

#define UPLOAD                                                                                     \
    "SELECT id, sha256, content_type, size, width, height, pages, application_id, created_at"      \
    "  FROM {module}_upload WHERE "

const struct statement upload_sql[] = {
    [FIND_OWN] = {.sql = UPLOAD "id = ? AND person_id = ?", ROWS(struct upload, row_fields)},
    [FIND_ANY] = {.sql = UPLOAD "id = ?", ROWS(struct upload, row_fields)},
    [FIND_BY_KEY] = {.sql = UPLOAD "person_id = ? AND upload_key = ?",
                     ROWS(struct upload, row_fields)},
    [FIND_OF] = {.sql = UPLOAD "id = ? AND application_id = ?", ROWS(struct upload, row_fields)},
    [COUNT_USE] = {.sql = "SELECT COUNT(*) AS today, CAST(COALESCE(SUM(size), 0) AS SIGNED)"
                          "    AS bytes_today,"
                          "  (SELECT COUNT(*) FROM {module}_upload l WHERE l.person_id = ?"
                          "    AND l.application_id IS NULL) AS loose,"
                          "  CAST(COALESCE((SELECT t.files FROM {module}_upload_tally t"
                          "    WHERE t.person_id = ? AND t.day = ?), 0) AS SIGNED) AS tries_today"
                          "  FROM {module}_upload WHERE person_id = ? AND created_at >= ?",
                   ROWS(struct upload_use, use_fields)},
    [COUNT_TRY] = {.sql = "INSERT INTO {module}_upload_tally (person_id, day, files)"
                          "  VALUES (?, ?, 1) ON DUPLICATE KEY UPDATE files = files + 1"},
    [FORGET_TRIES] = {.sql = "DELETE FROM {module}_upload_tally WHERE day < ? LIMIT 1000"},
    [INSERT] = {.sql = "INSERT INTO {module}_upload (id, person_id, upload_key, sha256,"
                       "  content_type, size, width, height, pages, created_at)"
                       "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [ATTACH] = {.sql = "UPDATE {module}_upload SET application_id = ? WHERE id = ?"
                       "  AND person_id = ? AND application_id IS NULL"},
    [DETACH] = {.sql = "UPDATE {module}_upload SET application_id = NULL WHERE id = ?"
                       "  AND application_id = ?"},
    [DELETE_LOOSE] = {.sql = "DELETE FROM {module}_upload WHERE id = ? AND application_id IS NULL"},
    [LIST_OLD] = {.sql = UPLOAD "application_id IS NULL AND created_at < ?"
                                "  ORDER BY created_at LIMIT 100",
                  ROWS(struct upload, row_fields)},
    [COUNT_OF_CONTENT] = {.sql = "SELECT COUNT(*) AS `rows` FROM {module}_upload WHERE sha256 = ?",
                          ROWS(struct uploads_left, left_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error upload_find_own(struct request *r, const char *id, struct upload *upload)
{
    return db_one(r, &upload_sql[FIND_OWN], upload, VALUES(id, r->person_id));
}

enum error upload_find(struct request *r, const char *id, struct upload *upload)
{
    struct application application;

    TRY(db_one(r, &upload_sql[FIND_ANY], upload, VALUES(id)));
    return upload->application_id == NULL
               ? upload_find_own(r, id, upload)
               : application_find_own(r, upload->application_id, &application);
}

enum error upload_find_by_key(struct request *r, struct upload *upload)
{
    return db_one(r, &upload_sql[FIND_BY_KEY], upload, VALUES(r->person_id, r->key));
}

enum error upload_of(struct request *r, const char *id, const char *application_id,
                     struct upload *upload)
{
    return db_one(r, &upload_sql[FIND_OF], upload, VALUES(id, application_id));
}

enum error upload_count_use(struct request *r, struct upload_use *use)
{
    return db_one(r, &upload_sql[COUNT_USE], use,
                  VALUES(r->person_id, r->person_id, civil_day(r->now), r->person_id,
                         day_start(civil_day(r->now))));
}

enum error upload_count_try(struct request *r)
{
    return db_write(r, &upload_sql[COUNT_TRY], VALUES(r->person_id, civil_day(r->now)));
}

enum error upload_forget_tries(struct request *r)
{
    return db_write(r, &upload_sql[FORGET_TRIES], VALUES(civil_day(r->now)));
}

enum error upload_insert(struct request *r, const struct upload *u)
{
    return db_run(r, &upload_sql[INSERT],
                  VALUES(u->id, r->person_id, r->key, u->sha256, u->content_type, u->size, u->width,
                         u->height, u->pages, r->now));
}

enum error upload_attach(struct request *r, const char *id, const struct application *application)
{
    enum error changed =
        db_change(r, &upload_sql[ATTACH], VALUES(application->id, id, r->person_id));

    return changed == E_NOT_FOUND ? refuse(r, UPLOAD_UNKNOWN, VALUES("upload_id", id)) : changed;
}

enum error upload_detach(struct request *r, const char *id, const struct application *application)
{
    return db_run(r, &upload_sql[DETACH], VALUES(id, application->id));
}

enum error upload_delete(struct request *r, const char *id)
{
    return db_change(r, &upload_sql[DELETE_LOOSE], VALUES(id));
}

enum error upload_list_old(struct request *r, struct instant before, struct records *uploads)
{
    return db_many(r, &upload_sql[LIST_OLD], uploads, VALUES(before));
}

enum error upload_is_needed(struct request *r, struct bytes sha256, bool *is_needed)
{
    struct uploads_left left;

    TRY(db_one(r, &upload_sql[COUNT_OF_CONTENT], &left, VALUES(sha256)));
    *is_needed = left.rows > 0;
    return E_OK;
}
