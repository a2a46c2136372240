/* Secrets that a user gave for one connection, and their sealed text in Redis. */
#ifndef EKSGATE_CLUSTER_KEYS_H
#define EKSGATE_CLUSTER_KEYS_H

#include "aws/credentials.h"
#include "base/seal.h"
#include "kube/perform.h"

/* Seals the keys for the connection id. 0, or -1. The result holds nothing readable. */
int keys_seal(const struct seal_key *key, struct str id, const struct aws_credentials *keys, struct buf *out);

/* Opens them again; err is ERR_CREDENTIALS_EXPIRED when there is nothing to open (its life is over) or the
 * sealing key has changed. The caller wipes *out. */
int keys_open(const struct seal_key *key, struct str id, struct str sealed, struct aws_credentials *out,
              struct err *err);

/* The same for the bearer token ("" for none) and the certificate of a context. given_open() makes them those of the
 * target, in the arena, where they are overwritten at reset. */
int given_seal(const struct seal_key *key, struct str id, const char *token, const struct http_identity *identity,
               struct buf *out);
int given_open(const struct seal_key *key, struct str id, struct str sealed, struct arena *arena,
               struct kube_target *target, struct err *err);

#endif
