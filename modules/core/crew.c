#include "core/crew.h"

#include "core/clock.h"
#include "core/front.h"
#include "core/metrics.h"

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

enum {
    NOBODY = -1,
    COLLECT_MAX = 64,
    ACCEPT_MAX = 4,   /* new connections a look: the other workers take their part of them */
    STEP_MS = 5,      /* how often the reserve looks while no thread is free */
    CALM_STEPS = 200, /* after so many looks without need it rests */
};

/* Connections in order of arrival, linked through crew->next. */
struct line {
    int first, last;
    _Atomic size_t count;
};

struct hand {
    struct crew *crew;
    struct fastcgi *fastcgi;
    pthread_t thread;
    _Atomic int64_t busy_since_ms; /* 0 between requests */
};

struct crew {
    struct process *process;
    struct watch *watch;
    struct hand *hands; /* M threads, and last the reserve */
    size_t count;
    _Atomic int64_t idle; /* hands that wait for a request */
    pthread_mutex_t lock; /* of the line */
    struct line waiting;
    int *next;
    sem_t full; /* wakes the reserve */
    _Atomic bool is_full_known, is_draining, has_ended;
};

static bool line_add(struct crew *crew, int fd)
{
    struct line *line = &crew->waiting;
    bool has_room;

    pthread_mutex_lock(&crew->lock);
    has_room = line->count < (size_t)crew->process->config.queue_max;
    if (has_room) {
        crew->next[fd] = NOBODY;
        if (line->count == 0)
            line->first = fd;
        else
            crew->next[line->last] = fd;
        line->last = fd;
        line->count++;
    }
    pthread_mutex_unlock(&crew->lock);
    return has_room;
}

/* NOBODY when it is empty. */
static int line_take(struct crew *crew)
{
    struct line *line = &crew->waiting;
    int fd = NOBODY;

    if (line->count == 0)
        return NOBODY;
    pthread_mutex_lock(&crew->lock);
    if (line->count > 0) {
        fd = line->first;
        line->first = crew->next[fd];
        line->count--;
    }
    pthread_mutex_unlock(&crew->lock);
    return fd;
}

static void wake_reserve(struct crew *crew)
{
    if (!atomic_exchange(&crew->is_full_known, true))
        sem_post(&crew->full);
}

/* NOBODY at the end of the crew. A hand says that it is idle before it looks at the line, and the
   reserve puts somebody there before it looks whether a hand is idle: one of them sees the other.
 */
static int next_request(struct crew *crew)
{
    int fd;

    crew->idle++;
    fd = line_take(crew);
    if (fd == NOBODY)
        fd = watch_next(crew->watch);
    if (--crew->idle == 0)
        wake_reserve(crew);
    return fd;
}

static void serve(struct hand *hand, int fd, enum serving serving)
{
    struct crew *crew = hand->crew;

    hand->busy_since_ms = monotonic_ms();
    if (fastcgi_serve(hand->fastcgi, fd, serving))
        watch_again(crew->watch, fd);
    else
        watch_forget(crew->watch);
    hand->busy_since_ms = 0;
}

static void *work(void *context)
{
    struct hand *hand = context;
    struct crew *crew = hand->crew;
    int fd;

    while ((fd = next_request(crew)) != NOBODY) {
        metrics_gauge(crew->process->metrics, GAUGE_THREADS_BUSY, 1);
        serve(hand, fd, crew->is_draining ? SERVE_LAST : SERVE_KEPT);
        metrics_gauge(crew->process->metrics, GAUGE_THREADS_BUSY, -1);
    }
    return NULL;
}

/* Requests that wait, those on new connections last. */
static size_t collect(struct crew *crew, int ready[COLLECT_MAX + ACCEPT_MAX])
{
    size_t count = watch_collect(crew->watch, ready, COLLECT_MAX);

    for (int i = 0; i < ACCEPT_MAX; i++) {
        int fd = watch_accept(crew->watch);

        if (fd != NOBODY)
            ready[count++] = fd;
    }
    return count;
}

