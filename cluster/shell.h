/*
 * Shells in pods: whether the connection may open one, in which container, and what the API server is asked for it. A
 * shell on a cluster, for kubectl, is one in a pod that is made for it and deleted with it: docs/terminal.md.
 */
#ifndef EKSGATE_CLUSTER_SHELL_H
#define EKSGATE_CLUSTER_SHELL_H

#include "base/json.h"
#include "cluster/cluster.h"

#define SHELL_LABEL "eksgate/terminal" /* =cluster: of the pods that are made for a shell */
#define SHELL_CONTAINER_NAME "shell"   /* their container */

enum shell_type {
    SHELL_CLUSTER,   /* in a pod of its own */
    SHELL_POD,       /* in a pod's first container, or the one that it names for kubectl */
    SHELL_CONTAINER, /* in the one that is named */
};

const char *shell_type_name(enum shell_type type);
int shell_type_parse(struct str name, enum shell_type *out); /* 0, or -1 */

/* Names as Kubernetes has them. */
struct shell_place {
    struct str namespace;
    struct str pod;       /* "": none yet */
    struct str container; /* "": none yet */
};

/* Asks the cluster whether this connection may exec there, and for SHELL_CLUSTER make the pod. 0, or -1: ERR_FORBIDDEN
 * when it says no. */
int shell_review(struct worker *worker, struct cluster *cluster, enum shell_type type, const struct shell_place *place,
                 struct err *err);

/* Looks the pod up and, where it is not named, the container. 0, or -1: the cluster's 404, ERR_NOT_FOUND for the
 * container, ERR_CONFLICT when the pod does not run. */
int shell_find(struct worker *worker, struct cluster *cluster, struct shell_place *place, struct err *err);

/* The exec that is asked for: bash where there is one, or sh, with a terminal. Both in the arena. 0, or -1 without
 * memory. */
int shell_exec(struct arena *arena, const struct shell_place *place, struct str *path, struct str *query);

/* Makes the pod for a shell on the cluster, which may do what that service account of its namespace may. caller: who it
 * is for, for people. Its names are in the arena. 0, or -1 with err. */
int shell_pod_make(struct worker *worker, struct cluster *cluster, struct str account, const char *caller,
                   struct shell_place *out, struct err *err);

/* Whether it is ready; what it waits for, otherwise, in a word of the kubelet or the scheduler. 0, or -1 with err; one
 * that will never be is ERR_UPSTREAM_BROKEN. */
int shell_pod_look(struct worker *worker, struct cluster *cluster, const struct shell_place *place, bool *ready,
                   char waits_for[64], struct err *err);

int shell_pod_delete(struct worker *worker, struct cluster *cluster, const struct shell_place *place, struct err *err);

/* A pod whose shell ended without it: it has ended itself, or should have. now: Unix seconds. */
bool shell_pod_has_expired(const cJSON *pod, int64_t now);

/* Deletes those; none but what was made for a shell. 0, or -1 with err. */
int shell_pods_sweep(struct worker *worker, struct cluster *cluster, struct err *err);

/* A cluster's own error as a sentence of its own, where it gave one. Returns -1. */
int shell_explain(struct worker *worker, struct err *err);

#endif
