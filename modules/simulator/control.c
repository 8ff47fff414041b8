/* Orders, movements and notices, for tests and for the page. */

#include "core/ulid.h"
#include "simulator/callbacks.h"
#include "simulator/pay.h"
#include "simulator/wechatpay.h"

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

enum error list_orders_route(struct request *r)
{
    const struct list_orders_input *in = r->input;
    struct records orders;

    TRY(list_orders(r, or_empty(in->state), &orders));
    return reply_page(r, sim_order_fields, sizeof(struct sim_order), orders, NULL);
}

enum error show_order_route(struct request *r)
{
    const struct order_path *in = r->input;
    struct sim_order order;

    TRY(find_order(r, in->gateway, in->out_trade_no, &order));
    return reply_record(r, 200, sim_order_fields, &order);
}

enum error list_refunds_route(struct request *r)
{
    struct records refunds;

    TRY(list_refunds(r, &refunds));
    return reply_page(r, sim_refund_fields, sizeof(struct sim_refund), refunds, NULL);
}

enum error list_movements_route(struct request *r)
{
    const struct list_movements_input *in = r->input;
    const struct sim_movement *items;
    struct records movements;
    const char *next = NULL;

    TRY(list_movements(r, or_empty(in->after), or_empty(in->out_trade_no), &movements));
    items = movements.items;
    if (movements.count == 1000)
        next = items[movements.count - 1].id;
    return reply_page(r, sim_movement_fields, sizeof(struct sim_movement), movements, next);
}

enum error list_callbacks_route(struct request *r)
{
    const struct list_callbacks_input *in = r->input;
    struct records callbacks;

    TRY(list_callbacks(r, or_empty(in->out_trade_no), &callbacks));
    return reply_page(r, sim_callback_fields, sizeof(struct sim_callback), callbacks, NULL);
}

/* Sends a notice now, once, beside its schedule; the answer tells what the merchant said. */
enum error send_callback_route(struct request *r)
{
    const struct callback_input *in = r->input;
    struct sim_callback callback;
    const char *answer;
    int64_t status;

    TRY(find_callback(r, in->id, &callback));
    callback.fault = in->fault;
    TRY(post_callback(r, &callback, true, &status, &answer));
    return reply_json(r, 200, json_pack("{sI ss}", "status", (json_int_t)status, "answer", answer));
}

/* The bytes of a notice without sending it: for replays, and for loads made elsewhere. */
enum error compose_callback_route(struct request *r)
{
    const struct callback_input *in = r->input;
    struct sim_callback callback;
    struct notice notice;
    json_t *headers;

    TRY(find_callback(r, in->id, &callback));
    TRY(compose_notice(r, &callback, or_empty(in->fault), &notice));
    headers = json_array();
    for (size_t i = 0; notice.headers[i] != NULL; i++)
        json_array_append_new(headers, json_string(notice.headers[i]));
    return reply_json(
        r, 200,
        json_pack("{ss so ss}", "url", callback.url, "headers", headers, "body", notice.body));
}

static enum error insert_new_order(struct request *r, void *product)
{
    const struct sim_order *order = product;
    struct sim_order found;
    enum error inserted = insert_order(r, order);

    if (inserted != E_EXISTS)
        return inserted;
    TRY(lock_order(r, order->gateway, order->out_trade_no, &found));
    return strcmp(found.content, order->content) == 0
               ? E_OK
               : refuse(r, ORDER_EXISTS, VALUES(order->out_trade_no));
}

static const char *first_merchant(const struct request *r, const char *gateway)
{
    const struct simulator_settings *settings = r->settings;

    if (strcmp(gateway, ALIPAY) == 0)
        return settings->alipay_app_id;
    return strcmp(gateway, UNIONPAY) == 0 ? settings->unionpay_mer_id : settings->wechatpay_mchid;
}

