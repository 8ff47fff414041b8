#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>

#include "core/clock.h"
#include "notice/template.h"

static struct arena *arena;
static json_t *values;

static int begin(void **state)
{
    (void)state;
    arena = arena_open(256 * 1024);
    values = json_pack("{s:s, s:s, s:s}", "plate", "粤B1**45", "what", "违反规定停放车辆", "amount",
                       "200.00元");
    return 0;
}

static int end(void **state)
{
    (void)state;
    json_decref(values);
    arena_close(arena);
    return 0;
}

static struct instant at(const char *text)
{
    struct instant moment;

    assert_true(instant_from_text(text, &moment));
    return moment;
}

static void each_name_is_replaced_by_its_value(void **state)
{
    (void)state;
    assert_string_equal(fill_in(arena, "车辆{plate}：{what}，{what}。", values),
                        "车辆粤B1**45：违反规定停放车辆，违反规定停放车辆。");
    assert_string_equal(fill_in(arena, "没有", values), "没有");
    assert_string_equal(fill_in(arena, "", values), "");
}

static void a_missing_value_or_an_open_brace_is_no_text(void **state)
{
    (void)state;
    assert_null(fill_in(arena, "{name}您好", values));
    assert_null(fill_in(arena, "车辆{plate", values));
    assert_null(fill_in(arena, "{}", values));
}

static void a_thing_has_twenty_characters_and_is_cut(void **state)
{
    static const char twenty[] = "一二三四五六七八九十一二三四五六七八九十";

    (void)state;
    assert_string_equal(fit_keyword(arena, "thing1", twenty), twenty);
    assert_string_equal(fit_keyword(arena, "thing12", "一二三四五六七八九十一二三四五六七八九十一"),
                        "一二三四五六七八九十一二三四五六七八九…");
    assert_null(fit_keyword(arena, "thing1", ""));
    assert_null(fit_keyword(arena, "thing1", "\xff"));
}

