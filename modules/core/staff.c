#include "core/staff.h"

#include "core/clock.h"
#include "core/log.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    READY_MS = 20000,
    SILENT_MS = 10000,
    SILENT_JOB_MS = 60000, /* the background worker also tidies between two beats */
    ABORT_MS = 1000,       /* from SIGABRT to SIGKILL */
    PAUSE_MIN_MS = 100,
    PAUSE_MAX_MS = 10000,
    SETTLED_MS = 60000,
    CHECK_MS = 1000, /* how often heartbeats are looked at */
};

void staff_open(struct staff *staff, const struct worker *worker, size_t request_workers)
{
    *staff = (struct staff){.worker = *worker, .count = request_workers + 1};
    for (size_t i = 0; i < staff->count; i++) {
        staff->members[i].ready_fd = -1;
        staff->members[i].pause_ms = PAUSE_MIN_MS;
    }
}

static void be_worker(struct staff *staff, size_t slot, int ready_fd)
{
    struct worker *worker = &staff->worker;

    for (size_t i = 0; i < staff->count; i++)
        if (staff->members[i].ready_fd >= 0)
            close(staff->members[i].ready_fd);
    worker->slot = slot;
    worker->ready_fd = ready_fd;
    worker->is_background = slot + 1 == staff->count;
    exit(worker_run(worker));
}

static void start(struct staff *staff, size_t slot, int64_t now)
{
    struct member *member = &staff->members[slot];
    int ends[2];
    pid_t pid;

    if (pipe(ends) != 0)
        abort();
    heartbeat(staff->worker.metrics, slot, now);
    pid = fork();
    if (pid == 0) {
        close(ends[0]);
        be_worker(staff, slot, ends[1]);
    }
    close(ends[1]);
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    member->pid = pid < 0 ? 0 : pid;
    member->ready_fd = ends[0];
    member->is_ready = false;
    member->started_ms = now;
    member->aborted_ms = 0;
    if (pid > 0)
        return;
    log_error(NULL, "fork_failed", "worker %zu", slot);
    close(ends[0]);
    member->ready_fd = -1;
    member->start_at_ms = now + PAUSE_MAX_MS;
}

static bool is_silent(const struct staff *staff, size_t slot, int64_t now)
{
    const struct member *member = &staff->members[slot];
    int64_t most = slot + 1 == staff->count ? SILENT_JOB_MS : SILENT_MS;

    if (!member->is_ready)
        return now - member->started_ms > READY_MS;
    return now - heartbeat_last(staff->worker.metrics, slot) > most;
}

static void tend_running(struct staff *staff, size_t slot, int64_t now)
{
    struct member *member = &staff->members[slot];

    if (member->aborted_ms == 0 && is_silent(staff, slot, now)) {
        log_error(NULL, "worker_silent", "worker %zu, process %d", slot, (int)member->pid);
        member->aborted_ms = now;
        kill(member->pid, SIGABRT);
    } else if (member->aborted_ms != 0 && now - member->aborted_ms >= ABORT_MS) {
        kill(member->pid, SIGKILL); /* it may be stopped, and deaf to SIGABRT */
    }
}

void staff_tend(struct staff *staff, int64_t now)
{
    for (size_t i = 0; i < staff->count && !staff->is_stopping; i++) {
        if (staff->members[i].pid != 0)
            tend_running(staff, i, now);
        else if (now >= staff->members[i].start_at_ms)
            start(staff, i, now);
    }
}

int64_t staff_due_ms(const struct staff *staff, int64_t now)
{
    int64_t due = now + CHECK_MS;

    for (size_t i = 0; i < staff->count; i++)
        if (staff->members[i].pid == 0 && staff->members[i].start_at_ms < due)
            due = staff->members[i].start_at_ms;
    return due;
}

void staff_hear(struct staff *staff, size_t slot)
{
    struct member *member = &staff->members[slot];
    char byte;

    member->is_ready = read(member->ready_fd, &byte, 1) == 1; /* else it ended; SIGCHLD says how */
    if (member->is_ready)
        heartbeat(staff->worker.metrics, slot, monotonic_ms());
    close(member->ready_fd);
    member->ready_fd = -1;
}

bool staff_is_ready(const struct staff *staff)
{
    for (size_t i = 0; i < staff->count; i++)
        if (staff->members[i].pid == 0 || !staff->members[i].is_ready)
            return false;
    return true;
}

static void log_end(size_t slot, pid_t pid, int status, int64_t lived_ms)
{
    const char *how = WIFSIGNALED(status) ? "signal" : "status";
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);

    log_error(NULL, "worker_ended", "worker %zu, process %d, %s %d after %lld ms", slot, (int)pid,
              how, number, (long long)lived_ms);
}

void staff_stop(struct staff *staff)
{
    staff->is_stopping = true;
    for (size_t i = 0; i < staff->count; i++)
        if (staff->members[i].pid != 0)
            kill(staff->members[i].pid, SIGTERM);
}

static void plan_next(struct member *member, int64_t now)
{
    if (now - member->started_ms >= SETTLED_MS)
        member->pause_ms = PAUSE_MIN_MS;
    member->start_at_ms = now + member->pause_ms;
    member->pause_ms *= 2;
    if (member->pause_ms > PAUSE_MAX_MS)
        member->pause_ms = PAUSE_MAX_MS;
}

bool staff_reap(struct staff *staff, pid_t pid, int status, int64_t now)
{
    for (size_t i = 0; i < staff->count; i++) {
        struct member *member = &staff->members[i];

        if (member->pid != pid)
            continue;
        if (member->ready_fd >= 0)
            close(member->ready_fd);
        member->ready_fd = -1;
        member->is_ready = false;
        member->pid = 0;
        if (staff->is_stopping)
            return true;
        log_end(i, pid, status, now - member->started_ms);
        metrics_count(staff->worker.metrics, COUNT_RESTARTS, 1);
        plan_next(member, now);
        return true;
    }
    return false;
}

size_t staff_pids(const struct staff *staff, pid_t pids[WORKERS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < staff->count; i++)
        if (staff->members[i].pid != 0)
            pids[count++] = staff->members[i].pid;
    return count;
}
