/* Codes to scan: both pictures show the same modules, and fit into a request's memory. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "payment/qr.h"

#define TEXT "weixin://wxpay/bizpayurl?pr=0123456789"

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open(4 * 1024 * 1024);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

/* Pixels of the picture, and its side. */
static const unsigned char *pixels_of(struct bytes png, int *side)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    unsigned char *pixels;

    assert_true(png_image_begin_read_from_memory(&image, png.data, png.size) != 0);
    image.format = PNG_FORMAT_GRAY;
    assert_int_equal(image.width, image.height);
    *side = (int)image.width;
    pixels = arena_alloc(arena, PNG_IMAGE_SIZE(image));
    assert_true(png_image_finish_read(&image, NULL, pixels, 0, NULL) != 0);
    return pixels;
}

static void both_pictures_show_the_same_modules(void **state)
{
    const char *svg = qr_svg(arena, TEXT), *at = strstr(svg, "<path d=\"");
    int side, black = 0, drawn = 0;
    const unsigned char *pixels = pixels_of(qr_png(arena, TEXT, 1), &side);

    (void)state;
    assert_non_null(strstr(svg, arena_printf(arena, "viewBox=\"0 0 %d %d\"", side, side)));
    for (int i = 0; i < side * side; i++)
        black += pixels[i] == 0;
    for (at = strchr(at, 'M'); at != NULL; at = strchr(at + 1, 'M')) {
        char *end;
        long x = strtol(at + 1, &end, 10), y = strtol(end, &end, 10);
        long width = strtol(end + 1, &end, 10);

        for (long i = 0; i < width; i++)
            assert_int_equal(pixels[y * side + x + i], 0);
        drawn += (int)width;
    }
    assert_int_equal(drawn, black);
    assert_true(black > 100);
}

static void a_quiet_zone_of_four_modules_surrounds_the_code(void **state)
{
    int side;
    const unsigned char *pixels = pixels_of(qr_png(arena, TEXT, 3), &side);

    (void)state;
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            if (x < 12 || y < 12 || x >= side - 12 || y >= side - 12)
                assert_int_equal(pixels[y * side + x], 255);
    assert_int_equal(pixels[12 * side + 12], 0); /* the corner of a finder */
}

static void the_largest_code_fits_into_memory_at_any_scale(void **state)
{
    char text[2200];
    int side;

    (void)state;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    pixels_of(qr_png(arena, text, 1000), &side);
    assert_in_range(side, 177, 1024);
    assert_non_null(qr_svg(arena, text));
}

static void a_text_that_no_code_holds_gives_none(void **state)
{
    char text[4000];

    (void)state;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    assert_null(qr_svg(arena, text));
    assert_null(qr_png(arena, text, 1).data);
    assert_null(qr_png(arena, TEXT, 0).data);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_pictures_show_the_same_modules, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(a_quiet_zone_of_four_modules_surrounds_the_code, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(the_largest_code_fits_into_memory_at_any_scale, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(a_text_that_no_code_holds_gives_none, open_arena,
                                        close_arena),
    };

    return cmocka_run_group_tests_name("codes", tests, NULL, NULL);
}
