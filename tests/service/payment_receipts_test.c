/* Receipts: one for every settlement, and anybody's check of them. */

#include "service/payment_stage.h"

/* A paid order over two fines; its number. */
static const char *paid_order(const char *key)
{
    const char *first = new_obligation(20000), *second = new_obligation(5000), *order;

    wechatpay_accepts("wx-receipt");
    asker.key = key;
    assert_int_equal(
        ask(&asker, "POST", ORDERS,
            arena_printf(texts, "{\"obligation_ids\":[\"%s\",\"%s\"],\"channel\":\"wechat\"}",
                         first, second)),
        201);
    asker.key = NULL;
    order = order_no();
    assert_int_equal(
        wechatpay_tells_paid(attempt_of(order), arena_printf(texts, "42-%s", key), 25000), 204);
    return order;
}

static const char *shown(const char *order)
{
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, ORDERS "/%s/receipt", order), NULL),
                     200);
    return arena_text(texts, asker.r->answer);
}

/* Anybody: without a session. */
static int check(const char *number, const char *code)
{
    char token[sizeof(asker.token)];
    int status;

    memcpy(token, asker.token, sizeof(token));
    asker.token[0] = '\0';
    status = ask(&asker, "GET",
                 arena_printf(texts, "/api/payment/receipts/%s?code=%s", number, code), NULL);
    memcpy(asker.token, token, sizeof(token));
    return status;
}

static const char *column_of(const char *order, const char *name)
{
    return database_word("SELECT t.%s FROM receipt t JOIN settlement s USING (obligation_id)"
                         " WHERE s.order_id = '%s' ORDER BY s.amount_fen LIMIT 1",
                         name, order);
}

static void every_settlement_has_a_receipt_of_its_own_that_stays(void **state)
{
    const char *order = paid_order("receipt-1"), *first = shown(order);

    (void)state;
    assert_int_equal(database_number("SELECT COUNT(DISTINCT receipt_no) FROM receipt t JOIN"
                                     " settlement s USING (obligation_id) WHERE s.order_id = '%s'",
                                     order),
                     2);
    assert_non_null(strstr(first, column_of(order, "receipt_no")));
    assert_non_null(strstr(first, column_of(order, "code")));
    assert_string_equal(shown(order), first);
}

static void whoever_knows_the_code_may_check_it_and_learns_nothing_of_the_payer(void **state)
{
    const char *order = paid_order("receipt-2");

    (void)state;
    shown(order);
    assert_int_equal(check(column_of(order, "receipt_no"), column_of(order, "code")), 200);
    assert_int_equal(answer_number(&asker, "amount_fen"), 5000);
    assert_string_equal(answer_text(&asker, "state_text"), "有效");
    assert_null(strstr(asker.r->answer, DRIVER));
    assert_null(strstr(asker.r->answer, PAYER_ACCOUNT));
    assert_null(strstr(asker.r->answer, order));
}

static void without_the_code_a_number_looks_absent(void **state)
{
    const char *order = paid_order("receipt-3");

    (void)state;
    shown(order);
    assert_int_equal(check(column_of(order, "receipt_no"), "0123456789ABCDEF"), 404);
    assert_int_equal(check("01HZZZZZZZZZZZZZZZZZZZZZZZ", column_of(order, "code")), 404);
    assert_int_equal(check(column_of(order, "receipt_no"), "short"), 400);
}

static void a_receipt_says_when_the_money_went_back(void **state)
{
    const char *order = paid_order("receipt-4");

    (void)state;
    shown(order);
    database_run("UPDATE pay_order SET state = 'refunding' WHERE id = '%s'", order);
    check(column_of(order, "receipt_no"), column_of(order, "code"));
    assert_string_equal(answer_text(&asker, "state_text"), "有效，退款办理中");
    database_run("UPDATE pay_order SET state = 'refunded' WHERE id = '%s'", order);
    check(column_of(order, "receipt_no"), column_of(order, "code"));
    assert_string_equal(answer_text(&asker, "state_text"), "该款项已全部退还");
}

#define PLAIN(test) cmocka_unit_test_setup(test, begin_payment)
#define TESTS                                                                                      \
    PLAIN(every_settlement_has_a_receipt_of_its_own_that_stays),                                   \
        PLAIN(whoever_knows_the_code_may_check_it_and_learns_nothing_of_the_payer),                \
        PLAIN(without_the_code_a_number_looks_absent),                                             \
        PLAIN(a_receipt_says_when_the_money_went_back)

int main(void)
{
    static const struct CMUnitTest told[] = {TESTS}, rehearsed[] = {TESTS};

    return cmocka_run_group_tests_name("receipts", told, open_payment, forget_payments) +
           cmocka_run_group_tests_name("receipts, rehearsed", rehearsed, open_payment_rehearsed,
                                       close_payment);
}
