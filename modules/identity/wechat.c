#include "identity/wechat.h"

#include "casework/identifier.h"
#include "core/crypto.h"
#include "core/json_read.h"
#include "identity/wechat_client.h"
#include "identity/wechat_wire.h"

#include <jansson.h>

/* The kind of paper that a face check compares with. */
#define IDENTITY_CARD "IDENTITY_CARD"

struct login_answer {
    int64_t errcode;
    const char *openid;
    const char *session_key;
};

static const struct param login_params[] = {
    PARAM(struct login_answer, errcode, .optional = true),
    PARAM(struct login_answer, openid, .optional = true, .min = 1, .max = 64),
    PARAM(struct login_answer, session_key, .optional = true, .min = 1, .max = 64),
    PARAM_END,
};

static const struct refusal login_refusals[] = {
    {40029, &LOGIN_CODE_INVALID},
    {40163, &LOGIN_CODE_USED},
    {40226, &ACCOUNT_AT_RISK},
    {45011, &TOO_OFTEN},
    {0, NULL},
};

/* The secret is part of the URL, so the URL stands on this stack only. */
static enum error ask_login(struct request *r, const char *code, struct login_answer *answer)
{
    static const char path[] = "/sns/jscode2session";
    const struct identity_settings *settings = r->settings;
    const struct identity *identity = r->state;
    struct wechat_call call = {.path = path,
                               .params = login_params,
                               .answer = answer,
                               .errcode = &answer->errcode,
                               .refusals = login_refusals};
    char url[1024];
    enum error error;

    snprintf(url, sizeof(url), "%s%s?appid=%s&secret=%s&js_code=%s&grant_type=authorization_code",
             settings->wechat_url, path, settings->wechat_appid, identity->wechat_secret,
             url_encode(r->arena, code));
    error = wechat_send(r, &call, url);
    wipe(url, sizeof(url));
    return error == E_OK ? wechat_judge(r, &call) : error;
}

enum error wechat_login(struct request *r, const char *code, struct login *login)
{
    struct login_answer answer;

    TRY(ask_login(r, code, &answer));
    if (answer.openid == NULL || answer.session_key == NULL)
        return failed(r, E_UPSTREAM, "wechat: a login without openid or session_key");
    *login = (struct login){WECHAT, answer.openid, answer.session_key};
    return E_OK;
}

struct phone_answer {
    int64_t errcode;
    const char *number;
    const char *country;
    const char *appid;
};

static const struct param phone_params[] = {
    PARAM(struct phone_answer, errcode, .optional = true),
    PARAM(struct phone_answer, number, .name = "phone_info.purePhoneNumber", .optional = true,
          .min = 1, .max = 32),
    PARAM(struct phone_answer, country, .name = "phone_info.countryCode", .optional = true,
          .min = 1, .max = 8),
    PARAM(struct phone_answer, appid, .name = "phone_info.watermark.appid", .optional = true,
          .min = 1, .max = 64),
    PARAM_END,
};

static const struct refusal phone_refusals[] = {
    {40029, &PHONE_CODE_INVALID},
    {40163, &PHONE_CODE_INVALID},
    {45011, &TOO_OFTEN},
    {0, NULL},
};

enum error wechat_phone(struct request *r, const char *code, const char **phone)
{
    const struct identity_settings *settings = r->settings;
    struct phone_answer answer;
    struct wechat_call call = {
        .path = "/wxa/business/getuserphonenumber",
        .body = json_written(r->arena, json_pack("{s:s}", "code", code)),
        .params = phone_params,
        .answer = &answer,
        .errcode = &answer.errcode,
        .refusals = phone_refusals,
    };

    TRY(wechat_ask(r, &call));
    if (answer.number == NULL || answer.country == NULL || answer.appid == NULL ||
        strcmp(answer.appid, settings->wechat_appid) != 0)
        return failed(r, E_UPSTREAM, "wechat: a phone number without parts, or for another appid");
    if (strcmp(answer.country, "86") != 0 || !is_mobile(answer.number))
        return refuse(r, PHONE_NOT_MAINLAND, NO_VALUES);
    *phone = answer.number;
    return E_OK;
}

struct begin_answer {
    int64_t errcode;
    const char *verify_id;
};

static const struct param begin_params[] = {
    PARAM(struct begin_answer, errcode, .optional = true),
    PARAM(struct begin_answer, verify_id, .optional = true, .min = 1, .max = 256),
    PARAM_END,
};

static const struct refusal face_refusals[] = {
    {45011, &TOO_OFTEN},
    {0, NULL},
};

enum error wechat_face_begin(struct request *r, const struct face_question *question,
                             const char **verify_id)
{
    json_t *body = json_pack("{s:s, s:{s:s, s:s, s:s}, s:s}", "out_seq_no", question->out_seq_no,
                             "cert_info", "cert_type", IDENTITY_CARD, "cert_name", question->name,
                             "cert_no", question->id_no, "openid", r->open_id);
    struct begin_answer answer;
    struct wechat_call call = {
        .path = "/cityservice/face/identify/getverifyid",
        .body = json_written(r->arena, body),
        .params = begin_params,
        .answer = &answer,
        .errcode = &answer.errcode,
        .refusals = face_refusals,
    };

    TRY(wechat_ask(r, &call));
    if (answer.verify_id == NULL)
        return failed(r, E_UPSTREAM, "wechat: a face check without verify_id");
    *verify_id = answer.verify_id;
    return E_OK;
}

struct result_answer {
    int64_t errcode;
    int64_t verify_ret;
};

static const struct param result_params[] = {
    PARAM(struct result_answer, errcode, .optional = true),
    PARAM(struct result_answer, verify_ret, .optional = true),
    PARAM_END,
};

/* Here an errcode must be there: its absence is not a yes. */
enum error wechat_face_result(struct request *r, const struct face_question *question,
                              int64_t *verify_ret)
{
    const char *hash = wechat_face_hash(r->arena, IDENTITY_CARD, question->name, question->id_no);
    json_t *body = json_pack("{s:s, s:s, s:s, s:s}", "verify_id", question->verify_id, "out_seq_no",
                             question->out_seq_no, "cert_hash", hash, "openid", r->open_id);
    struct result_answer answer;
    struct wechat_call call = {
        .path = "/cityservice/face/identify/queryverifyinfo",
        .body = json_written(r->arena, body),
        .params = result_params,
        .answer = &answer,
        .errcode = &answer.errcode,
        .refusals = face_refusals,
    };

    TRY(wechat_ask(r, &call));
    if (answer.errcode != 0 || answer.verify_ret == NONE)
        return failed(r, E_UPSTREAM, "wechat: a face result without errcode or verify_ret");
    *verify_ret = answer.verify_ret;
    return E_OK;
}
