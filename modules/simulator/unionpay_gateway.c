/* The envelope of backTransReq.do, queryTrans.do and file transfer: faults, checks, the signed
 * answer. */

#include "simulator/unionpay.h"

const char *unionpay_get(const struct unionpay_call *call, const char *name)
{
    return form_value(call->form, name);
}

void unionpay_set(struct request *r, struct unionpay_call *call, const char *name,
                  const char *value)
{
    form_set(r->arena, &call->answer, name, value);
}

void unionpay_refuse(struct unionpay_call *call, const char *code, const char *text)
{
    call->code = code;
    call->text = text;
}

void unionpay_begin(struct request *r, struct form *form, struct unionpay_call *call)
{
    *call = (struct unionpay_call){
        .form = form, .fault = {.fault = ""}, .code = "00", .text = "成功[0000000]"};
    if (!form_read(r->arena, (const char *)r->body.data, r->body.size, form))
        *form = (struct form){NULL, 0}; /* which lacks every field */
}

/* What would break the answer is not said again. */
static const char *echo(const struct unionpay_call *call, const char *name)
{
    const char *value = unionpay_get(call, name);

    return value == NULL || strpbrk(value, "&={}[]") != NULL ? NULL : value;
}

/* Not url-encoded; in the order of the names. */
static enum error reply(struct request *r, struct unionpay_call *call)
{
    static const char *const echoed[] = {"version",     "encoding",   "signMethod", "accessType",
                                         "bizType",     "txnType",    "txnSubType", "merId",
                                         "orderId",     "txnTime",    "txnAmt",     "origQryId",
                                         "reqReserved", "settleDate", "fileType",   NULL};
    struct form all = {NULL, 0};

    for (const char *const *name = echoed; *name != NULL; name++)
        form_set(r->arena, &all, *name, echo(call, *name));
    /* What was sent under another version is answered in ours. */
    form_set(r->arena, &all, "version", "5.1.0");
    form_set(r->arena, &all, "signMethod", "01");
    for (size_t i = 0; i < call->answer.count; i++)
        form_set(r->arena, &all, call->answer.items[i].name, call->answer.items[i].value);
    form_set(r->arena, &all, "respCode", call->code);
    form_set(r->arena, &all, "respMsg", call->text);
    unionpay_sign(r, &all, call->fault.fault);
    return reply_text(r, 200, "text/html;charset=UTF-8", form_signed_text(r->arena, &all, true));
}

/* The act, unless the fault comes before it, and what the fault makes of the answer. */
static enum error act(struct request *r, struct unionpay_call *call,
                      const struct unionpay_kind *kind)
{
    if (fault_is(&call->fault, "http_429"))
        unionpay_refuse(call, "37", "已超过最大查询次数或操作过于频繁");
    else if (fault_is(&call->fault, "system_error"))
        unionpay_refuse(call, "04", "交易状态未明，请查询对账结果");
    else if (kind == &unionpay_query)
        TRY(unionpay_find(r, call));
    else if (kind == &unionpay_transfer)
        TRY(unionpay_hand_over(r, call));
    else
        TRY(unionpay_reverse(r, call, kind));
    if (fault_is(&call->fault, "system_error_after")) {
        call->answer.count = 0;
        unionpay_refuse(call, "04", "交易状态未明，请查询对账结果");
    }
    return E_OK;
}

static enum error serve(struct request *r, struct unionpay_call *call,
                        const struct unionpay_kind *kind)
{
    const char *number;

    if (!unionpay_is_fit(r, call, kind))
        return reply(r, call);
    number =
        kind == &unionpay_transfer ? unionpay_file_day(r, call) : unionpay_get(call, "orderId");
    TRY(fault_take(r, UNIONPAY, number, kind->operation, &call->fault));
    fault_wait(r, &call->fault);
    if (fault_is(&call->fault, "lost_request"))
        return fault_cut(r);
    if (fault_is(&call->fault, "http_500"))
        return reply_text(r, 500, "text/html", "<html>Internal Server Error</html>");
    TRY(act(r, call, kind));
    fault_wait_after(&call->fault);
    if (fault_is(&call->fault, "lost_answer"))
        return fault_cut(r);
    return reply(r, call);
}

enum error unionpay_query_route(struct request *r)
{
    struct form form;
    struct unionpay_call call;

    unionpay_begin(r, &form, &call);
    return serve(r, &call, &unionpay_query);
}

enum error unionpay_file_route(struct request *r)
{
    struct form form;
    struct unionpay_call call;

    unionpay_begin(r, &form, &call);
    return serve(r, &call, &unionpay_transfer);
}

enum error unionpay_back_route(struct request *r)
{
    struct form form;
    struct unionpay_call call;
    const char *txn_type;

    unionpay_begin(r, &form, &call);
    txn_type = unionpay_get(&call, "txnType");
    return serve(r, &call,
                 txn_type != NULL && strcmp(txn_type, "31") == 0 ? &unionpay_cancel
                                                                 : &unionpay_refund);
}
