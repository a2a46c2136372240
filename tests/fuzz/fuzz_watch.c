/*
 * A watch gives the same events and the same verdict however it is cut, and only Jobs that can be read are told of.
 * The first byte of the input is the size of the pieces.
 */
#include <assert.h>
#include <stdint.h>

#include "base/limits.h"
#include "kube/job.h"
#include "kube/watch.h"
#include "tests/fuzz/pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_event(void *arg, enum kube_event event, const cJSON *object)
{
    const char *version = kube_resource_version(object);
    struct json j;
    struct job job;

    assert(cJSON_IsObject(object) && event <= KUBE_ERROR);
    buf_printf(arg, "%d %s ", (int)event, version ? version : "-");
    job_read(object, &job);
    json_init(&j, arg);
    json_object_open(&j, NULL);
    job_write_members(&j, &job, STR("cluster"));
    json_object_close(&j);
    return event == KUBE_ERROR ? -1 : 0;
}

static int feed(void *watch, char *piece, size_t len)
{
    return kube_watch_feed(watch, piece, len);
}

static void run(const uint8_t *data, size_t size, size_t piece, struct buf *seen)
{
    struct kube_watch watch = {.on_event = on_event, .arg = seen};
    int rc;

    kube_watch_init(&watch);
    rc = feed_pieces(data, size, piece, 0, feed, &watch);
    buf_printf(seen, "%d %s", rc, watch.fault ? watch.fault : "");
    kube_watch_free(&watch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole;
    struct buf cut;

    if (size == 0 || size > KIB(64))
        return 0;
    buf_init(&whole, MIB(4));
    buf_init(&cut, MIB(4));
    run(data + 1, size - 1, size, &whole);
    run(data + 1, size - 1, 1u + data[0], &cut);
    assert(whole.failed == cut.failed);
    assert(whole.failed || str_equal(buf_str(&whole), buf_str(&cut)));
    buf_free(&whole);
    buf_free(&cut);
    return 0;
}
