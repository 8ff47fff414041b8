/* What gateways post. Verified over the raw bytes, durable before it is answered, applied once. */

#include "core/dispatch.h"
#include "core/log.h"
#include "core/money.h"
#include "payment/front_page.h"
#include "payment/gateway.h"
#include "payment/known_events.h"
#include "payment/state.h"
#include "payment/wechatpay_envelope.h"
#include "payment/wechatpay_result.h"

enum { KEY_BYTES = 16 };

/* No hint which check failed. */
static enum error refuse_callback(struct request *r, const char *gateway)
{
    log_info(r, "callback_refused", "%s", gateway);
    return refuse(r, CALLBACK_REFUSED, NO_VALUES);
}

struct parked {
    const char *gateway, *event_key;
    struct bytes body;
};

static enum error park(struct request *r, void *product)
{
    const struct parked *parked = product;
    enum error error =
        insert_callback(r, parked->gateway, parked->event_key, parked->body, "parked");

    if (error != E_OK && error != E_EXISTS)
        return error;
    return open_case(r, "callback_parked", parked->event_key, parked->gateway);
}

/* Well signed, but not to be understood or not to be applied: a person looks at it, and others go
   on. It is durable, so the gateway need not repeat it. */
static enum error park_callback(struct request *r, const char *gateway, struct bytes body)
{
    unsigned char hash[SHA256_SIZE];
    struct parked parked = {.gateway = gateway, .body = body};

    sha256(body, hash);
    parked.event_key =
        arena_printf(r->arena, "parked:%s", hex_encode(r->arena, (struct bytes){hash, KEY_BYTES}));
    log_error(r, "callback_parked", "%s: %s", gateway, parked.event_key);
    return db_transaction(r, park, &parked);
}

/* A known event costs one read at most. What fails by our own fault is parked; what may work later
   is left for the gateway to repeat. */
static enum error take(struct request *r, const struct answer *answer, struct bytes body)
{
    const struct payment_proof *proof = &answer->proof;
    bool is_payment = answer->verdict == VERDICT_PAID;
    const char *key =
        arena_printf(r->arena, "%s:%s", is_payment ? "paid" : "refunded", proof->gateway_no);
    enum error error;

    if (event_is_known(r, proof->gateway, key))
        return E_OK;
    error = find_callback(r, proof->gateway, key);
    if (error == E_NOT_FOUND)
        error = is_payment ? apply_payment(r, proof, key, body) : apply_refund(r, proof, key, body);
    if (error == E_INTERNAL || error == E_REFUSED)
        return park_callback(r, proof->gateway, body);
    if (error == E_OK)
        event_is_booked(r, proof->gateway, key);
    return error;
}

static const struct merchant *addressee(const struct request *r, const char *gateway)
{
    const struct notify_input *in = r->input;

    return merchant_of(r, gateway, in->merchant);
}

/* By a key that nobody knows yet it may still be genuine. */
static enum wechatpay_verdict read_notice(struct request *r, const struct merchant *merchant,
                                          const struct wechatpay_signed *received,
                                          struct wechatpay_notice *notice)
{
    struct wechatpay_merchant knowing = wechatpay_knowing(r, merchant);
    enum wechatpay_verdict verdict =
        wechatpay_read_notice(r->arena, &knowing, received, r->now, notice);

    if (verdict != WECHATPAY_UNKNOWN_SERIAL || !wechatpay_learn(r, merchant))
        return verdict;
    knowing = wechatpay_knowing(r, merchant);
    return wechatpay_read_notice(r->arena, &knowing, received, r->now, notice);
}

/* Whoever reads the log learns that the merchant's account was moved to a cipher that we have not.
 */
static enum error refuse_wechatpay(struct request *r, const struct wechatpay_notice *notice)
{
    if (notice->foreign_cipher != NULL)
        log_error(r, "callback_cipher", "wechatpay encrypts with %.40s; only %s opens here",
                  notice->foreign_cipher, WECHATPAY_CIPHER);
    return refuse_callback(r, "wechatpay");
}

static enum error acknowledge_wechatpay(struct request *r)
{
    return reply_text(r, 204, "application/json", "");
}

enum error take_wechatpay_callback(struct request *r)
{
    const struct merchant *merchant = addressee(r, "wechatpay");
    struct wechatpay_signed received = {
        .timestamp = request_header(r, "Wechatpay-Timestamp"),
        .nonce = request_header(r, "Wechatpay-Nonce"),
        .serial = request_header(r, "Wechatpay-Serial"),
        .signature = request_header(r, "Wechatpay-Signature"),
        .signature_type = request_header(r, "Wechatpay-Signature-Type"),
        .body = r->body,
    };
    struct wechatpay_notice notice = {.foreign_cipher = NULL};
    struct answer answer;
    enum error error;

    if (merchant == NULL || read_notice(r, merchant, &received, &notice) != WECHATPAY_GENUINE)
        return refuse_wechatpay(r, &notice);
    if (notice.kind == WECHATPAY_OTHER)
        return acknowledge_wechatpay(r);
    error = notice.kind == WECHATPAY_PAID
                ? wechatpay_read_transaction(r, merchant, notice.plain, "notify", &answer)
                : wechatpay_read_refund(r, merchant, notice.plain, "notify", &answer);
    if (error != E_OK)
        TRY(park_callback(r, "wechatpay", r->body));
    else if (answer.verdict == VERDICT_PAID || answer.verdict == VERDICT_REFUNDED)
        TRY(take(r, &answer, notice.plain));
    return acknowledge_wechatpay(r);
}

