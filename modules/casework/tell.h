/*
 * Telling a person of something: an event for the module `notice`, which keeps it for the app and
 * sends it by the channel that the person chose. Written in the transaction in which it happened,
 * and told once to each person for each kind and subject, however often it is published. The words
 * are a row of notice_template; the producer gives the values that it names, and no more than that:
 * no name of a person in full, no number of one, plates by mask_plate().
 */
#ifndef CASEWORK_TELL_H
#define CASEWORK_TELL_H

#include "core/db.h"

struct telling {
    const char *kind;       /* notice_template: "decision_made" */
    const char *subject;    /* of what, at most 64 letters: a decision's number */
    const char *person_id;  /* who is told ... */
    const char *account_id; /* ... or, where only an account is known, the person behind it */
    const char *about;      /* what the app opens: the id of a case, an order, a ticket */
    /* name, text, name, text, ..., NULL; a text is never NULL */
    const char *const *values;
};

/* {"what", title, "day", day_words(arena, day)} without the closing NULL. */
#define TOLD(...) ((const char *const[]){__VA_ARGS__, NULL})

MUST_CHECK enum error tell_person(struct request *r, const struct telling *telling);

/* "2026年12月7日", "200.00元" */
const char *day_words(struct arena *arena, struct day day);
const char *fen_words(struct arena *arena, struct fen amount);

#endif
