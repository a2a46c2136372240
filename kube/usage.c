#include "kube/usage.h"

#include "kube/quantity.h"

#define NANO_OF_MILLI INT64_C(1000000)

/* Sums saturate: a list of amounts comes from others. */
static void add(struct usage *sum, const struct usage *one)
{
    if (__builtin_add_overflow(sum->cpu, one->cpu, &sum->cpu))
        sum->cpu = INT64_MAX;
    if (__builtin_add_overflow(sum->memory, one->memory, &sum->memory))
        sum->memory = INT64_MAX;
}

bool usage_of_resources(const cJSON *resources, struct usage *out)
{
    const char *cpu = json_find_text(resources, "cpu");
    const char *memory = json_find_text(resources, "memory");
    struct err err;

    return cpu && memory && kube_quantity_millicores(str_from(cpu), &out->cpu, &err) == 0 &&
           kube_quantity_bytes(str_from(memory), &out->memory, &err) == 0;
}

bool usage_of_stats(const cJSON *stats, struct usage *out)
{
    int64_t nano = json_find_int(stats, "cpu.usageNanoCores", -1);

    out->memory = json_find_int(stats, "memory.workingSetBytes", -1);
    out->cpu = nano / NANO_OF_MILLI + (nano % NANO_OF_MILLI > 0);
    return nano >= 0 && out->memory >= 0;
}

static bool usage_of_all(const cJSON *containers, const char *member,
                         bool (*read)(const cJSON *container, struct usage *out), struct usage *out)
{
    const cJSON *container;
    bool any = false;

    *out = (struct usage){0, 0};
    cJSON_ArrayForEach(container, containers)
    {
        struct usage one;

        if (!read(json_find(container, member), &one))
            return false;
        add(out, &one);
        any = true;
    }
    return any;
}

bool usage_of_pod_metrics(const cJSON *pod, struct usage *out)
{
    return usage_of_all(json_find(pod, "containers"), "usage", usage_of_resources, out);
}

bool usage_of_pod_stats(const cJSON *pod, struct usage *out)
{
    return usage_of_all(json_find(pod, "containers"), "", usage_of_stats, out);
}
