/* The pool of database connections and their prepared statements. Core files only; with db.c and
   sql.c the only ones that know mysql.h. */
#ifndef CORE_CONNECTION_H
#define CORE_CONNECTION_H

#include <mysql.h>
#include <pthread.h>
#include <semaphore.h>

#include "core/db.h"
#include "core/work.h"

enum { COLUMNS_MAX = 40, PREPARED_SLOTS = 256, SCRATCH = 256 };

/* One column of a result: where the client library puts it before it becomes a member. */
struct column {
    const struct field *field;
    union {
        int64_t number;
        MYSQL_TIME time;
        char scratch[SCRATCH];
    };
    unsigned long size;
    my_bool is_null;
};

struct prepared {
    const struct statement *statement;
    MYSQL_STMT *handle;
    struct column *columns;
    MYSQL_BIND *binds;
    unsigned column_count;
};

struct connection {
    MYSQL *mysql;    /* NULL: not connected */
    bool is_manual;  /* autocommit is off: the next statement opens a transaction by itself */
    unsigned again;  /* error number that asks for running the transaction again; 0 for none */
    unsigned losses; /* of the pool, when it was opened */
    struct prepared prepared[PREPARED_SLOTS];
    struct connection *next;
};

/* A thread that waits for a connection, in the order in which they came. */
struct waiter {
    struct waiter *next;
    struct connection *given;
    sem_t served;
    bool manual;
    int passed_over;
};

struct pool {
    struct process *process;
    pthread_mutex_t lock;
    struct waiter *waiting; /* while there is one, no connection is idle */
    struct connection *items;
    struct connection *idle; /* last used first, so that its statements are warm */
    _Atomic unsigned losses; /* one that was opened before the last one has lost its server too */
    bool is_rehearsing;
    _Atomic int64_t fail_after;
};

enum error pool_open(struct process *process);
void pool_close(struct process *process);

/* Connected and free, or NULL after a wait bounded by the deadline. `manual` is a wish: the
   connection is switched when it is in the other mode. */
struct connection *pool_lease(struct request *r, bool manual);
void pool_return(struct request *r, struct connection *connection);

/* One round trip of plain SQL; false remembers the error in connection->again. */
bool connection_send(struct request *r, struct connection *connection, const char *sql);
/* Commits. Where the connection is awaited by somebody who reads outside a transaction, the change
   to that mode, which a round trip would cost, carries the commit with it. False like above. */
bool connection_commit(struct request *r, struct connection *connection);
/* Drops the connection; the next lease connects anew. */
void connection_drop(struct connection *connection);
/* Notes what failed and turns it into an error. */
enum error connection_failed(struct request *r, struct connection *connection,
                             const struct statement *statement, unsigned number, const char *text);

/* Executes; rows are then fetched by sql_fetch until E_NOT_FOUND, then sql_done. */
enum error sql_execute(struct request *r, struct connection *connection,
                       const struct statement *statement, struct values values,
                       struct prepared **prepared);
enum error sql_fetch(struct request *r, struct connection *connection, struct prepared *prepared,
                     void *row);
void sql_done(struct prepared *prepared);
void sql_forget(struct prepared *prepared);

/* Prepares every statement of the service once and compares its columns; faults go to stderr. */
enum error sql_check(struct request *r, struct connection *connection,
                     const struct statement *table);

#endif
