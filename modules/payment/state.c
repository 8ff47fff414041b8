#include "core/certificate.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/log.h"
#include "core/process.h"
#include "payment/state.h"

#define P struct payment_settings

const struct setting payment_setting_table[] = {
    SETTING_NUMBER(P, order_minutes, "ORDER_MINUTES", "30", 1, 1440,
                   "how long an order keeps its price"),
    SETTING_NUMBER(P, gateway_timeout_ms, "GATEWAY_TIMEOUT_MS", "5000", 1, 60000,
                   "of one call to a gateway"),
    SETTING(P, notify_url, "NOTIFY_URL", NULL,
            "https address before /notify/..., as gateways see it"),
    SETTING(P, wechatpay_url, "WECHATPAY_URL", "https://api.mch.weixin.qq.com", "WeChat Pay"),
    SETTING(P, wechatpay_mchid, "WECHATPAY_MCHID", NULL, "merchant number"),
    SETTING(P, wechatpay_appid, "WECHATPAY_APPID", NULL, "mini program bound to it"),
    SETTING_FILE(P, wechatpay_key_file, "WECHATPAY_KEY_FILE", NULL, "merchant private key, PEM"),
    SETTING_FILE(P, wechatpay_certificate_file, "WECHATPAY_CERTIFICATE_FILE", NULL,
                 "merchant API certificate, PEM"),
    SETTING_FILE(P, wechatpay_apiv3_key_file, "WECHATPAY_APIV3_KEY_FILE", NULL,
                 "APIv3 key, 32 bytes"),
    SETTING_FILE(P, wechatpay_public_key_file, "WECHATPAY_PUBLIC_KEY_FILE", "",
                 "WeChat Pay public key, PEM; empty without one"),
    SETTING_FILE(P, wechatpay_public_key_id_file, "WECHATPAY_PUBLIC_KEY_ID_FILE", "",
                 "its id, PUB_KEY_ID_..."),
    SETTING(P, wechatpay_platform_files, "WECHATPAY_PLATFORM_FILES", "",
            "platform certificates, PEM, blank separated"),
    SETTING(P, alipay_url, "ALIPAY_URL", "https://openapi.alipay.com/gateway.do", "Alipay"),
    SETTING(P, alipay_app_id, "ALIPAY_APP_ID", NULL, "application"),
    SETTING(P, alipay_seller_id, "ALIPAY_SELLER_ID", "",
            "its seller id, 2088...; empty: unchecked"),
    SETTING_FILE(P, alipay_key_file, "ALIPAY_KEY_FILE", NULL, "application private key, PEM"),
    SETTING_FILE(P, alipay_public_key_file, "ALIPAY_PUBLIC_KEY_FILE", NULL,
                 "Alipay's public key, PEM; not the application's own"),
    SETTING_END,
};

enum { FILE_MAX = 16 * 1024, APIV3_KEY_SIZE = 32, CERTIFICATE_WARNING_DAYS = 60 };

static void forget(void *text)
{
    secret_forget(text, strlen(text));
}

static char *read_file(struct payment_state *state, const char *path, size_t *size)
{
    char *text = secret_read(path, FILE_MAX, size);

    if (text != NULL)
        arena_defer(state->arena, forget, text);
    return text;
}

static void drop_key(void *key)
{
    key_close(key);
}

static struct key *keep_key(struct payment_state *state, struct key *key)
{
    if (key != NULL)
        arena_defer(state->arena, drop_key, key);
    return key;
}

static struct key *read_private(struct process *process, struct payment_state *state,
                                const char *path)
{
    size_t size;
    char *pem = secret_read(path, FILE_MAX, &size);
    struct key *key;

    if (pem == NULL)
        return NULL;
    key = keep_key(state, key_private(pem));
    secret_forget(pem, size); /* the parsed key is enough */
    if (key == NULL)
        (void)!process_failed(process, "file %s holds no private key", path);
    return key;
}

static struct key *read_public(struct process *process, struct payment_state *state,
                               const char *path)
{
    size_t size;
    char *pem = read_file(state, path, &size);
    struct key *key = pem == NULL ? NULL : keep_key(state, key_public(pem));

    if (pem != NULL && key == NULL)
        (void)!process_failed(process, "file %s holds no public key", path);
    return key;
}

static void drop_certificate(void *certificate)
{
    certificate_close(certificate);
}

/* Refusing would take the other gateway down with it. */
static void tell_end(const char *path, const struct certificate *certificate)
{
    int64_t days = (certificate_ends_at(certificate).ms - clock_now().ms) / DAY_MS;

    if (days < CERTIFICATE_WARNING_DAYS)
        log_error(NULL, "certificate_ends", "%s: in %lld days", path, (long long)days);
}

static struct certificate *read_certificate(struct process *process, struct payment_state *state,
                                            const char *path)
{
    size_t size;
    char *pem = read_file(state, path, &size);
    struct certificate *certificate = pem == NULL ? NULL : certificate_read(pem);

    if (certificate != NULL) {
        arena_defer(state->arena, drop_certificate, certificate);
        tell_end(path, certificate);
    } else if (pem != NULL) {
        (void)!process_failed(process, "file %s holds no certificate", path);
    }
    return certificate;
}

static enum error add_key(struct process *process, struct payment_state *state, const char *serial,
                          const struct key *key)
{
    struct wechatpay_merchant *merchant = &state->wechatpay;

    if (merchant->key_count == WECHATPAY_KEYS_MAX)
        return process_failed(process, "more than %d keys of WeChat Pay", WECHATPAY_KEYS_MAX);
    state->wechatpay_keys[merchant->key_count++] = (struct wechatpay_key){serial, key};
    if (merchant->wanted_serial == NULL)
        merchant->wanted_serial = serial;
    return E_OK;
}

