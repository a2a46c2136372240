#include "agent/run_job.h"

#include <stdio.h>
#include <string.h>

#define JOB_TEXT_MAX KIB(512) /* the order's texts and what stands around them */

struct variable {
    const char *name;
    struct str value;
};

int64_t run_deadline(struct str op)
{
    static const char *const quick[] = {"test", "drift", "unlock"};

    for (size_t i = 0; i < sizeof(quick) / sizeof(quick[0]); i++)
        if (str_equal(op, str_from(quick[i])))
            return 900;
    return str_equal(op, STR("destroy")) ? 3600 : 5400;
}

const char *run_claim_name(struct arena *arena, struct str cluster, enum run_claim claim)
{
    return arena_printf(arena, "%s-%.*s", claim == RUN_CLAIM_STATE ? "tfstate" : "tflogs", STR_FMT(cluster));
}

const char *run_config_map_name(struct arena *arena, struct str cluster)
{
    return arena_printf(arena, "tfvars-%.*s", STR_FMT(cluster));
}

static void write_labels(struct json *j, const struct run *run, const char *day)
{
    char label[TERRAFORM_JOB_MAX + 1];
    char hash[9];

    terraform_cluster_label(run->cluster, label);
    terraform_cluster_hash(run->cluster, hash);
    json_object_open(j, "labels");
    json_text(j, "app", "eks-provisioner");
    json_text(j, "app.kubernetes.io/name", "eksgate-worker");
    json_text(j, "app.kubernetes.io/managed-by", "eksgate");
    json_text(j, RUN_LABEL_CLUSTER, label);
    json_text(j, "eksgate.io/cluster-hash", hash);
    if (day)
        json_text(j, RUN_LABEL_TEST_DAY, day);
}

/* Of what belongs to this run alone. */
static void write_run_labels(struct json *j, const struct run *run)
{
    write_labels(j, run, NULL);
    json_str(j, "eksgate.io/op", run->op);
    json_str(j, RUN_LABEL_RUN, run->id);
    json_object_close(j);
}

/* A name that is too long for a label stands here whole. */
static void write_cluster_annotation(struct json *j, struct str cluster)
{
    json_object_open(j, "annotations");
    json_str(j, RUN_ANNOTATION_CLUSTER, cluster);
    json_object_close(j);
}

static void write_environment(struct json *j, const struct run *run, const struct run_texts *texts, const cJSON *order)
{
    char logs[64];
    int length = snprintf(logs, sizeof(logs), "/logs/%.*s", STR_FMT(run->id));
    const struct variable variables[] = {
        {"OP", str_from(run_script_op(run))},
        {"NAME", run->cluster},
        {"RUN", run->id},
        {"STATE", STR("/state")},
        {"LOGS", {logs, (size_t)length}},
        {"VARS", STR("/vars/vars.json")},
        {"BACKEND", texts->backend.len > 0 ? STR("/vars/backend.tfbackend") : STR("")},
        {"PLAN_RUN", run->approves},
        {"PLAN_HASH", run->approves.len > 0 ? run->plan_hash : STR("")},
        {"LOCK_ID", run->lock_id},
        {"ENDED", texts->ended},
        {"ROLE_ARN", str_from(json_find_text(order, "role_arn"))},
        {"ROLE_EXTERNAL_ID", str_from(json_find_text(order, "external_id"))},
    };

    json_array_open(j, "env");
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        char name[64];

        if (variables[i].value.len == 0)
            continue;
        snprintf(name, sizeof(name), "EKSGATE_%s", variables[i].name);
        json_object_open(j, NULL);
        json_text(j, "name", name);
        json_str(j, "value", variables[i].value);
        json_object_close(j);
    }
    json_raw(j, NULL, STR("{\"name\":\"HOME\",\"value\":\"/tmp\"}"));
    json_array_close(j);
}

