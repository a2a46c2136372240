#include "kube/job_manifest.h"

#include <stdio.h>
#include <string.h>

#include "kube/job.h"
#include "kube/name.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_INTERNAL, "there is no memory for the job");
}

/* The object of that name in another, made when it is absent or null. NULL with a fault when it is something else. */
static cJSON *object_in(cJSON *parent, const char *name, const char *path, struct err *err)
{
    cJSON *member = parent ? cJSON_GetObjectItemCaseSensitive(parent, name) : NULL;

    if (!parent)
        return NULL;
    if (cJSON_IsNull(member)) {
        cJSON_DeleteItemFromObjectCaseSensitive(parent, name);
        member = NULL;
    }
    if (!member)
        member = cJSON_AddObjectToObject(parent, name);
    if (!member)
        no_memory(err);
    else if (!cJSON_IsObject(member))
        err_field(err, path, CAUSE_TYPE, "must be an object");
    return cJSON_IsObject(member) ? member : NULL;
}

/* 0, or -1 without memory. */
static int set_text(cJSON *object, const char *name, const char *value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(object, name);
    return cJSON_AddStringToObject(object, name, value) ? 0 : -1;
}

/* A member that may be left out, but says one thing if it is there. */
static void fill_in(cJSON *manifest, const char *name, const char *value, const char *otherwise, struct err *err)
{
    const cJSON *given = cJSON_GetObjectItemCaseSensitive(manifest, name);

    if (!given || cJSON_IsNull(given)) {
        if (set_text(manifest, name, value) < 0)
            no_memory(err);
    } else if (!cJSON_IsString(given)) {
        err_field(err, name, CAUSE_TYPE, "must be a text");
    } else if (strcmp(given->valuestring, value) != 0) {
        err_field(err, name, CAUSE_NOT_SUPPORTED, "must be %s%s", value, otherwise);
    }
}

/* The text of a member of metadata, NULL when it is absent, null or "". */
static const char *text_in(cJSON *metadata, const char *name, struct err *err)
{
    const cJSON *given = cJSON_GetObjectItemCaseSensitive(metadata, name);
    char field[64];

    if (!given || cJSON_IsNull(given))
        return NULL;
    if (cJSON_IsString(given))
        return *given->valuestring ? given->valuestring : NULL;
    snprintf(field, sizeof(field), "metadata.%s", name);
    err_field(err, field, CAUSE_TYPE, "must be a text");
    return NULL;
}

static void check_text(const char *field, const char *text, const char *(*check)(struct str text), struct err *err)
{
    const char *wanted = text ? check(str_from(text)) : NULL;

    if (wanted)
        err_field(err, field, CAUSE_INVALID, "%s", wanted);
}

static void check_names(cJSON *metadata, struct err *err)
{
    const char *name = text_in(metadata, "name", err);

    check_text("metadata.name", name, name_check_job, err);
    if (!name)
        check_text("metadata.generateName", text_in(metadata, "generateName", err), name_check_prefix, err);
}

static void place(cJSON *metadata, struct str *namespace, struct err *err)
{
    const char *own = text_in(metadata, "namespace", err);

    if (own && namespace->len > 0 && !str_equal(*namespace, str_from(own))) {
        err_field(err, "metadata.namespace", CAUSE_INVALID, "is not the namespace of the request, %.*s",
                  STR_FMT(*namespace));
    } else if (!own) {
        char name[NAME_LABEL_MAX + 1] = "default";

        if (namespace->len > 0)
            snprintf(name, sizeof(name), "%.*s", STR_FMT(*namespace));
        if (set_text(metadata, "namespace", name) < 0)
            no_memory(err);
    }
    *namespace = str_from(json_find_text(metadata, "namespace"));
    check_text("metadata.namespace", namespace->ptr, name_check_label, err);
}

