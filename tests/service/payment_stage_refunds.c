#include "service/payment_stage_refunds.h"

#include "core/db.h"
#include "core/job.h"

void sign_in_officer(const char *id)
{
    asker_sign_in(&asker, id, NULL, OFFICER | FINANCE);
    database_run("UPDATE core_session SET channel = 'officer', expires_at = '2099-01-01',"
                 " absolute_expires_at = '2099-01-01' WHERE token_hash = UNHEX(SHA2('%s', 256))",
                 asker.token);
}

static void employ(const char *id)
{
    database_run("REPLACE INTO officer (id, name, display_name, roles, password_hash, totp_secret,"
                 " key_id, created_at) VALUES ('%s', LOWER('%s'), '', %d, '', '', 1, '2026-01-01')",
                 id, id, OFFICER | FINANCE);
}

int begin_refunds(void **state)
{
    begin_payment(state);
    database_run("DELETE FROM payment_job");
    employ(MAKER);
    employ(CHECKER);
    return 0;
}

/* A paid order of 200 yuan; its number. */
const char *paid_order(const char *key)
{
    const char *order, *attempt;

    sign_in_as(PAYER_ACCOUNT, DRIVER, CITIZEN | VERIFIED, "wechat");
    attempt = open_attempt_of(key, new_obligation(20000));
    order = order_no();
    assert_int_equal(wechatpay_tells_paid(attempt, arena_printf(texts, "42-%s", key), 20000), 204);
    return order;
}

int request_by(const char *officer, const char *key, const char *order, int64_t fen)
{
    sign_in_officer(officer);
    asker.key = key;
    ask(&asker, "POST", REFUNDS,
        arena_printf(texts, "{\"order_no\":\"%s\",\"amount_fen\":%lld,\"note\":\"处罚撤销\"}",
                     order, (long long)fen));
    asker.key = NULL;
    return asker.r->http_status;
}

const char *refund_no(void)
{
    return arena_text(texts, answer_text(&asker, "refund_no"));
}

const char *requested(const char *key, const char *order, int64_t fen)
{
    assert_int_equal(request_by(MAKER, key, order, fen), 201);
    return refund_no();
}

int decide_by(const char *officer, const char *no, const char *decision)
{
    sign_in_officer(officer);
    return ask(&asker, "POST", arena_printf(texts, REFUNDS "/%s/%s", no, decision), "");
}

void run_what_is_due(void)
{
    db_rehearse(&asker.process, false); /* leasing a job is not what is rehearsed */
    database_run("UPDATE payment_job SET run_at = '2018-01-01' WHERE state = 'ready'");
    assert_true(jobs_run_due(&asker.process));
}

const char *order_is(const char *order)
{
    return database_word("SELECT CONCAT_WS(' ', state, refund_reserved_fen, refunded_fen)"
                         " FROM pay_order WHERE id = '%s'",
                         order);
}

const char *refund_is(const char *no)
{
    return database_word("SELECT state FROM refund WHERE id = '%s'", no);
}

void wechatpay_refunds(const char *no, const char *status, int64_t fen)
{
    wechatpay_answers("v3_refund_domestic_refunds", 200,
                      arena_printf(texts,
                                   "{\"refund_id\":\"50-%s\",\"out_refund_no\":\"%s\","
                                   "\"transaction_id\":\"x\",\"out_trade_no\":\"x\","
                                   "\"status\":\"%s\",\"success_time\":"
                                   "\"2026-11-22T10:05:00+08:00\",\"amount\":{\"refund\":%lld,"
                                   "\"total\":20000,\"currency\":\"CNY\"}}",
                                   no, no, status, (long long)fen));
}
