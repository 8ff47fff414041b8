#include "core/outbound.h"

#include <netinet/in.h>
#include <stdint.h>
#include <strings.h>

struct range {
    uint32_t first; /* host byte order */
    int bits;
};

/* IANA's special-purpose registry, as far as it is not globally reachable; then multicast and the
   reserved last eighth. */
static const struct range refused_ipv4[] = {
    {0x00000000, 8},  /* this network */
    {0x0A000000, 8},  /* private */
    {0x64400000, 10}, /* shared by carriers */
    {0x7F000000, 8},  /* loopback */
    {0xA9FE0000, 16}, /* link-local, cloud metadata */
    {0xAC100000, 12}, /* private */
    {0xC0000000, 24}, /* protocol assignments */
    {0xC0000200, 24}, /* documentation */
    {0xC0586300, 24}, /* 6to4 relays */
    {0xC0A80000, 16}, /* private */
    {0xC6120000, 15}, /* benchmarks */
    {0xC6336400, 24}, /* documentation */
    {0xCB007100, 24}, /* documentation */
    {0xE0000000, 4},  /* multicast */
    {0xF0000000, 4},  /* reserved, broadcast */
};

static bool is_public_ipv4(uint32_t address)
{
    for (size_t i = 0; i < sizeof(refused_ipv4) / sizeof(*refused_ipv4); i++)
        if ((address ^ refused_ipv4[i].first) >> (32 - refused_ipv4[i].bits) == 0)
            return false;
    return true;
}

/* Only 2000::/3 is given out for global use. Inside it 2001::/23 (Teredo and the like),
   2001:db8::/32 (documentation), 2002::/16 (6to4) and 3fff::/20 (documentation) are not. */
static bool is_public_ipv6(const uint8_t *a)
{
    if (a[0] >> 5 != 1)
        return false;
    if (a[0] == 0x20 && a[1] == 0x01)
        return a[2] > 0x01 && !(a[2] == 0x0d && a[3] == 0xb8);
    if (a[0] == 0x20 && a[1] == 0x02)
        return false;
    return !(a[0] == 0x3f && a[1] == 0xff && a[2] >> 4 == 0);
}

bool outbound_address(const struct sockaddr *address)
{
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;

    switch (address->sa_family) {
    case AF_INET:
        memcpy(&ipv4, address, sizeof(ipv4));
        return is_public_ipv4(ntohl(ipv4.sin_addr.s_addr));
    case AF_INET6:
        memcpy(&ipv6, address, sizeof(ipv6));
        return is_public_ipv6(ipv6.sin6_addr.s6_addr);
    default:
        return false;
    }
}

static bool is_entry(const char *entry, size_t size, const char *host, const char *port)
{
    size_t host_size = strlen(host);

    if (size < host_size || strncasecmp(entry, host, host_size) != 0)
        return false;
    if (size == host_size)
        return strcmp(port, "443") == 0;
    return entry[host_size] == ':' && size - host_size - 1 == strlen(port) &&
           strncmp(entry + host_size + 1, port, strlen(port)) == 0;
}

bool outbound_host(const char *hosts, const char *host, const char *port)
{
    if (hosts == NULL || *host == '\0')
        return false;
    for (size_t size; *hosts != '\0'; hosts += size) {
        hosts += strspn(hosts, " ");
        size = strcspn(hosts, " ");
        if (size > 0 && is_entry(hosts, size, host, port))
            return true;
    }
    return false;
}
