/*
 * Claims that a plate was cloned (我被套牌), T2. The owner names the vehicle and the days; all of a
 * camera's violations of that vehicle in these days rest, and the records of the plate at cameras and
 * car parks are searched for two places at once (pairs.h). An officer decides with all of it on one
 * page; a claim that is upheld takes back every one of them, as an objection does (withdraw.h).
 *
 * What was found is kept as it was then, for passages and sites go by and change.
 */
#ifndef VIOLATION_CLONED_H
#define VIOLATION_CLONED_H

#include "casework/application.h"
#include "violation/pairs.h"
#include "violation/store.h"

#define CLONED_REASONS(X)                                                                          \
    X(VEHICLE_NOT_OWN, 422, "vehicle_not_own", "没有登记在您名下的这辆机动车")                     \
    X(CLAIM_DAYS, 422, "claim_days", "起止日期应当先后相符、不晚于今天，且不超过规定天数")         \
    X(NOTHING_TO_CLAIM, 422, "nothing_to_claim", "该车在这些日期没有可以申请核查的电子监控违法")   \
    X(TOO_MUCH_TO_CLAIM, 422, "too_much_to_claim", "涉及的违法过多，请缩短日期分次申请")           \
    X(OTHER_VEHICLE, 422, "other_vehicle", "补正时不能更换车辆，请撤回后重新申请")                 \
    X(EVIDENCE_ABSENT, 422, "evidence_absent", "没有检索到两地同时出现的记录，准予应当写明理由")

CLONED_REASONS(REASON_DECLARE)

/* What the form says; NULL or NONE where it says nothing. */
struct claim {
    const char *owner_id; /* a person or an organisation */
    const char *plate_type, *plate;
    struct day from_on, to_on;
};
struct claim claim_of(const struct application *application);

struct claimed_vehicle {
    struct day registered_on;
    const char *use_kind, *source;
    struct instant observed_at;
};
/* Whether the application disputed violations of another vehicle before. */
MUST_CHECK enum error claims_other_vehicle(struct request *r, const char *application_id,
                                           const struct claim *claim, bool *is_other);
struct claimed_id {
    const char *id;
};
/* A search of the passages of a plate, and what came of it. */
struct clone_search {
    struct instant searched_at;
    struct day from_on, to_on;
    int64_t passages;
    bool is_cut; /* there were more than are searched */
    int64_t pairs;
    struct day rule_valid_from;
};
/* An impossible pair as it is kept. */
struct evidence {
    const char *first_agency, *first_record_no, *first_place;
    struct instant first_at;
    int64_t first_latitude, first_longitude;
    const char *second_agency, *second_record_no, *second_place;
    struct instant second_at;
    int64_t second_latitude, second_longitude;
    const char *kind;
    int64_t metres, seconds, needs_kmh;
    struct instant parked_until;
    const char *text; /* made of it: what a person reads */
};
/* A violation that the claim has or had in dispute. */
struct claimed_case {
    const char *id, *place, *code, *state, *agency, *source_no;
    struct instant occurred_at;
    const char *decision_no; /* NULL, as fine and points NONE, without one that stands */
    struct fen fine_fen;
    int64_t points;
    struct records passages; /* struct sighting; found with it for an officer */
};

/* cloned_store.c */
extern const struct statement cloned_sql[];
extern const struct field sighting_fields[];

enum { SIGHTINGS_PAGE = 900, SIGHTINGS_AROUND = 60, PAIRS_MAX = 50, CASES_PAGE = 20 };

/* The version in force on that day, by which all of a claim is judged. */
MUST_CHECK enum error find_clone_rule(struct request *r, struct day on, struct clone_rule *rule);
MUST_CHECK enum error find_claimed_vehicle(struct request *r, const struct claim *claim,
                                           struct claimed_vehicle *vehicle);
/* Up to 201 of the owner's, ascending, not withdrawn: struct claimed_id. */
MUST_CHECK enum error list_claimable(struct request *r, const struct claim *claim,
                                     struct records *ids);
/* Behind `after` (moment, agency and number), before `until`: struct sighting, SIGHTINGS_PAGE at most. */
MUST_CHECK enum error list_sightings(struct request *r, const struct claim *claim,
                                     const struct sighting *after, struct instant until,
                                     struct records *sightings);
/* From the one moment to the other: SIGHTINGS_AROUND at most. */
MUST_CHECK enum error list_around(struct request *r, const struct claim *claim,
                                  struct instant from, struct instant until,
                                  struct records *sightings);
MUST_CHECK enum error insert_search(struct request *r, const char *application_id,
                                    const struct clone_search *search);
/* The newest; E_NOT_FOUND before the first submission. */
MUST_CHECK enum error find_search(struct request *r, const char *application_id,
                                  struct clone_search *search);
/* E_EXISTS when it was found before. */
MUST_CHECK enum error insert_evidence(struct request *r, const char *application_id,
                                      const struct impossible_pair *pair);
MUST_CHECK enum error list_evidence(struct request *r, const char *application_id,
                                    struct records *pairs);
/* Behind that id: struct claimed_case, CASES_PAGE + 1 at most. */
MUST_CHECK enum error list_claimed(struct request *r, const char *application_id,
                                   const char *after, struct records *cases);

/* cloned.c: searches the passages of the days, one more before and after, and keeps what it finds. */
MUST_CHECK enum error search_passages(struct request *r, const struct application *application);

/* evidence.c */
struct evidence_input {
    const char *id;
    const char *after; /* violations behind that one */
};
struct search_input {
    const char *id;
    int64_t ver;
};
extern const struct param evidence_params[], search_params[];
extern const struct field evidence_view_fields[], office_evidence_fields[];
enum error show_evidence(struct request *r);
enum error office_show_evidence(struct request *r);
enum error office_search_again(struct request *r);

#endif