static enum error open_public_key(struct process *process, struct payment_state *state,
                                  const struct payment_settings *settings)
{
    struct key *key;
    size_t size;
    const char *id;

    if (*settings->wechatpay_public_key_file == '\0')
        return E_OK;
    key = read_public(process, state, settings->wechatpay_public_key_file);
    id = read_file(state, settings->wechatpay_public_key_id_file, &size);
    if (key == NULL || id == NULL)
        return E_REFUSED;
    if (strncmp(id, "PUB_KEY_ID_", 11) != 0)
        return process_failed(process, "file %s: an id begins with PUB_KEY_ID_",
                              settings->wechatpay_public_key_id_file);
    return add_key(process, state, id, key);
}

static enum error open_platform(struct process *process, struct payment_state *state,
                                const char *paths)
{
    while (*paths != '\0') {
        size_t size = strcspn(paths, " ");
        const char *path = arena_text_of(state->arena, paths, size);
        struct certificate *certificate = read_certificate(process, state, path);

        if (certificate == NULL)
            return E_REFUSED;
        TRY(add_key(process, state, certificate_serial_hex(state->arena, certificate),
                    keep_key(state, certificate_key(certificate))));
        paths += size + (paths[size] == ' ');
    }
    return E_OK;
}

static enum error check_merchant(struct process *process, struct payment_state *state,
                                 const struct payment_settings *settings,
                                 const struct certificate *certificate)
{
    struct key *certified = keep_key(state, certificate_key(certificate));

    if (!key_is_pair(state->wechatpay.private_key, certified))
        return process_failed(process, "file %s is not the key of certificate %s",
                              settings->wechatpay_key_file, settings->wechatpay_certificate_file);
    if (state->wechatpay.apiv3_key.size != APIV3_KEY_SIZE)
        return process_failed(process, "file %s: an APIv3 key has 32 bytes, this has %zu",
                              settings->wechatpay_apiv3_key_file, state->wechatpay.apiv3_key.size);
    if (state->wechatpay.key_count == 0)
        return process_failed(process, "neither WECHATPAY_PUBLIC_KEY_FILE nor "
                                       "WECHATPAY_PLATFORM_FILES is set: nothing verifies answers");
    return E_OK;
}

static enum error open_wechatpay(struct process *process, struct payment_state *state,
                                 const struct payment_settings *settings)
{
    struct wechatpay_merchant *merchant = &state->wechatpay;
    struct certificate *certificate;
    size_t size;
    char *apiv3;

    merchant->mchid = settings->wechatpay_mchid;
    merchant->appid = settings->wechatpay_appid;
    merchant->keys = state->wechatpay_keys;
    merchant->private_key = read_private(process, state, settings->wechatpay_key_file);
    certificate = read_certificate(process, state, settings->wechatpay_certificate_file);
    apiv3 = read_file(state, settings->wechatpay_apiv3_key_file, &size);
    if (merchant->private_key == NULL || certificate == NULL || apiv3 == NULL)
        return E_REFUSED;
    merchant->serial = certificate_serial_hex(state->arena, certificate);
    merchant->apiv3_key = (struct bytes){(const unsigned char *)apiv3, size};
    TRY(open_public_key(process, state, settings));
    TRY(open_platform(process, state, settings->wechatpay_platform_files));
    return check_merchant(process, state, settings, certificate);
}

static enum error open_alipay(struct process *process, struct payment_state *state,
                              const struct payment_settings *settings)
{
    struct alipay_app *app = &state->alipay.app;
    struct key *public_key = read_public(process, state, settings->alipay_public_key_file);

    app->app_id = settings->alipay_app_id;
    app->private_key = read_private(process, state, settings->alipay_key_file);
    app->gateway_key = public_key;
    state->alipay.seller_id =
        *settings->alipay_seller_id == '\0' ? NULL : settings->alipay_seller_id;
    if (app->private_key == NULL || public_key == NULL)
        return E_REFUSED;
    if (key_is_pair(app->private_key, public_key))
        return process_failed(process,
                              "file %s is our own application's public key: Alipay's is wanted",
                              settings->alipay_public_key_file);
    return E_OK;
}

enum error payment_open(struct process *process, const void *given, void **product)
{
    const struct payment_settings *settings = given;
    struct arena *arena = arena_open(1024 * 1024);
    struct payment_state *state = arena_alloc(arena, sizeof(*state));
    enum error wechatpay, alipay;

    state->arena = arena;
    state->order_minutes = settings->order_minutes;
    state->gateway_timeout_ms = settings->gateway_timeout_ms;
    state->wechatpay_url = settings->wechatpay_url;
    state->alipay_url = settings->alipay_url;
    state->wechatpay_notify_url = arena_printf(arena, "%s/notify/wechatpay", settings->notify_url);
    state->alipay_notify_url = arena_printf(arena, "%s/notify/alipay", settings->notify_url);
    wechatpay = open_wechatpay(process, state, settings);
    alipay = open_alipay(process, state, settings);
    if (process->vault == NULL)
        wechatpay = process_failed(process, "setting DATA_KEYS_FILE is missing");
    if (wechatpay != E_OK || alipay != E_OK) {
        payment_close(state);
        return E_REFUSED;
    }
    *product = state;
    return E_OK;
}

void payment_close(void *product)
{
    struct payment_state *state = product;

    arena_close(state->arena);
}
