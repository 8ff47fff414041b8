#include "exchange/line.h"

#include "core/input.h"
#include "exchange/exchange.h"
#include "exchange/spool.h"

/* An identifier may come in full width, which takes more bytes than its canonical form. */
#define IDENTIFIER .source = BODY, .min = 1, .max = 64

static const struct param person_params[] = {
    PARAM(struct person_line, type, .source = BODY),
    PARAM(struct person_line, name, .source = BODY, .min = 1, .max = 128),
    PARAM(struct person_line, id_no, IDENTIFIER),
    PARAM(struct person_line, phone, IDENTIFIER, .optional = true),
    PARAM(struct person_line, observed_at, .source = BODY),
    PARAM_END,
};

static const struct param organisation_params[] = {
    PARAM(struct organisation_line, type, .source = BODY),
    PARAM(struct organisation_line, credit_code, IDENTIFIER),
    PARAM(struct organisation_line, name, .source = BODY, .min = 1, .max = 400),
    PARAM(struct organisation_line, representative_id_no, IDENTIFIER),
    PARAM(struct organisation_line, state, .source = BODY, .min = 1, .max = 16),
    PARAM(struct organisation_line, observed_at, .source = BODY),
    PARAM_END,
};

static const struct param vehicle_params[] = {
    PARAM(struct vehicle_line, type, .source = BODY),
    PARAM(struct vehicle_line, plate_type, IDENTIFIER),
    PARAM(struct vehicle_line, plate, IDENTIFIER),
    PARAM(struct vehicle_line, vin, IDENTIFIER),
    PARAM(struct vehicle_line, owner_id_no, IDENTIFIER, .optional = true),
    PARAM(struct vehicle_line, owner_credit_code, IDENTIFIER, .optional = true),
    PARAM(struct vehicle_line, registered_on, .source = BODY),
    PARAM(struct vehicle_line, registration_changed_on, .source = BODY, .optional = true),
    PARAM(struct vehicle_line, inspection_due_on, .source = BODY, .optional = true),
    PARAM(struct vehicle_line, scrap_due_on, .source = BODY, .optional = true),
    PARAM(struct vehicle_line, use_kind, .source = BODY, .min = 1, .max = 16),
    PARAM(struct vehicle_line, observed_at, .source = BODY),
    PARAM_END,
};

static const struct param licence_params[] = {
    PARAM(struct licence_line, type, .source = BODY),
    PARAM(struct licence_line, id_no, IDENTIFIER),
    PARAM(struct licence_line, file_no, IDENTIFIER),
    PARAM(struct licence_line, classes, .source = BODY, .min = 1, .max = 8),
    PARAM(struct licence_line, first_issued_on, .source = BODY),
    PARAM(struct licence_line, valid_until, .source = BODY, .optional = true),
    PARAM(struct licence_line, review_due_on, .source = BODY, .optional = true),
    PARAM(struct licence_line, state, .source = BODY, .min = 1, .max = 16),
    PARAM(struct licence_line, observed_at, .source = BODY),
    PARAM_END,
};

static const struct param camera_params[] = {
    PARAM(struct camera_line, type, .source = BODY),
    PARAM(struct camera_line, record_no, IDENTIFIER),
    PARAM(struct camera_line, plate_type, IDENTIFIER),
    PARAM(struct camera_line, plate, IDENTIFIER),
    PARAM(struct camera_line, occurred_at, .source = BODY),
    PARAM(struct camera_line, place, .source = BODY, .min = 3, .max = 360, .check = is_place),
    PARAM(struct camera_line, code, IDENTIFIER),
    PARAM(struct camera_line, measured, .source = BODY, .min = 1, .max = 400, .optional = true),
    PARAM(struct camera_line, allowed, .source = BODY, .min = 1, .max = 400, .optional = true),
    PARAM(struct camera_line, evidence_sha256, .source = BODY),
    PARAM(struct camera_line, accident, .source = BODY, .min = 1, .max = 16, .optional = true),
    PARAM(struct camera_line, observed_at, .source = BODY),
    PARAM_END,
};

static const struct param street_params[] = {
    PARAM(struct street_line, type, .source = BODY),
    PARAM(struct street_line, decision_no, IDENTIFIER),
    PARAM(struct street_line, id_no, IDENTIFIER),
    PARAM(struct street_line, plate_type, IDENTIFIER),
    PARAM(struct street_line, plate, IDENTIFIER),
    PARAM(struct street_line, occurred_at, .source = BODY),
    PARAM(struct street_line, place, .source = BODY, .min = 3, .max = 360, .check = is_place),
    PARAM(struct street_line, code, IDENTIFIER),
    PARAM(struct street_line, fine_fen, .source = BODY, .min = 0, .max = 500000),
    PARAM(struct street_line, points, .source = BODY, .min = 0, .max = 12),
    PARAM(struct street_line, decided_on, .source = BODY),
    PARAM(struct street_line, served_on, .source = BODY),
    PARAM(struct street_line, officer_no, IDENTIFIER),
    PARAM(struct street_line, observed_at, .source = BODY),
    PARAM_END,
};

