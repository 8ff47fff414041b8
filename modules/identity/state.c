#include "identity/state.h"

#include "core/crypto.h"
#include "identity/password.h"

enum { ARENA_LIMIT = 64 * 1024 };

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

static enum error open_all(struct process *process, const struct identity_settings *settings,
                           struct identity *identity)
{
    TRY(check_settings(process, settings));
    TRY(read_secret(process, settings->wechat_secret_file, identity->wechat_secret,
                    sizeof(identity->wechat_secret)));
    return alipay_open(process, settings, identity);
}

enum error identity_open(struct process *process, const void *settings, void **state)
{
    struct arena *arena = arena_open(ARENA_LIMIT);
    struct identity *identity = arena_alloc(arena, sizeof(*identity));
    enum error error;

    identity->arena = arena;
    identity->password_stand_in = password_stand_in(arena, settings);
    pthread_mutex_init(&identity->token.lock, NULL);
    pthread_mutex_init(&identity->alipay.lock, NULL);
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

    alipay_close(identity);
    pthread_mutex_destroy(&identity->token.lock);
    wipe(identity, sizeof(*identity));
    arena_close(arena);
}
