/* Callbacks are kept with what came of them, and the present build makes the same of them again. */

#include "service/payment_stage.h"

#include <unistd.h>

#include "core/clock.h"
#include "core/db.h"
#include "payment/callback.h"
#include "payment/fact.h"
#include "support/said.h"

#define NEXT "simulator/wechatpay_next"
#define DAY "2026-11-22"
#define SCHEMAS                                                                                    \
    "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name LIKE "                     \
    "'tongban\\_replay\\_%%'"

static int begin_replay(void **state)
{
    database_run("DELETE FROM callback_inbox");
    database_run("DELETE FROM platform_certificate");
    wechatpay_signs_with(NULL);
    return begin_payment(state);
}

static const char *kept(const char *column, const char *our_no)
{
    return database_word("SELECT %s FROM callback_inbox WHERE our_no = '%s'", column, our_no);
}

static int64_t kept_count(void)
{
    return database_number("SELECT COUNT(*) FROM callback_inbox");
}

/* What "payment --replay WORDS" prints; its error. */
static enum error replay(const char *line, const char **output)
{
    char *words[4], *rest;
    int count = 0;
    struct said said;
    enum error error;

    for (char *word = strtok_r(arena_text(texts, line), " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest))
        words[count++] = word;
    assert_string_equal(service.commands[0].name, "--replay");
    request_reset(asker.r);
    said_begin(&said, STDOUT_FILENO);
    error = service.commands[0].run(asker.r, count, words);
    *output = said_end(&said, texts);
    return error;
}

static void assert_nothing_differs(int64_t count)
{
    const char *output,
        *wanted = arena_printf(texts, "%lld callbacks, 0 differ\n", (long long)count);
    enum error error = replay(DAY, &output);

    if (error != E_OK || strcmp(output, wanted) != 0)
        fail_msg("%s%s", output, failure_text(asker.r));
}

static void assert_told(const char *wanted)
{
    const char *output;

    assert_int_equal(replay(DAY, &output), E_INTERNAL);
    if (strstr(output, wanted) == NULL)
        fail_msg("no \"%s\" in: %s", wanted, output);
    assert_non_null(strstr(output, "1 callbacks, 1 differ\n"));
}

static const char *paid(const char *key, const char *transaction_id)
{
    const char *attempt = open_attempt_of(key, new_obligation(20000));

    assert_int_equal(wechatpay_tells_paid(attempt, transaction_id, 20000), 204);
    return attempt;
}

static void close_order_of(const char *attempt)
{
    database_run("UPDATE pay_order SET state = 'closed', updated_at = updated_at + INTERVAL 1"
                 " MICROSECOND WHERE id = (SELECT order_id FROM pay_attempt WHERE id = '%s')",
                 attempt);
}

static const char *refund_of(const char *attempt)
{
    return database_word("SELECT d.id FROM refund d JOIN money_fact f ON f.id = d.fact_id"
                         " WHERE f.our_no = '%s' ORDER BY d.id DESC LIMIT 1",
                         attempt);
}

static void wechatpay_tells_refunded(const char *refund, int64_t fen)
{
    database_run("UPDATE refund SET state = 'submitting' WHERE id = '%s'", refund);
    assert_int_equal(
        wechatpay_tells("REFUND.SUCCESS", "refund",
                        arena_printf(texts,
                                     "{\"mchid\":\"" FINES_MERCHANT "\",\"refund_id\":\"R%s\","
                                     "\"out_refund_no\":\"%s\",\"refund_status\":\"SUCCESS\","
                                     "\"success_time\":\"2026-11-22T10:00:30+08:00\","
                                     "\"amount\":{\"refund\":%lld}}",
                                     refund, refund, (long long)fen),
                        NULL),
        204);
}

/* The query found it before the callback came. */
static void query_proves(const char *attempt, const char *gateway_no)
{
    const struct payment_proof proof = {.gateway = "wechatpay",
                                        .merchant = FINES_MERCHANT,
                                        .gateway_no = gateway_no,
                                        .our_no = attempt,
                                        .amount_fen = {20000},
                                        .happened_at = {INT64_C(1795312800000)},
                                        .proof = "query"};

    request_reset(asker.r);
    assert_int_equal(apply_payment(asker.r, &proof, NULL), E_OK);
}

/* Whether the order was opened there nobody knows until it is paid. */
static void alipay_pays(const char *key, const char *trade_no)
{
    const char *fine = new_obligation(15005);

    sign_in_as(OTHER_ACCOUNT, DRIVER, CITIZEN | VERIFIED, "alipay");
    alipay_answers("alipay_trade_create", "{\"code\":\"40004\",\"sub_code\":\"ACQ.SYSTEM_ERROR\"}");
    open_order_by(key, fine, "alipay");
    assert_int_equal(
        alipay_tells_paid(database_word("SELECT a.id FROM pay_attempt a JOIN pay_order_item i"
                                        " ON i.order_id = a.order_id WHERE i.obligation_id = '%s'",
                                        fine),
                          trade_no, "150.05"),
        200);
}

/* ---- keeping ---- */

static void a_callback_is_kept_with_what_came_of_it(void **state)
{
    const char *attempt = paid("replay-keep-1", "42-keep-1");

    (void)state;
    assert_string_equal(kept("merchant", attempt), FINES_MERCHANT);
    assert_string_equal(kept("disposition", attempt), "applied");
    assert_string_equal(kept("answer", attempt), "204");
    assert_string_equal(kept("state", attempt), "done");
    assert_string_equal(kept("fact_id", attempt),
                        database_word("SELECT id FROM money_fact WHERE our_no = '%s'", attempt));
    assert_string_equal(kept("TIMESTAMPDIFF(DAY, received_at, keep_until)", attempt), "400");
}

static void what_is_kept_is_sealed(void **state)
{
    const char *first = paid("replay-keep-2", "42-keep-2"),
               *second = paid("replay-keep-3", "42-keep-3");
    const char *output;

    (void)state;
    assert_string_equal(kept("LOCATE('ciphertext', body)", first), "0");
    assert_string_equal(kept("LOCATE('Wechatpay', headers)", first), "0");
    assert_nothing_differs(2);
    /* Nobody who can write here makes another message of it. */
    database_run("UPDATE callback_inbox a JOIN callback_inbox b ON b.our_no = '%s'"
                 " SET a.body = b.body WHERE a.our_no = '%s'",
                 second, first);
    assert_int_equal(replay(DAY, &output), E_INTERNAL);
    assert_non_null(strstr(failure_text(asker.r), "does not open"));
}

static void a_repetition_is_kept_once(void **state)
{
    const char *attempt = paid("replay-keep-4", "42-keep-4");

    (void)state;
    assert_int_equal(wechatpay_tells_paid(attempt, "42-keep-4", 20000), 204);
    assert_int_equal(kept_count(), 1);
}

static void what_did_not_verify_is_not_kept(void **state)
{
    (void)state;
    assert_int_equal(wechatpay_tells("TRANSACTION.OTHER", "transaction", "{}", "AAAA"), 401);
    assert_int_equal(kept_count(), 0);
}

static void what_came_second_was_too_much_or_books_nothing_is_kept_as_such(void **state)
{
    const char *attempt = open_attempt_of("replay-keep-5", new_obligation(20000));

    (void)state;
    query_proves(attempt, "42-keep-5");
    assert_int_equal(wechatpay_tells_paid(attempt, "42-keep-5", 20000), 204);
    assert_string_equal(kept("disposition", attempt), "duplicate");
    assert_string_equal(kept("fact_id", attempt), "");
    attempt = paid("replay-keep-6", "42-keep-6");
    assert_int_equal(wechatpay_tells_paid(attempt, "42-keep-7", 20000), 204);
    assert_int_equal(database_number("SELECT COUNT(*) FROM callback_inbox WHERE our_no = '%s'"
                                     " AND disposition = 'excess'",
                                     attempt),
                     1);
    for (int i = 0; i < 2; i++)
        assert_int_equal(wechatpay_tells("TRANSACTION.OTHER", "transaction", "{}", NULL), 204);
    assert_int_equal(
        database_number("SELECT COUNT(*) FROM callback_inbox WHERE disposition = 'nothing'"), 1);
}

static void what_is_old_is_deleted_in_pieces(void **state)
{
    const char *attempt = paid("replay-keep-8", "42-keep-8");

    (void)state;
    for (int i = 0; i < 450; i++)
        database_run("INSERT INTO callback_inbox (id, gateway, event_key, body, state,"
                     " received_at, keep_until) VALUES ('OLD%d', 'alipay', 'old:%d', 'x', 'done',"
                     " '2025-01-01', '2026-11-22 01:59:59')",
                     i, i);
    request_reset(asker.r);
    assert_int_equal(tidy_callbacks(asker.r, NULL), E_OK);
    assert_int_equal(kept_count(), 1);
    assert_string_equal(kept("disposition", attempt), "applied");
}

/* ---- replay ---- */

static void the_same_build_makes_the_same_of_every_kind(void **state)
{
    const char *closed, *twice;

    (void)state;
    closed = open_attempt_of("replay-all-1", new_obligation(20000));
    close_order_of(closed);
    assert_int_equal(wechatpay_tells_paid(closed, "42-all-1", 20000), 204); /* late */
    twice = paid("replay-all-2", "42-all-2");
    assert_int_equal(wechatpay_tells_paid(twice, "42-all-3", 20000), 204); /* excess */
    wechatpay_tells_refunded(refund_of(twice), 20000);
    assert_int_equal(wechatpay_tells_paid("NOBODYS0NUMBER", "42-all-4", 700), 204); /* orphan */
    wechatpay_tells_refunded(refund_of("NOBODYS0NUMBER"), 700);
    assert_int_equal(
        wechatpay_tells_paid(open_attempt_of("replay-all-3", new_obligation(20000)), "42-all-5", 1),
        204);
    closed = open_attempt_of("replay-all-4", new_obligation(20000));
    query_proves(closed, "42-all-6");
    assert_int_equal(wechatpay_tells_paid(closed, "42-all-6", 20000), 204); /* duplicate */
    assert_int_equal(wechatpay_tells("TRANSACTION.OTHER", "transaction", "{\"n\":1}", NULL), 204);
    assert_int_equal(wechatpay_tells("TRANSACTION.SUCCESS", "transaction",
                                     "{\"mchid\":\"" FINES_MERCHANT
                                     "\",\"appid\":\"wx1234567890abcdef\"}",
                                     NULL),
                     204); /* parked */
    alipay_pays("replay-all-5", "2026all");
    assert_books_are_right();
    assert_nothing_differs(11);
}

/* The refund of an officer changes the order, whose sums are made anew from the facts. */
static void a_refund_of_what_was_applied_finds_its_order_as_it_was(void **state)
{
    const char *attempt = paid("replay-again-1", "42-again-1");
    const char *order = database_word("SELECT order_id FROM pay_attempt WHERE id = '%s'", attempt);

    (void)state;
    database_run("INSERT INTO refund (id, fact_id, order_id, gateway, merchant, gateway_no, reason,"
                 " dedupe, amount_fen, total_fen, state, maker, checker, created_at, updated_at)"
                 " SELECT '01HZZZZZZZZZZZZZZZZZREFVND', id, order_id, gateway, merchant,"
                 " gateway_no, 'officer', 'again-1', 5000, 20000, 'submitting', 'a', 'b',"
                 " recorded_at, recorded_at FROM money_fact WHERE our_no = '%s'",
                 attempt);
    database_run("UPDATE pay_order SET state = 'refunding', refund_reserved_fen = 5000,"
                 " updated_at = updated_at + INTERVAL 1000 MICROSECOND WHERE id = '%s'",
                 order);
    database_run("DELETE FROM callback_inbox");
    set_clock("2026-11-22T02:10:00.000Z"); /* moves of one millisecond have no order in time */
    wechatpay_tells_refunded("01HZZZZZZZZZZZZZZZZZREFVND", 5000);
    assert_string_equal(database_word("SELECT state FROM pay_order WHERE id = '%s'", order),
                        "part_refunded");
    assert_nothing_differs(1);
}

static void another_amount_or_outcome_is_told(void **state)
{
    const char *attempt = paid("replay-spoil-1", "42-spoil-1");

    (void)state;
    database_run("UPDATE money_fact SET amount_fen = 19999 WHERE our_no = '%s'", attempt);
    assert_told("wechatpay: amount in fen was 19999, is now 20000\n");
    database_run("UPDATE money_fact SET amount_fen = 20000, gateway_no = '42-spoil-0'"
                 " WHERE our_no = '%s'",
                 attempt);
    assert_told("wechatpay: number of the gateway was 42-spoil-0, is now 42-spoil-1\n");
    database_run("UPDATE money_fact SET gateway_no = '42-spoil-1' WHERE our_no = '%s'", attempt);
    database_run("UPDATE callback_inbox SET disposition = 'excess'");
    assert_told("wechatpay: outcome was excess, is now applied\n");
    database_run("UPDATE callback_inbox SET disposition = 'applied', answer = '503'");
    assert_told("wechatpay: answer was 503, is now 204\n");
    database_run("UPDATE callback_inbox SET answer = '204', fact_id = NULL");
    assert_told("wechatpay: a money fact is made, none was then\n");
}

static void open_anew(void)
{
    asker_close(&asker);
    asker_open(&asker);
}

static void a_key_that_is_gone_is_named_and_counted_apart(void **state)
{
    const char *all = arena_text(texts, getenv("MERCHANTS_FILE")), *attempt, *output;

    (void)state;
    paid("replay-gone-1", "42-gone-1");
    wechatpay_signs_with("simulator/wechatpay_platform");
    attempt = paid("replay-gone-2", "42-gone-2");
    alipay_pays("replay-gone-3", "2026gone");
    assert_nothing_differs(3);
    assert_true(know_only(FINES));
    open_anew();
    assert_int_equal(replay(DAY, &output), E_OK);
    setenv("MERCHANTS_FILE", all, 1);
    open_anew();
    assert_non_null(
        strstr(output, arena_printf(texts, "%s wechatpay: its key is no longer there; not run\n",
                                    kept("id", attempt))));
    assert_non_null(strstr(output, " alipay: its key is no longer there; not run\n"
                                   "2 not run: their keys are no longer there\n"
                                   "1 callbacks, 0 differ\n"));
}

static void what_a_known_key_signed_is_judged_at_its_time(void **state)
{
    (void)state;
    paid("replay-late-1", "42-late-1");
    set_clock("2026-12-24T02:00:00.000Z");
    assert_nothing_differs(1);
}

static void other_days_are_other_callbacks(void **state)
{
    const char *output;

    (void)state;
    paid("replay-day-1", "42-day-1");
    database_run("UPDATE callback_inbox SET received_at = '2026-11-21 15:59:59.999'");
    assert_int_equal(replay(DAY, &output), E_OK);
    assert_string_equal(output, "0 callbacks, 0 differ\n");
    assert_int_equal(replay("today", &output), E_OK);
    assert_string_equal(output, "0 callbacks, 0 differ\n");
}

static void what_came_before_is_not_run(void **state)
{
    const char *output;

    (void)state;
    paid("replay-early-1", "42-early-1");
    database_run("UPDATE callback_inbox SET merchant = NULL, headers = NULL");
    assert_int_equal(replay(DAY, &output), E_OK);
    assert_non_null(strstr(output, "came before callbacks were kept whole; not run\n"));
    assert_non_null(strstr(output, "0 callbacks, 0 differ\n"));
}

static void the_platform_stays_as_it_is(void **state)
{
    static const char *const tables[] = {
        "callback_inbox", "event",       "ledger_entry", "ledger_txn",   "money_fact",
        "obligation",     "pay_attempt", "pay_order",    "payment_case", "payment_audit",
        "payment_job",    "refund",      "settlement",   "state_move"};
    int64_t before[sizeof(tables) / sizeof(*tables)];

    (void)state;
    paid("replay-still-1", "42-still-1");
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
        before[i] = database_number("SELECT COUNT(*) FROM %s", tables[i]);
    assert_nothing_differs(1);
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
        assert_int_equal(database_number("SELECT COUNT(*) FROM %s", tables[i]), before[i]);
    assert_int_equal(database_number(SCHEMAS), 0);
}

static void its_account_writes_nothing_of_the_platform(void **state)
{
    static const char *const refused[] = {
        "UPDATE pay_order SET ver = ver",
        "DELETE FROM callback_inbox",
        "INSERT INTO money_fact () VALUES ()",
        "CREATE TABLE intruder (a INT)",
        "DROP TABLE callback_inbox",
        "CREATE DATABASE intruder",
        "SELECT person_id FROM core_session",
        "SELECT name FROM officer",
        "CREATE TRIGGER intruder BEFORE UPDATE ON refund FOR EACH ROW SET NEW.ver = 0"};

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        assert_int_not_equal(database_refuses("payment_replay", "%s", refused[i]), 0);
    assert_int_not_equal(database_refuses("payment", "CREATE DATABASE tongban_replay_x"), 0);
    assert_int_equal(database_refuses("payment_replay", "CREATE DATABASE tongban_replay_x"), 0);
    assert_int_equal(database_refuses("payment_replay", "DROP DATABASE tongban_replay_x"), 0);
}

static void the_schema_is_kept_on_request(void **state)
{
    const char *attempt = paid("replay-stay-1", "42-stay-1"), *output, *schema;

    (void)state;
    assert_int_equal(replay(DAY " --keep", &output), E_OK);
    schema = strstr(output, "tongban_replay_");
    assert_non_null(schema);
    schema = arena_text_of(texts, schema, strcspn(schema, "\n"));
    assert_int_equal(database_number("SELECT amount_fen FROM %s.money_fact WHERE our_no = '%s'",
                                     schema, attempt),
                     20000);
    database_run("DROP DATABASE %s", schema);
}

static void a_wrong_call_makes_nothing(void **state)
{
    static const char *const lines[] = {"", "yesterday", "2026-02-30", DAY " --stay",
                                        DAY " --keep now"};
    const char *output;

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        assert_int_equal(replay(lines[i], &output), E_REFUSED);
        assert_string_equal(output, "");
    }
    assert_int_equal(database_number(SCHEMAS), 0);
}

#define REPLAY_TEST(name) cmocka_unit_test_setup(name, begin_replay)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REPLAY_TEST(a_callback_is_kept_with_what_came_of_it),
        REPLAY_TEST(what_is_kept_is_sealed),
        REPLAY_TEST(a_repetition_is_kept_once),
        REPLAY_TEST(what_did_not_verify_is_not_kept),
        REPLAY_TEST(what_came_second_was_too_much_or_books_nothing_is_kept_as_such),
        REPLAY_TEST(what_is_old_is_deleted_in_pieces),
        REPLAY_TEST(the_same_build_makes_the_same_of_every_kind),
        REPLAY_TEST(a_refund_of_what_was_applied_finds_its_order_as_it_was),
        REPLAY_TEST(another_amount_or_outcome_is_told),
        REPLAY_TEST(a_key_that_is_gone_is_named_and_counted_apart),
        REPLAY_TEST(what_a_known_key_signed_is_judged_at_its_time),
        REPLAY_TEST(other_days_are_other_callbacks),
        REPLAY_TEST(what_came_before_is_not_run),
        REPLAY_TEST(the_platform_stays_as_it_is),
        REPLAY_TEST(its_account_writes_nothing_of_the_platform),
        REPLAY_TEST(the_schema_is_kept_on_request),
        REPLAY_TEST(a_wrong_call_makes_nothing),
    };

    return cmocka_run_group_tests(tests, open_payment, close_payment);
}
