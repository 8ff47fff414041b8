#include "core/image.h"

#include "core/listener.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PREDECESSORS "TONGBAN_PREDECESSORS"

enum { WORKERS_TEXT = 4096 };

extern char **environ;

/* As it was when the process started; kept for its whole life. */
static char path[PATH_MAX];
static char **environment;

/* A name that is looked up again later, so that a symbolic link may point to a newer binary. */
static void remember_path(const char *name)
{
    char folder[PATH_MAX / 2] = "";
    ssize_t size;

    if (strchr(name, '/') != NULL) {
        if (*name != '/' && getcwd(folder, sizeof(folder)) == NULL)
            abort();
        snprintf(path, sizeof(path), "%s%s%s", folder, *folder != '\0' ? "/" : "", name);
        return;
    }
    size = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (size < 0)
        abort();
}

static bool is_ours(const char *entry)
{
    return strncmp(entry, "LISTEN_FDS=", 11) == 0 || strncmp(entry, "LISTEN_PID=", 11) == 0 ||
           strncmp(entry, PREDECESSORS "=", sizeof(PREDECESSORS)) == 0;
}

void image_open(char **argv)
{
    size_t count = 0, kept = 0;

    remember_path(argv[0]);
    while (environ[count] != NULL)
        count++;
    environment = calloc(count + 4, sizeof(*environment)); /* room for what image_replace adds */
    if (environment == NULL)
        abort();
    for (size_t i = 0; i < count; i++)
        if (!is_ours(environ[i]))
            environment[kept++] = environ[i];
}

pid_t image_check(void)
{
    static char option[] = "--check";
    char *const argv[] = {path, option, NULL};
    pid_t parent = getpid(), pid = fork();
    sigset_t none;

    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    dup2(STDERR_FILENO, STDOUT_FILENO); /* what it says belongs in the log */
    if (getppid() == parent)
        execve(path, argv, environment);
    fprintf(stderr, "%s: cannot be executed\n", path);
    _exit(127);
}

void image_replace(int listen_fd, const pid_t *workers, size_t count)
{
    static char listen_fds[] = "LISTEN_FDS=1";
    char listen_pid[32], names[WORKERS_TEXT];
    char *const argv[] = {path, NULL};
    size_t last = 0, size;

    size = (size_t)snprintf(names, sizeof(names), PREDECESSORS "=%d ", (int)getpid());
    for (size_t i = 0; i < count; i++)
        size += (size_t)snprintf(names + size, sizeof(names) - size, "%d ", (int)workers[i]);
    snprintf(listen_pid, sizeof(listen_pid), "LISTEN_PID=%d", (int)getpid());
    while (environment[last] != NULL)
        last++;
    environment[last] = listen_fds;
    environment[last + 1] = listen_pid;
    environment[last + 2] = names;
    fcntl(listen_fd, F_SETFD, 0);
    execve(path, argv, environment);
    fcntl(listen_fd, F_SETFD, FD_CLOEXEC);
    environment[last] = environment[last + 1] = environment[last + 2] = NULL;
}

size_t image_predecessors(pid_t *workers, size_t max)
{
    const char *text = getenv(PREDECESSORS);
    bool are_ours = false; /* the first number says whose children they are */
    size_t count = 0;
    char *end;

    for (; text != NULL && count < max; text = end) {
        long pid = strtol(text, &end, 10);

        if (end == text || (!are_ours && pid != getpid()))
            break;
        if (are_ours)
            workers[count++] = (pid_t)pid;
        are_ours = true;
    }
    unsetenv(PREDECESSORS);
    return count;
}
