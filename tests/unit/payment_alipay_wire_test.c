#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/http.h"
#include "payment/alipay_wire.h"

#define KEYS VECTORS_DIR "/keys/"
#define METHOD "alipay.trade.query"
#define NODE "alipay_trade_query_response"

static struct arena *arena;
static struct key *gateway;
static struct alipay_merchant merchant;

static const char *text_of(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = arena_alloc(arena, 8 * 1024);

    assert_non_null(file);
    assert_true(fread(text, 1, 8 * 1024 - 1, file) > 0);
    fclose(file);
    return text;
}

static struct key *private_of(const char *path)
{
    struct key *key = key_private(text_of(path));

    assert_non_null(key);
    return key;
}

static int open_gateway(void **state)
{
    (void)state;
    arena = arena_open((size_t)1024 * 1024);
    gateway = private_of(KEYS "ali_gateway.key.pem");
    merchant = (struct alipay_merchant){
        .app = {.app_id = "2021", .private_key = gateway, .gateway_key = gateway},
        .op_app_id = "2021",
        .seller_id = "2088",
    };
    return 0;
}

static int close_gateway(void **state)
{
    (void)state;
    key_close(gateway);
    arena_close(arena);
    return 0;
}

static const char *signed_by_gateway(const char *text)
{
    return sign_rsa_sha256(arena, gateway, bytes_of(text));
}

static enum alipay_verdict read_answer(const char *body, struct alipay_answer *answer)
{
    return alipay_read_answer(arena, &merchant.app, METHOD, bytes_of(body), answer);
}

static void a_node_is_taken_as_it_was_written(void **state)
{
    static const char *const nodes[] = {
        "{}",
        "{\"a\":\"}\",\"b\":\"\\\"}\",\"c\":{\"d\":[1,{\"e\":\"]\"}]}}",
        "{ \"code\" : \"10000\" ,\n\"u\":\"\\u597d\\/\" }",
        "{\"sign\":\"inner\",\"" NODE "\":1}",
        "{\"msg\":\"\xc4\xe3\xba\xc3\"}", /* not UTF-8 */
        "\"ZW5jcnlwdGVk\"",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
        struct alipay_answer answer;
        const char *sign = signed_by_gateway(nodes[i]);

        assert_int_equal(
            read_answer(
                arena_printf(arena, " {\"" NODE "\" : %s , \"sign\":\"%s\"}\r\n", nodes[i], sign),
                &answer),
            ALIPAY_GENUINE);
        assert_true(bytes_equal(answer.node, bytes_of(nodes[i])));
        assert_false(answer.is_error);
        assert_int_equal(
            read_answer(arena_printf(arena, "{\"sign\":\"%s\",\"" NODE "\":%s}", sign, nodes[i]),
                        &answer),
            ALIPAY_GENUINE);
    }
}

static void a_signature_may_have_its_slashes_escaped(void **state)
{
    const char *sign = signed_by_gateway("{}");
    char *escaped = arena_alloc(arena, 2 * strlen(sign) + 1), *at = escaped;
    struct alipay_answer answer;

    (void)state;
    for (; *sign != '\0'; sign++) {
        if (*sign == '/')
            *at++ = '\\';
        *at++ = *sign;
    }
    assert_int_equal(
        read_answer(arena_printf(arena, "{\"" NODE "\":{},\"sign\":\"%s\"}", escaped), &answer),
        ALIPAY_GENUINE);
}

