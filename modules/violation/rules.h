/* Pure decisions: no database, no clock. What stands against something becomes a reason. */
#ifndef VIOLATION_RULES_H
#define VIOLATION_RULES_H

#include "violation/violation.h"

/* The version in force on the day of the act, or a later one in force on `decided` that is lighter:
   no greater fine and no more points, and less of one of them. NULL: none was in force. Versions of
   a code stand together in the order of their dates. */
const struct code_rule *code_rule_for(const struct code_rule *rules, size_t count, const char *code,
                                      struct day acted, struct day decided);

/* What the person reads: the act ("2026年11月20日08时12分，...") and the penalty
 * ("罚款200.00元，记6分"). */
const char *facts_text(struct arena *arena, const struct violation *act, const char *what);
const char *penalty_text(struct arena *arena, struct fen fine, int64_t points);

/* Which step of an officer has to come before a decision; NULL: none. */
#define STEP_GENERAL "general_procedure" /* two officers: the fine is above the simple procedure   \
                                          */
#define STEP_STATEMENT "hear_statement"  /* an officer hears what the person says */
const char *officer_step(struct fen fine, struct fen simple_max, const char *statement);

/* Whether one of the licence's classes is among those wanted; lists are blank separated. */
bool has_class(const char *classes, const char *wanted);

/* What stands against putting points on this licence (NULL: there is none); `wanted` classes, NULL
   for any; `may_take` by points_may_take(). */
struct licence_check {
    const struct licence *licence;
    const char *wanted_classes;
    struct day acted, today;
    int64_t points_total, points_full;
    bool may_take;
    bool is_lifted;      /* a retained licence was given back by study */
    const char *missing; /* its next step; NULL: a window knows */
};
void check_licence(struct request *r, const struct licence_check *check);

/* A case that is closed or in others' hands can not be announced or confirmed any more. */
void check_undecided(struct request *r, const struct violation *act);

/* The 16-digit number: prefix of seven, serial of eight, check digit. */
const char *decision_number(struct arena *arena, const char *prefix, int64_t serial);

/* "read_announcement", "confirm", "see_officer", "pay" or "none", and what that or "choose_hearing" means
   in words. */
const char *next_step(const char *state, bool is_announced, bool is_owed, bool has_rule);
const char *step_text(const char *step, const char *officers);

#endif
