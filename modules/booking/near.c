/* Telling those who are nearly called, as a ticket of their line is. */

#include <inttypes.h>

#include "booking/desk.h"
#include "casework/tell.h"
#include "core/clock.h"

enum { NEAR_MAX = 10 };

struct near {
    const char *id, *person_id, *number, *hall_name, *business_name;
    struct instant near_told_at;
};

static const struct field near_fields[] = {
    FIELD(struct near, id),
    FIELD_OR_NULL(struct near, person_id),
    FIELD(struct near, number),
    FIELD(struct near, hall_name),
    FIELD(struct near, business_name),
    FIELD_OR_NULL(struct near, near_told_at),
    FIELD_END,
};

enum { LIST_NEAR, MARK_TOLD, STATEMENTS_END };

const struct statement near_sql[] = {
    [LIST_NEAR] = {.sql = "SELECT w.id, w.person_id, w.number, h.name AS hall_name,"
                          "  b.name AS business_name, w.near_told_at"
                          "  FROM booking_ticket w FORCE INDEX (by_line)"
                          "  JOIN booking_hall h ON h.code = w.hall"
                          "  JOIN booking_business b ON b.code = w.business"
                          "  WHERE w.hall = ? AND w.business = ? AND w.day = ?"
                          "  AND w.state = 'waiting' ORDER BY w.order_key LIMIT ?",
                   ROWS(struct near, near_fields)},
    [MARK_TOLD] = {.sql = "UPDATE booking_ticket SET near_told_at = ?"
                          "  WHERE id = ? AND near_told_at IS NULL"},
    [STATEMENTS_END] = {.sql = NULL},
};

static enum error tell(struct request *r, const struct near *near, int64_t ahead)
{
    enum error marked = db_change(r, &near_sql[MARK_TOLD], VALUES(r->now, near->id));

    if (marked != E_OK) /* by another counter, at this moment */
        return marked == E_NOT_FOUND ? E_OK : marked;
    return tell_person(
        r, &(struct telling){.kind = "ticket_near",
                             .subject = near->id,
                             .person_id = near->person_id,
                             .about = near->id,
                             .values = TOLD("where", near->hall_name, "what", near->business_name,
                                            "no", near->number, "ahead",
                                            arena_printf(r->arena, "%" PRId64, ahead))});
}

enum error tell_near(struct request *r, const struct ticket *called)
{
    struct limits limits;
    struct records rows;
    const struct near *near;

    TRY(find_limits(r, &limits));
    TRY(db_many(r, &near_sql[LIST_NEAR], &rows,
                VALUES(called->hall, called->business, called->day,
                       limits.near_ahead < NEAR_MAX ? limits.near_ahead + 1 : NEAR_MAX)));
    near = rows.items;
    for (size_t i = 0; i < rows.count; i++, near++)
        if (near->person_id != NULL && near->near_told_at.ms == NONE)
            TRY(tell(r, near, (int64_t)i));
    return E_OK;
}
