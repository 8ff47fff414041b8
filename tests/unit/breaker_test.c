#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/metrics.h"
#include "core/process.h"

#include <cmocka.h>

enum { FAILURES = 3, LONG_MS = 3600 * 1000 };

struct breaker_test {
    struct process process;
    struct metrics *metrics;
};

static int begin(void **state)
{
    static struct breaker_test test;

    test = (struct breaker_test){.metrics = metrics_open()};
    test.process.metrics = test.metrics;
    test.process.config.breaker_failures = FAILURES;
    test.process.config.breaker_open_ms = LONG_MS;
    *state = &test;
    return 0;
}

static int end(void **state)
{
    metrics_close(((struct breaker_test *)*state)->metrics);
    return 0;
}

static bool allows(struct breaker_test *test, const char *upstream)
{
    return breaker_allows(test->metrics, &test->process, upstream);
}

static int64_t result(struct breaker_test *test, bool good)
{
    return breaker_result(test->metrics, &test->process, "bank", good, 1000);
}

static void open_it(struct breaker_test *test)
{
    for (int i = 0; i < FAILURES; i++)
        result(test, false);
}

static void opens_after_failures_in_a_row(void **state)
{
    struct breaker_test *test = *state;

    for (int i = 0; i < FAILURES; i++) {
        assert_true(allows(test, "bank"));
        result(test, false);
    }
    assert_false(allows(test, "bank"));
}

static void a_good_result_in_between_starts_the_count_anew(void **state)
{
    struct breaker_test *test = *state;

    for (int i = 0; i < 10 * FAILURES; i++)
        result(test, i % FAILURES == 0);
    assert_true(allows(test, "bank"));
}

static void one_upstream_does_not_close_another(void **state)
{
    struct breaker_test *test = *state;

    open_it(test);
    assert_false(allows(test, "bank"));
    assert_true(allows(test, "other"));
}

static void lets_one_probe_through_after_the_pause(void **state)
{
    struct breaker_test *test = *state;

    test->process.config.breaker_open_ms = 0; /* the pause is over at once */
    open_it(test);
    test->process.config.breaker_open_ms = LONG_MS;
    assert_true(allows(test, "bank"));
    assert_false(allows(test, "bank"));
}

static void a_good_probe_closes_it(void **state)
{
    struct breaker_test *test = *state;

    open_it(test);
    assert_false(allows(test, "bank"));
    assert_int_equal(result(test, true), FAILURES);
    assert_true(allows(test, "bank"));
    result(test, false);
    assert_true(allows(test, "bank"));
}

static void a_bad_probe_leaves_it_open(void **state)
{
    struct breaker_test *test = *state;

    test->process.config.breaker_open_ms = 0;
    open_it(test);
    test->process.config.breaker_open_ms = LONG_MS;
    assert_true(allows(test, "bank"));
    result(test, false);
    assert_false(allows(test, "bank"));
}

static void blamed_answers_count_as_failures_in_a_row(void **state)
{
    struct breaker_test *test = *state;

    for (int i = 0; i < FAILURES; i++) {
        assert_true(allows(test, "bank"));
        breaker_blame(test->metrics, &test->process, "bank", result(test, true));
    }
    assert_false(allows(test, "bank"));
}

static void a_blamed_probe_opens_it_again_at_once(void **state)
{
    struct breaker_test *test = *state;
    int64_t forgiven;

    open_it(test);
    forgiven = result(test, true);
    assert_true(allows(test, "bank"));
    breaker_blame(test->metrics, &test->process, "bank", forgiven);
    assert_false(allows(test, "bank"));
}

static void is_shared_with_other_processes(void **state)
{
    struct breaker_test *test = *state;
    pid_t child = fork();
    int status;

    if (child == 0) {
        open_it(test);
        _exit(allows(test, "bank") ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_false(allows(test, "bank"));
}

static void *ask(void *test)
{
    return allows(test, "bank") ? test : NULL;
}

static void of_many_threads_one_is_the_probe(void **state)
{
    enum { THREADS = 8 };
    struct breaker_test *test = *state;
    pthread_t threads[THREADS];
    int allowed = 0;

    test->process.config.breaker_open_ms = 0;
    open_it(test);
    test->process.config.breaker_open_ms = LONG_MS;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask, test), 0);
    for (int i = 0; i < THREADS; i++) {
        void *answer;

        assert_int_equal(pthread_join(threads[i], &answer), 0);
        allowed += answer != NULL;
    }
    assert_int_equal(allowed, 1);
}

static void gives_each_upstream_a_slot_of_its_own(void **state)
{
    struct breaker_test *test = *state;
    static const char *const names[UPSTREAMS_MAX - 1] = {"a", "b", "c", "d", "e", "f", "g"};

    open_it(test);
    for (size_t i = 0; i < UPSTREAMS_MAX - 1; i++)
        assert_true(allows(test, names[i]));
    assert_false(allows(test, "bank"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(opens_after_failures_in_a_row, begin, end),
        cmocka_unit_test_setup_teardown(a_good_result_in_between_starts_the_count_anew, begin, end),
        cmocka_unit_test_setup_teardown(one_upstream_does_not_close_another, begin, end),
        cmocka_unit_test_setup_teardown(lets_one_probe_through_after_the_pause, begin, end),
        cmocka_unit_test_setup_teardown(a_good_probe_closes_it, begin, end),
        cmocka_unit_test_setup_teardown(a_bad_probe_leaves_it_open, begin, end),
        cmocka_unit_test_setup_teardown(blamed_answers_count_as_failures_in_a_row, begin, end),
        cmocka_unit_test_setup_teardown(a_blamed_probe_opens_it_again_at_once, begin, end),
        cmocka_unit_test_setup_teardown(is_shared_with_other_processes, begin, end),
        cmocka_unit_test_setup_teardown(of_many_threads_one_is_the_probe, begin, end),
        cmocka_unit_test_setup_teardown(gives_each_upstream_a_slot_of_its_own, begin, end),
    };

    return cmocka_run_group_tests_name("breaker", tests, NULL, NULL);
}
