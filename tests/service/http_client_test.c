/* Outgoing calls against a server with bad manners. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "core/clock.h"
#include "core/http.h"
#include "core/metrics.h"
#include "core/process.h"
#include "core/work.h"
#include "support/fake_upstream.h"

#include <cmocka.h>

static const struct service shop = {.name = "shop", .no_database = true};

struct client_test {
    struct fake_upstream upstream;
    struct process process;
    struct request *r;
    char hosts[128], ca_file[128], socket[128];
    struct http_answer answer;
};

static int open_upstream(void **state)
{
    static struct client_test test;

    *state = &test;
    return !fake_upstream_open(&test.upstream);
}

static int close_upstream(void **state)
{
    fake_upstream_close(&((struct client_test *)*state)->upstream);
    return 0;
}

static int begin(void **state)
{
    struct client_test *test = *state;
    struct config *config = &test->process.config;

    snprintf(test->hosts, sizeof(test->hosts), "127.0.0.1:%d", test->upstream.port);
    snprintf(test->ca_file, sizeof(test->ca_file), "%s/ca.pem", test->upstream.folder);
    snprintf(test->socket, sizeof(test->socket), "%s/socket", test->upstream.folder);
    test->process = (struct process){.service = &shop, .metrics = metrics_open()};
    config->request_ms = 60000;
    config->development = true;
    config->http_hosts = test->hosts;
    config->http_ca_file = test->ca_file;
    config->breaker_failures = 100;
    config->breaker_open_ms = HOUR_MS;
    test->r = request_open(&test->process);
    return 0;
}

static int end(void **state)
{
    struct client_test *test = *state;

    request_close(test->r);
    metrics_close(test->process.metrics);
    return 0;
}

static const char *url_of(struct client_test *test, const char *path)
{
    return arena_printf(test->r->arena, "https://127.0.0.1:%d%s", test->upstream.port, path);
}

static enum error call(struct client_test *test, struct http_call wanted)
{
    if (wanted.upstream == NULL)
        wanted.upstream = "bank";
    if (wanted.method == NULL)
        wanted.method = "GET";
    if (wanted.timeout_ms == 0)
        wanted.timeout_ms = 10000;
    return http_call(test->r, &wanted, &test->answer);
}

static enum error get(struct client_test *test, const char *path)
{
    return call(test, (struct http_call){.url = url_of(test, path)});
}

static enum error post(struct client_test *test, const char *path, const char *body)
{
    return call(test, (struct http_call){
                          .method = "POST", .url = url_of(test, path), .body = bytes_of(body)});
}

static json_t *answer_json(struct client_test *test)
{
    json_t *json = json_loads((const char *)test->answer.body.data, 0, NULL);

    assert_non_null(json);
    arena_defer(test->r->arena, (void (*)(void *))json_decref, json);
    return json;
}

/* How often the server saw a path, or was connected to; asked without TLS, beside what is counted.
 */
static json_int_t server_count(struct client_test *test, const char *name)
{
    struct http_call wanted = {
        .upstream = "counts", .url = "http://here/counts", .unix_socket = test->socket};

    assert_int_equal(call(test, wanted), E_OK);
    return json_integer_value(json_object_get(answer_json(test), name));
}

static void assert_failure(struct client_test *test, const char *part)
{
    if (strstr(test->r->work->failure, part) == NULL)
        print_error("\"%s\" does not say \"%s\"\n", test->r->work->failure, part);
    assert_non_null(strstr(test->r->work->failure, part));
}

static void sends_method_headers_and_body_and_reads_the_answer(void **state)
{
    struct client_test *test = *state;
    const char *const lines[] = {"X-Mine: 1", "Content-Type: text/plain", NULL};
    json_t *got, *headers;

    assert_int_equal(call(test, (struct http_call){.method = "POST",
                                                   .url = url_of(test, "/echo"),
                                                   .headers = lines,
                                                   .body = bytes_of("hello")}),
                     E_OK);
    assert_int_equal(test->answer.status, 200);
    got = answer_json(test);
    headers = json_object_get(got, "headers");
    assert_string_equal(json_string_value(json_object_get(got, "method")), "POST");
    assert_string_equal(json_string_value(json_object_get(got, "body")), "hello");
    assert_string_equal(json_string_value(json_object_get(headers, "x-mine")), "1");
    assert_string_equal(json_string_value(json_object_get(headers, "content-type")), "text/plain");
    assert_string_equal(json_string_value(json_object_get(headers, "user-agent")), "tongban");
    assert_null(json_object_get(headers, "expect"));
    assert_string_equal(http_header(test->r, &test->answer, "x-padded"), "some value");
    assert_null(http_header(test->r, &test->answer, "X-Pad"));
}

