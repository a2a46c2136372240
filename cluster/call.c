/*
 * Calling a cluster, with the recoveries of the failure table.
 */
#include <stdio.h>

#include "base/log.h"
#include "cluster/cluster.h"
#include "cluster/context.h"
#include "cluster/internal.h"

int cluster_check_down(struct worker *worker, const struct cluster *cluster, struct err *err)
{
    return memory_check_down(worker->memory, cluster->id, err);
}

/* The cluster refused the token: perhaps its endpoint or CA are another's by now, or the clock of the grid
 * is off. One token signed at this second, one new description, one more try. */
int cluster_renew(struct worker *worker, struct cluster *cluster, struct err *err)
{
    struct err ignored;

    if (!cluster_is_minted_for(cluster))
        return context_renew(worker, cluster, err);
    log_warning("the cluster refused the token; trying once with a new one", LOG_STR("cluster", cluster->id),
                LOG_TEXT("request_id", worker->request_id));
    aws_credentials_suspect(cluster->auth);
    if (memory_may_renew(worker->memory, cluster->id))
        cluster_refresh(worker, cluster, &ignored);
    return cluster_mint(worker, cluster, true, err);
}

void cluster_note_failure(struct worker *worker, const struct cluster *cluster, struct err *err)
{
    if (err->kind == ERR_UPSTREAM_UNREACHABLE)
        memory_mark_down(worker->memory, cluster->id, MEMORY_DOWN_MS, err);
    else if (err->kind == ERR_UPSTREAM_TLS)
        memory_mark_down(worker->memory, cluster->id, MEMORY_TLS_DOWN_MS, err);
}

bool cluster_can_renew(struct cluster_memory *memory, const struct cluster *cluster)
{
    return !context_is_fixed(cluster) && memory_can_renew(memory, cluster->id);
}

/* On /api a 401 would read as the gateway's own login; what it means is that the cluster knows no such user. The
 * principal is what an access entry has to name. */
static int explain_unauthorized(const struct cluster *cluster, struct err *err)
{
    if (!cluster_is_minted_for(cluster))
        return err_set(err, ERR_UPSTREAM_REFUSED,
                       "eksgate: cluster \"%.*s\" does not accept %s any more: add its context again with a new one",
                       STR_FMT(cluster->id), cluster->connection.identity_arn);
    err_set(err, ERR_UPSTREAM_REFUSED,
            "eksgate: cluster \"%.*s\" does not accept %s: give it an access entry in the cluster",
            STR_FMT(cluster->id), cluster->connection.identity_arn);
    snprintf(err->object, sizeof(err->object), "%s", cluster->connection.principal_arn);
    err->object_kind = "principal";
    return -1;
}

static int try_once(struct worker *worker, struct cluster *cluster, const struct kube_request *attempt,
                    struct http_reply *reply, struct err *err)
{
    struct arena *arena = attempt->arena ? attempt->arena : worker->arena;

    return kube_perform(worker->http, arena, &cluster->target, attempt, reply, err);
}

int cluster_call(struct worker *worker, struct cluster *cluster, const struct kube_request *request,
                 struct http_reply *reply, struct err *err)
{
    struct kube_request attempt = *request;
    struct err ignored;
    int rc;

    if (cluster_check_down(worker, cluster, err) < 0)
        return -1;
    attempt.hold_unauthorized = kube_may_replay(request) && cluster_can_renew(worker->memory, cluster);
    rc = try_once(worker, cluster, &attempt, reply, err);
    if (rc < 0 && attempt.hold_unauthorized && reply->head.status == 401) {
        if (cluster_renew(worker, cluster, err) < 0)
            return -1;
        attempt.hold_unauthorized = false;
        rc = try_once(worker, cluster, &attempt, reply, err);
    } else if (rc < 0 && err->kind == ERR_UPSTREAM_TLS && cluster_refresh(worker, cluster, &ignored) == 0) {
        rc = try_once(worker, cluster, &attempt, reply, err);
    }
    if (rc < 0 && reply->head.status == 401)
        return explain_unauthorized(cluster, err);
    if (rc < 0)
        cluster_note_failure(worker, cluster, err);
    else
        memory_mark_up(worker->memory, cluster->id);
    return rc;
}
