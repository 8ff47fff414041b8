/* What gateways sign and yet no payment of ours is: amounts in odd forms, and messages about
   another merchant, application, order or currency. As callbacks and as answers; nothing of ours
   moves. */

#include "service/payment_stage.h"

#include <unistd.h>

#include "casework/alipay_gateway.h"
#include "core/db.h"
#include "core/job.h"
#include "support/said.h"

#define APPID "wx1234567890abcdef"
#define ALIPAY_APP "2021000000000001"
#define NOBODYS "01HZZZZZZZZZZZZZZZZZZZZZZZ"
#define COUNT_OF(list) (sizeof(list) / sizeof(*(list)))

static int begin_odd(void **state)
{
    database_run("DELETE FROM payment_job");
    return begin_payment(state);
}

static void run_job(void)
{
    db_rehearse(&asker.process, false); /* leasing a job is not what is rehearsed */
    database_run("UPDATE payment_job SET run_at = '2018-01-01' WHERE state = 'ready'");
    assert_true(jobs_run_due(&asker.process));
}

/* Money, and what stands against a person's doing something about it. */
static int64_t books(void)
{
    return database_number("SELECT (SELECT COUNT(*) FROM money_fact) * 1000000"
                           " + (SELECT COUNT(*) FROM refund) * 1000"
                           " + (SELECT COUNT(*) FROM settlement)");
}

static int64_t parked(void)
{
    return database_number("SELECT COUNT(*) FROM callback_inbox i JOIN payment_case c"
                           " ON c.dedupe = i.event_key AND c.kind = 'callback_parked'"
                           " WHERE i.state = 'parked'");
}

static int64_t inbox(void)
{
    return database_number("SELECT COUNT(*) FROM callback_inbox");
}

static const char *attempt_state(const char *attempt)
{
    return database_word("SELECT state FROM pay_attempt WHERE id = '%s'", attempt);
}

/* What is refused leaves no row; what is parked leaves one, with a case. */
static void assert_not_taken(int status, int64_t inbox_before, int64_t parked_before,
                             const char *what)
{
    bool is_parked = status == 200 || status == 204;

    if (!is_parked && status != 401)
        fail_msg("%d for %s", status, what);
    if (inbox() != inbox_before + is_parked || parked() != parked_before + is_parked)
        fail_msg("answered %d, but not kept accordingly: %s", status, what);
}

/* ---- WeChat Pay ---- */

struct told {
    const char *mchid, *appid, *out_trade_no, *state, *amount;
};

static const char *transaction(struct told told)
{
    return arena_printf(texts,
                        "{\"mchid\":\"%s\",\"appid\":\"%s\",\"out_trade_no\":\"%s\","
                        "\"transaction_id\":\"42%s\",\"trade_type\":\"JSAPI\","
                        "\"trade_state\":\"%s\",\"success_time\":\"2026-11-22T10:00:00+08:00\","
                        "\"amount\":%s}",
                        told.mchid, told.appid, told.out_trade_no, told.out_trade_no, told.state,
                        told.amount);
}

static const char *paid_with(const char *attempt, const char *amount)
{
    return transaction((struct told){FINES_MERCHANT, APPID, attempt, "SUCCESS", amount});
}

static void wechatpay_query_says(const char *attempt, const char *json)
{
    wechatpay_answers(arena_printf(texts, "v3_pay_transactions_out-trade-no_%s", attempt), 200,
                      json);
}

/* Each would be 5000 fen, the right amount, to a reader with a kind heart; or burst a number. */
static const char *const odd_totals[] = {"\"5000\"",
                                         "\"5e3\"",
                                         "5e3",
                                         "5000.0",
                                         "5000.5",
                                         "05000",
                                         "+5000",
                                         "-5000",
                                         "0",
                                         "-0",
                                         "\"\"",
                                         "\" 5000\"",
                                         "\"５０００\"",
                                         "５０００",
                                         "5,000",
                                         "5_000",
                                         "0x1388",
                                         "NaN",
                                         "null",
                                         "true",
                                         "[5000]",
                                         "{\"fen\":5000}",
                                         "1000000000001",
                                         "1000000000000000000",
                                         "9223372036854775807",
                                         "9223372036854775808",
                                         "-9223372036854775808",
                                         "18446744073709556616",
                                         "5000,\"total\":5000",
                                         "5000,\"total\":1"};

