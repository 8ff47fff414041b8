#include "support/said.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { SAID_MAX = 4096 };

void said_begin(struct said *said, int descriptor)
{
    char path[] = "/tmp/said_XXXXXX";

    said->descriptor = descriptor;
    said->file = mkstemp(path);
    said->own = dup(descriptor);
    assert_true(said->file >= 0 && said->own >= 0);
    unlink(path);
    fflush(NULL);
    assert_int_equal(dup2(said->file, descriptor), descriptor);
}

const char *said_end(struct said *said, struct arena *arena)
{
    char *text = arena_alloc(arena, SAID_MAX);

    fflush(NULL);
    assert_int_equal(dup2(said->own, said->descriptor), said->descriptor);
    assert_true(pread(said->file, text, SAID_MAX - 1, 0) >= 0);
    close(said->own);
    close(said->file);
    return text;
}
