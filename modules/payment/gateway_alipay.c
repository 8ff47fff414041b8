/* Alipay's trades (payment/alipay_wire.h) behind the row of functions of gateway.h. */

#include "core/http.h"
#include "core/input.h"
#include "core/log.h"
#include "payment/alipay_keys.h"
#include "payment/gateway.h"
#include "payment/state.h"

/* What the nodes of all methods may hold. */
struct node {
    const char *code, *sub_code;
    const char *trade_no, *out_trade_no, *trade_status, *total_amount, *send_pay_date;
    const char *qr_code;
    const char *fund_change, *refund_fee, *refund_status, *refund_amount, *out_request_no;
    const char *gmt_refund_pay, *trans_currency;
    const char *bill_download_url;
};

#define TEXT_OR_NONE(member) PARAM(struct node, member, .max = 256, .optional = true)

static const struct param node_params[] = {
    PARAM(struct node, code, .min = 1, .max = 16),
    TEXT_OR_NONE(sub_code),
    PARAM(struct node, trade_no, .min = 1, .max = 64, .optional = true),
    TEXT_OR_NONE(out_trade_no),
    TEXT_OR_NONE(trade_status),
    TEXT_OR_NONE(total_amount),
    TEXT_OR_NONE(send_pay_date),
    PARAM(struct node, qr_code, .max = 1024, .optional = true),
    TEXT_OR_NONE(fund_change),
    TEXT_OR_NONE(refund_fee),
    TEXT_OR_NONE(refund_status),
    TEXT_OR_NONE(refund_amount),
    TEXT_OR_NONE(out_request_no),
    TEXT_OR_NONE(gmt_refund_pay),
    TEXT_OR_NONE(trans_currency),
    PARAM(struct node, bill_download_url, .max = 2048, .optional = true),
    PARAM_END,
};

static bool is(const char *text, const char *wanted)
{
    return text != NULL && strcmp(text, wanted) == 0;
}

static enum error unreadable(struct request *r, const char *what)
{
    reasons_forget(r);
    return failed(r, E_UPSTREAM, "alipay: %s", what);
}

/* Codes that leave open whether anything happened. */
static bool is_unknown(const struct node *node)
{
    if (is(node->code, "20000") || is(node->code, "10003"))
        return true;
    return node->sub_code != NULL && (strstr(node->sub_code, "SYSTEM_ERROR") != NULL ||
                                      strstr(node->sub_code, "unknow-error") != NULL);
}

/* The verified node of the answer, or E_UPSTREAM. A certificate that we have to fetch first is no
   fault of theirs. */
static enum error send(struct request *r, const struct merchant *merchant,
                       const struct alipay_call *calling, struct bytes *node)
{
    struct http_answer received;
    struct alipay_answer answer = {.cert_sn = NULL};
    enum alipay_verdict verdict = ALIPAY_REFUSED;

    TRY(alipay_post(r, merchant, calling, &received));
    if (received.status == 200)
        verdict = alipay_believe_answer(r, merchant, calling->method, received.body, &answer);
    *node = answer.node;
    if (verdict == ALIPAY_GENUINE && !answer.is_error)
        return E_OK;
    if (verdict == ALIPAY_UNKNOWN_SERIAL)
        return failed(r, E_UPSTREAM, "%s: signed by certificate %s, not known yet", calling->method,
                      answer.cert_sn);
    http_blame(r, "alipay");
    return failed(r, E_UPSTREAM, "%s: status %lld, no verified answer", calling->method,
                  (long long)received.status);
}

/* E_OK: a verified node that is an answer or a final refusal. Everything else is unknown. */
static enum error call(struct request *r, const struct merchant *merchant, const char *method,
                       const char *content, const char *notify_url, struct node *node)
{
    struct alipay_call signing = {
        .method = method, .biz_content = content, .notify_url = notify_url, .now = r->now};
    struct bytes raw;

    TRY(send(r, merchant, &signing, &raw));
    if (input_from_json(r, raw, node_params, LENIENT, node) != E_OK)
        return unreadable(r, "unreadable node");
    if (is_unknown(node)) {
        http_blame(r, "alipay");
        return failed(r, E_UPSTREAM, "%s: %s %s", method, node->code,
                      node->sub_code == NULL ? "" : node->sub_code);
    }
    if (!is(node->code, "10000"))
        log_info(r, "alipay_refused", "%s: %s %s", method, node->code,
                 node->sub_code == NULL ? "" : node->sub_code);
    return E_OK;
}

/* That our key, clock or right is not in order, which passes, says nothing of what was asked. */
static bool is_about_us(const struct node *node)
{
    static const char *const causes[] = {"isv.invalid-signature", "isv.invalid-timestamp",
                                         "isv.invalid-app-id", "isv.insufficient-isv-permissions"};

    for (size_t i = 0; i < sizeof(causes) / sizeof(*causes); i++)
        if (is(node->sub_code, causes[i]))
            return true;
    return is(node->code, "20001") || is(node->code, "40006");
}

