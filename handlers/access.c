/*
 * "Why am I refused?": GET /api/clusters/{id}/access tells who the connection is to AWS and to the cluster, whether an
 * access entry is there for it, and what would help; POST creates that entry.
 * https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
 */
#include <string.h>

#include "aws/clock.h"
#include "aws/eks_api.h"
#include "base/limits.h"
#include "fcgi/response.h"
#include "handlers/eks.h"
#include "handlers/handlers.h"

#define TOKEN_LIFE_SECONDS (14 * 60) /* what clients count on; EKS itself takes 15 minutes */
#define NAMESPACES_MAX 32

/* clang-format off */
const struct field access_fields[] = {
    {.name = "principal_arn", .type = FIELD_TEXT, .min = 20, .max = 2048, .help = "IAM user or role; the connection's own when left out"},
    {.name = "policy", .type = FIELD_CHOICE, .choices = "view|edit|admin|cluster-admin", .help = "EKS access policy, view when left out", .example = "view"},
    {.name = "namespaces", .type = FIELD_TEXT_LIST, .min = 1, .max = NAMESPACES_MAX, .help = "the policy holds in these only"},
    {.name = NULL},
};
/* clang-format on */

/* clang-format off */
static const struct field problem_shape[] = {
    {.name = "code", .example = "no_access_entry"},
    {.name = "message", .example = "the cluster has no access entry for this identity"},
    {.name = NULL},
};

static const struct field fix_shape[] = {
    {.name = "access_entry", .type = FIELD_OBJECT, .help = "what POST here would create", .example = "{\"principalArn\":\"arn:aws:iam::123456789012:role/reader\",\"type\":\"STANDARD\"}"},
    {.name = "aws_cli", .help = "the same as commands", .example = "aws eks create-access-entry ..."},
    {.name = NULL},
};

static const struct field explain_shape[] = {
    {.name = "identity_arn", .example = "arn:aws:sts::123456789012:assumed-role/reader/eksgate"},
    {.name = "principal_arn", .example = "arn:aws:iam::123456789012:role/reader"},
    {.name = "auth_type", .type = FIELD_CHOICE, .choices = "credentials|profile|default", .example = "default"},
    {.name = "authentication_mode", .nullable = true, .help = "of the cluster", .example = "API_AND_CONFIG_MAP"},
    {.name = "accepted", .type = FIELD_BOOLEAN, .help = "whether the cluster knows it", .example = "false"},
    {.name = "kubernetes_user", .type = FIELD_OBJECT, .nullable = true, .help = "as whom", .example = "null"},
    {.name = "access_entry", .type = FIELD_OBJECT, .nullable = true, .help = "AWS's own, with its policies", .example = "null"},
    {.name = "access_entry_known", .type = FIELD_BOOLEAN, .help = "whether EKS said if there is one", .example = "true"},
    {.name = "clock_offset_seconds", .type = FIELD_INTEGER, .example = "0"},
    {.name = "token_age_seconds", .type = FIELD_INTEGER, .nullable = true, .example = "12"},
    {.name = "token_expires_at", .format = "date-time", .nullable = true, .example = "2026-11-20T08:14:00Z"},
    {.name = "credentials_expire_at", .format = "date-time", .nullable = true, .example = "2026-11-20T09:00:00Z"},
    {.name = "problems", .type = FIELD_OBJECT_LIST, .children = problem_shape},
    {.name = "fix", .type = FIELD_OBJECT, .nullable = true, .children = fix_shape, .help = "the least that helps"},
    {.name = NULL},
};

static const struct field granted_shape[] = {
    {.name = "access_entry", .type = FIELD_OBJECT, .help = "AWS's own, with its policies", .example = "{\"principalArn\":\"arn:aws:iam::123456789012:role/reader\",\"associatedAccessPolicies\":[]}"},
    {.name = NULL},
};

const struct answer explain_answers[] = {
    {200, "what was found out", explain_shape},
    {0},
};

const struct answer grant_answers[] = {
    {201, "the entry is there, with the policy", granted_shape},
    {0},
};
/* clang-format on */

