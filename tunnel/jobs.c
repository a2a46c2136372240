#include "tunnel/jobs.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "tunnel/session.h"

struct jobs {
    struct tunnel *tunnel;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct session *first;
    struct session *last;
    size_t waiting;
    bool stopping;
    pthread_t *threads;
    long count;
};

static struct session *take(struct jobs *jobs)
{
    struct session *session;

    pthread_mutex_lock(&jobs->lock);
    while (!jobs->first && !jobs->stopping)
        pthread_cond_wait(&jobs->more, &jobs->lock);
    session = jobs->stopping ? NULL : jobs->first;
    if (session) {
        jobs->first = session->next_job;
        jobs->waiting--;
    }
    pthread_mutex_unlock(&jobs->lock);
    return session;
}

static int worker_init(struct worker *worker, const struct tunnel *tunnel)
{
    *worker = (struct worker){
        .config = tunnel->config,
        .seal = tunnel->seal,
        .memory = tunnel->memory,
        .http = http_client_new(),
        .redis = redis_client_new(tunnel->config->redis, tunnel->config->redis_db),
    };
    return worker->http && worker->redis ? 0 : -1;
}

static void *jobs_main(void *arg)
{
    struct jobs *jobs = arg;
    struct session *session;
    struct worker worker;

    if (worker_init(&worker, jobs->tunnel) < 0) {
        log_critical("a thread could not start");
        _Exit(1);
    }
    while ((session = take(jobs))) {
        worker.arena = session->exchange->arena;
        worker.request_id = session->exchange->request_id;
        session_work(session, &worker);
        reactor_return(session->reactor, session);
    }
    redis_client_free(worker.redis);
    http_client_free(worker.http);
    return NULL;
}

struct jobs *jobs_start(struct tunnel *tunnel, long threads)
{
    struct jobs *jobs = calloc(1, sizeof(*jobs));

    if (!jobs)
        return NULL;
    jobs->tunnel = tunnel;
    jobs->threads = calloc((size_t)threads, sizeof(*jobs->threads));
    pthread_mutex_init(&jobs->lock, NULL);
    pthread_cond_init(&jobs->more, NULL);
    while (jobs->threads && jobs->count < threads &&
           pthread_create(&jobs->threads[jobs->count], NULL, jobs_main, jobs) == 0)
        jobs->count++;
    return jobs->count == threads ? jobs : NULL;
}

int jobs_stop(struct jobs *jobs, long within_ms)
{
    struct timespec until;

    pthread_mutex_lock(&jobs->lock);
    jobs->stopping = true;
    pthread_cond_broadcast(&jobs->more);
    pthread_mutex_unlock(&jobs->lock);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += within_ms / 1000;
    for (long i = 0; i < jobs->count; i++)
        if (pthread_timedjoin_np(jobs->threads[i], NULL, &until) != 0)
            return -1;
    pthread_cond_destroy(&jobs->more);
    pthread_mutex_destroy(&jobs->lock);
    free(jobs->threads);
    free(jobs);
    return 0;
}

int jobs_add(struct jobs *jobs, struct session *session)
{
    int rc = -1;

    pthread_mutex_lock(&jobs->lock);
    if (jobs->waiting < JOBS_WAITING_MAX && !jobs->stopping) {
        session->next_job = NULL;
        if (jobs->first)
            jobs->last->next_job = session;
        else
            jobs->first = session;
        jobs->last = session;
        jobs->waiting++;
        pthread_cond_signal(&jobs->more);
        rc = 0;
    }
    pthread_mutex_unlock(&jobs->lock);
    return rc;
}
