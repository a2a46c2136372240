#include "tunnel/opening.h"

#include <openssl/rand.h>
#include <stdio.h>

#include "base/encode.h"
#include "base/log.h"
#include "base/origin.h"
#include "kube/path.h"
#include "redis/tickets.h"
#include "tunnel/reactor.h"

#define EXEC_HEADERS 3

static int take_ticket(struct worker *worker, struct exchange *ex, struct ticket *ticket)
{
    switch (ticket_take(worker->redis, ex->arena, ex->ticket, ticket, &ex->err)) {
    case REDIS_FOUND:
        return shell_type_parse(ticket->termtype, &ex->type) == 0
                   ? 0
                   : err_set(&ex->err, ERR_INTERNAL, "the ticket can not be read");
    case REDIS_MISSING:
        return err_set(&ex->err, ERR_UNAUTHORIZED, "this ticket is unknown, was used, or is older than %d seconds",
                       TICKET_SECONDS);
    default:
        return -1;
    }
}

static struct str origin_of(const struct exchange *ex)
{
    size_t count;

    return head_find(ex->head.headers, ex->head.header_count, STR("Origin"), &count);
}

/* What a browser's session was given is of no use elsewhere. */
static int check_session(struct exchange *ex, const struct ticket *ticket)
{
    const struct credentials *shown = &ex->admission.shown;
    char hash[SESSION_HASH_LEN + 1];

    if (ticket->session.len == 0)
        return 0;
    session_hash(shown->cookie, shown->tls, hash);
    if (shown->cookie.len > 0 && str_equal(str_from(hash), ticket->session))
        return 0;
    return err_set(&ex->err, ERR_FORBIDDEN, "the ticket was given to another session");
}

/* Its cluster is looked up by its decoded id, which goes into the lane and the log as well. */
int terminal_redeem(struct worker *worker, const struct exchange_shared *shared, struct exchange *ex)
{
    struct ticket ticket = {0};

    if (take_ticket(worker, ex, &ticket) < 0)
        return -1;
    if (!origin_is_own(origin_of(ex), ticket.host))
        return err_set(&ex->err, ERR_FORBIDDEN, "the ticket was given to a page of another site");
    if (check_session(ex, &ticket) < 0 ||
        caller_resume(shared->callers, worker->redis, ticket.caller, ticket.session, &ex->caller, &ex->err) < 0 ||
        caller_check(&ex->caller, ROLE_EDITOR, ticket.cluster, &ex->err) < 0)
        return -1;
    ex->cluster_segment = ex->cluster.id = ticket.cluster;
    ex->place = (struct shell_place){ticket.namespace, ticket.pod, ticket.container};
    return 0;
}

/* "editor=a,admin=b": b for who is admin. */
static struct str account_of(const struct config *config, enum role role)
{
    struct str rest = str_from(config->terminal_accounts);

    while (rest.ptr) {
        struct str value = str_trim(str_cut(&rest, ','));
        struct str name = str_cut(&value, '=');

        if (value.ptr && str_equal(name, str_from(role_name(role))))
            return value;
    }
    return STR("");
}

static int make_pod(struct worker *worker, struct exchange *ex)
{
    struct str account = account_of(worker->config, ex->caller.role);

    if (!worker->config->terminal_image)
        return err_set(&ex->err, ERR_NOT_CONFIGURED, "there are no shells on clusters here");
    if (account.len == 0)
        return err_set(&ex->err, ERR_FORBIDDEN, "EKSGATE_TERMINAL_ACCOUNTS names no service account for the role %s",
                       role_name(ex->caller.role));
    if (shell_pod_make(worker, &ex->cluster, account, ex->caller.name, &ex->place, &ex->err) < 0)
        return -1;
    ex->pod_made = true;
    return 0;
}

/* What a client would send; ours is the other end of this WebSocket. */
static int write_exec(struct exchange *ex)
{
    unsigned char random[16];
    struct buf key;
    const char *text = NULL;

    buf_init(&key, 64);
    if (RAND_bytes(random, sizeof(random)) == 1 && encode_base64(&key, random, sizeof(random)) == 0)
        text = arena_strndup(ex->arena, key.ptr, key.len);
    buf_free(&key);
    if (!text || shell_exec(ex->arena, &ex->place, &ex->head.path, &ex->head.query) < 0)
        return err_set(&ex->err, ERR_INTERNAL, "there is no memory for the request");
    ex->head.method = STR("GET");
    ex->method = "GET";
    ex->rest = ex->head.path;
    ex->prefix = STR("");
    ex->head.header_count = EXEC_HEADERS;
    ex->head.headers[0] = (struct http_header){STR("Sec-WebSocket-Version"), STR("13")};
    ex->head.headers[1] = (struct http_header){STR("Sec-WebSocket-Key"), str_from(text)};
    ex->head.headers[2] =
        (struct http_header){STR("Sec-WebSocket-Protocol"), STR("v5.channel.k8s.io, v4.channel.k8s.io")};
    ex->admission.upgrade = STR("websocket");
    return exchange_resolve(ex);
}

int terminal_look(struct worker *worker, const struct exchange_shared *shared, struct exchange *ex)
{
    (void)shared;
    ex->pod_ready = !ex->pod_made;
    if (ex->pod_made && shell_pod_look(worker, &ex->cluster, &ex->place, &ex->pod_ready, ex->waits_for, &ex->err) < 0)
        return shell_explain(worker, &ex->err);
    return ex->pod_ready ? write_exec(ex) : 0;
}

