#include "casework/alipay_certificates.h"

#include <jansson.h>

#include "core/certificate.h"
#include "core/clock.h"
#include "core/input.h"
#include "core/json_read.h"
#include "core/log.h"

const char *alipay_download_content(struct arena *arena, const char *serial)
{
    return json_written(arena, json_pack("{s:s}", "alipay_cert_sn", serial));
}

struct download {
    const char *code, *sub_code, *alipay_cert_content;
};

static const struct param download_params[] = {
    PARAM(struct download, code, .min = 1, .max = 16),
    PARAM(struct download, sub_code, .max = 256, .optional = true),
    PARAM(struct download, alipay_cert_content, .max = 4 * ALIPAY_PEM_MAX, .optional = true),
    PARAM_END,
};

/* No signature is looked at: it would be by the very certificate that is asked for, which is shown
   in another way. */
const char *alipay_read_download(struct request *r, int64_t status, struct bytes body)
{
    struct alipay_envelope envelope;
    struct download download = {.code = NULL};
    struct bytes content;

    if (status != 200 || !alipay_split(r->arena, ALIPAY_DOWNLOAD, body, &envelope) ||
        input_from_json(r, envelope.node, download_params, LENIENT, &download) != E_OK) {
        reasons_forget(r);
        log_error(r, "certificate_refused", "alipay: %lld, an answer that cannot be read",
                  (long long)status);
        return NULL;
    }
    if (download.alipay_cert_content == NULL) {
        log_info(r, "certificate_unknown", "alipay: %s %s", download.code,
                 download.sub_code == NULL ? "" : download.sub_code);
        return NULL;
    }
    content = base64_decode(r->arena, download.alipay_cert_content);
    return content.data == NULL || content.size > ALIPAY_PEM_MAX
               ? ""
               : arena_text_of(r->arena, content.data, content.size);
}

/* What is to be seen from the certificate alone, at that moment. */
static const char *doubt_at(struct request *r, const char *roots_pem,
                            struct alipay_certificate *wanted, bool may_have_ended)
{
    struct certificate *certificate = certificate_read(wanted->pem);
    const char *serial = alipay_cert_sn(r->arena, wanted->pem);
    struct instant at = r->now;

    if (certificate == NULL)
        return "it holds no certificate";
    wanted->ends_at = certificate_ends_at(certificate);
    certificate_close(certificate);
    if (may_have_ended && at.ms >= wanted->ends_at.ms)
        at.ms = wanted->ends_at.ms - SECOND_MS;
    if (wanted->serial != NULL && strcmp(serial, wanted->serial) != 0)
        return "it is another one";
    wanted->serial = serial;
    return alipay_is_rooted(roots_pem, wanted->pem, at)
               ? NULL
               : "it does not come from the roots, or is not in date";
}

static struct key *key_of(const char *pem)
{
    struct certificate *certificate = certificate_read(pem);
    struct key *key = certificate_key(certificate);

    certificate_close(certificate);
    return key;
}

/* Its key, unless something is against it. */
static const char *take_key(const struct alipay_app *app, const char *against, const char *pem,
                            struct key **key)
{
    *key = against == NULL ? key_of(pem) : NULL;
    if (against != NULL)
        return against;
    if (*key == NULL)
        return "it has no key that is of use";
    if (!key_is_pair(app->private_key, *key))
        return NULL;
    key_close(*key);
    *key = NULL;
    return "it is our own application's";
}

const char *alipay_doubt(struct request *r, const struct alipay_app *app, const char *roots_pem,
                         struct alipay_certificate *certificate, struct key **key)
{
    return take_key(app, doubt_at(r, roots_pem, certificate, false), certificate->pem, key);
}

const char *alipay_doubt_first(struct request *r, const struct alipay_app *app,
                               const char *roots_pem, struct alipay_certificate *certificate,
                               struct key **key)
{
    return take_key(app, doubt_at(r, roots_pem, certificate, true), certificate->pem, key);
}
