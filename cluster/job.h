/*
 * Jobs made in a cluster, for whoever makes them: a caller's manifest, a template, a cron job, one job once more.
 */
#ifndef EKSGATE_CLUSTER_JOB_H
#define EKSGATE_CLUSTER_JOB_H

#include "base/json.h"
#include "cluster/cluster.h"
#include "kube/job_manifest.h"

struct job_order {
    cJSON *manifest;      /* completed and named in place */
    struct str namespace; /* made when it is absent; empty: the manifest's, or "default" */
    bool dry_run;         /* the API server checks everything and stores nothing */
    struct job_origin origin;
};

/*
 * Makes one job. *job: it as the cluster stored it, until the worker's arena is reset.
 *
 * -1 with err otherwise. What the cluster says of single fields is there as causes. When the namespace was made and the
 * job was not, the message says so, and details.created names it.
 */
int job_create(struct worker *worker, struct cluster *cluster, const struct job_order *order, cJSON **job,
               struct err *err);

/* Makes a namespace. labels: an object of them besides our own, or NULL. *namespace as *job above. */
int namespace_create(struct worker *worker, struct cluster *cluster, struct str name, const cJSON *labels, bool dry_run,
                     cJSON **namespace, struct err *err);

#endif
