/* Licences, the points on them, and how those are read. */

#include "core/clock.h"
#include "violation/store.h"

static const struct field licence_fields[] = {
    FIELD(struct licence, id),
    FIELD(struct licence, classes),
    FIELD(struct licence, first_issued_on),
    FIELD_OR_NULL(struct licence, valid_until),
    FIELD(struct licence, state),
    FIELD_OR_NULL(struct licence, review_due_on),
    FIELD(struct licence, observed_at),
    FIELD_END,
};

struct entry_row {
    const char *decision_no, *vehicle;
    int64_t points;
    struct day acted_on, decided_on, fine_due_on;
    struct instant decided_at, settled_at, withdrawn_at;
};

static const struct field entry_row_fields[] = {
    FIELD(struct entry_row, decision_no),
    FIELD(struct entry_row, vehicle),
    FIELD(struct entry_row, points),
    FIELD(struct entry_row, acted_on),
    FIELD(struct entry_row, decided_on),
    FIELD(struct entry_row, decided_at),
    FIELD_OR_NULL(struct entry_row, fine_due_on),
    FIELD_OR_NULL(struct entry_row, settled_at),
    FIELD_OR_NULL(struct entry_row, withdrawn_at),
    FIELD_END,
};

enum {
    LOCK_POINTS,
    OPEN_POINTS,
    FIND_LICENCE,
    LIST_POINTS,
    INSERT_POINTS,
    INSERT_REPLACING,
    STATEMENTS_END
};

const struct statement licence_sql[] = {
    [LOCK_POINTS] = {.sql = "UPDATE points_account SET ver = ver + 1 WHERE person_id = ?"},
    [OPEN_POINTS] = {.sql = "INSERT INTO points_account (person_id) VALUES (?)"},
    [FIND_LICENCE] = {.sql = "SELECT id, classes, first_issued_on, valid_until, state,"
                             "  review_due_on, observed_at"
                             "  FROM licence WHERE person_id = ?",
                      ROWS(struct licence, licence_fields)},
    [LIST_POINTS] = {.sql = "SELECT e.decision_no, CONCAT(c.plate_type, c.plate) AS vehicle,"
                            "  e.points, e.acted_on, e.decided_on, d.decided_at,"
                            "  d.due_on AS fine_due_on, s.settled_at, d.withdrawn_at"
                            "  FROM points_entry e"
                            "  JOIN violation_decision d ON d.decision_no = e.decision_no"
                            "  JOIN violation_case c ON c.id = d.case_id"
                            "  LEFT JOIN settlement s ON s.obligation_id = d.obligation_id"
                            "  WHERE e.person_id = ?"
                            "  ORDER BY e.decided_on, d.decided_at, e.decision_no LIMIT 1000",
                     ROWS(struct entry_row, entry_row_fields)},
    [INSERT_POINTS] = {.sql = "INSERT INTO points_entry (decision_no, person_id, licence_id,"
                              "  points, acted_on, decided_on) VALUES (?, ?, ?, ?, ?, ?)"},
    /* On the day of the first: it is the same act, for less. */
    [INSERT_REPLACING] = {.sql = "INSERT INTO points_entry (decision_no, person_id, licence_id,"
                                 "  points, acted_on, decided_on) SELECT ?, person_id, licence_id,"
                                 "  ?, acted_on, decided_on FROM points_entry"
                                 "  WHERE decision_no = ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

/* Somebody else may open it at the same moment. */
enum error lock_points(struct request *r, const char *person_id)
{
    enum error error = db_change(r, &licence_sql[LOCK_POINTS], VALUES(person_id));

    if (error != E_NOT_FOUND)
        return error;
    error = db_run(r, &licence_sql[OPEN_POINTS], VALUES(person_id));
    return error == E_EXISTS ? db_change(r, &licence_sql[LOCK_POINTS], VALUES(person_id)) : error;
}

enum error find_licence(struct request *r, const char *person_id, struct licence *licence)
{
    return db_one(r, &licence_sql[FIND_LICENCE], licence, VALUES(person_id));
}

static struct day day_or_none(struct instant at)
{
    return at.ms == NONE ? (struct day){NONE} : civil_day(at);
}

enum error list_points(struct request *r, const char *person_id,
                       const struct points_entry **entries, size_t *count)
{
    struct records rows;
    const struct entry_row *row;
    struct points_entry *items;

    TRY(db_many(r, &licence_sql[LIST_POINTS], &rows, VALUES(person_id)));
    items = arena_alloc(r->arena, (rows.count + 1) * sizeof(*items));
    row = rows.items;
    for (size_t i = 0; i < rows.count; i++, row++)
        items[i] = (struct points_entry){
            .decision_no = row->decision_no,
            .vehicle = row->vehicle,
            .points = row->points,
            .acted_on = row->acted_on,
            .decided_on = row->decided_on,
            .known_on = civil_day(row->decided_at),
            .fine_due_on = row->fine_due_on,
            .fine_paid_on = day_or_none(row->settled_at),
            .withdrawn_on = day_or_none(row->withdrawn_at),
        };
    *entries = items;
    *count = rows.count;
    return E_OK;
}

enum error insert_points(struct request *r, const struct decision *decision,
                         const struct violation *act, struct day decided_on)
{
    return db_run(r, &licence_sql[INSERT_POINTS],
                  VALUES(decision->decision_no, decision->person_id, decision->licence_id,
                         decision->points, civil_day(act->occurred_at), decided_on));
}

enum error insert_points_again(struct request *r, const struct decision *decision)
{
    return db_change(r, &licence_sql[INSERT_REPLACING],
                     VALUES(decision->decision_no, decision->points, decision->replaces));
}
