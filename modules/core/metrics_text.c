/* Prometheus text. Families without a single event are left out; label values are names and paths
   from our own tables, which need no escaping. */

#include "core/clock.h"
#include "core/dispatch.h"
#include "core/metrics_page.h"
#include "core/process.h"

struct family {
    const char *name;
    const char *labels; /* beside service; with a comma in front */
    const char *help;   /* NULL: one more of the family above */
};

static const struct family counter_families[COUNTERS] = {
    [COUNT_POOL_WAITS] = {"pool_waits_total", "", "Waits for a database connection."},
    [COUNT_POOL_TIMEOUTS] = {"pool_timeouts_total", "", "Waits that ended without one."},
    [COUNT_ROUND_TRIPS] = {"database_round_trips_total", "", "Statements sent to the database."},
    [COUNT_RETRIES] = {"transaction_retries_total", "", "Transactions run again."},
    [COUNT_JOBS_DONE] = {"jobs_total", ",result=\"done\"", "Jobs and events by outcome of a run."},
    [COUNT_JOBS_FAILED] = {"jobs_total", ",result=\"failed\"", NULL},
    [COUNT_JOBS_DEAD] = {"jobs_total", ",result=\"dead\"", NULL},
    [COUNT_UNSEALED] = {"unsealed_total", "", "Sealed personal fields opened."},
    [COUNT_OVERLOAD] = {"overload_total", "", "Requests refused because no thread was free."},
    [COUNT_RESTARTS] = {"worker_restarts_total", "", "Workers that the master had to replace."},
};

static const struct family gauge_families[GAUGES] = {
    [GAUGE_POOL_LEASED] = {"pool_leased", "", "Database connections in use."},
    [GAUGE_CONNECTIONS_KEPT] = {"connections_kept", "", "FastCGI connections that nginx keeps."},
    [GAUGE_THREADS_BUSY] = {"threads_busy", "", "Threads that serve a request."},
};

static const struct family level_families[LEVELS] = {
    [LEVEL_JOBS_READY] = {"jobs_ready", "", "Jobs that could run now."},
    [LEVEL_JOBS_OVERDUE] = {"jobs_overdue", "", "Jobs that should have run 15 minutes ago."},
    [LEVEL_VIOLATIONS] = {"violations", ",of=\"recent\"",
                          "What the module's check of its own data found."},
    [LEVEL_VIOLATIONS_OF_ALL] = {"violations", ",of=\"all\"", NULL},
    [LEVEL_LOOKED_AT] = {"looked_at_seconds", ",of=\"recent\"", "When it had ended, UTC."},
    [LEVEL_ALL_LOOKED_AT] = {"looked_at_seconds", ",of=\"all\"", NULL},
};

/* Where the text grows, and the label that stands in every line. */
struct writer {
    FILE *out;
    const char *service;
};

static int64_t load(const _Atomic int64_t *number)
{
    return atomic_load_explicit(number, memory_order_relaxed);
}

static void write_head(const struct writer *w, const char *name, const char *type, const char *help)
{
    fprintf(w->out, "# HELP tongban_%s %s\n# TYPE tongban_%s %s\n", name, help, name, type);
}

static void write_number(const struct writer *w, const struct family *family, int64_t number)
{
    fprintf(w->out, "tongban_%s{service=\"%s\"%s} %lld\n", family->name, w->service, family->labels,
            (long long)number);
}

static void write_numbers(const struct writer *w, const char *type, const struct family *families,
                          const _Atomic int64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (families[i].help != NULL)
            write_head(w, families[i].name, type, families[i].help);
        write_number(w, &families[i], load(&numbers[i]));
    }
}

static int64_t histogram_count(const struct histogram *histogram)
{
    int64_t count = 0;

    for (size_t i = 0; i < BUCKETS; i++)
        count += load(&histogram->buckets[i]);
    return count;
}

/* The total is that of the buckets read here, so that a line never contradicts another. */
static void write_histogram(const struct writer *w, const struct family *family,
                            const struct histogram *histogram)
{
    int64_t count = 0;

    for (size_t i = 0; i < BUCKETS; i++) {
        char bound[32] = "+Inf";

        count += load(&histogram->buckets[i]);
        if (bucket_us[i] != INT64_MAX)
            snprintf(bound, sizeof(bound), "%g", (double)bucket_us[i] / 1e6);
        fprintf(w->out, "tongban_%s_bucket{service=\"%s\"%s,le=\"%s\"} %lld\n", family->name,
                w->service, family->labels, bound, (long long)count);
    }
    fprintf(w->out, "tongban_%s_sum{service=\"%s\"%s} %.6f\n", family->name, w->service,
            family->labels, (double)load(&histogram->sum_us) / 1e6);
    fprintf(w->out, "tongban_%s_count{service=\"%s\"%s} %lld\n", family->name, w->service,
            family->labels, (long long)count);
}

/* "GET /orders/{order_no}"; requests that met no route are "none". */
static void write_route(char *text, size_t size, const struct service *owner, size_t index)
{
    static const char *const methods[] = {[GET] = "GET", [POST] = "POST", [DELETE] = "DELETE"};
    const struct route *route = index == ROUTES_MAX - 1 ? NULL : route_at(owner, index);

    if (route == NULL)
        snprintf(text, size, "none");
    else
        snprintf(text, size, "%s %s", methods[route->method], route->path);
}

