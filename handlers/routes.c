/*
 * THE table: what eksgate answers, to whom, what it needs first and what it may be sent. The router, the checks
 * before each handler and the reference (handlers/reference.c) are all made from it.
 */
#include "handlers/routes.h"

#include "base/limits.h"
#include "base/metrics.h"
#include "handlers/apply.h"
#include "handlers/auth.h"
#include "handlers/charts.h"
#include "handlers/clusters.h"
#include "handlers/connect.h"
#include "handlers/contexts.h"
#include "handlers/cronjobs.h"
#include "handlers/dashboard.h"
#include "handlers/eks.h"
#include "handlers/events.h"
#include "handlers/graph.h"
#include "handlers/handlers.h"
#include "handlers/health.h"
#include "handlers/job_batch.h"
#include "handlers/job_history.h"
#include "handlers/job_order.h"
#include "handlers/jobs.h"
#include "handlers/keys.h"
#include "handlers/kubeconfig.h"
#include "handlers/log_level.h"
#include "handlers/metrics.h"
#include "handlers/namespaces.h"
#include "handlers/nodes.h"
#include "handlers/openapi.h"
#include "handlers/pods.h"
#include "handlers/provision.h"
#include "handlers/provision_submit.h"
#include "handlers/raw_list.h"
#include "handlers/resources.h"
#include "handlers/templates.h"
#include "handlers/terminal.h"
#include "handlers/usage.h"
#include "handlers/webhooks.h"
#include "kube/name.h"
#include "terraform/name.h"
#include "terraform/order.h"

#define GET METHOD_GET
#define POST METHOD_POST
#define PUT METHOD_PUT
#define PATCH METHOD_PATCH
#define DELETE METHOD_DELETE
#define ANY METHOD_ANY

static const struct answer raw_answers[] = {{ANSWER_ANY, "the cluster's own answer", NULL, "*/*"}, {0}};

/* clang-format off */
const struct field route_parts[] = {
    {.name = "cluster", .required = true, .min = 1, .max = 256, .help = "id of a connection, as GET /api/clusters lists them", .example = "us-east-1_demo"},
    {.name = "type", .required = true, .min = 1, .max = 256, .help = "a kind: its plural, with its group where that is not enough", .example = "pods"},
    {.name = "part", .type = FIELD_CHOICE, .required = true, .choices = "nodegroups|addons|fargate-profiles|access-entries|insights|updates|pod-identity-associations", .help = "which of AWS's lists", .example = "nodegroups"},
    {.name = "key", .required = true, .min = 1, .max = 64, .help = "id of an API key, as GET /api/keys lists them"},
    {.name = "namespace", .required = true, .min = 1, .max = 63, .check = name_check_label, .help = "a namespace", .example = "default"},
    {.name = "resource", .required = true, .min = 1, .max = 63, .help = "a kind of workload: its plural", .example = "deployments"},
    {.name = "name", .required = true, .min = 1, .max = 253, .check = name_check_subdomain, .help = "a name", .example = "example"},
    {.name = "pod", .required = true, .min = 1, .max = 253, .help = "a pod", .example = "api-7d9-x2k"},
    {.name = "container", .required = true, .min = 1, .max = 63, .help = "a container of it", .example = "app"},
    {.name = "termtype", .required = true, .min = 1, .max = 16, .help = "what the path says already: cluster, pod or container", .example = "pod"},
    {.name = "cluster_name", .required = true, .min = 1, .max = TERRAFORM_CLUSTER_MAX, .pattern = "^[a-z0-9]([a-z0-9-]{0,98}[a-z0-9])?$", .check = terraform_check_cluster, .help = "a cluster that eksgate has made or is to make", .example = "prod-cluster-001"},
    {.name = "run", .required = true, .min = TERRAFORM_RUN_LEN, .max = TERRAFORM_RUN_LEN, .pattern = "^r[0-9]{13}[0-9a-f]{4}$", .check = provision_check_run, .help = "id of a run, as the list has it"},
    {.name = "id", .required = true, .min = 1, .max = 64, .help = "an id, as the list has it"},
    {.name = "delivery", .required = true, .min = 1, .max = 64, .help = "id of a delivery, as the list has it"},
    {.name = "nodes", .required = true, .min = 1, .max = 32768, .help = "a node, or several with commas between", .example = "ip-10-0-11-23.ec2.internal"},
    {.name = "pods", .required = true, .min = 1, .max = 32768, .help = "a pod, or several with commas between", .example = "example"},
    {.name = "op", .type = FIELD_CHOICE, .required = true, .choices = "sum|avg|max|min|SUM|AVG|MAX|MIN", .help = "as the parameter agg", .example = "avg"},
    {.name = "*", .required = true, .min = 1, .max = 8192, .help = "a path of the cluster's API, with its slashes", .example = "api/v1/namespaces"},
    {.name = NULL},
};

