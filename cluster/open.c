/*
 * Loading and opening a cluster: what a route that needs one has done for it before its handler runs.
 */
#include <stdio.h>
#include <string.h>

#include "aws/clock.h"
#include "aws/token.h"
#include "base/clock.h"
#include "base/limits.h"
#include "cluster/cluster.h"
#include "cluster/context.h"
#include "cluster/endpoint.h"
#include "cluster/in_cluster.h"
#include "cluster/internal.h"
#include "cluster/keys.h"
#include "redis/keys.h"

const char *cluster_id(struct arena *arena, struct str region, struct str name)
{
    return arena_printf(arena, "%.*s_%.*s", STR_FMT(region), STR_FMT(name));
}

/* Redis, or what this process remembers when Redis is away. */
static int read_texts(struct worker *worker, struct str id, struct connection_texts *texts, struct err *err)
{
    int rc = connection_read(worker->redis, worker->arena, id, texts, err);

    if (rc == REDIS_FOUND) {
        memory_remember(worker->memory, id, texts);
        return 0;
    }
    if (rc == REDIS_MISSING) {
        memory_forget(worker->memory, id);
        err_set(err, ERR_NOT_CONNECTED, "eksgate: cluster \"%.*s\" is not connected", STR_FMT(id));
        snprintf(err->object, sizeof(err->object), "%.*s", STR_FMT(id));
        return -1;
    }
    if (memory_recall(worker->memory, worker->arena, id, texts) == 0)
        return 0;
    return -1;
}

static enum memory_hearing hearing_of(const struct worker *worker)
{
    if (worker_may_wait(worker))
        return MEMORY_WAIT;
    return worker->has_heard ? MEMORY_HEARD : MEMORY_HEAR;
}

static struct known *find_known(struct worker *worker, struct str id, struct err *err)
{
    struct connection_texts texts;
    unsigned long ticket;
    struct known *known = memory_recent(worker->memory, id, hearing_of(worker), &ticket);

    if (known) {
        worker->has_heard = !worker_may_wait(worker);
        return known;
    }
    if (!worker_may_wait(worker)) {
        err_set(err, ERR_INTERNAL, "what is stored of the cluster has to be read");
        return NULL;
    }
    if (read_texts(worker, id, &texts, err) < 0)
        return NULL;
    known = memory_parse(worker->memory, id, &texts, ticket);
    if (!known)
        err_set(err, ERR_INTERNAL, "eksgate: what is stored for cluster \"%.*s\" can not be read: connect it again",
                STR_FMT(id));
    return known;
}

int cluster_read_again(struct worker *worker, struct str id, struct err *err)
{
    struct connection_texts texts;
    struct known *known;
    unsigned long ticket;

    known_release(memory_recent(worker->memory, id, MEMORY_WAIT, &ticket));
    if (read_texts(worker, id, &texts, err) < 0)
        return -1;
    known = memory_parse(worker->memory, id, &texts, ticket);
    known_release(known);
    return known ? 0 : err_set(err, ERR_INTERNAL, "what is stored for the cluster can not be read");
}

int cluster_load(struct worker *worker, struct str id, struct cluster *out, struct err *err)
{
    struct known *known;

    *out = (struct cluster){.id = id};
    if (in_cluster_is(worker->config, id))
        return in_cluster_load(worker, out, err);
    known = find_known(worker, id, err);
    if (!known)
        return -1;
    if (arena_defer(worker->arena, known_release, known) < 0)
        return err_set(err, ERR_INTERNAL, "there is no memory for the cluster");
    out->connection = *known_connection(known);
    out->description = *known_description(known);
    out->sealed = known_sealed(known);
    return 0;
}

static void wipe_credentials(void *data)
{
    aws_credentials_wipe(data);
}

struct aws_credentials *cluster_credentials_new(struct worker *worker, struct err *err)
{
    struct aws_credentials *c = arena_take(worker->arena, sizeof(*c));

    if (c)
        aws_credentials_clear(c);
    if (!c || arena_defer(worker->arena, wipe_credentials, c) < 0) {
        err_set(err, ERR_INTERNAL, "there is no memory for credentials");
        return NULL;
    }
    return c;
}

/* The session that a code of a device was given for, roles and all: AWS takes a code once. */
static int restore_session(struct worker *worker, struct cluster *cluster, struct aws_auth *auth, struct err *err)
{
    auth->type = AWS_AUTH_KEYS;
    if (keys_open(worker->seal, cluster->id, cluster->sealed, &auth->keys, err) == 0 &&
        auth->keys.expires_at > clock_now())
        return 0;
    return err_set(
        err, ERR_CREDENTIALS_EXPIRED,
        "the session that was made with an MFA code for \"%.*s\" has ended: connect it again with a new code",
        STR_FMT(cluster->id));
}

/* How the connection authenticates, as it was given when it was connected. */
static int restore_auth(struct worker *worker, struct cluster *cluster, struct err *err)
{
    const struct connection *c = &cluster->connection;
    struct str chain = str_from(c->role_chain);
    struct aws_auth *auth = aws_auth_new(worker->arena);

    if (!auth)
        return err_set(err, ERR_INTERNAL, "there is no memory for credentials");
    cluster->auth = auth;
    snprintf(auth->region, sizeof(auth->region), "%s", c->region);
    snprintf(auth->profile, sizeof(auth->profile), "%s", c->profile);
    if (c->with_mfa)
        return restore_session(worker, cluster, auth, err);
    while (chain.ptr && chain.len > 0 && auth->role_count < AWS_ROLES_MAX - 1)
        aws_auth_add_role(auth, str_cut(&chain, ' '), "");
    if (*c->role_arn)
        aws_auth_add_role(auth, str_from(c->role_arn), c->external_id);
    if (strcmp(c->auth_type, "profile") == 0)
        auth->type = AWS_AUTH_PROFILE;
    if (strcmp(c->auth_type, "credentials") != 0)
        return 0;
    auth->type = AWS_AUTH_KEYS;
    return keys_open(worker->seal, cluster->id, cluster->sealed, &auth->keys, err);
}

