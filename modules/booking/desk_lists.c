/* The day of a hall, as its officers see it: tickets by state, and how good the told times were. */

#include "booking/desk.h"
#include "core/clock.h"
#include "core/ulid.h"

struct desk_line {
    const char *id, *business, *number, *way, *state;
    bool is_priority;
    int64_t counter, recalls, returns;
    struct instant taken_at;
};

const struct field desk_line_fields[] = {
    FIELD(struct desk_line, id),
    FIELD(struct desk_line, business),
    FIELD(struct desk_line, number),
    FIELD(struct desk_line, way),
    FIELD(struct desk_line, state),
    FIELD(struct desk_line, is_priority),
    FIELD(struct desk_line, recalls),
    FIELD(struct desk_line, returns),
    FIELD(struct desk_line, taken_at),
    FIELD_OR_NULL(struct desk_line, counter),
    FIELD_END,
};

struct accuracy {
    int64_t tickets, inside, error_s, wait_s;
};

static const struct field accuracy_row_fields[] = {
    FIELD(struct accuracy, tickets),
    FIELD(struct accuracy, inside),
    FIELD(struct accuracy, error_s),
    FIELD(struct accuracy, wait_s),
    FIELD_END,
};

struct accuracy_view {
    const char *hall;
    struct day day;
    int64_t tickets, inside, inside_percent, mean_error_s, mean_wait_s;
};

const struct field accuracy_fields[] = {
    FIELD(struct accuracy_view, hall),
    FIELD(struct accuracy_view, day),
    FIELD(struct accuracy_view, tickets),
    FIELD(struct accuracy_view, inside),
    FIELD_OR_NULL(struct accuracy_view, inside_percent),
    FIELD_OR_NULL(struct accuracy_view, mean_error_s),
    FIELD_OR_NULL(struct accuracy_view, mean_wait_s),
    FIELD_END,
};

enum { LIST, MEASURE, STATEMENTS_END };

#define MIDDLE "TIMESTAMPDIFF(SECOND, told_from, told_to) / 2"

const struct statement desk_list_sql[] = {
    [LIST] = {.sql = "SELECT id, business, number, way, state, is_priority, recalls, returns,"
                     "  taken_at, counter FROM booking_ticket FORCE INDEX (by_day)"
                     "  WHERE day = ? AND state = ? AND hall = ? AND (order_key > ?"
                     "    OR (order_key = ? AND id > ?)) ORDER BY order_key, id LIMIT ?",
              ROWS(struct desk_line, desk_line_fields)},
    [MEASURE] = {.sql = "SELECT COUNT(*) AS tickets,"
                        "  CAST(COALESCE(SUM(first_called_at BETWEEN told_from AND told_to), 0)"
                        "    AS SIGNED) AS inside,"
                        "  CAST(COALESCE(SUM(ABS(TIMESTAMPDIFF(SECOND, told_from,"
                        "    first_called_at) - " MIDDLE ")), 0) AS SIGNED) AS error_s,"
                        "  CAST(COALESCE(SUM(TIMESTAMPDIFF(SECOND, taken_at, first_called_at)),"
                        "    0) AS SIGNED) AS wait_s"
                        "  FROM booking_ticket WHERE hall = ? AND day = ? AND told_from IS NOT NULL"
                        "  AND first_called_at IS NOT NULL",
                 ROWS(struct accuracy, accuracy_row_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

static bool is_state(const char *text)
{
    return IS_ONE_OF(text, "waiting", "called", "serving", "done", "missed", "left");
}

const struct param desk_query_params[] = {
    PARAM(struct desk_query, hall, .source = PATH, .check = is_code),
    PARAM(struct desk_query, state, .source = QUERY, .min = 4, .max = 7, .check = is_state),
    PARAM(struct desk_query, after, .source = QUERY, .check = is_ulid, .optional = true),
    PARAM(struct desk_query, limit, .source = QUERY, .min = 1, .max = 100, .optional = true),
    PARAM_END,
};

const struct param accuracy_params[] = {
    PARAM(struct accuracy_input, hall, .source = PATH, .check = is_code),
    PARAM(struct accuracy_input, day, .source = QUERY),
    PARAM_END,
};

/* Where one page ended is a ticket's place in the order. */
enum error list_desk_tickets(struct request *r)
{
    const struct desk_query *in = r->input;
    struct ticket after = {.id = "", .order_key = -1};
    int64_t limit = page_limit(in->limit);
    struct records rows;
    bool is_more;

    TRY(find_hall_brigade(r, in->hall));
    if (in->after != NULL)
        TRY(find_ticket(r, in->after, &after));
    TRY(db_many(r, &desk_list_sql[LIST], &rows,
                VALUES(civil_day(r->now), in->state, in->hall, after.order_key, after.order_key,
                       after.id, limit + 1)));
    is_more = page_cut(&rows, limit);
    return reply_page(r, desk_line_fields, sizeof(struct desk_line), rows,
                      is_more ? ((const struct desk_line *)rows.items)[rows.count - 1].id : NULL);
}

enum error show_accuracy(struct request *r)
{
    const struct accuracy_input *in = r->input;
    struct accuracy sums;
    struct accuracy_view view;

    if (!(r->roles & AUDITOR))
        TRY(find_hall_brigade(r, in->hall));
    TRY(db_one(r, &desk_list_sql[MEASURE], &sums, VALUES(in->hall, in->day)));
    view = (struct accuracy_view){in->hall, in->day, sums.tickets, sums.inside, NONE, NONE, NONE};
    if (sums.tickets > 0) {
        view.inside_percent = 100 * sums.inside / sums.tickets;
        view.mean_error_s = sums.error_s / sums.tickets;
        view.mean_wait_s = sums.wait_s / sums.tickets;
    }
    return reply_record(r, 200, accuracy_fields, &view);
}
