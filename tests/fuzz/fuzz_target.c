/*
 * A URL that is let through is read alike by the check and by the client: same host, same port, same scheme; and it
 * never names an address that is not on the Internet unless the operator did.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/dial.h"
#include "http/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_address(const char *host, enum http_reach reach)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1)
        assert(http_reach_allows(reach, (const struct sockaddr *)(const void *)&v4));
    if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1)
        assert(http_reach_allows(reach, (const struct sockaddr *)(const void *)&v6));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char allowed[] = "127.0.0.1:8443,[::1]:80,inside.example:443";
    char *url = malloc(size + 1);
    struct target target;
    struct dial dial;

    memcpy(url, data, size);
    url[size] = '\0';
    if (!target_check((struct str){url, size}, allowed, &target)) {
        assert(strlen(url) == size && dial_split(url, &dial) == 0);
        assert(str_equal(str_from(dial.host), target.host) && atol(dial.port) == target.port);
        assert(dial.plain == !target.is_secure);
        assert(target.is_named == (target.reach == HTTP_REACH_ANY));
        check_address(dial.host, target.reach);
        assert(target.is_secure || target.is_named);
    }
    free(url);
    return 0;
}
