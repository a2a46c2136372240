/*
 * The objects of a list and how they change, for as long as an answer lasts: listed, then watched, and listed again
 * when a watch ends.
 */
#ifndef EKSGATE_HANDLERS_FEED_H
#define EKSGATE_HANDLERS_FEED_H

#include "fcgi/lasting.h"
#include "kube/watch.h"

struct feed {
    const char *path; /* of the list, with a query; lives as long as the feed */
    /* An object is there, or is not any more. */
    void (*on_object)(void *arg, bool gone, const cJSON *object);
    /* So many have just been listed; may be NULL. */
    void (*on_listed)(void *arg, size_t count);
    void *arg;

    /* Inside. */
    struct kube_watch watch;
    struct lasting_call call;
    char version[64];
    bool watching;
    bool again;
    int64_t next_ms; /* when it is to be listed again */
    unsigned failures;
};

void feed_init(struct feed *feed);
void feed_free(struct feed *feed);

/* Before each lasting_turn(): begins what has ended. -1 with err when there is no point in going on. */
int feed_run(struct feed *feed, struct lasting *lasting, struct err *err);

/* Lists at the next feed_run(), whatever the watch does. From anywhere. */
void feed_list_again(struct feed *feed);

#endif
