/* Taking a ticket: online, within all limits at once, or at the hall by an officer for who is
 * there. */

#include "booking/booking.h"
#include "booking/desk.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/idempotency.h"
#include "core/ulid.h"

enum { NO_SHOWS_READ = 50, LINES_MAX = 30 };

static const struct field line_fields[] = {
    FIELD(struct line, hall),
    FIELD(struct line, business),
    FIELD(struct line, hall_name),
    FIELD(struct line, business_name),
    FIELD(struct line, brigade),
    FIELD(struct line, letter),
    FIELD(struct line, is_open),
    FIELD_OR_NULL(struct line, shut_reason),
    FIELD(struct line, lat_e6),
    FIELD(struct line, lon_e6),
    FIELD_OR_NULL(struct line, opens),
    FIELD_OR_NULL(struct line, closes),
    FIELD(struct line, bit),
    FIELD(struct line, capacity),
    FIELD(struct line, walkin_percent),
    FIELD(struct line, take_from),
    FIELD(struct line, take_until),
    FIELD(struct line, last_no),
    FIELD(struct line, online),
    FIELD_END,
};

/* What a person has and had. */
struct holder {
    const char *live_number;
    int64_t online_today;
};

static const struct field holder_fields[] = {
    FIELD_OR_NULL(struct holder, live_number),
    FIELD(struct holder, online_today),
    FIELD_END,
};

struct missed {
    struct day day;
};

static const struct field missed_fields[] = {
    FIELD(struct missed, day),
    FIELD_END,
};

struct taken {
    const char *id;
};

static const struct field taken_fields[] = {
    FIELD(struct taken, id),
    FIELD_END,
};

/* One line of the hall before a new ticket; `is_own` is the ticket's. */
struct line_share {
    bool is_own;
    int64_t ahead, mean_ms, spread_ms, counters, shared, free;
};

static const struct field line_share_fields[] = {
    FIELD(struct line_share, is_own),   FIELD(struct line_share, ahead),
    FIELD(struct line_share, mean_ms),  FIELD(struct line_share, spread_ms),
    FIELD(struct line_share, counters), FIELD(struct line_share, shared),
    FIELD(struct line_share, free),     FIELD_END,
};

enum {
    FIND_LINE,
    ADD_TAKER,
    LOCK_TAKER,
    FIND_HOLDER,
    LIST_MISSED,
    FIND_TAKEN,
    LIST_SHARES,
    INSERT,
    STATEMENTS_END
};

#define OPEN                                                                                       \
    "(SELECT COUNT(*) FROM booking_counter c WHERE c.hall = l.hall"                                \
    "  AND c.officer_id IS NOT NULL AND c.acted_at >= ? AND c.serves & "