static int find_shell(struct worker *worker, struct exchange *ex)
{
    if (shell_review(worker, &ex->cluster, ex->type, &ex->place, &ex->err) < 0)
        return -1;
    return ex->type == SHELL_CLUSTER ? make_pod(worker, ex) : shell_find(worker, &ex->cluster, &ex->place, &ex->err);
}

int terminal_prepare(struct worker *worker, const struct exchange_shared *shared, struct exchange *ex)
{
    if (cluster_load(worker, ex->cluster_segment, &ex->cluster, &ex->err) < 0 ||
        cluster_check_down(worker, &ex->cluster, &ex->err) < 0 || exchange_take_quota(shared->terminals, ex) < 0 ||
        cluster_open(worker, &ex->cluster, &ex->err) < 0)
        return -1;
    if (find_shell(worker, ex) < 0)
        return shell_explain(worker, &ex->err);
    return terminal_look(worker, shared, ex);
}

void terminal_target_take(struct terminal_target *target, const struct exchange *ex)
{
    snprintf(target->key_id, sizeof(target->key_id), "%s", ex->caller.id);
    snprintf(target->session, sizeof(target->session), "%s", ex->caller.session);
    snprintf(target->cluster, sizeof(target->cluster), "%.*s", STR_FMT(ex->cluster.id));
    snprintf(target->namespace, sizeof(target->namespace), "%.*s", STR_FMT(ex->place.namespace));
    snprintf(target->pod, sizeof(target->pod), "%.*s", STR_FMT(ex->place.pod));
    snprintf(target->container, sizeof(target->container), "%.*s", STR_FMT(ex->place.container));
    target->type = ex->type;
    target->pod_made = ex->pod_made;
}

struct errand *errand_of(struct job *job)
{
    return (struct errand *)(void *)((char *)job - offsetof(struct errand, job));
}

void errand_free(struct errand *errand)
{
    arena_free(errand->arena);
}

static struct errand *errand_new(struct tunnel *tunnel, const struct terminal_target *target, const char *request_id)
{
    struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
    struct errand *errand = arena ? arena_alloc(arena, sizeof(*errand)) : NULL;
    const char *id = arena ? arena_strdup(arena, request_id) : NULL;

    if (!errand || !id) {
        arena_free(arena);
        return NULL;
    }
    *errand = (struct errand){.arena = arena, .shared = &tunnel->shared, .target = *target};
    errand->job = (struct job){.arena = arena, .request_id = id, .lane = str_from(errand->target.cluster)};
    return errand;
}

static int open_cluster(struct worker *worker, struct errand *errand, struct cluster *cluster,
                        struct shell_place *place)
{
    const struct terminal_target *target = &errand->target;

    *place = (struct shell_place){str_from(target->namespace), str_from(target->pod), str_from(target->container)};
    return cluster_load(worker, str_from(target->cluster), cluster, &errand->err) < 0
               ? -1
               : cluster_open(worker, cluster, &errand->err);
}

static void review(struct job *job, struct worker *worker)
{
    struct errand *errand = errand_of(job);
    const struct terminal_target *target = &errand->target;
    struct shell_place place;
    struct cluster cluster;
    struct caller caller;

    if (caller_resume(errand->shared->callers, worker->redis, str_from(target->key_id), str_from(target->session),
                      &caller, &errand->err) == 0 &&
        caller_check(&caller, ROLE_EDITOR, str_from(target->cluster), &errand->err) == 0 &&
        open_cluster(worker, errand, &cluster, &place) == 0)
        shell_review(worker, &cluster, target->type, &place, &errand->err);
}

struct errand *errand_review(struct tunnel *tunnel, struct reactor *reactor, const struct terminal_target *target,
                             const char *request_id, void (*done)(struct job *job))
{
    struct errand *errand = errand_new(tunnel, target, request_id);

    if (!errand)
        return NULL;
    errand->job.reactor = reactor;
    errand->job.work = review;
    errand->job.done = done;
    if (jobs_add(tunnel->jobs, &errand->job) == 0)
        return errand;
    errand_free(errand);
    return NULL;
}

static void delete_pod(struct job *job, struct worker *worker)
{
    struct errand *errand = errand_of(job);
    struct shell_place place;
    struct cluster cluster;

    if (open_cluster(worker, errand, &cluster, &place) == 0 &&
        shell_pod_delete(worker, &cluster, &place, &errand->err) == 0)
        return;
    shell_explain(worker, &errand->err);
    log_warning("a terminal's pod was left behind", LOG_TEXT("cluster", errand->target.cluster),
                LOG_TEXT("pod", errand->target.pod), LOG_TEXT("error", errand->err.message),
                LOG_TEXT("request_id", worker->request_id));
}

static void drop(struct job *job)
{
    errand_free(errand_of(job));
}

void errand_delete_pod(struct tunnel *tunnel, const struct terminal_target *target, const char *request_id)
{
    struct errand *errand = errand_new(tunnel, target, request_id);

    if (!errand)
        return;
    errand->job.work = delete_pod;
    errand->job.done = drop;
    if (jobs_add(tunnel->jobs, &errand->job) < 0)
        errand_free(errand);
}
