#include "handlers/job_order.h"

#include <stdint.h>

#include "cluster/job_template.h"
#include "kube/name.h"

/* clang-format off */
const struct field job_create_fields[] = {
    {.name = "job_manifest", .type = FIELD_OBJECT, .help = "the Job; name, apiVersion and kind may be left out. This, or a template", .example = "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"job-container\",\"image\":\"busybox\",\"command\":[\"echo\",\"Hello World\"]}],\"restartPolicy\":\"Never\"}},\"backoffLimit\":1}}"},
    {.name = "template", .type = FIELD_TEXT, .min = 1, .max = TEMPLATE_NAME_MAX, .pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", .check = job_template_check_name, .help = "name of the stored template that it is made from: docs/templates.md"},
    {.name = "template_version", .type = FIELD_INTEGER, .min = 1, .max = INT32_MAX, .help = "of the template; its newest when left out"},
    {.name = "parameters", .type = FIELD_OBJECT, .help = "values for the template's parameters, by their names"},
    {.name = "namespace", .type = FIELD_TEXT, .min = 1, .max = NAME_LABEL_MAX, .check = name_check_label, .help = "where; made when it is absent. The manifest's, or default, when left out", .example = "default"},
    {.name = "dry_run", .type = FIELD_BOOLEAN, .help = "the API server checks everything and stores nothing"},
    {.name = NULL},
};
/* clang-format on */

static const cJSON *member(const cJSON *body, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(body, name);

    return cJSON_IsNull(value) ? NULL : value;
}

static int check_source(const cJSON *body, struct err *err)
{
    bool has_template = member(body, "template") != NULL;

    if (member(body, "job_manifest") && has_template)
        err_field(err, "template", CAUSE_UNKNOWN,
                  "a job is made from a job_manifest or from a template, not from both");
    else if (!member(body, "job_manifest") && !has_template)
        err_field(err, "job_manifest", CAUSE_REQUIRED, "is required, or a template");
    if (!has_template && member(body, "template_version"))
        err_field(err, "template_version", CAUSE_UNKNOWN, "goes with a template only");
    if (!has_template && member(body, "parameters"))
        err_field(err, "parameters", CAUSE_UNKNOWN, "go with a template only");
    return err->kind == ERR_NONE ? 0 : -1;
}

static int fill_template(struct worker *worker, const cJSON *body, struct job_order *out, struct err *err)
{
    const char *name = json_find_text(body, "template");
    const cJSON *wanted = member(body, "template_version");
    long version = wanted ? (long)wanted->valuedouble : 0;

    out->manifest = job_template_fill(worker, str_from(name), &version, member(body, "parameters"), err);
    if (!out->manifest)
        return -1;
    out->origin.template_name = name;
    out->origin.template_version = arena_printf(worker->arena, "%ld", version);
    return out->origin.template_version ? 0 : err_set(err, ERR_INTERNAL, "there is no memory for the job");
}

int job_order_read(struct worker *worker, const cJSON *body, const char *key, struct job_order *out, struct err *err)
{
    *out = (struct job_order){
        .manifest = cJSON_GetObjectItemCaseSensitive(body, "job_manifest"),
        .namespace = str_from(json_find_text(body, "namespace")),
        .dry_run = cJSON_IsTrue(member(body, "dry_run")),
        .origin = {.key = key},
    };
    if (check_source(body, err) < 0)
        return -1;
    return member(body, "template") ? fill_template(worker, body, out, err) : 0;
}
