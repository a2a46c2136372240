/*
 * A Job to be made, as bare as a caller may give it: what every Job needs besides is filled in, and what this gateway
 * promises of its jobs. What only the API server can judge is left to it.
 */
#ifndef EKSGATE_KUBE_JOB_MANIFEST_H
#define EKSGATE_KUBE_JOB_MANIFEST_H

#include "base/err.h"
#include "base/json.h"

/* Where a job comes from; each may be NULL. They become labels of the Job (kube/job.h), which nothing else may set. */
struct job_origin {
    const char *template_name;
    const char *template_version;
    const char *key;
};

/* Checks the manifest (an object) and completes it in place: apiVersion, kind, namespace, labels; everything but a name
 * where it has none. *namespace: where the job shall be, empty: where the manifest says, or else "default"; that is
 * what it is set to, borrowed from the manifest. 0, or -1 with ERR_INVALID and a cause for each fault. */
int job_manifest_complete(cJSON *manifest, const struct job_origin *origin, struct str *namespace, struct err *err);

/* Its name, or NULL when it has none yet. */
const char *job_manifest_name(const cJSON *manifest);

/* Gives a completed manifest that name; it is a label too, of the Job and its pods. 0, or -1 with err. */
int job_manifest_set_name(cJSON *manifest, const char *name, struct err *err);

#define JOB_NAME_SIZE 64
#define JOB_NAME_CHANCE 5

/* Writes a name that begins with the manifest's generateName, or "job-", and ends as the numbers say. */
void job_manifest_generate(const cJSON *manifest, const unsigned chance[JOB_NAME_CHANCE], char out[JOB_NAME_SIZE]);

/* What makes one more job like this one: without its name and what the cluster added, not suspended, and with a
 * generateName that begins as its name does. Release it with cJSON_Delete(). NULL without memory. */
cJSON *job_manifest_again(const cJSON *job);

#endif