static void write_requests(const struct writer *w, const struct process *process)
{
    write_head(w, "requests_total", "counter", "Requests answered, by route and class of status.");
    for (size_t i = 0; i < ROUTES_MAX; i++) {
        char route[200], labels[240];

        for (size_t first = 0; first < STATUS_CLASSES; first++) {
            int64_t n = load(&process->metrics->routes[i].by_status[first]);

            if (n == 0)
                continue;
            write_route(route, sizeof(route), process->service, i);
            snprintf(labels, sizeof(labels), ",route=\"%s\",status=\"%zuxx\"", route, first + 1);
            write_number(w, &(struct family){"requests_total", labels, NULL}, n);
        }
    }
}

static void write_request_times(const struct writer *w, const struct process *process)
{
    write_head(w, "request_seconds", "histogram", "From the first byte read to the answer.");
    for (size_t i = 0; i < ROUTES_MAX; i++) {
        const struct histogram *time = &process->metrics->routes[i].time;
        char route[200], labels[240];

        if (histogram_count(time) == 0)
            continue;
        write_route(route, sizeof(route), process->service, i);
        snprintf(labels, sizeof(labels), ",route=\"%s\"", route);
        write_histogram(w, &(struct family){"request_seconds", labels, NULL}, time);
    }
}

/* The label of an upstream, or NULL for a slot that nobody uses. */
static const char *upstream_label(const struct upstream_metrics *upstream, char *label, size_t size)
{
    char name[UPSTREAM_NAME_MAX];

    for (size_t i = 0; i < UPSTREAM_NAME_MAX; i++)
        name[i] = atomic_load(&upstream->name[i]);
    snprintf(label, size, ",upstream=\"%s\"", name);
    return name[0] == '\0' ? NULL : label;
}

static void write_calls(const struct writer *w, const struct upstream_metrics *upstream,
                        const char *label)
{
    const struct {
        const char *result;
        const _Atomic int64_t *number;
    } rows[] = {{"good", &upstream->good},
                {"bad", &upstream->bad},
                {"refused", &upstream->refused},
                {"blamed", &upstream->blamed}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char labels[96];

        snprintf(labels, sizeof(labels), "%s,result=\"%s\"", label, rows[i].result);
        write_number(w, &(struct family){"upstream_calls_total", labels, NULL},
                     load(rows[i].number));
    }
}

static void write_upstreams(const struct writer *w, const struct metrics *metrics)
{
    char label[64];

    write_head(w, "upstream_calls_total", "counter",
               "Outgoing calls; blamed ones were counted as good first.");
    for (size_t i = 0; i < UPSTREAMS_MAX; i++)
        if (upstream_label(&metrics->upstreams[i], label, sizeof(label)) != NULL)
            write_calls(w, &metrics->upstreams[i], label);
    write_head(w, "upstream_seconds", "histogram", "Outgoing calls, from start to end.");
    for (size_t i = 0; i < UPSTREAMS_MAX; i++)
        if (upstream_label(&metrics->upstreams[i], label, sizeof(label)) != NULL)
            write_histogram(w, &(struct family){"upstream_seconds", label, NULL},
                            &metrics->upstreams[i].time);
    write_head(w, "breaker_open", "gauge", "1 while calls to an upstream are held back.");
    for (size_t i = 0; i < UPSTREAMS_MAX; i++)
        if (upstream_label(&metrics->upstreams[i], label, sizeof(label)) != NULL)
            write_number(w, &(struct family){"breaker_open", label, NULL},
                         load(&metrics->upstreams[i].open_until) != 0);
}

static void write_heartbeats(const struct writer *w, const struct metrics *metrics)
{
    int64_t now = monotonic_ms();

    write_head(w, "heartbeat_age_ms", "gauge", "Since a worker last showed that it lives.");
    for (size_t slot = 0; slot < WORKERS_MAX; slot++) {
        char labels[32];

        if (heartbeat_last(metrics, slot) == 0)
            continue;
        snprintf(labels, sizeof(labels), ",worker=\"%zu\"", slot);
        write_number(w, &(struct family){"heartbeat_age_ms", labels, NULL},
                     now - heartbeat_last(metrics, slot));
    }
}

static void sum_gauges(const struct metrics *metrics, _Atomic int64_t sums[GAUGES])
{
    for (size_t gauge = 0; gauge < GAUGES; gauge++) {
        int64_t sum = 0;

        for (size_t slot = 0; slot < WORKERS_MAX; slot++)
            sum += metrics->gauges[slot][gauge];
        sums[gauge] = sum;
    }
}

/* What was not measured is left out: 0 would say that all is well. */
static void write_levels(const struct writer *w, const struct metrics *metrics)
{
    for (size_t i = 0; i < LEVELS; i++) {
        int64_t value = metrics_last_level(metrics, (enum level)i);

        if (value < 0)
            continue;
        write_head(w, level_families[i].name, "gauge", level_families[i].help);
        write_number(w, &level_families[i], value);
    }
}

const char *metrics_text(struct arena *arena, const struct process *process)
{
    const struct metrics *metrics = process->metrics;
    char *text = NULL;
    size_t size = 0;
    struct writer w = {open_memstream(&text, &size), process->service->name};
    _Atomic int64_t gauges[GAUGES];
    const char *kept;

    if (w.out == NULL)
        abort();
    write_requests(&w, process);
    write_request_times(&w, process);
    write_numbers(&w, "counter", counter_families, metrics->counters, COUNTERS);
    sum_gauges(metrics, gauges);
    write_numbers(&w, "gauge", gauge_families, gauges, GAUGES);
    write_levels(&w, metrics);
    write_upstreams(&w, metrics);
    write_heartbeats(&w, metrics);
    if (fclose(w.out) != 0)
        abort();
    kept = arena_text_of(arena, text, size);
    free(text);
    return kept;
}
