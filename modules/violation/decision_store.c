#include "violation/store.h"

static const struct field announcement_fields[] = {
    FIELD(struct announcement, case_id),      FIELD(struct announcement, person_id),
    FIELD(struct announcement, facts),        FIELD(struct announcement, basis),
    FIELD(struct announcement, penalty),      FIELD(struct announcement, fine_fen),
    FIELD(struct announcement, points),       FIELD(struct announcement, rule_valid_from),
    FIELD(struct announcement, announced_at), FIELD_END,
};

static const struct field confirmation_fields[] = {
    FIELD(struct confirmation, request_key),
    FIELD_OR_NULL(struct confirmation, statement),
    FIELD_OR_NULL(struct confirmation, officer_step),
    FIELD(struct confirmation, electronic_service),
    FIELD(struct confirmation, confirmed_at),
    FIELD_END,
};

struct statement_key {
    const char *request_key;
};

static const struct field statement_key_fields[] = {FIELD(struct statement_key, request_key),
                                                    FIELD_END};

static const struct field decision_fields[] = {
    FIELD(struct decision, decision_no),
    FIELD(struct decision, case_id),
    FIELD(struct decision, manner),
    FIELD(struct decision, person_id),
    FIELD(struct decision, authority),
    FIELD(struct decision, facts),
    FIELD(struct decision, fact_source),
    FIELD(struct decision, fact_observed_at),
    FIELD(struct decision, title),
    FIELD(struct decision, basis),
    FIELD(struct decision, rule_source),
    FIELD_OR_NULL(struct decision, rule_valid_from),
    FIELD(struct decision, fine_fen),
    FIELD(struct decision, points),
    FIELD(struct decision, late_percent_a_day),
    FIELD(struct decision, late_percent_max),
    FIELD(struct decision, decided_at),
    FIELD(struct decision, served_on),
    FIELD_OR_NULL(struct decision, due_on),
    FIELD_OR_NULL(struct decision, due_source),
    FIELD_OR_NULL(struct decision, reconsider_until),
    FIELD_OR_NULL(struct decision, court_until),
    FIELD_OR_NULL(struct decision, obligation_id),
    FIELD_END,
};

struct block {
    int64_t slot, next_serial, last_serial;
};

static const struct field block_fields[] = {
    FIELD(struct block, slot),
    FIELD(struct block, next_serial),
    FIELD(struct block, last_serial),
    FIELD_END,
};

struct serial {
    int64_t next_serial;
};

static const struct field serial_fields[] = {FIELD(struct serial, next_serial), FIELD_END};

enum {
    FIND_ANNOUNCEMENT,
    INSERT_ANNOUNCEMENT,
    FIND_CONFIRMATION,
    INSERT_CONFIRMATION,
    FIND_STATEMENT_KEY,
    INSERT_STATEMENT,
    FIND_DECISION,
    INSERT_DECISION,
    TAKE_FREE_BLOCK,
    WAIT_FOR_BLOCK,
    LOCK_SERIAL,
    MOVE_SERIAL,
    SAVE_BLOCK,
    STATEMENTS_END
};

#define DECISION                                                                                   \
    "decision_no, case_id, manner, person_id, authority, facts, fact_source, fact_observed_at,"    \
    "  title, basis, rule_source, rule_valid_from, fine_fen, points, late_percent_a_day,"          \
    "  late_percent_max, decided_at, served_on, due_on, due_source, reconsider_until, "            \
    "court_until,"                                                                                 \
    "  obligation_id"

