#include "core/money.h"
#include "simulator/alipay.h"
#include "simulator/wechat.h"

#define NOTIFY_URL_MAX 256

bool is_alipay_no(const char *text)
{
    return text[strspn(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")] ==
           '\0';
}

bool is_alipay_amount(const char *text)
{
    struct fen amount;

    return fen_from_yuan(text, &amount) && amount.fen >= 1 && amount.fen <= INT64_C(10000000000);
}

static bool is_subject(const char *text)
{
    return strpbrk(text, "/=&") == NULL;
}

static bool is_local_time(const char *text)
{
    struct instant at;

    return wire_local_read(text, &at);
}

/* "30m", "2h", "1d" or "1c" for the end of the day. */
static bool is_timeout(const char *text)
{
    size_t size = strspn(text, "0123456789");

    return size >= 1 && size <= 3 && strlen(text) == size + 1 && strchr("mhdc", text[size]) != NULL;
}

#define TRADE_MEMBERS                                                                              \
    {"out_trade_no", A_TEXT, true, 1, 64, is_alipay_no},                                           \
        {"total_amount", A_TEXT, true, 4, 12, is_alipay_amount},                                   \
        {"subject", A_TEXT, true, 1, 256, is_subject}, {"body", A_TEXT, false, 0, 128, NULL},      \
        {"timeout_express", A_TEXT, false, 1, 6, is_timeout},                                      \
        {"time_expire", A_TEXT, false, 19, 19, is_local_time},                                     \
    {                                                                                              \
        "passback_params", A_TEXT, false, 0, 512, NULL                                             \
    }

const struct member alipay_create_members[] = {
    TRADE_MEMBERS,
    {"product_code", A_TEXT, true, 1, 64, NULL},
    {"op_app_id", A_TEXT, true, 1, 32, NULL},
    {"buyer_id", A_TEXT, false, 1, 28, is_plain},
    {"buyer_open_id", A_TEXT, false, 1, 128, is_plain},
    {"*", ANYTHING, false, 0, 0, NULL},
    {.path = NULL},
};

const struct member alipay_precreate_members[] = {
    TRADE_MEMBERS,
    {"*", ANYTHING, false, 0, 0, NULL},
    {.path = NULL},
};

const struct member alipay_trade_members[] = {
    {"out_trade_no", A_TEXT, false, 1, 64, is_plain},
    {"trade_no", A_TEXT, false, 1, 64, is_plain},
    {"*", ANYTHING, false, 0, 0, NULL},
    {.path = NULL},
};

const char *new_trade_no(struct request *r)
{
    const struct simulator *simulator = r->state;
    const char *local = wire_local(r->arena, r->now);

    return arena_printf(r->arena, "%.4s%.2s%.2s22001%s", local, local + 5, local + 8,
                        wire_random_digits(r->arena, simulator->random, 15));
}

static struct instant expiry_of(const struct request *r, const json_t *biz)
{
    const char *express = json_string_at(biz, "timeout_express");
    const char *expire = json_string_at(biz, "time_expire");
    struct instant at = {NONE};
    int64_t count;

    if (expire != NULL && wire_local_read(expire, &at))
        return at;
    if (express == NULL)
        return instant_add(r->now, 15 * DAY_MS);
    count = strtoll(express, NULL, 10);
    switch (express[strspn(express, "0123456789")]) {
    case 'm':
        return instant_add(r->now, count * MINUTE_MS);
    case 'h':
        return instant_add(r->now, count * HOUR_MS);
    case 'd':
        return instant_add(r->now, count * DAY_MS);
    default:
        return instant_add(day_start(civil_day(r->now)), DAY_MS);
    }
}

static bool is_expired(const struct request *r, const struct sim_order *order)
{
    return is_open(order) && order->expires_at.ms != NONE && order->expires_at.ms <= r->now.ms;
}

const char *trade_status(const struct request *r, const struct sim_order *order)
{
    if (is_paid(order))
        return order->refunded_fen.fen == order->paid_fen.fen ? "TRADE_CLOSED" : "TRADE_SUCCESS";
    return is_open(order) && !is_expired(r, order) ? "WAIT_BUYER_PAY" : "TRADE_CLOSED";
}

static struct sim_order trade_of(struct request *r, const struct alipay_call *call,
                                 const char *trade_type)
{
    const char *open_id = json_string_at(call->biz, "buyer_open_id");
    struct sim_order order = {
        .gateway = ALIPAY,
        .merchant = call->party->app_id,
        .trade_type = trade_type,
        .out_trade_no = json_string_at(call->biz, "out_trade_no"),
        .payer = open_id != NULL ? open_id : json_string_at(call->biz, "buyer_id"),
        .subject = json_string_at(call->biz, "subject"),
        .attach = json_string_at(call->biz, "passback_params"),
        .notify_url = form_value(call->form, "notify_url"),
        .content = json_digest(r->arena, call->biz),
        .created_at = r->now,
        .expires_at = expiry_of(r, call->biz),
    };

    (void)fen_from_yuan(json_string_at(call->biz, "total_amount"), &order.amount_fen);
    if (strcmp(trade_type, "CREATE") == 0) /* a precreated trade begins when it is scanned */
        order.gw_id = new_trade_no(r);
    return order;
}

struct placing {
    struct sim_order asked, found;
    bool is_new;
};

static enum error place_trade(struct request *r, void *product)
{
    struct placing *placing = product;
    enum error found = lock_order(r, ALIPAY, placing->asked.out_trade_no, &placing->found);

    placing->is_new = found == E_NOT_FOUND;
    if (found != E_NOT_FOUND)
        return found;
    found = insert_order(r, &placing->asked);
    if (found != E_EXISTS)
        return found;
    placing->is_new = false; /* another request was quicker */
    return lock_order(r, ALIPAY, placing->asked.out_trade_no, &placing->found);
}

/* Places the trade or finds that it was placed before; a refusal becomes the node. */
static enum error place(struct request *r, struct alipay_call *call, struct sim_order *order)
{
    struct placing placing = {.asked = *order};
    const struct sim_order *found = &placing.found;

    if (order->notify_url != NULL && (!is_plain(order->notify_url) || //
                                      strlen(order->notify_url) > NOTIFY_URL_MAX)) {
        alipay_refuse(call, "ACQ.INVALID_PARAMETER", "参数无效：notify_url");
        return E_OK;
    }
    TRY(db_transaction(r, place_trade, &placing));
    if (placing.is_new)
        return E_OK;
    if (strcmp(found->content, order->content) != 0)
        alipay_refuse(call, "ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改");
    else if (is_paid(found))
        alipay_refuse(call, "ACQ.TRADE_HAS_SUCCESS", "交易已被支付");
    else if (!is_open(found) || is_expired(r, found))
        alipay_refuse(call, "ACQ.TRADE_HAS_CLOSE", "交易已经关闭");
    *order = *found;
    return E_OK;
}

static enum error check_buyer(struct request *r, struct alipay_call *call,
                              const struct sim_order *order)
{
    const struct simulator_settings *settings = r->settings;
    struct sim_citizen buyer;
    enum error known;

    if (strcmp(json_string_at(call->biz, "op_app_id"), settings->alipay_app_id) != 0 ||
        strcmp(json_string_at(call->biz, "product_code"), "JSAPI_PAY") != 0) {
        alipay_refuse(call, "ACQ.INVALID_PARAMETER", "参数无效：product_code或op_app_id不正确");
        return E_OK;
    }
    known = order->payer == NULL ? E_NOT_FOUND : find_citizen(r, order->payer, &buyer);
    if (known == E_NOT_FOUND)
        alipay_refuse(call, "ACQ.INVALID_PARAMETER", "参数无效：买家不存在");
    return known == E_NOT_FOUND ? E_OK : known;
}

enum error alipay_create(struct request *r, struct alipay_call *call)
{
    struct sim_order order = trade_of(r, call, "CREATE");

    TRY(check_buyer(r, call, &order));
    if (call->node == NULL)
        TRY(place(r, call, &order));
    if (call->node != NULL)
        return E_OK;
    call->node = alipay_success();
    json_object_set_new(call->node, "out_trade_no", json_string(order.out_trade_no));
    json_object_set_new(call->node, "trade_no", json_string(order.gw_id));
    return E_OK;
}

enum error alipay_precreate(struct request *r, struct alipay_call *call)
{
    struct sim_order order = trade_of(r, call, "PRECREATE");

    TRY(place(r, call, &order));
    if (call->node != NULL)
        return E_OK;
    call->node = alipay_success();
    json_object_set_new(call->node, "out_trade_no", json_string(order.out_trade_no));
    json_object_set_new(call->node, "qr_code",
                        json_string(arena_printf(r->arena, "https://qr.alipay.com/bax%.17s",
                                                 wire_sha256_hex(r->arena, order.out_trade_no))));
    return E_OK;
}

enum error find_trade(struct request *r, const struct alipay_call *call, struct sim_order *order)
{
    const char *trade_no = json_string_at(call->biz, "trade_no");
    const char *out_trade_no = json_string_at(call->biz, "out_trade_no");

    if (trade_no != NULL) {
        TRY(find_order_by_id(r, ALIPAY, trade_no, order));
        if (out_trade_no != NULL && strcmp(out_trade_no, order->out_trade_no) != 0)
            return E_NOT_FOUND;
    } else {
        TRY(find_order(r, ALIPAY, out_trade_no == NULL ? "" : out_trade_no, order));
    }
    return order->gw_id == NULL || strcmp(order->merchant, call->party->app_id) != 0 ? E_NOT_FOUND
                                                                                     : E_OK;
}
