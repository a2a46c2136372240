#include "redis/changes.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "redis/client.h"

struct redis_changes {
    const char *address;
    pthread_rwlock_t lock; /* to look whether there is something to hear, many may hold it */
    redisContext *context; /* subscribed, or NULL */
    int64_t due_ms;        /* when connecting may be tried again */
};

struct redis_changes *redis_changes_new(const char *address)
{
    struct redis_changes *changes = calloc(1, sizeof(*changes));

    if (!changes)
        return NULL;
    changes->address = address;
    pthread_rwlock_init(&changes->lock, NULL);
    return changes;
}

static void drop(struct redis_changes *changes)
{
    if (changes->context)
        redisFree(changes->context);
    changes->context = NULL;
}

void redis_changes_free(struct redis_changes *changes)
{
    if (!changes)
        return;
    drop(changes);
    pthread_rwlock_destroy(&changes->lock);
    free(changes);
}

static redisContext *subscribe(const char *address)
{
    const char *words[] = {"SUBSCRIBE", CHANGES_CHANNEL};
    redisContext *context = redis_dial(address);
    redisReply *reply = context && !context->err ? redisCommandArgv(context, 2, words, NULL) : NULL;

    if (reply && reply->type == REDIS_REPLY_ARRAY) {
        freeReplyObject(reply);
        return context;
    }
    if (reply)
        freeReplyObject(reply);
    if (context)
        redisFree(context);
    return NULL;
}

/* The lock is given back while Redis is waited for, so that the others need not. */
static bool connect_when_due(struct redis_changes *changes)
{
    int64_t now = clock_monotonic_ms();
    redisContext *context;

    if (now < changes->due_ms)
        return false;
    changes->due_ms = now + REDIS_BREAKER_MS;
    pthread_rwlock_unlock(&changes->lock);
    context = subscribe(changes->address);
    pthread_rwlock_wrlock(&changes->lock);
    drop(changes);
    changes->context = context;
    return context;
}

/* ["message", CHANGES_CHANNEL, id] */
static void tell(const redisReply *reply, redis_changed *on_change, void *arg)
{
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 3 && reply->element[2]->type == REDIS_REPLY_STRING)
        on_change(arg, (struct str){reply->element[2]->str, reply->element[2]->len});
}

static bool read_messages(redisContext *context, redis_changed *on_change, void *arg)
{
    char piece[4096];
    void *reply;
    ssize_t n;

    while ((n = recv(context->fd, piece, sizeof(piece), MSG_DONTWAIT)) > 0) {
        if (redisReaderFeed(context->reader, piece, (size_t)n) != REDIS_OK)
            return false;
        while (redisReaderGetReply(context->reader, &reply) == REDIS_OK && reply) {
            tell(reply, on_change, arg);
            freeReplyObject(reply);
        }
        if (context->reader->err)
            return false;
    }
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

/* What nearly every request finds. */
static bool is_silent(struct redis_changes *changes)
{
    bool silent = false;
    char byte;

    pthread_rwlock_rdlock(&changes->lock);
    if (changes->context)
        silent = recv(changes->context->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
    pthread_rwlock_unlock(&changes->lock);
    return silent;
}

bool redis_changes_hear(struct redis_changes *changes, bool may_wait, redis_changed *on_change, void *arg)
{
    bool heard;

    if (is_silent(changes))
        return true;
    pthread_rwlock_wrlock(&changes->lock);
    if (changes->context) {
        heard = read_messages(changes->context, on_change, arg);
        if (!heard)
            drop(changes);
    } else {
        heard = may_wait && connect_when_due(changes);
        if (heard)
            on_change(arg, STR("")); /* what went on before is not known */
    }
    pthread_rwlock_unlock(&changes->lock);
    return heard;
}
