/* Telling those who are nearly called, as a ticket of their line is. */

#include <inttypes.h>
#include <stdlib.h>

#include "booking/desk.h"
#include "casework/tell.h"
#include "core/clock.h"

enum { NEAR_MAX = 10 };

struct near {
    const char *id, *person_id, *number, *hall_name, *business_name;
    struct instant told_at;
    int64_t ahead;
};

static const struct field near_fields[] = {
    FIELD(struct near, id),
    FIELD_OR_NULL(struct near, person_id),
    FIELD(struct near, number),
    FIELD(struct near, hall_name),
    FIELD(struct near, business_name),
    FIELD_OR_NULL(struct near, told_at),
    FIELD_END,
};

enum { LIST_NEAR, MARK_TOLD, STATEMENTS_END };

/* No lock on a ticket of somebody who waits: whoever calls would pass it over. */
const struct statement near_sql[] = {
    [LIST_NEAR] = {.sql = "SELECT w.id, w.person_id, w.number, h.name AS hall_name,"
                          "  b.name AS business_name, n.told_at"
                          "  FROM booking_ticket w FORCE INDEX (by_line)"
                          "  JOIN booking_hall h ON h.code = w.hall"
                          "  JOIN booking_business b ON b.code = w.business"
                          "  LEFT JOIN booking_near_told n ON n.ticket_id = w.id"
                          "  WHERE w.hall = ? AND w.business = ? AND w.day = ?"
                          "  AND w.state = 'waiting' ORDER BY w.order_key LIMIT ?",
                   ROWS(struct near, near_fields)},
    [MARK_TOLD] = {.sql = "INSERT IGNORE INTO booking_near_told (ticket_id, told_at)"
                          "  VALUES (?, ?)"},
    [STATEMENTS_END] = {.sql = NULL},
};

static enum error tell(struct request *r, const struct near *near)
{
    enum error marked = db_change(r, &near_sql[MARK_TOLD], VALUES(near->id, r->now));

    if (marked != E_OK) /* by another counter, at this moment */
        return marked == E_NOT_FOUND ? E_OK : marked;
    return tell_person(
        r, &(struct telling){.kind = "ticket_near",
                             .subject = near->id,
                             .person_id = near->person_id,
                             .about = near->id,
                             .values = TOLD("where", near->hall_name, "what", near->business_name,
                                            "no", near->number, "ahead",
                                            arena_printf(r->arena, "%" PRId64, near->ahead))});
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct near *)a)->id, ((const struct near *)b)->id);
}

/* Two counters that tell the same people do so in one order, so that neither waits for the other.
 */
enum error tell_near(struct request *r, const struct ticket *called)
{
    struct limits limits;
    struct records rows;
    struct near *near;
    size_t count = 0;

    TRY(find_limits(r, &limits));
    TRY(db_many(r, &near_sql[LIST_NEAR], &rows,
                VALUES(called->hall, called->business, called->day,
                       limits.near_ahead < NEAR_MAX ? limits.near_ahead + 1 : NEAR_MAX)));
    near = arena_alloc(r->arena, (rows.count + 1) * sizeof(*near));
    for (size_t i = 0; i < rows.count; i++) {
        near[count] = ((const struct near *)rows.items)[i];
        near[count].ahead = (int64_t)i;
        count += near[count].person_id != NULL && near[count].told_at.ms == NONE;
    }
    qsort(near, count, sizeof(*near), by_id);
    for (size_t i = 0; i < count; i++)
        TRY(tell(r, &near[i]));
    return E_OK;
}
