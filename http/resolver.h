/*
 * Names become addresses in threads of their own, because asking a name server may wait; the answer comes back to the
 * loop. For the files of this folder only.
 */
#ifndef EKSGATE_HTTP_RESOLVER_H
#define EKSGATE_HTTP_RESOLVER_H

#include "base/loop.h"
#include "http/dial.h"

struct resolver;

/* NULL without memory. */
struct resolver *resolver_new(struct loop *loop);

/* What is still being asked goes on alone, and nobody is told. */
void resolver_free(struct resolver *resolver);

typedef void resolver_done(void *arg, enum http_result result, const struct dial *dial, const char *detail);

/* dial: a copy of what dial_split() made. done() is called once, by resolver_run(). 0, or -1 without memory. */
int resolver_ask(struct resolver *resolver, const struct dial *dial, enum http_reach reach, resolver_done *done,
                 void *arg);

/* Hands out the answers that have come. */
void resolver_run(struct resolver *resolver);

#endif
