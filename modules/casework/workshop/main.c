/* workshop NAME: runs one job from stdin to stdout, with no more rights than that needs. */

#include <string.h>

#include "casework/workshop/clean.h"
#include "casework/workshop/confine.h"
#include "casework/workshop/job.h"
#include "casework/workshop/paper.h"

static const struct job jobs[] = {
    {"clean", NULL, clean_run},
    {"paper", paper_prepare, paper_run},
    {.name = NULL},
};

static const struct job *job_named(const char *name)
{
    for (const struct job *job = jobs; job->name != NULL; job++)
        if (strcmp(job->name, name) == 0)
            return job;
    return NULL;
}

int main(int count, char **words)
{
    const struct job *job = count == 2 ? job_named(words[1]) : NULL;
    int result;

    if (job == NULL) {
        fputs("usage: workshop JOB <INPUT >PRODUCT\n", stderr);
        return JOB_BROKEN;
    }
    if ((job->prepare != NULL && !job->prepare()) || !confine())
        return JOB_BROKEN;
    result = job->run(stdin, stdout);
    if (fflush(stdout) != 0 && result == JOB_DONE)
        result = JOB_BROKEN;
    return result;
}
