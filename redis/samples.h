/*
 * What clusters, nodes and pods use, sampled by the leading agent: one hash for each cluster and step, whose time is
 * that of the whole sample and whose life is how long samples are kept. So nothing is ever culled, a sample is there
 * wholly or not at all, and a step that nobody sampled is a gap. Samples of clusters and nodes are also added up over a
 * longer step and kept for longer. See redis/README.md.
 */
#ifndef EKSGATE_REDIS_SAMPLES_H
#define EKSGATE_REDIS_SAMPLES_H

#include <stdint.h>

#include "base/arena.h"
#include "base/config.h"
#include "redis/client.h"

#define SAMPLES_NAMES_MAX ((size_t)1000)   /* of one read */
#define SAMPLES_CELLS_MAX ((size_t)100000) /* of one read: names by steps */

/* Where a sample goes. */
struct samples_place {
    struct str cluster;
    int64_t at; /* a multiple of the step: samples_step_of() */
};

struct samples_cell {
    struct str name; /* of a node; of a pod "namespace/name" */
    struct str value;
};

enum samples_written {
    SAMPLES_WRITTEN = 1,
    SAMPLES_ALREADY,   /* the step has its sample: nothing was changed */
    SAMPLES_NOT_LEADER /* somebody else leads: nothing was changed */
};

/* The step that a moment lies in. */
int64_t samples_step_of(const struct config *config, int64_t now);

/* A sample is begun; what an earlier one that did not come to its end has left is dropped. 0, or -1 with err. */
int samples_begin(struct redis_client *redis, const char *holder, const struct samples_place *place,
                  enum samples_written *out, struct err *err);

/* Adds some pods: a value is "cpu memory container" for each of its containers, with blanks between. */
int samples_add_pods(struct redis_client *redis, const char *holder, const struct samples_place *place,
                     const struct samples_cell *pods, size_t count, enum samples_written *out, struct err *err);

/* Ends it, and only now it can be read. The value of a node is "1 cpu memory". None: only pods were sampled. */
int samples_end(struct redis_client *redis, const struct config *config, const char *holder,
                const struct samples_place *place, const struct samples_cell *nodes, size_t count,
                enum samples_written *out, struct err *err);

/* What became of the last attempt at a cluster, for people. */
struct samples_state {
    struct str state;     /* "sampled", "absent", "forbidden", "unavailable"; "unknown": no agent has tried of late */
    struct str source;    /* "metrics-server", "kubelets"; empty: none */
    struct str message;   /* why there is no sample, or what is missing in it; or empty */
    int64_t attempted_at; /* 0: never */
    int64_t sampled_at;   /* the last sample; 0: none that is known */
    int64_t nodes;        /* in it */
    int64_t containers;
    int64_t left_out; /* nodes that did not answer */
};

int samples_state_write(struct redis_client *redis, const struct config *config, const char *holder, struct str cluster,
                        const struct samples_state *state, enum samples_written *out, struct err *err);

/* Its texts lie in the arena. */
int samples_state_read(struct redis_client *redis, struct arena *arena, struct str cluster, struct samples_state *out,
                       struct err *err);

enum samples_subject { SAMPLES_CLUSTER, SAMPLES_NODES, SAMPLES_PODS };
enum samples_aggregate { SAMPLES_SUM, SAMPLES_AVG, SAMPLES_MAX, SAMPLES_MIN };

struct samples_query {
    struct str cluster;
    enum samples_subject subject;
    struct str namespace; /* SAMPLES_PODS */
    const struct str *names;
    size_t name_count;
    struct str container;             /* of the pods; empty: all of them, added up */
    enum samples_aggregate aggregate; /* over the nodes of the cluster, or the names that there are at a time */
    int64_t from; /* Unix seconds, both steps included; 0: as far as the short samples reach, and now */
    int64_t to;
    int64_t step; /* of the points, in seconds: a multiple of a stored one, to which it is rounded up; 0: as stored */
};

struct samples_point {
    int64_t at;
    int64_t cpu;    /* millicores */
    int64_t memory; /* bytes */
};

/* The points that there are, the oldest first, in the arena. Pods and whatever lies within the life of the short
 * samples is read from those, all else from the long ones. 0, or -1 with err: ERR_BAD_REQUEST when it would be too
 * much. */
int samples_read(struct redis_client *redis, struct arena *arena, const struct config *config,
                 const struct samples_query *query, struct samples_point **points, size_t *count, struct err *err);

#endif
