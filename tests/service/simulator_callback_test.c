/* Notices, faults, and what a person does on the page. */

#include "service/simulator_stage.h"

#include "core/clock.h"

#define NOTICE "POST /notify/"

static const char *placed(const char *gateway)
{
    const char *no = new_no();

    if (strcmp(gateway, "alipay") == 0)
        place_trade(no);
    else
        place(no);
    return no;
}

static void pay_and_run(const char *gateway, const char *no)
{
    pay(gateway, no);
    run_jobs();
}

static const char *callback(const char *no, const char *member)
{
    control("GET", arena_printf(test.arena, "/simulator/callbacks?out_trade_no=%s", no), NULL);
    return said(arena_printf(test.arena, "items.0.%s", member));
}

static void fault_on(const char *no, const char *operation, const char *more)
{
    fault(arena_printf(test.arena, "{\"match\":\"%s\",\"operation\":\"%s\",%s}", no, operation,
                       more));
}

/* ---- notices ---- */

/* The value of a header line among those of the notice. */
static const char *notice_header(const char *name)
{
    size_t size = strlen(name);

    for (int64_t i = 0; i < answer_count(&test.asker, "headers"); i++) {
        const char *line = said(arena_printf(test.arena, "headers.%d", (int)i));

        if (strncmp(line, name, size) == 0 && line[size] == ':')
            return line + size + 2;
    }
    return "";
}

static void fetch_notice(const char *no, const char *wanted_fault)
{
    const char *id = callback(no, "id");

    control("GET",
            arena_printf(test.arena, "/simulator/callbacks/%s/bytes%s%s", id,
                         *wanted_fault ? "?fault=" : "", wanted_fault),
            NULL);
}

static bool is_notice_signed(void)
{
    return verify_rsa_sha256(
        test.platform,
        bytes_of(arena_printf(test.arena, "%s\n%s\n%s\n", notice_header("Wechatpay-Timestamp"),
                              notice_header("Wechatpay-Nonce"), said("body"))),
        notice_header("Wechatpay-Signature"));
}

static void a_notice_of_wechat_pay_opens_with_the_merchants_key(void **state)
{
    const char *no = placed("wechatpay");
    struct bytes plain;
    const json_t *resource;
    json_t *body;

    (void)state;
    pay_and_run("wechatpay", no);
    assert_int_equal(arrived(NOTICE "wechatpay"), 1);
    fetch_notice(no, "");
    assert_true(is_notice_signed());
    assert_string_equal(notice_header("Wechatpay-Serial"), test.platform_serial);
    body = json_loads(said("body"), JSON_REJECT_DUPLICATES, NULL);
    assert_string_equal(json_string_value(json_object_get(body, "event_type")),
                        "TRANSACTION.SUCCESS");
    resource = json_object_get(body, "resource");
    plain = aes_gcm_open(
        test.arena, bytes_of(APIV3_KEY),
        bytes_of(json_string_value(json_object_get(resource, "nonce"))), bytes_of("transaction"),
        base64_decode(test.arena, json_string_value(json_object_get(resource, "ciphertext"))));
    json_decref(body);
    assert_non_null(plain.data);
    assert_non_null(strstr(arena_text_of(test.arena, plain.data, plain.size), no));
    fetch_notice(no, "forged");
    assert_false(is_notice_signed());
    fetch_notice(no, "probe");
    assert_memory_equal(notice_header("Wechatpay-Signature"), "WECHATPAY/SIGNTEST/", 19);
    fetch_notice(no, "old_timestamp");
    assert_true(is_notice_signed());
    assert_true(strtoll(notice_header("Wechatpay-Timestamp"), NULL, 10) <
                clock_now().ms / SECOND_MS - 300);
}

