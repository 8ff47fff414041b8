#include "core/seal.h"
#include "core/ulid.h"
#include "payment/fact.h"

static const struct sealed_column body_column = {"callback_inbox", "body"};

struct known_event {
    const char *state;
};

static const struct field known_event_fields[] = {FIELD(struct known_event, state), FIELD_END};

enum { FIND_CALLBACK, INSERT_CALLBACK, INSERT_CASE, STATEMENTS_END };

const struct statement inbox_sql[] = {
    [FIND_CALLBACK] = {.sql =
                           "SELECT state FROM callback_inbox WHERE gateway = ? AND event_key = ?",
                       ROWS(struct known_event, known_event_fields)},
    [INSERT_CALLBACK] = {.sql = "INSERT INTO callback_inbox"
                                "  (id, gateway, event_key, body, state, received_at)"
                                "  VALUES (?, ?, ?, ?, ?, ?)"},
    [INSERT_CASE] = {.sql = "INSERT INTO payment_case (id, kind, dedupe, detail, created_at)"
                            "  VALUES (?, ?, ?, ?, ?)"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_callback(struct request *r, const char *gateway, const char *event_key)
{
    struct known_event known;

    return db_one(r, &inbox_sql[FIND_CALLBACK], &known, VALUES(gateway, event_key));
}

enum error insert_callback(struct request *r, const char *gateway, const char *event_key,
                           struct bytes body, const char *state)
{
    const char *id = ulid_new(r);
    struct bytes sealed = seal(r, &body_column, id, arena_text_of(r->arena, body.data, body.size));

    return db_run(r, &inbox_sql[INSERT_CALLBACK],
                  VALUES(id, gateway, event_key, sealed, state, r->now));
}

enum error open_case(struct request *r, const char *kind, const char *dedupe, const char *detail)
{
    enum error error =
        db_run(r, &inbox_sql[INSERT_CASE], VALUES(ulid_new(r), kind, dedupe, detail, r->now));

    return error == E_EXISTS ? E_OK : error;
}
