/*
 * The handlers, by file. Each starts with what the route table promised already true, and returns 0, or -1
 * with request->err.
 */
#ifndef EKSGATE_HANDLERS_HANDLERS_H
#define EKSGATE_HANDLERS_HANDLERS_H

#include "fcgi/request.h"

/* health.c */
int health_show(struct request *request);
int health_word(struct request *request);

/* openapi.c */
int openapi_show(struct request *request);
/* metrics.c */
int metrics_show(struct request *request);

/* log_level.c */
int log_level_show(struct request *request);
int log_level_change(struct request *request);
int log_level_reset(struct request *request);

/* keys.c */
int keys_list(struct request *request);
int keys_create(struct request *request);
int keys_revoke(struct request *request);
int caller_show(struct request *request);
int sign_in_how(struct request *request);
int sign_in(struct request *request);
int sign_out(struct request *request);
int signed_in_show(struct request *request);

/* kubeconfig.c */
int kubeconfig_show(struct request *request);

/* clusters.c */
int clusters_list(struct request *request);
int clusters_show(struct request *request);
int clusters_disconnect(struct request *request);

/* contexts.c, context_show.c */
int contexts_upload(struct request *request);
int contexts_add(struct request *request);
int contexts_delete(struct request *request);
int contexts_show_config(struct request *request);
int contexts_show(struct request *request);
int contexts_namespaces(struct request *request);
int contexts_refresh(struct request *request);

/* connect.c */
int clusters_connect(struct request *request);
int clusters_available(struct request *request);

/* resources.c */
int resources_kinds(struct request *request);
int resources_list(struct request *request);

/* dashboard.c */
int dashboard_show(struct request *request);

/* nodes.c */
int nodes_show(struct request *request);

/* pods.c */
int node_pods_show(struct request *request);
int workload_pods_show(struct request *request);

/* charts.c */
int cluster_metrics_show(struct request *request);
int node_metrics_show(struct request *request);
int workload_metrics_show(struct request *request);

/* eks.c */
int eks_show(struct request *request);
int eks_show_part(struct request *request);

/* access.c */
int access_explain(struct request *request);
int access_grant(struct request *request);

/* apply.c */
int apply_objects(struct request *request);

/* jobs.c */
int jobs_create(struct request *request);
int jobs_show(struct request *request);
int jobs_delete(struct request *request);
int jobs_rerun(struct request *request);

/* job_logs.c */
int jobs_logs(struct request *request);

/* job_batch.c */
int jobs_batch(struct request *request);

/* cronjobs.c */
int cronjobs_list(struct request *request);
int events_stream(struct request *request);
int cronjobs_show(struct request *request);
int cronjobs_suspend(struct request *request);
int cronjobs_trigger(struct request *request);
int cronjobs_delete(struct request *request);

/* graph.c */
int graph_topology(struct request *request);
int graph_workloads(struct request *request);
int graph_network(struct request *request);
int graph_pod(struct request *request);

/* templates.c */
int templates_show_all(struct request *request);
int templates_create(struct request *request);
int templates_show(struct request *request);
int templates_update(struct request *request);
int templates_delete(struct request *request);

/* job_list.c */
int jobs_list(struct request *request);

/* namespaces.c */
int namespaces_list(struct request *request);
int namespaces_show(struct request *request);
int namespaces_create(struct request *request);
int namespaces_delete(struct request *request);

/* job_history.c, job_analytics.c */
int job_history_list(struct request *request);
int job_analytics(struct request *request);

/* webhooks.c */
int webhooks_show_all(struct request *request);
int webhooks_create(struct request *request);
int webhooks_show(struct request *request);
int webhooks_delete(struct request *request);
int webhooks_deliveries(struct request *request);
int webhooks_retry(struct request *request);
int webhooks_test(struct request *request);

/* provision_make.c */
int provisions_test(struct request *request);
int provisions_create(struct request *request);
int provisions_update(struct request *request);
int provisions_resume(struct request *request);

/* provision_change.c */
int provisions_upgrade(struct request *request);
int provisions_scale(struct request *request);
int provisions_drift(struct request *request);
int provisions_approve(struct request *request);
int provisions_cancel(struct request *request);
int provisions_destroy(struct request *request);
int provisions_cleanup(struct request *request);
int provisions_protect(struct request *request);

/* provision_runner.c */
int provisions_runner(struct request *request);

/* provision_show.c */
int provisions_list(struct request *request);
int provisions_show(struct request *request);
int provisions_status(struct request *request);
int provisions_runs(struct request *request);
int provisions_run(struct request *request);
int provisions_plan(struct request *request);
int provisions_lock(struct request *request);
int provisions_unlock(struct request *request);

/* provision_logs.c */
int provisions_logs(struct request *request);

/* provision_lists.c */
int provisions_versions(struct request *request);
int provisions_types(struct request *request);
int provisions_addons(struct request *request);
int provisions_regions(struct request *request);
int provisions_defaults(struct request *request);
int provisions_cost(struct request *request);

/* terminal.c */
int terminal_issue(struct request *request);

/* raw.c */
int raw_forward(struct request *request);

#endif
