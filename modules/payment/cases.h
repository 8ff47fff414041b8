/*
 * What finance officers see: the bills, and what needs a person. Each kind of case is ended by one
 * action; the list names both in words (cases.c).
 */
#ifndef PAYMENT_CASES_H
#define PAYMENT_CASES_H

#include "core/db.h"

struct case_kind {
    const char *kind;   /* as payment_case has it; NULL ends the table */
    const char *title;  /* what it means, in Chinese */
    const char *action; /* the one thing that ends it, in Chinese */
};

extern const struct case_kind case_kinds[];

struct page_input {
    const char *after; /* the last one shown; NULL for the newest */
    int64_t limit;
};

struct close_case_input {
    const char *id;
    const char *note; /* what came of it; no personal data */
};

struct repeat_bill_input {
    const char *id;
};

extern const struct field bill_view_fields[], case_view_fields[], closed_case_fields[];
extern const struct statement bill_view_sql[], case_sql[];

enum error list_bills(struct request *r);
enum error repeat_bill(struct request *r);
/* In the transaction that ends what it is about; there may be none. */
MUST_CHECK enum error close_case_of(struct request *r, const char *kind, const char *dedupe);

enum error list_cases(struct request *r);
enum error close_case(struct request *r);

/* Jobs: plan_bills enters what is due, reconcile takes one bill to its end. */
enum error plan_bills(struct request *r, const struct task *task);
enum error reconcile(struct request *r, const struct task *task);

#endif
