#include "agent/record.h"

#include "base/log.h"
#include "base/metrics.h"
#include "kube/job.h"
#include "kube/watch.h"

#define BODY_MAX KIB(64)

static int64_t time_of(const char *text)
{
    int64_t seconds;

    return text && clock_parse(str_from(text), &seconds) == 0 ? seconds : 0;
}

/* When it came to its state. Of a suspension only the last one is told, which is the one that counts. */
static int64_t state_since(const struct job *job)
{
    switch (job->state) {
    case JOB_PENDING:
        return time_of(job->created_at);
    case JOB_RUNNING:
        return time_of(job->started_at);
    case JOB_SUCCEEDED:
    case JOB_FAILED:
        return time_of(job->finished_at);
    default:
        return 0;
    }
}

static void note(struct str cluster, const struct job *job, enum job_recorded recorded)
{
    if (recorded == JOB_CHANGED)
        metrics_add(&metrics->job_changes, 1);
    if (recorded == JOB_CHANGED)
        log_debug("a job changed", LOG_STR("cluster", cluster), LOG_TEXT("namespace", job->namespace),
                  LOG_TEXT("job", job->name), LOG_TEXT("state", job_state_name(job->state)));
    else if (recorded == JOB_NO_ROOM)
        log_warning("the cluster has more jobs than are kept: this one is passed over", LOG_STR("cluster", cluster),
                    LOG_TEXT("namespace", job->namespace), LOG_TEXT("job", job->name));
}

int record_check(struct agent *agent, enum job_recorded recorded, struct err *err)
{
    agent->has_deliveries = agent->has_deliveries || recorded == JOB_CHANGED;
    if (recorded == JOB_FORGOTTEN)
        return err_set(err, ERR_CONFLICT, "the store has forgotten something: it is looked at again");
    if (recorded != JOB_NOT_LEADER)
        return 0;
    agent->replaced = true;
    return err_set(err, ERR_CONFLICT, "another agent leads");
}

/* One with more labels than anybody reads is told without them. */
static void write_body(struct buf *body, const struct job *job, struct str cluster)
{
    struct json j;

    buf_init(body, BODY_MAX);
    json_init(&j, body);
    json_object_open(&j, NULL);
    job_write_members(&j, job, cluster);
    json_object_close(&j);
    if (!body->failed)
        return;
    buf_reset(body);
    json_init(&j, body);
    json_object_open(&j, NULL);
    json_text(&j, "job_name", job->name);
    json_text(&j, "namespace", job->namespace);
    json_str(&j, "cluster", cluster);
    json_text(&j, "state", job_state_name(job->state));
    json_object_close(&j);
}

int record_job(struct agent *agent, const struct record_place *place, const cJSON *object, enum record_how how,
               struct err *err)
{
    const struct job_bounds bounds = {.count = agent->config->job_history,
                                      .seconds = agent->config->job_history_days * 86400};
    const char *version = kube_resource_version(object);
    enum job_recorded recorded = JOB_UNCHANGED;
    struct job_record record;
    struct job job;
    struct buf body;
    int rc;

    job_read(object, &job);
    if (!job.uid || !job.name || !job.namespace)
        return 0;
    write_body(&body, &job, place->cluster);
    record = (struct job_record){
        .cluster = place->cluster,
        .uid = str_from(job.uid),
        .namespace = str_from(job.namespace),
        .name = str_from(job.name),
        .state = how == RECORD_DELETED ? STR("deleted") : str_from(job_state_name(job.state)),
        .body = buf_str(&body),
        .version = how == RECORD_LISTED || !version ? STR("") : str_from(version),
        .expected = place->version,
        .at = how == RECORD_DELETED ? 0 : state_since(&job),
        .finished_at = job_state_is_final(job.state) ? time_of(job.finished_at) : 0,
        .announce_from = place->announce_from,
        .listed = how == RECORD_LISTED,
        .met = place->met,
    };
    rc = job_record(agent->redis, agent->holder, &bounds, &record, &recorded, err);
    buf_free(&body);
    if (rc < 0 || record_check(agent, recorded, err) < 0)
        return -1;
    note(place->cluster, &job, recorded);
    return 1;
}
