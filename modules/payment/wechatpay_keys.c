#include "payment/wechatpay_keys.h"

#include "core/http.h"
#include "core/job.h"
#include "payment/state.h"
#include "payment/wechatpay_envelope.h"
#include "payment/wechatpay_order.h"

struct wechatpay_merchant wechatpay_knowing(struct request *r, const struct merchant *merchant)
{
    struct wechatpay_merchant all = merchant->wechatpay;
    size_t learned = merchant->learned->count;
    struct wechatpay_key *keys;

    if (learned == 0)
        return all;
    keys = arena_alloc(r->arena, (all.key_count + learned) * sizeof(*keys));
    memcpy(keys, all.keys, all.key_count * sizeof(*keys));
    for (size_t i = 0; i < learned; i++)
        keys[all.key_count + i] = (struct wechatpay_key){merchant->learned->items[i].serial,
                                                         merchant->learned->items[i].key};
    all.keys = keys;
    all.key_count += learned;
    return all;
}

static struct key *read_kept(struct request *r, const struct merchant *merchant,
                             const struct kept_certificate *kept)
{
    struct wechatpay_merchant known = wechatpay_knowing(r, merchant);

    return wechatpay_key_of(&known, kept->serial) == NULL ? key_public(kept->pem) : NULL;
}

static const struct key_source source = {"wechatpay", read_kept, "fetch_certificates"};

bool wechatpay_learn(struct request *r, const struct merchant *merchant, enum sighting sighting)
{
    return learn_key(r, merchant, &source, merchant->id, sighting);
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

    if (verdict == WECHATPAY_UNKNOWN_SERIAL && wechatpay_learn(r, merchant, IN_ANSWER)) {
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
    const struct merchant *merchant;
    const struct wechatpay_certificates *certificates;
};

static enum error keep_all(struct request *r, void *product)
{
    const struct keeping *keeping = product;
    const struct wechatpay_certificates *all = keeping->certificates;

    for (size_t i = 0; i < all->count; i++)
        TRY(keep_certificate(r, keeping->merchant,
                             &(struct kept_certificate){.serial = all->items[i].serial,
                                                        .pem = all->items[i].pem,
                                                        .ends_at = all->items[i].ends_at}));
    return E_OK;
}

static enum error get_certificates(struct request *r, const struct merchant *merchant,
                                   struct http_answer *received)
{
    const struct payment_settings *settings = payment_settings(r);
    const char *const *headers =
        wechatpay_headers(r->arena, &merchant->wechatpay,
                          &(struct wechatpay_call){.method = "GET",
                                                   .target = WECHATPAY_CERTIFICATES_TARGET,
                                                   .body = "",
                                                   .now = r->now,
                                                   .nonce = random_text(r->arena, 32)});

    if (headers == NULL)
        return failed(r, E_INTERNAL, "signing failed");
    return http_call(
        r,
        &(struct http_call){.upstream = "wechatpay",
                            .method = "GET",
                            .url = arena_printf(r->arena, "%s%s", settings->wechatpay_url,
                                                WECHATPAY_CERTIFICATES_TARGET),
                            .headers = headers,
                            .body = bytes_of(""),
                            .timeout_ms = settings->gateway_timeout_ms},
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
    struct instant last;

    if (merchant == NULL)
        return E_OK;
    TRY(certificate_kept_at(r, merchant, NULL, &last));
    if (last.ms != NONE && r->now.ms - last.ms < payment_settings(r)->key_ask_ms)
        return E_OK; /* several workers may have asked */
    TRY(get_certificates(r, merchant, &received));
    parts = wechatpay_signed_of(r, &received);
    knowing = wechatpay_knowing(r, merchant);
    switch (wechatpay_read_certificates(r->arena, &knowing, received.status, &parts, r->now,
                                        &certificates)) {
    case WECHATPAY_NO_CERTIFICATES:
        return E_OK;
    case WECHATPAY_GENUINE:
        return db_transaction(r, keep_all, &(struct keeping){merchant, &certificates});
    default:
        return failed(r, E_UPSTREAM, "wechatpay %s: its list of certificates is not to be believed",
                      merchant->id);
    }
}
