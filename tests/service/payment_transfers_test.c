/* What a gateway can no longer return: the payer's account, the treasury's transfer, the books. */

#include "service/payment_stage_refunds.h"

#include <inttypes.h>

#include "core/db.h"

#define CARD "6222020200112233446" /* with its check digit */
#define TAIL "****3446"

/* A refund that two officers agreed to a year too late; its order's number in *order. */
static const char *late_refund(const char *key, const char **order)
{
    const char *no;

    *order = paid_order(key);
    database_run("UPDATE money_fact SET happened_at = '2025-10-22' WHERE order_id = '%s'", *order);
    no = requested(arena_printf(texts, "%s-ask", key), *order, 20000);
    assert_int_equal(decide_by(CHECKER, no, "approval"), 200);
    run_what_is_due();
    return no;
}

static int give(const char *key, const char *order, const char *no, const char *account_no)
{
    asker.key = key;
    ask(&asker, "POST", arena_printf(texts, ORDERS "/%s/refunds/%s/account", order, no),
        arena_printf(texts,
                     "{\"holder\":\"张伟\",\"bank\":\"中国工商银行深圳分行\","
                     "\"account_no\":\"%s\"}",
                     account_no));
    asker.key = NULL;
    return asker.r->http_status;
}

static void sign_in_payer(void)
{
    sign_in_as(PAYER_ACCOUNT, DRIVER, CITIZEN | VERIFIED, "wechat");
}

static int give_as_payer(const char *key, const char *order, const char *no)
{
    sign_in_payer();
    return give(key, order, no, CARD);
}

static int transfer_by(const char *officer, const char *no, const char *step, const char *body)
{
    sign_in_officer(officer);
    return ask(&asker, "POST", arena_printf(texts, REFUNDS "/%s/transfer%s", no, step), body);
}

static const char *reference(const char *number)
{
    return arena_printf(texts, "{\"reference\":\"%s\"}", number);
}

static int64_t open_cases(const char *no)
{
    return database_number("SELECT COUNT(*) FROM payment_case WHERE kind = 'refund_transfer'"
                           " AND dedupe = '%s' AND state = 'open'",
                           no);
}

static const char *step_of(const char *order)
{
    sign_in_payer();
    assert_int_equal(ask(&asker, "GET", arena_printf(texts, ORDERS "/%s/refunds", order), NULL),
                     200);
    return arena_text(texts, answer_text(&asker, "items.0.step"));
}

static void what_was_paid_too_long_ago_is_asked_an_account_for(void **state)
{
    const char *order, *no = late_refund("key-late-1", &order);

    (void)state;
    assert_string_equal(refund_is(no), "transfer");
    assert_string_equal(order_is(order), "refunding 20000 0");
    assert_int_equal(open_cases(no), 1);
    assert_string_equal(step_of(order), "请提供收款银行账户");
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM refund WHERE id = '%s' AND submitted_at IS NULL", no),
        1); /* the gateway was not bothered */
    assert_books_are_right();
}

static void after_fifty_parts_an_account_is_asked_for(void **state)
{
    const char *order = paid_order("key-parts-1"), *no = requested("key-parts-1-ask", order, 1);

    (void)state;
    database_run("INSERT INTO refund (id, fact_id, gateway, merchant, gateway_no, reason, dedupe,"
                 " amount_fen, total_fen, state, submitted_at, created_at, updated_at)"
                 " SELECT CONCAT('01HZZZZZZZZZZZZZZZZZPART', seq), fact_id, gateway, merchant,"
                 " gateway_no, 'excess', CONCAT('part-', seq), 1, 50, 'success', '2026-11-01',"
                 " '2026-11-01', '2026-11-01' FROM refund JOIN seq_10_to_59 WHERE id = '%s'",
                 no);
    assert_int_equal(decide_by(CHECKER, no, "approval"), 200);
    run_what_is_due();
    assert_string_equal(refund_is(no), "transfer");
    database_run("DELETE FROM refund WHERE id LIKE '01HZZZZZZZZZZZZZZZZZPART%%'");
}

