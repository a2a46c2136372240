/*
 * The graph of a cluster: objects in, nodes and links out. Nothing here talks to anybody: whoever reads the cluster
 * adds objects, kind by kind and each kind in a thread of its own if he likes, then has them linked, then written.
 * Of an object only what the graph needs is kept, in memory with a maximum of its own; what would not fit is left out
 * and said (truncated).
 *
 * A link never dangles: what an object names and the cluster does not have becomes a node that is "missing", and what
 * could not be read one that is "unread".
 */
#ifndef EKSGATE_KUBE_GRAPH_H
#define EKSGATE_KUBE_GRAPH_H

#include <stdint.h>

#include "base/json.h"

/* In the order in which their nodes are written. */
enum graph_kind {
    GRAPH_POD,
    GRAPH_CONTAINER, /* comes with its pod */
    GRAPH_CLUSTER,   /* is there by itself */
    GRAPH_NODE,
    GRAPH_DEPLOYMENT,
    GRAPH_DAEMONSET,
    GRAPH_REPLICASET,
    GRAPH_STATEFULSET,
    GRAPH_JOB,
    GRAPH_CRONJOB,
    GRAPH_HPA,
    GRAPH_SERVICE,
    GRAPH_ENDPOINTS,
    GRAPH_INGRESS,
    GRAPH_NETWORK_POLICY,
    GRAPH_PVC,
    GRAPH_PV,
    GRAPH_STORAGE_CLASS,
    GRAPH_CONFIG_MAP,
    GRAPH_SECRET,
    GRAPH_SERVICE_ACCOUNT,
    GRAPH_OTHER, /* an owner of a kind that is not read */
    GRAPH_SLICE, /* EndpointSlices and namespaces are read, but are no nodes */
    GRAPH_NAMESPACE,
    GRAPH_KIND__MAX
};

#define GRAPH_BIT(kind) (UINT32_C(1) << (kind))

/* Where objects of a kind come from. */
struct graph_source {
    const char *kind; /* "Pod" */
    const char *api_version;
    const char *root;   /* "/api/v1"; NULL: nowhere */
    const char *plural; /* "pods" */
    const char *type;   /* "deployments.apps": for messages */
    bool namespaced;
    bool metadata; /* nothing but the metadata is needed, or may be seen */
};

extern const struct graph_source graph_sources[GRAPH_KIND__MAX];

/* "Pod,Service", case does not matter. NULL when these are kinds of the graph, else what it must be: for the check of a
 * struct field. And the kinds as bits. */
const char *graph_check_kinds(struct str list);
uint32_t graph_parse_kinds(struct str list);

enum graph_view {
    GRAPH_TOPOLOGY,  /* all that there is, as nodes and links */
    GRAPH_WORKLOADS, /* trees: what made what */
    GRAPH_NETWORK,   /* trees: from what the network sees down to the pods */
    GRAPH_AROUND,    /* a tree that grows out of one pod */
    GRAPH_VIEW__MAX
};

/* The kinds that a view shows when nothing is said. */
uint32_t graph_view_kinds(enum graph_view view);

struct graph_wanted {
    enum graph_view view;
    uint32_t kinds;
    size_t limit; /* of nodes */
    struct str cluster;
    struct str namespace; /* only this one; empty: all */
};

struct graph;

/* NULL without memory. Texts of wanted are borrowed. */
struct graph *graph_new(const struct graph_wanted *wanted);
void graph_free(struct graph *g);

/* The kinds that have to be read, as bits: those that are shown, and those that tell how they belong together. */
uint32_t graph_needs(const struct graph *g);

/* Adds an object. Different kinds may be added at the same time. -1 when no more of this kind goes in: there is no
 * room, or there are as many as may be shown. */
int graph_add(struct graph *g, enum graph_kind kind, const cJSON *object);

/* All of a kind have been added, all that was wanted of many, or none could be: what is not there is then missing,
 * of no interest, or unread. */
enum graph_reading { GRAPH_NOT_ASKED, GRAPH_COMPLETE, GRAPH_PARTIAL, GRAPH_UNREAD };
void graph_set_reading(struct graph *g, enum graph_kind kind, enum graph_reading reading);

/* Links what has been added. 0, or -1 without memory. */
int graph_link(struct graph *g);

/* Some nodes or links are left out. */
bool graph_is_truncated(const struct graph *g);

/* Write members of an open object: "nodes" and "links", or one for each namespace. flush is called after each element
 * and returns 0, or -1 to stop. 0, or -1 when it did, or without memory. */
int graph_write_links(struct graph *g, struct json *j, int (*flush)(void *arg), void *arg);
int graph_write_trees(struct graph *g, struct json *j, int (*flush)(void *arg), void *arg);

#endif
