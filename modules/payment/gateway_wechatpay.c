/* WeChat Pay APIv3 (payment/wechatpay_order.h) behind the row of functions of gateway.h. */

#include "core/http.h"
#include "core/input.h"
#include "core/log.h"
#include "payment/gateway.h"
#include "payment/state.h"
#include "payment/wechatpay_keys.h"
#include "payment/wechatpay_order.h"
#include "payment/wechatpay_result.h"

struct fault {
    const char *code;
};

static const struct param fault_params[] = {
    PARAM(struct fault, code, .optional = true),
    PARAM_END,
};

/* Spelled with and without underscores on different pages: compared without. */
static bool is_code(const char *code, const char *wanted)
{
    for (; code != NULL && *code != '\0'; code++) {
        if (*code == '_')
            continue;
        if (*code != *wanted++)
            return false;
    }
    return code != NULL && *wanted == '\0';
}

static const char *fault_code(struct request *r, const struct http_answer *received)
{
    struct fault fault = {.code = NULL};

    if (input_from_json(r, received->body, fault_params, LENIENT, &fault) != E_OK)
        reasons_forget(r); /* the payer is not the one who wrote it */
    return fault.code == NULL ? "" : fault.code;
}

/* E_OK: a verified 2xx answer, or a refusal whose *code is set. Everything else is unknown. */
static enum error call(struct request *r, const struct merchant *merchant, const char *method,
                       const char *target, const char *body, struct http_answer *received,
                       const char **code)
{
    const struct payment_settings *settings = payment_settings(r);
    struct wechatpay_call signing = {.method = method,
                                     .target = target,
                                     .body = body,
                                     .now = r->now,
                                     .nonce = random_text(r->arena, 32)};
    const char *const *headers = wechatpay_headers(r->arena, &merchant->wechatpay, &signing);

    *code = NULL;
    if (headers == NULL)
        return failed(r, E_INTERNAL, "signing failed");
    TRY(http_call(
        r,
        &(struct http_call){.upstream = "wechatpay",
                            .method = method,
                            .url = arena_printf(r->arena, "%s%s", settings->wechatpay_url, target),
                            .headers = headers,
                            .body = bytes_of(body),
                            .timeout_ms = settings->gateway_timeout_ms},
        received));
    if (received->status / 100 == 2 && wechatpay_is_genuine(r, merchant, received))
        return E_OK;
    if (received->status / 100 != 4 || received->status == 408) {
        http_blame(r, "wechatpay");
        return failed(r, E_UPSTREAM, "wechatpay %s: status %lld", target,
                      (long long)received->status);
    }
    *code = fault_code(r, received);
    log_info(r, "wechatpay_refused", "%s %s: %lld %s request-id=%s", method, target,
             (long long)received->status, *code,
             http_header(r, received, "Request-ID") == NULL
                 ? ""
                 : http_header(r, received, "Request-ID"));
    return E_OK;
}

/* That our key, right, clock or network is not in order, which passes, says nothing of what was
 * asked. */
static enum verdict verdict_of(const struct http_answer *received, const char *code)
{
    if (received->status == 429)
        return VERDICT_BUSY;
    if (received->status == 401 || *code == '\0' || is_code(code, "NOTENOUGH") ||
        is_code(code, "NOAUTH"))
        return VERDICT_LATER;
    if (is_code(code, "ORDERPAID"))
        return VERDICT_PAID;
    if (is_code(code, "ORDERCLOSED"))
        return VERDICT_CLOSED;
    if (is_code(code, "ORDERNOTEXIST") || is_code(code, "RESOURCENOTEXISTS") ||
        is_code(code, "NOTFOUND"))
        return VERDICT_UNKNOWN;
    return VERDICT_REFUSED;
}

struct prepay {
    const char *prepay_id, *code_url;
};

static const struct param prepay_params[] = {
    PARAM(struct prepay, prepay_id, .min = 1, .max = 64, .optional = true),
    PARAM(struct prepay, code_url, .min = 1, .max = 512, .optional = true),
    PARAM_END,
};

/* Without an openid whoever scans the code pays. */
static enum error open_at(struct request *r, const struct merchant *merchant, const char *target,
                          const struct pursuit *pursuit, struct answer *answer,
                          struct prepay *prepay)
{
    bool is_native = strcmp(target, WECHATPAY_NATIVE_TARGET) == 0;
    struct wechatpay_order order = {.out_trade_no = pursuit->attempt_id,
                                    .description = pursuit->description,
                                    .notify_url = merchant->notify_url,
                                    .openid = is_native ? NULL : pursuit->open_id,
                                    .total = pursuit->amount_fen,
                                    .expire_at = pursuit->expire_at};
    struct http_answer received;

