#include "cluster/job_quota.h"

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "aws/random.h"
#include "base/encode.h"
#include "base/limits.h"
#include "cluster/list.h"
#include "kube/job.h"

#define WAIT_MS 10000 /* for those who came before */
#define POLL_MS 20

struct quota {
    const char *name;
    const char *whose;
    long limit;
    const char *path; /* of the list of jobs that count */
    long used;
};

struct quotas {
    struct quota items[TURN_NAMES_MAX]; /* as the names of the turn */
    size_t count;
};

static int on_job(void *arg, const cJSON *object)
{
    struct job job;

    job_read(object, &job);
    ((struct quota *)arg)->used += !job_state_is_final(job.state);
    return 0;
}

/* No further than to the limit. */
static int count_used(struct worker *worker, struct cluster *cluster, struct quota *quota, struct err *err)
{
    struct list list = {
        .path = quota->path, .accept = KUBE_ACCEPT_JSON, .array = "items", .on_item = on_job, .arg = quota};

    quota->used = 0;
    do {
        if (cluster_list_page(worker, cluster, &list, LIST_PAGE, err) < 0)
            return -1;
    } while (*list.token && quota->used < quota->limit);
    return 0;
}

/* The label's own slash need not be escaped in a query. */
static const char *namespace_path(struct arena *arena, struct str namespace)
{
    return arena_printf(arena, "/apis/batch/v1/namespaces/%.*s/jobs?labelSelector=" JOB_LABEL_KEY, STR_FMT(namespace));
}

static const char *caller_path(struct arena *arena, const char *key)
{
    return arena_printf(arena, "/apis/batch/v1/jobs?labelSelector=" JOB_LABEL_KEY "%%3D%s", key);
}

static void add(struct quotas *quotas, struct quota quota)
{
    if (quota.limit > 0)
        quotas->items[quotas->count++] = quota;
}

static int find_quotas(struct worker *worker, const struct cluster *cluster, struct str namespace, const char *key,
                       struct quotas *out, struct turn *turn, struct err *err)
{
    const char *name = arena_strndup(worker->arena, namespace.ptr, namespace.len);

    add(out, (struct quota){"jobs-per-namespace", name, worker->config->jobs_per_namespace,
                            namespace_path(worker->arena, namespace), 0});
    add(out,
        (struct quota){"jobs-per-caller", key, worker->config->jobs_per_caller, caller_path(worker->arena, key), 0});
    for (size_t i = 0; i < out->count; i++) {
        if (!name || !out->items[i].path)
            return err_set(err, ERR_INTERNAL, "there is no memory for the quotas");
        turn_name(turn, "%.*s:%s:%s", STR_FMT(cluster->id), out->items[i].name, out->items[i].whose);
    }
    return 0;
}

static int refuse(const struct quota *quota, struct err *err)
{
    return err_set(
        err, ERR_FORBIDDEN,
        "jobs.batch is forbidden: exceeded quota: %s of %s (jobs that have not finished), requested: 1, used: "
        "%ld, limited: %ld",
        quota->name, quota->whose, quota->used, quota->limit);
}

/* Who came before and has not ended may have made his job already, and is counted twice then: where it matters he is
 * waited for. He is looked for before the jobs are, so that he is never counted not at all. */
static int judge(struct worker *worker, struct cluster *cluster, struct quotas *quotas, const struct turn *turn,
                 bool *waits, struct err *err)
{
    long ahead[TURN_NAMES_MAX];

    if (turn_count_ahead(worker->redis, turn, ahead, err) < 0)
        return -1;
    *waits = false;
    for (size_t i = 0; i < quotas->count; i++) {
        struct quota *quota = &quotas->items[i];

        if (count_used(worker, cluster, quota, err) < 0)
            return -1;
        if (quota->used >= quota->limit)
            return refuse(quota, err);
        *waits = *waits || quota->used + ahead[i] >= quota->limit;
    }
    return 0;
}

static int wait_for_room(struct worker *worker, struct cluster *cluster, struct quotas *quotas, const struct turn *turn,
                         struct err *err)
{
    int64_t until = clock_monotonic_ms() + WAIT_MS;
    bool waits;

    for (;;) {
        if (judge(worker, cluster, quotas, turn, &waits, err) < 0)
            return -1;
        if (!waits)
            return 0;
        if (clock_monotonic_ms() >= until)
            break;
        nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000L}, NULL);
    }
    err_set(err, ERR_OVERLOADED, "others are making jobs under the same quota right now: try again");
    err->retry_after = 1;
    return -1;
}

int job_quota_enter(struct worker *worker, struct cluster *cluster, struct str namespace, const char *key,
                    struct turn *turn, struct err *err)
{
    struct quotas quotas = {.count = 0};
    char member[80];

    turn->count = 0;
    if (find_quotas(worker, cluster, namespace, key, &quotas, turn, err) < 0)
        return -1;
    if (quotas.count == 0)
        return 0;
    /* A request's id may be the client's own, and a batch makes many jobs under one. */
    snprintf(member, sizeof(member), "%.48s-%08x%08x", worker->request_id, aws_random_below(UINT32_MAX),
             aws_random_below(UINT32_MAX));
    if (turn_take(worker->redis, turn, member, err) < 0)
        return -1;
    if (wait_for_room(worker, cluster, &quotas, turn, err) == 0)
        return 0;
    job_quota_leave(worker, turn);
    return -1;
}

void job_quota_leave(struct worker *worker, const struct turn *turn)
{
    if (turn->count > 0)
        turn_end(worker->redis, turn);
}