static const char *total_of(const char *odd)
{
    return arena_printf(texts, "{\"total\":%s,\"currency\":\"CNY\"}", odd);
}

static void wechatpay_tells_an_odd_amount_and_nothing_is_booked(void **state)
{
    const char *attempt = open_attempt_of("odd-wx-1", new_obligation(5000));
    int64_t before = books();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(odd_totals); i++) {
        const char *plain = paid_with(attempt, total_of(odd_totals[i]));
        int64_t kept = inbox(), cases = parked();
        int status = wechatpay_tells("TRANSACTION.SUCCESS", "transaction", plain, NULL);

        assert_not_taken(status, kept, cases, odd_totals[i]);
        assert_int_equal(books(), before);
    }
    assert_int_equal(
        wechatpay_tells("TRANSACTION.SUCCESS", "transaction", paid_with(attempt, "5000"), NULL),
        204); /* no object at all */
    assert_int_equal(books(), before);
    assert_string_equal(attempt_state(attempt), "open");
    assert_int_equal(wechatpay_tells_paid(attempt, "42-odd", 5000), 204);
    assert_string_equal(attempt_state(attempt), "paid");
    assert_books_are_right();
}

static void wechatpay_answers_an_odd_amount_and_it_is_asked_again(void **state)
{
    const char *attempt = open_attempt_of("odd-wx-2", new_obligation(5000));
    int64_t before = books();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(odd_totals); i++) {
        wechatpay_query_says(attempt, paid_with(attempt, total_of(odd_totals[i])));
        run_job();
        if (books() != before)
            fail_msg("booked: %s", odd_totals[i]);
    }
    assert_string_equal(attempt_state(attempt), "open");
    wechatpay_query_says(attempt, paid_with(attempt, total_of("5000")));
    run_job();
    assert_string_equal(attempt_state(attempt), "paid");
    assert_books_are_right();
}

static void wechatpay_answers_about_others_and_ours_stays_as_it_was(void **state)
{
    const char *other = open_attempt_of("odd-wx-3", new_obligation(5000));
    const char *attempt = open_attempt_of("odd-wx-4", new_obligation(5000));
    const char *right = total_of("5000");
    const struct told told[] = {
        {FEES_MERCHANT, APPID, attempt, "SUCCESS", right},
        {FINES_MERCHANT, "wx0000000000000000", attempt, "SUCCESS", right},
        {FINES_MERCHANT, APPID, other, "SUCCESS", right},
        {FINES_MERCHANT, APPID, other, "CLOSED", right},
        {FEES_MERCHANT, APPID, attempt, "CLOSED", right},
        {FINES_MERCHANT, APPID, attempt, "SUCCESS", "{\"total\":5000,\"currency\":\"USD\"}"},
    };
    int64_t before = books();

    (void)state;
    database_run("DELETE FROM payment_job WHERE dedupe = '%s'", other);
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        wechatpay_query_says(attempt, transaction(told[i]));
        run_job();
        assert_string_equal(attempt_state(attempt), "open");
        assert_string_equal(attempt_state(other), "open");
        assert_int_equal(books(), before);
    }
    wechatpay_query_says(attempt, paid_with(attempt, right));
    run_job();
    assert_string_equal(attempt_state(attempt), "paid");
}

