/*
 * Memory that lives as long as one request. arena_alloc never returns NULL and zeroes what it
 * gives; inputs are bounded before they reach an arena, so passing its limit is a bug and aborts.
 * What is not memory (a handle, a json_t) is registered with arena_defer on the line after it was
 * acquired; releases run newest first when the arena is reset or closed.
 */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stddef.h>

struct arena;

/* A place in an arena to come back to: nothing made after it may be used then. */
struct arena_mark {
    void *chunk;
    size_t used;
    void *deferred;
};

/* `limit` in bytes. The caller owns the arena and closes it. */
struct arena *arena_open(size_t limit);
void arena_close(struct arena *arena);

/* Runs the releases and forgets everything, but keeps the first chunk for the next request. */
void arena_reset(struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size);
char *arena_text(struct arena *arena, const char *text);
char *arena_text_of(struct arena *arena, const void *data, size_t size);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void arena_defer(struct arena *arena, void (*release)(void *), void *resource);

struct arena_mark arena_mark(struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

#endif
