/* What anybody may see: the halls, and what stands on a hall's display. Both are the same for all,
   so nginx keeps them for a second and answers 304 to whoever has them as they are. */

#include "booking/booking.h"
#include "core/clock.h"
#include "core/crypto.h"

enum { CALLS_SHOWN = 10 };

/* A line with what the wait of somebody who comes now is made from. */
struct hall_line {
    const char *hall, *hall_name, *address, *business, *business_name, *letter;
    bool is_open;
    const char *shut_reason;
    int64_t lat_e6, lon_e6, opens, closes, bit, mean_ms, spread_ms, waiting;
};

static const struct field hall_line_fields[] = {
    FIELD(struct hall_line, hall),
    FIELD(struct hall_line, hall_name),
    FIELD(struct hall_line, address),
    FIELD(struct hall_line, business),
    FIELD(struct hall_line, business_name),
    FIELD(struct hall_line, letter),
    FIELD(struct hall_line, is_open),
    FIELD_OR_NULL(struct hall_line, shut_reason),
    FIELD(struct hall_line, lat_e6),
    FIELD(struct hall_line, lon_e6),
    FIELD_OR_NULL(struct hall_line, opens),
    FIELD_OR_NULL(struct hall_line, closes),
    FIELD(struct hall_line, bit),
    FIELD(struct hall_line, mean_ms),
    FIELD(struct hall_line, spread_ms),
    FIELD(struct hall_line, waiting),
    FIELD_END,
};

struct open_counter {
    const char *hall;
    int64_t no, serves;
    bool is_free;
};

static const struct field open_counter_fields[] = {
    FIELD(struct open_counter, hall),
    FIELD(struct open_counter, no),
    FIELD(struct open_counter, serves),
    FIELD(struct open_counter, is_free),
    FIELD_END,
};

struct call {
    const char *number, *state;
    int64_t counter, recalls;
};

static const struct field call_fields[] = {
    FIELD(struct call, number),
    FIELD(struct call, counter),
    FIELD(struct call, state),
    FIELD(struct call, recalls),
    FIELD_END,
};

enum { LIST_ALL, LIST_OF_HALL, LIST_COUNTERS, LIST_COUNTERS_OF_HALL, LIST_CALLS, STATEMENTS_END };

#define LINES(where)                                                                               \
    "SELECT h.code AS hall, h.name AS hall_name, h.address, h.is_open, h.shut_reason, h.lat_e6,"   \
    "  h.lon_e6, o.opens, o.closes, l.business, b.name AS business_name, l.letter, l.bit,"         \
    "  COALESCE(s.mean_ms, l.service_s * 1000) AS mean_ms,"                                        \
    "  COALESCE(s.spread_ms, l.service_s * 500) AS spread_ms,"                                     \
    "  (SELECT COUNT(*) FROM booking_ticket w FORCE INDEX (by_line)"                               \
    "    WHERE w.hall = l.hall AND w.business = l.business"                                        \
    "    AND w.day = ? AND w.state = 'waiting') AS waiting"                                        \
    "  FROM booking_hall h JOIN booking_line l ON l.hall = h.code"                                 \
    "  JOIN booking_business b ON b.code = l.business"                                             \
    "  LEFT JOIN booking_hours o ON o.hall = h.code AND o.is_working_day = ?"                      \
    "  LEFT JOIN booking_service_time s ON s.hall = l.hall AND s.business = l.business" where      \
    "  ORDER BY h.code, l.letter LIMIT 1000"
#define COUNTERS                                                                                   \
    "SELECT hall, no, serves, ticket_id IS NULL AS is_free FROM booking_counter"                   \
    "  WHERE officer_id IS NOT NULL AND acted_at >= ?"

