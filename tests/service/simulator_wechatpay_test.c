/* WeChat Pay APIv3, asked by a merchant who signs and verifies with another library. */

#include "service/simulator_stage.h"

#include "core/clock.h"

#define JSAPI "/v3/pay/transactions/jsapi"
#define REFUNDS "/v3/refund/domestic/refunds"

static const char *query_target(const char *out_trade_no)
{
    return arena_printf(test.arena, "/v3/pay/transactions/out-trade-no/%s?mchid=" MCHID,
                        out_trade_no);
}

static int close_it(const char *out_trade_no)
{
    return wx(arena_printf(test.arena, "/v3/pay/transactions/out-trade-no/%s/close", out_trade_no),
              "{\"mchid\":\"" MCHID "\"}");
}

static void assert_error(int status, const char *code)
{
    assert_int_equal(test.asker.r->http_status, status);
    assert_string_equal(said("code"), code);
}

/* ---- orders ---- */

static void an_order_is_answered_with_a_prepay_id(void **state)
{
    const char *no = new_no(), *first;

    (void)state;
    place(no);
    first = said("prepay_id");
    assert_int_equal(strlen(first), 36);
    place(no); /* the same order, with a fresh number for the client */
    assert_string_not_equal(said("prepay_id"), first);
    assert_string_equal(trade_state(no), "NOTPAY");
    assert_null(said("transaction_id"));
}

static void the_request_chooses_the_key_of_the_answer(void **state)
{
    (void)state;
    with("HTTP_WECHATPAY_SERIAL", PUBLIC_KEY_ID);
    place(new_no());
    assert_string_equal(header("Wechatpay-Serial"), PUBLIC_KEY_ID);
    with("HTTP_WECHATPAY_SERIAL", test.platform_serial);
    place(new_no());
    assert_string_equal(header("Wechatpay-Serial"), test.platform_serial);
    with("HTTP_WECHATPAY_SERIAL", "0123");
    wx(JSAPI, order_body(new_no()));
    assert_error(400, "PARAM_ERROR");
    with("HTTP_WECHATPAY_SERIAL", NULL);
    control("POST", "/simulator/wechatpay/signer", "{\"signer\":\"next\"}");
    place(new_no());
    assert_string_not_equal(header("Wechatpay-Serial"), test.platform_serial);
}

/* With an authorization so far from now, made and judged within one second. */
static int order_from(const char *body, int64_t skew_s)
{
    int64_t second;

    do {
        second = clock_now().ms / SECOND_MS;
        ask_as(authorization("POST", JSAPI, body, skew_s), JSAPI, body);
    } while (clock_now().ms / SECOND_MS != second);
    return test.asker.r->http_status;
}

static void an_authorization_must_be_of_now(void **state)
{
    static const int64_t away_s[] = {-301, 301};
    const char *body = order_body(new_no());

    (void)state;
    for (size_t i = 0; i < sizeof(away_s) / sizeof(*away_s); i++) {
        order_from(body, away_s[i]);
        assert_error(401, "SIGN_ERROR");
        assert_null(header("Wechatpay-Signature"));
    }
    assert_int_equal(order_from(body, -300), 200);
    assert_int_equal(order_from(body, 300), 200);
}

static void an_authorization_must_be_whole(void **state)
{
    const char *body = order_body(new_no()), *good = authorization("POST", JSAPI, body, 0);
    const char *bad[] = {
        NULL,
        "Bearer abc",
        arena_text_of(test.arena, good, strlen(good) - 1),
        arena_printf(test.arena, "%s,nonce_str=\"again\"", good),
        arena_printf(test.arena, "%s,more=\"x\"", good),
        authorization("GET", JSAPI, body, 0),
        authorization("POST", JSAPI "?", body, 0),
        authorization("POST", JSAPI, order_body(new_no()), 0),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        ask_as(bad[i], JSAPI, body);
        assert_error(401, "SIGN_ERROR");
        assert_null(header("Wechatpay-Signature"));
    }
    assert_int_equal(ask_as(good, JSAPI, body), 200);
}

static void the_query_string_is_part_of_what_is_signed(void **state)
{
    const char *no = new_no(), *target = query_target(no);

    (void)state;
    place(no);
    assert_int_equal(wx(target, NULL), 200);
    ask_as(authorization("GET", query_target(new_no()), "", 0), target, NULL);
    assert_error(401, "SIGN_ERROR");
    wx(arena_text_of(test.arena, target, strcspn(target, "?")), NULL);
    assert_error(400, "PARAM_ERROR");
}

