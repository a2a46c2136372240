/*
 * GET .../logs: what the containers of all pods of a job have written, or with follow=true write, in one answer. Each
 * line says where it comes from as soon as there is more than one place: "[pod/NAME/CONTAINER] text", as kubectl does.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/encode.h"
#include "cluster/object.h"
#include "handlers/feed.h"
#include "handlers/handlers.h"
#include "handlers/job_name.h"
#include "handlers/jobs.h"
#include "kube/job.h"
#include "kube/name.h"

#define SOURCES_MAX 1000
#define AT_ONCE 32
#define LINE_MAX KIB(64)
#define PIECE KIB(32)
#define WINDOW_MS 5000 /* what is left of a log once its container has ended comes faster than so much in so long */
#define WINDOW_BYTES KIB(64)

/* clang-format off */
const struct field job_logs_query[] = {
    {.name = "follow", .type = FIELD_BOOLEAN, .help = "until the job has ended"},
    {.name = "container", .type = FIELD_TEXT, .min = 1, .max = NAME_LABEL_MAX, .check = name_check_label, .help = "only this one of each pod, also an init container"},
    {.name = "tailLines", .type = FIELD_INTEGER, .min = 0, .max = 1000000, .help = "only so many from the end of each log"},
    {.name = "since", .type = FIELD_TEXT, .min = 1, .max = 64, .pattern = JOB_SINCE, .check = job_check_since, .help = "only what was written since then: 10m, or a time"},
    {.name = "timestamps", .type = FIELD_BOOLEAN, .help = "each line begins with its time"},
    {.name = "previous", .type = FIELD_BOOLEAN, .help = "of containers that were restarted: the run before"},
    {.name = NULL},
};
/* clang-format on */

const struct answer job_logs_answers[] = {
    {200, "the logs, each line with its pod and container when there are several", NULL, "text/plain"},
    {404, "there is no such job"},
    {0},
};

/* What is asked for, copied to the answer's thread. */
struct order {
    char job_path[512]; /* a list of one */
    char pods_path[2048];
    char options[256]; /* of each log: "&timestamps=true" */
    char namespace[NAME_LABEL_MAX + 1];
    char container[NAME_LABEL_MAX + 1]; /* "": all */
    bool follow;
    bool previous;
};

struct logs;

/* One run of one container. */
struct source {
    struct source *next;
    struct logs *logs;
    char pod[NAME_SUBDOMAIN_MAX + 1];
    char container[NAME_LABEL_MAX + 1];
    int64_t restarts;
    bool started;
    bool ended;        /* all has been read */
    bool finished;     /* it does not run any more, so its log has an end */
    int64_t window_ms; /* since when bytes are counted */
    size_t window_bytes;
    struct lasting_call call;
    struct buf line; /* what has come of a line */
    size_t taken;    /* of bytes that come again because the client was full */
};

struct logs {
    struct lasting *lasting;
    struct order *order;
    struct source *first;
    struct source **last;
    size_t count;
    struct feed job;
    struct feed pods;
    bool job_ended;
    bool pods_known; /* listed after the job ended */
    bool begun;
    int error; /* status of a source that could not be read, or 0 */
};

static void begin(struct logs *logs)
{
    if (!logs->begun)
        lasting_begin(logs->lasting, 200, "text/plain; charset=utf-8");
    logs->begun = true;
}

static void add_prefix(const struct source *source, struct buf *out)
{
    if (source->logs->count > 1)
        buf_printf(out, "[pod/%s/%s] ", source->pod, source->container);
}

/* A line, or a part of one that is too long, from the beginning of the data: how much of it was taken. Without an end
 * it is kept until that has come. */
static size_t take_line(struct source *source, const char *data, size_t len, struct buf *out)
{
    const char *end = memchr(data, '\n', len);
    size_t room = LINE_MAX - source->line.len;
    size_t part = end ? (size_t)(end - data) + 1 : len;

    if (!end && part < room) {
        buf_add(&source->line, data, part);
        return part;
    }
    part = part < room ? part : room;
    add_prefix(source, out);
    buf_add_str(out, buf_str(&source->line));
    buf_add(out, data, part);
    if (data[part - 1] != '\n')
        buf_add_char(out, '\n');
    buf_reset(&source->line);
    return part;
}

