/* What identity signs with at Alipay, and whom it believes to be Alipay. */

#include "core/certificate.h"
#include "core/clock.h"
#include "core/http.h"
#include "core/log.h"
#include "identity/alipay.h"
#include "identity/state.h"

enum { PEM_MAX = 16 * 1024, CERTIFICATE_WARNING_DAYS = 60 };

static void forget(void *text)
{
    secret_forget(text, strlen(text));
}

/* The text of a file, let go with the state; NULL after a fault. */
static const char *read_text(struct identity *identity, const char *path)
{
    size_t size;
    char *text = secret_read(path, PEM_MAX, &size);

    if (text != NULL)
        arena_defer(identity->arena, forget, text);
    return text;
}

static enum error read_key(struct process *process, const char *path,
                           struct key *(*parse)(const char *pem), struct key **key)
{
    size_t size;
    char *text = secret_read(path, PEM_MAX, &size);

    if (text == NULL)
        return E_REFUSED;
    *key = parse(text);
    secret_forget(text, size);
    return *key != NULL ? E_OK : process_failed(process, "file %s: no such key in it", path);
}

/* The commonest mistake with Alipay: the public key of one's own application instead of Alipay's.
 */
static enum error open_key(struct process *process, const struct identity_settings *settings,
                           struct identity *identity)
{
    TRY(read_key(process, settings->alipay_public_key_file, key_public,
                 &identity->alipay_public_key));
    if (key_is_pair(identity->alipay_app_key, identity->alipay_public_key))
        return process_failed(process,
                              "ALIPAY_PUBLIC_KEY_FILE %s is the application's own key, "
                              "not Alipay's",
                              settings->alipay_public_key_file);
    return E_OK;
}

static enum error open_own(struct process *process, const char *path, struct identity *identity)
{
    const char *pem = read_text(identity, path);
    struct certificate *certificate = pem == NULL ? NULL : certificate_read(pem);
    struct key *key = certificate == NULL ? NULL : certificate_key(certificate);
    bool is_ours = key != NULL && key_is_pair(identity->alipay_app_key, key);

    certificate_close(certificate);
    key_close(key);
    if (pem == NULL)
        return E_REFUSED;
    if (!is_ours)
        return process_failed(process,
                              "ALIPAY_APP_CERT_FILE %s is not a certificate of the key in "
                              "ALIPAY_APP_KEY_FILE",
                              path);
    identity->alipay.app_cert_sn = alipay_cert_sn(identity->arena, pem);
    return E_OK;
}

static struct alipay_app bare_application(const struct identity *identity, const char *app_id)
{
    return (struct alipay_app){.app_id = app_id,
                               .private_key = identity->alipay_app_key,
                               .gateway_key = identity->alipay_public_key,
                               .app_cert_sn = identity->alipay.app_cert_sn,
                               .root_cert_sn = identity->alipay.root_cert_sn};
}

/* Takes the key over; false when there is no room. */
static bool believe(struct alipay_believed *believed, const struct alipay_certificate *certificate,
                    struct key *key)
{
    size_t count = believed->count;

    if (count == ALIPAY_CERTIFICATES_MAX) {
        key_close(key);
        return false;
    }
    snprintf(believed->items[count].serial, ALIPAY_SERIAL_ROOM, "%s", certificate->serial);
    believed->items[count].key = key;
    believed->items[count].ends_at = certificate->ends_at;
    believed->count = count + 1;
    return true;
}

static void tell_end(const char *path, struct instant ends_at, struct instant now)
{
    int64_t days = (ends_at.ms - now.ms) / DAY_MS;

    if (days < CERTIFICATE_WARNING_DAYS)
        log_error(NULL, "certificate_ends", "%s: in %lld days", path, (long long)days);
}

static enum error open_theirs(struct process *process, const char *path, const char *pem,
                              struct identity *identity)
{
    struct alipay_app app = bare_application(identity, "");
    struct alipay_certificate certificate = {.pem = pem};
    struct request *r = request_open(process);
    struct key *key;
    const char *against =
        alipay_doubt_first(r, &app, identity->alipay.roots_pem, &certificate, &key);
    enum error error = E_OK;

    if (against != NULL)
        error = process_failed(process, "ALIPAY_CERT_FILE %s is not Alipay's certificate: %s", path,
                               against);
    else if (believe(&identity->alipay, &certificate, key))
        tell_end(path, certificate.ends_at, r->now);
    request_close(r);
    return error;
}

