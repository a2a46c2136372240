/*
 * A Job (batch/v1) as the API tells of it: its state in one word, counts, times, and why it failed.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/
 */
#ifndef EKSGATE_KUBE_JOB_H
#define EKSGATE_KUBE_JOB_H

#include "base/json.h"

/* Labels on jobs that were made here: app and job-id on their pods too. */
#define JOB_LABEL_APP "app"
#define JOB_APP "eks-api"
#define JOB_LABEL_ID "job-id"
#define JOB_LABEL_TEMPLATE "eksgate/template"
#define JOB_LABEL_TEMPLATE_VERSION "eksgate/template-version"
#define JOB_LABEL_KEY "eksgate/key" /* id of the API key that made it, or "anonymous": quotas count by it */

/* An annotation of a job that is another one once more: the name of the first. */
#define JOB_ANNOTATION_RERUN_OF "eksgate/rerun-of"

enum job_state {
    JOB_UNKNOWN, /* it can not be read */
    JOB_PENDING, /* none of its pods has come to run yet */
    JOB_RUNNING,
    JOB_SUCCEEDED,
    JOB_FAILED,
    JOB_SUSPENDED,
    JOB_STATE__MAX
};

/* "pending" and so on, as one text for struct field. */
#define JOB_STATE_CHOICES "pending|running|succeeded|failed|suspended|unknown"

const char *job_state_name(enum job_state state);

/* JOB_STATE__MAX for no such name. */
enum job_state job_state_find(struct str name);

/* Succeeded or failed: it will not change any more. */
bool job_state_is_final(enum job_state state);

/* Borrowed from the object. Texts are NULL when absent. */
struct job {
    const cJSON *object;
    const char *uid;
    const char *name;
    const char *namespace;
    enum job_state state;
    const char *created_at; /* times as the API server writes them: RFC 3339 */
    const char *started_at;
    const char *completed_at;     /* of a job that succeeded */
    const char *finished_at;      /* of one that succeeded or failed */
    const cJSON *failure;         /* the condition Failed, or NULL */
    const char *template_name;    /* that it was made from here, and its version */
    const char *template_version; /* (as text) */
    const char *cronjob;          /* that made it */
};

void job_read(const cJSON *object, struct job *out);

/* Whole seconds from its start to its end; -1 when either is missing. */
int64_t job_duration(const struct job *job);

/* Writes the members of the job's body, all but "waiting", into an open object. */
void job_write_members(struct json *j, const struct job *job, struct str cluster);

/* Appends the path of the list of the job's pods, with a query. 0, or -1: it selects none. */
int job_pods_path(const cJSON *job, struct buf *path);

/* The same of the events that say why pods of it can not be made; -1: none is missing. */
int job_events_path(const cJSON *job, struct buf *path);

/* Writes {pod, container, reason, message} for each reason why pods do not run into an open array: what a list of the
 * job's pods says, and what one of its events says, of which the newest counts (objects with .items, or NULL). */
void job_write_waiting(struct json *j, const cJSON *pods);
void job_write_refusal(struct json *j, const cJSON *events);

#endif
