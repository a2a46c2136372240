#include "handlers/job_wait.h"

#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "handlers/feed.h"
#include "handlers/jobs.h"
#include "kube/job.h"
#include "kube/name.h"

#define WAIT_MAX_MS (3600L * 1000)
#define BODY_MAX KIB(256)

static const char *check_wait(struct str value)
{
    int64_t ms;

    return duration_parse(value, &ms) == 0 && ms <= WAIT_MAX_MS ? NULL : "must be a duration like 60s, up to 1h";
}

/* clang-format off */
const struct field job_show_query[] = {
    {.name = "wait", .type = FIELD_TEXT, .min = 1, .max = 32, .pattern = "^" DURATION_PATTERN "$", .check = check_wait, .help = "answer when the job has succeeded or failed, at the latest after this time: 60s", .example = "1s"},
    {.name = "stream", .type = FIELD_BOOLEAN, .help = "a line of JSON now and whenever the job changes, until it has ended or wait is over"},
    {.name = NULL},
};
/* clang-format on */

/* What is asked for, copied to the answer's thread. */
struct order {
    char job_path[512]; /* a list of one */
    char name[NAME_SUBDOMAIN_MAX + 1];
    char cluster[LIMIT_CLUSTER_ID + 1];
    int64_t until_ms; /* 0: no matter how long */
    bool stream;
};

struct waiting {
    struct lasting *lasting;
    const struct order *order;
    struct buf body;   /* of the job, as it was last seen */
    struct buf pods;   /* the path of their list; empty when that is not known */
    struct buf events; /* of those that say why some can not be made; empty when there are all */
    bool changed;
    bool ended;
    bool gone;
};

bool job_wait_wanted(struct request *request, bool ended)
{
    return (request_query(request, "wait").ptr && !ended) || str_equal(request_query(request, "stream"), STR("true"));
}

/* Without the end of the object: more may be written into it. */
static void write_body(const struct waiting *w, const cJSON *object, struct buf *out, struct job *job)
{
    struct json j;

    json_init(&j, out);
    json_object_open(&j, NULL);
    job_read(object, job);
    job_write_members(&j, job, str_from(w->order->cluster));
}

static void keep_path(int (*find)(const cJSON *job, struct buf *path), const cJSON *job, struct buf *path)
{
    buf_reset(path);
    if (find(job, path) < 0)
        buf_reset(path);
}

static void on_job(void *arg, bool gone, const cJSON *object)
{
    struct waiting *w = arg;
    struct buf body;
    struct job job;

    buf_init(&body, BODY_MAX);
    write_body(w, object, &body, &job);
    w->gone = gone;
    w->ended = w->ended || gone || job_state_is_final(job.state);
    w->changed = w->changed || !str_equal(buf_str(&body), buf_str(&w->body));
    buf_free(&w->body);
    w->body = body;
    keep_path(job_pods_path, object, &w->pods);
    keep_path(job_events_path, object, &w->events);
}

static void on_listed(void *arg, size_t count)
{
    struct waiting *w = arg;

    w->gone = count == 0;
    w->ended = w->ended || w->gone;
}

static void send_line(struct waiting *w)
{
    struct buf line;

    w->changed = false;
    buf_init(&line, BODY_MAX + 16);
    buf_add_str(&line, buf_str(&w->body));
    buf_add_str(&line, STR("}\n"));
    if (!line.failed)
        lasting_write(w->lasting, buf_str(&line));
    buf_free(&line);
}

static void send_gone(struct waiting *w)
{
    struct err err = {0};

    err_set(&err, ERR_NOT_FOUND, "jobs.batch \"%s\" not found: it was deleted while it was waited for", w->order->name);
    lasting_fail(w->lasting, &err);
}

/* The job is what was asked for: a list that can not be read is none. */
static void write_waiting(struct waiting *w, struct json *j, const struct buf *path,
                          void (*write)(struct json *j, const cJSON *list))
{
    struct err ignored;
    cJSON *list;

    if (!w->ended && path->len > 0 && lasting_read(w->lasting, path->ptr, &list, &ignored) == 0)
        write(j, list);
}

/* The job as it is now, with why its pods do not run. */
static void send_answer(struct waiting *w)
{
    struct err err;
    struct json j;

    json_init(&j, &w->body);
    j.comma = true;
    json_array_open(&j, "waiting");
    write_waiting(w, &j, &w->pods, job_write_waiting);
    write_waiting(w, &j, &w->events, job_write_refusal);
    json_array_close(&j);
    json_object_close(&j);
    buf_add_char(&w->body, '\n');
    if (w->body.failed) {
        err_set(&err, ERR_INTERNAL, "the answer is too large");
        lasting_fail(w->lasting, &err);
        return;
    }
    lasting_begin(w->lasting, 200, "application/json");
    lasting_write(w->lasting, buf_str(&w->body));
    lasting_end(w->lasting);
}

static bool is_over(const struct waiting *w)
{
    return w->ended || (w->order->until_ms && clock_monotonic_ms() >= w->order->until_ms);
}

static int turn_ms(const struct waiting *w)
{
    int64_t left = w->order->until_ms - clock_monotonic_ms();

    return !w->order->until_ms || left > 1000 ? 1000 : left > 0 ? (int)left : 0;
}

static int wait_for_end(struct waiting *w, struct feed *feed, struct err *err)
{
    bool wanted = true;

    if (w->order->stream)
        lasting_begin(w->lasting, 200, "application/x-ndjson");
    while (wanted) {
        if (feed_run(feed, w->lasting, err) < 0)
            return -1;
        if (w->order->stream && w->changed && w->body.len > 0)
            send_line(w);
        if (is_over(w))
            break;
        wanted = lasting_turn(w->lasting, turn_ms(w));
    }
    if (!wanted)
        return 0;
    if (w->order->stream)
        lasting_end(w->lasting);
    else if (w->gone)
        send_gone(w);
    else if (w->body.len == 0)
        return err_set(err, ERR_UPSTREAM_UNREACHABLE, "eksgate: cluster \"%s\" did not say how the job stands",
                       w->order->cluster);
    else
        send_answer(w);
    return 0;
}

static void run(struct lasting *lasting, void *arg)
{
    struct waiting w = {.lasting = lasting, .order = arg};
    struct feed feed = {.path = w.order->job_path, .on_object = on_job, .on_listed = on_listed, .arg = &w};
    struct err err = {0};

    buf_init(&w.body, BODY_MAX);
    buf_init(&w.pods, KIB(2));
    buf_init(&w.events, KIB(2));
    feed_init(&feed);
    if (wait_for_end(&w, &feed, &err) < 0)
        lasting_fail(lasting, &err);
    feed_free(&feed);
    buf_free(&w.body);
    buf_free(&w.pods);
    buf_free(&w.events);
}

int job_wait(struct request *request, const struct job_name *name)
{
    struct order order = {.stream = str_equal(request_query(request, "stream"), STR("true"))};
    struct str wait = request_query(request, "wait");
    int64_t ms;

    job_name_list_path(name, order.job_path, sizeof(order.job_path));
    snprintf(order.name, sizeof(order.name), "%.*s", STR_FMT(name->name));
    snprintf(order.cluster, sizeof(order.cluster), "%.*s", STR_FMT(request->cluster->id));
    if (wait.ptr && duration_parse(wait, &ms) == 0)
        order.until_ms = clock_monotonic_ms() + ms;
    return lasting_take(request, run, &order, sizeof(order));
}
