/* Cases at the officers' desk: confirmed, proposed, and what is inserted by the module's own rights. */
#ifndef SERVICE_VIOLATION_STAGE_DESK_H
#define SERVICE_VIOLATION_STAGE_DESK_H

#include "service/violation_stage.h"

#define DESK "/api/violation/office/violations"
#define SAID "{\"statement\":\"当时正在避让救护车\"}"
#define LARGE "\"findings\":\"测速记录和图像清晰\",\"fine_fen\":200000,\"points\":12"

/* A case that was announced and confirmed with that body, and waits for officers. */
const char *confirmed(struct citizen citizen, const char *code, const char *body);
/* A speeding case, proposed by a reviewer; answer_until is the 27th of November. */
const char *proposed(struct citizen citizen);
/* Posts {more} to base/id/what under a key of its own; the status. */
int do_it(const char *base, const char *id, const char *what, const char *more);
const char *desk_step_of(const char *id);
const char *state_of_case(const char *id);
/* State, manner, fine, points, prefix of the number, whether it names the case's person, its day, and
   how many obligations it has. */
const char *decision_of(const char *id);
/* That value of all that the module notice was told of this kind for this person. */
const char *told(const char *kind, const char *person_id, const char *value);
/* Gives this person a decision of the street that does not stand any more; whose it was. */
const char *fallen(const char *person_id);

/* Whether the tables refuse it to the module. */
bool refuses_decision(const char *id, const char *person_id, const char *manner, int fine, int points);
bool refuses_proposal(const char *id, const char *person_id, int fine, const char *until);
bool refuses_approval(const char *id, const char *first, const char *second, const char *day);

#endif
