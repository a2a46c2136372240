/*
 * Connecting: everything is tried before anything is stored.
 */
#include <stdio.h>
#include <string.h>

#include "aws/sts.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "cluster/cluster.h"
#include "cluster/internal.h"
#include "cluster/keys.h"
#include "redis/keys.h"

static const char *const auth_names[] = {
    [AWS_AUTH_DEFAULT] = "default",
    [AWS_AUTH_PROFILE] = "profile",
    [AWS_AUTH_KEYS] = "credentials",
};

const char *cluster_auth_name(enum aws_auth_type type)
{
    return auth_names[type];
}

/* All roles but the last, with blanks between. */
static const char *chain_of(struct arena *arena, const struct aws_auth *auth)
{
    const char *chain = "";

    for (size_t i = 0; chain && i + 1 < auth->role_count; i++)
        chain = arena_printf(arena, "%s%s%s", chain, *chain ? " " : "", auth->roles[i].arn);
    return chain;
}

static int identify(struct worker *worker, const struct connect_request *request, struct cluster *cluster,
                    struct err *err)
{
    struct aws_client aws = worker_aws(worker, request->auth);
    const struct aws_auth *auth = request->auth;
    const struct aws_role *role = auth->role_count > 0 ? &auth->roles[auth->role_count - 1] : NULL;
    struct aws_identity identity;

    cluster->auth = auth;
    cluster->credentials = cluster_credentials_new(worker, err);
    if (!cluster->credentials || aws_credentials_resolve(&aws, request->auth, cluster->credentials, err) < 0 ||
        aws_sts_caller_identity(&aws, cluster->credentials, request->region, &identity, err) < 0)
        return -1;
    cluster->connection = (struct connection){
        .id = cluster_id(worker->arena, request->region, request->name),
        .name = arena_strndup(worker->arena, request->name.ptr, request->name.len),
        .region = arena_strndup(worker->arena, request->region.ptr, request->region.len),
        .source = SOURCE_EKS,
        .auth_type = cluster_auth_name(auth->type),
        .with_mfa = cluster->credentials->with_mfa,
        .profile = auth->profile,
        .role_arn = role ? role->arn : "",
        .external_id = role ? role->external_id : "",
        .role_chain = chain_of(worker->arena, auth),
        .identity_arn = identity.arn,
        .principal_arn = aws_identity_principal(worker->arena, identity.arn),
        .account = identity.account,
        .connected_at = clock_now(),
    };
    if (!cluster->connection.id || !cluster->connection.name || !cluster->connection.region ||
        !cluster->connection.role_chain || !cluster->connection.principal_arn)
        return err_set(err, ERR_INTERNAL, "there is no memory for the connection");
    cluster->id = str_from(cluster->connection.id);
    return 0;
}

static int describe(struct worker *worker, const struct connect_request *request, struct cluster *cluster,
                    struct err *err)
{
    struct aws_client aws = worker_aws(worker, request->auth);
    int64_t asked_ms = clock_now_ms();
    struct eks_cluster eks;

    if (eks_cluster_describe(&aws, cluster->credentials, request->region, request->name, true, &eks, err) < 0)
        return -1;
    if (*eks.endpoint == '\0' || eks.ca_pem.len == 0)
        return err_set(err, ERR_CONFLICT, "the cluster %.*s is %s and has no endpoint yet: connect when it is ACTIVE",
                       STR_FMT(request->name), eks.status);
    cluster_describe_as(&eks, asked_ms, &cluster->description);
    return cluster_aim(worker, cluster, err);
}

/* Lists namespaces. To be known to the cluster but not allowed to list them is still a connection: rights
 * may be bound to single namespaces. */
