#include "casework/workshop/clean.h"

#include <string.h>

#include "casework/workshop/job.h"
#include "core/arena.h"

enum { ARENA_MAX = 500 * 1024 * 1024 };

int refuse_input(const char *code)
{
    fprintf(stderr, "%s\n", code);
    return JOB_REFUSED;
}

bool is_size_allowed(size_t width, size_t height)
{
    return width > 0 && height > 0 && width <= SIDE_MAX && height <= SIDE_MAX &&
           width * height <= PIXELS_MAX;
}

static bool begins(const struct input *input, const char *magic, size_t size)
{
    return input->size >= size && memcmp(input->data, magic, size) == 0;
}

static int clean(const struct input *input, FILE *out)
{
    if (input->size == 0)
        return refuse_input("empty");
    if (input->size > INPUT_MAX)
        return refuse_input("too_large");
    if (begins(input, "\xFF\xD8\xFF", 3))
        return clean_jpeg(input, out);
    if (begins(input, "\x89PNG\r\n\x1A\n", 8))
        return clean_png(input, out);
    if (begins(input, "%PDF-", 5))
        return clean_pdf(input, out);
    return refuse_input("type_unknown");
}

static int run(FILE *in, FILE *out)
{
    struct arena *arena = arena_open(ARENA_MAX);
    unsigned char *data = arena_alloc(arena, INPUT_MAX + 1);
    struct input input = {data, fread(data, 1, INPUT_MAX + 1, in), arena};
    int result = ferror(in) ? JOB_BROKEN : clean(&input, out);

    arena_close(arena);
    return result;
}

int main(int words, char **unused)
{
    (void)unused;
    return job_main(words, &(const struct job){"clean", NULL, run});
}
