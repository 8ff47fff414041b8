#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/error.h"

#define LIMIT ((size_t)256 * 1024)

static char order[8];
static char a[] = "a", b[] = "b", c[] = "c";

static void note(void *letter)
{
    size_t end = strlen(order);

    assert_true(end + 1 < sizeof(order));
    order[end] = *(const char *)letter;
}

static int open_arena(void **state)
{
    memset(order, 0, sizeof(order));
    *state = arena_open(LIMIT);
    return 0;
}

static int close_arena(void **state)
{
    arena_close(*state);
    return 0;
}

static void memory_is_zero_and_aligned_also_when_it_is_used_again(void **state)
{
    for (int round = 0; round < 3; round++) {
        for (size_t size = 0; size < 300; size++) {
            unsigned char *piece = arena_alloc(*state, size);

            assert_true((uintptr_t)piece % _Alignof(max_align_t) == 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(piece[i], 0);
            memset(piece, 0xa5, size);
        }
        arena_reset(*state);
    }
}

static void pieces_do_not_overlap(void **state)
{
    unsigned char *pieces[200];

    for (size_t i = 0; i < 200; i++) {
        pieces[i] = arena_alloc(*state, 1000);
        memset(pieces[i], (int)i, 1000);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t at = 0; at < 1000; at++)
            assert_int_equal(pieces[i][at], (unsigned char)i);
}

static void a_piece_may_be_larger_than_a_chunk(void **state)
{
    unsigned char *large = arena_alloc(*state, 100000);

    memset(large, 1, 100000);
    assert_string_equal(arena_text(*state, "after"), "after");
}

static void texts_are_copied_and_ended(void **state)
{
    char source[] = "违法";
    char *copy = arena_text(*state, source);
    char *part = arena_text_of(*state, "abcdef", 3);

    memset(source, 'x', sizeof(source) - 1);
    assert_string_equal(copy, "违法");
    assert_string_equal(part, "abc");
    assert_string_equal(arena_text_of(*state, NULL, 0), "");
    assert_string_equal(arena_printf(*state, "%s-%05d", "a", 42), "a-00042");
}

static void a_printed_text_may_be_long(void **state)
{
    char *text = arena_printf(*state, "%0*d", 50000, 7);

    assert_int_equal(strlen(text), 50000);
    assert_int_equal(text[49999], '7');
}

static void releases_run_newest_first(void **state)
{
    arena_defer(*state, note, a);
    arena_alloc(*state, 30000); /* into another chunk */
    arena_defer(*state, note, b);
    arena_defer(*state, note, c);
    arena_reset(*state);
    assert_string_equal(order, "cba");
    arena_reset(*state);
    assert_string_equal(order, "cba");
}

static void a_release_may_still_read_what_it_was_given(void **state)
{
    char *letter = arena_text(*state, "z");

    arena_defer(*state, note, letter);
    arena_reset(*state);
    assert_string_equal(order, "z");
}

static void reset_keeps_the_first_chunk(void **state)
{
    void *first = arena_alloc(*state, 10);

    arena_alloc(*state, 100000);
    arena_reset(*state);
    assert_ptr_equal(arena_alloc(*state, 10), first);
}

static void reset_gives_the_whole_limit_back(void **state)
{
    for (int i = 0; i < 20; i++) {
        arena_alloc(*state, LIMIT / 2);
        arena_reset(*state);
    }
}

static void rewind_releases_only_what_is_newer_than_the_mark(void **state)
{
    struct arena_mark mark;
    char *kept;
    void *next;

    arena_defer(*state, note, a);
    kept = arena_text(*state, "kept");
    mark = arena_mark(*state);
    next = arena_alloc(*state, 16);
    arena_defer(*state, note, b);
    arena_alloc(*state, 50000);
    arena_defer(*state, note, c);
    arena_rewind(*state, mark);
    assert_string_equal(order, "cb");
    assert_string_equal(kept, "kept");
    assert_ptr_equal(arena_alloc(*state, 16), next);
    arena_reset(*state);
    assert_string_equal(order, "cba");
}

static void rewind_may_be_repeated_with_one_mark(void **state)
{
    struct arena_mark mark = arena_mark(*state);

    for (int i = 0; i < 20; i++) {
        arena_alloc(*state, LIMIT / 2);
        arena_rewind(*state, mark);
    }
}

/* The test framework cannot survive an abort, so a child makes it. */
static int signal_of(void (*act)(void))
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        act();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void pass_the_limit_in_small_steps(void)
{
    struct arena *arena = arena_open(LIMIT);

    for (size_t i = 0; i < LIMIT / 1000 + 100; i++)
        arena_alloc(arena, 1000);
}

static void pass_the_limit_at_once(void)
{
    arena_alloc(arena_open(LIMIT), LIMIT + 1);
}

static void pass_the_range_of_size(void)
{
    arena_alloc(arena_open(LIMIT), SIZE_MAX);
}

static void stay_below_the_limit(void)
{
    struct arena *arena = arena_open(LIMIT);

    arena_alloc(arena, LIMIT / 2);
    arena_close(arena);
}

static void passing_the_limit_aborts(void **state)
{
    (void)state;
    assert_int_equal(signal_of(stay_below_the_limit), 0);
    assert_int_equal(signal_of(pass_the_limit_in_small_steps), SIGABRT);
    assert_int_equal(signal_of(pass_the_limit_at_once), SIGABRT);
    assert_int_equal(signal_of(pass_the_range_of_size), SIGABRT);
}

static void every_error_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(error_name(E_OK), "ok");
    assert_string_equal(error_name(E_UPSTREAM), "upstream");
    assert_string_equal(error_name(E_INTERNAL), "internal");
    assert_string_equal(error_name((enum error)99), "unknown");
}

#define ARENA_TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(memory_is_zero_and_aligned_also_when_it_is_used_again),
        ARENA_TEST(pieces_do_not_overlap),
        ARENA_TEST(a_piece_may_be_larger_than_a_chunk),
        ARENA_TEST(texts_are_copied_and_ended),
        ARENA_TEST(a_printed_text_may_be_long),
        ARENA_TEST(releases_run_newest_first),
        ARENA_TEST(a_release_may_still_read_what_it_was_given),
        ARENA_TEST(reset_keeps_the_first_chunk),
        ARENA_TEST(reset_gives_the_whole_limit_back),
        ARENA_TEST(rewind_releases_only_what_is_newer_than_the_mark),
        ARENA_TEST(rewind_may_be_repeated_with_one_mark),
        cmocka_unit_test(passing_the_limit_aborts),
        cmocka_unit_test(every_error_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
