#include "core/transport.h"
#include "simulator/wechat.h"
#include "simulator/wechatpay.h"

/* What a merchant may order at most. */
#define AMOUNT_MAX INT64_C(10000000000)

bool is_wechat_order_no(const char *text)
{
    return text[strspn(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                             "_-|*")] == '\0';
}

bool is_notify_url(const char *text)
{
    const char *host;

    if (strncmp(text, "https://", 8) == 0)
        host = text + 8;
    else if (strncmp(text, "http://", 7) == 0)
        host = text + 7;
    else
        return false;
    return *host != '\0' && *host != '/' && strpbrk(text, "?#") == NULL && is_plain(text);
}

static bool is_cny(const char *text)
{
    return strcmp(text, "CNY") == 0;
}

static bool is_moment(const char *text)
{
    struct instant at;

    return wire_rfc3339_read(text, &at);
}

#define ORDER_MEMBERS                                                                              \
    {"appid", A_TEXT, true, 1, 32, NULL}, {"mchid", A_TEXT, true, 1, 32, NULL},                    \
        {"description", A_TEXT, true, 1, 127, NULL},                                               \
        {"out_trade_no", A_TEXT, true, 6, 32, is_wechat_order_no},                                 \
        {"time_expire", A_TEXT, false, 1, 64, is_moment}, {"attach", A_TEXT, false, 0, 128, NULL}, \
        {"notify_url", A_TEXT, true, 1, 255, is_notify_url},                                       \
        {"goods_tag", A_TEXT, false, 0, 32, NULL},                                                 \
        {"support_fapiao", A_BOOLEAN, false, 0, 0, NULL}, {"amount", AN_OBJECT, true, 0, 0, NULL}, \
        {"amount.total", AN_INTEGER, true, 1, AMOUNT_MAX, NULL},                                   \
        {"amount.currency", A_TEXT, false, 1, 16, is_cny},                                         \
        {"detail", ANYTHING, false, 0, 0, NULL}, {"scene_info", ANYTHING, false, 0, 0, NULL},      \
    {                                                                                              \
        "settle_info", ANYTHING, false, 0, 0, NULL                                                 \
    }

static const struct member native_members[] = {ORDER_MEMBERS, {.path = NULL}};

static const struct member jsapi_members[] = {
    ORDER_MEMBERS,
    {"payer", AN_OBJECT, true, 0, 0, NULL},
    {"payer.openid", A_TEXT, true, 1, 128, is_plain},
    {.path = NULL},
};

const char *new_prepay_id(struct request *r, const char *out_trade_no)
{
    const struct simulator *simulator = r->state;

    return arena_printf(r->arena, "wx%s%.16s", wire_random_digits(r->arena, simulator->random, 18),
                        wire_sha256_hex(r->arena, out_trade_no));
}

bool is_prepay_id_of(struct request *r, const char *prepay_id, const char *out_trade_no)
{
    return strlen(prepay_id) == 36 &&
           strncmp(prepay_id + 20, wire_sha256_hex(r->arena, out_trade_no), 16) == 0;
}

static struct sim_order order_of(struct request *r, const struct wechatpay_call *call,
                                 const char *trade_type)
{
    const json_t *body = call->body;
    const char *expires = json_string_at(body, "time_expire");
    struct sim_order order = {
        .gateway = WECHATPAY,
        .merchant = call->party->mchid,
        .trade_type = trade_type,
        .out_trade_no = json_string_at(body, "out_trade_no"),
        .payer = json_string_at(json_object_get(body, "payer"), "openid"),
        .amount_fen = {json_integer_value(json_object_get(json_object_get(body, "amount"), //
                                                          "total"))},
        .subject = json_string_at(body, "description"),
        .attach = json_string_at(body, "attach"),
        .notify_url = json_string_at(body, "notify_url"),
        .content = json_digest(r->arena, body),
        .created_at = r->now,
        .expires_at = {NONE},
    };

    if (expires != NULL && wire_rfc3339_read(expires, &order.expires_at) &&
        order.expires_at.ms < r->now.ms + MINUTE_MS)
        order.expires_at = instant_add(r->now, MINUTE_MS);
    return order;
}

