/* Alipay's gateway.do in certificate mode. The serials of the first certificates are those of
   vectors/alipay-cert-sn.json, which other libraries computed. */

#include "service/simulator_stage.h"

#include <sys/stat.h>

#include "casework/alipay_gateway.h"
#include "core/config.h"

#define APP_SN "76928b3790bc9833fe0913d8d33d7d01"
#define GATEWAY_SN "18e3a8f328a6834d03cb5ef90b5d9d2b"
#define ROOT_SN "0276a830e3962b435b6e05aad4dacabc_361a85d49220c84d282554a10f1b144c"
#define DOWNLOAD "alipay.open.app.alipaycert.download"
#define DOWNLOADED "alipay_open_app_alipaycert_download_response"

static const char *of_folder(const char *name)
{
    return arena_printf(test.arena, "%s/certified/%s", getenv("TEST_KEYS"), name);
}

static const char *text_of(const char *path)
{
    size_t size;
    char *secret = secret_read(path, 16 * 1024, &size);
    const char *text;

    assert_non_null(secret);
    text = arena_text(test.arena, secret);
    secret_forget(secret, size);
    return text;
}

static void copy(const char *from, const char *to)
{
    char path[512], buffer[16 * 1024];
    FILE *source = fopen(from, "r"), *target;
    size_t size;

    snprintf(path, sizeof(path), "%s/certified/%s", getenv("TEST_KEYS"), to);
    target = fopen(path, "w");
    assert_non_null(source);
    assert_non_null(target);
    size = fread(buffer, 1, sizeof(buffer), source);
    assert_int_equal(fwrite(buffer, 1, size, target), size);
    fclose(source);
    assert_int_equal(fclose(target), 0);
}

static void make_folder(void)
{
    static const char *const others[] = {"alipay_next", "alipay_expired", "alipay_stranger"};
    char path[512], name[64];

    snprintf(path, sizeof(path), "%s/certified", getenv("TEST_KEYS"));
    mkdir(path, 0700);
    setenv("ALIPAY_CERTIFICATES", path, 1);
    copy(KEYS "ali_app.cert.pem", "alipay_app.crt");
    copy(KEYS "ali_gateway.cert.pem", "alipay_fee.crt");
    copy(KEYS "ali_root_bundle.pem", "alipay_roots.crt");
    copy(KEYS "ali_gateway.cert.pem", "alipay.crt");
    copy(KEYS "ali_gateway.key.pem", "alipay.key");
    for (size_t i = 0; i < 6; i++) {
        snprintf(name, sizeof(name), "%s.%s", others[i / 2], i % 2 == 0 ? "key" : "crt");
        snprintf(path, sizeof(path), "%s/simulator/%s", getenv("TEST_KEYS"), name);
        copy(path, name);
    }
}

static int open_certified(void **state)
{
    make_folder();
    return open_plain(state);
}

static int begin_certified(void **state)
{
    int begun = begin(state);

    test.app_cert_sn = APP_SN;
    test.root_cert_sn = ROOT_SN;
    control("POST", "/simulator/alipay/signer", "{\"signer\":\"now\"}");
    return begun;
}

/* Whether the last answer is signed by this certificate of the folder, and says so. */
static void assert_signed_by(const char *method, const char *name)
{
    const char *pem = text_of(of_folder(arena_printf(test.arena, "%s.key", name)));
    struct key *key = key_private(pem);
    struct alipay_signer signer = {
        alipay_cert_sn(test.arena, text_of(of_folder(arena_printf(test.arena, "%s.crt", name)))),
        key};
    struct alipay_app app = {.app_cert_sn = APP_SN, .signers = &signer, .signer_count = 1};
    struct bytes body = {(const unsigned char *)test.asker.r->answer, test.asker.r->answer_size};
    struct alipay_answer answer;

    assert_int_equal(alipay_read_answer(test.arena, &app, method, body, &answer), ALIPAY_GENUINE);
    assert_string_equal(answer.cert_sn, signer.serial);
    key_close(key);
}

static void requests_have_to_name_the_applications_certificate_and_the_roots(void **state)
{
    const char *no = new_no();

    (void)state;
    ali("alipay.trade.create", trade_body(no));
    assert_string_equal(said("alipay_trade_create_response.code"), "10000");
    assert_signed_by("alipay.trade.create", "alipay");
    assert_string_equal(said("alipay_cert_sn"), GATEWAY_SN);
    test.app_cert_sn = GATEWAY_SN;
    ali("alipay.trade.create", trade_body(no));
    assert_string_equal(said("error_response.sub_code"), "isv.invalid-app-cert-sn");
    test.app_cert_sn = NULL;
    ali("alipay.trade.create", trade_body(no));
    assert_string_equal(said("error_response.sub_code"), "isv.invalid-app-cert-sn");
    test.app_cert_sn = APP_SN;
    test.root_cert_sn = NULL;
    ali("alipay.trade.create", trade_body(no));
    assert_string_equal(said("error_response.sub_code"), "isv.invalid-alipay-root-cert-sn");
}

static void a_switch_holds_for_answers_and_notices_at_once(void **state)
{
    const char *no = new_no(), *sn;

    (void)state;
    merchant_says("200 success");
    ali("alipay.trade.create", trade_body(no));
    assert_int_equal(control("POST", "/simulator/alipay/signer", "{\"signer\":\"next\"}"), 200);
    sn = arena_text(test.arena, said("serial"));
    ali("alipay.trade.query", arena_printf(test.arena, "{\"out_trade_no\":\"%s\"}", no));
    assert_signed_by("alipay.trade.query", "alipay_next");
    pay("alipay", no);
    run_jobs();
    assert_int_equal(arrived(arena_printf(test.arena, "alipay_cert_sn=%s&", sn)), 1);
    assert_int_equal(control("POST", "/simulator/alipay/signer", "{\"signer\":\"platform\"}"), 400);
}

static const char *downloaded(const char *sn)
{
    struct bytes text;

    ali(DOWNLOAD, arena_printf(test.arena, "{\"alipay_cert_sn\":\"%s\"}", sn));
    text = base64_decode(test.arena, said(DOWNLOADED ".alipay_cert_content"));
    assert_non_null(text.data);
    return arena_text_of(test.arena, text.data, text.size);
}

static void every_certificate_is_handed_out_by_its_serial(void **state)
{
    static const char *const names[] = {"next", "expired", "stranger"};

    (void)state;
    assert_string_equal(alipay_cert_sn(test.arena, downloaded(GATEWAY_SN)), GATEWAY_SN);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *sn;

        control("POST", "/simulator/alipay/signer",
                arena_printf(test.arena, "{\"signer\":\"%s\"}", names[i]));
        sn = arena_text(test.arena, said("serial"));
        assert_string_equal(alipay_cert_sn(test.arena, downloaded(sn)), sn);
    }
    ali(DOWNLOAD, "{\"alipay_cert_sn\":\"00000000000000000000000000000000\"}");
    assert_string_equal(said(DOWNLOADED ".sub_code"), "CERT_NOT_EXIST");
}

#define CERTIFIED(test) cmocka_unit_test_setup(test, begin_certified)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CERTIFIED(requests_have_to_name_the_applications_certificate_and_the_roots),
        CERTIFIED(a_switch_holds_for_answers_and_notices_at_once),
        CERTIFIED(every_certificate_is_handed_out_by_its_serial),
    };

    return cmocka_run_group_tests_name("certificates", tests, open_certified, close_all);
}
