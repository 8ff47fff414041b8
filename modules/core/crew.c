#include "core/crew.h"

#include "core/clock.h"
#include "core/front.h"
#include "core/metrics.h"

#include <pthread.h>
#include <stdatomic.h>

enum { NOBODY = -1 };

/* Connections in order of arrival, linked through crew->next. */
struct line {
    int first, last;
    size_t count;
    pthread_cond_t filled;
};

struct hand {
    struct crew *crew;
    struct line *line;
    struct fastcgi *fastcgi;
    pthread_t thread;
    _Atomic int64_t busy_since_ms; /* 0 between requests */
};

struct crew {
    struct process *process;
    struct watch *watch;
    struct hand *hands; /* M threads and the reserve */
    size_t count;
    pthread_mutex_t lock; /* of what follows */
    struct line waiting;
    struct line refused;
    int *next;
    size_t idle; /* threads that wait for the first line, those woken already included */
    bool is_listening;
    bool is_draining;
    bool has_ended;
};

static void line_open(struct line *line)
{
    line->first = line->last = NOBODY;
    if (pthread_cond_init(&line->filled, NULL) != 0)
        abort();
}

static void line_add(struct crew *crew, struct line *line, int fd)
{
    crew->next[fd] = NOBODY;
    if (line->first == NOBODY)
        line->first = fd;
    else
        crew->next[line->last] = fd;
    line->last = fd;
    line->count++;
}

static int line_take(struct crew *crew, struct line *line)
{
    int fd = line->first;

    line->first = crew->next[fd];
    line->count--;
    return fd;
}

/* Under the lock, after each change of who is free. */
static void listen_if_free(struct crew *crew)
{
    bool wanted = !crew->is_draining && crew->idle > crew->waiting.count;

    if (wanted != crew->is_listening)
        watch_listen(crew->watch, wanted);
    crew->is_listening = wanted;
}

/* NOBODY at the end of the crew. */
static int next_in_line(struct hand *hand, enum serving *serving)
{
    struct crew *crew = hand->crew;
    bool is_reserve = hand->line == &crew->refused;
    int fd = NOBODY;

    pthread_mutex_lock(&crew->lock);
    crew->idle += is_reserve ? 0 : 1;
    listen_if_free(crew);
    while (hand->line->first == NOBODY && !crew->has_ended)
        pthread_cond_wait(&hand->line->filled, &crew->lock);
    if (hand->line->first != NOBODY)
        fd = line_take(crew, hand->line);
    crew->idle -= is_reserve ? 0 : 1;
    listen_if_free(crew);
    *serving = is_reserve ? SERVE_OVERLOADED : crew->is_draining ? SERVE_LAST : SERVE_KEPT;
    pthread_mutex_unlock(&crew->lock);
    return fd;
}

static void serve(struct hand *hand, int fd, enum serving serving)
{
    struct metrics *metrics = hand->crew->process->metrics;

    hand->busy_since_ms = monotonic_ms();
    metrics_gauge(metrics, GAUGE_THREADS_BUSY, 1);
    if (serving == SERVE_OVERLOADED)
        metrics_count(metrics, COUNT_OVERLOAD, 1);
    if (fastcgi_serve(hand->fastcgi, fd, serving))
        watch_again(hand->crew->watch, fd);
    else
        watch_forget(hand->crew->watch);
    metrics_gauge(metrics, GAUGE_THREADS_BUSY, -1);
    hand->busy_since_ms = 0;
}

static void *work(void *context)
{
    struct hand *hand = context;
    enum serving serving;
    int fd;

    while ((fd = next_in_line(hand, &serving)) != NOBODY)
        serve(hand, fd, serving);
    return NULL;
}

static void start(struct crew *crew, size_t index)
{
    struct hand *hand = &crew->hands[index];
    size_t stack = (size_t)crew->process->config.thread_stack_kib * 1024;
    pthread_attr_t attributes;

    hand->crew = crew;
    hand->line = index + 1 < crew->count ? &crew->waiting : &crew->refused;
    hand->fastcgi = fastcgi_open(crew->process);
    if (pthread_attr_init(&attributes) != 0 || pthread_attr_setstacksize(&attributes, stack) != 0 ||
        pthread_create(&hand->thread, &attributes, work, hand) != 0)
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
    if (crew->hands == NULL || crew->next == NULL || pthread_mutex_init(&crew->lock, NULL) != 0)
        abort();
    line_open(&crew->waiting);
    line_open(&crew->refused);
    for (size_t i = 0; i < crew->count; i++)
        start(crew, i);
    return crew;
}

void crew_close(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->has_ended = true;
    pthread_cond_broadcast(&crew->waiting.filled);
    pthread_cond_broadcast(&crew->refused.filled);
    pthread_mutex_unlock(&crew->lock);
    for (size_t i = 0; i < crew->count; i++) {
        pthread_join(crew->hands[i].thread, NULL);
        fastcgi_close(crew->hands[i].fastcgi);
    }
    pthread_cond_destroy(&crew->waiting.filled);
    pthread_cond_destroy(&crew->refused.filled);
    pthread_mutex_destroy(&crew->lock);
    free(crew->next);
    free(crew->hands);
    free(crew);
}

void crew_take(struct crew *crew, int fd)
{
    size_t most = (size_t)crew->process->config.queue_max;
    struct line *line;

    pthread_mutex_lock(&crew->lock);
    line = crew->waiting.count < crew->idle + most ? &crew->waiting : &crew->refused;
    line_add(crew, line, fd);
    listen_if_free(crew);
    pthread_mutex_unlock(&crew->lock);
    pthread_cond_signal(&line->filled);
}

bool crew_has_room(struct crew *crew)
{
    bool has_room;

    pthread_mutex_lock(&crew->lock);
    has_room = crew->is_listening;
    pthread_mutex_unlock(&crew->lock);
    return has_room;
}

void crew_drain(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->is_draining = true;
    listen_if_free(crew);
    pthread_mutex_unlock(&crew->lock);
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
