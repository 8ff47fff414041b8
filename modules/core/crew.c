#include "core/crew.h"

#include "core/clock.h"
#include "core/front.h"
#include "core/metrics.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

enum { NOBODY = -1 };

/* Connections in order of arrival, linked through crew->next. */
struct line {
    int first, last;
    size_t count;
};

struct hand {
    struct crew *crew;
    struct fastcgi *fastcgi;
    pthread_t thread;
    struct hand *below; /* in the stack of idle hands */
    sem_t wake;
    int given; /* the connection it was woken for; NOBODY to end; the reserve looks in its line */
    _Atomic int64_t busy_since_ms; /* 0 between requests */
};

struct crew {
    struct process *process;
    struct watch *watch;
    struct hand *hands; /* M threads, and last the reserve */
    size_t count;
    pthread_mutex_t lock; /* of what follows */
    struct line waiting;  /* empty while a hand is idle */
    struct line refused;
    int *next;
    struct hand *idle; /* last come, first woken: its memory is still warm */
    bool is_listening;
    _Atomic bool is_draining;
};

static void line_add(struct crew *crew, struct line *line, int fd)
{
    crew->next[fd] = NOBODY;
    if (line->count++ == 0)
        line->first = fd;
    else
        crew->next[line->last] = fd;
    line->last = fd;
}

/* NOBODY when it is empty. */
static int line_take(struct crew *crew, struct line *line)
{
    int fd = line->first;

    if (line->count == 0)
        return NOBODY;
    line->first = crew->next[fd];
    line->count--;
    return fd;
}

/* Under the lock, after each change of who is idle. */
static void listen_if_idle(struct crew *crew)
{
    bool wanted = !crew->is_draining && crew->idle != NULL;

    if (wanted != crew->is_listening)
        watch_listen(crew->watch, wanted);
    crew->is_listening = wanted;
}

/* Each thread waits on a semaphore of its own: with a condition variable it would wake up and fight
   for the lock, which costs two system calls a request. */
static int wait_for_request(struct hand *hand)
{
    while (sem_wait(&hand->wake) != 0)
        continue;
    return hand->given;
}

/* NOBODY at the end of the crew. */
static int next_request(struct hand *hand)
{
    struct crew *crew = hand->crew;
    int fd;

    pthread_mutex_lock(&crew->lock);
    fd = line_take(crew, &crew->waiting);
    if (fd == NOBODY) {
        hand->below = crew->idle;
        crew->idle = hand;
        listen_if_idle(crew);
    }
    pthread_mutex_unlock(&crew->lock);
    return fd != NOBODY ? fd : wait_for_request(hand);
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

    while ((fd = next_request(hand)) != NOBODY) {
        metrics_gauge(crew->process->metrics, GAUGE_THREADS_BUSY, 1);
        serve(hand, fd, crew->is_draining ? SERVE_LAST : SERVE_KEPT);
        metrics_gauge(crew->process->metrics, GAUGE_THREADS_BUSY, -1);
    }
    return NULL;
}

static int next_refused(struct crew *crew)
{
    int fd;

    pthread_mutex_lock(&crew->lock);
    fd = line_take(crew, &crew->refused);
    pthread_mutex_unlock(&crew->lock);
    return fd;
}

static void *refuse_all(void *context)
{
    struct hand *reserve = context;
    int fd;

    while (wait_for_request(reserve) != NOBODY) {
        while ((fd = next_refused(reserve->crew)) != NOBODY) {
            metrics_count(reserve->crew->process->metrics, COUNT_OVERLOAD, 1);
            serve(reserve, fd, SERVE_OVERLOADED);
        }
    }
    return NULL;
}

static void start(struct crew *crew, struct hand *hand, void *(*run)(void *))
{
    size_t stack = (size_t)crew->process->config.thread_stack_kib * 1024;
    pthread_attr_t attributes;

    hand->crew = crew;
    hand->fastcgi = fastcgi_open(crew->process);
    if (sem_init(&hand->wake, 0, 0) != 0 || pthread_attr_init(&attributes) != 0 ||
        pthread_attr_setstacksize(&attributes, stack) != 0 ||
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
    if (crew->hands == NULL || crew->next == NULL || pthread_mutex_init(&crew->lock, NULL) != 0)
        abort();
    for (size_t i = 0; i < crew->count; i++)
        start(crew, &crew->hands[i], i + 1 < crew->count ? work : refuse_all);
    return crew;
}

void crew_close(struct crew *crew)
{
    for (size_t i = 0; i < crew->count; i++) {
        struct hand *hand = &crew->hands[i];

        hand->given = NOBODY;
        sem_post(&hand->wake);
        pthread_join(hand->thread, NULL);
        sem_destroy(&hand->wake);
        fastcgi_close(hand->fastcgi);
    }
    pthread_mutex_destroy(&crew->lock);
    free(crew->next);
    free(crew->hands);
    free(crew);
}

void crew_take(struct crew *crew, int fd)
{
    struct hand *hand;

    pthread_mutex_lock(&crew->lock);
    hand = crew->idle;
    if (hand != NULL) {
        crew->idle = hand->below;
        hand->given = fd;
        listen_if_idle(crew);
    } else if (crew->waiting.count < (size_t)crew->process->config.queue_max) {
        line_add(crew, &crew->waiting, fd);
    } else {
        hand = &crew->hands[crew->count - 1];
        line_add(crew, &crew->refused, fd);
    }
    pthread_mutex_unlock(&crew->lock);
    if (hand != NULL)
        sem_post(&hand->wake);
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
    listen_if_idle(crew);
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
