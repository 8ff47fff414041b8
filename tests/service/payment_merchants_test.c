/* The file of merchants: what is wrong with it is said, and who takes the money is never chance. */

#include "service/payment_stage.h"

#include <sys/stat.h>
#include <unistd.h>

#include "core/config.h"
#include "payment/merchant.h"
#include "support/said.h"

static const char *path_of(const char *name)
{
    return arena_printf(texts, "%s/%s", getenv("TEST_KEYS"), name);
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void describe(const char *merchants)
{
    write_file("described.json", arena_printf(texts, "{\"merchants\":[%s]}", merchants));
}

/* What is said on stderr of the file as it is; "" when it is good. */
static const char *said_of_it(struct merchants *merchants)
{
    struct said said;
    const char *text;
    enum error error;

    said_begin(&said, STDERR_FILENO);
    error = merchants_open(&asker.process, texts, path_of("described.json"),
                           "https://pay.example.cn", merchants);
    text = said_end(&said, texts);
    assert_int_equal(error == E_OK, text[0] == '\0');
    return text;
}

static void assert_said(const char *merchants, const char *wanted)
{
    struct merchants opened;
    const char *said;

    describe(merchants);
    said = said_of_it(&opened);
    if (strstr(said, wanted) == NULL)
        fail_msg("\"%s\" is not said in: %s", wanted, said);
}

static void each_account_has_its_merchant(void **state)
{
    struct merchants merchants;

    (void)state;
    describe(FINES "," FEES "," FINES_AT_ALIPAY);
    assert_string_equal(said_of_it(&merchants), "");
    assert_string_equal(merchant_for(&merchants, "wechatpay", "fine_treasury")->id, FINES_MERCHANT);
    assert_string_equal(merchant_for(&merchants, "wechatpay", "fee_treasury")->id, FEES_MERCHANT);
    assert_string_equal(merchant_for(&merchants, "alipay", "fine_treasury")->id,
                        "2021000000000001");
    assert_null(merchant_for(&merchants, "alipay", "fee_treasury"));
    assert_null(merchant_for(&merchants, "unionpay", "fine_treasury"));
    assert_string_equal(merchant_named(&merchants, "wechatpay", FEES_MERCHANT)->notify_url,
                        "https://pay.example.cn/notify/wechatpay/" FEES_MERCHANT);
    assert_null(merchant_named(&merchants, "alipay", FEES_MERCHANT));
}

static void a_merchant_without_accounts_stays_for_what_it_opened(void **state)
{
    struct merchants merchants;

    (void)state;
    describe(AT_WECHATPAY(FINES_MERCHANT, ""));
    assert_string_equal(said_of_it(&merchants), "");
    assert_null(merchant_for(&merchants, "wechatpay", "fine_treasury"));
    assert_non_null(merchant_named(&merchants, "wechatpay", FINES_MERCHANT));
}

static void two_merchants_for_one_account_are_refused(void **state)
{
    (void)state;
    assert_said(FINES "," AT_WECHATPAY(FEES_MERCHANT, "\"fine_treasury\""),
                "account fine_treasury has another merchant at wechatpay already");
    assert_said(FINES "," FINES, "it stands there twice");
}

static void what_is_wrong_with_the_description_is_named(void **state)
{
    (void)state;
    assert_said("", "described.json describes no merchant");
    assert_said("{\"gateway\":\"bank\",\"merchant\":\"1\",\"accounts\":[]}",
                "merchant 1: field_invalid gateway");
    assert_said(FINES ",{\"gateway\":\"alipay\",\"accounts\":[]}",
                "merchant 2: field_missing merchant");
    assert_said("{\"gateway\":\"alipay\",\"merchant\":\"1\",\"accounts\":[],\"keyfile\":\"x\"}",
                "field_unknown keyfile");
    assert_said("{\"gateway\":\"alipay\",\"merchant\":\"1\",\"accounts\":\"all\"}",
                "field_type accounts");
    write_file("described.json", "{\"merchants\":[" FINES "],\"more\":1}");
    assert_string_not_equal(said_of_it(&(struct merchants){.count = 0}), "");
}

static void the_wrong_file_is_named_in_plain_words(void **state)
{
    (void)state;
    write_file("short.key", "0123456789");
    assert_said("{\"gateway\":\"wechatpay\",\"merchant\":\"1\",\"accounts\":[],\"appid\":\"wx\","
                "\"key_file\":\"alipay/app.key\",\"certificate_file\":\"wechatpay/merchant.crt\","
                "\"apiv3_key_file\":\"short.key\"}",
                "file alipay/app.key is not the key of certificate wechatpay/merchant.crt");
    assert_said("{\"gateway\":\"wechatpay\",\"merchant\":\"1\",\"accounts\":[],\"appid\":\"wx\","
                "\"key_file\":\"wechatpay/merchant.key\","
                "\"certificate_file\":\"wechatpay/merchant.crt\","
                "\"apiv3_key_file\":\"short.key\"}",
                "file short.key: an APIv3 key has 32 bytes, this has 10");
    assert_said("{\"gateway\":\"alipay\",\"merchant\":\"1\",\"accounts\":[],"
                "\"key_file\":\"alipay/app.key\",\"public_key_file\":\"alipay/app.pem\"}",
                "file alipay/app.pem is our own application's public key: Alipay's is wanted");
    assert_said("{\"gateway\":\"alipay\",\"merchant\":\"1\",\"accounts\":[],"
                "\"key_file\":\"none.key\",\"public_key_file\":\"alipay/gateway.pem\"}",
                "none.key");
    assert_said("{\"gateway\":\"alipay\",\"merchant\":\"7\",\"accounts\":[]}",
                "so merchant 7 at alipay cannot be used");
}

#define CERTIFIED(own, theirs, roots)                                                              \
    "{\"gateway\":\"alipay\",\"merchant\":\"1\",\"accounts\":[],\"key_file\":\"alipay/app.key\","  \
    "\"certificate_file\":\"" own "\",\"gateway_certificate_file\":\"" theirs                      \
    "\",\"root_file\":\"" roots "\"}"

static void the_wrong_certificate_of_an_application_is_named(void **state)
{
    (void)state;
    assert_said(CERTIFIED("alipay/gateway.crt", "alipay/gateway.crt", "alipay/root.crt"),
                "file alipay/app.key is not the key of certificate alipay/gateway.crt");
    assert_said(CERTIFIED("alipay/app.crt", "alipay/app.crt", "alipay/root.crt"),
                "file alipay/app.crt is our own application's certificate: Alipay's is wanted");
    assert_said(CERTIFIED("alipay/app.crt", "simulator/alipay_stranger.crt", "alipay/root.crt"),
                "file simulator/alipay_stranger.crt is not signed by way of the roots in"
                " alipay/root.crt");
    assert_said(CERTIFIED("alipay/app.crt", "alipay/gateway.crt", "simulator/alipay_middle.crt"),
                "by way of the roots in simulator/alipay_middle.crt");
    assert_said(CERTIFIED("alipay/app.crt", "alipay/gateway.crt", "simulator/alipay_root_ec.crt"),
                "file simulator/alipay_root_ec.crt holds no root that is signed with RSA");
    assert_said(CERTIFIED("alipay/app.crt", "alipay/gateway.pem", "alipay/root.crt"),
                "file alipay/gateway.pem holds no certificate");
}

static void an_application_has_a_key_of_alipays_or_certificates(void **state)
{
    (void)state;
    assert_said("{\"gateway\":\"alipay\",\"merchant\":\"1\",\"accounts\":[],"
                "\"key_file\":\"alipay/app.key\",\"public_key_file\":\"alipay/gateway.pem\","
                "\"certificate_file\":\"alipay/app.crt\",\"root_file\":\"alipay/root.crt\","
                "\"gateway_certificate_file\":\"alipay/gateway.crt\"}",
                "public_key_file beside certificates");
    assert_said("{\"gateway\":\"alipay\",\"merchant\":\"1\",\"accounts\":[],"
                "\"key_file\":\"alipay/app.key\",\"certificate_file\":\"alipay/app.crt\","
                "\"root_file\":\"alipay/root.crt\"}",
                "member gateway_certificate_file is missing");
}

static void all_faults_are_told_at_once(void **state)
{
    struct merchants merchants;
    const char *said;

    (void)state;
    describe("{\"gateway\":\"alipay\",\"merchant\":\"1\",\"accounts\":[]},"
             "{\"gateway\":\"wechatpay\",\"merchant\":\"2\",\"accounts\":[]}");
    said = said_of_it(&merchants);
    assert_non_null(strstr(said, "member key_file is missing"));
    assert_non_null(strstr(said, "member appid is missing"));
    assert_non_null(strstr(said, "member apiv3_key_file is missing"));
    assert_non_null(strstr(said, "neither public_key_file nor platform_files"));
}

static const char *new_fee(void)
{
    return obligation_of(DRIVER, "fee_treasury", 12000, "2026-12-01");
}

static void fines_and_fees_go_to_their_own_merchants(void **state)
{
    const char *fine = open_attempt_of("key-merchant-1", new_obligation(20000));
    const char *fee = open_attempt_of("key-merchant-2", new_fee());

    (void)state;
    assert_string_equal(database_word("SELECT merchant FROM pay_attempt WHERE id = '%s'", fine),
                        FINES_MERCHANT);
    assert_string_equal(database_word("SELECT merchant FROM pay_attempt WHERE id = '%s'", fee),
                        FEES_MERCHANT);
    assert_int_equal(wechatpay_tells_at(FEES_MERCHANT, FEES_MERCHANT, fee, "42-fee-1", 12000), 204);
    assert_int_equal(wechatpay_tells_at(FINES_MERCHANT, FINES_MERCHANT, fine, "42-fine-1", 20000),
                     204);
    assert_int_equal(database_number("SELECT COUNT(*) FROM settlement s JOIN money_fact f"
                                     " ON f.id = s.gw_txn_id WHERE f.our_no IN ('%s', '%s')",
                                     fine, fee),
                     2);
    assert_books_are_right();
}

static void an_account_without_a_merchant_there_is_refused(void **state)
{
    const char *fee = new_fee();

    (void)state;
    sign_in_as(PAYER_ACCOUNT, DRIVER, CITIZEN | VERIFIED, "alipay");
    open_order_by("key-merchant-3", fee, "alipay");
    assert_refused(422, "account_unpayable");
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM pay_order_item WHERE obligation_id = '%s'", fee), 0);
}

/* Well signed by the gateway, and yet not ours: another merchant's payment at this one's path. */
static void what_one_merchant_is_told_never_touches_another(void **state)
{
    const char *fee = open_attempt_of("key-merchant-4", new_fee());

    (void)state;
    assert_int_equal(wechatpay_tells_at(FINES_MERCHANT, FEES_MERCHANT, fee, "42-fee-2", 12000),
                     401);
    assert_int_equal(wechatpay_tells_at("1900000999", FEES_MERCHANT, fee, "42-fee-2", 12000), 401);
    /* Told by the other merchant it is a payment that we never asked for: it goes back. */
    assert_int_equal(wechatpay_tells_at(FINES_MERCHANT, FINES_MERCHANT, fee, "42-fee-3", 12000),
                     204);
    assert_string_equal(
        database_word("SELECT disposition FROM money_fact WHERE gateway_no = '42-fee-3'"),
        "orphan");
    assert_string_equal(database_word("SELECT state FROM pay_attempt WHERE id = '%s'", fee),
                        "open");
    assert_books_are_right();
}

static int open_with_two_merchants(void **state)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof(path), "%s/two.json", getenv("TEST_KEYS"));
    file = fopen(path, "w");
    if (file == NULL)
        return -1;
    fputs("{\"merchants\":[" FINES "," FEES "," FINES_AT_ALIPAY "]}", file);
    setenv("MERCHANTS_FILE", path, 1);
    return fclose(file) == 0 ? open_payment(state) : -1;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_account_has_its_merchant),
        cmocka_unit_test(a_merchant_without_accounts_stays_for_what_it_opened),
        cmocka_unit_test(two_merchants_for_one_account_are_refused),
        cmocka_unit_test(what_is_wrong_with_the_description_is_named),
        cmocka_unit_test(the_wrong_file_is_named_in_plain_words),
        cmocka_unit_test(the_wrong_certificate_of_an_application_is_named),
        cmocka_unit_test(an_application_has_a_key_of_alipays_or_certificates),
        cmocka_unit_test(all_faults_are_told_at_once),
        cmocka_unit_test_setup(fines_and_fees_go_to_their_own_merchants, begin_payment),
        cmocka_unit_test_setup(an_account_without_a_merchant_there_is_refused, begin_payment),
        cmocka_unit_test_setup(what_one_merchant_is_told_never_touches_another, begin_payment),
    };

    return cmocka_run_group_tests_name("merchants", tests, open_with_two_merchants, close_payment);
}