static enum error open_certificates(struct process *process,
                                    const struct identity_settings *settings,
                                    struct identity *identity)
{
    struct alipay_believed *believed = &identity->alipay;
    const char *theirs = read_text(identity, settings->alipay_cert_file);

    believed->roots_pem = read_text(identity, settings->alipay_root_cert_file);
    if (theirs == NULL || believed->roots_pem == NULL)
        return E_REFUSED;
    TRY(open_own(process, settings->alipay_app_cert_file, identity));
    believed->root_cert_sn = alipay_root_cert_sn(identity->arena, believed->roots_pem);
    if (believed->root_cert_sn == NULL)
        return process_failed(process, "ALIPAY_ROOT_CERT_FILE %s holds no root signed with RSA",
                              settings->alipay_root_cert_file);
    return open_theirs(process, settings->alipay_cert_file, theirs, identity);
}

enum error alipay_open(struct process *process, const struct identity_settings *settings,
                       struct identity *identity)
{
    bool has_key = *settings->alipay_public_key_file != '\0';
    bool has_any = *settings->alipay_app_cert_file != '\0' || *settings->alipay_cert_file != '\0' ||
                   *settings->alipay_root_cert_file != '\0';
    bool has_all = *settings->alipay_app_cert_file != '\0' && *settings->alipay_cert_file != '\0' &&
                   *settings->alipay_root_cert_file != '\0';

    identity->alipay.asked_ms = INT64_MIN / 2;
    TRY(read_key(process, settings->alipay_app_key_file, key_private, &identity->alipay_app_key));
    if (has_key != has_any && (has_key || has_all))
        return has_key ? open_key(process, settings, identity)
                       : open_certificates(process, settings, identity);
    return process_failed(process, "either ALIPAY_PUBLIC_KEY_FILE is wanted, or all of "
                                   "ALIPAY_APP_CERT_FILE, ALIPAY_CERT_FILE, ALIPAY_ROOT_CERT_FILE");
}

void alipay_close(struct identity *identity)
{
    for (size_t i = 0; i < identity->alipay.count; i++)
        key_close((struct key *)(uintptr_t)identity->alipay.items[i].key);
    key_close(identity->alipay_app_key);
    key_close(identity->alipay_public_key);
    pthread_mutex_destroy(&identity->alipay.lock);
}

struct alipay_app alipay_application(struct request *r)
{
    const struct identity_settings *settings = r->settings;
    const struct identity *identity = r->state;
    const struct alipay_believed *believed = &identity->alipay;
    struct alipay_app app = bare_application(identity, settings->alipay_app_id);
    struct alipay_signer *signers =
        arena_alloc(r->arena, (ALIPAY_CERTIFICATES_MAX + 1) * sizeof(*signers));

    for (size_t i = 0; i < believed->count; i++)
        if (r->now.ms <= believed->items[i].ends_at.ms)
            signers[app.signer_count++] =
                (struct alipay_signer){believed->items[i].serial, believed->items[i].key};
    app.signers = signers;
    return app;
}

static bool fetch(struct request *r, struct alipay_believed *believed, const char *serial)
{
    struct alipay_app app = alipay_application(r);
    struct alipay_certificate certificate = {.serial = serial};
    const struct alipay_call call = {.method = ALIPAY_DOWNLOAD,
                                     .biz_content = alipay_download_content(r->arena, serial),
                                     .now = r->now};
    struct http_answer http;
    struct key *key;
    const char *against;

    if (alipay_send(r, &app, &call, &http) != E_OK)
        return false;
    certificate.pem = alipay_read_download(r, http.status, http.body);
    if (certificate.pem == NULL)
        return false;
    against = alipay_doubt(r, &app, believed->roots_pem, &certificate, &key);
    if (against == NULL)
        return believe(believed, &certificate, key);
    log_error(r, "certificate_refused", "alipay %s: %s", serial, against);
    return false;
}

bool alipay_learn(struct request *r, const char *serial)
{
    const struct identity_settings *settings = r->settings;
    struct identity *identity = r->state;
    struct alipay_believed *believed = &identity->alipay;
    int64_t now_ms = monotonic_ms();
    bool has_learned = false;

    if (pthread_mutex_trylock(&believed->lock) != 0)
        return false; /* another thread is at it; who signs in tries again */
    if (now_ms - believed->asked_ms >= settings->key_ask_ms) {
        believed->asked_ms = now_ms;
        has_learned = fetch(r, believed, serial);
    }
    pthread_mutex_unlock(&believed->lock);
    return has_learned;
}
