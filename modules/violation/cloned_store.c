#include "violation/cloned.h"

#include "core/clock.h"

static const struct field rule_fields[] = {
    FIELD(struct clone_rule, valid_from),    FIELD(struct clone_rule, max_kmh),
    FIELD(struct clone_rule, min_metres),    FIELD(struct clone_rule, park_metres),
    FIELD(struct clone_rule, clock_error_s), FIELD(struct clone_rule, around_minutes),
    FIELD(struct clone_rule, max_days),      FIELD(struct clone_rule, max_cases),
    FIELD(struct clone_rule, source),        FIELD_END,
};

static const struct field vehicle_fields[] = {
    FIELD(struct claimed_vehicle, registered_on),
    FIELD(struct claimed_vehicle, use_kind),
    FIELD(struct claimed_vehicle, source),
    FIELD(struct claimed_vehicle, observed_at),
    FIELD_END,
};

static const struct field id_fields[] = {FIELD(struct claimed_id, id), FIELD_END};

const struct field sighting_fields[] = {
    FIELD(struct sighting, agency),
    FIELD(struct sighting, record_no),
    FIELD(struct sighting, site),
    FIELD(struct sighting, place),
    FIELD(struct sighting, kind),
    FIELD(struct sighting, passed_at),
    FIELD(struct sighting, latitude),
    FIELD(struct sighting, longitude),
    FIELD_END,
};

static const struct field search_fields[] = {
    FIELD(struct clone_search, searched_at),     FIELD(struct clone_search, from_on),
    FIELD(struct clone_search, to_on),           FIELD(struct clone_search, passages),
    FIELD(struct clone_search, is_cut),          FIELD(struct clone_search, pairs),
    FIELD(struct clone_search, rule_valid_from), FIELD_END,
};

static const struct field evidence_fields[] = {
    FIELD(struct evidence, first_agency),
    FIELD(struct evidence, first_record_no),
    FIELD(struct evidence, first_place),
    FIELD(struct evidence, first_at),
    FIELD(struct evidence, first_latitude),
    FIELD(struct evidence, first_longitude),
    FIELD(struct evidence, second_agency),
    FIELD(struct evidence, second_record_no),
    FIELD(struct evidence, second_place),
    FIELD(struct evidence, second_at),
    FIELD(struct evidence, second_latitude),
    FIELD(struct evidence, second_longitude),
    FIELD(struct evidence, kind),
    FIELD(struct evidence, metres),
    FIELD(struct evidence, seconds),
    FIELD_OR_NULL(struct evidence, needs_kmh),
    FIELD_OR_NULL(struct evidence, parked_until),
    FIELD_END,
};

static const struct field case_fields[] = {
    FIELD(struct claimed_case, id),
    FIELD(struct claimed_case, place),
    FIELD(struct claimed_case, code),
    FIELD(struct claimed_case, state),
    FIELD(struct claimed_case, agency),
    FIELD(struct claimed_case, source_no),
    FIELD(struct claimed_case, occurred_at),
    FIELD_OR_NULL(struct claimed_case, decision_no),
    FIELD_OR_NULL(struct claimed_case, fine_fen),
    FIELD_OR_NULL(struct claimed_case, points),
    FIELD_END,
};

enum {
    FIND_RULE,
    FIND_VEHICLE,
    FIND_OTHER,
    LIST_CLAIMABLE,
    LIST_SIGHTINGS,
    LIST_AROUND,
    INSERT_SEARCH,
    FIND_SEARCH,
    INSERT_EVIDENCE,
    LIST_EVIDENCE,
    LIST_CLAIMED,
    STATEMENTS_END
};

/* One stretch of the passages' primary key in each month that the moments touch. */
#define SIGHTING                                                                                   \
    "SELECT STRAIGHT_JOIN p.agency, p.record_no, p.site, s.name AS place, p.kind, p.passed_at,"    \
    "  s.latitude, s.longitude FROM plate_passage p FORCE INDEX (PRIMARY)"                         \
    "  JOIN passage_site s ON s.agency = p.agency AND s.code = p.site"                             \
    "  WHERE p.plate_type = ? AND p.plate = ? AND p.passed_at >= ? AND p.passed_at < ?"
#define IN_ORDER " ORDER BY p.passed_at, p.agency, p.record_no LIMIT"
#define EVIDENCE                                                                                   \
    "first_agency, first_record_no, first_place, first_at, first_latitude, first_longitude,"       \
    "  second_agency, second_record_no, second_place, second_at, second_latitude,"                 \
    "  second_longitude, kind, metres, seconds, needs_kmh, parked_until"

