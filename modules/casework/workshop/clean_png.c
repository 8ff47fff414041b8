/* PNG: decoded and coded anew; text, colour profiles, animations and what else it carried are gone.
 */

#include <png.h>
#include <string.h>

#include "casework/workshop/clean.h"
#include "casework/workshop/job.h"
#include "core/arena.h"

int clean_png(const struct input *input, FILE *out)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    unsigned char *pixels;

    if (!png_image_begin_read_from_memory(&image, input->data, input->size))
        return refuse_input("damaged");
    if (!is_size_allowed(image.width, image.height)) {
        png_image_free(&image);
        return refuse_input("too_many_pixels");
    }
    image.format = image.format & PNG_FORMAT_FLAG_ALPHA ? PNG_FORMAT_RGBA : PNG_FORMAT_RGB;
    pixels = arena_alloc(input->arena, PNG_IMAGE_SIZE(image));
    if (!png_image_finish_read(&image, NULL, pixels, 0, NULL) ||
        (image.warning_or_error & PNG_IMAGE_WARNING))
        return refuse_input("damaged");
    fprintf(out, "image/png %u %u 0\n", image.width, image.height);
    if (!png_image_write_to_stdio(&image, out, 0, pixels, 0, NULL))
        return JOB_BROKEN;
    return JOB_DONE;
}
