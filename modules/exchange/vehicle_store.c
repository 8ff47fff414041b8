#include "exchange/fact.h"

#include "core/ulid.h"
#include "exchange/exchange.h"

enum { INSERT_VEHICLE, UPDATE_VEHICLE, STATEMENTS_END };

const struct statement vehicle_sql[] = {
    [INSERT_VEHICLE] = {.sql = "INSERT INTO vehicle (id, plate_type, plate, vin, owner_id,"
                               "  organisation_id, registered_on, registration_changed_on,"
                               "  inspection_due_on, scrap_due_on, use_kind, source, observed_at)"
                               "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [UPDATE_VEHICLE] = {.sql = "UPDATE vehicle SET vin = ?, owner_id = ?, organisation_id = ?,"
                               "  registered_on = ?, registration_changed_on = ?,"
                               "  inspection_due_on = ?, scrap_due_on = ?, use_kind = ?,"
                               "  source = ?, observed_at = ?, ver = ver + 1"
                               "  WHERE plate_type = ? AND plate = ? AND observed_at < ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

struct owner {
    const char *person_id, *organisation_id; /* one of them, or none */
};

static enum error find_owner(struct request *r, const struct vehicle_line *line,
                             struct owner *owner)
{
    enum error error = E_OK;

    *owner = (struct owner){NULL, NULL};
    if (line->owner_id_no.text != NULL)
        error = find_person(r, line->owner_id_no.text, &owner->person_id);
    if (error == E_NOT_FOUND)
        return refuse(r, PERSON_UNKNOWN, VALUES("owner_id_no", line->owner_id_no));
    TRY(error);
    if (line->owner_credit_code != NULL)
        error = find_organisation(r, line->owner_credit_code, &owner->organisation_id);
    if (error == E_NOT_FOUND)
        return refuse(r, ORGANISATION_UNKNOWN,
                      VALUES("owner_credit_code", line->owner_credit_code));
    return error;
}

enum error apply_vehicle(struct request *r, const char *source, const struct vehicle_line *line,
                         bool *known)
{
    struct owner owner;
    enum error error;

    TRY(find_owner(r, line, &owner));
    *known = false;
    error = db_run(r, &vehicle_sql[INSERT_VEHICLE],
                   VALUES(ulid_new(r), line->plate_type, line->plate, line->vin, owner.person_id,
                          owner.organisation_id, line->registered_on, line->registration_changed_on,
                          line->inspection_due_on, line->scrap_due_on, line->use_kind, source,
                          line->observed_at));
    if (error != E_EXISTS)
        return error;
    TRY(db_run(r, &vehicle_sql[UPDATE_VEHICLE],
               VALUES(line->vin, owner.person_id, owner.organisation_id, line->registered_on,
                      line->registration_changed_on, line->inspection_due_on, line->scrap_due_on,
                      line->use_kind, source, line->observed_at, line->plate_type, line->plate,
                      line->observed_at)));
    *known = db_changed(r) == 0;
    return E_OK;
}
