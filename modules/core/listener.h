/* The listening unix socket: made or inherited by the master, accepted from by the workers. */
#ifndef CORE_LISTENER_H
#define CORE_LISTENER_H

#include "core/config.h"

/* Where the socket stands, inherited (LISTEN_FDS) or not. */
#define LISTENER_FD 3

/* The socket that our parent or our own former image left us, else a new one at config->listen; a
   socket file that stands there is replaced without a moment of absence. To be called before anything
   else is opened, so that LISTENER_FD is free. -1 after a line on stderr
   that says what is wrong. */
int listener_open(const struct config *config);

/* Says on stderr why listener_open would fail; for --check. */
bool listener_check(const struct config *config);

/* The next connection of a peer that may speak to us, with a time limit for each read and write;
   -1 with errno: EAGAIN when none waits, ECONNABORTED for a refused one. */
int listener_accept(int listen_fd, const struct config *config);

#endif
