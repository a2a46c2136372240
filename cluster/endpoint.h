/*
 * Which endpoints may be talked to. They come from EKS's DescribeCluster, but an answer of AWS (or of who
 * poses as it) must not turn the gateway against its own network.
 */
#ifndef EKSGATE_CLUSTER_ENDPOINT_H
#define EKSGATE_CLUSTER_ENDPOINT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

/* 0 for https://NAME with NAME under an EKS suffix and port 443, or a host:port that the operator allowed by
 * name (allowed: comma list; *named tells). -1 with ERR_UPSTREAM_BROKEN otherwise. No user, path or query. */
int endpoint_check(struct str endpoint, const char *allowed, bool *named, struct err *err);

#endif
