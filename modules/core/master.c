#include "core/clock.h"
#include "core/image.h"
#include "core/listener.h"
#include "core/log.h"
#include "core/staff.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DRAIN_MS = 30000, CHECK_MS = 20000, STEP_MS = 100, OLD_MAX = 4 * WORKERS_MAX };

struct master {
    int listen_fd, signal_fd;
    int64_t started_ms;
    struct staff staff;
    bool was_ready;
    pid_t old[OLD_MAX]; /* workers of the image before us: they serve until ours are ready */
    size_t old_count;
    int64_t old_until_ms; /* when they are killed; 0 while they serve */
    pid_t check_pid;      /* the binary checks itself after SIGHUP; 0 for none */
    int64_t check_until_ms;
    bool check_again;
    int64_t stop_until_ms; /* when the last are killed; 0 until SIGTERM */
};

static void signal_old(const struct master *master, int number)
{
    for (size_t i = 0; i < master->old_count; i++)
        kill(master->old[i], number);
}

static void signal_staff(const struct master *master, int number)
{
    pid_t pids[WORKERS_MAX];
    size_t count = staff_pids(&master->staff, pids);

    for (size_t i = 0; i < count; i++)
        kill(pids[i], number);
}

static void begin_stop(struct master *master)
{
    if (master->stop_until_ms != 0)
        return;
    log_info(NULL, "stopping", "requests in hand are finished");
    master->stop_until_ms = monotonic_ms() + DRAIN_MS;
    staff_stop(&master->staff);
    signal_old(master, SIGTERM);
    if (master->check_pid != 0)
        kill(master->check_pid, SIGKILL);
}

static void begin_check(struct master *master)
{
    pid_t pid;

    if (master->stop_until_ms != 0)
        return;
    master->check_again = master->check_pid != 0;
    if (master->check_again)
        return;
    pid = image_check();
    if (pid < 0) {
        log_error(NULL, "check_failed", "no process for it: the running version stays");
        return;
    }
    master->check_pid = pid;
    master->check_until_ms = monotonic_ms() + CHECK_MS;
}

static void replace_image(struct master *master)
{
    pid_t pids[OLD_MAX + WORKERS_MAX];
    size_t count = staff_pids(&master->staff, pids);

    memcpy(pids + count, master->old, master->old_count * sizeof(*pids));
    count += master->old_count;
    log_info(NULL, "replacing", "the binary is executed anew");
    image_replace(master->listen_fd, pids, count < OLD_MAX ? count : OLD_MAX);
    log_error(NULL, "replace_failed", "the binary cannot be executed: the running version stays");
}

static void end_check(struct master *master, int status)
{
    bool again = master->check_again;

    master->check_pid = 0;
    master->check_again = false;
    if (master->stop_until_ms != 0)
        return;
    if (again)
        begin_check(master); /* things changed while it looked */
    else if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS)
        replace_image(master);
    else
        log_error(NULL, "check_failed", "the running version and its settings stay");
}

static void reap_old(struct master *master, pid_t pid)
{
    for (size_t i = 0; i < master->old_count; i++) {
        if (master->old[i] != pid)
            continue;
        master->old[i] = master->old[--master->old_count];
        if (master->old_count == 0)
            log_info(NULL, "replaced", "the workers of the former version have ended");
        return;
    }
}

static void reap(struct master *master)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == master->check_pid)
            end_check(master, status);
        else if (!staff_reap(&master->staff, pid, status, monotonic_ms()))
            reap_old(master, pid);
    }
}

static void take_signals(struct master *master)
{
    struct signalfd_siginfo info;

    while (read(master->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGHUP)
            begin_check(master);
        else if (info.ssi_signo != SIGCHLD)
            begin_stop(master);
    }
    reap(master);
}

