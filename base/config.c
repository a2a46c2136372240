#include "base/config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT(member, env, def, text)                                                                                   \
    {                                                                                                                  \
        env, def, text, false, 0, 0, offsetof(struct config, member)                                                   \
    }
#define NUMBER(member, env, def, lo, hi, text)                                                                         \
    {                                                                                                                  \
        env, def, text, true, lo, hi, offsetof(struct config, member)                                                  \
    }

/* clang-format off */
const struct config_variable config_variables[] = {
    TEXT(socket_dir, "EKSGATE_SOCKET_DIR", "./run", "folder of the FastCGI sockets serve-0.sock, serve-1.sock, ..."),
    NUMBER(processes, "EKSGATE_PROCESSES", "0", 0, 64, "serve processes; 0 is one for each core"),
    NUMBER(threads, "EKSGATE_THREADS", "32", 2, 512, "worker threads of each process; at least twice what nginx keeps alive"),
    NUMBER(streams, "EKSGATE_STREAMS", "5000", 1, 100000, "watches, followed logs and proxied downloads of each process at a time"),
    NUMBER(streams_per_cluster, "EKSGATE_STREAMS_PER_CLUSTER", "2000", 1, 100000, "of those, to one cluster"),
    NUMBER(streams_per_caller, "EKSGATE_STREAMS_PER_CALLER", "500", 1, 100000, "of those, of one API key, or address without keys"),
    NUMBER(tunnel_idle, "EKSGATE_TUNNEL_IDLE_SECONDS", "14400", 1, 86400, "after which a session of exec, attach or port-forward without a byte is closed"),
    NUMBER(tunnel_grace, "EKSGATE_TUNNEL_GRACE_SECONDS", "30", 0, 3600, "that such sessions have to end by themselves when the tunnel is stopped"),
    TEXT(redis, "EKSGATE_REDIS", "127.0.0.1:6379", "host:port or unix:/path of Redis"),
    NUMBER(redis_db, "EKSGATE_REDIS_DB", "0", 0, 1023, "number of the Redis database"),
    TEXT(secret_key_file, "EKSGATE_SECRET_KEY_FILE", NULL, "file of 32 random bytes, mode 0600, that seals keys given by users"),
    TEXT(auth, "EKSGATE_AUTH", "keys", "keys: callers need an API key (eksgate key create); off: none, on loopback addresses only"),
    TEXT(listen, "EKSGATE_LISTEN", "127.0.0.1:8080", "where nginx listens with plain HTTP: a loopback address"),
    TEXT(tls_listen, "EKSGATE_TLS_LISTEN", NULL, "where nginx listens with TLS; beyond loopback only with EKSGATE_AUTH=keys"),
    TEXT(tls_ca_file, "EKSGATE_TLS_CA_FILE", NULL, "PEM file of the authority of nginx's certificate, given to kubectl by the kubeconfig route"),
    TEXT(hosts, "EKSGATE_HOSTS", "localhost,127.0.0.1,[::1]", "Host names that are answered, without port"),
    TEXT(allow_endpoints, "EKSGATE_ALLOW_ENDPOINTS", NULL, "host:port of cluster endpoints that are not EKS names (sandbox, tests)"),
    TEXT(sandbox_progress, "EKSGATE_SANDBOX_PROGRESS", NULL, "file with the sandbox's progress, shown by /health"),
    TEXT(allow_credential_process, "EKSGATE_ALLOW_CREDENTIAL_PROCESS", NULL, "1: credential_process of AWS profiles may run commands"),
    TEXT(cluster_name, "EKS_CLUSTER_NAME", NULL, "the default cluster's name"),
    TEXT(region, "EKS_REGION", NULL, "the default cluster's region"),
    TEXT(log_level, "LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING, ERROR or CRITICAL"),
};
/* clang-format on */
const size_t config_variable_count = sizeof(config_variables) / sizeof(config_variables[0]);

static void load_one(struct config *config, const struct config_variable *v, struct err *err)
{
    const char *value = getenv(v->name);
    void *member = (char *)config + v->offset;

    if (!value || *value == '\0')
        value = v->fallback;
    if (!v->is_number) {
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

int config_check(const struct config *config, struct err *err)
{
    err_clear(err);
    check_key_file(config->secret_key_file, err);
    if (strcmp(config->auth, "off") != 0 && strcmp(config->auth, "keys") != 0)
        err_field(err, "EKSGATE_AUTH", CAUSE_NOT_SUPPORTED, "must be keys or off");
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
