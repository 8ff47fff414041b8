#include "booking/booking.h"

#include "core/audit.h"
#include "core/clock.h"

static const struct field ticket_fields[] = {
    FIELD(struct ticket, id),
    FIELD(struct ticket, hall),
    FIELD(struct ticket, business),
    FIELD(struct ticket, number),
    FIELD(struct ticket, way),
    FIELD_OR_NULL(struct ticket, person_id),
    FIELD(struct ticket, state),
    FIELD_OR_NULL(struct ticket, officer_id),
    FIELD(struct ticket, brigade),
    FIELD(struct ticket, day),
    FIELD(struct ticket, is_priority),
    FIELD(struct ticket, order_key),
    FIELD(struct ticket, recalls),
    FIELD(struct ticket, returns),
    FIELD_OR_NULL(struct ticket, counter),
    FIELD(struct ticket, taken_at),
    FIELD_OR_NULL(struct ticket, called_at),
    FIELD_OR_NULL(struct ticket, served_at),
    FIELD_OR_NULL(struct ticket, ended_at),
    FIELD_OR_NULL(struct ticket, pardoned_at),
    FIELD_END,
};

static const struct field pace_fields[] = {
    FIELD(struct pace, mean_ms),
    FIELD(struct pace, spread_ms),
    FIELD(struct pace, observed),
    FIELD_END,
};

static const struct field line_day_fields[] = {
    FIELD(struct line_day, last_no),
    FIELD(struct line_day, online),
    FIELD(struct line_day, last_key),
    FIELD_END,
};

static const struct field key_fields[] = {
    FIELD(struct place_taken, order_key),
    FIELD(struct place_taken, is_priority),
    FIELD_END,
};

enum {
    FIND,
    LOCK,
    LEAVE,
    LOCK_DAY,
    ADD_DAY,
    KEEP_DAY,
    LIST_KEYS,
    LOCK_PACE,
    FIRST_PACE,
    KEEP_PACE,
    INSERT_PACE,
    CLOSE_WAITING,
    CLOSE_SERVING,
    CLOSE_COUNTERS,
    STATEMENTS_END
};

/* Whose brigade it is comes without a lock on the hall. */
#define TICKET                                                                                     \
    "SELECT id, hall, business, number, way, person_id, state, officer_id, day, is_priority,"      \
    "  order_key, recalls, returns, counter, taken_at, called_at, served_at, ended_at,"            \
    "  pardoned_at, (SELECT brigade FROM booking_hall h WHERE h.code = hall) AS brigade"           \
    "  FROM booking_ticket WHERE id = ?"
#define OF_DAY " WHERE hall = ? AND business = ? AND day = ?"
#define OF_LINE " WHERE hall = ? AND business = ?"

