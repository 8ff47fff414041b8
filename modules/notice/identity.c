#include "notice/identity.h"

#include <jansson.h>

#include "core/input.h"
#include "core/json_read.h"
#include "core/module_call.h"
#include "core/ulid.h"

struct person_answer {
    const char *person_id;
};

static const struct param person_params[] = {
    PARAM(struct person_answer, person_id, .min = ULID_SIZE, .max = ULID_SIZE, .check = is_ulid),
    PARAM_END,
};

struct phone_answer {
    struct phone phone;
};

static const struct param phone_params[] = {
    PARAM(struct phone_answer, phone, .min = 11, .max = 11),
    PARAM_END,
};

struct wechat_answer {
    const char *outcome;
    int64_t errcode;
};

static const struct param wechat_params[] = {
    PARAM(struct wechat_answer, outcome, .min = 1, .max = 16),
    PARAM(struct wechat_answer, errcode, .optional = true),
    PARAM_END,
};

/* A question to which 200 and 404 are answers. */
static enum error ask(struct request *r, const char *path, json_t *question,
                      const struct param *params, void *answer)
{
    struct http_answer http;

    TRY(module_call(r, path, json_written(r->arena, question), &http));
    if (http.status == 404)
        return E_NOT_FOUND;
    if (http.status != 200)
        return failed(r, E_UPSTREAM, "%s: status %lld", path, (long long)http.status);
    if (input_from_json(r, http.body, params, LENIENT, answer) != E_OK)
        return failed(r, E_UPSTREAM, "%s: malformed answer", path);
    return E_OK;
}

enum error ask_person(struct request *r, const char *account_id, const char **person_id)
{
    struct person_answer answer;

    TRY(ask(r, "/api/identity/recipients", json_pack("{s:s}", "account_id", account_id),
            person_params, &answer));
    *person_id = answer.person_id;
    return E_OK;
}

enum error ask_phone(struct request *r, const char *person_id, const char **phone)
{
    struct phone_answer answer;

    TRY(ask(r, "/api/identity/recipients/phone", json_pack("{s:s}", "person_id", person_id),
            phone_params, &answer));
    *phone = answer.phone.text;
    return E_OK;
}

static json_t *question_of(const struct outgoing *outgoing)
{
    json_t *keywords = json_array();

    for (size_t i = 0; i < outgoing->keywords.count; i++)
        json_array_append_new(keywords, json_string(outgoing->keywords.items[i]));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "attempt", outgoing->attempt, "person_id",
                     outgoing->person_id, "account_id", outgoing->account_id, "template",
                     outgoing->template, "page", outgoing->page, "keywords", keywords);
}

struct outcome send_by_wechat(struct request *r, const struct outgoing *outgoing)
{
    static const struct {
        const char *word;
        enum sending sending;
        bool is_our_fault;
    } outcomes[] = {{"sent", SENT, false},      {"refused", REFUSED, false},
                    {"invalid", REFUSED, true}, {"unknown", LOST, false},
                    {"full", FULL, false},      {"later", LATER, false}};
    struct wechat_answer answer;
    enum error asked =
        ask(r, "/api/identity/messages/wechat", question_of(outgoing), wechat_params, &answer);

    if (asked == E_NOT_FOUND)
        return (struct outcome){REFUSED, "no_account", false};
    if (asked != E_OK)
        return (struct outcome){asked == E_AGAIN ? LATER : UNKNOWN, "no_answer", false};
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(*outcomes); i++)
        if (strcmp(outcomes[i].word, answer.outcome) == 0)
            return (struct outcome){
                outcomes[i].sending,
                answer.errcode == NONE
                    ? outcomes[i].word
                    : arena_printf(r->arena, "errcode %lld", (long long)answer.errcode),
                outcomes[i].is_our_fault};
    return (struct outcome){UNKNOWN, "no_answer", false};
}
