#include "payment/learned_keys.h"

#include "core/clock.h"
#include "core/job.h"
#include "core/log.h"
#include "core/seal.h"
#include "payment/state.h"

struct certificate_row {
    const char *serial;
    struct bytes pem;
    struct instant ends_at;
};

static const struct field certificate_fields[] = {
    FIELD(struct certificate_row, serial),
    FIELD(struct certificate_row, pem),
    FIELD(struct certificate_row, ends_at),
    FIELD_END,
};

struct fetched {
    struct instant at;
};

static const struct field fetched_fields[] = {FIELD_OR_NULL(struct fetched, at), FIELD_END};

static const struct sealed_column pem_column = {"platform_certificate", "pem"};

enum {
    LIST_CERTIFICATES,
    LAST_FETCHED,
    FETCHED_BY_SERIAL,
    KEEP_CERTIFICATE,
    RENEW_CERTIFICATE,
    STATEMENTS_END
};

const struct statement certificate_sql[] = {
    [LIST_CERTIFICATES] = {.sql = "SELECT serial, pem, ends_at FROM platform_certificate"
                                  "  WHERE merchant = ? AND ends_at > ? LIMIT 16",
                           ROWS(struct certificate_row, certificate_fields)},
    [LAST_FETCHED] = {.sql = "SELECT MAX(fetched_at) AS at FROM platform_certificate"
                             "  WHERE merchant = ?",
                      ROWS(struct fetched, fetched_fields)},
    [FETCHED_BY_SERIAL] = {.sql = "SELECT MAX(fetched_at) AS at FROM platform_certificate"
                                  "  WHERE merchant = ? AND serial = ?",
                           ROWS(struct fetched, fetched_fields)},
    [KEEP_CERTIFICATE] = {.sql = "INSERT INTO platform_certificate"
                                 "  (pem, ends_at, fetched_at, merchant, serial)"
                                 "  VALUES (?, ?, ?, ?, ?)"},
    [RENEW_CERTIFICATE] = {.sql = "UPDATE platform_certificate SET pem = ?, ends_at = ?,"
                                  "  fetched_at = ? WHERE merchant = ? AND serial = ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

static void close_learned(void *context)
{
    struct learned_keys *learned = context;

    for (size_t i = 0; i < learned->count; i++)
        key_close((struct key *)(uintptr_t)learned->items[i].key);
    pthread_mutex_destroy(&learned->lock);
}

struct learned_keys *learned_open(struct arena *arena)
{
    struct learned_keys *learned = arena_alloc(arena, sizeof(*learned));

    if (pthread_mutex_init(&learned->lock, NULL) != 0)
        abort();
    learned->looked_ms = INT64_MIN / 2;
    for (size_t i = 0; i < SIGHTINGS; i++)
        learned->asked_ms[i] = INT64_MIN / 2;
    arena_defer(arena, close_learned, learned);
    return learned;
}

bool learned_add(struct learned_keys *learned, const char *serial, struct key *key,
                 struct instant ends_at)
{
    size_t count = learned->count;

    if (count == LEARNED_MAX || strlen(serial) >= SERIAL_ROOM) {
        key_close(key);
        return false;
    }
    snprintf(learned->items[count].serial, SERIAL_ROOM, "%s", serial);
    learned->items[count].key = key;
    learned->items[count].ends_at = ends_at;
    learned->count = count + 1;
    return true;
}

static const char *row_id(struct request *r, const struct merchant *merchant, const char *serial)
{
    return arena_printf(r->arena, "%s:%s", merchant->id, serial);
}

/* A row of the table; false when it is known, of no use, or not what we sealed. */
static bool add_row(struct request *r, const struct merchant *merchant,
                    const struct key_source *source, const struct certificate_row *row)
{
    struct kept_certificate kept = {.serial = row->serial, .ends_at = row->ends_at};
    struct key *key;

    if (unseal(r, &pem_column, row_id(r, merchant, row->serial), row->pem, &kept.pem) != E_OK)
        return false;
    key = source->read(r, merchant, &kept);
    if (key == NULL || !learned_add(merchant->learned, kept.serial, key, kept.ends_at))
        return false;
    log_info(r, "key_learned", "%s %s %s", source->gateway, merchant->id, kept.serial);
    return true;
}

/* Under the lock. */
static bool look(struct request *r, const struct merchant *merchant,
                 const struct key_source *source)
{
    struct records rows;
    const struct certificate_row *row;
    size_t learned = 0;

    if (db_many(r, &certificate_sql[LIST_CERTIFICATES], &rows, VALUES(merchant->id, r->now)) !=
        E_OK)
        return false;
    row = rows.items;
    for (size_t i = 0; i < rows.count; i++)
        learned += add_row(r, merchant, source, &row[i]);
    return learned > 0;
}

struct asking {
    const char *job, *dedupe;
};

static enum error add_fetch(struct request *r, void *product)
{
    const struct asking *asking = product;

    return job_add(r, asking->job, asking->dedupe, NULL, r->now);
}

/* Whether so much has passed since; then it is now. */
static bool is_time(int64_t *last_ms, int64_t least_ms)
{
    int64_t now_ms = monotonic_ms();

    if (now_ms - *last_ms < least_ms)
        return false;
    *last_ms = now_ms;
    return true;
}

bool learn_key(struct request *r, const struct merchant *merchant, const struct key_source *source,
               const char *dedupe, enum sighting sighting)
{
    struct learned_keys *learned = merchant->learned;
    const struct payment_settings *settings = payment_settings(r);
    bool is_asking, has_learned;

    if (pthread_mutex_trylock(&learned->lock) != 0)
        return false; /* another thread is at it; the gateway repeats what it told */
    has_learned = is_time(&learned->looked_ms, settings->key_look_ms) && look(r, merchant, source);
    is_asking = !has_learned && is_time(&learned->asked_ms[sighting], settings->key_ask_ms);
    pthread_mutex_unlock(&learned->lock);
    if (is_asking && db_transaction(r, add_fetch, &(struct asking){source->job, dedupe}) != E_OK)
        log_error(r, "fetch_not_asked", "%s %s", source->gateway, merchant->id);
    return has_learned;
}

enum error keep_certificate(struct request *r, const struct merchant *merchant,
                            const struct kept_certificate *certificate)
{
    const char *serial = certificate->serial;
    struct bytes sealed = seal(r, &pem_column, row_id(r, merchant, serial), certificate->pem);
    enum error error = db_run(r, &certificate_sql[KEEP_CERTIFICATE],
                              VALUES(sealed, certificate->ends_at, r->now, merchant->id, serial));

    if (error != E_EXISTS)
        return error;
    return db_run(r, &certificate_sql[RENEW_CERTIFICATE],
                  VALUES(sealed, certificate->ends_at, r->now, merchant->id, serial));
}

enum error certificate_kept_at(struct request *r, const struct merchant *merchant,
                               const char *serial, struct instant *at)
{
    struct fetched fetched;
    enum error error =
        serial == NULL ? db_one(r, &certificate_sql[LAST_FETCHED], &fetched, VALUES(merchant->id))
                       : db_one(r, &certificate_sql[FETCHED_BY_SERIAL], &fetched,
                                VALUES(merchant->id, serial));

    *at = fetched.at;
    return error;
}
