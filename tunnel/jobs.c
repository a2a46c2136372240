#include "tunnel/jobs.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "tunnel/reactor.h"

struct jobs {
    struct tunnel *tunnel;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct job *first;
    struct job *last;
    size_t waiting;
    bool stopping;
    struct worker_thread {
        struct jobs *jobs;
        pthread_t thread;
    } * threads;
    struct job **running; /* by thread, or NULL */
    long count;
};

/* A cluster whose AWS is slow must not take the threads that others need: it gets half of them. */
static bool may_run(const struct jobs *jobs, const struct job *job)
{
    long busy = 0;

    for (long i = 0; i < jobs->count; i++)
        if (jobs->running[i] && str_equal(jobs->running[i]->lane, job->lane))
            busy++;
    return busy < (jobs->count + 1) / 2;
}

/* The first that may run; NULL when none does. */
static struct job *unlink_next(struct jobs *jobs)
{
    struct job *before = NULL;

    for (struct job *job = jobs->first; job; before = job, job = job->next) {
        if (!may_run(jobs, job))
            continue;
        if (before)
            before->next = job->next;
        else
            jobs->first = job->next;
        if (jobs->last == job)
            jobs->last = before;
        jobs->waiting--;
        return job;
    }
    return NULL;
}

/* At the end, what was left behind is still done: a pod that is to be deleted. */
static struct job *take(struct jobs *jobs, struct job **running)
{
    struct job *job;

    pthread_mutex_lock(&jobs->lock);
    while (!(job = unlink_next(jobs)) && !(jobs->stopping && !jobs->first))
        pthread_cond_wait(&jobs->more, &jobs->lock);
    *running = job;
    pthread_mutex_unlock(&jobs->lock);
    return job;
}

/* Another one of its lane may run now, or all are to end. */
static void ran(struct jobs *jobs, struct job **running)
{
    pthread_mutex_lock(&jobs->lock);
    *running = NULL;
    pthread_cond_broadcast(&jobs->more);
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
    struct job **running = &jobs->running[self - jobs->threads];
    struct job *job;
    struct worker worker;

    if (worker_init(&worker, jobs->tunnel) < 0) {
        log_critical("a thread could not start");
        _Exit(1);
    }
    while ((job = take(jobs, running))) {
        worker.arena = job->arena;
        worker.request_id = job->request_id;
        job->work(job, &worker);
        ran(jobs, running); /* while the job still is ours */
        if (job->reactor)
            reactor_return(job->reactor, job);
        else
            job->done(job);
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
    jobs->running = calloc((size_t)threads, sizeof(struct job *));
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

int jobs_add(struct jobs *jobs, struct job *job)
{
    int rc = -1;

    pthread_mutex_lock(&jobs->lock);
    if (jobs->waiting < JOBS_WAITING_MAX && !jobs->stopping) {
        job->next = NULL;
        if (jobs->first)
            jobs->last->next = job;
        else
            jobs->first = job;
        jobs->last = job;
        jobs->waiting++;
        pthread_cond_signal(&jobs->more);
        rc = 0;
    }
    pthread_mutex_unlock(&jobs->lock);
    return rc;
}
