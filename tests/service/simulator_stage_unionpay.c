#include "service/simulator_stage_unionpay.h"

#include "core/certificate.h"
#include "core/clock.h"
#include "core/http.h"

#define CERT_ID "68738565479"
#define FORM "application/x-www-form-urlencoded"

void up_set(struct up_message *message, const char *name, const char *value)
{
    for (size_t i = 0; i < message->count; i++)
        if (strcmp(message->items[i].name, name) == 0) {
            message->items[i].value = value;
            return;
        }
    message->items[message->count++] = (struct up_field){name, value};
}

const char *up_get(const struct up_message *message, const char *name)
{
    for (size_t i = 0; i < message->count; i++)
        if (strcmp(message->items[i].name, name) == 0)
            return message->items[i].value;
    return NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct up_field *)a)->name, ((const struct up_field *)b)->name);
}

const char *up_joined(struct up_message message, bool is_encoded)
{
    const char *text = "";

    qsort(message.items, message.count, sizeof(message.items[0]), by_name);
    for (size_t i = 0; i < message.count; i++) {
        const struct up_field *one = &message.items[i];

        if (one->value == NULL || (!is_encoded && strcmp(one->name, "signature") == 0))
            continue;
        text = arena_printf(test.arena, "%s%s%s=%s", text, *text == '\0' ? "" : "&", one->name,
                            is_encoded ? url_encode(test.arena, one->value) : one->value);
    }
    return text;
}

const char *up_compact(struct instant at)
{
    struct day day = civil_day(at);
    int64_t year, month, date, ms = at.ms - day_start(day).ms;

    day_parts(day, &year, &month, &date);
    return arena_printf(test.arena, "%04d%02d%02d%02d%02d%02d", (int)year, (int)month, (int)date,
                        (int)(ms / HOUR_MS), (int)(ms / MINUTE_MS % 60),
                        (int)(ms / SECOND_MS % 60));
}

struct up_message up_request(const char *txn_type, const char *txn_sub_type, const char *biz_type)
{
    struct up_message message = {.count = 0};

    up_set(&message, "version", "5.1.0");
    up_set(&message, "encoding", "UTF-8");
    up_set(&message, "signMethod", "01");
    up_set(&message, "txnType", txn_type);
    up_set(&message, "txnSubType", txn_sub_type);
    up_set(&message, "bizType", biz_type);
    up_set(&message, "channelType", "07");
    up_set(&message, "accessType", "0");
    up_set(&message, "merId", UP_MER_ID);
    up_set(&message, "certId", CERT_ID);
    return message;
}

static const char *notify_url(void)
{
    return arena_printf(test.arena, "https://127.0.0.1:%d/notify/unionpay", test.upstream.port);
}

struct up_message up_payment(const char *no)
{
    struct up_message message = up_request("01", "01", "000201");

    up_set(&message, "orderId", no);
    up_set(&message, "txnTime", up_compact(clock_now()));
    up_set(&message, "payTimeout", up_compact(instant_add(clock_now(), 15 * MINUTE_MS)));
    up_set(&message, "txnAmt", "20000");
    up_set(&message, "currencyCode", "156");
    up_set(&message, "frontUrl", "https://pay.example.cn/r");
    up_set(&message, "backUrl", notify_url());
    return message;
}

struct up_message up_reversal(const char *txn_type, const char *no, const char *query_id,
                              const char *amount)
{
    struct up_message message = up_request(txn_type, "00", "000201");

    up_set(&message, "orderId", no);
    up_set(&message, "txnTime", up_compact(clock_now()));
    up_set(&message, "txnAmt", amount);
    up_set(&message, "origQryId", query_id);
    up_set(&message, "backUrl", notify_url());
    return message;
}

/* certId of the merchant for fees. */
static const char *fee_cert_id(void)
{
    size_t size;
    char *pem = secret_read(KEYS "wx_merchant.cert.pem", 8192, &size);
    struct certificate *certificate = certificate_read(pem);
    const char *id = certificate_serial_decimal(test.arena, certificate);

    secret_forget(pem, size);
    certificate_close(certificate);
    return id;
}

struct up_message up_as_fee_merchant(struct up_message message)
{
    up_set(&message, "merId", FEE_MER_ID);
    up_set(&message, "certId", fee_cert_id());
    return message;
}

struct key *up_merchant_key(const struct up_message *message)
{
    bool is_first = strcmp(up_get(message, "certId"), CERT_ID) == 0;
    size_t size;
    char *pem = secret_read(is_first ? KEYS "up_merchant.key.pem" : KEYS "wx_merchant.key.pem",
                            8192, &size);
    struct key *key = key_private(pem);

    secret_forget(pem, size);
    assert_non_null(key);
    return key;
}

const char *up_signature(const struct key *key, const char *text)
{
    return sign_rsa_sha256(test.arena, key, bytes_of(sha256_hex(test.arena, bytes_of(text))));
}

int up_post(const char *target, const char *body)
{
    with("CONTENT_TYPE", FORM);
    return wechat(target, body);
}

int up_ask(const char *target, struct up_message message)
{
    struct key *key = up_merchant_key(&message);

    up_set(&message, "signature", up_signature(key, up_joined(message, false)));
    key_close(key);
    return up_post(target, up_joined(message, true));
}

const char *up_page(void)
{
    return arena_text_of(test.arena, test.asker.r->answer, test.asker.r->answer_size);
}

struct up_message up_answer(void)
{
    struct up_message message = {.count = 0};
    const char *at = up_page();

    while (*at != '\0' && message.count < 40) {
        size_t size = strcspn(at, "&"), name = strcspn(at, "=");

        assert_true(name < size);
        up_set(&message, arena_text_of(test.arena, at, name),
               arena_text_of(test.arena, at + name + 1, size - name - 1));
        at += size;
        at += *at == '&';
    }
    return message;
}

bool up_is_genuine(struct up_message message)
{
    struct certificate *certificate = certificate_read(up_get(&message, "signPubKeyCert"));
    struct key *key = certificate_key(certificate);
    const char *signature = up_get(&message, "signature");
    bool genuine =
        signature != NULL &&
        verify_rsa_sha256(
            key, bytes_of(sha256_hex(test.arena, bytes_of(up_joined(message, false)))), signature);

    certificate_close(certificate);
    key_close(key);
    return genuine;
}

const char *up_told(const char *name)
{
    struct up_message message = up_answer();

    assert_true(up_is_genuine(message));
    return up_get(&message, name) == NULL ? "" : up_get(&message, name);
}

const char *up_no(void)
{
    return arena_printf(test.arena, "UP%s", new_no());
}

void up_arrive(struct up_message message)
{
    assert_int_equal(up_ask("/gateway/api/frontTransReq.do", message), 200);
}

int up_query(const char *no, const char *txn_time)
{
    struct up_message message = up_request("00", "00", "000000");

    up_set(&message, "orderId", no);
    up_set(&message, "txnTime", txn_time);
    return up_ask("/gateway/api/queryTrans.do", message);
}

void up_click(const char *no)
{
    assert_int_equal(up_post("/gateway/api/pay.do", arena_printf(test.arena, "orderId=%s", no)),
                     200);
}

const char *up_paid(const char *no, const char **txn_time)
{
    struct up_message message = up_payment(no);

    *txn_time = up_get(&message, "txnTime");
    up_arrive(message);
    up_click(no);
    up_query(no, *txn_time);
    assert_string_equal(up_told("origRespCode"), "00");
    return up_told("queryId");
}

const char *up_reverse(struct up_message message)
{
    assert_int_equal(up_ask("/gateway/api/backTransReq.do", message), 200);
    return up_told("respCode");
}
