#include "cluster/contents.h"

#include <string.h>

#include "base/limits.h"
#include "cluster/discovery.h"
#include "cluster/list.h"

#define KINDS_MAX 1000
#define ACCEPT_METADATA "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"

/* A kind of which a namespace may hold something. */
struct candidate {
    const char *type;
    const char *path;
    bool whole; /* some of its objects do not count, so they are looked at one by one */
};

struct survey {
    struct arena *arena;
    struct str namespace;
    struct candidate *kinds;
    size_t count;
    bool failed;
    int64_t seen;
};

/* Made by Kubernetes of other objects, or by nobody: views that an extension serves. */
static bool is_derived(const struct kube_resource *r)
{
    static const char *const types[] = {"events.", "events.events.k8s.io", "endpoints.",
                                        "endpointslices.discovery.k8s.io", "controllerrevisions.apps"};
    char type[256];

    snprintf(type, sizeof(type), "%.100s.%.128s", r->plural, r->group);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return strcmp(r->group, "metrics.k8s.io") == 0;
}

static bool can_be_listed(const struct kube_resource *r)
{
    const cJSON *verb;

    cJSON_ArrayForEach(verb, r->verbs)
    {
        if (cJSON_IsString(verb) && strcmp(verb->valuestring, "list") == 0)
            return true;
    }
    return false;
}

/* One of each is in every namespace. */
static const char *own_selector(const struct kube_resource *r)
{
    if (*r->group)
        return "";
    if (strcmp(r->plural, "configmaps") == 0)
        return "&fieldSelector=metadata.name%21%3Dkube-root-ca.crt";
    if (strcmp(r->plural, "serviceaccounts") == 0)
        return "&fieldSelector=metadata.name%21%3Ddefault";
    return "";
}

static int on_resource(void *arg, const struct kube_resource *r)
{
    struct survey *survey = arg;
    struct candidate *kind = &survey->kinds[survey->count];
    const char *selector = own_selector(r);

    if (!r->namespaced || !can_be_listed(r) || is_derived(r) || survey->count == KINDS_MAX)
        return 0;
    kind->type = arena_printf(survey->arena, "%s%s%s", r->plural, *r->group ? "." : "", r->group);
    kind->path = arena_printf(survey->arena, "%s%s/%s/namespaces/%.*s/%s?%s", *r->group ? "/apis/" : "/api", r->group,
                              r->version, STR_FMT(survey->namespace), r->plural, selector);
    kind->whole = *selector != '\0';
    survey->failed = !kind->type || !kind->path;
    survey->count++;
    return survey->failed ? -1 : 0;
}

static int on_item(void *arg, const cJSON *item)
{
    (void)item;
    ((struct survey *)arg)->seen++;
    return 0;
}

static int64_t count_kind(struct worker *worker, struct cluster *cluster, struct survey *survey,
                          const struct candidate *kind)
{
    struct list list = {
        .path = kind->path, .accept = ACCEPT_METADATA, .array = "items", .on_item = on_item, .arg = survey};
    long limit = kind->whole ? LIST_PAGE : 1;
    struct err err;

    survey->seen = 0;
    do {
        if (cluster_list_page(worker, cluster, &list, limit, &err) < 0)
            return -1;
        if (list.remaining >= 0)
            return survey->seen + list.remaining;
        limit = LIST_PAGE;
    } while (*list.token);
    return survey->seen;
}

int cluster_count_contents(struct worker *worker, struct cluster *cluster, struct str namespace,
                           bool (*is_gone)(void *arg), void *arg, struct content **out, size_t *count, struct err *err)
{
    struct survey survey = {.arena = worker->arena,
                            .namespace = namespace,
                            .kinds = arena_alloc(worker->arena, KINDS_MAX * sizeof(*survey.kinds))};

    *count = 0;
    if (!survey.kinds)
        return err_set(err, ERR_INTERNAL, "there is no memory for the kinds");
    if (cluster_discover(worker, cluster, on_resource, &survey, NULL, err) < 0)
        return -1;
    *out = arena_alloc(worker->arena, (survey.count + 1) * sizeof(**out));
    if (!*out || survey.failed)
        return err_set(err, ERR_INTERNAL, "there is no memory for the kinds");
    for (size_t i = 0; i < survey.count; i++) {
        struct content *content = &(*out)[*count];

        if (is_gone(arg))
            return err_set(err, ERR_CLIENT_GONE, "the client is gone");
        content->type = survey.kinds[i].type;
        content->count = count_kind(worker, cluster, &survey, &survey.kinds[i]);
        *count += content->count != 0;
    }
    return 0;
}
