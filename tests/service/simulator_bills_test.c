/* Bills, asked for by a merchant who signs with another library. */

#include "service/simulator_stage.h"

#include "core/clock.h"
#include "core/crypto_gateway.h"

static const char *day_of_orders(void)
{
    return day_to_text(test.arena, civil_day(clock_now()));
}

/* To half past ten in China on the next day. */
static void sleep_until_morning(void)
{
    struct day tomorrow = {civil_day(clock_now()).number + 1};
    struct instant at = instant_add(day_start(tomorrow), 10 * HOUR_MS + 30 * MINUTE_MS);

    shift_clock(test.clock_ms + at.ms - clock_now().ms);
}

static const char *trade_bill(const char *day, const char *more)
{
    return arena_printf(test.arena, "/v3/bill/tradebill?bill_date=%s%s", day, more);
}

static const char *path_of(const char *url)
{
    return strchr(url + strlen("https://"), '/');
}

static void a_bill_lists_the_movements_of_its_day_under_its_hash(void **state)
{
    const char *no = new_no(), *day = day_of_orders(), *id, *hash, *url;

    (void)state;
    place(no);
    id = pay("wechatpay", no);
    sleep_until_morning();
    assert_int_equal(wx(trade_bill(day, "&bill_type=ALL"), NULL), 200);
    assert_true(is_signed());
    assert_string_equal(said("hash_type"), "SHA1");
    hash = said("hash_value");
    url = said("download_url");
    assert_int_equal(wx(path_of(url), NULL), 200);
    assert_non_null(strstr(test.asker.r->answer, arena_printf(test.arena, "`%s,`%s,", id, no)));
    assert_string_equal(digest_hex(test.arena, DIGEST_SHA1,
                                   (struct bytes){(const unsigned char *)test.asker.r->answer,
                                                  test.asker.r->answer_size}),
                        hash);
    assert_null(header("Wechatpay-Signature"));
    ask_as(NULL, path_of(url), NULL);
    assert_int_equal(test.asker.r->http_status, 401);
}

static void a_bill_is_there_from_ten_on_the_next_day(void **state)
{
    const char *no = new_no(), *day = day_of_orders();

    (void)state;
    place(no);
    pay("wechatpay", no);
    wx(trade_bill(day, ""), NULL);
    assert_string_equal(said("code"), "PARAM_ERROR");
    sleep_until_morning();
    shift_clock(test.clock_ms - HOUR_MS);
    wx(trade_bill(day, ""), NULL);
    assert_string_equal(said("code"), "STATEMENT_CREATING");
    shift_clock(test.clock_ms + HOUR_MS);
    assert_int_equal(wx(trade_bill(day, ""), NULL), 200);
    wx(trade_bill("2026-02-30", ""), NULL);
    assert_string_equal(said("code"), "PARAM_ERROR");
    wx(trade_bill(day, "&bill_type=SOME"), NULL);
    assert_string_equal(said("code"), "PARAM_ERROR");
    wx(trade_bill(day, "&more=1"), NULL);
    assert_string_equal(said("code"), "PARAM_ERROR");
}

static void faults_spoil_a_bill(void **state)
{
    const char *no = new_no(), *day = day_of_orders(), *right;

    (void)state;
    place(no);
    pay("wechatpay", no);
    sleep_until_morning();
    wx(trade_bill(day, "&tar_type=GZIP"), NULL);
    right = said("hash_value");
    fault("{\"operation\":\"bill\",\"fault\":\"wrong_hash\",\"times\":1}");
    wx(trade_bill(day, "&tar_type=GZIP"), NULL);
    assert_string_not_equal(said("hash_value"), right);
    fault("{\"operation\":\"bill\",\"fault\":\"wrong_amount\",\"times\":1}");
    wx(trade_bill(day, ""), NULL);
    assert_int_equal(wx(path_of(said("download_url")), NULL), 200);
    assert_non_null(strstr(test.asker.r->answer, "`200.01,"));
    fault("{\"operation\":\"bill\",\"fault\":\"line_added\",\"times\":1}");
    wx(trade_bill(day, ""), NULL);
    assert_int_equal(wx(path_of(said("download_url")), NULL), 200);
    assert_non_null(strstr(test.asker.r->answer, "`NOBODY"));
    fault("{\"operation\":\"bill\",\"fault\":\"bill_late\",\"times\":1}");
    wx(trade_bill(day, ""), NULL);
    assert_string_equal(said("code"), "STATEMENT_CREATING");
    assert_int_equal(wx(trade_bill(day, "&tar_type=GZIP"), NULL), 200);
    assert_string_equal(said("hash_value"), right);
}

static void alipay_s_bill_is_a_zip_for_half_a_minute(void **state)
{
    const char *no = new_no(), *day = day_of_orders(), *url, *biz;

    (void)state;
    biz = arena_printf(test.arena, "{\"bill_type\":\"trade\",\"bill_date\":\"%s\"}", day);
    place_trade(no);
    pay("alipay", no);
    ali("alipay.data.dataservice.bill.downloadurl.query", biz);
    assert_string_equal(said("alipay_data_dataservice_bill_downloadurl_query_response.sub_code"),
                        "isp.bill_not_exist");
    sleep_until_morning();
    ali("alipay.data.dataservice.bill.downloadurl.query", biz);
    assert_true(is_signed_by_alipay());
    url = said("alipay_data_dataservice_bill_downloadurl_query_response.bill_download_url");
    assert_non_null(url);
    ask_as(NULL, path_of(url), NULL);
    assert_int_equal(test.asker.r->http_status, 200);
    assert_memory_equal(test.asker.r->answer, "PK\3\4", 4);
    shift_clock(test.clock_ms + 31 * SECOND_MS);
    ask_as(NULL, path_of(url), NULL);
    assert_int_equal(test.asker.r->http_status, 403);
}

static const struct CMUnitTest tests[] = {
    TEST(a_bill_lists_the_movements_of_its_day_under_its_hash),
    TEST(a_bill_is_there_from_ten_on_the_next_day),
    TEST(faults_spoil_a_bill),
    TEST(alipay_s_bill_is_a_zip_for_half_a_minute),
};

int main(void)
{
    return TELL_TWICE(tests);
}
