/*
 * Points on a driving licence (记分). Nothing here stores a total: it is computed from the facts
 * each time, as of a day, so that a decision withdrawn or changed years later takes its points
 * along. Pure: no database, no clock.
 *
 * The cycle is twelve months from the day the licence was first issued, not the calendar year. At
 * its end the points are cleared, except those of unpaid fines when one is overdue; from full
 * points (12) on time clears nothing, only study, examination and payment do.
 */
#ifndef VIOLATION_POINTS_H
#define VIOLATION_POINTS_H

#include "core/value.h"

/* The n-th study in a cycle takes n times step_days, at most max_days. Of these, counted_days are
   proven, on_site_days of them on site; the rest is self-study. */
struct study_rule {
    int64_t step_days;
    int64_t max_days;
    int64_t counted_days;
    int64_t on_site_days;
};

enum points_date { BY_ACT, BY_DECISION };

/* A version of the law, in force from valid_from until the next one. */
struct points_rule {
    struct day valid_from;
    int64_t full;              /* 12 */
    enum points_date cycle_by; /* which date of an entry selects its cycle */
    bool moves_unpaid_only;    /* else one overdue fine moves all points to the next cycle */
    struct study_rule small;
    struct study_rule large; /* with a class A1 A2 A3 B1 B2 */
    int64_t road_from;       /* examination on the road from the n-th time or n times full */
    int64_t field_from;      /* and in the field; NONE for never */
    const char *source;
};

/* Versions by ascending valid_from; the module's table brings them. */
struct points_law {
    const struct points_rule *versions;
    size_t count;
};
/* NULL before the first version. */
const struct points_rule *points_rule_on(const struct points_law *law, struct day on);

/* Half-open: `end` is the first day of the next cycle. An issue on 29 February begins its cycles on
   the last day of February in other years. */
struct points_cycle {
    struct day start;
    struct day end;
};
/* `on` is not before the first issue. */
struct points_cycle points_cycle_on(struct day first_issue, struct day on);

/* What one decision put on the licence. */
struct points_entry {
    const char *decision_no;
    const char *vehicle; /* canonical plate with its type */
    int64_t points;
    struct day acted_on;
    struct day decided_on;   /* of one that was lowered since: the day of the first decision */
    struct day known_on;     /* the day from which this one was the decision */
    struct day fine_due_on;  /* NONE without a fine */
    struct day fine_paid_on; /* NONE while it is owed */
    struct day withdrawn_on; /* NONE while it stands; also when a lower one took its place */
};

/* Full points that study cleared: on the day on which all was done, what was decided before the
   examination. What came between the examination and the last payment was not studied for. */
struct points_education {
    struct day before, done_on;
};

/* A study that was taken to reduce points: at most `granted`, and less when there is less now. */
struct points_reduction {
    struct day applied_on;
    int64_t granted;
    bool is_void; /* by cheating */
};

struct points_facts {
    struct day first_issue;
    const struct points_entry *entries; /* in the order of their decisions */
    size_t entry_count;
    const struct points_education *educations; /* in their order */
    size_t education_count;
    const struct points_reduction *reductions; /* as they were applied for */
    size_t reduction_count;
    int64_t reduction_max; /* a cycle */
};

struct points_state {
    struct points_cycle cycle; /* the one of today */
    int64_t total;
    int64_t carried;    /* of it, from earlier cycles */
    int64_t reduced;    /* by study in this cycle, whether still part of the total or not */
    int64_t educations; /* full studies done in this cycle */
    bool is_full;
    const char *full_vehicle; /* whose entry reached full points, and when; NULL below */
    struct day full_on;
};

/* As of the end of `today`: what was withdrawn until then never was, what was withdrawn later counts,
   so that a past day is seen as it was. counts[i] becomes whether the i-th entry is part of the total; acts
   before the first issue or before the first version of the law are not. */
struct points_state points_state(const struct points_law *law, const struct points_facts *facts,
                                 struct day today, bool *counts);

/* Whether this vehicle's violations may be put on the licence: below full points any; from there on
   only those of the vehicle whose violations are being settled in one go, that is on one day. */
bool points_may_take(const struct points_state *state, const char *vehicle, struct day today);

/* The first day of the cycle that was so many before this one, at most of the first. */
struct day points_cycle_start(struct day first_issue, const struct points_cycle *cycle,
                              int64_t earlier);

/* For classes like "A1D", "C1". */
const struct study_rule *study_rule_for(const struct points_rule *rule, const char *classes);
/* Which study of its cycle the driver owes, 1 for the first; 0 below full points. */
int64_t study_number(const struct points_rule *rule, const struct points_state *state);
int64_t study_days(const struct study_rule *rule, int64_t number);

/* What was learnt on one day. */
struct study_day {
    struct day day;
    int64_t on_site_minutes;
    int64_t online_minutes;
};
enum { STUDY_DAY_MINUTES = 180 };
/* A day counts once, when more than three hours of either kind were reached. `days` differ. */
bool is_study_proven(const struct study_rule *rule, const struct study_day *days, size_t count);

enum examination { THEORY = 1 << 0, FIELD = 1 << 1, ROAD = 1 << 2 };
/* Which examinations follow, as a mask; 0 below full points. */
unsigned points_examinations(const struct points_rule *rule, const struct points_state *state);

/* Within twelve months of the first issue, full points cancel the class on probation. */
bool is_in_probation(struct day issued_on, struct day on);

#endif
