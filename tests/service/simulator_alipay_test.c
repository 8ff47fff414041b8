/* Alipay's gateway.do, asked by an application that signs and verifies with another library. */

#include "service/simulator_stage.h"

#include "core/clock.h"

static const char *node(const char *method, const char *member)
{
    char *name = arena_printf(test.arena, "%s_response.%s", method, member);

    for (char *at = name; at < name + strlen(method); at++)
        *at = *at == '.' ? '_' : *at;
    assert_true(is_signed_by_alipay());
    return said(name);
}

/* Asks about one order, with further members. */
static const char *about(const char *no, const char *more)
{
    return arena_printf(test.arena, "{\"out_trade_no\":\"%s\"%s}", no, more);
}

static const char *sub_code(const char *method, const char *biz)
{
    assert_int_equal(ali(method, biz), 200);
    return node(method, "sub_code");
}

static const char *status_of(const char *no)
{
    assert_int_equal(ali("alipay.trade.query", about(no, "")), 200);
    return node("alipay.trade.query", "trade_status");
}

static const char *refund(const char *no, const char *amount, const char *number)
{
    ali("alipay.trade.refund",
        about(no, arena_printf(test.arena, ",\"refund_amount\":\"%s\",\"out_request_no\":\"%s\"",
                               amount, number)));
    return node("alipay.trade.refund", "fund_change");
}

static const char *refund_sub_code(void)
{
    return node("alipay.trade.refund", "sub_code");
}

static const char *paid_trade(void)
{
    const char *no = new_no();

    place_trade(no);
    pay("alipay", no);
    return no;
}

static void a_trade_is_placed_once(void **state)
{
    const char *no = new_no(), *trade_no, *other;

    (void)state;
    place_trade(no);
    trade_no = node("alipay.trade.create", "trade_no");
    assert_int_equal(strlen(trade_no), 28);
    place_trade(no);
    assert_string_equal(node("alipay.trade.create", "trade_no"), trade_no);
    other = arena_printf(test.arena, "%.*s,\"timeout_express\":\"1h\"}",
                         (int)strlen(trade_body(no)) - 1, trade_body(no));
    assert_string_equal(sub_code("alipay.trade.create", other), "ACQ.CONTEXT_INCONSISTENT");
    assert_string_equal(status_of(no), "WAIT_BUYER_PAY");
    pay("alipay", no);
    assert_string_equal(status_of(no), "TRADE_SUCCESS");
    assert_string_equal(sub_code("alipay.trade.create", trade_body(no)), "ACQ.TRADE_HAS_SUCCESS");
}

/* trade_body with one text put for another. */
static const char *changed(const char *text, const char *by)
{
    const char *body = trade_body(new_no()), *at = strstr(body, text);

    assert_non_null(at);
    return arena_printf(test.arena, "%.*s%s%s", (int)(at - body), body, by, at + strlen(text));
}

static void broken_contents_are_refused(void **state)
{
    static const struct {
        const char *text, *by;
    } cases[] = {{"200.00", "0.00"},        {"200.00", "200.001"},     {"200.00", "2e2"},
                 {"\"200.00\"", "200.00"},  {"罚款", "a/b"},           {"罚款", ""},
                 {"JSAPI_PAY", "FACE"},     {"o-payer", "o-nobody"},   {"o-payer", "付款人"},
                 {"2021000000000001", "1"}, {"\"subject\"", "\"sub\""}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_string_equal(sub_code("alipay.trade.create", changed(cases[i].text, cases[i].by)),
                            "ACQ.INVALID_PARAMETER");
    ali("alipay.trade.create", "no json");
    assert_string_equal(node("alipay.trade.create", "sub_code"), "isv.invalid-parameter");
    ali("alipay.trade.invented", "{}");
    assert_string_equal(said("error_response.sub_code"), "isv.invalid-method");
}

/* The last request again, with one text of its body put for another of the same size. */
static void repeat_with(const char *text, const char *by)
{
    char *body =
        arena_text_of(test.arena, (const char *)test.asker.body.data, test.asker.body.size);
    char *at = strstr(body, text);

    assert_non_null(at);
    assert_int_equal(strlen(text), strlen(by));
    memcpy(at, by, strlen(by));
    wechat("/gateway.do?charset=utf-8", body);
}

static void the_signature_covers_every_parameter(void **state)
{
    static const struct {
        const char *text, *by;
    } cases[] = {{"charset=utf-8", "charset=UTF-8"},
                 {"trade.query", "trade.close"},
                 {"notify%2Falipay", "notify%2Falipax"},
                 {"timestamp=2", "timestamp=1"}};

    (void)state;
    place_trade(new_no());
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        ali("alipay.trade.query", about(new_no(), ""));
        repeat_with(cases[i].text, cases[i].by);
        assert_null(strstr(test.asker.r->answer, "\"sign\""));
        assert_string_equal(said("error_response.code"), "40002");
    }
    ali("alipay.trade.query", about(new_no(), ""));
    repeat_with("app_id=2021", "app_id=2022");
    assert_string_equal(said("error_response.sub_code"), "isv.invalid-app-id");
}

