#include "kube/cronjob.h"

#include <stdio.h>
#include <string.h>

#include "kube/job.h"

#define MANUAL "cronjob.kubernetes.io/instantiate"
#define PREFIX_NAME_MAX 50 /* of a Job's 63 bytes: "-manual-" and five that the API server chooses */

static void write_flag(struct json *j, const char *key, const cJSON *object, const char *path)
{
    json_bool(j, key, cJSON_IsTrue(json_find(object, path)));
}

void cronjob_write_members(struct json *j, const cJSON *cronjob, struct str cluster)
{
    const char *policy = json_find_text(cronjob, "spec.concurrencyPolicy");
    const cJSON *active = json_find(cronjob, "status.active");

    json_text(j, "cronjob_name", json_find_text(cronjob, "metadata.name"));
    json_text(j, "namespace", json_find_text(cronjob, "metadata.namespace"));
    json_str(j, "cluster", cluster);
    json_text(j, "schedule", json_find_text(cronjob, "spec.schedule"));
    json_text(j, "time_zone", json_find_text(cronjob, "spec.timeZone"));
    write_flag(j, "suspended", cronjob, "spec.suspend");
    json_int(j, "active", cJSON_IsArray(active) ? cJSON_GetArraySize(active) : 0);
    json_text(j, "last_schedule_time", json_find_text(cronjob, "status.lastScheduleTime"));
    json_text(j, "last_successful_time", json_find_text(cronjob, "status.lastSuccessfulTime"));
    json_text(j, "concurrency_policy", policy ? policy : "Allow");
    json_text(j, "creation_time", json_find_text(cronjob, "metadata.creationTimestamp"));
}

bool cronjob_owns(const cJSON *cronjob, const cJSON *job)
{
    const char *uid = json_find_text(cronjob, "metadata.uid");
    const cJSON *owner;

    cJSON_ArrayForEach(owner, json_find(job, "metadata.ownerReferences"))
    {
        const char *owner_uid = json_find_text(owner, "uid");

        if (uid && owner_uid && strcmp(uid, owner_uid) == 0)
            return true;
    }
    return false;
}

/* cJSON's own functions take NULL, and say so; one check at the end is enough. */
static bool add_copy(cJSON *object, const char *key, const cJSON *value)
{
    cJSON *copy;

    if (!value)
        return true;
    copy = cJSON_Duplicate(value, true);
    if (cJSON_AddItemToObject(object, key, copy))
        return true;
    cJSON_Delete(copy);
    return false;
}

/* Not blockOwnerDeletion: that would need rights on the CronJob's finalizers. */
static bool add_owner(cJSON *metadata, const cJSON *cronjob)
{
    cJSON *owners = cJSON_AddArrayToObject(metadata, "ownerReferences");
    cJSON *owner = cJSON_CreateObject();

    if (!cJSON_AddItemToArray(owners, owner)) {
        cJSON_Delete(owner);
        return false;
    }
    return cJSON_AddStringToObject(owner, "apiVersion", "batch/v1") &&
           cJSON_AddStringToObject(owner, "kind", "CronJob") &&
           add_copy(owner, "name", json_find(cronjob, "metadata.name")) &&
           add_copy(owner, "uid", json_find(cronjob, "metadata.uid")) && cJSON_AddTrueToObject(owner, "controller");
}

static bool add_name(cJSON *metadata, const cJSON *cronjob, const char *name)
{
    const char *from = json_find_text(cronjob, "metadata.name");
    size_t length = from ? strnlen(from, PREFIX_NAME_MAX) : 0;
    char prefix[PREFIX_NAME_MAX + sizeof("-manual-")];

    if (name)
        return cJSON_AddStringToObject(metadata, "name", name);
    while (length > 0 && from[length - 1] == '.')
        length--;
    snprintf(prefix, sizeof(prefix), "%.*s-manual-", (int)length, from ? from : "");
    return cJSON_AddStringToObject(metadata, "generateName", prefix);
}

/* The jobTemplate's own annotations come last, as kubectl has it. */
static bool add_annotations(cJSON *metadata, const cJSON *annotations)
{
    cJSON *all = cJSON_AddObjectToObject(metadata, "annotations");
    const cJSON *one;

    if (!cJSON_AddStringToObject(all, MANUAL, "manual"))
        return false;
    cJSON_ArrayForEach(one, annotations)
    {
        cJSON_DeleteItemFromObjectCaseSensitive(all, one->string);
        if (!add_copy(all, one->string, one))
            return false;
    }
    return true;
}

static bool add_labels(cJSON *metadata, const cJSON *labels, const char *key)
{
    cJSON *all = cJSON_IsObject(labels) ? cJSON_Duplicate(labels, true) : cJSON_CreateObject();

    if (!cJSON_AddItemToObject(metadata, "labels", all)) {
        cJSON_Delete(all);
        return false;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(all, JOB_LABEL_KEY);
    return cJSON_AddStringToObject(all, JOB_LABEL_KEY, key);
}

cJSON *cronjob_make_job(const cJSON *cronjob, const char *name, const char *key)
{
    const cJSON *template = json_find(cronjob, "spec.jobTemplate");
    cJSON *job = cJSON_CreateObject();
    cJSON *metadata = cJSON_AddObjectToObject(job, "metadata");

    if (cJSON_AddStringToObject(job, "apiVersion", "batch/v1") && cJSON_AddStringToObject(job, "kind", "Job") &&
        add_name(metadata, cronjob, name) && add_annotations(metadata, json_find(template, "metadata.annotations")) &&
        add_labels(metadata, json_find(template, "metadata.labels"), key) && add_owner(metadata, cronjob) &&
        add_copy(job, "spec", json_find(template, "spec")))
        return job;
    cJSON_Delete(job);
    return NULL;
}