static void malformed_envelopes_are_refused(void **state)
{
    const char *sign = signed_by_gateway("{}");
    static const char *const bodies[] = {
        "{\"" NODE "\":{},\"" NODE "\":{},\"sign\":\"%s\"}",
        "{\"" NODE "\":{},\"sign\":\"x\",\"sign\":\"%s\"}",
        "{\"" NODE "\":{},\"error_response\":{},\"sign\":\"%s\"}",
        "{\"" NODE "\":{},\"alipay_trade_cancel_response\":{},\"sign\":\"%s\"}",
        "{\"alipay_trade_cancel_response\":{},\"sign\":\"%s\"}",
        "{\"" NODE "\":{},\"si\\u0067n\":\"%s\"}",
        "{\"" NODE "\":{},\"sign\":\"%s\"}x",
        "{\"" NODE "\":{},\"sign\":\"%s\"",
        "{\"" NODE "\":{},\"sign\":\"%s",
        "{\"" NODE "\":{},\"sign\":\"%s\\",
        "{\"" NODE "\":{}\"sign\":\"%s\"}",
        "{\"" NODE "\":{,\"sign\":\"%s\"}",
        "{\"" NODE "\":,\"sign\":\"%s\"}",
        "{\"" NODE "\":true,\"sign\":\"%s\"}",
        "{\"" NODE "\":[],\"sign\":\"%s\"}",
        "[{\"" NODE "\":{},\"sign\":\"%s\"}]",
        "{\"" NODE "\":{},\"sign\":[\"%s\"]}",
    };
    struct alipay_answer answer;

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        const char *mark = strstr(bodies[i], "%s");
        const char *body =
            arena_printf(arena, "%.*s%s%s", (int)(mark - bodies[i]), bodies[i], sign, mark + 2);

        if (read_answer(body, &answer) != ALIPAY_REFUSED)
            fail_msg("accepted: %s", bodies[i]);
        assert_null(answer.node.data);
    }
    assert_int_equal(read_answer("", &answer), ALIPAY_REFUSED);
    assert_int_equal(read_answer("{}", &answer), ALIPAY_REFUSED);
    assert_int_equal(read_answer("<html>", &answer), ALIPAY_REFUSED);
}

static void deep_nesting_is_refused(void **state)
{
    char deep[200];
    struct alipay_answer answer;

    (void)state;
    memset(deep, '[', sizeof(deep) - 1);
    deep[sizeof(deep) - 1] = '\0';
    assert_int_equal(read_answer(arena_printf(arena, "{\"" NODE "\":%s", deep), &answer),
                     ALIPAY_REFUSED);
}

static void an_error_without_a_signature_says_nothing_for_sure(void **state)
{
    struct alipay_answer answer;

    (void)state;
    assert_int_equal(read_answer("{\"error_response\":{\"code\":\"40002\"}}", &answer),
                     ALIPAY_UNSIGNED_ERROR);
    assert_true(answer.is_error);
    assert_int_equal(read_answer("{\"" NODE "\":{\"code\":\"10000\"}}", &answer), ALIPAY_REFUSED);
    assert_int_equal(read_answer(arena_printf(arena, "{\"error_response\":{},\"sign\":\"%s\"}",
                                              signed_by_gateway("{}")),
                                 &answer),
                     ALIPAY_GENUINE);
    assert_true(answer.is_error);
    assert_int_equal(read_answer(arena_printf(arena, "{\"error_response\":{},\"sign\":\"%s\"}",
                                              signed_by_gateway("{ }")),
                                 &answer),
                     ALIPAY_REFUSED);
}

static void the_certificate_named_beside_the_node_is_handed_on(void **state)
{
    struct alipay_answer answer;

    (void)state;
    assert_int_equal(
        read_answer(arena_printf(arena,
                                 "{\"" NODE "\":{},\"alipay_cert_sn\":\"ab12\",\"sign\":\"%s\"}",
                                 signed_by_gateway("{}")),
                    &answer),
        ALIPAY_GENUINE);
    assert_string_equal(answer.cert_sn, "ab12");
}

/* A notice with an empty parameter, signed over one of the four texts. */
static const char *notice_signed_over(const char *string)
{
    return arena_printf(arena,
                        "app_id=2021&seller_id=2088&body=&sign_type=RSA2&subject=a%%2Bb+c"
                        "&sign=%s",
                        url_encode(arena, signed_by_gateway(string)));
}