const struct param study_params[] = {
    PARAM(struct study_line, type, .source = BODY),
    PARAM(struct study_line, record_no, IDENTIFIER),
    PARAM(struct study_line, id_no, IDENTIFIER),
    PARAM(struct study_line, kind, .source = BODY, .min = 1, .max = 32),
    PARAM(struct study_line, begun_on, .source = BODY),
    PARAM(struct study_line, ended_on, .source = BODY),
    PARAM(struct study_line, minutes, .source = BODY, .min = 0, .max = 100000),
    PARAM(struct study_line, is_passed, .source = BODY),
    PARAM(struct study_line, observed_at, .source = BODY),
    PARAM_END,
};

const struct param cheating_params[] = {
    PARAM(struct cheating_line, type, .source = BODY),
    PARAM(struct cheating_line, record_no, IDENTIFIER),
    PARAM(struct cheating_line, found_on, .source = BODY),
    PARAM(struct cheating_line, observed_at, .source = BODY),
    PARAM_END,
};

const struct param examination_params[] = {
    PARAM(struct examination_line, type, .source = BODY),
    PARAM(struct examination_line, record_no, IDENTIFIER),
    PARAM(struct examination_line, id_no, IDENTIFIER),
    PARAM(struct examination_line, subject, .source = BODY, .min = 1, .max = 16),
    PARAM(struct examination_line, taken_on, .source = BODY),
    PARAM(struct examination_line, is_passed, .source = BODY),
    PARAM(struct examination_line, observed_at, .source = BODY),
    PARAM_END,
};

#define MICRODEGREES(degrees) (INT64_C(degrees) * 1000000)

static const struct param site_params[] = {
    PARAM(struct site_line, type, .source = BODY),
    PARAM(struct site_line, code, IDENTIFIER),
    PARAM(struct site_line, name, .source = BODY, .min = 3, .max = 360, .check = is_place),
    PARAM(struct site_line, kind, .source = BODY, .min = 1, .max = 16),
    PARAM(struct site_line, latitude, .source = BODY, .min = -MICRODEGREES(90),
          .max = MICRODEGREES(90)),
    PARAM(struct site_line, longitude, .source = BODY, .min = -MICRODEGREES(180),
          .max = MICRODEGREES(180)),
    PARAM(struct site_line, observed_at, .source = BODY),
    PARAM_END,
};

static const struct param passage_params[] = {
    PARAM(struct passage_line, type, .source = BODY),
    PARAM(struct passage_line, record_no, IDENTIFIER),
    PARAM(struct passage_line, plate_type, IDENTIFIER),
    PARAM(struct passage_line, plate, IDENTIFIER),
    PARAM(struct passage_line, passed_at, .source = BODY),
    PARAM(struct passage_line, site, IDENTIFIER),
    PARAM(struct passage_line, kind, .source = BODY, .min = 1, .max = 16),
    PARAM_END,
};

static const struct param policy_params[] = {
    PARAM(struct policy_line, type, .source = BODY),
    PARAM(struct policy_line, policy_no, IDENTIFIER),
    PARAM(struct policy_line, vin, IDENTIFIER),
    PARAM(struct policy_line, valid_from, .source = BODY),
    PARAM(struct policy_line, valid_to, .source = BODY),
    PARAM(struct policy_line, state, .source = BODY, .min = 1, .max = 16),
    PARAM(struct policy_line, observed_at, .source = BODY),
    PARAM_END,
};

static const struct param held_params[] = {
    PARAM(struct held_line, type, .source = BODY),
    PARAM(struct held_line, item_no, IDENTIFIER),
    PARAM(struct held_line, kind, .source = BODY, .min = 1, .max = 16),
    PARAM(struct held_line, plate_type, IDENTIFIER, .optional = true),
    PARAM(struct held_line, plate, IDENTIFIER, .optional = true),
    PARAM(struct held_line, id_no, IDENTIFIER, .optional = true),
    PARAM(struct held_line, reason, .source = BODY, .min = 1, .max = 32),
    PARAM(struct held_line, decision_no, IDENTIFIER, .optional = true),
    PARAM(struct held_line, pound, IDENTIFIER),
    PARAM(struct held_line, held_on, .source = BODY),
    PARAM(struct held_line, noticed_on, .source = BODY, .optional = true),
    PARAM(struct held_line, suspended_until, .source = BODY, .optional = true),
    PARAM(struct held_line, state, .source = BODY, .min = 1, .max = 16),
    PARAM(struct held_line, observed_at, .source = BODY),
    PARAM_END,
};