static void closing_ends_only_what_is_not_paid(void **state)
{
    const char *no = new_no();

    (void)state;
    place_trade(no);
    ali("alipay.trade.close", about(no, ""));
    assert_string_equal(node("alipay.trade.close", "code"), "10000");
    assert_string_equal(status_of(no), "TRADE_CLOSED");
    assert_string_equal(sub_code("alipay.trade.close", about(no, "")), "ACQ.TRADE_HAS_CLOSE");
    assert_string_equal(sub_code("alipay.trade.create", trade_body(no)), "ACQ.TRADE_HAS_CLOSE");
    assert_string_equal(sub_code("alipay.trade.close", about(paid_trade(), "")),
                        "ACQ.REASON_TRADE_STATUS_INVALID");
    assert_string_equal(sub_code("alipay.trade.close", about(new_no(), "")), "ACQ.TRADE_NOT_EXIST");
}

static void a_trade_ends_with_its_time(void **state)
{
    const char *no = new_no();

    (void)state;
    ali("alipay.trade.create", arena_printf(test.arena, "%.*s,\"timeout_express\":\"30m\"}",
                                            (int)strlen(trade_body(no)) - 1, trade_body(no)));
    shift_clock(29 * MINUTE_MS);
    assert_string_equal(status_of(no), "WAIT_BUYER_PAY");
    shift_clock(31 * MINUTE_MS);
    assert_string_equal(status_of(no), "TRADE_CLOSED");
    control("POST", arena_printf(test.arena, "/simulator/orders/alipay/%s/pay", no), NULL);
    assert_string_equal(said("error.code"), "not_payable");
}

static void a_precreated_trade_exists_when_it_is_scanned(void **state)
{
    const char *no = new_no();

    (void)state;
    ali("alipay.trade.precreate", about(no, ",\"total_amount\":\"0.01\",\"subject\":\"x\""));
    assert_non_null(node("alipay.trade.precreate", "qr_code"));
    assert_string_equal(sub_code("alipay.trade.query", about(no, "")), "ACQ.TRADE_NOT_EXIST");
    pay("alipay", no);
    assert_string_equal(status_of(no), "TRADE_SUCCESS");
}

static void a_refund_moves_money_once(void **state)
{
    const char *no = paid_trade();

    (void)state;
    assert_string_equal(refund(no, "50.00", "R1"), "Y");
    assert_string_equal(refund(no, "50.00", "R1"), "N");
    assert_null(refund(no, "50.01", "R1"));
    assert_string_equal(refund_sub_code(), "ACQ.DISCORDANT_REPEAT_REQUEST");
    assert_null(refund(no, "150.01", "R2"));
    assert_string_equal(refund_sub_code(), "ACQ.REASON_TRADE_REFUND_FEE_ERR");
    assert_string_equal(refund(no, "150.00", "R2"), "Y");
    assert_string_equal(node("alipay.trade.refund", "refund_fee"), "200.00");
    assert_string_equal(status_of(no), "TRADE_CLOSED");
    control("GET", arena_printf(test.arena, "/simulator/movements?out_trade_no=%s", no), NULL);
    assert_int_equal(answer_count(&test.asker, "items"), 3);
}

