/* Signing in through an application that is in Alipay's certificate mode. */

#include "service/identity_stage.h"

#include <unistd.h>

#include "casework/alipay_certificates.h"
#include "core/config.h"
#include "identity/state.h"
#include "support/said.h"

#define OAUTH "alipay_system_oauth_token_response"
#define DOWNLOADED "alipay_open_app_alipaycert_download_response"

static const char *in_keys(const char *name)
{
    return arena_printf(test.arena, "%s/%s", getenv("TEST_KEYS"), name);
}

static const char *text_of(const char *name)
{
    size_t size;
    char *secret = secret_read(in_keys(name), 16 * 1024, &size);
    const char *text;

    assert_non_null(secret);
    text = arena_text(test.arena, secret);
    secret_forget(secret, size);
    return text;
}

static const char *sn_of(const char *name)
{
    return alipay_cert_sn(test.arena, text_of(arena_printf(test.arena, "%s.crt", name)));
}

/* A line of the fake Alipay's: this node, signed by this certificate of the keys. */
static const char *line(const char *signer, const char *member, const char *node)
{
    struct key *key = key_private(text_of(arena_printf(test.arena, "%s.key", signer)));
    const char *sign = sign_rsa_sha256(test.arena, key, bytes_of(node));

    key_close(key);
    return arena_printf(test.arena, "200 {\"%s\":%s,\"alipay_cert_sn\":\"%s\",\"sign\":\"%s\"}\n",
                        member, node, sn_of(signer), sign);
}

/* Signs in; asked for a certificate, Alipay hands out that one. */
static int sign_in_by(const char *signer, const char *handed_out)
{
    struct bytes pem = bytes_of(text_of(arena_printf(test.arena, "%s.crt", handed_out)));
    const char *node =
        arena_printf(test.arena, "{\"code\":\"10000\",\"alipay_cert_content\":\"%s\"}",
                     base64_encode(test.arena, pem));

    can("gateway.do", arena_printf(test.arena, "%s%s", line(signer, OAUTH, "{\"open_id\":\"o1\"}"),
                                   line(signer, DOWNLOADED, node)));
    return try_route("POST", "/api/identity/alipay/sessions", "{\"code\":\"a1ipay\"}");
}

static void requests_name_our_certificate_and_the_roots(void **state)
{
    (void)state;
    assert_int_equal(sign_in_by("simulator/alipay", "simulator/alipay"), 201);
    assert_int_equal(arrived(arena_printf(test.arena, "app_cert_sn=%s&", sn_of("alipay/app"))), 1);
    assert_int_equal(
        arrived(arena_printf(test.arena, "alipay_root_cert_sn=%s&",
                             alipay_root_cert_sn(test.arena, text_of("alipay/root.crt")))),
        1);
    assert_int_equal(arrived(ALIPAY_DOWNLOAD), 0);
}

static void whoever_does_not_come_from_the_roots_signs_nobody_in(void **state)
{
    (void)state;
    assert_int_equal(sign_in_by("simulator/alipay_stranger", "simulator/alipay_stranger"), 502);
    assert_int_equal(arrived(ALIPAY_DOWNLOAD), 1);
    assert_int_equal(sign_in_by("simulator/alipay_expired", "simulator/alipay_expired"), 502);
    assert_int_equal(sign_in_by("simulator/alipay_next", "simulator/alipay"), 502);
    assert_int_equal(sign_in_by("simulator/alipay_stranger", "simulator/alipay_stranger"), 502);
}

static void an_unknown_certificate_is_fetched_before_the_answer_is_believed(void **state)
{
    (void)state;
    assert_int_equal(sign_in_by("simulator/alipay_next", "simulator/alipay_next"), 201);
    assert_int_equal(arrived(ALIPAY_DOWNLOAD), 1);
    assert_int_equal(sign_in_by("simulator/alipay_next", "simulator/alipay_next"), 201);
    assert_int_equal(arrived(ALIPAY_DOWNLOAD), 1);
    assert_int_equal(sign_in_by("simulator/alipay", "simulator/alipay"), 201);
}

static void assert_refuses(struct identity_settings changed, const char *because)
{
    struct said said;
    const char *text;
    enum error error;
    void *state;

    said_begin(&said, STDERR_FILENO);
    error = identity_open(&test.asker.process, &changed, &state);
    text = said_end(&said, test.arena);
    assert_int_equal(error, E_REFUSED);
    if (strstr(text, because) == NULL)
        fail_msg("\"%s\" is not said in: %s", because, text);
}

static void the_wrong_file_is_named_in_plain_words(void **state)
{
    const struct identity_settings *good = test.asker.process.settings;
    struct identity_settings changed = *good;

    (void)state;
    changed.alipay_public_key_file = in_keys("alipay/gateway.pem");
    assert_refuses(changed, "either ALIPAY_PUBLIC_KEY_FILE is wanted, or all of");
    changed = *good;
    changed.alipay_root_cert_file = "";
    assert_refuses(changed, "either ALIPAY_PUBLIC_KEY_FILE is wanted, or all of");
    changed = *good;
    changed.alipay_app_cert_file = good->alipay_cert_file;
    assert_refuses(changed, "gateway.crt is not a certificate of the key in ALIPAY_APP_KEY_FILE");
    changed = *good;
    changed.alipay_cert_file = in_keys("simulator/alipay_stranger.crt");
    assert_refuses(changed, "alipay_stranger.crt is not Alipay's certificate: it does not come");
    changed = *good;
    changed.alipay_root_cert_file = in_keys("simulator/alipay_root_ec.crt");
    assert_refuses(changed, "alipay_root_ec.crt holds no root signed with RSA");
}

static void put_setting(const char *variable, const char *file)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/alipay/%s", getenv("TEST_KEYS"), file);
    setenv(variable, path, 1);
}

static int open_certified(void **state)
{
    put_setting("ALIPAY_APP_KEY_FILE", "app.key");
    put_setting("ALIPAY_APP_CERT_FILE", "app.crt");
    put_setting("ALIPAY_CERT_FILE", "gateway.crt");
    put_setting("ALIPAY_ROOT_CERT_FILE", "root.crt");
    setenv("KEY_ASK_MS", "0", 1);
    return open_plain(state);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(requests_name_our_certificate_and_the_roots),
        TEST(whoever_does_not_come_from_the_roots_signs_nobody_in),
        TEST(an_unknown_certificate_is_fetched_before_the_answer_is_believed),
        TEST(the_wrong_file_is_named_in_plain_words),
        TEST(the_audit_chain_holds),
    };

    return cmocka_run_group_tests_name("certificates", tests, open_certified, close_all);
}