/* An order that no merchant asked for: what is paid for it is an orphan there. */
enum error create_order_route(struct request *r)
{
    const struct create_order_input *in = r->input;
    struct sim_order order = {
        .gateway = in->gateway,
        .merchant = first_merchant(r, in->gateway),
        .out_trade_no = in->out_trade_no,
        .trade_type = strcmp(in->gateway, ALIPAY) == 0 ? "PRECREATE" : "NATIVE",
        .payer = in->payer,
        .amount_fen = in->amount_fen,
        .subject = in->subject == NULL ? "simulator" : in->subject,
        .notify_url = in->notify_url,
        .content = wire_sha256_hex(r->arena, ulid_new(r)),
        .state = "open",
        .created_at = r->now,
        .expires_at = {NONE},
        .paid_at = {NONE},
        .closed_at = {NONE},
        .refunded_at = {NONE},
    };

    TRY(db_transaction(r, insert_new_order, &order));
    return reply_record(r, 201, sim_order_fields, &order);
}

/* What wx.requestPayment is given, as the client of WeChat checks it. */
static enum error check_pay_sign(struct request *r, const json_t *body, const char *out_trade_no)
{
    const struct simulator_settings *settings = r->settings;
    const char *timestamp = json_string_at(body, "timeStamp");
    const char *nonce = json_string_at(body, "nonceStr"),
               *package = json_string_at(body, "package");
    const char *type = json_string_at(body, "signType"), *sign = json_string_at(body, "paySign");
    const struct wechatpay_party *party;
    struct sim_order order;
    const char *message;

    TRY(find_order(r, WECHATPAY, out_trade_no, &order));
    party = party_by_mchid(r->state, order.merchant);
    if (timestamp == NULL || nonce == NULL || package == NULL || type == NULL || sign == NULL)
        return refuse(r, PAY_PARAMETERS_WRONG, VALUES("missing"));
    if (strcmp(type, "RSA") != 0)
        return refuse(r, PAY_PARAMETERS_WRONG, VALUES("signType", type));
    if (strncmp(package, "prepay_id=", 10) != 0 || !is_prepay_id_of(r, package + 10, out_trade_no))
        return refuse(r, PAY_PARAMETERS_WRONG, VALUES("package", package));
    message = arena_printf(r->arena, "%s\n%s\n%s\n%s\n", settings->wechat_appid, timestamp, nonce,
                           package);
    if (party == NULL ||
        !wire_verify(r->arena, party->key,
                     (struct bytes){(const unsigned char *)message, strlen(message)}, sign))
        return refuse(r, PAY_PARAMETERS_WRONG, VALUES("paySign"));
    return E_OK;
}

static enum error check_trade_no(struct request *r, const char *trade_no, const char *out_trade_no)
{
    struct sim_order order;

    TRY(find_order(r, ALIPAY, out_trade_no, &order));
    if (order.gw_id == NULL || strcmp(order.gw_id, trade_no) != 0)
        return refuse(r, PAY_PARAMETERS_WRONG, VALUES("tradeNO", trade_no));
    return E_OK;
}

/* The body may be empty, or have what the client was given, and wishes of the test. */
enum error pay_route(struct request *r)
{
    const struct order_path *in = r->input;
    json_t *body = json_read(r->arena, (const char *)r->body.data, r->body.size);
    const json_t *amount = json_object_get(body, "amount_fen");
    struct payment payment = {
        .gateway = in->gateway,
        .out_trade_no = in->out_trade_no,
        .payer = json_string_at(body, "payer"),
        .paid_fen = {json_is_integer(amount) ? json_integer_value(amount) : NONE},
        .is_forced = json_is_true(json_object_get(body, "force")),
    };

    if (r->body.size > 0 && !json_is_object(body))
        return refuse(r, BODY_NOT_JSON, NO_VALUES);
    if (payment.paid_fen.fen != NONE && payment.paid_fen.fen < 1)
        return refuse(r, FIELD_RANGE, VALUES("amount_fen", payment.paid_fen));
    if (json_object_get(body, "paySign") != NULL)
        TRY(check_pay_sign(r, body, in->out_trade_no));
    if (json_string_at(body, "tradeNO") != NULL)
        TRY(check_trade_no(r, json_string_at(body, "tradeNO"), in->out_trade_no));
    TRY(pay_order(r, &payment));
    return reply_record(r, 200, sim_order_fields, &payment.order);
}
