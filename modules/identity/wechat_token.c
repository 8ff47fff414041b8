#include "identity/wechat_client.h"

#include "core/clock.h"
#include "core/crypto.h"
#include "core/log.h"

struct token_answer {
    int64_t errcode;
    const char *access_token;
    int64_t expires_in;
};

static const struct param token_params[] = {
    PARAM(struct token_answer, errcode, .optional = true),
    PARAM(struct token_answer, access_token, .optional = true, .min = 1,
          .max = ACCESS_TOKEN_SIZE - 1),
    PARAM(struct token_answer, expires_in, .optional = true, .min = 1, .max = 1000000),
    PARAM_END,
};

/* The secret stands on this stack only, not in the arena. Both parts are letters and digits:
   checked when they were read. */
static enum error ask_token(struct request *r, struct token_answer *answer)
{
    static const char path[] = "/cgi-bin/stable_token";
    const struct identity_settings *settings = r->settings;
    const struct identity *identity = r->state;
    char body[512];
    struct wechat_call call = {.path = path,
                               .body = body,
                               .params = token_params,
                               .answer = answer,
                               .errcode = &answer->errcode};
    enum error error;

    snprintf(body, sizeof(body),
             "{\"grant_type\":\"client_credential\",\"appid\":\"%s\",\"secret\":\"%s\","
             "\"force_refresh\":false}",
             settings->wechat_appid, identity->wechat_secret);
    error = wechat_send(r, &call, arena_printf(r->arena, "%s%s", settings->wechat_url, path));
    wipe(body, sizeof(body));
    return error == E_OK ? wechat_judge(r, &call) : error;
}

/* A token is renewed by WeChat five minutes before its end; both are good then. */
static struct instant good_until(const struct request *r, int64_t expires_in_s)
{
    int64_t margin_s = expires_in_s > 600 ? 300 : expires_in_s / 2;

    return instant_add(r->now, (expires_in_s - margin_s) * SECOND_MS);
}

static enum error fetch(struct request *r, struct access_token *token)
{
    struct token_answer answer;

    TRY(ask_token(r, &answer));
    if (answer.access_token == NULL || answer.expires_in == NONE)
        return failed(r, E_UPSTREAM, "wechat: no access token in the answer");
    snprintf(token->text, sizeof(token->text), "%s", answer.access_token);
    token->good_until = good_until(r, answer.expires_in);
    log_info(r, "access_token_fetched", "good for %lld s", (long long)answer.expires_in);
    return E_OK;
}

static enum error refresh(struct request *r, struct access_token *token, int64_t asked_ms)
{
    if (token->text[0] != '\0' && r->now.ms < token->good_until.ms)
        return E_OK;
    if (token->failed_with != E_OK && token->failed_ms >= asked_ms)
        return failed(r, token->failed_with, "wechat: the access token was not to be had");
    token->failed_with = fetch(r, token);
    token->failed_ms = monotonic_ms();
    return token->failed_with;
}

enum error token_take(struct request *r, char text[ACCESS_TOKEN_SIZE])
{
    struct identity *identity = r->state;
    struct access_token *token = &identity->token;
    int64_t asked_ms = monotonic_ms();
    enum error error;

    pthread_mutex_lock(&token->lock);
    error = refresh(r, token, asked_ms);
    if (error == E_OK)
        memcpy(text, token->text, sizeof(token->text));
    pthread_mutex_unlock(&token->lock);
    return error;
}

void token_forget(struct request *r, const char *text)
{
    struct identity *identity = r->state;
    struct access_token *token = &identity->token;

    pthread_mutex_lock(&token->lock);
    if (strcmp(token->text, text) == 0)
        token->text[0] = '\0';
    pthread_mutex_unlock(&token->lock);
}
