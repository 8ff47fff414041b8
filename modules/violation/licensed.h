/* Whether points may be put on a person's licence: asked by the confirmation and by the officers' desk. */
#ifndef VIOLATION_LICENSED_H
#define VIOLATION_LICENSED_H

#include "violation/rules.h"
#include "violation/study.h"

/* The licence and what is on it. check.licence points into it. */
struct licensed {
    struct driver driver;
    struct licence_check check;
};
/* For a violation of that vehicle; locks nothing. */
MUST_CHECK enum error find_licensed(struct request *r, const struct violation *act,
                                    const char *person_id, struct licensed *licensed);
/* Locks the points of the person. What stands against recording more of them becomes reasons. */
MUST_CHECK enum error check_licensed(struct request *r, const struct violation *act,
                                     const char *person_id, struct licensed *licensed);

#endif