static void what_the_payer_s_own_account_cannot_take_is_asked_another_for(void **state)
{
    const char *order = paid_order("key-abnormal-1"),
               *no = requested("key-abnormal-1-ask", order, 20000);

    (void)state;
    assert_int_equal(decide_by(CHECKER, no, "approval"), 200);
    wechatpay_refunds(no, "ABNORMAL", 20000);
    run_what_is_due();
    assert_string_equal(refund_is(no), "transfer");
    assert_string_equal(step_of(order), "请提供收款银行账户");
    assert_books_are_right();
}

static void an_account_is_given_once_and_shown_by_its_end_alone(void **state)
{
    const char *order, *no = late_refund("key-give-1", &order);

    (void)state;
    assert_int_equal(give_as_payer("key-give-1-a", order, no), 200);
    assert_string_equal(answer_text(&asker, "step"), "已收到收款账户，正在办理国库退付");
    assert_string_equal(answer_text(&asker, "account"), TAIL);
    assert_null(strstr(asker.r->answer, CARD));
    assert_int_equal(give_as_payer("key-give-1-a", order, no), 200); /* the same tap */
    give_as_payer("key-give-1-b", order, no);
    assert_refused(409, "account_given");
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM refund_transfer WHERE refund_id = '%s'", no), 1);
    step_of(order);
    assert_string_equal(answer_text(&asker, "items.0.account"), TAIL);
}

static void an_account_is_sealed_in_its_place(void **state)
{
    const char *order, *no = late_refund("key-seal-1", &order);

    (void)state;
    assert_int_equal(give_as_payer("key-seal-1-a", order, no), 200);
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM refund_transfer WHERE refund_id = '%s' AND"
                        " (INSTR(account_no, '" CARD "') > 0 OR INSTR(holder, '张伟') > 0 OR"
                        " INSTR(bank, '工商') > 0 OR HEX(account_no) NOT LIKE '01%%')",
                        no),
        0);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_audit WHERE INSTR(detail,"
                                     " '112233') > 0 OR INSTR(detail, '张伟') > 0"),
                     0);
}

static void an_account_with_a_slip_is_named_and_not_repeated(void **state)
{
    static const char *const slips[] = {"6222020200112233447", "1234567", "12345678x",
                                        "1234567890123456789012345678901"};
    const char *order, *no = late_refund("key-slip-1", &order);

    (void)state;
    sign_in_payer();
    for (size_t i = 0; i < sizeof(slips) / sizeof(*slips); i++) {
        give(arena_printf(texts, "key-slip-1-%zu", i), order, no, slips[i]);
        assert_refused(422, "account_odd");
        assert_null(strstr(asker.r->answer, slips[i]));
    }
    assert_int_equal(give("key-slip-1-firm", order, no, "4000 0212 0920 0123 456"), 200);
    assert_string_equal(answer_text(&asker, "account"), "****3456");
}

static void only_whose_order_it_is_gives_an_account_and_only_when_asked(void **state)
{
    const char *order, *no = late_refund("key-own-1", &order), *other = paid_order("key-own-2");
    const char *early = requested("key-own-2-ask", other, 100);

    (void)state;
    sign_in_as(OTHER_ACCOUNT, STRANGER, CITIZEN | VERIFIED, "wechat");
    assert_int_equal(give("key-own-1-a", order, no, CARD), 404);
    sign_in_payer();
    assert_int_equal(give("key-own-1-b", other, no, CARD), 404); /* of another order */
    give("key-own-1-c", other, early, CARD);
    assert_refused(409, "account_not_asked");
    sign_in_officer(MAKER);
    assert_int_equal(give("key-own-1-d", order, no, CARD), 403);
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM refund_transfer WHERE refund_id = '%s'", no), 0);
}

