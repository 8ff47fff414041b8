/* Sessions, phone numbers and second accounts; face checks are in identity_faces_test.c. */

#include "service/identity_stage.h"

#include "core/clock.h"

/* ---- sessions ---- */

static void a_login_code_opens_a_session(void **state)
{
    const char *openid = new_name("login");

    (void)state;
    sign_in(openid);
    assert_int_equal(strlen(test.token), 43);
    assert_true(said_word("\"is_verified\":false"));
    assert_int_equal(try_route("GET", "/api/identity/me", ""), 200);
    assert_string_equal(said("channel"), "wechat");
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM core_session WHERE token_hash = "
                                "UNHEX(SHA2(?, 256))",
                                test.token),
                     1);
    assert_int_equal(
        count_rows("SELECT COUNT(*) AS n FROM account WHERE INSTR(openid, ?) > 0", openid), 0);
    assert_int_equal(arrived("js_code=c0de&grant_type=authorization_code"), 1);
}

static void the_same_openid_is_the_same_account(void **state)
{
    const char *openid = new_name("same"), *first;

    (void)state;
    sign_in(openid);
    first = my_account();
    sign_in(openid);
    assert_string_equal(my_account(), first);
    sign_in(new_name("same"));
    assert_string_not_equal(my_account(), first);
}

static void each_refusal_of_a_login_code_has_its_reason(void **state)
{
    static const struct {
        int errcode, status;
        const char *code;
    } cases[] = {{40029, 422, "login_code_invalid"}, {40163, 409, "login_code_used"},
                 {40226, 403, "account_at_risk"},    {45011, 429, "too_often"},
                 {-1, 503, "unavailable"},           {40125, 502, "upstream_failed"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        can("sns_jscode2session",
            arena_printf(test.arena, "200 {\"errcode\":%d,\"errmsg\":\"no\"}\n", cases[i].errcode));
        try_route("POST", SESSIONS, "{\"code\":\"c0de\"}");
        assert_refused(cases[i].status, cases[i].code);
    }
}

static void a_broken_answer_signs_nobody_in(void **state)
{
    static const char *const answers[] = {
        "500 {}",
        "200 <html>",
        "200 {}",
        "200 {\"openid\":\"o\"}",
        "200 {\"openid\":7,\"session_key\":\"k\"}",
        "200 {\"openid\":\"o\",\"session_key\":\"\"}",
        "200 {\"openid\":\"o\",\"openid\":\"p\",\"session_key\":\"k\"}"};

    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
        can("sns_jscode2session", answers[i]);
        try_route("POST", SESSIONS, "{\"code\":\"c0de\"}");
        assert_refused(502, "upstream_failed");
    }
}

static void a_bad_body_never_reaches_wechat(void **state)
{
    static const char *const bodies[] = {"",
                                         "{}",
                                         "[]",
                                         "{\"code\":7}",
                                         "{\"code\":\"\"}",
                                         "{\"code\":\"a b\"}",
                                         "{\"code\":\"a&b\"}",
                                         "{\"code\":\"a\",\"code\":\"a\"}",
                                         "{\"code\":\"a\",\"role\":256}"};

    (void)state;
    can_login("nobody");
    can("gateway.do", "200 {}");
    for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
        assert_int_equal(try_route("POST", SESSIONS, bodies[i]), 400);
        assert_int_equal(try_route("POST", "/api/identity/alipay/sessions", bodies[i]), 400);
    }
    assert_int_equal(arrived("/"), 0);
}

static void a_repeated_sign_in_makes_no_second_account(void **state)
{
    const char *openid = new_name("again");

    (void)state;
    can("sns_jscode2session",
        arena_printf(test.arena,
                     "200 {\"openid\":\"%s\",\"session_key\":\"k\"}\n200 {\"errcode\":40163}\n",
                     openid));
    assert_int_equal(try_route("POST", SESSIONS, "{\"code\":\"once\"}"), 201);
    test.token = said("token");
    assert_int_equal(try_route("POST", SESSIONS, "{\"code\":\"once\"}"), 409);
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM core_session WHERE open_id = ?", openid),
                     1);
}

