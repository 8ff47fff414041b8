/*
 * What the module tells citizens (casework/tell.h): a new record, to the owner of the vehicle of that
 * moment or to who represents the organisation that owns it; a decision; full points and their study;
 * and what is still to be paid, some days before its last day and on the first day with a surcharge
 * (violation_reminder).
 */
#ifndef VIOLATION_TELL_H
#define VIOLATION_TELL_H

#include "violation/violation.h"

extern const struct statement tell_sql[], remind_sql[];

/* Inside the transaction in which it came about. */
MUST_CHECK enum error tell_of_case(struct request *r, const struct violation *act);
MUST_CHECK enum error tell_of_decision(struct request *r, const struct violation *act,
                                       const struct decision *decision);
/* It made points full: a study of so many days is owed. */
MUST_CHECK enum error tell_of_full_points(struct request *r, const struct decision *decision,
                                          int64_t total, int64_t days);

/* A job. It walks the obligations by last day and id, a batch in a transaction together with its place,
   and goes on there after any crash. Days that went by meanwhile are made up for, but nobody is told
   that something is due soon when it was due before. What is entered when its day was walked already
   is not told: the decision, with its last day, was told at that very moment. */
enum error remind(struct request *r, const struct task *task);

#endif
