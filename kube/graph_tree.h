/* Trees over a linked graph: for each namespace a list of items, each of which says what it hangs on. */
#ifndef EKSGATE_KUBE_GRAPH_TREE_H
#define EKSGATE_KUBE_GRAPH_TREE_H

#include "kube/graph_parts.h"

struct graph_tree {
    struct graph_node **items; /* by .place, within it in the view's order */
    size_t count;
    const char **namespaces; /* sorted, each once; also those without items */
    size_t namespace_count;
};

/* Sets .edges and .owner of the nodes too. 0, or -1 without memory. */
int graph_tree_grow(struct graph *g, struct graph_tree *tree);
void graph_tree_free(struct graph_tree *tree);

#endif