static void a_session_ends_after_twelve_idle_hours(void **state)
{
    (void)state;
    sign_in(new_name("idle"));
    shift_clock(12 * HOUR_MS - MINUTE_MS);
    assert_int_equal(try_route("GET", "/api/identity/me", ""), 200);
    shift_clock(12 * HOUR_MS + MINUTE_MS);
    try_route("GET", "/api/identity/me", "");
    assert_refused(401, "unauthenticated");
    try_route("POST", "/api/identity/session/renew", "");
    assert_refused(401, "unauthenticated");
}

static void renewal_never_passes_thirty_days(void **state)
{
    int64_t hours = 0;

    (void)state;
    sign_in(new_name("renew"));
    for (hours = 11; hours < 31 * 24; hours += 11) {
        shift_clock(hours * HOUR_MS);
        if (try_route("POST", "/api/identity/session/renew", "") != 200)
            break;
        test.token = said("token");
    }
    assert_in_range(hours, 30 * 24, 30 * 24 + 11);
}

static void renewal_changes_the_token_once(void **state)
{
    const char *openid = new_name("rotate"), *old, *renewed;

    (void)state;
    old = sign_in(openid);
    assert_int_equal(try_route("POST", "/api/identity/session/renew", ""), 200);
    renewed = said("token");
    assert_int_equal(try_route("POST", "/api/identity/session/renew", ""), 401);
    test.token = renewed;
    my_account();
    assert_string_not_equal(old, renewed);
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM core_session WHERE open_id = ?", openid),
                     1);
}

static void signing_out_ends_this_session_only(void **state)
{
    const char *openid = new_name("out"), *other = sign_in(openid);

    (void)state;
    sign_in(openid);
    assert_int_equal(try_route("DELETE", "/api/identity/session", ""), 200);
    assert_int_equal(try_route("DELETE", "/api/identity/session", ""), 401);
    test.token = other;
    my_account();
}

static void signing_out_everywhere_reaches_all_accounts_of_the_person(void **state)
{
    const char *first = new_name("everywhere"), *second = new_name("everywhere"), *person, *token;

    (void)state;
    person = become_verified(first);
    token = test.token;
    sign_in(second);
    can_person(person);
    assert_int_equal(finish_check(begun_check("key-second")), 200);
    assert_int_equal(try_route("DELETE", "/api/identity/sessions", ""), 200);
    assert_int_equal(try_route("GET", "/api/identity/me", ""), 401);
    test.token = token;
    assert_int_equal(try_route("GET", "/api/identity/me", ""), 401);
}

static void a_stranger_gets_nothing(void **state)
{
    static const struct {
        const char *method, *path;
    } routes[] = {{"GET", "/me"},
                  {"POST", "/session/renew"},
                  {"DELETE", "/session"},
                  {"DELETE", "/sessions"},
                  {"POST", "/face-checks"},
                  {"POST", "/phone"},
                  {"POST", "/link-codes"},
                  {"POST", "/links"},
                  {"POST", "/face-checks/01JD0000000000000000000000/result"}};

    (void)state;
    for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++) {
        const char *path = arena_printf(test.arena, "/api/identity%s", routes[i].path);

        test.token = NULL;
        assert_int_equal(try_route(routes[i].method, path, "{}"), 401);
        test.token = "0000000000000000000000000000000000000000000";
        assert_int_equal(try_route(routes[i].method, path, "{}"), 401);
    }
    test.door = "gateways";
    assert_int_equal(try_route("POST", SESSIONS, "{\"code\":\"c\"}"), 404);
}

/* ---- phone ---- */

static void can_phone(const char *country, const char *number, const char *appid)
{
    can("wxa_business_getuserphonenumber",
        arena_printf(test.arena,
                     "200 {\"errcode\":0,\"phone_info\":{\"phoneNumber\":\"+%s%s\","
                     "\"purePhoneNumber\":\"%s\",\"countryCode\":\"%s\","
                     "\"watermark\":{\"timestamp\":1,\"appid\":\"%s\"}}}\n",
                     country, number, number, country, appid));
}

static int ask_phone(void)
{
    return try_route("POST", "/api/identity/phone", "{\"code\":\"ph0ne\"}");
}

static void a_phone_number_is_kept_sealed(void **state)
{
    const char *account;

    (void)state;
    sign_in(new_name("phone"));
    account = my_account();
    can_phone("86", "13800001234", APPID);
    assert_int_equal(ask_phone(), 200);
    assert_string_equal(said("phone_masked"), "138****1234");
    my_account();
    assert_string_equal(said("phone_masked"), "138****1234");
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM account WHERE id = ?"
                                "  AND phone IS NOT NULL AND INSTR(phone, '13800001234') = 0",
                                account),
                     1);
}

