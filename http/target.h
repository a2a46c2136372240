/*
 * Where a URL that a user gives may point to: an https server on the Internet, or one that the operator named. Read so
 * strictly that no two readers of the URL can find different hosts in it. Which address its name has is asked when it
 * is connected to (http/reach.h), not here; only what is written as an address is refused already.
 */
#ifndef EKSGATE_HTTP_TARGET_H
#define EKSGATE_HTTP_TARGET_H

#include "base/str.h"
#include "http/reach.h"

#define TARGET_URL_MAX ((size_t)2048)

struct target {
    struct str host; /* without brackets */
    long port;
    bool is_secure;        /* https */
    bool is_named;         /* the operator named this host and port */
    enum http_reach reach; /* what its address may be */
};

/* allowed: "host:port" comma list of what the operator named, or NULL; those may have any address, and plain http when
 * they are loopback. NULL with *out when the URL will do, else what it must be (static text). */
const char *target_check(struct str url, const char *allowed, struct target *out);

#endif
