#include "fcgi/events.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/thread.h"
#include "fcgi/viewer.h"

#define TURN_MS 200
#define STOP_MS 1000 /* for an opener to come back from AWS */
#define STACK_SIZE KIB(512)

static struct places places = PLACES_NEW;

/* Of this process. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    struct event_hub *hub; /* NULL until somebody looks */
    struct viewer *arrived;
    long count;
    pthread_t thread; /* of the hub */
    bool hub_ended;
    atomic_bool stopping;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};

static void viewer_end(struct viewer *viewer)
{
    recipient_leave(&viewer->to, true);
    places_give(&places, str_from(viewer->to.caller));
    viewer_free(viewer);
    pthread_mutex_lock(&all.lock);
    all.count--;
    pthread_mutex_unlock(&all.lock);
}

static void sweep(struct event_hub *hub, int64_t now_ms)
{
    for (struct viewer **link = &hub->viewers; *link;) {
        struct viewer *viewer = *link;

        if (!recipient_must_end(&viewer->to, atomic_load(&all.stopping), now_ms)) {
            link = &viewer->next;
            continue;
        }
        *link = viewer->next;
        viewer_end(viewer);
    }
}

static bool take_arrived(struct event_hub *hub)
{
    struct viewer *viewer;
    bool any;

    pthread_mutex_lock(&all.lock);
    viewer = all.arrived;
    all.arrived = NULL;
    any = all.count > 0;
    pthread_mutex_unlock(&all.lock);
    while (viewer) {
        struct viewer *next = viewer->next;

        viewer_start(hub, viewer);
        viewer = next;
    }
    return any;
}

static void run_due(struct event_hub *hub, int64_t now_ms)
{
    for (struct event_feed *feed = hub->feeds; feed; feed = feed->next)
        event_feed_run(feed, now_ms);
    for (struct viewer *viewer = hub->viewers; viewer; viewer = viewer->next)
        viewer_run(viewer, now_ms);
}

static void hub_free(struct event_hub *hub)
{
    http_multi_free(hub->multi);
    loop_free(hub->loop);
    free(hub);
}

static void hub_end(struct event_hub *hub)
{
    bool whole = openers_stop(hub->openers, STOP_MS) == 0;

    if (whole)
        hub_free(hub);
    pthread_mutex_lock(&all.lock);
    all.hub = whole ? NULL : hub; /* one of its threads still waits for somebody: nothing may be freed */
    all.hub_ended = true;
    pthread_cond_broadcast(&all.ended);
    pthread_mutex_unlock(&all.lock);
}

static void *hub_main(void *arg)
{
    struct event_hub *hub = arg;
    bool any = true;

    while (any || !atomic_load(&all.stopping)) {
        any = take_arrived(hub);
        openers_collect(hub->openers);
        run_due(hub, clock_monotonic_ms());
        while (hub->stirred) {
            hub->stirred = false;
            for (struct viewer *viewer = hub->viewers; viewer; viewer = viewer->next)
                viewer_pump(viewer);
        }
        sweep(hub, clock_monotonic_ms());
        loop_run_once(hub->loop, http_multi_wait_ms(hub->multi, TURN_MS));
        http_multi_run(hub->multi);
    }
    hub_end(hub);
    return NULL;
}

/* The lock is held. */
static int start_hub(const struct worker *worker)
{
    struct event_hub *hub = calloc(1, sizeof(*hub));

    if (!hub)
        return -1;
    hub->worker = *worker;
    hub->worker.request_id = "events";
    hub->loop = loop_new();
    hub->multi = hub->loop ? http_multi_new(hub->loop) : NULL;
    hub->openers = hub->multi ? openers_start(&hub->worker, hub->loop) : NULL;
    if (!hub->openers) {
        hub_free(hub);
        return -1;
    }
    if (thread_start(&all.thread, STACK_SIZE, hub_main, hub) < 0)
        return -1; /* its openers may keep the rest */
    all.hub = hub;
    return 0;
}

/* To the hub, which is started for the first one. */
static int arrive(const struct worker *worker, struct viewer *viewer)
{
    int rc = -1;

    pthread_mutex_lock(&all.lock);
    if (!atomic_load(&all.stopping) && (all.hub || start_hub(worker) == 0)) {
        all.count++;
        viewer->next = all.arrived;
        all.arrived = viewer;
        loop_wake(all.hub->loop);
        rc = 0;
    }
    pthread_mutex_unlock(&all.lock);
    return rc;
}

int events_take(struct request *request, const struct events_kind *kinds, size_t count)
{
    const struct config *config = request->worker->config;
    struct viewer *viewer = request->streams ? viewer_new(request, kinds, count) : NULL;

    if (!viewer)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the events");
    if (places_take(&places, str_from(viewer->to.caller), config->streams, config->streams_per_caller) < 0) {
        viewer_free(viewer);
        err_set(&request->err, ERR_OVERLOADED, "eksgate: as many streams are open as are allowed: try again");
        request->err.retry_after = 1;
        return -1;
    }
    recipient_take(&viewer->to, request);
    if (arrive(request->worker, viewer) == 0)
        return 0;
    recipient_give_back(&viewer->to, request);
    places_give(&places, str_from(viewer->to.caller));
    viewer_free(viewer);
    return err_set(&request->err, ERR_INTERNAL, "there is no memory, or no thread, for the events");
}

int events_drain(long milliseconds)
{
    struct timespec until;
    bool ran;
    bool ended;
    int rc = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += milliseconds / 1000;
    pthread_mutex_lock(&all.lock);
    atomic_store(&all.stopping, true);
    ran = all.hub != NULL;
    if (ran)
        loop_wake(all.hub->loop);
    while (ran && !all.hub_ended && rc == 0)
        rc = pthread_cond_timedwait(&all.ended, &all.lock, &until);
    ended = all.hub_ended;
    rc = all.hub ? -1 : 0;
    pthread_mutex_unlock(&all.lock);
    if (ended)
        pthread_join(all.thread, NULL); /* so that it is not still ending when the process does */
    return rc;
}
