/*
 * API keys: who may ask what. The key itself is never here, only its hash; see redis/README.md.
 */
#ifndef EKSGATE_REDIS_API_KEYS_H
#define EKSGATE_REDIS_API_KEYS_H

#include <stdint.h>

#include "base/arena.h"
#include "redis/connections.h"

#define API_KEY_NAME_MAX 64
#define API_KEY_CONNECTIONS_SIZE 2048 /* of all ids together, each with its line end */
#define API_KEY_USED_EVERY_SECONDS 60

struct api_key {
    char id[17];
    char hash[65];
    char name[API_KEY_NAME_MAX + 1];
    char role[8];
    char connections[API_KEY_CONNECTIONS_SIZE]; /* ids, one a line; "": all */
    char created_by[API_KEY_NAME_MAX + 1];
    int64_t created_at;
    int64_t expires_at;   /* 0: never */
    int64_t last_used_at; /* to a minute; 0: never. Only in lists. */
};

/* REDIS_FOUND, REDIS_MISSING, or -1 with err. What this program did not write is ERR_STORE_UNAVAILABLE. */
int api_key_read(struct redis_client *redis, struct str id, struct api_key *out, struct err *err);

/* Stores a new key. -1 with ERR_CONFLICT when the id is taken or there are too many. */
int api_key_write(struct redis_client *redis, const struct api_key *key, struct err *err);

/* REDIS_FOUND when it was there and is gone now, REDIS_MISSING, or -1. */
int api_key_delete(struct redis_client *redis, struct str id, struct err *err);

/* Notes that the key was used; nothing is written for a key that is gone. */
int api_key_touch(struct redis_client *redis, struct str id, int64_t now, struct err *err);

/* All keys, the oldest first. */
int api_keys_list(struct redis_client *redis, struct arena *arena, struct api_key **keys, size_t *count,
                  struct err *err);

#endif