static void wechatpay_tells_us_of_others_and_it_is_refused_and_logged(void **state)
{
    const char *attempt = open_attempt_of("odd-wx-5", new_obligation(5000));
    const char *right = total_of("5000"), *log;
    const struct told told[] = {
        {FEES_MERCHANT, APPID, attempt, "SUCCESS", right},
        {"", APPID, attempt, "SUCCESS", right},
        {FINES_MERCHANT, "wx0000000000000000", attempt, "SUCCESS", right},
        {FINES_MERCHANT, "", attempt, "SUCCESS", right},
    };
    int64_t before = books(), kept = inbox();
    struct said said;
    int status;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        said_begin(&said, STDERR_FILENO);
        status = wechatpay_tells("TRANSACTION.SUCCESS", "transaction", transaction(told[i]), NULL);
        log = said_end(&said, texts);
        assert_int_equal(status, 401);
        assert_non_null(strstr(log, "\"event\":\"callback_refused\""));
    }
    assert_int_equal(inbox(), kept);
    assert_int_equal(wechatpay_tells("TRANSACTION.SUCCESS", "transaction",
                                     paid_with(attempt, "{\"total\":5000,\"currency\":\"USD\"}"),
                                     NULL),
                     204); /* ours, and a person must see it */
    assert_int_equal(inbox(), kept + 1);
    assert_int_equal(books(), before);
    assert_string_equal(attempt_state(attempt), "open");
}

/* ---- WeChat Pay's refunds ---- */

/* Somebody paid 700 fen for a number that is none of ours: it goes back by this refund. */
static const char *refund_under_way(const char *transaction_id)
{
    const char *id;

    assert_int_equal(wechatpay_tells_paid(NOBODYS, transaction_id, 700), 204);
    id = database_word("SELECT id FROM refund WHERE gateway_no = '%s'", transaction_id);
    wechatpay_answers("v3_refund_domestic_refunds", 500, "{\"code\":\"SYSTEM_ERROR\"}");
    run_job();
    assert_string_equal(database_word("SELECT state FROM refund WHERE id = '%s'", id), "unknown");
    return id;
}

static const char *refund_state(const char *id)
{
    return database_word("SELECT state FROM refund WHERE id = '%s'", id);
}

static const char *refunded(const char *id, const char *mchid, const char *amount)
{
    return arena_printf(texts,
                        "{\"mchid\":\"%s\",\"refund_id\":\"50-%s\",\"out_refund_no\":\"%s\","
                        "\"transaction_id\":\"x\",\"out_trade_no\":\"x\",\"status\":\"SUCCESS\","
                        "\"refund_status\":\"SUCCESS\","
                        "\"success_time\":\"2026-11-22T10:05:00+08:00\",\"amount\":{%s}}",
                        mchid, id, id, amount);
}

static void refund_query_says(const char *id, const char *json)
{
    wechatpay_answers(arena_printf(texts, "v3_refund_domestic_refunds_%s", id), 200, json);
}

static void wechatpay_refunds_in_an_odd_form_and_nothing_is_booked(void **state)
{
    static const char *const odd[] = {"\"refund\":\"700\"",
                                      "\"refund\":7e2",
                                      "\"refund\":700.0",
                                      "\"refund\":0700",
                                      "\"refund\":-700",
                                      "\"refund\":0",
                                      "\"refund\":null",
                                      "\"refund\":true",
                                      "\"refund\":700,\"refund\":700",
                                      "\"refund\":９",
                                      "\"refund\":9223372036854775807",
                                      "\"refund\":9223372036854775808",
                                      "\"refund\":700,\"currency\":\"USD\""};
    const char *id = refund_under_way("42-odd-back");
    int64_t before = books();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        const char *json = refunded(id, FINES_MERCHANT, odd[i]);
        int64_t kept = inbox(), cases = parked();

        assert_not_taken(wechatpay_tells("REFUND.SUCCESS", "refund", json, NULL), kept, cases,
                         odd[i]);
        refund_query_says(id, json);
        run_job();
        assert_string_equal(refund_state(id), "unknown");
        assert_int_equal(books(), before);
    }
    refund_query_says(id, refunded(id, FINES_MERCHANT, "\"refund\":700,\"currency\":\"CNY\""));
    run_job();
    assert_string_equal(refund_state(id), "success");
    assert_books_are_right();
}

