/* Jobs on a service of the test's own: who gets one, when it comes again, when it is given up. */

#include "service/core_stage.h"

#include <pthread.h>

#include "core/clock.h"
#include "core/db.h"
#include "core/job.h"
#include "core/work.h"

static _Atomic int64_t grown;
static enum error growth = E_OK;

static int64_t patience_ms; /* asked for by job_again_at; 0: not */
static bool is_long;        /* keeps its lease */
static bool is_last;        /* the process is told to stop while the first task runs */
static bool is_robbed;      /* somebody else takes all leases while the first task runs */

static char names[8][16]; /* of the tasks that ran, in turn */

static enum error grow(struct request *r, const struct task *task)
{
    if (grown < 8)
        snprintf(names[grown], sizeof(names[grown]), "%s", task->dedupe);
    grown++;
    if (is_long)
        assert_true(job_keep(r));
    if (is_robbed)
        database_run("UPDATE payment_job SET lease_token = 'somebody else' WHERE id <> '%s'",
                     task->id);
    asker.process.is_stopping = is_last;
    if (patience_ms != 0)
        return job_again_at(r, instant_add(r->now, patience_ms));
    return growth == E_OK ? E_OK : failed(r, growth, "does not grow");
}

static const struct route routes[] = {ROUTE_END};
static const struct job jobs[] = {{"grow", 0, grow}, {.name = NULL}};

const struct service service = {.name = "payment", .title = "试验", .routes = routes, .jobs = jobs};

static int begin(void **state)
{
    (void)state;
    database_run("DELETE FROM payment_job");
    grown = patience_ms = 0;
    growth = E_OK;
    is_long = is_robbed = is_last = false;
    asker.process.is_stopping = false;
    asker.process.config.lease_s = 60;
    asker.process.is_crowded[0] = false;
    return 0;
}

static enum error add_job(struct request *r, void *name)
{
    return job_add(r, "grow", name, NULL, r->now);
}

static void add(const char *name)
{
    struct request *r = request_open(&asker.process);

    assert_int_equal(db_transaction(r, add_job, arena_text(r->arena, name)), E_OK);
    request_close(r);
}

static void *work(void *context)
{
    while (jobs_run_due(context))
        continue;
    return NULL;
}

static void a_job_is_done_once_whoever_wants_it(void **state)
{
    pthread_t threads[4];
    char name[16];

    (void)state;
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof(name), "jobkey-%03d", i);
        add(name);
    }
    for (size_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, work, &asker.process);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(grown, 20);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_job WHERE state = 'done'"), 20);
}

static void a_job_that_fails_waits_longer_each_time_and_ends_dead(void **state)
{
    (void)state;
    add("stubborn");
    growth = E_UPSTREAM;
    assert_true(jobs_run_due(&asker.process));
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_job WHERE state = 'ready'"
                                     " AND failures = 1 AND run_at > UTC_TIMESTAMP(3)"),
                     1);
    assert_false(jobs_run_due(&asker.process)); /* not yet */
    database_run("UPDATE payment_job SET failures = 53, run_at = '2018-01-01'");
    assert_true(jobs_run_due(&asker.process));
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_job WHERE state = 'dead'"), 1);
}

static void a_job_that_asks_again_has_not_failed(void **state)
{
    (void)state;
    add("patient");
    patience_ms = -1;
    for (int i = 0; i < 60; i++)
        assert_true(jobs_run_due(&asker.process));
    patience_ms = 0;
    growth = E_UNAVAILABLE;
    assert_true(jobs_run_due(&asker.process));
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_job WHERE state = 'ready'"
                                     " AND attempts = 61 AND failures = 1"
                                     " AND run_at < UTC_TIMESTAMP(3) + INTERVAL 10 SECOND"),
                     1);
}

static void a_job_that_ended_can_be_asked_for_again(void **state)
{
    (void)state;
    add("twice");
    assert_true(jobs_run_due(&asker.process));
    add("twice");
    assert_true(jobs_run_due(&asker.process));
    assert_int_equal(grown, 2);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_job"), 1);
}

static void a_fresh_job_does_not_wait_behind_a_backlog(void **state)
{
    char name[16];

    (void)state;
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof(name), "expired-%02d", i);
        add(name);
    }
    database_run(
        "UPDATE payment_job SET run_at = '2018-01-01' + INTERVAL MOD(LENGTH(id), 10) SECOND,"
        " created_at = created_at - INTERVAL 1 SECOND");
    add("fresh");
    assert_true(jobs_run_due(&asker.process));
    assert_true(jobs_run_due(&asker.process));
    assert_string_equal(names[4], "fresh");
    /* And the oldest are not forgotten for the newest. */
    add("fresh-too");
    assert_true(jobs_run_due(&asker.process));
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_job WHERE state = 'ready'"
                                     " AND dedupe = 'fresh-too'"),
                     1);
}

/* Appointments are kept later than what was asked for meanwhile, and yet they are the older ones.
 */
static void a_fresh_job_does_not_wait_behind_later_appointments(void **state)
{
    char name[16];

    (void)state;
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof(name), "expired-%02d", i);
        add(name);
    }
    database_run("UPDATE payment_job SET created_at = '2018-01-01'");
    add("fresh");
    database_run(
        "UPDATE payment_job SET run_at = IF(dedupe = 'fresh', '2019-01-01', '2020-01-01')");
    database_run("UPDATE payment_job SET run_at = '2018-01-01' ORDER BY dedupe LIMIT 8");
    assert_true(jobs_run_due(&asker.process));
    assert_true(jobs_run_due(&asker.process));
    assert_string_equal(names[4], "fresh");
}

