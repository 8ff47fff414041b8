/* The tables of the module, by typed functions. */
#ifndef VIOLATION_STORE_H
#define VIOLATION_STORE_H

#include "violation/violation.h"

extern const struct statement case_sql[], decision_sql[], licence_sql[], fact_sql[];

/* At the officers' desk: what was agreed to and said, what was answered, what is intended. */
struct at_desk {
    bool electronic_service; /* agreed to with the confirmation */
    const char *statement, *review, *review_reasons;
    struct instant reviewed_at;
    struct fen proposed_fen;
    int64_t proposed_points;
    struct instant proposed_at;
    struct day answer_until;
    const char *hearing_choice;
    struct day hearing_on;
    const char *hearing_place;
};
/* Of a record with such a part called desk. */
#define DESK_FIELDS(type)                                                                          \
    FIELD_IN(type, desk, electronic_service), FIELD_IN_OR_NULL(type, desk, statement),             \
        FIELD_IN_OR_NULL(type, desk, review), FIELD_IN_OR_NULL(type, desk, review_reasons),        \
        FIELD_IN_OR_NULL(type, desk, reviewed_at), FIELD_IN_OR_NULL(type, desk, proposed_fen),     \
        FIELD_IN_OR_NULL(type, desk, proposed_points), FIELD_IN_OR_NULL(type, desk, proposed_at),  \
        FIELD_IN_OR_NULL(type, desk, answer_until), FIELD_IN_OR_NULL(type, desk, hearing_choice),  \
        FIELD_IN_OR_NULL(type, desk, hearing_on), FIELD_IN_OR_NULL(type, desk, hearing_place)

/* A case with its decision, if any, and what was made of it. */
struct case_row {
    const char *id, *kind, *plate_type, *plate;
    struct instant occurred_at;
    const char *place, *code, *state;
    /* NULL or NONE before a decision, and from fine to surcharge terms without a fine. */
    const char *decision_no, *title;
    struct fen fine_fen;
    int64_t points;
    const char *obligation_id;
    struct day due_on;
    int64_t late_percent_a_day, late_percent_max, frozen_days;
    struct instant settled_at;
    /* In detail only. */
    const char *agency, *source_no;
    int64_t measured, allowed;
    struct instant observed_at, arrived_at;
    struct fen paid_fen;
    const char *facts, *basis, *rule_source;
    struct day rule_valid_from;
    struct instant decided_at;
    struct day served_on;
    const char *due_source;
    struct day reconsider_until, court_until;
    struct instant announced_at, confirmed_at;
    const char *officer_step;
    struct instant withdrawn_at;
    const char *withdrawn_because, *withdrawn_decision_no;
    const char *dispute_id; /* the application by which it is in dispute now; NULL */
    struct instant disputed_at;
    struct at_desk desk;
};

/* Up to in->limit + 1 rows, newest first, in one statement. */
MUST_CHECK enum error list_own_cases(struct request *r, const struct list_input *in,
                                     struct records *rows);
/* The same of the vehicles of an organisation: what nobody was named for yet. */
MUST_CHECK enum error list_fleet_cases(struct request *r, const char *organisation_id,
                                       const struct list_input *in, struct records *rows);
/* The caller's own, or such a one of an organisation that he acts for: whoever confirms it does so
   as the driver, with his own licence. */
MUST_CHECK enum error find_own_case(struct request *r, const char *id, struct case_row *row);
MUST_CHECK enum error lock_own_case(struct request *r, const char *id, struct violation *act);
/* Whether it is a record of this organisation's vehicle that no driver was named for. */
MUST_CHECK enum error is_fleet_case(struct request *r, const char *id, const char *organisation_id,
                                    bool *is_fleet);
/* Whosever it is. */
MUST_CHECK enum error lock_case(struct request *r, const char *id, struct violation *act);
MUST_CHECK enum error lock_case_of(struct request *r, const char *obligation_id,
                                   struct violation *act);
MUST_CHECK enum error insert_case(struct request *r, const struct violation *act,
                                  const char *fact_id);
MUST_CHECK enum error move_case(struct request *r, const char *id, const char *person_id,
                                const char *from, const char *to);

MUST_CHECK enum error find_announcement(struct request *r, const char *case_id,
                                        struct announcement *announcement);
MUST_CHECK enum error insert_announcement(struct request *r,
                                          const struct announcement *announcement);
MUST_CHECK enum error find_confirmation(struct request *r, const char *case_id,
                                        struct confirmation *confirmation);
MUST_CHECK enum error insert_confirmation(struct request *r, const char *case_id,
                                          const struct confirmation *confirmation);
/* What the caller said after he confirmed without a word: by which key. */
MUST_CHECK enum error find_later_statement(struct request *r, const char *case_id,
                                           const char **key);
MUST_CHECK enum error insert_later_statement(struct request *r, const char *case_id,
                                             const char *statement);
/* The one that stands. */
MUST_CHECK enum error find_decision(struct request *r, const char *case_id,
                                    struct decision *decision);
/* E_EXISTS when the number is taken. */
MUST_CHECK enum error insert_decision(struct request *r, const struct decision *decision);
/* The next serial for a decision of this kind; held until the transaction ends. */
MUST_CHECK enum error take_serial(struct request *r, const char *prefix, int64_t *serial);

/* Puts others who are about to change this person's points behind us. */
MUST_CHECK enum error lock_points(struct request *r, const char *person_id);
MUST_CHECK enum error find_licence(struct request *r, const char *person_id,
                                   struct licence *licence);
/* struct points_entry in the order of their decisions. */
MUST_CHECK enum error list_points(struct request *r, const char *person_id,
                                  const struct points_entry **entries, size_t *count);
/* With the days of the entry of the decision that it replaces. */
MUST_CHECK enum error insert_points_again(struct request *r, const struct decision *decision);
MUST_CHECK enum error insert_points(struct request *r, const struct decision *decision,
                                    const struct violation *act, struct day decided_on);

/* What exchange tells of; decision parts NONE or NULL for a camera's record. */
struct street_facts {
    const char *person_id, *source_no;
    struct fen fine_fen;
    int64_t points;
    struct day decided_on, served_on;
};
MUST_CHECK enum error find_camera_record(struct request *r, const char *id, struct violation *act);
MUST_CHECK enum error find_street_decision(struct request *r, const char *id, struct violation *act,
                                           struct street_facts *facts);

#endif
