#include "aws/eks.h"

#include "aws/answer.h"
#include "aws/eks_api.h"
#include "base/log.h"

int eks_cluster_describe(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                         struct str name, bool is_urgent, struct eks_cluster *out, struct err *err)
{
    const struct eks_wish wish = {.operation = EKS_DESCRIBE_CLUSTER, .labels = {name}, .is_urgent = is_urgent};
    const cJSON *cluster;

    err_clear(err);
    if (name.len == 0)
        return err_field(err, "cluster_name", CAUSE_REQUIRED, "must be the name of an EKS cluster");
    if (eks_perform(client, credentials, region, &wish, &cluster, err) < 0)
        return -1;
    return aws_answer_cluster_member(client->arena, cluster, out, err);
}

int eks_clusters_list(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                      const char ***names, size_t *count, struct err *err)
{
    const struct eks_wish wish = {.operation = EKS_LIST_CLUSTERS};
    const cJSON *listed;
    const cJSON *name;

    *count = 0;
    if (eks_perform(client, credentials, region, &wish, &listed, err) < 0)
        return -1;
    *names = arena_alloc(client->arena, EKS_CLUSTERS_MAX * sizeof(**names));
    if (!*names)
        return err_set(err, ERR_INTERNAL, "there is no memory for an answer of AWS");
    cJSON_ArrayForEach(name, listed)
    {
        if (cJSON_IsString(name) && *count < EKS_CLUSTERS_MAX)
            (*names)[(*count)++] = name->valuestring;
    }
    if (cJSON_GetArraySize(listed) > EKS_CLUSTERS_MAX)
        log_warning("not all clusters of a region are listed", LOG_STR("region", region), LOG_INT("listed", *count));
    return 0;
}
