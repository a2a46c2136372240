#include "tunnel/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "http/reach.h"

#define USER_TIMEOUT_MS 60000
#define KEEPALIVE_IDLE_S 30
#define KEEPALIVE_INTERVAL_S 15

/* "https://name:port", "https://[v6]:port", which endpoint_check() has let through. */
static int split(struct arena *arena, struct str endpoint, struct dial *out, const char **port)
{
    struct str host = str_skip(endpoint, 8);
    struct str rest = host;

    out->authority = arena_strndup(arena, host.ptr, host.len);
    if (str_starts_with(host, STR("["))) {
        rest = str_skip(host, 1);
        host = str_cut(&rest, ']');
        if (str_starts_with(rest, STR(":")))
            rest = str_skip(rest, 1);
        else
            rest.ptr = NULL;
    } else {
        host = str_cut(&rest, ':');
    }
    out->host = arena_strndup(arena, host.ptr, host.len);
    *port = rest.ptr ? arena_strndup(arena, rest.ptr, rest.len) : "443";
    return out->authority && out->host && *port ? 0 : -1;
}

static void take_addresses(const struct addrinfo *list, enum http_reach reach, struct dial *out)
{
    for (const struct addrinfo *a = list; a && out->count < DIAL_ADDRESSES_MAX; a = a->ai_next) {
        struct dial_address *to = &out->addresses[out->count];

        if (!http_reach_allows(reach, a->ai_addr) || a->ai_addrlen > sizeof(to->address))
            continue;
        memcpy(&to->address, a->ai_addr, a->ai_addrlen);
        to->len = a->ai_addrlen;
        out->count++;
    }
}

int dial_resolve(struct arena *arena, const struct kube_target *target, struct dial *out, struct err *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    const char *port;
    int rc;

    *out = (struct dial){.count = 0};
    if (split(arena, str_from(target->endpoint), out, &port) < 0)
        return err_set(err, ERR_INTERNAL, "there is no memory for the request");
    rc = getaddrinfo(out->host, port, &hints, &list);
    if (rc != 0)
        return err_set(err, ERR_UPSTREAM_UNREACHABLE, "eksgate: cluster \"%s\" is unreachable: %s: %s",
                       target->cluster_id, out->host, gai_strerror(rc));
    take_addresses(list, target->endpoint_named ? HTTP_REACH_ANY : HTTP_REACH_PUBLIC, out);
    freeaddrinfo(list);
    if (out->count == 0)
        return err_set(err, ERR_UPSTREAM_BROKEN,
                       "eksgate: cluster \"%s\": its endpoint %s resolves to an address that may not be reached",
                       target->cluster_id, target->endpoint);
    return 0;
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
