/* A merchant at Alipay in certificate mode: what it sends, whom it believes, and how it learns. */

#include "service/payment_stage.h"

#include <unistd.h>

#include "core/db.h"
#include "core/job.h"
#include "core/log.h"
#include "payment/merchant.h"
#include "support/said.h"

#define NOW "simulator/alipay"
#define NEXT "simulator/alipay_next"
#define EXPIRED "simulator/alipay_expired"
#define FOREIGN "simulator/alipay_stranger"
#define CREATE "alipay.trade.create"
#define CERTIFIED                                                                                  \
    "{\"gateway\":\"alipay\",\"merchant\":\"2021000000000001\",\"accounts\":[\"fine_treasury\"],"  \
    "\"key_file\":\"alipay/app.key\",\"certificate_file\":\"alipay/app.crt\","                     \
    "\"gateway_certificate_file\":\"%s.crt\",\"root_file\":\"alipay/root.crt\"}"
#define DOWNLOAD "alipay.open.app.alipaycert.download"

static int begin_certificates(void **state)
{
    int begun = begin_payment(state);

    database_run("DELETE FROM payment_job");
    database_run("DELETE FROM platform_certificate");
    sign_in_as(PAYER_ACCOUNT, DRIVER, CITIZEN | VERIFIED, "alipay");
    alipay_signs_with(NOW);
    return begun;
}

static const char *node_name(const char *method)
{
    char *name = arena_text(texts, method);

    for (char *at = name; *at != '\0'; at++)
        *at = *at == '.' ? '_' : *at;
    return name;
}

/* An order that Alipay takes, and says so under this certificate; the status of our answer. */
static int open_by(const char *signer, const char *key, const char *obligation)
{
    const char *attempt;

    alipay_signs_with(NOW);
    alipay_answers(node_name(CREATE), "{\"code\":\"40004\",\"sub_code\":\"ACQ.SYSTEM_ERROR\"}");
    open_order_by(key, obligation, "alipay");
    attempt = database_word("SELECT a.id FROM pay_attempt a JOIN pay_order_item i"
                            " ON i.order_id = a.order_id WHERE i.obligation_id = '%s'",
                            obligation);
    alipay_signs_with(signer);
    alipay_answers(node_name(CREATE), arena_printf(texts,
                                                   "{\"code\":\"10000\",\"trade_no\":\"T-%s\","
                                                   "\"out_trade_no\":\"%s\"}",
                                                   attempt, attempt));
    return open_order_by(key, obligation, "alipay");
}

static const char *open_attempt(const char *key)
{
    assert_int_equal(open_by(NOW, key, new_obligation(20000)), 201);
    return attempt_of(order_no());
}

/* What alipaycert.download answers, whoever asks. */
static void it_hands_out(const char *content)
{
    struct bytes text = bytes_of(content);

    alipay_answers(node_name(DOWNLOAD),
                   arena_printf(texts, "{\"code\":\"10000\",\"alipay_cert_content\":\"%s\"}",
                                base64_encode(texts, text)));
}

static int64_t waiting_fetches(void)
{
    return database_number("SELECT COUNT(*) FROM payment_job WHERE"
                           " kind = 'fetch_alipay_certificate' AND state = 'ready'");
}

static int64_t kept(void)
{
    return database_number("SELECT COUNT(*) FROM platform_certificate");
}

static void run_what_is_due(void)
{
    db_rehearse(&asker.process, false); /* leasing a job is not what is rehearsed */
    assert_true(jobs_run_due(&asker.process));
}

static void requests_name_our_certificate_and_the_roots(void **state)
{
    const char *roots = alipay_root_cert_sn(texts, text_of(in_keys("alipay/root.crt")));
    const char *attempt = open_attempt("key-cert-1");

    (void)state;
    assert_int_equal(strlen(roots), 32); /* the other root is not signed with RSA */
    assert_int_equal(alipay_calls(CREATE, attempt), 2);
    assert_int_equal(
        alipay_calls(CREATE, arena_printf(texts, "app_cert_sn=%s&", alipay_sn("alipay/app"))), 2);
    assert_int_equal(alipay_calls(CREATE, arena_printf(texts, "alipay_root_cert_sn=%s&", roots)),
                     2);
    assert_int_equal(alipay_tells_paid(attempt, "T-cert-1", "200.00"), 200);
    assert_books_are_right();
}

