/*
 * What a run is told, and where it leaves things: a folder for each cluster, which outlives its runs, with one for each
 * run in it. A volume in a cluster and the local runner's folder look the same.
 *
 *   NAME/vars.json, allow.json, backend.tfbackend   NAME/state/   NAME/logs/RUN/
 */
#ifndef EKSGATE_AGENT_RUN_FILES_H
#define EKSGATE_AGENT_RUN_FILES_H

#include <sys/types.h>

#include "agent/run_work.h"

/* What a run is told, as JSON and in Terraform's own words; empty: nothing. In work->kept. */
struct run_texts {
    struct str vars;    /* terraform.tfvars.json */
    struct str allow;   /* addresses that may be replaced */
    struct str backend; /* settings of the S3 backend */
    struct str ended;   /* ids of runs of the cluster that are over, with commas between: run_ended_list() */
};

int run_texts_write(struct run_work *work, struct run_texts *out, struct err *err);

/* The runs of the cluster that are over, and whose worker is gone, which the runner knows: what they left of a lock in
 * S3 is nobody's. In the arena that is kept; empty where states are files, whose locks end by themselves. 0, or -1 with
 * err. */
int run_ended_list(struct run_work *work, bool (*is_gone)(const void *arg, struct str run), const void *arg,
                   struct str *out, struct err *err);

/* What the worker's script is asked to do: EKSGATE_OP. */
const char *run_script_op(const struct run *run);

struct run_files {
    const char *home; /* of the cluster; absolute paths, all of them */
    const char *state;
    const char *logs; /* of the run */
    const char *vars;
    const char *backend; /* or NULL */
};

/* Names them. 0, or -1 with err. */
int run_files_name(const struct config *config, struct arena *arena, struct str cluster, struct str run,
                   struct run_files *out, struct err *err);

/* Makes the folders and writes the files; they belong to owner and group, where those are not the process's own, and
 * are open to nobody else. 0, or -1 with err. */
int run_files_make(const struct run_files *files, const struct run_texts *texts, uid_t owner, gid_t group,
                   struct err *err);

/* Deletes a folder with all that is in it; one that is not there is deleted. 0, or -1 with err. */
int run_files_delete(const char *path, struct err *err);

/* Whether a state file says that there are resources; false when it can not be read. */
bool run_state_has_resources(const char *path);

#endif
