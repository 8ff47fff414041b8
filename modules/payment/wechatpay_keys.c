#include "payment/wechatpay_keys.h"

#include "core/clock.h"
#include "core/http.h"
#include "core/job.h"
#include "core/log.h"
#include "core/seal.h"
#include "payment/state.h"
#include "payment/wechatpay_envelope.h"
#include "payment/wechatpay_order.h"

struct certificate_row {
    const char *serial;
    struct bytes pem;
};

static const struct field certificate_fields[] = {
    FIELD(struct certificate_row, serial),
    FIELD(struct certificate_row, pem),
    FIELD_END,
};

struct fetched {
    struct instant at;
};

static const struct field fetched_fields[] = {FIELD_OR_NULL(struct fetched, at), FIELD_END};

static const struct sealed_column pem_column = {"platform_certificate", "pem"};

enum { LIST_CERTIFICATES, LAST_FETCHED, KEEP_CERTIFICATE, RENEW_CERTIFICATE, STATEMENTS_END };

const struct statement certificate_sql[] = {
    [LIST_CERTIFICATES] = {.sql = "SELECT serial, pem FROM platform_certificate"
                                  "  WHERE merchant = ? AND ends_at > ? LIMIT 16",
                           ROWS(struct certificate_row, certificate_fields)},
    [LAST_FETCHED] = {.sql = "SELECT MAX(fetched_at) AS at FROM platform_certificate"
                             "  WHERE merchant = ?",
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
    learned->looked_ms = learned->asked_ms = INT64_MIN / 2;
    arena_defer(arena, close_learned, learned);
    return learned;
}

struct wechatpay_merchant wechatpay_knowing(struct request *r, const struct merchant *merchant)
{
    struct wechatpay_merchant all = merchant->wechatpay;
    size_t learned = merchant->learned->count;
    struct wechatpay_key *keys;

    if (learned == 0)
        return all;
    keys = arena_alloc(r->arena, (all.key_count + learned) * sizeof(*keys));
    memcpy(keys, all.keys, all.key_count * sizeof(*keys));
    memcpy(keys + all.key_count, merchant->learned->items, learned * sizeof(*keys));
    all.keys = keys;
    all.key_count += learned;
    return all;
}

/* A row of the table; false when it is known, of no use, or not what we sealed. */
static bool add_learned(struct request *r, const struct merchant *merchant,
                        const struct certificate_row *row)
{
    struct learned_keys *learned = merchant->learned;
    struct wechatpay_merchant known = wechatpay_knowing(r, merchant);
    size_t count = learned->count;
    const char *pem, *id = arena_printf(r->arena, "%s:%s", merchant->id, row->serial);
    const struct key *key;

    if (count == LEARNED_MAX || strlen(row->serial) >= SERIAL_ROOM ||
        wechatpay_key_of(&known, row->serial) != NULL ||
        unseal(r, &pem_column, id, row->pem, &pem) != E_OK)
        return false;
    key = key_public(pem);
    if (key == NULL)
        return false;
    snprintf(learned->serials[count], SERIAL_ROOM, "%s", row->serial);
    learned->items[count] = (struct wechatpay_key){learned->serials[count], key};
    learned->count = count + 1;
    log_info(r, "key_learned", "wechatpay %s %s", merchant->id, row->serial);
    return true;
}

static enum error add_fetch(struct request *r, void *merchant)
{
    return job_add(r, "fetch_certificates", merchant, NULL, r->now);
}

/* Under the lock. */
static bool look(struct request *r, const struct merchant *merchant)
{
    struct records rows;
    const struct certificate_row *row;
    size_t learned = 0;

    if (db_many(r, &certificate_sql[LIST_CERTIFICATES], &rows, VALUES(merchant->id, r->now)) !=
        E_OK)
        return false;
    row = rows.items;
    for (size_t i = 0; i < rows.count; i++)
        learned += add_learned(r, merchant, &row[i]);
    return learned > 0;
}

bool wechatpay_learn(struct request *r, const struct merchant *merchant)
{
    struct learned_keys *learned = merchant->learned;
    bool is_asking, has_learned;

    if (pthread_mutex_trylock(&learned->lock) != 0)
        return false; /* another thread is at it; the gateway repeats what it told */
    if (monotonic_ms() - learned->looked_ms < payment_state(r)->key_look_ms) {
        pthread_mutex_unlock(&learned->lock);
        return false;
    }
    learned->looked_ms = monotonic_ms();
    has_learned = look(r, merchant);
    is_asking = !has_learned && monotonic_ms() - learned->asked_ms >= payment_state(r)->key_ask_ms;
    if (is_asking)
        learned->asked_ms = monotonic_ms();
    pthread_mutex_unlock(&learned->lock);
    if (is_asking && db_transaction(r, add_fetch, (void *)(uintptr_t)merchant->id) != E_OK)
        log_error(r, "fetch_not_asked", "wechatpay %s", merchant->id);
    return has_learned;
}

struct wechatpay_signed wechatpay_signed_of(struct request *r, const struct http_answer *received)
{
    return (struct wechatpay_signed){
        .timestamp = http_header(r, received, "Wechatpay-Timestamp"),
        .nonce = http_header(r, received, "Wechatpay-Nonce"),
        .serial = http_header(r, received, "Wechatpay-Serial"),
        .signature = http_header(r, received, "Wechatpay-Signature"),
        .signature_type = http_header(r, received, "Wechatpay-Signature-Type"),
        .body = received->body,
    };
}

bool wechatpay_is_genuine(struct request *r, const struct merchant *merchant,
                          const struct http_answer *received)
{
    struct wechatpay_signed parts = wechatpay_signed_of(r, received);
    struct wechatpay_merchant knowing = wechatpay_knowing(r, merchant);
    enum wechatpay_verdict verdict = wechatpay_verify(r->arena, &knowing, &parts, r->now);

    if (verdict == WECHATPAY_UNKNOWN_SERIAL && wechatpay_learn(r, merchant)) {
        knowing = wechatpay_knowing(r, merchant);
        verdict = wechatpay_verify(r->arena, &knowing, &parts, r->now);
    }
    return verdict == WECHATPAY_GENUINE;
}

static enum error plan_all(struct request *r, void *product)
{
    const struct merchants *merchants = product;

    for (size_t i = 0; i < merchants->count; i++)
        if (strcmp(merchants->items[i].gateway, "wechatpay") == 0)
            TRY(job_add(r, "fetch_certificates", merchants->items[i].id, NULL, r->now));
    return E_OK;
}

enum error plan_certificates(struct request *r, const struct task *task)
{
    (void)task;
    return db_transaction(r, plan_all, (void *)(uintptr_t)&payment_state(r)->merchants);
}

struct keeping {
    const char *merchant;
    const struct wechatpay_certificates *certificates;
};

static enum error keep_one(struct request *r, const char *merchant, const char *serial,
                           const char *pem, struct instant ends_at)
{
    const char *id = arena_printf(r->arena, "%s:%s", merchant, serial);
    struct bytes sealed = seal(r, &pem_column, id, pem);
    enum error error = db_run(r, &certificate_sql[KEEP_CERTIFICATE],
                              VALUES(sealed, ends_at, r->now, merchant, serial));

    if (error != E_EXISTS)
        return error;
    return db_run(r, &certificate_sql[RENEW_CERTIFICATE],
                  VALUES(sealed, ends_at, r->now, merchant, serial));
}

static enum error keep_all(struct request *r, void *product)
{
    const struct keeping *keeping = product;
    const struct wechatpay_certificates *all = keeping->certificates;

    for (size_t i = 0; i < all->count; i++)
        TRY(keep_one(r, keeping->merchant, all->items[i].serial, all->items[i].pem,
                     all->items[i].ends_at));
    return E_OK;
}

static enum error get_certificates(struct request *r, const struct merchant *merchant,
                                   struct http_answer *received)
{
    const struct payment_state *state = payment_state(r);
    const char *const *headers =
        wechatpay_headers(r->arena, &merchant->wechatpay,
                          &(struct wechatpay_call){.method = "GET",
                                                   .target = WECHATPAY_CERTIFICATES_TARGET,
                                                   .body = "",
                                                   .now = r->now,
                                                   .nonce = random_text(r->arena, 32)});

    if (headers == NULL)
        return failed(r, E_INTERNAL, "signing failed");
    return http_call(r,
                     &(struct http_call){.upstream = "wechatpay",
                                         .method = "GET",
                                         .url = arena_printf(r->arena, "%s%s", state->wechatpay_url,
                                                             WECHATPAY_CERTIFICATES_TARGET),
                                         .headers = headers,
                                         .body = bytes_of(""),
                                         .timeout_ms = state->gateway_timeout_ms},
                     received);
}

/* A merchant with a public key of theirs has no certificates: that is said by 404, and no fault. */
enum error fetch_certificates(struct request *r, const struct task *task)
{
    const struct merchant *merchant = merchant_of(r, "wechatpay", task->dedupe);
    struct wechatpay_merchant knowing;
    struct wechatpay_certificates certificates;
    struct wechatpay_signed parts;
    struct http_answer received;
    struct fetched last;

    if (merchant == NULL)
        return E_OK;
    TRY(db_one(r, &certificate_sql[LAST_FETCHED], &last, VALUES(merchant->id)));
    if (last.at.ms != NONE && r->now.ms - last.at.ms < payment_state(r)->key_ask_ms)
        return E_OK; /* several workers may have asked */
    TRY(get_certificates(r, merchant, &received));
    parts = wechatpay_signed_of(r, &received);
    knowing = wechatpay_knowing(r, merchant);
    switch (wechatpay_read_certificates(r->arena, &knowing, received.status, &parts, r->now,
                                        &certificates)) {
    case WECHATPAY_NO_CERTIFICATES:
        return E_OK;
    case WECHATPAY_GENUINE:
        return db_transaction(r, keep_all, &(struct keeping){merchant->id, &certificates});
    default:
        return failed(r, E_UPSTREAM, "wechatpay %s: its list of certificates is not to be believed",
                      merchant->id);
    }
}
