/*
 * Takes a watch's answer apart into events while it arrives: one JSON object a line.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
#ifndef EKSGATE_KUBE_WATCH_H
#define EKSGATE_KUBE_WATCH_H

#include "base/buf.h"
#include "base/json.h"

enum kube_event { KUBE_ADDED, KUBE_MODIFIED, KUBE_DELETED, KUBE_BOOKMARK, KUBE_ERROR };

struct kube_watch {
    /* Called for each event. object: the whole one, for KUBE_BOOKMARK one with nothing but metadata.resourceVersion,
     * for KUBE_ERROR a Status; valid during the call. 0, or -1 to stop. */
    int (*on_event)(void *arg, enum kube_event event, const cJSON *object);
    void *arg;

    struct buf line;
    const char *fault; /* NULL when the callback stopped */
};

void kube_watch_init(struct kube_watch *watch);
void kube_watch_free(struct kube_watch *watch);

/* Takes the next bytes. -1 when they are no such events, one is too large, or the callback said stop; watch->fault then
 * tells which (NULL when it was the callback). A line without its end is no event yet. */
int kube_watch_feed(struct kube_watch *watch, const char *data, size_t len);

/*
 * The lines of what arrives, each once it is whole; empty ones are left out. rest keeps the beginning of the next one:
 * it holds no memory between lines, because watches are many, and mostly silent. -1 when rest has failed, that is when
 * a line is larger than its maximum, or when take() did.
 */
int kube_lines_feed(struct buf *rest, const char *data, size_t len, int (*take)(void *arg, struct str line), void *arg);

/* metadata.resourceVersion of an object, or NULL when it has none that can be sent back. */
const char *kube_resource_version(const cJSON *object);

#endif
