/*
 * Cuts a list that a cluster sends into its items while it arrives, so that a list of any length costs the
 * memory of one item: {"kind":"PodList","metadata":{...},"items":[{...},{...}]}. What stands around the
 * items is kept and parsed at the end.
 */
#ifndef EKSGATE_KUBE_ITEMS_H
#define EKSGATE_KUBE_ITEMS_H

#include "base/buf.h"
#include "base/json.h"

struct kube_items {
    const char *array;       /* "items", or "rows" of a Table */
    const char *other_array; /* a second name that will do, or NULL: not every API makes Tables */
    /* Called when the array begins, with what stood before it (may be NULL). 0, or -1 to stop. */
    int (*on_head)(void *arg, const cJSON *head);
    /* Called for each item, with its bytes, valid during the call. 0, or -1 to stop. */
    int (*on_item)(void *arg, struct str item);
    void *arg;

    /* Inside. */
    struct buf envelope;
    struct buf item;
    char key[32];
    size_t key_length;
    unsigned depth;
    bool in_string;
    bool escaped;
    bool in_array;
    bool in_item;

    bool found;        /* the array has begun; false at the end when it was null or missing */
    const char *fault; /* NULL when the callback stopped */
};

void kube_items_init(struct kube_items *items);
void kube_items_free(struct kube_items *items);

/* Takes the next bytes. -1 when they are no such list, an item is too large, or a callback said stop;
 * items->fault then tells which (NULL when it was the callback). */
int kube_items_feed(struct kube_items *items, const char *data, size_t len);

/* All bytes have come: the envelope, an object with an empty array (release with cJSON_Delete()), or NULL with
 * items->fault. */
cJSON *kube_items_finish(struct kube_items *items);

#endif
