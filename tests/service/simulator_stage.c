#include "service/simulator_stage.h"

#include <sys/stat.h>

#include "core/certificate.h"
#include "core/clock.h"
#include "core/db.h"
#include "core/http.h"
#include "core/job.h"
#include "support/database.h"

struct simulator_stage test;

/* ---- asking and what was said ---- */

void with(const char *param, const char *value)
{
    asker_header(&test.asker, param, value);
}

static int ask_at(const char *door, const char *method, const char *target, const char *body)
{
    const char *query = strchr(target, '?');

    test.asker.door = door;
    with("REQUEST_URI", target);
    with("QUERY_STRING", query == NULL ? "" : query + 1);
    return ask(&test.asker, method, target, body);
}

int control(const char *method, const char *target, const char *body)
{
    return ask_at("internal", method, target, body);
}

int wechat(const char *target, const char *body)
{
    return ask_at("gateways", body == NULL ? "GET" : "POST", target, body);
}

int ask_as(const char *authorization, const char *target, const char *body)
{
    with("CONTENT_TYPE", body == NULL ? NULL : "application/json");
    with("HTTP_AUTHORIZATION", authorization);
    return ask_at("gateways", body == NULL ? "GET" : "POST", target, body);
}

/* What is said is kept: the asker forgets it with the next question. */
const char *said(const char *way)
{
    const char *text = answer_text(&test.asker, way);

    return text == NULL ? NULL : arena_text(test.arena, text);
}

int64_t said_number(const char *way)
{
    return answer_number(&test.asker, way);
}

static const char *answer(void)
{
    return arena_text_of(test.arena, test.asker.r->answer, test.asker.r->answer_size);
}

const char *header(const char *name)
{
    const char *headers = test.asker.r->headers;
    const char *start = arena_printf(test.arena, "%s: ", name);
    const char *at = headers == NULL ? NULL : strstr(headers, start);

    if (at == NULL)
        return NULL;
    at += strlen(start);
    return arena_text_of(test.arena, at, strcspn(at, "\r"));
}

/* ---- the merchant ---- */

struct party {
    const char *mchid, *serial;
    const struct key *key;
};

static const char *authorization_of(struct party party, const char *method, const char *target,
                                    const char *body, int64_t skew_s)
{
    long long now = clock_now().ms / SECOND_MS + skew_s;
    const char *message =
        arena_printf(test.arena, "%s\n%s\n%lld\nn0nce\n%s\n", method, target, now, body);

    return arena_printf(test.arena,
                        "WECHATPAY2-SHA256-RSA2048 mchid=\"%s\",nonce_str=\"n0nce\","
                        "signature=\"%s\",timestamp=\"%lld\",serial_no=\"%s\"",
                        party.mchid, sign_rsa_sha256(test.arena, party.key, bytes_of(message)), now,
                        party.serial);
}

const char *authorization(const char *method, const char *target, const char *body, int64_t skew_s)
{
    return authorization_of((struct party){MCHID, test.merchant_serial, test.merchant}, method,
                            target, body, skew_s);
}

int wx_fees(const char *target, const char *body)
{
    const struct party party = {FEE_MCHID, test.fee_serial, test.fee_merchant};
    const char *method = body == NULL ? "GET" : "POST";

    return ask_as(authorization_of(party, method, target, body == NULL ? "" : body, 0), target,
                  body);
}

int wx(const char *target, const char *body)
{
    const char *method = body == NULL ? "GET" : "POST";

    return ask_as(authorization(method, target, body == NULL ? "" : body, 0), target, body);
}

bool is_signed(void)
{
    const char *serial = header("Wechatpay-Serial"), *signature = header("Wechatpay-Signature");
    const struct key *key = test.next;
    const char *message;

    if (serial == NULL || signature == NULL)
        return false;
    if (strcmp(serial, test.platform_serial) == 0)
        key = test.platform;
    if (strcmp(serial, PUBLIC_KEY_ID) == 0)
        key = test.public_key;
    message = arena_printf(test.arena, "%s\n%s\n%s\n", header("Wechatpay-Timestamp"),
                           header("Wechatpay-Nonce"), answer());
    return verify_rsa_sha256(key, bytes_of(message), signature);
}