const struct statement ticket_sql[] = {
    [FIND] = {.sql = TICKET, ROWS(struct ticket, ticket_fields)},
    [LOCK] = {.sql = TICKET " FOR UPDATE", ROWS(struct ticket, ticket_fields)},
    [LEAVE] = {.sql = "UPDATE booking_ticket SET state = 'left', ended_at = ?"
                      "  WHERE id = ? AND state = 'waiting'"},
    [LOCK_DAY] = {.sql = "SELECT last_no, online, last_key FROM booking_line_day" OF_DAY
                         "  FOR UPDATE",
                  ROWS(struct line_day, line_day_fields)},
    [ADD_DAY] = {.sql = "INSERT IGNORE INTO booking_line_day (hall, business, day)"
                        "  VALUES (?, ?, ?)"},
    [KEEP_DAY] = {.sql =
                      "UPDATE booking_line_day SET last_no = ?, online = ?, last_key = ?" OF_DAY},
    [LIST_KEYS] = {.sql = "SELECT order_key, is_priority FROM booking_ticket"
                          "  FORCE INDEX (by_line)" OF_DAY
                          "  AND state = 'waiting' ORDER BY order_key LIMIT 1000",
                   ROWS(struct place_taken, key_fields)},
    [LOCK_PACE] = {.sql = "SELECT mean_ms, spread_ms, observed FROM booking_service_time" OF_LINE
                          "  FOR UPDATE",
                   ROWS(struct pace, pace_fields)},
    [FIRST_PACE] = {.sql = "SELECT service_s * 1000 AS mean_ms, service_s * 500 AS spread_ms,"
                           "  0 AS observed FROM booking_line" OF_LINE,
                    ROWS(struct pace, pace_fields)},
    [KEEP_PACE] = {.sql = "UPDATE booking_service_time SET mean_ms = ?, spread_ms = ?,"
                          "  observed = ?" OF_LINE},
    [INSERT_PACE] = {.sql = "INSERT IGNORE INTO booking_service_time (hall, business, mean_ms,"
                            "  spread_ms, observed) VALUES (?, ?, ?, ?, ?)"},
    /* No day before is looked at: few rows are in such a state. */
    [CLOSE_WAITING] =
        {.sql = "UPDATE booking_ticket FORCE INDEX (unfinished) SET state = 'left', ended_at = ?"
                "  WHERE day < ? AND state IN ('waiting', 'called') LIMIT 500"},
    [CLOSE_SERVING] =
        {.sql = "UPDATE booking_ticket FORCE INDEX (unfinished) SET state = 'done', ended_at = ?"
                "  WHERE day < ? AND state = 'serving' LIMIT 500"},
    [CLOSE_COUNTERS] = {.sql = "UPDATE booking_counter SET officer_id = NULL, opened_at = NULL,"
                               "  acted_at = NULL, ticket_id = NULL WHERE opened_at < ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_ticket(struct request *r, const char *id, struct ticket *ticket)
{
    return db_one(r, &ticket_sql[FIND], ticket, VALUES(id));
}

enum error lock_ticket(struct request *r, const char *id, struct ticket *ticket)
{
    return db_one(r, &ticket_sql[LOCK], ticket, VALUES(id));
}

enum error leave_line(struct request *r, const char *id)
{
    return db_change(r, &ticket_sql[LEAVE], VALUES(r->now, id));
}

enum error lock_line(struct request *r, const struct ticket *ticket, struct line_day *given)
{
    struct values key = VALUES(ticket->hall, ticket->business, ticket->day);
    enum error found = db_one(r, &ticket_sql[LOCK_DAY], given, key);

    if (found != E_NOT_FOUND)
        return found;
    TRY(db_run(r, &ticket_sql[ADD_DAY], key));
    return db_one(r, &ticket_sql[LOCK_DAY], given, key);
}

enum error place_in_line(struct request *r, struct ticket *ticket, int64_t n,
                         struct line_day *given)
{
    struct records waiting;
    size_t ahead = (size_t)n;

    ticket->order_key = NONE;
    if (n != NONE) {
        TRY(db_many(r, &ticket_sql[LIST_KEYS], &waiting,
                    VALUES(ticket->hall, ticket->business, ticket->day)));
        if (ticket->is_priority)
            ahead = behind_priority(waiting.items, waiting.count, ahead);
        ticket->order_key = key_behind(waiting.items, waiting.count, ahead);
    }
    if (ticket->order_key == NONE)
        ticket->order_key = given->last_key = key_at_end(given->last_key, r->now);
    return E_OK;
}

enum error keep_line(struct request *r, const struct ticket *ticket, const struct line_day *given)
{
    return db_run(r, &ticket_sql[KEEP_DAY],
                  VALUES(given->last_no, given->online, given->last_key, ticket->hall,
                         ticket->business, ticket->day));
}

/* Its row comes into being with the first service. */
enum error observe(struct request *r, const struct ticket *ticket, int64_t took_ms)
{
    struct pace pace;
    enum error found =
        db_one(r, &ticket_sql[LOCK_PACE], &pace, VALUES(ticket->hall, ticket->business));

    if (found == E_NOT_FOUND) {
        TRY(db_one(r, &ticket_sql[FIRST_PACE], &pace, VALUES(ticket->hall, ticket->business)));
        TRY(db_run(
            r, &ticket_sql[INSERT_PACE],
            VALUES(ticket->hall, ticket->business, pace.mean_ms, pace.spread_ms, pace.observed)));
        found = db_one(r, &ticket_sql[LOCK_PACE], &pace, VALUES(ticket->hall, ticket->business));
    }
    TRY(found);
    pace = pace_after(pace, took_ms);
    return db_run(
        r, &ticket_sql[KEEP_PACE],
        VALUES(pace.mean_ms, pace.spread_ms, pace.observed, ticket->hall, ticket->business));
}

static enum error close_tickets(struct request *r, void *product)
{
    struct day today = civil_day(r->now);
    int64_t *changed = product;

    TRY(db_run(r, &ticket_sql[CLOSE_WAITING], VALUES(r->now, today)));
    *changed = db_changed(r);
    TRY(db_run(r, &ticket_sql[CLOSE_SERVING], VALUES(r->now, today)));
    *changed += db_changed(r);
    return db_run(r, &ticket_sql[CLOSE_COUNTERS], VALUES(day_start(today)));
}

/* The job: what is left of a day is over, and is nobody's no-show. */
enum error end_day(struct request *r, const struct task *task)
{
    int64_t changed;

    (void)task;
    do
        TRY(db_transaction(r, close_tickets, &changed));
    while (changed > 0);
    return E_OK;
}
