/* A plan as terraform prints it: whatever comes, the line is JSON within its maximum. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "terraform/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct plan_guard guard = {.is_destroy = false};
    struct err err = {0};
    cJSON *plan = plan_parse((struct str){(const char *)data, size}, &err);
    struct buf line;
    const char *why;
    cJSON *root;

    if (!plan)
        return 0;
    buf_init(&line, MIB(2));
    plan_write(plan, &guard, STR("sha256:0"), &line);
    if (!line.failed) {
        root = json_tree(buf_str(&line), LIMIT_JSON_DEPTH, &why);
        assert(root && !str_contains(buf_str(&line), '\n'));
        cJSON_Delete(root);
    }
    buf_free(&line);
    cJSON_Delete(plan);
    return 0;
}
