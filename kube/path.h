/*
 * The raw request path, exactly as the client sent it. nginx chooses its location by a decoded, merged path;
 * the handler must not disagree, so what the two could read differently is refused here.
 */
#ifndef EKSGATE_KUBE_PATH_H
#define EKSGATE_KUBE_PATH_H

#include "base/arena.h"
#include "base/err.h"

/* Refuses a path that does not begin with "/", holds control bytes or %00, or a segment that is "." or ".."
 * after decoding once. 0, or -1 with ERR_BAD_REQUEST. */
int path_check(struct str path, struct err *err);

/* Decodes one raw segment once into the arena. 0, or -1 with ERR_BAD_REQUEST. */
int path_decode_segment(struct arena *arena, struct str segment, struct str *out, struct err *err);

/* Decodes and checks a cluster's id: [A-Za-z0-9._:@%-]{1,256} raw, not "." or "..", no control bytes. */
int path_decode_cluster_id(struct arena *arena, struct str segment, struct str *out, struct err *err);

/* What follows /raw for the default cluster: "/raw/clusters//api" has lost its id and must not become a path of that
 * cluster. 0, or -1 with ERR_BAD_REQUEST. */
int path_check_default(struct str path, struct err *err);

/* Matches a raw path against a pattern like "/api/clusters/:cluster/resources/:type" or
 * "/raw/clusters/:cluster/" followed by an asterisk, which takes the rest with its leading "/". Writes the raw segments
 * of the named parts in order, the rest (empty without an asterisk), and returns true on a match. */
bool path_match(const char *pattern, struct str path, struct str *segments, size_t max, size_t *count,
                struct str *rest);

/* True for a pod's, service's or node's own pages in a Kubernetes path: foreign content on the gateway's origin. */
bool path_is_proxy(struct str path);

#endif
