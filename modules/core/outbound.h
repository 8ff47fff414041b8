/*
 * Where outgoing calls may go: hosts that the settings name, at addresses of the public internet.
 * A name that resolves into our own network is how a stranger would make us call ourselves.
 */
#ifndef CORE_OUTBOUND_H
#define CORE_OUTBOUND_H

#include <stdbool.h>
#include <sys/socket.h>

/* `hosts` is blank separated: "api.example.cn 127.0.0.1:8443 [::1]:8443"; a host without a port
   means 443. Letters' case does not matter; there are no wildcards. */
bool outbound_host(const char *hosts, const char *host, const char *port);

/* False for loopback, private, link-local, shared, multicast, documentation and reserved ranges, for
   IPv4 written as IPv6, for the tunnels that lead back to IPv4, and for all other families. */
bool outbound_address(const struct sockaddr *address);

#endif
