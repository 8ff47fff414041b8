#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/codec.h"
#include "core/config.h"
#include "core/crypto.h"
#include "core/error.h"
#include "core/metrics.h"

const struct setting core_settings[] = {
    SETTING(struct config, listen, "LISTEN", NULL, "path of the unix socket to serve on"),
    SETTING_NUMBER(struct config, workers, "WORKERS", "2", 1, WORKERS_MAX - 1,
                   "request worker processes"),
    SETTING_NUMBER(struct config, threads, "THREADS", "8", 1, 256, "threads of each worker"),
    SETTING_NUMBER(struct config, thread_stack_kib, "THREAD_STACK_KIB", "512", 64, 65536,
                   "stack of a thread"),
    SETTING_NUMBER(struct config, queue_max, "QUEUE_MAX", "256", 1, 4096,
                   "waiting requests before 503"),
    SETTING_NUMBER(struct config, request_ms, "REQUEST_MS", "10000", 1, 3600000,
                   "deadline of one request"),
    SETTING(struct config, nginx_uid, "NGINX_UID", "-1", "user id of nginx's workers"),
    SETTING(struct config, development, "DEVELOPMENT", "0",
            "1 allows a clock offset and calls to private addresses"),
    SETTING(struct config, clock_file, "CLOCK_FILE", "", "offset of the clock, development only"),
    SETTING(struct config, db_socket, "DB_SOCKET", "/run/mysqld/mysqld.sock", "database socket"),
    SETTING(struct config, db_name, "DB_NAME", "tongban", "database"),
    SETTING(struct config, db_user, "DB_USER", "", "database user; the module's name if empty"),
    SETTING_FILE(struct config, db_password_file, "DB_PASSWORD_FILE", "", "its password"),
    SETTING_NUMBER(struct config, db_pool, "DB_POOL", "8", 1, 1000,
                   "database connections of a worker"),
    SETTING_NUMBER(struct config, jobs_poll_ms, "JOBS_POLL_MS", "200", 1, 60000,
                   "how often due jobs are looked for"),
    SETTING_NUMBER(struct config, jobs_threads, "JOBS_THREADS", "4", 0, 32,
                   "jobs worked on at once"),
    SETTING_NUMBER(struct config, lease_s, "LEASE_S", "60", 1, 86400,
                   "how long a job belongs to who took it"),
    SETTING_FILE(struct config, audit_key_file, "AUDIT_KEY_FILE", "", "key of the audit chain"),
    SETTING_FILE(struct config, data_keys_file, "DATA_KEYS_FILE", "", "keys of sealed fields"),
    SETTING_FILE(struct config, module_key_file, "MODULE_KEY_FILE", "",
                 "own key for calling other modules"),
    SETTING(struct config, module_keys, "MODULE_KEYS", "", "folder with keys of calling modules"),
    SETTING(struct config, module_socket, "MODULE_SOCKET", "", "nginx's socket for module calls"),
    SETTING(struct config, http_hosts, "HTTP_HOSTS", "",
            "hosts that may be called, blank separated, with :port unless 443"),
    SETTING(struct config, http_ca_file, "HTTP_CA_FILE", "", "roots of those hosts"),
    SETTING_NUMBER(struct config, breaker_failures, "BREAKER_FAILURES", "5", 1, INT32_MAX,
                   "failures in a row that open a breaker"),
    SETTING_NUMBER(struct config, breaker_open_ms, "BREAKER_OPEN_MS", "5000", 1, 3600000,
                   "until a probe is let through"),
    SETTING(struct config, log_level, "LOG_LEVEL", "info", "error, info or debug"),
    SETTING_END,
};

static bool is_within(const struct setting *setting, const void *settings)
{
    const void *at = (const char *)settings + setting->field.offset;

    if (setting->min == 0 && setting->max == 0)
        return true;
    if (*(const int64_t *)at >= setting->min && *(const int64_t *)at <= setting->max)
        return true;
    fprintf(stderr, "setting %s is not a number from %lld to %lld: %s\n", setting->variable,
            (long long)setting->min, (long long)setting->max, setting->help);
    return false;
}

static bool take_setting(const struct setting *setting, void *settings)
{
    static struct arena *kept; /* texts of settings live as long as the process */
    const char *text = getenv(setting->variable);

    if (kept == NULL)
        kept = arena_open(1024 * 1024);
    if (text == NULL || *text == '\0')
        text = setting->fallback;
    if (text == NULL) {
        fprintf(stderr, "setting %s is missing: %s\n", setting->variable, setting->help);
        return false;
    }
    if (!read_member_text(kept, &setting->field, text, settings)) {
        fprintf(stderr, "setting %s is malformed: %s\n", setting->variable, setting->help);
        return false;
    }
    return is_within(setting, settings);
}

enum error config_read(const struct setting *table, void *settings)
{
    enum error error = E_OK;

    for (size_t i = 0; table != NULL && table[i].field.name != NULL; i++)
        if (!take_setting(&table[i], settings))
            error = E_REFUSED;
    return error;
}

void config_help(const struct setting *table)
{
    for (size_t i = 0; table != NULL && table[i].field.name != NULL; i++)
        printf("  %-28s %-27s %s\n", table[i].variable,
               table[i].fallback == NULL ? "(required)" : table[i].fallback, table[i].help);
}

static char *fail_secret(const char *path, const char *why, int fd)
{
    fprintf(stderr, "file %s: %s\n", path, why);
    if (fd >= 0)
        close(fd);
    return NULL;
}

char *secret_read(const char *path, size_t max, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    char *text;
    ssize_t n;

    if (fd < 0)
        return fail_secret(path, strerror(errno), fd);
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        return fail_secret(path, "not a regular file", fd);
    if (info.st_size == 0 || (size_t)info.st_size > max)
        return fail_secret(path, info.st_size == 0 ? "empty" : "too large", fd);
    text = calloc(1, (size_t)info.st_size + 1);
    if (text == NULL)
        abort();
    n = read(fd, text, (size_t)info.st_size);
    if (n != info.st_size) {
        free(text);
        return fail_secret(path, "could not be read", fd);
    }
    close(fd);
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        text[--n] = '\0';
    *size = (size_t)n;
    return text;
}

void secret_forget(char *text, size_t size)
{
    wipe(text, size);
    free(text);
}
