#include "cluster/job_template.h"

#include "base/limits.h"

const char *job_template_check_name(struct str name)
{
    bool good = name.len > 0 && name.len <= TEMPLATE_NAME_MAX && name.ptr[0] != '-' && name.ptr[name.len - 1] != '-';

    for (size_t i = 0; good && i < name.len; i++)
        good = (name.ptr[i] >= 'a' && name.ptr[i] <= 'z') || (name.ptr[i] >= '0' && name.ptr[i] <= '9') ||
               name.ptr[i] == '-';
    return good ? NULL : "must be lower-case letters, digits and '-', beginning and ending with a letter or digit";
}

int job_template_parse(struct arena *arena, struct job_template *out, struct err *err)
{
    const char *why;

    out->root = json_parse(arena, out->record.text, LIMIT_JSON_DEPTH, &why);
    if (cJSON_IsObject(json_find(out->root, "job_manifest")))
        return 0;
    return err_set(err, ERR_STORE_UNAVAILABLE, "what is stored of this template can not be read");
}

int job_template_read(struct worker *worker, struct str name, long version, struct job_template *out, struct err *err)
{
    int rc = job_template_check_name(name)
                 ? REDIS_MISSING
                 : template_read(worker->redis, worker->arena, name, version, &out->record, err);

    if (rc < 0)
        return -1;
    if (rc == REDIS_FOUND)
        return job_template_parse(worker->arena, out, err);
    if (version > 0)
        return err_set(err, ERR_NOT_FOUND, "there is no version %ld of a job template \"%.*s\"", version,
                       (int)(name.len < TEMPLATE_NAME_MAX ? name.len : TEMPLATE_NAME_MAX), name.ptr);
    return err_set(err, ERR_NOT_FOUND, "there is no job template \"%.*s\"",
                   (int)(name.len < TEMPLATE_NAME_MAX ? name.len : TEMPLATE_NAME_MAX), name.ptr);
}

cJSON *job_template_fill(struct worker *worker, struct str name, long *version, const cJSON *values, struct err *err)
{
    struct job_template template = {.root = NULL};
    struct parameters parameters;

    if (job_template_read(worker, name, *version, &template, err) < 0)
        return NULL;
    *version = template.record.version;
    if (parameters_read(&parameters, worker->arena, json_find(template.root, "parameters"), err) < 0) {
        err_set(err, ERR_STORE_UNAVAILABLE, "what is stored of this template can not be read");
        return NULL;
    }
    if (parameters_take(&parameters, values, err) < 0)
        return NULL;
    return template_fill(worker->arena, json_find(template.root, "job_manifest"), &parameters, err);
}
