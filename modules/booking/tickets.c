/* What the holder of a ticket sees, in one statement, and leaving the queue. */

#include "booking/booking.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/idempotency.h"
#include "core/ulid.h"

#include <inttypes.h>

enum { LINES_MAX = 30 };

/* A ticket beside one of the lines of its hall; as many rows as there are lines. */
struct ticket_row {
    const char *id, *hall, *hall_name, *business, *business_name, *number, *way, *state,
        *last_called;
    const char *line;
    bool is_priority;
    int64_t counter, recalls, ahead, mean_ms, spread_ms, counters, shared, free;
    struct instant taken_at, called_at, ended_at;
};

static const struct field ticket_row_fields[] = {
    FIELD(struct ticket_row, id),
    FIELD(struct ticket_row, hall),
    FIELD(struct ticket_row, hall_name),
    FIELD(struct ticket_row, business),
    FIELD(struct ticket_row, business_name),
    FIELD(struct ticket_row, number),
    FIELD(struct ticket_row, way),
    FIELD(struct ticket_row, state),
    FIELD_OR_NULL(struct ticket_row, last_called),
    FIELD(struct ticket_row, line),
    FIELD(struct ticket_row, is_priority),
    FIELD_OR_NULL(struct ticket_row, counter),
    FIELD(struct ticket_row, recalls),
    FIELD(struct ticket_row, ahead),
    FIELD(struct ticket_row, mean_ms),
    FIELD(struct ticket_row, spread_ms),
    FIELD(struct ticket_row, counters),
    FIELD(struct ticket_row, shared),
    FIELD(struct ticket_row, free),
    FIELD(struct ticket_row, taken_at),
    FIELD_OR_NULL(struct ticket_row, called_at),
    FIELD_OR_NULL(struct ticket_row, ended_at),
    FIELD_END,
};

struct ticket_view {
    const char *id, *hall, *hall_name, *business, *business_name, *number, *way, *state,
        *state_text;
    const char *last_called;
    bool is_priority;
    int64_t counter, recalls, ahead, ask_again_s;
    struct instant taken_at, called_at, ended_at, earliest_at, latest_at;
};

const struct field ticket_view_fields[] = {
    FIELD(struct ticket_view, id),
    FIELD(struct ticket_view, hall),
    FIELD(struct ticket_view, hall_name),
    FIELD(struct ticket_view, business),
    FIELD(struct ticket_view, business_name),
    FIELD(struct ticket_view, number),
    FIELD(struct ticket_view, way),
    FIELD(struct ticket_view, is_priority),
    FIELD(struct ticket_view, state),
    FIELD(struct ticket_view, state_text),
    FIELD_OR_NULL(struct ticket_view, ahead),
    FIELD_OR_NULL(struct ticket_view, earliest_at),
    FIELD_OR_NULL(struct ticket_view, latest_at),
    FIELD_OR_NULL(struct ticket_view, last_called),
    FIELD_OR_NULL(struct ticket_view, counter),
    FIELD(struct ticket_view, recalls),
    FIELD(struct ticket_view, taken_at),
    FIELD_OR_NULL(struct ticket_view, called_at),
    FIELD_OR_NULL(struct ticket_view, ended_at),
    FIELD_OR_NULL(struct ticket_view, ask_again_s),
    FIELD_END,
};

struct own_ticket {
    const char *id, *hall, *business, *number, *state;
    struct instant taken_at;
};

const struct field own_ticket_fields[] = {
    FIELD(struct own_ticket, id),
    FIELD(struct own_ticket, hall),
    FIELD(struct own_ticket, business),
    FIELD(struct own_ticket, number),
    FIELD(struct own_ticket, state),
    FIELD(struct own_ticket, taken_at),
    FIELD_END,
};

enum { SHOW_OWN, SHOW_TAKEN, LIST_OWN, STATEMENTS_END };

#define OPEN                                                                                       \
    "(SELECT COUNT(*) FROM booking_counter c WHERE c.hall = t.hall"                                \
    "  AND c.officer_id IS NOT NULL AND c.acted_at >= ? AND c.serves & "
