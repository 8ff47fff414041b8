/* The money invariants, counted two rows at a time: what stands in the last row of the last part is
   found, what is old is found at night, and a count that was cut off says nothing. */

#include "service/payment_stage.h"

#include "core/db.h"
#include "core/job.h"
#include "core/metrics.h"

static int open_in_parts(void **state)
{
    assert_int_equal(setenv("INVARIANT_PART", "2", 1), 0);
    return open_payment(state);
}

static void pay(const char *key)
{
    const char *attempt = open_attempt_of(key, new_obligation(20000));

    assert_int_equal(wechatpay_tells_paid(attempt, arena_printf(texts, "42-%s", key), 20000), 204);
}

static int begin_invariants(void **state)
{
    int begun = begin_payment(state);

    if (database_number("SELECT COUNT(*) FROM money_fact") < 7)
        for (int i = 0; i < 7; i++)
            pay(arena_printf(texts, "key-part-%d", i));
    return begun;
}

/* Every page to its end; what was found of one invariant. */
static int64_t found(const char *id)
{
    const char *after = "";
    int64_t sum = 0;

    asker.door = "internal";
    while (after != NULL) {
        assert_int_equal(
            ask(&asker, "GET", arena_printf(texts, "/internal/payment/invariants%s", after), NULL),
            200);
        for (int64_t i = 0; i < answer_count(&asker, "items"); i++)
            if (strcmp(answer_text(&asker, arena_printf(texts, "items.%d.id", (int)i)), id) == 0)
                sum += answer_number(&asker, arena_printf(texts, "items.%d.violations", (int)i));
        after = answer_text(&asker, "next");
        after = after == NULL ? NULL : arena_printf(texts, "?after=%s", after);
    }
    asker.door = "citizens";
    return sum;
}

static int64_t level(enum level which)
{
    return metrics_last_level(asker.process.metrics, which);
}

static void run(const char *kind)
{
    database_run("DELETE FROM payment_job");
    database_run("INSERT INTO payment_job (id, kind, dedupe, run_at, created_at) VALUES"
                 " ('01HZZZZZZZZZZZZZZZZZZZZJ0B', '%s', 'periodic', '2018-01-01', '2018-01-01')",
                 kind);
    assert_true(jobs_run_due(&asker.process));
}

static void a_wrong_amount_is_found_in_whatever_part_it_stands(void **state)
{
    (void)state;
    assert_int_equal(found("M03"), 0);
    for (int64_t i = 0; i < 7; i++) {
        const char *id =
            database_word("SELECT id FROM money_fact ORDER BY id LIMIT 1 OFFSET %d", (int)i);

        database_run("UPDATE money_fact SET amount_fen = amount_fen + 1 WHERE id = '%s'", id);
        assert_int_equal(found("M03"), 1);
        database_run("UPDATE money_fact SET amount_fen = amount_fen - 1 WHERE id = '%s'", id);
    }
    assert_int_equal(found("M03"), 0);
}

static void a_line_of_the_ledger_that_stands_alone_is_found(void **state)
{
    (void)state;
    database_run("UPDATE ledger_entry SET dr_fen = dr_fen + 1 WHERE dr_fen > 0"
                 " ORDER BY txn_id DESC LIMIT 1");
    assert_int_equal(found("M01"), 1);
    assert_int_equal(found("M02"), 1);
    database_run("UPDATE ledger_entry SET dr_fen = dr_fen - 1 WHERE dr_fen > 0"
                 " ORDER BY txn_id DESC LIMIT 1");
    assert_int_equal(found("M01") + found("M02"), 0);
}

static void what_is_old_is_found_at_night(void **state)
{
    (void)state;
    set_clock("2027-11-22T02:00:00.000Z"); /* a year later */
    database_run("UPDATE money_fact SET amount_fen = amount_fen + 1 ORDER BY id LIMIT 1");
    run("check_invariants");
    assert_int_equal(level(LEVEL_VIOLATIONS), 0);
    run("check_all_invariants");
    assert_true(level(LEVEL_VIOLATIONS_OF_ALL) > 0);
    assert_string_equal(
        database_word("SELECT run_at FROM payment_job WHERE kind = 'check_all_invariants'"),
        "2027-11-22 19:00:00.000");
    asker.door = "internal";
    assert_int_equal(ask(&asker, "GET", "/internal/payment/readyz", NULL), 200);
    assert_non_null(strstr(asker.r->answer, "violations 0 at 2027-11-22T02:00:0"));
    assert_non_null(strstr(asker.r->answer, "violations_of_all "));
    asker.door = "citizens";
    database_run("UPDATE money_fact SET amount_fen = amount_fen - 1 ORDER BY id LIMIT 1");
    run("check_all_invariants");
    assert_int_equal(level(LEVEL_VIOLATIONS_OF_ALL), 0);
}

static void a_count_that_is_cut_off_tells_nothing(void **state)
{
    int64_t before;

    (void)state;
    set_clock("2027-12-22T02:00:00.000Z");
    run("check_all_invariants");
    before = level(LEVEL_ALL_LOOKED_AT);
    set_clock("2027-12-23T02:00:00.000Z");
    db_fail_after(&asker.process, 30);
    database_run("UPDATE money_fact SET amount_fen = amount_fen + 1 ORDER BY id DESC LIMIT 1");
    asker.process.is_stopping = true; /* asked for the rest of its time, it gets none */
    run("check_all_invariants");
    asker.process.is_stopping = false;
    db_fail_after(&asker.process, 0);
    database_run("UPDATE money_fact SET amount_fen = amount_fen - 1 ORDER BY id DESC LIMIT 1");
    assert_true(level(LEVEL_ALL_LOOKED_AT) == before || level(LEVEL_VIOLATIONS_OF_ALL) > 0);
}

static void an_odd_cursor_is_refused(void **state)
{
    static const char *const odd[] = {"x",       "1",        "1-",        "99--0",
                                      "1-a'b-0", "1-01JD-x", "-1-01JD-0", "1-01JD-99999999999999"};

    (void)state;
    asker.door = "internal";
    for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++)
        assert_int_equal(ask(&asker, "GET",
                             arena_printf(texts, "/internal/payment/invariants?after=%s", odd[i]),
                             NULL),
                         400);
    asker.door = "citizens";
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_wrong_amount_is_found_in_whatever_part_it_stands,
                               begin_invariants),
        cmocka_unit_test_setup(a_line_of_the_ledger_that_stands_alone_is_found, begin_invariants),
        cmocka_unit_test_setup(what_is_old_is_found_at_night, begin_invariants),
        cmocka_unit_test_setup(a_count_that_is_cut_off_tells_nothing, begin_invariants),
        cmocka_unit_test_setup(an_odd_cursor_is_refused, begin_invariants),
    };

    return cmocka_run_group_tests_name("invariants in parts", tests, open_in_parts, close_payment);
}