const struct statement decision_sql[] = {
    [FIND_ANNOUNCEMENT] = {.sql = "SELECT case_id, person_id, facts, basis, penalty, fine_fen,"
                                  "  points, rule_valid_from, announced_at"
                                  "  FROM violation_announcement"
                                  "  WHERE case_id = ? AND person_id = ?",
                           ROWS(struct announcement, announcement_fields)},
    [INSERT_ANNOUNCEMENT] = {.sql = "INSERT INTO violation_announcement (case_id, person_id, facts,"
                                    "  basis, penalty, fine_fen, points, rule_valid_from,"
                                    "  announced_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND_CONFIRMATION] = {.sql = "SELECT request_key, statement, officer_step, electronic_service,"
                                  "  confirmed_at"
                                  "  FROM violation_confirmation"
                                  "  WHERE case_id = ? AND person_id = ?",
                           ROWS(struct confirmation, confirmation_fields)},
    [INSERT_CONFIRMATION] = {.sql = "INSERT INTO violation_confirmation (case_id, person_id,"
                                    "  actor_id, request_key, statement, officer_step,"
                                    "  electronic_service, confirmed_at)"
                                    "  VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND_STATEMENT_KEY] = {.sql = "SELECT request_key FROM later_statement"
                                   "  WHERE case_id = ? AND person_id = ?",
                            ROWS(struct statement_key, statement_key_fields)},
    [INSERT_STATEMENT] = {.sql = "INSERT INTO later_statement (case_id, person_id, actor_id,"
                                 "  request_key, statement, said_at) VALUES (?, ?, ?, ?, ?, ?)"},
    [FIND_DECISION] = {.sql = "SELECT " DECISION " FROM violation_decision"
                              "  WHERE case_id = ? AND stands = 1",
                       ROWS(struct decision, decision_fields)},
    [INSERT_DECISION] = {.sql = "INSERT INTO violation_decision (" DECISION ") VALUES (?, ?, ?, ?,"
                                "  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [TAKE_FREE_BLOCK] = {.sql = "SELECT slot, next_serial, last_serial FROM decision_block"
                                "  WHERE prefix = ? ORDER BY slot LIMIT 1 FOR UPDATE SKIP LOCKED",
                         ROWS(struct block, block_fields)},
    [WAIT_FOR_BLOCK] = {.sql = "SELECT slot, next_serial, last_serial FROM decision_block"
                               "  WHERE prefix = ? ORDER BY slot LIMIT 1 FOR UPDATE",
                        ROWS(struct block, block_fields)},
    [LOCK_SERIAL] = {.sql = "SELECT next_serial FROM decision_serial WHERE prefix = ? FOR UPDATE",
                     ROWS(struct serial, serial_fields)},
    [MOVE_SERIAL] = {.sql = "UPDATE decision_serial SET next_serial = ? WHERE prefix = ?"},
    [SAVE_BLOCK] = {.sql = "UPDATE decision_block SET next_serial = ?, last_serial = ?"
                           "  WHERE prefix = ? AND slot = ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_announcement(struct request *r, const char *case_id,
                             struct announcement *announcement)
{
    return db_one(r, &decision_sql[FIND_ANNOUNCEMENT], announcement, VALUES(case_id, r->person_id));
}

enum error insert_announcement(struct request *r, const struct announcement *announcement)
{
    const struct announcement *a = announcement;

    return db_run(r, &decision_sql[INSERT_ANNOUNCEMENT],
                  VALUES(a->case_id, a->person_id, a->facts, a->basis, a->penalty, a->fine_fen,
                         a->points, a->rule_valid_from, a->announced_at));
}

enum error find_confirmation(struct request *r, const char *case_id,
                             struct confirmation *confirmation)
{
    return db_one(r, &decision_sql[FIND_CONFIRMATION], confirmation, VALUES(case_id, r->person_id));
}

enum error insert_confirmation(struct request *r, const char *case_id,
                               const struct confirmation *confirmation)
{
    return db_run(r, &decision_sql[INSERT_CONFIRMATION],
                  VALUES(case_id, r->person_id, r->actor_id, confirmation->request_key,
                         confirmation->statement, confirmation->officer_step,
                         confirmation->electronic_service, confirmation->confirmed_at));
}

enum error find_later_statement(struct request *r, const char *case_id, const char **key)
{
    struct statement_key row;

    TRY(db_one(r, &decision_sql[FIND_STATEMENT_KEY], &row, VALUES(case_id, r->person_id)));
    *key = row.request_key;
    return E_OK;
}

enum error insert_later_statement(struct request *r, const char *case_id, const char *statement)
{
    return db_run(r, &decision_sql[INSERT_STATEMENT],
                  VALUES(case_id, r->person_id, r->actor_id, r->key, statement, r->now));
}

enum error find_decision(struct request *r, const char *case_id, struct decision *decision)
{
    return db_one(r, &decision_sql[FIND_DECISION], decision, VALUES(case_id));
}

enum error insert_decision(struct request *r, const struct decision *decision)
{
    const struct decision *d = decision;

    return db_run(r, &decision_sql[INSERT_DECISION],
                  VALUES(d->decision_no, d->case_id, d->manner, d->person_id, d->authority,
                         d->facts, d->fact_source, d->fact_observed_at, d->title, d->basis,
                         d->rule_source, d->rule_valid_from, d->fine_fen, d->points,
                         d->late_percent_a_day, d->late_percent_max, d->decided_at, d->served_on,
                         d->due_on, d->due_source, d->reconsider_until, d->court_until,
                         d->obligation_id));
}

static enum error lock_block(struct request *r, const char *prefix, struct block *block)
{
    enum error error = db_one(r, &decision_sql[TAKE_FREE_BLOCK], block, VALUES(prefix));

    if (error == E_NOT_FOUND) /* all of them are in use this moment */
        error = db_one(r, &decision_sql[WAIT_FOR_BLOCK], block, VALUES(prefix));
    return error == E_NOT_FOUND ? failed(r, E_INTERNAL, "no decision_block for %s", prefix) : error;
}

/* The block is used up: the next thousand. */
static enum error renew_block(struct request *r, const char *prefix, struct block *block)
{
    enum { BLOCK_SIZE = 1000 };
    struct serial serial;

    TRY(db_one(r, &decision_sql[LOCK_SERIAL], &serial, VALUES(prefix)));
    TRY(db_change(r, &decision_sql[MOVE_SERIAL], VALUES(serial.next_serial + BLOCK_SIZE, prefix)));
    block->next_serial = serial.next_serial;
    block->last_serial = serial.next_serial + BLOCK_SIZE - 1;
    return E_OK;
}

enum error take_serial(struct request *r, const char *prefix, int64_t *serial)
{
    struct block block;

    TRY(lock_block(r, prefix, &block));
    if (block.next_serial > block.last_serial)
        TRY(renew_block(r, prefix, &block));
    *serial = block.next_serial;
    return db_change(r, &decision_sql[SAVE_BLOCK],
                     VALUES(block.next_serial + 1, block.last_serial, prefix, block.slot));
}
