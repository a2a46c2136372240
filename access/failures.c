#include "access/failures.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "redis/attempts.h"

#define USED_UP_MS ((FAILURES_BURST - 1) * FAILURES_EVERY_MS)

static const struct rate rate = {.every_us = FAILURES_EVERY_MS * 1000, .burst = FAILURES_BURST};

void failures_init(struct failures *failures)
{
    memset(failures, 0, sizeof(*failures));
    pthread_mutex_init(&failures->lock, NULL);
    if (RAND_bytes((unsigned char *)&failures->seed, sizeof(failures->seed)) != 1)
        failures->seed = 1;
}

void failures_end(struct failures *failures)
{
    pthread_mutex_destroy(&failures->lock);
}

/* Who has one IPv6 address has 2^64 of them. */
static struct str source_of(struct str address, struct in6_addr *v6)
{
    char text[INET6_ADDRSTRLEN];

    snprintf(text, sizeof(text), "%.*s", STR_FMT(address));
    if (inet_pton(AF_INET6, text, v6) == 1 && !IN6_IS_ADDR_V4MAPPED(v6))
        return (struct str){(const char *)v6->s6_addr, 8};
    return address;
}

static int64_t *slot_of(struct failures *failures, struct str source)
{
    uint64_t hash = str_hash(source, failures->seed);

    return &failures->clear_at_ms[(hash ^ hash >> 32) % FAILURES_SLOTS];
}

/* Brings the count up to what is known of it, and one more if that failed and is not counted yet. */
static bool count_here(struct failures *failures, struct str source, int64_t full_ms, bool failed)
{
    int64_t now_ms = clock_monotonic_ms();
    bool exhausted;
    int64_t *slot;

    pthread_mutex_lock(&failures->lock);
    slot = slot_of(failures, source);
    if (*slot < now_ms + full_ms)
        *slot = now_ms + full_ms;
    exhausted = *slot - now_ms > USED_UP_MS;
    if (failed && !exhausted)
        *slot += FAILURES_EVERY_MS;
    pthread_mutex_unlock(&failures->lock);
    return exhausted;
}

/* What others have counted. */
static int64_t ask(struct redis_client *redis, struct str source, bool failed)
{
    struct err ignored;
    int64_t full_us;

    return attempts_count(redis, source, &rate, failed, &full_us, &ignored) == 0 ? full_us / 1000 : 0;
}

bool failures_exhausted(struct failures *failures, struct redis_client *redis, struct str address)
{
    struct in6_addr v6;
    struct str source = source_of(address, &v6);

    return count_here(failures, source, 0, false) || count_here(failures, source, ask(redis, source, false), false);
}

void failures_add(struct failures *failures, struct redis_client *redis, struct str address)
{
    struct in6_addr v6;
    struct str source = source_of(address, &v6);

    count_here(failures, source, 0, true);
    count_here(failures, source, ask(redis, source, true), false);
}
