/* One module's call, carried by hand to the function with which the other checks it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "core/clock.h"
#include "core/metrics.h"
#include "core/module_call.h"
#include "core/process.h"
#include "core/transport.h"
#include "support/fake_upstream.h"

#include <cmocka.h>

static const char shop_key[] = "5f0c3c1f8a1e4d0a9d2b7c6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f60";
static const char path[] = "/api/bank/accounts";
static const char body[] = "{\"account\":7}";

static const struct service shop = {.name = "shop", .no_database = true};
static const struct service bank = {.name = "bank", .no_database = true};

struct call_test {
    struct fake_upstream upstream;
    char socket[128], keys[128];
    struct process shop, bank;
    struct request *asks, *answers;
    const char *header; /* Tongban-Module, as it arrived */
    struct transport transport;
};

static int open_upstream(void **state)
{
    static struct call_test test;

    *state = &test;
    return !fake_upstream_open(&test.upstream);
}

static int close_upstream(void **state)
{
    fake_upstream_close(&((struct call_test *)*state)->upstream);
    return 0;
}

static const char *param(const struct transport *transport, const char *name)
{
    const struct call_test *test = transport->context;

    return strcmp(name, "HTTP_TONGBAN_MODULE") == 0 ? test->header : NULL;
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char file[256];
    FILE *out;

    snprintf(file, sizeof(file), "%s/%s", folder, name);
    out = fopen(file, "w");
    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
}

static struct request *open_side(struct process *process, const struct service *side)
{
    *process = (struct process){.service = side, .metrics = metrics_open()};
    process->config.request_ms = 60000;
    process->config.breaker_failures = 100;
    return request_open(process);
}

static int begin(void **state)
{
    struct call_test *test = *state;

    snprintf(test->socket, sizeof(test->socket), "%s/socket", test->upstream.folder);
    snprintf(test->keys, sizeof(test->keys), "%s/keys", test->upstream.folder);
    mkdir(test->keys, 0700);
    write_file(test->keys, "shop.key", shop_key);
    write_file(test->keys, "other.key", "ffffffffffffffffffffffffffffffffffffffffffffffffff\n");
    write_file(test->keys, "README", "not a key");
    test->asks = open_side(&test->shop, &shop);
    test->shop.module_key = bytes_of(shop_key);
    test->shop.config.module_socket = test->socket;
    test->answers = open_side(&test->bank, &bank);
    test->bank.module_keys = module_keys_open(test->keys);
    test->transport = (struct transport){.param = param, .context = test};
    test->answers->transport = &test->transport;
    test->answers->body = bytes_of(body);
    return test->bank.module_keys == NULL;
}

static int end(void **state)
{
    struct call_test *test = *state;

    module_keys_close(test->bank.module_keys);
    request_close(test->asks);
    request_close(test->answers);
    metrics_close(test->shop.metrics);
    metrics_close(test->bank.metrics);
    return 0;
}

/* Makes the call and keeps what the server saw of it. */
static json_t *ask(struct call_test *test)
{
    struct http_answer answer;
    json_t *seen;

    assert_int_equal(module_call(test->asks, path, body, &answer), E_OK);
    assert_int_equal(answer.status, 200);
    seen = json_loads((const char *)answer.body.data, 0, NULL);
    assert_non_null(seen);
    arena_defer(test->asks->arena, (void (*)(void *))json_decref, seen);
    test->header =
        json_string_value(json_object_get(json_object_get(seen, "headers"), "tongban-module"));
    assert_non_null(test->header);
    return seen;
}

static const char *seen_caller(struct call_test *test)
{
    return module_caller(test->answers, "POST", path);
}

static void the_callee_knows_the_caller(void **state)
{
    struct call_test *test = *state;
    json_t *seen = ask(test);

    assert_string_equal(json_string_value(json_object_get(seen, "method")), "POST");
    assert_string_equal(json_string_value(json_object_get(seen, "path")), path);
    assert_string_equal(json_string_value(json_object_get(seen, "body")), body);
    assert_string_equal(seen_caller(test), "shop");
}

