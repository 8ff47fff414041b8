#include "core/clock.h"
#include "core/db.h"
#include "core/ulid.h"
#include "parking/parking.h"

static const struct field lot_fields[] = {
    FIELD(struct lot, id),          FIELD(struct lot, permit_application_id),
    FIELD(struct lot, operator_id), FIELD(struct lot, credit_code),
    FIELD(struct lot, name),        FIELD(struct lot, address),
    FIELD(struct lot, division),    FIELD(struct lot, lot_kind),
    FIELD(struct lot, spaces),      FIELD(struct lot, valid_to),
    FIELD(struct lot, opened_at),   FIELD_OR_NULL(struct lot, closed_at),
    FIELD(struct lot, ver),         FIELD_END,
};

static const struct field lot_permit_fields[] = {
    FIELD(struct lot_permit, application_id),
    FIELD(struct lot_permit, valid_from),
    FIELD(struct lot_permit, valid_to),
    FIELD_END,
};

#define LOT                                                                                        \
    "SELECT l.id, l.permit_application_id, l.operator_id, l.credit_code, l.name, l.address,"       \
    "  l.division, l.lot_kind, l.spaces, l.valid_to, l.opened_at, l.closed_at, l.ver"              \
    "  FROM parking_lot l "
#define BY_PERMIT                                                                                  \
    LOT "JOIN parking_permit p ON p.application_id = l.permit_application_id"                      \
        "  WHERE p.permit_no = ?"

enum {
    FIND_AT,
    FIND_BY_PERMIT,
    LOCK_BY_PERMIT,
    FIND_BY_APPLICATION,
    INSERT,
    CHANGE,
    END,
    RESTORE,
    FREE_PLACE,
    LIST_OPEN,
    INSERT_PERMIT,
    LIST_STANDING,
    STATEMENTS_END
};