static void other_phone_numbers_are_refused(void **state)
{
    (void)state;
    sign_in(new_name("phone"));
    can_phone("852", "61234567", APPID);
    ask_phone();
    assert_refused(422, "phone_not_mainland");
    can_phone("86", "13800001234", "wxfedcba0987654321");
    ask_phone();
    assert_refused(502, "upstream_failed");
    can("wxa_business_getuserphonenumber", "200 {\"errcode\":40029}\n");
    ask_phone();
    assert_refused(422, "phone_code_invalid");
}

/* ---- Alipay ---- */

static void can_alipay(const char *member, const char *node, const char *signed_node)
{
    can("gateway.do",
        arena_printf(test.arena, "200 {\"%s\":%s,\"sign\":\"%s\"}\n", member, node,
                     sign_rsa_sha256(test.arena, test.alipay_key, bytes_of(signed_node))));
}

#define OAUTH "alipay_system_oauth_token_response"

static int ask_alipay(const char *node)
{
    can_alipay(OAUTH, node, node);
    return try_route("POST", "/api/identity/alipay/sessions", "{\"code\":\"a1ipay\"}");
}

static void alipay_signs_in_by_open_id_or_user_id(void **state)
{
    const char *openid = new_name("ali"), *wechat;

    (void)state;
    sign_in(openid);
    wechat = my_account();
    assert_int_equal(ask_alipay(arena_printf(test.arena, "{\"open_id\":\"%s\"}", openid)), 201);
    test.token = said("token");
    assert_string_not_equal(my_account(), wechat);
    assert_string_equal(said("channel"), "alipay");
    assert_int_equal(ask_alipay("{\"user_id\":\"2088000000000001\"}"), 201);
    assert_int_equal(arrived("method=alipay.system.oauth.token"), 2);
    assert_int_equal(arrived("code=a1ipay"), 2);
    test.token = said("token");
    ask_phone();
    assert_refused(409, "wechat_only");
    begin_check("key-alipay", NAME, ID_NO);
    assert_refused(409, "wechat_only");
}

static void alipay_is_believed_only_with_its_signature(void **state)
{
    static const char refusal[] = "{\"code\":\"40002\",\"sub_code\":\"isv.code-invalid\"}";

    (void)state;
    can_alipay(OAUTH, "{\"open_id\":\"a\"}", "{\"open_id\":\"b\"}");
    assert_int_equal(try_route("POST", "/api/identity/alipay/sessions", "{\"code\":\"c\"}"), 502);
    can("gateway.do", arena_printf(test.arena, "200 {\"error_response\":%s}\n", refusal));
    assert_int_equal(try_route("POST", "/api/identity/alipay/sessions", "{\"code\":\"c\"}"), 502);
    can_alipay("error_response", refusal, refusal);
    try_route("POST", "/api/identity/alipay/sessions", "{\"code\":\"c\"}");
    assert_refused(422, "login_code_invalid");
    assert_int_equal(ask_alipay("{\"code\":\"20000\",\"sub_code\":\"isp.unknow-error\"}"), 502);
    assert_int_equal(ask_alipay("{\"open_id\":\"\"}"), 502);
}

/* ---- a second account ---- */

static const char *new_link_code(void)
{
    assert_int_equal(try_route("POST", "/api/identity/link-codes", ""), 201);
    return said("code");
}

static int use_code(const char *code)
{
    return try_route("POST", "/api/identity/links",
                     arena_printf(test.arena, "{\"code\":\"%s\"}", code));
}

static void a_second_account_joins_by_code(void **state)
{
    const char *code, *person, *second;

    (void)state;
    person = become_verified(new_name("link"));
    code = new_link_code();
    assert_int_equal(strlen(code), 8);
    ask_alipay(arena_printf(test.arena, "{\"open_id\":\"%s\"}", new_name("linked")));
    second = test.token = said("token");
    assert_int_equal(use_code(code), 200);
    assert_string_equal(said("name_masked"), "*三");
    assert_int_equal(use_code(code), 200); /* the same tap again */
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM account WHERE person_id = ?", person),
                     2);
    sign_in(new_name("too-late"));
    use_code(code);
    assert_refused(422, "link_code_invalid");
    become_verified(new_name("other"));
    code = new_link_code();
    test.token = second;
    use_code(code);
    assert_refused(409, "bound_to_other_person");
}

