/* Keys that a user gave for one connection, between struct aws_credentials and their sealed text in Redis. */
#ifndef EKSGATE_CLUSTER_KEYS_H
#define EKSGATE_CLUSTER_KEYS_H

#include "aws/credentials.h"
#include "base/seal.h"

/* Seals the keys for the connection id. 0, or -1. The result holds nothing readable. */
int keys_seal(const struct seal_key *key, struct str id, const struct aws_credentials *keys, struct buf *out);

/* Opens them again; err is ERR_CREDENTIALS_EXPIRED when there is nothing to open (its life is over) or the
 * sealing key has changed. The caller wipes *out. */
int keys_open(const struct seal_key *key, struct str id, struct str sealed, struct aws_credentials *out,
              struct err *err);

#endif
