/* api.weixin.qq.com: login, access token, phone number. */

#include "core/transport.h"
#include "simulator/faults.h"
#include "simulator/wechat.h"

#define TOKEN_MS (7200 * SECOND_MS)
#define RENEWED_EARLY_MS (5 * MINUTE_MS)
#define FORCED_APART_MS (30 * SECOND_MS)

static enum error answer(struct request *r, json_t *json)
{
    return reply_text(r, 200, "application/json; encoding=utf-8", json_text(r->arena, json));
}

enum error wechat_error(struct request *r, int64_t errcode, const char *errmsg)
{
    return answer(
        r, json_pack("{sI ss}", "errcode", (json_int_t)errcode, "errmsg",
                     arena_printf(r->arena, "%s rid: %.8s", errmsg, r->id == NULL ? "-" : r->id)));
}

const char *wechat_query(struct request *r, const char *name)
{
    const char *query = r->transport->param(r->transport, "QUERY_STRING");
    struct form form;

    if (query == NULL || !form_read(r->arena, query, strlen(query), &form))
        return NULL;
    return form_value(&form, name);
}

enum error wechat_fault(struct request *r, const char *number, bool *done)
{
    struct sim_fault fault;

    TRY(fault_take(r, "wechat", number, "login", &fault));
    fault_wait(r, &fault);
    *done = true;
    if (fault_is(&fault, "lost_answer")) /* what is answered later goes nowhere */
        reply_header(r, FAULT_CUT);
    if (fault_is(&fault, "lost_request"))
        return fault_cut(r);
    if (fault_is(&fault, "http_500"))
        return reply_text(r, 500, "text/html", "<html>Internal Server Error</html>");
    if (fault_is(&fault, "http_429"))
        return wechat_error(r, 45011, "api minute-quota reach limit");
    if (fault_is(&fault, "system_error") || fault_is(&fault, "system_error_after"))
        return wechat_error(r, -1, "system error");
    *done = false;
    return E_OK;
}

/* The errcode for a wrong appid or secret; 0 for ours. */
static int64_t stranger(const struct request *r, const char *appid, const char *secret)
{
    const struct simulator_settings *settings = r->settings;
    const struct simulator *simulator = r->state;

    if (appid == NULL || strcmp(appid, settings->wechat_appid) != 0)
        return 40013;
    return secret == NULL || strcmp(secret, simulator->wechat_secret) != 0 ? 40125 : 0;
}

static enum error start_session(struct request *r, const struct sim_code *code)
{
    const struct simulator *simulator = r->state;
    struct sim_citizen citizen;
    unsigned char key[16];

    TRY(find_citizen(r, code->openid, &citizen));
    if (citizen.is_risky)
        return wechat_error(r, 40226, "high risk user, code blocked");
    wire_random_bytes(simulator->random, key, sizeof(key));
    return answer(r, json_pack("{ss ss}", "session_key", wire_base64(r->arena, key, sizeof(key)),
                               "openid", code->openid));
}

enum error wechat_code2session(struct request *r)
{
    const char *grant = wechat_query(r, "grant_type"), *text = wechat_query(r, "js_code");
    int64_t errcode = stranger(r, wechat_query(r, "appid"), wechat_query(r, "secret"));
    struct sim_code code;
    enum error redeemed;
    bool done;

    if (errcode != 0)
        return wechat_error(r, errcode, errcode == 40013 ? "invalid appid" : "invalid appsecret");
    if (grant == NULL || strcmp(grant, "authorization_code") != 0)
        return wechat_error(r, 40002, "invalid grant_type");
    if (text == NULL)
        return wechat_error(r, 41008, "missing code");
    if (!is_plain(text))
        return wechat_error(r, 40029, "invalid code");
    TRY(wechat_fault(r, text, &done));
    if (done)
        return E_OK;
    redeemed = redeem_code(r, "login", text, &code);
    if (redeemed == E_NOT_FOUND)
        return wechat_error(r, 40029, "invalid code");
    if (redeemed == E_EXISTS)
        return wechat_error(r, 40163, "code been used");
    TRY(redeemed);
    return start_session(r, &code);
}