static enum alipay_verdict read_notice(const char *form, struct alipay_notice *notice)
{
    return alipay_read_notice(arena, &merchant, bytes_of(form), notice);
}

static void a_notice_may_be_signed_in_four_ways(void **state)
{
    static const char *const strings[] = {
        "app_id=2021&seller_id=2088&subject=a+b c",
        "app_id=2021&body=&seller_id=2088&subject=a+b c",
        "app_id=2021&seller_id=2088&sign_type=RSA2&subject=a+b c",
        "app_id=2021&body=&seller_id=2088&sign_type=RSA2&subject=a+b c",
    };
    struct alipay_notice notice;

    (void)state;
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        assert_int_equal(read_notice(notice_signed_over(strings[i]), &notice), ALIPAY_GENUINE);
        assert_string_equal(notice.string, strings[i]);
        assert_string_equal(alipay_notice_text(&notice, "subject"), "a+b c");
        assert_null(alipay_notice_text(&notice, "absent"));
    }
    assert_int_equal(read_notice(notice_signed_over("app_id=2021&seller_id=2088"), &notice),
                     ALIPAY_REFUSED);
}

static void a_notice_for_others_is_refused(void **state)
{
    const char *form = notice_signed_over("app_id=2021&seller_id=2088&subject=a+b c");
    struct alipay_notice notice;

    (void)state;
    merchant.seller_id = "2089";
    assert_int_equal(read_notice(form, &notice), ALIPAY_REFUSED);
    merchant.seller_id = NULL;
    assert_int_equal(read_notice(form, &notice), ALIPAY_GENUINE);
    merchant.app.app_id = "2022";
    assert_int_equal(read_notice(form, &notice), ALIPAY_REFUSED);
}

static void malformed_notices_are_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "&",
                                      "app_id",
                                      "app_id=2021&&seller_id=2088",
                                      "app_id=2021&app_id=2021",
                                      "app_id=2021&app%5Fid=2021",
                                      "app_id=%2",
                                      "app_id=%zz",
                                      "app_id=a%00b",
                                      "app_id=2021&seller_id=2088"};
    struct alipay_notice notice;
    const char *many = "a0=1";

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(read_notice(bad[i], &notice), ALIPAY_REFUSED);
    for (int i = 1; i <= ALIPAY_NOTICE_PARAMS_MAX; i++)
        many = arena_printf(arena, "%s&a%d=1", many, i);
    assert_int_equal(read_notice(many, &notice), ALIPAY_REFUSED);
}

static void contents_are_written_as_they_read_them(void **state)
{
    struct alipay_order order = {.out_trade_no = "A1",
                                 .subject = "交通违法罚款",
                                 .buyer_open_id = "o1",
                                 .total = {20005},
                                 .expire_at = {INT64_C(1767323045) * 1000}};
    struct alipay_refund refund = {.out_trade_no = "A1", .out_request_no = "R1", .amount = {5}};

    (void)state;
    assert_string_equal(alipay_create_content(arena, &merchant, &order),
                        "{\"out_trade_no\":\"A1\",\"total_amount\":\"200.05\","
                        "\"subject\":\"交通违法罚款\",\"product_code\":\"JSAPI_PAY\","
                        "\"op_app_id\":\"2021\",\"buyer_open_id\":\"o1\","
                        "\"time_expire\":\"2026-01-02 11:04:05\"}");
    merchant.op_app_id = "2022"; /* another merchant's trade in our mini program */
    assert_non_null(
        strstr(alipay_create_content(arena, &merchant, &order), "\"op_app_id\":\"2022\""));
    merchant.op_app_id = "2021";
    order.subject = "a/b=c&d";
    assert_non_null(strstr(alipay_create_content(arena, &merchant, &order), "\"a／b＝c＆d\""));
    order.subject = arena_printf(arena, "%0253d&&", 0); /* 253 bytes, then 3 and 3 */
    assert_non_null(strstr(alipay_create_content(arena, &merchant, &order), "0＆\""));
    assert_string_equal(alipay_trade_content(arena, "A1"), "{\"out_trade_no\":\"A1\"}");
    assert_string_equal(alipay_refund_content(arena, &refund),
                        "{\"out_trade_no\":\"A1\",\"refund_amount\":\"0.05\","
                        "\"out_request_no\":\"R1\"}");
    assert_string_equal(alipay_refund_query_content(arena, "A1", "R1"),
                        "{\"out_trade_no\":\"A1\",\"out_request_no\":\"R1\",\"query_options\":"
                        "[\"refund_detail_item_list\",\"gmt_refund_pay\"]}");
}

