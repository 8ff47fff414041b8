/* The pool of database connections, with a single one for many threads. */

#include "service/core_stage.h"

#include <pthread.h>

#include <sched.h>

#include "core/audit.h"
#include "core/clock.h"
#include "core/connection.h"

enum { THREADS = 8, TURNS = 800, SOON_MS = 50 };

struct row {
    int64_t number;
};

static const struct field row_fields[] = {FIELD(struct row, number), FIELD_END};

enum { SELECT_NUMBER, STATEMENTS_END };

static const struct statement number_sql[] = {
    [SELECT_NUMBER] = {.sql = "SELECT seq AS number FROM payment_audit_head",
                       ROWS(struct row, row_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

static const struct route routes[] = {ROUTE_END};
static const struct statement *const sql[] = {number_sql, NULL};

const struct service service = {.name = "payment", .title = "试验", .routes = routes, .sql = sql};

static int open_with_one_connection(void **state)
{
    setenv("DB_POOL", "1", 1);
    return open_core(state);
}

struct user {
    pthread_t thread;
    bool wants_transactions;
    int64_t turns, failures;
};

static _Atomic int64_t turns_left, present;

static enum error look(struct request *r, void *product)
{
    return db_one(r, &number_sql[SELECT_NUMBER], product, NO_VALUES);
}

static void take_turn(struct user *user, struct request *r)
{
    struct row row;
    enum error error = user->wants_transactions ? db_transaction(r, look, &row) : look(r, &row);

    user->failures += error != E_OK;
    request_reset(r);
}

/* Turns count from when everybody has had one: a thread may begin late. */
static void *take_turns(void *context)
{
    struct user *user = context;
    struct request *r = request_open(&asker.process);

    take_turn(user, r);
    present++;
    while (present < THREADS)
        take_turn(user, r);
    while (turns_left-- > 0) {
        take_turn(user, r);
        user->turns++;
    }
    request_close(r);
    return NULL;
}

/* Half of them need the connection in the other mode. */
static void everybody_gets_a_turn(void **state)
{
    struct user users[THREADS] = {{.turns = 0}};

    (void)state;
    turns_left = TURNS;
    for (size_t i = 0; i < THREADS; i++) {
        users[i].wants_transactions = i % 2 == 1;
        assert_int_equal(pthread_create(&users[i].thread, NULL, take_turns, &users[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(users[i].thread, NULL);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(users[i].failures, 0);
        assert_in_range(users[i].turns, TURNS / THREADS / 2, TURNS / THREADS * 2);
    }
}

static void *wait_in_vain(void *context)
{
    struct request *r = request_open(&asker.process);
    struct row row;

    r->deadline_ms = monotonic_ms() + SOON_MS;
    *(enum error *)context = look(r, &row);
    request_close(r);
    return NULL;
}

static enum error keep_others_waiting(struct request *r, void *product)
{
    pthread_t thread;

    TRY(look(r, &(struct row){0}));
    assert_int_equal(pthread_create(&thread, NULL, wait_in_vain, product), 0);
    pthread_join(thread, NULL);
    return E_OK;
}

static void who_waits_too_long_leaves_the_queue(void **state)
{
    enum error of_the_other = E_OK;
    struct row row;

    (void)state;
    request_reset(asker.r);
    assert_int_equal(db_transaction(asker.r, keep_others_waiting, &of_the_other), E_OK);
    assert_int_equal(of_the_other, E_UNAVAILABLE);
    assert_int_equal(look(asker.r, &row), E_OK);
}

static void *wait_for_the_connection(void *context)
{
    struct request *r = request_open(&asker.process);
    struct row row;

    *(enum error *)context = look(r, &row);
    request_close(r);
    return NULL;
}

static bool is_anybody_waiting(void)
{
    struct pool *pool = asker.process.pool;
    bool is_waiting;

    pthread_mutex_lock(&pool->lock);
    is_waiting = pool->waiting != NULL;
    pthread_mutex_unlock(&pool->lock);
    return is_waiting;
}

struct awaited {
    pthread_t reader;
    enum error of_the_reader;
};

static enum error write_while_awaited(struct request *r, void *product)
{
    struct awaited *awaited = product;

    audit(r, "try_commit", "nothing", "while somebody waits");
    assert_int_equal(
        pthread_create(&awaited->reader, NULL, wait_for_the_connection, &awaited->of_the_reader),
        0);
    while (!is_anybody_waiting())
        sched_yield();
    return E_OK;
}

static void what_is_committed_for_a_waiting_reader_is_there(void **state)
{
    struct awaited awaited = {.of_the_reader = E_INTERNAL};
    int64_t before = database_number("SELECT seq FROM payment_audit_head");

    (void)state;
    request_reset(asker.r);
    assert_int_equal(db_transaction(asker.r, write_while_awaited, &awaited), E_OK);
    pthread_join(awaited.reader, NULL);
    assert_int_equal(awaited.of_the_reader, E_OK);
    assert_int_equal(database_number("SELECT seq FROM payment_audit_head"), before + 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_gets_a_turn),
        cmocka_unit_test(what_is_committed_for_a_waiting_reader_is_there),
        cmocka_unit_test(who_waits_too_long_leaves_the_queue),
    };

    return cmocka_run_group_tests_name("pool", tests, open_with_one_connection, close_core);
}