static const char *beijing_now(void)
{
    struct day today = civil_day(clock_now());
    int64_t year, month, day, ms = clock_now().ms - day_start(today).ms;

    day_parts(today, &year, &month, &day);
    return arena_printf(test.arena, "%04d-%02d-%02d %02d:%02d:%02d", (int)year, (int)month,
                        (int)day, (int)(ms / HOUR_MS), (int)(ms / MINUTE_MS % 60),
                        (int)(ms / SECOND_MS % 60));
}

struct parameter {
    const char *name, *value; /* absent without a value */
};

/* Signs and asks; the parameters are in the order of their names. */
static int ask_alipay(const struct key *key, const struct parameter *parameters, size_t count)
{
    const char *text = "", *form = "", *sign;

    for (size_t i = 0; i < count; i++) {
        const struct parameter *one = &parameters[i];

        if (one->value == NULL)
            continue;
        text = arena_printf(test.arena, "%s%s%s=%s", text, *text ? "&" : "", one->name, one->value);
        form = arena_printf(test.arena, "%s%s=%s&", form, one->name,
                            url_encode(test.arena, one->value));
    }
    sign = sign_rsa_sha256(test.arena, key, bytes_of(text));
    with("CONTENT_TYPE", "application/x-www-form-urlencoded;charset=utf-8");
    return ask_at("gateways", "POST", "/gateway.do?charset=utf-8",
                  arena_printf(test.arena, "%ssign=%s", form, url_encode(test.arena, sign)));
}

static int ali_as(const struct key *key, const char *app_id, const char *method, const char *biz)
{
    const struct parameter parameters[] = {
        {"alipay_root_cert_sn", test.root_cert_sn},
        {"app_cert_sn", test.app_cert_sn},
        {"app_id", app_id},
        {"biz_content", biz},
        {"charset", "utf-8"},
        {"method", method},
        {"notify_url",
         arena_printf(test.arena, "https://127.0.0.1:%d/notify/alipay", test.upstream.port)},
        {"sign_type", "RSA2"},
        {"timestamp", beijing_now()},
        {"version", "1.0"},
    };

    return ask_alipay(key, parameters, sizeof(parameters) / sizeof(*parameters));
}

int ali(const char *method, const char *biz)
{
    return ali_as(test.app, "2021000000000001", method, biz);
}

int ali_fees(const char *method, const char *biz)
{
    return ali_as(test.fee_app, FEE_APP_ID, method, biz);
}

int ali_token(const char *code)
{
    const struct parameter parameters[] = {
        {"alipay_root_cert_sn", test.root_cert_sn},
        {"app_cert_sn", test.app_cert_sn},
        {"app_id", "2021000000000001"},
        {"charset", "utf-8"},
        {"code", code},
        {"grant_type", "authorization_code"},
        {"method", "alipay.system.oauth.token"},
        {"sign_type", "RSA2"},
        {"timestamp", beijing_now()},
        {"version", "1.0"},
    };

    return ask_alipay(test.app, parameters, sizeof(parameters) / sizeof(*parameters));
}

bool is_signed_by_alipay(void)
{
    const char *text = answer(), *node = strchr(text, ':');
    const char *end = strstr(text, ",\"sign\":\"");

    if (node == NULL || end == NULL)
        return false;
    node++;
    return verify_rsa_sha256(test.alipay,
                             (struct bytes){(const unsigned char *)node, (size_t)(end - node)},
                             said("sign"));
}

/* ---- the usual steps ---- */

const char *new_no(void)
{
    return arena_printf(test.arena, "N%lld", (long long)++test.numbers);
}

