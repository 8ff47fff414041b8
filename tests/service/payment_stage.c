#include "service/payment_stage.h"

#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/config.h"
#include "core/crypto_gateway.h"
#include "core/db.h"
#include "core/http.h"
#include "core/ulid.h"
#include "payment/alipay_wire.h"
#include "payment/known_events.h"
#include "payment/state.h"
#include "payment/wechatpay_order.h"
#include "support/fake_upstream.h"

struct asker asker;
struct arena *texts;

static struct {
    struct fake_upstream upstream;
    struct key *wechatpay_key, *alipay_key;
    bool is_rehearsing;
} stage;

const char *in_keys(const char *name)
{
    return arena_printf(texts, "%s/%s", getenv("TEST_KEYS"), name);
}

const char *text_of(const char *path)
{
    size_t size;
    char *text = secret_read(path, 16 * 1024, &size);
    const char *copy;

    assert_non_null(text);
    copy = arena_text(texts, text);
    free(text);
    return copy;
}

void put_answer(const char *name, const char *text)
{
    FILE *file = fopen(arena_printf(texts, "%s/answers/%s", stage.upstream.folder, name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void set_environment(struct arena *arena)
{
    const char *url = arena_printf(arena, "https://127.0.0.1:%d", stage.upstream.port);

    setenv("MERCHANTS_FILE", arena_printf(arena, "%s/merchants.json", getenv("TEST_KEYS")), 0);
    setenv("WECHATPAY_URL", url, 1);
    setenv("UNIONPAY_URL", url, 1);
    setenv("UNIONPAY_FILE_URL", arena_printf(arena, "%s/filedownload/", url), 1);
    setenv("ALIPAY_URL", arena_printf(arena, "%s/gateway.do", url), 1);
    setenv("NOTIFY_URL", "https://pay.example.cn", 1);
    setenv("HTTP_HOSTS", url + strlen("https://"), 1);
    setenv("HTTP_CA_FILE", arena_printf(arena, "%s/ca.pem", stage.upstream.folder), 1);
    setenv("BREAKER_FAILURES", "100000", 1);
    setenv("GATEWAY_TIMEOUT_MS", "20000", 1); /* they answer at once, on a busy machine later */
}

static char described[256]; /* beside the keys that it names */

static void forget_description(void)
{
    unlink(described);
}

bool know_only(const char *merchants)
{
    FILE *file;

    snprintf(described, sizeof(described), "%s/merchants-%d.json", getenv("TEST_KEYS"),
             (int)getpid());
    file = fopen(described, "w");
    if (file == NULL || atexit(forget_description) != 0)
        return false;
    fprintf(file, "{\"merchants\":[%s]}", merchants);
    setenv("MERCHANTS_FILE", described, 1);
    return fclose(file) == 0;
}

static int open_stage(bool is_rehearsing)
{
    struct arena *arena = arena_open(64 * 1024);

    if (!fake_upstream_open(&stage.upstream))
        return -1;
    mkdir(arena_printf(arena, "%s/answers", stage.upstream.folder), 0700);
    set_environment(arena);
    arena_close(arena);
    texts = arena_open(16 * 1024 * 1024);
    database_open();
    asker_open(&asker);
    stage.is_rehearsing = is_rehearsing;
    stage.wechatpay_key = key_private(text_of(in_keys("simulator/wechatpay_public.key")));
    stage.alipay_key = key_private(text_of(in_keys("simulator/alipay.key")));
    return 0;
}

int open_payment(void **state)
{
    (void)state;
    return open_stage(false);
}

int open_payment_rehearsed(void **state)
{
    (void)state;
    return open_stage(true);
}

int close_payment(void **state)
{
    (void)state;
    key_close(stage.wechatpay_key);
    key_close(stage.alipay_key);
    alipay_signs_with(NULL);
    asker_close(&asker);
    database_close();
    arena_close(texts);
    fake_upstream_close(&stage.upstream);
    return 0;
}

int forget_payments(void **state)
{
    (void)state;
    database_run("SET FOREIGN_KEY_CHECKS = 0");
    for (size_t i = 0; i < 15; i++) {
        static const char *const tables[] = {
            "receipt",      "settlement",  "pay_order_item", "pay_order",    "pay_attempt",
            "money_fact",   "refund",      "ledger_txn",     "ledger_entry", "callback_inbox",
            "payment_case", "payment_job", "payment_idem",   "event",        "refund_transfer"};

        database_run("DELETE FROM %s", tables[i]);
    }
    return close_payment(state);
}

const char *database_word(const char *format, ...)
{
    char query[2048], word[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(query, sizeof(query), format, arguments);
    va_end(arguments);
    return arena_text(texts, database_text(word, sizeof(word), "%s", query));
}

const char *sign_in_as(const char *actor_id, const char *person_id, unsigned roles,
                       const char *channel)
{
    asker_sign_in(&asker, actor_id, person_id, roles);
    database_run("UPDATE core_session SET channel = '%s', open_id = 'open-%s',"
                 " expires_at = '2099-01-01', absolute_expires_at = '2099-01-01'"
                 " WHERE token_hash = UNHEX(SHA2('%s', 256))",
                 channel, actor_id, asker.token);
    return asker.token;
}

void assert_refused(int status, const char *code)
{
    assert_string_equal(answer_text(&asker, "error.code"), code);
    assert_int_equal(asker.r->http_status, status);
}

int begin_payment(void **state)
{
    struct payment_state *ours = asker.process.state;

    (void)state;
    ours->known_events = known_events_open(texts); /* the rows of the others may be gone */
    db_rehearse(&asker.process, stage.is_rehearsing);
    asker.door = "citizens";
    asker.key = NULL;
    set_clock("2026-11-22T02:00:00.000Z");
    sign_in_as(PAYER_ACCOUNT, DRIVER, CITIZEN | VERIFIED, "wechat");
    return 0;
}

const char *obligation_of(const char *person_id, const char *account, int64_t fen,
                          const char *due_on)
{
    char *id = arena_alloc(texts, ULID_SIZE + 1);

    ulid_write(id, clock_now());
    database_run(
        "INSERT INTO obligation (id, module, kind, ref_no, account, title, person_id, owner_id,"
        " base_fen, late_percent_a_day, late_percent_max, due_on, decided_at)"
        " VALUES ('%s', 'violation', 'fine', '%s', '%s', '交通违法罚款', '%s', '" OWNER
        "', %lld, 3,"
        " 100, '%s', '2026-11-01')",
        id, id + 10, account, person_id, (long long)fen, due_on);
    return id;
}

const char *new_obligation(int64_t fen)
{
    return obligation_of(DRIVER, "fine_treasury", fen, "2026-12-01");
}

static struct {
    struct key *key;
    const char *serial;
} signer;

void wechatpay_signs_with(const char *name)
{
    key_close(signer.key);
    signer.key = NULL;
    if (name == NULL)
        return;
    signer.key = key_private(text_of(in_keys(arena_printf(texts, "%s.key", name))));
    signer.serial = text_of(in_keys(arena_printf(texts, "%s.serial", name)));
}

static const char *serial_of_wechatpay(void)
{
    return signer.key != NULL ? signer.serial : text_of(in_keys("simulator/wechatpay_public.id"));
}

static const char *sign_wechatpay(const char *body, const char **headers)
{
    const char *ts = arena_printf(texts, "%lld", (long long)clock_now().ms / 1000);
    const char *message = arena_printf(texts, "%s\nnonce-of-a-test\n%s\n", ts, body);
    const char *sign = sign_rsa_sha256(texts, signer.key != NULL ? signer.key : stage.wechatpay_key,
                                       bytes_of(message));

    *headers = arena_printf(texts,
                            "Wechatpay-Timestamp: %s\nWechatpay-Nonce: nonce-of-a-test\n"
                            "Wechatpay-Serial: %s\nWechatpay-Signature: %s\n",
                            ts, serial_of_wechatpay(), sign);
    return sign;
}

void wechatpay_answers(const char *method_path, int status, const char *json)
{
    const char *headers;

    sign_wechatpay(json, &headers);
    put_answer(method_path, arena_printf(texts, "%d %s\n", status, json));
    put_answer(arena_printf(texts, "%s.headers", method_path), headers);
}

void wechatpay_accepts(const char *prepay_id)
{
    wechatpay_answers("v3_pay_transactions_jsapi", 200,
                      arena_printf(texts, "{\"prepay_id\":\"%s\"}", prepay_id));
}

/* It answers, but nothing that is signed: what it did is unknown. */
void wechatpay_is_silent(void)
{
    put_answer("v3_pay_transactions_jsapi", "502 {}\n");
    put_answer("v3_pay_transactions_jsapi.headers", "");
}

static const char *bill_target(const char *kind)
{
    return strcmp(kind, "trade") == 0 ? "v3_bill_tradebill" : "v3_bill_fundflowbill";
}

void wechatpay_bill_is(const char *kind, const char *text, const char *sha1)
{
    const char *right = digest_hex(texts, DIGEST_SHA1, bytes_of(text));

    put_answer(arena_printf(texts, "bill_%s.body", kind), text);
    put_answer(arena_printf(texts, "bill_%s", kind), "200 -\n");
    wechatpay_answers(bill_target(kind), 200,
                      arena_printf(texts,
                                   "{\"hash_type\":\"SHA1\",\"hash_value\":\"%s\","
                                   "\"download_url\":\"https://127.0.0.1:%d/bill_%s?token=1\"}",
                                   sha1 == NULL ? right : sha1, stage.upstream.port, kind));
}

void wechatpay_has_no_bill(const char *kind)
{
    wechatpay_answers(bill_target(kind), 400, "{\"code\":\"NO_STATEMENT_EXIST\"}");
}

static struct {
    struct key *key;
    const char *sn;
} certified;

const char *alipay_sn(const char *name)
{
    return alipay_cert_sn(texts, text_of(in_keys(arena_printf(texts, "%s.crt", name))));
}

void alipay_signs_with(const char *name)
{
    key_close(certified.key);
    certified.key = NULL;
    if (name == NULL)
        return;
    certified.key = key_private(text_of(in_keys(arena_printf(texts, "%s.key", name))));
    certified.sn = alipay_sn(name);
}

static const char *sign_alipay(const char *text)
{
    return sign_rsa_sha256(texts, certified.key != NULL ? certified.key : stage.alipay_key,
                           bytes_of(text));
}

static const char *alipay_line(const char *method, const char *node)
{
    const char *sn = certified.key == NULL
                         ? ""
                         : arena_printf(texts, ",\"alipay_cert_sn\":\"%s\"", certified.sn);

    return arena_printf(texts, "200 {\"%s_response\":%s%s,\"sign\":\"%s\"}\n", method, node, sn,
                        sign_alipay(node));
}

void alipay_answers(const char *method, const char *node)
{
    put_answer("gateway.do", alipay_line(method, node));
}

void alipay_then_answers(const char *method, const char *node)
{
    const char *path = arena_printf(texts, "%s/answers/gateway.do", stage.upstream.folder);
    FILE *file = fopen(path, "a");

    assert_non_null(file);
    assert_true(fputs(alipay_line(method, node), file) >= 0);
    assert_int_equal(fclose(file), 0);
}

int64_t requests_with(const char *word, const char *other)
{
    const char *path = arena_printf(texts, "%s/requests", stage.upstream.folder);
    FILE *file = fopen(path, "r");
    char line[8192];
    int64_t requests = 0;

    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL)
        requests += strstr(line, word) != NULL && strstr(line, other) != NULL;
    assert_int_equal(fclose(file), 0);
    return requests;
}

int64_t alipay_calls(const char *method, const char *number)
{
    return requests_with(arena_printf(texts, "&method=%s&", method), number);
}

int open_order_by(const char *key, const char *obligation_id, const char *channel)
{
    asker.key = key;
    ask(&asker, "POST", ORDERS,
        arena_printf(texts, "{\"obligation_ids\":[\"%s\"],\"channel\":\"%s\"}", obligation_id,
                     channel));
    asker.key = NULL;
    return asker.r->http_status;
}

int open_order(const char *key, const char *obligation_id)
{
    return open_order_by(key, obligation_id, "wechat");
}

const char *order_no(void)
{
    return arena_text(texts, answer_text(&asker, "order_no"));
}

const char *attempt_of(const char *order)
{
    return database_word("SELECT id FROM pay_attempt WHERE order_id = '%s' ORDER BY"
                         " state IN ('init', 'unknown', 'open') DESC, updated_at DESC LIMIT 1",
                         order);
}

const char *open_attempt_of(const char *key, const char *obligation_id)
{
    wechatpay_accepts("wx-prepay");
    assert_int_equal(open_order(key, obligation_id), 201);
    return attempt_of(order_no());
}

static const char *cipher = WECHATPAY_CIPHER;

void wechatpay_names_cipher(const char *name)
{
    cipher = name;
}

static int tell(const char *merchant, const char *event_type, const char *original_type,
                const char *plain, const char *signature)
{
    struct bytes key = bytes_of(text_of(in_keys("wechatpay/apiv3.key")));
    struct bytes sealed = aes_gcm_seal(texts, key, bytes_of("0123456789ab"),
                                       bytes_of(original_type), bytes_of(plain));
    const char *body = arena_printf(
        texts,
        "{\"id\":\"EV-1\",\"create_time\":\"2026-11-22T10:00:00+08:00\","
        "\"resource_type\":\"encrypt-resource\",\"event_type\":\"%s\",\"summary\":\"x\","
        "\"resource\":{\"original_type\":\"%s\",\"algorithm\":\"%s\","
        "\"ciphertext\":\"%s\",\"associated_data\":\"%s\",\"nonce\":\"0123456789ab\"}}",
        event_type, original_type, cipher, base64_encode(texts, sealed), original_type);
    const char *headers, *sign = sign_wechatpay(body, &headers);
    int status;

    asker_header(&asker, "HTTP_WECHATPAY_TIMESTAMP",
                 arena_printf(texts, "%lld", (long long)clock_now().ms / 1000));
    asker_header(&asker, "HTTP_WECHATPAY_NONCE", "nonce-of-a-test");
    asker_header(&asker, "HTTP_WECHATPAY_SERIAL", serial_of_wechatpay());
    asker_header(&asker, "HTTP_WECHATPAY_SIGNATURE", signature == NULL ? sign : signature);
    asker.door = "gateways";
    status = ask(&asker, "POST", arena_printf(texts, "/notify/wechatpay/%s", merchant), body);
    asker.door = "citizens";
    return status;
}

int wechatpay_tells(const char *event_type, const char *original_type, const char *plain,
                    const char *signature)
{
    return tell(FINES_MERCHANT, event_type, original_type, plain, signature);
}

int wechatpay_tells_at(const char *path_merchant, const char *body_merchant, const char *attempt,
                       const char *transaction_id, int64_t fen)
{
    return tell(
        path_merchant, "TRANSACTION.SUCCESS", "transaction",
        arena_printf(texts,
                     "{\"mchid\":\"%s\",\"appid\":\"wx1234567890abcdef\","
                     "\"out_trade_no\":\"%s\",\"transaction_id\":\"%s\",\"trade_type\":\"JSAPI\","
                     "\"trade_state\":\"SUCCESS\",\"success_time\":\"2026-11-22T10:00:00+08:00\","
                     "\"payer\":{\"openid\":\"o\"},\"amount\":{\"total\":%lld,"
                     "\"payer_total\":%lld,\"currency\":\"CNY\"}}",
                     body_merchant, attempt, transaction_id, (long long)fen, (long long)fen),
        NULL);
}

int wechatpay_tells_paid(const char *attempt, const char *transaction_id, int64_t fen)
{
    return wechatpay_tells_at(FINES_MERCHANT, FINES_MERCHANT, attempt, transaction_id, fen);
}

int alipay_tells_paid(const char *attempt, const char *trade_no, const char *yuan)
{
    const char *rest = arena_printf(
        texts,
        "app_id=2021000000000001&gmt_payment=2026-11-22 10:00:00&notify_id=n1&out_trade_no=%s"
        "&total_amount=%s&trade_no=%s&trade_status=TRADE_SUCCESS",
        attempt, yuan, trade_no);
    const char *string = certified.key == NULL
                             ? rest
                             : arena_printf(texts, "alipay_cert_sn=%s&%s", certified.sn, rest);
    char *form = arena_printf(texts, "%s&sign_type=RSA2&sign=%s", string,
                              url_encode(texts, sign_alipay(string)));
    int status;

    *strchr(form, ' ') = '+';
    asker.door = "gateways";
    status = ask(&asker, "POST", "/notify/alipay/2021000000000001", form);
    asker.door = "citizens";
    return status;
}

void assert_books_are_right(void)
{
    const char *broken;

    asker.door = "internal";
    assert_int_equal(ask(&asker, "GET", "/internal/payment/invariants", ""), 200);
    asker.door = "citizens";
    for (const char *at = asker.r->answer; (at = strstr(at, "\"violations\":")) != NULL; at++) {
        broken = at - strlen("{\"id\":\"M00\",");
        if (at[strlen("\"violations\":")] != '0')
            fail_msg("%.40s", broken);
    }
}
