#include "core/watch.h"

#include "core/clock.h"
#include "core/listener.h"
#include "core/log.h"
#include "core/metrics.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DESCRIPTORS_MAX = 65536, EVENTS_MAX = 64, SHORTAGE_MS = 10 };

struct watch {
    struct process *process;
    int epoll_fd;
    int listen_fd;
    size_t limit;
    _Atomic size_t count;
    _Atomic int64_t *idle_since_ms; /* by descriptor; 0 while it is in use or closed */
};

/* As many descriptors as the system allows us, within reason. */
static size_t raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        abort();
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        abort();
    return (size_t)limit.rlim_cur;
}

struct watch *watch_open(struct process *process, int listen_fd, int stop_fd)
{
    struct watch *watch = calloc(1, sizeof(*watch));
    struct epoll_event stop = {.events = EPOLLIN | EPOLLONESHOT, .data.fd = stop_fd};

    if (watch == NULL)
        abort();
    watch->process = process;
    watch->listen_fd = listen_fd;
    watch->limit = raise_limit();
    watch->idle_since_ms = calloc(watch->limit, sizeof(*watch->idle_since_ms));
    watch->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (watch->idle_since_ms == NULL || watch->epoll_fd < 0 ||
        epoll_ctl(watch->epoll_fd, EPOLL_CTL_ADD, stop_fd, &stop) != 0)
        abort();
    return watch;
}

void watch_close(struct watch *watch)
{
    assert(watch->count == 0);
    close(watch->epoll_fd);
    free((void *)watch->idle_since_ms);
    free(watch);
}

static bool has_data(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static void end_connection(struct watch *watch, int fd)
{
    close(fd);
    watch_forget(watch);
}

size_t watch_wait(struct watch *watch, int *ready, size_t max, int timeout_ms)
{
    struct epoll_event events[EVENTS_MAX];
    int found =
        epoll_wait(watch->epoll_fd, events, max < EVENTS_MAX ? (int)max : EVENTS_MAX, timeout_ms);
    size_t count = 0;

    for (int i = 0; i < found; i++) {
        int fd = events[i].data.fd;

        watch->idle_since_ms[fd] = 0;
        if ((events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0 && !has_data(fd))
            end_connection(watch, fd);
        else
            ready[count++] = fd;
    }
    return count;
}

void watch_listen(struct watch *watch, bool on)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = watch->listen_fd};

    if (epoll_ctl(watch->epoll_fd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, watch->listen_fd, &event) !=
        0)
        abort();
}

static bool accept_failed(void)
{
    if (errno == EAGAIN || errno == ECONNABORTED)
        return errno == ECONNABORTED;
    log_error(NULL, "accept_failed", "%s", strerror(errno));
    poll(NULL, 0, SHORTAGE_MS); /* descriptors or memory run out: asking at once would spin */
    return false;
}

bool watch_accept(struct watch *watch, int *fd)
{
    int accepted = listener_accept(watch->listen_fd, &watch->process->config);

    *fd = -1;
    if (accepted < 0)
        return accept_failed();
    watch->count++;
    metrics_gauge(watch->process->metrics, GAUGE_CONNECTIONS_KEPT, 1);
    if (has_data(accepted))
        *fd = accepted;
    else
        watch_again(watch, accepted);
    return true;
}

void watch_again(struct watch *watch, int fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, .data.fd = fd};

    watch->idle_since_ms[fd] = monotonic_ms();
    if (epoll_ctl(watch->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0)
        return;
    if (errno != ENOENT || epoll_ctl(watch->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        abort();
}

void watch_forget(struct watch *watch)
{
    watch->count--;
    metrics_gauge(watch->process->metrics, GAUGE_CONNECTIONS_KEPT, -1);
}

size_t watch_count(const struct watch *watch)
{
    return watch->count;
}

void watch_expire(struct watch *watch, int64_t idle_ms)
{
    int64_t now = monotonic_ms();

    for (size_t fd = 0; fd < watch->limit; fd++) {
        int64_t since = watch->idle_since_ms[fd];

        if (since != 0 && since < now - idle_ms && !has_data((int)fd)) {
            watch->idle_since_ms[fd] = 0;
            end_connection(watch, (int)fd);
        }
    }
}

size_t watch_limit(const struct watch *watch)
{
    return watch->limit;
}
