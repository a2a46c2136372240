#include "cluster/opener.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"

#define THREADS 4
#define OPENING_CHUNK KIB(8)

struct openers {
    struct worker shared;
    struct loop *loop;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct opening *ordered; /* the first to come first */
    struct opening **last;
    struct opening *done;
    bool stopping;
    pthread_t threads[THREADS];
};

static int open_one(struct worker *worker, struct opening *opening)
{
    struct cluster cluster;

    if (cluster_load(worker, str_from(opening->id), &cluster, &opening->err) < 0 ||
        cluster_open(worker, &cluster, &opening->err) < 0)
        return -1;
    if (opening->was_refused && cluster_renew(worker, &cluster, &opening->err) < 0)
        return -1;
    if (opening->was_untrusted && cluster_refresh(worker, &cluster, &opening->err) < 0)
        return -1;
    opening->target = cluster.target;
    opening->connected_at = cluster.connection.connected_at;
    return opening->work ? opening->work(worker, &cluster, &opening->err) : 0;
}

static struct opening *take(struct openers *openers)
{
    struct opening *opening;

    pthread_mutex_lock(&openers->lock);
    while (!openers->stopping && !openers->ordered)
        pthread_cond_wait(&openers->more, &openers->lock);
    opening = openers->stopping ? NULL : openers->ordered;
    if (opening) {
        openers->ordered = opening->next;
        if (!openers->ordered)
            openers->last = &openers->ordered;
    }
    pthread_mutex_unlock(&openers->lock);
    return opening;
}

static void give_back(struct openers *openers, struct opening *opening)
{
    pthread_mutex_lock(&openers->lock);
    opening->next = openers->done;
    openers->done = opening;
    pthread_mutex_unlock(&openers->lock);
    loop_wake(openers->loop);
}

static void *opener_main(void *arg)
{
    struct openers *openers = arg;
    struct worker worker = openers->shared;
    struct opening *opening;

    worker.http = http_client_new();
    worker.redis = redis_client_new(worker.config->redis, worker.config->redis_db);
    if (!worker.http || !worker.redis) {
        log_critical("a thread could not start");
        _Exit(1);
    }
    while ((opening = take(openers))) {
        worker.arena = opening->arena;
        opening->rc = open_one(&worker, opening);
        give_back(openers, opening);
    }
    redis_client_free(worker.redis);
    http_client_free(worker.http);
    return NULL;
}

struct openers *openers_start(const struct worker *shared, struct loop *loop)
{
    struct openers *openers = calloc(1, sizeof(*openers));

    if (!openers)
        return NULL;
    openers->shared = *shared;
    openers->loop = loop;
    openers->last = &openers->ordered;
    pthread_mutex_init(&openers->lock, NULL);
    pthread_cond_init(&openers->more, NULL);
    for (size_t i = 0; i < THREADS; i++)
        if (pthread_create(&openers->threads[i], NULL, opener_main, openers) != 0)
            return NULL; /* the process ends: those that run may keep the rest */
    return openers;
}

static void release(struct opening *opening)
{
    arena_free(opening->arena);
    free(opening);
}

static void free_all(struct opening *opening)
{
    while (opening) {
        struct opening *next = opening->next;

        release(opening);
        opening = next;
    }
}

int openers_stop(struct openers *openers, long within_ms)
{
    struct timespec until;

    pthread_mutex_lock(&openers->lock);
    openers->stopping = true;
    pthread_cond_broadcast(&openers->more);
    pthread_mutex_unlock(&openers->lock);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += within_ms / 1000;
    for (size_t i = 0; i < THREADS; i++)
        if (pthread_timedjoin_np(openers->threads[i], NULL, &until) != 0)
            return -1;
    free_all(openers->ordered);
    free_all(openers->done);
    pthread_cond_destroy(&openers->more);
    pthread_mutex_destroy(&openers->lock);
    free(openers);
    return 0;
}

static struct opening *opening_new(struct str id, void (*on_open)(void *arg, struct opening *opening), void *arg)
{
    struct opening *opening = calloc(1, sizeof(*opening));

    if (opening)
        opening->arena = arena_new_of(LIMIT_REQUEST_ARENA, OPENING_CHUNK);
    if (!opening || !opening->arena) {
        free(opening);
        return NULL;
    }
    snprintf(opening->id, sizeof(opening->id), "%.*s", STR_FMT(id));
    opening->on_open = on_open;
    opening->arg = arg;
    return opening;
}

static void order(struct openers *openers, struct opening *opening)
{
    pthread_mutex_lock(&openers->lock);
    *openers->last = opening;
    openers->last = &opening->next;
    pthread_cond_signal(&openers->more);
    pthread_mutex_unlock(&openers->lock);
}

struct opening *openers_order(struct openers *openers, struct str id, bool was_refused, bool was_untrusted,
                              void (*on_open)(void *arg, struct opening *opening), void *arg)
{
    struct opening *opening = opening_new(id, on_open, arg);

    if (!opening)
        return NULL;
    opening->was_refused = was_refused;
    opening->was_untrusted = was_untrusted;
    order(openers, opening);
    return opening;
}

struct opening *openers_order_work(struct openers *openers, struct str id,
                                   int (*work)(struct worker *worker, struct cluster *cluster, struct err *err),
                                   void (*on_open)(void *arg, struct opening *opening), void *arg)
{
    struct opening *opening = opening_new(id, on_open, arg);

    if (!opening)
        return NULL;
    opening->work = work;
    order(openers, opening);
    return opening;
}

void openers_collect(struct openers *openers)
{
    struct opening *done;

    pthread_mutex_lock(&openers->lock);
    done = openers->done;
    openers->done = NULL;
    pthread_mutex_unlock(&openers->lock);
    while (done) {
        struct opening *opening = done;

        done = opening->next;
        opening->is_back = true;
        if (opening->abandoned)
            release(opening);
        else
            opening->on_open(opening->arg, opening);
    }
}

/* Only the loop's thread looks at the marks. */
void opening_free(struct opening *opening)
{
    if (!opening)
        return;
    if (opening->is_back)
        release(opening);
    else
        opening->abandoned = true;
}
