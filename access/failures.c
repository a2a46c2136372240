#include "access/failures.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

void failures_init(struct failures *failures)
{
    memset(failures, 0, sizeof(*failures));
    if (RAND_bytes((unsigned char *)&failures->seed, sizeof(failures->seed)) != 1)
        failures->seed = 1;
}

/* Who has one IPv6 address has 2^64 of them. */
static size_t slot_of(const struct failures *failures, struct str address)
{
    uint64_t hash = 14695981039346656037u ^ failures->seed;
    struct str bytes = address;
    struct in6_addr v6;
    char text[INET6_ADDRSTRLEN];

    snprintf(text, sizeof(text), "%.*s", STR_FMT(address));
    if (inet_pton(AF_INET6, text, &v6) == 1 && !IN6_IS_ADDR_V4MAPPED(&v6))
        bytes = (struct str){(const char *)v6.s6_addr, 8};
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ (unsigned char)bytes.ptr[i]) * 1099511628211u;
    return (size_t)(hash ^ hash >> 32) % FAILURES_SLOTS;
}

static unsigned *bring_up_to_date(struct failures *failures, struct str address, int64_t now_ms)
{
    size_t at = slot_of(failures, address);
    int64_t forgiven = (now_ms - failures->slots[at].since_ms) / FAILURES_EVERY_MS;

    if (forgiven >= failures->slots[at].count) {
        failures->slots[at].count = 0;
        failures->slots[at].since_ms = now_ms;
    } else {
        failures->slots[at].count -= (unsigned)forgiven;
        failures->slots[at].since_ms += forgiven * FAILURES_EVERY_MS;
    }
    return &failures->slots[at].count;
}

bool failures_exhausted(struct failures *failures, struct str address, int64_t now_ms)
{
    return *bring_up_to_date(failures, address, now_ms) >= FAILURES_BURST;
}

void failures_add(struct failures *failures, struct str address, int64_t now_ms)
{
    unsigned *count = bring_up_to_date(failures, address, now_ms);

    if (*count < FAILURES_BURST)
        (*count)++;
}