static void wechatpay_answers_about_another_refund_and_ours_waits(void **state)
{
    const char *id = refund_under_way("42-odd-other");
    int64_t before = books();

    (void)state;
    refund_query_says(id, refunded(NOBODYS, FINES_MERCHANT, "\"refund\":700"));
    run_job();
    refund_query_says(id, refunded(id, FEES_MERCHANT, "\"refund\":700"));
    run_job();
    assert_int_equal(wechatpay_tells("REFUND.SUCCESS", "refund",
                                     refunded(id, FEES_MERCHANT, "\"refund\":700"), NULL),
                     401);
    assert_string_equal(refund_state(id), "unknown");
    assert_int_equal(books(), before);
    assert_int_equal(wechatpay_tells("REFUND.SUCCESS", "refund",
                                     refunded(id, FINES_MERCHANT, "\"refund\":700"), NULL),
                     204);
    assert_string_equal(refund_state(id), "success");
    assert_books_are_right();
}

/* Whoever's money it was, it is none of that refund's: a person looks. */
static void another_of_our_merchants_does_not_end_this_ones_refund(void **state)
{
    const char *id = refund_under_way("42-odd-merchant");

    (void)state;
    database_run("UPDATE refund SET merchant = '" FEES_MERCHANT "' WHERE id = '%s'", id);
    assert_int_equal(wechatpay_tells("REFUND.SUCCESS", "refund",
                                     refunded(id, FINES_MERCHANT, "\"refund\":700"), NULL),
                     204);
    assert_string_equal(refund_state(id), "unknown");
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_case WHERE dedupe = '50-%s'"
                                     " AND kind = 'refund_unexpected'",
                                     id),
                     1);
}

/* ---- Alipay ---- */

static const char *const odd_yuan[] = {"5e1",
                                       "050.00",
                                       "+50.00",
                                       "-50.00",
                                       "",
                                       " 50.00",
                                       "50.00 ",
                                       "50.00\n",
                                       "50.000",
                                       "50.0.0",
                                       "50.",
                                       ".50",
                                       "0,050.00",
                                       "５０.００",
                                       "５０",
                                       "50．00",
                                       "0x32",
                                       "0.00",
                                       "0",
                                       "50元",
                                       "100000000.01",
                                       "92233720368547758.07",
                                       "92233720368547758.08",
                                       "9223372036854775808",
                                       "1000000000000000000"};

static const char *trade_no(const char *attempt)
{
    return arena_printf(texts, "2026%s", attempt);
}

struct notice {
    const char *app_id, *attempt, *yuan, *currency;
};

static int alipay_tells(struct notice told)
{
    struct key *key = key_private(text_of(in_keys("simulator/alipay.key")));
    struct alipay_param params[] = {{"app_id", told.app_id},
                                    {"gmt_payment", "2026-11-22 10:00:00"},
                                    {"notify_id", "n1"},
                                    {"out_trade_no", told.attempt},
                                    {"total_amount", told.yuan},
                                    {"trade_no", trade_no(told.attempt)},
                                    {"trade_status", "TRADE_SUCCESS"},
                                    {"sign_type", "RSA2"},
                                    {"trans_currency", told.currency}};
    size_t count = told.currency == NULL ? COUNT_OF(params) - 1 : COUNT_OF(params);
    const char *form = alipay_signed_form(texts, key, (struct alipay_params){params, count});
    int status;

    key_close(key);
    asker.door = "gateways";
    status = ask(&asker, "POST", "/notify/alipay/" ALIPAY_APP, form);
    asker.door = "citizens";
    return status;
}

static const char *open_at_alipay(const char *key, const char *fine)
{
    const char *attempt;

    sign_in_as(OTHER_ACCOUNT, DRIVER, CITIZEN | VERIFIED, "alipay");
    alipay_answers("alipay_trade_create", "{\"code\":\"40004\",\"sub_code\":\"ACQ.SYSTEM_ERROR\"}");
    open_order_by(key, fine, "alipay");
    attempt = database_word("SELECT a.id FROM pay_attempt a JOIN pay_order_item i USING (order_id)"
                            " WHERE i.obligation_id = '%s'",
                            fine);
    alipay_answers("alipay_trade_create",
                   arena_printf(texts,
                                "{\"code\":\"10000\",\"trade_no\":\"%s\",\"out_trade_no\":\"%s\"}",
                                trade_no(attempt), attempt));
    assert_int_equal(open_order_by(key, fine, "alipay"), 201);
    return attempt;
}

