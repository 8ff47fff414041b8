#include "casework/workshop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/db.h"
#include "core/log.h"

enum { RUN_MAX_MS = 25000, SAID_MAX = 255, JOB_REFUSED = 3, IN = 0, OUT = 1, ERR = 2 };

/* A running job: our ends of its three pipes, each closed by -1. */
struct running {
    pid_t pid;
    int fd[3];
    struct bytes input; /* what is still to be fed */
    unsigned char *product;
    size_t size, max;
    char said[SAID_MAX + 1];
    size_t said_size;
    bool is_too_large;
};

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Both ends are ours alone; the child's copies are made by posix_spawn. A write to a child that has
   ended is an error and no signal, since workers block SIGPIPE. */
static bool open_pipes(int ours[3], int theirs[3])
{
    for (int i = IN; i <= ERR; i++) {
        int ends[2];

        if (pipe2(ends, O_CLOEXEC) != 0)
            return false;
        ours[i] = ends[i == IN ? 1 : 0];
        theirs[i] = ends[i == IN ? 0 : 1];
        if (fcntl(ours[i], F_SETFL, O_NONBLOCK) != 0)
            return false;
    }
    return true;
}

/* Fresh memory is asked for in large pieces and never given back: for a program this short, the
   kernel's handing out of pages was as dear as the work. */
static char memory_habits[] =
    "GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.top_pad=4194304:"
    "glibc.malloc.mmap_threshold=67108864:glibc.malloc.trim_threshold=268435456";

static bool spawn(const char *program, const int theirs[3], pid_t *pid)
{
    char *const words[] = {(char *)(uintptr_t)program, NULL};
    char *const surroundings[] = {memory_habits, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    bool is_ready;

    sigemptyset(&none);
    is_ready = posix_spawn_file_actions_init(&actions) == 0 &&
               posix_spawnattr_init(&attributes) == 0 &&
               posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK) == 0 &&
               posix_spawnattr_setsigmask(&attributes, &none) == 0;
    for (int i = IN; is_ready && i <= ERR; i++)
        is_ready = posix_spawn_file_actions_adddup2(&actions, theirs[i], i) == 0;
    is_ready =
        is_ready && posix_spawn(pid, program, &actions, &attributes, words, surroundings) == 0;
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return is_ready;
}

static void feed(struct running *running)
{
    ssize_t size = write(running->fd[IN], running->input.data, running->input.size);

    if (size > 0) {
        running->input.data += size;
        running->input.size -= (size_t)size;
    }
    if (running->input.size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR))
        shut(&running->fd[IN]);
}

static void take_product(struct running *running)
{
    size_t room = running->max - running->size;
    ssize_t size = read(running->fd[OUT], running->product + running->size, room + 1);

    if (size > 0)
        running->size += (size_t)size;
    running->is_too_large = running->size > running->max;
    if (size == 0 || running->is_too_large || (size < 0 && errno != EAGAIN && errno != EINTR))
        shut(&running->fd[OUT]);
}

static void take_words(struct running *running)
{
    char beyond[256];
    size_t room = SAID_MAX - running->said_size;
    ssize_t size = room > 0 ? read(running->fd[ERR], running->said + running->said_size, room)
                            : read(running->fd[ERR], beyond, sizeof(beyond));

    if (size > 0 && room > 0)
        running->said_size += (size_t)size;
    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR))
        shut(&running->fd[ERR]);
}

/* False when the time is over. */
static bool serve(struct running *running, int64_t until_ms)
{
    while (running->fd[OUT] >= 0 || running->fd[ERR] >= 0) {
        struct pollfd polled[] = {{running->fd[IN], POLLOUT, 0},
                                  {running->fd[OUT], POLLIN, 0},
                                  {running->fd[ERR], POLLIN, 0}};
        int64_t left = until_ms - monotonic_ms();

        if (left <= 0 || running->is_too_large)
            return false;
        if (poll(polled, 3, (int)left) < 0 && errno != EINTR)
            return false;
        if (polled[IN].revents != 0)
            feed(running);
        if (polled[OUT].revents != 0)
            take_product(running);
        if (polled[ERR].revents != 0)
            take_words(running);
    }
    return true;
}

static int wait_for(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static const char *refusal_of(struct request *r, const struct running *running, int status,
                              bool is_in_time)
{
    size_t word = strcspn(running->said, " \n");

    if (is_in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return NULL;
    if (is_in_time && WIFEXITED(status) && WEXITSTATUS(status) == JOB_REFUSED)
        return arena_text_of(r->arena, running->said, word);
    log_error(r, "workshop_failed", "status %d%s: %.*s", status, is_in_time ? "" : ", ended by us",
              (int)word, running->said);
    return is_in_time ? "damaged" : "too_slow";
}

static void run(struct request *r, struct running *running, struct product *product)
{
    int64_t until = monotonic_ms() + RUN_MAX_MS;
    bool is_in_time;
    int status;

    if (until > r->deadline_ms)
        until = r->deadline_ms;
    is_in_time = serve(running, until);
    if (!is_in_time)
        kill(running->pid, SIGKILL);
    for (int i = IN; i <= ERR; i++)
        shut(&running->fd[i]);
    status = wait_for(running->pid);
    product->refusal = refusal_of(r, running, status, is_in_time);
    product->bytes = (struct bytes){running->product, running->size};
}

static const char *folder_of_ours(struct arena *arena)
{
    char path[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 1);

    while (size > 0 && path[size - 1] != '/')
        size--;
    return size <= 0 ? "." : arena_printf(arena, "%.*s", (int)size - 1, path);
}

enum error workshop_run(struct request *r, const char *folder, const char *job, struct bytes input,
                        struct product *product)
{
    struct running running = {.fd = {-1, -1, -1}, .input = input, .max = product->max};
    const char *program = arena_printf(r->arena, "%s/workshop-%s",
                                       *folder == '\0' ? folder_of_ours(r->arena) : folder, job);
    int theirs[3] = {-1, -1, -1};
    bool is_running;

    running.product = arena_alloc(product->arena, product->max + 1);
    is_running = !db_in_transaction(r) && open_pipes(running.fd, theirs) &&
                 spawn(program, theirs, &running.pid);
    for (int i = IN; i <= ERR; i++)
        shut(&theirs[i]);
    if (is_running) {
        run(r, &running, product);
        return E_OK;
    }
    for (int i = IN; i <= ERR; i++)
        shut(&running.fd[i]);
    return failed(r, E_UNAVAILABLE, "%s could not be started", program);
}
