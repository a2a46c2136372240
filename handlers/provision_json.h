/* How clusters that eksgate makes, and their runs, are told: shapes for the reference, and the JSON itself. */
#ifndef EKSGATE_HANDLERS_PROVISION_JSON_H
#define EKSGATE_HANDLERS_PROVISION_JSON_H

#include "fcgi/request.h"
#include "redis/runs.h"

#define RUN_STATUSES "pending|queued|running|planned|completed|failed|cancelled|blocked|unknown"
#define RUN_OPS "test|provision|upgrade|scale|update|drift|apply|destroy|cleanup|unlock"

extern const struct field run_shape[];      /* whole, as GET …/runs/{run} answers */
extern const struct field run_item_shape[]; /* of a list: without order and diagnostics */
extern const struct field run_plan_shape[]; /* terraform's plan as a tree */
extern const struct field cluster_shape[];  /* one that is made, whole */
extern const struct field cluster_item_shape[];
extern const struct field lock_shape[]; /* {"lock","can_unlock","why"} */
extern const struct field progress_shape[];
extern const struct field changes_shape[];
extern const struct field diagnostic_shape[];
extern const struct field issue_shape[];

/* Members into an open object. */
void run_write_members(struct json *j, const struct run *run, bool is_whole);
void run_cluster_write_members(struct json *j, struct request *request, const struct run_cluster *cluster,
                               bool is_whole);

/* What was stored as JSON, or null where it is empty. */
void run_write_json(struct json *j, const char *key, struct str text);

/* The same of an array, which is empty where nothing is stored. */
void run_write_list(struct json *j, const char *key, struct str text);

/* Empty is null. */
void run_write_text(struct json *j, const char *key, struct str text);
void run_write_time(struct json *j, const char *key, int64_t milliseconds);

/* A tree of the request's arena; NULL for an empty text, or one that can not be read. */
const cJSON *run_read_json(struct request *request, struct str text);

/* What the cluster is like, or was asked to be like where nothing was applied yet; NULL when neither can be read. */
const cJSON *run_cluster_order(struct request *request, const struct run_cluster *cluster);

#endif
