#include "payment/alipay_keys.h"

#include "core/http.h"
#include "core/log.h"
#include "casework/alipay_certificates.h"
#include "payment/state.h"

struct alipay_merchant alipay_knowing(struct request *r, const struct merchant *merchant)
{
    struct alipay_merchant all = merchant->alipay;
    const struct learned_keys *learned = merchant->learned;
    struct alipay_signer *signers;
    size_t count;

    if (learned == NULL)
        return all;
    count = learned->count; /* another thread may add one meanwhile */
    signers = arena_alloc(r->arena, (count + 1) * sizeof(*signers));
    for (size_t i = 0; i < count; i++)
        if (r->now.ms <= learned->items[i].ends_at.ms)
            signers[all.app.signer_count++] =
                (struct alipay_signer){learned->items[i].serial, learned->items[i].key};
    all.app.signers = signers;
    return all;
}

static bool is_known(struct request *r, const struct merchant *merchant, const char *serial)
{
    struct alipay_merchant known = alipay_knowing(r, merchant);

    for (size_t i = 0; i < known.app.signer_count; i++)
        if (strcmp(known.app.signers[i].serial, serial) == 0)
            return true;
    return false;
}

/* The roots may be others than when it was kept. */
static struct key *read_kept(struct request *r, const struct merchant *merchant,
                             const struct kept_certificate *row)
{
    const struct alipay_merchant *alipay = &merchant->alipay;
    struct alipay_certificate certificate = {.serial = row->serial, .pem = row->pem};
    struct key *key = NULL;

    if (!is_known(r, merchant, row->serial))
        (void)alipay_doubt(r, &alipay->app, alipay->roots_pem, &certificate, &key);
    return key;
}

static const struct key_source source = {"alipay", read_kept, "fetch_alipay_certificate"};

static bool learn(struct request *r, const struct merchant *merchant, const char *serial,
                  enum sighting sighting)
{
    const char *dedupe = arena_printf(r->arena, "%s:%s", merchant->id, serial);

    return learn_key(r, merchant, &source, dedupe, sighting);
}

enum error alipay_post(struct request *r, const struct merchant *merchant,
                       const struct alipay_call *call, struct http_answer *received)
{
    static const char *const headers[] = {
        "Content-Type: application/x-www-form-urlencoded;charset=utf-8", NULL};
    const struct payment_settings *settings = payment_settings(r);
    const char *form = alipay_form(r->arena, &merchant->alipay.app, call);

    if (form == NULL)
        return failed(r, E_INTERNAL, "signing failed");
    return http_call(
        r,
        &(struct http_call){.upstream = "alipay",
                            .method = "POST",
                            .url = arena_printf(r->arena, "%s?charset=utf-8", settings->alipay_url),
                            .headers = headers,
                            .body = bytes_of(form),
                            .timeout_ms = settings->gateway_timeout_ms},
        received);
}

enum alipay_verdict alipay_believe_answer(struct request *r, const struct merchant *merchant,
                                          const char *method, struct bytes body,
                                          struct alipay_answer *answer)
{
    struct alipay_merchant knowing = alipay_knowing(r, merchant);
    enum alipay_verdict verdict = alipay_read_answer(r->arena, &knowing.app, method, body, answer);

    if (verdict != ALIPAY_UNKNOWN_SERIAL || !learn(r, merchant, answer->cert_sn, IN_ANSWER))
        return verdict;
    knowing = alipay_knowing(r, merchant);
    return alipay_read_answer(r->arena, &knowing.app, method, body, answer);
}

enum alipay_verdict alipay_believe_notice(struct request *r, const struct merchant *merchant,
                                          struct alipay_notice *notice)
{
    struct alipay_merchant knowing = alipay_knowing(r, merchant);
    enum alipay_verdict verdict = alipay_read_notice(r->arena, &knowing, r->body, notice);

    if (verdict != ALIPAY_UNKNOWN_SERIAL ||
        !learn(r, merchant, alipay_notice_text(notice, "alipay_cert_sn"), IN_NOTICE))
        return verdict;
    knowing = alipay_knowing(r, merchant);
    return alipay_read_notice(r->arena, &knowing, r->body, notice);
}

struct keeping {
    const struct merchant *merchant;
    struct alipay_certificate certificate;
};

static enum error keep(struct request *r, void *product)
{
    const struct keeping *keeping = product;
    const struct alipay_certificate *certificate = &keeping->certificate;

    return keep_certificate(r, keeping->merchant,
                            &(struct kept_certificate){.serial = certificate->serial,
                                                       .pem = certificate->pem,
                                                       .ends_at = certificate->ends_at});
}

static enum error fetch(struct request *r, struct keeping *keeping)
{
    const struct alipay_merchant *alipay = &keeping->merchant->alipay;
    struct alipay_certificate *certificate = &keeping->certificate;
    const struct alipay_call call = {.method = ALIPAY_DOWNLOAD,
                                     .biz_content =
                                         alipay_download_content(r->arena, certificate->serial),
                                     .now = r->now};
    struct http_answer received;
    const char *against;
    struct key *key;

    TRY(alipay_post(r, keeping->merchant, &call, &received));
    certificate->pem = alipay_read_download(r, received.status, received.body);
    if (certificate->pem == NULL)
        return E_OK; /* whoever sees the serial again asks again */
    against = alipay_doubt(r, &alipay->app, alipay->roots_pem, certificate, &key);
    key_close(key);
    if (against == NULL)
        return db_transaction(r, keep, keeping);
    log_error(r, "certificate_refused", "alipay %s %s: %s", keeping->merchant->id,
              certificate->serial, against);
    return E_OK;
}

enum error fetch_alipay_certificate(struct request *r, const struct task *task)
{
    const char *colon = strrchr(task->dedupe, ':');
    const char *id =
        arena_text_of(r->arena, task->dedupe, colon == NULL ? 0 : (size_t)(colon - task->dedupe));
    struct keeping keeping = {.merchant = merchant_of(r, "alipay", id)};
    struct instant kept_at;

    if (keeping.merchant == NULL || keeping.merchant->alipay.roots_pem == NULL)
        return E_OK;
    keeping.certificate.serial = colon + 1;
    TRY(certificate_kept_at(r, keeping.merchant, keeping.certificate.serial, &kept_at));
    if (kept_at.ms != NONE && r->now.ms - kept_at.ms < payment_settings(r)->key_ask_ms)
        return E_OK; /* several workers may have asked */
    return fetch(r, &keeping);
}