static void what_names_no_certificate_is_measured_by_those_that_are_known(void **state)
{
    const char *attempt = open_attempt("key-cert-2");

    (void)state;
    alipay_signs_with(NULL); /* the key is that of the certificate, which stays unnamed */
    assert_int_equal(alipay_tells_paid(attempt, "T-cert-2", "200.00"), 200);
    assert_int_equal(waiting_fetches(), 0);
}

static void an_unknown_certificate_is_fetched_and_then_believed(void **state)
{
    const char *attempt = open_attempt("key-cert-3");
    int64_t before = alipay_calls(DOWNLOAD, alipay_sn(NEXT));

    (void)state;
    alipay_signs_with(NEXT);
    assert_int_equal(alipay_tells_paid(attempt, "T-cert-3", "200.00"), 401);
    assert_int_equal(waiting_fetches(), 1);
    it_hands_out(text_of(in_keys(NEXT ".crt")));
    run_what_is_due();
    assert_int_equal(alipay_calls(DOWNLOAD, alipay_sn(NEXT)), before + 1);
    assert_int_equal(alipay_tells_paid(attempt, "T-cert-3", "200.00"), 200);
    /* Their old one goes on beside it. */
    attempt = open_attempt("key-cert-4");
    assert_int_equal(alipay_tells_paid(attempt, "T-cert-4", "200.00"), 200);
    assert_int_equal(waiting_fetches(), 0);
    assert_books_are_right();
}

static void an_answer_by_an_unknown_certificate_leaves_the_outcome_unknown(void **state)
{
    const char *obligation = new_obligation(20000);

    (void)state;
    assert_int_equal(open_by(FOREIGN, "key-cert-5", obligation), 502);
    assert_string_equal(database_word("SELECT a.state FROM pay_attempt a JOIN pay_order_item i ON"
                                      " i.order_id = a.order_id WHERE i.obligation_id = '%s'",
                                      obligation),
                        "unknown");
    assert_int_equal(waiting_fetches(), 1);
    assert_int_equal(open_by(NOW, "key-cert-5", obligation), 201);
}

static const char *with_middle(const char *name)
{
    return arena_printf(texts, "%s\n%s", text_of(in_keys(arena_printf(texts, "%s.crt", name))),
                        text_of(in_keys("simulator/alipay_middle.crt")));
}

/* Told by this signer, whose certificate is asked for and comes as this text. */
static void assert_not_taken(const char *attempt, const char *signer, const char *content,
                             const char *because)
{
    struct said said;
    const char *text;

    alipay_signs_with(signer);
    assert_int_equal(alipay_tells_paid(attempt, "T-refused", "200.00"), 401);
    assert_int_equal(waiting_fetches(), 1);
    it_hands_out(content);
    said_begin(&said, STDERR_FILENO);
    run_what_is_due();
    text = said_end(&said, texts);
    if (strstr(text, because) == NULL)
        fail_msg("%s is not said of %s, but: %s", because, signer, text);
    assert_int_equal(kept(), 0);
    assert_int_equal(waiting_fetches(), 0);
    assert_int_equal(alipay_tells_paid(attempt, "T-refused", "200.00"), 401);
    database_run("DELETE FROM payment_job");
}

static void what_is_not_alipays_own_of_that_serial_and_in_date_is_not_taken(void **state)
{
    const char *attempt = open_attempt("key-cert-6");
    const char *not_rooted = "does not come from the roots, or is not in date";

    (void)state;
    assert_not_taken(attempt, FOREIGN, text_of(in_keys(FOREIGN ".crt")), not_rooted);
    assert_not_taken(attempt, EXPIRED, text_of(in_keys(EXPIRED ".crt")), not_rooted);
    assert_not_taken(attempt, NEXT, text_of(in_keys(NOW ".crt")), "it is another one");
    assert_not_taken(attempt, NEXT, "-----BEGIN CERTIFICATE-----", "it holds no certificate");
    assert_not_taken(attempt, "alipay/app", with_middle("alipay/app"),
                     "it is our own application's");
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM money_fact WHERE gateway_no = 'T-refused'"), 0);
}

