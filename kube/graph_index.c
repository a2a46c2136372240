/* Nodes are found by uid, by kind and name, and by id: three hash tables over the same nodes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kube/graph_parts.h"

struct key {
    unsigned kind;
    const char *a;
    const char *b;
    const char *c;
};

typedef struct key (*key_of)(const struct graph_node *node);

static struct key uid_of(const struct graph_node *node)
{
    return (struct key){0, node->uid, "", ""};
}

static struct key name_of(const struct graph_node *node)
{
    return (struct key){node->kind, node->namespace, node->name, node->kind == GRAPH_OTHER ? node->kind_name : ""};
}

static struct key id_of(const struct graph_node *node)
{
    return (struct key){0, node->id, "", ""};
}

static size_t hash_key(struct key key)
{
    uint64_t hash = str_hash(str_from(key.a), key.kind);

    hash = str_hash(str_from(key.b), hash);
    return str_hash(str_from(key.c), hash);
}

static bool same_key(struct key x, struct key y)
{
    return x.kind == y.kind && strcmp(x.a, y.a) == 0 && strcmp(x.b, y.b) == 0 && strcmp(x.c, y.c) == 0;
}

/* Where a node of that key is, or would be. */
static struct graph_node **find_slot(const struct graph_table *t, key_of of, struct key key)
{
    size_t i = hash_key(key) & (t->room - 1);

    while (t->slots[i] && !same_key(of(t->slots[i]), key))
        i = (i + 1) & (t->room - 1);
    return &t->slots[i];
}

static int grow(struct graph_table *t, key_of of)
{
    struct graph_table larger = {.count = t->count, .room = t->room ? 2 * t->room : 1024};

    larger.slots = calloc(larger.room, sizeof(struct graph_node *));
    if (!larger.slots)
        return -1;
    for (size_t i = 0; i < t->room; i++)
        if (t->slots[i])
            *find_slot(&larger, of, of(t->slots[i])) = t->slots[i];
    free(t->slots);
    *t = larger;
    return 0;
}

static struct graph_node *find(const struct graph_table *t, key_of of, struct key key)
{
    return t->room ? *find_slot(t, of, key) : NULL;
}

/* The first of its key stays. */
static int insert(struct graph_table *t, key_of of, struct graph_node *node)
{
    struct graph_node **slot;

    if (2 * t->count >= t->room && grow(t, of) < 0)
        return -1;
    slot = find_slot(t, of, of(node));
    t->count += *slot == NULL;
    if (!*slot)
        *slot = node;
    return 0;
}

struct graph_node *graph_find_uid(const struct graph *g, const char *uid)
{
    return *uid ? find(&g->by_uid, uid_of, (struct key){0, uid, "", ""}) : NULL;
}

struct graph_node *graph_find_name(const struct graph *g, unsigned kind, const char *kind_name, const char *namespace,
                                   const char *name)
{
    return find(&g->by_name, name_of, (struct key){kind, namespace, name, kind == GRAPH_OTHER ? kind_name : ""});
}

static bool is_free(const struct graph *g, const char *id)
{
    return *id && !find(&g->by_id, id_of, (struct key){0, id, "", ""});
}

/* Ids that others have already, or that are none, give way to one that tells the object. */
static int claim_id(struct graph *g, struct graph_part *part, struct graph_node *node)
{
    const char *name = *node->container ? node->container : node->name;
    size_t size = strlen(graph_kind_name(node)) + strlen(node->namespace) + strlen(name) + 32;
    char *id;

    if (is_free(g, node->id))
        return 0;
    id = graph_alloc(part, size);
    if (!id)
        return -1;
    snprintf(id, size, "%s/%s/%s", graph_kind_name(node), node->namespace, name);
    while (!is_free(g, id))
        snprintf(id, size, "%s/%s/%s#%zu", graph_kind_name(node), node->namespace, name, ++g->collisions);
    node->id = id;
    return 0;
}

int graph_index(struct graph *g, struct graph_part *part, struct graph_node *node)
{
    if (claim_id(g, part, node) < 0 || insert(&g->by_id, id_of, node) < 0)
        return -1;
    if (node->kind == GRAPH_CONTAINER)
        return 0;
    if (*node->uid && insert(&g->by_uid, uid_of, node) < 0)
        return -1;
    return insert(&g->by_name, name_of, node);
}