const struct route routes[] = {
    { GET,  "/health",                                 health_show,         NEEDS_NOTHING,                 ROLE_NONE,    0,              NULL,            NULL,             "gateway",    "Whether this gateway works",                 health_answers },
    { GET,  "/healthy",                                health_word,         NEEDS_NOTHING,                 ROLE_NONE,    0,              NULL,            NULL,             "gateway",    "The same in one word",                       health_word_answers },
    { GET,  "/openapi.json",                           openapi_show,        NEEDS_NOTHING,                 ROLE_NONE,    0,              NULL,            NULL,             "gateway",    "This API, described for programs",           openapi_answers },
    { GET,  "/metrics",                                metrics_show,        NEEDS_NOTHING,                 ROLE_SCRAPER, 0,              NULL,            NULL,             "gateway",    "What the gateway has counted",               metrics_answers },
    { GET,  "/api/log-level",                          log_level_show,      NEEDS_NOTHING,                 ROLE_ADMIN,   0,              NULL,            NULL,             "gateway",    "How much is logged",                         log_level_answers },
    { PUT,  "/api/log-level",                          log_level_change,    NEEDS_JSON,                    ROLE_ADMIN,   KIB(1),         NULL,            log_level_fields, "gateway",    "Log more or less for a while, in every process", log_level_answers },
    { DELETE, "/api/log-level",                        log_level_reset,     NEEDS_NOTHING,                 ROLE_ADMIN,   0,              NULL,            NULL,             "gateway",    "Log as configured again",                    log_level_answers },
    { GET,  "/api/whoami",                             caller_show,         NEEDS_NOTHING,                 ROLE_VIEWER,  0,              NULL,            NULL,             "keys",       "Who the caller is to the gateway",           caller_answers },
    { GET,  "/api/auth/login",                         sign_in_how,         NEEDS_NOTHING,                 ROLE_NONE,    0,              NULL,            NULL,             "keys",       "How a browser signs in",                     sign_in_how_answers },
    { POST, "/api/auth/login",                         sign_in,             NEEDS_JSON,                    ROLE_NONE,    KIB(4),         NULL,            sign_in_fields,   "keys",       "Begin a browser's session with an API key",  sign_in_answers },
    { GET | POST, "/api/auth/logout",                  sign_out,            NEEDS_NOTHING,                 ROLE_NONE,    0,              NULL,            NULL,             "keys",       "End it",                                     sign_out_answers },
    { GET,  "/api/auth/user",                          signed_in_show,      NEEDS_NOTHING,                 ROLE_VIEWER,  0,              NULL,            NULL,             "keys",       "Who has signed in",                          signed_in_answers },
    { GET,  "/api/keys",                               keys_list,           NEEDS_NOTHING,                 ROLE_ADMIN,   0,              NULL,            NULL,             "keys",       "The API keys",                               keys_answers },
    { POST, "/api/keys",                               keys_create,         NEEDS_JSON,                    ROLE_ADMIN,   KIB(16),        NULL,            key_fields,       "keys",       "Make an API key",                            key_answers },
    { DELETE, "/api/keys/:key",                        keys_revoke,         NEEDS_NOTHING,                 ROLE_ADMIN,   0,              NULL,            NULL,             "keys",       "Revoke an API key",                          revoke_answers },
    { GET,  "/api/clusters",                           clusters_list,       NEEDS_NOTHING,                 ROLE_VIEWER,  0,              NULL,            NULL,             "clusters",   "The connected clusters",                     clusters_answers },
    { POST, "/api/clusters/connect",                   clusters_connect,    NEEDS_JSON,                    ROLE_ADMIN,   KIB(16),        NULL,            connect_fields,   "clusters",   "Connect an EKS cluster",                     connect_answers },
    { POST, "/api/clusters/available",                 clusters_available,  NEEDS_JSON,                    ROLE_ADMIN,   KIB(16),        NULL,            available_fields, "clusters",   "The EKS clusters of one or more regions",    available_answers },
    { GET,  "/api/clusters/:cluster",                  clusters_show,       NEEDS_CONNECTION,              ROLE_VIEWER,  0,              NULL,            NULL,             "clusters",   "One connected cluster",                      cluster_answers },
    { POST, "/api/clusters/:cluster/disconnect",       clusters_disconnect, NEEDS_CONNECTION,              ROLE_ADMIN,   0,              NULL,            NULL,             "clusters",   "Forget a connection and its keys",           disconnect_answers },
    { GET,  "/api/clusters/:cluster/kubeconfig",       kubeconfig_show,     NEEDS_CONNECTION,              ROLE_VIEWER,  0,              kubeconfig_fields, NULL,           "clusters",   "A kubeconfig with this gateway as server",   kubeconfig_answers },
    { GET,  "/api/clusters/:cluster/resources",        resources_kinds,     NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             NULL,            NULL,             "resources",  "The kinds that the cluster serves",          kinds_answers },
    { GET,  "/api/clusters/:cluster/resources/:type",  resources_list,      NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             resource_fields, NULL,             "resources",  "The objects of one kind",                    list_answers },
    { GET,  "/api/clusters/:cluster/dashboard",        dashboard_show,      NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             NULL,            NULL,             "overview",   "How what runs in a cluster stands, faults first", dashboard_answers },
    { GET,  "/api/clusters/:cluster/nodes",            nodes_show,          NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             NULL,            NULL,             "overview",   "The nodes, and what is used of them",        nodes_answers },
    { GET,  "/api/clusters/:cluster/nodes/:name/pods", node_pods_show,      NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             NULL,            NULL,             "overview",   "The pods of a node, with what they use",     node_pods_answers },
    { GET,  "/api/clusters/:cluster/namespaces/:namespace/:resource/:name/pods", workload_pods_show, NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0, NULL,      NULL,             "overview",   "The pods of a workload, with what they use", workload_pods_answers },
    { GET,  "/api/clusters/:cluster/metrics",          cluster_metrics_show, NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,            NULL,            NULL,             "overview",   "What a cluster has used",                    cluster_metrics_answers },
    { GET,  "/api/clusters/:cluster/nodes/:name/metrics", node_metrics_show, NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             NULL,            NULL,             "overview",   "What a node has used",                       node_metrics_answers },
    { GET,  "/api/clusters/:cluster/namespaces/:namespace/:resource/:name/metrics", workload_metrics_show, NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0, NULL, NULL,            "overview",   "What a workload or a pod has used, beside what it asks for", workload_metrics_answers },
    { GET,  "/api/clusters/:cluster/eks",              eks_show,            NEEDS_CONNECTION | NEEDS_IDENTITY, ROLE_VIEWER, 0,            NULL,            NULL,             "eks",        "What EKS says of the cluster",               eks_answers },
    { GET,  "/api/clusters/:cluster/eks/:part",        eks_show_part,       NEEDS_CONNECTION | NEEDS_IDENTITY, ROLE_VIEWER, 0,            NULL,            NULL,             "eks",        "Its node groups, add-ons, ...",              eks_part_answers },
    { GET,  "/api/clusters/:cluster/access",           access_explain,      NEEDS_CONNECTION | NEEDS_IDENTITY, ROLE_VIEWER, 0,            NULL,            NULL,             "eks",        "Who we are to the cluster, and what is in the way", explain_answers },
    { POST, "/api/clusters/:cluster/access",           access_grant,        NEEDS_CONNECTION | NEEDS_IDENTITY | NEEDS_JSON, ROLE_ADMIN, KIB(16), NULL, access_fields,   "eks",        "Create an access entry with a policy",       grant_answers },
    { GET,  "/api/contexts",                           clusters_list,       NEEDS_NOTHING,                 ROLE_VIEWER,  0,              contexts_query,  NULL,             "contexts",   "The connected clusters, EKS's and kubeconfigs'", contexts_answers },
    { POST, "/api/contexts",                           contexts_upload,     NEEDS_BODY,                    ROLE_ADMIN,   LIMIT_BODY_RAW, context_write_query, NULL,         "contexts",   "Add the contexts of a kubeconfig: YAML or JSON", contexts_upload_answers },
    { GET,  "/api/contexts/:cluster",                  contexts_show,       NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             NULL,            NULL,             "contexts",   "Version, namespaces and kinds of a cluster", context_answers },
    { POST, "/api/contexts/:cluster",                  contexts_add,        NEEDS_JSON,                    ROLE_ADMIN,   KIB(512),       context_write_query, context_fields, "contexts", "Add one context",                            context_add_answers },
    { DELETE, "/api/contexts/:cluster",                contexts_delete,     NEEDS_CONNECTION,              ROLE_ADMIN,   0,              NULL,            NULL,             "contexts",   "Forget a context and its secrets",           context_delete_answers },
    { GET,  "/api/contexts/:cluster/namespaces",       contexts_namespaces, NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             NULL,            NULL,             "contexts",   "The names of a cluster's namespaces",        context_namespaces_answers },
    { GET,  "/api/contexts/:cluster/config",           contexts_show_config, NEEDS_CONNECTION,             ROLE_VIEWER,  0,              context_config_query, NULL,        "contexts",   "What a context says, without its secrets",   context_config_answers },
    { PATCH, "/api/v1/config",                         contexts_refresh,    NEEDS_NOTHING,                 ROLE_ADMIN,   0,              NULL,            NULL,             "contexts",   "Let every process read its connections anew", context_refresh_answers },
    { POST, "/api/eks-create-job",                      jobs_create,         NEEDS_CONNECTION | NEEDS_CLUSTER | NEEDS_DEFAULT | NEEDS_JSON, ROLE_EDITOR, LIMIT_BODY_JOB, job_create_default_query, job_create_fields, "jobs", "Make a job; its namespace too when that is absent", job_create_answers },
    { DELETE, "/api/eks-delete-job",                    jobs_delete,         NEEDS_CONNECTION | NEEDS_CLUSTER | NEEDS_DEFAULT, ROLE_EDITOR, 0, job_delete_default_query, NULL, "jobs",      "Delete a job and its pods",                  job_delete_answers },
    { GET,  "/api/eks-get-job-status",                  jobs_show,           NEEDS_CONNECTION | NEEDS_CLUSTER | NEEDS_DEFAULT, ROLE_VIEWER, 0, job_show_default_query, NULL,   "jobs",       "How a job stands",                           job_show_answers },
    { POST, "/api/eks-create-namespace",                namespaces_create,   NEEDS_CONNECTION | NEEDS_CLUSTER | NEEDS_DEFAULT | NEEDS_JSON, ROLE_EDITOR, KIB(64), namespace_default_query, namespace_create_fields, "namespaces", "Make a namespace",             namespace_create_answers },
    { DELETE, "/api/eks-delete-namespace",              namespaces_delete,   NEEDS_CONNECTION | NEEDS_CLUSTER | NEEDS_DEFAULT, ROLE_EDITOR, 0, namespace_delete_default_query, NULL, "namespaces", "Delete a namespace with all that is in it",  namespace_delete_answers },
    { GET,  "/api/clusters/:cluster/jobs",              jobs_list,           NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             job_list_query,  NULL,             "jobs",       "The jobs of a cluster",                      job_list_answers },
    { POST, "/api/clusters/:cluster/jobs",              jobs_create,         NEEDS_CONNECTION | NEEDS_CLUSTER | NEEDS_JSON, ROLE_EDITOR, LIMIT_BODY_JOB, job_create_query, job_create_fields, "jobs", "Make a job; its namespace too when that is absent", job_create_answers },
    { GET,  "/api/clusters/:cluster/jobs/:namespace/:name", jobs_show,       NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             job_show_query,  NULL,             "jobs",       "How a job stands",                           job_watch_answers },
    { GET,  "/api/clusters/:cluster/jobs/:namespace/:name/logs", jobs_logs,  NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             job_logs_query,  NULL,             "jobs",       "What its pods have written, or write",       job_logs_answers },
    { POST, "/api/clusters/:cluster/jobs/:namespace/:name/rerun", jobs_rerun, NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_EDITOR, 0,            NULL,            NULL,             "jobs",       "Make one more job like it",                  job_rerun_answers },
    { DELETE, "/api/clusters/:cluster/jobs/:namespace/:name", jobs_delete,   NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_EDITOR, 0,             job_delete_query, NULL,            "jobs",       "Delete a job and its pods",                  job_delete_answers },
    { GET,  "/api/clusters/:cluster/namespaces",        namespaces_list,     NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             namespace_list_query, NULL,        "namespaces", "The namespaces of a cluster",                namespace_list_answers },
    { POST, "/api/clusters/:cluster/namespaces",        namespaces_create,   NEEDS_CONNECTION | NEEDS_CLUSTER | NEEDS_JSON, ROLE_EDITOR, KIB(64), NULL, namespace_create_fields, "namespaces", "Make a namespace",               namespace_create_answers },
    { GET,  "/api/clusters/:cluster/namespaces/:namespace", namespaces_show, NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             NULL,            NULL,             "namespaces", "A namespace, and what is in it",             namespace_show_answers },
    { DELETE, "/api/clusters/:cluster/namespaces/:namespace", namespaces_delete, NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_EDITOR, 0,       namespace_delete_query, NULL,      "namespaces", "Delete a namespace with all that is in it",  namespace_delete_answers },
    { POST, "/api/clusters/:cluster/jobs-batch",       jobs_batch,          NEEDS_CONNECTION | NEEDS_CLUSTER | NEEDS_JSON, ROLE_EDITOR, LIMIT_BODY_RAW, NULL, job_batch_fields, "jobs",      "Make or delete many jobs",                   job_batch_answers },
    { GET,  "/api/clusters/:cluster/job-history",       job_history_list,    NEEDS_CONNECTION,              ROLE_VIEWER,  0,              job_history_query, NULL,           "jobs",       "Jobs that have finished, also those that are gone", job_history_answers },
    { GET,  "/api/clusters/:cluster/job-analytics",     job_analytics,       NEEDS_CONNECTION,              ROLE_VIEWER,  0,              job_analytics_query, NULL,         "jobs",       "How often jobs succeeded and how long they took", job_analytics_answers },
    { GET,  "/api/clusters/:cluster/cronjobs",         cronjobs_list,       NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             cronjob_list_query, NULL,          "cronjobs",   "The cron jobs of a cluster",                 cronjob_list_answers },
    { GET,  "/api/clusters/:cluster/cronjobs/:namespace/:name", cronjobs_show, NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,          NULL,            NULL,             "cronjobs",   "A cron job and its jobs",                    cronjob_show_answers },
    { PATCH, "/api/clusters/:cluster/cronjobs/:namespace/:name", cronjobs_suspend, NEEDS_CONNECTION | NEEDS_CLUSTER | NEEDS_JSON, ROLE_EDITOR, KIB(4), NULL, cronjob_suspend_fields, "cronjobs", "Suspend or resume a cron job", cronjob_suspend_answers },
    { DELETE, "/api/clusters/:cluster/cronjobs/:namespace/:name", cronjobs_delete, NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_EDITOR, 0,     cronjob_delete_query, NULL,        "cronjobs",   "Delete a cron job and its jobs",             cronjob_delete_answers },
    { POST, "/api/clusters/:cluster/cronjobs/:namespace/:name/trigger", cronjobs_trigger, NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_EDITOR, 0, cronjob_trigger_query, NULL,   "cronjobs",   "Start a job of it now",                      cronjob_trigger_answers },
    { GET,  "/api/clusters/:cluster/topology",                 graph_topology,      NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             graph_fields,    NULL,             "graphs",     "What is in a cluster, as nodes and links",   graph_answers },
    { GET,  "/api/clusters/:cluster/graph/topology",           graph_topology,      NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             graph_fields,    NULL,             "graphs",     "What is in a cluster, as nodes and links",   graph_answers },
    { GET,  "/api/clusters/:cluster/graph/topology/namespaces/:namespace", graph_topology,      NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             graph_fields,    NULL,             "graphs",     "What is in a namespace, as nodes and links", graph_answers },
    { GET,  "/api/clusters/:cluster/graph/workloads",          graph_workloads,     NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             graph_fields,    NULL,             "graphs",     "Workloads under what made them",             graph_tree_answers },
    { GET,  "/api/clusters/:cluster/graph/workloads/namespaces/:namespace", graph_workloads,     NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             graph_fields,    NULL,             "graphs",     "Those of one namespace",                     graph_tree_answers },
    { GET,  "/api/clusters/:cluster/graph/network",            graph_network,       NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             graph_fields,    NULL,             "graphs",     "Pods under Services under Ingresses",        graph_tree_answers },
    { GET,  "/api/clusters/:cluster/graph/network/namespaces/:namespace", graph_network,       NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             graph_fields,    NULL,             "graphs",     "Those of one namespace",                     graph_tree_answers },
    { GET,  "/api/clusters/:cluster/graph/pod/namespaces/:namespace/pods/:name", graph_pod,           NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             graph_fields,    NULL,             "graphs",     "All that one pod has to do with",            graph_pod_answers },
    { GET,  "/api/clusters/:cluster/events/stream",    events_stream,       NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             events_query,    NULL,             "clusters",   "What changes in a cluster, as server-sent events", events_answers },
    { GET,  "/api/job-templates",                      templates_show_all,  NEEDS_NOTHING,                 ROLE_VIEWER,  0,              NULL,            NULL,             "templates",  "The job templates",                          templates_answers },
    { POST, "/api/job-templates",                      templates_create,    NEEDS_JSON,                    ROLE_EDITOR,  LIMIT_TEMPLATE_BODY, NULL,       template_create_fields, "templates", "Store a new job template",             template_create_answers },
    { GET,  "/api/job-templates/:name",                templates_show,      NEEDS_NOTHING,                 ROLE_VIEWER,  0,              template_query,  NULL,             "templates",  "One version of a job template",              template_answers },
    { PUT,  "/api/job-templates/:name",                templates_update,    NEEDS_JSON,                    ROLE_EDITOR,  LIMIT_TEMPLATE_BODY, NULL,       template_update_fields, "templates", "Store its next version",               template_update_answers },
    { DELETE, "/api/job-templates/:name",              templates_delete,    NEEDS_NOTHING,                 ROLE_EDITOR,  0,              NULL,            NULL,             "templates",  "Delete it with all its versions",            template_delete_answers },
    { GET,  "/api/webhooks",                            webhooks_show_all,   NEEDS_NOTHING,                 ROLE_ADMIN,   0,              NULL,            NULL,             "webhooks",   "The webhooks",                               webhooks_answers },
    { POST, "/api/webhooks",                            webhooks_create,     NEEDS_JSON,                    ROLE_ADMIN,   KIB(16),        NULL,            webhook_fields,   "webhooks",   "Register a webhook for changes of jobs",     webhook_made_answers },
    { GET,  "/api/webhooks/:id",                        webhooks_show,       NEEDS_NOTHING,                 ROLE_ADMIN,   0,              NULL,            NULL,             "webhooks",   "One webhook",                                webhook_answers },
    { DELETE, "/api/webhooks/:id",                 webhooks_delete,     NEEDS_NOTHING,                 ROLE_ADMIN,   0,              NULL,            NULL,             "webhooks",   "Delete a webhook and its deliveries",        webhook_deleted_answers },
    { GET,  "/api/webhooks/:id/deliveries",        webhooks_deliveries, NEEDS_NOTHING,                 ROLE_ADMIN,   0,              deliveries_fields, NULL,           "webhooks",   "What was and is to be delivered",            deliveries_answers },
    { POST, "/api/webhooks/:id/deliveries/:delivery/retry", webhooks_retry, NEEDS_NOTHING,            ROLE_ADMIN,   0,              NULL,            NULL,             "webhooks",   "Try a dead delivery again",                  retry_answers },
    { POST, "/api/webhooks/:id/test",              webhooks_test,       NEEDS_NOTHING,                 ROLE_ADMIN,   0,              NULL,            NULL,             "webhooks",   "Queue a delivery that only tests",           test_answers },
    { GET | POST, "/api/terminal/clusters/:cluster/termtype/:termtype", terminal_issue, NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_EDITOR, 0, NULL, NULL, "terminal", "A ticket for a shell with kubectl, in a pod of its own", ticket_answers },
    { GET | POST, "/api/terminal/clusters/:cluster/namespaces/:namespace/pods/:pod/termtype/:termtype", terminal_issue, NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_EDITOR, 0, NULL, NULL, "terminal", "A ticket for a shell in a pod", ticket_answers },
    { GET | POST, "/api/terminal/clusters/:cluster/namespaces/:namespace/pods/:pod/containers/:container/termtype/:termtype", terminal_issue, NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_EDITOR, 0, NULL, NULL, "terminal", "A ticket for a shell in this container", ticket_answers },
    { GET,  "/api/v1/clusters/:cluster",               usage_of_cluster,    NEEDS_CONNECTION,              ROLE_VIEWER,  0,              usage_query,     NULL,             "usage",      "What a cluster used, step by step",          usage_answers },
    { GET,  "/api/v1/clusters/:cluster/sampling",      usage_sampling,      NEEDS_CONNECTION,              ROLE_VIEWER,  0,              NULL,            NULL,             "usage",      "Whether and how its usage is sampled",       sampling_answers },
    { GET,  "/api/v1/clusters/:cluster/nodes/:nodes",  usage_of_nodes,      NEEDS_CONNECTION,              ROLE_VIEWER,  0,              usage_query,     NULL,             "usage",      "What nodes used",                            usage_answers },
    { GET,  "/api/v1/clusters/:cluster/namespaces/:namespace/pods/:pods", usage_of_pods, NEEDS_CONNECTION, ROLE_VIEWER, 0,              usage_pods_query, NULL,            "usage",      "What pods used",                             usage_answers },
    { GET,  "/api/v1/clusters/:cluster/namespaces/:namespace/pods/:pods/:op", usage_of_pods, NEEDS_CONNECTION, ROLE_VIEWER, 0,          usage_pods_op_query, NULL,         "usage",      "The same, taken together as the path says",  usage_answers },
    { POST,  "/clusters/test", provisions_test, NEEDS_UNBOUND | NEEDS_JSON | TAKES_KEY, ROLE_ADMIN, KIB(32), NULL, provision_order_fields, "provision", "Plan a cluster and make nothing", provision_submit_answers, order_check },
    { POST,  "/clusters/provision", provisions_create, NEEDS_UNBOUND | NEEDS_JSON | TAKES_KEY, ROLE_ADMIN, KIB(32), NULL, provision_order_fields, "provision", "Make a cluster", provision_submit_answers, order_check },
    { GET,  "/clusters/:cluster_name/status", provisions_status, NEEDS_UNBOUND, ROLE_VIEWER, 0, provision_status_query, NULL, "provision", "How a run of a cluster stands", provision_status_answers },
    { GET,  "/clusters/:cluster_name/logs", provisions_logs, NEEDS_UNBOUND, ROLE_VIEWER, 0, provision_logs_query, NULL, "provision", "What a run has written, or writes", provision_logs_answers },
    { DELETE,  "/clusters/:cluster_name", provisions_destroy, NEEDS_UNBOUND | TAKES_KEY, ROLE_ADMIN, 0, provision_destroy_query, NULL, "provision", "Destroy a cluster and all that was made with it", provision_destroy_answers },
    { DELETE,  "/clusters/:cluster_name/cleanup", provisions_cleanup, NEEDS_UNBOUND | TAKES_KEY, ROLE_ADMIN, 0, provision_cleanup_query, NULL, "provision", "Forget a cluster: its Jobs, volumes and records", provision_cleanup_answers },
    { POST,  "/api/provision/clusters/test", provisions_test, NEEDS_UNBOUND | NEEDS_JSON | TAKES_KEY, ROLE_ADMIN, KIB(32), NULL, provision_order_fields, "provision", "Plan a cluster and make nothing", provision_submit_answers, order_check },
    { POST,  "/api/provision/clusters/provision", provisions_create, NEEDS_UNBOUND | NEEDS_JSON | TAKES_KEY, ROLE_ADMIN, KIB(32), NULL, provision_order_fields, "provision", "Make a cluster", provision_submit_answers, order_check },
    { GET,  "/api/provision/clusters/:cluster_name/status", provisions_status, NEEDS_UNBOUND, ROLE_VIEWER, 0, provision_status_query, NULL, "provision", "How a run of a cluster stands", provision_status_answers },
    { GET,  "/api/provision/clusters/:cluster_name/logs", provisions_logs, NEEDS_UNBOUND, ROLE_VIEWER, 0, provision_logs_query, NULL, "provision", "What a run has written, or writes", provision_logs_answers },
    { DELETE,  "/api/provision/clusters/:cluster_name", provisions_destroy, NEEDS_UNBOUND | TAKES_KEY, ROLE_ADMIN, 0, provision_destroy_query, NULL, "provision", "Destroy a cluster and all that was made with it", provision_destroy_answers },
    { DELETE,  "/api/provision/clusters/:cluster_name/cleanup", provisions_cleanup, NEEDS_UNBOUND | TAKES_KEY, ROLE_ADMIN, 0, provision_cleanup_query, NULL, "provision", "Forget a cluster: its Jobs, volumes and records", provision_cleanup_answers },
    { GET,  "/api/provision", provisions_runner, NEEDS_UNBOUND, ROLE_VIEWER, 0, NULL, NULL, "provision", "Who performs runs, and how many wait", provision_runner_answers },
    { GET,  "/api/provision/clusters", provisions_list, NEEDS_UNBOUND, ROLE_VIEWER, 0, NULL, NULL, "provision", "The clusters that eksgate has made or is to make", provision_list_answers },
    { GET,  "/api/provision/clusters/:cluster_name", provisions_show, NEEDS_UNBOUND, ROLE_VIEWER, 0, NULL, NULL, "provision", "One of them", provision_cluster_answers },
    { GET,  "/api/provision/clusters/:cluster_name/runs", provisions_runs, NEEDS_UNBOUND, ROLE_VIEWER, 0, NULL, NULL, "provision", "Its runs", provision_runs_answers },
    { GET,  "/api/provision/clusters/:cluster_name/runs/:run", provisions_run, NEEDS_UNBOUND, ROLE_VIEWER, 0, NULL, NULL, "provision", "One run", provision_run_answers },
    { GET,  "/api/provision/clusters/:cluster_name/runs/:run/plan", provisions_plan, NEEDS_UNBOUND, ROLE_VIEWER, 0, NULL, NULL, "provision", "What a run would change", provision_plan_answers },
    { POST,  "/api/provision/clusters/:cluster_name/runs/:run/approve", provisions_approve, NEEDS_UNBOUND | NEEDS_JSON | TAKES_KEY, ROLE_ADMIN, KIB(4), NULL, provision_approve_fields, "provision", "Apply exactly this plan", provision_approve_answers },
    { POST,  "/api/provision/clusters/:cluster_name/runs/:run/cancel", provisions_cancel, NEEDS_UNBOUND, ROLE_ADMIN, 0, NULL, NULL, "provision", "Stop a run", provision_cancel_answers },
    { POST,  "/api/provision/clusters/:cluster_name/upgrade", provisions_upgrade, NEEDS_UNBOUND | NEEDS_JSON | TAKES_KEY, ROLE_ADMIN, KIB(4), NULL, provision_upgrade_fields, "provision", "Upgrade a cluster by one minor version", provision_submit_answers },
    { POST,  "/api/provision/clusters/:cluster_name/scale", provisions_scale, NEEDS_UNBOUND | NEEDS_JSON | TAKES_KEY, ROLE_ADMIN, KIB(4), NULL, provision_scale_fields, "provision", "Change how many nodes there are", provision_submit_answers },
    { POST,  "/api/provision/clusters/:cluster_name/update", provisions_update, NEEDS_UNBOUND | NEEDS_JSON | TAKES_KEY, ROLE_ADMIN, KIB(32), NULL, provision_order_fields, "provision", "Order a cluster anew, as it is to be", provision_submit_answers, order_check },
    { POST,  "/api/provision/clusters/:cluster_name/drift", provisions_drift, NEEDS_UNBOUND | TAKES_KEY, ROLE_ADMIN, 0, NULL, NULL, "provision", "Look for what differs from the order", provision_submit_answers },
    { POST,  "/api/provision/clusters/:cluster_name/resume", provisions_resume, NEEDS_UNBOUND | TAKES_KEY, ROLE_ADMIN, 0, NULL, NULL, "provision", "Take the last run up again, after it failed", provision_submit_answers },
    { GET,  "/api/provision/clusters/:cluster_name/lock", provisions_lock, NEEDS_UNBOUND, ROLE_VIEWER, 0, NULL, NULL, "provision", "Who holds the lock of the state", provision_lock_answers },
    { DELETE,  "/api/provision/clusters/:cluster_name/lock", provisions_unlock, NEEDS_UNBOUND | TAKES_KEY, ROLE_ADMIN, 0, provision_unlock_query, NULL, "provision", "Release a lock whose holder is gone", provision_submit_answers },
    { PUT,  "/api/provision/clusters/:cluster_name/protection", provisions_protect, NEEDS_UNBOUND | NEEDS_JSON, ROLE_ADMIN, KIB(4), NULL, provision_protect_fields, "provision", "Protect a cluster from being destroyed, or not", provision_protect_answers },
    { GET,  "/api/provision/versions", provisions_versions, NEEDS_UNBOUND, ROLE_VIEWER, 0, provision_region_query, NULL, "provision", "The versions of Kubernetes that EKS has", provision_versions_answers },
    { GET,  "/api/provision/instance-types", provisions_types, NEEDS_UNBOUND, ROLE_VIEWER, 0, provision_types_query, NULL, "provision", "The instance types of a region", provision_types_answers },
    { GET,  "/api/provision/addons", provisions_addons, NEEDS_UNBOUND, ROLE_VIEWER, 0, provision_addons_query, NULL, "provision", "The add-ons that EKS has for a version of Kubernetes", provision_addons_answers },
    { GET,  "/api/provision/regions", provisions_regions, NEEDS_UNBOUND, ROLE_VIEWER, 0, NULL, NULL, "provision", "The regions", provision_regions_answers },
    { GET,  "/api/provision/defaults", provisions_defaults, NEEDS_UNBOUND, ROLE_VIEWER, 0, NULL, NULL, "provision", "What is meant where an order says nothing", provision_defaults_answers },
    { GET,  "/api/provision/cost", provisions_cost, NEEDS_UNBOUND, ROLE_VIEWER, 0, provision_cost_query, NULL, "provision", "What a cluster would cost in a month, roughly", provision_cost_answers },
    { POST | PUT | PATCH, "/raw/clusters/:cluster",    apply_objects,       NEEDS_CONNECTION | NEEDS_CLUSTER | NEEDS_BODY, ROLE_EDITOR, LIMIT_BODY_RAW, apply_fields, NULL, "raw",        "Apply objects: YAML documents, JSON objects, lists", apply_answers },
    { ANY & ~(POST | PUT | PATCH), "/raw/clusters/:cluster", raw_forward,         NEEDS_CONNECTION | NEEDS_CLUSTER | NEEDS_BODY | ONLY_RELAYS, ROLE_BY_VERB, LIMIT_BODY_RAW, NULL, NULL,         "raw",        "The root of the cluster's API",              raw_answers },
    { ANY,  "/raw/clusters/:cluster/*",                raw_forward,         NEEDS_CONNECTION | NEEDS_CLUSTER | NEEDS_BODY | ONLY_RELAYS, ROLE_BY_VERB, LIMIT_BODY_RAW, NULL, NULL,         "raw",        "The cluster's own API, byte for byte",       raw_answers, NULL, raw_may_be_list },
    { ANY,  "/raw/*",                                  raw_forward,         NEEDS_CONNECTION | NEEDS_CLUSTER | NEEDS_BODY | NEEDS_DEFAULT, ROLE_BY_VERB, LIMIT_BODY_RAW, NULL, NULL, "raw",        "The same for the default cluster",           raw_answers },
};
/* clang-format on */
const size_t route_count = sizeof(routes) / sizeof(routes[0]);
_Static_assert(sizeof(routes) / sizeof(routes[0]) < METRICS_ROUTE_NONE, "METRICS_ROUTES_MAX is too small");
