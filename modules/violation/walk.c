#include "violation/walk.h"

static const struct field walk_fields[] = {
    FIELD(struct walk, day),
    FIELD(struct walk, after),
    FIELD_END,
};

enum { LOCK, BEGIN, MOVE, STATEMENTS_END };

const struct statement walk_sql[] = {
    [LOCK] = {.sql = "SELECT due_on AS day, after_id AS after FROM violation_reminder_walk"
                     "  WHERE kind = ? FOR UPDATE",
              ROWS(struct walk, walk_fields)},
    [BEGIN] = {.sql = "INSERT INTO violation_reminder_walk (kind, due_on, after_id)"
                      "  VALUES (?, ?, '')"},
    [MOVE] = {.sql = "UPDATE violation_reminder_walk SET due_on = ?, after_id = ?"
                     "  WHERE kind = ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error walk_lock(struct request *r, const char *kind, struct walk *walk)
{
    return db_one(r, &walk_sql[LOCK], walk, VALUES(kind));
}

enum error walk_begin(struct request *r, const char *kind, struct day day, struct walk *walk)
{
    *walk = (struct walk){day, ""};
    return db_run(r, &walk_sql[BEGIN], VALUES(kind, day));
}

enum error walk_move(struct request *r, const char *kind, const struct walk *walk)
{
    return db_run(r, &walk_sql[MOVE], VALUES(walk->day, walk->after, kind));
}
