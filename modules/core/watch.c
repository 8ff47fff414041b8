#include "core/watch.h"

#include "core/clock.h"
#include "core/listener.h"
#include "core/log.h"
#include "core/metrics.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DESCRIPTORS_MAX = 65536, EVENTS_MAX = 64, SHORTAGE_MS = 10 };

struct watch {
    struct process *process;
    int epoll_fd;
    int listen_fd, end_fd;
    pthread_mutex_t accepting; /* held while a connection is accepted, and to begin or end that */
    bool is_listening;
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

static void put_listener(struct watch *watch, int operation)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = watch->listen_fd};

    if (epoll_ctl(watch->epoll_fd, operation, watch->listen_fd, &event) != 0)
        abort();
}

struct watch *watch_open(struct process *process, int listen_fd)
{
    struct watch *watch = calloc(1, sizeof(*watch));
    struct epoll_event end = {.events = EPOLLIN};

    if (watch == NULL || pthread_mutex_init(&watch->accepting, NULL) != 0)
        abort();
    watch->process = process;
    watch->listen_fd = listen_fd;
    watch->limit = raise_limit();
    watch->idle_since_ms = calloc(watch->limit, sizeof(*watch->idle_since_ms));
    watch->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    watch->end_fd = end.data.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (watch->idle_since_ms == NULL || watch->epoll_fd < 0 || watch->end_fd < 0 ||
        epoll_ctl(watch->epoll_fd, EPOLL_CTL_ADD, watch->end_fd, &end) != 0)
        abort();
    return watch;
}

void watch_close(struct watch *watch)
{
    assert(watch->count == 0);
    close(watch->epoll_fd);
    close(watch->end_fd);
    pthread_mutex_destroy(&watch->accepting);
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

/* Whether the connection is ours now: it may have been closed for having been idle too long. */
static bool claim(struct watch *watch, int fd)
{
    return atomic_exchange(&watch->idle_since_ms[fd], 0) != 0;
}

/* The listening socket goes to the end of the line: the system wakes the worker that has waited
   there longest, and would otherwise give one of them all the connections. */
static int accept_one(struct watch *watch)
{
    int fd = -1;

    errno = EAGAIN;
    pthread_mutex_lock(&watch->accepting);
    if (watch->is_listening)
        fd = listener_accept(watch->listen_fd, &watch->process->config);
    if (fd >= 0) {
        watch->count++;
        put_listener(watch, EPOLL_CTL_DEL);
        put_listener(watch, EPOLL_CTL_ADD);
    }
    pthread_mutex_unlock(&watch->accepting);
    return fd;
}

static void accept_failed(void)
{
    if (errno == EAGAIN || errno == ECONNABORTED)
        return;
    log_error(NULL, "accept_failed", "%s", strerror(errno));
    poll(NULL, 0, SHORTAGE_MS); /* descriptors or memory run out: asking at once would spin */
}

/* One whose request is not there idles among the others. */
int watch_accept(struct watch *watch)
{
    int fd = accept_one(watch);

    if (fd < 0) {
        accept_failed();
        return -1;
    }
    metrics_gauge(watch->process->metrics, GAUGE_CONNECTIONS_KEPT, 1);
    if (has_data(fd))
        return fd;
    watch_again(watch, fd);
    return -1;
}

/* The connection with a request that the event is about, or -1. */
static int take(struct watch *watch, const struct epoll_event *event)
{
    int fd = event->data.fd;

    if (!claim(watch, fd))
        return -1;
    if ((event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0 || has_data(fd))
        return fd;
    end_connection(watch, fd);
    return -1;
}

int watch_next(struct watch *watch)
{
    struct epoll_event event;
    int fd = -1;

    while (fd < 0) {
        if (epoll_wait(watch->epoll_fd, &event, 1, -1) != 1)
            continue;
        if (event.data.fd == watch->end_fd)
            return -1;
        fd = event.data.fd == watch->listen_fd ? watch_accept(watch) : take(watch, &event);
    }
    return fd;
}

size_t watch_collect(struct watch *watch, int *ready, size_t max)
{
    struct epoll_event events[EVENTS_MAX];
    int found = epoll_wait(watch->epoll_fd, events, max < EVENTS_MAX ? (int)max : EVENTS_MAX, 0);
    size_t count = 0;

    for (int i = 0; i < found; i++) {
        int fd = events[i].data.fd;

        if (fd != watch->end_fd && fd != watch->listen_fd && (fd = take(watch, &events[i])) >= 0)
            ready[count++] = fd;
    }
    return count;
}

void watch_end(struct watch *watch)
{
    const uint64_t one = 1;

    if (write(watch->end_fd, &one, sizeof(one)) != sizeof(one))
        abort();
}

void watch_listen(struct watch *watch, bool on)
{
    pthread_mutex_lock(&watch->accepting);
    if (watch->is_listening != on)
        put_listener(watch, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL);
    watch->is_listening = on;
    pthread_mutex_unlock(&watch->accepting);
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

        if (since != 0 && since < now - idle_ms && !has_data((int)fd) && claim(watch, (int)fd))
            end_connection(watch, (int)fd);
    }
}

size_t watch_limit(const struct watch *watch)
{
    return watch->limit;
}
