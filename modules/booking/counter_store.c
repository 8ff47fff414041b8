#include "booking/desk.h"

#include "core/audit.h"
#include "core/clock.h"

static const struct field counter_row_fields[] = {
    FIELD(struct counter, hall),
    FIELD(struct counter, no),
    FIELD(struct counter, serves),
    FIELD_OR_NULL(struct counter, officer_id),
    FIELD_OR_NULL(struct counter, ticket_id),
    FIELD(struct counter, brigade),
    FIELD_END,
};

struct hall_brigade {
    const char *brigade;
};

static const struct field hall_brigade_fields[] = {
    FIELD(struct hall_brigade, brigade),
    FIELD_END,
};

/* A line of the counter that somebody waits in. */
struct head {
    const char *business;
    int64_t order_key;
};

static const struct field head_fields[] = {
    FIELD(struct head, business),
    FIELD(struct head, order_key),
    FIELD_END,
};

struct ticket_id {
    const char *id;
};

static const struct field id_fields[] = {
    FIELD(struct ticket_id, id),
    FIELD_END,
};

enum {
    LOCK,
    LIST,
    FIND_HALL,
    SEAT,
    STAY,
    FREE,
    LIST_HEADS,
    TAKE_HEAD,
    CALL,
    SHOW,
    FIND_CALLED,
    STATEMENTS_END
};

#define COUNTER                                                                                    \
    "SELECT hall, no, serves, officer_id, ticket_id,"                                              \
    "  (SELECT brigade FROM booking_hall h WHERE h.code = hall) AS brigade"                        \
    "  FROM booking_counter WHERE hall = ?"

/* Lines are looked at one by one, along one index, so that whoever is passed over as locked is
   being called by somebody else. */
const struct statement counter_sql[] = {
    [LOCK] = {.sql = COUNTER " AND no = ? FOR UPDATE", ROWS(struct counter, counter_row_fields)},
    [LIST] = {.sql = COUNTER " ORDER BY no LIMIT 100", ROWS(struct counter, counter_row_fields)},
    [FIND_HALL] = {.sql = "SELECT brigade FROM booking_hall WHERE code = ?",
                   ROWS(struct hall_brigade, hall_brigade_fields)},
    [SEAT] = {.sql = "UPDATE booking_counter SET officer_id = ?, opened_at = ?, acted_at = ?"
                     "  WHERE hall = ? AND no = ?"},
    [STAY] = {.sql = "UPDATE booking_counter SET acted_at = ? WHERE hall = ? AND no = ?"},
    [FREE] = {.sql = "UPDATE booking_counter SET ticket_id = NULL, acted_at = ?"
                     "  WHERE hall = ? AND no = ? AND ticket_id = ?"},
    [LIST_HEADS] = {.sql = "SELECT business, order_key FROM (SELECT l.business,"
                           "  (SELECT w.order_key FROM booking_ticket w FORCE INDEX (by_line)"
                           "    WHERE w.hall = l.hall AND w.business = l.business AND w.day = ?"
                           "    AND w.state = 'waiting' ORDER BY w.order_key LIMIT 1) AS order_key"
                           "  FROM booking_line l WHERE l.hall = ? AND l.bit & ? <> 0) AS heads"
                           "  WHERE order_key IS NOT NULL ORDER BY order_key LIMIT 30",
                    ROWS(struct head, head_fields)},
    [TAKE_HEAD] = {.sql = "SELECT id FROM booking_ticket FORCE INDEX (by_line)"
                          "  WHERE hall = ? AND business = ? AND day = ? AND state = 'waiting'"
                          "  ORDER BY order_key LIMIT 1 FOR UPDATE SKIP LOCKED",
                   ROWS(struct ticket_id, id_fields)},
    [CALL] = {.sql = "UPDATE booking_ticket SET state = 'called', counter = ?, officer_id = ?,"
                     "  first_called_at = COALESCE(first_called_at, ?), called_at = ?,"
                     "  shown_at = ?, recalls = 0, call_key = ?"
                     "  WHERE id = ? AND state = 'waiting'"},
    [SHOW] = {.sql = "UPDATE booking_counter SET ticket_id = ?, acted_at = ?"
                     "  WHERE hall = ? AND no = ? AND ticket_id IS NULL"},
    [FIND_CALLED] = {.sql = "SELECT id FROM booking_ticket"
                            "  WHERE call_key = ? AND hall = ? AND counter = ?",
                     ROWS(struct ticket_id, id_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error check_brigade(struct request *r, const char *object, const char *brigade)
{
    if (IS_ONE_OF(r->brigade, brigade))
        return E_OK;
    audit_refusal(r, object, "of another brigade");
    return E_NOT_FOUND;
}

enum error lock_counter(struct request *r, const char *hall, int64_t no, struct counter *counter)
{
    TRY(db_one(r, &counter_sql[LOCK], counter, VALUES(hall, no)));
    return check_brigade(r, hall, counter->brigade);
}

enum error find_hall_brigade(struct request *r, const char *hall)
{
    struct hall_brigade found;

    TRY(db_one(r, &counter_sql[FIND_HALL], &found, VALUES(hall)));
    return check_brigade(r, hall, found.brigade);
}

enum error find_counters(struct request *r, const char *hall, struct records *counters)
{
    TRY(find_hall_brigade(r, hall));
    return db_many(r, &counter_sql[LIST], counters, VALUES(hall));
}

enum error seat_officer(struct request *r, const struct counter *counter, const char *officer_id)
{
    struct instant since = {officer_id == NULL ? NONE : r->now.ms};

    return db_run(r, &counter_sql[SEAT],
                  VALUES(officer_id, since, since, counter->hall, counter->no));
}

enum error keep_seat(struct request *r, const struct counter *counter)
{
    return db_run(r, &counter_sql[STAY], VALUES(r->now, counter->hall, counter->no));
}

enum error free_counter(struct request *r, const struct ticket *ticket)
{
    return db_change(r, &counter_sql[FREE],
                     VALUES(r->now, ticket->hall, ticket->counter, ticket->id));
}

static enum error call_one(struct request *r, const struct counter *counter, const char *id,
                           struct ticket *ticket)
{
    TRY(db_change(r, &counter_sql[CALL],
                  VALUES(counter->no, r->actor_id, r->now, r->now, r->now, r->key, id)));
    TRY(db_change(r, &counter_sql[SHOW], VALUES(id, r->now, counter->hall, counter->no)));
    return find_ticket(r, id, ticket);
}

enum error call_from_lines(struct request *r, const struct counter *counter, struct ticket *ticket)
{
    struct day today = civil_day(r->now);
    struct records heads;
    const struct head *head;

    TRY(db_many(r, &counter_sql[LIST_HEADS], &heads,
                VALUES(today, counter->hall, counter->serves)));
    head = heads.items;
    for (size_t i = 0; i < heads.count; i++, head++) {
        struct ticket_id next;
        enum error found =
            db_one(r, &counter_sql[TAKE_HEAD], &next, VALUES(counter->hall, head->business, today));

        if (found == E_OK)
            return call_one(r, counter, next.id, ticket);
        if (found != E_NOT_FOUND)
            return found;
    }
    return refuse(r, NOBODY_WAITS, VALUES(counter->hall, counter->no));
}

enum error find_called(struct request *r, const struct counter *counter, struct ticket *ticket)
{
    struct ticket_id called;

    TRY(db_one(r, &counter_sql[FIND_CALLED], &called, VALUES(r->key, counter->hall, counter->no)));
    return find_ticket(r, called.id, ticket);
}
