/*
 * Objects of a manifest into a cluster, one after the other: server-side apply, create or replace.
 */
#ifndef EKSGATE_CLUSTER_APPLY_H
#define EKSGATE_CLUSTER_APPLY_H

#include "cluster/kinds.h"
#include "kube/manifest.h"

enum apply_mode { APPLY_MERGE, APPLY_CREATE, APPLY_REPLACE };

struct apply_options {
    enum apply_mode mode;
    bool force;   /* take fields over from other managers */
    bool dry_run; /* the API server does everything but store it */
    struct str field_manager;
    struct str field_validation; /* Strict, Warn or Ignore */
    struct str namespace;        /* of objects that name none */
    bool (*is_gone)(void *arg);  /* the client, so that nobody waits for him */
    void *arg;
};

struct applier {
    struct worker *worker;
    struct cluster *cluster;
    struct apply_options options;
    const struct manifests *manifests;
    struct kinds kinds;
    struct str query;
    struct arena *scratch; /* reset for each object */
    struct buf body;       /* of the last answer */
};

/* Where an object goes, and how. */
struct apply_target {
    const char *method;
    const char *path;     /* without the query; of the collection when it is created */
    struct str namespace; /* NULL pointer: its kind lives in none */
    bool creates;
};

struct apply_answer {
    const struct http_head *head; /* until the next object */
    struct str body;              /* the object, or the cluster's Status */
    bool is_json;
};

/* The applier's memory dies with the worker's arena. */
int applier_init(struct applier *applier, struct worker *worker, struct cluster *cluster,
                 const struct manifests *manifests, const struct apply_options *options, struct err *err);

/* Finds where the object goes; its kind may have been defined a moment ago by another object, which is waited for.
 * ERR_NOT_FOUND when the cluster does not serve it. */
int apply_locate(struct applier *applier, const struct manifest *object, struct apply_target *out, struct err *err);

/* 0 when the cluster answered, whatever it said. */
int apply_send(struct applier *applier, const struct manifest *object, const struct apply_target *target,
               struct apply_answer *out, struct err *err);

#endif
