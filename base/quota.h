/*
 * How much of something is in use, by key, with a maximum that is given when more is taken. For all threads.
 */
#ifndef EKSGATE_BASE_QUOTA_H
#define EKSGATE_BASE_QUOTA_H

#include "base/str.h"

struct quota;

struct quota *quota_new(void); /* NULL without memory */
void quota_free(struct quota *quota);

/* One more of that key: 0, or -1 when as many as limit are in use, or without memory. */
int quota_take(struct quota *quota, struct str key, long limit);

/* One that was taken is in use no more. */
void quota_give(struct quota *quota, struct str key);

#endif
