/*
 * The statements of one request and nothing around them: prepared, on kept connections.
 *
 *   bench_bare_statements SOCKET USER PASSWORD_FILE CONNECTIONS FIRST COUNT CYCLE
 *                         SECONDS < SCRIPT
 *
 * SCRIPT has a line for each round trip of a request, made by scripts/lib/bench_script.py from the
 * database's own log: mode, SQL and values, with tabs between. Mode a: autocommit, m: in a
 * transaction, c: COMMIT. Values: i123, n (NULL), tHEX (text in which %i becomes the number of the
 * request in 14 digits and %1 to %9 its new identifiers), bHEX (bytes), and of an audit chain s
 * (sequence number after the one read), p (code that was read) and c (a new code).
 *
 * Makes COUNT requests, numbered from FIRST and again after CYCLE of them, until SECONDS are over.
 * Where COUNT and CYCLE differ, what is asked is there already: in no order, as a load asks it.
 * Prints JSON.
 */
#include <mysql.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { STEPS_MAX = 40, VALUES_MAX = 64, COLUMNS_MAX = 64, TEXT_MAX = 4096, MAC = 32 };

struct value {
    char kind;
    int64_t number;
    char *text;
    unsigned long size;
};

struct step {
    char mode;
    char *sql;
    struct value values[VALUES_MAX];
    unsigned count;
};

struct run {
    const char *socket, *user;
    char password[256];
    long first, count, cycle;
    double until;
    struct step steps[STEPS_MAX];
    size_t step_count;
    _Atomic long next;
    _Atomic long failures;
    double *latency_us;
};

/* One thread with its two connections, as a request of the platform uses them. */
struct loop {
    struct run *run;
    MYSQL *plain, *manual;
    MYSQL_STMT *statements[STEPS_MAX];
    char results[COLUMNS_MAX][TEXT_MAX];
    unsigned long sizes[COLUMNS_MAX];
    char texts[VALUES_MAX][TEXT_MAX];
    int64_t head_seq;
    char head_mac[MAC];
};

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "bare_statements: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static double now_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static char *from_hex(const char *hex, unsigned long *size)
{
    size_t count = strlen(hex) / 2;
    char *text = calloc(1, count + 1);
    char digits[3] = "";

    if (text == NULL || count >= TEXT_MAX)
        fail("script", "a value is too long");
    for (size_t i = 0; i < count; i++) {
        memcpy(digits, hex + 2 * i, 2);
        text[i] = (char)strtoul(digits, NULL, 16);
    }
    *size = count;
    return text;
}

static void read_step(struct step *step, char *line)
{
    char *rest, *field = strtok_r(line, "\t\n", &rest);

    step->mode = *field;
    if (step->mode == 'c')
        return;
    field = strtok_r(NULL, "\t\n", &rest);
    if (field == NULL)
        fail("script", "a line without SQL");
    step->sql = strdup(field);
    while ((field = strtok_r(NULL, "\t\n", &rest)) != NULL) {
        struct value *value = &step->values[step->count++];

        value->kind = *field;
        if (*field == 'i')
            value->number = strtoll(field + 1, NULL, 10);
        if (*field == 't' || *field == 'b')
            value->text = from_hex(field + 1, &value->size);
    }
}

static void read_script(struct run *run)
{
    static char line[64 * TEXT_MAX];

    while (fgets(line, sizeof(line), stdin) != NULL && run->step_count < STEPS_MAX)
        read_step(&run->steps[run->step_count++], line);
    if (run->step_count == 0)
        fail("script", "empty");
}

