#include "kube/usage_walk.h"

#include "base/limits.h"
#include "kube/name.h"

#define CONTAINERS_TEXT_MAX MIB(1)
#define NUMBER_MAX INT64_C(9000000000000000) /* a double is exact up to there, and no machine is near it */

static bool is_subdomain(const char *text)
{
    return text && !name_check_subdomain(str_from(text));
}

static bool is_label(const char *text)
{
    return text && !name_check_label(str_from(text));
}

static bool is_sound(const struct usage *usage)
{
    return usage->cpu >= 0 && usage->cpu <= NUMBER_MAX && usage->memory >= 0 && usage->memory <= NUMBER_MAX;
}

static bool read_metrics(const cJSON *item, struct usage *out)
{
    return usage_of_resources(json_find(item, "usage"), out) && is_sound(out);
}

static bool read_stats(const cJSON *item, struct usage *out)
{
    return usage_of_stats(item, out) && is_sound(out);
}

int usage_read_node(const cJSON *item, const struct usage_sink *sink)
{
    const char *name = json_find_text(item, "metadata.name");
    struct usage usage;

    if (!is_subdomain(name) || !read_metrics(item, &usage))
        return 0;
    return sink->on_node(sink->arg, name, &usage);
}

static int read_containers(const cJSON *containers, bool (*read)(const cJSON *item, struct usage *out),
                           const char *namespace, const char *name, const struct usage_sink *sink)
{
    const cJSON *container;
    struct buf text;
    size_t count = 0;
    int rc = 0;

    if (!is_label(namespace) || !is_subdomain(name))
        return 0;
    buf_init(&text, CONTAINERS_TEXT_MAX);
    cJSON_ArrayForEach(container, containers)
    {
        const char *called = json_find_text(container, "name");
        struct usage usage;

        if (!is_label(called) || !read(container, &usage))
            continue;
        buf_printf(&text, "%s%lld %lld %s", count > 0 ? " " : "", (long long)usage.cpu, (long long)usage.memory,
                   called);
        count++;
    }
    if (count > 0 && !text.failed)
        rc = sink->on_pod(sink->arg, namespace, name, buf_str(&text), count);
    buf_free(&text);
    return rc;
}

int usage_read_pod(const cJSON *item, const struct usage_sink *sink)
{
    return read_containers(json_find(item, "containers"), read_metrics, json_find_text(item, "metadata.namespace"),
                           json_find_text(item, "metadata.name"), sink);
}

int usage_read_summary(const cJSON *summary, const char *node, const struct usage_sink *sink)
{
    const cJSON *pod;
    struct usage usage;
    int rc = 0;

    if (read_stats(json_find(summary, "node"), &usage))
        rc = sink->on_node(sink->arg, node, &usage);
    cJSON_ArrayForEach(pod, json_find(summary, "pods"))
    {
        if (rc != 0)
            break;
        rc = read_containers(json_find(pod, "containers"), read_stats, json_find_text(pod, "podRef.namespace"),
                             json_find_text(pod, "podRef.name"), sink);
    }
    return rc;
}