static const struct param handover_params[] = {
    PARAM(struct handover_line, type, .source = BODY),
    PARAM(struct handover_line, order_no, IDENTIFIER),
    PARAM(struct handover_line, item_no, IDENTIFIER),
    PARAM(struct handover_line, released_at, .source = BODY),
    PARAM(struct handover_line, observed_at, .source = BODY),
    PARAM_END,
};

static const struct {
    const char *name;
    const struct param *params;
} types_of_lines[LINE_TYPES] = {
    [PERSON_LINE] = {"person", person_params},
    [ORGANISATION_LINE] = {"organisation", organisation_params},
    [VEHICLE_LINE] = {"vehicle", vehicle_params},
    [LICENCE_LINE] = {"licence", licence_params},
    [CAMERA_LINE] = {"camera_record", camera_params},
    [STREET_LINE] = {"street_decision", street_params},
    [SITE_LINE] = {"passage_site", site_params},
    [PASSAGE_LINE] = {"passage", passage_params},
    [POLICY_LINE] = {"policy", policy_params},
    [HELD_LINE] = {"held_item", held_params},
    [HANDOVER_LINE] = {"release_done", handover_params},
    [STUDY_LINE] = {"study", study_params},
    [CHEATING_LINE] = {"study_cheating", cheating_params},
    [EXAMINATION_LINE] = {"examination", examination_params},
};

/* Whether the word is one of a blank separated list. */
static bool has_word(const char *list, const char *word)
{
    size_t size = strlen(word);

    for (; *list != '\0'; list += strcspn(list, " "), list += strspn(list, " "))
        if (strcspn(list, " ") == size && strncmp(list, word, size) == 0)
            return true;
    return false;
}

struct typed {
    const char *type;
};

static enum error read_type(struct request *r, struct bytes text, enum line_type *type)
{
    static const struct param type_params[] = {
        PARAM(struct typed, type, .source = BODY, .min = 1, .max = 32),
        PARAM_END,
    };
    struct typed typed;

    TRY(input_from_json(r, text, type_params, LENIENT, &typed));
    for (*type = PERSON_LINE; *type < LINE_TYPES; (*type)++)
        if (strcmp(types_of_lines[*type].name, typed.type) == 0)
            return E_OK;
    return refuse(r, TYPE_UNKNOWN, VALUES("type", typed.type));
}

static void check_learning(struct request *r, struct line *line)
{
    if (line->type == STUDY_LINE)
        check_study(r, &line->study);
    else if (line->type == CHEATING_LINE)
        check_cheating(r, &line->cheating);
    else
        check_examination(r, &line->examination);
}

static void check_line(struct request *r, struct line *line)
{
    if (line->type >= STUDY_LINE) {
        check_learning(r, line);
        return;
    }
    switch (line->type) {
    case PERSON_LINE:
        check_person(r, &line->person);
        break;
    case ORGANISATION_LINE:
        check_organisation(r, &line->organisation);
        break;
    case VEHICLE_LINE:
        check_vehicle(r, &line->vehicle);
        break;
    case LICENCE_LINE:
        check_licence(r, &line->licence);
        break;
    case CAMERA_LINE:
        check_camera(r, &line->camera);
        break;
    case POLICY_LINE:
        check_policy(r, &line->policy);
        break;
    case HELD_LINE:
        check_held(r, &line->held);
        break;
    case HANDOVER_LINE:
        check_handover(r, &line->handover);
        break;
    case STREET_LINE:
        check_street(r, &line->street);
        break;
    case SITE_LINE:
        check_site(r, &line->site);
        break;
    default:
        check_passage(r, &line->passage);
    }
}

/* The rules are asked even when a member was refused, so that all reasons come at once. */
static enum error read_line(struct request *r, const char *types, struct bytes text,
                            struct line *line)
{
    enum error read;

    if (text.data == NULL)
        return refuse(r, LINE_TOO_LONG, VALUES((int64_t)LINE_MAX_SIZE));
    TRY(read_type(r, text, &line->type));
    if (!has_word(types, types_of_lines[line->type].name))
        reason(r, TYPE_NOT_ALLOWED, VALUES("type", types_of_lines[line->type].name));
    read = input_from_json(r, text, types_of_lines[line->type].params, STRICT, &line->person);
    if (read != E_OK && read != E_REFUSED)
        return read;
    check_line(r, line);
    return refused(r);
}

void line_read(struct request *r, const char *types, struct bytes text, struct line *line)
{
    line->faults = NULL;
    if (read_line(r, types, text, line) != E_OK)
        line->faults = faults_take(r);
}
