/*
 * A job of the workshop (作坊): what is too slow or too risky for a thread that serves requests, as a
 * program workshop-NAME beside the modules, which has of libraries only what this job needs. It reads
 * one input from stdin, writes one product to stdout and ends. Bytes of strangers or of a module,
 * either way: whatever is wrong with them is a refusal, one line "CODE about what" on stderr, and
 * nothing that was written counts.
 */
#ifndef CASEWORK_WORKSHOP_JOB_H
#define CASEWORK_WORKSHOP_JOB_H

#include <stdbool.h>
#include <stdio.h>

/* How the program ends. */
enum { JOB_DONE = 0, JOB_REFUSED = 3, JOB_BROKEN = 4 };

struct job {
    const char *name;
    bool (*prepare)(void); /* opens what it needs, while files can still be opened; NULL: nothing */
    int (*run)(FILE *in, FILE *out);
};

/* Main of such a program: prepares, gives up its rights, runs. */
int job_main(int words, const struct job *job);

#endif
