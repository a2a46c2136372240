/* The subcommands of `eksgate provision`, which the worker's script calls: docs/decisions/018. */
#ifndef EKSGATE_MAIN_PROVISION_H
#define EKSGATE_MAIN_PROVISION_H

#include "base/err.h"
#include "base/json.h"
#include "terraform/tell.h"

/* What stands behind the subcommand's name; what was not given is NULL. */
struct provision_options {
    const char *plan;    /* file of `terraform show -json`; "-": stdin */
    const char *op;      /* the run's operation */
    const char *hash;    /* of the saved plan, "sha256:…" */
    const char *allow;   /* file: a JSON array of addresses that may be replaced */
    const char *actions; /* file that heal writes */
    const char *backend; /* file with the settings of an S3 backend */
    const char *state;   /* folder of the state without a backend */
    const char *id;      /* of a lock */
    const char *wait;    /* for a lock, in seconds */
    const char *ended;   /* ids of runs that are over, with commas between */
};

/* Each returns the exit status. */
int provision_plan(const struct provision_options *options, struct err *err);
int provision_heal(const struct provision_options *options, struct err *err);
int provision_sweep(const struct provision_options *options, struct err *err);
int provision_lock(const struct provision_options *options, struct err *err);
int provision_unlock(const struct provision_options *options, struct err *err);
int provision_hold(const struct provision_options *options, struct err *err);
int provision_release(const struct provision_options *options, struct err *err);

#define PROVISION_BLOCKED 3
#define PROVISION_FAILED 1

/* Reads a file whole. 0, or -1 with err. */
int provision_read(const char *path, size_t max, struct buf *out, struct err *err);

/* The plan that --plan names; NULL with err. The caller frees it. */
cJSON *provision_read_plan(const struct provision_options *options, struct err *err);

/* Writes the line and its end to stdout at once. 0, or -1 with err. */
int provision_print(struct buf *line, struct err *err);

/* The same for lines that are told member by member. */
extern const struct tell provision_tell;

#endif