bool cluster_is_eks(const struct cluster *cluster)
{
    return strcmp(cluster->connection.source, SOURCE_EKS) == 0;
}

bool cluster_is_minted_for(const struct cluster *cluster)
{
    const char *type = cluster->connection.auth_type;

    return strcmp(type, "default") == 0 || strcmp(type, "profile") == 0 || strcmp(type, "credentials") == 0;
}

int cluster_identify(struct worker *worker, struct cluster *cluster, struct err *err)
{
    struct aws_client aws;

    if (!cluster_is_minted_for(cluster))
        return err_set(err, ERR_CONFLICT,
                       "eksgate: \"%.*s\" has a %s of its own: there is no AWS identity to ask EKS about it with",
                       STR_FMT(cluster->id), cluster->connection.auth_type);
    cluster->credentials = cluster_credentials_new(worker, err);
    if (!cluster->credentials || restore_auth(worker, cluster, err) < 0)
        return -1;
    aws = worker_aws(worker, cluster->auth);
    return aws_credentials_resolve(&aws, cluster->auth, cluster->credentials, err);
}

void cluster_describe_as(const struct eks_cluster *eks, int64_t asked_ms, struct description *out)
{
    *out = (struct description){
        .endpoint = eks->endpoint,
        .ca_pem = eks->ca_pem,
        .version = eks->version,
        .platform_version = eks->platform_version,
        .status = eks->status,
        .created_at = eks->created_at,
        .described_at = clock_now(),
        .asked_ms = asked_ms,
    };
}

int cluster_refresh(struct worker *worker, struct cluster *cluster, struct err *err)
{
    int64_t asked_ms = clock_now_ms();
    struct aws_client aws;
    struct eks_cluster eks;
    struct err ignored;

    if (!cluster_is_eks(cluster))
        return context_refresh(worker, cluster, err);
    aws = worker_aws(worker, cluster->auth);
    if (eks_cluster_describe(&aws, cluster->credentials, str_from(cluster->connection.region),
                             str_from(cluster->connection.name), true, &eks, err) < 0)
        return -1;
    if (*eks.endpoint == '\0' || eks.ca_pem.len == 0) {
        err_set(err, ERR_UPSTREAM_UNREACHABLE, "eksgate: cluster \"%.*s\" is %s and has no endpoint yet",
                STR_FMT(cluster->id), eks.status);
        return -1;
    }
    cluster_describe_as(&eks, asked_ms, &cluster->description);
    /* Not stored is not lost: the next request asks again. */
    description_write(worker->redis, &cluster->connection, &cluster->description, &ignored);
    return cluster_aim(worker, cluster, err);
}

int cluster_aim(struct worker *worker, struct cluster *cluster, struct err *err)
{
    bool named = strcmp(cluster->connection.source, SOURCE_IN_CLUSTER) == 0;

    if (!named &&
        endpoint_check(str_from(cluster->description.endpoint), worker->config->allow_endpoints, &named, err) < 0)
        return -1;
    cluster->target.cluster_id = arena_strndup(worker->arena, cluster->id.ptr, cluster->id.len);
    cluster->target.endpoint = cluster->description.endpoint;
    cluster->target.ca_pem = cluster->description.ca_pem;
    cluster->target.endpoint_named = named;
    return cluster->target.cluster_id ? 0 : err_set(err, ERR_INTERNAL, "there is no memory");
}

int cluster_mint(struct worker *worker, struct cluster *cluster, bool renewed, struct err *err)
{
    int64_t now = aws_clock_now();
    struct buf token;
    int rc;

    cluster->token_signed_at = renewed ? aws_token_renewal_time(now) : aws_token_signing_time(now);
    buf_init(&token, LIMIT_EKS_TOKEN);
    rc = aws_token_mint(cluster->credentials, str_from(cluster->connection.region), str_from(cluster->connection.name),
                        cluster->token_signed_at, &token, err);
    if (rc == 0) {
        cluster->target.token = arena_secret(worker->arena, token.ptr, token.len);
        if (!cluster->target.token)
            rc = err_set(err, ERR_INTERNAL, "there is no memory for a token");
    }
    buf_wipe(&token);
    return rc;
}

/* Old enough to be asked again, or suspect because the cluster was down three times in a row. */
static bool is_stale(struct worker *worker, const struct cluster *cluster)
{
    int64_t age = clock_now() - cluster->description.described_at;

    return age > DESCRIPTION_FRESH_SECONDS || (age > 60 && memory_failures(worker->memory, cluster->id) >= 3);
}

int cluster_open(struct worker *worker, struct cluster *cluster, struct err *err)
{
    bool known = *cluster->description.endpoint != '\0';

    if (!cluster_is_eks(cluster))
        return context_open(worker, cluster, err);
    if (cluster_identify(worker, cluster, err) < 0)
        return -1;
    if (!known || is_stale(worker, cluster)) {
        if (!worker_may_wait(worker))
            return err_set(err, ERR_INTERNAL, "AWS has to be asked where the cluster is");
        /* While AWS does not answer, what it said last still holds. */
        if (cluster_refresh(worker, cluster, err) < 0 && !known)
            return -1;
    }
    if (cluster_aim(worker, cluster, err) < 0)
        return -1;
    return cluster_mint(worker, cluster, false, err);
}
