#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/dispatch.h"
#include "core/metrics.h"
#include "core/process.h"

#include <cmocka.h>

static const struct route routes[] = {
    {.method = GET, .path = "/orders/{order_no}"},
    {.method = POST, .path = "/orders"},
    ROUTE_END,
};
static const struct route fixed_routes[] = {
    {.method = POST, .path = "/notify/bank"},
    ROUTE_END,
};

static const struct service shop = {.name = "shop", .routes = routes, .fixed_routes = fixed_routes};

struct metrics_test {
    struct process process;
    struct arena *arena;
};

static int begin(void **state)
{
    static struct metrics_test test;

    test = (struct metrics_test){.arena = arena_open(1 << 20)};
    test.process.service = &shop;
    test.process.metrics = metrics_open();
    test.process.config.breaker_failures = 1;
    test.process.config.breaker_open_ms = 3600 * 1000;
    *state = &test;
    return 0;
}

static int end(void **state)
{
    struct metrics_test *test = *state;

    metrics_close(test->process.metrics);
    arena_close(test->arena);
    return 0;
}

static size_t index_of(const struct route *route)
{
    size_t i = 0;

    while (route_at(&shop, i) != route) {
        assert_non_null(route_at(&shop, i));
        i++;
    }
    return i;
}

static void assert_line(const struct metrics_test *test, const char *line)
{
    const char *text = metrics_text(test->arena, &test->process);
    const char *found = strstr(text, arena_printf(test->arena, "\n%s\n", line));

    if (found == NULL)
        print_error("no line %s in\n%s", line, text);
    assert_non_null(found);
}

static void requests_are_counted_by_route_and_class(void **state)
{
    struct metrics_test *test = *state;

    metrics_request(test->process.metrics, index_of(&routes[1]), 201, 400);
    metrics_request(test->process.metrics, index_of(&routes[1]), 200, 400);
    metrics_request(test->process.metrics, index_of(&routes[1]), 409, 400);
    metrics_request(test->process.metrics, index_of(&routes[0]), 503, 400);
    metrics_request(test->process.metrics, index_of(&fixed_routes[0]), 200, 400);
    assert_line(test,
                "tongban_requests_total{service=\"shop\",route=\"POST /orders\",status=\"2xx\"} 2");
    assert_line(test,
                "tongban_requests_total{service=\"shop\",route=\"POST /orders\",status=\"4xx\"} 1");
    assert_line(test, "tongban_requests_total{service=\"shop\",route=\"GET /orders/{order_no}\","
                      "status=\"5xx\"} 1");
    assert_line(test, "tongban_requests_total{service=\"shop\",route=\"POST /notify/bank\","
                      "status=\"2xx\"} 1");
}

static void requests_without_a_route_have_a_line_of_their_own(void **state)
{
    struct metrics_test *test = *state;

    metrics_request(test->process.metrics, ROUTES_MAX - 1, 404, 10);
    assert_line(test, "tongban_requests_total{service=\"shop\",route=\"none\",status=\"4xx\"} 1");
}

static void buckets_add_up_and_bounds_belong_to_them(void **state)
{
    struct metrics_test *test = *state;
    static const char head[] = "tongban_request_seconds_bucket{service=\"shop\",route=\"POST "
                               "/orders\",le=";

    metrics_request(test->process.metrics, index_of(&routes[1]), 200, 1000);
    metrics_request(test->process.metrics, index_of(&routes[1]), 200, 1001);
    metrics_request(test->process.metrics, index_of(&routes[1]), 200, 60 * 1000000);
    assert_line(test, arena_printf(test->arena, "%s\"0.001\"} 1", head));
    assert_line(test, arena_printf(test->arena, "%s\"0.0025\"} 2", head));
    assert_line(test, arena_printf(test->arena, "%s\"10\"} 2", head));
    assert_line(test, arena_printf(test->arena, "%s\"+Inf\"} 3", head));
    assert_line(test,
                "tongban_request_seconds_sum{service=\"shop\",route=\"POST /orders\"} 60.002001");
    assert_line(test, "tongban_request_seconds_count{service=\"shop\",route=\"POST /orders\"} 3");
}

/* A killed worker takes nothing back; its successor begins at zero, and others keep their share. */
static void what_a_killed_worker_left_in_a_gauge_goes_with_its_successor(void **state)
{
    struct metrics_test *test = *state;

    metrics_gauge(test->process.metrics, GAUGE_THREADS_BUSY, 2);
    metrics_begin(test->process.metrics, 1);
    metrics_gauge(test->process.metrics, GAUGE_THREADS_BUSY, 5);
    metrics_begin(test->process.metrics, 1);
    metrics_gauge(test->process.metrics, GAUGE_THREADS_BUSY, 1);
    assert_line(test, "tongban_threads_busy{service=\"shop\"} 3");
    metrics_begin(test->process.metrics, 0);
}