#define SHOW                                                                                       \
    "SELECT t.id, t.hall, h.name AS hall_name, t.business, b.name AS business_name, t.number,"     \
    "  t.way, t.state, t.is_priority, t.counter, t.recalls, t.taken_at, t.called_at, t.ended_at,"  \
    "  (SELECT n.number FROM booking_ticket n FORCE INDEX (by_line) WHERE n.day = t.day"           \
    "    AND n.state IN ('called', 'serving') AND n.hall = t.hall AND n.business = t.business"     \
    "    ORDER BY n.shown_at DESC LIMIT 1) AS last_called,"                                        \
    "  l.business AS line,"                                                                        \
    "  (SELECT COUNT(*) FROM booking_ticket w FORCE INDEX (by_line) WHERE w.hall = l.hall"         \
    "    AND w.business = l.business AND w.day = t.day AND w.state = 'waiting'"                    \
    "    AND w.order_key < t.order_key) AS ahead,"                                                 \
    "  COALESCE(s.mean_ms, l.service_s * 1000) AS mean_ms,"                                        \
    "  COALESCE(s.spread_ms, l.service_s * 500) AS spread_ms, " OPEN "l.bit) AS counters, " OPEN   \
    "l.bit AND c.serves & own.bit) AS shared, " OPEN "own.bit AND c.ticket_id IS NULL) AS free"    \
    "  FROM booking_ticket t JOIN booking_hall h ON h.code = t.hall"                               \
    "  JOIN booking_business b ON b.code = t.business"                                             \
    "  JOIN booking_line own ON own.hall = t.hall AND own.business = t.business"                   \
    "  JOIN booking_line l ON l.hall = t.hall"                                                     \
    "  LEFT JOIN booking_service_time s ON s.hall = l.hall AND s.business = l.business"            \
    "  WHERE t.id = ? AND "

