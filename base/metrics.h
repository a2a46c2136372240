/*
 * What is counted, for GET /metrics. A process writes into one block with relaxed atomic adds: no lock, no search, a
 * few nanoseconds. metrics_text.c says what each member is called outside.
 *
 *   metrics_add(&metrics->tokens_minted, 1);
 *
 * The blocks of a serve pool lie in memory that its master made, so that whichever process is asked sees all of them,
 * and a process that is started again goes on counting where the one before it ended. Processes that the master did not
 * start hand theirs out over a socket (base/attend.h). Who calls nothing of this counts into a block that nobody reads.
 */
#ifndef EKSGATE_BASE_METRICS_H
#define EKSGATE_BASE_METRICS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define METRICS_ROUTES_MAX 160 /* rows of the route table, and one for requests that met none */
#define METRICS_ROUTE_NONE (METRICS_ROUTES_MAX - 1)
#define METRICS_METHODS 8
#define METRICS_STATUSES 40
#define METRICS_BUCKETS 16

enum metrics_outcome { METRICS_OK, METRICS_ERROR, METRICS_OUTCOMES };

/* What a cluster answered, or why it did not. */
enum metrics_upstream {
    METRICS_1XX,
    METRICS_2XX,
    METRICS_3XX,
    METRICS_4XX,
    METRICS_5XX,
    METRICS_UNRESOLVED,
    METRICS_REFUSED,
    METRICS_FORBIDDEN,
    METRICS_TLS,
    METRICS_TIMEOUT,
    METRICS_BROKEN,
    METRICS_STOPPED,
    METRICS_OTHER,
    METRICS_UPSTREAMS
};

/* METADATA: where instances and containers get their credentials. */
enum metrics_aws {
    METRICS_STS,
    METRICS_EKS,
    METRICS_SSO,
    METRICS_METADATA,
    METRICS_EC2,
    METRICS_ELB,
    METRICS_IAM,
    METRICS_KMS,
    METRICS_S3,
    METRICS_AWS_SERVICES
};

enum metrics_delivery { METRICS_DELIVERED, METRICS_FAILED, METRICS_DEAD, METRICS_DELIVERIES };

enum metrics_limit { METRICS_READS, METRICS_WRITES, METRICS_RAW, METRICS_KEY_FAILURES, METRICS_LIMITS };

struct metrics_histogram {
    atomic_llong buckets[METRICS_BUCKETS]; /* each for itself */
    atomic_llong sum_us;
};

/* What is true now: forgotten when another process takes the block over. */
struct metrics_now {
    atomic_llong started_at; /* Unix time; 0: the block is nobody's */
    atomic_llong resident_bytes;
    atomic_llong cpu_us;
    atomic_llong open_fds;
    atomic_llong max_fds;
    atomic_llong threads;
    atomic_llong threads_busy;
    atomic_llong queue; /* connections that wait to be accepted */
    atomic_llong streams;
    atomic_llong sessions;
    atomic_llong leads;
};

struct metrics_block {
    struct metrics_now now;
    atomic_llong starts;
    atomic_llong requests[METRICS_ROUTES_MAX][METRICS_METHODS][METRICS_STATUSES];
    struct metrics_histogram request_time[METRICS_ROUTES_MAX][METRICS_METHODS];
    atomic_llong upstream[METRICS_UPSTREAMS];
    struct metrics_histogram upstream_time;
    atomic_llong streams;
    atomic_llong stream_bytes;
    atomic_llong sessions;
    atomic_llong session_bytes[2]; /* to the cluster, to the client */
    atomic_llong tokens_minted;
    atomic_llong key_failures;
    atomic_llong limited[METRICS_LIMITS];
    atomic_llong job_changes;
    atomic_llong deliveries[METRICS_DELIVERIES];
    atomic_llong redis[METRICS_OUTCOMES];
    struct metrics_histogram redis_time;
    atomic_llong aws[METRICS_AWS_SERVICES][METRICS_OUTCOMES];
    struct metrics_histogram aws_time[METRICS_AWS_SERVICES];
};

/* A block is nothing but counters. */
#define METRICS_CELLS (sizeof(struct metrics_block) / sizeof(atomic_llong))

/* This process's block; never NULL. */
extern struct metrics_block *metrics;

static inline void metrics_add(atomic_llong *cell, long long n)
{
    atomic_fetch_add_explicit(cell, n, memory_order_relaxed);
}

static inline void metrics_set(atomic_llong *cell, long long n)
{
    atomic_store_explicit(cell, n, memory_order_relaxed);
}

static inline long long metrics_read(const atomic_llong *cell)
{
    return atomic_load_explicit(cell, memory_order_relaxed);
}

void metrics_observe(struct metrics_histogram *histogram, int64_t microseconds);

/* One answered request: the row of the route table or METRICS_ROUTE_NONE, its method as it came, its status. */
void metrics_request(size_t route, const char *method, int status);
void metrics_request_time(size_t route, const char *method, int64_t microseconds);

/* In a master, before it forks: makes so many blocks. 0, or -1 without memory. */
int metrics_pool_new(size_t count);

/* In a process: the pool's block of that number is its own from now on; without a pool, the one it has. */
void metrics_begin(size_t number);

/* The pool's blocks, or the process's own one. */
const struct metrics_block *metrics_blocks(size_t *count);

/* Brings what the system knows of this process up to date: memory, descriptors, time of the CPU. */
void metrics_sample(void);

/* The blocks of one kind of process. */
struct metrics_source {
    const char *process; /* "serve", "tunnel", "agent" */
    const struct metrics_block *blocks;
    size_t count;
};

/* All sources in Prometheus' text format. routes: the patterns of the rows. 0, or -1 when out is too small. */
int metrics_write(struct buf *out, const struct metrics_source *sources, size_t source_count,
                  const char *(*route_name)(size_t row), size_t route_count);

#define METRICS_TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define METRICS_TEXT_MAX MIB(8)

#endif
