#include "core/transport.h"
#include "simulator/alipay.h"

const struct alipay_method alipay_methods[] = {
    {"alipay.trade.create", "order", alipay_create_members, alipay_create},
    {"alipay.trade.precreate", "order", alipay_precreate_members, alipay_precreate},
    {"alipay.trade.query", "query", alipay_trade_members, alipay_query},
    {"alipay.trade.close", "close", alipay_trade_members, alipay_close},
    {"alipay.trade.refund", "refund", alipay_refund_members, alipay_refund},
    {"alipay.trade.fastpay.refund.query", "refund_query", alipay_refund_query_members,
     alipay_refund_query},
    {"alipay.data.dataservice.bill.downloadurl.query", "bill", alipay_bill_members, alipay_bill},
    {"alipay.open.app.alipaycert.download", "query", alipay_certificate_members,
     alipay_certificate},
    {"alipay.system.oauth.token", "login", NULL, alipay_token},
    {.name = NULL},
};

json_t *alipay_success(void)
{
    return json_pack("{ss ss}", "code", "10000", "msg", "Success");
}

static json_t *refusal(const char *code, const char *msg, const char *sub_code, const char *sub_msg)
{
    return json_pack("{ss ss ss ss}", "code", code, "msg", msg, "sub_code", sub_code, "sub_msg",
                     sub_msg);
}

void alipay_refuse(struct alipay_call *call, const char *sub_code, const char *sub_msg)
{
    call->node = refusal("40004", "Business Failed", sub_code, sub_msg);
}

static enum error reply(struct request *r, const struct alipay_method *method,
                        struct alipay_call *call, bool is_signed)
{
    const char *node = json_text(r->arena, call->node), *name = "error", *sign = "", *sn = "";
    struct alipay_signer signer;
    char *at;

    TRY(alipay_signer_in_use(r, &signer));

    if (method != NULL && !call->is_error) {
        at = arena_text(r->arena, method->name);
        name = at;
        for (; *at != '\0'; at++)
            *at = *at == '.' ? '_' : *at;
    }
    if (is_signed && !fault_is(&call->fault, "no_signature"))
        sign = arena_printf(r->arena, ",\"sign\":\"%s\"",
                            alipay_sign(r, &signer, node, call->fault.fault));
    if (*sign != '\0' && signer.sn != NULL)
        sn = arena_printf(r->arena, ",\"alipay_cert_sn\":\"%s\"", signer.sn);
    return reply_text(r, 200, "text/html;charset=utf-8",
                      arena_printf(r->arena, "{\"%s_response\":%s%s%s}", name, node, sn, sign));
}

/* SDKs put some parameters into the query and some into the body; a name may be in both. */
static bool read_parameters(struct request *r, struct form *form)
{
    const char *query = r->transport->param(r->transport, "QUERY_STRING");
    struct form body;

    query = query == NULL ? "" : query;
    if (!form_read(r->arena, query, strlen(query), form) ||
        !form_read(r->arena, (const char *)r->body.data, r->body.size, &body))
        return false;
    for (size_t i = 0; i < body.count; i++) {
        const char *same = form_value(form, body.items[i].name);

        if (same != NULL && strcmp(same, body.items[i].value) != 0)
            return false;
        form_set(r->arena, form, body.items[i].name, body.items[i].value);
    }
    return true;
}

static const struct alipay_method *find_method(const char *name)
{
    for (const struct alipay_method *one = alipay_methods; one->name != NULL; one++)
        if (name != NULL && strcmp(one->name, name) == 0)
            return one;
    return NULL;
}

static bool has_value(const struct form *form, const char *name, const char *value)
{
    const char *found = form_value(form, name);

    return found != NULL && strcmp(found, value) == 0;
}

static bool is_recent(const struct request *r, const char *timestamp)
{
    struct instant at;

    return timestamp != NULL && wire_local_read(timestamp, &at) && at.ms < r->now.ms + DAY_MS &&
           at.ms > r->now.ms - DAY_MS;
}

const struct alipay_party *party_by_app_id(const struct simulator *simulator, const char *app_id)
{
    for (size_t i = 0; i < PARTIES && app_id != NULL; i++)
        if (*app_id != '\0' && strcmp(simulator->alipay_parties[i].app_id, app_id) == 0)
            return &simulator->alipay_parties[i];
    return NULL;
}

