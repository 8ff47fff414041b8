/*
 * Fees (行政事业性收费) of services. What an item costs is a row of fee_rule, in versions with their
 * sources, judged by the day on which it is charged; a definition names the items. A service with
 * fees decides first and is paid then: the application is payable, nothing is in force yet, and the
 * grant with its hooks and its permit follows when payment tells that the obligation is settled. Who
 * does not pay in the term of the definition's clock has withdrawn. An application that ends
 * unpaid takes its obligation with it, and what is paid for it all the same goes back.
 */
#ifndef CASEWORK_FEE_H
#define CASEWORK_FEE_H

#include "casework/application.h"
#include "core/job.h"

struct fee_rule {
    const char *code;
    struct day valid_from, valid_to; /* first and last day in force; NONE */
    const char *name;                /* Chinese */
    struct fen amount_fen;
    const char *account; /* treasury account that it is paid into */
    const char *source;  /* where the amount stands */
};

/* As guides and applications show it. */
struct fee_item {
    const char *code, *name;
    struct fen amount_fen;
    const char *source;
};
extern const struct field fee_item_fields[];

/* Parts of APPLICATION_SQL. */
extern const struct statement fee_rule_sql[], fee_sql[];

/* fee_rule; versions of one item that overlap are a failure. */
MUST_CHECK enum error fee_rules_load(struct request *r, struct records *rules);
/* NULL when no version is in force. */
const struct fee_rule *fee_in_force(const struct records *rules, const char *code, struct day on);
/* struct fee_item, at the prices of today. */
struct records fees_today(struct request *r, const struct definition *definition);
/* What of a definition can not be charged, in plain words; NULL: nothing. */
const char *fees_faulty(struct request *r, const struct records *rules,
                        const struct definition *definition);

/* In the transaction that would grant: the obligation, and the move to payable. */
MUST_CHECK enum error fee_charge(struct request *r, struct application *application,
                                 const struct move *move);
/* What was charged last is not owed any more. */
MUST_CHECK enum error fee_withdraw(struct request *r, const struct application *application);

/* What was charged last; no items when nothing was. */
struct fee_charged {
    struct records items; /* struct fee_item */
    const char *obligation_id;
    struct fen total_fen;
    const char *state; /* "owed", "paid", "withdrawn" */
    struct day due_on; /* last day to pay */
};
MUST_CHECK enum error fee_of(struct request *r, const struct application *application,
                             struct fee_charged *charged);

/* The event obligation_settled, which every domain takes: E_NOT_FOUND when it is no fee of an
   application. Where the grant can not be any more, it is refused and the money goes back. */
enum error take_fee(struct request *r, const struct task *task);

#endif
