/*
 * workshop-clean: an upload made clean (净化), the bytes of a stranger decoded and written anew, so
 * that nothing but the picture or the pages is left: no metadata, no place where it was taken, no
 * script, no file within the file, nothing behind the end. The type is what the bytes are, whatever
 * they are called.
 *
 * The product is one line "TYPE WIDTH HEIGHT PAGES" (pixels, 0 for a PDF; pages, 0 for a picture) and
 * then the clean bytes. Refusals: empty, too_large, type_unknown, too_many_pixels, too_many_pages,
 * encrypted, damaged.
 */
#ifndef CASEWORK_WORKSHOP_CLEAN_H
#define CASEWORK_WORKSHOP_CLEAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
    INPUT_MAX = 10 * 1024 * 1024,
    SIDE_MAX = 12000,
    PIXELS_MAX = 40 * 1000 * 1000,
    PAGES_MAX = 50,
    JPEG_QUALITY = 85,
};

struct arena;

struct input {
    const unsigned char *data;
    size_t size;
    struct arena *arena; /* what is large; ended with the program */
};

/* One each; the result of the job. */
int clean_jpeg(const struct input *input, FILE *out);
int clean_png(const struct input *input, FILE *out);
int clean_pdf(const struct input *input, FILE *out);

/* Says why not; returns JOB_REFUSED. */
int refuse_input(const char *code);
/* Within what a picture may have. */
bool is_size_allowed(size_t width, size_t height);

#endif
