#include "exchange/batch.h"

static const struct field batch_fields[] = {
    FIELD(struct batch, id),
    FIELD(struct batch, agency),
    FIELD(struct batch, batch_id),
    FIELD(struct batch, sha256),
    FIELD(struct batch, size_bytes),
    FIELD_OR_NULL(struct batch, spool_key),
    FIELD(struct batch, state),
    FIELD(struct batch, lines_total),
    FIELD(struct batch, lines_good),
    FIELD(struct batch, lines_known),
    FIELD(struct batch, lines_bad),
    FIELD(struct batch, next_line),
    FIELD(struct batch, next_offset),
    FIELD(struct batch, received_at),
    FIELD_OR_NULL(struct batch, done_at),
    FIELD_END,
};

static const struct field batch_fault_fields[] = {
    FIELD(struct batch_fault, line),
    FIELD(struct batch_fault, reasons),
    FIELD_END,
};

struct agency_types {
    const char *types;
};

static const struct field agency_types_fields[] = {
    FIELD(struct agency_types, types),
    FIELD_END,
};

enum {
    FIND_TYPES,
    INSERT_BATCH,
    FIND_BATCH,
    FIND_OWN_BATCH,
    LOCK_BATCH,
    SAVE_PROGRESS,
    INSERT_FAULT,
    LIST_FAULTS,
    STATEMENTS_END
};

#define BATCH                                                                                      \
    "id, agency, batch_id, sha256, size_bytes, spool_key, state, lines_total, lines_good,"         \
    "  lines_known, lines_bad, next_line, next_offset, received_at, done_at"

const struct statement batch_sql[] = {
    [FIND_TYPES] = {.sql = "SELECT types FROM agency WHERE name = ?",
                    ROWS(struct agency_types, agency_types_fields)},
    [INSERT_BATCH] = {.sql = "INSERT INTO agency_batch (id, agency, batch_id, sha256, size_bytes,"
                             "  spool_key, lines_total, received_at)"
                             "  VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND_BATCH] = {.sql = "SELECT " BATCH " FROM agency_batch WHERE id = ?",
                    ROWS(struct batch, batch_fields)},
    [FIND_OWN_BATCH] = {.sql = "SELECT " BATCH " FROM agency_batch"
                               "  WHERE agency = ? AND batch_id = ?",
                        ROWS(struct batch, batch_fields)},
    [LOCK_BATCH] = {.sql = "SELECT " BATCH " FROM agency_batch WHERE id = ? FOR UPDATE",
                    ROWS(struct batch, batch_fields)},
    [SAVE_PROGRESS] = {.sql = "UPDATE agency_batch SET state = ?, spool_key = ?, lines_good = ?,"
                              "  lines_known = ?, lines_bad = ?, next_line = ?, next_offset = ?,"
                              "  done_at = ? WHERE id = ?"},
    [INSERT_FAULT] = {.sql = "INSERT INTO batch_fault (batch, line, reasons) VALUES (?, ?, ?)"},
    [LIST_FAULTS] = {.sql = "SELECT line, reasons FROM batch_fault WHERE batch = ? AND line > ?"
                            "  ORDER BY line LIMIT 100",
                     ROWS(struct batch_fault, batch_fault_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_agency_types(struct request *r, const char *agency, const char **types)
{
    struct agency_types row;

    TRY(db_one(r, &batch_sql[FIND_TYPES], &row, VALUES(agency)));
    *types = row.types;
    return E_OK;
}

enum error insert_batch(struct request *r, const struct batch *batch)
{
    return db_run(r, &batch_sql[INSERT_BATCH],
                  VALUES(batch->id, batch->agency, batch->batch_id, batch->sha256,
                         batch->size_bytes, batch->spool_key, batch->lines_total,
                         batch->received_at));
}

enum error find_batch(struct request *r, const char *id, struct batch *batch)
{
    return db_one(r, &batch_sql[FIND_BATCH], batch, VALUES(id));
}

enum error find_own_batch(struct request *r, const char *agency, const char *batch_id,
                          struct batch *batch)
{
    return db_one(r, &batch_sql[FIND_OWN_BATCH], batch, VALUES(agency, batch_id));
}

enum error lock_batch(struct request *r, const char *id, struct batch *batch)
{
    return db_one(r, &batch_sql[LOCK_BATCH], batch, VALUES(id));
}

enum error save_progress(struct request *r, const struct batch *batch)
{
    return db_run(r, &batch_sql[SAVE_PROGRESS],
                  VALUES(batch->state, batch->spool_key, batch->lines_good, batch->lines_known,
                         batch->lines_bad, batch->next_line, batch->next_offset, batch->done_at,
                         batch->id));
}

enum error insert_fault(struct request *r, const char *batch, const struct line *line)
{
    return db_run(r, &batch_sql[INSERT_FAULT], VALUES(batch, line->no, line->faults));
}

enum error list_faults(struct request *r, const char *batch, int64_t after, struct records *faults)
{
    return db_many(r, &batch_sql[LIST_FAULTS], faults, VALUES(batch, after));
}