static void a_signed_call_says_what_it_signed_and_nothing_it_does_not_send(void **state)
{
    struct client_test *test = *state;
    const char *const lines[] = {"content-type: text/plain", "x-amz-content-sha256: abc", NULL};
    const char *authorization;
    json_t *got;

    assert_int_equal(call(test, (struct http_call){.method = "PUT",
                                                   .url = url_of(test, "/echo"),
                                                   .headers = lines,
                                                   .body = bytes_of("hello"),
                                                   .sigv4 = "aws:amz:cn-south-1:s3",
                                                   .credentials = "someone:a+/secret:=="}),
                     E_OK);
    got = answer_json(test);
    assert_string_equal(json_string_value(json_object_get(got, "method")), "PUT");
    assert_string_equal(json_string_value(json_object_get(got, "body")), "hello");
    authorization =
        json_string_value(json_object_get(json_object_get(got, "headers"), "authorization"));
    assert_non_null(strstr(authorization, "Credential=someone/"));
    assert_non_null(
        strstr(authorization, "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date,"));
    assert_null(strstr(authorization, "secret"));
    assert_int_equal(get(test, "/echo"), E_OK);
    assert_null(json_object_get(json_object_get(answer_json(test), "headers"), "authorization"));
}

static void a_moment_in_a_header_is_read_or_it_is_none(void **state)
{
    struct client_test *test = *state;
    struct http_answer answer = {.headers = "HTTP/1.1 200 OK\r\n"
                                            "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                                            "Date: yesterday\r\n"};
    struct instant at;

    assert_true(http_date(test->r, &answer, "last-modified", &at));
    assert_int_equal(at.ms, INT64_C(784111777000));
    assert_false(http_date(test->r, &answer, "Date", &at));
    assert_false(http_date(test->r, &answer, "Expires", &at));
}

static void headers_of_an_interim_answer_are_not_the_answers(void **state)
{
    struct client_test *test = *state;

    assert_int_equal(get(test, "/interim"), E_OK);
    assert_int_equal(test->answer.status, 200);
    assert_null(http_header(test->r, &test->answer, "X-Early"));
    assert_string_equal((const char *)test->answer.body.data, "at last");
}

static void any_status_is_an_answer(void **state)
{
    struct client_test *test = *state;

    assert_int_equal(get(test, "/status/404"), E_OK);
    assert_int_equal(test->answer.status, 404);
    assert_int_equal(get(test, "/status/503"), E_OK);
    assert_int_equal(test->answer.status, 503);
}

static void two_calls_share_one_connection(void **state)
{
    struct client_test *test = *state;
    json_int_t before;

    assert_int_equal(get(test, "/echo"), E_OK);
    before = server_count(test, "connections");
    assert_int_equal(get(test, "/echo"), E_OK);
    assert_int_equal(post(test, "/echo", "again"), E_OK);
    assert_int_equal(server_count(test, "connections"), before);
}

static void a_redirect_is_not_followed(void **state)
{
    struct client_test *test = *state;

    assert_int_equal(get(test, "/redirect"), E_OK);
    assert_int_equal(test->answer.status, 302);
    assert_string_equal(http_header(test->r, &test->answer, "location"), "/echo");
}

/* One byte a second, for a hundred, keeps every other limit content; only the total one ends it. It
   is to have been sent by then, so the connection is made before. */
static void a_dribbling_server_meets_the_deadline(void **state)
{
    struct client_test *test = *state;
    int64_t started;

    assert_int_equal(get(test, "/echo"), E_OK);
    started = monotonic_ms();
    test->r->deadline_ms = started + 1000;
    assert_int_equal(get(test, "/dribble"), E_UPSTREAM);
    assert_in_range(monotonic_ms() - started, 999, 20000);
    test->r->deadline_ms = started; /* it may have given up a millisecond early */
    assert_int_equal(get(test, "/echo"), E_AGAIN);
    assert_failure(test, "no time is left");
}

static void the_calls_own_timeout_holds_before_the_deadline(void **state)
{
    struct client_test *test = *state;
    struct http_call wanted = {.url = url_of(test, "/dribble"), .timeout_ms = 1000};
    int64_t started;

    assert_int_equal(get(test, "/echo"), E_OK);
    started = monotonic_ms();
    assert_int_equal(call(test, wanted), E_UPSTREAM);
    assert_in_range(monotonic_ms() - started, 999, 20000);
}

static void an_answer_over_the_limit_is_dropped(void **state)
{
    struct client_test *test = *state;
    struct http_call wanted = {.url = url_of(test, "/large/1000"), .answer_max = 999};

    assert_int_equal(call(test, wanted), E_UPSTREAM);
    assert_failure(test, "too large");
    wanted.answer_max = 1000;
    assert_int_equal(call(test, wanted), E_OK);
    assert_int_equal(test->answer.body.size, 1000);
    assert_int_equal(get(test, "/large/262144"), E_OK);
    assert_int_equal(get(test, "/large/262145"), E_UPSTREAM);
    assert_int_equal(get(test, "/headers/17"), E_UPSTREAM);
}

static bool count_piece(void *context, struct bytes piece)
{
    *(size_t *)context += piece.size;
    return true;
}

/* Who takes much takes it elsewhere; what goes wrong with it stands in the request's own memory. */
static void a_large_answer_is_taken_and_a_large_error_is_dropped(void **state)
{
    struct client_test *test = *state;
    size_t taken = 0;
    struct http_call wanted = {.url = url_of(test, "/large/8000000"),
                               .answer_max = 8000000,
                               .take = count_piece,
                               .take_context = &taken};

    assert_int_equal(call(test, wanted), E_OK);
    assert_int_equal(taken, 8000000);
    wanted.url = url_of(test, "/broken/8000000");
    assert_int_equal(call(test, wanted), E_UPSTREAM);
    assert_failure(test, "too large");
    wanted.url = url_of(test, "/broken/1000");
    assert_int_equal(call(test, wanted), E_OK);
    assert_int_equal(test->answer.body.size, 1000);
    assert_int_equal(taken, 8000000);
}

static void a_proxy_of_the_environment_is_ignored(void **state)
{
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"};
    struct client_test *test = *state;
    enum error error;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        setenv(names[i], "http://127.0.0.1:1", 1);
    /* A name of its own, so that a new connection is made. */
    snprintf(test->hosts, sizeof(test->hosts), "localhost:%d", test->upstream.port);
    error = call(test,
                 (struct http_call){.url = arena_printf(test->r->arena, "https://localhost:%d/echo",
                                                        test->upstream.port)});
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        unsetenv(names[i]);
    assert_int_equal(error, E_OK);
}

/* curl keeps connections by their roots too, so another file means a new handshake. */
static void a_server_of_another_root_is_refused_before_anything_is_sent(void **state)
{
    struct client_test *test = *state;
    json_int_t before = server_count(test, "/secret");

    snprintf(test->ca_file, sizeof(test->ca_file), "%s/other.pem", test->upstream.folder);
    assert_int_equal(post(test, "/secret", "money"), E_AGAIN);
    assert_failure(test, "certificate");
    assert_int_equal(server_count(test, "/secret"), before);
}

static void a_name_that_the_certificate_lacks_is_refused(void **state)
{
    struct client_test *test = *state;

    snprintf(test->hosts, sizeof(test->hosts), "127.0.0.2:%d", test->upstream.port);
    assert_int_equal(call(test, (struct http_call){.url = arena_printf(test->r->arena,
                                                                       "https://127.0.0.2:%d/echo",
                                                                       test->upstream.port)}),
                     E_AGAIN);
    assert_failure(test, "certificate subject name");
}

static void a_host_that_is_not_listed_is_not_called(void **state)
{
    struct client_test *test = *state;
    json_int_t before = server_count(test, "connections");

    snprintf(test->hosts, sizeof(test->hosts), "api.example.cn 127.0.0.1");
    assert_int_equal(get(test, "/echo"), E_INTERNAL);
    assert_failure(test, "HTTP_HOSTS does not name 127.0.0.1:");
    assert_int_equal(server_count(test, "connections"), before);
}

static void only_https_is_spoken_to_hosts(void **state)
{
    struct client_test *test = *state;
    static const char *const schemes[] = {"http", "ftp", "file", "gopher"};

    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
        const char *url =
            arena_printf(test->r->arena, "%s://127.0.0.1:%d/echo", schemes[i], test->upstream.port);

        assert_int_equal(call(test, (struct http_call){.url = url}), E_INTERNAL);
    }
    assert_int_equal(call(test, (struct http_call){.url = "https://user:word@127.0.0.1/"}),
                     E_INTERNAL);
}

