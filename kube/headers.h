/*
 * Which headers cross between a client and a cluster, in both directions. One table for every way through the
 * gateway: what belongs to one hop (RFC 9110 section 7.6.1), to identity, or to the gateway itself stays here.
 */
#ifndef EKSGATE_KUBE_HEADERS_H
#define EKSGATE_KUBE_HEADERS_H

#include "base/arena.h"
#include "base/err.h"
#include "http/head.h"

/* What the gateway says itself, and what it asks for. */
struct header_hop {
    const char *request_id;     /* the audit id, unless the client gave a usable one */
    const char *remote_address; /* or "" */
    bool upgrade;               /* Sec-WebSocket-* pass; Upgrade and Connection are still the caller's to write */
};

/* Writes those of a client's headers that the cluster gets, in their order, then the gateway's own, into out, which
 * has room for LIMIT_HEADERS. Their text is borrowed. 0, or -1 with err: one that would change who acts
 * (Impersonate-*) is ERR_FORBIDDEN, a broken one or too many ERR_BAD_REQUEST. */
int header_pass_request(const struct http_header *given, size_t count, const struct header_hop *hop,
                        struct http_header *out, size_t *out_count, struct err *err);

/* Under which id the cluster's audit log has the request whose headers these are, where that is not the request's own;
 * else the empty view. */
struct str header_audit_id(const struct http_header *passed, size_t count, const char *request_id);

/* Whether a header of the cluster's answer is passed on. */
bool header_passes_answer(struct str name, const struct http_head *head);

/* A redirect of the cluster as the client must follow it: a path of the cluster's own gets the prefix that the
 * client used ("/raw/clusters/{id}"). NULL pointer without memory. */
struct str header_location(struct arena *arena, struct str value, const char *endpoint, struct str prefix);

#endif