static int64_t audited(const char *act, const char *object)
{
    return database_number("SELECT COUNT(*) FROM payment_audit WHERE act = '%s' AND object = '%s'",
                           act, object);
}

static void officers_open_the_account_and_that_is_audited(void **state)
{
    const char *order, *no = late_refund("key-open-1", &order);
    const char *path = arena_printf(texts, REFUNDS "/%s/account", no);

    (void)state;
    sign_in_officer(MAKER);
    ask(&asker, "GET", path, NULL);
    assert_refused(409, "account_missing");
    assert_int_equal(give_as_payer("key-open-1-a", order, no), 200);
    assert_int_equal(ask(&asker, "GET", path, NULL), 403);
    sign_in_officer(MAKER);
    assert_int_equal(ask(&asker, "GET", path, NULL), 200);
    assert_string_equal(answer_text(&asker, "account_no"), CARD);
    assert_string_equal(answer_text(&asker, "holder"), "张伟");
    assert_string_equal(answer_text(&asker, "bank"), "中国工商银行深圳分行");
    assert_int_equal(audited("account_opened", no), 1);
    ask(&asker, "GET", arena_printf(texts, REFUNDS "?state=transfer"), NULL);
    assert_null(strstr(asker.r->answer, CARD));
}

static void a_citizen_and_a_plain_officer_move_no_transfer(void **state)
{
    static const char *const steps[] = {"", "/approval", "/refusal"};
    const char *order, *no = late_refund("key-role-1", &order);
    int64_t before = database_number("SELECT COUNT(*) FROM payment_audit WHERE act = 'refused'");

    (void)state;
    assert_int_equal(give_as_payer("key-role-1-a", order, no), 200);
    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
        assert_int_equal(
            ask(&asker, "POST", arena_printf(texts, REFUNDS "/%s/transfer%s", no, steps[i]), "{}"),
            403);
    asker_sign_in(&asker, MAKER, NULL, OFFICER);
    assert_int_equal(ask(&asker, "POST", arena_printf(texts, REFUNDS "/%s/transfer", no),
                         reference("GK-ROLE-1")),
                     403);
    assert_true(database_number("SELECT COUNT(*) FROM payment_audit WHERE act = 'refused'") >=
                before + 4);
}

static void two_people_end_it_and_the_books_are_right(void **state)
{
    const char *order, *no = late_refund("key-end-1", &order);

    (void)state;
    assert_refused(transfer_by(MAKER, no, "", reference("GK-END-1")), "account_missing");
    assert_int_equal(give_as_payer("key-end-1-a", order, no), 200);
    assert_refused(transfer_by(CHECKER, no, "/approval", reference("GK-END-1")),
                   "transfer_not_entered");
    assert_int_equal(transfer_by(MAKER, no, "", reference("GK-END-1")), 200);
    assert_int_equal(transfer_by(MAKER, no, "", reference("GK-END-1")), 200); /* twice */
    assert_string_equal(step_of(order), "国库已办理退付，等待复核确认");
    assert_refused(transfer_by(MAKER, no, "/approval", reference("GK-END-1")), "same_person");
    transfer_by(CHECKER, no, "/approval", reference("GK-END-2"));
    assert_refused(422, "reference_differs");
    assert_string_equal(refund_is(no), "transfer");
    assert_int_equal(transfer_by(CHECKER, no, "/approval", reference("GK-END-1")), 200);
    assert_int_equal(transfer_by(CHECKER, no, "/approval", reference("GK-END-1")), 200);
    assert_string_equal(refund_is(no), "transferred");
    assert_string_equal(order_is(order), "refunded 20000 20000");
    assert_int_equal(open_cases(no), 0);
    assert_string_equal(step_of(order), "已通过国库退付至所提供的银行账户");
    assert_int_equal(database_number("SELECT SUM(e.cr_fen) FROM ledger_entry e JOIN ledger_txn t ON"
                                     " t.id = e.txn_id JOIN refund_transfer a ON a.id = t.ev_ref"
                                     " WHERE e.account = 'treasury:fine_treasury'"
                                     " AND a.refund_id = '%s'",
                                     no),
                     20000);
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM money_fact WHERE direction = 'out' AND our_no ="
                        " '%s'",
                        no),
        0); /* no bill will show it */
    assert_books_are_right();
}