static void the_mac_covers_method_path_and_body(void **state)
{
    struct call_test *test = *state;

    ask(test);
    assert_null(module_caller(test->answers, "GET", path));
    assert_null(module_caller(test->answers, "POST", "/api/bank/account"));
    test->answers->body = bytes_of("{\"account\":8}");
    assert_null(seen_caller(test));
}

static void the_mac_covers_name_and_time(void **state)
{
    struct call_test *test = *state;
    const char *good, *rest;
    char *changed;

    ask(test);
    good = test->header;
    rest = good + strlen("shop");
    test->header = arena_printf(test->asks->arena, "other%s", rest);
    assert_null(seen_caller(test));
    changed = arena_text(test->asks->arena, good);
    changed[strlen("shop 1234567890123") - 1] ^= 1; /* some milliseconds away */
    test->header = changed;
    assert_null(seen_caller(test));
    test->header = good;
    assert_string_equal(seen_caller(test), "shop");
}

static void a_header_is_good_for_a_minute(void **state)
{
    struct call_test *test = *state;
    struct instant at;

    ask(test);
    at.ms = strtoll(test->header + strlen("shop "), NULL, 10);
    test->answers->now = instant_add(at, MINUTE_MS);
    assert_non_null(seen_caller(test));
    test->answers->now = instant_add(at, MINUTE_MS + 1);
    assert_null(seen_caller(test));
    test->answers->now = instant_add(at, -MINUTE_MS - 1);
    assert_null(seen_caller(test));
}

static void another_modules_key_proves_nothing(void **state)
{
    struct call_test *test = *state;

    test->shop.module_key = bytes_of("ffffffffffffffffffffffffffffffffffffffffffffffffff");
    ask(test);
    assert_null(seen_caller(test));
}

static void without_keys_nobody_is_known(void **state)
{
    struct call_test *test = *state;

    ask(test);
    module_keys_close(test->bank.module_keys);
    test->bank.module_keys = NULL;
    assert_null(seen_caller(test));
}

static void malformed_headers_are_nobody(void **state)
{
    static const char *const headers[] = {
        "",
        " ",
        "  ",
        "shop",
        "shop ",
        "shop 1",
        "shop 1 ",
        "shop  1 00",
        "shop 1 00 00",
        "shop x 00",
        "shop 99999999999999999999 00",
        "shop -1 00",
        " shop 1 00",
        "unknown 1 00",
    };
    struct call_test *test = *state;

    for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
        test->header = headers[i];
        assert_null(seen_caller(test));
    }
    test->header = NULL;
    assert_null(seen_caller(test));
}

static void a_caller_without_key_or_socket_does_not_call(void **state)
{
    struct call_test *test = *state;
    struct http_answer answer;

    test->shop.config.module_socket = "";
    assert_int_equal(module_call(test->asks, path, body, &answer), E_INTERNAL);
    test->shop.config.module_socket = test->socket;
    test->shop.module_key = (struct bytes){NULL, 0};
    assert_int_equal(module_call(test->asks, path, body, &answer), E_INTERNAL);
}

static void nobody_listening_means_nothing_was_sent(void **state)
{
    struct call_test *test = *state;
    struct http_answer answer;

    test->shop.config.module_socket = "/nonexistent/socket";
    assert_int_equal(module_call(test->asks, path, body, &answer), E_AGAIN);
}

static void a_short_key_or_a_missing_folder_is_refused_at_start(void **state)
{
    struct call_test *test = *state;

    assert_null(module_keys_open("/nonexistent/keys"));
    write_file(test->keys, "weak.key", "tooshort");
    assert_null(module_keys_open(test->keys));
    assert_int_equal(unlink(arena_printf(test->asks->arena, "%s/weak.key", test->keys)), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_callee_knows_the_caller),
        TEST(the_mac_covers_method_path_and_body),
        TEST(the_mac_covers_name_and_time),
        TEST(a_header_is_good_for_a_minute),
        TEST(another_modules_key_proves_nothing),
        TEST(without_keys_nobody_is_known),
        TEST(malformed_headers_are_nobody),
        TEST(a_caller_without_key_or_socket_does_not_call),
        TEST(nobody_listening_means_nothing_was_sent),
        TEST(a_short_key_or_a_missing_folder_is_refused_at_start),
    };

    return cmocka_run_group_tests_name("module_call", tests, open_upstream, close_upstream);
}
