/* The frame of every answer: envelope of the request, fault, act, signature. */

#include "core/transport.h"
#include "simulator/wechatpay.h"

enum error wechatpay_error(struct request *r, struct wechatpay_call *call, int status,
                           const char *code, const char *message)
{
    call->status = status;
    call->answer = json_text(r->arena, json_pack("{ss ss}", "code", code, "message", message));
    return E_OK;
}

void wechatpay_check_body(struct request *r, struct wechatpay_call *call,
                          const struct member *members)
{
    const char *issue, *pointer = json_violation(r->arena, call->body, members, &issue);

    if (pointer == NULL)
        return;
    call->status = 400;
    call->answer = json_text(r->arena, json_pack("{ss ss s{ss ss ss}}", "code", "PARAM_ERROR",
                                                 "message", "参数错误", "detail", "field", pointer,
                                                 "issue", issue, "location", "body"));
}

/* What the real one refuses before it looks at anything else. */
static const char *header_fault(const struct request *r)
{
    const char *agent = request_header(r, "User-Agent"), *accept = request_header(r, "Accept");
    const char *type = r->transport->param(r->transport, "CONTENT_TYPE");
    const char *serial = request_header(r, "Wechatpay-Serial");

    if (agent == NULL || accept == NULL ||
        (strstr(accept, "application/json") == NULL && strstr(accept, "*/*") == NULL))
        return "Http头缺少Accept或User-Agent";
    if (r->route->method == POST &&
        (type == NULL || strncmp(type, "application/json", strlen("application/json")) != 0))
        return "Http头Content-Type不是application/json";
    if (serial != NULL && signer_by_serial(r->state, serial) == NULL)
        return "Http头Wechatpay-Serial不是微信支付的证书序列号或公钥ID";
    return NULL;
}

static enum error check_envelope(struct request *r, struct wechatpay_call *call)
{
    const char *fault = header_fault(r);

    if (fault != NULL)
        return wechatpay_error(r, call, 400, "PARAM_ERROR", fault);
    fault =
        wechatpay_authorization_fault(r, r->route->method == GET ? "GET" : "POST", &call->party);
    if (fault != NULL)
        return wechatpay_error(r, call, 401, "SIGN_ERROR", fault);
    if (r->route->method != POST)
        return E_OK;
    call->body = json_read(r->arena, (const char *)r->body.data, r->body.size);
    if (!json_is_object(call->body))
        return wechatpay_error(r, call, 400, "PARAM_ERROR", "请求体不是有效的JSON对象");
    if (call->number_member != NULL)
        call->number = json_string_at(call->body, call->number_member);
    return E_OK;
}

static enum error reply_signed(struct request *r, const struct wechatpay_call *call,
                               const struct signer *signer)
{
    const struct simulator *simulator = r->state;
    struct wechatpay_signature proof = wechatpay_sign(r, signer, call->answer, call->fault.fault);

    reply_header(r, "Request-ID", wire_random_text(r->arena, simulator->random, 32));
    if (!fault_is(&call->fault, "no_signature")) {
        reply_header(r, "Wechatpay-Timestamp", proof.timestamp);
        reply_header(r, "Wechatpay-Nonce", proof.nonce);
        reply_header(r, "Wechatpay-Serial", proof.serial);
        reply_header(r, "Wechatpay-Signature", proof.signature);
        reply_header(r, "Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048");
    }
    return reply_text(r, call->status, "application/json; charset=utf-8", call->answer);
}

static enum error reply(struct request *r, const struct wechatpay_call *call)
{
    const char *serial = request_header(r, "Wechatpay-Serial");
    const struct signer *signer = serial == NULL ? NULL : signer_by_serial(r->state, serial);

    /* Only answers to an authorised request are signed, and no failure of theirs. */
    if (call->status == 401 || call->status >= 500)
        return reply_text(r, call->status, "application/json; charset=utf-8", call->answer);
    if (signer == NULL)
        TRY(signer_in_use(r, &signer));
    return reply_signed(r, call, signer);
}

static void fail_as_told(struct request *r, struct wechatpay_call *call, const char *when)
{
    if (fault_is(&call->fault, arena_printf(r->arena, "system_error%s", when)))
        (void)!wechatpay_error(r, call, 500, "SYSTEM_ERROR", "系统异常，请稍后重试");
    if (*when == '\0' && fault_is(&call->fault, "http_500"))
        (void)!wechatpay_error(r, call, 500, "SYSTEM_ERROR", "系统错误");
    if (*when == '\0' && fault_is(&call->fault, "http_429"))
        (void)!wechatpay_error(r, call, 429, "FREQUENCY_LIMITED", "频率超限，请降低频率重试");
}

static bool is_bench(const struct request *r, const struct wechatpay_call *call)
{
    const struct simulator_settings *settings = r->settings;

    return settings->bench_reply && strcmp(call->operation, "order") == 0;
}

/* The real ones count by merchant and interface. */
static bool is_too_often(struct request *r, const struct wechatpay_call *call)
{
    const struct simulator_settings *settings = r->settings;
    bool is_query = strcmp(call->operation, "query") == 0;
    struct simulator *simulator = r->state;
    int64_t count;

    if (settings->calls_a_second == 0 || (!is_query && strcmp(call->operation, "close") != 0))
        return false;
    pthread_mutex_lock(&simulator->bench_lock);
    if (simulator->counted_second != r->now.ms / SECOND_MS)
        simulator->queries = simulator->closes = 0;
    simulator->counted_second = r->now.ms / SECOND_MS;
    count = is_query ? ++simulator->queries : ++simulator->closes;
    pthread_mutex_unlock(&simulator->bench_lock);
    return count > settings->calls_a_second;
}

enum error wechatpay_serve(struct request *r, struct wechatpay_call *call, wechatpay_act *act)
{
    call->status = 0;
    call->fault.fault = "";
    TRY(check_envelope(r, call));
    if (call->status == 0 && call->number != NULL && !is_plain(call->number))
        TRY(wechatpay_error(r, call, 400, "PARAM_ERROR", "订单号或退款单号格式不正确"));
    if (call->status != 0)
        return reply(r, call);
    if (is_bench(r, call))
        return wechatpay_bench_reply(r);
    if (is_too_often(r, call)) {
        TRY(wechatpay_error(r, call, 429, "FREQUENCY_LIMITED", "频率超限，请降低频率重试"));
        return reply(r, call);
    }
    TRY(fault_take(r, WECHATPAY, call->number == NULL ? "" : call->number, call->operation,
                   &call->fault));
    fault_wait(r, &call->fault);
    if (fault_is(&call->fault, "lost_request"))
        return fault_cut(r);
    fail_as_told(r, call, "");
    if (call->status == 0)
        TRY(act(r, call));
    fault_wait_after(&call->fault);
    fail_as_told(r, call, "_after");
    if (fault_is(&call->fault, "lost_answer"))
        return fault_cut(r);
    return reply(r, call);
}