static int try_out(struct worker *worker, struct cluster *cluster, const char **warning, struct err *err)
{
    const struct kube_request request = {
        .method = "GET",
        .path = STR("/api/v1/namespaces?limit=1"),
        .headers = kube_own_headers(worker->arena, KUBE_ACCEPT_JSON, worker->request_id),
        .timeout_ms = 15000,
        .max_body = LIMIT_KUBE_OBJECT,
    };
    struct http_reply reply;

    /* Whoever connects knows better than what was remembered. */
    memory_mark_up(worker->memory, cluster->id);
    if (cluster_mint(worker, cluster, false, err) < 0)
        return -1;
    if (cluster_call(worker, cluster, &request, &reply, err) == 0)
        return 0;
    if (reply.head.status != 403 || err->upstream_status.len == 0)
        return -1;
    err_clear(err);
    *warning = "the identity may not list namespaces in this cluster";
    return 0;
}

/* What is needed to be this identity again: keys that were given, or the session that needed a code. NULL: whoever
 * has the profile or the environment finds the credentials anew. */
static const struct aws_credentials *keys_to_keep(const struct connect_request *request, const struct cluster *cluster)
{
    if (cluster->connection.with_mfa)
        return cluster->credentials;
    return request->auth->type == AWS_AUTH_KEYS ? &request->auth->keys : NULL;
}

/* Seconds that they are kept for: not longer than they are good. */
static long life_of(const struct aws_credentials *keys)
{
    int64_t left = keys && keys->expires_at ? keys->expires_at - clock_now() : TTL_SEALED_SECONDS;

    return left < 1 ? 1 : left < TTL_SEALED_SECONDS ? (long)left : TTL_SEALED_SECONDS;
}

static const char *warn_of_end(struct worker *worker, const struct cluster *cluster, const char *warning)
{
    char end[CLOCK_TEXT_SIZE];

    if (!cluster->connection.with_mfa)
        return warning;
    return arena_printf(worker->arena,
                        "the session that was made with the MFA code ends at %s and can not be renewed: connect again "
                        "with a new code then%s%s",
                        clock_format(cluster->credentials->expires_at, end), warning ? "; " : "",
                        warning ? warning : "");
}

static int store(struct worker *worker, const struct connect_request *request, struct cluster *cluster, bool *created,
                 struct err *err)
{
    const struct aws_credentials *keys = keys_to_keep(request, cluster);
    enum connection_written written;
    struct buf sealed;
    int rc = -1;

    buf_init(&sealed, KIB(64));
    if (keys && keys_seal(worker->seal, cluster->id, keys, &sealed) < 0) {
        err_set(err, ERR_INTERNAL, "the keys could not be sealed");
        goto out;
    }
    if (connection_write(worker->redis, &cluster->connection, &cluster->description, buf_str(&sealed), life_of(keys),
                         request->replace, &written, err) < 0)
        goto out;
    if (written == CONNECTION_REFUSED) {
        err_set(err, ERR_CONFLICT,
                "\"%s\" is connected already with another identity: send \"replace\": true to use %s instead",
                cluster->connection.id, cluster->connection.identity_arn);
        snprintf(err->object, sizeof(err->object), "%s", cluster->connection.id);
        goto out;
    }
    *created = written == CONNECTION_CREATED;
    memory_forget(worker->memory, cluster->id);
    rc = 0;
out:
    buf_wipe(&sealed);
    return rc;
}

int cluster_connect(struct worker *worker, const struct connect_request *request, struct connect_result *out,
                    struct err *err)
{
    *out = (struct connect_result){0};
    if (identify(worker, request, &out->cluster, err) < 0 || describe(worker, request, &out->cluster, err) < 0 ||
        try_out(worker, &out->cluster, &out->warning, err) < 0 ||
        store(worker, request, &out->cluster, &out->created, err) < 0)
        return -1;
    out->warning = warn_of_end(worker, &out->cluster, out->warning);
    log_info("cluster connected", LOG_STR("cluster", out->cluster.id),
             LOG_TEXT("identity", out->cluster.connection.identity_arn),
             LOG_TEXT("auth", out->cluster.connection.auth_type), LOG_TEXT("request_id", worker->request_id));
    return 0;
}
