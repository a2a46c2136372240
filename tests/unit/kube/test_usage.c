/* What nodes and pods use, as metrics.k8s.io and the kubelets tell. */
#include "tests/unit/rows.h"

#include "kube/usage.h"

typedef bool read_function(const cJSON *object, struct usage *out);

static void amounts_are_read_or_not_known(void **state)
{
    static const struct {
        int line;
        read_function *read;
        const char *text;
        bool is_known;
        int64_t cpu;
        int64_t memory;
    } rows[] = {
        {__LINE__, usage_of_resources, "{\"cpu\":\"123456789n\",\"memory\":\"1048576Ki\"}", true, 124, 1073741824},
        {__LINE__, usage_of_resources, "{\"cpu\":\"3920m\",\"memory\":\"1Gi\",\"pods\":\"29\"}", true, 3920,
         1073741824},
        {__LINE__, usage_of_resources, "{\"cpu\":\"1\"}", false, 0, 0},
        {__LINE__, usage_of_resources, "{\"cpu\":1,\"memory\":\"1\"}", false, 0, 0},
        {__LINE__, usage_of_resources, "{\"cpu\":\"one\",\"memory\":\"1\"}", false, 0, 0},
        {__LINE__, usage_of_resources, "null", false, 0, 0},
        {__LINE__, usage_of_pod_metrics,
         "{\"containers\":[{\"usage\":{\"cpu\":\"3n\",\"memory\":\"1Ki\"}},{\"usage\":{\"cpu\":\"2m\",\"memory\":\"1\"}"
         "}]}",
         true, 3, 1025},
        {__LINE__, usage_of_pod_metrics, "{\"containers\":[]}", false, 0, 0},
        {__LINE__, usage_of_pod_metrics, "{}", false, 0, 0},
        {__LINE__, usage_of_pod_metrics, "{\"containers\":[{\"usage\":{\"cpu\":\"1m\",\"memory\":\"1\"}},{}]}", false,
         0, 0},
        {__LINE__, usage_of_pod_metrics,
         "{\"containers\":[{\"usage\":{\"cpu\":\"1\",\"memory\":\"7Ei\"}},{\"usage\":{\"cpu\":\"1\",\"memory\":\"7Ei\"}"
         "}]}",
         true, 2000, INT64_MAX},
        {__LINE__, usage_of_stats, "{\"cpu\":{\"usageNanoCores\":3141592},\"memory\":{\"workingSetBytes\":4096}}", true,
         4, 4096},
        {__LINE__, usage_of_stats, "{\"cpu\":{\"usageNanoCores\":0},\"memory\":{\"workingSetBytes\":0}}", true, 0, 0},
        {__LINE__, usage_of_stats, "{\"cpu\":{\"usageNanoCores\":1e300},\"memory\":{\"workingSetBytes\":0}}", false, 0,
         0},
        {__LINE__, usage_of_stats, "{\"memory\":{\"workingSetBytes\":4096}}", false, 0, 0},
        {__LINE__, usage_of_pod_stats,
         "{\"containers\":[{\"cpu\":{\"usageNanoCores\":1},\"memory\":{\"workingSetBytes\":1}},"
         "{\"cpu\":{\"usageNanoCores\":1000000},\"memory\":{\"workingSetBytes\":2}}]}",
         true, 2, 3},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *why;
        cJSON *tree = json_tree(str_from(rows[i].text), 8, &why);
        struct usage usage;

        row_int(rows[i].line, rows[i].read(tree, &usage), rows[i].is_known);
        if (rows[i].is_known) {
            row_int(rows[i].line, usage.cpu, rows[i].cpu);
            row_int(rows[i].line, usage.memory, rows[i].memory);
        }
        cJSON_Delete(tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_read_or_not_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
