#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "payment/wechatpay_order.h"

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open((size_t)256 * 1024);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

static const struct wechatpay_merchant merchant = {.mchid = "1900000109", .appid = "wx8"};

/* 2026-01-02 11:04:05 in Beijing */
static const struct instant moment = {INT64_C(1767323045) * 1000};

static void an_order_is_written_as_they_read_it(void **state)
{
    struct wechatpay_order order = {
        .out_trade_no = "A1",
        .description = "交通违法罚款",
        .notify_url = "https://h/notify/wechatpay",
        .openid = "o1",
        .total = {20050},
        .expire_at = moment,
    };

    (void)state;
    assert_string_equal(
        wechatpay_order_body(arena, &merchant, &order),
        "{\"appid\":\"wx8\",\"mchid\":\"1900000109\",\"description\":\"交通违法罚款\","
        "\"out_trade_no\":\"A1\",\"time_expire\":\"2026-01-02T11:04:05+08:00\","
        "\"notify_url\":\"https://h/notify/wechatpay\","
        "\"amount\":{\"total\":20050,\"currency\":\"CNY\"},\"payer\":{\"openid\":\"o1\"}}");
    order.expire_at.ms = NONE;
    assert_null(strstr(wechatpay_order_body(arena, &merchant, &order), "time_expire"));
}

/* 127 bytes: 42 characters of three, and one letter. */
static void a_long_description_is_cut_between_characters(void **state)
{
    const char *full =
        "罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚罚";
    struct wechatpay_order order = {
        .out_trade_no = "A1", .notify_url = "https://h/n", .openid = "o1", .total = {1}};

    (void)state;
    order.description = arena_printf(arena, "%sa%s", full, full);
    assert_non_null(strstr(wechatpay_order_body(arena, &merchant, &order),
                           arena_printf(arena, "\"%sa\"", full)));
    order.description = arena_printf(arena, "%s罚", full);
    assert_non_null(strstr(wechatpay_order_body(arena, &merchant, &order),
                           arena_printf(arena, "\"%s\"", full)));
}

static void a_refund_names_neither_merchant_nor_application(void **state)
{
    struct wechatpay_refund refund = {
        .out_trade_no = "A1", .out_refund_no = "R1", .refund = {100}, .total = {20050}};
    const char *plain = "{\"out_trade_no\":\"A1\",\"out_refund_no\":\"R1\","
                        "\"amount\":{\"refund\":100,\"total\":20050,\"currency\":\"CNY\"}}";

    (void)state;
    assert_string_equal(wechatpay_refund_body(arena, &refund), plain);
    refund.reason = "重复缴款";
    refund.notify_url = "https://h/n";
    assert_non_null(strstr(wechatpay_refund_body(arena, &refund), "\"reason\":\"重复缴款\""));
    assert_non_null(strstr(wechatpay_refund_body(arena, &refund), "\"notify_url\""));
}

static void closing_and_asking_name_the_merchant(void **state)
{
    (void)state;
    assert_string_equal(wechatpay_close_body(arena, &merchant), "{\"mchid\":\"1900000109\"}");
    assert_string_equal(wechatpay_query_target(arena, &merchant, "A|1*"),
                        "/v3/pay/transactions/out-trade-no/A%7C1%2A?mchid=1900000109");
    assert_string_equal(wechatpay_close_target(arena, "A1"),
                        "/v3/pay/transactions/out-trade-no/A1/close");
    assert_string_equal(wechatpay_refund_query_target(arena, "R1"),
                        "/v3/refund/domestic/refunds/R1");
}

static void times_are_read_at_any_offset(void **state)
{
    static const char *const same[] = {"2026-01-02T11:04:05+08:00", "2026-01-02T03:04:05+00:00",
                                       "2026-01-01T22:34:05-04:30", "2026-01-02T03:04:05-00:00"};
    struct instant at;

    (void)state;
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        at.ms = 0;
        assert_true(wechatpay_time_read(same[i], &at));
        assert_int_equal(at.ms, moment.ms);
    }
    assert_string_equal(wechatpay_time(arena, moment), same[0]);
}

static void malformed_times_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "2026-01-02T11:04:05",
        "2026-01-02T11:04:05Z",
        "2026-01-02 11:04:05+08:00",
        "2026-01-02T24:04:05+08:00",
        "2026-01-02T11:60:05+08:00",
        "2026-01-02T11:04:60+08:00",
        "2026-02-30T11:04:05+08:00",
        "2026-01-02T11:04:05+24:00",
        "2026-01-02T11:04:05+08:00 ",
        "2026-01-02T1a:04:05+08:00",
    };
    struct instant at = {7};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(wechatpay_time_read(bad[i], &at));
    assert_int_equal(at.ms, 7);
}

static void pay_params_are_texts_with_the_names_of_the_mini_program(void **state)
{
    struct wechatpay_pay_params params = {"1767323045", "n", "prepay_id=wx1", "c2ln"};

    (void)state;
    assert_string_equal(wechatpay_pay_params_json(arena, &params),
                        "{\"timeStamp\":\"1767323045\",\"nonceStr\":\"n\","
                        "\"package\":\"prepay_id=wx1\",\"signType\":\"RSA\","
                        "\"paySign\":\"c2ln\"}");
    assert_string_equal(wechatpay_pay_message(arena, &merchant, &params),
                        "wx8\n1767323045\nn\nprepay_id=wx1\n");
}

#define ORDER_TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ORDER_TEST(an_order_is_written_as_they_read_it),
        ORDER_TEST(a_long_description_is_cut_between_characters),
        ORDER_TEST(a_refund_names_neither_merchant_nor_application),
        ORDER_TEST(closing_and_asking_name_the_merchant),
        ORDER_TEST(times_are_read_at_any_offset),
        ORDER_TEST(malformed_times_are_refused),
        ORDER_TEST(pay_params_are_texts_with_the_names_of_the_mini_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