const struct statement take_sql[] = {
    [FIND_LINE] =
        {.sql =
             "SELECT l.hall, l.business, h.name AS hall_name, b.name AS business_name,"
             "  h.brigade, l.letter, h.is_open, h.shut_reason, h.lat_e6, h.lon_e6,"
             "  o.opens, o.closes, l.bit, l.capacity, l.walkin_percent, l.take_from, l.take_until,"
             "  COALESCE(d.last_no, 0) AS last_no, COALESCE(d.online, 0) AS online"
             "  FROM booking_line l JOIN booking_hall h ON h.code = l.hall"
             "  JOIN booking_business b ON b.code = l.business"
             "  LEFT JOIN booking_hours o ON o.hall = l.hall AND o.is_working_day = ?"
             "  LEFT JOIN booking_line_day d ON d.hall = l.hall"
             "    AND d.business = l.business AND d.day = ?"
             "  WHERE l.hall = ? AND l.business = ?",
         ROWS(struct line, line_fields)},
    [ADD_TAKER] = {.sql = "INSERT IGNORE INTO booking_taker (day, person_id) VALUES (?, ?)"},
    [LOCK_TAKER] = {.sql = "SELECT person_id AS id FROM booking_taker"
                           "  WHERE day = ? AND person_id = ? FOR UPDATE",
                    ROWS(struct taken, taken_fields)},
    [FIND_HOLDER] = {.sql = "SELECT (SELECT number FROM booking_ticket WHERE live_person = ?"
                            "    AND business = ? AND day = ?) AS live_number,"
                            "  (SELECT COUNT(*) FROM booking_ticket WHERE person_id = ?"
                            "    AND day = ? AND way = 'online') AS online_today",
                     ROWS(struct holder, holder_fields)},
    [LIST_MISSED] = {.sql = "SELECT day FROM booking_ticket WHERE person_id = ? AND day >= ?"
                            "  AND state = 'missed' AND way = 'online' AND pardoned_at IS NULL"
                            "  ORDER BY day DESC LIMIT ?",
                     ROWS(struct missed, missed_fields)},
    [FIND_TAKEN] = {.sql = "SELECT id FROM booking_ticket WHERE taken_by = ? AND request_key = ?",
                    ROWS(struct taken, taken_fields)},
    [LIST_SHARES] = {.sql = "SELECT l.business = own.business AS is_own,"
                            "  (SELECT COUNT(*) FROM booking_ticket w FORCE INDEX (by_line)"
                            "    WHERE w.hall = l.hall"
                            "    AND w.business = l.business AND w.day = ?"
                            "    AND w.state = 'waiting' AND w.order_key < ?) AS ahead,"
                            "  COALESCE(s.mean_ms, l.service_s * 1000) AS mean_ms,"
                            "  COALESCE(s.spread_ms, l.service_s * 500) AS spread_ms, " //
                     OPEN "l.bit) AS counters, "                                        //
                     OPEN "l.bit AND c.serves & own.bit) AS shared, "                   //
                     OPEN "own.bit AND c.ticket_id IS NULL) AS free"
                            "  FROM booking_line own JOIN booking_line l ON l.hall = own.hall"
                            "  LEFT JOIN booking_service_time s ON s.hall = l.hall"
                            "    AND s.business = l.business"
                            "  WHERE own.hall = ? AND own.business = ? LIMIT 30",
                     ROWS(struct line_share, line_share_fields)},
    [INSERT] = {.sql = "INSERT INTO booking_ticket (id, hall, business, day, number, way,"
                       "  person_id, taken_by, request_key, is_priority, order_key, taken_at,"
                       "  told_from, told_to) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [STATEMENTS_END] = {.sql = NULL},
};

/* --- Input ------------------------------------------------------------------------------------ */

/* A place anywhere in the country. */
const struct param take_params[] = {
    PARAM(struct take_input, hall, .source = PATH, .check = is_code),
    PARAM(struct take_input, business, .source = BODY, .min = 2, .max = 16, .check = is_code),
    PARAM(struct take_input, lat_e6, .source = BODY, .min = 3000000, .max = 54000000),
    PARAM(struct take_input, lon_e6, .source = BODY, .min = 73000000, .max = 136000000),
    PARAM_END,
};

const struct param walkin_params[] = {
    PARAM(struct walkin_input, hall, .source = PATH, .check = is_code),
    PARAM(struct walkin_input, business, .source = BODY, .min = 2, .max = 16, .check = is_code),
    PARAM(struct walkin_input, is_priority, .source = BODY, .optional = true),
    PARAM_END,
};

/* --- Whether it may be ------------------------------------------------------------------------ */

struct taking {
    const char *hall, *business;
    struct place place;
    bool is_online, is_priority;
    struct line line;
    struct limits limits;
    const char *id; /* of the ticket that was taken */
};

/* Everybody's conditions: the hall, the hour, the number of tickets. */
static void check_line(struct request *r, const struct taking *taking)
{
    const struct line *line = &taking->line;
    int64_t minute = minute_of_day(r->now);

    if (!line->is_open)
        reason(r, HALL_CLOSED, VALUES(line->hall, line->shut_reason));
    else if (line->opens == NONE)
        reason(r, HALL_CLOSED, VALUES(line->hall));
    else if (minute >= line->closes)
        reason(r, HALL_CLOSED,
               VALUES(line->hall, minute_text(r->arena, line->opens),
                      minute_text(r->arena, line->closes)));
    if (taking->is_online && minute < line->take_from)
        reason(r, TAKEN_TOO_EARLY, VALUES(minute_text(r->arena, line->take_from)));
    if (minute >= line->take_until)
        reason(r, TAKEN_TOO_LATE, VALUES(minute_text(r->arena, line->take_until)));
    if (line->last_no >= line->capacity)
        reason(r, DAY_FULL, VALUES(line->last_no, line->capacity));
}

/* One after the other, so that of several at once none is overlooked; before any line. */
static enum error lock_taker(struct request *r)
{
    struct values key = VALUES(civil_day(r->now), r->person_id);
    struct taken taker;
    enum error found = db_one(r, &take_sql[LOCK_TAKER], &taker, key);

    if (found != E_NOT_FOUND)
        return found;
    TRY(db_run(r, &take_sql[ADD_TAKER], key));
    return db_one(r, &take_sql[LOCK_TAKER], &taker, key);
}

static enum error check_holder(struct request *r, const struct taking *taking)
{
    struct day today = civil_day(r->now);
    struct holder holder;

    TRY(lock_taker(r));
    TRY(db_one(r, &take_sql[FIND_HOLDER], &holder,
               VALUES(r->person_id, taking->business, today, r->person_id, today)));
    if (holder.live_number != NULL)
        reason(r, HAS_TICKET, VALUES(holder.live_number));
    if (holder.online_today >= taking->limits.online_a_day)
        reason(r, TOO_MANY_TODAY, VALUES(holder.online_today, taking->limits.online_a_day));
    return E_OK;
}

static enum error check_no_shows(struct request *r, const struct limits *limits)
{
    struct day today = civil_day(r->now);
    struct day since = {today.number - limits->bar_days - limits->no_show_days};
    struct records missed;
    struct day until;

    TRY(db_many(r, &take_sql[LIST_MISSED], &missed, VALUES(r->person_id, since, NO_SHOWS_READ)));
    until = barred_until(missed.items, missed.count, limits->no_shows, limits->no_show_days,
                         limits->bar_days);
    if (until.number != NONE && today.number <= until.number)
        reason(r, BARRED, VALUES(until));
    return E_OK;
}

static enum error check_online(struct request *r, const struct taking *taking)
{
    const struct line *line = &taking->line;
    int64_t room = online_room(line->capacity, line->walkin_percent);
    int64_t away_m = distance_m(taking->place, (struct place){line->lat_e6, line->lon_e6});

    if (away_m > taking->limits.distance_m)
        reason(r, TOO_FAR, VALUES(away_m, taking->limits.distance_m));
    if (line->online >= room)
        reason(r, ONLINE_FULL, VALUES(line->online, room));
    TRY(check_holder(r, taking));
    return check_no_shows(r, &taking->limits);
}

/* --- Taking it -------------------------------------------------------------------------------- */

/* The line is locked from here on. Others may have taken the last since it was looked at. */
static enum error take_number(struct request *r, const struct taking *taking, struct ticket *ticket)
{
    const struct line *line = &taking->line;
    int64_t room = online_room(line->capacity, line->walkin_percent);
    struct line_day given;

    TRY(lock_line(r, ticket, &given));
    if (given.last_no >= line->capacity)
        reason(r, DAY_FULL, VALUES(given.last_no, line->capacity));
    if (taking->is_online && given.online >= room)
        reason(r, ONLINE_FULL, VALUES(given.online, room));
    TRY(refused(r));
    given.last_no++;
    given.online += taking->is_online;
    ticket->number = ticket_number(r->arena, line->letter, given.last_no);
    TRY(place_in_line(r, ticket, taking->is_priority ? taking->limits.priority_after : NONE,
                      &given));
    return keep_line(r, ticket, &given);
}

/* What the holder is told now, and what it is measured by later. */
static enum error foretell(struct request *r, const struct ticket *ticket, struct instant told[2])
{
    struct share shares[LINES_MAX];
    struct own_line own = {0};
    struct instant minute = {r->now.ms / MINUTE_MS * MINUTE_MS};
    struct records rows;
    const struct line_share *row;
    struct instant since;
    struct wait wait;

    TRY(find_presence(r, &since));
    TRY(db_many(r, &take_sql[LIST_SHARES], &rows,
                VALUES(ticket->day, ticket->order_key, since, since, since, ticket->hall,
                       ticket->business)));
    row = rows.items;
    for (size_t i = 0; i < rows.count; i++, row++) {
        shares[i] =
            (struct share){row->ahead, row->mean_ms, row->spread_ms, row->counters, row->shared};
        if (row->is_own)
            own = (struct own_line){row->mean_ms, row->spread_ms, row->counters, row->free};
    }
    told[0] = told[1] = (struct instant){NONE};
    if (expected_wait(shares, rows.count, &own, &wait)) {
        told[0] = instant_add(minute, wait.from_ms);
        told[1] = instant_add(minute, wait.to_ms + MINUTE_MS);
    }
    return E_OK;
}

static enum error insert_ticket(struct request *r, const struct taking *taking,
                                const struct ticket *ticket)
{
    struct instant told[2];
    enum error inserted;

    TRY(foretell(r, ticket, told));
    inserted = db_run(r, &take_sql[INSERT],
                      VALUES(ticket->id, ticket->hall, ticket->business, ticket->day,
                             ticket->number, ticket->way, ticket->person_id, r->actor_id, r->key,
                             ticket->is_priority, ticket->order_key, r->now, told[0], told[1]));
    /* Of two requests of one person the other was faster. */
    if (inserted == E_EXISTS && taking->is_online)
        return refuse(r, HAS_TICKET, VALUES(taking->line.business_name));
    return inserted;
}

static enum error take_ticket(struct request *r, struct taking *taking)
{
    struct ticket ticket = {
        .id = ulid_new(r),
        .hall = taking->line.hall,
        .business = taking->line.business,
        .way = taking->is_online ? "online" : "hall",
        .person_id = taking->is_online ? r->person_id : NULL,
        .day = civil_day(r->now),
        .is_priority = taking->is_priority,
    };

    TRY(take_number(r, taking, &ticket));
    TRY(insert_ticket(r, taking, &ticket));
    taking->id = ticket.id;
    return E_OK;
}

/* A second tap, or run again after a COMMIT whose answer was lost: the ticket is there. */
static enum error find_taken(struct request *r, struct taking *taking)
{
    struct taken taken;

    TRY(db_one(r, &take_sql[FIND_TAKEN], &taken, VALUES(r->actor_id, r->key)));
    taking->id = taken.id;
    return E_OK;
}

static enum error take(struct request *r, void *product)
{
    struct taking *taking = product;

    if (!idempotency_is_new(r))
        return find_taken(r, taking);
    TRY(find_limits(r, &taking->limits));
    TRY(db_one(r, &take_sql[FIND_LINE], &taking->line,
               VALUES(works_today(r), civil_day(r->now), taking->hall, taking->business)));
    if (!taking->is_online)
        TRY(check_brigade(r, taking->hall, taking->line.brigade));
    check_line(r, taking);
    if (taking->is_online)
        TRY(check_online(r, taking));
    TRY(refused(r));
    TRY(take_ticket(r, taking));
    if (taking->is_priority)
        audit(r, "priority_ticket", taking->id, "%s %s", taking->hall, taking->business);
    return E_OK;
}

enum error take_online(struct request *r)
{
    const struct take_input *in = r->input;
    struct taking taking = {
        .hall = in->hall,
        .business = in->business,
        .place = {in->lat_e6, in->lon_e6},
        .is_online = true,
    };

    TRY(db_transaction(r, take, &taking));
    return reply_ticket(r, 201, taking.id, true);
}

enum error take_walkin(struct request *r)
{
    const struct walkin_input *in = r->input;
    struct taking taking = {
        .hall = in->hall, .business = in->business, .is_priority = in->is_priority};

    TRY(db_transaction(r, take, &taking));
    return reply_ticket(r, 201, taking.id, true);
}
