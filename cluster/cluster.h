/*
 * A cluster as a request sees it: loaded (its connection is known), opened (credentials, a description fresh
 * enough, a token minted for this request), called (with the recoveries that a caller should not have to think
 * about). Everything lives in the worker's arena; credentials and token are wiped when it is reset.
 */
#ifndef EKSGATE_CLUSTER_CLUSTER_H
#define EKSGATE_CLUSTER_CLUSTER_H

#include "aws/eks.h"
#include "cluster/worker.h"
#include "kube/perform.h"

struct cluster {
    struct str id;
    struct connection connection;
    struct description description; /* endpoint "" until opened, when it ran out */
    struct str sealed;
    const struct aws_auth *auth; /* how the credentials are found */
    struct aws_credentials *credentials;
    struct kube_target target;
    int64_t token_signed_at; /* what the token's signature is dated with */
};

/* The connection of that id. err: ERR_NOT_CONNECTED, ERR_STORE_UNAVAILABLE. */
int cluster_load(struct worker *worker, struct str id, struct cluster *out, struct err *err);

/* What is known of it is read again, though it may still hold: memory_on_ageing(). */
int cluster_read_again(struct worker *worker, struct str id, struct err *err);

/* The default cluster: EKS_CLUSTER_NAME in EKS_REGION, or the only one that the caller may see. ERR_BAD_REQUEST when
 * there is neither. */
int cluster_default_id(struct worker *worker, bool (*sees)(const void *caller, struct str id), const void *caller,
                       struct str *id, struct err *err);

/* As cluster_load(); the configured one connects itself with the default chain when it is first asked for. */
int cluster_load_default(struct worker *worker, struct str id, struct cluster *out, struct err *err);

/* Resolves its credentials: enough to ask AWS about it, even when it can not be reached itself. */
int cluster_identify(struct worker *worker, struct cluster *cluster, struct err *err);

/* Makes it ready to be called: resolves credentials, asks EKS again when the description is too old, mints. */
int cluster_open(struct worker *worker, struct cluster *cluster, struct err *err);

/* Sends one request. A 401 is answered by a token with the exact time and a new description, once; a TLS
 * failure by a new description, once; a cluster that is down is not asked again for two seconds.
 * Returns as kube_perform(). */
int cluster_call(struct worker *worker, struct cluster *cluster, const struct kube_request *request,
                 struct http_reply *reply, struct err *err);

/* Connected as an EKS cluster: AWS tells where it is. */
bool cluster_is_eks(const struct cluster *cluster);

/* A token is minted from AWS credentials; otherwise the token or the certificate was given. */
bool cluster_is_minted_for(const struct cluster *cluster);

/* A 401 may be worth a new token now. */
bool cluster_can_renew(struct cluster_memory *memory, const struct cluster *cluster);

/* The pieces of the above for who has a connection of his own.
 * -1 with the remembered err while the cluster counts as down. */
int cluster_check_down(struct worker *worker, const struct cluster *cluster, struct err *err);

/* After a 401, once: a token signed at this second and, where it is time for one, a new description. */
int cluster_renew(struct worker *worker, struct cluster *cluster, struct err *err);

/* Asks EKS where the cluster is now, stores the answer and aims at it: after a TLS failure, once. */
int cluster_refresh(struct worker *worker, struct cluster *cluster, struct err *err);

/* Remembers what a failed attempt says of the cluster. */
void cluster_note_failure(struct worker *worker, const struct cluster *cluster, struct err *err);

/* What a user gives to connect. */
struct connect_request {
    struct str name;
    struct str region;
    const struct aws_auth *auth; /* its region is set from the above */
    bool replace;
};

struct connect_result {
    struct cluster cluster;
    bool created;        /* false: it was there and has been renewed */
    const char *warning; /* NULL, or what the identity can not do */
};

/* Checks the credentials, describes the cluster, mints a token, lists namespaces with it and only then stores
 * the connection. */
int cluster_connect(struct worker *worker, const struct connect_request *request, struct connect_result *out,
                    struct err *err);

/* The id of an EKS connection: "{region}_{name}". NULL without memory. */
const char *cluster_id(struct arena *arena, struct str region, struct str name);

#endif
