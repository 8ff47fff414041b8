#include <errno.h>
#include <stdatomic.h>

#include "core/clock.h"
#include "core/connection.h"
#include "core/log.h"
#include "core/metrics.h"

enum {
    WAIT_MS = 1000,
    PASSED_OVER_MAX = 8,
    IO_SECONDS = 8,
    CONNECT_SECONDS = 2,
    NUMBER_DROPPED = 2013
};

/* The server gives a statement up before we do: it would go on with one whose connection was lost,
   beside the repetition. (MySQL reads no comment of this kind.) */
#define INIT_COMMAND                                                                               \
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,"                      \
    "ERROR_FOR_DIVISION_BY_ZERO', time_zone = '+00:00', innodb_lock_wait_timeout = 2"              \
    "/*M! , max_statement_time = 7 */"

static bool configure(MYSQL *mysql)
{
    unsigned io = IO_SECONDS, wait = CONNECT_SECONDS;

    return mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &io) == 0 &&
           mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &io) == 0 &&
           mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &wait) == 0 &&
           mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4") == 0 &&
           mysql_options(mysql, MYSQL_INIT_COMMAND, INIT_COMMAND) == 0;
}

static bool connection_open(struct request *r, struct connection *connection)
{
    const struct config *config = &r->process->config;
    size_t size;
    char *password = secret_read(config->db_password_file, 256, &size);
    bool is_open = false;

    connection->losses = r->process->pool->losses;
    connection->mysql = mysql_init(NULL);
    if (password != NULL && connection->mysql != NULL && configure(connection->mysql))
        is_open =
            mysql_real_connect(connection->mysql, NULL, config->db_user, password, config->db_name,
                               0, config->db_socket, CLIENT_FOUND_ROWS) != NULL &&
            mysql_query(connection->mysql,
                        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED") == 0;
    if (!is_open)
        log_error(r, "database_unreachable", "%s",
                  connection->mysql == NULL ? "no memory" : mysql_error(connection->mysql));
    if (password != NULL)
        wipe(password, size);
    free(password);
    if (!is_open)
        connection_drop(connection);
    return is_open;
}

void connection_drop(struct connection *connection)
{
    for (size_t i = 0; i < PREPARED_SLOTS; i++)
        sql_forget(&connection->prepared[i]);
    if (connection->mysql != NULL)
        mysql_close(connection->mysql);
    connection->mysql = NULL;
    connection->is_manual = false;
}

enum error pool_open(struct process *process)
{
    struct pool *pool = calloc(1, sizeof(*pool));
    int64_t count = process->config.db_pool;

    if (pool == NULL || (pool->items = calloc((size_t)count, sizeof(*pool->items))) == NULL)
        abort();
    pool->process = process;
    pthread_mutex_init(&pool->lock, NULL);
    for (int64_t i = 0; i < count; i++) {
        pool->items[i].next = pool->idle;
        pool->idle = &pool->items[i];
    }
    process->pool = pool;
    return E_OK;
}

void pool_close(struct process *process)
{
    struct pool *pool = process->pool;

    if (pool == NULL)
        return;
    for (int64_t i = 0; i < process->config.db_pool; i++)
        connection_drop(&pool->items[i]);
    pthread_mutex_destroy(&pool->lock);
    free(pool->items);
    free(pool);
    process->pool = NULL;
}

/* How little it costs to use an idle connection: a switch of mode is a round trip each time,
   opening one is a few, once. */
static int fitness(const struct connection *connection, bool manual)
{
    if (connection->mysql == NULL)
        return 1;
    return connection->is_manual == manual ? 2 : 0;
}

/* Of the fittest the last used: its statements are warm. */
static struct connection *take_idle(struct pool *pool, bool manual)
{
    struct connection **at = &pool->idle;
    struct connection *taken;

    for (struct connection **i = &pool->idle; *i != NULL; i = &(*i)->next)
        if (fitness(*i, manual) > fitness(*at, manual))
            at = i;
    taken = *at;
    if (taken != NULL)
        *at = taken->next;
    return taken;
}

/* A freed connection goes to somebody who wants its mode, unless the first has let too many pass.
 */
static struct waiter *next_waiter(const struct pool *pool, bool manual)
{
    struct waiter *chosen = pool->waiting;

    if (chosen == NULL || chosen->passed_over == PASSED_OVER_MAX)
        return chosen;
    while (chosen != NULL && chosen->manual != manual)
        chosen = chosen->next;
    return chosen != NULL ? chosen : pool->waiting;
}

bool connection_commit(struct request *r, struct connection *connection)
{
    struct pool *pool = r->process->pool;
    const struct waiter *next;
    bool is_switching;

    pthread_mutex_lock(&pool->lock);
    next = next_waiter(pool, true);
    is_switching = next != NULL && !next->manual;
    pthread_mutex_unlock(&pool->lock);
    if (!connection_send(r, connection, is_switching ? "SET autocommit = 1" : "COMMIT"))
        return false;
    connection->is_manual = !is_switching;
    return true;
}

static void join_queue(struct pool *pool, struct waiter *waiter)
{
    struct waiter **last = &pool->waiting;

    while (*last != NULL)
        last = &(*last)->next;
    *last = waiter;
}

/* True when it was still there: nobody has chosen it, and nobody will. */
static bool leave_queue(struct pool *pool, const struct waiter *waiter)
{
    struct waiter **at = &pool->waiting;

    while (*at != NULL && *at != waiter)
        at = &(*at)->next;
    if (*at == NULL)
        return false;
    *at = waiter->next;
    return true;
}

/* Who is chosen at the last moment still gets its connection. */
static struct connection *wait_in_queue(struct pool *pool, struct waiter *waiter, int64_t until_ms)
{
    const struct timespec limit = {until_ms / 1000, until_ms % 1000 * 1000000};
    bool has_left;

    while (sem_clockwait(&waiter->served, CLOCK_MONOTONIC, &limit) != 0) {
        if (errno != ETIMEDOUT)
            continue;
        pthread_mutex_lock(&pool->lock);
        has_left = leave_queue(pool, waiter);
        pthread_mutex_unlock(&pool->lock);
        if (has_left)
            break;
        while (sem_wait(&waiter->served) != 0)
            continue;
        break;
    }
    return waiter->given;
}

static struct connection *wait_idle(struct request *r, bool manual)
{
    struct pool *pool = r->process->pool;
    int64_t until = monotonic_ms() + WAIT_MS;
    struct waiter waiter = {.manual = manual};
    struct connection *taken;

    pthread_mutex_lock(&pool->lock);
    taken = take_idle(pool, manual);
    if (taken == NULL) {
        sem_init(&waiter.served, 0, 0);
        join_queue(pool, &waiter);
    }
    pthread_mutex_unlock(&pool->lock);
    if (taken != NULL)
        return taken;
    taken = wait_in_queue(pool, &waiter, r->deadline_ms < until ? r->deadline_ms : until);
    sem_destroy(&waiter.served);
    if (r->process->metrics != NULL)
        metrics_count(r->process->metrics, taken == NULL ? COUNT_POOL_TIMEOUTS : COUNT_POOL_WAITS,
                      1);
    return taken;
}

struct connection *pool_lease(struct request *r, bool manual)
{
    struct connection *taken = wait_idle(r, manual);

    if (taken == NULL)
        return NULL;
    if (r->process->metrics != NULL)
        metrics_gauge(r->process->metrics, GAUGE_POOL_LEASED, 1);
    taken->again = 0;
    if (taken->losses != r->process->pool->losses)
        connection_drop(taken);
    if (taken->mysql == NULL && !connection_open(r, taken)) {
        pool_return(r, taken);
        return NULL;
    }
    if (taken->is_manual == manual)
        return taken;
    if (connection_send(r, taken, manual ? "SET autocommit = 0" : "SET autocommit = 1")) {
        taken->is_manual = manual;
        return taken;
    }
    pool_return(r, taken);
    return NULL;
}

/* Handed over directly: nobody who comes later takes it away. The one who gets it is woken outside
   the lock, which it would only meet closed. */
void pool_return(struct request *r, struct connection *connection)
{
    struct pool *pool = r->process->pool;
    struct waiter *waiter;

    if (r->process->metrics != NULL)
        metrics_gauge(r->process->metrics, GAUGE_POOL_LEASED, -1);
    pthread_mutex_lock(&pool->lock);
    waiter = next_waiter(pool, connection->is_manual);
    if (waiter != NULL) {
        pool->waiting->passed_over += waiter != pool->waiting;
        leave_queue(pool, waiter);
        waiter->given = connection;
    } else {
        connection->next = pool->idle;
        pool->idle = connection;
    }
    pthread_mutex_unlock(&pool->lock);
    if (waiter != NULL)
        sem_post(&waiter->served);
}

/* Deadlock, lock wait, changed since read, no primary, read-only, connection lost or killed. */
static bool asks_again(unsigned number)
{
    static const unsigned numbers[] = {1213, 1205, 1020, 1047, 1290, 1792, 1836, 1053,
                                       1927, 2002, 2003, 2006, 2013, 2055, 1040, 1317};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
        if (numbers[i] == number)
            return true;
    return false;
}

/* Whoever comes again later is served, but not by running it again at once. */
static bool is_full(unsigned number)
{
    return number == 1114 || number == 1021 || number == 1030;
}

static bool is_lost(unsigned number)
{
    return number == 1290 || number == 1047 || number == 1927 || number == 1053 ||
           (number >= 2000 && number < 2100);
}

/* Those beside it are dropped when they are leased next, so that after a restart of the server one
   request meets one dead connection, and not all of them. */
static void lose(struct pool *pool, struct connection *connection)
{
    unsigned known = connection->losses;

    atomic_compare_exchange_strong(&pool->losses, &known, known + 1);
    connection_drop(connection);
}

enum error connection_failed(struct request *r, struct connection *connection,
                             const struct statement *statement, unsigned number, const char *text)
{
    enum { DUPLICATE_KEY = 1062 };
    enum error error;

    if (number == DUPLICATE_KEY)
        return E_EXISTS;
    error = failed(r, asks_again(number) || is_full(number) ? E_UNAVAILABLE : E_INTERNAL,
                   "%u %s in: %.200s", number, text,
                   statement == NULL ? "(connection)" : statement->sql);
    if (asks_again(number))
        connection->again = number;
    if (is_lost(number))
        lose(r->process->pool, connection);
    return error;
}

bool connection_send(struct request *r, struct connection *connection, const char *sql)
{
    if (connection->mysql == NULL)
        return false;
    if (r->process->metrics != NULL)
        metrics_count(r->process->metrics, COUNT_ROUND_TRIPS, 1);
    if (mysql_query(connection->mysql, sql) == 0)
        return true;
    (void)connection_failed(r, connection, NULL, mysql_errno(connection->mysql),
                            mysql_error(connection->mysql));
    return false;
}
