#include "core/codec.h"
#include "core/crypto.h"
#include "core/dispatch.h"
#include "core/idempotency.h"
#include "core/work.h"

struct known_key {
    struct bytes req_hash;
};

static const struct field known_key_fields[] = {FIELD(struct known_key, req_hash), FIELD_END};

enum { INSERT_KEY, FIND_KEY, STATEMENTS_END };

const struct statement idempotency_sql[] = {
    [INSERT_KEY] = {.sql = "INSERT INTO {module}_idem (principal, op, ikey, req_hash, created_at)"
                           "  VALUES (?, ?, ?, ?, ?)"},
    [FIND_KEY] = {.sql = "SELECT req_hash FROM {module}_idem"
                         "  WHERE principal = ? AND op = ? AND ikey = ?",
                  ROWS(struct known_key, known_key_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

/* Path and query are part of the content: a key belongs to one object, and to whom one acts for. */
static struct bytes hash_request(struct request *r)
{
    struct text text = {.arena = r->arena};
    unsigned char *hash = arena_alloc(r->arena, SHA256_SIZE);

    text_put(&text, r->path);
    if (r->query != NULL) {
        text_put(&text, "?");
        text_put(&text, r->query);
    }
    text_put(&text, "\n");
    text_add(&text, (const char *)r->body.data, r->body.size);
    sha256((struct bytes){(const unsigned char *)text.data, text.size}, hash);
    return (struct bytes){hash, SHA256_SIZE};
}

enum error idempotency_record(struct request *r)
{
    struct known_key known;
    struct bytes hash;
    const char *op;
    enum error error;

    r->work->key_is_new = false;
    if (r->key == NULL || r->route == NULL || !r->route->needs_key || r->work->key_recorded)
        return E_OK;
    hash = hash_request(r);
    op = arena_printf(r->arena, "%s %s", method_name(r->route->method), r->route->path);
    error = db_run(r, &idempotency_sql[INSERT_KEY], VALUES(r->actor_id, op, r->key, hash, r->now));
    r->work->key_recorded = r->work->key_is_new = error == E_OK;
    if (error != E_EXISTS)
        return error;
    TRY(db_one(r, &idempotency_sql[FIND_KEY], &known, VALUES(r->actor_id, op, r->key)));
    r->work->key_recorded = true;
    if (!bytes_equal(known.req_hash, hash))
        return refuse(r, KEY_REUSED, VALUES(r->key));
    return E_OK;
}

bool idempotency_is_new(const struct request *r)
{
    return r->work->key_is_new;
}