static void one_reference_is_of_one_refund(void **state)
{
    const char *order, *no = late_refund("key-ref-1", &order);
    const char *second_order, *second = late_refund("key-ref-2", &second_order);

    (void)state;
    assert_int_equal(give_as_payer("key-ref-1-a", order, no), 200);
    assert_int_equal(give_as_payer("key-ref-2-a", second_order, second), 200);
    assert_int_equal(transfer_by(MAKER, no, "", reference("GK-REF-1")), 200);
    assert_refused(transfer_by(MAKER, second, "", reference("GK-REF-1")), "reference_taken");
}

static void who_entered_it_and_left_does_not_count(void **state)
{
    const char *order, *no = late_refund("key-left-1", &order);

    (void)state;
    assert_int_equal(give_as_payer("key-left-1-a", order, no), 200);
    assert_int_equal(transfer_by(MAKER, no, "", reference("GK-LEFT-1")), 200);
    database_run("UPDATE officer SET is_active = FALSE WHERE id = '" MAKER "'");
    assert_refused(transfer_by(CHECKER, no, "/approval", reference("GK-LEFT-1")),
                   "maker_not_entitled");
    assert_string_equal(refund_is(no), "transfer");
}

static void what_bounces_is_asked_anew_with_the_reason(void **state)
{
    const char *order, *no = late_refund("key-bounce-1", &order);
    const char *why = "{\"note\":\"户名与账号不符\"}";

    (void)state;
    assert_int_equal(give_as_payer("key-bounce-1-a", order, no), 200);
    assert_int_equal(transfer_by(MAKER, no, "", reference("GK-BOUNCE-1")), 200);
    assert_int_equal(transfer_by(CHECKER, no, "/refusal", why), 200);
    assert_int_equal(transfer_by(CHECKER, no, "/refusal", why), 200); /* twice */
    assert_string_equal(step_of(order), "未能退至所提供的账户，请重新提供收款银行账户");
    assert_string_equal(answer_text(&asker, "items.0.bounce"), "户名与账号不符");
    assert_refused(transfer_by(CHECKER, no, "/approval", reference("GK-BOUNCE-1")),
                   "account_missing");
    assert_int_equal(open_cases(no), 1);
    assert_int_equal(give_as_payer("key-bounce-1-b", order, no), 200);
    assert_null(answer_text(&asker, "bounce"));
    assert_int_equal(transfer_by(MAKER, no, "", reference("GK-BOUNCE-2")), 200);
    assert_int_equal(transfer_by(CHECKER, no, "/approval", reference("GK-BOUNCE-2")), 200);
    assert_refused(transfer_by(CHECKER, no, "/refusal", why), "transfer_over");
    assert_string_equal(order_is(order), "refunded 20000 20000");
    assert_books_are_right();
}

static void every_statement_of_a_confirmation_may_lose_its_connection(void **state)
{
    (void)state;
    for (int64_t n = 1; n <= 24; n++) {
        const char *key = arena_printf(texts, "key-lost-%" PRId64, n), *order;
        const char *no = late_refund(key, &order);
        const char *told = reference(arena_printf(texts, "GK-LOST-%" PRId64, n));
        int status;

        assert_int_equal(give_as_payer(arena_printf(texts, "%s-a", key), order, no), 200);
        assert_int_equal(transfer_by(MAKER, no, "", told), 200);
        db_fail_after(&asker.process, n);
        status = transfer_by(CHECKER, no, "/approval", told);
        db_fail_after(&asker.process, 0);
        assert_true(status == 200 || status == 503);
        assert_int_equal(transfer_by(CHECKER, no, "/approval", told), 200);
        assert_string_equal(order_is(order), "refunded 20000 20000");
    }
    assert_books_are_right();
}

