#include "kube/watch.h"

#include <string.h>

#include "base/limits.h"

#define VERSION_MAX 64

void kube_watch_init(struct kube_watch *watch)
{
    buf_init(&watch->line, LIMIT_KUBE_OBJECT);
    watch->fault = NULL;
}

void kube_watch_free(struct kube_watch *watch)
{
    buf_free(&watch->line);
}

static int fault(struct kube_watch *watch, const char *why)
{
    watch->fault = why;
    return -1;
}

static int event_of(const char *name, enum kube_event *out)
{
    static const char *const names[] = {[KUBE_ADDED] = "ADDED",
                                        [KUBE_MODIFIED] = "MODIFIED",
                                        [KUBE_DELETED] = "DELETED",
                                        [KUBE_BOOKMARK] = "BOOKMARK",
                                        [KUBE_ERROR] = "ERROR"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (name && strcmp(names[i], name) == 0) {
            *out = (enum kube_event)i;
            return 0;
        }
    return -1;
}

static int on_line(void *arg, struct str line)
{
    struct kube_watch *watch = arg;
    const char *why;
    cJSON *root = json_tree(line, LIMIT_JSON_DEPTH, &why);
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, "object");
    enum kube_event event;
    int rc;

    if (!root)
        return fault(watch, why);
    if (event_of(json_find_text(root, "type"), &event) < 0)
        rc = fault(watch, "an event is of no known type");
    else if (!cJSON_IsObject(object))
        rc = fault(watch, "an event has no object");
    else
        rc = watch->on_event(watch->arg, event, object);
    cJSON_Delete(root);
    return rc;
}

int kube_lines_feed(struct buf *rest, const char *data, size_t len, int (*take)(void *arg, struct str line), void *arg)
{
    const size_t max = rest->max;

    while (len > 0) {
        const char *end = memchr(data, '\n', len);
        size_t n = end ? (size_t)(end - data) : len;
        struct str line = {data, n};
        int rc = 0;

        if (!end)
            return buf_add(rest, data, n);
        if (rest->len > 0) {
            if (buf_add(rest, data, n) < 0)
                return -1;
            line = buf_str(rest);
        }
        if (line.len > max)
            return buf_add(rest, data, n);
        if (line.len > 0)
            rc = take(arg, line);
        buf_free(rest);
        buf_init(rest, max);
        if (rc < 0)
            return -1;
        data += n + 1;
        len -= n + 1;
    }
    return 0;
}

int kube_watch_feed(struct kube_watch *watch, const char *data, size_t len)
{
    if (kube_lines_feed(&watch->line, data, len, on_line, watch) == 0)
        return 0;
    return watch->line.failed ? fault(watch, "an event is larger than 4 MiB") : -1;
}

const char *kube_resource_version(const cJSON *object)
{
    const char *version = json_find_text(object, "metadata.resourceVersion");
    size_t n = version ? strlen(version) : 0;

    if (n == 0 || n > VERSION_MAX)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (!((version[i] >= '0' && version[i] <= '9') || (version[i] >= 'a' && version[i] <= 'z') ||
              (version[i] >= 'A' && version[i] <= 'Z') || version[i] == '-'))
            return NULL;
    return version;
}
