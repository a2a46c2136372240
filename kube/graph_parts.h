/* What the files of the graph share. */
#ifndef EKSGATE_KUBE_GRAPH_PARTS_H
#define EKSGATE_KUBE_GRAPH_PARTS_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"
#include "kube/graph.h"

enum graph_relation {
    GRAPH_OWNER,
    GRAPH_SELECTS,
    GRAPH_ROUTES,
    GRAPH_MOUNTS,
    GRAPH_BINDS,
    GRAPH_SCALES,
    GRAPH_RUNS_ON,
    GRAPH_USES,
    GRAPH_RELATION__MAX
};

extern const char *const graph_relations[GRAPH_RELATION__MAX];

enum graph_health { GRAPH_FINE, GRAPH_PROGRESSING, GRAPH_BAD, GRAPH_UNKNOWN, GRAPH_HEALTH__MAX };

extern const char *const graph_healths[GRAPH_HEALTH__MAX];

/* What an object says of another one, before it is looked for. */
struct graph_ref {
    struct graph_ref *next;
    const char *name;
    const char *uid;       /* or "" */
    const char *kind_name; /* of GRAPH_OTHER */
    const char *api_version;
    const char *host; /* of a route */
    const char *path;
    unsigned char kind;
    unsigned char relation;
    bool optional; /* it may be missing without harm */
};

struct graph_label {
    const char *key;
    const char *value;
};

/* One requirement of a selector; all must hold. */
enum graph_rule_kind { RULE_IN, RULE_NOT_IN, RULE_THERE, RULE_NOT_THERE };

struct graph_rule {
    const struct graph_rule *next;
    enum graph_rule_kind kind;
    const char *key;
    const char **values;
    size_t count;
};

struct graph_edge;

struct graph_node {
    struct graph_node *next; /* in its part */
    const char *id;          /* of all nodes; until then what it should be */
    const char *uid;
    const char *name;
    const char *namespace;
    const char *place; /* the namespace under which a tree has it */
    const char *group; /* the Node that it is on */
    const char *status;
    const char *address;   /* of a pod */
    const char *container; /* its name */
    const char *kind_name; /* of GRAPH_OTHER */
    const char *api_version;
    struct graph_ref *refs;
    const struct graph_label *labels; /* of a pod */
    size_t label_count;
    const struct graph_rule *rules; /* of what selects */
    struct graph_node *slices;      /* of a Service; each the next's */
    struct graph_node *last_slice;
    struct graph_node *owner; /* of a container: its pod. In a tree: what it hangs on */
    struct graph_edge *edges; /* in a tree: all that it hangs on */
    struct graph_edge *last_edge;

    /* The last link to it: where from, of which relations, and which. */
    const struct graph_node *mark;
    size_t mark_link;
    unsigned char mark_relations;

    size_t links_from; /* its own links, but those to its place and its cluster */
    size_t links_to;

    unsigned char kind;
    unsigned char health;
    unsigned char walk; /* in a tree: whether it is in, and how far a search for cycles has come */
    bool selects;       /* it has a selector, maybe one without rules */
    bool missing;
    bool unread;
    bool needed; /* somebody links to it, and can not do without it */
    bool reached;
    bool shown;
    bool cyclic; /* its owners lead back to it */
};

struct graph_link {
    struct graph_node *source;
    struct graph_node *target;
    unsigned char relation;
    bool optional;
};

/* Of a tree: child is the node that has it. */
struct graph_edge {
    struct graph_edge *next;
    struct graph_node *parent;
    const struct graph_node *route; /* the Ingress that it stands for, or NULL */
    unsigned char relation;
};

/* Objects of one kind, written by one thread. */
struct graph_part {
    struct graph *graph;
    struct arena *arena;
    struct graph_node *first;
    struct graph_node *last;
    size_t count;
    enum graph_reading reading;
    bool full;
    const char **texts; /* each only once: a hash table */
    size_t text_count;
    size_t text_room;
};

/* Nodes by one of their keys. */
struct graph_table {
    struct graph_node **slots;
    size_t count;
    size_t room; /* a power of two, or 0 */
};

struct graph {
    struct graph_wanted wanted;
    const char *cluster;
    const char *namespace; /* or "" */
    atomic_size_t used;
    struct graph_part parts[GRAPH_KIND__MAX];
    struct graph_part own; /* nodes for what is missing or unread */
    struct graph_table by_uid;
    struct graph_table by_name;
    struct graph_table by_id;
    size_t collisions;
    struct graph_node **pods; /* by namespace, then in their order */
    size_t pod_count;
    struct graph_link *links;
    size_t link_count;
    size_t link_room;
    bool truncated;
    bool failed;
};

static inline bool graph_shows(const struct graph *g, unsigned kind)
{
    return (g->wanted.kinds & GRAPH_BIT(kind)) != 0;
}

static inline const char *graph_kind_name(const struct graph_node *node)
{
    return node->kind == GRAPH_OTHER ? node->kind_name : graph_sources[node->kind].kind;
}

/* Zeroed memory of a part; NULL, and the part is full, when there is none left. */
void *graph_alloc(struct graph_part *part, size_t size);

/* A copy of a text, the same pointer for the same text; "" for NULL. NULL as above. */
const char *graph_text(struct graph_part *part, const char *text);

/* A new node that is in no list yet. */
struct graph_node *graph_node_new(struct graph_part *part, enum graph_kind kind);
void graph_append(struct graph_part *part, struct graph_node *node);

/* Reads what a pod names into refs, in the order: owner, service account, node, what it mounts. */
void graph_read_pod_refs(struct graph_part *part, struct graph_ref **tail, const cJSON *pod);

/* Appends a ref at *tail; returns where the next goes. */
struct graph_ref **graph_add_ref(struct graph_part *part, struct graph_ref **tail, enum graph_relation relation,
                                 enum graph_kind kind, const char *name, bool optional);

/* Its containers, as a list by .next; NULL for none. */
struct graph_node *graph_read_containers(struct graph_part *part, struct graph_node *pod, const cJSON *object);

/* Sets .status and .health. */
void graph_read_status(struct graph_part *part, struct graph_node *node, const cJSON *object);
void graph_read_container_status(struct graph_part *part, struct graph_node *node, const cJSON *status);

/* A Service's selector, and one with matchLabels and matchExpressions. */
void graph_read_labels(struct graph_part *part, struct graph_node *node, const cJSON *labels);
void graph_read_pairs(struct graph_part *part, struct graph_node *node, const cJSON *selector);
void graph_read_selector(struct graph_part *part, struct graph_node *node, const cJSON *selector);
bool graph_rules_match(const struct graph_rule *rules, const struct graph_node *pod);

/* Gives a node an id that no other has, and makes it to be found. 0, or -1 without memory. */
int graph_index(struct graph *g, struct graph_part *part, struct graph_node *node);

/* The first with that key, or NULL. */
struct graph_node *graph_find_uid(const struct graph *g, const char *uid);
/* kind_name: of GRAPH_OTHER, else "" */
struct graph_node *graph_find_name(const struct graph *g, unsigned kind, const char *kind_name, const char *namespace,
                                   const char *name);

#endif
