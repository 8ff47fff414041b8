#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "core/process.h"
#include "core/transport.h"

#include <cmocka.h>

#define MEASURES_FILE VECTORS_DIR "/../../modules/guide/measures.json"

static const char *param(const struct transport *transport, const char *name)
{
    (void)transport;
    return strcmp(name, "DOOR") == 0 ? "citizens" : NULL;
}

static long read_nothing(const struct transport *transport, void *buffer, size_t size)
{
    (void)transport;
    (void)buffer;
    (void)size;
    return 0;
}

static const struct transport transport = {.param = param, .read = read_nothing};

static const char *modules_dir = VECTORS_DIR "/../../modules";

static enum error open_with(struct process *process, const char *measures_file)
{
    setenv("LISTEN", "/nonexistent/guide.sock", 1);
    setenv("MEASURES_FILE", measures_file, 1);
    setenv("MODULES_DIR", modules_dir, 1);
    return process_open(process, &service, NULL);
}

static void the_55_measures_are_public(void **state)
{
    static const char groups[] = "VTARP";
    static const size_t sizes[] = {28, 8, 12, 3, 4};
    struct process process;
    struct request *r;
    json_t *answer, *items;
    size_t at = 0;

    (void)state;
    assert_int_equal(open_with(&process, MEASURES_FILE), E_OK);
    r = request_open(&process);
    r->transport = &transport;
    dispatch(r, "GET", "/api/guide/measures", "");
    assert_int_equal(r->http_status, 200);
    assert_string_equal(r->content_type, "application/json");
    answer = json_loadb(r->answer, r->answer_size, JSON_REJECT_DUPLICATES, NULL);
    items = json_object_get(answer, "items");
    assert_int_equal(json_array_size(items), 55);
    for (size_t group = 0; group < sizeof(sizes) / sizeof(sizes[0]); group++) {
        for (size_t i = 1; i <= sizes[group]; i++, at++) {
            const char *id, *module, *title, *name;
            char expected[8];

            assert_int_equal(json_unpack(json_array_get(items, at), "{s:s, s:s, s:s, s:s !}", "id",
                                         &id, "module", &module, "title", &title, "name", &name),
                             0);
            snprintf(expected, sizeof(expected), "%c%zu", groups[group], i);
            assert_string_equal(id, expected);
            assert_true(*module != '\0' && *title != '\0' && *name != '\0');
        }
    }
    json_decref(answer);
    request_close(r);
    process_close(&process);
}

/* Whose service it is need not be known: the list says where its guide is. */
static void the_services_of_all_domains_are_listed(void **state)
{
    struct process process;
    struct request *r;
    json_t *answer, *items;
    size_t roads = 0, at;
    json_t *one;

    (void)state;
    assert_int_equal(open_with(&process, MEASURES_FILE), E_OK);
    r = request_open(&process);
    r->transport = &transport;
    dispatch(r, "GET", "/api/guide/services", "");
    assert_int_equal(r->http_status, 200);
    answer = json_loadb(r->answer, r->answer_size, JSON_REJECT_DUPLICATES, NULL);
    items = json_object_get(answer, "items");
    json_array_foreach(items, at, one)
    {
        const char *module, *code, *name, *guide;
        char expected[128];

        assert_int_equal(json_unpack(one, "{s:s, s:s, s:s, s:s}", "module", &module, "code", &code,
                                     "name", &name, "guide", &guide),
                         0);
        snprintf(expected, sizeof(expected), "/api/%s/services/%s", module, code);
        assert_string_equal(guide, expected);
        roads += strcmp(module, "road") == 0;
    }
    assert_true(roads > 0 && roads < json_array_size(items));
    json_decref(answer);
    request_close(r);
    process_close(&process);
}

static void a_folder_without_services_stops_the_start(void **state)
{
    const char *right = modules_dir;
    struct process process;

    (void)state;
    modules_dir = "/nonexistent";
    assert_int_equal(open_with(&process, MEASURES_FILE), E_REFUSED);
    modules_dir = right;
}

static void nothing_else_is_served(void **state)
{
    struct process process;
    struct request *r;

    (void)state;
    assert_int_equal(open_with(&process, MEASURES_FILE), E_OK);
    r = request_open(&process);
    r->transport = &transport;
    dispatch(r, "POST", "/api/guide/measures", "");
    assert_int_equal(r->http_status, 405);
    request_reset(r);
    r->transport = &transport;
    dispatch(r, "GET", "/api/guide/measures/T6", "");
    assert_int_equal(r->http_status, 404);
    request_close(r);
    process_close(&process);
}

static void a_list_that_is_no_json_object_stops_the_start(void **state)
{
    struct process process;

    (void)state;
    assert_int_equal(open_with(&process, "/nonexistent/measures.json"), E_REFUSED);
    assert_int_equal(open_with(&process, VECTORS_DIR "/README.md"), E_REFUSED);
    assert_int_equal(open_with(&process, "/dev/null"), E_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_55_measures_are_public),
        cmocka_unit_test(the_services_of_all_domains_are_listed),
        cmocka_unit_test(a_folder_without_services_stops_the_start),
        cmocka_unit_test(nothing_else_is_served),
        cmocka_unit_test(a_list_that_is_no_json_object_stops_the_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
