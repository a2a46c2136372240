/* How a cluster is written, wherever it appears in an answer. */
#ifndef EKSGATE_HANDLERS_CLUSTER_JSON_H
#define EKSGATE_HANDLERS_CLUSTER_JSON_H

#include "base/json.h"
#include "redis/connections.h"

/* name, region, version, status, endpoint */
void cluster_json_members(struct json *j, const struct connection *c, const struct description *d);

#endif
