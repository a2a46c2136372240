#include "handlers/provision_find.h"

#include "terraform/name.h"

const char *provision_check_run(struct str id)
{
    return terraform_is_run(id) ? NULL : "must be the id of a run, as the list has it";
}

struct str provision_name(struct request *request)
{
    struct str name = request_segment(request, "cluster_name");

    if (name.ptr && terraform_check_cluster(name)) {
        err_set(&request->err, ERR_NOT_FOUND, "eksgate has made no cluster of that name: it %s",
                terraform_check_cluster(name));
        return (struct str){NULL, 0};
    }
    return name;
}

int provision_not_there(struct request *request, struct str name)
{
    return err_set(&request->err, ERR_NOT_FOUND,
                   "eksgate knows of no cluster \"%.*s\" that it has made or is to make: GET /api/provision/clusters "
                   "lists them",
                   STR_FMT(name));
}

int provision_find(struct request *request, struct run_cluster *out)
{
    struct str name = provision_name(request);
    int rc;

    if (!name.ptr)
        return -1;
    rc = run_cluster_read(request->worker->redis, request->arena, name, out, &request->err);
    if (rc == REDIS_MISSING)
        return provision_not_there(request, name);
    return rc < 0 ? -1 : 0;
}

int provision_find_run(struct request *request, struct run *out)
{
    struct str name = provision_name(request);
    struct str id = name.ptr ? request_segment(request, "run") : name;
    int rc = REDIS_MISSING;

    if (!id.ptr)
        return -1;
    if (terraform_is_run(id))
        rc = run_read(request->worker->redis, request->arena, name, id, out, &request->err);
    if (rc == REDIS_MISSING)
        return err_set(&request->err, ERR_NOT_FOUND, "the cluster has no such run (any more): the newest %zu are kept",
                       RUNS_KEPT);
    return rc < 0 ? -1 : 0;
}

/* The one that is asked for, the active one, or the last. 0, or -1 with request->err; its id is empty: none. */
static int find_shown(struct request *request, const struct run_cluster *cluster, struct run *out)
{
    struct str wanted = request_query(request, "run");
    struct str id = wanted.ptr ? wanted : cluster->active.len > 0 ? cluster->active : cluster->last.id;
    int rc = REDIS_MISSING;

    *out = (struct run){0};
    if (id.len == 0)
        return 0;
    rc = run_read(request->worker->redis, request->arena, cluster->name, id, out, &request->err);
    if (rc == REDIS_MISSING && wanted.ptr)
        return err_set(&request->err, ERR_NOT_FOUND, "the cluster has no such run (any more)");
    return rc < 0 ? -1 : 0;
}

int provision_find_shown(struct request *request, struct run_cluster *cluster, struct run *out)
{
    return provision_find(request, cluster) < 0 ? -1 : find_shown(request, cluster, out);
}
