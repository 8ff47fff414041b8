/* The mini program's servers: codes, tokens, phone numbers, faces; and Alipay's authorisation. */

#include "service/simulator_stage.h"

#include "core/clock.h"

#define SECRET "0123456789abcdef0123456789abcdef"
/* IDENTITY_CARD / 张三 / 310101199801011234, as WeChat's documentation has it. */
#define HASH "3c241f7ff324977aeb91f173bb2a7b06569e6fd784d5573db34a636d8671108b"

static const char *new_code(const char *route, const char *openid)
{
    assert_int_equal(control("POST", arena_printf(test.arena, "/simulator/%s", route),
                             arena_printf(test.arena, "{\"openid\":\"%s\"}", openid)),
                     201);
    return said("code");
}

static int64_t login(const char *appid, const char *secret, const char *code)
{
    wechat(arena_printf(test.arena,
                        "/sns/jscode2session?appid=%s&secret=%s&js_code=%s"
                        "&grant_type=authorization_code",
                        appid, secret, code),
           NULL);
    return said_number("errcode");
}

static void a_login_code_is_good_once_and_for_five_minutes(void **state)
{
    const char *code = new_code("wechat/login-codes", "o-login");

    (void)state;
    assert_int_equal(login("wx1", SECRET, code), 40013);
    assert_int_equal(login(APPID, "wrong", code), 40125);
    assert_int_equal(login(APPID, SECRET, "invented"), 40029);
    assert_int_equal(login(APPID, SECRET, "%E7%A0%81"), 40029);
    assert_int_equal(login(APPID, SECRET, code), NONE);
    assert_string_equal(said("openid"), "o-login");
    assert_int_equal(base64_decode(test.arena, said("session_key")).size, 16);
    assert_int_equal(login(APPID, SECRET, code), 40163);
    code = new_code("wechat/login-codes", "o-login");
    shift_clock(6 * MINUTE_MS);
    assert_int_equal(login(APPID, SECRET, code), 40029);
}

static void a_risky_citizen_is_blocked(void **state)
{
    (void)state;
    control("POST", "/simulator/wechat/citizens", "{\"openid\":\"o-risky\",\"is_risky\":true}");
    assert_int_equal(login(APPID, SECRET, new_code("wechat/login-codes", "o-risky")), 40226);
}

static const char *token(const char *more)
{
    wechat("/cgi-bin/stable_token",
           arena_printf(test.arena,
                        "{\"grant_type\":\"client_credential\",\"appid\":\"" APPID
                        "\",\"secret\":\"" SECRET "\"%s}",
                        more));
    return said("access_token");
}

static void the_stable_token_is_the_same_until_it_ends(void **state)
{
    int64_t base = (test.is_rehearsing ? 60 : 30) * DAY_MS; /* what was made before has ended */
    const char *first;

    (void)state;
    shift_clock(base);
    first = token("");
    assert_string_equal(token(""), first);
    shift_clock(base + 110 * MINUTE_MS);
    assert_string_equal(token(""), first);
    shift_clock(base + 231 * MINUTE_MS);
    first = token("");
    assert_null(token(",\"force_refresh\":true"));
    assert_int_equal(said_number("errcode"), 45011);
    shift_clock(base + 232 * MINUTE_MS);
    assert_string_not_equal(token(",\"force_refresh\":true"), first);
    wechat("/cgi-bin/stable_token", "{\"grant_type\":\"client_credential\"}");
    assert_int_equal(said_number("errcode"), 40013);
}

static int64_t call(const char *path, const char *access_token, const char *body)
{
    wechat(arena_printf(test.arena, "%s?access_token=%s", path, access_token), body);
    return said_number("errcode");
}

static void a_phone_number_needs_token_and_code(void **state)
{
    const char *body;

    (void)state;
    control("POST", "/simulator/wechat/citizens",
            "{\"openid\":\"o-phone\",\"phone\":\"13800000000\"}");
    body = arena_printf(test.arena, "{\"code\":\"%s\"}", new_code("wechat/phone-codes", "o-phone"));
    assert_int_equal(call("/wxa/business/getuserphonenumber", "wrong", body), 40001);
    assert_int_equal(call("/wxa/business/getuserphonenumber", token(""), body), 0);
    assert_string_equal(said("phone_info.purePhoneNumber"), "13800000000");
    assert_string_equal(said("phone_info.watermark.appid"), APPID);
    assert_int_equal(call("/wxa/business/getuserphonenumber", token(""), body), 40029);
}

static int64_t begin_face(const char *number, const char *openid)
{
    return call("/cityservice/face/identify/getverifyid", token(""),
                arena_printf(test.arena,
                             "{\"out_seq_no\":\"%s\",\"openid\":\"%s\",\"cert_info\":{"
                             "\"cert_type\":\"IDENTITY_CARD\",\"cert_name\":\"张三\","
                             "\"cert_no\":\"310101199801011234\"}}",
                             number, openid));
}

static int64_t face_result(const char *id, const char *number, const char *hash)
{
    return call("/cityservice/face/identify/queryverifyinfo", token(""),
                arena_printf(test.arena,
                             "{\"verify_id\":\"%s\",\"out_seq_no\":\"%s\",\"openid\":\"o-payer\","
                             "\"cert_hash\":\"%s\"}",
                             id, number, hash));
}

static void a_face_check_is_about_one_identity(void **state)
{
    const char *number = new_no(), *id;

    (void)state;
    assert_int_equal(begin_face(number, "o-payer"), 0);
    id = said("verify_id");
    assert_int_equal(face_result(id, number, HASH), 0);
    assert_int_equal(said_number("verify_ret"), 10000);
    assert_int_equal(face_result(id, number, arena_printf(test.arena, "%.63sx", HASH)), 40097);
    assert_int_equal(face_result(id, new_no(), HASH), 40097);
    assert_int_equal(begin_face(number, "o-payer"), 40097);
    assert_int_equal(begin_face(new_no(), "o-nobody"), 40003);
}

static void the_outcome_of_a_face_check_can_be_told(void **state)
{
    const char *number = new_no(), *id;

    (void)state;
    begin_face(number, "o-payer");
    id = said("verify_id");
    control("POST", "/simulator/wechat/faces",
            arena_printf(test.arena, "{\"verify_id\":\"%s\",\"verify_ret\":90001}", id));
    face_result(id, number, HASH);
    assert_int_equal(said_number("verify_ret"), 90001);
    control("POST", "/simulator/wechat/citizens", "{\"openid\":\"o-li\",\"name\":\"李四\"}");
    assert_int_equal(begin_face(new_no(), "o-li"), 0);
    control("POST", "/simulator/wechat/faces", "{\"verify_id\":\"nowhere\",\"verify_ret\":1}");
    assert_int_equal(test.asker.r->http_status, 404);
}

static void an_alipay_code_names_the_person_once(void **state)
{
    const char *code = new_code("alipay/auth-codes", "o-ali");

    (void)state;
    ali_token(code);
    assert_true(is_signed_by_alipay());
    assert_string_equal(said("alipay_system_oauth_token_response.open_id"), "o-ali");
    ali_token(code);
    assert_string_equal(said("error_response.sub_code"), "isv.code-invalid");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_login_code_is_good_once_and_for_five_minutes),
        TEST(a_risky_citizen_is_blocked),
        TEST(the_stable_token_is_the_same_until_it_ends),
        TEST(a_phone_number_needs_token_and_code),
        TEST(a_face_check_is_about_one_identity),
        TEST(the_outcome_of_a_face_check_can_be_told),
        TEST(an_alipay_code_names_the_person_once),
    };

    return TELL_TWICE(tests);
}
