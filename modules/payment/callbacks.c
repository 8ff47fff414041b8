/* What gateways post. Verified over the raw bytes, durable before it is answered, applied once. */

#include "core/dispatch.h"
#include "core/http.h"
#include "core/log.h"
#include "core/seal.h"
#include "payment/alipay_keys.h"
#include "payment/callback.h"
#include "payment/front_page.h"
#include "payment/gateway.h"
#include "payment/known_events.h"
#include "payment/state.h"
#include "payment/wechatpay_envelope.h"
#include "payment/wechatpay_keys.h"
#include "payment/wechatpay_result.h"

enum { KEY_BYTES = 16 };

/* What ends a gateway's repeating, and which headers are signed there beside the body. */
static const struct manner {
    const char *gateway;
    int status;
    const char *content_type, *text;
    const char *headers[6];
} manners[] = {
    {"wechatpay",
     204,
     "application/json",
     "",
     {"Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Serial", "Wechatpay-Signature",
      "Wechatpay-Signature-Type"}},
    {"alipay", 200, "text/plain; charset=utf-8", "success", {NULL}},
    {"unionpay", 200, "text/plain; charset=utf-8", "ok", {NULL}},
};

static const struct manner *manner_of(const char *gateway)
{
    const struct manner *manner = manners;

    while (strcmp(manner->gateway, gateway) != 0)
        manner++;
    return manner;
}

const char *callback_answer(struct request *r, int status, const char *text)
{
    return arena_printf(r->arena, "%d%s%s", status, *text == '\0' ? "" : " ", text);
}

static struct callback callback_of(struct request *r, const char *gateway)
{
    const struct notify_input *in = r->input;
    const struct manner *manner = manner_of(gateway);
    struct callback callback = {.gateway = gateway,
                                .merchant = in->merchant,
                                .headers = "",
                                .body = r->body,
                                .answer = callback_answer(r, manner->status, manner->text)};

    for (size_t i = 0; manner->headers[i] != NULL; i++) {
        const char *value = request_header(r, manner->headers[i]);

        if (value != NULL)
            callback.headers =
                arena_printf(r->arena, "%s%s: %s\n", callback.headers, manner->headers[i], value);
    }
    return callback;
}

static enum error acknowledge(struct request *r, const struct callback *callback)
{
    const struct manner *manner = manner_of(callback->gateway);

    return reply_text(r, manner->status, manner->content_type, manner->text);
}

/* No hint which check failed. */
static enum error refuse_callback(struct request *r, const char *gateway)
{
    log_info(r, "callback_refused", "%s", gateway);
    return refuse(r, CALLBACK_REFUSED, NO_VALUES);
}

static const char *key_of_body(struct request *r, const char *what, struct bytes body)
{
    unsigned char hash[SHA256_SIZE];

    sha256(body, hash);
    return arena_printf(r->arena, "%s:%s", what,
                        hex_encode(r->arena, (struct bytes){hash, KEY_BYTES}));
}

static enum error park(struct request *r, void *product)
{
    const struct callback *callback = product;
    enum error error = insert_callback(r, callback, &(struct outcome){.disposition = "parked"});

    if (error != E_OK && error != E_EXISTS)
        return error;
    return open_case(r, "callback_parked", callback->event_key, callback->gateway);
}

/* Well signed, but not to be understood or not to be applied: a person looks at it, and others go
   on. It is durable, so the gateway need not repeat it. */
static enum error park_callback(struct request *r, struct callback *callback)
{
    callback->event_key = key_of_body(r, "parked", callback->body);
    log_error(r, "callback_parked", "%s: %s", callback->gateway, callback->event_key);
    return db_transaction(r, park, callback);
}

/* A known event costs one read at most. E_NOT_FOUND: this is the first time. */
static enum error find_repeated(struct request *r, const struct callback *callback)
{
    return event_is_known(r, callback->gateway, callback->event_key)
               ? E_OK
               : find_callback(r, callback->gateway, callback->event_key);
}

static enum error keep_idle(struct request *r, void *product)
{
    enum error error = insert_callback(r, product, &(struct outcome){.disposition = "nothing"});

    return error == E_EXISTS ? E_OK : error;
}

/* Genuine, and nothing to book. */
static enum error pass_over(struct request *r, struct callback *callback)
{
    enum error error;

    callback->event_key = key_of_body(r, "nothing", callback->body);
    error = find_repeated(r, callback);
    if (error == E_NOT_FOUND)
        error = db_transaction(r, keep_idle, callback);
    if (error == E_OK)
        event_is_booked(r, callback->gateway, callback->event_key);
    return error;
}