static void alipay_tells_an_odd_amount_and_nothing_is_booked(void **state)
{
    const char *attempt = open_at_alipay("odd-ali-1", new_obligation(5000));
    int64_t before = books();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(odd_yuan); i++) {
        int64_t kept = inbox(), cases = parked();

        assert_not_taken(
            alipay_tells((struct notice){.app_id = ALIPAY_APP, attempt, odd_yuan[i], NULL}), kept,
            cases, odd_yuan[i]);
        assert_int_equal(books(), before);
    }
    assert_string_equal(attempt_state(attempt), "open");
    assert_int_equal(alipay_tells((struct notice){ALIPAY_APP, attempt, "50.00", NULL}), 200);
    assert_string_equal(attempt_state(attempt), "paid");
    assert_books_are_right();
}

static void alipay_tells_us_of_others_and_it_is_refused_and_logged(void **state)
{
    const char *attempt = open_at_alipay("odd-ali-2", new_obligation(5000)), *log;
    int64_t before = books(), kept = inbox();
    struct said said;
    int status;

    (void)state;
    said_begin(&said, STDERR_FILENO);
    status = alipay_tells((struct notice){"2021000000000002", attempt, "50.00", NULL});
    log = said_end(&said, texts);
    assert_int_equal(status, 401);
    assert_non_null(strstr(log, "\"event\":\"callback_refused\""));
    assert_int_equal(inbox(), kept);
    assert_int_equal(alipay_tells((struct notice){ALIPAY_APP, attempt, "50.00", "USD"}), 200);
    assert_int_equal(inbox(), kept + 1); /* ours, and a person must see it */
    assert_int_equal(books(), before);
    assert_string_equal(attempt_state(attempt), "open");
}

static void alipay_query_says(const char *attempt, const char *status, const char *amount)
{
    alipay_answers("alipay_trade_query",
                   arena_printf(texts,
                                "{\"code\":\"10000\",\"trade_no\":\"%s\","
                                "\"out_trade_no\":\"%s\",\"trade_status\":\"%s\","
                                "\"send_pay_date\":\"2026-11-22 10:00:00\",\"total_amount\":%s}",
                                trade_no(attempt), attempt, status, amount));
}

static void alipay_answers_oddly_or_about_others_and_it_is_asked_again(void **state)
{
    static const char *const odd_json[] = {"null",
                                           "true",
                                           "50.00",
                                           "5000",
                                           "[\"50.00\"]",
                                           "\"50.00\",\"total_amount\":\"50.00\"",
                                           "\"50.00\",\"trans_currency\":\"USD\""};
    const char *attempt = open_at_alipay("odd-ali-3", new_obligation(5000));
    int64_t before = books();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(odd_yuan); i++) {
        if (strchr(odd_yuan[i], '\n') != NULL)
            continue; /* no JSON */
        alipay_query_says(attempt, "TRADE_SUCCESS", arena_printf(texts, "\"%s\"", odd_yuan[i]));
        run_job();
        if (books() != before)
            fail_msg("booked: %s", odd_yuan[i]);
    }
    for (size_t i = 0; i < COUNT_OF(odd_json); i++) {
        alipay_query_says(attempt, "TRADE_SUCCESS", odd_json[i]);
        run_job();
        if (books() != before)
            fail_msg("booked: %s", odd_json[i]);
    }
    alipay_query_says(NOBODYS, "TRADE_SUCCESS", "\"50.00\"");
    run_job();
    alipay_query_says(NOBODYS, "TRADE_CLOSED", "\"50.00\"");
    run_job();
    assert_int_equal(books(), before);
    assert_string_equal(attempt_state(attempt), "open");
    alipay_query_says(attempt, "TRADE_SUCCESS", "\"50.00\"");
    run_job();
    assert_string_equal(attempt_state(attempt), "paid");
    assert_books_are_right();
}