static void a_refund_without_a_number_is_for_all_of_it(void **state)
{
    const char *no = paid_trade();

    (void)state;
    assert_string_equal(sub_code("alipay.trade.refund", about(no, ",\"refund_amount\":\"1.00\"")),
                        "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL");
    ali("alipay.trade.refund", about(no, ",\"refund_amount\":\"200.00\""));
    assert_string_equal(node("alipay.trade.refund", "fund_change"), "Y");
}

static void only_a_refund_that_is_done_has_a_status(void **state)
{
    const char *no = paid_trade(), *query = about(no, ",\"out_request_no\":\"R1\"");

    (void)state;
    ali("alipay.trade.fastpay.refund.query", query);
    assert_string_equal(node("alipay.trade.fastpay.refund.query", "code"), "10000");
    assert_null(said("alipay_trade_fastpay_refund_query_response.refund_status"));
    refund(no, "50.00", "R1");
    ali("alipay.trade.fastpay.refund.query", query);
    assert_string_equal(node("alipay.trade.fastpay.refund.query", "refund_status"),
                        "REFUND_SUCCESS");
}

static void what_is_not_paid_is_not_refunded(void **state)
{
    const char *no = new_no();

    (void)state;
    place_trade(no);
    assert_null(refund(no, "200.00", "R1"));
    assert_string_equal(refund_sub_code(), "ACQ.TRADE_STATUS_ERROR");
    fault("{\"gateway\":\"alipay\",\"operation\":\"refund\",\"fault\":\"not_enough\",\"times\":1}");
    no = paid_trade();
    assert_null(refund(no, "200.00", "R1"));
    assert_string_equal(refund_sub_code(), "ACQ.SELLER_BALANCE_NOT_ENOUGH");
    assert_string_equal(refund(no, "200.00", "R1"), "Y");
}

static void each_application_has_trades_and_a_key_of_its_own(void **state)
{
    const char *no = new_no(), *fee = new_no();

    (void)state;
    place_trade(no);
    ali_fees("alipay.trade.query", about(no, ""));
    assert_string_equal(node("alipay.trade.query", "sub_code"), "ACQ.TRADE_NOT_EXIST");
    ali_fees("alipay.trade.close", about(no, ""));
    assert_string_equal(node("alipay.trade.close", "sub_code"), "ACQ.TRADE_NOT_EXIST");
    pay("alipay", no);
    ali_fees("alipay.trade.refund", about(no, ",\"refund_amount\":\"200.00\""));
    assert_string_equal(node("alipay.trade.refund", "sub_code"), "ACQ.TRADE_NOT_EXIST");
    ali_fees("alipay.trade.create", trade_body(fee)); /* in the mini program of the other one */
    assert_string_equal(node("alipay.trade.create", "code"), "10000");
    assert_string_equal(sub_code("alipay.trade.query", about(fee, "")), "ACQ.TRADE_NOT_EXIST");
    pay("alipay", fee);
    run_jobs();
    assert_int_equal(arrived("app_id=" FEE_APP_ID), 1);
    assert_int_equal(arrived("seller_id=2088000000000017"), 1);
}

static void an_application_s_signature_counts_for_itself_alone(void **state)
{
    struct key *own = test.fee_app;

    (void)state;
    test.fee_app = test.app;
    ali_fees("alipay.trade.query", about(new_no(), ""));
    test.fee_app = own;
    assert_string_equal(said("error_response.sub_code"), "isv.invalid-signature");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_trade_is_placed_once),
        TEST(broken_contents_are_refused),
        TEST(the_signature_covers_every_parameter),
        TEST(closing_ends_only_what_is_not_paid),
        TEST(a_trade_ends_with_its_time),
        TEST(a_precreated_trade_exists_when_it_is_scanned),
        TEST(a_refund_moves_money_once),
        TEST(a_refund_without_a_number_is_for_all_of_it),
        TEST(only_a_refund_that_is_done_has_a_status),
        TEST(what_is_not_paid_is_not_refunded),
        TEST(each_application_has_trades_and_a_key_of_its_own),
        TEST(an_application_s_signature_counts_for_itself_alone),
    };

    return TELL_TWICE(tests);
}