const char *order_body(const char *out_trade_no)
{
    return arena_printf(test.arena,
                        "{\"appid\":\"" APPID "\",\"mchid\":\"" MCHID "\",\"description\":"
                        "\"交通违法罚款\",\"out_trade_no\":\"%s\",\"notify_url\":"
                        "\"https://127.0.0.1:%d/notify/wechatpay\",\"amount\":{\"total\":20000,"
                        "\"currency\":\"CNY\"},\"payer\":{\"openid\":\"o-payer\"}}",
                        out_trade_no, test.upstream.port);
}

const char *trade_body(const char *out_trade_no)
{
    return arena_printf(test.arena,
                        "{\"out_trade_no\":\"%s\",\"total_amount\":\"200.00\",\"subject\":\"罚款\","
                        "\"product_code\":\"JSAPI_PAY\",\"op_app_id\":\"2021000000000001\","
                        "\"buyer_open_id\":\"o-payer\"}",
                        out_trade_no);
}

void place(const char *out_trade_no)
{
    assert_int_equal(wx("/v3/pay/transactions/jsapi", order_body(out_trade_no)), 200);
    assert_true(is_signed());
}

void place_trade(const char *out_trade_no)
{
    assert_int_equal(ali("alipay.trade.create", trade_body(out_trade_no)), 200);
    assert_string_equal(said("alipay_trade_create_response.code"), "10000");
    assert_true(is_signed_by_alipay());
}

const char *pay(const char *gateway, const char *out_trade_no)
{
    assert_int_equal(
        control("POST",
                arena_printf(test.arena, "/simulator/orders/%s/%s/pay", gateway, out_trade_no),
                NULL),
        200);
    return said("gw_id");
}

void fault(const char *json)
{
    assert_int_equal(control("POST", "/simulator/faults", json), 200);
}

const char *trade_state(const char *out_trade_no)
{
    assert_int_equal(
        wx(arena_printf(test.arena, "/v3/pay/transactions/out-trade-no/%s?mchid=" MCHID,
                        out_trade_no),
           NULL),
        200);
    return said("trade_state");
}

