/* What a pod is made of and what it needs. */
#include <stdio.h>
#include <string.h>

#include "kube/graph_parts.h"

/* Where refs go. */
struct sink {
    struct graph_part *part;
    struct graph_ref **tail;
};

static void add(struct sink *s, enum graph_relation relation, enum graph_kind kind, const char *name, bool optional)
{
    s->tail = graph_add_ref(s->part, s->tail, relation, kind, name, optional);
}

/* A reference by that member, with "optional" beside the name. */
static void mount(struct sink *s, enum graph_kind kind, const cJSON *source, const char *key)
{
    add(s, GRAPH_MOUNTS, kind, json_find_text(source, key), cJSON_IsTrue(json_find(source, "optional")));
}

static void read_volume(struct sink *s, const cJSON *volume, const char *pod)
{
    static const char *const secrets[] = {"csi.nodePublishSecretRef", "cephfs.secretRef", "rbd.secretRef",
                                          "iscsi.secretRef", "flexVolume.secretRef"};
    const char *name = json_find_text(volume, "name");
    const cJSON *source;
    char claim[512];

    mount(s, GRAPH_PVC, json_find(volume, "persistentVolumeClaim"), "claimName");
    mount(s, GRAPH_CONFIG_MAP, json_find(volume, "configMap"), "name");
    mount(s, GRAPH_SECRET, json_find(volume, "secret"), "secretName");
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
        mount(s, GRAPH_SECRET, json_find(volume, secrets[i]), "name");
    cJSON_ArrayForEach(source, json_find(volume, "projected.sources"))
    {
        mount(s, GRAPH_CONFIG_MAP, json_find(source, "configMap"), "name");
        mount(s, GRAPH_SECRET, json_find(source, "secret"), "name");
    }
    /* The claim of a volume that lives with its pod is named after both. */
    if (name && json_find(volume, "ephemeral")) {
        snprintf(claim, sizeof(claim), "%.253s-%.253s", pod, name);
        add(s, GRAPH_MOUNTS, GRAPH_PVC, claim, false);
    }
}

static void read_environment(struct sink *s, const cJSON *containers)
{
    const cJSON *container;
    const cJSON *entry;

    cJSON_ArrayForEach(container, containers)
    {
        cJSON_ArrayForEach(entry, json_find(container, "envFrom"))
        {
            mount(s, GRAPH_CONFIG_MAP, json_find(entry, "configMapRef"), "name");
            mount(s, GRAPH_SECRET, json_find(entry, "secretRef"), "name");
        }
        cJSON_ArrayForEach(entry, json_find(container, "env"))
        {
            mount(s, GRAPH_CONFIG_MAP, json_find(entry, "valueFrom.configMapKeyRef"), "name");
            mount(s, GRAPH_SECRET, json_find(entry, "valueFrom.secretKeyRef"), "name");
        }
    }
}

static const struct {
    const char *spec;
    const char *status;
} groups[] = {
    {"spec.containers", "status.containerStatuses"},
    {"spec.initContainers", "status.initContainerStatuses"},
    {"spec.ephemeralContainers", "status.ephemeralContainerStatuses"},
};

#define GROUPS (sizeof(groups) / sizeof(groups[0]))

void graph_read_pod_refs(struct graph_part *part, struct graph_ref **tail, const cJSON *pod)
{
    struct sink s = {part, tail};
    const char *name = json_find_text(pod, "metadata.name");
    const cJSON *item;

    add(&s, GRAPH_USES, GRAPH_SERVICE_ACCOUNT, json_find_text(pod, "spec.serviceAccountName"), false);
    add(&s, GRAPH_RUNS_ON, GRAPH_NODE, json_find_text(pod, "spec.nodeName"), false);
    cJSON_ArrayForEach(item, json_find(pod, "spec.volumes"))
    {
        read_volume(&s, item, name);
    }
    for (size_t i = 0; i < GROUPS; i++)
        read_environment(&s, json_find(pod, groups[i].spec));
    cJSON_ArrayForEach(item, json_find(pod, "spec.imagePullSecrets"))
    {
        add(&s, GRAPH_MOUNTS, GRAPH_SECRET, json_find_text(item, "name"), false);
    }
}

/* Statuses mostly stand in the order of the containers: guess goes along with them. */
static const cJSON *find_status(const cJSON *statuses, const cJSON **guess, const char *name)
{
    const cJSON *status = *guess;
    const char *found = json_find_text(status, "name");

    if (!found || strcmp(found, name) != 0) {
        cJSON_ArrayForEach(status, statuses)
        {
            found = json_find_text(status, "name");
            if (found && strcmp(found, name) == 0)
                break;
        }
    }
    if (status)
        *guess = status->next;
    return status;
}

static struct graph_node *read_container(struct graph_part *part, struct graph_node *pod, const cJSON *container,
                                         const cJSON *status)
{
    struct graph_node *node = graph_node_new(part, GRAPH_CONTAINER);
    const char *image = json_find_text(status, "image");
    const char *name = json_find_text(container, "name");
    size_t size = strlen(pod->uid) + strlen(name) + 2;
    char *id = node ? graph_alloc(part, size) : NULL;

    if (!id)
        return NULL;
    snprintf(id, size, "%s/%s", pod->uid, name);
    node->id = id;
    node->container = graph_text(part, name);
    node->name = graph_text(part, image && *image ? image : json_find_text(container, "image"));
    node->namespace = node->place = pod->namespace;
    node->group = pod->group;
    node->owner = pod;
    graph_read_container_status(part, node, status);
    return node;
}

struct graph_node *graph_read_containers(struct graph_part *part, struct graph_node *pod, const cJSON *object)
{
    struct graph_node *first = NULL;
    struct graph_node **tail = &first;
    const cJSON *container;

    for (size_t i = 0; i < GROUPS; i++) {
        const cJSON *statuses = json_find(object, groups[i].status);
        const cJSON *guess = statuses ? statuses->child : NULL;

        cJSON_ArrayForEach(container, json_find(object, groups[i].spec))
        {
            const char *name = json_find_text(container, "name");

            *tail = name ? read_container(part, pod, container, find_status(statuses, &guess, name)) : NULL;
            if (*tail)
                tail = &(*tail)->next;
        }
    }
    return first;
}
