#include <stdarg.h>
#include <unistd.h>

#include "core/audit.h"
#include "core/clock.h"
#include "core/connection.h"
#include "core/dispatch.h"
#include "core/idempotency.h"
#include "core/job.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/module_call.h"
#include "core/seal.h"
#include "core/session.h"
#include "core/ulid.h"

enum { ARENA_LIMIT = 4 * 1024 * 1024, KEY_MIN = 32, KEY_MAX = 4096 };

enum error process_failed(struct process *process, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "%s: ", process->service->name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return E_REFUSED;
}

struct request *request_open(struct process *process)
{
    struct request *r = calloc(1, sizeof(*r));

    if (r == NULL)
        abort();
    r->arena = arena_open(ARENA_LIMIT);
    r->process = process;
    request_reset(r);
    return r;
}

/* The arena goes first: what it releases may still be pointed to. */
void request_reset(struct request *r)
{
    struct arena *arena = r->arena;
    struct process *process = r->process;

    arena_reset(arena);
    *r = (struct request){.arena = arena,
                          .process = process,
                          .service = process->service,
                          .settings = process->settings,
                          .state = process->state,
                          .now = clock_now(),
                          .deadline_ms = monotonic_ms() + process->config.request_ms};
    r->work = arena_alloc(arena, sizeof(*r->work));
    r->work->again_at = (struct instant){NONE};
}

void request_close(struct request *r)
{
    arena_close(r->arena);
    free(r);
}

static enum error read_settings(struct process *process)
{
    const struct service *owner = process->service;
    enum error core = config_read(core_settings, &process->config);
    enum error own;

    process->settings = calloc(1, owner->settings_size + 1);
    if (process->settings == NULL)
        abort();
    own = config_read(owner->settings, process->settings);
    if (process->config.db_user != NULL && *process->config.db_user == '\0')
        process->config.db_user = owner->name;
    return core != E_OK ? core : own;
}

static enum error open_clock(struct process *process)
{
    if (*process->config.clock_file == '\0')
        return E_OK;
    if (!process->config.development)
        return process_failed(process, "CLOCK_FILE is for development only (DEVELOPMENT=1)");
    return clock_open(process->config.clock_file) == E_OK
               ? E_OK
               : process_failed(process, "CLOCK_FILE %s cannot be mapped",
                                process->config.clock_file);
}

/* A key file that is named must be readable; one that is not named is not needed. */
static enum error read_key(struct process *process, const char *path, struct bytes *key)
{
    size_t size;
    char *text;

    if (*path == '\0')
        return E_OK;
    text = secret_read(path, KEY_MAX, &size);
    if (text == NULL)
        return E_REFUSED;
    *key = (struct bytes){(unsigned char *)text, size};
    return size >= KEY_MIN
               ? E_OK
               : process_failed(process, "file %s: a key has at least %d bytes", path, KEY_MIN);
}

static enum error open_keys(struct process *process)
{
    enum error audit_error = read_key(process, process->config.audit_key_file, &process->audit_key);
    enum error module_error =
        read_key(process, process->config.module_key_file, &process->module_key);

    if (!process->service->no_database && *process->config.audit_key_file == '\0')
        return process_failed(process, "setting AUDIT_KEY_FILE is missing");
    if (*process->config.data_keys_file != '\0') {
        process->vault = vault_open(process->config.data_keys_file);
        if (process->vault == NULL)
            return E_REFUSED;
    }
    if (*process->config.module_keys != '\0') {
        process->module_keys = module_keys_open(process->config.module_keys);
        if (process->module_keys == NULL)
            return E_REFUSED;
    }
    return audit_error != E_OK ? audit_error : module_error;
}

static enum error check_statements(struct request *r)
{
    const struct statement *const core_sql[] = {session_sql, idempotency_sql, audit_sql, job_sql,
                                                NULL};
    struct connection *connection = pool_lease(r, false);
    enum error error = E_OK;

    if (connection == NULL)
        return process_failed(r->process, "database: no connection through %s as %s",
                              r->process->config.db_socket, r->process->config.db_user);
    for (size_t i = 0; core_sql[i] != NULL && error == E_OK; i++)
        error = sql_check(r, connection, core_sql[i]);
    for (size_t i = 0; r->service->sql != NULL && r->service->sql[i] != NULL; i++)
        if (sql_check(r, connection, r->service->sql[i]) != E_OK)
            error = E_REFUSED;
    pool_return(r, connection);
    return error;
}

static enum error open_database(struct process *process)
{
    struct request *r;
    enum error error;

    if (process->service->no_database)
        return E_OK;
    TRY(pool_open(process));
    r = request_open(process);
    error = check_statements(r);
    request_close(r);
    return error;
}

static enum error open_all(struct process *process)
{
    TRY(read_settings(process));
    if (route_at(process->service, ROUTES_MAX - 1) != NULL)
        return process_failed(process, "more than %d routes", ROUTES_MAX - 1);
    log_open(process->service->name, strcmp(process->config.log_level, "debug") == 0   ? LOG_DEBUG
                                     : strcmp(process->config.log_level, "error") == 0 ? LOG_ERROR
                                                                                       : LOG_INFO);
    TRY(open_clock(process));
    TRY(open_keys(process));
    TRY(open_database(process));
    if (process->service->open != NULL)
        return process->service->open(process, process->settings, &process->state);
    return E_OK;
}

enum error process_open(struct process *process, const struct service *owner,
                        struct metrics *metrics)
{
    enum error error;

    *process = (struct process){.service = owner, .metrics = metrics, .wake_fd = -1};
    error = open_all(process);
    if (error != E_OK)
        process_close(process);
    return error;
}

enum error process_beside(const struct process *process, const struct database_account *account,
                          struct process *beside)
{
    *beside = *process;
    beside->config.db_name = account->database;
    beside->config.db_user = account->user;
    beside->config.db_password_file = account->password_file;
    beside->config.http_hosts = "";
    beside->metrics = NULL;
    beside->wake_fd = -1;
    beside->pool = NULL;
    return pool_open(beside);
}

void process_leave(struct process *beside)
{
    pool_close(beside);
}

static void drop_key(struct bytes *key)
{
    if (key->data == NULL)
        return;
    wipe((void *)(uintptr_t)key->data, key->size);
    free((void *)(uintptr_t)key->data);
    *key = (struct bytes){NULL, 0};
}

void process_close(struct process *process)
{
    if (process->state != NULL && process->service->close != NULL)
        process->service->close(process->state);
    process->state = NULL;
    pool_close(process);
    if (process->vault != NULL)
        vault_close(process->vault);
    process->vault = NULL;
    drop_key(&process->audit_key);
    drop_key(&process->module_key);
    module_keys_close(process->module_keys);
    process->module_keys = NULL;
    free(process->settings);
    process->settings = NULL;
}
