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
    said->descriptor = descriptor;
    said->file = tmpfile();
    said->own = dup(descriptor);
    assert_true(said->file != NULL && said->own >= 0);
    fflush(NULL);
    assert_int_equal(dup2(fileno(said->file), descriptor), descriptor);
}

const char *said_end(struct said *said, struct arena *arena)
{
    char *text = arena_alloc(arena, SAID_MAX);

    fflush(NULL);
    assert_int_equal(dup2(said->own, said->descriptor), said->descriptor);
    assert_true(pread(fileno(said->file), text, SAID_MAX - 1, 0) >= 0);
    close(said->own);
    fclose(said->file);
    return text;
}
