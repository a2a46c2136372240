/*
 * The default cluster: what a path without an id is about.
 */
#include "cluster/cluster.h"
#include "cluster/in_cluster.h"

int cluster_default_id(struct worker *worker, bool (*sees)(const void *caller, struct str id), const void *caller,
                       struct str *id, struct err *err)
{
    const struct config *config = worker->config;
    struct connection_entry *entries;
    size_t count;
    size_t seen = 0;

    if (config->cluster_name) {
        *id = str_from(cluster_id(worker->arena, str_from(config->region), str_from(config->cluster_name)));
        return 0;
    }
    if (cluster_entries(worker, &entries, &count, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        struct str one = str_from(entries[i].connection.id);

        if (!sees(caller, one))
            continue;
        *id = one;
        seen++;
    }
    if (seen != 1)
        return err_set(err, ERR_BAD_REQUEST,
                       "there is no default cluster (%zu are connected): use /raw/clusters/{id}/... or set "
                       "EKS_CLUSTER_NAME and EKS_REGION",
                       seen);
    return 0;
}

int cluster_load_default(struct worker *worker, struct str id, struct cluster *out, struct err *err)
{
    const struct config *config = worker->config;
    static const struct aws_auth chain = {.type = AWS_AUTH_DEFAULT};
    const struct connect_request connect = {
        .name = str_from(config->cluster_name), .region = str_from(config->region), .auth = &chain};
    struct connect_result result;
    int rc = cluster_load(worker, id, out, err);

    if (rc == 0 || err->kind != ERR_NOT_CONNECTED || !config->cluster_name)
        return rc;
    if (cluster_connect(worker, &connect, &result, err) < 0)
        return -1;
    *out = result.cluster;
    return 0;
}
