#include "http/target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define HOST_MAX 253

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_digits(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len > 0;
}

static bool is_label(struct str label)
{
    if (label.len == 0 || label.len > 63 || !is_alphanumeric(label.ptr[0]) ||
        !is_alphanumeric(label.ptr[label.len - 1]))
        return false;
    for (size_t i = 0; i < label.len; i++)
        if (!is_alphanumeric(label.ptr[i]) && label.ptr[i] != '-' && label.ptr[i] != '_')
            return false;
    return true;
}

/* Names whose last part is a number are addresses in a form that not all read alike: 127.1, 0x7f.1, 2130706433. */
static bool is_name(struct str host)
{
    struct str rest = host;
    struct str label = STR("");

    if (host.len == 0 || host.len > HOST_MAX)
        return false;
    while (rest.ptr) {
        label = str_cut(&rest, '.');
        if (!is_label(label))
            return false;
    }
    return !is_digits(label) && !str_starts_with(label, STR("0x")) && !str_starts_with(label, STR("0X"));
}

/* Dotted decimal or IPv6 as RFC 4291 has it; nothing else is an address. */
static bool read_address(struct str host, bool in_brackets, struct sockaddr_storage *out)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)out;
    char text[64];

    *out = (struct sockaddr_storage){.ss_family = in_brackets ? AF_INET6 : AF_INET};
    if (host.len >= sizeof(text))
        return false;
    snprintf(text, sizeof(text), "%.*s", STR_FMT(host));
    return inet_pton(out->ss_family, text, in_brackets ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr) == 1;
}

/* Cuts "host", "host:port" or "[v6]:port". */
static bool cut_authority(struct str authority, struct str *host, struct str *port, bool *in_brackets)
{
    *in_brackets = str_starts_with(authority, STR("["));
    *port = authority;
    if (!*in_brackets) {
        *host = str_cut(port, ':');
        return true;
    }
    *port = str_skip(authority, 1);
    *host = str_cut(port, ']');
    if (!port->ptr)
        return false;
    if (port->len == 0)
        port->ptr = NULL;
    else if (port->ptr[0] != ':')
        return false;
    else
        *port = str_skip(*port, 1);
    return true;
}

/* As RFC 3986 has path and query, without a fragment: what else a URL may not hold is what readers differ on. */
static bool is_path(struct str path)
{
    if (path.len > 0 && path.ptr[0] != '/')
        return false;
    for (size_t i = 0; i < path.len; i++) {
        unsigned char c = (unsigned char)path.ptr[i];

        if (c <= ' ' || c >= 0x7F || strchr("\"<>\\^`{|}#", c))
            return false;
    }
    return true;
}

static bool operator_named(const struct target *target, bool in_brackets, const char *allowed)
{
    struct str rest = str_from(allowed);
    char text[HOST_MAX + 16];

    snprintf(text, sizeof(text), in_brackets ? "[%.*s]:%ld" : "%.*s:%ld", STR_FMT(target->host), target->port);
    while (rest.len > 0)
        if (str_equal_ignore_case(str_trim(str_cut(&rest, ',')), str_from(text)))
            return true;
    return false;
}

static bool is_loopback(struct str host, const struct sockaddr_storage *address, bool is_address)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;

    if (!is_address)
        return str_equal_ignore_case(host, STR("localhost"));
    return address->ss_family == AF_INET ? ntohl(v4->sin_addr.s_addr) >> 24 == 127
                                         : IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

static const char *check_host(struct target *out, bool in_brackets, const char *allowed)
{
    struct sockaddr_storage address;
    bool is_address = read_address(out->host, in_brackets, &address);
    bool loopback = is_address || !in_brackets ? is_loopback(out->host, &address, is_address) : false;

    if (!is_address && (in_brackets || !is_name(out->host)))
        return "must name its server by a host name or an address as they are usually written";
    out->is_named = operator_named(out, in_brackets, allowed);
    out->reach = out->is_named ? HTTP_REACH_ANY : HTTP_REACH_INTERNET;
    if (!out->is_secure && !(out->is_named && loopback))
        return "must be an https URL; http is for loopback addresses that EKSGATE_ALLOW_WEBHOOKS names";
    if (!out->is_named && loopback)
        return "must not be a loopback address unless EKSGATE_ALLOW_WEBHOOKS names it";
    if (is_address && !http_reach_allows(out->reach, (const struct sockaddr *)(const void *)&address))
        return "must not be a loopback, link-local or private address unless EKSGATE_ALLOW_WEBHOOKS names it";
    return NULL;
}

const char *target_check(struct str url, const char *allowed, struct target *out)
{
    struct str authority;
    struct str path;
    struct str port;
    bool in_brackets;
    size_t n = 0;

    *out = (struct target){.is_secure = str_starts_with(url, STR("https://"))};
    if (url.len > TARGET_URL_MAX)
        return "must be at most 2,048 bytes long";
    if (!out->is_secure && !str_starts_with(url, STR("http://")))
        return "must be an https URL: https://host/path";
    authority = str_skip(url, out->is_secure ? 8 : 7);
    while (n < authority.len && !strchr("/?", authority.ptr[n]))
        n++;
    path = str_skip(authority, n);
    authority.len = n;
    if (!is_path(path) || memchr(url.ptr, '\0', url.len))
        return "must be https://host/path, without blanks, a fragment, or characters that a URL writes as %XX";
    if (memchr(authority.ptr, '@', authority.len))
        return "must not hold a user name or a password";
    out->port = out->is_secure ? 443 : 80;
    if (!cut_authority(authority, &out->host, &port, &in_brackets) ||
        (port.ptr && (!is_digits(port) || str_to_long(port, 1, 65535, &out->port) < 0)))
        return "must name a port from 1 to 65535 behind its host, or none";
    return check_host(out, in_brackets, allowed);
}