static bool is_short(const char *text)
{
    return text != NULL && strlen(text) <= 64;
}

/* Number, amount and time of a payment; false when one is missing or odd. */
static bool read_alipay_proof(const struct merchant *merchant, const struct alipay_notice *notice,
                              struct payment_proof *proof)
{
    const char *amount = alipay_notice_text(notice, "total_amount");
    const char *paid_at = alipay_notice_text(notice, "gmt_payment");

    *proof = (struct payment_proof){.gateway = "alipay",
                                    .merchant = merchant->id,
                                    .gateway_no = alipay_notice_text(notice, "trade_no"),
                                    .our_no = alipay_notice_text(notice, "out_trade_no"),
                                    .proof = "notify"};
    return is_short(proof->gateway_no) && is_short(proof->our_no) && amount != NULL &&
           fen_from_yuan(amount, &proof->amount_fen) && proof->amount_fen.fen > 0 &&
           paid_at != NULL && alipay_time_read(paid_at, &proof->happened_at);
}

enum alipay_event { ALIPAY_PAYMENT, ALIPAY_NOTHING_TO_BOOK, ALIPAY_UNREADABLE };

/* A refund's notice, or a trade that was not paid: the query decides those. */
static enum alipay_event read_alipay(const struct merchant *merchant,
                                     const struct alipay_notice *notice, struct answer *answer)
{
    const char *status = alipay_notice_text(notice, "trade_status");

    *answer = (struct answer){.verdict = VERDICT_PAID};
    if (status == NULL)
        return ALIPAY_UNREADABLE;
    if (strcmp(status, "TRADE_SUCCESS") != 0 && strcmp(status, "TRADE_FINISHED") != 0)
        return ALIPAY_NOTHING_TO_BOOK;
    return read_alipay_proof(merchant, notice, &answer->proof) ? ALIPAY_PAYMENT : ALIPAY_UNREADABLE;
}

enum error take_alipay_callback(struct request *r)
{
    const struct merchant *merchant = addressee(r, "alipay");
    struct alipay_notice notice;
    struct answer answer;
    enum alipay_event event;

    if (merchant == NULL ||
        alipay_read_notice(r->arena, &merchant->alipay, r->body, &notice) != ALIPAY_GENUINE)
        return refuse_callback(r, "alipay");
    event = read_alipay(merchant, &notice, &answer);
    if (event == ALIPAY_UNREADABLE)
        TRY(park_callback(r, "alipay", r->body));
    else if (event == ALIPAY_PAYMENT)
        TRY(take(r, &answer, r->body));
    return reply_text(r, 200, "text/plain; charset=utf-8", "success");
}

/* A number of ours with another time is not what we asked for, however well it is signed. */
static enum error check_unionpay_time(struct request *r, const struct unionpay_result *result)
{
    struct pursuit pursuit;
    enum error error = find_pursuit(r, result->order_id, &pursuit);

    if (error != E_OK)
        return error == E_NOT_FOUND ? E_OK : error;
    return unionpay_is_about(result, pursuit.merchant, pursuit.attempt_id, pursuit.created_at)
               ? E_OK
               : E_REFUSED;
}

/* E_REFUSED: well signed, but nothing that can be booked. */
static enum error read_unionpay(struct request *r, const struct merchant *merchant,
                                const struct unionpay_result *result, struct answer *answer)
{
    bool is_payment = strcmp(result->txn_type, "01") == 0;

    *answer = (struct answer){.verdict = is_payment ? VERDICT_PAID : VERDICT_REFUNDED};
    if (!unionpay_proof(merchant, result, "notify", &answer->proof))
        return E_REFUSED;
    return is_payment ? check_unionpay_time(r, result) : E_OK;
}

static bool is_movement(const struct unionpay_result *result)
{
    return result->outcome == UNIONPAY_DONE &&
           (strcmp(result->txn_type, "01") == 0 || strcmp(result->txn_type, "04") == 0 ||
            strcmp(result->txn_type, "31") == 0);
}

enum error take_unionpay_callback(struct request *r)
{
    const struct merchant *merchant = addressee(r, "unionpay");
    struct unionpay_fields fields;
    struct unionpay_result result;
    struct answer answer;
    const char *mer_id;
    enum error error;

    if (merchant == NULL || !unionpay_split_notice(r->arena, r->body, &fields) ||
        !unionpay_verify(r->arena, &merchant->unionpay_gateway, fields, r->now))
        return refuse_callback(r, "unionpay");
    mer_id = unionpay_value(fields, "merId");
    if (mer_id == NULL || strcmp(mer_id, merchant->id) != 0)
        return refuse_callback(r, "unionpay");
    error = E_REFUSED;
    if (unionpay_read_result(fields, &result)) {
        if (!is_movement(&result)) /* nothing moved: the query decides */
            return reply_text(r, 200, "text/plain; charset=utf-8", "ok");
        error = read_unionpay(r, merchant, &result, &answer);
    }
    if (error == E_REFUSED)
        TRY(park_callback(r, "unionpay", r->body));
    else if (error != E_OK)
        return error;
    else
        TRY(take(r, &answer, r->body));
    return reply_text(r, 200, "text/plain; charset=utf-8", "ok");
}
