/*
 * When to try again, as the SDKs' standard mode does it: pauses that grow, and one bucket of tokens for the whole
 * process, so that retries stop when most of them are in vain.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
#ifndef EKSGATE_AWS_RETRY_H
#define EKSGATE_AWS_RETRY_H

#include <stdbool.h>

#define RETRY_COST 5
#define RETRY_COST_TIMEOUT 10

/* Attempts of one call: AWS_MAX_ATTEMPTS, or 3. */
unsigned retry_attempts(void);

/* Full jitter: anything up to 1 s, 2 s, 4 s, ... 20 s. */
long retry_pause_ms(unsigned attempts_done);

/* Takes tokens for a retry. False when there are too few. */
bool retry_take(int cost);

/* A call has ended well: gives back what its last retry took, or 1 when it needed none (cost 0). */
void retry_give(int cost);

#endif
