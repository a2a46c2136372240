/*
 * A CronJob (batch/v1) as the API tells of it, and the Job that it is made to start by hand.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/cron-job-v1/
 */
#ifndef EKSGATE_KUBE_CRONJOB_H
#define EKSGATE_KUBE_CRONJOB_H

#include "base/json.h"

/* Writes the members of its body, all but "jobs", into an open object. */
void cronjob_write_members(struct json *j, const cJSON *cronjob, struct str cluster);

/* Whether a Job belongs to it. */
bool cronjob_owns(const cJSON *cronjob, const cJSON *job);

/* The Job that "kubectl create job --from=cronjob/NAME" makes: what its jobTemplate says, the CronJob as owner, and an
 * annotation that tells it from those made by the schedule; and a label that says whose it is (JOB_LABEL_KEY). name:
 * NULL lets the API server choose one. Release with cJSON_Delete(); NULL without memory. */
cJSON *cronjob_make_job(const cJSON *cronjob, const char *name, const char *key);

#endif