/* Its answer to closing names the trade: another's closing is not ours. */
static void alipay_closes_another_trade_and_ours_stays_open(void **state)
{
    const char *attempt = open_at_alipay("odd-ali-4", new_obligation(5000));

    (void)state;
    database_run("UPDATE pay_order SET expire_at = '2026-11-22 01:00:00' WHERE id ="
                 " (SELECT order_id FROM pay_attempt WHERE id = '%s')",
                 attempt);
    alipay_answers("alipay_trade_close", "{\"code\":\"10000\",\"out_trade_no\":\"" NOBODYS "\"}");
    run_job();
    assert_string_equal(attempt_state(attempt), "open");
    alipay_answers("alipay_trade_close",
                   arena_printf(texts, "{\"code\":\"10000\",\"out_trade_no\":\"%s\"}", attempt));
    run_job();
    assert_string_equal(attempt_state(attempt), "closed");
}

static void alipay_refunds_oddly_or_another_and_ours_waits(void **state)
{
    static const char *const odd[] = {
        "\"refund_amount\":\"7e0\"",
        "\"refund_amount\":\"07.00\"",
        "\"refund_amount\":\"-7.00\"",
        "\"refund_amount\":\"0.00\"",
        "\"refund_amount\":\"７.00\"",
        "\"refund_amount\":7.00",
        "\"refund_amount\":null",
        "\"refund_amount\":\"92233720368547758.07\"",
        "\"out_request_no\":\"" NOBODYS "\",\"refund_amount\":\"7.00\"",
        "\"out_trade_no\":\"01HZZZZZZZZZZZZZZZZZZZZZZX\",\"refund_amount\":\"7.00\""};
    const char *id, *sound = "\"refund_amount\":\"7.00\"";
    int64_t before;

    (void)state;
    assert_int_equal(alipay_tells((struct notice){ALIPAY_APP, NOBODYS, "7.00", NULL}), 200);
    id = database_word("SELECT id FROM refund WHERE gateway = 'alipay' ORDER BY id DESC LIMIT 1");
    alipay_answers("alipay_trade_refund", "{\"code\":\"10000\",\"fund_change\":\"Y\"}");
    run_job();
    assert_string_equal(refund_state(id), "accepted");
    before = books();
    for (size_t i = 0; i <= COUNT_OF(odd); i++) {
        bool is_last = i == COUNT_OF(odd);

        alipay_answers("alipay_trade_fastpay_refund_query",
                       arena_printf(texts,
                                    "{\"code\":\"10000\",\"refund_status\":\"REFUND_SUCCESS\",%s}",
                                    is_last ? sound : odd[i]));
        run_job();
        assert_string_equal(refund_state(id), is_last ? "success" : "accepted");
        assert_int_equal(books() == before, !is_last);
    }
    assert_books_are_right();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(wechatpay_tells_an_odd_amount_and_nothing_is_booked, begin_odd),
    cmocka_unit_test_setup(wechatpay_answers_an_odd_amount_and_it_is_asked_again, begin_odd),
    cmocka_unit_test_setup(wechatpay_answers_about_others_and_ours_stays_as_it_was, begin_odd),
    cmocka_unit_test_setup(wechatpay_tells_us_of_others_and_it_is_refused_and_logged, begin_odd),
    cmocka_unit_test_setup(wechatpay_refunds_in_an_odd_form_and_nothing_is_booked, begin_odd),
    cmocka_unit_test_setup(wechatpay_answers_about_another_refund_and_ours_waits, begin_odd),
    cmocka_unit_test_setup(alipay_tells_an_odd_amount_and_nothing_is_booked, begin_odd),
    cmocka_unit_test_setup(alipay_tells_us_of_others_and_it_is_refused_and_logged, begin_odd),
    cmocka_unit_test_setup(alipay_answers_oddly_or_about_others_and_it_is_asked_again, begin_odd),
    cmocka_unit_test_setup(alipay_closes_another_trade_and_ours_stays_open, begin_odd),
    cmocka_unit_test_setup(alipay_refunds_oddly_or_another_and_ours_waits, begin_odd),
    cmocka_unit_test_setup(another_of_our_merchants_does_not_end_this_ones_refund, begin_odd),
};

int main(void)
{
    return cmocka_run_group_tests_name("odd", tests, open_payment, close_payment);
}
