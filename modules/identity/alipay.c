#include "identity/alipay.h"

#include "core/http.h"
#include "core/input.h"
#include "identity/state.h"

#define METHOD "alipay.system.oauth.token"

/* open_id of new applications, user_id of old ones; success has no code. */
struct token_answer {
    const char *open_id;
    const char *user_id;
    const char *code;
    const char *sub_code;
};

static const struct param token_params[] = {
    PARAM(struct token_answer, open_id, .optional = true, .min = 1, .max = 128),
    PARAM(struct token_answer, user_id, .optional = true, .min = 1, .max = 64),
    PARAM(struct token_answer, code, .optional = true, .min = 1, .max = 16),
    PARAM(struct token_answer, sub_code, .optional = true, .min = 1, .max = 128),
    PARAM_END,
};

enum error alipay_send(struct request *r, const struct alipay_app *app,
                       const struct alipay_call *call, struct http_answer *answer)
{
    static const char *const headers[] = {
        "Content-Type: application/x-www-form-urlencoded;charset=utf-8", NULL};
    const struct identity_settings *settings = r->settings;
    const char *form = alipay_form(r->arena, app, call);

    if (form == NULL)
        return failed(r, E_INTERNAL, "alipay: signing failed");
    return http_call(
        r,
        &(struct http_call){.upstream = ALIPAY,
                            .method = "POST",
                            .url = arena_printf(r->arena, "%s?charset=utf-8", settings->alipay_url),
                            .headers = headers,
                            .body = bytes_of(form),
                            .timeout_ms = settings->gateway_ms},
        answer);
}

static enum error ask(struct request *r, const char *code, struct http_answer *answer)
{
    const struct alipay_param own[] = {{"grant_type", "authorization_code"}, {"code", code}};
    const struct alipay_call call = {.method = METHOD, .more = {own, 2}, .now = r->now};
    const struct alipay_app app = alipay_application(r);

    return alipay_send(r, &app, &call, answer);
}

static enum alipay_verdict verify(struct request *r, struct bytes body,
                                  struct alipay_answer *answer)
{
    struct alipay_app app = alipay_application(r);
    enum alipay_verdict verdict = alipay_read_answer(r->arena, &app, METHOD, body, answer);

    if (verdict != ALIPAY_UNKNOWN_SERIAL || !alipay_learn(r, answer->cert_sn))
        return verdict;
    app = alipay_application(r);
    return alipay_read_answer(r->arena, &app, METHOD, body, answer);
}

static enum error read_answer(struct request *r, const struct http_answer *http,
                              struct token_answer *token)
{
    struct alipay_answer answer;
    enum alipay_verdict verdict;

    if (http->status != 200)
        return failed(r, E_UPSTREAM, "alipay: status %lld", (long long)http->status);
    verdict = verify(r, http->body, &answer);
    if (verdict == ALIPAY_GENUINE &&
        input_from_json(r, answer.node, token_params, LENIENT, token) == E_OK)
        return E_OK;
    if (verdict == ALIPAY_UNKNOWN_SERIAL)
        return failed(r, E_UPSTREAM, "alipay: certificate %s is not known", answer.cert_sn);
    http_blame(r, ALIPAY);
    return failed(r, E_UPSTREAM, "alipay: %s",
                  verdict == ALIPAY_GENUINE ? "malformed answer" : "the answer does not verify");
}

static bool is_code_refused(const char *sub_code)
{
    return sub_code != NULL &&
           (strcmp(sub_code, "isv.code-invalid") == 0 || strcmp(sub_code, "isv.code-is-used") == 0);
}

enum error alipay_login(struct request *r, const char *code, struct login *login)
{
    struct http_answer http;
    struct token_answer token;

    TRY(ask(r, code, &http));
    TRY(read_answer(r, &http, &token));
    if (is_code_refused(token.sub_code))
        return refuse(r, LOGIN_CODE_INVALID, NO_VALUES);
    if (token.open_id == NULL && token.user_id == NULL) {
        http_blame(r, ALIPAY);
        return failed(r, E_UPSTREAM, "alipay: code %s, sub_code %s",
                      token.code == NULL ? "none" : token.code,
                      token.sub_code == NULL ? "none" : token.sub_code);
    }
    *login = (struct login){.channel = ALIPAY,
                            .open_id = token.open_id != NULL ? token.open_id : token.user_id};
    return E_OK;
}