const struct statement hall_sql[] = {
    [LIST_ALL] = {.sql = LINES(""), ROWS(struct hall_line, hall_line_fields)},
    [LIST_OF_HALL] = {.sql = LINES(" WHERE h.code = ?"), ROWS(struct hall_line, hall_line_fields)},
    [LIST_COUNTERS] = {.sql = COUNTERS " ORDER BY hall, no LIMIT 1000",
                       ROWS(struct open_counter, open_counter_fields)},
    [LIST_COUNTERS_OF_HALL] = {.sql = COUNTERS " AND hall = ? ORDER BY no LIMIT 1000",
                               ROWS(struct open_counter, open_counter_fields)},
    [LIST_CALLS] = {.sql = "SELECT number, counter, state, recalls"
                           "  FROM booking_ticket FORCE INDEX (by_day)"
                           "  WHERE day = ? AND state IN ('called', 'serving') AND hall = ?"
                           "  ORDER BY shown_at DESC, id DESC LIMIT ?",
                    ROWS(struct call, call_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

/* --- What is answered ------------------------------------------------------------------------- */

struct line_view {
    const char *business, *name, *letter;
    int64_t waiting, counters, wait_from_minutes, wait_to_minutes;
};

static const struct field line_view_fields[] = {
    FIELD(struct line_view, business),
    FIELD(struct line_view, name),
    FIELD(struct line_view, letter),
    FIELD(struct line_view, waiting),
    FIELD(struct line_view, counters),
    FIELD_OR_NULL(struct line_view, wait_from_minutes),
    FIELD_OR_NULL(struct line_view, wait_to_minutes),
    FIELD_END,
};

struct hall_view {
    const char *hall, *name, *address, *opens, *closes, *shut_reason;
    int64_t lat_e6, lon_e6;
    bool is_open;
    struct records lines, calls;
};

const struct field hall_view_fields[] = {
    FIELD(struct hall_view, hall),
    FIELD(struct hall_view, name),
    FIELD(struct hall_view, address),
    FIELD(struct hall_view, lat_e6),
    FIELD(struct hall_view, lon_e6),
    FIELD_OR_NULL(struct hall_view, opens),
    FIELD_OR_NULL(struct hall_view, closes),
    FIELD(struct hall_view, is_open),
    FIELD_OR_NULL(struct hall_view, shut_reason),
    FIELD_LIST(struct hall_view, lines, line_view_fields, struct line_view),
    FIELD_END,
};

const struct field display_fields[] = {
    FIELD(struct hall_view, hall),
    FIELD(struct hall_view, name),
    FIELD(struct hall_view, is_open),
    FIELD_OR_NULL(struct hall_view, shut_reason),
    FIELD_LIST(struct hall_view, calls, call_fields, struct call),
    FIELD_LIST(struct hall_view, lines, line_view_fields, struct line_view),
    FIELD_END,
};

bool is_code(const char *text)
{
    size_t size = strlen(text);

    return size >= 2 && size <= 16 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == size;
}

const struct param hall_params[] = {
    PARAM(struct hall_input, hall, .source = PATH, .check = is_code),
    PARAM_END,
};

/* Another line of the hall, to somebody who comes to `own`. */
static struct share share_of(const struct hall_line *line, const struct hall_line *own,
                             const struct records *counters)
{
    struct share share = {line->waiting, line->mean_ms, line->spread_ms, 0, 0};
    const struct open_counter *counter = counters->items;

    for (size_t i = 0; i < counters->count; i++, counter++) {
        if (strcmp(counter->hall, line->hall) != 0 || !(counter->serves & line->bit))
            continue;
        share.counters++;
        share.shared += (counter->serves & own->bit) != 0;
    }
    return share;
}

static int64_t count_free(const struct hall_line *line, const struct records *counters)
{
    const struct open_counter *counter = counters->items;
    int64_t count = 0;

    for (size_t i = 0; i < counters->count; i++, counter++)
        count += strcmp(counter->hall, line->hall) == 0 && (counter->serves & line->bit) &&
                 counter->is_free;
    return count;
}

static struct line_view view_line(struct request *r, const struct hall_line *lines, size_t count,
                                  size_t index, const struct records *counters)
{
    const struct hall_line *line = &lines[index];
    struct share *shares = arena_alloc(r->arena, count * sizeof(*shares));
    struct own_line own = {line->mean_ms, line->spread_ms, 0, count_free(line, counters)};
    struct line_view view = {
        line->business, line->business_name, line->letter, line->waiting, 0, NONE, NONE};
    struct wait wait;

    for (size_t i = 0; i < count; i++)
        shares[i] = share_of(&lines[i], line, counters);
    own.counters = view.counters = shares[index].counters;
    if (expected_wait(shares, count, &own, &wait)) {
        view.wait_from_minutes = wait.from_ms / MINUTE_MS;
        view.wait_to_minutes = wait.to_ms / MINUTE_MS;
    }
    return view;
}

static bool is_open_now(const struct hall_line *line, int64_t minute)
{
    return line->is_open && line->opens != NONE && line->opens <= minute && minute < line->closes;
}

/* The hall whose `count` lines these are. */
static struct hall_view view_hall(struct request *r, const struct hall_line *lines, size_t count,
                                  const struct records *counters)
{
    struct line_view *views = arena_alloc(r->arena, count * sizeof(*views));
    bool has_hours = lines->opens != NONE;

    for (size_t i = 0; i < count; i++)
        views[i] = view_line(r, lines, count, i, counters);
    return (struct hall_view){
        .hall = lines->hall,
        .name = lines->hall_name,
        .address = lines->address,
        .lat_e6 = lines->lat_e6,
        .lon_e6 = lines->lon_e6,
        .opens = has_hours ? minute_text(r->arena, lines->opens) : NULL,
        .closes = has_hours ? minute_text(r->arena, lines->closes) : NULL,
        .is_open = is_open_now(lines, minute_of_day(r->now)),
        .shut_reason = lines->shut_reason,
        .lines = {views, count},
    };
}

/* Of the very bytes: as long as nothing moves they stay the same. */
static enum error tag_answer(struct request *r)
{
    struct bytes answer = {(const unsigned char *)r->answer, r->answer_size};

    reply_header(r, "ETag", arena_printf(r->arena, "\"%.32s\"", sha256_hex(r->arena, answer)));
    reply_header(r, "Cache-Control", "public, max-age=1");
    return E_OK;
}

enum error list_halls(struct request *r)
{
    struct records lines, counters, halls;
    const struct hall_line *line;
    struct hall_view *views;
    struct instant since;
    size_t count = 0;

    TRY(find_presence(r, &since));
    TRY(db_many(r, &hall_sql[LIST_ALL], &lines, VALUES(civil_day(r->now), works_today(r))));
    TRY(db_many(r, &hall_sql[LIST_COUNTERS], &counters, VALUES(since)));
    line = lines.items;
    views = arena_alloc(r->arena, (lines.count + 1) * sizeof(*views));
    for (size_t first = 0, next; first < lines.count; first = next) {
        for (next = first + 1; next < lines.count; next++)
            if (strcmp(line[first].hall, line[next].hall) != 0)
                break;
        views[count++] = view_hall(r, &line[first], next - first, &counters);
    }
    halls = (struct records){views, count};
    TRY(reply_page(r, hall_view_fields, sizeof(*views), halls, NULL));
    return tag_answer(r);
}

/* Numbers and counters only, and no time. */
enum error show_display(struct request *r)
{
    const struct hall_input *in = r->input;
    struct records lines, counters;
    struct hall_view view;
    struct instant since;

    TRY(find_presence(r, &since));
    TRY(db_many(r, &hall_sql[LIST_OF_HALL], &lines,
                VALUES(civil_day(r->now), works_today(r), in->hall)));
    if (lines.count == 0)
        return E_NOT_FOUND;
    TRY(db_many(r, &hall_sql[LIST_COUNTERS_OF_HALL], &counters, VALUES(since, in->hall)));
    view = view_hall(r, lines.items, lines.count, &counters);
    TRY(db_many(r, &hall_sql[LIST_CALLS], &view.calls,
                VALUES(civil_day(r->now), in->hall, CALLS_SHOWN)));
    TRY(reply_record(r, 200, display_fields, &view));
    return tag_answer(r);
}
