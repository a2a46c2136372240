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
    struct worker_thread {
        struct jobs *jobs;
        pthread_t thread;
    } * threads;
    struct session **running; /* by thread, or NULL */
    long count;
};

/* A cluster whose AWS is slow must not take the threads that others need: it gets half of them. */
static bool may_run(const struct jobs *jobs, const struct session *session)
{
    long busy = 0;

    for (long i = 0; i < jobs->count; i++)
        if (jobs->running[i] &&
            str_equal(jobs->running[i]->exchange->cluster_segment, session->exchange->cluster_segment))
            busy++;
    return busy < (jobs->count + 1) / 2;
}

/* The first that may run; NULL when none does. */
static struct session *unlink_next(struct jobs *jobs)
{
    struct session *before = NULL;

    for (struct session *s = jobs->first; s; before = s, s = s->next_job) {
        if (!may_run(jobs, s))
            continue;
        if (before)
            before->next_job = s->next_job;
        else
            jobs->first = s->next_job;
        if (jobs->last == s)
            jobs->last = before;
        jobs->waiting--;
        return s;
    }
    return NULL;
}

static struct session *take(struct jobs *jobs, struct session **running)
{
    struct session *session = NULL;

    pthread_mutex_lock(&jobs->lock);
    while (!jobs->stopping && !(session = unlink_next(jobs)))
        pthread_cond_wait(&jobs->more, &jobs->lock);
    *running = session;
    pthread_mutex_unlock(&jobs->lock);
    return session;
}

/* Another one to its cluster may run now. */
static void ran(struct jobs *jobs, struct session **running)
{
    pthread_mutex_lock(&jobs->lock);
    *running = NULL;
    pthread_cond_signal(&jobs->more);
    pthread_mutex_unlock(&jobs->lock);
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
    struct worker_thread *self = arg;
    struct jobs *jobs = self->jobs;
    struct session **running = &jobs->running[self - jobs->threads];
    struct session *session;
    struct worker worker;

    if (worker_init(&worker, jobs->tunnel) < 0) {
        log_critical("a thread could not start");
        _Exit(1);
    }
    while ((session = take(jobs, running))) {
        worker.arena = session->exchange->arena;
        worker.request_id = session->exchange->request_id;
        session_work(session, &worker);
        ran(jobs, running); /* while the session still is ours */
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
    jobs->count = threads;
    jobs->threads = calloc((size_t)threads, sizeof(*jobs->threads));
    jobs->running = calloc((size_t)threads, sizeof(struct session *));
    pthread_mutex_init(&jobs->lock, NULL);
    pthread_cond_init(&jobs->more, NULL);
    if (!jobs->threads || !jobs->running)
        return NULL;
    for (long i = 0; i < threads; i++) {
        jobs->threads[i].jobs = jobs;
        if (pthread_create(&jobs->threads[i].thread, NULL, jobs_main, &jobs->threads[i]) != 0)
            return NULL;
    }
    return jobs;
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
        if (pthread_timedjoin_np(jobs->threads[i].thread, NULL, &until) != 0)
            return -1;
    pthread_cond_destroy(&jobs->more);
    pthread_mutex_destroy(&jobs->lock);
    free(jobs->running);
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