static int wechatpay_tells_refunded(const char *no)
{
    return wechatpay_tells(
        "REFUND.SUCCESS", "refund",
        arena_printf(texts,
                     "{\"mchid\":\"" FINES_MERCHANT "\",\"refund_id\":\"50-%s\","
                     "\"out_refund_no\":\"%s\",\"transaction_id\":\"x\",\"out_trade_no\":\"x\","
                     "\"refund_status\":\"SUCCESS\",\"success_time\":"
                     "\"2026-11-22T10:05:00+08:00\",\"amount\":{\"refund\":20000,"
                     "\"total\":20000,\"payer_total\":20000,\"payer_refund\":20000}}",
                     no, no),
        NULL);
}

/* An officer mended it on the gateway's own pages. */
static void what_the_gateway_returns_after_all_is_not_transferred(void **state)
{
    const char *order, *no = late_refund("key-after-1", &order);
    const char *entered_order, *entered = late_refund("key-after-2", &entered_order);

    (void)state;
    assert_int_equal(give_as_payer("key-after-1-a", order, no), 200);
    assert_int_equal(wechatpay_tells_refunded(no), 204);
    assert_string_equal(refund_is(no), "success");
    assert_int_equal(open_cases(no), 0);
    assert_refused(transfer_by(MAKER, no, "", reference("GK-AFTER-1")), "account_missing");
    assert_int_equal(give_as_payer("key-after-2-a", entered_order, entered), 200);
    assert_int_equal(transfer_by(MAKER, entered, "", reference("GK-AFTER-2")), 200);
    assert_int_equal(wechatpay_tells_refunded(entered), 204);
    assert_string_equal(refund_is(entered), "success");
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_case WHERE kind ="
                                     " 'refund_twice' AND dedupe = '%s'",
                                     entered),
                     1);
    assert_books_are_right();
}

static void its_case_ends_with_it_and_not_by_hand(void **state)
{
    const char *order, *no = late_refund("key-case-1", &order);
    const char *id = database_word("SELECT id FROM payment_case WHERE dedupe = '%s'", no);

    (void)state;
    sign_in_officer(MAKER);
    ask(&asker, "POST", arena_printf(texts, "/api/payment/cases/%s/closing", id),
        "{\"note\":\"已处理\"}");
    assert_refused(409, "case_ends_itself");
    assert_int_equal(open_cases(no), 1);
}

static void wipe_what_is_over(void)
{
    database_run("DELETE FROM payment_job");
    database_run("INSERT INTO payment_job (id, kind, dedupe, run_at, created_at) VALUES"
                 " ('01HZZZZZZZZZZZZZZZZZZZW1PE', 'wipe_accounts', 'wipe_accounts', '2018-01-01',"
                 " '2018-01-01')");
    run_what_is_due();
}

/* The account is gone, the reference is not: it is still confirmed by that. */
static void
what_the_treasury_was_told_is_not_asked_for_again_when_its_account_is_wiped(void **state)
{
    const char *order, *no = late_refund("key-wipe-3", &order);

    (void)state;
    assert_int_equal(give_as_payer("key-wipe-3-a", order, no), 200);
    assert_int_equal(transfer_by(MAKER, no, "", reference("GK-WIPE-3")), 200);
    set_clock("2027-05-22T02:00:00.000Z");
    wipe_what_is_over();
    assert_int_equal(database_number("SELECT COUNT(*) FROM refund_transfer WHERE refund_id = '%s'"
                                     " AND state = 'entered' AND account_no IS NULL",
                                     no),
                     1);
    sign_in_as(PAYER_ACCOUNT, DRIVER, CITIZEN | VERIFIED, "wechat");
    assert_string_equal(step_of(order), "国库已办理退付，等待复核确认");
    assert_int_equal(transfer_by(CHECKER, no, "/approval", reference("GK-WIPE-3")), 200);
    assert_string_equal(refund_is(no), "transferred");
    assert_books_are_right();
}

