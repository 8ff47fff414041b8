/*
 * Settings come from the environment, once, into constant structs. Secrets come as file paths, so
 * that they never stand in a process list, a core dump or a log.
 *
 * A module lists its own with SETTING(struct payment_settings, gateway_url, "GATEWAY_URL", "https://...",
 * "what it is for"); a NULL default means required. All that is missing or malformed is printed at
 * once, in plain words, and the process exits with 2.
 */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include "core/error.h"
#include "core/field.h"

struct setting {
    struct field field; /* const char *, int64_t or bool */
    const char *variable;
    const char *fallback; /* NULL: required */
    const char *help;
    bool is_file;     /* --check opens it */
    int64_t min, max; /* of a number; 0 and 0: any */
};

#define SETTING(type, member, variable_, fallback_, help_)                                         \
    {                                                                                              \
        .field = FIELD(type, member), .variable = (variable_), .fallback = (fallback_),            \
        .help = (help_)                                                                            \
    }
/* A number from min_ to max_. */
#define SETTING_NUMBER(type, member, variable_, fallback_, min_, max_, help_)                      \
    {                                                                                              \
        .field = FIELD(type, member), .variable = (variable_), .fallback = (fallback_),            \
        .help = (help_), .min = (min_), .max = (max_)                                              \
    }
#define SETTING_FILE(type, member, variable_, fallback_, help_)                                    \
    {                                                                                              \
        .field = FIELD(type, member), .variable = (variable_), .fallback = (fallback_),            \
        .help = (help_), .is_file = true                                                           \
    }
#define SETTING_END                                                                                \
    {                                                                                              \
        .field = FIELD_END                                                                         \
    }

/* The core's settings, the same for every module. */
struct config {
    const char *listen; /* path of the unix socket */
    int64_t workers;
    int64_t threads;
    int64_t thread_stack_kib;
    int64_t queue_max;
    int64_t request_ms; /* deadline of one request */
    int64_t nginx_uid;  /* who may connect, besides our own user and root; -1: nobody else */
    bool development;
    const char *clock_file;
    const char *db_socket;
    const char *db_name;
    const char *db_user;
    const char *db_password_file;
    int64_t db_pool;
    int64_t jobs_poll_ms;
    int64_t jobs_threads;
    int64_t lease_s;
    const char *audit_key_file;
    const char *data_keys_file;
    const char *module_key_file;
    const char *module_keys;
    const char *module_socket;
    const char *http_hosts;
    const char *http_ca_file;
    int64_t breaker_failures;
    int64_t breaker_open_ms;
    const char *log_level;
};

extern const struct setting core_settings[];

/* Fills `settings` from the environment; every fault is written to stderr, and then E_REFUSED. */
enum error config_read(const struct setting *table, void *settings);
/* One line a setting: variable, default, help. */
void config_help(const struct setting *table);

/* Reads a whole small file (at most `max` bytes) into memory that the process keeps or gives to
   secret_forget; a trailing line end is dropped. NULL, and a line on stderr naming the file and what
   is wrong with it. */
char *secret_read(const char *path, size_t max, size_t *size);
/* Wipes and frees what secret_read gave, once it was parsed or copied. */
void secret_forget(char *text, size_t size);

#endif
