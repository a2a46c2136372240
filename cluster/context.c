#include "cluster/context.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "aws/region.h"
#include "aws/sts.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/log.h"
#include "cluster/endpoint.h"
#include "cluster/in_cluster.h"
#include "cluster/internal.h"
#include "cluster/keys.h"
#include "cluster/object.h"

static bool is_in_cluster(const struct cluster *cluster)
{
    return strcmp(cluster->connection.source, SOURCE_IN_CLUSTER) == 0;
}

bool context_is_fixed(const struct cluster *cluster)
{
    return !cluster_is_minted_for(cluster) && !is_in_cluster(cluster);
}

int context_open(struct worker *worker, struct cluster *cluster, struct err *err)
{
    if (cluster_aim(worker, cluster, err) < 0)
        return -1;
    if (is_in_cluster(cluster))
        return in_cluster_take_token(worker, cluster, err);
    if (!cluster_is_minted_for(cluster))
        return given_open(worker->seal, cluster->id, cluster->sealed, worker->arena, &cluster->target, err);
    return cluster_identify(worker, cluster, err) < 0 ? -1 : cluster_mint(worker, cluster, false, err);
}

int context_renew(struct worker *worker, struct cluster *cluster, struct err *err)
{
    if (is_in_cluster(cluster))
        return in_cluster_take_token(worker, cluster, err);
    return err_set(err, ERR_UPSTREAM_REFUSED,
                   "eksgate: cluster \"%.*s\" does not accept %s any more: add its context again with a new one",
                   STR_FMT(cluster->id), cluster->connection.identity_arn);
}

int context_refresh(struct worker *worker, struct cluster *cluster, struct err *err)
{
    (void)worker;
    return err_set(err, ERR_UPSTREAM_TLS,
                   "eksgate: cluster \"%.*s\": its certificate is not of the authority that its context names",
                   STR_FMT(cluster->id));
}

/* Who a token says that it is for: nobody has verified it, so it is shown and never believed. NULL when it says nothing
 * that can be read. */
static const char *subject_of(struct arena *arena, const char *token)
{
    struct str rest = str_from(token);
    struct buf plain;
    cJSON *claims = NULL;
    const char *subject = NULL;
    const char *why;

    str_cut(&rest, '.');
    buf_init(&plain, KIB(16));
    if (rest.ptr && decode_base64(&plain, str_cut(&rest, '.')) == 0)
        claims = json_tree(buf_str(&plain), 8, &why);
    if (json_find_text(claims, "sub"))
        subject = arena_printf(arena, "the token of %.300s", json_find_text(claims, "sub"));
    cJSON_Delete(claims);
    buf_wipe(&plain);
    return subject;
}

static const char *name_token(struct arena *arena, const char *token)
{
    const char *subject = subject_of(arena, token);
    unsigned char hash[SHA256_DIGEST_LENGTH];
    char hex[13];

    if (subject)
        return subject;
    SHA256((const unsigned char *)token, strlen(token), hash);
    encode_hex(hash, 6, hex);
    return arena_printf(arena, "the token %s", hex);
}

static const char *name_certificate(struct arena *arena, struct str certificate, struct err *err)
{
    struct buf names;
    char end[CLOCK_TEXT_SIZE];
    int64_t until;
    const char *text = NULL;

    buf_init(&names, KIB(4));
    if (http_identity_describe(certificate, &names, &until) < 0)
        err_set(err, ERR_INTERNAL, "the certificate can not be described");
    else if (until <= clock_now())
        err_field(err, "user.client-certificate-data", CAUSE_INVALID, "has ended at %s", clock_format(until, end));
    else
        text = arena_printf(arena, "the certificate of %.*s", STR_FMT(buf_str(&names)));
    buf_free(&names);
    return text;
}

/* Whom the cluster sees, for people; with the endpoint, what tells one identity from another. */
static int name_identity(struct worker *worker, const struct kubeconfig_context *given, struct connection *out,
                         struct err *err)
{
    bool has_certificate = given->identity.certificate.len > 0;

    out->auth_type = has_certificate ? "certificate" : "token";
    out->identity_arn = has_certificate ? name_certificate(worker->arena, given->identity.certificate, err)
                                        : name_token(worker->arena, given->token);
    if (!out->identity_arn)
        return err->kind != ERR_NONE ? -1 : err_set(err, ERR_INTERNAL, "there is no memory for the context");
    out->principal_arn = arena_printf(worker->arena, "%s at %s", out->identity_arn, given->server);
    return out->principal_arn ? 0 : err_set(err, ERR_INTERNAL, "there is no memory for the context");
}

