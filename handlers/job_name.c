#include "handlers/job_name.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/duration.h"
#include "cluster/object.h"
#include "kube/name.h"

int job_name_find(struct request *request, struct job_name *out)
{
    if (route_segment(&request->match, "name").len > 0) {
        out->namespace = request_name(request, "namespace", name_check_label);
        out->name = out->namespace.ptr ? request_name(request, "name", name_check_subdomain) : out->namespace;
        return out->name.ptr ? 0 : -1;
    }
    out->name = request_query(request, "job_name");
    out->namespace = request_query(request, "namespace");
    if (!out->namespace.ptr)
        out->namespace = STR("default");
    return 0;
}

const char *job_name_path(struct request *request, const struct job_name *name, const char *query)
{
    const char *path = arena_printf(request->arena, "/apis/batch/v1/namespaces/%.*s/jobs/%.*s%s",
                                    STR_FMT(name->namespace), STR_FMT(name->name), query);

    if (!path)
        err_set(&request->err, ERR_INTERNAL, "there is no memory for the path");
    return path;
}

void job_name_list_path(const struct job_name *name, char *out, size_t size)
{
    snprintf(out, size, "/apis/batch/v1/namespaces/%.*s/jobs?fieldSelector=metadata.name%%3D%.*s",
             STR_FMT(name->namespace), STR_FMT(name->name));
}

int job_read_named(struct request *request, const struct job_name *name, cJSON **out)
{
    const char *path = job_name_path(request, name, "");

    return path ? object_call(request->worker, request->cluster, "GET", path, NULL, out, &request->err) : -1;
}

const char *job_check_since(struct str value)
{
    int64_t number;

    return duration_parse(value, &number) == 0 || clock_parse(value, &number) == 0
               ? NULL
               : "must be a duration like 24h or 90m, or a time like 2026-11-21T08:00:00Z";
}