/* What fails by our own fault is parked; what may work later is left for the gateway to repeat. */
static enum error apply_answer(struct request *r, struct callback *callback,
                               const struct answer *answer)
{
    const struct payment_proof *proof = &answer->proof;
    bool is_payment = answer->verdict == VERDICT_PAID;
    enum error error;

    callback->our_no = proof->our_no;
    callback->event_key =
        arena_printf(r->arena, "%s:%s", is_payment ? "paid" : "refunded", proof->gateway_no);
    error = find_repeated(r, callback);
    if (error == E_NOT_FOUND)
        error = is_payment ? apply_payment(r, proof, callback) : apply_refund(r, proof, callback);
    if (error == E_INTERNAL || error == E_REFUSED)
        return park_callback(r, callback);
    if (error == E_OK)
        event_is_booked(r, callback->gateway, callback->event_key);
    return error;
}

/* `read` is how reading it went; E_REFUSED: well signed, but nothing that can be booked. */
static enum error take(struct request *r, struct callback *callback, enum error read,
                       const struct answer *answer)
{
    if (read == E_REFUSED)
        TRY(park_callback(r, callback));
    else if (read != E_OK)
        return read;
    else if (answer->verdict == VERDICT_PAID || answer->verdict == VERDICT_REFUNDED)
        TRY(apply_answer(r, callback, answer));
    else
        TRY(pass_over(r, callback));
    return acknowledge(r, callback);
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

    if (verdict != WECHATPAY_UNKNOWN_SERIAL || !wechatpay_learn(r, merchant, IN_NOTICE))
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

/* The key that opened it has no name of its own. It is a secret, so a plain digest would not do. */
static const char *wechatpay_key_id(struct request *r, const struct merchant *merchant)
{
    static const struct sealed_column key_id = {"callback_inbox", "key_id"};
    const struct bytes secret = merchant->wechatpay.apiv3_key;
    struct bytes index;
    char text[64];

    snprintf(text, sizeof(text), "%.*s", (int)secret.size, (const char *)secret.data);
    index = blind_index(r, &key_id, text);
    wipe(text, sizeof(text));
    return hex_encode(r->arena, index);
}

static enum error read_wechatpay(struct request *r, const struct merchant *merchant,
                                 const struct wechatpay_notice *notice, struct answer *answer)
{
    enum error error;

    *answer = (struct answer){.verdict = VERDICT_PENDING};
    if (notice->kind == WECHATPAY_OTHER)
        return E_OK;
    error = notice->kind == WECHATPAY_PAID
                ? wechatpay_read_transaction(r, merchant, notice->plain, "notify", answer)
                : wechatpay_read_refund(r, merchant, notice->plain, "notify", answer);
    return error == E_OK ? E_OK : E_REFUSED;
}

enum error take_wechatpay_callback(struct request *r)
{
    const struct merchant *merchant = addressee(r, "wechatpay");
    struct callback callback = callback_of(r, "wechatpay");
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
    enum error read;

    if (merchant == NULL || read_notice(r, merchant, &received, &notice) != WECHATPAY_GENUINE)
        return refuse_wechatpay(r, &notice);
    callback.key_id = wechatpay_key_id(r, merchant);
    read = read_wechatpay(r, merchant, &notice, &answer);
    return take(r, &callback, read, &answer);
}

static bool is_short(const char *text)
{
    return text != NULL && text[0] != '\0' && strlen(text) <= 64;
}

/* Said only of trades that are not in yuan. */
static bool is_in_yuan(const struct alipay_notice *notice)
{
    const char *currency = alipay_notice_text(notice, "trans_currency");

    return currency == NULL || strcmp(currency, "CNY") == 0;
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
           alipay_amount(amount, &proof->amount_fen) && paid_at != NULL &&
           alipay_time_read(paid_at, &proof->happened_at) && is_in_yuan(notice);
}

/* A refund's notice, or a trade that was not paid: the query decides those. */
static enum error read_alipay(const struct merchant *merchant, const struct alipay_notice *notice,
                              struct answer *answer)
{
    const char *status = alipay_notice_text(notice, "trade_status");

    *answer = (struct answer){.verdict = VERDICT_PENDING};
    if (status == NULL)
        return E_REFUSED;
    if (strcmp(status, "TRADE_SUCCESS") != 0 && strcmp(status, "TRADE_FINISHED") != 0)
        return E_OK;
    answer->verdict = VERDICT_PAID;
    return read_alipay_proof(merchant, notice, &answer->proof) ? E_OK : E_REFUSED;
}

/* In certificate mode a notice that names no certificate may be by any that we knew: NULL. */
static const char *alipay_key_id(struct request *r, const struct merchant *merchant,
                                 const struct alipay_notice *notice)
{
    struct alipay_merchant knowing = alipay_knowing(r, merchant);
    const struct key *key =
        alipay_key_of(&knowing.app, alipay_notice_text(notice, "alipay_cert_sn"));

    return key == NULL ? NULL : key_fingerprint(r->arena, key);
}

enum error take_alipay_callback(struct request *r)
{
    const struct merchant *merchant = addressee(r, "alipay");
    struct callback callback = callback_of(r, "alipay");
    struct alipay_notice notice;
    struct answer answer;
    enum error read;

    if (merchant == NULL || alipay_believe_notice(r, merchant, &notice) != ALIPAY_GENUINE)
        return refuse_callback(r, "alipay");
    callback.key_id = alipay_key_id(r, merchant, &notice);
    read = read_alipay(merchant, &notice, &answer);
    return take(r, &callback, read, &answer);
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

static bool is_movement(const struct unionpay_result *result)
{
    return result->outcome == UNIONPAY_DONE && IS_ONE_OF(result->txn_type, "01", "04", "31");
}

/* When nothing moved, the query decides. */
static enum error read_unionpay(struct request *r, const struct merchant *merchant,
                                struct unionpay_fields fields, struct answer *answer)
{
    struct unionpay_result result;
    bool is_payment;

    *answer = (struct answer){.verdict = VERDICT_PENDING};
    if (!unionpay_read_result(fields, &result))
        return E_REFUSED;
    if (!is_movement(&result))
        return E_OK;
    is_payment = strcmp(result.txn_type, "01") == 0;
    answer->verdict = is_payment ? VERDICT_PAID : VERDICT_REFUNDED;
    if (!unionpay_proof(merchant, &result, "notify", &answer->proof))
        return E_REFUSED;
    return is_payment ? check_unionpay_time(r, &result) : E_OK;
}

enum error take_unionpay_callback(struct request *r)
{
    const struct merchant *merchant = addressee(r, "unionpay");
    struct callback callback = callback_of(r, "unionpay");
    struct unionpay_fields fields;
    struct answer answer;
    const char *mer_id;
    enum error read;

    if (merchant == NULL || !unionpay_split_notice(r->arena, r->body, &fields) ||
        !unionpay_verify(r->arena, &merchant->unionpay_gateway, fields, r->now))
        return refuse_callback(r, "unionpay");
    mer_id = unionpay_value(fields, "merId");
    if (mer_id == NULL || strcmp(mer_id, merchant->id) != 0)
        return refuse_callback(r, "unionpay");
    read = read_unionpay(r, merchant, fields, &answer);
    return take(r, &callback, read, &answer);
}

/* ---- whether a kept one can still be verified ---- */

static bool wechatpay_keys_are_here(struct request *r, const struct merchant *merchant,
                                    const struct callback *callback)
{
    const struct http_answer as_received = {.headers = callback->headers};
    const char *serial = http_header(r, &as_received, "Wechatpay-Serial");
    struct wechatpay_merchant knowing = wechatpay_knowing(r, merchant);

    return serial != NULL && wechatpay_key_of(&knowing, serial) != NULL &&
           strcmp(callback->key_id, wechatpay_key_id(r, merchant)) == 0;
}

static bool alipay_keys_are_here(struct request *r, const struct merchant *merchant,
                                 const struct callback *callback)
{
    struct alipay_app app = alipay_knowing(r, merchant).app;

    for (size_t i = 0; i < app.signer_count; i++)
        if (callback->key_id == NULL ||
            strcmp(callback->key_id, key_fingerprint(r->arena, app.signers[i].key)) == 0)
            return true;
    return app.gateway_key != NULL && callback->key_id != NULL &&
           strcmp(callback->key_id, key_fingerprint(r->arena, app.gateway_key)) == 0;
}

/* The message brings its certificate; what we have is whom that one has to come from. */
static bool unionpay_keys_are_here(struct request *r, const struct merchant *merchant,
                                   const struct callback *callback)
{
    struct unionpay_fields fields;
    struct instant ends_at;
    struct key *signer = NULL;
    const char *pem;
    bool is_here;

    if (unionpay_split_notice(r->arena, callback->body, &fields) &&
        (pem = unionpay_value(fields, "signPubKeyCert")) != NULL)
        signer = unionpay_signer(r->arena, &merchant->unionpay_gateway, pem, r->now, &ends_at);
    is_here = signer != NULL;
    key_close(signer);
    return is_here;
}

bool callback_keys_are_here(struct request *r, const struct callback *callback)
{
    const struct merchant *merchant = merchant_of(r, callback->gateway, callback->merchant);

    if (merchant == NULL)
        return false;
    if (strcmp(callback->gateway, "wechatpay") == 0)
        return wechatpay_keys_are_here(r, merchant, callback);
    if (strcmp(callback->gateway, "alipay") == 0)
        return alipay_keys_are_here(r, merchant, callback);
    return unionpay_keys_are_here(r, merchant, callback);
}