static void other_types_take_what_wechat_takes_and_nothing_else(void **state)
{
    static const struct {
        const char *keyword, *text;
        bool fits;
    } cases[] = {
        {"character_string3", "A012", true},
        {"character_string3", "12345678901234567890123456789012", true},
        {"character_string3", "123456789012345678901234567890123", false},
        {"character_string3", "粤B12345", false},
        {"character_string3", "A 12", false},
        {"number4", "12", true},
        {"number4", "12人", false},
        {"amount2", "200.00元", true},
        {"amount2", "200", true},
        {"amount2", "12345678901元", false},
        {"amount2", "200.001元", false},
        {"amount2", "两百元", false},
        {"date3", "2026年12月7日", true},
        {"date3", "2026-12-07", false},
        {"time2", "15:01", true},
        {"time2", "2026年12月7日 15:01", true},
        {"phrase1", "已受理", true},
        {"phrase1", "已经受理完毕", false},
        {"phrase1", "ok", false},
        {"letter1", "abc", true},
        {"letter1", "ab1", false},
        {"car_number1", "粤B12345", false},
        {"thingy1", "一", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        if ((fit_keyword(arena, cases[i].keyword, cases[i].text) != NULL) != cases[i].fits)
            fail_msg("%s %s", cases[i].keyword, cases[i].text);
}

static void keywords_come_filled_in(void **state)
{
    struct texts texts = wechat_keywords(
        arena, "{\"thing1\":\"{plate}\",\"amount2\":\"{amount}\",\"thing3\":\"请查看\"}", values);

    (void)state;
    assert_int_equal(texts.count, 3);
    assert_string_equal(texts.items[0], "thing1=粤B1**45");
    assert_string_equal(texts.items[1], "amount2=200.00元");
    assert_string_equal(texts.items[2], "thing3=请查看");
}

static void a_keyword_that_does_not_fit_stops_the_message(void **state)
{
    static const char *const bad[] = {
        "{\"amount1\":\"{what}\"}",
        "{\"thing1\":\"{name}\"}",
        "{\"thing1\":7}",
        "{}",
        "[]",
        "nonsense",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_null(wechat_keywords(arena, bad[i], values).items);
}

/* 22:00 to 8:00 in China */
static void hours_over_midnight_are_quiet(void **state)
{
    enum { FROM = 22 * 60, TO = 8 * 60 };

    (void)state;
    assert_int_equal(quiet_until(at("2026-11-22T13:59:59.999Z"), FROM, TO).ms, NONE);
    assert_int_equal(quiet_until(at("2026-11-22T14:00:00.000Z"), FROM, TO).ms,
                     at("2026-11-23T00:00:00.000Z").ms);
    assert_int_equal(quiet_until(at("2026-11-22T17:30:00.000Z"), FROM, TO).ms,
                     at("2026-11-23T00:00:00.000Z").ms);
    assert_int_equal(quiet_until(at("2026-11-22T23:59:59.999Z"), FROM, TO).ms,
                     at("2026-11-23T00:00:00.000Z").ms);
    assert_int_equal(quiet_until(at("2026-11-23T00:00:00.000Z"), FROM, TO).ms, NONE);
}

static void hours_within_a_day_are_quiet_too(void **state)
{
    (void)state;
    assert_int_equal(quiet_until(at("2026-11-22T04:30:00.000Z"), 12 * 60, 14 * 60).ms,
                     at("2026-11-22T06:00:00.000Z").ms);
    assert_int_equal(quiet_until(at("2026-11-22T03:59:00.000Z"), 12 * 60, 14 * 60).ms, NONE);
    assert_int_equal(quiet_until(at("2026-11-22T06:00:00.000Z"), 12 * 60, 14 * 60).ms, NONE);
}

static void the_next_way_is_chosen_by_choice_and_by_what_came_of_the_others(void **state)
{
    static const struct {
        struct ways ways;
        const char *next; /* NULL: done */
    } cases[] = {
        {{"none", true, true, NULL, NULL}, NULL},
        {{"wechat", true, true, NULL, NULL}, "wechat"},
        {{"wechat", true, true, "failed", NULL}, NULL},
        {{"wechat", false, true, NULL, NULL}, NULL},
        {{"wechat_sms", true, true, NULL, NULL}, "wechat"},
        {{"wechat_sms", true, true, "planned", NULL}, "wechat"},
        {{"wechat_sms", true, true, "failed", NULL}, "sms"},
        {{"wechat_sms", true, false, "failed", NULL}, NULL},
        {{"wechat_sms", false, true, NULL, NULL}, "sms"},
        {{"wechat_sms", true, true, "sent", NULL}, NULL},
        {{"wechat_sms", true, true, "given_up", NULL}, NULL}, /* it may have arrived */
        {{"sms", true, true, NULL, NULL}, "sms"},
        {{"sms", true, true, NULL, "planned"}, "sms"},
        {{"sms", true, true, NULL, "sending"}, "sms"},
        {{"sms", true, true, NULL, "sent"}, NULL},
        {{"sms", true, true, NULL, "failed"}, NULL},
        {{"sms", true, true, NULL, "given_up"}, NULL},
        {{"sms", true, true, "sending", NULL}, "wechat"}, /* to find out */
        {{"none", true, true, "sending", NULL}, "wechat"},
        {{"none", true, true, NULL, "planned"}, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *next = next_way(&cases[i].ways);

        if (cases[i].next == NULL ? next != NULL : next == NULL || strcmp(next, cases[i].next) != 0)
            fail_msg("case %zu: %s", i, next == NULL ? "done" : next);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_name_is_replaced_by_its_value),
        TEST(a_missing_value_or_an_open_brace_is_no_text),
        TEST(a_thing_has_twenty_characters_and_is_cut),
        TEST(other_types_take_what_wechat_takes_and_nothing_else),
        TEST(keywords_come_filled_in),
        TEST(a_keyword_that_does_not_fit_stops_the_message),
        TEST(hours_over_midnight_are_quiet),
        TEST(hours_within_a_day_are_quiet_too),
        TEST(the_next_way_is_chosen_by_choice_and_by_what_came_of_the_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
