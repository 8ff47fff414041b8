/*
 * Running a job of the workshop (casework/workshop): a program of low rights, for each input one, fed
 * by a pipe and ended when its time is over. Not while a transaction is open: it takes a while.
 */
#ifndef CASEWORK_WORKSHOP_H
#define CASEWORK_WORKSHOP_H

#include "core/service.h"

/* What is to come of a job, and what came. */
struct product {
    struct arena *arena; /* where the bytes go; the request's own is too small for pictures */
    size_t max;          /* more of them are not taken */
    struct bytes bytes;
    const char *refusal; /* the code that the job gave; NULL when it made something */
};

/* `program` is the path of the workshop. E_OK: a product or a refusal; a job that crashed or took
   too long refuses with "damaged" or "too_slow", and is logged. E_UNAVAILABLE: it could not be
   started. */
MUST_CHECK enum error workshop_run(struct request *r, const char *program, const char *job,
                                   struct bytes input, struct product *product);
/* Where it is when no setting says so: beside the program that runs. */
const char *workshop_beside(struct arena *arena);

#endif
