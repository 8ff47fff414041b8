#include "casework/alipay_gateway.h"

#include "core/certificate.h"
#include "core/clock.h"
#include "core/crypto_gateway.h"
#include "core/http.h"

#define COMMON_PARAMS 10

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct alipay_param *)a)->name, ((const struct alipay_param *)b)->name);
}

static const struct alipay_param *sorted(struct arena *arena, struct alipay_params params)
{
    struct alipay_param *copy = arena_alloc(arena, params.count * sizeof(*copy));

    if (params.count == 0)
        return copy;
    memcpy(copy, params.items, params.count * sizeof(*copy));
    qsort(copy, params.count, sizeof(*copy), by_name);
    return copy;
}

/* name=value joined by "&". */
static const char *joined(struct arena *arena, const struct alipay_param *params, size_t count,
                          const char *(*value_of)(struct arena *, const char *))
{
    size_t size = 1;
    char *text, *at;

    for (size_t i = 0; i < count; i++)
        size += strlen(params[i].name) + 3 * strlen(params[i].value) + 2;
    text = at = arena_alloc(arena, size);
    for (size_t i = 0; i < count; i++) {
        int written = snprintf(at, size - (size_t)(at - text), "%s%s=%s", i > 0 ? "&" : "",
                               params[i].name, value_of(arena, params[i].value));

        at += written > 0 ? written : 0;
    }
    return text;
}

static const char *as_it_is(struct arena *arena, const char *value)
{
    (void)arena;
    return value;
}

/* Without the signature and what is empty: those are never signed. */
static struct alipay_params signed_ones(struct arena *arena, struct alipay_params params)
{
    struct alipay_param *kept = arena_alloc(arena, (params.count + 1) * sizeof(*kept));
    size_t count = 0;

    for (size_t i = 0; i < params.count; i++)
        if (strcmp(params.items[i].name, "sign") != 0 && params.items[i].value[0] != '\0')
            kept[count++] = params.items[i];
    return (struct alipay_params){kept, count};
}

const char *alipay_joined(struct arena *arena, struct alipay_params params)
{
    return joined(arena, sorted(arena, params), params.count, as_it_is);
}

const char *alipay_string(struct arena *arena, struct alipay_params params)
{
    return alipay_joined(arena, signed_ones(arena, params));
}

const char *alipay_signed_form(struct arena *arena, const struct key *private_key,
                               struct alipay_params params)
{
    struct alipay_params kept = signed_ones(arena, params);
    struct alipay_param *all = arena_alloc(arena, (kept.count + 1) * sizeof(*all));
    const char *sign = sign_rsa_sha256(arena, private_key, bytes_of(alipay_string(arena, params)));

    if (sign == NULL)
        return NULL;
    if (kept.count > 0)
        memcpy(all, kept.items, kept.count * sizeof(*all));
    all[kept.count] = (struct alipay_param){"sign", sign};
    kept = (struct alipay_params){all, kept.count + 1};
    return joined(arena, sorted(arena, kept), kept.count, url_encode);
}

const char *alipay_form(struct arena *arena, const struct alipay_app *app,
                        const struct alipay_call *call)
{
    const struct alipay_param common[COMMON_PARAMS] = {
        {"app_id", app->app_id},
        {"method", call->method},
        {"format", "JSON"},
        {"charset", "utf-8"},
        {"sign_type", "RSA2"},
        {"timestamp", alipay_time(arena, call->now)},
        {"version", "1.0"},
        {"notify_url", call->notify_url != NULL ? call->notify_url : ""},
        {"biz_content", call->biz_content != NULL ? call->biz_content : ""},
        {"app_cert_sn", app->app_cert_sn != NULL ? app->app_cert_sn : ""},
    };
    size_t count = COMMON_PARAMS + call->more.count;
    struct alipay_param *params = arena_alloc(arena, (count + 1) * sizeof(*params));

    memcpy(params, common, sizeof(common));
    if (call->more.count > 0)
        memcpy(params + COMMON_PARAMS, call->more.items, call->more.count * sizeof(*params));
    if (app->root_cert_sn != NULL)
        params[count++] = (struct alipay_param){"alipay_root_cert_sn", app->root_cert_sn};
    return alipay_signed_form(arena, app->private_key, (struct alipay_params){params, count});
}

const char *alipay_time(struct arena *arena, struct instant at)
{
    struct day day = civil_day(at);
    int64_t second = (at.ms - day_start(day).ms) / SECOND_MS;

    return arena_printf(arena, "%s %02d:%02d:%02d", day_to_text(arena, day), (int)(second / 3600),
                        (int)(second / 60 % 60), (int)(second % 60));
}

/* Two digits below `limit`, or -1. */
static int64_t two_digits(const char *at, int64_t limit)
{
    int64_t number;

    if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
        return -1;
    number = (at[0] - '0') * 10 + (at[1] - '0');
    return number < limit ? number : -1;
}

bool alipay_time_read(const char *text, struct instant *at)
{
    char date[11];
    struct day day;
    int64_t hour, minute, second;

    if (strlen(text) != 19 || text[10] != ' ' || text[13] != ':' || text[16] != ':')
        return false;
    memcpy(date, text, 10);
    date[10] = '\0';
    hour = two_digits(text + 11, 24);
    minute = two_digits(text + 14, 60);
    second = two_digits(text + 17, 60);
    if (hour < 0 || minute < 0 || second < 0 || !day_from_text(date, &day))
        return false;
    *at = instant_add(day_start(day), hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS);
    return true;
}

const char *alipay_serial(struct arena *arena, const struct certificate *certificate)
{
    return digest_hex(arena, DIGEST_MD5,
                      bytes_of(arena_printf(arena, "%s%s", certificate_issuer(arena, certificate),
                                            certificate_serial_decimal(arena, certificate))));
}

const char *alipay_cert_sn(struct arena *arena, const char *pem)
{
    struct certificate *certificate = certificate_read(pem);
    const char *sn = certificate != NULL ? alipay_serial(arena, certificate) : NULL;

    certificate_close(certificate);
    return sn;
}

const char *alipay_root_cert_sn(struct arena *arena, const char *pem_bundle)
{
    struct certificate *certificate;
    const char *all = NULL;

    while ((certificate = certificate_next(&pem_bundle)) != NULL) {
        if (certificate_is_signed_by_rsa(certificate) && all == NULL)
            all = alipay_serial(arena, certificate);
        else if (certificate_is_signed_by_rsa(certificate))
            all = arena_printf(arena, "%s_%s", all, alipay_serial(arena, certificate));
        certificate_close(certificate);
    }
    return all;
}

bool alipay_is_rooted(const char *roots_pem, const char *pem, struct instant at)
{
    struct certificate *certificate = certificate_read(pem);
    struct trust *trust = certificate != NULL ? trust_open(roots_pem, pem) : NULL;
    bool is_rooted = trust != NULL && trust_covers(trust, certificate, at);

    trust_close(trust);
    certificate_close(certificate);
    return is_rooted;
}
