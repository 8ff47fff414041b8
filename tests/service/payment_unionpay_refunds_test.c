/* What goes back through UnionPay: cancelled on the day of the payment, refunded after it. */

#include "service/payment_stage_unionpay.h"

#include "core/db.h"
#include "core/job.h"

#define QUERY "gateway_api_queryTrans.do"
#define BACK "gateway_api_backTransReq.do"
#define SILENCE "500 \n"

static int begin_refunds(void **state)
{
    database_run("DELETE FROM payment_job");
    return begin_payment(state);
}

static void run_job(void)
{
    database_run("UPDATE payment_job SET run_at = '2018-01-01' WHERE state = 'ready'");
    assert_true(jobs_run_due(&asker.process));
}

/* A payment of 700 fen under a number that is none of ours, at this moment ("1122100000") by
   UnionPay's clock: all of it is to go back, by a refund whose id this is. It is handed over at a
   whole second that answers can name beforehand. */
static const char *orphan(const char *no, const char *time)
{
    const char *id;

    assert_int_equal(unionpay_tells(arena_printf(
                         texts,
                         "merId=" UNIONPAY_MERCHANT "&orderId=UP%s&txnTime=20261121090000"
                         "&txnType=01&respCode=00&txnAmt=700&currencyCode=156&queryId=%s"
                         "&traceTime=%s",
                         no, no, time)),
                     200);
    id = database_word("SELECT id FROM refund WHERE gateway_no = '%s'", no);
    database_run("UPDATE refund SET sent_at = created_at WHERE id = '%s'", id);
    return id;
}

static void it_answers(const char *path, const char *id, const char *fields)
{
    unionpay_answers(path, arena_printf(texts, "%s&%s", unionpay_named("refund", id), fields));
}

static void it_is_silent(const char *path)
{
    put_answer(arena_printf(texts, "%s.body", path), "");
}

static void it_knows_it_as_done(const char *id, const char *txn_type, const char *no)
{
    it_answers(QUERY, id,
               arena_printf(texts,
                            "txnType=%s&respCode=00&origRespCode=00&txnAmt=700&currencyCode=156"
                            "&queryId=%s",
                            txn_type, no));
}

static const char *state_of(const char *id)
{
    return database_word("SELECT state FROM refund WHERE id = '%s'", id);
}

/* How often it was sent, as this. */
static int64_t sent(const char *id, const char *txn_type)
{
    return requests_with(arena_printf(texts, "&txnType=%s&", txn_type),
                         arena_printf(texts, "&orderId=%s&", id));
}

static const char *replacement_of(const char *id)
{
    return database_word("SELECT id FROM refund WHERE dedupe = 'again:%s'", id);
}

static int64_t replacements_of(const char *id)
{
    return database_number("SELECT COUNT(*) FROM refund WHERE dedupe = 'again:%s'", id);
}

static void what_was_paid_today_is_cancelled(void **state)
{
    const char *id = orphan("842611221000070000201", "1122100000");

    (void)state;
    it_answers(BACK, id, "txnType=31&respCode=06");
    run_job();
    assert_string_equal(state_of(id), "unknown"); /* they are busy: the same again */
    it_answers(QUERY, id, "txnType=00&respCode=34");
    it_answers(BACK, id, "txnType=31&respCode=00&queryId=9");
    run_job();
    assert_string_equal(state_of(id), "accepted");
    assert_int_equal(sent(id, "31"), 2);
    assert_int_equal(sent(id, "04"), 0);
    it_knows_it_as_done(id, "31", "842611221000070000202");
    run_job();
    assert_string_equal(state_of(id), "success");
    assert_int_equal(
        unionpay_tells(arena_printf(texts,
                                    "%s&txnType=31&respCode=00&txnAmt=700&currencyCode=156"
                                    "&queryId=842611221000070000202",
                                    unionpay_named("refund", id))),
        200); /* told once more */
    assert_int_equal(database_number("SELECT COUNT(*) FROM money_fact WHERE our_no = '%s'", id), 1);
    assert_books_are_right();
}

static void what_was_paid_yesterday_is_refunded(void **state)
{
    const char *id = orphan("842611221000070000211", "1121225959");

    (void)state;
    it_answers(BACK, id, "txnType=04&respCode=00&queryId=9");
    run_job();
    assert_string_equal(state_of(id), "accepted");
    assert_int_equal(sent(id, "04"), 1);
    assert_int_equal(sent(id, "31"), 0);
    it_knows_it_as_done(id, "04", "842611221000070000212");
    run_job();
    assert_string_equal(state_of(id), "success");
    assert_books_are_right();
}

static void since_23_of_yesterday_is_today(void **state)
{
    const char *id = orphan("842611221000070000221", "1121230000");

    (void)state;
    it_answers(BACK, id, "txnType=31&respCode=00&queryId=9");
    run_job();
    assert_int_equal(sent(id, "31"), 1);
    it_knows_it_as_done(id, "31", "842611221000070000222");
    run_job();
    assert_books_are_right();
}