static void write_container(struct json *j, const struct config *config, const struct run *run,
                            const struct run_texts *texts, const cJSON *order)
{
    json_array_open(j, "containers");
    json_object_open(j, NULL);
    json_text(j, "name", RUN_CONTAINER);
    json_text(j, "image", config->provision_image);
    json_text(j, "imagePullPolicy", "IfNotPresent");
    write_environment(j, run, texts, order);
    if (strcmp(config->provision_credentials, "secret") == 0) {
        json_array_open(j, "envFrom");
        json_object_open(j, NULL);
        json_object_open(j, "secretRef");
        json_text(j, "name", config->provision_secret);
        json_object_close(j);
        json_object_close(j);
        json_array_close(j);
    }
    json_raw(j, "resources",
             STR("{\"requests\":{\"cpu\":\"250m\",\"memory\":\"512Mi\",\"ephemeral-storage\":\"1Gi\"},"
                 "\"limits\":{\"cpu\":\"1\",\"memory\":\"1Gi\",\"ephemeral-storage\":\"1Gi\"}}"));
    json_raw(j, "securityContext",
             STR("{\"allowPrivilegeEscalation\":false,\"readOnlyRootFilesystem\":true,"
                 "\"capabilities\":{\"drop\":[\"ALL\"]}}"));
    json_raw(j, "volumeMounts",
             STR("[{\"name\":\"state\",\"mountPath\":\"/state\"},{\"name\":\"logs\",\"mountPath\":\"/logs\"},"
                 "{\"name\":\"vars\",\"mountPath\":\"/vars\",\"readOnly\":true},"
                 "{\"name\":\"tmp\",\"mountPath\":\"/tmp\"}]"));
    json_object_close(j);
    json_array_close(j);
}

static void write_claim_volume(struct json *j, const char *name, const char *prefix, struct str cluster)
{
    char claim[TERRAFORM_CLUSTER_MAX + 16];

    snprintf(claim, sizeof(claim), "%s-%.*s", prefix, STR_FMT(cluster));
    json_object_open(j, NULL);
    json_text(j, "name", name);
    json_object_open(j, "persistentVolumeClaim");
    json_text(j, "claimName", claim);
    json_object_close(j);
    json_object_close(j);
}

static void write_volumes(struct json *j, struct str cluster)
{
    char map[TERRAFORM_CLUSTER_MAX + 16];

    snprintf(map, sizeof(map), "tfvars-%.*s", STR_FMT(cluster));
    json_array_open(j, "volumes");
    write_claim_volume(j, "state", "tfstate", cluster);
    write_claim_volume(j, "logs", "tflogs", cluster);
    json_object_open(j, NULL);
    json_text(j, "name", "vars");
    json_object_open(j, "configMap");
    json_text(j, "name", map);
    json_object_close(j);
    json_object_close(j);
    json_raw(j, NULL, STR("{\"name\":\"tmp\",\"emptyDir\":{\"sizeLimit\":\"256Mi\"}}"));
    json_array_close(j);
}

/* Nobody may move the pod while Terraform works: what is half done would have to be taken up again. */
static void write_pod(struct json *j, const struct config *config, const struct run *run, const struct run_texts *texts,
                      const cJSON *order)
{
    json_object_open(j, "template");
    json_object_open(j, "metadata");
    write_run_labels(j, run);
    json_object_open(j, "annotations");
    json_str(j, RUN_ANNOTATION_CLUSTER, run->cluster);
    json_text(j, "karpenter.sh/do-not-disrupt", "true");
    json_text(j, "cluster-autoscaler.kubernetes.io/safe-to-evict", "false");
    json_object_close(j);
    json_object_close(j);
    json_object_open(j, "spec");
    json_text(j, "restartPolicy", "Never");
    json_text(j, "serviceAccountName", config->provision_account);
    json_bool(j, "automountServiceAccountToken", false);
    json_bool(j, "enableServiceLinks", false);
    json_int(j, "terminationGracePeriodSeconds", config->provision_grace);
    json_raw(j, "securityContext",
             STR("{\"runAsNonRoot\":true,\"runAsUser\":65532,\"runAsGroup\":65532,\"fsGroup\":65532,"
                 "\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}"));
    if (config->provision_pull_secret && *config->provision_pull_secret) {
        json_array_open(j, "imagePullSecrets");
        json_object_open(j, NULL);
        json_text(j, "name", config->provision_pull_secret);
        json_object_close(j);
        json_array_close(j);
    }
    write_container(j, config, run, texts, order);
    write_volumes(j, run->cluster);
    json_object_close(j);
    json_object_close(j);
}

