/*
 * Redis: one connection for each thread that may wait, made when it is first needed, dropped after any fault and made
 * anew by the next command. Commands are sent as counted arguments only, never as a format string, so that
 * no text of a user can become a command.
 *
 * Times are bounded (REDIS_*_MS); after a failed connect further commands fail at once for a second, so
 * that a lost Redis costs a request microseconds, not a time-out.
 */
#ifndef EKSGATE_REDIS_CLIENT_H
#define EKSGATE_REDIS_CLIENT_H

#include <hiredis/hiredis.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define REDIS_CONNECT_MS 200
#define REDIS_COMMAND_MS 1000
#define REDIS_BREAKER_MS 1000

struct redis_client;

/* Every connection made from now on names itself to Redis with the first line of this file, which is read each time;
 * NULL for none. To be said once, before any thread runs; path is kept as given. */
void redis_password_file(const char *path);

/* address: "host:port" or "unix:/path"; kept as given. NULL without memory. */
struct redis_client *redis_client_new(const char *address, long database);
void redis_client_free(struct redis_client *client);

/* Sends one command and returns its reply (release with freeReplyObject()), or NULL with err
 * ERR_STORE_UNAVAILABLE. An error reply of Redis is NULL too. A command on a kept connection that turns
 * out dead is sent once more on a new one: every command used here may be repeated. */
redisReply *redis_run(struct redis_client *client, const struct str *arguments, size_t count, struct err *err);

/* The same for a command whose reply says nothing, and for one that answers a number (anything else is 0). 0, or -1
 * with err. */
int redis_do(struct redis_client *client, const struct str *arguments, size_t count, struct err *err);
int redis_integer(struct redis_client *client, const struct str *arguments, size_t count, int64_t *out,
                  struct err *err);

/* For a subscription, which commands can not share: a connection with both times bounded, whose err may be set; NULL
 * without memory or for a bad address. */
redisContext *redis_dial(const char *address);

/* 0 when Redis answers PING, -1 otherwise. */
int redis_ping(struct redis_client *client);

#endif
