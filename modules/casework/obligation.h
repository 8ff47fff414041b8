/*
 * An obligation (应缴款项) is one thing owed: a fine, a fee. The module that decides writes it in the
 * transaction of its decision; payment reads it and, by inserting a row into `settlement`, settles
 * it. Rate and cap of the late surcharge (加处罚款) are copied from the rule in force into the
 * obligation, so that a later rule changes nothing that was decided.
 */
#ifndef CASEWORK_OBLIGATION_H
#define CASEWORK_OBLIGATION_H

#include "core/db.h"

struct obligation {
    const char *id;      /* ULID */
    const char *module;  /* who issued it and is told when it is settled */
    const char *kind;    /* "fine", "fee" */
    const char *ref_no;  /* decision number; unique with kind */
    const char *account; /* treasury account key: fines and fees never share one */
    const char *title;   /* Chinese, what the payer reads; no personal data */
    const char *person_id; /* who owes */
    const char *owner_id;  /* who else may pay: the vehicle's owner; NULL for none */
    struct fen base_fen; /* as lowered last */
    int64_t late_percent_a_day;
    int64_t late_percent_max;
    struct day due_on;   /* last day to pay without surcharge */
    int64_t frozen_days; /* late days that do not count (reconsideration, court) */
    struct instant decided_at;
    struct instant withdrawn_at; /* NONE while it stands */
    struct instant lowered_at;   /* NONE unless its decision fell in part */
    struct instant settled_at;   /* NONE while it is owed; from `settlement` */
};

extern const struct field obligation_fields[];
/* Statements by right: every user of obligations reads and locks, the issuer also writes. */
extern const struct statement obligation_sql[], obligation_issue_sql[];

/* What is owed when paid at that moment, with each part explained. */
struct amount_due {
    struct fen base_fen;
    int64_t late_days;
    int64_t percent; /* after the cap */
    bool is_capped;
    struct fen surcharge_fen;
    struct fen total_fen;
};
struct amount_due amount_due(const struct obligation *obligation, struct instant paid_at);

/* In the caller's transaction; E_EXISTS when (kind, ref_no) is there already. */
MUST_CHECK enum error obligation_insert(struct request *r, const struct obligation *obligation);
MUST_CHECK enum error obligation_find(struct request *r, const char *id,
                                      struct obligation *obligation);
/* Locks by ascending id and reads `count` (at most 20) different obligations with their settlement,
   into the product by ascending id; E_NOT_FOUND when one is missing. */
MUST_CHECK enum error obligation_lock(struct request *r, const char *const *ids, size_t count,
                                      struct obligation *obligations);
/* By the module that issued it, in the transaction of its revocation: payment is told
   ("obligation_withdrawn") and returns what was paid. E_NOT_FOUND when it was withdrawn before. */
MUST_CHECK enum error obligation_withdraw(struct request *r, const char *id, struct instant at);
/* Likewise when the decision falls in part, once: so much is owed from now on, less than before. Payment
   is told ("obligation_lowered") and returns what was paid above. E_NOT_FOUND when it is not more, was
   lowered before, or is withdrawn. */
MUST_CHECK enum error obligation_lower(struct request *r, const char *id, struct fen to,
                                       struct instant at);

#endif
