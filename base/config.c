#include "base/config.h"
#include "base/origin.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/network.h"
#include "base/rate.h"

#define TEXT(member, env, def, text)                                                                                   \
    {                                                                                                                  \
        env, def, text, CONFIG_TEXT, 0, 0, offsetof(struct config, member)                                             \
    }
#define NUMBER(member, env, def, lo, hi, text)                                                                         \
    {                                                                                                                  \
        env, def, text, CONFIG_NUMBER, lo, hi, offsetof(struct config, member)                                         \
    }
#define OUTSIDE(env, def, text)                                                                                        \
    {                                                                                                                  \
        env, def, text, CONFIG_OUTSIDE, 0, 0, 0                                                                        \
    }
#define SECRET(env, text)                                                                                              \
    {                                                                                                                  \
        env, NULL, text, CONFIG_SECRET, 0, 0, 0                                                                        \
    }

/* clang-format off */
const struct config_variable config_variables[] = {
    TEXT(socket_dir, "EKSGATE_SOCKET_DIR", "./run", "folder of the FastCGI sockets serve-0.sock, serve-1.sock, ..."),
    NUMBER(processes, "EKSGATE_PROCESSES", "0", 0, 64, "serve processes; 0 is one for each core"),
    NUMBER(threads, "EKSGATE_THREADS", "32", 2, 512, "threads of each process for requests that wait: for Redis, AWS, a cluster"),
    NUMBER(streams, "EKSGATE_STREAMS", "5000", 1, 100000, "watches, followed logs and proxied downloads of each process at a time"),
    NUMBER(streams_per_cluster, "EKSGATE_STREAMS_PER_CLUSTER", "2000", 1, 100000, "of EKSGATE_STREAMS, those to one cluster"),
    NUMBER(streams_per_caller, "EKSGATE_STREAMS_PER_CALLER", "500", 1, 100000, "of EKSGATE_STREAMS, those of one API key, or address without keys"),
    NUMBER(cluster_connections, "EKSGATE_CLUSTER_CONNECTIONS", "128", 1, 100000, "connections of each process to one cluster for short answers at a time; streams have their own; further requests wait for one"),
    NUMBER(cluster_queue, "EKSGATE_CLUSTER_QUEUE", "1000", 0, 100000, "requests of each process that may wait for a connection to one cluster"),
    NUMBER(jobs_per_namespace, "EKSGATE_JOBS_PER_NAMESPACE", "0", 0, 100000, "jobs made here that have not finished, in one namespace of a cluster at a time; 0: as many as one likes"),
    NUMBER(jobs_per_caller, "EKSGATE_JOBS_PER_CALLER", "0", 0, 100000, "the same, of one API key in one cluster"),
    NUMBER(tunnel_idle, "EKSGATE_TUNNEL_IDLE_SECONDS", "14400", 1, 86400, "a session of exec, attach or port-forward without a byte is closed after these seconds"),
    NUMBER(tunnel_grace, "EKSGATE_TUNNEL_GRACE_SECONDS", "30", 0, 3600, "seconds that such sessions have to end by themselves when the tunnel is stopped"),
    NUMBER(terminals, "EKSGATE_TERMINALS", "500", 1, 100000, "web terminals that are open through one tunnel at a time"),
    NUMBER(terminals_per_caller, "EKSGATE_TERMINALS_PER_CALLER", "20", 1, 100000, "of EKSGATE_TERMINALS, those of one API key, or address without keys"),
    NUMBER(terminal_idle, "EKSGATE_TERMINAL_IDLE_SECONDS", "900", 1, 86400, "a web terminal into which nobody types is closed after these seconds"),
    NUMBER(terminal_life, "EKSGATE_TERMINAL_LIFE_SECONDS", "28800", 1, 86400, "and each after these"),
    NUMBER(terminal_review, "EKSGATE_TERMINAL_REVIEW_SECONDS", "60", 1, 3600, "how often it is asked again whether a web terminal may stay open: the API key, and the cluster's own rules"),
    NUMBER(terminal_ping, "EKSGATE_TERMINAL_PING_SECONDS", "30", 1, 3600, "how often a web terminal's client is pinged; who says nothing for three times as long is gone"),
    NUMBER(terminal_pod, "EKSGATE_TERMINAL_POD_SECONDS", "30", 1, 600, "how long the pod of a shell on a cluster may take to be ready"),
    NUMBER(terminal_sweep, "EKSGATE_TERMINAL_SWEEP_SECONDS", "300", 1, 86400, "how often the agent looks for pods of shells that were left behind, where EKSGATE_TERMINAL_IMAGE is set"),
    TEXT(terminal_image, "EKSGATE_TERMINAL_IMAGE", NULL, "image of the pods for shells on a cluster, with kubectl and /bin/sh, by digest: registry.example/kubectl@sha256:...; without one there are no such shells"),
    TEXT(terminal_namespace, "EKSGATE_TERMINAL_NAMESPACE", "eksgate-terminal", "namespace of these pods, in each cluster"),
    TEXT(terminal_accounts, "EKSGATE_TERMINAL_ACCOUNTS", "editor=eksgate-editor,admin=eksgate-admin", "service account there of such a shell, by the caller's role"),
    NUMBER(agent_lease, "EKSGATE_AGENT_LEASE_SECONDS", "15", 2, 300, "seconds until another agent takes over from one that was killed"),
    NUMBER(job_history, "EKSGATE_JOB_HISTORY", "1000", 1, 10000, "finished jobs that are kept of each cluster"),
    NUMBER(job_history_days, "EKSGATE_JOB_HISTORY_DAYS", "30", 1, 3650, "days that finished jobs are kept"),
    TEXT(allow_webhooks, "EKSGATE_ALLOW_WEBHOOKS", NULL, "host:port of webhook receivers that may have private or loopback addresses; loopback ones may use http"),
    TEXT(webhook_ca_file, "EKSGATE_WEBHOOK_CA_FILE", NULL, "PEM file of the authorities that sign the certificates of receivers named in EKSGATE_ALLOW_WEBHOOKS"),
    NUMBER(webhook_attempts, "EKSGATE_WEBHOOK_ATTEMPTS", "14", 1, 30, "attempts to deliver to a webhook until the delivery is dead; 14 take about two and a half hours"),
    NUMBER(usage_step, "EKSGATE_USAGE_STEP_SECONDS", "60", 0, 3600, "seconds from one sample of what clusters, nodes and pods use to the next; 0: it is not sampled"),
    NUMBER(usage_kept, "EKSGATE_USAGE_KEPT_SECONDS", "900", 1, 604800, "seconds that such a sample is kept"),
    NUMBER(usage_long_step, "EKSGATE_USAGE_LONG_STEP_SECONDS", "300", 1, 86400, "over so many seconds the samples of clusters and nodes are added up, to be kept longer"),
    NUMBER(usage_long_kept, "EKSGATE_USAGE_LONG_KEPT_SECONDS", "86400", 1, 31536000, "seconds that those are kept"),
    NUMBER(usage_containers, "EKSGATE_USAGE_CONTAINERS", "100000", 0, 1000000, "containers, of all clusters together, whose usage is kept; about 2 KB of Redis each by the defaults"),
    TEXT(provision_runner, "EKSGATE_PROVISION_RUNNER", "off", "who runs Terraform to make clusters: local, child processes of eksgate agent; kube, Jobs in a cluster; off: nobody"),
    TEXT(provision_dir, "EKSGATE_PROVISION_DIR", "./run/provision", "local: folder of states, plans and logs"),
    TEXT(provision_module, "EKSGATE_PROVISION_MODULE", "/usr/share/eksgate/provision", "local: folder of the Terraform module and provision.sh"),
    TEXT(provision_user, "EKSGATE_PROVISION_USER", NULL, "local: user that Terraform runs as where eksgate agent is root"),
    TEXT(terraform, "EKSGATE_TERRAFORM", "terraform", "local: the command, terraform or tofu"),
    NUMBER(provision_runs, "EKSGATE_PROVISION_RUNS", "3", 1, 64, "runs of Terraform at a time; each takes about 0.5 GB of memory"),
    NUMBER(provision_queue, "EKSGATE_PROVISION_QUEUE", "20", 0, 1000, "runs that may wait for those"),
    NUMBER(provision_grace, "EKSGATE_PROVISION_GRACE_SECONDS", "120", 1, 3600, "seconds that a run that is cancelled has to save its state"),
    TEXT(provision_state, "EKSGATE_PROVISION_STATE", NULL, "s3://bucket/prefix where Terraform's states are kept and locked; without it they are files of the local runner, or on a volume for each cluster"),
    TEXT(provision_state_region, "EKSGATE_PROVISION_STATE_REGION", NULL, "region of that bucket"),
    TEXT(provision_cluster, "EKSGATE_PROVISION_CLUSTER", NULL, "kube: id of the connection to the cluster where Jobs run: us-east-1_tools, kubernetes@in-cluster"),
    TEXT(provision_image, "EKSGATE_PROVISION_IMAGE", NULL, "kube: image of the worker, made from provision/Dockerfile.worker"),
    TEXT(provision_namespace, "EKSGATE_PROVISION_NAMESPACE", "eks-provisioner", "kube: namespace of the Jobs"),
    TEXT(provision_account, "EKSGATE_PROVISION_SERVICE_ACCOUNT", "eksgate-worker", "kube: service account of the Jobs, with a role by IRSA or Pod Identity"),
    TEXT(provision_credentials, "EKSGATE_PROVISION_CREDENTIALS", "serviceaccount", "kube: serviceaccount, or secret: keys of AWS from EKSGATE_PROVISION_SECRET_NAME"),
    TEXT(provision_secret, "EKSGATE_PROVISION_SECRET_NAME", "aws-creds", "kube: secret with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
    TEXT(provision_pull_secret, "EKSGATE_PROVISION_PULL_SECRET_NAME", NULL, "kube: secret with which the image is pulled"),
    TEXT(provision_storage_class, "EKSGATE_PROVISION_STORAGE_CLASS", NULL, "kube: storage class of the volumes; without it the cluster's default"),
    TEXT(redis, "EKSGATE_REDIS", "127.0.0.1:6379", "host:port or unix:/path of Redis"),
    NUMBER(redis_db, "EKSGATE_REDIS_DB", "0", 0, 1023, "number of the Redis database"),
    TEXT(redis_password_file, "EKSGATE_REDIS_PASSWORD_FILE", NULL, "file whose first line is Redis' password"),
    TEXT(secret_key_file, "EKSGATE_SECRET_KEY_FILE", NULL, "file of 32 random bytes, mode 0600, that seals keys given by users"),
    TEXT(auth, "EKSGATE_AUTH", "keys", "keys: callers need an API key (eksgate key create); off: none, on loopback addresses only"),
    NUMBER(session, "EKSGATE_SESSION_SECONDS", "43200", 1, 2592000, "a browser that has signed in does so anew after these seconds"),
    NUMBER(session_idle, "EKSGATE_SESSION_IDLE_SECONDS", "3600", 1, 2592000, "and when it has asked for nothing for these"),
    TEXT(listen, "EKSGATE_LISTEN", "127.0.0.1:8080", "where nginx listens with plain HTTP: a loopback address"),
    TEXT(tls_listen, "EKSGATE_TLS_LISTEN", NULL, "where nginx listens with TLS; beyond loopback only with EKSGATE_AUTH=keys"),
    TEXT(tls_ca_file, "EKSGATE_TLS_CA_FILE", NULL, "PEM file of the authority of nginx's certificate, given to kubectl by the kubeconfig route"),
    TEXT(metrics_allow, "EKSGATE_METRICS_ALLOW", NULL, "addresses and networks (10.0.0.0/8,127.0.0.1) that may read /metrics without an API key"),
    TEXT(limit_reads, "EKSGATE_LIMIT_READS", "100/s:1000", "how often an API key may GET below /api: 100/s, 600/m, so many at once behind a colon; or off"),
    TEXT(limit_writes, "EKSGATE_LIMIT_WRITES", "20/s:200", "how often it may ask for something else there"),
    TEXT(limit_raw, "EKSGATE_LIMIT_RAW", "off", "how often it may ask below /raw, where the cluster has limits of its own"),
    TEXT(hosts, "EKSGATE_HOSTS", "localhost,127.0.0.1,[::1]", "Host names that are answered, without port"),
    TEXT(cors_origins, "EKSGATE_CORS_ORIGINS", NULL, "origins of pages elsewhere that may use /api, exactly as browsers send them: https://tools.example,http://localhost:3000"),
    TEXT(allow_endpoints, "EKSGATE_ALLOW_ENDPOINTS", NULL, "host:port of cluster endpoints that are not EKS names (sandbox, tests)"),
    TEXT(service_account_dir, "EKSGATE_SERVICE_ACCOUNT_DIR", "/var/run/secrets/kubernetes.io/serviceaccount", "folder of token and ca.crt, with which kubernetes@in-cluster is reached from a pod"),
    TEXT(kubernetes_host, "KUBERNETES_SERVICE_HOST", NULL, "set by Kubernetes in a pod: where kubernetes@in-cluster is"),
    TEXT(kubernetes_port, "KUBERNETES_SERVICE_PORT", NULL, "set by Kubernetes in a pod: its port"),
    TEXT(sandbox_progress, "EKSGATE_SANDBOX_PROGRESS", NULL, "file with the sandbox's progress, shown by /health"),
    OUTSIDE("EKSGATE_ALLOW_CREDENTIAL_PROCESS", NULL, "1: credential_process of AWS profiles may run commands"),
    OUTSIDE("EKSGATE_ENV_FILE", NULL, "file of lines NAME=value; what the environment sets itself goes before it"),
    TEXT(cluster_name, "EKS_CLUSTER_NAME", NULL, "the default cluster's name"),
    TEXT(region, "EKS_REGION", NULL, "the default cluster's region"),
    OUTSIDE("EKSGATE_TEST_CONTAINER_HOST", NULL, "tests only: host:port that stands for the address of ECS"),
    TEXT(log_level, "LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING, ERROR or CRITICAL"),
    OUTSIDE("AWS_ACCESS_KEY_ID", NULL, "keys of the default chain; where AWS gives a role, leave these out"),
    SECRET("AWS_SECRET_ACCESS_KEY", "belongs to AWS_ACCESS_KEY_ID"),
    SECRET("AWS_SESSION_TOKEN", "belongs to AWS_ACCESS_KEY_ID where that is temporary"),
    SECRET("AWS_SECURITY_TOKEN", "older name of AWS_SESSION_TOKEN"),
    OUTSIDE("AWS_CREDENTIAL_EXPIRATION", NULL, "when the keys of AWS_ACCESS_KEY_ID end, RFC 3339"),
    OUTSIDE("AWS_ACCOUNT_ID", NULL, "account of AWS_ACCESS_KEY_ID, for endpoints that are named after it"),
    OUTSIDE("AWS_PROFILE", "default", "profile of the two files"),
    OUTSIDE("AWS_DEFAULT_PROFILE", NULL, "older name of AWS_PROFILE"),
    OUTSIDE("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", "file of profiles with keys"),
    OUTSIDE("AWS_CONFIG_FILE", "~/.aws/config", "file of profiles with roles, SSO and settings"),
    OUTSIDE("AWS_REGION", NULL, "home region: where roles are assumed, and where to look first for clusters"),
    OUTSIDE("AWS_DEFAULT_REGION", NULL, "older name of AWS_REGION"),
    OUTSIDE("AWS_ROLE_ARN", NULL, "role of AWS_WEB_IDENTITY_TOKEN_FILE (EKS sets both for a service account)"),
    OUTSIDE("AWS_WEB_IDENTITY_TOKEN_FILE", NULL, "file of the token with which AWS_ROLE_ARN is assumed"),
    OUTSIDE("AWS_ROLE_SESSION_NAME", NULL, "name of the session of AWS_ROLE_ARN"),
    OUTSIDE("AWS_CONTAINER_CREDENTIALS_FULL_URI", NULL, "where credentials are asked for (EKS Pod Identity sets it)"),
    OUTSIDE("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", NULL, "path of that address (ECS sets it)"),
    OUTSIDE("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", NULL, "file of the token for the address of container credentials"),
    SECRET("AWS_CONTAINER_AUTHORIZATION_TOKEN", "token for the address of container credentials"),
    OUTSIDE("AWS_EC2_METADATA_DISABLED", NULL, "true: the EC2 instance's role is not asked for"),
    OUTSIDE("AWS_EC2_METADATA_SERVICE_ENDPOINT", NULL, "address of the EC2 metadata service"),
    OUTSIDE("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv4", "ipv4 or ipv6: which address of the EC2 metadata service"),
    OUTSIDE("AWS_IMDS_USE_IPV6", NULL, "true: the EC2 metadata service's IPv6 address"),
    OUTSIDE("AWS_EC2_METADATA_V1_DISABLED", NULL, "true: version 2 of the EC2 metadata service only"),
    OUTSIDE("AWS_METADATA_SERVICE_TIMEOUT", "1", "seconds to wait for the EC2 metadata service"),
    OUTSIDE("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "1", "times the EC2 metadata service is asked"),
    OUTSIDE("AWS_MAX_ATTEMPTS", "3", "times a call of AWS is tried, 1 to 10"),
    OUTSIDE("AWS_CA_BUNDLE", NULL, "PEM file of authorities for AWS, in place of the system's"),
    OUTSIDE("AWS_USE_FIPS_ENDPOINT", NULL, "true: FIPS endpoints"),
    OUTSIDE("AWS_USE_DUALSTACK_ENDPOINT", NULL, "true: endpoints with IPv6"),
    OUTSIDE("AWS_STS_REGIONAL_ENDPOINTS", "regional", "regional or legacy"),
    OUTSIDE("AWS_ENDPOINT_URL", NULL, "address of every AWS service (VPC endpoints, tests)"),
    OUTSIDE("AWS_ENDPOINT_URL_EKS", NULL, "address of EKS"),
    OUTSIDE("AWS_ENDPOINT_URL_STS", NULL, "address of STS"),
    OUTSIDE("AWS_ENDPOINT_URL_SSO", NULL, "address of IAM Identity Center's portal"),
    OUTSIDE("AWS_ENDPOINT_URL_SSO_OIDC", NULL, "address of IAM Identity Center's tokens"),
    OUTSIDE("AWS_ENDPOINT_URL_EC2", NULL, "address of the EC2 API"),
    OUTSIDE("AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING", NULL, "address of the API of classic load balancers"),
    OUTSIDE("AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2", NULL, "address of the API of load balancers"),
    OUTSIDE("AWS_ENDPOINT_URL_IAM", NULL, "address of the IAM API"),
    OUTSIDE("AWS_ENDPOINT_URL_KMS", NULL, "address of the KMS API"),
    OUTSIDE("AWS_ENDPOINT_URL_S3", NULL, "address of the S3 API"),
    OUTSIDE("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", NULL, "true: AWS_ENDPOINT_URL and its kind do not count"),
};
/* clang-format on */
const size_t config_variable_count = sizeof(config_variables) / sizeof(config_variables[0]);

static void load_one(struct config *config, const struct config_variable *v, struct err *err)
{
    const char *value = getenv(v->name);
    void *member = (char *)config + v->offset;

    if (v->kind != CONFIG_TEXT && v->kind != CONFIG_NUMBER)
        return;
    if (!value || *value == '\0')
        value = v->fallback;
    if (v->kind == CONFIG_TEXT) {
        memcpy(member, &value, sizeof(value));
    } else {
        long number;

        if (str_to_long(str_from(value), v->min, v->max, &number) < 0)
            err_field(err, v->name, CAUSE_INVALID, "must be a number from %ld to %ld", v->min, v->max);
        else
            memcpy(member, &number, sizeof(number));
    }
}

int config_load(struct config *config, struct err *err)
{
    enum log_level level;

    err_clear(err);
    memset(config, 0, sizeof(*config));
    for (size_t i = 0; i < config_variable_count; i++)
        load_one(config, &config_variables[i], err);
    if (config->processes == 0)
        config->processes = sysconf(_SC_NPROCESSORS_ONLN);
    if (log_level_parse(str_from(config->log_level), &level) < 0)
        err_field(err, "LOG_LEVEL", CAUSE_NOT_SUPPORTED, "must be DEBUG, INFO, WARNING, ERROR or CRITICAL");
    if (!config->cluster_name != !config->region)
        err_field(err, config->region ? "EKS_CLUSTER_NAME" : "EKS_REGION", CAUSE_REQUIRED,
                  "EKS_CLUSTER_NAME and EKS_REGION go together");
    return err->kind == ERR_NONE ? 0 : -1;
}

bool config_is_loopback(struct str address)
{
    struct str port = address;
    struct str host;
    struct in_addr v4;
    struct in6_addr v6;
    char text[64];

    snprintf(text, sizeof(text), "%.*s", STR_FMT(address));
    if (inet_pton(AF_INET6, text, &v6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&v6);
    if (str_starts_with(address, STR("["))) {
        port = str_skip(address, 1);
        host = str_cut(&port, ']');
        snprintf(text, sizeof(text), "%.*s", STR_FMT(host));
        return port.ptr && (port.len == 0 || port.ptr[0] == ':') && inet_pton(AF_INET6, text, &v6) == 1 &&
               IN6_IS_ADDR_LOOPBACK(&v6);
    }
    host = str_cut(&port, ':');
    if (str_equal(host, STR("localhost")))
        return true;
    snprintf(text, sizeof(text), "%.*s", STR_FMT(host));
    return inet_pton(AF_INET, text, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
}

static struct str without_port(struct str host)
{
    const char *colon;

    if (str_starts_with(host, STR("["))) {
        const char *bracket = memchr(host.ptr, ']', host.len);

        return bracket ? (struct str){host.ptr, (size_t)(bracket - host.ptr) + 1} : host;
    }
    colon = host.len > 0 ? memchr(host.ptr, ':', host.len) : NULL;
    return colon ? (struct str){host.ptr, (size_t)(colon - host.ptr)} : host;
}

bool config_answers_for(const struct config *config, struct str host)
{
    struct str name = without_port(host);
    struct str allowed = str_from(config->hosts);

    while (allowed.ptr)
        if (str_equal_ignore_case(str_trim(str_cut(&allowed, ',')), name))
            return true;
    return false;
}

static void check_key_file(const char *path, struct err *err)
{
    struct stat st;

    if (!path)
        err_field(err, "EKSGATE_SECRET_KEY_FILE", CAUSE_REQUIRED,
                  "name a file of 32 random bytes (head -c 32 /dev/urandom), mode 0600");
    else if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        err_field(err, "EKSGATE_SECRET_KEY_FILE", CAUSE_INVALID, "%s can not be read", path);
    else if (st.st_size != 32)
        err_field(err, "EKSGATE_SECRET_KEY_FILE", CAUSE_INVALID, "%s must hold exactly 32 bytes", path);
    else if (st.st_mode & 077)
        err_field(err, "EKSGATE_SECRET_KEY_FILE", CAUSE_INVALID, "%s must not be open to others: chmod 0600", path);
}

static void check_origins(const char *list, struct err *err)
{
    struct str rest = list ? str_from(list) : (struct str){NULL, 0};

    while (rest.ptr) {
        struct str origin = str_trim(str_cut(&rest, ','));
        bool is_https;
        struct str host;

        if (!origin_parse(origin, &is_https, &host))
            err_field(err, "EKSGATE_CORS_ORIGINS", CAUSE_INVALID,
                      "\"%.*s\" must be https://name or https://name:port in lower case, without a path or *",
                      STR_FMT(origin));
        else if (!is_https && !config_is_loopback(host)) /* whoever is on the way could write such a page */
            err_field(err, "EKSGATE_CORS_ORIGINS", CAUSE_INVALID, "\"%.*s\": http is for loopback addresses only",
                      STR_FMT(origin));
    }
}

static void check_rate(const char *name, const char *value, struct err *err)
{
    struct rate rate;

    if (value && rate_parse(str_from(value), &rate) < 0)
        err_field(err, name, CAUSE_INVALID, "must be like 100/s, 600/m or 100/s:1000 (so many at once), or off");
}

/* One read goes through all samples that there are of a series. */
static void check_samples(long step, const char *kept_name, long kept, struct err *err)
{
    if (step > 0 && kept / step > CONFIG_SAMPLES_MAX)
        err_field(err, kept_name, CAUSE_INVALID, "must not be more than %d times %ld seconds", CONFIG_SAMPLES_MAX,
                  step);
}

static void check_usage(const struct config *config, struct err *err)
{
    check_samples(config->usage_step, "EKSGATE_USAGE_KEPT_SECONDS", config->usage_kept, err);
    check_samples(config->usage_long_step, "EKSGATE_USAGE_LONG_KEPT_SECONDS", config->usage_long_kept, err);
    if (config->usage_long_step < config->usage_step)
        err_field(err, "EKSGATE_USAGE_LONG_STEP_SECONDS", CAUSE_INVALID,
                  "must not be less than EKSGATE_USAGE_STEP_SECONDS");
}

/* A tag can be moved to another image by whoever may push it. */
static void check_image(const char *image, struct err *err)
{
    const char *digest = image ? strstr(image, "@sha256:") : NULL;

    if (image && (!digest || strlen(digest) != 8 + 64 || strspn(digest + 8, "0123456789abcdef") != 64))
        err_field(err, "EKSGATE_TERMINAL_IMAGE", CAUSE_INVALID, "must name the image by its digest: NAME@sha256:...");
}

static bool is_set(const char *value)
{
    return value && *value;
}

/* s3://bucket/prefix: both stand in a file that Terraform reads, so nothing else may stand in them. */
static void check_state(const struct config *config, struct err *err)
{
    static const char name[] = "EKSGATE_PROVISION_STATE";
    const char *state = config->provision_state;

    if (!is_set(state))
        return;
    if (strncmp(state, "s3://", 5) != 0 || strspn(state + 5, "abcdefghijklmnopqrstuvwxyz0123456789.-") < 3 ||
        state[5 + strspn(state + 5, "abcdefghijklmnopqrstuvwxyz0123456789.-/_")] != '\0')
        err_field(err, name, CAUSE_INVALID, "must be like s3://bucket/prefix, of lower case letters, digits and . - _");
    if (!is_set(config->provision_state_region))
        err_field(err, "EKSGATE_PROVISION_STATE_REGION", CAUSE_REQUIRED, "belongs to %s", name);
    else if (strspn(config->provision_state_region, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
             strlen(config->provision_state_region))
        err_field(err, "EKSGATE_PROVISION_STATE_REGION", CAUSE_INVALID, "must be a region like us-east-1");
}

static void check_local(const struct config *config, struct err *err)
{
    char script[512];

    snprintf(script, sizeof(script), "%s/provision.sh", config->provision_module);
    if (access(script, R_OK) < 0)
        err_field(err, "EKSGATE_PROVISION_MODULE", CAUSE_INVALID, "%s can not be read", script);
    if (is_set(config->provision_user) && !getpwnam(config->provision_user))
        err_field(err, "EKSGATE_PROVISION_USER", CAUSE_INVALID, "there is no user %s", config->provision_user);
}

static void check_kube(const struct config *config, struct err *err)
{
    if (!is_set(config->provision_cluster))
        err_field(err, "EKSGATE_PROVISION_CLUSTER", CAUSE_REQUIRED, "name the connection to the cluster of the Jobs");
    if (!is_set(config->provision_image))
        err_field(err, "EKSGATE_PROVISION_IMAGE", CAUSE_REQUIRED, "name the image of the worker");
    if (strcmp(config->provision_credentials, "serviceaccount") != 0 &&
        strcmp(config->provision_credentials, "secret") != 0)
        err_field(err, "EKSGATE_PROVISION_CREDENTIALS", CAUSE_NOT_SUPPORTED, "must be serviceaccount or secret");
}

static void check_provision(const struct config *config, struct err *err)
{
    check_state(config, err);
    if (strcmp(config->provision_runner, "local") == 0)
        check_local(config, err);
    else if (strcmp(config->provision_runner, "kube") == 0)
        check_kube(config, err);
    else if (strcmp(config->provision_runner, "off") != 0)
        err_field(err, "EKSGATE_PROVISION_RUNNER", CAUSE_NOT_SUPPORTED, "must be local, kube or off");
}

int config_check(const struct config *config, struct err *err)
{
    err_clear(err);
    check_provision(config, err);
    check_usage(config, err);
    check_image(config->terminal_image, err);
    check_origins(config->cors_origins, err);
    check_key_file(config->secret_key_file, err);
    if (strcmp(config->auth, "off") != 0 && strcmp(config->auth, "keys") != 0)
        err_field(err, "EKSGATE_AUTH", CAUSE_NOT_SUPPORTED, "must be keys or off");
    check_rate("EKSGATE_LIMIT_READS", config->limit_reads, err);
    check_rate("EKSGATE_LIMIT_WRITES", config->limit_writes, err);
    check_rate("EKSGATE_LIMIT_RAW", config->limit_raw, err);
    if (config->metrics_allow && networks_find_wrong(str_from(config->metrics_allow)).ptr)
        err_field(err, "EKSGATE_METRICS_ALLOW", CAUSE_INVALID, "must be addresses or networks, separated by commas");
    if (!config_is_loopback(str_from(config->listen)))
        err_field(err, "EKSGATE_LISTEN", CAUSE_INVALID,
                  "plain HTTP is for loopback addresses only, not for %s: it would carry API keys in clear; set "
                  "EKSGATE_TLS_LISTEN for others",
                  config->listen);
    if (config->tls_listen && !config_is_loopback(str_from(config->tls_listen)) && strcmp(config->auth, "keys") != 0)
        err_field(err, "EKSGATE_AUTH", CAUSE_INVALID, "off is allowed on loopback addresses only, not on %s",
                  config->tls_listen);
    return err->kind == ERR_NONE ? 0 : -1;
}
