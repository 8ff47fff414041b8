#include "payment/qr.h"

#include <png.h>
#include <qrencode.h>

enum {
    QUIET = 4, /* modules around the code, as ISO/IEC 18004 asks */
    BLACK = 1,
    SIDE_MAX = 1024, /* pixels; so a picture fits into a request's memory */
};

static void drop_code(void *code)
{
    QRcode_free(code);
}

static const QRcode *encode(struct arena *arena, const char *text)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);

    if (code != NULL)
        arena_defer(arena, drop_code, code);
    return code;
}

static bool is_black(const QRcode *code, int x, int y)
{
    bool is_inside = x >= 0 && y >= 0 && x < code->width && y < code->width;

    return is_inside && (code->data[y * code->width + x] & BLACK) != 0;
}

/* One path for all: a short line for each run of black modules. */
const char *qr_svg(struct arena *arena, const char *text)
{
    const QRcode *code = encode(arena, text);
    int size;
    char *path, *at;

    if (code == NULL)
        return NULL;
    size = code->width + 2 * QUIET;
    at = path = arena_alloc(arena, (size_t)(code->width * code->width) * 16 + 1);
    for (int y = 0; y < code->width; y++)
        for (int x = 0, end; x < code->width; x = end + 1) {
            for (end = x; is_black(code, end, y);)
                end++;
            if (end > x)
                at += snprintf(at, 32, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, end - x, end - x);
        }
    return arena_printf(arena,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
                        " shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/>"
                        "<path d=\"%s\"/></svg>",
                        size, size, size, size, path);
}

struct bytes qr_png(struct arena *arena, const char *text, int64_t scale)
{
    const QRcode *code = encode(arena, text);
    png_image image = {.version = PNG_IMAGE_VERSION, .format = PNG_FORMAT_GRAY};
    png_alloc_size_t size;
    unsigned char *pixels, *data;
    int side;

    if (code == NULL || scale < 1)
        return (struct bytes){NULL, 0};
    side = code->width + 2 * QUIET;
    scale = scale > SIDE_MAX / side ? SIDE_MAX / side : scale;
    side *= (int)scale;
    image.width = image.height = (png_uint_32)side;
    pixels = arena_alloc(arena, (size_t)(side * side));
    for (int i = 0; i < side * side; i++)
        pixels[i] =
            is_black(code, i % side / (int)scale - QUIET, i / side / (int)scale - QUIET) ? 0 : 255;
    size = PNG_IMAGE_PNG_SIZE_MAX(image);
    data = arena_alloc(arena, size);
    if (png_image_write_to_memory(&image, data, &size, 0, pixels, 0, NULL) == 0)
        return (struct bytes){NULL, 0};
    return (struct bytes){data, size};
}
