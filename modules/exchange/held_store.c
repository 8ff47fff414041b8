/* Policies, held items and their handing over. What a policy or an item is stays; how it stands is
   what was observed last. A handing over is inserted once. */

#include "exchange/fact.h"

#include "casework/event.h"
#include "core/ulid.h"
#include "exchange/exchange.h"

struct found_row {
    const char *id;
};

static const struct field found_row_fields[] = {FIELD(struct found_row, id), FIELD_END};

enum {
    INSERT_POLICY,
    FIND_POLICY,
    UPDATE_POLICY,
    INSERT_HELD,
    FIND_HELD,
    UPDATE_HELD,
    INSERT_HANDOVER,
    FIND_HANDOVER,
    STATEMENTS_END
};

const struct statement held_sql[] = {
    [INSERT_POLICY] = {.sql = "INSERT INTO policy (id, policy_no, vin, valid_from, valid_to, state,"
                              "  source, observed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND_POLICY] = {.sql = "SELECT id FROM policy WHERE source = ? AND policy_no = ? AND vin = ?",
                     ROWS(struct found_row, found_row_fields)},
    [UPDATE_POLICY] = {.sql = "UPDATE policy SET valid_from = ?, valid_to = ?, state = ?,"
                              "  observed_at = ?, ver = ver + 1 WHERE id = ? AND observed_at < ?"},
    [INSERT_HELD] = {.sql = "INSERT INTO held_item (id, item_no, kind, plate_type, plate,"
                            "  person_id, reason, decision_no, pound, held_on, noticed_on,"
                            "  suspended_until, state, source, observed_at)"
                            "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND_HELD] = {.sql = "SELECT id FROM held_item WHERE item_no = ? AND kind = ?"
                          "  AND plate_type <=> ? AND plate <=> ? AND person_id <=> ?"
                          "  AND held_on = ?",
                   ROWS(struct found_row, found_row_fields)},
    [UPDATE_HELD] = {.sql = "UPDATE held_item SET reason = ?, decision_no = ?, pound = ?,"
                            "  noticed_on = ?, suspended_until = ?, state = ?, source = ?,"
                            "  observed_at = ?, ver = ver + 1 WHERE id = ? AND observed_at < ?"},
    [INSERT_HANDOVER] = {.sql = "INSERT INTO release_done (id, agency, order_no, item_no,"
                                "  released_at, observed_at, received_at)"
                                "  VALUES (?, ?, ?, ?, ?, ?, ?)"},
    [FIND_HANDOVER] = {.sql = "SELECT id FROM release_done WHERE order_no = ? AND item_no = ?"
                              "  AND released_at = ?",
                       ROWS(struct found_row, found_row_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

/* Under the number stands something else. */
static enum error contradicted(struct request *r, enum error found, const char *field)
{
    return found == E_NOT_FOUND ? refuse(r, RECORD_DIFFERS, VALUES(field)) : found;
}

enum error apply_policy(struct request *r, const char *source, const struct policy_line *line,
                        bool *known)
{
    struct found_row policy;
    enum error error = db_run(r, &held_sql[INSERT_POLICY],
                              VALUES(ulid_new(r), line->policy_no, line->vin, line->valid_from,
                                     line->valid_to, line->state, source, line->observed_at));

    *known = false;
    if (error != E_EXISTS)
        return error;
    TRY(contradicted(
        r, db_one(r, &held_sql[FIND_POLICY], &policy, VALUES(source, line->policy_no, line->vin)),
        "policy_no"));
    TRY(db_run(r, &held_sql[UPDATE_POLICY],
               VALUES(line->valid_from, line->valid_to, line->state, line->observed_at, policy.id,
                      line->observed_at)));
    *known = db_changed(r) == 0;
    return E_OK;
}

/* From whom it was taken; nobody, where a vehicle stood alone. */
static enum error find_holder(struct request *r, const struct held_line *line,
                              const char **person_id)
{
    enum error found;

    *person_id = NULL;
    if (line->id_no.text == NULL)
        return E_OK;
    found = find_person(r, line->id_no.text, person_id);
    return found == E_NOT_FOUND ? refuse(r, PERSON_UNKNOWN, VALUES("id_no", line->id_no)) : found;
}

enum error apply_held(struct request *r, const char *source, const struct held_line *line,
                      bool *known)
{
    struct found_row item;
    const char *person_id;
    enum error error;

    TRY(find_holder(r, line, &person_id));
    *known = false;
    error = db_run(r, &held_sql[INSERT_HELD],
                   VALUES(ulid_new(r), line->item_no, line->kind, line->plate_type, line->plate,
                          person_id, line->reason, line->decision_no, line->pound, line->held_on,
                          line->noticed_on, line->suspended_until, line->state, source,
                          line->observed_at));
    if (error != E_EXISTS)
        return error;
    TRY(contradicted(r,
                     db_one(r, &held_sql[FIND_HELD], &item,
                            VALUES(line->item_no, line->kind, line->plate_type, line->plate,
                                   person_id, line->held_on)),
                     "item_no"));
    TRY(db_run(r, &held_sql[UPDATE_HELD],
               VALUES(line->reason, line->decision_no, line->pound, line->noticed_on,
                      line->suspended_until, line->state, source, line->observed_at, item.id,
                      line->observed_at)));
    *known = db_changed(r) == 0;
    return E_OK;
}

enum error apply_handover(struct request *r, const char *source, const struct handover_line *line,
                          bool *known)
{
    const char *id = ulid_new(r);
    struct found_row found;
    enum error error = db_run(r, &held_sql[INSERT_HANDOVER],
                              VALUES(id, source, line->order_no, line->item_no, line->released_at,
                                     line->observed_at, r->now));

    *known = error == E_EXISTS;
    if (error == E_OK)
        return event_publish(r, "violation", "release_done", id, NULL);
    if (error != E_EXISTS)
        return error;
    return contradicted(r,
                        db_one(r, &held_sql[FIND_HANDOVER], &found,
                               VALUES(line->order_no, line->item_no, line->released_at)),
                        "order_no");
}
