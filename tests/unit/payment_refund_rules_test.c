#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "payment/payment.h"
#include "payment/refund.h"

/* What check_refundable says is judged by the service test; here its reasons only need a home. */
PAYMENT_REASONS(REASON_DEFINE)

static struct instant at(const char *text)
{
    struct instant moment;

    assert_true(instant_from_text(text, &moment));
    return moment;
}

/* So much of 20,000 fen that were paid at that moment. */
static bool is_cancelled(const char *paid_at, const char *sent_at, int64_t fen)
{
    const struct refund refund = {
        .amount_fen = {fen}, .total_fen = {20000}, .paid_at = at(paid_at)};

    return is_cancellable(&refund, at(sent_at), HOUR_MS);
}

static void the_whole_of_a_payment_of_the_same_day_is_cancelled(void **state)
{
    (void)state;
    assert_true(is_cancelled("2026-11-22T04:00:00.000Z", "2026-11-22T04:00:01.000Z", 20000));
    assert_true(is_cancelled("2026-11-22T04:00:00.000Z", "2026-11-22T14:59:59.999Z", 20000));
}

static void a_part_of_it_is_refunded(void **state)
{
    (void)state;
    assert_false(is_cancelled("2026-11-22T04:00:00.000Z", "2026-11-22T04:00:01.000Z", 19999));
}

static void the_day_goes_from_23_to_23_in_china(void **state)
{
    (void)state;
    assert_false(is_cancelled("2026-11-22T04:00:00.000Z", "2026-11-22T15:00:00.000Z", 20000));
    assert_false(is_cancelled("2026-11-22T14:59:59.999Z", "2026-11-22T15:00:00.000Z", 20000));
    assert_true(is_cancelled("2026-11-22T15:00:00.000Z", "2026-11-22T16:00:00.000Z", 20000));
    assert_true(is_cancelled("2026-11-22T15:00:00.000Z", "2026-11-23T14:59:59.999Z", 20000));
    assert_false(is_cancelled("2026-11-22T15:00:00.000Z", "2026-11-23T15:00:00.000Z", 20000));
}

static void a_year_later_is_another_day(void **state)
{
    (void)state;
    assert_false(is_cancelled("2026-11-22T04:00:00.000Z", "2027-11-22T04:00:00.000Z", 20000));
}

static void only_a_refused_cancellation_is_replaced(void **state)
{
    (void)state;
    assert_true(is_replaced(&(struct refund){.way = WAY_CANCEL, .state = "closed"}));
    assert_false(is_replaced(&(struct refund){.way = WAY_CANCEL, .state = "unknown"}));
    assert_false(is_replaced(&(struct refund){.way = WAY_REFUND, .state = "closed"}));
    assert_false(is_replaced(&(struct refund){.way = NULL, .state = "closed"}));
}

static const char *reach(const char *gateway, const char *now, int64_t parts)
{
    const struct refund refund = {.gateway = gateway, .paid_at = at("2025-11-22T02:00:00.000Z")};
    const struct refund_history history = {.last_at = {NONE}, .parts = parts};

    return out_of_reach(&refund, &history, at(now));
}

static void a_gateway_returns_for_a_year_and_fifty_parts(void **state)
{
    (void)state;
    assert_null(reach("wechatpay", "2026-11-22T02:00:00.000Z", 49));
    assert_string_equal(reach("wechatpay", "2026-11-22T02:00:00.001Z", 0),
                        "已超过支付机构的退款期限");
    assert_string_equal(reach("alipay", "2026-01-01T00:00:00.000Z", 50),
                        "退款次数已达支付机构上限");
    assert_null(reach("unionpay", "2026-10-18T02:00:00.000Z", 0));
    assert_non_null(reach("unionpay", "2026-10-19T02:00:00.000Z", 0));
}

static void the_payer_reads_how_far_a_refund_is(void **state)
{
    struct refund refund = {.reason = "revoked", .state = "requested"};

    (void)state;
    assert_string_equal(refund_step(&refund), "决定已撤销，退款等待经办人审核");
    refund.maker = "m";
    assert_string_equal(refund_step(&refund), "已提出退款，等待复核");
    refund.state = "transfer";
    assert_string_equal(refund_step(&refund), "请提供收款银行账户");
    refund.transfer_state = "given";
    assert_string_equal(refund_step(&refund), "已收到收款账户，正在办理国库退付");
    refund.transfer_state = "bounced";
    assert_string_equal(refund_step(&refund), "未能退至所提供的账户，请重新提供收款银行账户");
    refund.state = "transferred";
    refund.transfer_state = "done";
    assert_string_equal(refund_step(&refund), "已通过国库退付至所提供的银行账户");
    assert_true(is_refund_state("transfer"));
    assert_false(is_refund_state("given"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_of_a_payment_of_the_same_day_is_cancelled),
        cmocka_unit_test(a_part_of_it_is_refunded),
        cmocka_unit_test(the_day_goes_from_23_to_23_in_china),
        cmocka_unit_test(a_year_later_is_another_day),
        cmocka_unit_test(only_a_refused_cancellation_is_replaced),
        cmocka_unit_test(a_gateway_returns_for_a_year_and_fifty_parts),
        cmocka_unit_test(the_payer_reads_how_far_a_refund_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
