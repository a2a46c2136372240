/*
 * Connected clusters: the list, one of them, and disconnecting.
 */
#include "handlers/clusters.h"
#include <string.h>

#include "base/json.h"
#include "cluster/in_cluster.h"
#include "fcgi/response.h"
#include "handlers/cluster_json.h"
#include "handlers/contexts.h"
#include "handlers/handlers.h"

/* clang-format off */
static const struct field entry_shape[] = {
    {.name = "id", .help = "what paths name it by", .example = "us-east-1_demo"},
    {.name = "name", .help = "the name in EKS, or of the context", .example = "demo"},
    {.name = "region", .help = "empty for what is not of EKS", .example = "us-east-1"},
    {.name = "version", .help = "of Kubernetes; empty while it is not known", .example = "1.33"},
    {.name = "status", .help = "EKS's word for it; empty where EKS was not asked", .example = "ACTIVE"},
    {.name = "endpoint", .example = "https://ABCDEF.gr7.us-east-1.eks.amazonaws.com"},
    {.name = "source", .type = FIELD_CHOICE, .choices = "eks|kubeconfig|in-cluster", .help = "where it comes from", .example = "eks"},
    {.name = NULL},
};

static const struct field list_shape[] = {
    {.name = "clusters", .type = FIELD_OBJECT_LIST, .children = entry_shape},
    {.name = "contexts", .type = FIELD_TEXT_LIST, .help = "their ids", .example = "[\"us-east-1_demo\"]"},
    {.name = "currentContext", .nullable = true, .help = "the default one's id, or the only one's", .example = "us-east-1_demo"},
    {.name = NULL},
};

static const struct field cluster_shape[] = {
    {.name = "id", .help = "what paths name it by", .example = "us-east-1_demo"},
    {.name = "name", .help = "the name in EKS, or of the context", .example = "demo"},
    {.name = "region", .help = "empty for what is not of EKS", .example = "us-east-1"},
    {.name = "version", .help = "of Kubernetes; empty while it is not known", .example = "1.33"},
    {.name = "status", .help = "EKS's word for it; empty where EKS was not asked", .example = "ACTIVE"},
    {.name = "endpoint", .example = "https://ABCDEF.gr7.us-east-1.eks.amazonaws.com"},
    {.name = "source", .type = FIELD_CHOICE, .choices = "eks|kubeconfig|in-cluster", .help = "where it comes from", .example = "eks"},
    {.name = "platform_version", .example = "eks.9"},
    {.name = "auth_type", .type = FIELD_CHOICE, .choices = "credentials|profile|default|token|certificate|service-account", .help = "whose identity it uses", .example = "default"},
    {.name = "role_arn", .nullable = true, .example = "arn:aws:iam::123456789012:role/reader"},
    {.name = "identity_arn", .help = "who that is to AWS, or whom the cluster sees", .example = "arn:aws:sts::123456789012:assumed-role/reader/eksgate"},
    {.name = "account", .example = "123456789012"},
    {.name = "created_at", .format = "date-time", .nullable = true, .help = "in EKS", .example = "2026-01-31T08:00:00Z"},
    {.name = "described_at", .format = "date-time", .nullable = true, .help = "when EKS was asked last", .example = "2026-11-20T08:00:00Z"},
    {.name = "connected_at", .format = "date-time", .nullable = true, .example = "2026-11-20T08:00:00Z"},
    {.name = NULL},
};

static const struct field gone_shape[] = {
    {.name = "connection_id", .example = "us-east-1_demo"},
    {.name = "message", .example = "disconnected"},
    {.name = NULL},
};

const struct answer clusters_answers[] = {
    {200, "those that the caller may know of", list_shape},
    {0},
};

const struct answer cluster_answers[] = {
    {200, "the connection, and what EKS said last", cluster_shape},
    {0},
};

const struct field contexts_query[] = {
    {.name = "ctx", .type = FIELD_TEXT, .min = 1, .max = LIMIT_CLUSTER_ID, .help = "the one to be called current", .example = "us-east-1_demo"},
    {.name = NULL},
};

const struct answer contexts_answers[] = {
    {200, "those that the caller may know of, as GET /api/clusters answers", list_shape},
    {404, "none of them is ctx"},
    {0},
};

const struct answer disconnect_answers[] = {
    {200, "it is forgotten, with the keys that were given for it", gone_shape},
    {409, "it is the cluster that the gateway runs in"},
    {0},
};
/* clang-format on */

void cluster_json_members(struct json *j, const struct connection *c, const struct description *d)
{
    json_text(j, "name", strcmp(c->source, SOURCE_EKS) == 0 ? c->name : c->id);
    json_text(j, "region", c->region);
    json_text(j, "version", d->version);
    json_text(j, "status", d->status);
    json_text(j, "endpoint", d->endpoint);
}