static cJSON *tree_of(struct buf *text)
{
    const char *why;
    cJSON *tree = text->failed ? NULL : json_tree(buf_str(text), LIMIT_JSON_DEPTH, &why);

    buf_free(text);
    return tree;
}

/* It is not tried again by itself: a blind repetition of what was half done helps nobody. */
cJSON *run_job_new(const struct config *config, const struct run *run, const struct run_texts *texts,
                   const cJSON *order)
{
    struct buf text;
    struct json j;

    buf_init(&text, JOB_TEXT_MAX);
    json_init(&j, &text);
    json_object_open(&j, NULL);
    json_text(&j, "apiVersion", "batch/v1");
    json_text(&j, "kind", "Job");
    json_object_open(&j, "metadata");
    json_str(&j, "name", run->job_name);
    write_run_labels(&j, run);
    write_cluster_annotation(&j, run->cluster);
    json_object_close(&j);
    json_object_open(&j, "spec");
    json_int(&j, "backoffLimit", 0);
    json_int(&j, "activeDeadlineSeconds", run_deadline(run->op));
    json_text(&j, "podReplacementPolicy", "Failed");
    json_raw(&j, "podFailurePolicy",
             STR("{\"rules\":[{\"action\":\"FailJob\",\"onExitCodes\":{\"containerName\":\"" RUN_CONTAINER
                 "\",\"operator\":\"In\",\"values\":[64,143]}}]}"));
    write_pod(&j, config, run, texts, order);
    json_object_close(&j);
    json_object_close(&j);
    return tree_of(&text);
}

static void open_object(struct json *j, const char *kind, const char *prefix, const struct run *run, const char *day)
{
    char name[TERRAFORM_CLUSTER_MAX + 16];

    snprintf(name, sizeof(name), "%s-%.*s", prefix, STR_FMT(run->cluster));
    json_object_open(j, NULL);
    json_text(j, "apiVersion", "v1");
    json_text(j, "kind", kind);
    json_object_open(j, "metadata");
    json_text(j, "name", name);
    write_labels(j, run, day);
    json_object_close(j);
    write_cluster_annotation(j, run->cluster);
    json_object_close(j);
}

cJSON *run_claim_new(const struct config *config, const struct run *run, enum run_claim claim, const char *day)
{
    struct buf text;
    struct json j;

    buf_init(&text, KIB(16));
    json_init(&j, &text);
    open_object(&j, "PersistentVolumeClaim", claim == RUN_CLAIM_STATE ? "tfstate" : "tflogs", run, day);
    json_object_open(&j, "spec");
    json_raw(&j, "accessModes", STR("[\"ReadWriteOnce\"]"));
    if (config->provision_storage_class && *config->provision_storage_class)
        json_text(&j, "storageClassName", config->provision_storage_class);
    json_raw(&j, "resources",
             claim == RUN_CLAIM_STATE ? STR("{\"requests\":{\"storage\":\"1Gi\"}}")
                                      : STR("{\"requests\":{\"storage\":\"500Mi\"}}"));
    json_object_close(&j);
    json_object_close(&j);
    return tree_of(&text);
}

static void write_data(struct json *j, const char *name, struct str value, bool is_patch)
{
    if (value.len > 0)
        json_str(j, name, value);
    else if (is_patch)
        json_null(j, name);
}

cJSON *run_config_map_new(const struct run *run, const struct run_texts *texts, bool is_patch)
{
    struct buf text;
    struct json j;

    buf_init(&text, JOB_TEXT_MAX);
    json_init(&j, &text);
    open_object(&j, "ConfigMap", "tfvars", run, NULL);
    json_object_open(&j, "data");
    write_data(&j, "vars.json", texts->vars, is_patch);
    write_data(&j, "allow.json", texts->allow, is_patch);
    write_data(&j, "backend.tfbackend", texts->backend, is_patch);
    json_object_close(&j);
    json_object_close(&j);
    return tree_of(&text);
}
