#include "core/listener.h"

#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* nginx sends what it has buffered: a peer that pauses this long is no longer there. */
enum { PEER_SECONDS = 10, BACKLOG_MIN = 64 };

/* Waiting connections queue here while no thread of any worker is free. */
static int backlog(const struct config *config)
{
    int64_t size = config->workers * config->queue_max;

    return size < BACKLOG_MIN ? BACKLOG_MIN : size > SOMAXCONN ? SOMAXCONN : (int)size;
}

static int complain(const struct config *config, const char *what)
{
    fprintf(stderr, "LISTEN %s: %s: %s\n", config->listen, what, strerror(errno));
    return -1;
}

static bool is_inherited(void)
{
    const char *count = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
    bool found = count != NULL && pid != NULL && strtol(pid, NULL, 10) == getpid() &&
                 strcmp(count, "1") == 0;

    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_PID");
    return found;
}

static int inherit(const struct config *config)
{
    struct sockaddr_storage name;
    socklen_t size = sizeof(name);

    if (getsockname(LISTENER_FD, (struct sockaddr *)&name, &size) != 0)
        return complain(config, "the inherited descriptor");
    if (name.ss_family != AF_UNIX) {
        errno = EAFNOSUPPORT;
        return complain(config, "the inherited descriptor");
    }
    if (fcntl(LISTENER_FD, F_SETFL, O_NONBLOCK) != 0 ||
        fcntl(LISTENER_FD, F_SETFD, FD_CLOEXEC) != 0 || listen(LISTENER_FD, backlog(config)) != 0)
        return complain(config, "the inherited descriptor");
    return LISTENER_FD;
}

/* The file shows who may connect; the peer's uid is asked again on each connection. */
static mode_t socket_mode(const struct config *config)
{
    bool is_other = config->nginx_uid > 0 && config->nginx_uid != (int64_t)geteuid();

    return is_other ? 0666 : 0660;
}

static bool bind_to(int fd, const struct config *config, const struct sockaddr_un *beside)
{
    unlink(beside->sun_path);
    if (bind(fd, (const struct sockaddr *)beside, sizeof(*beside)) != 0)
        return false;
    if (chmod(beside->sun_path, socket_mode(config)) == 0 && listen(fd, backlog(config)) == 0 &&
        rename(beside->sun_path, config->listen) == 0)
        return true;
    unlink(beside->sun_path);
    return false;
}

/* The name under which the socket is made ready before it takes its place. */
static bool name_beside(const struct config *config, struct sockaddr_un *beside)
{
    int size;

    *beside = (struct sockaddr_un){.sun_family = AF_UNIX};
    size = snprintf(beside->sun_path, sizeof(beside->sun_path), "%s.%d", config->listen,
                    (int)getpid());
    if (size > 0 && (size_t)size < sizeof(beside->sun_path))
        return true;
    errno = ENAMETOOLONG;
    complain(config, "too long for a unix socket, at most 96 bytes are safe");
    return false;
}

/* The place where the next image will look for it. */
static int move(int fd)
{
    if (fd == LISTENER_FD)
        return fd;
    if (dup3(fd, LISTENER_FD, O_CLOEXEC) < 0)
        abort();
    close(fd);
    return LISTENER_FD;
}

int listener_open(const struct config *config)
{
    struct sockaddr_un beside;
    int fd;

    if (is_inherited())
        return inherit(config);
    if (!name_beside(config, &beside))
        return -1;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind_to(fd, config, &beside))
        return move(fd);
    complain(config, "cannot listen there");
    if (fd >= 0)
        close(fd);
    return -1;
}

bool listener_check(const struct config *config)
{
    struct sockaddr_un folder;
    char *end;

    if (!name_beside(config, &folder))
        return false;
    end = strrchr(folder.sun_path, '/');
    if (end == NULL) {
        errno = EINVAL;
        complain(config, "not a path with a folder");
        return false;
    }
    end[end == folder.sun_path ? 1 : 0] = '\0';
    if (access(folder.sun_path, W_OK | X_OK) == 0)
        return true;
    complain(config, "its folder cannot be written to");
    return false;
}

static bool may_speak(int fd, const struct config *config)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return false;
    if (peer.uid == 0 || peer.uid == geteuid() || (int64_t)peer.uid == config->nginx_uid)
        return true;
    log_error(NULL, "peer_refused", "uid %u may not connect", (unsigned)peer.uid);
    return false;
}

int listener_accept(int listen_fd, const struct config *config)
{
    const struct timeval limit = {.tv_sec = PEER_SECONDS};
    int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0)
        return -1;
    if (may_speak(fd, config) &&
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0)
        return fd;
    close(fd);
    errno = ECONNABORTED;
    return -1;
}
