/*
 * Read this first: what a request is, how a route is described, and what a module exports.
 *
 * How to add a module (scripts/new-module NAME writes the skeleton; nothing existing is touched):
 *   1. modules/NAME/service.c exports one `const struct service service`; CMake finds it.
 *   2. schema/NN_NAME.sql holds its tables and the grants of its database user NAME.
 *   3. nginx/upstreams/NAME.conf and NAME.map bring its upstream and its path.
 *   4. tests/service/NAME_test.c calls its routes through dispatch().
 *
 * main() belongs to the core. A request comes in, its route is found, the caller is known, the
 * input is validated and typed into r->input; only then the handler runs. It collects reasons or
 * does its work, and answers with reply_record(). Memory is r->arena and needs no word; begin,
 * commit and retry belong to db_transaction().
 */
#ifndef CORE_SERVICE_H
#define CORE_SERVICE_H

#include "core/arena.h"
#include "core/error.h"
#include "core/field.h"
#include "core/reason.h"
#include "core/value.h"

struct json_t;

/* Who may call a route: the caller needs one of these. They stand in a session as a bit mask. */
enum role {
    ANYONE = 0,        /* no session is looked up; a signature or nothing at all protects the route */
    CITIZEN = 1 << 0,  /* signed in from a mini program or the web */
    VERIFIED = 1 << 1, /* a citizen whose real name and identity number are bound */
    OFFICER = 1 << 2,
    FINANCE = 1 << 3,
    AUDITOR = 1 << 4,
    PARTNER = 1 << 5,
    DEVICE = 1 << 6,
    MODULE = 1 << 7, /* another module, by its key (module_call.h) */
    SYSTEM = 1 << 8, /* our own jobs and events; no route has it */
    /* Officers of a brigade, who work on applications: */
    INTAKE = 1 << 9,    /* 受理 accepts them or says what is missing */
    REVIEWER = 1 << 10, /* 审查 reviews and decides */
    MAKER = 1 << 11,    /* 制证 makes and hands out papers */
    LEAD = 1 << 12,     /* 大队负责人 the second pair of eyes; revokes, hands over */
    SECURITY = 1 << 13, /* makes officers and takes their rights away; decides nothing */
    NEWCOMER = 1 << 14, /* stands for all of an officer's, until the first password is changed */
};

/* Through which of nginx's servers a request came. A route is open at one door only. */
enum door { CITIZENS, GATEWAYS, INTERNAL, MODULES };

enum method { GET, POST, DELETE };

enum source { BODY, PATH, QUERY };

/* One member of an input struct, where it comes from and what it must be. */
struct param {
    struct field field;
    enum source source;
    const char *name;                /* when the outside calls it otherwise; "amount.total" digs */
    int64_t min, max;                /* a number's value, a text's bytes, a list's length */
    bool (*check)(const char *text); /* of a text, or of each text of a list */
    bool optional;                   /* absent leaves NONE, NULL or false */
};

/* PARAM(struct in, member, .source = BODY, .min = 1, .max = 20, .check = is_ulid) */
#define PARAM(type, member, ...)                                                                   \
    {                                                                                              \
        .field = FIELD(type, member), __VA_ARGS__                                                  \
    }
#define PARAM_END                                                                                  \
    {                                                                                              \
        .field = FIELD_END                                                                         \
    }

enum body_mode {
    JSON_BODY,   /* params with .source = BODY; at most 64 KiB */
    RAW_BODY,    /* r->body holds the bytes as they came, for signatures; at most 256 KiB */
    STREAM_BODY, /* the handler reads with read_body() and bounds it itself */
};

struct route {
    enum method method;
    const char *path; /* "/orders/{order_no}", below /api/NAME; absolute in .fixed_routes */
    unsigned access;  /* roles that may call it, ORed; ANYONE for none */
    enum error (*handler)(struct request *r);
    const struct param *params;
    size_t input_size;
    const struct field *answer; /* what reply_record and reply_page write; NULL: free form */
    bool is_page;               /* {"items":[...],"next":...} of it, by reply_page */
    enum body_mode body;
    enum door door;
    bool needs_key;      /* Idempotency-Key is required and kept as r->key */
    const char *measure; /* "T6": which of the 55 measures it serves */
    const char *summary; /* one English line for --openapi */
    const char *callers; /* access MODULE: names of the modules that may call, blank separated */
};

/* .params and .input_size in one word. */
#define INPUT(type, table) .params = (table), .input_size = sizeof(type)
#define ROUTE_END                                                                                  \
    {                                                                                              \
        .path = NULL                                                                               \
    }

/* A leased row that the background worker hands to a job or to an event's consumer. */
struct task {
    const char *id;
    const char *kind;   /* the job's or the event's name */
    const char *dedupe; /* what it is about; unique with kind */
    const char *arg;    /* JSON or NULL */
    int64_t attempts;   /* before this one */
    int64_t failures;   /* in a row, before this one; asking again by job_again_at is none */
};

/* Work beside requests. With .every_ms it runs by the clock, else when job_add() asked for it
   (job.h). An event is consumed when another module published its name (casework/event.h).
   E_OK ends it; any other error repeats it with back-off until it is parked after a day. */
