#include "access/hold.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "redis/sessions.h"

struct held {
    char id[KEY_ID_LEN + 1];
    char session[SESSION_HASH_LEN + 1];
};

struct caller_hold {
    struct caller_hold *next;
    size_t count;
    int64_t expires_at;
    int64_t seen_ms; /* when Redis last had it */
    atomic_bool ended;
    struct held of;
};

struct holds {
    const struct config *config;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t wanted;
    struct caller_hold *first;
    size_t count;
    bool stopping;
    bool running;
    pthread_t thread;
};

static struct caller_hold lost = {.ended = true};

struct holds *holds_new(const struct config *config)
{
    struct holds *holds = calloc(1, sizeof(*holds));
    pthread_condattr_t attributes;

    if (!holds)
        return NULL;
    holds->config = config;
    pthread_mutex_init(&holds->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&holds->wanted, &attributes);
    pthread_condattr_destroy(&attributes);
    return holds;
}

void holds_free(struct holds *holds)
{
    if (!holds)
        return;
    pthread_mutex_lock(&holds->lock);
    holds->stopping = true;
    pthread_cond_signal(&holds->wanted);
    pthread_mutex_unlock(&holds->lock);
    if (holds->running)
        pthread_join(holds->thread, NULL);
    while (holds->first) {
        struct caller_hold *next = holds->first->next;

        free(holds->first);
        holds->first = next;
    }
    pthread_cond_destroy(&holds->wanted);
    pthread_mutex_destroy(&holds->lock);
    free(holds);
}

static struct caller_hold *find(struct holds *holds, const char *id, const char *session)
{
    for (struct caller_hold *hold = holds->first; hold; hold = hold->next)
        if (strcmp(hold->of.id, id) == 0 && strcmp(hold->of.session, session) == 0)
            return hold;
    return NULL;
}

/* Copied, so that Redis is asked without the lock. */
static struct held *list_held(struct holds *holds, size_t *count)
{
    struct held *all = calloc(holds->count + 1, sizeof(*all));

    *count = 0;
    for (const struct caller_hold *hold = holds->first; all && hold; hold = hold->next)
        all[(*count)++] = hold->of;
    return all;
}

static int read_held(struct redis_client *redis, const struct held *held)
{
    struct session session;
    struct api_key stored;
    struct err err;
    int rc = api_key_read(redis, str_from(held->id), &stored, &err);

    if (rc != REDIS_FOUND || !*held->session)
        return rc;
    return session_read(redis, str_from(held->session), false, &session, &err);
}

static void look_again(struct holds *holds, struct redis_client *redis, const struct held *held)
{
    struct caller_hold *hold;
    int rc = read_held(redis, held);
    int64_t now_ms = clock_monotonic_ms();

    pthread_mutex_lock(&holds->lock);
    hold = find(holds, held->id, held->session);
    if (hold && rc == REDIS_FOUND)
        hold->seen_ms = now_ms;
    else if (hold && (rc == REDIS_MISSING || now_ms - hold->seen_ms > CALLER_LIFE_MS))
        atomic_store(&hold->ended, true);
    pthread_mutex_unlock(&holds->lock);
}

/* Waits for the next turn with the lock held. */
static void pause_between(struct holds *holds)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += CALLER_FRESH_MS / 1000;
    while (!holds->stopping && pthread_cond_timedwait(&holds->wanted, &holds->lock, &until) == 0) {
    }
}

static void *watch_main(void *arg)
{
    struct holds *holds = arg;
    struct redis_client *redis = redis_client_new(holds->config->redis, holds->config->redis_db);

    pthread_mutex_lock(&holds->lock);
    while (!holds->stopping) {
        size_t count;
        struct held *all = list_held(holds, &count);

        pthread_mutex_unlock(&holds->lock);
        for (size_t i = 0; redis && i < count; i++)
            look_again(holds, redis, &all[i]);
        free(all);
        pthread_mutex_lock(&holds->lock);
        pause_between(holds);
    }
    pthread_mutex_unlock(&holds->lock);
    redis_client_free(redis);
    return NULL;
}

static struct caller_hold *hold_new(struct holds *holds, const struct caller *caller)
{
    struct caller_hold *hold = calloc(1, sizeof(*hold));

    if (!hold)
        return NULL;
    memcpy(hold->of.id, caller->id, sizeof(hold->of.id));
    memcpy(hold->of.session, caller->session, sizeof(hold->of.session));
    hold->expires_at = caller->expires_at;
    hold->seen_ms = clock_monotonic_ms();
    atomic_init(&hold->ended, false);
    hold->next = holds->first;
    holds->first = hold;
    holds->count++;
    return hold;
}

struct caller_hold *caller_hold(struct caller_store *store, const struct caller *caller)
{
    struct holds *holds = caller_store_holds(store);
    struct caller_hold *hold;

    if (!*caller->id)
        return NULL;
    pthread_mutex_lock(&holds->lock);
    if (!holds->running)
        holds->running = pthread_create(&holds->thread, NULL, watch_main, holds) == 0;
    hold = find(holds, caller->id, caller->session);
    if (!hold && holds->running)
        hold = hold_new(holds, caller);
    if (hold)
        hold->count++;
    pthread_mutex_unlock(&holds->lock);
    return hold ? hold : &lost;
}

void caller_release(struct caller_store *store, struct caller_hold *hold)
{
    struct holds *holds = caller_store_holds(store);

    if (!hold || hold == &lost)
        return;
    pthread_mutex_lock(&holds->lock);
    if (--hold->count == 0) {
        struct caller_hold **at = &holds->first;

        while (*at != hold)
            at = &(*at)->next;
        *at = hold->next;
        holds->count--;
        free(hold);
    }
    pthread_mutex_unlock(&holds->lock);
}

bool caller_hold_ended(const struct caller_hold *hold)
{
    return hold && (atomic_load(&hold->ended) || (hold->expires_at != 0 && hold->expires_at <= clock_now()));
}
