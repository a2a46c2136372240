/*
 * A stored job template in use: read, filled in, ready to be created as a Job.
 */
#ifndef EKSGATE_CLUSTER_JOB_TEMPLATE_H
#define EKSGATE_CLUSTER_JOB_TEMPLATE_H

#include "cluster/worker.h"
#include "kube/template.h"
#include "redis/templates.h"

/* What is stored of one version, as a tree in the arena. */
struct job_template {
    struct template_record record;
    const cJSON *root; /* description, parameters, job_manifest, created_at, created_by */
};

/* NULL when the text may name a template, else what it must be. */
const char *job_template_check_name(struct str name);

/* Version 0 is the newest. -1 with ERR_NOT_FOUND, or ERR_STORE_UNAVAILABLE. */
int job_template_read(struct worker *worker, struct str name, long version, struct job_template *out, struct err *err);

/* Parses what was stored. -1 when it is not what this program writes. */
int job_template_parse(struct arena *arena, struct job_template *out, struct err *err);

/* The manifest with these values (an object, or NULL), which lives as long as the worker's arena; *version is the one
 * that was used. NULL with err: as above, or ERR_INVALID with all faults of the values. */
cJSON *job_template_fill(struct worker *worker, struct str name, long *version, const cJSON *values, struct err *err);

#endif