static bool is_fresh(const struct request *r, const struct sim_token *token)
{
    return token->expires_at.ms - RENEWED_EARLY_MS > r->now.ms;
}

static enum error answer_token(struct request *r, const struct sim_token *token)
{
    return answer(r, json_pack("{ss sI}", "access_token", token->token, "expires_in",
                               (json_int_t)((token->expires_at.ms - r->now.ms) / SECOND_MS)));
}

/* The token of today, or a new one when it nears its end or when the caller insists. */
static enum error give_token(struct request *r, bool is_forced)
{
    const struct simulator *simulator = r->state;
    struct sim_token token;
    enum error found = find_token(r, &token);

    if (found != E_OK && found != E_NOT_FOUND)
        return found;
    if (found == E_OK && is_forced && r->now.ms < token.made_at.ms + FORCED_APART_MS)
        return wechat_error(r, 45011, "api minute-quota reach limit");
    if (found == E_OK && !is_forced && is_fresh(r, &token))
        return answer_token(r, &token);
    token = (struct sim_token){
        .token = wire_random_text(r->arena, simulator->random, 136),
        .made_at = r->now,
        .expires_at = instant_add(r->now, TOKEN_MS),
    };
    TRY(save_token(r, &token));
    return answer_token(r, &token);
}

enum error wechat_stable_token(struct request *r)
{
    json_t *body = json_read(r->arena, (const char *)r->body.data, r->body.size);
    const char *grant = json_string_at(body, "grant_type");
    int64_t errcode = stranger(r, json_string_at(body, "appid"), json_string_at(body, "secret"));
    bool done;

    if (body == NULL)
        return wechat_error(r, 47001, "data format error");
    if (grant == NULL || strcmp(grant, "client_credential") != 0)
        return wechat_error(r, 40002, "invalid grant_type");
    if (errcode != 0)
        return wechat_error(r, errcode, errcode == 40013 ? "invalid appid" : "invalid appsecret");
    TRY(wechat_fault(r, "", &done));
    if (done)
        return E_OK;
    return give_token(r, json_is_true(json_object_get(body, "force_refresh")));
}

enum error check_token(struct request *r, bool *done)
{
    const char *text = wechat_query(r, "access_token");
    struct sim_token token;
    enum error found;

    *done = true;
    if (text == NULL)
        return wechat_error(r, 41001, "access_token missing");
    found = find_token(r, &token);
    if (found != E_OK && found != E_NOT_FOUND)
        return found;
    if (found == E_NOT_FOUND || strcmp(token.token, text) != 0)
        return wechat_error(r, 40001, "invalid credential, access_token is invalid or not latest");
    if (token.expires_at.ms <= r->now.ms)
        return wechat_error(r, 42001, "access_token expired");
    *done = false;
    return E_OK;
}

static enum error answer_phone(struct request *r, const struct sim_code *code)
{
    const struct simulator_settings *settings = r->settings;
    struct sim_citizen citizen;

    TRY(find_citizen(r, code->openid, &citizen));
    if (citizen.phone == NULL)
        return wechat_error(r, 40029, "invalid code");
    return answer(r,
                  json_pack("{sI ss s{ss ss ss s{sI ss}}}", "errcode", (json_int_t)0, "errmsg",
                            "ok", "phone_info", "phoneNumber", citizen.phone, "purePhoneNumber",
                            citizen.phone, "countryCode", "86", "watermark", "timestamp",
                            (json_int_t)(r->now.ms / SECOND_MS), "appid", settings->wechat_appid));
}

enum error wechat_phone_number(struct request *r)
{
    json_t *body = json_read(r->arena, (const char *)r->body.data, r->body.size);
    const char *text = json_string_at(body, "code");
    struct sim_code code;
    enum error redeemed;
    bool done;

    TRY(check_token(r, &done));
    if (done)
        return E_OK;
    if (text == NULL || !is_plain(text))
        return wechat_error(r, 47001, "data format error");
    TRY(wechat_fault(r, text, &done));
    if (done)
        return E_OK;
    redeemed = redeem_code(r, "phone", text, &code);
    if (redeemed == E_NOT_FOUND || redeemed == E_EXISTS)
        return wechat_error(r, 40029, "invalid code");
    TRY(redeemed);
    return answer_phone(r, &code);
}
