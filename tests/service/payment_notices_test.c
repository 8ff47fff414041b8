/* What the payer is told of a refund, and what not. */

#include "service/payment_stage_refunds.h"

static int64_t told(const char *order)
{
    return database_number("SELECT COUNT(*) FROM event WHERE consumer = 'notice'"
                           " AND kind = 'refund_step' AND JSON_VALUE(arg, '$.about') = '%s'",
                           order);
}

static const char *step_told(const char *no, const char *state)
{
    return database_word("SELECT JSON_VALUE(arg, '$.values.step') FROM event WHERE consumer ="
                         " 'notice' AND JSON_VALUE(arg, '$.subject') = '%s:%s'",
                         no, state);
}

static void the_payer_is_told_of_the_agreement_and_of_the_end(void **state)
{
    const char *order = paid_order("told-key-1"), *no = requested("told-key-1-a", order, 5000);

    (void)state;
    assert_int_equal(told(order), 0);
    assert_int_equal(decide_by(CHECKER, no, "approval"), 200);
    assert_int_equal(decide_by(CHECKER, no, "approval"), 200);
    assert_string_equal(step_told(no, "approved"), "已复核同意，即将原路退回");
    wechatpay_refunds(no, "SUCCESS", 5000);
    run_what_is_due();
    assert_string_equal(refund_is(no), "success");
    assert_string_equal(step_told(no, "success"), "已退回原支付账户");
    assert_int_equal(told(order), 2);
    assert_string_equal(database_word("SELECT CONCAT_WS(' ', JSON_VALUE(arg, '$.account_id'),"
                                      " JSON_VALUE(arg, '$.values.amount')) FROM event"
                                      " WHERE JSON_VALUE(arg, '$.subject') = '%s:success'",
                                      no),
                        PAYER_ACCOUNT " 50.00元");
}

static void what_nobody_agreed_to_ends_without_a_word(void **state)
{
    const char *order = paid_order("told-key-2"), *no = requested("told-key-2-a", order, 5000);

    (void)state;
    assert_int_equal(decide_by(CHECKER, no, "refusal"), 200);
    assert_int_equal(told(order), 0);
}

static void who_has_to_name_an_account_is_told(void **state)
{
    const char *order = paid_order("told-key-3"), *no;

    (void)state;
    database_run("UPDATE money_fact SET happened_at = '2025-10-22' WHERE order_id = '%s'", order);
    no = requested("told-key-3-a", order, 20000);
    assert_int_equal(decide_by(CHECKER, no, "approval"), 200);
    run_what_is_due();
    assert_string_equal(refund_is(no), "transfer");
    assert_string_equal(step_told(no, "transfer"), "请提供收款银行账户");
    sign_in_as(PAYER_ACCOUNT, DRIVER, CITIZEN | VERIFIED, "wechat");
    asker.key = "told-key-3-b-key";
    assert_int_equal(ask(&asker, "POST",
                         arena_printf(texts, ORDERS "/%s/refunds/%s/account", order, no),
                         "{\"holder\":\"张伟\",\"bank\":\"中国工商银行深圳分行\","
                         "\"account_no\":\"6222020200112233446\"}"),
                     200);
    asker.key = NULL;
    sign_in_officer(MAKER);
    for (int i = 0; i < 2; i++)
        assert_int_equal(ask(&asker, "POST",
                             arena_printf(texts, REFUNDS "/%s/transfer/refusal", no),
                             "{\"note\":\"户名不符\"}"),
                         200);
    assert_string_equal(database_word("SELECT JSON_VALUE(arg, '$.values.step') FROM event"
                                      " WHERE JSON_VALUE(arg, '$.about') = '%s'"
                                      " AND JSON_VALUE(arg, '$.subject') LIKE '%%:bounced'",
                                      order),
                        "未能退至所提供的账户，请重新提供收款银行账户");
    assert_int_equal(told(order), 3);
}

#define TEST(name) cmocka_unit_test_setup(name, begin_refunds)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_payer_is_told_of_the_agreement_and_of_the_end),
        TEST(what_nobody_agreed_to_ends_without_a_word),
        TEST(who_has_to_name_an_account_is_told),
    };

    return cmocka_run_group_tests_name("plain", tests, open_payment, forget_payments) +
           cmocka_run_group_tests_name("rehearsed", tests, open_payment_rehearsed, close_payment);
}