static struct str keep_sealed(struct worker *worker, const struct buf *sealed)
{
    return (struct str){arena_strndup(worker->arena, sealed->ptr, sealed->len), sealed->len};
}

static int seal_given(struct worker *worker, const struct kubeconfig_context *given, struct context_draft *out,
                      struct err *err)
{
    struct buf sealed;
    int rc;

    buf_init(&sealed, KIB(128));
    rc = given_seal(worker->seal, str_from(out->connection.id), given->token, &given->identity, &sealed);
    out->sealed = rc == 0 ? keep_sealed(worker, &sealed) : STR("");
    buf_wipe(&sealed);
    return out->sealed.len > 0 && out->sealed.ptr ? 0 : err_set(err, ERR_INTERNAL, "the context could not be sealed");
}

static int seal_keys(struct worker *worker, const struct aws_auth *auth, struct context_draft *out, struct err *err)
{
    struct buf sealed;
    int rc;

    if (auth->type != AWS_AUTH_KEYS)
        return 0;
    buf_init(&sealed, KIB(64));
    rc = keys_seal(worker->seal, str_from(out->connection.id), &auth->keys, &sealed);
    out->sealed = rc == 0 ? keep_sealed(worker, &sealed) : STR("");
    buf_wipe(&sealed);
    return out->sealed.len > 0 && out->sealed.ptr ? 0 : err_set(err, ERR_INTERNAL, "the keys could not be sealed");
}

/* The identity that the command would have taken; it is not run. */
static struct aws_auth *make_auth(struct worker *worker, const struct kubeconfig_exec *exec, struct err *err)
{
    struct aws_auth *auth = aws_auth_new(worker->arena);

    if (!auth) {
        err_set(err, ERR_INTERNAL, "there is no memory for the context");
        return NULL;
    }
    if (strlen(exec->access_key_id) >= sizeof(auth->keys.access_key_id) ||
        strlen(exec->secret_access_key) >= sizeof(auth->keys.secret_access_key) ||
        strlen(exec->session_token) >= sizeof(auth->keys.session_token))
        err_field(err, "user.exec.env", CAUSE_TOO_LONG, "has keys that are too long");
    if (strlen(exec->profile) >= sizeof(auth->profile))
        err_field(err, "user.exec.env", CAUSE_TOO_LONG, "has a profile whose name is too long");
    if (strlen(exec->role_arn) >= AWS_ROLE_ARN_SIZE || strlen(exec->external_id) >= AWS_EXTERNAL_ID_SIZE)
        err_field(err, "user.exec.args", CAUSE_TOO_LONG, "has a role that is too long");
    if (err->kind != ERR_NONE)
        return NULL;
    auth->type = *exec->access_key_id ? AWS_AUTH_KEYS : *exec->profile ? AWS_AUTH_PROFILE : AWS_AUTH_DEFAULT;
    auth->keys.source = "given";
    snprintf(auth->profile, sizeof(auth->profile), "%s", exec->profile);
    snprintf(auth->region, sizeof(auth->region), "%s", exec->region);
    snprintf(auth->keys.access_key_id, sizeof(auth->keys.access_key_id), "%s", exec->access_key_id);
    snprintf(auth->keys.secret_access_key, sizeof(auth->keys.secret_access_key), "%s", exec->secret_access_key);
    snprintf(auth->keys.session_token, sizeof(auth->keys.session_token), "%s", exec->session_token);
    if (*exec->role_arn)
        aws_auth_add_role(auth, str_from(exec->role_arn), exec->external_id);
    return auth;
}

static int check_eks(struct worker *worker, const struct kubeconfig_context *given, struct context_draft *out,
                     struct err *err)
{
    const struct kubeconfig_exec *exec = given->exec;
    struct aws_credentials *credentials = cluster_credentials_new(worker, err);
    struct aws_auth *auth = credentials ? make_auth(worker, exec, err) : NULL;
    struct connection *c = &out->connection;
    struct aws_identity identity;
    struct aws_client aws;
    struct err why;