    *prepay = (struct prepay){.prepay_id = NULL};
    TRY(call(r, merchant, "POST", target,
             wechatpay_order_body(r->arena, &merchant->wechatpay, &order), &received,
             &answer->code));
    answer->verdict = VERDICT_PENDING;
    if (answer->code != NULL) {
        answer->verdict = verdict_of(&received, answer->code);
        return E_OK;
    }
    if (input_from_json(r, received.body, prepay_params, LENIENT, prepay) != E_OK) {
        reasons_forget(r);
        return failed(r, E_UPSTREAM, "wechatpay: unreadable answer to an order");
    }
    return E_OK;
}

static enum error opened_with(struct request *r, const char *with, struct answer *answer)
{
    answer->prepay_id = with;
    if (answer->code == NULL && with == NULL)
        return failed(r, E_UPSTREAM, "wechatpay: an order without prepay_id or code_url");
    return E_OK;
}

static enum error open_jsapi(struct request *r, const struct merchant *merchant,
                             const struct pursuit *pursuit, struct answer *answer)
{
    struct prepay prepay;

    TRY(open_at(r, merchant, WECHATPAY_JSAPI_TARGET, pursuit, answer, &prepay));
    return opened_with(r, prepay.prepay_id, answer);
}

static enum error open_native(struct request *r, const struct merchant *merchant,
                              const struct pursuit *pursuit, struct answer *answer)
{
    struct prepay prepay;

    TRY(open_at(r, merchant, WECHATPAY_NATIVE_TARGET, pursuit, answer, &prepay));
    return opened_with(r, prepay.code_url, answer);
}

/* However well it is signed: the signature covers the answer, not what was asked. */
static enum error check_number(struct request *r, const struct answer *answer, const char *number)
{
    if (strcmp(answer->proof.our_no, number) == 0)
        return E_OK;
    return failed(r, E_UPSTREAM, "wechatpay: an answer about another number");
}

static enum error query_order(struct request *r, const struct merchant *merchant,
                              const struct pursuit *pursuit, struct answer *answer)
{
    struct http_answer received;

    TRY(call(r, merchant, "GET",
             wechatpay_query_target(r->arena, &merchant->wechatpay, pursuit->attempt_id), "",
             &received, &answer->code));
    if (answer->code == NULL) {
        TRY(wechatpay_read_transaction(r, merchant, received.body, "query", answer));
        return check_number(r, answer, pursuit->attempt_id);
    }
    answer->verdict = verdict_of(&received, answer->code);
    if (answer->verdict == VERDICT_UNKNOWN)
        return E_OK;
    return failed(r, answer->verdict == VERDICT_BUSY ? E_AGAIN : E_UPSTREAM, "wechatpay query: %s",
                  answer->code);
}

static enum error close_order(struct request *r, const struct merchant *merchant,
                              const struct pursuit *pursuit, struct answer *answer)
{
    struct http_answer received;

    TRY(call(r, merchant, "POST", wechatpay_close_target(r->arena, pursuit->attempt_id),
             wechatpay_close_body(r->arena, &merchant->wechatpay), &received, &answer->code));
    answer->verdict = answer->code == NULL ? VERDICT_CLOSED : verdict_of(&received, answer->code);
    return E_OK;
}

static enum error refund_payment(struct request *r, const struct merchant *merchant,
                                 const struct refund *refund, struct answer *answer)
{
    struct wechatpay_refund asked = {.out_trade_no = refund->out_trade_no,
                                     .out_refund_no = refund->id,
                                     .reason = "重复或异常缴款退回",
                                     .notify_url = merchant->notify_url,
                                     .refund = refund->amount_fen,
                                     .total = refund->total_fen};
    struct http_answer received;

    TRY(call(r, merchant, "POST", WECHATPAY_REFUND_TARGET, wechatpay_refund_body(r->arena, &asked),
             &received, &answer->code));
    if (answer->code == NULL) {
        TRY(wechatpay_read_refund(r, merchant, received.body, "answer", answer));
        return check_number(r, answer, refund->id);
    }
    answer->verdict = verdict_of(&received, answer->code);
    return E_OK;
}