struct placing {
    struct sim_order asked, found;
    bool is_new;
};

static enum error place_order(struct request *r, void *product)
{
    struct placing *placing = product;
    enum error found = lock_order(r, WECHATPAY, placing->asked.out_trade_no, &placing->found);

    placing->is_new = found == E_NOT_FOUND;
    if (found != E_NOT_FOUND)
        return found;
    found = insert_order(r, &placing->asked);
    if (found != E_EXISTS)
        return found;
    placing->is_new = false; /* another request was quicker */
    return lock_order(r, WECHATPAY, placing->asked.out_trade_no, &placing->found);
}

/* An order with this number is there already: the same again, or another one? */
static enum error judge_repetition(struct request *r, struct wechatpay_call *call,
                                   const struct placing *placing)
{
    bool is_same = strcmp(placing->asked.content, placing->found.content) == 0;

    if (!is_same && is_open(&placing->found))
        return wechatpay_error(r, call, 400, "INVALID_REQUEST",
                               "请求重入时，参数与首次请求时不一致");
    if (!is_same)
        return wechatpay_error(r, call, 403, "OUT_TRADE_NO_USED", "商户订单号重复");
    if (is_paid(&placing->found))
        return wechatpay_error(r, call, 400, "ORDER_PAID", "该订单已支付");
    if (!is_open(&placing->found))
        return wechatpay_error(r, call, 400, "ORDER_CLOSED", "该订单已关闭");
    return E_OK;
}

static enum error check_parties(struct request *r, struct wechatpay_call *call,
                                const struct sim_order *order)
{
    const struct simulator_settings *settings = r->settings;
    enum error known = E_OK;

    if (strcmp(json_string_at(call->body, "mchid"), call->party->mchid) != 0)
        return wechatpay_error(r, call, 400, "PARAM_ERROR",
                               "请求体中的mchid与Authorization中的不一致");
    if (strcmp(json_string_at(call->body, "appid"), settings->wechat_appid) != 0)
        return wechatpay_error(r, call, 400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配");
    if (order->payer != NULL)
        known = find_citizen(r, order->payer, &(struct sim_citizen){.openid = NULL});
    if (known == E_NOT_FOUND)
        return wechatpay_error(r, call, 400, "PARAM_ERROR", "无效的openid");
    return known;
}

static enum error order_call(struct request *r, struct wechatpay_call *call, const char *trade_type)
{
    bool is_jsapi = strcmp(trade_type, "JSAPI") == 0;
    struct placing placing;

    wechatpay_check_body(r, call, is_jsapi ? jsapi_members : native_members);
    if (call->status != 0)
        return E_OK;
    placing.asked = order_of(r, call, trade_type);
    TRY(check_parties(r, call, &placing.asked));
    if (call->status != 0)
        return E_OK;
    TRY(db_transaction(r, place_order, &placing));
    if (!placing.is_new)
        TRY(judge_repetition(r, call, &placing));
    if (call->status != 0)
        return E_OK;
    call->status = 200;
    if (is_jsapi)
        call->answer = json_text(
            r->arena, json_pack("{ss}", "prepay_id", new_prepay_id(r, placing.asked.out_trade_no)));
    else
        call->answer = json_text(
            r->arena, json_pack("{ss}", "code_url",
                                arena_printf(r->arena, "weixin://wxpay/bizpayurl?pr=%.9s",
                                             wire_sha256_hex(r->arena, //
                                                             placing.asked.out_trade_no))));
    return E_OK;
}

static enum error order_jsapi(struct request *r, struct wechatpay_call *call)
{
    return order_call(r, call, "JSAPI");
}

static enum error order_native(struct request *r, struct wechatpay_call *call)
{
    return order_call(r, call, "NATIVE");
}

enum error wechatpay_order_jsapi(struct request *r)
{
    struct wechatpay_call call = {.operation = "order", .number_member = "out_trade_no"};

    return wechatpay_serve(r, &call, order_jsapi);
}

enum error wechatpay_order_native(struct request *r)
{
    struct wechatpay_call call = {.operation = "order", .number_member = "out_trade_no"};

    return wechatpay_serve(r, &call, order_native);
}
