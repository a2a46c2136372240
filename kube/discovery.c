#include "kube/discovery.h"

#include <string.h>

static const char *text_or(const cJSON *node, const char *path, const char *fallback)
{
    const char *text = json_find_text(node, path);

    return text ? text : fallback;
}

static bool in_earlier_version(const cJSON *versions, const cJSON *version, const char *plural)
{
    const cJSON *v;
    const cJSON *r;

    cJSON_ArrayForEach(v, versions)
    {
        if (v == version)
            return false;
        cJSON_ArrayForEach(r,
                           json_find(v, "resources")) if (strcmp(text_or(r, "resource", ""), plural) == 0) return true;
    }
    return false;
}

static struct kube_resource describe(const cJSON *group, const cJSON *version, const cJSON *r)
{
    return (struct kube_resource){
        .group = text_or(group, "metadata.name", ""),
        .version = text_or(version, "version", ""),
        .plural = text_or(r, "resource", ""),
        .kind = text_or(r, "responseKind.kind", ""),
        .namespaced = strcmp(text_or(r, "scope", ""), "Namespaced") == 0,
        .verbs = json_find(r, "verbs"),
        .short_names = json_find(r, "shortNames"),
    };
}

int kube_group_resources(const cJSON *group, int (*on_resource)(void *arg, const struct kube_resource *resource),
                         void *arg)
{
    const cJSON *versions = json_find(group, "versions");
    const cJSON *version;
    const cJSON *r;

    cJSON_ArrayForEach(version, versions)
    {
        cJSON_ArrayForEach(r, json_find(version, "resources"))
        {
            struct kube_resource found = describe(group, version, r);

            if (*found.plural == '\0' || in_earlier_version(versions, version, found.plural))
                continue;
            if (on_resource(arg, &found) < 0)
                return -1;
        }
    }
    return 0;
}

void kube_group_stale(const cJSON *group, void (*on_stale)(void *arg, const char *group, const char *version),
                      void *arg)
{
    const cJSON *version;

    cJSON_ArrayForEach(version, json_find(group, "versions"))
    {
        if (strcmp(text_or(version, "freshness", ""), "Stale") == 0)
            on_stale(arg, text_or(group, "metadata.name", ""), text_or(version, "version", ""));
    }
}

bool kube_resource_is(const struct kube_resource *resource, struct str type)
{
    struct str group = type;
    struct str plural = str_cut(&group, '.');

    if (!str_equal(plural, str_from(resource->plural)))
        return false;
    return !group.ptr || str_equal(group, str_from(resource->group));
}
