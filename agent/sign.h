/*
 * What a receiver can hold a delivery against: X-Eksgate-Signature is "sha256=" and the HMAC, in hex, of the
 * timestamp, a dot and the body, with the webhook's secret as key. The timestamp is the attempt's, so that a recorded
 * delivery can not be played back later.
 */
#ifndef EKSGATE_AGENT_SIGN_H
#define EKSGATE_AGENT_SIGN_H

#include "base/str.h"

#define SIGNATURE_SIZE 65

/* Writes the hex digits. 0, or -1. */
int delivery_sign(struct str secret, struct str timestamp, struct str body, char out[SIGNATURE_SIZE]);

#endif
