#include "handlers/feed.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"

#define WATCH_SECONDS 1800
#define PAUSE_MS 1000
#define FAILURES_MAX 30 /* in a row: half a minute */

static int on_body(void *arg, const char *data, size_t len)
{
    struct feed *feed = arg;

    return kube_watch_feed(&feed->watch, data, len);
}

static void on_done(void *arg, int status, const char *fault)
{
    struct feed *feed = arg;

    feed->watching = false;
    feed->next_ms = status == 200 && !fault ? 0 : clock_monotonic_ms() + PAUSE_MS;
}

static int on_event(void *arg, enum kube_event event, const cJSON *object)
{
    struct feed *feed = arg;

    if (event == KUBE_ERROR)
        return -1; /* most often 410, Gone: it is listed again */
    if (event != KUBE_BOOKMARK)
        feed->on_object(feed->arg, event == KUBE_DELETED, object);
    return 0;
}

void feed_init(struct feed *feed)
{
    feed->watch.on_event = on_event;
    feed->watch.arg = feed;
    kube_watch_init(&feed->watch);
    feed->call = (struct lasting_call){.on_body = on_body, .on_done = on_done, .arg = feed};
    feed->watching = false;
    feed->again = false;
    feed->next_ms = 0;
    feed->failures = 0;
}

void feed_free(struct feed *feed)
{
    lasting_call_drop(&feed->call);
    kube_watch_free(&feed->watch);
}

/* What may be over in a moment. */
static bool is_passing(const struct err *err)
{
    return err->code >= 500 || err->code == 429 || err->code == 410 || err->code == 401;
}

static int list(struct feed *feed, struct lasting *lasting, struct err *err)
{
    const cJSON *item;
    size_t count = 0;
    const char *version;
    cJSON *objects;

    if (lasting_read(lasting, feed->path, &objects, err) < 0)
        return -1;
    version = json_find_text(objects, "metadata.resourceVersion");
    snprintf(feed->version, sizeof(feed->version), "%s", version ? version : "");
    cJSON_ArrayForEach(item, json_find(objects, "items"))
    {
        feed->on_object(feed->arg, false, item);
        count++;
    }
    if (feed->on_listed)
        feed->on_listed(feed->arg, count);
    return 0;
}

static int watch(struct feed *feed, struct lasting *lasting, struct err *err)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s&watch=true&timeoutSeconds=%d&resourceVersion=%s", feed->path, WATCH_SECONDS,
             feed->version);
    kube_watch_free(&feed->watch);
    kube_watch_init(&feed->watch);
    if (lasting_call_start(lasting, &feed->call, path, err) < 0)
        return -1;
    feed->watching = true;
    return 0;
}

int feed_run(struct feed *feed, struct lasting *lasting, struct err *err)
{
    if (feed->again) {
        lasting_call_drop(&feed->call);
        feed->watching = false;
        feed->again = false;
        feed->next_ms = 0;
    }
    if (feed->watching || clock_monotonic_ms() < feed->next_ms)
        return 0;
    if (list(feed, lasting, err) == 0 && watch(feed, lasting, err) == 0) {
        feed->failures = 0;
        return 0;
    }
    feed->next_ms = clock_monotonic_ms() + PAUSE_MS;
    return is_passing(err) && ++feed->failures < FAILURES_MAX ? 0 : -1;
}

void feed_list_again(struct feed *feed)
{
    feed->again = true;
}
