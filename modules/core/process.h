/*
 * What one process of a module holds: configuration, database pool, vault, metrics page. Made in
 * main.c (or by a test), closed there; handlers reach it through the functions of other headers.
 */
#ifndef CORE_PROCESS_H
#define CORE_PROCESS_H

#include "core/config.h"
#include "core/crypto.h"
#include "core/service.h"

struct pool;
struct vault;
struct metrics;
struct module_keys;

struct process {
    const struct service *service;
    struct config config;
    void *settings; /* the module's */
    void *state;    /* from service.open */
    struct pool *pool;
    struct vault *vault;
    struct metrics *metrics; /* shared by the workers of the module */
    struct bytes audit_key;
    struct bytes module_key;
    struct module_keys *module_keys; /* of the modules that may call us; NULL: none may */
    _Atomic int64_t audited_second;  /* refusals audited alone: which second ... */
    _Atomic int64_t audited_count;   /* ... and how many in it */
    _Atomic bool is_stopping;        /* long jobs come to an end */
    _Atomic bool is_crowded[2];      /* jobs, events: more were due than one batch takes */
    int wake_fd;                     /* written after a commit that added jobs; -1 for none */
};

/* Reads settings, opens keys, database and the module's state. Every fault is a line on stderr. */
MUST_CHECK enum error process_open(struct process *process, const struct service *service,
                                   struct metrics *metrics);
void process_close(struct process *process);
/* Another database, or the same one as somebody else. */
struct database_account {
    const char *database, *user, *password_file;
};

/* For a command: the module once more, with the same settings, keys and state, on this database. It
   reaches nobody by HTTP, counts nothing and wakes no jobs. Closed before `process` is. */
MUST_CHECK enum error process_beside(const struct process *process,
                                     const struct database_account *account,
                                     struct process *beside);
void process_leave(struct process *beside);

/* For service.open: one line on stderr in plain words, and E_REFUSED. */
MUST_CHECK enum error process_failed(struct process *process, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A request that nobody sent: for jobs, for tests and for service.open. The caller closes it. */
struct request *request_open(struct process *process);
void request_close(struct request *r);
/* Forgets everything of the last request and takes the time for the next. */
void request_reset(struct request *r);

#endif
