/*
 * The configuration: environment variables, and a file of such. One table describes every variable that the program
 * reads (name, default, range, meaning); loading, `eksgate check`, .env.example and the documentation are made from it.
 */
#ifndef EKSGATE_BASE_CONFIG_H
#define EKSGATE_BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/log.h"

#define CONFIG_SAMPLES_MAX 1500 /* of what one thing uses, by the defaults of one step 15 or 288 */
#define EKSGATE_VERSION "0.1.0"

struct config {
    const char *socket_dir;
    long processes;
    long threads;
    long streams;
    long streams_per_cluster;
    long streams_per_caller;
    long cluster_connections;
    long cluster_queue;
    long jobs_per_namespace;
    long jobs_per_caller;
    long tunnel_idle;
    long tunnel_grace;
    long terminals;
    long terminals_per_caller;
    long terminal_idle;
    long terminal_life;
    long terminal_review;
    long terminal_ping;
    long terminal_pod;
    long terminal_sweep;
    const char *terminal_image; /* or NULL */
    const char *terminal_namespace;
    const char *terminal_accounts;
    long agent_lease;
    long job_history;
    long job_history_days;
    const char *allow_webhooks;  /* or NULL */
    const char *webhook_ca_file; /* or NULL */
    long webhook_attempts;
    long usage_step; /* seconds, all of them; 0: nothing is sampled */
    long usage_kept;
    long usage_long_step;
    long usage_long_kept;
    long usage_containers;
    const char *provision_runner; /* off, local or kube */
    const char *provision_dir;
    const char *provision_module;
    const char *provision_user; /* or NULL */
    const char *terraform;
    long provision_runs;
    long provision_queue;
    long provision_grace;
    const char *provision_state; /* s3://bucket/prefix, or NULL */
    const char *provision_state_region;
    const char *provision_cluster; /* or NULL, as the next one */
    const char *provision_image;
    const char *provision_namespace;
    const char *provision_account;
    const char *provision_credentials; /* serviceaccount or secret */
    const char *provision_secret;
    const char *provision_pull_secret;   /* or NULL */
    const char *provision_storage_class; /* or NULL */
    const char *redis;
    long redis_db;
    const char *redis_password_file; /* or NULL */
    const char *secret_key_file;
    const char *auth;
    long session;
    long session_idle;
    const char *listen;
    const char *tls_listen;    /* or NULL */
    const char *tls_ca_file;   /* or NULL */
    const char *metrics_allow; /* or NULL */
    const char *limit_reads;   /* as base/rate.h reads them */
    const char *limit_writes;
    const char *limit_raw;
    const char *hosts;
    const char *cors_origins; /* or NULL */
    const char *allow_endpoints;
    const char *service_account_dir;
    const char *kubernetes_host; /* in a pod, or NULL */
    const char *kubernetes_port;
    const char *sandbox_progress;
    const char *cluster_name; /* the default cluster, or NULL */
    const char *region;
    const char *log_level;
};

enum config_kind {
    CONFIG_TEXT,
    CONFIG_NUMBER,
    CONFIG_OUTSIDE, /* not in struct config: read where it counts, as the AWS SDKs read theirs */
    CONFIG_SECRET,  /* so is this, and its value is never shown */
};

struct config_variable {
    const char *name;
    const char *fallback; /* text of the default, or NULL for "not set" */
    const char *help;
    enum config_kind kind;
    long min;
    long max;
    size_t offset; /* in struct config */
};

extern const struct config_variable config_variables[];
extern const size_t config_variable_count;

enum config_source { CONFIG_DEFAULT, CONFIG_ENVIRONMENT, CONFIG_FILE };

/* Where the value in force comes from; an empty variable is one that is not set. */
enum config_source config_source(const struct config_variable *variable);

/* Reads the file that EKSGATE_ENV_FILE names, if it does, into the environment, where what is set already stays. To be
 * called once, before any thread runs. 0, or -1 with every fault (field = the variable, or EKSGATE_ENV_FILE). */
int config_read_file(struct err *err);

/* Reads the environment. Every fault is a cause in err (field = variable name). 0, or -1. Strings are
 * borrowed from the environment, which must not be changed afterwards. */
int config_load(struct config *config, struct err *err);

/* Refuses what would be unsafe: plain HTTP, or no authentication, on an address that is not loopback; no key file.
 * 0, or -1 with all causes. */
int config_check(const struct config *config, struct err *err);

/* True when "host" or "host:port" or "[v6]:port" names a loopback address or localhost. */
bool config_is_loopback(struct str address);

/* True when the value of a Host header, with or without a port, names one of config->hosts. */
bool config_answers_for(const struct config *config, struct str host);

#endif
