/*
 * Any {parameters, job_manifest, values}: what passes the checks can be filled in, and of what is filled in nothing but
 * the texts with placeholders has changed.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "kube/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(const struct parameter *p)
{
    const cJSON *v = p->value;

    if (!v) {
        assert(!p->required);
        return;
    }
    assert(p->type == PARAMETER_BOOLEAN                                  ? cJSON_IsBool(v)
           : p->type == PARAMETER_INTEGER || p->type == PARAMETER_NUMBER ? cJSON_IsNumber(v)
                                                                         : cJSON_IsString(v));
    if (p->minimum)
        assert(v->valuedouble >= p->minimum->valuedouble);
    if (p->maximum)
        assert(v->valuedouble <= p->maximum->valuedouble);
}

static void check_filled(const cJSON *before, const cJSON *after)
{
    const cJSON *child = after->child;

    if (cJSON_IsString(before)) {
        assert(!(after->type & (cJSON_Array | cJSON_Object | cJSON_NULL)));
        if (!strchr(before->valuestring, '$'))
            assert(strcmp(before->valuestring, after->valuestring) == 0);
        return;
    }
    assert(((before->type ^ after->type) & 0xff) == 0);
    if (!cJSON_IsObject(before) && !cJSON_IsArray(before)) {
        assert(cJSON_Compare(before, after, true));
        return;
    }
    /* Members are left out, none is added, and their order stays. */
    cJSON_ArrayForEach(before, before)
    {
        if (!child || (before->string && strcmp(before->string, child->string) != 0))
            continue;
        if (cJSON_IsString(before) && strstr(before->valuestring, "${"))
            return; /* perhaps it was left out: what follows can not be told apart */
        check_filled(before, child);
        child = child->next;
    }
    assert(!child);
}

static void check_use(struct arena *arena, const cJSON *root, struct parameters *parameters)
{
    const cJSON *manifest = json_find(root, "job_manifest");
    const cJSON *filled;
    struct err err = {0};

    if (!manifest || template_check(manifest, parameters, &err) < 0 ||
        parameters_take(parameters, json_find(root, "values"), &err) < 0)
        return;
    for (size_t i = 0; i < parameters->count; i++)
        check_value(&parameters->items[i]);
    filled = template_fill(arena, manifest, parameters, &err);
    if (filled)
        check_filled(manifest, filled);
    else
        assert(err.kind == ERR_INVALID || cJSON_IsString(manifest));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(MIB(16));
    struct parameters parameters;
    struct err err = {0};
    const char *why;
    const cJSON *root = size <= KIB(64) ? json_parse(arena, (struct str){(const char *)data, size}, 16, &why) : NULL;

    if (cJSON_IsObject(root) && parameters_read(&parameters, arena, json_find(root, "parameters"), &err) == 0)
        check_use(arena, root, &parameters);
    else if (cJSON_IsObject(root))
        assert(err.fault_count > 0);
    arena_free(arena);
    return 0;
}
