#include "cluster/in_cluster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"

#define TOKEN_MAX KIB(16)

/* A file of the service account. *out lies in the arena, where it is overwritten at reset. */
static int read_file(struct worker *worker, const char *name, size_t max, struct str *out, struct err *err)
{
    const char *path = arena_printf(worker->arena, "%s/%s", worker->config->service_account_dir, name);
    FILE *file = path ? fopen(path, "re") : NULL;
    struct buf text;
    char piece[4096];
    size_t n;

    *out = STR("");
    buf_init(&text, max);
    buf_reserve(&text, max);
    while (file && (n = fread(piece, 1, sizeof(piece), file)) > 0)
        buf_add(&text, piece, n);
    if (!file || text.failed || ferror(file) || text.len == 0) {
        err_set(err, ERR_NO_CREDENTIALS, "eksgate: %s of the pod's service account can not be read: %s", name,
                text.failed ? "it is too large"
                : !file     ? strerror(errno)
                            : "it is empty");
    } else {
        *out = buf_str(&text);
        while (out->len > 0 && out->ptr[out->len - 1] == '\n')
            out->len--;
        out->ptr = arena_secret(worker->arena, out->ptr, out->len);
        if (!out->ptr)
            err_set(err, ERR_INTERNAL, "there is no memory for the service account");
    }
    if (file)
        fclose(file);
    explicit_bzero(piece, sizeof(piece));
    buf_wipe(&text);
    return out->len > 0 && out->ptr ? 0 : -1;
}

/* Every pod is told where its cluster is; the service account is mounted only where that is wanted. */
static bool is_here(const struct config *config)
{
    char path[512];

    if (!config->kubernetes_host || !config->kubernetes_port)
        return false;
    snprintf(path, sizeof(path), "%.480s/ca.crt", config->service_account_dir);
    return access(path, R_OK) == 0;
}

bool in_cluster_is(const struct config *config, struct str id)
{
    return str_equal(id, STR(IN_CLUSTER_ID)) && is_here(config);
}

static struct connection make_connection(void)
{
    return (struct connection){
        .id = IN_CLUSTER_ID,
        .name = "kubernetes",
        .region = "",
        .source = SOURCE_IN_CLUSTER,
        .user = "in-cluster",
        .namespace = "",
        .auth_type = "service-account",
        .profile = "",
        .role_arn = "",
        .external_id = "",
        .role_chain = "",
        .identity_arn = "the pod's service account",
        .principal_arn = "",
        .account = "",
    };
}

/* An IPv6 address stands in brackets. */
static const char *make_endpoint(struct arena *arena, const struct config *config)
{
    bool is_v6 = strchr(config->kubernetes_host, ':');

    return arena_printf(arena, "https://%s%s%s:%s", is_v6 ? "[" : "", config->kubernetes_host, is_v6 ? "]" : "",
                        config->kubernetes_port);
}

static struct description make_description(struct arena *arena, const struct config *config)
{
    return (struct description){
        .endpoint = make_endpoint(arena, config), .version = "", .platform_version = "", .status = ""};
}

int in_cluster_load(struct worker *worker, struct cluster *out, struct err *err)
{
    *out = (struct cluster){.id = STR(IN_CLUSTER_ID),
                            .connection = make_connection(),
                            .description = make_description(worker->arena, worker->config)};
    if (!out->description.endpoint)
        return err_set(err, ERR_INTERNAL, "there is no memory for the cluster");
    return read_file(worker, "ca.crt", LIMIT_CA_PEM, &out->description.ca_pem, err);
}

int in_cluster_take_token(struct worker *worker, struct cluster *cluster, struct err *err)
{
    struct str token;

    if (read_file(worker, "token", TOKEN_MAX, &token, err) < 0)
        return -1;
    cluster->target.token = token.ptr;
    return 0;
}

static int compare_ids(const void *a, const void *b)
{
    const struct connection_entry *x = a;
    const struct connection_entry *y = b;

    return strcmp(x->connection.id, y->connection.id);
}

int cluster_entries(struct worker *worker, struct connection_entry **entries, size_t *count, struct err *err)
{
    struct connection_entry *all;

    if (connections_list(worker->redis, worker->arena, entries, count, err) < 0)
        return -1;
    if (!is_here(worker->config))
        return 0;
    all = arena_alloc(worker->arena, (*count + 1) * sizeof(*all));
    if (!all)
        return err_set(err, ERR_INTERNAL, "there is no memory for the connections");
    memcpy(all, *entries, *count * sizeof(*all));
    all[*count] = (struct connection_entry){make_connection(), make_description(worker->arena, worker->config)};
    if (!all[*count].description.endpoint)
        return err_set(err, ERR_INTERNAL, "there is no memory for the connections");
    (*count)++;
    qsort(all, *count, sizeof(*all), compare_ids);
    *entries = all;
    return 0;
}

int cluster_ids(const struct config *config, struct redis_client *redis, struct arena *arena, struct str **ids,
                size_t *count, struct err *err)
{
    if (connections_ids(redis, arena, ids, count, err) < 0)
        return -1;
    if (is_here(config))
        (*ids)[(*count)++] = STR(IN_CLUSTER_ID); /* there is room for one more */
    return 0;
}