static const char *current_context(struct request *request, const struct connection_entry *entries, size_t count)
{
    const struct config *config = request->worker->config;

    if (config->cluster_name) {
        const char *id = cluster_id(request->arena, str_from(config->region), str_from(config->cluster_name));

        return caller_sees(&request->caller, str_from(id)) ? id : NULL;
    }
    return count == 1 ? entries[0].connection.id : NULL;
}

/* Those that the caller may know of. */
static size_t keep_seen(const struct caller *caller, struct connection_entry *entries, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (caller_sees(caller, str_from(entries[i].connection.id)))
            entries[kept++] = entries[i];
    return kept;
}

static int read_seen(struct request *request, struct connection_entry **entries, size_t *count)
{
    if (cluster_entries(request->worker, entries, count, &request->err) < 0)
        return -1;
    *count = keep_seen(&request->caller, *entries, *count);
    return 0;
}

static void write_ids(struct json *j, const struct connection_entry *entries, size_t count)
{
    json_array_open(j, "contexts");
    for (size_t i = 0; i < count; i++)
        json_text(j, NULL, entries[i].connection.id);
    json_array_close(j);
}

int clusters_write_ids(struct request *request, struct json *j)
{
    struct connection_entry *entries;
    size_t count;

    if (read_seen(request, &entries, &count) < 0)
        return -1;
    write_ids(j, entries, count);
    return 0;
}

int clusters_write_contexts(struct request *request, struct json *j)
{
    struct connection_entry *entries;
    size_t count;

    if (read_seen(request, &entries, &count) < 0)
        return -1;
    write_ids(j, entries, count);
    json_text(j, "currentContext", current_context(request, entries, count));
    return 0;
}

/* The one that the caller calls current, if there is one of that id. */
static int choose_context(struct request *request, const struct connection_entry *entries, size_t count,
                          const char **out)
{
    struct str wanted = request_query(request, "ctx");

    *out = current_context(request, entries, count);
    if (!wanted.ptr)
        return 0;
    for (size_t i = 0; i < count; i++) {
        *out = entries[i].connection.id;
        if (str_equal(str_from(*out), wanted))
            return 0;
    }
    return err_set(&request->err, ERR_NOT_CONNECTED, "eksgate: cluster \"%.*s\" is not connected", STR_FMT(wanted));
}

int clusters_list(struct request *request)
{
    struct connection_entry *entries;
    const char *current;
    size_t count;
    struct buf body;
    struct json j;

    if (read_seen(request, &entries, &count) < 0 || choose_context(request, entries, count, &current) < 0)
        return -1;
    buf_init(&body, MIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_array_open(&j, "clusters");
    for (size_t i = 0; i < count; i++) {
        json_object_open(&j, NULL);
        json_text(&j, "id", entries[i].connection.id);
        cluster_json_members(&j, &entries[i].connection, &entries[i].description);
        json_text(&j, "source", entries[i].connection.source);
        json_object_close(&j);
    }
    json_array_close(&j);
    write_ids(&j, entries, count);
    json_text(&j, "currentContext", current);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

int clusters_show(struct request *request)
{
    const struct connection *c = &request->cluster->connection;
    const struct description *d = &request->cluster->description;
    struct buf body;
    struct json j;

    buf_init(&body, KIB(64));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_text(&j, "id", c->id);
    cluster_json_members(&j, c, d);
    json_text(&j, "source", c->source);
    json_text(&j, "platform_version", d->platform_version);
    json_text(&j, "auth_type", c->auth_type);
    json_text(&j, "role_arn", *c->role_arn ? c->role_arn : NULL);
    json_text(&j, "identity_arn", c->identity_arn);
    json_text(&j, "account", c->account);
    json_time(&j, "created_at", d->created_at);
    json_time(&j, "described_at", d->described_at);
    json_time(&j, "connected_at", c->connected_at);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

int clusters_forget(struct request *request)
{
    struct str id = request->cluster->id;

    if (in_cluster_is(request->worker->config, id))
        return err_set(&request->err, ERR_CONFLICT,
                       "\"%.*s\" is the cluster that the gateway runs in, and stored nowhere", STR_FMT(id));
    if (connection_delete(request->worker->redis, id, &request->err) < 0)
        return -1;
    memory_forget(request->worker->memory, id);
    return 0;
}

int clusters_disconnect(struct request *request)
{
    struct buf body;
    struct json j;

    if (clusters_forget(request) < 0)
        return -1;
    buf_init(&body, KIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_str(&j, "connection_id", request->cluster->id);
    json_text(&j, "message", "disconnected");
    json_object_close(&j);
    return response_json(request, 200, &body);
}