struct job {
    const char *name; /* NULL ends a table */
    int64_t every_ms;
    enum error (*run)(struct request *r, const struct task *task);
};

/* What an operator does at the command line: "MODULE NAME WORDS...", with the module's settings, keys
   and database. It runs on a request of its own with the role SYSTEM, and its actor, for the audit, is
   "os:" and the operator's user name. It prints its product on stdout itself; of an error the core
   prints the text given to failed(), or the reasons. E_REFUSED says that it was called wrongly. */
struct command {
    const char *name;  /* NULL ends a table */
    const char *usage; /* what follows it, for --help */
    enum error (*run)(struct request *r, int count, char **words);
};

struct setting;
struct statement;
struct process;

/* What a module exports. Every table is constant and ends in a sentinel. */
struct service {
    const char *name;
    const char *title;                /* Chinese, for --openapi */
    const struct route *routes;       /* below /api/NAME */
    const struct route *fixed_routes; /* at the paths that others dictate */
    const struct job *jobs;
    const struct job *events;
    const struct command *commands;
    const struct statement *const *sql; /* NULL-ended list of statement tables */
    const struct reason *const *reasons;
    const struct setting *settings; /* beside the core's own (config.h) */
    size_t settings_size;
    /* Makes what all threads of a worker share: parsed keys, tables. Called once a worker before
       traffic, and by --check. An error text goes through process_failed(). */
    enum error (*open)(struct process *process, const void *settings, void **state);
    void (*close)(void *state);
    /* For --check alone, after open: whether others on whom the module may wait answer as they should.
       The text given to failed() is printed. */
    enum error (*check)(struct request *r);
    bool no_database; /* it stores nothing */
};

extern const struct service service;

struct transport;

struct request {
    /* Who and when; set before the handler runs and constant from then on. */
    const struct service *service;
    const struct route *route;
    const char *id;      /* nginx's request id; every log line has it */
    const char *path;    /* as it was asked for, decoded */
    const char *query;   /* as it came, NULL without one; params have its parts */
    struct instant now;  /* the business clock, taken once */
    int64_t deadline_ms; /* on the monotonic clock; calls and retries end before it */
    const char *address; /* the client's, for limits and audit; never for identity */
    unsigned roles;
    const char *actor_id;  /* account, officer, module or "system"; NULL for ANYONE */
    const char *person_id; /* the natural person behind it; NULL until the real name is bound */
    const char *brigade;   /* an officer's (table brigade); NULL for others */
    const char *channel;   /* how the actor signed in: "wechat", "alipay"; NULL for ANYONE */
    const char *open_id;   /* what that channel calls the account; NULL when it has no such name */
    const char *key;       /* Idempotency-Key; NULL unless sent */
    const void *input;     /* the route's input struct */
    struct bytes body;     /* RAW_BODY */

    /* What the handler works with. */
    struct arena *arena;
    struct process *process; /* configuration, database, metrics: core's own use */
    const void *settings;    /* the module's settings struct */
    void *state;             /* what service.open made */

    /* The answer; written by reply_*, read by the transport. */
    int http_status;
    const char *content_type;
    const char *answer;
    size_t answer_size;
    const char *headers; /* further header lines, each ended by CRLF */

    /* The core's own. */
    const struct transport *transport;
    struct request_work *work; /* reasons, open transaction, audit records, failure text */
};

/* Sends one record, or a page of them ({"items":[...],"next":...}); the fields are the route's own
   .answer. `next` is the cursor for the following page or NULL. */
MUST_CHECK enum error reply_record(struct request *r, int status, const struct field *fields,
                                   const void *record);
MUST_CHECK enum error reply_page(struct request *r, const struct field *fields, size_t size,
                                 struct records page, const char *next);
/* How many rows a page has: 20 unless the client asked for another number (NONE: it did not). */
int64_t page_limit(int64_t asked);
/* Newest first, rows have ids below this: the cursor, or without one what is above every ULID. */
const char *page_below(const char *cursor);
/* Of rows that were read with one beyond the limit: leaves the limit, and tells whether there are
   more. */
bool page_cut(struct records *page, int64_t limit);
/* For the odd shape; takes over the reference of `json` (json_pack). */
MUST_CHECK enum error reply_json(struct request *r, int status, struct json_t *json);
/* Text in a given type: "success" for a gateway, a page, a picture. Lives in the arena. */
MUST_CHECK enum error reply_text(struct request *r, int status, const char *content_type,
                                 const char *text);
/* The same for what is no text. The bytes live as long as the request. */
MUST_CHECK enum error reply_bytes(struct request *r, int status, const char *content_type,
                                  struct bytes bytes);
void reply_header(struct request *r, const char *name, const char *value);

/* A header that nginx passes on ("Wechatpay-Serial"), or NULL. */
const char *request_header(const struct request *r, const char *name);
/* STREAM_BODY: up to `size` bytes; 0 at the end; -1 when the client went away. */
long read_body(struct request *r, void *buffer, size_t size);
int64_t body_length(const struct request *r);

/* Runs a whole request; all of it but FastCGI. Always leaves an answer in r. */
void dispatch(struct request *r, const char *method, const char *path, const char *query);

#endif
