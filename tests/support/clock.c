#include "support/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/clock.h"

#include <cmocka.h>

void set_clock(const char *instant)
{
    struct instant wanted;
    struct timespec now;
    FILE *file = fopen(getenv("CLOCK_FILE"), "r+");

    assert_true(instant_from_text(instant, &wanted));
    assert_non_null(file);
    clock_gettime(CLOCK_REALTIME, &now);
    fprintf(file, "%-31lld", (long long)(wanted.ms - now.tv_sec * 1000 - now.tv_nsec / 1000000));
    assert_int_equal(fclose(file), 0);
}
