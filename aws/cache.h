/*
 * The credentials that servers and commands handed out, kept for the whole process.
 *
 * They are renewed before they end: at some random moment between 17 and 15 minutes before, when a failure does
 * no harm yet, and without fail in the last 10 minutes. Of several threads that want the same ones, one asks
 * and the others wait for its answer, or take the old ones while these are good enough.
 */
#ifndef EKSGATE_AWS_CACHE_H
#define EKSGATE_AWS_CACHE_H

#include "aws/credentials.h"

/* Gets them anew. *is_lasting: worth keeping; what comes from files is not. */
typedef int cache_fetch(struct aws_client *client, const struct aws_auth *auth, size_t role_count,
                        struct aws_credentials *out, bool *is_lasting, struct err *err);

/* A client without http never waits: what is not kept, or lies in files, is ERR_INTERNAL to it.
 * The credentials of auth with its first role_count roles on top. 0, or -1 with err. */
int cache_resolve(struct aws_client *client, const struct aws_auth *auth, size_t role_count, cache_fetch *fetch,
                  struct aws_credentials *out, struct err *err);

/* Renews them at the next use, unless they are younger than a minute. */
void cache_suspect(const struct aws_auth *auth, size_t role_count);

void cache_forget(void);

#endif
