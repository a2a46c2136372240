/* Clusters that eksgate makes: queries, bodies and answers in the route table. */
#ifndef EKSGATE_HANDLERS_PROVISION_H
#define EKSGATE_HANDLERS_PROVISION_H

#include "fcgi/route.h"

extern const struct field provision_order_fields[];
extern const struct field provision_upgrade_fields[];
extern const struct field provision_scale_fields[];
extern const struct field provision_approve_fields[];
extern const struct field provision_protect_fields[];
extern const struct field provision_status_query[];
extern const struct field provision_logs_query[];
extern const struct field provision_destroy_query[];
extern const struct field provision_cleanup_query[];
extern const struct field provision_unlock_query[];
extern const struct field provision_region_query[];
extern const struct field provision_types_query[];
extern const struct field provision_addons_query[];
extern const struct field provision_cost_query[];

extern const struct answer provision_submit_answers[]; /* 202, of all that queue a run */
extern const struct answer provision_approve_answers[];
extern const struct answer provision_destroy_answers[];
extern const struct answer provision_cleanup_answers[];
extern const struct answer provision_cancel_answers[];
extern const struct answer provision_runner_answers[];
extern const struct answer provision_list_answers[];
extern const struct answer provision_cluster_answers[];
extern const struct answer provision_status_answers[];
extern const struct answer provision_logs_answers[];
extern const struct answer provision_runs_answers[];
extern const struct answer provision_run_answers[];
extern const struct answer provision_plan_answers[];
extern const struct answer provision_lock_answers[];
extern const struct answer provision_protect_answers[];
extern const struct answer provision_versions_answers[];
extern const struct answer provision_types_answers[];
extern const struct answer provision_addons_answers[];
extern const struct answer provision_regions_answers[];
extern const struct answer provision_defaults_answers[];
extern const struct answer provision_cost_answers[];

#endif