static enum verdict verdict_of(const struct node *node)
{
    if (is(node->code, "40005"))
        return VERDICT_BUSY;
    if (is_about_us(node) || is(node->sub_code, "ACQ.SELLER_BALANCE_NOT_ENOUGH"))
        return VERDICT_LATER;
    if (is(node->sub_code, "ACQ.TRADE_NOT_EXIST"))
        return VERDICT_UNKNOWN;
    if (is(node->sub_code, "ACQ.TRADE_HAS_SUCCESS") ||
        is(node->sub_code, "ACQ.REASON_TRADE_STATUS_INVALID") ||
        is(node->sub_code, "ACQ.TRADE_STATUS_ERROR"))
        return VERDICT_PAID;
    return is(node->sub_code, "ACQ.TRADE_HAS_CLOSE") ? VERDICT_CLOSED : VERDICT_REFUSED;
}

/* Some answers leave the number out; another one's is never taken for it. */
static bool is_about(const char *found, const char *number)
{
    return found == NULL || is(found, number);
}

static bool is_done(struct node *node, struct answer *answer)
{
    *answer = (struct answer){.verdict = VERDICT_PENDING};
    if (is(node->code, "10000"))
        return true;
    answer->code = node->sub_code != NULL ? node->sub_code : node->code;
    answer->verdict = verdict_of(node);
    return false;
}

static enum error open_create(struct request *r, const struct merchant *merchant,
                              const struct pursuit *pursuit, struct answer *answer)
{
    struct alipay_order order = {.out_trade_no = pursuit->attempt_id,
                                 .subject = pursuit->description,
                                 .buyer_open_id = pursuit->open_id,
                                 .total = pursuit->amount_fen,
                                 .expire_at = pursuit->expire_at};
    struct node node;

    TRY(call(r, merchant, "alipay.trade.create",
             alipay_create_content(r->arena, &merchant->alipay, &order), merchant->notify_url,
             &node));
    if (!is_done(&node, answer))
        return E_OK;
    if (node.trade_no == NULL || !is(node.out_trade_no, pursuit->attempt_id))
        return unreadable(r, "an order without its numbers");
    answer->prepay_id = node.trade_no;
    return E_OK;
}

/* The trade begins when somebody scans the code; until then they know of none. */
static enum error open_precreate(struct request *r, const struct merchant *merchant,
                                 const struct pursuit *pursuit, struct answer *answer)
{
    struct alipay_order order = {.out_trade_no = pursuit->attempt_id,
                                 .subject = pursuit->description,
                                 .total = pursuit->amount_fen,
                                 .expire_at = pursuit->expire_at};
    struct node node;

    TRY(call(r, merchant, "alipay.trade.precreate", alipay_precreate_content(r->arena, &order),
             merchant->notify_url, &node));
    if (!is_done(&node, answer))
        return E_OK;
    if (node.qr_code == NULL || !is(node.out_trade_no, pursuit->attempt_id))
        return unreadable(r, "a code without its text or number");
    answer->prepay_id = node.qr_code;
    return E_OK;
}

static enum error take_paid(struct request *r, const struct merchant *merchant,
                            const struct node *node, struct answer *answer)
{
    struct payment_proof paid = {.gateway = "alipay",
                                 .merchant = merchant->id,
                                 .gateway_no = node->trade_no,
                                 .our_no = node->out_trade_no,
                                 .proof = "query"};

    if (node->trade_no == NULL || node->total_amount == NULL ||
        !alipay_amount(node->total_amount, &paid.amount_fen) || node->send_pay_date == NULL ||
        !alipay_time_read(node->send_pay_date, &paid.happened_at))
        return unreadable(r, "a payment without number, amount or time");
    if (node->trans_currency != NULL && !is(node->trans_currency, "CNY"))
        return unreadable(r, "a payment in another currency");
    answer->verdict = VERDICT_PAID;
    answer->proof = paid;
    return E_OK;
}

static enum error query_trade(struct request *r, const struct merchant *merchant,
                              const struct pursuit *pursuit, struct answer *answer)
{
    struct node node;

    TRY(call(r, merchant, "alipay.trade.query", alipay_trade_content(r->arena, pursuit->attempt_id),
             NULL, &node));
    if (!is_done(&node, answer))
        return answer->verdict == VERDICT_UNKNOWN
                   ? E_OK
                   : failed(r, answer->verdict == VERDICT_BUSY ? E_AGAIN : E_UPSTREAM,
                            "alipay query: %s", answer->code);
    if (!is(node.out_trade_no, pursuit->attempt_id))
        return unreadable(r, "an answer about another trade");
    if (is(node.trade_status, "TRADE_SUCCESS") || is(node.trade_status, "TRADE_FINISHED"))
        return take_paid(r, merchant, &node, answer);
    answer->verdict = is(node.trade_status, "TRADE_CLOSED") ? VERDICT_CLOSED : VERDICT_PENDING;
    return E_OK;
}

