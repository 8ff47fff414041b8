/*
 * A FastCGI responder that does nothing: the limit behind an nginx.
 *
 *   bench_null_responder SOCKET SIZE      answers every request with SIZE bytes of JSON, until
 * SIGTERM
 *
 * One thread, one read and one write a request; only as much of the protocol as nginx uses.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 4096, INPUT_MAX = 65536 + 256, OUTPUT_MAX = 65536, HEAD = 8, EVENTS = 64 };
enum { TYPE_END = 3, TYPE_STDIN = 5, TYPE_STDOUT = 6 };

struct peer {
    size_t held;
    unsigned char input[INPUT_MAX];
};

static struct peer *peers[CONNECTIONS_MAX];
static unsigned char answer[OUTPUT_MAX];
static size_t answer_size;

static void fail(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static void add_record(int type, const char *content, size_t size)
{
    unsigned char head[HEAD] = {1, (unsigned char)type,        0,
                                1, (unsigned char)(size >> 8), (unsigned char)size};

    memcpy(answer + answer_size, head, HEAD);
    memcpy(answer + answer_size + HEAD, content, size);
    answer_size += HEAD + size;
}

static void prepare_answer(size_t size)
{
    static char content[OUTPUT_MAX];
    int head = snprintf(content, sizeof(content),
                        "Status: 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
                        "Content-Length: %zu\r\n\r\n",
                        size);

    if (size < 2 || size + (size_t)head > OUTPUT_MAX - 64)
        exit(EXIT_FAILURE);
    memset(content + head, 'x', size);
    content[head] = content[head + (int)size - 1] = '"';
    add_record(TYPE_STDOUT, content, (size_t)head + size);
    add_record(TYPE_STDOUT, "", 0);
    add_record(TYPE_END, "\0\0\0\0\0\0\0", 8);
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    unlink(path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        chmod(path, 0666) != 0 || listen(fd, 512) != 0)
        fail(path);
    return fd;
}

static void watch(int epoll, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        fail("epoll");
}

static void take(int epoll, int listener)
{
    int fd = accept(listener, NULL, NULL);

    if (fd < 0)
        return;
    if (fd >= CONNECTIONS_MAX)
        exit(EXIT_FAILURE);
    if (peers[fd] == NULL)
        peers[fd] = calloc(1, sizeof(*peers[fd]));
    if (peers[fd] == NULL)
        fail("memory");
    peers[fd]->held = 0;
    watch(epoll, fd);
}

/* Whole records are taken from the input; the empty STDIN is the end of a request. */
static size_t count_requests(struct peer *peer)
{
    size_t at = 0, requests = 0;

    while (peer->held - at >= HEAD) {
        const unsigned char *head = peer->input + at;
        size_t content = (size_t)head[4] << 8 | head[5], whole = HEAD + content + head[6];

        if (peer->held - at < whole)
            break;
        requests += head[1] == TYPE_STDIN && content == 0;
        at += whole;
    }
    memmove(peer->input, peer->input + at, peer->held - at);
    peer->held -= at;
    return requests;
}

static void serve(int fd)
{
    struct peer *peer = peers[fd];
    ssize_t count = read(fd, peer->input + peer->held, INPUT_MAX - peer->held);

    if (count <= 0) {
        close(fd);
        return;
    }
    peer->held += (size_t)count;
    for (size_t i = count_requests(peer); i > 0; i--)
        if (write(fd, answer, answer_size) != (ssize_t)answer_size) {
            close(fd);
            return;
        }
}

int main(int argc, char **argv)
{
    struct epoll_event events[EVENTS];
    int listener, epoll = epoll_create1(0);

    if (argc != 3 || epoll < 0)
        return EXIT_FAILURE;
    signal(SIGPIPE, SIG_IGN); /* nginx closes when a client goes away */
    prepare_answer((size_t)strtoul(argv[2], NULL, 10));
    listener = listen_at(argv[1]);
    watch(epoll, listener);
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS, -1);

        for (int i = 0; i < count; i++)
            if (events[i].data.fd == listener)
                take(epoll, listener);
            else
                serve(events[i].data.fd);
    }
}