/* Lines go out whole, so that those of two pods do not mix. Returns how much of the data was taken: less than all when
 * the client is full. */
static size_t pass_lines(struct source *source, const char *data, size_t len)
{
    struct lasting *lasting = source->logs->lasting;
    size_t taken = 0;
    struct buf out;

    buf_init(&out, PIECE + 2 * LINE_MAX);
    while (taken < len && !lasting_is_full(lasting)) {
        while (taken < len && out.len < PIECE)
            taken += take_line(source, data + taken, len - taken, &out);
        lasting_write(lasting, buf_str(&out));
        buf_reset(&out);
    }
    buf_free(&out);
    return taken;
}

static void begin_window(struct source *source)
{
    source->window_ms = clock_monotonic_ms();
    source->window_bytes = 0;
}

static int on_body(void *arg, const char *data, size_t len)
{
    struct source *source = arg;

    begin(source->logs);
    source->taken += pass_lines(source, data + source->taken, len - source->taken);
    if (source->taken < len) {
        begin_window(source); /* it is the client who is slow */
        return HTTP_LATER;
    }
    source->taken = 0;
    source->window_bytes += len;
    return 0;
}

static void end_source(struct source *source)
{
    source->ended = true;
    if (source->line.len > 0)
        pass_lines(source, "\n", 1);
    buf_free(&source->line);
}

static void on_done(void *arg, int status, const char *fault)
{
    struct source *source = arg;

    end_source(source);
    if (fault)
        source->logs->error = status ? status : 502;
}

static struct source *find_source(struct logs *logs, const char *pod, const char *container, int64_t restarts)
{
    for (struct source *s = logs->first; s; s = s->next)
        if (s->restarts == restarts && strcmp(s->pod, pod) == 0 && strcmp(s->container, container) == 0)
            return s;
    return NULL;
}

static struct source *add_source(struct logs *logs, const char *pod, const char *container, int64_t restarts)
{
    struct source *source = find_source(logs, pod, container, restarts);

    if (source || logs->count == SOURCES_MAX)
        return source;
    source = calloc(1, sizeof(*source));
    if (!source)
        return NULL;
    source->logs = logs;
    source->restarts = restarts;
    snprintf(source->pod, sizeof(source->pod), "%s", pod);
    snprintf(source->container, sizeof(source->container), "%s", container);
    source->call = (struct lasting_call){.on_body = on_body, .on_done = on_done, .arg = source};
    buf_init(&source->line, LINE_MAX);
    *logs->last = source;
    logs->last = &source->next;
    logs->count++;
    return source;
}

static void look_at(struct logs *logs, const char *pod, const cJSON *status)
{
    const char *container = json_find_text(status, "name");
    const cJSON *restarts = json_find(status, "restartCount");
    bool runs = json_find(status, "state.running") != NULL;
    bool ended = json_find(status, "state.terminated") || json_find(status, "lastState.terminated");
    struct source *source;

    if (!container || !(runs || ended) || (logs->order->previous && !json_find(status, "lastState.terminated")))
        return;
    source = add_source(logs, pod, container, cJSON_IsNumber(restarts) ? (int64_t)restarts->valuedouble : 0);
    if (source)
        source->finished = !runs;
}

static void look_at_all(struct logs *logs, const cJSON *pod, const char *statuses)
{
    const char *name = json_find_text(pod, "metadata.name");
    const cJSON *status;

    cJSON_ArrayForEach(status, json_find(pod, statuses))
    {
        const char *container = json_find_text(status, "name");

        if (name && container && (!*logs->order->container || strcmp(container, logs->order->container) == 0))
            look_at(logs, name, status);
    }
}

static void on_pod(void *arg, bool gone, const cJSON *pod)
{
    struct logs *logs = arg;

    if (gone)
        return; /* its logs end by themselves */
    if (*logs->order->container)
        look_at_all(logs, pod, "status.initContainerStatuses");
    look_at_all(logs, pod, "status.containerStatuses");
}

