#include "http/reach.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static bool v4_is_public(uint32_t a)
{
    return !(a >> 24 == 0 || a >> 24 == 127 || a >> 16 == 0xA9FE || a >> 28 >= 0xE);
}

/* Private ranges stay reachable: private EKS endpoints live there. */
static bool address_is_public(const struct sockaddr *sa)
{
    static const unsigned char metadata[16] = {0xfd, 0x00, 0x0e, 0xc2};
    const struct in6_addr *v6;
    uint32_t v4;

    if (sa->sa_family == AF_INET)
        return v4_is_public(ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr));
    if (sa->sa_family != AF_INET6)
        return false;
    v6 = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(v6)) {
        memcpy(&v4, v6->s6_addr + 12, sizeof(v4));
        return v4_is_public(ntohl(v4));
    }
    return !(IN6_IS_ADDR_LOOPBACK(v6) || IN6_IS_ADDR_UNSPECIFIED(v6) || IN6_IS_ADDR_LINKLOCAL(v6) ||
             IN6_IS_ADDR_MULTICAST(v6) || memcmp(v6->s6_addr, metadata, 4) == 0);
}

bool http_reach_allows(enum http_reach reach, const struct sockaddr *address)
{
    return reach == HTTP_REACH_ANY || address_is_public(address);
}
