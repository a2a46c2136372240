/*
 * Connections: which cluster, reached with whose credentials, and what EKS said of it. Texts live in the
 * arena that the caller gives. See redis/README.md.
 */
#ifndef EKSGATE_REDIS_CONNECTIONS_H
#define EKSGATE_REDIS_CONNECTIONS_H

#include <stdint.h>

#include "base/arena.h"
#include "redis/client.h"

#define SOURCE_EKS "eks"
#define SOURCE_KUBECONFIG "kubeconfig" /* a context that was uploaded: what it says stays until it is deleted */
#define SOURCE_IN_CLUSTER "in-cluster" /* never stored */

struct connection {
    const char *id;
    const char *name;
    const char *region;        /* "" for a context that is not of EKS */
    const char *source;        /* SOURCE_EKS, ... */
    const char *user;          /* of a context: its user's name in the kubeconfig */
    const char *namespace;     /* and its namespace, or "" */
    const char *auth_type;     /* credentials, profile, default; of contexts also token, certificate, service-account */
    bool with_mfa;             /* its session is sealed like given keys, and ends without renewal */
    const char *profile;       /* "" unless auth_type is profile */
    const char *role_arn;      /* "", or the role that is assumed on top */
    const char *external_id;   /* of that role, or "" */
    const char *role_chain;    /* roles to be assumed before it, with blanks between, or "" */
    const char *identity_arn;  /* who the credentials are, as STS says */
    const char *principal_arn; /* the same without a session's name: two sessions of a role are one identity */
    const char *account;
    int64_t connected_at;
};

/* What EKS said of the cluster, and when. */
struct description {
    const char *endpoint;
    struct str ca_pem;
    const char *version;
    const char *platform_version;
    const char *status;
    int64_t created_at;
    int64_t described_at;
    int64_t asked_ms; /* when EKS was asked, in milliseconds: what was asked for later is newer */
};

/* All that is stored for one connection, as it came from Redis. */
struct connection_texts {
    struct str connection;
    struct str description; /* empty when it ran out */
    struct str sealed;      /* empty when there is none */
};

enum { REDIS_FOUND = 0, REDIS_MISSING = 1 };

/* REDIS_FOUND, REDIS_MISSING, or -1 with err. */
int connection_read(struct redis_client *redis, struct arena *arena, struct str id, struct connection_texts *out,
                    struct err *err);

/* Parses what connection_read() gave; -1 when it is not what this program writes. */
int connection_parse(struct arena *arena, struct str text, struct connection *out);
int description_parse(struct arena *arena, struct str text, struct description *out);

enum connection_written { CONNECTION_REFUSED, CONNECTION_CREATED, CONNECTION_UPDATED };

/* Stores the connection, its description and the sealed keys (none when empty; sealed_seconds: their life, 0: for ever)
 * in one step. An id that another identity holds is CONNECTION_REFUSED unless replace is set, and nothing
 * is changed then. 0, or -1. */
int connection_write(struct redis_client *redis, const struct connection *connection,
                     const struct description *description, struct str sealed, long sealed_seconds, bool replace,
                     enum connection_written *out, struct err *err);

/* Renews what is known of a cluster, unless something newer is stored: of two processes that ask at the same time the
 * slower one must not undo what the other has heard. */
int description_write(struct redis_client *redis, const struct connection *connection,
                      const struct description *description, struct err *err);

/* REDIS_FOUND when it was there and is gone now, REDIS_MISSING, or -1. */
int connection_delete(struct redis_client *redis, struct str id, struct err *err);

/* Tells every process that any connection may have changed, and counts how often that was told. */
int connections_renew(struct redis_client *redis, int64_t *generation, struct err *err);

/* The ids of all connections, in the arena. */
int connections_ids(struct redis_client *redis, struct arena *arena, struct str **ids, size_t *count, struct err *err);

struct connection_entry {
    struct connection connection;
    struct description description; /* endpoint is "" when it is not known now */
};

/* All connections, sorted by id. */
int connections_list(struct redis_client *redis, struct arena *arena, struct connection_entry **entries, size_t *count,
                     struct err *err);

#endif