const struct statement lot_sql[] = {
    [FIND_AT] = {.sql = LOT "WHERE l.address = ? AND l.name = ? AND l.is_open = 1"
                            "  AND l.valid_to >= ?",
                 ROWS(struct lot, lot_fields)},
    [FIND_BY_PERMIT] = {.sql = BY_PERMIT, ROWS(struct lot, lot_fields)},
    [LOCK_BY_PERMIT] = {.sql = BY_PERMIT " FOR UPDATE", ROWS(struct lot, lot_fields)},
    [FIND_BY_APPLICATION] = {.sql = LOT "WHERE l.id = (SELECT s.lot_id FROM parking_lot_permit s"
                                        "  WHERE s.application_id = ?) FOR UPDATE",
                             ROWS(struct lot, lot_fields)},
    [INSERT] = {.sql = "INSERT INTO parking_lot (id, permit_application_id, operator_id,"
                       "  credit_code, name, address, division, lot_kind, spaces, valid_to,"
                       "  opened_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [CHANGE] = {.sql = "UPDATE parking_lot SET permit_application_id = ?, operator_id = ?,"
                       "  credit_code = ?, name = ?, address = ?, division = ?, lot_kind = ?,"
                       "  spaces = ?, valid_to = ?, ver = ver + 1 WHERE id = ? AND ver = ?"},
    [END] = {.sql = "UPDATE parking_lot SET closed_at = ?, is_open = NULL, ver = ver + 1"
                    "  WHERE id = ? AND ver = ?"},
    [RESTORE] = {.sql = "UPDATE parking_lot SET closed_at = NULL, is_open = TRUE,"
                        "  permit_application_id = ?, valid_to = ?, ver = ver + 1"
                        "  WHERE id = ? AND ver = ?"},
    [FREE_PLACE] = {.sql = "UPDATE parking_lot SET closed_at = ?, is_open = NULL, ver = ver + 1"
                           "  WHERE address = ? AND name = ? AND is_open = 1 AND valid_to < ?"},
    [LIST_OPEN] = {.sql = LOT "WHERE l.division = ? AND l.id < ? AND l.is_open = 1"
                              "  AND l.valid_to >= ? ORDER BY l.id DESC LIMIT ?",
                   ROWS(struct lot, lot_fields)},
    [INSERT_PERMIT] = {.sql = "INSERT INTO parking_lot_permit (application_id, lot_id)"
                              "  VALUES (?, ?)"},
    [LIST_STANDING] = {.sql = "SELECT p.application_id, p.valid_from, p.valid_to"
                              "  FROM parking_lot_permit s JOIN parking_permit p"
                              "    ON p.application_id = s.application_id"
                              "  WHERE s.lot_id = ? AND p.revoked_at IS NULL AND p.valid_to >= ?"
                              "  ORDER BY p.valid_from LIMIT 100",
                       ROWS(struct lot_permit, lot_permit_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error lot_at(struct request *r, const char *address, const char *name, struct lot *lot)
{
    return db_one(r, &lot_sql[FIND_AT], lot, VALUES(address, name, civil_day(r->now)));
}

bool lot_has_ended(const struct request *r, const struct lot *lot)
{
    return civil_day(r->now).number > lot->valid_to.number;
}

enum error free_place(struct request *r, const struct lot *successor)
{
    return db_run(r, &lot_sql[FREE_PLACE],
                  VALUES(r->now, successor->address, successor->name, civil_day(r->now)));
}

enum error lock_lot(struct request *r, const char *permit_no, struct lot *lot)
{
    return db_one(r, &lot_sql[LOCK_BY_PERMIT], lot, VALUES(permit_no));
}

enum error find_lot(struct request *r, const char *permit_no, struct lot *lot)
{
    return db_one(r, &lot_sql[FIND_BY_PERMIT], lot, VALUES(permit_no));
}

enum error lot_of_permit(struct request *r, const char *application_id, struct lot *lot)
{
    return db_one(r, &lot_sql[FIND_BY_APPLICATION], lot, VALUES(application_id));
}

enum error insert_lot(struct request *r, const struct lot *lot)
{
    return db_run(r, &lot_sql[INSERT],
                  VALUES(lot->id, lot->permit_application_id, lot->operator_id, lot->credit_code,
                         lot->name, lot->address, lot->division, lot->lot_kind, lot->spaces,
                         lot->valid_to, r->now));
}

enum error change_lot(struct request *r, const struct lot *lot)
{
    return db_change(r, &lot_sql[CHANGE],
                     VALUES(lot->permit_application_id, lot->operator_id, lot->credit_code,
                            lot->name, lot->address, lot->division, lot->lot_kind, lot->spaces,
                            lot->valid_to, lot->id, lot->ver));
}

enum error end_lot(struct request *r, const struct lot *lot)
{
    return db_change(r, &lot_sql[END], VALUES(r->now, lot->id, lot->ver));
}

enum error add_lot_permit(struct request *r, const struct lot *lot)
{
    return db_run(r, &lot_sql[INSERT_PERMIT], VALUES(lot->permit_application_id, lot->id));
}

enum error standing_permits(struct request *r, const struct lot *lot, struct records *permits)
{
    return db_many(r, &lot_sql[LIST_STANDING], permits, VALUES(lot->id, civil_day(r->now)));
}

/* --- The public list -------------------------------------------------------------------------- */

const struct param lots_params[] = {
    PARAM(struct lots_input, division, .source = QUERY, .min = 6, .max = 6),
    PARAM(struct lots_input, after, .source = QUERY, .check = is_ulid, .optional = true),
    PARAM(struct lots_input, limit, .source = QUERY, .min = 1, .max = 100, .optional = true),
    PARAM_END,
};

const struct field lot_view_fields[] = {
    FIELD(struct lot, id),
    FIELD(struct lot, name),
    FIELD(struct lot, address),
    FIELD(struct lot, lot_kind),
    FIELD(struct lot, spaces),
    FIELD(struct lot, valid_to),
    FIELD_END,
};

enum error list_lots(struct request *r)
{
    const struct lots_input *in = r->input;
    int64_t limit = page_limit(in->limit);
    struct records rows;
    const struct lot *lots;
    bool is_more;

    TRY(db_many(r, &lot_sql[LIST_OPEN], &rows,
                VALUES(in->division, page_below(in->after), civil_day(r->now), limit + 1)));
    is_more = page_cut(&rows, limit);
    lots = rows.items;
    return reply_page(r, lot_view_fields, sizeof(struct lot), rows,
                      is_more ? lots[rows.count - 1].id : NULL);
}

enum error restore_lot(struct request *r, const struct lot *lot)
{
    return db_change(r, &lot_sql[RESTORE],
                     VALUES(lot->permit_application_id, lot->valid_to, lot->id, lot->ver));
}
