/* What a run is in Kubernetes: a Job, two claims for volumes that outlive it, and a ConfigMap of what it is told. */
#ifndef EKSGATE_AGENT_RUN_JOB_H
#define EKSGATE_AGENT_RUN_JOB_H

#include "agent/run_files.h"

#define RUN_LABEL_CLUSTER "cluster" /* the name, or what stands for it when it is too long */
#define RUN_LABEL_RUN "eksgate.io/run"
#define RUN_LABEL_TEST_DAY "eksgate.io/test-day"    /* of claims that no other operation than a test has used */
#define RUN_ANNOTATION_CLUSTER "eksgate.io/cluster" /* the whole name */
#define RUN_CONTAINER "worker"

/* All are owned by the caller. NULL without memory. */
cJSON *run_job_new(const struct config *config, const struct run *run, const struct run_texts *texts,
                   const cJSON *order);

/* is_patch: for the one of an earlier run, of which what is not told now goes. */
cJSON *run_config_map_new(const struct run *run, const struct run_texts *texts, bool is_patch);

enum run_claim { RUN_CLAIM_STATE, RUN_CLAIM_LOGS, RUN_CLAIMS };

/* day: "20261121", of a test; or NULL. */
cJSON *run_claim_new(const struct config *config, const struct run *run, enum run_claim claim, const char *day);

/* "tfstate-NAME", "tflogs-NAME", "tfvars-NAME". */
const char *run_claim_name(struct arena *arena, struct str cluster, enum run_claim claim);
const char *run_config_map_name(struct arena *arena, struct str cluster);

/* How long such a Job may take: longer than the module waits for AWS. */
int64_t run_deadline(struct str op);

#endif