static void headers_that_the_real_one_wants_are_wanted(void **state)
{
    const char *body = order_body(new_no());

    (void)state;
    with("HTTP_USER_AGENT", NULL);
    wx(JSAPI, body);
    assert_error(400, "PARAM_ERROR");
    with("HTTP_USER_AGENT", "test");
    with("HTTP_ACCEPT", "text/html");
    wx(JSAPI, body);
    assert_error(400, "PARAM_ERROR");
    with("HTTP_ACCEPT", "*/*");
    assert_int_equal(wx(JSAPI, body), 200);
}

static void each_broken_rule_of_an_order_names_its_member(void **state)
{
    static const struct {
        const char *member, *pointer, *replace, *by;
    } cases[] = {
        {"unknown", "/foo", "{\"appid\"", "{\"foo\":1,\"appid\""},
        {"missing", "/appid", "\"appid\":\"" APPID "\",", ""},
        {"no amount", "/amount/total", "\"total\":20000", "\"total\":0"},
        {"text", "/amount/total", "\"total\":20000", "\"total\":\"20000\""},
        {"fraction", "/amount/total", "\"total\":20000", "\"total\":200.0"},
        {"currency", "/amount/currency", "CNY", "USD"},
        {"inner", "/amount/foo", "\"total\"", "\"foo\":1,\"total\""},
        {"query", "/notify_url", "/notify/wechatpay", "/notify/wechatpay?a=b"},
        {"relative", "/notify_url", "https://", "//"},
        {"short", "/out_trade_no", "\"out_trade_no\":\"", "\"out_trade_no\":\"1\",\"attach\":\""},
        {"sign", "/out_trade_no", "\"out_trade_no\":\"", "\"out_trade_no\":\"#"},
        {"payer", "/payer/openid", "o-payer", "付款人"},
        {"address", "/notify_url", "127.0.0.1", "公安"},
        {"no such day", "/time_expire", "{\"appid\"",
         "{\"time_expire\":\"2026-02-30T10:00:00+08:00\",\"appid\""},
        {"time", "/time_expire", "{\"appid\"", "{\"time_expire\":\"tomorrow\",\"appid\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *body = order_body(new_no()), *at = strstr(body, cases[i].replace);

        assert_non_null(at);
        wx(JSAPI, arena_printf(test.arena, "%.*s%s%s", (int)(at - body), body, cases[i].by,
                               at + strlen(cases[i].replace)));
        assert_error(400, "PARAM_ERROR");
        assert_string_equal(said("detail.field"), cases[i].pointer);
    }
}

static void a_description_has_at_most_127_bytes(void **state)
{
    const char *body = order_body(new_no()), *at = strstr(body, "交通违法罚款");
    char text[129] = {0};

    (void)state;
    memset(text, 'x', 128);
    for (size_t size = 127; size <= 128; size++)
        assert_int_equal(wx(JSAPI, arena_printf(test.arena, "%.*s%.*s%s", (int)(at - body), body,
                                                (int)size, text, at + strlen("交通违法罚款"))),
                         size == 127 ? 200 : 400);
}

static void strangers_of_merchant_and_payer_are_refused(void **state)
{
    const char *body = order_body(new_no()), *at = strstr(body, "o-payer");

    (void)state;
    wx(JSAPI, arena_printf(test.arena, "%.*so-nobody\"}}", (int)(at - body), body));
    assert_error(400, "PARAM_ERROR");
    at = strstr(body, APPID);
    wx(JSAPI, arena_printf(test.arena, "%.*swx0000000000000000%s", (int)(at - body), body,
                           at + strlen(APPID)));
    assert_error(400, "APPID_MCHID_NOT_MATCH");
}

/* The order again, for another amount. */
static void order_other(const char *no)
{
    const char *body = order_body(no), *at = strstr(body, "20000");

    wx(JSAPI, arena_printf(test.arena, "%.*s20001%s", (int)(at - body), body, at + 5));
}

static void a_number_is_for_one_order(void **state)
{
    const char *no = new_no();

    (void)state;
    place(no);
    order_other(no);
    assert_error(400, "INVALID_REQUEST");
    pay("wechatpay", no);
    wx(JSAPI, order_body(no));
    assert_error(400, "ORDER_PAID");
    order_other(no);
    assert_error(403, "OUT_TRADE_NO_USED");
}

static void an_order_is_closed_once_and_for_all(void **state)
{
    const char *no = new_no();

    (void)state;
    place(no);
    assert_int_equal(close_it(no), 204);
    assert_true(is_signed());
    assert_int_equal(close_it(no), 204);
    assert_string_equal(trade_state(no), "CLOSED");
    wx(JSAPI, order_body(no));
    assert_error(400, "ORDER_CLOSED");
    close_it(new_no());
    assert_error(404, "ORDER_NOT_EXIST");
    wx(query_target(new_no()), NULL);
    assert_error(404, "ORDER_NOT_EXIST");
    wx(query_target("订单"), NULL);
    assert_error(400, "PARAM_ERROR");
}

static void a_paid_order_is_told_by_both_its_numbers(void **state)
{
    const char *no = new_no(), *id;

    (void)state;
    place(no);
    id = pay("wechatpay", no);
    assert_string_equal(trade_state(no), "SUCCESS");
    assert_string_equal(said("transaction_id"), id);
    assert_int_equal(said_number("amount.total"), 20000);
    assert_string_equal(said("payer.openid"), "o-payer");
    wx(arena_printf(test.arena, "/v3/pay/transactions/id/%s?mchid=" MCHID, id), NULL);
    assert_string_equal(said("out_trade_no"), no);
    close_it(no);
    assert_error(400, "ORDER_PAID");
}

static void an_unpaid_order_closes_after_seven_days(void **state)
{
    const char *no = new_no();

    (void)state;
    place(no);
    shift_clock(7 * DAY_MS - MINUTE_MS);
    assert_string_equal(trade_state(no), "NOTPAY");
    shift_clock(7 * DAY_MS + MINUTE_MS);
    assert_string_equal(trade_state(no), "CLOSED");
}

/* ---- refunds ---- */

static const char *refund_body(const char *no, const char *refund_no, int amount, int total)
{
    return arena_printf(test.arena,
                        "{\"out_trade_no\":\"%s\",\"out_refund_no\":\"%s\",\"notify_url\":"
                        "\"https://127.0.0.1:%d/notify/wechatpay\",\"amount\":{\"refund\":%d,"
                        "\"total\":%d,\"currency\":\"CNY\"}}",
                        no, refund_no, test.upstream.port, amount, total);
}

static const char *refund_status(const char *refund_no)
{
    assert_int_equal(wx(arena_printf(test.arena, REFUNDS "/%s", refund_no), NULL), 200);
    assert_true(is_signed());
    return said("status");
}

static const char *paid_order(void)
{
    const char *no = new_no();

    place(no);
    pay("wechatpay", no);
    return no;
}

static int64_t movements(const char *no)
{
    control("GET", arena_printf(test.arena, "/simulator/movements?out_trade_no=%s", no), NULL);
    return answer_count(&test.asker, "items");
}

static void a_refund_is_accepted_first_and_done_later(void **state)
{
    const char *no = paid_order(), *refund_no = new_no(), *id;

    (void)state;
    assert_int_equal(wx(REFUNDS, refund_body(no, refund_no, 5000, 20000)), 200);
    assert_string_equal(said("status"), "PROCESSING");
    id = said("refund_id");
    wx(REFUNDS, refund_body(no, refund_no, 5000, 20000));
    assert_string_equal(said("refund_id"), id);
    assert_int_equal(movements(no), 1);
    shift_clock(2 * SECOND_MS);
    run_jobs();
    assert_string_equal(refund_status(refund_no), "SUCCESS");
    assert_int_equal(movements(no), 2);
    assert_string_equal(said("items.1.direction"), "out");
    assert_string_equal(said("items.1.our_no"), refund_no);
    assert_int_equal(said_number("items.1.amount_fen"), 5000);
    assert_string_equal(trade_state(no), "REFUND");
    assert_int_equal(arrived("REFUND.SUCCESS"), 1);
}

static void a_refund_keeps_to_what_was_paid(void **state)
{
    const char *no = paid_order(), *first = new_no();

    (void)state;
    wx(REFUNDS, refund_body(no, new_no(), 20001, 20000));
    assert_error(400, "INVALID_REQUEST");
    wx(REFUNDS, refund_body(no, new_no(), 1, 19999));
    assert_error(400, "INVALID_REQUEST");
    assert_int_equal(wx(REFUNDS, refund_body(no, first, 15000, 20000)), 200);
    wx(REFUNDS, refund_body(no, first, 15001, 20000));
    assert_error(400, "INVALID_REQUEST");
    wx(REFUNDS, refund_body(no, new_no(), 5000, 20000));
    assert_error(429, "FREQUENCY_LIMITED");
    shift_clock(61 * SECOND_MS);
    wx(REFUNDS, refund_body(no, new_no(), 5001, 20000));
    assert_error(400, "INVALID_REQUEST");
    assert_int_equal(wx(REFUNDS, refund_body(no, new_no(), 5000, 20000)), 200);
}

static void what_is_not_paid_or_known_is_not_refunded(void **state)
{
    const char *no = new_no();

    (void)state;
    place(no);
    wx(REFUNDS, refund_body(no, new_no(), 1, 20000));
    assert_error(400, "INVALID_REQUEST");
    wx(REFUNDS, refund_body(new_no(), new_no(), 1, 20000));
    assert_error(404, "RESOURCE_NOT_EXISTS");
    wx(REFUNDS "/nowhere", NULL);
    assert_error(404, "RESOURCE_NOT_EXISTS");
    wx(REFUNDS, "{\"appid\":\"" APPID "\"}");
    assert_error(400, "PARAM_ERROR");
}

static void a_refund_may_fail_when_told_so(void **state)
{
    const char *no = paid_order(), *refund_no = new_no();

    (void)state;
    fault("{\"operation\":\"refund\",\"fault\":\"not_enough\",\"times\":1}");
    wx(REFUNDS, refund_body(no, refund_no, 20000, 20000));
    assert_error(403, "NOT_ENOUGH");
    fault("{\"operation\":\"refund\",\"fault\":\"refund_closed\",\"times\":1}");
    assert_int_equal(wx(REFUNDS, refund_body(no, refund_no, 20000, 20000)), 200);
    shift_clock(61 * SECOND_MS);
    run_jobs();
    assert_string_equal(refund_status(refund_no), "CLOSED");
    assert_int_equal(movements(no), 1);
    /* What was not paid out can be asked for again. */
    assert_int_equal(wx(REFUNDS, refund_body(no, new_no(), 20000, 20000)), 200);
}

/* ---- certificates ---- */

static void certificates_open_with_the_apiv3_key(void **state)
{
    struct bytes sealed, plain;

    (void)state;
    assert_int_equal(wx("/v3/certificates", NULL), 200);
    assert_true(is_signed());
    assert_int_equal(answer_count(&test.asker, "data"), 2);
    assert_string_equal(said("data.0.serial_no"), test.platform_serial);
    sealed = base64_decode(test.arena, said("data.0.encrypt_certificate.ciphertext"));
    plain = aes_gcm_open(test.arena, bytes_of(APIV3_KEY),
                         bytes_of(said("data.0.encrypt_certificate.nonce")),
                         bytes_of("certificate"), sealed);
    assert_non_null(plain.data);
    assert_memory_equal(plain.data, "-----BEGIN CERTIFICATE-----", 27);
    control("POST", "/simulator/wechatpay/signer", "{\"signer\":\"public_key\"}");
    wx("/v3/certificates", NULL);
    assert_error(404, "RESOURCE_NOT_EXISTS");
}

/* ---- two merchants of one owner ---- */

static void each_merchant_has_orders_and_keys_of_its_own(void **state)
{
    const char *no = new_no(), *fee = new_no(),
               *target = arena_printf(test.arena,
                                      "/v3/pay/transactions/out-trade-no/%s?mchid=" FEE_MCHID, no);
    struct bytes sealed;

    (void)state;
    place(no);
    wx_fees(target, NULL);
    assert_error(404, "ORDER_NOT_EXIST");
    wx_fees(arena_printf(test.arena, "/v3/pay/transactions/out-trade-no/%s/close", no),
            "{\"mchid\":\"" FEE_MCHID "\"}");
    assert_error(404, "ORDER_NOT_EXIST");
    pay("wechatpay", no);
    wx_fees(REFUNDS, refund_body(no, new_no(), 20000, 20000));
    assert_error(404, "RESOURCE_NOT_EXISTS");
    wx_fees(JSAPI, order_body(fee)); /* the body names the other one */
    assert_error(400, "PARAM_ERROR");
    assert_int_equal(wx_fees("/v3/certificates", NULL), 200);
    sealed = base64_decode(test.arena, said("data.0.encrypt_certificate.ciphertext"));
    assert_non_null(aes_gcm_open(test.arena, bytes_of(FEE_APIV3_KEY),
                                 bytes_of(said("data.0.encrypt_certificate.nonce")),
                                 bytes_of("certificate"), sealed)
                        .data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_order_is_answered_with_a_prepay_id),
        TEST(the_request_chooses_the_key_of_the_answer),
        TEST(an_authorization_must_be_of_now),
        TEST(an_authorization_must_be_whole),
        TEST(the_query_string_is_part_of_what_is_signed),
        TEST(headers_that_the_real_one_wants_are_wanted),
        TEST(each_broken_rule_of_an_order_names_its_member),
        TEST(a_description_has_at_most_127_bytes),
        TEST(strangers_of_merchant_and_payer_are_refused),
        TEST(a_number_is_for_one_order),
        TEST(an_order_is_closed_once_and_for_all),
        TEST(a_paid_order_is_told_by_both_its_numbers),
        TEST(an_unpaid_order_closes_after_seven_days),
        TEST(a_refund_is_accepted_first_and_done_later),
        TEST(a_refund_keeps_to_what_was_paid),
        TEST(what_is_not_paid_or_known_is_not_refunded),
        TEST(a_refund_may_fail_when_told_so),
        TEST(certificates_open_with_the_apiv3_key),
        TEST(each_merchant_has_orders_and_keys_of_its_own),
    };

    return TELL_TWICE(tests);
}
