#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/crypto.h"
#include "core/json_read.h"

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open((size_t)256 * 1024);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

static const struct json_t *read_text(const char *text)
{
    return read_json(arena, bytes_of(text));
}

static void members_are_found_by_their_path(void **state)
{
    const struct json_t *json = read_text(
        "{\"a\":{\"b\":{\"c\":\"x\",\"n\":5}},\"list\":[{\"i\":0},{\"i\":1}],\"z\":null}");

    (void)state;
    assert_string_equal(json_text_at(json, "a.b.c"), "x");
    assert_int_equal(json_number_at(json, "a.b.n"), 5);
    assert_null(json_text_at(json, "a.b.n"));
    assert_int_equal(json_number_at(json, "a.b.c"), NONE);
    assert_null(json_text_at(json, "a.x.c"));
    assert_null(json_text_at(json, "z"));
    assert_int_equal(json_number_at(json_item_at(json, "list", 1), "i"), 1);
    assert_null(json_item_at(json, "list", 2));
    assert_null(json_item_at(json, "a", 0));
}

static void what_is_not_plain_json_is_refused(void **state)
{
    static const char *const bad[] = {"",           "{",         "{\"a\":1,\"a\":2}",
                                      "{\"a\":1}x", "\"text\"",  "{\"a\":\"\xff\"}",
                                      "{'a':1}",    "{\"a\":01}"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_null(read_text(bad[i]));
    assert_null(read_json(arena, (struct bytes){NULL, 0}));
}

static void nesting_has_a_bound(void **state)
{
    char deep[17 * 2 + 1];

    (void)state;
    memset(deep, '[', 16);
    memset(deep + 16, ']', 16);
    deep[32] = '\0';
    assert_non_null(read_text(deep));
    memset(deep, '[', 17);
    memset(deep + 17, ']', 17);
    deep[34] = '\0';
    assert_null(read_text(deep));
    assert_non_null(read_text("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[\"}"));
}

static void what_is_written_is_compact(void **state)
{
    (void)state;
    assert_string_equal(json_written(arena, json_pack("{s:s, s:i}", "b", "违", "a", 1)),
                        "{\"b\":\"违\",\"a\":1}");
}

#define JSON_TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        JSON_TEST(members_are_found_by_their_path),
        JSON_TEST(what_is_not_plain_json_is_refused),
        JSON_TEST(nesting_has_a_bound),
        JSON_TEST(what_is_written_is_compact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