/* Once all of ours serve, those of the image before us may go. */
static void welcome(struct master *master, int64_t now)
{
    if (!master->was_ready && staff_is_ready(&master->staff)) {
        master->was_ready = true;
        log_info(NULL, "ready", "%zu workers after %lld ms", master->staff.count,
                 (long long)(now - master->started_ms));
    }
    if (master->was_ready && master->old_count > 0 && master->old_until_ms == 0) {
        master->old_until_ms = now + DRAIN_MS;
        signal_old(master, SIGTERM);
    }
}

static void tend(struct master *master)
{
    int64_t now = monotonic_ms();

    staff_tend(&master->staff, now);
    welcome(master, now);
    if (master->old_until_ms != 0 && now > master->old_until_ms)
        signal_old(master, SIGKILL);
    if (master->check_pid != 0 && now > master->check_until_ms)
        kill(master->check_pid, SIGKILL);
    if (master->stop_until_ms != 0 && now > master->stop_until_ms) {
        signal_staff(master, SIGKILL);
        signal_old(master, SIGKILL);
    }
}

static int patience_ms(const struct master *master)
{
    int64_t now = monotonic_ms(), due;

    if (master->stop_until_ms != 0)
        return STEP_MS;
    due = staff_due_ms(&master->staff, now);
    return due > now ? (int)(due - now) : 0;
}

static void wait_for_news(struct master *master)
{
    struct staff *staff = &master->staff;
    struct pollfd news[1 + WORKERS_MAX] = {{.fd = master->signal_fd, .events = POLLIN}};

    for (size_t i = 0; i < staff->count; i++)
        news[1 + i] = (struct pollfd){.fd = staff->members[i].ready_fd, .events = POLLIN};
    if (poll(news, 1 + staff->count, patience_ms(master)) <= 0)
        return;
    for (size_t i = 0; i < staff->count; i++)
        if (news[1 + i].revents != 0)
            staff_hear(staff, i);
    if (news[0].revents != 0)
        take_signals(master);
}

static bool has_children(const struct master *master)
{
    pid_t pids[WORKERS_MAX];

    return staff_pids(&master->staff, pids) + master->old_count > 0 || master->check_pid != 0;
}

/* Blocked in all that we fork, too. */
static int open_signals(void)
{
    sigset_t ours;
    int fd;

    sigemptyset(&ours);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGHUP);
    sigaddset(&ours, SIGCHLD);
    sigaddset(&ours, SIGUSR1);
    sigaddset(&ours, SIGUSR2);
    sigprocmask(SIG_SETMASK, &ours, NULL);
    sigdelset(&ours, SIGUSR1);
    sigdelset(&ours, SIGUSR2);
    fd = signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        abort();
    return fd;
}

static void open_staff(struct master *master, const struct service *owner,
                       const struct config *config)
{
    struct worker worker = {.service = owner,
                            .metrics = metrics_open(),
                            .master = getpid(),
                            .listen_fd = master->listen_fd,
                            .wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};

    if (worker.wake_fd < 0)
        abort();
    staff_open(&master->staff, &worker, (size_t)config->workers);
}

int master_run(const struct service *owner, const struct config *config)
{
    struct master master = {.started_ms = monotonic_ms()};

    master.old_count = image_predecessors(master.old, OLD_MAX);
    master.listen_fd = listener_open(config);
    master.signal_fd = open_signals();
    if (master.listen_fd < 0) {
        signal_old(&master, SIGTERM); /* they would serve a socket that nobody replaces them on */
        return EXIT_FAILURE;
    }
    open_staff(&master, owner, config);
    take_signals(&master); /* what came while the binary was executed */
    while (master.stop_until_ms == 0 || has_children(&master)) {
        tend(&master);
        wait_for_news(&master);
    }
    log_info(NULL, "stopped", "all workers have ended");
    metrics_close(master.staff.worker.metrics);
    close(master.staff.worker.wake_fd);
    close(master.listen_fd);
    close(master.signal_fd);
    return EXIT_SUCCESS;
}
