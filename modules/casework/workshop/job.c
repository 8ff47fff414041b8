#include "casework/workshop/job.h"

#include "casework/workshop/confine.h"

#include <unistd.h>

int job_main(int words, const struct job *job)
{
    static char buffer[64 * 1024]; /* stdio would ask what kind of file stdout is */
    int result;

    if (words != 1) {
        fprintf(stderr, "usage: workshop-%s <INPUT >PRODUCT\n", job->name);
        return JOB_BROKEN;
    }
    if (setvbuf(stdout, buffer, _IOFBF, sizeof(buffer)) != 0 ||
        (job->prepare != NULL && !job->prepare()) || !confine())
        return JOB_BROKEN;
    result = job->run(stdin, stdout);
    if (fflush(stdout) != 0 && result == JOB_DONE)
        result = JOB_BROKEN;
    _exit(result); /* nothing is put away first: the kernel takes it all back at once */
}
