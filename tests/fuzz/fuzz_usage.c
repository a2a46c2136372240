/*
 * Whatever a metrics API or a kubelet says of usage, what is told of it has names that can be names and amounts that
 * can be added up.
 */
#include <assert.h>
#include <stdint.h>

#include "base/limits.h"
#include "kube/name.h"
#include "kube/usage_walk.h"
#include "redis/sample_values.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_node(void *arg, const char *name, const struct usage *usage)
{
    (void)arg;
    assert(!name_check_subdomain(str_from(name)));
    assert(usage->cpu >= 0 && usage->memory >= 0 && usage->cpu + usage->memory > -1);
    return 0;
}

static int on_pod(void *arg, const char *namespace, const char *name, struct str containers, size_t count)
{
    size_t found = 0;
    int64_t numbers[2];

    assert(arg && !name_check_label(str_from(namespace)) && !name_check_subdomain(str_from(name)));
    while (samples_numbers(&containers, numbers, 2) == 2) {
        assert(!name_check_label(str_cut(&containers, ' ')));
        found++;
    }
    assert(found == count && !containers.ptr);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct usage_sink sink = {.on_node = on_node, .on_pod = on_pod, .arg = &size};
    const char *why;
    cJSON *object = size <= KIB(64) ? json_tree((struct str){(const char *)data, size}, LIMIT_JSON_DEPTH, &why) : NULL;

    if (!object)
        return 0;
    assert(usage_read_node(object, &sink) == 0);
    assert(usage_read_pod(object, &sink) == 0);
    assert(usage_read_summary(object, "node", &sink) == 0);
    cJSON_Delete(object);
    return 0;
}