static void a_certificate_that_alipay_does_not_know_is_no_fault(void **state)
{
    const char *attempt = open_attempt("key-cert-7");

    (void)state;
    alipay_signs_with(FOREIGN);
    assert_int_equal(alipay_tells_paid(attempt, "T-cert-7", "200.00"), 401);
    alipay_answers(node_name(DOWNLOAD), "{\"code\":\"40004\",\"sub_code\":\"CERT_NOT_EXIST\"}");
    run_what_is_due();
    assert_string_equal(database_word("SELECT state FROM payment_job WHERE"
                                      " kind = 'fetch_alipay_certificate'"),
                        "done");
    assert_int_equal(kept(), 0);
}

static void what_somebody_else_put_into_the_table_is_not_believed(void **state)
{
    const char *attempt = open_attempt("key-cert-8");

    (void)state;
    database_run("INSERT INTO platform_certificate VALUES ('2021000000000001', '%s', '%s',"
                 " '2031-01-01', '2026-11-22')",
                 alipay_sn(NEXT), text_of(in_keys(NEXT ".crt")));
    alipay_signs_with(NEXT);
    assert_int_equal(alipay_tells_paid(attempt, "T-cert-8", "200.00"), 401);
}

static void what_is_signed_by_a_certificate_after_its_end_is_not_believed(void **state)
{
    const char *attempt = open_attempt("key-cert-9");

    (void)state;
    set_clock("2035-01-02T00:00:00.000Z");
    assert_int_equal(alipay_tells_paid(attempt, "T-cert-9", "200.00"), 401);
    set_clock("2026-11-22T02:00:00.000Z");
    assert_int_equal(alipay_tells_paid(attempt, "T-cert-9", "200.00"), 200);
}

/* What is said when the merchant is opened with this certificate of Alipay's. */
static const char *said_of(const char *name, enum error *error)
{
    const char *path = in_keys("certified.json");
    struct merchants merchants;
    struct said said;
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fprintf(file, "{\"merchants\":[" CERTIFIED "]}", name);
    assert_int_equal(fclose(file), 0);
    said_begin(&said, STDERR_FILENO);
    *error = merchants_open(&asker.process, texts, path, "https://pay.example.cn", &merchants);
    return said_end(&said, texts);
}

static void the_check_shows_serials_and_what_ends_soon(void **state)
{
    enum error error;
    const char *said = said_of(NOW, &error);

    (void)state;
    if (error != E_OK)
        fail_msg("refused: %s", said);
    assert_non_null(strstr(said, arena_printf(texts, "app_cert_sn %s,", alipay_sn("alipay/app"))));
    assert_non_null(strstr(said, arena_printf(texts, "alipay_cert_sn %s", alipay_sn(NOW))));
    assert_null(strstr(said, "certificate_ends"));
    /* Refusing would take the other merchants down with it. */
    said = said_of(EXPIRED, &error);
    assert_int_equal(error, E_OK);
    assert_non_null(strstr(said, "\"event\":\"certificate_ends\""));
}

static int open_certified(void **state)
{
    const char *path = "certified-only.json";
    char name[256];
    FILE *file;

    snprintf(name, sizeof(name), "%s/%s", getenv("TEST_KEYS"), path);
    file = fopen(name, "w");
    if (file == NULL)
        return -1;
    fprintf(file, "{\"merchants\":[" CERTIFIED "]}", "alipay/gateway");
    setenv("MERCHANTS_FILE", name, 1);
    setenv("KEY_LOOK_MS", "0", 1);
    setenv("KEY_ASK_MS", "0", 1);
    return fclose(file) == 0 ? open_payment(state) : -1;
}

#define PLAIN(test) cmocka_unit_test_setup(test, begin_certificates)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PLAIN(requests_name_our_certificate_and_the_roots),
        PLAIN(what_names_no_certificate_is_measured_by_those_that_are_known),
        PLAIN(an_answer_by_an_unknown_certificate_leaves_the_outcome_unknown),
        PLAIN(what_is_not_alipays_own_of_that_serial_and_in_date_is_not_taken),
        PLAIN(a_certificate_that_alipay_does_not_know_is_no_fault),
        PLAIN(what_somebody_else_put_into_the_table_is_not_believed),
        PLAIN(what_is_signed_by_a_certificate_after_its_end_is_not_believed),
        PLAIN(the_check_shows_serials_and_what_ends_soon),
        PLAIN(an_unknown_certificate_is_fetched_and_then_believed),
    };

    return cmocka_run_group_tests_name("certificates", tests, open_certified, close_payment);
}