static const struct {
    const char *name;
    const char *arn_end;
} policies[] = {
    {"view", "AmazonEKSViewPolicy"},
    {"edit", "AmazonEKSEditPolicy"},
    {"admin", "AmazonEKSAdminPolicy"},
    {"cluster-admin", "AmazonEKSClusterAdminPolicy"},
};

/* What was found out; texts live in the arena. */
struct findings {
    const cJSON *cluster;  /* NULL when EKS did not say */
    const cJSON *entry;    /* NULL: none, or not known */
    const cJSON *policies; /* of the entry */
    bool entry_known;
    bool accepted;
    const cJSON *user; /* userInfo of a SelfSubjectReview */
    struct err call_err;
};

static int ask(struct request *request, const struct eks_wish *wish, const cJSON **out, struct err *err)
{
    struct aws_client aws = worker_aws(request->worker, request->cluster->auth);

    return eks_perform(&aws, request->cluster->credentials, str_from(request->cluster->connection.region), wish, out,
                       err);
}

static struct eks_wish wish_about(const struct request *request, enum eks_operation operation, const char *principal)
{
    return (struct eks_wish){
        .operation = operation,
        .labels = {str_from(request->cluster->connection.name), str_from(principal)},
    };
}

/* Who asks why has just changed something, as like as not: what EKS said a moment ago does not do. */
static void look_up_entry(struct request *request, struct findings *f)
{
    const char *principal = request->cluster->connection.principal_arn;
    struct eks_wish wish = wish_about(request, EKS_DESCRIBE_ACCESS_ENTRY, principal);
    struct err err = {0};

    wish.is_urgent = true;
    if (ask(request, &wish, &f->entry, &err) < 0) {
        f->entry = NULL;
        f->entry_known = strcmp(err.aws_code, "ResourceNotFoundException") == 0;
        return;
    }
    f->entry_known = true;
    wish.operation = EKS_LIST_ASSOCIATED_ACCESS_POLICIES;
    if (ask(request, &wish, &f->policies, &err) < 0)
        f->policies = NULL;
}

/* A SelfSubjectReview needs no right but to be known. */
static void ask_cluster(struct request *request, struct findings *f)
{
    static const struct str review =
        STR("{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"SelfSubjectReview\"}");
    const char *lines[5] = {"Content-Type: application/json"};
    const char *const *own = kube_own_headers(request->arena, KUBE_ACCEPT_JSON, request->id);
    struct kube_request call = {
        .method = "POST",
        .path = STR("/apis/authentication.k8s.io/v1/selfsubjectreviews"),
        .headers = lines,
        .body = review,
        .has_body = true,
        .timeout_ms = 15000,
        .max_body = LIMIT_KUBE_OBJECT,
    };
    struct http_reply reply;
    const char *why;

    for (size_t i = 0; own && i < 3; i++)
        lines[i + 1] = own[i];
    if (cluster_open(request->worker, request->cluster, &f->call_err) < 0 ||
        cluster_call(request->worker, request->cluster, &call, &reply, &f->call_err) < 0)
        return;
    f->accepted = true;
    f->user = json_find(json_parse(request->arena, reply.body, LIMIT_JSON_DEPTH, &why), "status.userInfo");
}

static void write_problem(struct json *j, const char *code, const char *message)
{
    json_object_open(j, NULL);
    json_text(j, "code", code);
    json_text(j, "message", message);
    json_object_close(j);
}

static const char *authentication_mode(const struct findings *f)
{
    return json_find_text(f->cluster, "accessConfig.authenticationMode");
}

/* Known to the cluster, and allowed nothing there. */
static bool lacks_rights(const struct findings *f)
{
    return f->entry && f->policies && cJSON_GetArraySize(f->policies) == 0 &&
           cJSON_GetArraySize(json_find(f->entry, "kubernetesGroups")) == 0;
}

