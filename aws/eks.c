#include "aws/eks.h"

#include <string.h>

#include "aws/answer.h"
#include "aws/call.h"
#include "aws/eks_api.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/log.h"

#define PAGES_MAX 100

static int no_memory(struct err *err)
{
    return err_set(err, ERR_INTERNAL, "there is no memory for an answer of AWS");
}

/* prefix, then value percent-encoded, in the arena; the empty view without memory. */
static struct str join_encoded(struct arena *arena, struct str prefix, struct str value)
{
    struct buf text;
    struct str copy = STR("");

    buf_init(&text, LIMIT_URI);
    buf_add_str(&text, prefix);
    encode_percent(&text, value);
    if (!text.failed)
        copy = (struct str){arena_strndup(arena, text.ptr, text.len), text.len};
    buf_free(&text);
    return copy.ptr ? copy : STR("");
}

int eks_cluster_describe(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                         struct str name, struct eks_cluster *out, struct err *err)
{
    const struct eks_wish wish = {.operation = EKS_DESCRIBE_CLUSTER, .labels = {name}, .is_urgent = true};
    const cJSON *cluster;

    err_clear(err);
    if (name.len == 0)
        return err_field(err, "cluster_name", CAUSE_REQUIRED, "must be the name of an EKS cluster");
    if (eks_perform(client, credentials, region, &wish, &cluster, err) < 0)
        return -1;
    return aws_answer_cluster_member(client->arena, cluster, out, err);
}

/* One page; *next is its successor's token, or "". */
static int list_page(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                     const char **names, size_t *count, const char **next, struct err *err)
{
    struct aws_call call = {.service = AWS_EKS,
                            .operation = "eks:ListClusters",
                            .method = "GET",
                            .path = STR("/clusters"),
                            .query = STR("maxResults=100")};
    struct str body;

    if (**next)
        call.query = join_encoded(client->arena, STR("maxResults=100&nextToken="), str_from(*next));
    if (call.query.len == 0)
        return no_memory(err);
    if (aws_call(client, credentials, region, &call, &body, err) < 0)
        return -1;
    return aws_answer_names(client->arena, body, names, count, EKS_CLUSTERS_MAX, next, err);
}

int eks_clusters_list(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                      const char ***names, size_t *count, struct err *err)
{
    const char *token = "";
    const char *previous;
    unsigned pages = 0;

    *count = 0;
    *names = arena_alloc(client->arena, EKS_CLUSTERS_MAX * sizeof(**names));
    if (!*names)
        return no_memory(err);
    do {
        previous = token;
        if (list_page(client, credentials, region, *names, count, &token, err) < 0)
            return -1;
        pages++;
    } while (*token && strcmp(token, previous) != 0 && pages < PAGES_MAX && *count < EKS_CLUSTERS_MAX);
    if (*token)
        log_warning("not all clusters of a region are listed", LOG_STR("region", region), LOG_INT("listed", *count));
    return 0;
}