/* A thread of its own has no kept connection that could be used without a look at the address. */
static void *call_without_development(void *state)
{
    struct client_test *test = state;
    bool is_refused;

    test->process.config.development = false;
    is_refused = get(test, "/private") == E_AGAIN &&
                 strstr(test->r->work->failure, "not a public one") != NULL;
    return is_refused ? state : NULL;
}

static void a_private_address_is_refused_without_the_development_setting(void **state)
{
    struct client_test *test = *state;
    json_int_t before = server_count(test, "connections");
    pthread_t thread;
    void *refused_it;

    assert_int_equal(pthread_create(&thread, NULL, call_without_development, test), 0);
    assert_int_equal(pthread_join(thread, &refused_it), 0);
    assert_non_null(refused_it);
    assert_int_equal(server_count(test, "connections"), before);
}

static void a_header_cannot_bring_a_second_one(void **state)
{
    struct client_test *test = *state;
    const char *const lines[] = {"X-Mine: 1\r\nX-Other: 2", NULL};
    struct http_call wanted = {.url = url_of(test, "/echo"), .headers = lines};

    assert_int_equal(call(test, wanted), E_INTERNAL);
}

/* A socket that is bound to a port; it listens when `backlog` is not 0, but never answers. */
static int silent_socket(int backlog, int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    if (backlog > 0)
        assert_int_equal(listen(fd, backlog), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static enum error call_silent(struct client_test *test, int backlog)
{
    int port, fd = silent_socket(backlog, &port);
    const char *url = arena_printf(test->r->arena, "https://127.0.0.1:%d/", port);
    enum error error;

    snprintf(test->hosts, sizeof(test->hosts), "127.0.0.1:%d", port);
    error =
        call(test, (struct http_call){
                       .method = "POST", .url = url, .body = bytes_of("money"), .timeout_ms = 200});
    close(fd);
    return error;
}

static void without_a_connection_nothing_was_sent(void **state)
{
    assert_int_equal(call_silent(*state, 0), E_AGAIN);
}

static void without_a_handshake_nothing_was_sent(void **state)
{
    assert_int_equal(call_silent(*state, 1), E_AGAIN);
}

static void a_lost_answer_leaves_the_outcome_unknown(void **state)
{
    struct client_test *test = *state;

    assert_int_equal(post(test, "/drop", "money"), E_UPSTREAM);
    assert_int_equal(post(test, "/half", "money"), E_UPSTREAM);
}

static void a_post_is_never_sent_twice(void **state)
{
    struct client_test *test = *state;

    assert_int_equal(get(test, "/last"), E_OK);
    assert_int_equal(post(test, "/pay", "money"), E_UPSTREAM);
    assert_int_equal(server_count(test, "/pay"), 1);
    assert_int_equal(post(test, "/pay", "money"), E_OK);
}

static void a_get_is_sent_again_when_a_kept_connection_ends(void **state)
{
    struct client_test *test = *state;

    assert_int_equal(get(test, "/last"), E_OK);
    assert_int_equal(get(test, "/look"), E_OK);
    assert_int_equal(server_count(test, "/look"), 2);
}

static void failures_open_the_breaker_and_nothing_is_sent(void **state)
{
    struct client_test *test = *state;
    json_int_t before = server_count(test, "/status/500");

    test->process.config.breaker_failures = 2;
    assert_int_equal(get(test, "/status/500"), E_OK);
    assert_int_equal(get(test, "/status/429"), E_OK);
    assert_int_equal(get(test, "/status/500"), E_AGAIN);
    assert_failure(test, "held back");
    assert_int_equal(server_count(test, "/status/500"), before + 1);
}

static void blamed_answers_open_the_breaker(void **state)
{
    struct client_test *test = *state;

    test->process.config.breaker_failures = 2;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(get(test, "/echo"), E_OK);
        http_blame(test->r, "bank");
    }
    assert_int_equal(get(test, "/echo"), E_AGAIN);
}

static void blame_does_not_count_a_failure_twice(void **state)
{
    struct client_test *test = *state;

    test->process.config.breaker_failures = 2;
    assert_int_equal(get(test, "/status/500"), E_OK);
    http_blame(test->r, "bank");
    http_blame(test->r, "bank");
    assert_int_equal(get(test, "/echo"), E_OK);
}

static void a_call_inside_a_transaction_stops_the_process(void **state)
{
    struct client_test *test = *state;
    pid_t child = fork();
    int status;

    if (child == 0) {
        fclose(stderr);
        signal(SIGABRT, SIG_DFL);
        test->r->work->connection = (struct connection *)test;
        _exit(get(test, "/echo") == E_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

enum { THREADS = 4, CALLS = 20 };

static void *call_often(void *state)
{
    struct client_test *test = state;
    struct client_test own = {.upstream = test->upstream, .r = request_open(&test->process)};
    int answered = 0;

    for (int i = 0; i < CALLS; i++)
        answered += post(&own, "/echo", "hello") == E_OK;
    request_close(own.r);
    return answered == CALLS ? state : NULL;
}

static void each_thread_keeps_a_connection_of_its_own(void **state)
{
    struct client_test *test = *state;
    json_int_t before = server_count(test, "connections");
    pthread_t threads[THREADS];
    void *answered_all;

    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, call_often, test), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &answered_all), 0);
        assert_non_null(answered_all);
    }
    assert_int_equal(server_count(test, "connections"), before + THREADS);
}

