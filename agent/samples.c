/*
 * The task that samples what every connected cluster uses. All of them are asked side by side.
 */
#include <stdlib.h>

#include "agent/scrape.h"
#include "agent/task.h"
#include "base/log.h"
#include "redis/connections.h"

#define READ_MS 2000 /* so soon a cluster that was connected has its first sample */

struct samples {
    struct agent *agent;
    struct http_multi *multi;
    struct scrape *first;
    long containers; /* in the last samples of all */
    int64_t read_ms;
    bool draining;
};

static void forget_all(struct samples *samples)
{
    while (samples->first) {
        struct scrape *next = samples->first->next;

        scrape_free(samples->first);
        samples->first = next;
    }
}

static void samples_stop(void *task)
{
    struct samples *samples = task;

    forget_all(samples);
    http_multi_free(samples->multi);
    free(samples);
}

static void *samples_start(struct agent *agent)
{
    struct samples *samples = calloc(1, sizeof(*samples));

    if (!samples)
        return NULL;
    samples->agent = agent;
    samples->multi = http_multi_new(agent->loop);
    if (samples->multi)
        return samples;
    free(samples);
    return NULL;
}

static void keep(struct samples *samples, struct str id)
{
    struct scrape *scrape = samples->first;

    while (scrape && !str_equal(str_from(scrape->id), id))
        scrape = scrape->next;
    if (!scrape) {
        scrape = scrape_new(samples->agent, samples->multi, id, &samples->containers);
        if (!scrape)
            return;
        scrape->next = samples->first;
        samples->first = scrape;
    }
    scrape->is_connected = true;
}

static void forget_disconnected(struct samples *samples)
{
    struct scrape **link = &samples->first;

    while (*link) {
        struct scrape *scrape = *link;

        if (scrape->is_connected) {
            link = &scrape->next;
            continue;
        }
        *link = scrape->next;
        scrape_free(scrape);
    }
}

static void read_connections(struct samples *samples)
{
    struct str *ids;
    size_t count;
    struct err err;

    if (connections_ids(samples->agent->redis, samples->agent->arena, &ids, &count, &err) < 0)
        return;
    for (struct scrape *scrape = samples->first; scrape; scrape = scrape->next)
        scrape->is_connected = false;
    for (size_t i = 0; i < count; i++)
        keep(samples, ids[i]);
    forget_disconnected(samples);
}

static int64_t samples_run(void *task, int64_t now_ms)
{
    struct samples *samples = task;
    int64_t next_ms;

    if (samples->agent->config->usage_step == 0)
        return INT64_MAX;
    http_multi_run(samples->multi);
    if (samples->draining)
        return INT64_MAX;
    if (now_ms >= samples->read_ms) {
        read_connections(samples);
        samples->read_ms = now_ms + READ_MS;
    }
    next_ms = samples->read_ms;
    for (struct scrape *scrape = samples->first; scrape; scrape = scrape->next) {
        int64_t due_ms = scrape_run(scrape, now_ms);

        if (due_ms < next_ms)
            next_ms = due_ms;
    }
    return now_ms + http_multi_wait_ms(samples->multi, (int)(next_ms > now_ms ? next_ms - now_ms : 0));
}

/* A sample that is cut is none: the next agent takes it. */
static bool samples_drain(void *task)
{
    struct samples *samples = task;

    samples->draining = true;
    forget_all(samples);
    return true;
}

const struct task_kind task_samples = {
    .name = "samples", .start = samples_start, .run = samples_run, .drain = samples_drain, .stop = samples_stop};
