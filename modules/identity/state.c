#include "identity/state.h"

#include "core/crypto.h"
#include "identity/password.h"

enum { PEM_MAX = 8192, ARENA_LIMIT = 64 * 1024 };

static bool is_word(const char *text)
{
    return *text != '\0' &&
           text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")] ==
               '\0';
}

static enum error read_secret(struct process *process, const char *path, char *secret, size_t room)
{
    size_t size;
    char *text = secret_read(path, room - 1, &size);
    enum error error = E_OK;

    if (text == NULL)
        return E_REFUSED;
    if (is_word(text))
        memcpy(secret, text, size + 1);
    else
        error = process_failed(process, "file %s: letters and digits are wanted", path);
    secret_forget(text, size);
    return error;
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

static bool is_https(const char *url)
{
    return strncmp(url, "https://", 8) == 0 && url[strlen(url) - 1] != '/';
}

static enum error check_settings(struct process *process, const struct identity_settings *settings)
{
    if (!is_https(settings->wechat_url) || !is_https(settings->alipay_url))
        return process_failed(process, "WECHAT_URL and ALIPAY_URL begin with https:// and do not "
                                       "end in a slash");
    if (!is_word(settings->wechat_appid) || strlen(settings->wechat_appid) > 64)
        return process_failed(process, "WECHAT_APPID %s: letters and digits are wanted",
                              settings->wechat_appid);
    if (settings->gateway_ms < 1 || settings->session_idle_s < 1 || settings->session_max_s < 1 ||
        settings->face_checks_a_day < 1)
        return process_failed(process, "GATEWAY_MS, SESSION_IDLE_S, SESSION_MAX_S and "
                                       "FACE_CHECKS_A_DAY must be at least 1");
    return E_OK;
}

/* The commonest mistake with Alipay: the public key of one's own application instead of Alipay's.
 */
static enum error open_all(struct process *process, const struct identity_settings *settings,
                           struct identity *identity)
{
    TRY(check_settings(process, settings));
    TRY(read_secret(process, settings->wechat_secret_file, identity->wechat_secret,
                    sizeof(identity->wechat_secret)));
    TRY(read_key(process, settings->alipay_app_key_file, key_private, &identity->alipay_app_key));
    TRY(read_key(process, settings->alipay_public_key_file, key_public,
                 &identity->alipay_public_key));
    if (key_is_pair(identity->alipay_app_key, identity->alipay_public_key))
        return process_failed(process,
                              "ALIPAY_PUBLIC_KEY_FILE %s is the application's own key, "
                              "not Alipay's",
                              settings->alipay_public_key_file);
    return E_OK;
}

enum error identity_open(struct process *process, const void *settings, void **state)
{
    struct arena *arena = arena_open(ARENA_LIMIT);
    struct identity *identity = arena_alloc(arena, sizeof(*identity));
    enum error error;

    identity->arena = arena;
    identity->password_stand_in = password_stand_in(arena, settings);
    pthread_mutex_init(&identity->token.lock, NULL);
    error = open_all(process, settings, identity);
    if (error == E_OK)
        *state = identity;
    else
        identity_close(identity);
    return error;
}

void identity_close(void *state)
{
    struct identity *identity = state;
    struct arena *arena = identity->arena;

    if (identity->alipay_app_key != NULL)
        key_close(identity->alipay_app_key);
    if (identity->alipay_public_key != NULL)
        key_close(identity->alipay_public_key);
    pthread_mutex_destroy(&identity->token.lock);
    wipe(identity, sizeof(*identity));
    arena_close(arena);
}