static void wechat_pay_repeats_on_its_schedule(void **state)
{
    static const int64_t gaps_s[] = {15,   15,   30,    180,   600,   1200,  1800, 1800,
                                     1800, 3600, 10800, 10800, 10800, 21600, 21600};
    const char *no = placed("wechatpay");
    int64_t at_ms = 0;

    (void)state;
    merchant_says("500 {}\n");
    pay_and_run("wechatpay", no);
    for (size_t i = 0; i < sizeof(gaps_s) / sizeof(*gaps_s); i++) {
        assert_int_equal(arrived(NOTICE), (int)i + 1);
        shift_clock(at_ms + (gaps_s[i] - 5) * SECOND_MS);
        run_jobs();
        assert_int_equal(arrived(NOTICE), (int)i + 1);
        at_ms += (gaps_s[i] + 5) * SECOND_MS;
        shift_clock(at_ms);
        run_jobs();
    }
    assert_int_equal(arrived(NOTICE), 16);
    assert_string_equal(callback(no, "state"), "abandoned");
}

static void alipay_wants_the_word_success(void **state)
{
    const char *no = placed("alipay");

    (void)state;
    merchant_says("200 ok\n");
    pay_and_run("alipay", no);
    assert_string_equal(callback(no, "state"), "waiting");
    shift_clock(235 * SECOND_MS);
    run_jobs();
    assert_int_equal(arrived(NOTICE "alipay"), 1);
    merchant_says("200 success\n");
    shift_clock(245 * SECOND_MS);
    run_jobs();
    assert_int_equal(arrived(NOTICE "alipay"), 2);
    assert_string_equal(callback(no, "state"), "delivered");
    shift_clock(DAY_MS);
    run_jobs();
    assert_int_equal(arrived(NOTICE "alipay"), 2);
}

