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

/* `folder` is where the programs workshop-JOB are; empty: beside the program that runs. E_OK: a
   product or a refusal; a job that crashed or took too long refuses with "damaged" or "too_slow",
   and is logged. E_UNAVAILABLE: it could not be started. */
MUST_CHECK enum error workshop_run(struct request *r, const char *folder, const char *job,
                                   struct bytes input, struct product *product);

#endif
