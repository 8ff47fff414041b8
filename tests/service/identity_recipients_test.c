/* What the module notice asks: who is behind an account, a phone, and a message of WeChat's. */

#include "service/identity_stage.h"

#include <inttypes.h>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/config.h"
#include "core/ulid.h"
#include "support/database.h"

#define RECIPIENTS "/api/identity/recipients"
#define PHONE RECIPIENTS "/phone"
#define MESSAGES "/api/identity/messages/wechat"
#define SEND "cgi-bin_message_subscribe_send"

/* As that module would call; NULL: without a proof. */
static int ask_as(const char *caller, const char *path, const char *body)
{
    const char *file = arena_printf(test.arena, "%s/module/%s.key", getenv("TEST_KEYS"),
                                    caller == NULL ? "notice" : caller);
    unsigned char mac[SHA256_SIZE];
    int64_t at_ms = clock_now().ms;
    size_t size;
    char *key = secret_read(file, 4096, &size);
    const char *text = arena_printf(test.arena, "POST\n%s\n%" PRId64 "\n%s", path, at_ms,
                                    sha256_hex(test.arena, bytes_of(body)));
    int status;

    hmac_sha256(bytes_of(key), bytes_of(text), mac);
    secret_forget(key, size);
    if (caller != NULL)
        asker_header(&test.asker, "HTTP_TONGBAN_MODULE",
                     arena_printf(test.arena, "%s %" PRId64 " %s", caller, at_ms,
                                  hex_encode(test.arena, (struct bytes){mac, SHA256_SIZE})));
    test.token = NULL;
    test.door = "modules";
    status = try_route("POST", path, body);
    asker_header(&test.asker, "HTTP_TONGBAN_MODULE", NULL);
    return status;
}

/* A verified citizen with an account at WeChat; with a phone when told. */
struct citizen {
    const char *person, *account, *openid;
};

static struct citizen new_citizen(bool has_phone)
{
    struct citizen citizen = {.openid = new_name("openid")};

    citizen.person = become_verified(citizen.openid);
    citizen.account = my_account();
    if (has_phone) {
        can("wxa_business_getuserphonenumber",
            "200 {\"errcode\":0,\"phone_info\":{\"purePhoneNumber\":\"13912345678\","
            "\"countryCode\":\"86\",\"watermark\":{\"appid\":\"" APPID "\"}}}\n");
        assert_int_equal(try_route("POST", "/api/identity/phone", "{\"code\":\"c0de\"}"), 200);
    }
    return citizen;
}

static const char *message_to(const struct citizen *to, const char *attempt)
{
    return arena_printf(test.arena,
                        "{\"attempt\":\"%s\",\"person_id\":\"%s\",\"account_id\":\"%s\","
                        "\"template\":\"tmpl-1\",\"page\":\"pages/a?id=1\","
                        "\"keywords\":[\"thing1=粤B1**45\",\"date2=2026年12月7日\"]}",
                        attempt, to->person, to->account);
}

static const char *new_attempt(void)
{
    char *id = arena_alloc(test.arena, ULID_SIZE + 1);

    ulid_write(id, clock_now());
    return id;
}

static int send_to(const struct citizen *to)
{
    return ask_as("notice", MESSAGES, message_to(to, new_attempt()));
}

static void only_notice_is_answered(void **state)
{
    struct citizen citizen = new_citizen(true);
    const char *account = arena_printf(test.arena, "{\"account_id\":\"%s\"}", citizen.account);
    const char *person = arena_printf(test.arena, "{\"person_id\":\"%s\"}", citizen.person);

    (void)state;
    assert_int_equal(ask_as("notice", RECIPIENTS, account), 200);
    assert_string_equal(said("person_id"), citizen.person);
    assert_int_equal(ask_as("payment", RECIPIENTS, account), 403);
    assert_int_equal(ask_as("payment", PHONE, person), 403);
    assert_int_equal(ask_as("exchange", MESSAGES, message_to(&citizen, new_attempt())), 403);
    assert_int_equal(ask_as(NULL, PHONE, person), 401);
    test.door = "citizens";
    sign_in(citizen.openid);
    assert_int_equal(try_route("POST", PHONE, person), 404);
}

static void nobody_is_behind_an_account_that_is_not_verified(void **state)
{
    const char *account;

    (void)state;
    sign_in(new_name("openid"));
    account = my_account();
    assert_int_equal(
        ask_as("notice", RECIPIENTS, arena_printf(test.arena, "{\"account_id\":\"%s\"}", account)),
        404);
    assert_int_equal(
        ask_as("notice", RECIPIENTS, "{\"account_id\":\"01JD0000000000000000000000\"}"), 404);
}

static void a_phone_is_told_and_that_is_audited(void **state)
{
    struct citizen with = new_citizen(true), without = new_citizen(false);

    (void)state;
    assert_int_equal(
        ask_as("notice", PHONE, arena_printf(test.arena, "{\"person_id\":\"%s\"}", with.person)),
        200);
    assert_string_equal(said("phone"), "13912345678");
    assert_true(count_rows("SELECT COUNT(*) FROM identity_audit WHERE act = 'phone_told'"
                           " AND actor = 'notice' AND object = ?",
                           with.account) > 0);
    assert_int_equal(
        ask_as("notice", PHONE, arena_printf(test.arena, "{\"person_id\":\"%s\"}", without.person)),
        404);
}

