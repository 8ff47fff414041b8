/* What a line says, before any table is asked, and what is wrong with it. */
#ifndef EXCHANGE_LINE_H
#define EXCHANGE_LINE_H

#include "core/db.h"
#include "exchange/held.h"
#include "exchange/study.h"

struct person_line {
    const char *type, *name;
    struct id_no id_no;
    struct phone phone;
    struct instant observed_at;
};

struct vehicle_line {
    const char *type, *plate_type, *plate, *vin;
    struct id_no owner_id_no;
    const char *owner_credit_code;
    struct day registered_on;
    struct day registration_changed_on, inspection_due_on, scrap_due_on;
    const char *use_kind;
    struct instant observed_at;
};

struct organisation_line {
    const char *type, *credit_code, *name;
    struct id_no representative_id_no;
    const char *state;
    struct instant observed_at;
};

struct licence_line {
    const char *type;
    struct id_no id_no;
    const char *file_no;
    struct texts classes;
    struct day first_issued_on, valid_until, review_due_on;
    const char *state;
    struct instant observed_at;
};

struct camera_line {
    const char *type, *record_no, *plate_type, *plate;
    struct instant occurred_at;
    const char *place, *code;
    int64_t measured, allowed;
    const char *evidence_sha256, *accident;
    struct instant observed_at;
};

struct street_line {
    const char *type, *decision_no;
    struct id_no id_no;
    const char *plate_type, *plate;
    struct instant occurred_at;
    const char *place, *code;
    struct fen fine_fen;
    int64_t points;
    struct day decided_on, served_on;
    const char *officer_no;
    struct instant observed_at;
};

/* A place at which cars are seen, in millionths of a degree. */
struct site_line {
    const char *type, *code, *name, *kind;
    int64_t latitude, longitude;
    struct instant observed_at;
};

/* A car passed a camera, or entered or left a car park. */
struct passage_line {
    const char *type, *record_no, *plate_type, *plate;
    struct instant passed_at;
    const char *site, *kind;
};

enum line_type {
    PERSON_LINE,
    ORGANISATION_LINE,
    VEHICLE_LINE,
    LICENCE_LINE,
    CAMERA_LINE,
    STREET_LINE,
    SITE_LINE,
    PASSAGE_LINE,
    POLICY_LINE,
    HELD_LINE,
    HANDOVER_LINE,
    STUDY_LINE, /* the last three are of drivers who study */
    CHEATING_LINE,
    EXAMINATION_LINE,
    LINE_TYPES
};

struct line {
    int64_t no;         /* from 1 */
    const char *faults; /* JSON array of reasons; NULL: the line is good so far */
    enum line_type type;
    union {
        struct person_line person;
        struct organisation_line organisation;
        struct vehicle_line vehicle;
        struct licence_line licence;
        struct camera_line camera;
        struct street_line street;
        struct site_line site;
        struct passage_line passage;
        struct policy_line policy;
        struct held_line held;
        struct handover_line handover;
        struct study_line study;
        struct cheating_line cheating;
        struct examination_line examination;
    };
};

/* Reads one line; `types` are those the agency may push. Identifiers become canonical. */
void line_read(struct request *r, const char *types, struct bytes text, struct line *line);

/* Each collects whatever stands against the line and puts its identifiers into canonical form. */
void check_person(struct request *r, struct person_line *line);
void check_organisation(struct request *r, struct organisation_line *line);
void check_vehicle(struct request *r, struct vehicle_line *line);
void check_licence(struct request *r, struct licence_line *line);
void check_camera(struct request *r, struct camera_line *line);
void check_street(struct request *r, struct street_line *line);
void check_site(struct request *r, struct site_line *line);
void check_passage(struct request *r, struct passage_line *line);

/* Short enough for the tables, which count letters; one that is not would stop its whole batch. */
bool is_place(const char *text);
/* A name as it is stored: trimmed, its middle dot always U+00B7. */
const char *canonical_name(struct arena *arena, const char *text);
/* The same of an identity number, checked; NULL and a reason when it is none. */
const char *canonical_id_no(struct request *r, const char *field, const char *text);

struct fault_reason {
    const char *code, *message;
    struct texts values;
};

/* A JSON array of what was collected, which is forgotten; NULL when nothing was. */
const char *faults_take(struct request *r);
/* Back into records of struct fault_reason. */
MUST_CHECK enum error faults_read(struct request *r, const char *json, struct records *reasons);

#endif
