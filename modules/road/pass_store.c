#include "core/clock.h"
#include "core/db.h"
#include "road/road.h"

static const struct field pass_fields[] = {
    FIELD(struct pass, application_id),
    FIELD(struct pass, service),
    FIELD(struct pass, plate_type),
    FIELD(struct pass, plate),
    FIELD(struct pass, area),
    FIELD(struct pass, valid_from),
    FIELD(struct pass, valid_to),
    FIELD_OR_NULL(struct pass, quota_part),
    FIELD(struct pass, granted_at),
    FIELD_OR_NULL(struct pass, revoked_at),
    FIELD_END,
};

struct abuse {
    struct day found_on;
};

static const struct field abuse_fields[] = {
    FIELD_OR_NULL(struct abuse, found_on),
    FIELD_END,
};

#define PASS                                                                                       \
    "SELECT application_id, service, plate_type, plate, area, valid_from, valid_to, quota_part,"   \
    "  granted_at, revoked_at FROM road_pass "

enum {
    ADD_VEHICLE,
    LOCK_VEHICLE,
    FIND_OVERLAP,
    INSERT,
    FIND,
    END,
    RESTORE,
    NOTE_ABUSE,
    LIFT_ABUSE,
    LAST_ABUSE,
    LIST_OF_PLATE,
    STATEMENTS_END
};

const struct statement pass_sql[] = {
    [ADD_VEHICLE] = {.sql = "INSERT IGNORE INTO road_vehicle (plate_type, plate) VALUES (?, ?)"},
    [LOCK_VEHICLE] = {.sql = "UPDATE road_vehicle SET passes = passes + 1"
                             "  WHERE plate_type = ? AND plate = ?"},
    [FIND_OVERLAP] = {.sql = PASS "WHERE plate_type = ? AND plate = ? AND valid_to >= ?"
                                  "  AND valid_from <= ? AND service = ? AND area = ?"
                                  "  AND revoked_at IS NULL ORDER BY valid_to LIMIT 1",
                      ROWS(struct pass, pass_fields)},
    [INSERT] = {.sql = "INSERT INTO road_pass (application_id, service, plate_type, plate, area,"
                       "  valid_from, valid_to, quota_part, granted_at)"
                       "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND] = {.sql = PASS "WHERE application_id = ?", ROWS(struct pass, pass_fields)},
    [END] = {.sql = "UPDATE road_pass SET revoked_at = ?"
                    "  WHERE application_id = ? AND revoked_at IS NULL"},
    [RESTORE] = {.sql = "UPDATE road_pass SET revoked_at = NULL, quota_part = ?"
                        "  WHERE application_id = ? AND revoked_at IS NOT NULL"},
    [LIFT_ABUSE] = {.sql = "UPDATE road_abuse SET lifted_on = ? WHERE application_id = ?"
                           "  AND lifted_on IS NULL"},
    [NOTE_ABUSE] = {.sql = "INSERT INTO road_abuse (application_id, applicant_id, found_on)"
                           "  VALUES (?, ?, ?)"},
    [LAST_ABUSE] = {.sql = "SELECT MAX(found_on) AS found_on FROM road_abuse"
                           "  WHERE applicant_id = ? AND lifted_on IS NULL",
                    ROWS(struct abuse, abuse_fields)},
    [LIST_OF_PLATE] = {.sql = PASS "WHERE plate_type = ? AND plate = ? AND valid_to >= ?"
                                   "  ORDER BY valid_to LIMIT 50",
                       ROWS(struct pass, pass_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error pass_lock_vehicle(struct request *r, const struct wish *wish)
{
    TRY(db_run(r, &pass_sql[ADD_VEHICLE], VALUES(wish->plate_type, wish->plate)));
    return db_run(r, &pass_sql[LOCK_VEHICLE], VALUES(wish->plate_type, wish->plate));
}

enum error pass_find_overlap(struct request *r, const char *code, const struct wish *wish,
                             struct pass *pass)
{
    return db_one(r, &pass_sql[FIND_OVERLAP], pass,
                  VALUES(wish->plate_type, wish->plate, wish->from, wish->to, code, wish->area));
}

enum error pass_insert(struct request *r, const struct application *application,
                       const struct wish *wish, int64_t quota_part)
{
    return db_run(r, &pass_sql[INSERT],
                  VALUES(application->id, application->service, wish->plate_type, wish->plate,
                         wish->area, wish->from, wish->to, quota_part, r->now));
}

enum error pass_end(struct request *r, const char *application_id, struct pass *pass)
{
    TRY(db_one(r, &pass_sql[FIND], pass, VALUES(application_id)));
    return db_run(r, &pass_sql[END], VALUES(r->now, application_id));
}

enum error pass_of(struct request *r, const char *application_id, struct pass *pass)
{
    return db_one(r, &pass_sql[FIND], pass, VALUES(application_id));
}

enum error pass_restore(struct request *r, const struct pass *pass)
{
    TRY(db_change(r, &pass_sql[RESTORE], VALUES(pass->quota_part, pass->application_id)));
    return db_run(r, &pass_sql[LIFT_ABUSE], VALUES(civil_day(r->now), pass->application_id));
}

enum error pass_note_abuse(struct request *r, const struct application *application)
{
    return db_run(r, &pass_sql[NOTE_ABUSE],
                  VALUES(application->id, application->applicant_id, civil_day(r->now)));
}

enum error pass_barred_until(struct request *r, const char *applicant_id, struct day *until)
{
    struct abuse abuse;

    *until = (struct day){NONE};
    TRY(db_one(r, &pass_sql[LAST_ABUSE], &abuse, VALUES(applicant_id)));
    if (abuse.found_on.number == NONE)
        return E_OK;
    return term_end_of(r, "pass.barred", abuse.found_on, until);
}

/* --- What a patrol asks ----------------------------------------------------------------------- */

struct pass_view {
    const char *service, *name, *area, *state;
    struct day valid_from, valid_to;
};

const struct field pass_view_fields[] = {
    FIELD(struct pass_view, service),
    FIELD(struct pass_view, name),
    FIELD(struct pass_view, area),
    FIELD(struct pass_view, state),
    FIELD(struct pass_view, valid_from),
    FIELD(struct pass_view, valid_to),
    FIELD_END,
};

static const char *pass_state(const struct pass *pass, struct day today)
{
    if (pass->revoked_at.ms != NONE)
        return "revoked";
    return today.number < pass->valid_from.number ? "not_yet" : "valid";
}

enum error check_plate(struct request *r)
{
    const struct pass_query *in = r->input;
    struct day today = civil_day(r->now);
    struct records rows;
    const struct pass *row;
    struct pass_view *views;

    TRY(db_many(r, &pass_sql[LIST_OF_PLATE], &rows, VALUES(in->plate_type, in->plate, today)));
    row = rows.items;
    views = arena_alloc(r->arena, (rows.count + 1) * sizeof(*views));
    for (size_t i = 0; i < rows.count; i++, row++) {
        const struct definition *definition =
            definition_current(&casework_of(r)->definitions, row->service);

        views[i] = (struct pass_view){
            row->service,    definition == NULL ? row->service : definition->name,
            row->area,       pass_state(row, today),
            row->valid_from, row->valid_to};
    }
    return reply_page(r, pass_view_fields, sizeof(*views), (struct records){views, rows.count},
                      NULL);
}
