/*
 * Sessions of browsers: under the hash of a cookie, the API key that it stands for. A session is gone when nobody has
 * used it for a while, and in any case at its end.
 */
#ifndef EKSGATE_REDIS_SESSIONS_H
#define EKSGATE_REDIS_SESSIONS_H

#include <stdint.h>

#include "redis/connections.h"

struct session {
    char key_id[17];
    char key_hash[65];
    int64_t ends_at; /* Unix seconds */
    long idle;       /* seconds that it may be unused */
};

/* 0, or -1 with err. hash: lower-case hexadecimal digits. */
int session_write(struct redis_client *redis, struct str hash, const struct session *session, struct err *err);

/* use: that it is used now. REDIS_FOUND, REDIS_MISSING, or -1 with err. */
int session_read(struct redis_client *redis, struct str hash, bool use, struct session *out, struct err *err);

/* 0 whether it was there or not, or -1 with err. */
int session_delete(struct redis_client *redis, struct str hash, struct err *err);

#endif