const struct statement show_sql[] = {
    [SHOW_OWN] = {.sql = SHOW "t.person_id = ? LIMIT 30",
                  ROWS(struct ticket_row, ticket_row_fields)},
    [SHOW_TAKEN] = {.sql = SHOW "t.taken_by = ? LIMIT 30",
                    ROWS(struct ticket_row, ticket_row_fields)},
    [LIST_OWN] = {.sql = "SELECT id, hall, business, number, state, taken_at FROM booking_ticket"
                         "  WHERE person_id = ? AND day = ? ORDER BY id DESC LIMIT 50",
                  ROWS(struct own_ticket, own_ticket_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

const struct param ticket_params[] = {
    PARAM(struct ticket_input, ticket_id, .source = PATH, .check = is_ulid),
    PARAM_END,
};

const char *state_text(struct request *r, const char *state, int64_t ahead, int64_t counter)
{
    if (strcmp(state, "waiting") == 0)
        return ahead == NONE ? "等候中"
                             : arena_printf(r->arena, "等候中，前面还有%" PRId64 "人", ahead);
    if (strcmp(state, "called") == 0)
        return arena_printf(r->arena, "正在叫号，请到%" PRId64 "号窗口", counter);
    if (strcmp(state, "serving") == 0)
        return arena_printf(r->arena, "正在%" PRId64 "号窗口办理", counter);
    if (strcmp(state, "missed") == 0)
        return "已过号，请向窗口工作人员申请重新排队";
    return strcmp(state, "done") == 0 ? "已办结" : "已取消";
}

/* Only who waits is told how long. */
static void view_wait(struct request *r, const struct ticket_row *rows, size_t count,
                      struct ticket_view *view)
{
    struct share shares[LINES_MAX];
    struct own_line own = {0};
    struct instant minute = {r->now.ms / MINUTE_MS * MINUTE_MS};
    struct wait wait;

    for (size_t i = 0; i < count; i++) {
        shares[i] = (struct share){rows[i].ahead, rows[i].mean_ms, rows[i].spread_ms,
                                   rows[i].counters, rows[i].shared};
        if (strcmp(rows[i].line, rows[i].business) != 0)
            continue;
        own = (struct own_line){rows[i].mean_ms, rows[i].spread_ms, rows[i].counters, rows[i].free};
        view->ahead = rows[i].ahead;
    }
    view->ask_again_s = ask_again_s(view->ahead, own.mean_ms, own.counters);
    if (!expected_wait(shares, count, &own, &wait))
        return;
    view->earliest_at = instant_add(minute, wait.from_ms);
    view->latest_at = instant_add(minute, wait.to_ms + MINUTE_MS);
}

static struct ticket_view view_of(struct request *r, const struct ticket_row *rows, size_t count)
{
    struct ticket_view view = {
        .id = rows->id,
        .hall = rows->hall,
        .hall_name = rows->hall_name,
        .business = rows->business,
        .business_name = rows->business_name,
        .number = rows->number,
        .way = rows->way,
        .state = rows->state,
        .last_called = rows->last_called,
        .is_priority = rows->is_priority,
        .counter = rows->counter,
        .recalls = rows->recalls,
        .taken_at = rows->taken_at,
        .called_at = rows->called_at,
        .ended_at = rows->ended_at,
        .ahead = NONE,
        .earliest_at = {NONE},
        .latest_at = {NONE},
        .ask_again_s = IS_ONE_OF(rows->state, "called", "serving") ? 5 : NONE,
    };

    if (strcmp(rows->state, "waiting") == 0)
        view_wait(r, rows, count, &view);
    view.state_text = state_text(r, view.state, view.ahead, view.counter);
    return view;
}

enum error reply_ticket(struct request *r, int status, const char *id, bool by_taker)
{
    struct records rows;
    struct ticket_view view;
    struct instant since;

    TRY(find_presence(r, &since));
    TRY(db_many(r, &show_sql[by_taker ? SHOW_TAKEN : SHOW_OWN], &rows,
                VALUES(since, since, since, id, by_taker ? r->actor_id : r->person_id)));
    if (rows.count == 0)
        return E_NOT_FOUND;
    view = view_of(r, rows.items, rows.count);
    return reply_record(r, status, ticket_view_fields, &view);
}

/* Somebody else's looks absent, and that somebody asked for it is kept. */
static enum error refuse_foreign(struct request *r, const char *id)
{
    struct ticket ticket;

    TRY(find_ticket(r, id, &ticket));
    audit_refusal(r, id, "not its holder");
    return E_NOT_FOUND;
}

enum error show_ticket(struct request *r)
{
    const struct ticket_input *in = r->input;
    enum error shown = reply_ticket(r, 200, in->ticket_id, false);

    return shown == E_NOT_FOUND ? refuse_foreign(r, in->ticket_id) : shown;
}

enum error list_tickets(struct request *r)
{
    struct records rows;

    TRY(db_many(r, &show_sql[LIST_OWN], &rows, VALUES(r->person_id, civil_day(r->now))));
    return reply_page(r, own_ticket_fields, sizeof(struct own_ticket), rows, NULL);
}

/* Locked by its holder only: whoever calls passes over what is locked. */
static enum error leave(struct request *r, void *product)
{
    const struct ticket_input *in = r->input;
    struct ticket *ticket = product;

    TRY(find_ticket(r, in->ticket_id, ticket));
    if (!IS_ONE_OF(ticket->person_id, r->person_id)) {
        audit_refusal(r, ticket->id, "not its holder");
        return E_NOT_FOUND;
    }
    TRY(lock_ticket(r, in->ticket_id, ticket));
    if (!idempotency_is_new(r))
        return E_OK;
    if (strcmp(ticket->state, "waiting") != 0)
        return refuse(r, NOT_WAITING, VALUES(ticket->number, ticket->state));
    return leave_line(r, ticket->id);
}

enum error leave_queue(struct request *r)
{
    const struct ticket_input *in = r->input;
    struct ticket ticket;

    TRY(db_transaction(r, leave, &ticket));
    return reply_ticket(r, 200, in->ticket_id, false);
}
