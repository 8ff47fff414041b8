/*
 * An HTTPS server with bad manners, for tests of outgoing calls (support/fake_upstream says what it
 * can do). It lives in a folder of its own and ends with the test, however that ends.
 */
#ifndef SUPPORT_FAKE_UPSTREAM_H
#define SUPPORT_FAKE_UPSTREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct fake_upstream {
    char folder[64]; /* ca.pem: its root; other.pem: another root; socket: the same without TLS */
    pid_t pid;
    int stop_fd;
    int port; /* of 127.0.0.1, with TLS */
};

/* False, with a line on stderr, when it does not start. */
bool fake_upstream_open(struct fake_upstream *upstream);
void fake_upstream_close(struct fake_upstream *upstream);

#endif
