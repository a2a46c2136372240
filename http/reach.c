#include "http/reach.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

struct range {
    uint32_t base;
    unsigned bits;
};

/* What no server on the Internet has: https://www.iana.org/assignments/iana-ipv4-special-registry */
static const struct range private_v4[] = {
    {0x0A000000, 8},  /* 10/8 */
    {0x64400000, 10}, /* 100.64/10: carriers', and one cloud's metadata */
    {0xAC100000, 12}, /* 172.16/12 */
    {0xC0000000, 24}, /* 192.0.0/24 */
    {0xC0000200, 24}, /* 192.0.2/24 */
    {0xC0586300, 24}, /* 192.88.99/24 */
    {0xC0A80000, 16}, /* 192.168/16 */
    {0xC6120000, 15}, /* 198.18/15 */
    {0xC6336400, 24}, /* 198.51.100/24 */
    {0xCB007100, 24}, /* 203.0.113/24 */
};

static bool v4_is_public(uint32_t a)
{
    return !(a >> 24 == 0 || a >> 24 == 127 || a >> 16 == 0xA9FE || a >> 28 >= 0xE);
}

static bool v4_is_internet(uint32_t a)
{
    for (size_t i = 0; i < sizeof(private_v4) / sizeof(private_v4[0]); i++)
        if ((a ^ private_v4[i].base) >> (32 - private_v4[i].bits) == 0)
            return false;
    return v4_is_public(a);
}

static bool v4_is_allowed(enum http_reach reach, uint32_t a)
{
    return reach == HTTP_REACH_INTERNET ? v4_is_internet(a) : v4_is_public(a);
}

static bool v6_is_public(const struct in6_addr *a)
{
    static const unsigned char metadata[4] = {0xfd, 0x00, 0x0e, 0xc2};

    return !(IN6_IS_ADDR_LOOPBACK(a) || IN6_IS_ADDR_UNSPECIFIED(a) || IN6_IS_ADDR_LINKLOCAL(a) ||
             IN6_IS_ADDR_MULTICAST(a) || memcmp(a->s6_addr, metadata, sizeof(metadata)) == 0);
}

/* Only global unicast, and of that nothing that carries an IPv4 address (Teredo, 6to4) or is for documents. */
static bool v6_is_internet(const struct in6_addr *a)
{
    const unsigned char *b = a->s6_addr;
    bool is_global = (b[0] & 0xE0) == 0x20;
    bool is_special = b[0] == 0x20 && b[1] == 0x01 && b[2] < 0x02; /* 2001::/23 */
    bool is_document = (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8) || (b[0] == 0x3f && b[1] == 0xff);
    bool is_6to4 = b[0] == 0x20 && b[1] == 0x02;

    return is_global && !is_special && !is_document && !is_6to4;
}

static bool v6_is_allowed(enum http_reach reach, const struct in6_addr *a)
{
    uint32_t v4;

    if (IN6_IS_ADDR_V4MAPPED(a)) {
        memcpy(&v4, a->s6_addr + 12, sizeof(v4));
        return v4_is_allowed(reach, ntohl(v4));
    }
    return reach == HTTP_REACH_INTERNET ? v6_is_internet(a) : v6_is_public(a);
}

/* For clusters private ranges stay reachable: private EKS endpoints live there. */
bool http_reach_allows(enum http_reach reach, const struct sockaddr *address)
{
    if (reach == HTTP_REACH_ANY)
        return true;
    if (address->sa_family == AF_INET)
        return v4_is_allowed(reach, ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
    if (address->sa_family == AF_INET6)
        return v6_is_allowed(reach, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
    return false;
}