static void put_file(const char *name, const char *text)
{
    FILE *file = fopen(arena_printf(test.arena, "%s/%s", test.upstream.folder, name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void merchant_says(const char *lines)
{
    put_file("answers/notify_wechatpay", lines);
    put_file("answers/notify_alipay", lines);
    put_file("answers/notify_unionpay", lines);
}

/* The lease of a job cannot be rehearsed: a lease whose answer was lost is lost until it runs out.
   So what the job does is called here, and what leases it is not. */
static bool rehearse_job(void)
{
    struct request *r = request_open(&test.asker.process);
    char id[32], kind[64], arg[2048];
    struct task task = {.id = id, .kind = kind, .arg = arg, .attempts = 1};
    const struct job *job = service.jobs;

    database_text(id, sizeof(id),
                  "SELECT id FROM simulator_job WHERE state = 'ready' AND kind <> 'housekeeping'"
                  "  AND run_at <= FROM_UNIXTIME(%lld / 1000) ORDER BY run_at LIMIT 1",
                  (long long)r->now.ms);
    if (*id != '\0') {
        database_text(kind, sizeof(kind), "SELECT kind FROM simulator_job WHERE id = '%s'", id);
        database_text(arg, sizeof(arg), "SELECT arg FROM simulator_job WHERE id = '%s'", id);
        while (strcmp(job->name, kind) != 0)
            job++;
        assert_int_equal(job->run(r, &task), E_OK);
        database_run("UPDATE simulator_job SET state = 'done' WHERE id = '%s'", id);
    }
    request_close(r);
    return *id != '\0';
}

void run_jobs(void)
{
    while (test.is_rehearsing ? rehearse_job() : jobs_run_due(&test.asker.process))
        ;
}

int arrived(const char *word)
{
    FILE *file = fopen(arena_printf(test.arena, "%s/requests", test.upstream.folder), "r");
    char line[8192];
    int count = 0;

    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        count += strstr(line, word) != NULL;
    if (file != NULL)
        fclose(file);
    return count;
}

void shift_clock(int64_t ms)
{
    test.clock_ms = ms;
    put_file("clock", arena_printf(test.arena, "%-31lld\n", (long long)(test.noon_ms + ms)));
}

/* ---- before and after ---- */

static char *read_pem(const char *file)
{
    size_t size;
    char *pem = secret_read(file, 8192, &size);

    assert_non_null(pem);
    return pem;
}

static struct key *read_key(const char *file, bool is_private)
{
    char *pem = read_pem(file);
    struct key *key = is_private ? key_private(pem) : key_public(pem);

    secret_forget(pem, strlen(pem));
    assert_non_null(key);
    return key;
}

static struct key *read_certificate(const char *file, struct arena *arena, const char **serial)
{
    char *pem = read_pem(file);
    struct certificate *certificate = certificate_read(pem);
    struct key *key;

    secret_forget(pem, strlen(pem));
    assert_non_null(certificate);
    key = certificate_key(certificate);
    *serial = certificate_serial_hex(arena, certificate);
    certificate_close(certificate);
    return key;
}

static void set_environment(void)
{
    setenv("LISTEN", "/nonexistent/simulator.sock", 1);
    setenv("DEVELOPMENT", "1", 1);
    setenv("CLOCK_FILE", arena_printf(test.arena, "%s/clock", test.upstream.folder), 1);
    setenv("WECHAT_APPID", APPID, 1);
    setenv("WECHAT_SECRET_FILE", arena_printf(test.arena, "%s/secret", test.upstream.folder), 1);
    setenv("WECHATPAY_MERCHANT_CERT", KEYS "wx_merchant.cert.pem", 1);
    setenv("WECHATPAY_FEE_MCHID", FEE_MCHID, 1);
    setenv("WECHATPAY_FEE_CERT", KEYS "up_merchant.cert.pem", 1);
    setenv("WECHATPAY_FEE_APIV3_KEY", arena_printf(test.arena, "%s/fees", test.upstream.folder), 1);
    setenv("WECHATPAY_PLATFORM_KEY", KEYS "wx_platform_a.key.pem", 1);
    setenv("WECHATPAY_PLATFORM_CERT", KEYS "wx_platform_a.cert.pem", 1);
    setenv("WECHATPAY_NEXT_KEY", KEYS "wx_platform_b.key.pem", 1);
    setenv("WECHATPAY_NEXT_CERT", KEYS "wx_platform_b.cert.pem", 1);
    setenv("WECHATPAY_PUBLIC_KEY", KEYS "wx_pubkey.key.pem", 1);
    setenv("WECHATPAY_PUBLIC_ID", arena_printf(test.arena, "%s/id", test.upstream.folder), 1);
    setenv("WECHATPAY_APIV3_KEY", arena_printf(test.arena, "%s/apiv3", test.upstream.folder), 1);
    setenv("ALIPAY_APP_PUBLIC_KEY", KEYS "ali_app.pub.pem", 1);
    setenv("ALIPAY_FEE_APP_ID", FEE_APP_ID, 1);
    setenv("ALIPAY_FEE_PUBLIC_KEY", KEYS "wx_pubkey.pub.pem", 1);
    setenv("ALIPAY_KEY", KEYS "ali_gateway.key.pem", 1);
    setenv("UNIONPAY_MERCHANT_CERT", KEYS "up_merchant.cert.pem", 1);
    setenv("UNIONPAY_FEE_MER_ID", FEE_MER_ID, 1);
    setenv("UNIONPAY_FEE_CERT", KEYS "wx_merchant.cert.pem", 1);
    setenv("UNIONPAY_KEY", KEYS "up_sign.key.pem", 1);
    setenv("UNIONPAY_CERT", KEYS "up_sign.cert.pem", 1);
    setenv("HTTP_HOSTS", arena_printf(test.arena, "127.0.0.1:%d", test.upstream.port), 1);
    setenv("HTTP_CA_FILE", arena_printf(test.arena, "%s/ca.pem", test.upstream.folder), 1);
    setenv("BREAKER_FAILURES", "1000000", 1);
    setenv("CALLBACK_MS", "20000", 1); /* the merchant answers at once, on a busy machine later */
}

static void read_keys(void)
{
    const char *next_serial;
    static char serials[3][64];

    test.merchant = read_key(KEYS "wx_merchant.key.pem", true);
    key_close(read_certificate(KEYS "wx_merchant.cert.pem", test.arena, &test.merchant_serial));
    test.fee_merchant = read_key(KEYS "up_merchant.key.pem", true);
    key_close(read_certificate(KEYS "up_merchant.cert.pem", test.arena, &test.fee_serial));
    test.platform =
        read_certificate(KEYS "wx_platform_a.cert.pem", test.arena, &test.platform_serial);
    test.next = read_certificate(KEYS "wx_platform_b.cert.pem", test.arena, &next_serial);
    test.public_key = read_key(KEYS "wx_pubkey.pub.pem", false);
    test.app = read_key(KEYS "ali_app.key.pem", true);
    test.fee_app = read_key(KEYS "wx_pubkey.key.pem", true);
    test.alipay = read_key(KEYS "ali_gateway.pub.pem", false);
    /* They outlive the arena of a test. */
    snprintf(serials[0], sizeof(serials[0]), "%s", test.merchant_serial);
    snprintf(serials[1], sizeof(serials[1]), "%s", test.platform_serial);
    snprintf(serials[2], sizeof(serials[2]), "%s", test.fee_serial);
    test.merchant_serial = serials[0];
    test.platform_serial = serials[1];
    test.fee_serial = serials[2];
}

static int open_all(void)
{
    test.arena = arena_open(4 * 1024 * 1024);
    if (!fake_upstream_open(&test.upstream))
        return -1;
    put_file("secret", "0123456789abcdef0123456789abcdef\n");
    put_file("id", PUBLIC_KEY_ID "\n");
    put_file("apiv3", APIV3_KEY "\n");
    put_file("fees", FEE_APIV3_KEY "\n");
    mkdir(arena_printf(test.arena, "%s/answers", test.upstream.folder), 0700);
    shift_clock(0);
    read_keys();
    set_environment();
    database_open();
    asker_open(&test.asker);
    test.numbers = clock_now().ms * 1000;
    return 0;
}

/* Comes first of a program. When that is run at midnight, no day ends within a story. */
int open_plain(void **state)
{
    struct instant now = clock_now();

    (void)state;
    test.noon_ms = day_start(civil_day(now)).ms + 12 * HOUR_MS - now.ms;
    test.is_rehearsing = false;
    return open_all();
}

int open_rehearsed(void **state)
{
    (void)state;
    test.is_rehearsing = true;
    return open_all();
}

int close_all(void **state)
{
    struct key *keys[] = {test.merchant, test.platform, test.next,         test.public_key,
                          test.app,      test.alipay,   test.fee_merchant, test.fee_app};

    (void)state;
    asker_close(&test.asker);
    database_close();
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        key_close(keys[i]);
    fake_upstream_close(&test.upstream);
    arena_close(test.arena);
    return 0;
}

int begin(void **state)
{
    (void)state;
    arena_reset(test.arena);
    db_rehearse(&test.asker.process, test.is_rehearsing);
    shift_clock(0);
    put_file("requests", "");
    merchant_says("200 success\n");
    with("HTTP_USER_AGENT", "test");
    with("HTTP_ACCEPT", "application/json");
    with("HTTP_WECHATPAY_SERIAL", NULL);
    control("DELETE", "/simulator/faults", NULL);
    control("POST", "/simulator/wechatpay/signer", "{\"signer\":\"platform\"}");
    control("POST", "/simulator/wechat/citizens", "{\"openid\":\"o-payer\"}");
    run_jobs();
    put_file("requests", "");
    return 0;
}
