/*
 * Disputes and withdrawals (异议、撤销). While an objection or a claim is open, its violation rests: it
 * is neither announced nor decided. Upheld, the record is removed or the decision withdrawn, in one
 * transaction with its obligation (payment returns what was paid, by two people) and its points,
 * which are computed from the decisions that stand. Violation Procedure (2020), articles 5 and 22.
 */
#ifndef VIOLATION_WITHDRAW_H
#define VIOLATION_WITHDRAW_H

#include "violation/store.h"

extern const struct statement withdraw_sql[];

/* NULL when nothing is in dispute: since when, and by which application. */
struct dispute {
    const char *application_id;
    struct instant opened_at;
};
MUST_CHECK enum error find_dispute(struct request *r, const char *case_id,
                                   struct dispute *dispute);
/* DISPUTED as a reason, when there is one; or one of another application than this, which may be
   submitted again after a notice of what was missing. */
MUST_CHECK enum error check_undisputed(struct request *r, const char *case_id);
MUST_CHECK enum error check_no_other_dispute(struct request *r, const char *application_id,
                                             const char *case_id);
/* Of a case that the caller has locked and found in no other dispute; again, when it was closed. */
MUST_CHECK enum error open_dispute(struct request *r, const char *application_id,
                                   const char *case_id);
/* All that this application opened; none is no error. */
MUST_CHECK enum error close_disputes(struct request *r, const char *application_id);

/* The cases that this application has in dispute now: const char * ids, ascending, which is the order in
   which to lock them. */
struct disputed {
    const char *case_id;
};
MUST_CHECK enum error list_disputed(struct request *r, const char *application_id,
                                    struct records *cases);

/* In a transaction, whatever state the case is in; one that was withdrawn before stays as it is. The
   ground is told to the citizen. `application_id` is NULL when no objection was made but a statement
   at the confirmation. */
MUST_CHECK enum error withdraw_violation(struct request *r, const char *case_id,
                                         const char *application_id, const char *ground);

/* In part: so much remains of the fine (some, and less than before) and of the points (not more). A new
   decision takes the place of the one that stands; the debt stays and is lowered. */
struct lowering {
    struct fen fine_fen;
    int64_t points;
};
MUST_CHECK enum error lower_violation(struct request *r, const char *case_id,
                                      const char *application_id, const struct lowering *to);
/* Whether so much may remain of it; else reasons. */
MUST_CHECK enum error check_lowering(struct request *r, const char *case_id,
                                     const struct lowering *to);
/* What an officer noted for an objection; E_NOT_FOUND: nothing. E_EXISTS: it is noted already. */
MUST_CHECK enum error find_lowering(struct request *r, const char *application_id,
                                    struct lowering *lowering);
MUST_CHECK enum error insert_lowering(struct request *r, const char *application_id,
                                      const struct lowering *lowering);

#endif
