/*
 * What could not be read of a cluster, told beside what could: "errors" of an answer. For several threads at once.
 */
#ifndef EKSGATE_CLUSTER_GAP_H
#define EKSGATE_CLUSTER_GAP_H

#include <pthread.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

#define GAPS_MAX 100 /* told one by one; of the others how many there are */

struct gap {
    char resource[320];
    char code[64];
    char message[512];
};

struct gaps {
    struct gap items[GAPS_MAX];
    size_t count;
    size_t left_out;
    pthread_mutex_t lock;
};

void gaps_init(struct gaps *gaps);
void gaps_free(struct gaps *gaps);

/* Some that die with the arena. NULL without memory. */
struct gaps *gaps_new(struct arena *arena);

/* A gap for that error: the reason and message that the cluster gave, where it did. */
void gaps_add(struct gaps *gaps, const char *resource, const struct err *err);

/* Writes "errors":[{resource, code, message}], or by another name. */
void gaps_write(const struct gaps *gaps, struct json *j);
void gaps_write_as(const struct gaps *gaps, struct json *j, const char *key);

#endif