static void counters_and_gauges_appear_with_type_and_help(void **state)
{
    struct metrics_test *test = *state;

    metrics_count(test->process.metrics, COUNT_ROUND_TRIPS, 7);
    metrics_count(test->process.metrics, COUNT_JOBS_DEAD, 1);
    metrics_gauge(test->process.metrics, GAUGE_POOL_LEASED, 5);
    metrics_gauge(test->process.metrics, GAUGE_POOL_LEASED, -2);
    assert_line(test, "# TYPE tongban_database_round_trips_total counter\n"
                      "tongban_database_round_trips_total{service=\"shop\"} 7");
    assert_line(test, "tongban_jobs_total{service=\"shop\",result=\"dead\"} 1");
    assert_line(test, "# TYPE tongban_pool_leased gauge\ntongban_pool_leased{service=\"shop\"} 3");
}

static void what_is_true_of_all_workers_is_told_once_and_not_before_it_was_measured(void **state)
{
    struct metrics_test *test = *state;

    assert_null(strstr(metrics_text(test->arena, &test->process), "tongban_jobs_ready"));
    assert_int_equal(metrics_last_level(test->process.metrics, LEVEL_JOBS_READY), -1);
    metrics_level(test->process.metrics, LEVEL_JOBS_READY, 7);
    metrics_begin(test->process.metrics, 1);
    metrics_level(test->process.metrics, LEVEL_JOBS_READY, 12);
    metrics_begin(test->process.metrics, 0);
    assert_line(test, "# TYPE tongban_jobs_ready gauge\ntongban_jobs_ready{service=\"shop\"} 12");
}

static void upstreams_show_calls_times_and_breaker(void **state)
{
    struct metrics_test *test = *state;

    assert_true(breaker_allows(test->process.metrics, &test->process, "bank"));
    breaker_result(test->process.metrics, &test->process, "bank", true, 2000);
    breaker_result(test->process.metrics, &test->process, "bank", false, 3000);
    assert_false(breaker_allows(test->process.metrics, &test->process, "bank"));
    assert_line(test, "tongban_upstream_calls_total{service=\"shop\",upstream=\"bank\","
                      "result=\"good\"} 1");
    assert_line(test, "tongban_upstream_calls_total{service=\"shop\",upstream=\"bank\","
                      "result=\"refused\"} 1");
    assert_line(test, "tongban_upstream_seconds_count{service=\"shop\",upstream=\"bank\"} 2");
    assert_line(test, "tongban_breaker_open{service=\"shop\",upstream=\"bank\"} 1");
}

static void workers_write_into_one_page(void **state)
{
    struct metrics_test *test = *state;
    pid_t child = fork();
    int status;

    if (child == 0) {
        metrics_count(test->process.metrics, COUNT_RETRIES, 3);
        heartbeat(test->process.metrics, 2, 77);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(heartbeat_last(test->process.metrics, 2), 77);
    assert_line(test, "tongban_transaction_retries_total{service=\"shop\"} 3");
}

/* name{labels} number; a label may hold blanks and braces, so the number is found from the end. */
static bool is_sample(const char *line, size_t size)
{
    size_t name = strspn(line, "abcdefghijklmnopqrstuvwxyz_"), number = size;

    while (number > 0 && line[number - 1] != ' ')
        number--;
    return strncmp(line, "tongban_", 8) == 0 && line[name] == '{' && number > name + 2 &&
           line[number - 2] == '}' && number < size &&
           strspn(line + number, "0123456789.") == size - number;
}

/* Every line is a comment or a sample, and the last one is ended. */
static void every_line_is_well_formed(void **state)
{
    struct metrics_test *test = *state;
    const char *text;

    metrics_request(test->process.metrics, index_of(&routes[0]), 200, 5);
    heartbeat(test->process.metrics, 0, 1);
    breaker_result(test->process.metrics, &test->process, "bank", true, 2000);
    text = metrics_text(test->arena, &test->process);
    for (size_t size; *text != '\0'; text += size + 1) {
        size = strcspn(text, "\n");
        assert_int_equal(text[size], '\n');
        if (strncmp(text, "# HELP tongban_", 15) != 0 && strncmp(text, "# TYPE tongban_", 15) != 0)
            assert_true(is_sample(text, size));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests_are_counted_by_route_and_class, begin, end),
        cmocka_unit_test_setup_teardown(requests_without_a_route_have_a_line_of_their_own, begin,
                                        end),
        cmocka_unit_test_setup_teardown(buckets_add_up_and_bounds_belong_to_them, begin, end),
        cmocka_unit_test_setup_teardown(
            what_a_killed_worker_left_in_a_gauge_goes_with_its_successor, begin, end),
        cmocka_unit_test_setup_teardown(
            what_is_true_of_all_workers_is_told_once_and_not_before_it_was_measured, begin, end),
        cmocka_unit_test_setup_teardown(counters_and_gauges_appear_with_type_and_help, begin, end),
        cmocka_unit_test_setup_teardown(upstreams_show_calls_times_and_breaker, begin, end),
        cmocka_unit_test_setup_teardown(workers_write_into_one_page, begin, end),
        cmocka_unit_test_setup_teardown(every_line_is_well_formed, begin, end),
    };

    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