const struct statement cloned_sql[] = {
    [FIND_RULE] = {.sql = "SELECT valid_from, max_kmh, min_metres, park_metres, clock_error_s,"
                          "  around_minutes, max_days, max_cases, source FROM clone_rule"
                          "  WHERE valid_from <= ? AND (valid_to IS NULL OR valid_to >= ?)"
                          "  ORDER BY valid_from DESC LIMIT 1",
                   ROWS(struct clone_rule, rule_fields)},
    [FIND_VEHICLE] = {.sql = "SELECT registered_on, use_kind, source, observed_at FROM vehicle"
                             "  WHERE plate_type = ? AND plate = ?"
                             "  AND ? IN (owner_id, organisation_id)",
                      ROWS(struct claimed_vehicle, vehicle_fields)},
    [FIND_OTHER] = {.sql = "SELECT c.id FROM violation_dispute x"
                           "  JOIN violation_case c ON c.id = x.case_id"
                           "  WHERE x.application_id = ? AND (c.plate_type <> ? OR c.plate <> ?)"
                           "  LIMIT 1",
                    ROWS(struct claimed_id, id_fields)},
    [LIST_CLAIMABLE] = {.sql = "SELECT id FROM violation_case WHERE plate_type = ? AND plate = ?"
                               "  AND (person_id IS NULL OR person_id = ?) AND kind = 'camera'"
                               "  AND occurred_at >= ? AND occurred_at < ?"
                               "  AND state <> 'withdrawn' ORDER BY id LIMIT 201",
                        ROWS(struct claimed_id, id_fields)},
    [LIST_SIGHTINGS] = {.sql = SIGHTING
                        "  AND (p.passed_at, p.agency, p.record_no) > (?, ?, ?)" IN_ORDER " 900",
                        ROWS(struct sighting, sighting_fields)},
    [LIST_AROUND] = {.sql = SIGHTING IN_ORDER " 60", ROWS(struct sighting, sighting_fields)},
    [INSERT_SEARCH] = {.sql = "INSERT INTO violation_search (application_id, searched_at, from_on,"
                              "  to_on, passages, is_cut, pairs, rule_valid_from)"
                              "  VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND_SEARCH] = {.sql = "SELECT searched_at, from_on, to_on, passages, is_cut, pairs,"
                            "  rule_valid_from FROM violation_search WHERE application_id = ?"
                            "  ORDER BY searched_at DESC LIMIT 1",
                     ROWS(struct clone_search, search_fields)},
    [INSERT_EVIDENCE] = {.sql =
                             "INSERT INTO violation_evidence (application_id, found_at, " EVIDENCE
                             ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [LIST_EVIDENCE] = {.sql = "SELECT " EVIDENCE " FROM violation_evidence"
                              "  WHERE application_id = ? ORDER BY first_at, second_at LIMIT 100",
                       ROWS(struct evidence, evidence_fields)},
    [LIST_CLAIMED] = {.sql = "SELECT c.id, c.place, c.code, c.state, c.agency, c.source_no,"
                             "  c.occurred_at, d.decision_no, d.fine_fen, d.points"
                             "  FROM violation_dispute x JOIN violation_case c ON c.id = x.case_id"
                             "  LEFT JOIN violation_decision d"
                             "    ON d.case_id = c.id AND d.stands = 1"
                             "  WHERE x.application_id = ? AND x.case_id > ?"
                             "  ORDER BY x.case_id LIMIT 21",
                      ROWS(struct claimed_case, case_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_clone_rule(struct request *r, struct day on, struct clone_rule *rule)
{
    enum error found = db_one(r, &cloned_sql[FIND_RULE], rule, VALUES(on, on));

    return found == E_NOT_FOUND ? failed(r, E_INTERNAL, "no version of clone_rule is in force")
                                : found;
}

enum error find_claimed_vehicle(struct request *r, const struct claim *claim,
                                struct claimed_vehicle *vehicle)
{
    return db_one(r, &cloned_sql[FIND_VEHICLE], vehicle,
                  VALUES(claim->plate_type, claim->plate, claim->owner_id));
}

enum error claims_other_vehicle(struct request *r, const char *application_id,
                                const struct claim *claim, bool *is_other)
{
    struct claimed_id other;
    enum error found = db_one(r, &cloned_sql[FIND_OTHER], &other,
                              VALUES(application_id, claim->plate_type, claim->plate));

    *is_other = found == E_OK;
    return found == E_NOT_FOUND ? E_OK : found;
}

enum error list_claimable(struct request *r, const struct claim *claim, struct records *ids)
{
    struct day end = {claim->to_on.number + 1};

    return db_many(r, &cloned_sql[LIST_CLAIMABLE], ids,
                   VALUES(claim->plate_type, claim->plate, claim->owner_id,
                          day_start(claim->from_on), day_start(end)));
}

enum error list_sightings(struct request *r, const struct claim *claim,
                          const struct sighting *after, struct instant until,
                          struct records *sightings)
{
    return db_many(r, &cloned_sql[LIST_SIGHTINGS], sightings,
                   VALUES(claim->plate_type, claim->plate, after->passed_at, until,
                          after->passed_at, after->agency, after->record_no));
}

enum error list_around(struct request *r, const struct claim *claim, struct instant from,
                       struct instant until, struct records *sightings)
{
    return db_many(r, &cloned_sql[LIST_AROUND], sightings,
                   VALUES(claim->plate_type, claim->plate, from, until));
}

enum error insert_search(struct request *r, const char *application_id,
                         const struct clone_search *search)
{
    return db_run(r, &cloned_sql[INSERT_SEARCH],
                  VALUES(application_id, search->searched_at, search->from_on, search->to_on,
                         search->passages, search->is_cut, search->pairs, search->rule_valid_from));
}

enum error find_search(struct request *r, const char *application_id, struct clone_search *search)
{
    return db_one(r, &cloned_sql[FIND_SEARCH], search, VALUES(application_id));
}

enum error insert_evidence(struct request *r, const char *application_id,
                           const struct impossible_pair *pair)
{
    const struct sighting *a = pair->first, *b = pair->second;

    return db_run(r, &cloned_sql[INSERT_EVIDENCE],
                  VALUES(application_id, r->now, a->agency, a->record_no, a->place, a->passed_at,
                         a->latitude, a->longitude, b->agency, b->record_no, b->place, b->passed_at,
                         b->latitude, b->longitude, pair->kind, pair->metres, pair->seconds,
                         pair->needs_kmh, pair->parked_until));
}

enum error list_evidence(struct request *r, const char *application_id, struct records *pairs)
{
    return db_many(r, &cloned_sql[LIST_EVIDENCE], pairs, VALUES(application_id));
}

enum error list_claimed(struct request *r, const char *application_id, const char *after,
                        struct records *cases)
{
    return db_many(r, &cloned_sql[LIST_CLAIMED], cases,
                   VALUES(application_id, after == NULL ? "" : after));
}
