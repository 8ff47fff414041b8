/*
 * What a test's own process says on stdout or stderr meanwhile: said_begin(), the act, said_end().
 */
#ifndef SUPPORT_SAID_H
#define SUPPORT_SAID_H

#include <stdio.h>

#include "core/arena.h"

struct said {
    int descriptor; /* STDOUT_FILENO or STDERR_FILENO */
    int own;
    FILE *file;
};

void said_begin(struct said *said, int descriptor);
/* Puts everything back; the first 4 KiB of what was said. */
const char *said_end(struct said *said, struct arena *arena);

#endif