static void an_account_is_wiped_when_it_is_not_to_be_kept(void **state)
{
    const char *order, *no = late_refund("key-wipe-1", &order);
    const char *idle_order, *idle = late_refund("key-wipe-2", &idle_order);

    (void)state;
    assert_int_equal(give_as_payer("key-wipe-1-a", order, no), 200);
    assert_int_equal(give_as_payer("key-wipe-2-a", idle_order, idle), 200);
    assert_int_equal(transfer_by(MAKER, no, "", reference("GK-WIPE-1")), 200);
    assert_int_equal(transfer_by(CHECKER, no, "/approval", reference("GK-WIPE-1")), 200);
    wipe_what_is_over();
    assert_int_equal(database_number("SELECT COUNT(*) FROM refund_transfer WHERE refund_id = '%s'"
                                     " AND account_no IS NOT NULL",
                                     no),
                     1);
    set_clock("2027-05-22T02:00:00.000Z"); /* 181 days later */
    wipe_what_is_over();
    assert_int_equal(database_number("SELECT COUNT(*) FROM refund_transfer WHERE refund_id IN"
                                     " ('%s', '%s') AND (account_no IS NOT NULL OR holder IS NOT"
                                     " NULL OR bank IS NOT NULL OR tail IS NOT NULL)",
                                     no, idle),
                     0);
    assert_string_equal(refund_is(no), "transferred");
    assert_string_equal(step_of(order), "已通过国库退付至所提供的银行账户");
    assert_string_equal(step_of(idle_order), "未能退至所提供的账户，请重新提供收款银行账户");
    assert_books_are_right();
}

#define PLAIN(test) cmocka_unit_test_setup(test, begin_refunds)
#define TESTS                                                                                      \
    PLAIN(what_was_paid_too_long_ago_is_asked_an_account_for),                                     \
        PLAIN(after_fifty_parts_an_account_is_asked_for),                                          \
        PLAIN(what_the_payer_s_own_account_cannot_take_is_asked_another_for),                      \
        PLAIN(an_account_is_given_once_and_shown_by_its_end_alone),                                \
        PLAIN(an_account_is_sealed_in_its_place),                                                  \
        PLAIN(an_account_with_a_slip_is_named_and_not_repeated),                                   \
        PLAIN(only_whose_order_it_is_gives_an_account_and_only_when_asked),                        \
        PLAIN(officers_open_the_account_and_that_is_audited),                                      \
        PLAIN(a_citizen_and_a_plain_officer_move_no_transfer),                                     \
        PLAIN(two_people_end_it_and_the_books_are_right), PLAIN(one_reference_is_of_one_refund),   \
        PLAIN(who_entered_it_and_left_does_not_count),                                             \
        PLAIN(what_bounces_is_asked_anew_with_the_reason),                                         \
        PLAIN(every_statement_of_a_confirmation_may_lose_its_connection),                          \
        PLAIN(what_the_gateway_returns_after_all_is_not_transferred),                              \
        PLAIN(its_case_ends_with_it_and_not_by_hand),                                              \
        PLAIN(what_the_treasury_was_told_is_not_asked_for_again_when_its_account_is_wiped),        \
        PLAIN(an_account_is_wiped_when_it_is_not_to_be_kept)

int main(void)
{
    static const struct CMUnitTest told[] = {TESTS}, rehearsed[] = {TESTS};

    return cmocka_run_group_tests_name("transfers", told, open_payment, forget_payments) +
           cmocka_run_group_tests_name("transfers, rehearsed", rehearsed, open_payment_rehearsed,
                                       close_payment);
}
