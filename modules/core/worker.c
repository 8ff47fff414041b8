#include "core/worker.h"

#include "core/log.h"
#include "core/metrics.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* All signals stay blocked, as the master left them: libfcgi takes an interrupted read for the end.
   SIGTERM comes from the master, or from the system when the master is no more. */
static int open_stop(pid_t master)
{
    sigset_t stop;
    int fd;

    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    fd = signalfd(-1, &stop, SFD_CLOEXEC);
    if (fd < 0 || prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
        abort();
    if (getppid() != master)
        raise(SIGTERM); /* it ended before we could ask to be told */
    return fd;
}

int worker_run(const struct worker *worker)
{
    struct process process = {.wake_fd = -1};
    int stop_fd = open_stop(worker->master);
    int status;

    metrics_begin(worker->metrics, worker->slot);
    if (process_open(&process, worker->service, worker->metrics) != E_OK) {
        log_error(NULL, "start_failed", "worker %zu could not open what it needs", worker->slot);
        return EXIT_FAILURE;
    }
    process.wake_fd = worker->wake_fd;
    if (worker->is_background)
        status = background_run(&process, stop_fd, worker->ready_fd, worker->slot);
    else
        status = front_run(&process, worker->listen_fd, stop_fd, worker->ready_fd, worker->slot);
    process_close(&process);
    return status;
}
