/*
 * What a client wants applied: a body of YAML documents or JSON objects, taken apart into single objects. Lists are
 * expanded into their items. Nothing is left to be found out later: a body of which any part can not be read, or lacks
 * what every object needs, is refused as a whole.
 */
#ifndef EKSGATE_KUBE_MANIFEST_H
#define EKSGATE_KUBE_MANIFEST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* One object. The texts live in the arena; the optional ones are "" when absent. */
struct manifest {
    char where[40]; /* "documents[2].items[0]", for messages */
    const char *api_version;
    const char *kind;
    const char *name;
    const char *generate_name; /* only without a name */
    const char *namespace;
    const char *resource_version;
    const char *defines_group; /* of a CustomResourceDefinition: the group and kind that it brings */
    const char *defines_kind;
    size_t start; /* where its JSON begins in the text */
    size_t length;
    size_t metadata; /* where the first member of its metadata stands in its JSON */
};

struct manifests {
    struct manifest *objects;
    size_t count;
    bool is_list;     /* the body is a list, if perhaps of one */
    struct buf *text; /* in the arena */
};

/* Reads a body. 0, or -1: ERR_BAD_REQUEST when it can not be read (with line and column), ERR_INVALID with a cause for
 * each object that lacks something, ERR_TOO_LARGE beyond LIMIT_MANIFESTS. Everything lives as long as the arena. */
int manifests_read(struct manifests *out, struct arena *arena, struct str body, struct err *err);

struct str manifest_json(const struct manifests *manifests, const struct manifest *manifest);

#endif
