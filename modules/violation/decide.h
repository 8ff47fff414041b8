/* What every decision brings along, in one transaction: its row, its points and what is owed. */
#ifndef VIOLATION_DECIDE_H
#define VIOLATION_DECIDE_H

#include "violation/violation.h"

/* Locks the points of the person, if there are any to record, and finds the licence for them; without
   one that we know they stand beside the person. */
MUST_CHECK enum error find_points_licence(struct request *r, struct decision *decision);
/* For a decision made here, served on .served_on: gives it the last days to appeal and the next free
   number, and records it. */
MUST_CHECK enum error number_decision(struct request *r, const struct violation *act,
                                      struct decision *decision);
/* One that replaces another of the same act (.replaces), in part: served anew, its points and its debt
   on the days of the first. */
MUST_CHECK enum error renumber_decision(struct request *r, const struct violation *act,
                                        struct decision *decision);
/* For a decision that has its number; E_EXISTS when that is taken. Fills in the terms to pay, the
   surcharge and the obligation. Points are locked (lock_points) before. */
MUST_CHECK enum error record_decision(struct request *r, const struct violation *act,
                                      struct decision *decision, struct day decided_on);

#endif
