/*
 * What carries a request in: FastCGI, or a test. dispatch and its helpers see no more of it.
 */
#ifndef CORE_TRANSPORT_H
#define CORE_TRANSPORT_H

#include "core/service.h"

struct transport {
    /* A FastCGI parameter (REQUEST_ID, HTTP_AUTHORIZATION, DOOR, ...) or NULL. */
    const char *(*param)(const struct transport *transport, const char *name);
    /* Up to `size` bytes of the body; 0 at its end, -1 when the peer failed. */
    long (*read)(const struct transport *transport, void *buffer, size_t size);
    void *context;
};

#endif
