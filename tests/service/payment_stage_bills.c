#include "service/payment_stage_bills.h"

#include "core/clock.h"
#include "core/ulid.h"
#include "payment/cases.h"
#include "service/payment_stage_unionpay.h"

int begin_day(void **state)
{
    static const char *const tables[] = {
        "recon_case",  "bill_line",      "recon_batch",    "payment_case",
        "payment_job", "money_fact",     "ledger_entry",   "ledger_txn",
        "refund",      "settlement",     "pay_attempt",    "pay_order",
        "state_move",  "pay_order_item", "callback_inbox", "payment_idem"};

    begin_payment(state);
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
        database_run("DELETE FROM %s", tables[i]);
    alipay_answers("alipay_data_dataservice_bill_downloadurl_query",
                   "{\"code\":\"40004\",\"sub_code\":\"isp.bill_not_exist\"}");
    wechatpay_has_no_bill("trade");
    wechatpay_has_no_bill("fund");
    unionpay_has_no_file("1122");
    return 0;
}

enum error run_step(enum error (*run)(struct request *, const struct task *), const char *what,
                    bool *is_due)
{
    struct request *r = request_open(&asker.process);
    struct task task = {.id = "01HZZZZZZZZZZZZZZZZZZZTASK", .dedupe = what};
    enum error error;

    r->id = "a-job";
    r->actor_id = "system";
    r->roles = SYSTEM;
    r->deadline_ms = monotonic_ms() + 30 * SECOND_MS;
    error = run(r, &task);
    *is_due = error == E_AGAIN && r->work->again_at.ms != NONE && r->work->again_at.ms <= r->now.ms;
    request_close(r);
    return error;
}

/* As the worker does, until it is done, fails, or is to come back later. Jobs are leased in a
   transaction that cannot be rehearsed, so they are not asked for here. */
static void run_bill(const char *id)
{
    bool is_due = true;

    for (int i = 0; is_due && i < 40; i++)
        (void)run_step(reconcile, id, &is_due);
    assert_false(is_due);
}

void run_bills(void)
{
    const char *ids = database_word("SELECT GROUP_CONCAT(id) FROM (SELECT id FROM recon_batch"
                                    " WHERE state <> 'closed' ORDER BY kind DESC LIMIT 16) t");

    for (; strlen(ids) >= ULID_SIZE; ids += ULID_SIZE + (ids[ULID_SIZE] == ','))
        run_bill(arena_text_of(texts, ids, ULID_SIZE));
}

void run_planning(void)
{
    bool is_due;

    assert_int_equal(run_step(plan_bills, "periodic", &is_due), E_OK);
    run_bills();
}

void next_morning(void)
{
    set_clock("2026-11-23T02:30:00.000Z");
}

int64_t cases(const char *kind)
{
    return database_number("SELECT COUNT(*) FROM payment_case WHERE kind = '%s' AND state = 'open'",
                           kind);
}

/* Nobody leases the jobs here, so they are no sign of anything. */
void assert_day_is_right(void)
{
    database_run("DELETE FROM payment_job");
    assert_books_are_right();
}
