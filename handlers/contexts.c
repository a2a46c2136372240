/*
 * Contexts of kubeconfigs as connections: uploaded, added, shown, deleted. What was secret in them never comes back.
 */
#include "handlers/contexts.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status.h"
#include "cluster/context.h"
#include "cluster/crew.h"
#include "cluster/in_cluster.h"
#include "fcgi/response.h"
#include "handlers/clusters.h"
#include "handlers/handlers.h"
#include "kube/path.h"

#define ASK_ONE_MS 5000
#define ASK_ALL_MS 15000 /* no other is asked after that */

/* clang-format off */
#define REPLACE {.name = "replace", .type = FIELD_BOOLEAN, .help = "take over what is connected under the same name otherwise"}

const struct field context_write_query[] = {REPLACE, {.name = NULL}};

const struct field context_config_query[] = {
    {.name = "redacted", .type = FIELD_CHOICE, .choices = "true|false|1|0|Y|N", .help = "secrets are redacted whatever is asked for"},
    {.name = NULL},
};

const struct field context_fields[] = {
    {.name = "cluster", .type = FIELD_OBJECT, .required = true, .help = "a kubeconfig's cluster: server, certificate-authority-data"},
    {.name = "user", .type = FIELD_OBJECT, .required = true, .help = "a kubeconfig's user: token, or client-certificate-data and client-key-data, or exec"},
    {.name = NULL},
};

#define LIST_SHAPE \
    {.name = "contexts", .type = FIELD_TEXT_LIST, .help = "the ids of all connections that the caller may know of", .example = "[\"staging\"]"}, \
    {.name = "currentContext", .nullable = true, .help = "the default one's id, or the only one's", .example = "staging"}

static const struct field outcome_shape[] = {
    {.name = "name", .help = "of the context, and its id from now on", .example = "staging"},
    {.name = "status", .type = FIELD_INTEGER, .help = "201: added, 200: renewed, or that of the error", .example = "201"},
    {.name = "current", .type = FIELD_BOOLEAN, .help = "it is the file's current-context", .example = "true"},
    {.name = "connection_id", .optional = true, .example = "staging"},
    {.name = "endpoint", .optional = true, .example = "https://ABCDEF.gr7.us-east-1.eks.amazonaws.com"},
    {.name = "version", .optional = true, .nullable = true, .help = "of Kubernetes, as the cluster has just said; null: it could not be asked", .example = "1.33"},
    {.name = "unreached", .optional = true, .help = "why it could not be asked; it is stored all the same", .example = "the cluster can not be reached"},
    {.name = "identity", .optional = true, .help = "whom the cluster sees", .example = "the certificate of admin, in the groups system:masters"},
    {.name = "error", .type = FIELD_OBJECT, .optional = true, .help = "a metav1.Status; its causes name the kubeconfig's fields"},
    {.name = NULL},
};

static const struct field uploaded_shape[] = {
    {.name = "items", .type = FIELD_OBJECT_LIST, .children = outcome_shape},
    LIST_SHAPE,
    {.name = NULL},
};

static const struct field list_shape[] = {LIST_SHAPE, {.name = NULL}};