static void notices_go_wrong_as_told(void **state)
{
    static const struct {
        const char *fault;
        int at_once, later; /* how many arrive, within a minute */
    } cases[] = {
        {"\"fault\":\"repeat\",\"repeats\":7", 7, 7},
        {"\"fault\":\"repeat\",\"repeats\":7,\"concurrent\":true", 7, 7},
        {"\"fault\":\"missing\"", 0, 0},
        {"\"fault\":\"late\",\"delay_ms\":20000", 0, 1},
        {"\"fault\":\"out_of_order\",\"delay_ms\":20000", 0, 1},
        {"\"fault\":\"forged\"", 2, 2},
        {"\"fault\":\"probe\"", 1, 2},
        {"\"fault\":\"bad_signature\"", 1, 2},
        {"\"fault\":\"old_timestamp\"", 1, 2},
        {"\"fault\":\"closed_after\"", 1, 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *no;
        int before = arrived(NOTICE);

        shift_clock(0);
        no = placed("wechatpay");
        fault_on(no, "callback", cases[i].fault);
        pay_and_run("wechatpay", no);
        assert_int_equal(arrived(NOTICE) - before, cases[i].at_once);
        shift_clock(30 * SECOND_MS);
        run_jobs();
        assert_int_equal(arrived(NOTICE) - before, cases[i].later);
    }
}

/* ---- answers ---- */

static void an_order_call_goes_wrong_as_told(void **state)
{
    static const struct {
        const char *fault;
        int status;
        bool is_good, has_effect;
    } cases[] = {
        {"http_500", 500, false, false},     {"http_429", 429, true, false},
        {"system_error", 500, false, false}, {"system_error_after", 500, false, true},
        {"lost_request", 200, false, false}, {"lost_answer", 200, false, true},
        {"no_signature", 200, false, true},  {"bad_signature", 200, false, true},
        {"forged", 200, false, true},        {"probe", 200, false, true},
        {"old_timestamp", 200, true, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *no = new_no();

        fault_on(no, "order",
                 arena_printf(test.arena, "\"fault\":\"%s\",\"times\":1", cases[i].fault));
        assert_int_equal(wx("/v3/pay/transactions/jsapi", order_body(no)), cases[i].status);
        assert_int_equal(is_signed(), cases[i].is_good);
        assert_int_equal(header("X-Accel-Redirect") != NULL,
                         strncmp(cases[i].fault, "lost", 4) == 0);
        wx(arena_printf(test.arena, "/v3/pay/transactions/out-trade-no/%s?mchid=" MCHID, no), NULL);
        assert_int_equal(test.asker.r->http_status, cases[i].has_effect ? 200 : 404);
        place(no); /* once was enough */
    }
}

static void a_query_can_lie(void **state)
{
    const char *no = placed("wechatpay");

    (void)state;
    pay("wechatpay", no);
    fault_on(no, "query", "\"fault\":\"says_unpaid\",\"times\":1");
    assert_string_equal(trade_state(no), "NOTPAY");
    fault_on(no, "query", "\"fault\":\"says_closed\",\"times\":1");
    assert_string_equal(trade_state(no), "CLOSED");
    fault_on(no, "query", "\"fault\":\"wrong_amount\",\"times\":1");
    assert_string_equal(trade_state(no), "SUCCESS");
    assert_int_equal(said_number("amount.total"), 20001);
    trade_state(no);
    assert_int_equal(said_number("amount.total"), 20000);
}

static const char *play(void)
{
    const char *story = "";

    control("DELETE", "/simulator/faults", NULL);
    fault("{\"fault\":\"random\",\"seed\":7,\"permille\":500}");
    for (int i = 0; i < 12; i++) {
        wx(arena_printf(test.arena, "/v3/pay/transactions/out-trade-no/RANDOM%d?mchid=" MCHID, i),
           NULL);
        story = arena_printf(test.arena, "%s %d%d", story, test.asker.r->http_status, is_signed());
    }
    return story;
}

static void the_same_seed_plays_the_same_faults(void **state)
{
    const char *first;

    (void)state;
    first = play();
    assert_string_equal(play(), first);
    assert_non_null(strstr(first, "4041"));
    assert_true(strlen(first) == strlen(" 4041") * 12);
}

static void unknown_faults_are_refused(void **state)
{
    static const char *const bad[] = {"{}", "{\"fault\":\"flood\"}",
                                      "{\"operation\":\"order\",\"fault\":\"repeat\"}",
                                      "{\"operation\":\"fly\",\"fault\":\"latency\"}",
                                      "{\"fault\":\"latency\",\"latency_ms\":-1}"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_true(control("POST", "/simulator/faults", bad[i]) / 100 == 4);
    control("GET", "/simulator/faults", NULL);
    assert_int_equal(answer_count(&test.asker, "items"), 0);
}

/* ---- paying ---- */

static int pay_with(const char *no, const char *body)
{
    return control("POST", arena_printf(test.arena, "/simulator/orders/wechatpay/%s/pay", no),
                   body);
}

static const char *client_body(const char *prepay_id, const char *signed_nonce)
{
    const char *message =
        arena_printf(test.arena, APPID "\n1767323060\n%s\nprepay_id=%s\n", signed_nonce, prepay_id);

    return arena_printf(test.arena,
                        "{\"timeStamp\":\"1767323060\",\"nonceStr\":\"n\",\"package\":"
                        "\"prepay_id=%s\",\"signType\":\"RSA\",\"paySign\":\"%s\"}",
                        prepay_id, sign_rsa_sha256(test.arena, test.merchant, bytes_of(message)));
}

static void the_client_checks_what_it_is_given(void **state)
{
    const char *no = new_no(), *other = new_no(), *prepay_id, *foreign;

    (void)state;
    place(other);
    foreign = said("prepay_id");
    place(no);
    prepay_id = said("prepay_id");
    assert_int_equal(pay_with(no, client_body(prepay_id, "m")), 422);
    assert_int_equal(pay_with(no, client_body(foreign, "n")), 422);
    assert_int_equal(pay_with(no, "{\"paySign\":\"x\"}"), 422);
    assert_int_equal(pay_with(no, "[]"), 400);
    assert_int_equal(pay_with(no, client_body(prepay_id, "n")), 200);
    assert_int_equal(pay_with(no, client_body(prepay_id, "n")), 409);
    assert_int_equal(pay_with(new_no(), NULL), 404);
}

static void a_closed_order_is_paid_by_force_only(void **state)
{
    const char *no = placed("wechatpay");

    (void)state;
    wx(arena_printf(test.arena, "/v3/pay/transactions/out-trade-no/%s/close", no),
       "{\"mchid\":\"" MCHID "\"}");
    assert_int_equal(pay_with(no, NULL), 409);
    assert_int_equal(pay_with(no, "{\"force\":true}"), 200);
    assert_string_equal(trade_state(no), "SUCCESS");
}

static void another_amount_and_an_unknown_order_are_true_payments(void **state)
{
    const char *no = placed("wechatpay");
    int64_t before;

    (void)state;
    control("GET", "/simulator/movements", NULL);
    before = answer_count(&test.asker, "items");
    fault_on(no, "pay", "\"fault\":\"wrong_amount\",\"amount_fen\":19999");
    pay("wechatpay", no);
    trade_state(no);
    assert_int_equal(said_number("amount.total"), 19999);
    no = placed("wechatpay");
    fault_on(no, "pay", "\"fault\":\"unknown_order\"");
    pay("wechatpay", no);
    control("GET", "/simulator/movements", NULL);
    assert_int_equal(answer_count(&test.asker, "items") - before, 3);
    run_jobs();
    assert_int_equal(arrived(NOTICE), 3);
}

static void a_person_pays_by_a_click(void **state)
{
    const char *no = placed("wechatpay");

    (void)state;
    assert_int_equal(control("GET", "/simulator/", NULL), 200);
    assert_non_null(strstr(test.asker.r->answer, no));
    assert_int_equal(
        control("POST", arena_printf(test.arena, "/simulator/click/wechatpay/%s", no), NULL), 303);
    assert_string_equal(trade_state(no), "SUCCESS");
    control("GET", "/simulator/", NULL);
    assert_null(strstr(test.asker.r->answer, no));
}

static void the_page_shows_text_and_no_markup(void **state)
{
    const char *no = new_no();

    (void)state;
    control("POST", "/simulator/orders",
            arena_printf(test.arena,
                         "{\"gateway\":\"wechatpay\",\"out_trade_no\":\"%s\",\"amount_fen\":1,"
                         "\"notify_url\":\"https://127.0.0.1/x\",\"subject\":"
                         "\"<script>a('&')</script>\"}",
                         no));
    assert_int_equal(test.asker.r->http_status, 201);
    control("GET", "/simulator/", NULL);
    assert_null(strstr(test.asker.r->answer, "<script>"));
    assert_non_null(strstr(test.asker.r->answer, "&#60;script&#62;a(&#39;&#38;&#39;)"));
    pay("wechatpay", no);
    assert_int_equal(control("POST", "/simulator/orders", "{\"gateway\":\"cash\"}"), 400);
}

static void control_is_closed_to_the_gateways_door(void **state)
{
    (void)state;
    assert_int_equal(wechat("/simulator/faults", NULL), 404);
    assert_int_equal(wechat("/simulator/movements", NULL), 404);
    assert_int_equal(control("GET", "/v3/certificates", NULL), 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_notice_of_wechat_pay_opens_with_the_merchants_key),
        TEST(wechat_pay_repeats_on_its_schedule),
        TEST(alipay_wants_the_word_success),
        TEST(notices_go_wrong_as_told),
        TEST(an_order_call_goes_wrong_as_told),
        TEST(a_query_can_lie),
        TEST(the_same_seed_plays_the_same_faults),
        TEST(unknown_faults_are_refused),
        TEST(the_client_checks_what_it_is_given),
        TEST(a_closed_order_is_paid_by_force_only),
        TEST(another_amount_and_an_unknown_order_are_true_payments),
        TEST(a_person_pays_by_a_click),
        TEST(the_page_shows_text_and_no_markup),
        TEST(control_is_closed_to_the_gateways_door),
    };

    return TELL_TWICE(tests);
}
