/* What exchange holds: read, never written. */

#include "violation/store.h"

struct fact_row {
    const char *agency, *source_no, *plate_type, *plate;
    struct instant occurred_at;
    const char *place, *code;
    int64_t measured, allowed;
    struct instant observed_at;
    const char *person_id;
    struct fen fine_fen;
    int64_t points;
    struct day decided_on, served_on;
};

#define FACT_FIELDS                                                                                \
    FIELD(struct fact_row, agency), FIELD(struct fact_row, source_no),                             \
        FIELD(struct fact_row, plate_type), FIELD(struct fact_row, plate),                         \
        FIELD(struct fact_row, occurred_at), FIELD(struct fact_row, place),                        \
        FIELD(struct fact_row, code), FIELD(struct fact_row, observed_at)

static const struct field camera_fields[] = {
    FACT_FIELDS,
    FIELD_OR_NULL(struct fact_row, measured),
    FIELD_OR_NULL(struct fact_row, allowed),
    FIELD_END,
};

static const struct field street_fields[] = {
    FACT_FIELDS,
    FIELD(struct fact_row, person_id),
    FIELD(struct fact_row, fine_fen),
    FIELD(struct fact_row, points),
    FIELD(struct fact_row, decided_on),
    FIELD(struct fact_row, served_on),
    FIELD_END,
};

enum { FIND_CAMERA, FIND_STREET, STATEMENTS_END };

const struct statement fact_sql[] = {
    [FIND_CAMERA] = {.sql = "SELECT agency, record_no AS source_no, plate_type, plate, occurred_at,"
                            "  place, code, measured, allowed, observed_at"
                            "  FROM camera_record WHERE id = ?",
                     ROWS(struct fact_row, camera_fields)},
    [FIND_STREET] = {.sql = "SELECT agency, decision_no AS source_no, plate_type, plate,"
                            "  occurred_at, place, code, observed_at, person_id, fine_fen, points,"
                            "  decided_on, served_on FROM street_decision WHERE id = ?",
                     ROWS(struct fact_row, street_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

static struct violation act_of(const struct fact_row *row)
{
    return (struct violation){
        .agency = row->agency,
        .source_no = row->source_no,
        .plate_type = row->plate_type,
        .plate = row->plate,
        .occurred_at = row->occurred_at,
        .place = row->place,
        .code = row->code,
        .measured = row->measured,
        .allowed = row->allowed,
        .observed_at = row->observed_at,
    };
}

enum error find_camera_record(struct request *r, const char *id, struct violation *act)
{
    struct fact_row row;

    TRY(db_one(r, &fact_sql[FIND_CAMERA], &row, VALUES(id)));
    *act = act_of(&row);
    return E_OK;
}

enum error find_street_decision(struct request *r, const char *id, struct violation *act,
                                struct street_facts *facts)
{
    struct fact_row row;

    TRY(db_one(r, &fact_sql[FIND_STREET], &row, VALUES(id)));
    row.measured = row.allowed = NONE;
    *act = act_of(&row);
    *facts = (struct street_facts){row.person_id, row.source_no,  row.fine_fen,
                                   row.points,    row.decided_on, row.served_on};
    return E_OK;
}
