#include "access/limits.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/key.h"
#include "base/clock.h"
#include "base/rate.h"
#include "redis/bucket.h"

#define SETS 256u
#define WAYS 4u
#define LEASE_MAX 64    /* taken in advance at a time */
#define BUSY_US 1000000 /* a lease that was used up this soon is followed by a larger one */
#define GROUPS METRICS_KEY_FAILURES

static const char *const group_names[GROUPS] = {
    [METRICS_READS] = "reads", [METRICS_WRITES] = "writes", [METRICS_RAW] = "raw"};

static const char *const headers[] = {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"};

#define HEADERS (sizeof(headers) / sizeof(headers[0]))

/* What this process knows of one key in one group. */
struct share {
    char key[KEY_ID_LEN + 1]; /* "": of nobody */
    enum metrics_limit group;
    int64_t tokens; /* taken in advance */
    int64_t lease;  /* how many the last time */
    int64_t leased_us;
    int64_t left;          /* in the bucket, then */
    int64_t full_at_us;    /* the bucket */
    int64_t refused_to_us; /* nothing is to be had before */
    int64_t own_full_us;   /* the state of a bucket of its own, while Redis is away */
    int64_t used_us;
};

struct limits {
    bool off;
    struct rate rates[GROUPS];
    pthread_mutex_t lock;
    struct share shares[SETS][WAYS];
};

struct limits *limits_new(const struct config *config)
{
    struct limits *limits = calloc(1, sizeof(*limits));

    if (!limits)
        return NULL;
    pthread_mutex_init(&limits->lock, NULL);
    limits->off = !config->auth || strcmp(config->auth, "off") == 0;
    rate_parse(str_from(config->limit_reads), &limits->rates[METRICS_READS]);
    rate_parse(str_from(config->limit_writes), &limits->rates[METRICS_WRITES]);
    rate_parse(str_from(config->limit_raw), &limits->rates[METRICS_RAW]);
    return limits;
}

void limits_free(struct limits *limits)
{
    if (!limits)
        return;
    pthread_mutex_destroy(&limits->lock);
    free(limits);
}

/* The share of that key, in the place of the longest unused one of its set. */
static struct share *find(struct limits *limits, enum metrics_limit group, const char *key)
{
    struct share *set = limits->shares[strtoul(key + KEY_ID_LEN - 4, NULL, 16) % SETS];
    struct share *oldest = &set[0];

    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].group == group && strcmp(set[i].key, key) == 0)
            return &set[i];
        if (set[i].used_us < oldest->used_us)
            oldest = &set[i];
    }
    *oldest = (struct share){.group = group};
    memcpy(oldest->key, key, KEY_ID_LEN);
    return oldest;
}

static int64_t next_lease(const struct share *share, const struct rate *rate, int64_t now_us)
{
    int64_t most = rate->burst / 10 < LEASE_MAX ? rate->burst / 10 : LEASE_MAX;
    int64_t lease = share->lease > 0 && now_us - share->leased_us < BUSY_US ? share->lease * 2 : 1;

    return lease < most ? lease : most > 0 ? most : 1;
}

static void add_answer(struct share *share, const struct bucket_answer *answer, int64_t now_us)
{
    share->tokens += answer->given;
    share->lease = answer->given;
    share->leased_us = now_us;
    share->left = answer->left;
    share->full_at_us = now_us + answer->full_us;
    share->refused_to_us = answer->given > 0 ? 0 : now_us + answer->wait_us;
}

static void tell(const struct share *share, const struct rate *rate, int64_t now_us, struct limit_state *state)
{
    int64_t until = share->full_at_us - now_us;

    state->limit = (long)rate->burst;
    state->remaining = (long)(share->tokens + share->left);
    state->reset = until > 0 ? (long)((until + 999999) / 1000000) : 0;
}

/* 1: taken; 0: the bucket must be asked for *wanted; -1: refused, for *wait_us. */
static int take_here(struct limits *limits, enum metrics_limit group, const char *key, int64_t *wanted,
                     int64_t *wait_us, struct limit_state *state)
{
    int64_t now_us = clock_monotonic_us();
    const struct rate *rate = &limits->rates[group];
    struct share *share;
    int rc = 0;

    pthread_mutex_lock(&limits->lock);
    share = find(limits, group, key);
    share->used_us = now_us;
    if (share->tokens > 0) {
        share->tokens--;
        rc = 1;
    } else if (now_us < share->refused_to_us) {
        *wait_us = share->refused_to_us - now_us;
        rc = -1;
    } else {
        *wanted = next_lease(share, rate, now_us);
    }
    tell(share, rate, now_us, state);
    pthread_mutex_unlock(&limits->lock);
    return rc;
}

static void take_in(struct limits *limits, struct redis_client *redis, enum metrics_limit group, const char *key,
                    int64_t wanted)
{
    const struct rate *rate = &limits->rates[group];
    struct bucket_answer answer;
    struct share *share;
    struct err ignored;
    char name[64];
    int rc;

    snprintf(name, sizeof(name), "%s:%s", group_names[group], key);
    rc = bucket_take(redis, str_from(name), rate, wanted, &answer, &ignored);
    pthread_mutex_lock(&limits->lock);
    share = find(limits, group, key);
    if (rc < 0)
        bucket_take_own(&share->own_full_us, clock_monotonic_us(), rate, 1, &answer);
    add_answer(share, &answer, clock_monotonic_us());
    pthread_mutex_unlock(&limits->lock);
}

void limit_state_write(const struct limit_state *state, struct buf *out)
{
    const long values[HEADERS] = {state->limit, state->remaining, state->reset};

    for (size_t i = 0; state->limit > 0 && i < HEADERS; i++)
        buf_printf(out, "%s: %ld\r\n", headers[i], values[i]);
}

bool limit_state_has(const struct limit_state *state, struct str name)
{
    for (size_t i = 0; state->limit > 0 && i < HEADERS; i++)
        if (str_equal_ignore_case(name, str_from(headers[i])))
            return true;
    return false;
}

static int refuse(enum metrics_limit group, int64_t wait_us, struct err *err)
{
    metrics_add(&metrics->limited[group], 1);
    err_set(err, ERR_OVERLOADED, "eksgate: this API key has used up its %s for now: try again", group_names[group]);
    err->retry_after = (unsigned)((wait_us + 999999) / 1000000);
    return -1;
}

int limits_take(struct limits *limits, struct redis_client *redis, enum metrics_limit group, const char *key_id,
                struct limit_state *state, struct err *err)
{
    int64_t wanted = 0;
    int64_t wait_us = 0;
    int rc;

    *state = (struct limit_state){0};
    if (limits->off || limits->rates[group].every_us == 0 || *key_id == '\0')
        return 0;
    while ((rc = take_here(limits, group, key_id, &wanted, &wait_us, state)) == 0) {
        if (!redis)
            return err_set(err, ERR_OVERLOADED, "eksgate: it would have to be waited for a rate limit");
        take_in(limits, redis, group, key_id, wanted);
    }
    return rc > 0 ? 0 : refuse(group, wait_us, err);
}