static enum error query_refund(struct request *r, const struct merchant *merchant,
                               const struct refund *refund, struct answer *answer)
{
    struct http_answer received;

    TRY(call(r, merchant, "GET", wechatpay_refund_query_target(r->arena, refund->id), "", &received,
             &answer->code));
    if (answer->code == NULL) {
        TRY(wechatpay_read_refund(r, merchant, received.body, "query", answer));
        return check_number(r, answer, refund->id);
    }
    answer->verdict = verdict_of(&received, answer->code);
    return answer->verdict == VERDICT_UNKNOWN
               ? E_OK
               : failed(r, E_UPSTREAM, "wechatpay refund query: %s", answer->code);
}

static enum error present_jsapi(struct request *r, const struct merchant *merchant,
                                const char *prepay_id, struct order_view *view)

{
    struct wechatpay_pay_params params;

    if (!wechatpay_pay_params(r->arena, &merchant->wechatpay, prepay_id, r->now,
                              random_text(r->arena, 32), &params))
        return failed(r, E_INTERNAL, "signing failed");
    view->appId = merchant->wechatpay.appid;
    view->timeStamp = params.time_stamp;
    view->nonceStr = params.nonce_str;
    view->package = params.package;
    view->signType = "RSA";
    view->paySign = params.pay_sign;
    return E_OK;
}

static enum error present_native(struct request *r, const struct merchant *merchant,
                                 const char *code_url, struct order_view *view)
{
    (void)r;
    (void)merchant;
    view->code_url = code_url;
    return E_OK;
}

struct bill_place {
    const char *hash_type, *hash_value, *download_url;
};

static const struct param bill_place_params[] = {
    PARAM(struct bill_place, hash_type, .min = 1, .max = 16),
    PARAM(struct bill_place, hash_value, .min = 40, .max = 40),
    PARAM(struct bill_place, download_url, .min = 1, .max = 2048),
    PARAM_END,
};

/* Signed like any call; the answer is not, but its hash was. */
static enum error download_bill(struct request *r, const struct merchant *merchant, const char *url,
                                struct package *package)
{
    struct wechatpay_call signing = {.method = "GET",
                                     .target = wechatpay_target(r->arena, url),
                                     .body = "",
                                     .now = r->now,
                                     .nonce = random_text(r->arena, 32)};
    const char *const *headers = wechatpay_headers(r->arena, &merchant->wechatpay, &signing);

    if (headers == NULL)
        return failed(r, E_INTERNAL, "signing failed");
    return package_download(r, "wechatpay", url, headers, package);
}

static enum error fetch_bill_of(struct request *r, const struct merchant *merchant,
                                const struct bill_wanted *wanted, struct bill_download *download)
{
    const char *day = day_to_text(r->arena, wanted->day), *code;
    const char *target =
        arena_printf(r->arena, "%s?bill_date=%s&%s&tar_type=GZIP",
                     wanted->kind == BILL_FUND ? "/v3/bill/fundflowbill" : "/v3/bill/tradebill",
                     day, wanted->kind == BILL_FUND ? "account_type=BASIC" : "bill_type=ALL");
    struct http_answer received;
    struct bill_place place;

    TRY(call(r, merchant, "GET", target, "", &received, &code));
    download->answer = is_code(code, "NOSTATEMENTEXIST") ? BILL_NONE : BILL_LATER;
    if (download->answer == BILL_NONE || is_code(code, "STATEMENTCREATING"))
        return E_OK;
    if (code != NULL)
        return failed(r, E_UPSTREAM, "wechatpay bill: %s", code);
    if (input_from_json(r, received.body, bill_place_params, LENIENT, &place) != E_OK ||
        strcmp(place.hash_type, "SHA1") != 0) {
        reasons_forget(r);
        return failed(r, E_UPSTREAM, "wechatpay bill: no place or no hash");
    }
    download->answer = BILL_HERE;
    download->sha1 = place.hash_value;
    return download_bill(r, merchant, place.download_url, download->package);
}

static const char *bill_merchant(const struct merchant *merchant)
{
    return merchant->id;
}

static const char *const bill_kinds[] = {"trade", "fund", NULL};

const struct gateway gateway_wechatpay = {
    .name = "wechatpay",
    .query = query_order,
    .close = close_order,
    .refund = refund_payment,
    .refund_query = query_refund,
    .bill_kinds = bill_kinds,
    .bill_format = &bill_wechatpay,
    .bill_merchant = bill_merchant,
    .bill = fetch_bill_of,
};

const struct way wechatpay_ways[] = {
    {"wechat", "wechat", &gateway_wechatpay, open_jsapi, present_jsapi},
    {"wechat_native", NULL, &gateway_wechatpay, open_native, present_native},
    {.channel = NULL},
};
