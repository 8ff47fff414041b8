/* api.weixin.qq.com/cgi-bin/message/subscribe/send, and the SMS platform. */

#include "simulator/messages.h"

#include <inttypes.h>

#include "simulator/faults.h"
#include "simulator/wechat.h"

#define SMS_SKEW_MS (5 * MINUTE_MS)

/* Waits, and cuts or fails where a fault says so: *done. An answer that is lost or late is so after
   the effect: FAULT_CUT leads it nowhere, fault_wait_after() holds it back. */
static enum error message_fault(struct request *r, const char *channel, const char *receiver,
                                struct sim_fault *fault, bool *done)
{
    TRY(fault_take(r, channel, receiver, "message", fault));
    fault_wait(r, fault);
    *done = true;
    if (fault_is(fault, "lost_answer"))
        reply_header(r, FAULT_CUT);
    if (fault_is(fault, "lost_request"))
        return fault_cut(r);
    if (fault_is(fault, "http_500"))
        return reply_text(r, 500, "text/html", "<html>Internal Server Error</html>");
    *done = false;
    return E_OK;
}

/* ---- WeChat ---- */

static size_t letters_of(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

/* The rules of the types, as the console tells them. */
static bool is_good_value(const char *keyword, const char *value)
{
    static const struct {
        const char *type;
        size_t max;
        const char *letters; /* NULL: any */
    } types[] = {
        {"thing", 20, NULL},
        {"phrase", 5, NULL},
        {"number", 32, "0123456789."},
        {"amount", 14, NULL},
        {"date", 24, NULL},
        {"time", 24, NULL},
        {"character_string", 32,
         "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:#*"},
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        size_t size = strlen(types[i].type);

        if (strncmp(keyword, types[i].type, size) != 0 || keyword[size] < '0' ||
            keyword[size] > '9')
            continue;
        return *value != '\0' && letters_of(value) <= types[i].max &&
               (types[i].letters == NULL || value[strspn(value, types[i].letters)] == '\0');
    }
    return false;
}

/* The first keyword that is wrong, or NULL. */
static const char *wrong_keyword(const json_t *data)
{
    const char *keyword;
    json_t *one;

    json_object_foreach((json_t *)(uintptr_t)data, keyword, one)
    {
        const char *value = json_string_at(one, "value");

        if (value == NULL || !is_good_value(keyword, value))
            return keyword;
    }
    return json_object_size(data) == 0 ? "data" : NULL;
}

static const struct member send_members[] = {
    {"touser", A_TEXT, true, 1, 128, is_plain},
    {"template_id", A_TEXT, true, 1, 64, is_plain},
    {"page", A_TEXT, false, 1, 256, is_plain},
    {"miniprogram_state", A_TEXT, false, 1, 16, is_plain},
    {"lang", A_TEXT, false, 1, 8, is_plain},
    {"data", AN_OBJECT, true, 0, 0, NULL},
    {"*", ANYTHING, false, 0, 0, NULL}, /* the keywords are looked at by wrong_keyword() */
    {.path = NULL},
};

static enum error show_it(struct request *r, const json_t *body)
{
    const json_t *data = json_object_get(body, "data");
    const char *wrong = wrong_keyword(data), *page = json_string_at(body, "page");
    struct sim_message message = {
        .channel = "wechat",
        .receiver = json_string_at(body, "touser"),
        .template = json_string_at(body, "template_id"),
        .page = page == NULL ? "" : page,
    };
    struct sim_citizen citizen;
    enum error step = find_citizen(r, message.receiver, &citizen);

    if (step == E_NOT_FOUND)
        return wechat_error(r, 40003, "invalid openid");
    TRY(step);
    if (page != NULL && *page == '/')
        return wechat_error(r, 41030, "invalid page");
    if (wrong != NULL)
        return wechat_error(r, 47003, arena_printf(r->arena, "argument invalid! data.%s", wrong));
    message.content = json_text(r->arena, json_incref((json_t *)(uintptr_t)data));
    step = show_message(r, &message);
    if (step == E_REFUSED)
        return wechat_error(r, 43101, "user refuse to accept the msg");
    TRY(step);
    return wechat_error(r, 0, "ok");
}

enum error wechat_subscribe_send(struct request *r)
{
    struct sim_fault fault;
    const char *issue;
    json_t *body;
    bool done;
    enum error answered;

    TRY(check_token(r, &done));
    if (done)
        return E_OK;
    body = json_read(r->arena, (const char *)r->body.data, r->body.size);
    if (body == NULL || json_violation(r->arena, body, send_members, &issue) != NULL)
        return wechat_error(r, 47001, "data format error");
    TRY(message_fault(r, "wechat", json_string_at(body, "touser"), &fault, &done));
    if (done)
        return E_OK;
    if (fault_is(&fault, "token_expired"))
        return wechat_error(r, 42001, "access_token expired");
    if (fault_is(&fault, "refused"))
        return wechat_error(r, 43101, "user refuse to accept the msg");
    if (fault_is(&fault, "http_429"))
        return wechat_error(r, 45009, "reach max api daily quota limit");
    if (fault_is(&fault, "system_error"))
        return wechat_error(r, -1, "system error");
    answered = show_it(r, body);
    fault_wait_after(&fault);
    return answered;
}

/* ---- SMS ---- */

static enum error sms_answer(struct request *r, int status, const char *code)
{
    return reply_text(r, status, "application/json",
                      json_text(r->arena, json_pack("{ss}", "code", code)));
}

/* "Authorization: SMS-HMAC-SHA256 app=NAME timestamp=MS signature=HEX" */
static bool is_signed(struct request *r, const char *body)
{
    const struct simulator *simulator = r->state;
    const char *header = request_header(r, "Authorization");
    char app[33], mac[65];
    long long at_ms;

    if (header == NULL || simulator->sms_key == NULL ||
        sscanf(header, "SMS-HMAC-SHA256 app=%32s timestamp=%lld signature=%64s", app, &at_ms,
               mac) != 3)
        return false;
    if (at_ms < r->now.ms - SMS_SKEW_MS || at_ms > r->now.ms + SMS_SKEW_MS)
        return false;
    return strcmp(mac, wire_hmac_hex(r->arena, simulator->sms_key,
                                     arena_printf(r->arena, "%s\n%lld\n%s", app, at_ms, body))) ==
           0;
}

static bool is_phone(const char *text)
{
    return strlen(text) == 11 && text[0] == '1' && text[strspn(text, "0123456789")] == '\0';
}

static const struct member sms_members[] = {
    {"out_id", A_TEXT, true, 1, 64, is_plain},
    {"phone", A_TEXT, true, 1, 32, is_plain},
    {"text", A_TEXT, true, 1, 1000, NULL},
    {.path = NULL},
};

static enum error send_it(struct request *r, const json_t *body)
{
    struct sim_message message = {
        .channel = "sms",
        .receiver = json_string_at(body, "phone"),
        .out_id = json_string_at(body, "out_id"),
        .template = "",
        .page = "",
        .content = json_string_at(body, "text"),
    };

    if (!is_phone(message.receiver))
        return sms_answer(r, 200, "phone_refused");
    if (strncmp(message.content, "【", strlen("【")) != 0)
        return sms_answer(r, 200, "text_refused");
    TRY(take_sms(r, &message));
    return sms_answer(r, 200, "ok");
}

enum error sms_send_route(struct request *r)
{
    const char *text = arena_text_of(r->arena, r->body.data, r->body.size), *issue;
    struct sim_fault fault;
    enum error answered;
    json_t *body;
    bool done;

    if (!is_signed(r, text))
        return sms_answer(r, 401, "signature_refused");
    body = json_read(r->arena, text, strlen(text));
    if (body == NULL || json_violation(r->arena, body, sms_members, &issue) != NULL)
        return sms_answer(r, 400, "malformed");
    TRY(message_fault(r, "sms", json_string_at(body, "phone"), &fault, &done));
    if (done)
        return E_OK;
    if (fault_is(&fault, "refused"))
        return sms_answer(r, 200, "phone_refused");
    if (fault_is(&fault, "system_error") || fault_is(&fault, "http_429"))
        return sms_answer(r, 200, "busy");
    answered = send_it(r, body);
    fault_wait_after(&fault);
    return answered;
}

/* ---- control ---- */

enum error list_messages_route(struct request *r)
{
    const struct list_messages_input *in = r->input;
    struct records messages;

    TRY(list_messages(r, in->receiver == NULL ? "" : in->receiver, &messages));
    return reply_page(r, sim_message_fields, sizeof(struct sim_message), messages, NULL);
}

enum error set_consents_route(struct request *r)
{
    const struct consents_input *in = r->input;

    TRY(set_consents(r, in->openid, in->template_id, in->count));
    return reply_json(r, 201,
                      json_pack("{ss ss sI}", "openid", in->openid, "template_id", in->template_id,
                                "count", (json_int_t)in->count));
}
