/*
 * How what runs in a cluster stands: how many of each kind there are and are ready, and those that are not.
 */
#ifndef EKSGATE_CLUSTER_OVERVIEW_H
#define EKSGATE_CLUSTER_OVERVIEW_H

#include "cluster/cluster.h"
#include "cluster/gap.h"
#include "kube/workload.h"

#define OVERVIEW_FAULTS 100 /* of one kind; of the others how many there are */

/* Something that is not ready. Texts are "" where nothing is known. */
struct fault {
    char namespace[64];
    char name[254];
    char reason[96];
    char message[320];
    char since[CLOCK_TEXT_SIZE];
    char uid[40];
    char owner_uid[40];
    int64_t ready; /* -1 of a pod */
    int64_t wanted;
    bool is_starting;
};

struct overview_kind {
    bool is_asked;
    bool is_known; /* false: it could not be read, and stands among the gaps */
    int64_t ready;
    int64_t available; /* all but pods that are over */
    int64_t over;
    struct fault *faults; /* the worse ones first to come */
    size_t fault_count;
    size_t faults_left_out;
};

struct overview {
    struct overview_kind kinds[WORKLOAD__MAX];
    struct gaps *gaps;
};

/* Plural, as errors name it: "deployments". */
const char *overview_resource(enum workload_kind kind);

/* Reads all kinds at once, each within its time. The overview lives in the worker's arena; is_gone: nobody wants to
 * know any more. 0 when something could be read; -1 with ERR_UPSTREAM_UNREACHABLE when nothing could. */
int cluster_overview(struct worker *worker, struct cluster *cluster, bool (*is_gone)(void *arg), void *arg,
                     struct overview **out, struct err *err);

#endif
