/* WeChat's subscription messages and the SMS platform. */

#include "service/simulator_stage.h"

#include "core/clock.h"

#define SEND "/cgi-bin/message/subscribe/send?access_token="
#define SMS_KEY "0123456789abcdef0123456789abcdef"

static const char *new_token(void)
{
    wechat("/cgi-bin/stable_token", "{\"grant_type\":\"client_credential\",\"appid\":\"" APPID
                                    "\",\"secret\":\"" SMS_KEY "\"}");
    return said("access_token");
}

static const char *new_user(int consents)
{
    const char *openid = arena_printf(test.arena, "o-%s", new_no());

    assert_int_equal(control("POST", "/simulator/wechat/citizens",
                             arena_printf(test.arena, "{\"openid\":\"%s\"}", openid)),
                     200);
    if (consents > 0)
        assert_int_equal(control("POST", "/simulator/wechat/consents",
                                 arena_printf(test.arena,
                                              "{\"openid\":\"%s\",\"template_id\":\"T1\","
                                              "\"count\":%d}",
                                              openid, consents)),
                         201);
    return openid;
}

static int64_t send(const char *openid, const char *data)
{
    const char *target = arena_printf(test.arena, SEND "%s", new_token());

    wechat(target, arena_printf(test.arena,
                                "{\"touser\":\"%s\",\"template_id\":\"T1\",\"page\":\"p/a\","
                                "\"miniprogram_state\":\"formal\",\"lang\":\"zh_CN\",\"data\":%s}",
                                openid, data));
    return said_number("errcode");
}

static int64_t count_of(const char *receiver)
{
    control("GET", arena_printf(test.arena, "/simulator/messages?receiver=%s", receiver), NULL);
    return answer_count(&test.asker, "items");
}

#define GOOD "{\"thing1\":{\"value\":\"一二三\"},\"amount2\":{\"value\":\"200.00元\"}}"

static void each_message_uses_a_consent_up(void **state)
{
    const char *openid = new_user(2);

    (void)state;
    assert_int_equal(send(openid, GOOD), 0);
    assert_int_equal(send(openid, GOOD), 0);
    assert_int_equal(send(openid, GOOD), 43101);
    assert_int_equal(count_of(openid), 2);
    assert_string_equal(said("items.0.channel"), "wechat");
    assert_string_equal(said("items.0.template"), "T1");
}

static void what_breaks_a_rule_is_refused_and_costs_nothing(void **state)
{
    const char *openid = new_user(1);

    (void)state;
    assert_int_equal(send("nobody", GOOD), 40003);
    assert_int_equal(
        send(openid, "{\"thing1\":{\"value\":\"一二三四五六七八九十一二三四五六七八九十一\"}}"),
        47003);
    assert_int_equal(send(openid, "{\"thing1\":{\"value\":\"\"}}"), 47003);
    assert_int_equal(send(openid, "{\"character_string1\":{\"value\":\"粤B\"}}"), 47003);
    assert_int_equal(send(openid, "{\"other1\":{\"value\":\"x\"}}"), 47003);
    assert_int_equal(send(openid, "{}"), 47003);
    assert_int_equal(wechat(SEND "wrong", "{}"), 200);
    assert_int_equal(said_number("errcode"), 40001);
    assert_int_equal(count_of(openid), 0);
    assert_int_equal(send(openid, GOOD), 0);
}

static void faults_hold_for_messages(void **state)
{
    static const struct {
        const char *fault;
        int64_t errcode;
    } cases[] = {
        {"refused", 43101}, {"token_expired", 42001}, {"http_429", 45009}, {"system_error", -1}};
    const char *openid = new_user(1);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        fault(arena_printf(test.arena,
                           "{\"operation\":\"message\",\"gateway\":\"wechat\",\"fault\":\"%s\","
                           "\"times\":1}",
                           cases[i].fault));
        assert_int_equal(send(openid, GOOD), cases[i].errcode);
    }
    assert_int_equal(count_of(openid), 0);
    assert_int_equal(send(openid, GOOD), 0);
}

static void an_sms_without_a_signature_is_refused(void **state)
{
    static const char body[] = "{\"out_id\":\"1\",\"phone\":\"13812345678\",\"text\":\"【a】b\"}";

    (void)state;
    assert_int_equal(ask_as(NULL, "/v1/messages", body), 401);
    assert_int_equal(ask_as("SMS-HMAC-SHA256 app=a timestamp=1 signature=00", "/v1/messages", body),
                     401);
    assert_int_equal(count_of("13812345678"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_message_uses_a_consent_up),
        TEST(what_breaks_a_rule_is_refused_and_costs_nothing),
        TEST(faults_hold_for_messages),
        TEST(an_sms_without_a_signature_is_refused),
    };

    return TELL_TWICE(tests);
}
