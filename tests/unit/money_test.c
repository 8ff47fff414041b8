#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/money.h"

#include <cmocka.h>

static struct fen yuan(int64_t amount)
{
    return (struct fen){amount * 100};
}

/* Whether the act stops its process. */
static bool stops(void (*act)(void))
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        act();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void add_beyond_the_greatest(void)
{
    fen_add((struct fen){INT64_MAX}, (struct fen){1});
}

static void subtract_below_the_least(void)
{
    fen_subtract((struct fen){INT64_MIN + 1}, (struct fen){2});
}

static void subtract_down_to_none(void)
{
    fen_subtract((struct fen){INT64_MIN + 1}, (struct fen){1});
}

static void percent_beyond_the_greatest(void)
{
    fen_percent((struct fen){INT64_MAX / 2}, 3);
}

static void add_nothing(void)
{
    fen_add((struct fen){NONE}, (struct fen){1});
}

static void add_in_range(void)
{
    fen_add((struct fen){INT64_MAX - 1}, (struct fen){1});
}

static void overflow_and_absent_amounts_stop_the_process(void **state)
{
    (void)state;
    assert_true(stops(add_beyond_the_greatest));
    assert_true(stops(subtract_below_the_least));
    assert_true(stops(subtract_down_to_none));
    assert_true(stops(percent_beyond_the_greatest));
    assert_true(stops(add_nothing));
    assert_false(stops(add_in_range));
}

static void sums_and_differences_are_exact(void **state)
{
    (void)state;
    assert_int_equal(fen_add(yuan(300), (struct fen){900}).fen, 30900);
    assert_int_equal(fen_subtract(yuan(3), yuan(5)).fen, -200);
}

static void a_percentage_is_cut_to_the_fen(void **state)
{
    (void)state;
    assert_int_equal(fen_percent((struct fen){15050}, 3).fen, 451); /* of 451.5 */
    assert_int_equal(fen_percent(yuan(300), 100).fen, 30000);
    assert_int_equal(fen_percent((struct fen){33}, 3).fen, 0);
    assert_int_equal(fen_percent(yuan(300), 0).fen, 0);
}

static void yuan_have_exactly_two_decimals(void **state)
{
    struct arena *arena = arena_open(4096);

    (void)state;
    assert_string_equal(fen_to_yuan(arena, (struct fen){15005}), "150.05");
    assert_string_equal(fen_to_yuan(arena, (struct fen){0}), "0.00");
    assert_string_equal(fen_to_yuan(arena, (struct fen){7}), "0.07");
    assert_string_equal(fen_to_yuan(arena, (struct fen){-7}), "-0.07");
    assert_string_equal(fen_to_yuan(arena, (struct fen){INT64_MAX}), "92233720368547758.07");
    arena_close(arena);
}

static void yuan_are_read_to_the_fen(void **state)
{
    static const struct {
        const char *text;
        int64_t fen;
    } good[] = {{"150.05", 15005},
                {"150.5", 15050},
                {"150", 15000},
                {"0", 0},
                {"0.01", 1},
                {"0.10", 10},
                {"9999999999999.99", 999999999999999}};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct fen amount = {NONE};

        assert_true(fen_from_yuan(good[i].text, &amount));
        assert_int_equal(amount.fen, good[i].fen);
    }
}

static void other_text_is_no_amount(void **state)
{
    static const char *const bad[] = {
        "",     "1.",           ".5",  "1.005", "01",    "00.5",           "-1",
        "+1",   " 1",           "1 ",  "1e3",   "1,000", "10000000000000", "1.2.3",
        "1.2a", "\xef\xbc\x91", "0x1", "1\n",   "元"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct fen amount = {12345};

        assert_false(fen_from_yuan(bad[i], &amount));
        assert_int_equal(amount.fen, 12345);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overflow_and_absent_amounts_stop_the_process),
        cmocka_unit_test(sums_and_differences_are_exact),
        cmocka_unit_test(a_percentage_is_cut_to_the_fen),
        cmocka_unit_test(yuan_have_exactly_two_decimals),
        cmocka_unit_test(yuan_are_read_to_the_fen),
        cmocka_unit_test(other_text_is_no_amount),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