static void a_refund_that_they_know_already_is_asked_for(void **state)
{
    const char *id = orphan("842611221000070000231", "1121100000");

    (void)state;
    it_answers(BACK, id, "txnType=04&respCode=12");
    run_job();
    assert_string_equal(state_of(id), "unknown");
    it_answers(QUERY, id, "txnType=04&respCode=00&origRespCode=01&txnAmt=700&queryId=9");
    run_job();
    assert_string_equal(state_of(id), "closed");
    assert_int_equal(replacements_of(id), 0);
}

static void a_cancellation_stays_one_when_the_day_is_over_until_it_is_refused(void **state)
{
    const char *id = orphan("842611221000070000241", "1122100000"), *again;

    (void)state;
    it_is_silent(BACK);
    run_job();
    assert_string_equal(state_of(id), "unknown");
    set_clock("2026-11-22T15:00:05.000Z");
    it_answers(QUERY, id, "txnType=00&respCode=34");
    run_job();
    assert_int_equal(sent(id, "31"), 2); /* the same, though it comes too late */
    assert_int_equal(replacements_of(id), 0);
    it_answers(BACK, id, "txnType=31&respCode=35");
    run_job();
    assert_string_equal(state_of(id), "closed");
    assert_int_equal(sent(id, "31"), 3);
    assert_int_equal(requests_with("&txnTime=20261122100", id), 6); /* with the questions */
    again = replacement_of(id);
    assert_string_equal(state_of(again), "approved");
    assert_books_are_right();
    database_run("UPDATE refund SET sent_at = '2026-11-22 15:00:06' WHERE id = '%s'", again);
    it_answers(BACK, again, "txnType=04&respCode=00&queryId=9");
    run_job();
    assert_int_equal(sent(again, "04"), 1);
    assert_int_equal(sent(again, "31"), 0);
    it_knows_it_as_done(again, "04", "842611221000070000242");
    run_job();
    assert_string_equal(state_of(again), "success");
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_case"
                                     " WHERE kind = 'refund_closed' AND dedupe = '%s'",
                                     id),
                     0); /* nobody has to do anything */
    assert_books_are_right();
}

static void a_refusal_does_not_count_when_it_was_done_before(void **state)
{
    const char *id = orphan("842611221000070000251", "1122100000");

    (void)state;
    it_answers(BACK, id, "txnType=31&respCode=35");
    it_knows_it_as_done(id, "31", "842611221000070000252");
    run_job();
    assert_string_equal(state_of(id), "success");
    assert_int_equal(replacements_of(id), 0);
    assert_books_are_right();
}

static void a_refusal_does_not_count_while_they_do_not_say_what_they_know(void **state)
{
    const char *id = orphan("842611221000070000261", "1122100000");

    (void)state;
    it_answers(BACK, id, "txnType=31&respCode=39");
    it_is_silent(QUERY);
    run_job();
    assert_string_equal(state_of(id), "unknown");
    assert_int_equal(replacements_of(id), 0);
    it_answers(QUERY, id, "txnType=00&respCode=34");
    run_job();
    assert_string_equal(state_of(id), "closed");
    assert_int_equal(replacements_of(id), 1);
    assert_books_are_right();
}

static void what_they_will_not_refund_either_is_a_case(void **state)
{
    const char *id = orphan("842611221000070000271", "1122100000"), *again;

    (void)state;
    it_answers(BACK, id, "txnType=31&respCode=36");
    it_answers(QUERY, id, "txnType=00&respCode=34");
    run_job();
    again = replacement_of(id);
    database_run("UPDATE refund SET sent_at = created_at WHERE id = '%s'", again);
    it_answers(BACK, again, "txnType=04&respCode=36");
    run_job();
    assert_string_equal(state_of(again), "closed"); /* and not once more by a cancellation */
    assert_int_equal(replacements_of(again), 0);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_case"
                                     " WHERE kind = 'refund_closed' AND dedupe = '%s'",
                                     again),
                     1);
    assert_books_are_right();
}

#define TEST(name) cmocka_unit_test_setup(name, begin_refunds)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_paid_today_is_cancelled),
        TEST(what_was_paid_yesterday_is_refunded),
        TEST(since_23_of_yesterday_is_today),
        TEST(a_refund_that_they_know_already_is_asked_for),
        TEST(a_cancellation_stays_one_when_the_day_is_over_until_it_is_refused),
        TEST(a_refusal_does_not_count_when_it_was_done_before),
        TEST(a_refusal_does_not_count_while_they_do_not_say_what_they_know),
        TEST(what_they_will_not_refund_either_is_a_case),
    };

    return cmocka_run_group_tests(tests, open_payment, close_payment);
}