/* Puts what waits into the line; who finds no place there is answered once all others have theirs.
 */
static void take_in(struct hand *reserve)
{
    struct crew *crew = reserve->crew;
    int ready[COLLECT_MAX + ACCEPT_MAX];
    size_t count = collect(crew, ready), refused = 0;
    int fd;

    for (size_t i = 0; i < count; i++)
        if (!line_add(crew, ready[i]))
            ready[refused++] = ready[i];
    for (size_t i = 0; i < refused; i++) {
        metrics_count(crew->process->metrics, COUNT_OVERLOAD, 1);
        serve(reserve, ready[i], SERVE_OVERLOADED);
    }
    /* Who became idle meanwhile is asleep: watched again, the request wakes somebody. */
    while (crew->idle > 0 && (fd = line_take(crew)) != NOBODY)
        watch_again(crew->watch, fd);
}

static void *help_when_full(void *context)
{
    struct hand *reserve = context;
    struct crew *crew = reserve->crew;

    while (!crew->has_ended) {
        for (int calm = 0; calm < CALM_STEPS && !crew->has_ended; calm++) {
            if (crew->idle == 0) {
                take_in(reserve);
                calm = 0;
            }
            poll(NULL, 0, STEP_MS);
        }
        crew->is_full_known = false;
        if (crew->idle == 0)
            wake_reserve(crew);
        while (sem_wait(&crew->full) != 0)
            continue;
    }
    return NULL;
}

static void start(struct crew *crew, struct hand *hand, void *(*run)(void *))
{
    size_t stack = (size_t)crew->process->config.thread_stack_kib * 1024;
    pthread_attr_t attributes;

    hand->crew = crew;
    hand->fastcgi = fastcgi_open(crew->process);
    if (pthread_attr_init(&attributes) != 0 || pthread_attr_setstacksize(&attributes, stack) != 0 ||
        pthread_create(&hand->thread, &attributes, run, hand) != 0)
        abort();
    pthread_attr_destroy(&attributes);
}

struct crew *crew_open(struct process *process, struct watch *watch)
{
    struct crew *crew = calloc(1, sizeof(*crew));

    if (crew == NULL)
        abort();
    crew->process = process;
    crew->watch = watch;
    crew->count = (size_t)process->config.threads + 1;
    crew->hands = calloc(crew->count, sizeof(*crew->hands));
    crew->next = calloc(watch_limit(watch), sizeof(*crew->next));
    if (crew->hands == NULL || crew->next == NULL || pthread_mutex_init(&crew->lock, NULL) != 0 ||
        sem_init(&crew->full, 0, 0) != 0)
        abort();
    for (size_t i = 0; i < crew->count; i++)
        start(crew, &crew->hands[i], i + 1 < crew->count ? work : help_when_full);
    watch_listen(watch, true);
    return crew;
}

void crew_close(struct crew *crew)
{
    crew->has_ended = true;
    watch_end(crew->watch);
    sem_post(&crew->full);
    for (size_t i = 0; i < crew->count; i++) {
        pthread_join(crew->hands[i].thread, NULL);
        fastcgi_close(crew->hands[i].fastcgi);
    }
    sem_destroy(&crew->full);
    pthread_mutex_destroy(&crew->lock);
    free(crew->next);
    free(crew->hands);
    free(crew);
}

void crew_drain(struct crew *crew)
{
    crew->is_draining = true;
    watch_listen(crew->watch, false);
}

int64_t crew_longest_ms(const struct crew *crew)
{
    int64_t now = monotonic_ms(), longest = 0;

    for (size_t i = 0; i < crew->count; i++) {
        int64_t since = crew->hands[i].busy_since_ms;

        if (since != 0 && now - since > longest)
            longest = now - since;
    }
    return longest;
}
