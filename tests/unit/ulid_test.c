#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "core/clock.h"
#include "core/ulid.h"

#include <cmocka.h>

/* The specification's example: 1469918176385 is written 01ARYZ6S41. */
static void the_time_stands_in_the_first_ten_letters(void **state)
{
    char ulid[ULID_SIZE + 1];

    (void)state;
    ulid_write(ulid, (struct instant){INT64_C(1469918176385)});
    assert_memory_equal(ulid, "01ARYZ6S41", 10);
    ulid_write(ulid, (struct instant){0});
    assert_memory_equal(ulid, "0000000000", 10);
    ulid_write(ulid, (struct instant){(INT64_C(1) << 48) - 1});
    assert_memory_equal(ulid, "7ZZZZZZZZZ", 10);
}

static void each_number_is_new_and_well_formed(void **state)
{
    enum { COUNT = 200 };
    static char ulids[COUNT][ULID_SIZE + 1];

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        ulid_write(ulids[i], (struct instant){INT64_C(1469918176385)});
        assert_true(is_ulid(ulids[i]));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(ulids[i], ulids[k]);
    }
}

/* After 1000 draws of 32 values a value still missing has odds below one in 10^10. */
static void every_random_letter_takes_every_value(void **state)
{
    bool seen[16][128] = {{false}};
    char ulid[ULID_SIZE + 1];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        ulid_write(ulid, (struct instant){0});
        for (size_t k = 0; k < 16; k++)
            seen[k][(unsigned char)ulid[10 + k]] = true;
    }
    for (size_t k = 0; k < 16; k++) {
        for (const char *letter = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; *letter != '\0'; letter++)
            assert_true(seen[k][(unsigned char)*letter]);
    }
}

static void numbers_sort_by_time(void **state)
{
    char earlier[ULID_SIZE + 1], later[ULID_SIZE + 1];

    (void)state;
    ulid_write(earlier, (struct instant){INT64_C(1469918176385)});
    ulid_write(later, (struct instant){INT64_C(1469918176386)});
    assert_true(strcmp(earlier, later) < 0);
}

static void a_request_gets_a_number_of_its_own_time(void **state)
{
    struct request r = {.now = {INT64_C(1469918176385)}, .arena = arena_open(4096)};
    const char *ulid = ulid_new(&r);

    (void)state;
    assert_true(is_ulid(ulid));
    assert_memory_equal(ulid, "01ARYZ6S41", 10);
    arena_close(r.arena);
}

static void other_text_is_no_number(void **state)
{
    static const char *const bad[] = {"",
                                      "01ARYZ6S41TSV4RRFFQ69G5FA",   /* 25 */
                                      "01ARYZ6S41TSV4RRFFQ69G5FAVV", /* 27 */
                                      "81ARYZ6S41TSV4RRFFQ69G5FAV",  /* more than 48 bits of time */
                                      "01ARYZ6S41TSV4RRFFQ69G5FAI",
                                      "01ARYZ6S41TSV4RRFFQ69G5FAL",
                                      "01ARYZ6S41TSV4RRFFQ69G5FAO",
                                      "01ARYZ6S41TSV4RRFFQ69G5FAU",
                                      "01aryz6s41tsv4rrffq69g5fav",
                                      "01ARYZ6S41TSV4RRFFQ69G5FA-",
                                      "01ARYZ6S41TSV4RRFFQ69G5FA\xef\xbc\x91"};

    (void)state;
    assert_true(is_ulid("01ARYZ6S41TSV4RRFFQ69G5FAV"));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(is_ulid(bad[i]));
}

static void a_number_says_when_it_was_given(void **state)
{
    struct instant at;

    (void)state;
    assert_true(
        instant_from_text("2016-07-30T23:54:10.259Z", &at)); /* the specification's example */
    assert_int_equal(ulid_moment("01ARZ3NDEKTSV4RRFFQ69G5FAV").ms, at.ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_time_stands_in_the_first_ten_letters),
        cmocka_unit_test(each_number_is_new_and_well_formed),
        cmocka_unit_test(every_random_letter_takes_every_value),
        cmocka_unit_test(numbers_sort_by_time),
        cmocka_unit_test(a_request_gets_a_number_of_its_own_time),
        cmocka_unit_test(other_text_is_no_number),
        cmocka_unit_test(a_number_says_when_it_was_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
