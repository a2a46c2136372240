#include "redis/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/metrics.h"

#define ARGUMENTS_MAX 256
#define PASSWORD_SIZE 514 /* Redis itself bounds no password; ours are lines */

struct redis_client {
    const char *address;
    long database;
    redisContext *context;
    int64_t closed_until_ms; /* the breaker */
    char fault[128];
};

static const char *password_file;

void redis_password_file(const char *path)
{
    password_file = path;
}

struct redis_client *redis_client_new(const char *address, long database)
{
    struct redis_client *client = calloc(1, sizeof(*client));

    if (client) {
        client->address = address;
        client->database = database;
    }
    return client;
}

static void drop(struct redis_client *client)
{
    if (client->context)
        redisFree(client->context);
    client->context = NULL;
}

void redis_client_free(struct redis_client *client)
{
    if (!client)
        return;
    drop(client);
    free(client);
}

static struct timeval milliseconds(long ms)
{
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

/* Told as hiredis tells its own faults, so that there is one way to see them. */
static void fault(redisContext *context, const char *why)
{
    context->err = REDIS_ERR_OTHER;
    snprintf(context->errstr, sizeof(context->errstr), "%s", why);
}

static void authenticate(redisContext *context)
{
    const char *arguments[] = {"AUTH", NULL};
    size_t lengths[] = {4, 0};
    char password[PASSWORD_SIZE];
    FILE *file = fopen(password_file, "re");
    bool read = file && fgets(password, sizeof(password), file);
    redisReply *reply = NULL;

    if (file)
        fclose(file);
    if (!read) {
        fault(context, "the file of its password can not be read");
        return;
    }
    lengths[1] = strcspn(password, "\r\n");
    arguments[1] = password;
    reply = redisCommandArgv(context, 2, arguments, lengths);
    explicit_bzero(password, sizeof(password));
    if (reply && reply->type == REDIS_REPLY_ERROR)
        fault(context, reply->str);
    if (reply)
        freeReplyObject(reply);
}

redisContext *redis_dial(const char *address)
{
    struct str rest = str_from(address);
    struct str name;
    char host[256];
    long port = 6379;
    redisContext *context;

    if (str_starts_with(rest, STR("unix:"))) {
        context = redisConnectUnixWithTimeout(address + 5, milliseconds(REDIS_CONNECT_MS));
    } else {
        name = str_cut(&rest, ':');
        snprintf(host, sizeof(host), "%.*s", STR_FMT(name));
        if (rest.ptr && str_to_long(rest, 1, 65535, &port) < 0)
            return NULL;
        context = redisConnectWithTimeout(host, (int)port, milliseconds(REDIS_CONNECT_MS));
    }
    if (context && !context->err && redisSetTimeout(context, milliseconds(REDIS_COMMAND_MS)) != REDIS_OK) {
        redisFree(context);
        return NULL;
    }
    if (context && !context->err && password_file)
        authenticate(context);
    return context;
}

static int select_database(struct redis_client *client)
{
    redisReply *reply = redisCommand(client->context, "SELECT %d", (int)client->database);
    int rc = reply && reply->type != REDIS_REPLY_ERROR ? 0 : -1;

    if (reply)
        freeReplyObject(reply);
    return rc;
}

static int fail(struct redis_client *client, const char *why)
{
    snprintf(client->fault, sizeof(client->fault), "%s", why);
    drop(client);
    return -1;
}

static int connect_now(struct redis_client *client)
{
    int64_t now = clock_monotonic_ms();

    if (client->context)
        return 0;
    if (now < client->closed_until_ms)
        return -1;
    client->context = redis_dial(client->address);
    if (!client->context || client->context->err || (client->database != 0 && select_database(client) < 0)) {
        client->closed_until_ms = now + REDIS_BREAKER_MS;
        return fail(client, client->context && client->context->err ? client->context->errstr : "can not connect");
    }
    return 0;
}

static redisReply *run_once(struct redis_client *client, const struct str *arguments, size_t count)
{
    const char *texts[ARGUMENTS_MAX];
    size_t lengths[ARGUMENTS_MAX];
    redisReply *reply;

    if (count > ARGUMENTS_MAX || connect_now(client) < 0)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        texts[i] = arguments[i].ptr;
        lengths[i] = arguments[i].len;
    }
    reply = redisCommandArgv(client->context, (int)count, texts, lengths);
    if (!reply)
        fail(client, client->context->errstr);
    return reply;
}

redisReply *redis_run(struct redis_client *client, const struct str *arguments, size_t count, struct err *err)
{
    int64_t asked_us = clock_monotonic_us();
    bool kept = client->context != NULL;
    redisReply *reply = run_once(client, arguments, count);

    if (!reply && kept)
        reply = run_once(client, arguments, count);
    if (reply && reply->type == REDIS_REPLY_ERROR) {
        snprintf(client->fault, sizeof(client->fault), "%s", reply->str);
        freeReplyObject(reply);
        reply = NULL;
    }
    metrics_add(&metrics->redis[reply ? METRICS_OK : METRICS_ERROR], 1);
    metrics_observe(&metrics->redis_time, clock_monotonic_us() - asked_us);
    if (!reply)
        err_set(err, ERR_STORE_UNAVAILABLE, "the metadata store (Redis) is unavailable: %s; try again", client->fault);
    return reply;
}

int redis_integer(struct redis_client *client, const struct str *arguments, size_t count, int64_t *out, struct err *err)
{
    redisReply *reply = redis_run(client, arguments, count, err);

    if (!reply)
        return -1;
    *out = reply->type == REDIS_REPLY_INTEGER ? reply->integer : 0;
    freeReplyObject(reply);
    return 0;
}

int redis_do(struct redis_client *client, const struct str *arguments, size_t count, struct err *err)
{
    int64_t ignored;

    return redis_integer(client, arguments, count, &ignored, err);
}

int redis_ping(struct redis_client *client)
{
    const struct str ping[] = {STR("PING")};
    struct err err;

    return redis_do(client, ping, 1, &err);
}