static void on_pods_listed(void *arg, size_t count)
{
    struct logs *logs = arg;

    (void)count;
    logs->pods_known = logs->job_ended;
}

/* The last pods may have come and gone between two events: they are listed once more. */
static void job_ends(struct logs *logs)
{
    if (!logs->job_ended)
        feed_list_again(&logs->pods);
    logs->job_ended = true;
}

static void on_job(void *arg, bool gone, const cJSON *object)
{
    struct job job;

    job_read(object, &job);
    if (gone || job_state_is_final(job.state))
        job_ends(arg);
}

static void on_job_listed(void *arg, size_t count)
{
    if (count == 0)
        job_ends(arg);
}

static void log_path(const struct source *source, char *out, size_t size)
{
    const struct order *order = source->logs->order;

    snprintf(out, size, "/api/v1/namespaces/%s/pods/%s/log?container=%s%s%s", order->namespace, source->pod,
             source->container, order->options, order->follow && !source->finished ? "&follow=true" : "");
}

/* Followed logs are read at the same time; others one after the other, so that they stay in order. */
static void start_sources(struct logs *logs)
{
    size_t most = logs->order->follow ? AT_ONCE : 1;
    size_t running = 0;
    char path[1024];
    struct err err;

    for (struct source *s = logs->first; s; s = s->next)
        running += s->started && !s->ended;
    for (struct source *s = logs->first; s && running < most; s = s->next) {
        if (s->started)
            continue;
        s->started = true;
        begin_window(s);
        log_path(s, path, sizeof(path));
        if (lasting_call_start(logs->lasting, &s->call, path, &err) < 0)
            on_done(s, err.code, err.message);
        else
            running++;
    }
}

/* A kubelet ends a followed log with its container; what others make of it may trickle on for ever. */
static void end_trickles(struct logs *logs)
{
    int64_t now = clock_monotonic_ms();

    for (struct source *s = logs->first; s; s = s->next) {
        if (!s->started || s->ended)
            continue;
        if (!s->finished || s->call.later || (now - s->window_ms >= WINDOW_MS && s->window_bytes >= WINDOW_BYTES)) {
            begin_window(s);
        } else if (now - s->window_ms >= WINDOW_MS) {
            lasting_call_drop(&s->call);
            end_source(s);
        }
    }
}

static bool all_read(const struct logs *logs)
{
    for (const struct source *s = logs->first; s; s = s->next)
        if (!s->ended)
            return false;
    return !logs->order->follow || (logs->job_ended && logs->pods_known);
}

/* The only log there is can not be read: why is the answer. */
static void explain(struct logs *logs)
{
    struct err err = {0};
    char path[1024];
    cJSON *ignored;

    log_path(logs->first, path, sizeof(path));
    if (lasting_read(logs->lasting, path, &ignored, &err) < 0 && err.upstream_status.len > 0)
        lasting_fail(logs->lasting, &err);
}

static void finish(struct logs *logs)
{
    if (logs->error && !logs->begun && logs->count == 1)
        explain(logs);
    begin(logs);
    lasting_end(logs->lasting);
}

static int list_once(struct logs *logs, struct err *err)
{
    const cJSON *pod;
    cJSON *pods;

    if (lasting_read(logs->lasting, logs->order->pods_path, &pods, err) < 0)
        return -1;
    cJSON_ArrayForEach(pod, json_find(pods, "items")) on_pod(logs, false, pod);
    return 0;
}

static int follow(struct logs *logs, struct err *err)
{
    if (feed_run(&logs->job, logs->lasting, err) < 0 || feed_run(&logs->pods, logs->lasting, err) < 0)
        return -1;
    end_trickles(logs);
    return 0;
}

static int read_all(struct logs *logs, struct err *err)
{
    bool is_following = logs->order->follow;

    if (is_following)
        begin(logs);
    else if (list_once(logs, err) < 0)
        return -1;
    do {
        if (is_following && follow(logs, err) < 0)
            return -1;
        start_sources(logs);
        if (all_read(logs)) {
            finish(logs);
            return 0;
        }
    } while (lasting_turn(logs->lasting, 1000));
    return 0;
}