static void what_outlived_its_lease_in_a_batch_is_left_to_who_has_it_now(void **state)
{
    char name[16];

    (void)state;
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof(name), "robbed-%02d", i);
        add(name);
    }
    asker.process.config.lease_s = 0;
    is_robbed = true;
    assert_true(jobs_run_due(&asker.process));
    assert_int_equal(grown, 1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_job WHERE state = 'leased'"
                                     " AND lease_token = 'somebody else'"),
                     3);
}

static void a_long_job_does_not_hold_up_the_rest_of_its_batch(void **state)
{
    char name[16];

    (void)state;
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "long-%d", i);
        add(name);
    }
    is_long = true;
    assert_true(jobs_run_due(&asker.process));
    assert_int_equal(grown, 1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_job WHERE state = 'ready'"
                                     " AND attempts = 0 AND lease_token IS NULL"),
                     2);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_job WHERE state = 'done'"), 1);
    while (jobs_run_due(&asker.process))
        continue;
    assert_int_equal(grown, 3);
}

static void a_process_that_stops_ends_its_task_and_gives_the_rest_back(void **state)
{
    char name[16];

    (void)state;
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "stop-%d", i);
        add(name);
    }
    is_last = true;
    assert_true(jobs_run_due(&asker.process));
    assert_int_equal(grown, 1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_job WHERE state = 'done'"), 1);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_job WHERE state = 'ready'"
                                     " AND attempts = 0 AND lease_token IS NULL"),
                     2);
}

static void whoever_lost_a_long_job_is_told(void **state)
{
    struct lease lease = {.renew = NULL};
    struct request *r = request_open(&asker.process);

    (void)state;
    assert_false(job_keep(r)); /* no job at all */
    asker.process.is_stopping = true;
    r->work->lease = &lease;
    assert_false(job_keep(r));
    asker.process.is_stopping = false;
    request_close(r);
}

static void keys_of_a_busy_week_are_forgotten_in_one_go(void **state)
{
    (void)state;
    database_run("INSERT INTO payment_idem WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
                 " SELECT i + 1 FROM n WHERE i < 900) SELECT CONCAT('busy', a.i), 'op',"
                 " CONCAT('key', b.i), REPEAT(X'00', 32), '2018-01-01' FROM n a JOIN n b"
                 " WHERE a.i <= 12");
    assert_int_equal(jobs_begin(&asker.process), E_OK);
    while (jobs_run_due(&asker.process))
        continue;
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_idem WHERE op = 'op'"), 0);
    assert_int_equal(database_number("SELECT COUNT(*) FROM payment_job WHERE kind = 'housekeeping'"
                                     " AND run_at > UTC_TIMESTAMP(3) + INTERVAL 50 MINUTE"),
                     1);
}

static void a_lapsed_lease_goes_to_the_next_and_the_late_one_changes_nothing(void **state)
{
    (void)state;
    add("leased");
    database_run("UPDATE payment_job SET state = 'leased', lease_token = 'somebody else',"
                 " lease_until = UTC_TIMESTAMP(3) + INTERVAL 1 MINUTE");
    jobs_tidy(&asker.process);
    assert_false(jobs_run_due(&asker.process));
    database_run("UPDATE payment_job SET lease_until = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND");
    jobs_tidy(&asker.process);
    assert_true(jobs_run_due(&asker.process));
    assert_int_equal(grown, 1);
}

static enum error read_much(struct request *r, void *bytes)
{
    memset(arena_alloc(r->arena, 100000), 'x', 100000);
    *(int64_t *)bytes += 100000;
    return E_OK;
}

/* Ten times what the memory of one request may be. */
static void the_steps_of_a_long_job_share_no_memory(void **state)
{
    struct request *r = request_open(&asker.process);
    int64_t bytes = 0;

    (void)state;
    while (bytes < 40 * 1000 * 1000)
        assert_int_equal(job_step(r, read_much, &bytes), E_OK);
    request_close(r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_job_is_done_once_whoever_wants_it, begin),
        cmocka_unit_test_setup(a_job_that_fails_waits_longer_each_time_and_ends_dead, begin),
        cmocka_unit_test_setup(a_job_that_asks_again_has_not_failed, begin),
        cmocka_unit_test_setup(a_job_that_ended_can_be_asked_for_again, begin),
        cmocka_unit_test_setup(a_fresh_job_does_not_wait_behind_a_backlog, begin),
        cmocka_unit_test_setup(a_fresh_job_does_not_wait_behind_later_appointments, begin),
        cmocka_unit_test_setup(what_outlived_its_lease_in_a_batch_is_left_to_who_has_it_now, begin),
        cmocka_unit_test_setup(a_long_job_does_not_hold_up_the_rest_of_its_batch, begin),
        cmocka_unit_test_setup(a_process_that_stops_ends_its_task_and_gives_the_rest_back, begin),
        cmocka_unit_test_setup(whoever_lost_a_long_job_is_told, begin),
        cmocka_unit_test_setup(the_steps_of_a_long_job_share_no_memory, begin),
        cmocka_unit_test_setup(keys_of_a_busy_week_are_forgotten_in_one_go, begin),
        cmocka_unit_test_setup(a_lapsed_lease_goes_to_the_next_and_the_late_one_changes_nothing,
                               begin),
    };

    return cmocka_run_group_tests_name("jobs", tests, open_core, close_core);
}
