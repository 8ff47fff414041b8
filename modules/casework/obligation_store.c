#include "casework/obligation.h"

#include <assert.h>

#include "casework/event.h"

enum { LOCKED_MAX = 20 };

const struct field obligation_fields[] = {
    FIELD(struct obligation, id),
    FIELD(struct obligation, module),
    FIELD(struct obligation, kind),
    FIELD(struct obligation, ref_no),
    FIELD(struct obligation, account),
    FIELD(struct obligation, title),
    FIELD(struct obligation, person_id),
    FIELD_OR_NULL(struct obligation, owner_id),
    FIELD(struct obligation, base_fen),
    FIELD(struct obligation, late_percent_a_day),
    FIELD(struct obligation, late_percent_max),
    FIELD(struct obligation, due_on),
    FIELD(struct obligation, frozen_days),
    FIELD(struct obligation, decided_at),
    FIELD_OR_NULL(struct obligation, withdrawn_at),
    FIELD_OR_NULL(struct obligation, lowered_at),
    FIELD_OR_NULL(struct obligation, settled_at),
    FIELD_END,
};

enum { FIND_OBLIGATION, LOCK_OBLIGATION, LOCK_OBLIGATIONS, READS_END };
enum { INSERT_OBLIGATION, WITHDRAW_OBLIGATION, LOWER_OBLIGATION, ISSUES_END };

#define OBLIGATION                                                                                 \
    "SELECT STRAIGHT_JOIN o.id, o.module, o.kind, o.ref_no, o.account, o.title, o.person_id, "     \
    "o.owner_id,"                                                                                  \
    "  COALESCE(o.lowered_fen, o.base_fen) AS base_fen, o.late_percent_a_day,"                     \
    "  o.late_percent_max, o.due_on, o.frozen_days, o.decided_at, o.withdrawn_at, o.lowered_at,"   \
    "  s.settled_at FROM obligation o FORCE INDEX (PRIMARY)"                                       \
    "  LEFT JOIN settlement s ON s.obligation_id = o.id"

/* As many as an order holds; fewer ids are filled up with the last. */
#define TWENTY_IDS "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

const struct statement obligation_sql[] = {
    [FIND_OBLIGATION] = {.sql = OBLIGATION " WHERE o.id = ?",
                         ROWS(struct obligation, obligation_fields)},
    /* Each row is locked before its settlement is looked for, by a reading of what is committed
       then; nobody settles without this lock. Most orders have one. */
    [LOCK_OBLIGATION] = {.sql = OBLIGATION " WHERE o.id = ? FOR UPDATE",
                         ROWS(struct obligation, obligation_fields)},
    /* By primary key whatever the optimizer thinks of a small table: it decides the order. */
    [LOCK_OBLIGATIONS] = {.sql = OBLIGATION " WHERE o.id IN " TWENTY_IDS
                                            " ORDER BY o.id LIMIT 20 FOR UPDATE",
                          ROWS(struct obligation, obligation_fields)},
    [READS_END] = {.sql = NULL},
};

const struct statement obligation_issue_sql[] = {
    [INSERT_OBLIGATION] = {.sql = "INSERT INTO obligation"
                                  "  (id, module, kind, ref_no, account, title, person_id,"
                                  "   owner_id, base_fen, late_percent_a_day, late_percent_max,"
                                  "   due_on, frozen_days, decided_at)"
                                  "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [WITHDRAW_OBLIGATION] = {.sql = "UPDATE obligation SET withdrawn_at = ?, ver = ver + 1"
                                    "  WHERE id = ? AND module = ? AND withdrawn_at IS NULL"},
    [LOWER_OBLIGATION] = {.sql = "UPDATE obligation SET lowered_fen = ?, lowered_at = ?,"
                                 "  ver = ver + 1 WHERE id = ? AND module = ? AND base_fen > ?"
                                 "  AND lowered_at IS NULL AND withdrawn_at IS NULL"},
    [ISSUES_END] = {.sql = NULL},
};

enum error obligation_insert(struct request *r, const struct obligation *obligation)
{
    const struct obligation *o = obligation;

    return db_run(r, &obligation_issue_sql[INSERT_OBLIGATION],
                  VALUES(o->id, o->module, o->kind, o->ref_no, o->account, o->title, o->person_id,
                         o->owner_id, o->base_fen, o->late_percent_a_day, o->late_percent_max,
                         o->due_on, o->frozen_days, o->decided_at));
}

enum error obligation_find(struct request *r, const char *id, struct obligation *obligation)
{
    return db_one(r, &obligation_sql[FIND_OBLIGATION], obligation, VALUES(id));
}

enum error obligation_lock(struct request *r, const char *const *ids, size_t count,
                           struct obligation *obligations)
{
    struct value items[LOCKED_MAX];
    struct records rows;

    assert(db_in_transaction(r) && count > 0 && count <= LOCKED_MAX);
    if (count == 1)
        return db_one(r, &obligation_sql[LOCK_OBLIGATION], obligations, VALUES(ids[0]));
    for (size_t i = 0; i < LOCKED_MAX; i++)
        items[i] = value_text(ids[i < count ? i : count - 1]);
    TRY(db_many(r, &obligation_sql[LOCK_OBLIGATIONS], &rows, (struct values){items, LOCKED_MAX}));
    if (rows.count != count)
        return E_NOT_FOUND;
    memcpy(obligations, rows.items, count * sizeof(*obligations));
    return E_OK;
}

enum error obligation_withdraw(struct request *r, const char *id, struct instant at)
{
    TRY(db_change(r, &obligation_issue_sql[WITHDRAW_OBLIGATION], VALUES(at, id, r->service->name)));
    return event_publish(r, "payment", "obligation_withdrawn", id, NULL);
}

enum error obligation_lower(struct request *r, const char *id, struct fen to, struct instant at)
{
    TRY(db_change(r, &obligation_issue_sql[LOWER_OBLIGATION],
                  VALUES(to, at, id, r->service->name, to)));
    return event_publish(r, "payment", "obligation_lowered", id, NULL);
}