static void run(struct lasting *lasting, void *arg)
{
    struct logs logs = {.lasting = lasting, .order = arg, .last = &logs.first};
    struct err err = {0};

    logs.job =
        (struct feed){.path = logs.order->job_path, .on_object = on_job, .on_listed = on_job_listed, .arg = &logs};
    logs.pods =
        (struct feed){.path = logs.order->pods_path, .on_object = on_pod, .on_listed = on_pods_listed, .arg = &logs};
    feed_init(&logs.job);
    feed_init(&logs.pods);
    if (read_all(&logs, &err) < 0)
        lasting_fail(lasting, &err);
    feed_free(&logs.job);
    feed_free(&logs.pods);
    while (logs.first) {
        struct source *source = logs.first;

        logs.first = source->next;
        lasting_call_drop(&source->call);
        buf_free(&source->line);
        free(source);
    }
}

static bool is_true(struct request *request, const char *name)
{
    return str_equal(request_query(request, name), STR("true"));
}

static int write_options(struct request *request, struct order *order)
{
    struct str tail = request_query(request, "tailLines");
    struct str since = request_query(request, "since");
    struct buf out;
    int64_t ms;

    buf_init(&out, sizeof(order->options));
    if (is_true(request, "timestamps"))
        buf_add_str(&out, STR("&timestamps=true"));
    if (order->previous)
        buf_add_str(&out, STR("&previous=true"));
    if (tail.ptr)
        buf_printf(&out, "&tailLines=%.*s", STR_FMT(tail));
    if (since.ptr && duration_parse(since, &ms) == 0) {
        buf_printf(&out, "&sinceSeconds=%lld", (long long)(ms < 1000 ? 1 : (ms + 999) / 1000));
    } else if (since.ptr) {
        buf_add_str(&out, STR("&sinceTime="));
        encode_percent(&out, since);
    }
    snprintf(order->options, sizeof(order->options), "%.*s", (int)out.len, out.ptr ? out.ptr : "");
    buf_free(&out);
    return 0;
}

static bool has_container(const cJSON *job, const char *list, const char *name)
{
    const cJSON *container;

    cJSON_ArrayForEach(container, json_find(job, list))
    {
        const char *own = json_find_text(container, "name");

        if (own && strcmp(own, name) == 0)
            return true;
    }
    return false;
}

static int check_container(struct request *request, const cJSON *job, const char *name)
{
    if (!*name || has_container(job, "spec.template.spec.containers", name) ||
        has_container(job, "spec.template.spec.initContainers", name))
        return 0;
    err_field(&request->err, "container", CAUSE_INVALID, "is no container of this job's pods");
    request->err.kind = ERR_BAD_REQUEST;
    request->err.code = err_http_status(ERR_BAD_REQUEST);
    return -1;
}

int jobs_logs(struct request *request)
{
    struct str container = request_query(request, "container");
    struct order order = {.follow = is_true(request, "follow"), .previous = is_true(request, "previous")};
    struct job_name name;
    struct buf pods;
    cJSON *job;

    if (job_name_find(request, &name) < 0 || job_read_named(request, &name, &job) < 0)
        return -1;
    snprintf(order.container, sizeof(order.container), "%.*s", (int)container.len, container.ptr ? container.ptr : "");
    snprintf(order.namespace, sizeof(order.namespace), "%.*s", STR_FMT(name.namespace));
    if (check_container(request, job, order.container) < 0 || write_options(request, &order) < 0)
        return -1;
    job_name_list_path(&name, order.job_path, sizeof(order.job_path));
    buf_init(&pods, sizeof(order.pods_path));
    if (job_pods_path(job, &pods) == 0)
        snprintf(order.pods_path, sizeof(order.pods_path), "%s", pods.ptr);
    buf_free(&pods);
    if (!*order.pods_path)
        return err_set(&request->err, ERR_UPSTREAM_BROKEN, "the job does not say which pods are its own");
    return lasting_take(request, run, &order, sizeof(order));
}
