/*
 * Failed attempts to get in, counted by remote address in a table of fixed size. An address that has used up its
 * attempts gets a new one each second. Addresses that share a slot share its count: many of them can not push another's
 * out of the table. Each process counts for itself.
 */
#ifndef EKSGATE_ACCESS_FAILURES_H
#define EKSGATE_ACCESS_FAILURES_H

#include <stdint.h>

#include "base/str.h"

#define FAILURES_SLOTS 4096
#define FAILURES_BURST 20
#define FAILURES_EVERY_MS 1000

struct failures {
    uint64_t seed;
    struct {
        int64_t since_ms; /* when the count was last brought up to date */
        unsigned count;
    } slots[FAILURES_SLOTS];
};

void failures_init(struct failures *failures);

/* Both under the owner's lock. */
bool failures_exhausted(struct failures *failures, struct str address, int64_t now_ms);
void failures_add(struct failures *failures, struct str address, int64_t now_ms);

#endif
