/*
 * Stands before the C library's allocator (LD_PRELOAD) and refuses memory once, when it is told to:
 * the file that FAILING_MALLOC names is shared by all processes that have it mapped, and holds how
 * many allocations from now the one is that fails; 0 for none. It counts down at each allocation of
 * any of them. tests/fault/processes_test.py writes it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* What glibc calls its own. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static _Atomic long *countdown;

__attribute__((constructor)) static void map_countdown(void)
{
    const char *path = getenv("FAILING_MALLOC");
    int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    void *mapped;

    if (fd < 0)
        return;
    mapped = mmap(NULL, sizeof(*countdown), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped != MAP_FAILED)
        countdown = mapped;
}

static int shall_fail(void)
{
    long left = countdown == NULL ? 0 : atomic_load(countdown);

    while (left > 0)
        if (atomic_compare_exchange_weak(countdown, &left, left - 1)) {
            errno = left == 1 ? ENOMEM : errno;
            return left == 1;
        }
    return 0;
}

void *malloc(size_t size)
{
    return shall_fail() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return shall_fail() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return shall_fail() ? NULL : __libc_realloc(old, size);
}
