/*
 * First violation waived (首违免罚, T5): a warning instead of a fine when six conditions hold, for
 * everybody and at once. Each is measured and told, whether it holds or not. What nobody told
 * (registration, accident) is not shown to hold.
 *
 * The vehicle's other records count as they are at this moment, so one that was withdrawn does not.
 * What is looked at without a lock is only told; it is decided under the lock of the vehicle.
 */
#ifndef VIOLATION_WAIVER_H
#define VIOLATION_WAIVER_H

#include "core/db.h"

struct violation;
struct code_rule;
struct decision;

/* A version; valid_to is its last day in force or NONE. */
struct waiver_rule {
    struct day valid_from, valid_to;
    struct day acts_since;
    int64_t months;
    struct fen max_fine_fen;
    const char *plate_prefix;
    const char *source;
};

struct waiver_facts {
    struct day acted_on;
    const char *plate;
    bool is_owner;
    struct day changed_on;        /* last registration or change of it; NONE: not told */
    const char *accident;         /* "none", "caused"; NULL: not told */
    struct day last_violation_on; /* of the vehicle, before this act; NONE: none */
    struct day waived_on;         /* the act of another waiver that stands; NONE: none is near */
    struct fen fine_fen;
};

struct waiver_condition {
    const char *code;
    bool is_met;
    const char *value;  /* what was found; NULL: nothing is known */
    const char *wanted; /* what the rule wants */
    const char *text;
};

struct waiver {
    const struct waiver_rule *rule; /* NULL: none is in force, or there is no fine to waive */
    bool applies;
    struct waiver_facts facts;
    struct records conditions; /* all six, struct waiver_condition; none without a rule */
};

extern const struct field waiver_condition_fields[];
extern const struct statement waiver_sql[];

/* waiver.c: pure. The same day of the month so many months before, or the last one of that month. */
struct day months_earlier(struct day day, int64_t months);
struct waiver judge_waiver(struct arena *arena, const struct waiver_rule *rule,
                           const struct waiver_facts *facts);

/* waiver_store.c */
MUST_CHECK enum error load_waiver_rules(struct request *r, struct records *rules);
/* As it would be decided now, for the person of the act; for the caller when it names none. */
MUST_CHECK enum error find_waiver(struct request *r, const struct violation *act,
                                  const struct code_rule *rule, struct waiver *waiver);
/* The same inside a transaction that decides: when it applies, the vehicle is locked. */
MUST_CHECK enum error take_waiver(struct request *r, const struct violation *act,
                                  const struct code_rule *rule, struct waiver *waiver);
/* What was found for a decision that is made; of other facts since then no more than whether it was
   one. */
MUST_CHECK enum error find_taken_waiver(struct request *r, const struct violation *act,
                                        const struct code_rule *rule,
                                        const struct decision *decision, struct waiver *waiver);
/* Records it with the decision that is the warning. */
MUST_CHECK enum error insert_waiver(struct request *r, const struct violation *act,
                                    const struct code_rule *rule, const struct decision *decision,
                                    const struct waiver *waiver);

#endif
