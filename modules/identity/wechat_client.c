#include "identity/wechat_client.h"

#include "core/crypto.h"
#include "core/input.h"

static const char *const json_headers[] = {"Content-Type: application/json", NULL};

enum error wechat_send(struct request *r, const struct wechat_call *call, const char *url)
{
    const struct identity_settings *settings = r->settings;
    struct http_call http = {.upstream = WECHAT,
                             .method = call->body == NULL ? "GET" : "POST",
                             .url = url,
                             .headers = call->body == NULL ? NULL : json_headers,
                             .body = bytes_of(call->body),
                             .timeout_ms = settings->gateway_ms};
    struct http_answer answer;

    TRY(http_call(r, &http, &answer));
    if (answer.status != 200)
        return failed(r, E_UPSTREAM, "wechat %s: status %lld", call->path,
                      (long long)answer.status);
    if (input_from_json(r, answer.body, call->params, LENIENT, call->answer) == E_OK)
        return E_OK;
    http_blame(r, WECHAT);
    return failed(r, E_UPSTREAM, "wechat %s: malformed answer", call->path);
}

enum error wechat_judge(struct request *r, const struct wechat_call *call)
{
    enum { BUSY = -1 };
    int64_t errcode = *call->errcode;

    if (errcode == 0 || errcode == NONE)
        return E_OK;
    for (const struct refusal *one = call->refusals; one != NULL && one->errcode != 0; one++)
        if (one->errcode == errcode)
            return refuse(r, *one->reason, NO_VALUES);
    http_blame(r, WECHAT);
    return failed(r, errcode == BUSY ? E_AGAIN : E_UPSTREAM, "wechat %s: errcode %lld", call->path,
                  (long long)errcode);
}

/* Not the latest credential, not a valid one, expired. */
static bool is_token_refused(int64_t errcode)
{
    return errcode == 40001 || errcode == 40014 || errcode == 42001;
}

static enum error send_with_token(struct request *r, const struct wechat_call *call,
                                  const char *token)
{
    const struct identity_settings *settings = r->settings;

    return wechat_send(r, call,
                       arena_printf(r->arena, "%s%s?access_token=%s", settings->wechat_url,
                                    call->path, url_encode(r->arena, token)));
}

enum error wechat_send_known(struct request *r, const struct wechat_call *call)
{
    char token[ACCESS_TOKEN_SIZE] = "";
    enum error error = token_take(r, token);

    if (error == E_OK)
        error = send_with_token(r, call, token);
    if (error == E_OK && is_token_refused(*call->errcode)) {
        token_forget(r, token);
        error = token_take(r, token);
        if (error == E_OK)
            error = send_with_token(r, call, token);
    }
    wipe(token, sizeof(token));
    return error;
}

enum error wechat_ask(struct request *r, const struct wechat_call *call)
{
    TRY(wechat_send_known(r, call));
    return wechat_judge(r, call);
}
