#include "core/clock.h"
#include "core/seal.h"
#include "core/ulid.h"
#include "payment/callback.h"
#include "payment/fact.h"
#include "payment/state.h"

enum { BATCH = 200, BATCHES_MAX = 500 };

static const struct sealed_column body_column = {"callback_inbox", "body"};
static const struct sealed_column headers_column = {"callback_inbox", "headers"};

struct known_event {
    const char *state;
};

static const struct field known_event_fields[] = {FIELD(struct known_event, state), FIELD_END};

struct inbox_row {
    const char *id, *gateway, *event_key, *merchant, *key_id, *our_no, *disposition, *fact_id,
        *answer;
    struct bytes headers, body;
    struct instant received_at;
};

#define OUTCOME_FIELDS                                                                             \
    FIELD(struct inbox_row, id), FIELD(struct inbox_row, gateway),                                 \
        FIELD(struct inbox_row, event_key), FIELD_OR_NULL(struct inbox_row, merchant),             \
        FIELD_OR_NULL(struct inbox_row, key_id), FIELD_OR_NULL(struct inbox_row, our_no),          \
        FIELD_OR_NULL(struct inbox_row, disposition), FIELD_OR_NULL(struct inbox_row, fact_id),    \
        FIELD_OR_NULL(struct inbox_row, answer), FIELD(struct inbox_row, received_at)

static const struct field outcome_fields[] = {OUTCOME_FIELDS, FIELD_END};
static const struct field row_fields[] = {OUTCOME_FIELDS, FIELD_OR_NULL(struct inbox_row, headers),
                                          FIELD(struct inbox_row, body), FIELD_END};

enum {
    FIND_CALLBACK,
    INSERT_CALLBACK,
    FIND_OUTCOME,
    NEXT_CALLBACK,
    DELETE_OLD,
    INSERT_CASE,
    STATEMENTS_END
};

#define OUTCOME                                                                                    \
    "id, gateway, event_key, merchant, key_id, our_no, disposition, fact_id, answer, received_at"

const struct statement inbox_sql[] = {
    [FIND_CALLBACK] = {.sql =
                           "SELECT state FROM callback_inbox WHERE gateway = ? AND event_key = ?",
                       ROWS(struct known_event, known_event_fields)},
    [INSERT_CALLBACK] = {.sql = "INSERT INTO callback_inbox (id, gateway, event_key, merchant,"
                                "  headers, body, key_id, our_no, disposition, fact_id, answer,"
                                "  state, received_at, keep_until)"
                                "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND_OUTCOME] = {.sql = "SELECT " OUTCOME " FROM callback_inbox"
                             "  WHERE gateway = ? AND event_key = ?",
                      ROWS(struct inbox_row, outcome_fields)},
    [NEXT_CALLBACK] = {.sql = "SELECT " OUTCOME ", headers, body FROM callback_inbox"
                              "  WHERE received_at >= ? AND received_at < ?"
                              "  AND (received_at > ? OR id > ?)"
                              "  ORDER BY received_at, id LIMIT 1",
                       ROWS(struct inbox_row, row_fields)},
    [DELETE_OLD] = {.sql = "DELETE FROM callback_inbox WHERE keep_until < ?"
                           "  ORDER BY keep_until LIMIT 200"},
    [INSERT_CASE] = {.sql = "INSERT INTO payment_case (id, kind, dedupe, detail, created_at)"
                            "  VALUES (?, ?, ?, ?, ?)"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_callback(struct request *r, const char *gateway, const char *event_key)
{
    struct known_event known;

    return db_one(r, &inbox_sql[FIND_CALLBACK], &known, VALUES(gateway, event_key));
}

enum error insert_callback(struct request *r, const struct callback *callback,
                           const struct outcome *outcome)
{
    const char *id = ulid_new(r);
    const char *body = arena_text_of(r->arena, callback->body.data, callback->body.size);
    const char *state = strcmp(outcome->disposition, "parked") == 0 ? "parked" : "done";
    struct bytes sealed_headers = seal(r, &headers_column, id, callback->headers);
    struct bytes sealed_body = seal(r, &body_column, id, body);
    struct instant keep_until = instant_add(r->now, payment_settings(r)->callback_days * DAY_MS);

    return db_run(r, &inbox_sql[INSERT_CALLBACK],
                  VALUES(id, callback->gateway, callback->event_key, callback->merchant,
                         sealed_headers, sealed_body, callback->key_id, callback->our_no,
                         outcome->disposition, outcome->fact_id, callback->answer, state, r->now,
                         keep_until));
}

static void take_row(const struct inbox_row *row, struct kept_callback *kept)
{
    *kept = (struct kept_callback){
        .id = row->id,
        .received_at = row->received_at,
        .callback = {.gateway = row->gateway,
                     .merchant = row->merchant,
                     .key_id = row->key_id,
                     .answer = row->answer,
                     .event_key = row->event_key,
                     .our_no = row->our_no},
        .outcome = {.disposition = row->disposition, .fact_id = row->fact_id},
    };
}

enum error find_outcome(struct request *r, const char *gateway, const char *event_key,
                        struct kept_callback *kept)
{
    struct inbox_row row;

    TRY(db_one(r, &inbox_sql[FIND_OUTCOME], &row, VALUES(gateway, event_key)));
    take_row(&row, kept);
    return E_OK;
}

enum error next_callback(struct request *r, struct instant at, const char *id, struct instant end,
                         struct kept_callback *kept)
{
    struct inbox_row row;
    const char *body;

    TRY(db_one(r, &inbox_sql[NEXT_CALLBACK], &row, VALUES(at, end, at, id)));
    take_row(&row, kept);
    if (row.merchant == NULL)
        return E_OK; /* it came before they were kept whole */
    TRY(unseal(r, &headers_column, row.id, row.headers, &kept->callback.headers));
    TRY(unseal(r, &body_column, row.id, row.body, &body));
    kept->callback.body = bytes_of(body);
    return E_OK;
}

static enum error delete_batch(struct request *r, void *product)
{
    int64_t *deleted = product;

    TRY(db_run(r, &inbox_sql[DELETE_OLD], VALUES(r->now)));
    *deleted = db_changed(r);
    return E_OK;
}

/* In short transactions, so that no callback waits for it. */
enum error tidy_callbacks(struct request *r, const struct task *task)
{
    int64_t deleted = BATCH;

    (void)task;
    for (int i = 0; deleted == BATCH && i < BATCHES_MAX; i++)
        TRY(db_transaction(r, delete_batch, &deleted));
    return E_OK;
}

enum error open_case(struct request *r, const char *kind, const char *dedupe, const char *detail)
{
    enum error error =
        db_run(r, &inbox_sql[INSERT_CASE], VALUES(ulid_new(r), kind, dedupe, detail, r->now));

    return error == E_EXISTS ? E_OK : error;
}
