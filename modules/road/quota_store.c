/*
 * Quotas of areas and days. A day is parted into rows; whoever asks takes a place in a part that
 * nobody else holds at this moment, so that three thousand in a second do not wait for each other,
 * and waits for one only when all that have room are held.
 */

#include "core/clock.h"
#include "core/db.h"
#include "road/road.h"

struct part {
    int64_t part;
};

static const struct field part_fields[] = {
    FIELD(struct part, part),
    FIELD_END,
};

struct room {
    struct day day;
    int64_t room, left;
};

const struct field room_fields[] = {
    FIELD(struct room, day),
    FIELD(struct room, room),
    FIELD(struct room, left),
    FIELD_END,
};

enum { FIND_FREE, SEE_FREE, WAIT_FOR_FREE, FIND_DAY, TAKE, GIVE_BACK, LIST_ROOMS, STATEMENTS_END };

#define FREE "SELECT part FROM road_quota WHERE area = ? AND day = ? AND taken < room LIMIT 1"

const struct statement quota_sql[] = {
    [FIND_FREE] = {.sql = FREE " FOR UPDATE SKIP LOCKED", ROWS(struct part, part_fields)},
    [SEE_FREE] = {.sql = FREE, ROWS(struct part, part_fields)},
    [WAIT_FOR_FREE] = {.sql = FREE " FOR UPDATE", ROWS(struct part, part_fields)},
    [FIND_DAY] = {.sql = "SELECT part FROM road_quota WHERE area = ? AND day = ? LIMIT 1",
                  ROWS(struct part, part_fields)},
    [TAKE] = {.sql = "UPDATE road_quota SET taken = taken + 1"
                     "  WHERE area = ? AND day = ? AND part = ? AND taken < room"},
    [GIVE_BACK] = {.sql = "UPDATE road_quota SET taken = taken - 1"
                          "  WHERE area = ? AND day = ? AND part = ?"},
    [LIST_ROOMS] = {.sql = "SELECT day, CAST(SUM(room) AS SIGNED) AS room,"
                           "  CAST(SUM(room - taken) AS SIGNED) AS `left` FROM road_quota"
                           "  WHERE area = ? AND day >= ? GROUP BY day ORDER BY day LIMIT 60",
                    ROWS(struct room, room_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

/* Which of the two it is that nothing was free. */
static enum error refuse_area(struct request *r, const char *area, struct day day)
{
    struct part part;
    enum error found = db_one(r, &quota_sql[FIND_DAY], &part, VALUES(area, day));

    if (found == E_NOT_FOUND)
        return refuse(r, AREA_CLOSED, VALUES(area, day));
    return found == E_OK ? refuse(r, AREA_FULL, VALUES(area, day)) : found;
}

/* All that is left may be in somebody's hands, who may yet give it back: then wait. When everything
   is given away for good, nobody waits, and those who come late cost no lock. */
static enum error find_part(struct request *r, const char *area, struct day day, struct part *part)
{
    enum error found = db_one(r, &quota_sql[FIND_FREE], part, VALUES(area, day));

    if (found != E_NOT_FOUND)
        return found;
    TRY(db_one(r, &quota_sql[SEE_FREE], part, VALUES(area, day)));
    return db_one(r, &quota_sql[WAIT_FOR_FREE], part, VALUES(area, day));
}

enum error quota_take(struct request *r, const char *area, struct day day, int64_t *part)
{
    struct part free_part;
    enum error found = find_part(r, area, day, &free_part);

    if (found == E_NOT_FOUND)
        return refuse_area(r, area, day);
    TRY(found);
    *part = free_part.part;
    return db_change(r, &quota_sql[TAKE], VALUES(area, day, free_part.part));
}

enum error quota_give_back(struct request *r, const struct pass *pass)
{
    if (pass->quota_part == NONE)
        return E_OK;
    return db_run(r, &quota_sql[GIVE_BACK], VALUES(pass->area, pass->valid_from, pass->quota_part));
}

enum error list_rooms(struct request *r)
{
    const struct area_query *in = r->input;
    struct records rooms;

    TRY(db_many(r, &quota_sql[LIST_ROOMS], &rooms, VALUES(in->area, civil_day(r->now))));
    return reply_page(r, room_fields, sizeof(struct room), rooms, NULL);
}