static void a_request_never_carries_empty_parameters(void **state)
{
    const struct alipay_param more[] = {{"grant_type", "authorization_code"}, {"code", "c/1"}};
    struct alipay_call call = {
        .method = "alipay.system.oauth.token", .more = {more, 2}, .now = {1767323045000}};
    const char *form = alipay_form(arena, &merchant.app, &call);

    (void)state;
    assert_non_null(strstr(form, "&code=c%2F1&"));
    assert_non_null(strstr(form, "&timestamp=2026-01-02%2011%3A04%3A05&"));
    assert_null(strstr(form, "biz_content"));
    assert_null(strstr(form, "notify_url"));
    assert_null(strstr(form, "cert_sn"));
    call.biz_content = "{}";
    merchant.app.app_cert_sn = "aa";
    merchant.app.root_cert_sn = "bb";
    form = alipay_form(arena, &merchant.app, &call);
    assert_non_null(strstr(form, "biz_content=%7B%7D"));
    assert_non_null(strstr(form, "alipay_root_cert_sn=bb&app_cert_sn=aa"));
}

static void times_are_those_of_beijing(void **state)
{
    static const char *const bad[] = {"",
                                      "2026-01-02T11:04:05",
                                      "2026-01-02 11:04",
                                      "2026-01-02 24:00:00",
                                      "2026-13-02 11:04:05",
                                      "2026-01-02 11:04:05.1",
                                      "2026-01-02 1 :04:05"};
    struct instant at = {0};

    (void)state;
    assert_true(alipay_time_read("2026-01-02 11:04:05", &at));
    assert_int_equal(at.ms, INT64_C(1767323045) * 1000);
    assert_string_equal(alipay_time(arena, at), "2026-01-02 11:04:05");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(alipay_time_read(bad[i], &at));
}

#define FIRST "0123456789abcdef0123456789abcdef"
#define SECOND "fedcba9876543210fedcba9876543210"

/* From now on the merchant is in certificate mode; another key is under the first serial. */
static void believe(const struct key *other)
{
    static struct alipay_signer signers[2];

    signers[0] = (struct alipay_signer){FIRST, other};
    signers[1] = (struct alipay_signer){SECOND, gateway};
    merchant.app.gateway_key = NULL;
    merchant.app.app_cert_sn = "aa";
    merchant.app.signers = signers;
    merchant.app.signer_count = 2;
}

static enum alipay_verdict answer_naming(const char *sn)
{
    struct alipay_answer answer;
    const char *named = sn == NULL ? "" : arena_printf(arena, "\"alipay_cert_sn\":\"%s\",", sn);

    return read_answer(
        arena_printf(arena, "{\"" NODE "\":{},%s\"sign\":\"%s\"}", named, signed_by_gateway("{}")),
        &answer);
}