static enum error close_trade(struct request *r, const struct merchant *merchant,
                              const struct pursuit *pursuit, struct answer *answer)
{
    struct node node;

    TRY(call(r, merchant, "alipay.trade.close", alipay_trade_content(r->arena, pursuit->attempt_id),
             NULL, &node));
    if (!is_done(&node, answer))
        return E_OK;
    if (!is_about(node.out_trade_no, pursuit->attempt_id))
        return unreadable(r, "an answer about another trade");
    answer->verdict = VERDICT_CLOSED;
    return E_OK;
}

/* Accepted is all that the answer says; the query tells whether the money moved. */
static enum error refund_trade(struct request *r, const struct merchant *merchant,
                               const struct refund *refund, struct answer *answer)
{
    struct alipay_refund asked = {.out_trade_no = refund->out_trade_no,
                                  .out_request_no = refund->id,
                                  .reason = "重复或异常缴款退回",
                                  .amount = refund->amount_fen};
    struct node node;

    TRY(call(r, merchant, "alipay.trade.refund", alipay_refund_content(r->arena, &asked), NULL,
             &node));
    if (is_done(&node, answer)) {
        answer->verdict = VERDICT_ACCEPTED;
        return is_about(node.out_trade_no, refund->out_trade_no)
                   ? E_OK
                   : unreadable(r, "an answer about another trade");
    }
    if (answer->verdict == VERDICT_PAID)
        answer->verdict = VERDICT_REFUSED;
    return E_OK;
}

static enum error query_trade_refund(struct request *r, const struct merchant *merchant,
                                     const struct refund *refund, struct answer *answer)
{
    struct payment_proof back = {.gateway = "alipay",
                                 .merchant = merchant->id,
                                 .gateway_no = refund->id,
                                 .our_no = refund->id,
                                 .happened_at = r->now,
                                 .proof = "query"};
    struct node node;

    TRY(call(r, merchant, "alipay.trade.fastpay.refund.query",
             alipay_refund_query_content(r->arena, refund->out_trade_no, refund->id), NULL, &node));
    if (!is_done(&node, answer))
        return answer->verdict == VERDICT_UNKNOWN
                   ? E_OK
                   : failed(r, E_UPSTREAM, "alipay refund query: %s", answer->code);
    answer->verdict = VERDICT_UNKNOWN; /* absent: not refunded, the same once more */
    if (!is(node.refund_status, "REFUND_SUCCESS"))
        return E_OK;
    if (node.refund_amount == NULL || !alipay_amount(node.refund_amount, &back.amount_fen) ||
        !is_about(node.out_request_no, refund->id) ||
        !is_about(node.out_trade_no, refund->out_trade_no))
        return unreadable(r, "a refund without amount, or another one");
    if (node.gmt_refund_pay != NULL)
        (void)alipay_time_read(node.gmt_refund_pay, &back.happened_at);
    answer->verdict = VERDICT_REFUNDED;
    answer->proof = back;
    return E_OK;
}

static enum error present_create(struct request *r, const struct merchant *merchant,
                                 const char *trade_no, struct order_view *view)
{
    (void)r;
    (void)merchant;
    view->tradeNO = trade_no;
    return E_OK;
}

static enum error present_precreate(struct request *r, const struct merchant *merchant,
                                    const char *qr_code, struct order_view *view)
{
    (void)r;
    (void)merchant;
    view->qr_code = qr_code;
    return E_OK;
}

static enum error fetch_bill_of(struct request *r, const struct merchant *merchant,
                                const struct bill_wanted *wanted, struct bill_download *download)
{
    const char *content = arena_printf(r->arena, "{\"bill_type\":\"%s\",\"bill_date\":\"%s\"}",
                                       wanted->kind == BILL_FUND ? "signcustomer" : "trade",
                                       day_to_text(r->arena, wanted->day));
    struct node node;

    TRY(call(r, merchant, "alipay.data.dataservice.bill.downloadurl.query", content, NULL, &node));
    download->answer = BILL_NONE;
    if (node.sub_code != NULL && (strstr(node.sub_code, "BILL_NOT_EXIST") != NULL ||
                                  strstr(node.sub_code, "bill_not_exist") != NULL))
        return E_OK;
    if (!is(node.code, "10000") || node.bill_download_url == NULL)
        return failed(r, E_UPSTREAM, "alipay bill: %s %s", node.code,
                      node.sub_code == NULL ? "" : node.sub_code);
    download->answer = BILL_HERE;
    /* The address is worth half a minute, and is itself the right to download. */
    return package_download(r, "alipay", node.bill_download_url, NULL, download->package);
}

static const char *bill_merchant(const struct merchant *merchant)
{
    return merchant->alipay.seller_id;
}

static const char *const bill_kinds[] = {"trade", "fund", NULL};

const struct gateway gateway_alipay = {
    .name = "alipay",
    .query = query_trade,
    .close = close_trade,
    .refund = refund_trade,
    .refund_query = query_trade_refund,
    .bill_kinds = bill_kinds,
    .bill_format = &bill_alipay,
    .bill_merchant = bill_merchant,
    .bill = fetch_bill_of,
};

const struct way alipay_ways[] = {
    {"alipay", "alipay", &gateway_alipay, open_create, present_create},
    {"alipay_precreate", NULL, &gateway_alipay, open_precreate, present_precreate},
    {.channel = NULL},
};