static MYSQL *connect_to(const struct run *run, const char *mode)
{
    MYSQL *mysql = mysql_init(NULL);

    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (mysql_real_connect(mysql, NULL, run->user, run->password, "tongban", 0, run->socket,
                           CLIENT_FOUND_ROWS) == NULL ||
        mysql_query(mysql, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED") != 0 ||
        mysql_query(mysql, mode) != 0)
        fail("connect", mysql_error(mysql));
    return mysql;
}

static void bind_results(struct loop *loop, MYSQL_STMT *statement)
{
    MYSQL_BIND binds[COLUMNS_MAX] = {{.length = NULL}};
    unsigned count = mysql_stmt_field_count(statement);

    for (unsigned i = 0; i < count && i < COLUMNS_MAX; i++) {
        binds[i].buffer_type = MYSQL_TYPE_STRING;
        binds[i].buffer = loop->results[i];
        binds[i].buffer_length = TEXT_MAX;
        binds[i].length = &loop->sizes[i];
    }
    if (count > COLUMNS_MAX || (count > 0 && mysql_stmt_bind_result(statement, binds) != 0))
        fail("bind", mysql_stmt_error(statement));
}

static void prepare_all(struct loop *loop)
{
    const struct run *run = loop->run;

    loop->plain = connect_to(run, "SET autocommit = 1");
    loop->manual = connect_to(run, "SET autocommit = 0");
    for (size_t i = 0; i < run->step_count; i++) {
        const struct step *step = &run->steps[i];

        if (step->mode == 'c')
            continue;
        loop->statements[i] = mysql_stmt_init(step->mode == 'm' ? loop->manual : loop->plain);
        if (mysql_stmt_prepare(loop->statements[i], step->sql, strlen(step->sql)) != 0 ||
            mysql_stmt_param_count(loop->statements[i]) != step->count)
            fail(step->sql, mysql_stmt_error(loop->statements[i]));
        bind_results(loop, loop->statements[i]);
    }
}

static unsigned long fill(const struct value *value, long number, char *text)
{
    char *at = text;

    for (unsigned long i = 0; i < value->size; i++) {
        size_t room = TEXT_MAX - (size_t)(at - text);

        if (room < 32)
            fail("script", "a value grows too long");
        if (value->text[i] != '%')
            *at++ = value->text[i];
        else if (value->text[++i] == 'i')
            at += snprintf(at, room, "%014ld", number);
        else if (value->text[i] >= '1' && value->text[i] <= '9')
            at += snprintf(at, room, "01BENCHNEW%015ld%c", number, value->text[i]);
        else
            *at++ = value->text[i];
    }
    return (unsigned long)(at - text);
}

static void bind_bytes(MYSQL_BIND *bind, void *bytes, unsigned long size, bool is_text)
{
    bind->buffer_type = is_text ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
    bind->buffer = bytes;
    bind->buffer_length = size;
}

static void bind_value(struct loop *loop, const struct value *value, long number, char *text,
                       MYSQL_BIND *bind)
{
    static int64_t zero;

    bind->buffer_type = MYSQL_TYPE_LONGLONG;
    bind->buffer = &zero;
    if (value->kind == 'n')
        bind->buffer_type = MYSQL_TYPE_NULL;
    else if (value->kind == 'i')
        bind->buffer = (void *)(uintptr_t)&value->number;
    else if (value->kind == 's')
        bind->buffer = &loop->head_seq;
    else if (value->kind == 'p')
        bind_bytes(bind, loop->head_mac, MAC, false);
    else if (value->kind == 'c')
        bind_bytes(bind, text, (unsigned long)snprintf(text, MAC + 1, "%032ld", number), false);
    else if (value->kind == 'b')
        bind_bytes(bind, value->text, value->size, false);
    else
        bind_bytes(bind, text, fill(value, number, text), true);
}

/* The head of an audit chain is the one row of a number and a code. */
static void keep_head(struct loop *loop, MYSQL_STMT *statement)
{
    if (mysql_stmt_field_count(statement) != 2 || loop->sizes[1] != MAC)
        return;
    loop->head_seq = strtoll(loop->results[0], NULL, 10) + 1;
    memcpy(loop->head_mac, loop->results[1], MAC);
}

static bool run_step(struct loop *loop, size_t at, long number)
{
    const struct step *step = &loop->run->steps[at];
    MYSQL_STMT *statement = loop->statements[at];
    MYSQL_BIND binds[VALUES_MAX] = {{.length = NULL}};

    if (step->mode == 'c')
        return mysql_query(loop->manual, "COMMIT") == 0;
    for (unsigned i = 0; i < step->count; i++)
        bind_value(loop, &step->values[i], number, loop->texts[i], &binds[i]);
    if ((step->count > 0 && mysql_stmt_bind_param(statement, binds) != 0) ||
        mysql_stmt_execute(statement) != 0)
        return false;
    if (mysql_stmt_field_count(statement) == 0)
        return true;
    if (mysql_stmt_store_result(statement) != 0)
        return false;
    while (mysql_stmt_fetch(statement) == 0)
        continue;
    keep_head(loop, statement);
    mysql_stmt_free_result(statement);
    return true;
}

static bool run_request(struct loop *loop, long number)
{
    for (size_t i = 0; i < loop->run->step_count; i++) {
        if (run_step(loop, i, number))
            continue;
        if (loop->run->failures++ == 0)
            fprintf(stderr, "bare_statements: %s: %s\n", loop->run->steps[i].sql,
                    loop->statements[i] == NULL ? mysql_error(loop->manual)
                                                : mysql_stmt_error(loop->statements[i]));
        mysql_query(loop->manual, "ROLLBACK");
        return false;
    }
    return true;
}

/* A prime apart, so that each number comes once in a cycle. */
static long number_of(const struct run *run, long at)
{
    return run->count != run->cycle ? (long)((uint64_t)at * 2654435761U % (uint64_t)run->cycle)
                                    : at;
}

static void *work(void *context)
{
    struct loop *loop = context;
    struct run *run = loop->run;
    double started = now_us(CLOCK_MONOTONIC);
    long at;

    while (started < run->until && (at = run->next++) < run->count) {
        double ended;

        run_request(loop, run->first + number_of(run, at));
        ended = now_us(CLOCK_MONOTONIC);
        run->latency_us[at] = ended - started;
        started = ended;
    }
    return NULL;
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

static void report(struct run *run, double started_us, double cpu_us)
{
    double seconds = (now_us(CLOCK_MONOTONIC) - started_us) / 1e6;
    long done = run->next < run->count ? run->next : run->count;
    double cpu = now_us(CLOCK_PROCESS_CPUTIME_ID) - cpu_us;

    qsort(run->latency_us, (size_t)done, sizeof(*run->latency_us), compare);
    printf("{\"requests\":%ld,\"failures\":%ld,\"seconds\":%.3f,\"per_second\":%.1f,"
           "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"cpu_us\":%.1f,\"round_trips\":%zu}\n",
           done, run->failures, seconds, (double)(done - run->failures) / seconds,
           run->latency_us[done / 2] / 1e3, run->latency_us[done * 99 / 100] / 1e3,
           cpu / (double)done, run->step_count);
}

static void read_password(struct run *run, const char *path)
{
    FILE *file = fopen(path, "re");

    if (file == NULL || fgets(run->password, sizeof(run->password), file) == NULL)
        fail(path, "unreadable");
    fclose(file);
    run->password[strcspn(run->password, "\r\n")] = '\0';
}

int main(int argc, char **argv)
{
    static struct run run;
    long connections = argc == 9 ? strtol(argv[4], NULL, 10) : 0;
    struct loop *loops = calloc((size_t)connections + 1, sizeof(*loops));
    pthread_t *threads = calloc((size_t)connections + 1, sizeof(*threads));
    double started, cpu;

    if (connections <= 0 || loops == NULL || threads == NULL)
        fail("usage", "SOCKET USER PASSWORD_FILE CONNECTIONS FIRST COUNT CYCLE SECONDS < SCRIPT");
    run.socket = argv[1];
    run.user = argv[2];
    read_password(&run, argv[3]);
    run.first = strtol(argv[5], NULL, 10);
    run.count = strtol(argv[6], NULL, 10);
    run.cycle = strtol(argv[7], NULL, 10);
    run.latency_us = calloc((size_t)run.count + 1, sizeof(*run.latency_us));
    read_script(&run);
    for (long i = 0; i < connections; i++) {
        loops[i].run = &run;
        prepare_all(&loops[i]);
    }
    started = now_us(CLOCK_MONOTONIC);
    cpu = now_us(CLOCK_PROCESS_CPUTIME_ID);
    run.until = started + strtod(argv[8], NULL) * 1e6;
    for (long i = 0; i < connections; i++)
        pthread_create(&threads[i], NULL, work, &loops[i]);
    for (long i = 0; i < connections; i++)
        pthread_join(threads[i], NULL);
    report(&run, started, cpu);
    return 0;
}