static void an_answer_is_measured_by_the_certificate_that_it_names(void **state)
{
    struct key *other = private_of(KEYS "ali_stranger.key.pem");

    (void)state;
    believe(other);
    assert_int_equal(answer_naming(SECOND), ALIPAY_GENUINE);
    assert_int_equal(answer_naming(FIRST), ALIPAY_REFUSED);
    assert_int_equal(answer_naming(NULL), ALIPAY_GENUINE);
    assert_int_equal(answer_naming("00000000000000000000000000000000"), ALIPAY_UNKNOWN_SERIAL);
    assert_int_equal(answer_naming("ab12"), ALIPAY_REFUSED);
    merchant.app.signer_count = 1;
    assert_int_equal(answer_naming(NULL), ALIPAY_REFUSED);
    merchant.app.signer_count = 0; /* all have ended */
    assert_int_equal(answer_naming(SECOND), ALIPAY_UNKNOWN_SERIAL);
    key_close(other);
}

static enum alipay_verdict notice_naming(const char *sn, const char *string)
{
    struct alipay_notice notice;

    return read_notice(arena_printf(arena, "%s&alipay_cert_sn=%s", notice_signed_over(string), sn),
                       &notice);
}

static void the_serial_takes_part_in_a_notices_signature_or_not(void **state)
{
    static const char with[] = "alipay_cert_sn=" SECOND "&app_id=2021&seller_id=2088&subject=a+b c";
    static const char without[] = "app_id=2021&seller_id=2088&subject=a+b c";

    (void)state;
    believe(gateway);
    assert_int_equal(notice_naming(SECOND, with), ALIPAY_GENUINE);
    assert_int_equal(notice_naming(SECOND, without), ALIPAY_GENUINE);
    assert_int_equal(notice_naming(SECOND, "app_id=2021&seller_id=2088"), ALIPAY_REFUSED);
    assert_int_equal(notice_naming("00000000000000000000000000000000", without),
                     ALIPAY_UNKNOWN_SERIAL);
    merchant.app.app_id = "2022"; /* nothing is asked for a notice to others */
    assert_int_equal(notice_naming("00000000000000000000000000000000", without), ALIPAY_REFUSED);
}

static void a_certificate_comes_from_the_roots_by_way_of_what_comes_with_it(void **state)
{
    const char *roots = text_of(KEYS "ali_root_bundle.pem");
    const char *both = text_of(KEYS "ali_gateway.cert.pem"),
               *middle = text_of(KEYS "ali_ca_mid.pem");
    const char *second = strstr(both + 1, "-----BEGIN");
    const char *alone = arena_text_of(arena, both, (size_t)(second - both));
    const struct instant now = {1780272000000}, late = {4102444800000};

    (void)state;
    assert_true(alipay_is_rooted(roots, both, now));
    assert_false(alipay_is_rooted(roots, alone, now));
    assert_false(alipay_is_rooted(roots, both, late));
    assert_false(alipay_is_rooted(middle, both, now));
    assert_false(alipay_is_rooted(both, both, now));
    assert_false(alipay_is_rooted("", both, now));
    assert_false(alipay_is_rooted(roots, "", now));
}

#define WIRE_TEST(name) cmocka_unit_test_setup_teardown(name, open_gateway, close_gateway)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WIRE_TEST(a_node_is_taken_as_it_was_written),
        WIRE_TEST(a_signature_may_have_its_slashes_escaped),
        WIRE_TEST(malformed_envelopes_are_refused),
        WIRE_TEST(deep_nesting_is_refused),
        WIRE_TEST(an_error_without_a_signature_says_nothing_for_sure),
        WIRE_TEST(the_certificate_named_beside_the_node_is_handed_on),
        WIRE_TEST(an_answer_is_measured_by_the_certificate_that_it_names),
        WIRE_TEST(the_serial_takes_part_in_a_notices_signature_or_not),
        WIRE_TEST(a_certificate_comes_from_the_roots_by_way_of_what_comes_with_it),
        WIRE_TEST(a_notice_may_be_signed_in_four_ways),
        WIRE_TEST(a_notice_for_others_is_refused),
        WIRE_TEST(malformed_notices_are_refused),
        WIRE_TEST(contents_are_written_as_they_read_them),
        WIRE_TEST(a_request_never_carries_empty_parameters),
        WIRE_TEST(times_are_those_of_beijing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
