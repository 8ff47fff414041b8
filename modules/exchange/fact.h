/*
 * Facts into their tables. *known says that the line changed nothing: it was known before, or is
 * older than what is there. What stands against it once tables are asked becomes a reason and
 * E_REFUSED.
 */
#ifndef EXCHANGE_FACT_H
#define EXCHANGE_FACT_H

#include "core/seal.h"
#include "exchange/line.h"

extern const struct statement person_sql[], organisation_sql[], vehicle_sql[], licence_sql[],
    violation_sql[], passage_sql[], held_sql[];

MUST_CHECK enum error find_person(struct request *r, const char *id_no, const char **person_id);
/* The real name; E_NOT_FOUND. */
MUST_CHECK enum error name_of_person(struct request *r, const char *person_id, const char **name);
MUST_CHECK enum error apply_person(struct request *r, const char *source,
                                   const struct person_line *line, bool *known);
/* Finds by identity number, or creates; another name is refused. */
MUST_CHECK enum error match_person(struct request *r, const char *source,
                                   const struct person_line *line, const char **person_id);
MUST_CHECK enum error find_organisation(struct request *r, const char *credit_code,
                                        const char **organisation_id);
MUST_CHECK enum error apply_organisation(struct request *r, const char *source,
                                         const struct organisation_line *line, bool *known);
MUST_CHECK enum error apply_vehicle(struct request *r, const char *source,
                                    const struct vehicle_line *line, bool *known);
MUST_CHECK enum error apply_licence(struct request *r, const char *source,
                                    const struct licence_line *line, bool *known);
MUST_CHECK enum error apply_camera(struct request *r, const char *source,
                                   const struct camera_line *line, bool *known);
MUST_CHECK enum error apply_street(struct request *r, const char *source,
                                   const struct street_line *line, bool *known);
MUST_CHECK enum error apply_policy(struct request *r, const char *source,
                                   const struct policy_line *line, bool *known);
MUST_CHECK enum error apply_held(struct request *r, const char *source,
                                 const struct held_line *line, bool *known);
MUST_CHECK enum error apply_handover(struct request *r, const char *source,
                                     const struct handover_line *line, bool *known);

MUST_CHECK enum error apply_site(struct request *r, const char *source,
                                 const struct site_line *line, bool *known);

/* One of many lines, and what became of it. */
struct bulk_line {
    const struct line *line; /* a passage without faults */
    bool is_known;
    const char *faults; /* NULL: it is there now */
};
/* Passages by the hundred: two statements for all of them, and no events. */
MUST_CHECK enum error apply_passages(struct request *r, const char *source,
                                     struct bulk_line *lines, size_t count);

extern const struct statement reseal_sql[];
extern const struct sealed_column person_name_column, person_id_no_column, person_phone_column,
    licence_file_no_column;
MUST_CHECK enum error reseal(struct request *r, const struct task *task);

#endif
