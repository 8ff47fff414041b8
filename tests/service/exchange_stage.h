/*
 * Where exchange's routes are tried out: agencies with keys, a database and settings from the
 * environment (scripts/with-database). Every story is told twice: plainly, and with every
 * transaction rolled back, then committed with its answer swallowed, before it counts.
 */
#ifndef SERVICE_EXCHANGE_STAGE_H
#define SERVICE_EXCHANGE_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "core/process.h"

#include <cmocka.h>

#define BATCHES "/api/exchange/batches"
#define PERSONS "/api/exchange/persons"

struct exchange_stage {
    struct process process;
    struct process admin; /* sees every table */
    struct arena *arena;  /* of one test */
    struct arena *kept;   /* of all: a connection knows a statement by its address */
    struct request *r;
    struct key *traffic, *vehicle, *market, *insurer, *pound;
    struct bytes identity_key;
    bool is_rehearsing;
    int64_t numbers; /* given out so far */
    const char *door, *headers[6];
    FILE *body;
    int64_t length; /* announced */
    int64_t failing_at; /* bytes after which the sender goes away; NONE */
};

extern struct exchange_stage test;

/* What an agency sends; what is not set is as it should be. */
struct sent {
    const char *agency, *batch, *body;
    const struct key *key;
    const char *timestamp;
    const char *signature;
    int64_t length;  /* announced, when it is not that of the body */
    const char *path; /* of a GET */
    const char *query;
    const char *door;
};

/* The HTTP status; what was answered is read with said(). */
int push_sent(const struct sent *sent);
int push(const char *agency, const char *batch, const char *body);
/* The body is what the file holds. */
int push_file(const char *agency, const char *batch, const char *path);
int ask_report(const struct sent *sent);
int ask_person(const char *caller, const char *body);

const char *said(const char *member);
int64_t said_number(const char *member);
bool said_word(const char *word);
void assert_refused(int status, const char *code);
void assert_counts(int64_t good, int64_t known, int64_t bad);
/* The codes of the line's reasons, blank separated; "" when it is not among the faults. */
const char *codes_of(int64_t line);

/* SELECT COUNT(*) AS n ... with one ?, by the administrator. */
int64_t count_rows(const char *sql, const char *value);
/* The one text in column `text` of the first row. */
const char *find_text(const char *sql, const char *value);
int64_t spool_files(void);

/* agency_batch.id of a batch. */
const char *batch_row(const char *batch);
/* Applies all of it, as the background worker does when it has leased the job. A lease is not
   rehearsed: after a COMMIT whose answer was lost it has to lapse. */
void apply_all(struct process *process, const char *id);
/* Runs the background worker's work until the batch is done. */
void run_until_done(const char *agency, const char *batch);
/* Closes the process and opens another one, as a restart does. */
void restart(void);
bool open_process(struct process *process);

/* Numbers that no other test uses. */
const char *new_batch(void);
const char *new_id_no(void);
const char *new_plate(void);
const char *new_credit_code(void);
const char *new_record_no(void);
const char *new_decision_no(void);

/* Lines, each ended by a line feed. */
const char *person_line(const char *name, const char *id_no, const char *observed_at);
const char *organisation_line(const char *credit_code, const char *representative,
                              const char *state, const char *observed_at);
/* Of an organisation. */
const char *company_vehicle_line(const char *plate, const char *credit_code,
                                 const char *observed_at);
const char *vehicle_line(const char *plate, const char *owner, const char *observed_at);
const char *licence_line(const char *id_no, const char *state, const char *observed_at);
const char *camera_line(const char *record_no, const char *plate, const char *code);
const char *street_line(const char *decision_no, const char *id_no, const char *plate);
const char *policy_line(const char *policy_no, const char *vin, const char *valid_to,
                        const char *observed_at);
/* A vehicle that is held; `more` is what else the line says, or "". */
const char *held_line(const char *item_no, const char *plate, const char *more,
                      const char *observed_at);
const char *handover_line(const char *order_no, const char *item_no, const char *released_at);
const char *joined(const char *a, const char *b);

int open_plain(void **state);
int open_rehearsed(void **state);
int close_all(void **state);
int begin(void **state);

#define TEST(name) cmocka_unit_test_setup(name, begin)
/* How many failed. */
#define TELL_TWICE(tests)                                                                          \
    (cmocka_run_group_tests_name("plain", tests, open_plain, close_all) +                          \
     cmocka_run_group_tests_name("rehearsed", tests, open_rehearsed, close_all))

#endif
