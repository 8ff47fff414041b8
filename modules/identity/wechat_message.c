/* WeChat's subscription messages (订阅消息): one consent, one message. */

#include <jansson.h>

#include "core/crypto.h"
#include "core/json_read.h"
#include "core/log.h"
#include "identity/recipient.h"
#include "identity/wechat_client.h"

struct message_answer {
    int64_t errcode;
};

static const struct param message_answer_params[] = {
    PARAM(struct message_answer, errcode, .optional = false),
    PARAM_END,
};

/* {"thing1": {"value": "..."}, ...} */
static json_t *data_of(struct request *r, struct texts keywords)
{
    json_t *data = json_object();

    for (size_t i = 0; i < keywords.count; i++) {
        size_t size = strcspn(keywords.items[i], "=");

        json_object_set_new(data, arena_text_of(r->arena, keywords.items[i], size),
                            json_pack("{s:s}", "value", keywords.items[i] + size + 1));
    }
    return data;
}

static const char *outcome_of(int64_t errcode)
{
    static const struct {
        int64_t errcode;
        const char *outcome;
    } known[] = {
        {0, "sent"},        {43101, "refused"}, /* the user wants none, or no consent is left */
        {40003, "refused"},                     /* not an openid of this mini program */
        {-1, "later"},                          /* busy */
        {45009, "full"},                        /* today's quota */
        {45011, "later"},                       /* this minute's */
        {40001, "later"},   {40014, "later"},   {42001, "later"}, /* the token, twice */
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (known[i].errcode == errcode)
            return known[i].outcome;
    return "invalid"; /* 40037 template, 41030 page, 47003 keyword, and whatever else is definite */
}

struct sent wechat_message(struct request *r, const char *openid, const struct message_input *in)
{
    const struct identity_settings *settings = r->settings;
    struct message_answer answer = {.errcode = NONE};
    json_t *body =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "touser", openid, "template_id", in->template,
                  "page", in->page, "miniprogram_state", settings->wechat_state, "lang", "zh_CN",
                  "data", data_of(r, in->keywords));
    struct wechat_call call = {
        .path = "/cgi-bin/message/subscribe/send",
        .body = json_written(r->arena, body),
        .params = message_answer_params,
        .answer = &answer,
        .errcode = &answer.errcode,
    };
    char token[ACCESS_TOKEN_SIZE];
    enum error error = token_take(r, token);

    wipe(token, sizeof(token));
    if (error != E_OK) /* asked for first, so that this can be told from a message without answer */
        return (struct sent){"later", NONE};
    error = wechat_send_known(r, &call);
    if (error != E_OK)
        return (struct sent){error == E_AGAIN ? "later" : "unknown", NONE};
    if (strcmp(outcome_of(answer.errcode), "invalid") == 0)
        log_error(r, "message_invalid", "template %s: errcode %lld", in->template,
                  (long long)answer.errcode);
    return (struct sent){outcome_of(answer.errcode), answer.errcode};
}