/* The labels of the Job or of its pods' template, made when there are none. NULL with a fault. */
static cJSON *labels_in(cJSON *object, const char *metadata_path, const char *labels_path, struct err *err)
{
    return object_in(object_in(object, "metadata", metadata_path, err), "labels", labels_path, err);
}

static void set_label(cJSON *labels, const char *label, const char *value, struct err *err)
{
    if (value && set_text(labels, label, value) < 0)
        no_memory(err);
    else if (!value)
        cJSON_DeleteItemFromObjectCaseSensitive(labels, label);
}

static void label_job(cJSON *manifest, const struct job_origin *origin, struct err *err)
{
    cJSON *labels = labels_in(manifest, "metadata", "metadata.labels", err);

    if (!labels)
        return;
    set_label(labels, JOB_LABEL_APP, JOB_APP, err);
    set_label(labels, JOB_LABEL_TEMPLATE, origin->template_name, err);
    set_label(labels, JOB_LABEL_TEMPLATE_VERSION, origin->template_version, err);
    set_label(labels, JOB_LABEL_KEY, origin->key, err);
}

static void label_pods(cJSON *manifest, struct err *err)
{
    cJSON *spec = cJSON_GetObjectItemCaseSensitive(manifest, "spec");
    cJSON *template = cJSON_GetObjectItemCaseSensitive(spec, "template");
    cJSON *labels;

    if (!cJSON_IsObject(spec)) {
        err_field(err, "spec", spec ? CAUSE_TYPE : CAUSE_REQUIRED,
                  "must be an object: what the job runs stands in spec.template.spec");
    } else if (!cJSON_IsObject(template)) {
        err_field(err, "spec.template", template ? CAUSE_TYPE : CAUSE_REQUIRED,
                  "must be an object: what the job runs stands in spec.template.spec");
    } else {
        labels = labels_in(template, "spec.template.metadata", "spec.template.metadata.labels", err);
        if (labels)
            set_label(labels, JOB_LABEL_APP, JOB_APP, err);
    }
}

int job_manifest_complete(cJSON *manifest, const struct job_origin *origin, struct str *namespace, struct err *err)
{
    cJSON *metadata;

    err_clear(err);
    if (!cJSON_IsObject(manifest))
        return err_field(err, "job_manifest", CAUSE_TYPE, "must be an object");
    fill_in(manifest, "apiVersion", "batch/v1", "", err);
    fill_in(manifest, "kind", "Job", ": objects of other kinds are created at /raw", err);
    metadata = object_in(manifest, "metadata", "metadata", err);
    if (metadata) {
        check_names(metadata, err);
        place(metadata, namespace, err);
        label_job(manifest, origin, err);
    }
    label_pods(manifest, err);
    return err->kind == ERR_NONE ? 0 : -1;
}

const char *job_manifest_name(const cJSON *manifest)
{
    const char *name = json_find_text(manifest, "metadata.name");

    return name && *name ? name : NULL;
}

int job_manifest_set_name(cJSON *manifest, const char *name, struct err *err)
{
    cJSON *spec = cJSON_GetObjectItemCaseSensitive(manifest, "spec");
    cJSON *template = cJSON_GetObjectItemCaseSensitive(spec, "template");

    err_clear(err);
    if (set_text(cJSON_GetObjectItemCaseSensitive(manifest, "metadata"), "name", name) < 0)
        return no_memory(err);
    set_label(labels_in(manifest, "metadata", "metadata.labels", err), JOB_LABEL_ID, name, err);
    set_label(labels_in(template, "metadata", "metadata.labels", err), JOB_LABEL_ID, name, err);
    return err->kind == ERR_NONE ? 0 : -1;
}