    if (!auth)
        return -1;
    if (aws_region_check(str_from(exec->region), &why) < 0)
        return err_field(err, "user.exec.args", CAUSE_INVALID, "the region must be one like us-east-1");
    aws = worker_aws(worker, auth);
    if (aws_credentials_resolve(&aws, auth, credentials, err) < 0 ||
        aws_sts_caller_identity(&aws, credentials, str_from(exec->region), &identity, err) < 0)
        return -1;
    c->name = exec->cluster_name;
    c->region = exec->region;
    c->auth_type = cluster_auth_name(auth->type);
    c->profile = arena_strdup(worker->arena, auth->profile);
    c->role_arn = exec->role_arn;
    c->external_id = exec->external_id;
    c->identity_arn = identity.arn;
    c->principal_arn = aws_identity_principal(worker->arena, identity.arn);
    c->account = identity.account;
    if (!c->profile || !c->principal_arn)
        return err_set(err, ERR_INTERNAL, "there is no memory for the context");
    return seal_keys(worker, auth, out, err);
}

static int check_endpoint(struct worker *worker, const char *server, struct err *err)
{
    struct err why;
    bool named;

    if (endpoint_check(str_from(server), worker->config->allow_endpoints, &named, &why) == 0)
        return 0;
    return err_field(err, "cluster.server", CAUSE_NOT_SUPPORTED,
                     "is not the endpoint of an EKS cluster; an operator may allow its host:port by "
                     "EKSGATE_ALLOW_ENDPOINTS");
}

int context_check(struct worker *worker, const struct kubeconfig_context *given, struct context_draft *out,
                  struct err *err)
{
    err_clear(err);
    *out = (struct context_draft){
        .connection = {.id = given->name,
                       .name = given->cluster,
                       .region = "",
                       .source = SOURCE_KUBECONFIG,
                       .user = given->user,
                       .namespace = given->namespace,
                       .profile = "",
                       .role_arn = "",
                       .external_id = "",
                       .role_chain = "",
                       .identity_arn = "",
                       .principal_arn = "",
                       .account = "",
                       .connected_at = clock_now()},
        .description =
            {.endpoint = given->server, .ca_pem = given->ca_pem, .version = "", .platform_version = "", .status = ""},
    };
    if (strcmp(given->name, IN_CLUSTER_ID) == 0)
        return err_field(err, "name", CAUSE_INVALID, "is reserved for the cluster that the gateway runs in");
    if (check_endpoint(worker, given->server, err) < 0)
        return -1;
    if (given->exec)
        return check_eks(worker, given, out, err);
    return name_identity(worker, given, &out->connection, err) < 0 ? -1 : seal_given(worker, given, out, err);
}

int context_store(struct worker *worker, const struct context_draft *draft, bool replace, bool *created,
                  struct err *err)
{
    const struct connection *c = &draft->connection;
    enum connection_written written;

    if (connection_write(worker->redis, c, &draft->description, draft->sealed, 0, replace, &written, err) < 0)
        return -1;
    if (written == CONNECTION_REFUSED) {
        err_set(err, ERR_CONFLICT, "\"%s\" is connected already, otherwise: ask with replace=true to use this instead",
                c->id);
        snprintf(err->object, sizeof(err->object), "%s", c->id);
        return -1;
    }
    *created = written == CONNECTION_CREATED;
    memory_forget(worker->memory, str_from(c->id));
    log_info("context added", LOG_TEXT("cluster", c->id), LOG_TEXT("identity", c->identity_arn),
             LOG_TEXT("auth", c->auth_type), LOG_TEXT("request_id", worker->request_id));
    return 0;
}

/* "33+" is what some clouds say. */
static int read_version(const cJSON *said, char version[CONTEXT_VERSION_SIZE], struct err *err)
{
    const char *major = json_find_text(said, "major");
    const char *minor = json_find_text(said, "minor");
    int n = major && minor ? snprintf(version, CONTEXT_VERSION_SIZE, "%.*s.%.*s", (int)strspn(major, "0123456789"),
                                      major, (int)strspn(minor, "0123456789"), minor)
                           : -1;

    if (n >= (int)sizeof("1.1") - 1 && n < CONTEXT_VERSION_SIZE)
        return 0;
    return err_set(err, ERR_UPSTREAM_BROKEN, "the cluster does not say its version in a way that can be read");
}

int context_learn_version(struct worker *worker, struct str id, long within_ms, char version[CONTEXT_VERSION_SIZE],
                          struct err *err)
{
    struct cluster cluster;
    cJSON *said;

    if (cluster_load(worker, id, &cluster, err) < 0 || cluster_open(worker, &cluster, err) < 0 ||
        object_read(worker, &cluster, "/version", within_ms, &said, err) < 0 || read_version(said, version, err) < 0)
        return -1;
    cluster.description.version = version;
    if (description_write(worker->redis, &cluster.connection, &cluster.description, err) < 0)
        return -1;
    memory_forget(worker->memory, id);
    return 0;
}
