/* JPEG: decoded, turned upright as its EXIF says, and coded anew without any of its markers. */

#include <jpeglib.h>
#include <setjmp.h>
#include <string.h>

#include "casework/workshop/clean.h"
#include "casework/workshop/job.h"
#include "core/arena.h"

enum { CHANNELS = 3, EXIF_MARKER = JPEG_APP0 + 1, EXIF_MAX = 65533, ORIENTATION = 0x0112 };

/* libjpeg ends the process on an error, unless it is led out of there. */
struct trouble {
    struct jpeg_error_mgr manager;
    jmp_buf way_out;
};

static void leave(j_common_ptr common)
{
    struct trouble *trouble = (struct trouble *)(void *)common->err;

    longjmp(trouble->way_out, 1);
}

/* A warning says that data are damaged: what would come of it is not what was photographed. */
static void judge(j_common_ptr common, int level)
{
    if (level < 0)
        leave(common);
}

static struct jpeg_error_mgr *in_trouble(struct trouble *trouble)
{
    struct jpeg_error_mgr *manager = jpeg_std_error(&trouble->manager);

    manager->error_exit = leave;
    manager->emit_message = judge;
    return manager;
}

static unsigned number_at(const unsigned char *at, size_t size, bool is_little)
{
    unsigned number = 0;

    for (size_t i = 0; i < size; i++)
        number = number << 8 | at[is_little ? size - 1 - i : i];
    return number;
}

/* Of TIFF's first directory; 1 (upright) when there is none, or it makes no sense. */
static unsigned orientation_in(const unsigned char *tiff, size_t size)
{
    bool is_little = size >= 8 && memcmp(tiff, "II", 2) == 0;
    size_t at = size >= 8 ? number_at(tiff + 4, 4, is_little) : size;
    unsigned count, value;

    if (at + 2 > size)
        return 1;
    count = number_at(tiff + at, 2, is_little);
    for (at += 2; count > 0 && at + 12 <= size; count--, at += 12)
        if (number_at(tiff + at, 2, is_little) == ORIENTATION) {
            value = number_at(tiff + at + 8, 2, is_little);
            return value >= 1 && value <= 8 ? value : 1;
        }
    return 1;
}

static unsigned orientation_of(const struct jpeg_decompress_struct *jpeg)
{
    for (jpeg_saved_marker_ptr marker = jpeg->marker_list; marker != NULL; marker = marker->next)
        if (marker->marker == EXIF_MARKER && marker->data_length > 6 &&
            memcmp(marker->data, "Exif\0\0", 6) == 0)
            return orientation_in(marker->data + 6, marker->data_length - 6);
    return 1;
}

struct picture {
    unsigned char *pixels;
    size_t width, height;
};

/* Where the pixel of the upright picture stands in the one that was taken. */
static size_t source_of(const struct picture *taken, unsigned orientation, size_t x, size_t y)
{
    size_t right = taken->width - 1, bottom = taken->height - 1;

    switch (orientation) {
    case 2:
        return y * taken->width + (right - x);
    case 3:
        return (bottom - y) * taken->width + (right - x);
    case 4:
        return (bottom - y) * taken->width + x;
    case 5:
        return x * taken->width + y;
    case 6:
        return (bottom - x) * taken->width + y;
    case 7:
        return (bottom - x) * taken->width + (right - y);
    case 8:
        return x * taken->width + (right - y);
    default:
        return y * taken->width + x;
    }
}

static struct picture upright(struct arena *arena, const struct picture *taken,
                              unsigned orientation)
{
    bool is_turned = orientation >= 5;
    struct picture picture = {NULL, is_turned ? taken->height : taken->width,
                              is_turned ? taken->width : taken->height};
    unsigned char *to;

    if (orientation == 1)
        return *taken;
    to = picture.pixels = arena_alloc(arena, picture.width * picture.height * CHANNELS);
    for (size_t y = 0; y < picture.height; y++)
        for (size_t x = 0; x < picture.width; x++, to += CHANNELS)
            memcpy(to, taken->pixels + source_of(taken, orientation, x, y) * CHANNELS, CHANNELS);
    return picture;
}

static int read_pixels(struct jpeg_decompress_struct *jpeg, const struct input *input,
                       struct picture *picture)
{
    jpeg->out_color_space = JCS_RGB;
    if (!jpeg_start_decompress(jpeg))
        return refuse_input("damaged");
    picture->width = jpeg->output_width;
    picture->height = jpeg->output_height;
    picture->pixels = arena_alloc(input->arena, picture->width * picture->height * CHANNELS);
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = picture->pixels + jpeg->output_scanline * picture->width * CHANNELS;

        (void)jpeg_read_scanlines(jpeg, &row, 1);
    }
    (void)jpeg_finish_decompress(jpeg);
    return JOB_DONE;
}

static int decode(const struct input *input, struct picture *picture)
{
    struct jpeg_decompress_struct jpeg = {.err = NULL};
    struct trouble trouble;
    struct picture taken;
    unsigned orientation;
    int result;

    jpeg.err = in_trouble(&trouble);
    if (setjmp(trouble.way_out) != 0) {
        jpeg_destroy_decompress(&jpeg);
        return refuse_input("damaged");
    }
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, input->data, input->size);
    jpeg_save_markers(&jpeg, EXIF_MARKER, EXIF_MAX);
    (void)jpeg_read_header(&jpeg, TRUE);
    if (!is_size_allowed(jpeg.image_width, jpeg.image_height)) {
        jpeg_destroy_decompress(&jpeg);
        return refuse_input("too_many_pixels");
    }
    orientation = orientation_of(&jpeg);
    result = read_pixels(&jpeg, input, &taken);
    jpeg_destroy_decompress(&jpeg);
    if (result == JOB_DONE)
        *picture = upright(input->arena, &taken, orientation);
    return result;
}

static int encode(const struct picture *picture, FILE *out)
{
    struct jpeg_compress_struct jpeg = {.err = NULL};
    struct trouble trouble;

    jpeg.err = in_trouble(&trouble);
    if (setjmp(trouble.way_out) != 0) {
        jpeg_destroy_compress(&jpeg);
        return JOB_BROKEN;
    }
    jpeg_create_compress(&jpeg);
    jpeg_stdio_dest(&jpeg, out);
    jpeg.image_width = (JDIMENSION)picture->width;
    jpeg.image_height = (JDIMENSION)picture->height;
    jpeg.input_components = CHANNELS;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, JPEG_QUALITY, TRUE);
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < jpeg.image_height) {
        JSAMPROW row = picture->pixels + jpeg.next_scanline * picture->width * CHANNELS;

        (void)jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    return JOB_DONE;
}

int clean_jpeg(const struct input *input, FILE *out)
{
    struct picture picture;
    int result = decode(input, &picture);

    if (result != JOB_DONE)
        return result;
    fprintf(out, "image/jpeg %zu %zu 0\n", picture.width, picture.height);
    return encode(&picture, out);
}
