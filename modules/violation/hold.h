/*
 * What is held (扣留), as exchange tells it, and what its release demands by the reason for which it is
 * held (release.h). What concerns others looks absent: an item is shown to whom it was taken from and,
 * unless it is a driver's licence, to the registered owner of the vehicle.
 */
#ifndef VIOLATION_HOLD_H
#define VIOLATION_HOLD_H

#include "core/db.h"
#include "violation/storage.h"

/* A held item with the rules that bear on it. */
struct held_item {
    const char *id, *item_no, *kind, *plate_type, *plate, *person_id;
    const char *reason, *decision_no, *pound;
    struct day held_on, noticed_on, suspended_until;
    const char *state;
    struct instant observed_at;
    const char *title, *basis, *conditions; /* NULL: its reason is not registered */
    const char *pound_name, *pound_address, *pound_hours;
    const char *owner_id, *organisation_id, *owner_source;
    struct instant owner_observed_at;
    struct day inspection_due_on; /* NONE: not told, or no vehicle */
    struct fen fen_a_day;
    int64_t free_days;
    const char *storage_source;
};

struct policy {
    struct day valid_from, valid_to;
    const char *source;
    struct instant observed_at;
};

/* What conditions are judged by. */
struct hold_facts {
    struct day today;
    const char *decision_no;   /* NULL: none was made yet */
    bool is_decision_known;    /* whether it stands or was withdrawn */
    struct fen fine_due;       /* 0 when nothing is owed any more */
    const char *obligation_id; /* when the caller may pay it; NULL */
    struct policy policy;      /* in force today, or that ends last; its source is NULL for none */
    const char *licence_state; /* NULL: no licence is known */
    bool is_study_done;        /* a licence retained for full points is free again by facts ... */
    const char *study_step;    /* ... or this is missing: "study", "examination", "pay"; NULL */
    struct day inspection_due_on;
    struct day suspended_until;
    bool is_owner; /* whether who applies is the registered owner */
    struct storage storage;
    struct fen storage_paid, storage_due; /* up to today */
};

/* One that release demands; what failed stands in one of the values. */
struct condition {
    const char *code, *name;
    bool is_met;
    const struct reason *missing; /* why not; NULL when it is met */
    struct fen amount_fen;
    const char *obligation_id, *found;
    struct day on;
    bool is_scannable; /* a paper may prove it that no agency told of */
};

/* conditions.c, pure: those that the reason demands, and that storage is paid up to today. Returns how
   many; a word that nobody knows is a condition that is never met. */
enum { CONDITIONS_MAX = 12 };
size_t judge_conditions(const char *conditions, const struct hold_facts *facts,
                        struct condition *judged);

/* hold_store.c */
extern const struct statement hold_sql[];
/* Of a person or organisation, newest first, 50 at most. */
MUST_CHECK enum error list_held_items(struct request *r, const char *principal_id,
                                      struct records *items);
MUST_CHECK enum error find_held_item(struct request *r, const char *principal_id, const char *id,
                                     struct held_item *item);
MUST_CHECK enum error find_held_by_no(struct request *r, const char *principal_id,
                                      const char *item_no, struct held_item *item);
/* All that release of this item is judged by, now. */
MUST_CHECK enum error find_hold_facts(struct request *r, const char *principal_id,
                                      const struct held_item *item, struct hold_facts *facts);

#endif
