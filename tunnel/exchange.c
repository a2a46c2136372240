#include "tunnel/exchange.h"

#include <stdio.h>
#include <string.h>

#include "access/verb.h"
#include "kube/path.h"

#define TERMINAL_PATH "/api/terminal/ws"

/* The same paths as serve's routes. Which cluster a terminal is for, its ticket says. */
static void find_segment(struct exchange *ex)
{
    size_t count;

    ex->is_terminal = str_equal(ex->head.path, STR(TERMINAL_PATH));
    if (!path_match("/raw/clusters/:cluster/*", ex->head.path, &ex->cluster_segment, 1, &count, &ex->rest) &&
        !path_match("/raw/clusters/:cluster", ex->head.path, &ex->cluster_segment, 1, &count, &ex->rest))
        ex->cluster_segment = STR("");
}

struct exchange *exchange_new(struct str text)
{
    struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
    struct exchange *exchange = arena ? arena_alloc(arena, sizeof(*exchange)) : NULL;
    char *copy = arena ? arena_secret(arena, text.ptr, text.len) : NULL; /* it holds the caller's key */
    struct str id;

    if (!exchange || !copy) {
        arena_free(arena);
        return NULL;
    }
    exchange->arena = arena;
    exchange->request_id = "unknown";
    exchange->method = "";
    if (head_parse_request((struct str){copy, text.len}, &exchange->head, &exchange->err) < 0)
        return exchange;
    find_segment(exchange);
    id = admit_request_id(&exchange->head);
    exchange->request_id = arena_strndup(arena, id.ptr, id.len);
    exchange->method = arena_strndup(arena, exchange->head.method.ptr, exchange->head.method.len);
    if (exchange->request_id && exchange->method)
        return exchange;
    arena_free(arena);
    return NULL;
}

void exchange_free(struct exchange *exchange)
{
    if (!exchange)
        return;
    quotas_give(&exchange->quota);
    arena_free(exchange->arena);
}

static bool sees(const void *caller, struct str id)
{
    return caller_sees(caller, id);
}

static int check_role(struct exchange *ex, struct str id)
{
    return caller_check(&ex->caller, verb_role(ex->method, ex->rest, ex->head.query, true), id, &ex->err);
}

static int find_cluster(struct worker *worker, struct exchange *ex)
{
    struct str id = STR("");
    struct str none;
    size_t count;

    if (ex->cluster_segment.len > 0) {
        if (path_decode_cluster_id(ex->arena, ex->cluster_segment, &id, &ex->err) < 0 || check_role(ex, id) < 0)
            return -1;
        if (cluster_load(worker, id, &ex->cluster, &ex->err) < 0)
            return -1;
    } else if (path_match("/raw/*", ex->head.path, &none, 1, &count, &ex->rest)) {
        if (path_check_default(ex->rest, &ex->err) < 0 ||
            cluster_default_id(worker, sees, &ex->caller, &id, &ex->err) < 0 || check_role(ex, id) < 0 ||
            cluster_load_default(worker, id, &ex->cluster, &ex->err) < 0)
            return -1;
    } else {
        return err_set(&ex->err, ERR_NOT_FOUND, "nothing at this path can be upgraded");
    }
    ex->prefix = (struct str){ex->head.path.ptr, ex->head.path.len - ex->rest.len};
    return 0;
}

int exchange_take_quota(struct quotas *quotas, struct exchange *ex)
{
    struct str caller = *ex->caller.id ? str_from(ex->caller.id) : ex->admission.shown.remote_address;

    return quotas_take(quotas, ex->cluster.id, caller, &ex->quota, &ex->err);
}

int exchange_resolve(struct exchange *ex)
{
    const struct kube_target *target = &ex->cluster.target;
    struct http_reply reply = {.result = HTTP_INTERNAL};

    if (dial_split(target->endpoint, &ex->dial) == 0)
        reply.result = dial_resolve(&ex->dial, DIAL_NAMES, target->endpoint_named ? HTTP_REACH_ANY : HTTP_REACH_PUBLIC,
                                    reply.detail);
    return reply.result == HTTP_OK ? 0 : kube_transport_error(target, &reply, &ex->err);
}

static int check_limit(struct worker *worker, const struct exchange_shared *shared, struct exchange *ex)
{
    return limits_take(caller_store_limits(shared->callers), worker->redis, METRICS_RAW, ex->caller.id, &ex->limit,
                       &ex->err);
}

int exchange_open(struct worker *worker, const struct exchange_shared *shared, struct exchange *ex)
{
    if (admit_head(ex->arena, worker->config, &ex->head, &ex->admission, &ex->err) < 0 ||
        caller_authenticate(shared->callers, worker->redis, &ex->admission.shown, &ex->caller, &ex->err) < 0 ||
        admit_page(&ex->admission, &ex->caller, &ex->err) < 0 || check_limit(worker, shared, ex) < 0 ||
        find_cluster(worker, ex) < 0 || cluster_check_down(worker, &ex->cluster, &ex->err) < 0 ||
        exchange_take_quota(shared->quotas, ex) < 0 || cluster_open(worker, &ex->cluster, &ex->err) < 0)
        return -1;
    return exchange_resolve(ex);
}

int exchange_renew(struct worker *worker, const struct exchange_shared *shared, struct exchange *ex)
{
    (void)shared;
    return cluster_renew(worker, &ex->cluster, &ex->err) < 0 ? -1 : exchange_resolve(ex);
}

int exchange_refresh(struct worker *worker, const struct exchange_shared *shared, struct exchange *ex)
{
    struct err why = ex->err;

    (void)shared;
    if (cluster_refresh(worker, &ex->cluster, &ex->err) < 0) {
        ex->err = why;
        return -1;
    }
    err_clear(&ex->err);
    return exchange_resolve(ex);
}
