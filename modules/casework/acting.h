/*
 * Acting for another: for whom the caller may do something in this domain at this moment, by a
 * mandate or as an organisation's legal representative. It is read with each request from the view
 * {module}_acting (schema/acting_template.sql), so that a mandate that was ended is good for nothing
 * from then on; no session carries it.
 */
#ifndef CASEWORK_ACTING_H
#define CASEWORK_ACTING_H

#include "core/db.h"

#define PERSON_APPLICANT "person"
#define ORGANISATION_APPLICANT "organisation"

struct acting {
    const char *mandate_id; /* the organisation's own id for its legal representative */
    const char *principal_kind, *principal_id;
};

struct organisation {
    const char *credit_code, *name;
};

extern const struct statement acting_sql[];

/* By this mandate; audited and E_NOT_FOUND when it is not the caller's, not of this domain, not yet
   begun or over. */
MUST_CHECK enum error acting_by(struct request *r, const char *mandate_id, struct acting *acting);
/* For this principal, by whichever mandate; E_NOT_FOUND. */
MUST_CHECK enum error acting_for(struct request *r, const char *principal_id,
                                 struct acting *acting);
MUST_CHECK enum error organisation_of(struct request *r, const char *id,
                                      struct organisation *organisation);
/* As papers name it: "某公司（91440300...）". */
MUST_CHECK enum error organisation_label(struct request *r, const char *id, const char **label);

#endif
