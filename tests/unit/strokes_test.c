/* The strokes of a signature: what is one, and what is not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "casework/strokes.h"

static void points_and_strokes_are_read_with_their_extent(void **state)
{
    static struct stroke_point points[STROKES_POINTS_MAX];
    struct strokes strokes;

    (void)state;
    assert_true(strokes_read("10,20,0 60,25,4;30,0,9 4095,4095,4095", points, &strokes));
    assert_int_equal(strokes.count, 4);
    assert_int_equal(strokes.strokes, 2);
    assert_int_equal(strokes.left, 10);
    assert_int_equal(strokes.right, 4095);
    assert_int_equal(strokes.top, 0);
    assert_int_equal(strokes.bottom, 4095);
    assert_true(points[0].begins && points[2].begins);
    assert_false(points[1].begins || points[3].begins);
    assert_int_equal(points[1].x, 60);
    assert_int_equal(points[1].y, 25);
    assert_int_equal(points[1].t, 4);
}

static void what_is_not_of_the_form_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        " ",
        "1",
        "1,2",
        "1,2,3,4 90,90,5",
        "1,2,0  90,90,5",
        "1,2,0;",
        "1,2,0 ;90,90,5",
        "1,2,0;;90,90,5",
        "-1,2,0 90,90,5",
        "+1,2,0 90,90,5",
        "01,2,0 90,90,5",
        "1.5,2,0 90,90,5",
        "4096,2,0 90,90,5",
        "99999999999999999999,2,0 90,90,5",
        "1,2,0\n90,90,5",
        "1,2,0 90,90,5 ",
        "1,2,5 90,90,4",
    };

    (void)state;
    assert_true(is_strokes("1,2,0 90,90,5"));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_false(is_strokes(wrong[i]));
}

static void a_dot_is_no_signature(void **state)
{
    (void)state;
    assert_false(is_strokes("100,100,0"));
    assert_false(is_strokes("100,100,0 123,123,5"));
    assert_true(is_strokes("100,100,0 124,100,5"));
    assert_true(is_strokes("100,100,0 100,124,5"));
}

/* "0,0,0" and then so many times `more`. */
static const char *repeated(const char *more, size_t times)
{
    static char text[2 * STROKES_TEXT_MAX];
    size_t size = strlen(more);

    memcpy(text, "0,0,0", 5);
    for (size_t i = 0; i < times; i++)
        memcpy(text + 5 + i * size, more, size);
    text[5 + times * size] = '\0';
    return text;
}

static void too_much_is_refused(void **state)
{
    (void)state;
    assert_true(is_strokes(repeated(";0,99,0", STROKES_MAX - 1)));
    assert_false(is_strokes(repeated(";0,99,0", STROKES_MAX)));
    assert_true(is_strokes(repeated(" 0,99,0", STROKES_POINTS_MAX - 1)));
    assert_false(is_strokes(repeated(" 0,99,0", STROKES_POINTS_MAX)));
    assert_false(is_strokes(repeated(" 1000,2000,3000", 2500)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_and_strokes_are_read_with_their_extent),
        cmocka_unit_test(what_is_not_of_the_form_is_refused),
        cmocka_unit_test(a_dot_is_no_signature),
        cmocka_unit_test(too_much_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