static void a_link_code_is_short_lived_and_single(void **state)
{
    const char *first, *second, *owner;

    (void)state;
    become_verified(new_name("short"));
    owner = test.token;
    first = new_link_code();
    second = new_link_code();
    sign_in(new_name("joins"));
    use_code("22222222");
    assert_refused(422, "link_code_invalid");
    assert_int_equal(use_code("O0O0O0O0"), 400);
    use_code(first); /* replaced by the second */
    assert_refused(422, "link_code_invalid");
    shift_clock(5 * MINUTE_MS + SECOND_MS);
    use_code(second);
    assert_refused(422, "link_code_invalid");
    test.token = owner;
    my_account();
}

/* Whoever had the phone may have looked at a code before. */
static void signing_out_everywhere_ends_link_codes(void **state)
{
    const char *code;

    (void)state;
    become_verified(new_name("lost"));
    code = new_link_code();
    assert_int_equal(try_route("DELETE", "/api/identity/sessions", ""), 200);
    sign_in(new_name("thief"));
    use_code(code);
    assert_refused(422, "link_code_invalid");
}

static void what_expired_is_tidied_away(void **state)
{
    const char *openid = new_name("tidy"), *check;

    (void)state;
    sign_in(openid);
    check = begun_check("key-tidy");
    shift_clock(2 * DAY_MS);
    request_reset(test.asker.r);
    assert_string_equal(service.jobs[0].name, "tidy");
    assert_int_equal(service.jobs[0].run(test.asker.r, NULL), E_OK);
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM core_session WHERE open_id = ?", openid),
                     0);
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM face_check WHERE id = ?"
                                "  AND state = 'failed' AND name IS NULL AND id_no IS NULL",
                                check),
                     1);
}

static void run_reseal(void)
{
    enum error error;

    assert_string_equal(service.jobs[1].name, "reseal");
    do {
        request_reset(test.asker.r);
        error = service.jobs[1].run(test.asker.r, NULL);
    } while (error == E_AGAIN);
    assert_int_equal(error, E_OK);
}

static void a_new_data_key_takes_over_every_account(void **state)
{
    const char *file = arena_text(test.arena, getenv("DATA_KEYS_FILE"));

    (void)state;
    become_verified(new_name("rotated"));
    can_phone("86", "13800001234", APPID);
    assert_int_equal(ask_phone(), 200);
    restart_with_keys(rotated_keys(file, "rotating", "decrypt"));
    my_account();
    run_reseal();
    assert_int_equal(count_rows("SELECT COUNT(*) AS n FROM account WHERE key_id <> ?", "2"), 0);
    restart_with_keys(rotated_keys(file, "rotated", "retired"));
    my_account();
    assert_string_equal(said("name_masked"), "*三");
    assert_string_equal(said("phone_masked"), "138****1234");
    restart_with_keys(file);
    assert_int_equal(try_route("GET", "/api/identity/me", ""), 500); /* it does not know key 2 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_login_code_opens_a_session),
        TEST(the_same_openid_is_the_same_account),
        TEST(each_refusal_of_a_login_code_has_its_reason),
        TEST(a_broken_answer_signs_nobody_in),
        TEST(a_bad_body_never_reaches_wechat),
        TEST(a_repeated_sign_in_makes_no_second_account),
        TEST(a_session_ends_after_twelve_idle_hours),
        TEST(renewal_never_passes_thirty_days),
        TEST(renewal_changes_the_token_once),
        TEST(signing_out_ends_this_session_only),
        TEST(signing_out_everywhere_reaches_all_accounts_of_the_person),
        TEST(a_stranger_gets_nothing),
        TEST(alipay_signs_in_by_open_id_or_user_id),
        TEST(alipay_is_believed_only_with_its_signature),
        TEST(a_phone_number_is_kept_sealed),
        TEST(other_phone_numbers_are_refused),
        TEST(a_second_account_joins_by_code),
        TEST(a_link_code_is_short_lived_and_single),
        TEST(signing_out_everywhere_ends_link_codes),
        TEST(what_expired_is_tidied_away),
        TEST(a_new_data_key_takes_over_every_account),
        TEST(the_audit_chain_holds),
    };

    return TELL_TWICE(tests);
}
