#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "identity/officer_rules.h"

enum { LOCK_MS = 15 * 60 * 1000 };

static void names_are_short_and_plain(void **state)
{
    static const char *const good[] = {"abc", "finance-a", "a1-",
                                       "abcdefghijklmnopqrstuvwxyz-01234"};
    static const char *const bad[] = {"",
                                      "ab",
                                      "1ab",
                                      "-ab",
                                      "Abc",
                                      "a b",
                                      "a_b",
                                      "张三",
                                      "abc\n",
                                      "a.b",
                                      "abcdefghijklmnopqrstuvwxyz-012345"};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        assert_true(is_officer_name(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(is_officer_name(bad[i]));
}

static void codes_are_six_digits(void **state)
{
    static const char *const bad[] = {"", "12345", "1234567", "12345a", " 12345", "１２３４５６"};

    (void)state;
    assert_true(is_totp_code("000000"));
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(is_totp_code(bad[i]));
}

static void all_faults_of_a_password_are_named(void **state)
{
    static const struct {
        const char *password;
        unsigned faults;
    } cases[] = {
        {"correct horse", 0},
        {"abcdeabcdeab", 0},
        {"abcdeabcdea", PASSWORD_IS_SHORT},
        {"七上八下九牛二虎之力一点", 0},
        {"七上八下九牛二虎之力", PASSWORD_IS_SHORT}, /* 30 bytes, but ten characters */
        {"abcdabcdabcd", PASSWORD_IS_SIMPLE},
        {"七七七七七七七七七七七七", PASSWORD_IS_SIMPLE},
        {"my finance-a login", PASSWORD_IS_SIMPLE},
        {"My FINANCE-A Login", PASSWORD_IS_SIMPLE},
        {"finance-b login", 0},
        {"1111", PASSWORD_IS_SHORT | PASSWORD_IS_SIMPLE},
        {"the old password", PASSWORD_IS_THE_OLD},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_int_equal(password_faults("finance-a", "the old password", cases[i].password),
                         cases[i].faults);
}

static void the_fifth_failure_in_a_row_locks(void **state)
{
    const struct instant now = {1000};
    struct tries tries = {0, {NONE}};

    (void)state;
    for (int i = 1; i < FAILURES_MAX; i++) {
        tries = count_failure(tries, now, LOCK_MS);
        assert_int_equal(tries.failures, i);
        assert_false(is_locked(&tries, now));
    }
    tries = count_failure(tries, now, LOCK_MS);
    assert_int_equal(tries.failures, FAILURES_MAX);
    assert_int_equal(tries.locked_until.ms, 1000 + LOCK_MS);
    assert_true(is_locked(&tries, now));
    assert_true(is_locked(&tries, (struct instant){1000 + LOCK_MS - 1}));
    assert_false(is_locked(&tries, (struct instant){1000 + LOCK_MS}));
}

static void failures_during_a_lock_are_counted_and_change_nothing(void **state)
{
    struct tries tries = {FAILURES_MAX, {5000}};

    (void)state;
    for (int64_t at = 0; at < 5000; at += 1000)
        tries = count_failure(tries, (struct instant){at}, LOCK_MS);
    assert_int_equal(tries.failures, 10);
    assert_int_equal(tries.locked_until.ms, 5000);
}

static void after_a_lock_the_count_begins_anew(void **state)
{
    struct tries tries = {10, {5000}};

    (void)state;
    tries = count_failure(tries, (struct instant){5000}, LOCK_MS);
    assert_int_equal(tries.failures, 1);
    assert_int_equal(tries.locked_until.ms, NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_short_and_plain),
        cmocka_unit_test(codes_are_six_digits),
        cmocka_unit_test(all_faults_of_a_password_are_named),
        cmocka_unit_test(the_fifth_failure_in_a_row_locks),
        cmocka_unit_test(failures_during_a_lock_are_counted_and_change_nothing),
        cmocka_unit_test(after_a_lock_the_count_begins_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
