#include "http/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "http/reach.h"

#define USER_TIMEOUT_MS 60000
#define KEEPALIVE_IDLE_S 30
#define KEEPALIVE_INTERVAL_S 15

/* Copies a piece that must not be empty. */
static int copy(char *out, size_t size, struct str text)
{
    if (text.len == 0 || text.len >= size)
        return -1;
    memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    return 0;
}

/* "name:port", "[v6]:port" */
static int split_authority(struct str authority, struct dial *out)
{
    struct str port = authority;
    struct str host;

    if (copy(out->authority, sizeof(out->authority), authority) < 0)
        return -1;
    if (str_starts_with(authority, STR("["))) {
        port = str_skip(authority, 1);
        host = str_cut(&port, ']');
        if (port.len > 0 && port.ptr[0] == ':')
            port = str_skip(port, 1);
        else
            port = (struct str){NULL, port.len};
    } else {
        host = str_cut(&port, ':');
    }
    if (!port.ptr)
        port = port.len > 0 ? STR("") : out->plain ? STR("80") : STR("443");
    return copy(out->host, sizeof(out->host), host) < 0 ? -1 : copy(out->port, sizeof(out->port), port);
}

int dial_split(const char *url, struct dial *out)
{
    struct str rest = str_from(url);

    *out = (struct dial){.plain = str_starts_with(rest, STR("http://"))};
    if (!out->plain && !str_starts_with(rest, STR("https://")))
        return -1;
    rest = str_skip(rest, out->plain ? 7 : 8);
    return split_authority(str_cut(&rest, '/'), out);
}

static void take_addresses(const struct addrinfo *list, enum http_reach reach, struct dial *out)
{
    out->count = 0;
    for (const struct addrinfo *a = list; a && out->count < DIAL_ADDRESSES_MAX; a = a->ai_next) {
        struct dial_address *to = &out->addresses[out->count];

        if (!http_reach_allows(reach, a->ai_addr) || a->ai_addrlen > sizeof(to->address))
            continue;
        memcpy(&to->address, a->ai_addr, a->ai_addrlen);
        to->len = a->ai_addrlen;
        out->count++;
    }
}

enum http_result dial_resolve(struct dial *dial, enum dial_how how, enum http_reach reach, char detail[256])
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICSERV | (how == DIAL_NUMBERS ? AI_NUMERICHOST : AI_ADDRCONFIG)};
    struct addrinfo *list = NULL;
    int rc = getaddrinfo(dial->host, dial->port, &hints, &list);

    if (rc != 0) {
        snprintf(detail, 256, "%.200s: %s", dial->host, gai_strerror(rc));
        return HTTP_UNRESOLVED;
    }
    take_addresses(list, reach, dial);
    freeaddrinfo(list);
    if (dial->count > 0)
        return HTTP_OK;
    snprintf(detail, 256, "%.200s is at an address that may not be reached", dial->host);
    return HTTP_FORBIDDEN;
}

int dial_start(const struct dial_address *address)
{
    const struct sockaddr *to = (const struct sockaddr *)&address->address;
    const int on = 1;
    const int user_timeout = USER_TIMEOUT_MS;
    const int idle = KEEPALIVE_IDLE_S;
    const int interval = KEEPALIVE_INTERVAL_S;
    int fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error;

    if (fd < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout, sizeof(user_timeout));
    if (connect(fd, to, address->len) == 0 || errno == EINPROGRESS)
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}