/* Such a cluster has no access entries. */
static bool knows_config_map_only(const struct findings *f)
{
    const char *mode = authentication_mode(f);

    return mode && strcmp(mode, "CONFIG_MAP") == 0;
}

static void write_problems(const struct findings *f, struct json *j)
{
    json_array_open(j, "problems");
    if (!f->accepted)
        write_problem(j, err_slug(f->call_err.kind), f->call_err.message);
    if (!f->entry && !f->accepted && knows_config_map_only(f))
        write_problem(j, "config_map_only",
                      "the cluster knows identities by its aws-auth ConfigMap only: add this one there, or switch its "
                      "authentication mode to API_AND_CONFIG_MAP");
    else if (f->entry_known && !f->entry && !f->accepted)
        write_problem(j, "no_access_entry", "the cluster has no access entry for this identity");
    if (lacks_rights(f))
        write_problem(j, "no_rights", "its access entry has neither a policy nor a Kubernetes group");
    if (aws_clock_offset() > 300 || aws_clock_offset() < -300)
        write_problem(j, "clock", "this machine's clock is more than five minutes off AWS's");
    json_array_close(j);
}

static const char *policy_arn(struct request *request, const char *policy)
{
    struct str rest = str_from(request->cluster->connection.principal_arn);
    struct str partition;

    str_cut(&rest, ':');
    partition = str_cut(&rest, ':');
    for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++)
        if (strcmp(policies[i].name, policy) == 0)
            return arena_printf(request->arena, "arn:%.*s:eks::aws:cluster-access-policy/%s", STR_FMT(partition),
                                policies[i].arn_end);
    return NULL;
}

/* The exact commands: an entry that is there needs a policy only. */
static const char *fix_commands(struct request *request, const struct findings *f, const char *policy)
{
    const struct connection *c = &request->cluster->connection;
    const char *create = "";

    if (!f->entry)
        create = arena_printf(request->arena,
                              "aws eks create-access-entry --region %s --cluster-name %s --principal-arn %s && ",
                              c->region, c->name, c->principal_arn);
    return arena_printf(request->arena,
                        "%saws eks associate-access-policy --region %s --cluster-name %s --principal-arn %s "
                        "--policy-arn %s --access-scope type=cluster",
                        create ? create : "", c->region, c->name, c->principal_arn, policy);
}

/* The least that helps: an entry that may look at everything. */
static void write_fix(struct request *request, const struct findings *f, struct json *j)
{
    const char *policy = policy_arn(request, "view");
    bool is_stranger = !f->accepted && !f->entry && !knows_config_map_only(f);

    if ((!is_stranger && !lacks_rights(f)) || !policy) {
        json_null(j, "fix");
        return;
    }
    json_object_open(j, "fix");
    json_object_open(j, "access_entry");
    json_text(j, "principalArn", request->cluster->connection.principal_arn);
    json_text(j, "type", "STANDARD");
    json_text(j, "policyArn", policy);
    json_raw(j, "accessScope", STR("{\"type\":\"cluster\"}"));
    json_object_close(j);
    json_text(j, "aws_cli", fix_commands(request, f, policy));
    json_object_close(j);
}

static void write_entry(const cJSON *entry, const cJSON *entry_policies, struct json *j)
{
    const cJSON *member;

    if (!entry) {
        json_null(j, "access_entry");
        return;
    }
    json_object_open(j, "access_entry");
    cJSON_ArrayForEach(member, entry) json_value(j, member->string, member);
    json_value(j, "associatedAccessPolicies", entry_policies);
    json_object_close(j);
}

static void write_times(const struct cluster *cluster, struct json *j)
{
    int64_t signed_at = cluster->token_signed_at;
    int64_t expires_at = cluster->credentials->expires_at;
    int64_t end = signed_at + TOKEN_LIFE_SECONDS;

    if (expires_at && expires_at < end)
        end = expires_at;
    json_int(j, "clock_offset_seconds", aws_clock_offset());
    if (signed_at)
        json_int(j, "token_age_seconds", aws_clock_now() - signed_at);
    else
        json_null(j, "token_age_seconds");
    json_time(j, "token_expires_at", signed_at ? end : 0);
    json_time(j, "credentials_expire_at", expires_at);
}