static void text_in_a_url_is_encoded(void **state)
{
    struct client_test *test = *state;

    assert_string_equal(url_encode(test->r->arena, "aZ09-._~"), "aZ09-._~");
    assert_string_equal(url_encode(test->r->arena, "a b+/=&?%"), "a%20b%2B%2F%3D%26%3F%25");
    assert_string_equal(url_encode(test->r->arena, "\xe9\x84\x82"), "%E9%84%82");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sends_method_headers_and_body_and_reads_the_answer),
        TEST(a_signed_call_says_what_it_signed_and_nothing_it_does_not_send),
        TEST(a_moment_in_a_header_is_read_or_it_is_none),
        TEST(headers_of_an_interim_answer_are_not_the_answers),
        TEST(any_status_is_an_answer),
        TEST(two_calls_share_one_connection),
        TEST(a_redirect_is_not_followed),
        TEST(a_dribbling_server_meets_the_deadline),
        TEST(the_calls_own_timeout_holds_before_the_deadline),
        TEST(an_answer_over_the_limit_is_dropped),
        TEST(a_large_answer_is_taken_and_a_large_error_is_dropped),
        TEST(a_proxy_of_the_environment_is_ignored),
        TEST(a_server_of_another_root_is_refused_before_anything_is_sent),
        TEST(a_name_that_the_certificate_lacks_is_refused),
        TEST(a_host_that_is_not_listed_is_not_called),
        TEST(only_https_is_spoken_to_hosts),
        TEST(a_private_address_is_refused_without_the_development_setting),
        TEST(a_header_cannot_bring_a_second_one),
        TEST(without_a_connection_nothing_was_sent),
        TEST(without_a_handshake_nothing_was_sent),
        TEST(a_lost_answer_leaves_the_outcome_unknown),
        TEST(a_post_is_never_sent_twice),
        TEST(a_get_is_sent_again_when_a_kept_connection_ends),
        TEST(failures_open_the_breaker_and_nothing_is_sent),
        TEST(blamed_answers_open_the_breaker),
        TEST(blame_does_not_count_a_failure_twice),
        TEST(a_call_inside_a_transaction_stops_the_process),
        TEST(each_thread_keeps_a_connection_of_its_own),
        TEST(text_in_a_url_is_encoded),
    };

    return cmocka_run_group_tests_name("http_client", tests, open_upstream, close_upstream);
}