/* NULL, or the sub_code of what is wrong with the envelope; *message says it in Chinese. */
static const char *envelope_fault(struct request *r, const struct form *form,
                                  const struct alipay_party *party, const char **message)
{
    const char *sign = form_value(form, "sign"), *text = form_signed_text(r->arena, form, true);

    *message = "应用ID无效";
    if (party == NULL)
        return form_value(form, "app_id") == NULL ? "isv.missing-app-id" : "isv.invalid-app-id";
    *message = "签名类型无效";
    if (!has_value(form, "sign_type", "RSA2"))
        return "isv.invalid-signature-type";
    *message = "编码集无效";
    if (!has_value(form, "charset", "utf-8") && !has_value(form, "charset", "UTF-8"))
        return "isv.invalid-charset";
    *message = "版本号无效";
    if (!has_value(form, "version", "1.0"))
        return "isv.invalid-version";
    *message = "时间戳参数无效";
    if (!is_recent(r, form_value(form, "timestamp")))
        return "isv.invalid-timestamp";
    *message = "证书序列号无效";
    if (alipay_serial_fault(r, form, party) != NULL)
        return alipay_serial_fault(r, form, party);
    *message = "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配";
    if (sign == NULL || sign[0] == '\0')
        return "isv.missing-signature";
    if (!wire_verify(r->arena, party->key,
                     (struct bytes){(const unsigned char *)text, strlen(text)}, sign))
        return "isv.invalid-signature";
    return NULL;
}

/* biz_content as JSON by the method's rules; false when the answer is a refusal. */
static bool read_biz(struct request *r, const struct alipay_method *method,
                     struct alipay_call *call)
{
    const char *text = form_value(call->form, "biz_content"), *issue, *pointer;

    if (method->members == NULL)
        return true;
    call->biz = text == NULL ? NULL : json_read(r->arena, text, strlen(text));
    if (!json_is_object(call->biz)) {
        call->node = refusal("40002", "Invalid Arguments", "isv.invalid-parameter",
                             "biz_content不是有效的JSON对象");
        return false;
    }
    pointer = json_violation(r->arena, call->biz, method->members, &issue);
    if (pointer != NULL)
        alipay_refuse(call, "ACQ.INVALID_PARAMETER",
                      arena_printf(r->arena, "参数无效：%s %s", pointer, issue));
    return pointer == NULL;
}

static const char *number_of(const struct alipay_method *method, const struct alipay_call *call)
{
    bool is_refund = strncmp(method->operation, "refund", strlen("refund")) == 0;
    bool is_bill = strcmp(method->operation, "bill") == 0;
    const char *number = json_string_at(call->biz, is_refund ? "out_request_no"
                                                   : is_bill ? "bill_date"
                                                             : "out_trade_no");

    return number == NULL ? "" : number;
}

static enum error serve(struct request *r, const struct alipay_method *method,
                        struct alipay_call *call)
{
    TRY(fault_take(r, ALIPAY, number_of(method, call), method->operation, &call->fault));
    fault_wait(r, &call->fault);
    if (fault_is(&call->fault, "lost_request"))
        return fault_cut(r);
    if (fault_is(&call->fault, "http_500"))
        return reply_text(r, 500, "text/html", "<html>Internal Server Error</html>");
    if (fault_is(&call->fault, "http_429"))
        call->node = refusal("40005", "Call Limited", "isv.app-call-limited", "应用调用次数超限");
    else if (fault_is(&call->fault, "system_error"))
        call->node =
            refusal("20000", "Service Currently Unavailable", "aop.unknow-error", "系统繁忙");
    else
        TRY(method->act(r, call));
    fault_wait_after(&call->fault);
    if (fault_is(&call->fault, "lost_answer"))
        return json_decref(call->node), fault_cut(r);
    if (fault_is(&call->fault, "system_error_after")) {
        json_decref(call->node);
        alipay_refuse(call, "ACQ.SYSTEM_ERROR", "系统错误");
    }
    return reply(r, method, call, true);
}

enum error alipay_gateway(struct request *r)
{
    struct form form;
    struct alipay_call call = {.form = &form, .fault = {.fault = ""}};
    const struct alipay_method *method;
    const char *fault = "isv.invalid-parameter", *message = "参数无效";

    if (read_parameters(r, &form)) {
        call.party = party_by_app_id(r->state, form_value(&form, "app_id"));
        fault = envelope_fault(r, &form, call.party, &message);
    }
    call.is_error = fault != NULL;
    if (fault != NULL) {
        call.node = refusal("40002", "Invalid Arguments", fault, message);
        return reply(r, NULL, &call, false);
    }
    method = find_method(form_value(&form, "method"));
    if (method == NULL) {
        call.node = refusal("40002", "Invalid Arguments", "isv.invalid-method", "不存在的方法名");
        return reply(r, NULL, &call, true);
    }
    if (!read_biz(r, method, &call))
        return reply(r, method, &call, true);
    return serve(r, method, &call);
}
