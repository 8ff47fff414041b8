/* Keys of WeChat Pay that change while we run. */

#include "service/payment_stage.h"

#include <unistd.h>

#include "core/clock.h"
#include "core/crypto_gateway.h"
#include "core/db.h"
#include "core/job.h"
#include "payment/wechatpay_wire.h"
#include "support/said.h"

#define NEXT "simulator/wechatpay_next"

static int begin_keys(void **state)
{
    database_run("DELETE FROM payment_job");
    database_run("DELETE FROM platform_certificate");
    wechatpay_signs_with(NULL);
    return begin_payment(state);
}

/* What GET /v3/certificates answers, signed by the key that is known. */
static void it_lists(const char *certificate_name)
{
    struct bytes key = bytes_of(text_of(in_keys("wechatpay/apiv3.key")));
    const char *pem = text_of(in_keys(arena_printf(texts, "%s.crt", certificate_name)));
    struct bytes sealed =
        aes_gcm_seal(texts, key, bytes_of("0123456789ab"), bytes_of("certificate"), bytes_of(pem));

    wechatpay_answers(
        "v3_certificates", 200,
        arena_printf(texts,
                     "{\"data\":[{\"serial_no\":\"%s\",\"effective_time\":"
                     "\"2026-01-01T00:00:00+08:00\",\"expire_time\":\"2031-01-01T00:00:00+08:00\","
                     "\"encrypt_certificate\":{\"algorithm\":\"AEAD_AES_256_GCM\",\"nonce\":"
                     "\"0123456789ab\",\"associated_data\":\"certificate\",\"ciphertext\":\"%s\"}}"
                     "]}",
                     text_of(in_keys(arena_printf(texts, "%s.serial", certificate_name))),
                     base64_encode(texts, sealed)));
}

static int64_t waiting_fetches(void)
{
    return database_number("SELECT COUNT(*) FROM payment_job WHERE kind = 'fetch_certificates'"
                           " AND state = 'ready'");
}

static void run_what_is_due(void)
{
    db_rehearse(&asker.process, false); /* leasing a job is not what is rehearsed */
    assert_true(jobs_run_due(&asker.process));
}

static void an_unknown_key_is_asked_for_and_believed_once_it_is_listed(void **state)
{
    const char *attempt = open_attempt_of("key-switch-1", new_obligation(20000));

    (void)state;
    it_lists(NEXT);
    wechatpay_signs_with(NEXT);
    assert_int_equal(wechatpay_tells_paid(attempt, "42-switch-1", 20000), 401);
    assert_int_equal(waiting_fetches(), 1);
    run_what_is_due();
    assert_int_equal(wechatpay_tells_paid(attempt, "42-switch-1", 20000), 204);
    /* Their old key goes on: the switch takes days. */
    wechatpay_signs_with(NULL);
    attempt = open_attempt_of("key-switch-2", new_obligation(20000));
    assert_int_equal(wechatpay_tells_paid(attempt, "42-switch-2", 20000), 204);
    wechatpay_signs_with(NEXT);
    attempt = open_attempt_of("key-switch-3", new_obligation(20000)); /* answers, too */
    assert_int_equal(wechatpay_tells_paid(attempt, "42-switch-3", 20000), 204);
    assert_books_are_right();
}

static void a_list_that_is_not_signed_by_them_teaches_nothing(void **state)
{
    (void)state;
    wechatpay_answers("v3_certificates", 200, "{\"data\":[]}");
    database_run("INSERT INTO payment_job (id, kind, dedupe, run_at, created_at) VALUES"
                 " ('01HZZZZZZZZZZZZZZZZZZZZJ0B', 'fetch_certificates', '" FINES_MERCHANT "',"
                 " '2018-01-01', '2018-01-01')");
    run_what_is_due();
    assert_int_equal(database_number("SELECT COUNT(*) FROM platform_certificate"), 0);
    assert_int_equal(
        database_number("SELECT failures FROM payment_job WHERE kind = 'fetch_certificates'"), 1);
}

static void a_merchant_without_certificates_is_no_fault(void **state)
{
    (void)state;
    wechatpay_answers("v3_certificates", 404, "{\"code\":\"RESOURCE_NOT_EXISTS\"}");
    database_run("INSERT INTO payment_job (id, kind, dedupe, run_at, created_at) VALUES"
                 " ('01HZZZZZZZZZZZZZZZZZZZZJ0B', 'fetch_certificates', '" FINES_MERCHANT "',"
                 " '2018-01-01', '2018-01-01')");
    run_what_is_due();
    assert_string_equal(
        database_word("SELECT state FROM payment_job WHERE kind = 'fetch_certificates'"), "done");
}

static void what_somebody_else_put_into_the_table_is_not_believed(void **state)
{
    const char *attempt = open_attempt_of("key-switch-9", new_obligation(20000));

    (void)state;
    database_run("INSERT INTO platform_certificate VALUES ('" FINES_MERCHANT "', '%s', '%s',"
                 " '2031-01-01', '2026-11-22')",
                 text_of(in_keys("simulator/wechatpay_platform.serial")),
                 text_of(in_keys("simulator/wechatpay_platform.crt")));
    wechatpay_signs_with("simulator/wechatpay_platform");
    assert_int_equal(wechatpay_tells_paid(attempt, "42-switch-9", 20000), 401);
}

/* What was said on stderr while a payment was told of; our answer's status. */
static const char *said_while_told(const char *attempt, int *status)
{
    struct said said;

    said_begin(&said, STDERR_FILENO);
    *status = wechatpay_tells_paid(attempt, "42-cipher-1", 20000);
    return said_end(&said, texts);
}

static void a_genuine_message_in_a_cipher_that_we_have_not_is_refused_by_its_name(void **state)
{
    const char *attempt = open_attempt_of("key-cipher-1", new_obligation(20000)), *said;
    int status;

    (void)state;
    wechatpay_names_cipher("AEAD_SM4_GCM");
    said = said_while_told(attempt, &status);
    wechatpay_names_cipher(WECHATPAY_CIPHER);
    assert_int_equal(status, 401);
    assert_non_null(strstr(said, "\"event\":\"callback_cipher\""));
    assert_non_null(strstr(said, "encrypts with AEAD_SM4_GCM"));
    assert_int_equal(wechatpay_tells_paid(attempt, "42-cipher-1", 20000), 204);
}

static int open_without_platform_certificates(void **state)
{
    setenv("KEY_LOOK_MS", "0", 1);
    setenv("KEY_ASK_MS", "0", 1);
    return know_only(FINES) ? open_payment(state) : -1;
}

#define PLAIN(test) cmocka_unit_test_setup(test, begin_keys)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PLAIN(a_genuine_message_in_a_cipher_that_we_have_not_is_refused_by_its_name),
        PLAIN(what_somebody_else_put_into_the_table_is_not_believed),
        PLAIN(a_list_that_is_not_signed_by_them_teaches_nothing),
        PLAIN(a_merchant_without_certificates_is_no_fault),
        PLAIN(an_unknown_key_is_asked_for_and_believed_once_it_is_listed),
    };

    return cmocka_run_group_tests_name("keys", tests, open_without_platform_certificates,
                                       close_payment);
}
