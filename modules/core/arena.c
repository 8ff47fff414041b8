#include "core/arena.h"

#include <stdarg.h>
#include <stdint.h>

#define CHUNK_SIZE ((size_t)16 * 1024) /* most requests fit into the first one */

struct chunk {
    struct chunk *older;
    size_t size;
    size_t used;
    max_align_t data[];
};

struct deferred {
    struct deferred *older;
    void (*release)(void *);
    void *resource;
};

struct arena {
    size_t limit;
    size_t taken; /* sum of the chunks' sizes */
    struct chunk *newest;
    struct deferred *deferred;
};

static void *or_abort(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

static void chunk_push(struct arena *arena, size_t at_least)
{
    size_t size = at_least > CHUNK_SIZE ? at_least : CHUNK_SIZE;
    struct chunk *chunk;

    /* Inputs are bounded before they get here, so this is a bug, not a big request. */
    if (size > arena->limit - arena->taken)
        abort();
    /* What fits into no usual chunk is one piece, and mostly more than is used of it: pages that
       nobody touches need not be cleared. */
    chunk = or_abort(size > CHUNK_SIZE ? calloc(1, sizeof(*chunk) + size)
                                       : malloc(sizeof(*chunk) + size));
    chunk->older = arena->newest;
    chunk->size = size;
    chunk->used = 0;
    arena->newest = chunk;
    arena->taken += size;
}

static void chunk_pop(struct arena *arena)
{
    struct chunk *chunk = arena->newest;

    arena->newest = chunk->older;
    arena->taken -= chunk->size;
    free(chunk);
}

static void release_down_to(struct arena *arena, const struct deferred *last_kept)
{
    while (arena->deferred != last_kept) {
        struct deferred *newest = arena->deferred;

        arena->deferred = newest->older;
        newest->release(newest->resource);
    }
}

static size_t rounded_up(size_t size)
{
    const size_t step = _Alignof(max_align_t);

    if (size > SIZE_MAX - step)
        abort();
    return (size + step - 1) / step * step;
}

struct arena *arena_open(size_t limit)
{
    struct arena *arena = or_abort(calloc(1, sizeof(*arena)));

    arena->limit = limit > CHUNK_SIZE ? limit : CHUNK_SIZE;
    chunk_push(arena, CHUNK_SIZE);
    return arena;
}

void arena_close(struct arena *arena)
{
    if (arena == NULL)
        return;
    release_down_to(arena, NULL);
    while (arena->newest != NULL)
        chunk_pop(arena);
    free(arena);
}

void arena_reset(struct arena *arena)
{
    release_down_to(arena, NULL);
    while (arena->newest->older != NULL)
        chunk_pop(arena);
    arena->newest->used = 0;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    /* An empty piece still has an address of its own. */
    size_t taken = rounded_up(size > 0 ? size : 1);
    unsigned char *piece;

    if (taken > arena->newest->size - arena->newest->used)
        chunk_push(arena, taken);
    piece = (unsigned char *)arena->newest->data + arena->newest->used;
    arena->newest->used += taken;
    return taken > CHUNK_SIZE ? piece : memset(piece, 0, taken);
}

char *arena_text(struct arena *arena, const char *text)
{
    return arena_text_of(arena, text, strlen(text));
}

char *arena_text_of(struct arena *arena, const void *data, size_t size)
{
    char *copy;

    if (size == SIZE_MAX)
        abort();
    copy = arena_alloc(arena, size + 1);
    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    char *text;
    int size;

    va_start(arguments, format);
    size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0)
        abort();
    text = arena_alloc(arena, (size_t)size + 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)size + 1, format, arguments);
    va_end(arguments);
    return text;
}

void arena_defer(struct arena *arena, void (*release)(void *), void *resource)
{
    struct deferred *deferred = arena_alloc(arena, sizeof(*deferred));

    deferred->release = release;
    deferred->resource = resource;
    deferred->older = arena->deferred;
    arena->deferred = deferred;
}

struct arena_mark arena_mark(struct arena *arena)
{
    return (struct arena_mark){arena->newest, arena->newest->used, arena->deferred};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    release_down_to(arena, mark.deferred);
    while (arena->newest != mark.chunk)
        chunk_pop(arena);
    arena->newest->used = mark.used;
}
