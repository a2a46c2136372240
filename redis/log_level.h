/*
 * The level of the log, changed while everything runs: kept in Redis for a while, read by every process of the gateway
 * with each beat of its main thread (base/attend.h), on whatever machine. When the time is over, each goes back to its
 * own LOG_LEVEL; while Redis is away, to nothing else than what it has.
 */
#ifndef EKSGATE_REDIS_LOG_LEVEL_H
#define EKSGATE_REDIS_LOG_LEVEL_H

#include "base/config.h"
#include "redis/client.h"

#define LOG_LEVEL_SECONDS_MAX 86400

struct log_order {
    enum log_level level;
    int64_t until; /* Unix time */
};

int log_level_order(struct redis_client *redis, const struct log_order *order, struct err *err);
int log_level_withdraw(struct redis_client *redis, struct err *err);

/* 1 when there is one, 0 when not, -1 with err. */
int log_level_ordered(struct redis_client *redis, struct log_order *out, struct err *err);

/* attend(), which also follows the orders. Its descriptors are as in struct attend. */
void log_level_attend(const struct config *config, int metrics_fd, int queue_fd);

#endif