/* As the API server makes them: what may be cut off is the prefix, and no word comes of letters without vowels. */
void job_manifest_generate(const cJSON *manifest, const unsigned chance[JOB_NAME_CHANCE], char out[JOB_NAME_SIZE])
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    const char *prefix = json_find_text(manifest, "metadata.generateName");
    size_t n;

    snprintf(out, JOB_NAME_SIZE - JOB_NAME_CHANCE, "%s", prefix && *prefix ? prefix : "job-");
    n = strlen(out);
    for (size_t i = 0; i < JOB_NAME_CHANCE; i++)
        out[n++] = letters[chance[i] % (sizeof(letters) - 1)];
    out[n] = '\0';
}

static bool is_clusters_own(const char *key)
{
    return strcmp(key, "controller-uid") == 0 || strcmp(key, "job-name") == 0 || strcmp(key, JOB_LABEL_ID) == 0 ||
           strncmp(key, "batch.kubernetes.io/", 20) == 0 || strncmp(key, "kubectl.kubernetes.io/", 22) == 0 ||
           strncmp(key, "cronjob.kubernetes.io/", 22) == 0;
}

/* Of labels or annotations: those that somebody gave. */
static void keep_given(cJSON *map)
{
    cJSON *next;

    for (cJSON *one = map ? map->child : NULL; one; one = next) {
        next = one->next;
        if (is_clusters_own(one->string))
            cJSON_Delete(cJSON_DetachItemViaPointer(map, one));
    }
}

static int copy_member(cJSON *to, const cJSON *from, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(from, name);
    cJSON *copy = member ? cJSON_Duplicate(member, true) : NULL;

    if (!member || (copy && cJSON_AddItemToObject(to, name, copy)))
        return 0;
    cJSON_Delete(copy);
    return -1;
}

/* One that ran again and again keeps the name of the first. */
static int set_prefix(cJSON *metadata, const cJSON *job)
{
    cJSON *annotations = cJSON_GetObjectItemCaseSensitive(metadata, "annotations");
    const char *first = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(annotations, JOB_ANNOTATION_RERUN_OF));
    const char *name = first ? first : json_find_text(job, "metadata.name");
    char prefix[NAME_SUBDOMAIN_MAX + 2];

    if (!annotations)
        annotations = cJSON_AddObjectToObject(metadata, "annotations");
    snprintf(prefix, sizeof(prefix), "%.*s-", JOB_NAME_SIZE - JOB_NAME_CHANCE - 2, name ? name : "job");
    if (!annotations || !cJSON_AddStringToObject(metadata, "generateName", prefix))
        return -1;
    return first || set_text(annotations, JOB_ANNOTATION_RERUN_OF, name ? name : "job") == 0 ? 0 : -1;
}

cJSON *job_manifest_again(const cJSON *job)
{
    cJSON *manifest = cJSON_CreateObject();
    cJSON *metadata = cJSON_AddObjectToObject(manifest, "metadata");
    const cJSON *own = json_find(job, "metadata");
    cJSON *spec;
    cJSON *pods;

    if (copy_member(metadata, own, "namespace") < 0 || copy_member(metadata, own, "labels") < 0 ||
        copy_member(metadata, own, "annotations") < 0 || copy_member(manifest, job, "spec") < 0) {
        cJSON_Delete(manifest);
        return NULL;
    }
    keep_given(cJSON_GetObjectItemCaseSensitive(metadata, "labels"));
    keep_given(cJSON_GetObjectItemCaseSensitive(metadata, "annotations"));
    spec = cJSON_GetObjectItemCaseSensitive(manifest, "spec");
    cJSON_DeleteItemFromObjectCaseSensitive(spec, "selector");
    cJSON_DeleteItemFromObjectCaseSensitive(spec, "manualSelector");
    cJSON_DeleteItemFromObjectCaseSensitive(spec, "suspend");
    pods = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(spec, "template"), "metadata");
    cJSON_DeleteItemFromObjectCaseSensitive(pods, "creationTimestamp");
    keep_given(cJSON_GetObjectItemCaseSensitive(pods, "labels"));
    if (set_prefix(metadata, job) == 0)
        return manifest;
    cJSON_Delete(manifest);
    return NULL;
}
