/*
 * Where a watch or a followed log may be cut, so that its client has read whole events only: after a line, or after a
 * message whose length stands before it.
 */
#ifndef EKSGATE_KUBE_FRAMES_H
#define EKSGATE_KUBE_FRAMES_H

#include <stdint.h>

#include "http/client.h"

enum frames_kind {
    FRAMES_NONE,  /* nowhere: a download, something encoded, what we do not know */
    FRAMES_LINES, /* JSON and text */
    FRAMES_SIZED, /* Kubernetes' protobuf: four bytes of length, big end first, before each */
};

struct frames {
    enum frames_kind kind;
    bool inside;         /* of a frame */
    unsigned size_bytes; /* of a length, seen so far */
    uint32_t left;       /* that length, then what is still to come of it */
};

void frames_begin(struct frames *frames, const struct http_head *head);
void frames_take(struct frames *frames, const char *data, size_t len);

/* True when what was taken ends with a whole frame. */
bool frames_may_end(const struct frames *frames);

#endif