int access_explain(struct request *request)
{
    const struct connection *c = &request->cluster->connection;
    struct eks_wish describe = wish_about(request, EKS_DESCRIBE_CLUSTER, "");
    struct findings f = {0};
    struct err ignored = {0};
    struct buf body;
    struct json j;

    if (ask(request, &describe, &f.cluster, &ignored) < 0)
        f.cluster = NULL;
    look_up_entry(request, &f);
    ask_cluster(request, &f);
    buf_init(&body, KIB(256));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_text(&j, "identity_arn", c->identity_arn);
    json_text(&j, "principal_arn", c->principal_arn);
    json_text(&j, "auth_type", c->auth_type);
    json_text(&j, "authentication_mode", authentication_mode(&f));
    json_bool(&j, "accepted", f.accepted);
    json_value(&j, "kubernetes_user", f.user);
    write_entry(f.entry, f.policies, &j);
    json_bool(&j, "access_entry_known", f.entry_known);
    write_times(request->cluster, &j);
    write_problems(&f, &j);
    write_fix(request, &f, &j);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

static void delete_tree(void *tree)
{
    cJSON_Delete(tree);
}

static cJSON *new_object(struct request *request)
{
    cJSON *object = cJSON_CreateObject();

    return object && arena_defer(request->arena, delete_tree, object) == 0 ? object : NULL;
}

/* An entry that is there already is as good: its policies are what counts. */
static int create_entry(struct request *request, const char *principal, const cJSON **entry)
{
    struct eks_wish wish = wish_about(request, EKS_CREATE_ACCESS_ENTRY, "");
    cJSON *body = new_object(request);

    if (!body || !cJSON_AddStringToObject(body, "principalArn", principal))
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the access entry");
    wish.body = body;
    if (ask(request, &wish, entry, &request->err) == 0)
        return 0;
    if (strcmp(request->err.aws_code, "ResourceInUseException") != 0)
        return -1;
    err_clear(&request->err);
    wish = wish_about(request, EKS_DESCRIBE_ACCESS_ENTRY, principal);
    return ask(request, &wish, entry, &request->err);
}

static int associate_policy(struct request *request, const char *principal, const cJSON **policy)
{
    const char *wanted = json_find_text(request->json, "policy");
    const cJSON *namespaces = json_find(request->json, "namespaces");
    bool limited = cJSON_IsArray(namespaces); /* null counts as left out */
    struct eks_wish wish = wish_about(request, EKS_ASSOCIATE_ACCESS_POLICY, principal);
    const char *arn = policy_arn(request, wanted ? wanted : "view");
    cJSON *body = new_object(request);
    cJSON *scope;

    if (!body || !arn || !cJSON_AddStringToObject(body, "policyArn", arn))
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the access entry");
    scope = cJSON_AddObjectToObject(body, "accessScope");
    cJSON_AddStringToObject(scope, "type", limited ? "namespace" : "cluster");
    if (limited)
        cJSON_AddItemToObject(scope, "namespaces", cJSON_Duplicate(namespaces, true));
    wish.body = body;
    return ask(request, &wish, policy, &request->err);
}

int access_grant(struct request *request)
{
    const char *given = json_find_text(request->json, "principal_arn");
    const char *principal = given ? given : request->cluster->connection.principal_arn;
    const cJSON *entry;
    const cJSON *policy;
    const cJSON *member;
    struct buf body;
    struct json j;

    if (create_entry(request, principal, &entry) < 0 || associate_policy(request, principal, &policy) < 0)
        return -1;
    buf_init(&body, KIB(256));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_object_open(&j, "access_entry");
    cJSON_ArrayForEach(member, entry) json_value(&j, member->string, member);
    json_array_open(&j, "associatedAccessPolicies");
    json_value(&j, NULL, policy);
    json_array_close(&j);
    json_object_close(&j);
    json_object_close(&j);
    return response_json(request, 201, &body);
}
