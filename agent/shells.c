/*
 * The task that deletes the pods of shells on clusters whose tunnel was killed: one cluster after the other.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/task.h"
#include "base/log.h"
#include "cluster/opener.h"
#include "cluster/shell.h"
#include "redis/connections.h"

struct id {
    char text[LIMIT_CLUSTER_ID + 1];
};

struct shells {
    struct agent *agent;
    struct opening *at_work; /* the cluster that is looked at, or NULL */
    struct id *ids;          /* of this round */
    size_t count;
    size_t next;
    int64_t round_ms; /* when the next one begins */
    bool draining;
};

static void *shells_start(struct agent *agent)
{
    struct shells *shells = calloc(1, sizeof(*shells));

    if (shells)
        shells->agent = agent;
    return shells;
}

static void shells_stop(void *task)
{
    struct shells *shells = task;

    opening_free(shells->at_work);
    free(shells->ids);
    free(shells);
}

static void on_swept(void *arg, struct opening *opening)
{
    struct shells *shells = arg;

    /* Most clusters have no such pods, and some no such namespace or right. */
    if (opening->rc < 0)
        log_debug("a cluster's shells could not be looked at", LOG_TEXT("cluster", opening->id),
                  LOG_TEXT("error", opening->err.message));
    shells->at_work = NULL;
    opening_free(opening);
}

static void begin_round(struct shells *shells)
{
    struct agent *agent = shells->agent;
    struct str *ids;
    struct err err;

    free(shells->ids);
    shells->ids = NULL;
    shells->count = shells->next = 0;
    if (connections_ids(agent->redis, agent->arena, &ids, &shells->count, &err) < 0)
        shells->count = 0;
    shells->ids = calloc(shells->count + 1, sizeof(*shells->ids));
    if (!shells->ids)
        shells->count = 0;
    for (size_t i = 0; i < shells->count; i++)
        str_copy(shells->ids[i].text, sizeof(shells->ids[i].text), ids[i]);
}

static int64_t shells_run(void *task, int64_t now_ms)
{
    struct shells *shells = task;
    const struct config *config = shells->agent->config;

    if (!config->terminal_image || shells->at_work || shells->draining)
        return INT64_MAX;
    if (shells->next == shells->count && now_ms < shells->round_ms)
        return shells->round_ms;
    if (shells->next == shells->count) {
        begin_round(shells);
        shells->round_ms = now_ms + config->terminal_sweep * 1000;
    }
    if (shells->next < shells->count)
        shells->at_work = openers_order_work(shells->agent->openers, str_from(shells->ids[shells->next++].text),
                                             shell_pods_sweep, on_swept, shells);
    return shells->round_ms;
}

static bool shells_drain(void *task)
{
    struct shells *shells = task;

    shells->draining = true;
    return !shells->at_work;
}

const struct task_kind task_shells = {
    .name = "shells", .start = shells_start, .run = shells_run, .drain = shells_drain, .stop = shells_stop};