static void a_message_goes_to_the_openid_in_the_form_of_wechat(void **state)
{
    struct citizen citizen = new_citizen(false);

    (void)state;
    can(SEND, "200 {\"errcode\":0,\"errmsg\":\"ok\"}\n");
    assert_int_equal(send_to(&citizen), 200);
    assert_string_equal(said("outcome"), "sent");
    assert_int_equal(answer_number(&test.asker, "errcode"), 0);
    assert_int_equal(
        arrived(arena_printf(test.arena,
                             "{\"touser\":\"%s\",\"template_id\":\"tmpl-1\",\"page\":"
                             "\"pages/a?id=1\",\"miniprogram_state\":\"formal\",\"lang\":\"zh_CN\","
                             "\"data\":{\"thing1\":{\"value\":\"粤B1**45\"},"
                             "\"date2\":{\"value\":\"2026年12月7日\"}}}",
                             citizen.openid)),
        1);
}

static void an_account_of_somebody_else_looks_absent(void **state)
{
    struct citizen one = new_citizen(false), other = new_citizen(false);

    (void)state;
    one.account = other.account;
    assert_int_equal(send_to(&one), 404);
    assert_int_equal(arrived("subscribe/send"), 0);
}

static void what_wechat_says_is_told_in_a_word(void **state)
{
    static const struct {
        int errcode;
        const char *outcome;
    } cases[] = {{43101, "refused"}, {40003, "refused"}, {47003, "invalid"},
                 {40037, "invalid"}, {41030, "invalid"}, {-1, "later"},
                 {45009, "full"},    {45011, "later"},   {99999, "invalid"}};
    struct citizen citizen = new_citizen(false);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        can(SEND, arena_printf(test.arena, "200 {\"errcode\":%d}\n", cases[i].errcode));
        assert_int_equal(send_to(&citizen), 200);
        assert_string_equal(said("outcome"), cases[i].outcome);
        assert_int_equal(answer_number(&test.asker, "errcode"), cases[i].errcode);
    }
}

static void an_expired_token_is_replaced_and_the_message_sent(void **state)
{
    struct citizen citizen = new_citizen(false);

    (void)state;
    can(SEND, "200 {\"errcode\":42001}\n200 {\"errcode\":0}\n");
    assert_int_equal(send_to(&citizen), 200);
    assert_string_equal(said("outcome"), "sent");
    assert_int_equal(arrived("subscribe/send"), 2);
}

static void no_answer_is_unknown_and_no_token_is_later(void **state)
{
    static const char *const answers[] = {"500 oops\n", "200 nonsense\n", "200 {}\n"};
    struct citizen citizen = new_citizen(false);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        can(SEND, answers[i]);
        assert_int_equal(send_to(&citizen), 200);
        assert_string_equal(said("outcome"), "unknown");
        assert_null(said("errcode"));
    }
    shift_clock(3 * HOUR_MS); /* no token lives so long */
    can(TOKEN, "500 oops\n");
    can(SEND, "200 {\"errcode\":0}\n");
    assert_int_equal(send_to(&citizen), 200);
    assert_string_equal(said("outcome"), "later");
}

/* nginx repeats a call whose worker died. */
static void one_attempt_sends_once(void **state)
{
    struct citizen citizen = new_citizen(false);
    const char *attempt = new_attempt();

    (void)state;
    can(SEND, "200 {\"errcode\":0}\n");
    assert_int_equal(ask_as("notice", MESSAGES, message_to(&citizen, attempt)), 200);
    assert_string_equal(said("outcome"), "sent");
    assert_int_equal(ask_as("notice", MESSAGES, message_to(&citizen, attempt)), 200);
    assert_string_equal(said("outcome"), "unknown");
    assert_int_equal(arrived("subscribe/send"), 1);
    assert_int_equal(send_to(&citizen), 200);
    assert_int_equal(arrived("subscribe/send"), 2);
}

static void a_malformed_message_is_refused(void **state)
{
    static const char *const bodies[] = {"{}", "{\"attempt\":\"x\"}", "[]"};

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++)
        assert_int_equal(ask_as("notice", MESSAGES, bodies[i]), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_notice_is_answered),
        TEST(nobody_is_behind_an_account_that_is_not_verified),
        TEST(a_phone_is_told_and_that_is_audited),
        TEST(a_message_goes_to_the_openid_in_the_form_of_wechat),
        TEST(an_account_of_somebody_else_looks_absent),
        TEST(what_wechat_says_is_told_in_a_word),
        TEST(an_expired_token_is_replaced_and_the_message_sent),
        TEST(no_answer_is_unknown_and_no_token_is_later),
        TEST(one_attempt_sends_once),
        TEST(a_malformed_message_is_refused),
        TEST(the_audit_chain_holds),
    };

    return TELL_TWICE(tests);
}
