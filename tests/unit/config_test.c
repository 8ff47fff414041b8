/* Settings of the core: each default is allowed, each nonsense refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "core/config.h"

#include <cmocka.h>

static int begin(void **state)
{
    (void)state;
    for (size_t i = 0; core_settings[i].field.name != NULL; i++)
        unsetenv(core_settings[i].variable);
    setenv("LISTEN", "/tmp/some.sock", 1);
    return 0;
}

static void defaults_are_allowed(void **state)
{
    struct config config = {0};

    (void)state;
    assert_int_equal(config_read(core_settings, &config), E_OK);
    assert_int_equal(config.workers, 2);
    assert_int_equal(config.nginx_uid, -1);
}

static void what_is_required_is_asked_for(void **state)
{
    struct config config = {0};

    (void)state;
    unsetenv("LISTEN");
    assert_int_equal(config_read(core_settings, &config), E_REFUSED);
}

static void numbers_beyond_reason_are_refused(void **state)
{
    static const char *const odd[][2] = {
        {"WORKERS", "0"},      {"WORKERS", "32"},         {"THREADS", "0"},
        {"THREADS", "257"},    {"QUEUE_MAX", "0"},        {"THREAD_STACK_KIB", "8"},
        {"REQUEST_MS", "0"},   {"DB_POOL", "0"},          {"DB_POOL", "100000"},
        {"JOBS_POLL_MS", "0"}, {"JOBS_THREADS", "-1"},    {"JOBS_THREADS", "33"},
        {"LEASE_S", "0"},      {"BREAKER_FAILURES", "0"}, {"BREAKER_OPEN_MS", "0"},
        {"WORKERS", "two"},    {"DEVELOPMENT", "yes"},
    };
    struct config config = {0};

    for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
        begin(state);
        setenv(odd[i][0], odd[i][1], 1);
        if (config_read(core_settings, &config) != E_REFUSED)
            fail_msg("%s=%s", odd[i][0], odd[i][1]);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(defaults_are_allowed, begin),
        cmocka_unit_test_setup(what_is_required_is_asked_for, begin),
        cmocka_unit_test_setup(numbers_beyond_reason_are_refused, begin),
    };

    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
