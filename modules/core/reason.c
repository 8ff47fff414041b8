#include <stdarg.h>

#include "core/work.h"

CORE_REASONS(REASON_DEFINE)

/* First three and last four stay ("440***********8014"), whatever the length. */
static const char *masked(struct arena *arena, const char *text)
{
    size_t size = text == NULL ? 0 : strlen(text);
    char *copy;

    if (text == NULL)
        return NULL;
    copy = arena_text(arena, text);
    for (size_t i = size > 7 ? 3 : 0; i + (size > 7 ? 4 : 0) < size; i++)
        copy[i] = '*';
    return copy;
}

static struct values copy_values(struct arena *arena, struct values about)
{
    struct value *copies = arena_alloc(arena, (about.count + 1) * sizeof(*copies));

    for (size_t i = 0; i < about.count; i++) {
        struct value *copy = &copies[i];

        *copy = about.items[i];
        if (copy->kind == KIND_PHONE || copy->kind == KIND_ID_NO)
            copy->text = masked(arena, copy->text);
        else if (copy->kind == KIND_TEXT && copy->text != NULL)
            copy->text = arena_text(arena, copy->text);
    }
    return (struct values){copies, about.count};
}

void reason(struct request *r, struct reason what, struct values about)
{
    struct request_work *work = r->work;

    if (work->reason_count == REASONS_MAX)
        return; /* a client with forty faults has enough to read */
    work->reasons[work->reason_count++] =
        (struct found_reason){.what = what, .about = copy_values(r->arena, about)};
}

enum error refused(struct request *r)
{
    return r->work->reason_count > 0 ? E_REFUSED : E_OK;
}

bool reason_at(const struct request *r, size_t index, struct reason *what, struct values *about)
{
    const struct request_work *work = r->work;

    if (index >= work->reason_count)
        return false;
    *what = work->reasons[index].what;
    *about = work->reasons[index].about;
    return true;
}

void reasons_forget(struct request *r)
{
    r->work->reason_count = 0;
}

enum error refuse(struct request *r, struct reason what, struct values about)
{
    reason(r, what, about);
    return E_REFUSED;
}

enum error failed(struct request *r, enum error error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(r->work->failure, sizeof(r->work->failure), format, arguments);
    va_end(arguments);
    return error;
}

const char *failure_text(const struct request *r)
{
    return r->work->failure;
}
