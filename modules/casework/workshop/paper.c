#include <jansson.h>
#include <stdlib.h>
#include <time.h>

#include "casework/workshop/job.h"
#include "casework/workshop/paper_layout.h"

enum { INPUT_MAX = 256 * 1024, MEMORY_MAX = 64 * 1024 * 1024 };

static struct fonts fonts;

static bool prepare(void)
{
    /* The file system is out of reach afterwards, so this is what the libraries would look up in
       files when they are first used. */
    if (setenv("TZ", "UTC0", 1) != 0)
        return false;
    tzset();
    json_object_seed(0);
    fonts = (struct fonts){font_open(TEXT_FONT), font_open(HEADING_FONT)};
    return fonts.text != NULL && fonts.heading != NULL;
}

/* NULL data when it is longer than any paper may be. */
static struct bytes read_all(struct arena *arena, FILE *in)
{
    unsigned char *data = arena_alloc(arena, INPUT_MAX + 1);
    size_t size = fread(data, 1, INPUT_MAX + 1, in);

    return (struct bytes){size <= INPUT_MAX ? data : NULL, size};
}

static int run(FILE *in, FILE *out)
{
    struct draft draft = {.arena = arena_open(MEMORY_MAX), .fonts = fonts};
    struct bytes input = read_all(draft.arena, in);
    struct document document;
    struct plan plan;

    if (input.data == NULL)
        draft_refuse(&draft, "too_long", "the input");
    else if (document_read(&draft, input, &document) && plan_make(&draft, &document, &plan))
        plan_draw(&draft, &document, &plan, out);
    if (draft.refused != NULL)
        fprintf(stderr, "%s\n", draft.refused);
    arena_close(draft.arena);
    return draft.refused == NULL ? JOB_DONE : JOB_REFUSED;
}

int main(int words, char **unused)
{
    (void)unused;
    return job_main(words, &(const struct job){"paper", prepare, run});
}
