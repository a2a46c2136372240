#include "kube/resources.h"

#include <string.h>

#include "kube/quantity.h"

typedef int read_function(struct str text, int64_t *out, struct err *err);

static bool is_text(const cJSON *object, const char *path, const char *wanted)
{
    const char *text = json_find_text(object, path);

    return text && strcmp(text, wanted) == 0;
}

/* -1 when there is none. */
static int64_t amount(const cJSON *container, const char *path, read_function *read)
{
    const char *text = json_find_text(container, path);
    struct err err;
    int64_t value;

    return text && read(str_from(text), &value, &err) == 0 && value >= 0 ? value : -1;
}

static void add(int64_t *sum, int64_t value)
{
    if (__builtin_add_overflow(*sum, value, sum))
        *sum = INT64_MAX;
}

static void add_request(int64_t *sum, int64_t value)
{
    if (value > 0)
        add(sum, value);
}

static void add_limit(int64_t *sum, int64_t value)
{
    if (*sum >= 0 && value >= 0)
        add(sum, value);
    else
        *sum = -1;
}

static void add_container(const cJSON *container, struct resources *sum)
{
    add_request(&sum->requests.cpu, amount(container, "resources.requests.cpu", kube_quantity_millicores));
    add_request(&sum->requests.memory, amount(container, "resources.requests.memory", kube_quantity_bytes));
    add_limit(&sum->limits.cpu, amount(container, "resources.limits.cpu", kube_quantity_millicores));
    add_limit(&sum->limits.memory, amount(container, "resources.limits.memory", kube_quantity_bytes));
}

void resources_add_pod(const cJSON *pod, struct resources *sum)
{
    const cJSON *container;

    if (is_text(pod, "status.phase", "Succeeded") || is_text(pod, "status.phase", "Failed"))
        return;
    cJSON_ArrayForEach(container, json_find(pod, "spec.containers")) add_container(container, sum);
    cJSON_ArrayForEach(container, json_find(pod, "spec.initContainers"))
    {
        if (is_text(container, "restartPolicy", "Always"))
            add_container(container, sum);
    }
}