static const struct field cluster_part_shape[] = {
    {.name = "server", .example = "https://ABCDEF.gr7.us-east-1.eks.amazonaws.com"},
    {.name = "certificate-authority-data", .help = "base64; no secret", .example = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="},
    {.name = NULL},
};

static const struct field context_part_shape[] = {
    {.name = "cluster", .help = "the cluster's name in the kubeconfig, or in EKS", .example = "demo"},
    {.name = "user", .help = "the user's name in the kubeconfig", .example = "admin"},
    {.name = "namespace", .optional = true, .example = "default"},
    {.name = NULL},
};

static const struct field user_part_shape[] = {
    {.name = "auth_type", .help = "how it authenticates", .example = "token"},
    {.name = "identity", .help = "whom the cluster sees", .example = "the token of system:serviceaccount:default:reader"},
    {.name = "token", .optional = true, .help = "always REDACTED", .example = "REDACTED"},
    {.name = "client-certificate-data", .optional = true, .help = "always REDACTED", .example = "REDACTED"},
    {.name = "client-key-data", .optional = true, .help = "always REDACTED", .example = "REDACTED"},
    {.name = NULL},
};

static const struct field config_shape[] = {
    {.name = "cluster", .type = FIELD_OBJECT, .children = cluster_part_shape},
    {.name = "context", .type = FIELD_OBJECT, .children = context_part_shape},
    {.name = "user", .type = FIELD_OBJECT, .children = user_part_shape},
    {.name = NULL},
};

const struct answer contexts_upload_answers[] = {
    {201, "all are added", uploaded_shape},
    {200, "all were there, and are renewed", uploaded_shape},
    {207, "several, with different ends: each with its own", uploaded_shape},
    {409, "the only context: something else is connected under its name"},
    {0},
};

const struct answer context_add_answers[] = {
    {201, "it is added", uploaded_shape},
    {200, "it was there, and is renewed", uploaded_shape},
    {409, "something else is connected under its name"},
    {0},
};

const struct answer context_delete_answers[] = {
    {200, "it is forgotten with all that was given for it; those that are left", list_shape},
    {409, "it is the cluster that the gateway runs in"},
    {0},
};

static const struct field refreshed_shape[] = {
    {.name = "generation", .type = FIELD_INTEGER, .help = "how often this was asked for", .example = "7"},
    {.name = "clusters", .type = FIELD_INTEGER, .help = "connections that there are", .example = "3"},
    {.name = NULL},
};

const struct answer context_refresh_answers[] = {
    {200, "every process reads what is stored at its next request", refreshed_shape},
    {0},
};

const struct answer context_config_answers[] = {
    {200, "what it says, without its secrets", config_shape},
    {0},
};
/* clang-format on */

/* How one context ended. */
struct outcome {
    struct context_draft draft;
    struct err *err; /* NULL: it is stored */
    bool created;
    char version[CONTEXT_VERSION_SIZE]; /* "" while it is not known */
    char unreached[256];                /* why not */
};

struct questions {
    struct outcome *outcomes;
    int64_t end_ms;
};

static int keep_error(struct request *request, struct outcome *outcome, const struct err *err)
{
    outcome->err = arena_alloc(request->arena, sizeof(*err));
    if (!outcome->err)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the contexts");
    *outcome->err = *err;
    return 0;
}

/* Redis away, or no memory: no fault of the context's, and the same for all. */
static bool is_everyones(const struct err *err)
{
    return err->kind == ERR_STORE_UNAVAILABLE || err->kind == ERR_INTERNAL;
}

static int check_one(struct request *request, const struct kubeconfig_context *given, struct outcome *out)
{
    struct err err = {0};

    if (given->fault)
        return keep_error(request, out, given->fault);
    if (context_check(request->worker, given, &out->draft, &err) == 0)
        return 0;
    if (is_everyones(&err)) {
        request->err = err;
        return -1;
    }
    return keep_error(request, out, &err);
}

static int store_one(struct request *request, struct outcome *out, bool replace)
{
    struct err err = {0};

    if (out->err || context_store(request->worker, &out->draft, replace, &out->created, &err) == 0)
        return 0;
    if (is_everyones(&err)) {
        request->err = err;
        return -1;
    }
    return keep_error(request, out, &err);
}

/* All are checked before the first is stored. */
static int add_all(struct request *request, const struct kubeconfig *config, struct outcome *outcomes)
{
    bool replace = str_equal(request_query(request, "replace"), STR("true"));

    for (size_t i = 0; i < config->count; i++)
        if (check_one(request, &config->contexts[i], &outcomes[i]) < 0)
            return -1;
    for (size_t i = 0; i < config->count; i++)
        if (store_one(request, &outcomes[i], replace) < 0)
            return -1;
    return 0;
}

static void ask_one(struct worker *worker, struct cluster *cluster, void *arg, size_t index)
{
    const struct questions *questions = arg;
    struct outcome *outcome = &questions->outcomes[index];
    struct err err = {0};

    (void)cluster;
    if (outcome->err)
        return;
    if (clock_monotonic_ms() >= questions->end_ms)
        snprintf(outcome->unreached, sizeof(outcome->unreached), "the others took too long: it was not asked");
    else if (context_learn_version(worker, str_from(outcome->draft.connection.id), ASK_ONE_MS, outcome->version, &err) <
             0)
        snprintf(outcome->unreached, sizeof(outcome->unreached), "%.255s", err.message);
}

/* What can not be reached now may be later: it stays stored. */
static void ask_all(struct request *request, struct outcome *outcomes, size_t count)
{
    const struct cluster none = {.id = STR("")};
    struct questions questions = {outcomes, clock_monotonic_ms() + ASK_ALL_MS};

    for (size_t i = 0; i < count; i++) {
        outcomes[i].version[0] = '\0';
        snprintf(outcomes[i].unreached, sizeof(outcomes[i].unreached), "there was no memory to ask it");
    }
    crew_run(&(struct crew){
        .worker = request->worker, .cluster = &none, .count = count, .call = ask_one, .arg = &questions});
}

static int status_of(const struct outcome *outcome)
{
    return outcome->err ? outcome->err->code : outcome->created ? 201 : 200;
}

/* That of all, where it is the same and a success; else each has its own. */
static int whole_status(const struct outcome *outcomes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (outcomes[i].err || outcomes[i].created != outcomes[0].created)
            return 207;
    return status_of(&outcomes[0]);
}

static void write_outcome(struct json *j, const struct kubeconfig_context *given, const struct outcome *outcome)
{
    const struct connection *c = &outcome->draft.connection;
    struct buf status;

    json_object_open(j, NULL);
    json_text(j, "name", given->name);
    json_int(j, "status", status_of(outcome));
    json_bool(j, "current", given->is_current);
    if (outcome->err) {
        buf_init(&status, KIB(32));
        status_write(&status, outcome->err);
        json_raw(j, "error", buf_str(&status));
        buf_free(&status);
    } else {
        json_text(j, "connection_id", c->id);
        json_text(j, "endpoint", outcome->draft.description.endpoint);
        json_text(j, "version", *outcome->version ? outcome->version : NULL);
        if (!*outcome->version)
            json_text(j, "unreached", outcome->unreached);
        json_text(j, "identity", c->identity_arn);
    }
    json_object_close(j);
}

static int answer_added(struct request *request, const struct kubeconfig *config, const struct outcome *outcomes)
{
    struct buf body;
    struct json j;

    if (config->count == 1 && outcomes[0].err) {
        request->err = *outcomes[0].err;
        return -1;
    }
    buf_init(&body, MIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_array_open(&j, "items");
    for (size_t i = 0; i < config->count; i++)
        write_outcome(&j, &config->contexts[i], &outcomes[i]);
    json_array_close(&j);
    if (clusters_write_contexts(request, &j) < 0) {
        buf_free(&body);
        return -1;
    }
    json_object_close(&j);
    return response_json(request, whole_status(outcomes, config->count), &body);
}

static int add(struct request *request, const struct kubeconfig *config)
{
    struct outcome *outcomes = arena_alloc(request->arena, config->count * sizeof(*outcomes));

    if (!outcomes)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the contexts");
    if (add_all(request, config, outcomes) < 0)
        return -1;
    ask_all(request, outcomes, config->count);
    return answer_added(request, config, outcomes);
}

int contexts_upload(struct request *request)
{
    struct kubeconfig config;

    if (request_check_document(request, "the kubeconfig") < 0 ||
        kubeconfig_read(&config, request->arena, request->body, &request->err) < 0)
        return -1;
    return add(request, &config);
}

/* Whoever administers some connections only could bend one of them to another cluster. */
static int check_adder(struct request *request, struct str *name)
{
    if (caller_check(&request->caller, ROLE_ADMIN, STR(""), &request->err) < 0)
        return -1;
    return path_decode_cluster_id(request->arena, route_segment(&request->match, "cluster"), name, &request->err);
}

int contexts_add(struct request *request)
{
    struct kubeconfig_context context;
    struct kubeconfig config = {.contexts = &context, .count = 1};
    struct str name;

    if (check_adder(request, &name) < 0 ||
        kubeconfig_read_one(&context, request->arena, name, json_find(request->json, "cluster"),
                            json_find(request->json, "user"), &request->err) < 0)
        return -1;
    return add(request, &config);
}

int contexts_delete(struct request *request)
{
    struct buf body;
    struct json j;

    if (clusters_forget(request) < 0)
        return -1;
    buf_init(&body, MIB(1));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    if (clusters_write_contexts(request, &j) < 0) {
        buf_free(&body);
        return -1;
    }
    json_object_close(&j);
    return response_json(request, 200, &body);
}

static void write_cluster_part(struct json *j, const struct description *d)
{
    struct buf base64;

    buf_init(&base64, 2 * LIMIT_CA_PEM);
    encode_base64(&base64, d->ca_pem.ptr, d->ca_pem.len);
    json_object_open(j, "cluster");
    json_text(j, "server", d->endpoint);
    json_str(j, "certificate-authority-data", buf_str(&base64));
    json_object_close(j);
    buf_free(&base64);
}

static void write_user_part(struct json *j, const struct connection *c)
{
    json_object_open(j, "user");
    json_text(j, "auth_type", c->auth_type);
    json_text(j, "identity", c->identity_arn);
    if (strcmp(c->auth_type, "certificate") == 0) {
        json_text(j, "client-certificate-data", "REDACTED");
        json_text(j, "client-key-data", "REDACTED");
    } else {
        json_text(j, "token", "REDACTED");
    }
    json_object_close(j);
}

int contexts_show_config(struct request *request)
{
    const struct connection *c = &request->cluster->connection;
    struct buf body;
    struct json j;

    buf_init(&body, KIB(256));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    write_cluster_part(&j, &request->cluster->description);
    json_object_open(&j, "context");
    json_text(&j, "cluster", c->name);
    json_text(&j, "user", *c->user ? c->user : c->id);
    if (*c->namespace)
        json_text(&j, "namespace", c->namespace);
    json_object_close(&j);
    write_user_part(&j, c);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

int contexts_refresh(struct request *request)
{
    struct connection_entry *entries;
    int64_t generation;
    size_t count;
    struct buf body;
    struct json j;

    if (cluster_entries(request->worker, &entries, &count, &request->err) < 0 ||
        connections_renew(request->worker->redis, &generation, &request->err) < 0)
        return -1;
    log_info("connections are read anew", LOG_INT("generation", generation), LOG_TEXT("request_id", request->id));
    buf_init(&body, KIB(1));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_int(&j, "generation", generation);
    json_int(&j, "clusters", (int64_t)count);
    json_object_close(&j);
    return response_json(request, 200, &body);
}
