#include "support/fake_upstream.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static void run(const char *folder, int in, int out)
{
    static const char program[] = SUPPORT_DIR "/fake_upstream";

    if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
        execl(program, program, folder, (char *)NULL);
    perror(program);
    _exit(127);
}

static int read_port(int fd)
{
    char text[16] = "";
    size_t size = 0;
    ssize_t n;

    while (size < sizeof(text) - 1 && memchr(text, '\n', size) == NULL) {
        n = read(fd, text + size, sizeof(text) - 1 - size);
        if (n <= 0)
            return 0;
        size += (size_t)n;
    }
    return (int)strtol(text, NULL, 10);
}

bool fake_upstream_open(struct fake_upstream *upstream)
{
    int in[2], out[2];

    *upstream = (struct fake_upstream){.folder = "/tmp/fake_upstream.XXXXXX"};
    if (mkdtemp(upstream->folder) == NULL || pipe(in) != 0 || pipe(out) != 0) {
        perror("fake_upstream");
        return false;
    }
    fcntl(in[1], F_SETFD, FD_CLOEXEC); /* else the server would keep its own stop pipe open */
    upstream->pid = fork();
    if (upstream->pid == 0)
        run(upstream->folder, in[0], out[1]);
    close(in[0]);
    close(out[1]);
    upstream->stop_fd = in[1];
    upstream->port = read_port(out[0]);
    close(out[0]);
    if (upstream->port == 0)
        fprintf(stderr, "fake_upstream did not start\n");
    return upstream->port != 0;
}

void fake_upstream_close(struct fake_upstream *upstream)
{
    close(upstream->stop_fd);
    waitpid(upstream->pid, NULL, 0);
}
