/*
 * A kubeconfig, taken apart into its contexts: each with the cluster and the user that it names, or with what is wrong
 * about it. Everything must be in the file itself: a path in it would be one of another machine, and a command would
 * run on this one. https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
#ifndef EKSGATE_KUBE_KUBECONFIG_H
#define EKSGATE_KUBE_KUBECONFIG_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "http/identity.h"

#define KUBECONFIG_ENTRIES_MAX 500 /* of each list */

/* What `aws eks get-token` or aws-iam-authenticator was to be run with; "" is what is not said. */
struct kubeconfig_exec {
    const char *cluster_name;
    const char *region;
    const char *profile;
    const char *role_arn;
    const char *external_id;
    const char *session_name;
    const char *access_key_id; /* of its environment, as the next two */
    const char *secret_access_key;
    const char *session_token;
};

struct kubeconfig_context {
    const char *name;
    const char *cluster; /* the names of its entries */
    const char *user;
    const char *namespace; /* "" when it names none */
    bool is_current;
    const char *server; /* "https://host[:port]" */
    struct str ca_pem;
    const char *token; /* "" */
    struct http_identity identity;
    const struct kubeconfig_exec *exec; /* NULL, or how tokens are made */
    const struct err *fault;            /* NULL: the above holds */
};

struct kubeconfig {
    struct kubeconfig_context *contexts; /* in the order of the file */
    size_t count;
};

/* Reads YAML or JSON. 0, or -1 when the file as a whole can not be read: ERR_BAD_REQUEST with line and column, or
 * ERR_INVALID, for one. All texts live in the arena, where secrets are overwritten at reset. */
int kubeconfig_read(struct kubeconfig *out, struct arena *arena, struct str text, struct err *err);

/* One context of that name, of the members of a kubeconfig's cluster and user. 0, or -1 with err. */
int kubeconfig_read_one(struct kubeconfig_context *out, struct arena *arena, struct str name, const cJSON *cluster,
                        const cJSON *user, struct err *err);

/* Reads the member "exec" of a user. server: of its cluster, whose name may tell the region. 0, or -1 with causes. */
int kubeconfig_exec_read(struct kubeconfig_exec *out, struct arena *arena, const cJSON *exec, const char *server,
                         struct err *err);

#endif
