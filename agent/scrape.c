#include "agent/scrape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/kubelets.h"
#include "base/backoff.h"
#include "base/log.h"

#define METRICS_API "/apis/metrics.k8s.io/v1beta1"
#define WITHIN_MS 10000 /* a whole sample of one cluster */
#define JITTER_MAX_MS 5000
#define RETRY_FIRST_MS 2000
#define SAMPLE_ARENA MIB(8)
#define BATCH_ARENA MIB(4)
#define BATCH_FULL MIB(2)
#define ARENA_PIECE KIB(16)

struct scrape *scrape_new(struct agent *agent, struct http_multi *multi, struct str id, long *all)
{
    struct scrape *scrape = calloc(1, sizeof(*scrape));

    if (!scrape)
        return NULL;
    scrape->agent = agent;
    scrape->multi = multi;
    scrape->all = all;
    snprintf(scrape->id, sizeof(scrape->id), "%.*s", STR_FMT(id));
    return scrape;
}

/* Whatever was on its way is not any more. */
static void reset(struct scrape *scrape)
{
    if (scrape->exchange)
        http_exchange_drop(scrape->exchange);
    scrape->exchange = NULL;
    if (scrape->kubelets)
        kubelets_free(scrape->kubelets);
    scrape->kubelets = NULL;
    opening_free(scrape->opening);
    scrape->opening = NULL;
    kube_items_free(&scrape->items);
    if (scrape->arena)
        arena_free(scrape->arena);
    if (scrape->batch)
        arena_free(scrape->batch);
    scrape->arena = scrape->batch = NULL;
    scrape->step = SCRAPE_WAITING;
}

static void count_containers(struct scrape *scrape, long more)
{
    scrape->containers += more;
    *scrape->all += more;
}

void scrape_free(struct scrape *scrape)
{
    reset(scrape);
    count_containers(scrape, -scrape->containers);
    free(scrape);
}

static int64_t wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* How long until the next step. Each cluster has its own place in it, so that not all are asked at the same moment. */
static int64_t until_next_step(const struct scrape *scrape)
{
    int64_t step_ms = scrape->agent->config->usage_step * 1000;
    int64_t spread_ms = step_ms / 8 < JITTER_MAX_MS ? step_ms / 8 : JITTER_MAX_MS;
    int64_t own_ms = (int64_t)(str_hash(str_from(scrape->id), 0) % (uint64_t)(spread_ms + 1));

    return scrape->at * 1000 + step_ms + own_ms - wall_ms();
}

static void wait_for(struct scrape *scrape, int64_t ms)
{
    reset(scrape);
    scrape->due_ms = clock_monotonic_ms() + (ms > 0 ? ms : 0);
}

static void note_state(struct scrape *scrape, const struct samples_state *state)
{
    enum samples_written written;
    struct err err;

    if (samples_state_write(scrape->agent->redis, scrape->agent->config, scrape->agent->holder, str_from(scrape->id),
                            state, &written, &err) == 0 &&
        written == SAMPLES_NOT_LEADER)
        scrape->agent->replaced = true;
}

void scrape_fail(struct scrape *scrape, const char *state, const struct err *err)
{
    const struct samples_state said = {
        .state = str_from(state), .message = str_from(err->message), .attempted_at = clock_now()};
    int64_t next_ms = until_next_step(scrape);
    int64_t again_ms = backoff_ms(++scrape->failures, RETRY_FIRST_MS, scrape->agent->config->usage_step * 1000);

    if (scrape->failures == 1)
        log_warning("the usage of a cluster can not be sampled; trying again", LOG_TEXT("cluster", scrape->id),
                    LOG_TEXT("state", state), LOG_TEXT("error", err->message), LOG_INT("status", scrape->status));
    note_state(scrape, &said);
    /* What is not there, or not allowed, will hardly come within the step. */
    if (strcmp(state, "unavailable") != 0 || again_ms > next_ms)
        again_ms = next_ms;
    wait_for(scrape, again_ms);
}

/* Nothing is the cluster's fault. */
static void fail_store(struct scrape *scrape, const struct err *err)
{
    log_warning("the usage of a cluster can not be stored; trying again", LOG_TEXT("cluster", scrape->id),
                LOG_TEXT("error", err->message));
    wait_for(scrape, backoff_between(RETRY_FIRST_MS / 2, RETRY_FIRST_MS));
}

static int stop(struct scrape *scrape, const char *why)
{
    snprintf(scrape->why, sizeof(scrape->why), "%.255s", why);
    return -1;
}

/* 0 when it was written; -1 when somebody else leads, or Redis is away. */
static int check_written(struct scrape *scrape, int rc, enum samples_written written, const struct err *err)
{
    if (rc == 0 && written == SAMPLES_WRITTEN)
        return 0;
    if (rc == 0 && written == SAMPLES_NOT_LEADER)
        scrape->agent->replaced = true;
    return stop(scrape, rc < 0 ? err->message : "the step was sampled already");
}

static struct samples_place place_of(const struct scrape *scrape)
{
    return (struct samples_place){str_from(scrape->id), scrape->at};
}

static int write_pods(struct scrape *scrape)
{
    const struct samples_place place = place_of(scrape);
    enum samples_written written = SAMPLES_WRITTEN;
    struct err err;
    int rc = samples_add_pods(scrape->agent->redis, scrape->agent->holder, &place, scrape->pods, scrape->pod_count,
                              &written, &err);

    scrape->pod_count = 0;
    arena_reset(scrape->batch);
    return check_written(scrape, rc, written, &err);
}

static int on_pod(void *arg, const char *namespace, const char *name, struct str containers, size_t count)
{
    struct scrape *scrape = arg;
    struct samples_cell *pod = &scrape->pods[scrape->pod_count];

    if (*scrape->all + (long)count > scrape->agent->config->usage_containers) {
        scrape->left_out += (long)count;
        return 0;
    }
    pod->name = str_from(arena_printf(scrape->batch, "%s/%s", namespace, name));
    pod->value = (struct str){arena_strndup(scrape->batch, containers.ptr, containers.len), containers.len};
    if (!pod->name.ptr || !pod->value.ptr)
        return stop(scrape, "there is no memory for a sample");
    count_containers(scrape, (long)count);
    scrape->pod_count++;
    return scrape->pod_count == SCRAPE_BATCH || arena_used(scrape->batch) > BATCH_FULL ? write_pods(scrape) : 0;
}

static int make_room(struct scrape *scrape)
{
    size_t room = scrape->node_room > 0 ? 2 * scrape->node_room : 64;
    struct samples_cell *nodes = arena_alloc(scrape->arena, room * sizeof(*nodes));

    if (!nodes)
        return -1;
    if (scrape->node_count > 0)
        memcpy(nodes, scrape->nodes, scrape->node_count * sizeof(*nodes));
    scrape->nodes = nodes;
    scrape->node_room = room;
    return 0;
}

static int on_node(void *arg, const char *name, const struct usage *usage)
{
    struct scrape *scrape = arg;
    struct samples_cell *node;

    if (scrape->node_count == SCRAPE_NODES_MAX)
        return stop(scrape, "the cluster has more nodes than are sampled");
    if (scrape->node_count == scrape->node_room && make_room(scrape) < 0)
        return stop(scrape, "there is no memory for a sample");
    node = &scrape->nodes[scrape->node_count];
    node->name = str_from(arena_strdup(scrape->arena, name));
    node->value = str_from(arena_printf(scrape->arena, "1 %lld %lld", (long long)usage->cpu, (long long)usage->memory));
    if (!node->name.ptr || !node->value.ptr)
        return stop(scrape, "there is no memory for a sample");
    scrape->node_count++;
    return 0;
}

struct usage_sink scrape_sink(struct scrape *scrape)
{
    return (struct usage_sink){.on_node = on_node, .on_pod = on_pod, .arg = scrape};
}

static void note_sample(struct scrape *scrape, const char *source)
{
    struct samples_state state = {.state = STR("sampled"),
                                  .source = str_from(source),
                                  .message = str_from(scrape->why),
                                  .attempted_at = clock_now(),
                                  .sampled_at = scrape->at,
                                  .nodes = (int64_t)scrape->node_count,
                                  .containers = scrape->containers,
                                  .left_out = scrape->left_out};

    if (scrape->left_out > 0 && state.message.len == 0)
        state.message = STR("there are more containers than EKSGATE_USAGE_CONTAINERS allows: some are left out");
    note_state(scrape, &state);
    if (scrape->failures > 0)
        log_info("the usage of a cluster is sampled again", LOG_TEXT("cluster", scrape->id),
                 LOG_TEXT("source", source));
}

void scrape_end(struct scrape *scrape, const char *source)
{
    const struct samples_place place = place_of(scrape);
    enum samples_written written = SAMPLES_WRITTEN;
    struct err err;

    if (scrape->node_count == 0 && scrape->containers == 0 && scrape->left_out == 0) {
        err_set(&err, ERR_UPSTREAM_BROKEN, "the metrics API is there, but knows of no usage yet");
        scrape_fail(scrape, "unavailable", &err);
        return;
    }
    if (write_pods(scrape) < 0 ||
        check_written(scrape,
                      samples_end(scrape->agent->redis, scrape->agent->config, scrape->agent->holder, &place,
                                  scrape->nodes, scrape->node_count, &written, &err),
                      written, &err) < 0) {
        err_set(&err, ERR_STORE_UNAVAILABLE, "%s", scrape->why);
        fail_store(scrape, &err);
        return;
    }
    note_sample(scrape, source);
    scrape->failures = 0;
    wait_for(scrape, until_next_step(scrape));
}

static void on_done(void *arg, const struct http_reply *reply);

static int on_head(void *arg, const struct http_head *head)
{
    struct scrape *scrape = arg;

    scrape->status = head->status;
    if (head->status != 200)
        return -1;
    memory_mark_up(scrape->agent->memory, str_from(scrape->id));
    scrape->was_refused = scrape->was_untrusted = false;
    return 0;
}

static int on_body(void *arg, const char *data, size_t len)
{
    struct scrape *scrape = arg;

    return kube_items_feed(&scrape->items, data, len);
}

static int on_item(void *arg, struct str item)
{
    struct scrape *scrape = arg;
    const struct usage_sink sink = scrape_sink(scrape);
    const char *why;
    cJSON *object = json_tree(item, LIMIT_JSON_DEPTH, &why);
    int rc = 0;

    if (object)
        rc = scrape->step == SCRAPE_NODES ? usage_read_node(object, &sink) : usage_read_pod(object, &sink);
    cJSON_Delete(object);
    return rc;
}

static void start_call(struct scrape *scrape, enum scrape_step step, const char *path)
{
    struct arena *arena = scrape->opening->arena;
    int64_t left_ms = scrape->deadline_ms - clock_monotonic_ms();
    const struct kube_request request = {.method = "GET",
                                         .path = str_from(path),
                                         .headers = kube_own_headers(arena, KUBE_ACCEPT_JSON, "eksgate-agent"),
                                         .timeout_ms = left_ms > 1 ? left_ms : 1};
    struct http_call call;
    struct err err;

    scrape->step = step;
    scrape->status = 0;
    scrape->why[0] = '\0';
    scrape->items = (struct kube_items){.array = "items", .on_item = on_item, .arg = scrape};
    scrape->sink = (struct http_sink){.on_head = on_head, .on_body = on_body, .arg = scrape};
    kube_items_init(&scrape->items);
    err_set(&err, ERR_INTERNAL, "there is no memory for the request");
    if (request.headers && kube_prepare_call(arena, &scrape->opening->target, &request, &call, &err) == 0) {
        call.sink = &scrape->sink;
        scrape->exchange = http_multi_start(scrape->multi, &call, on_done, scrape);
    }
    if (!scrape->exchange)
        scrape_fail(scrape, "unavailable", &err);
}

static void ask_kubelets(struct scrape *scrape)
{
    struct err err;

    scrape->step = SCRAPE_KUBELETS;
    scrape->kubelets = kubelets_start(scrape);
    if (scrape->kubelets)
        return;
    err_set(&err, ERR_INTERNAL, "there is no memory for the kubelets");
    scrape_fail(scrape, "unavailable", &err);
}

static void explain(const struct scrape *scrape, const struct http_reply *reply, struct err *err)
{
    const struct kube_target target = {.cluster_id = scrape->id, .endpoint = scrape->opening->target.endpoint};

    if (scrape->status != 0 && scrape->status != 200)
        err_set(err, ERR_UPSTREAM_BROKEN, "the metrics API is there, and answered %d", scrape->status);
    else if (*scrape->why)
        err_set(err, ERR_UPSTREAM_BROKEN, "%s", scrape->why);
    else if (scrape->items.fault)
        err_set(err, ERR_UPSTREAM_BROKEN, "the answer of the metrics API can not be read: %s", scrape->items.fault);
    else
        kube_transport_error(&target, reply, err);
}

static void fail_call(struct scrape *scrape, const struct http_reply *reply)
{
    struct worker worker = {.memory = scrape->agent->memory};
    const struct cluster cluster = {.id = str_from(scrape->id)};
    struct err err;

    explain(scrape, reply, &err);
    scrape->was_refused = scrape->status == 401;
    scrape->was_untrusted = reply->result == HTTP_TLS;
    if (scrape->status == 0 && !*scrape->why)
        cluster_note_failure(&worker, &cluster, &err);
    scrape_fail(scrape, "unavailable", &err);
}

static void list_ends(struct scrape *scrape)
{
    bool of_nodes = scrape->step == SCRAPE_NODES;
    struct err err;

    if (scrape->status == 403 && !of_nodes && scrape->is_forbidden) {
        err_set(&err, ERR_FORBIDDEN, "the identity may list neither nodes nor pods of metrics.k8s.io");
        scrape_fail(scrape, "forbidden", &err);
    } else if (of_nodes) {
        scrape->is_forbidden = scrape->status == 403;
        kube_items_free(&scrape->items);
        start_call(scrape, SCRAPE_PODS, METRICS_API "/pods");
    } else {
        if (scrape->is_forbidden || scrape->status == 403)
            stop(scrape, scrape->is_forbidden ? "the identity may not list nodes of metrics.k8s.io"
                                              : "the identity may not list pods of metrics.k8s.io");
        scrape_end(scrape, "metrics-server");
    }
}

static void on_done(void *arg, const struct http_reply *reply)
{
    struct scrape *scrape = arg;
    cJSON *envelope = NULL;

    scrape->exchange = NULL;
    if (reply->result == HTTP_OK && scrape->status == 200)
        envelope = kube_items_finish(&scrape->items);
    if (envelope || scrape->status == 403)
        list_ends(scrape);
    else if (scrape->status == 404 && scrape->step == SCRAPE_NODES)
        ask_kubelets(scrape);
    else
        fail_call(scrape, reply);
    cJSON_Delete(envelope);
}

static void on_open(void *arg, struct opening *opening)
{
    struct scrape *scrape = arg;

    scrape->step = SCRAPE_NODES;
    scrape->status = 0;
    if (opening->rc < 0)
        scrape_fail(scrape, "unavailable", &opening->err);
    else
        start_call(scrape, SCRAPE_NODES, METRICS_API "/nodes");
}

static int set_up(struct scrape *scrape, struct err *err)
{
    scrape->arena = arena_new_of(SAMPLE_ARENA, ARENA_PIECE);
    scrape->batch = arena_new_of(BATCH_ARENA, ARENA_PIECE);
    scrape->nodes = NULL;
    scrape->node_count = scrape->node_room = scrape->pod_count = 0;
    scrape->left_out = 0;
    count_containers(scrape, -scrape->containers);
    scrape->is_forbidden = false;
    scrape->why[0] = '\0';
    if (scrape->arena && scrape->batch)
        scrape->opening = openers_order(scrape->agent->openers, str_from(scrape->id), scrape->was_refused,
                                        scrape->was_untrusted, on_open, scrape);
    if (!scrape->opening)
        return err_set(err, ERR_INTERNAL, "there is no memory for a sample");
    scrape->step = SCRAPE_OPENING;
    return 0;
}

static void begin(struct scrape *scrape, int64_t now_ms)
{
    struct samples_place place;
    enum samples_written written = SAMPLES_WRITTEN;
    struct err err;

    scrape->status = 0;
    scrape->at = samples_step_of(scrape->agent->config, clock_now());
    scrape->deadline_ms = now_ms + WITHIN_MS;
    place = place_of(scrape);
    if (samples_begin(scrape->agent->redis, scrape->agent->holder, &place, &written, &err) < 0) {
        fail_store(scrape, &err);
    } else if (written != SAMPLES_WRITTEN) {
        scrape->agent->replaced = scrape->agent->replaced || written == SAMPLES_NOT_LEADER;
        wait_for(scrape, until_next_step(scrape));
    } else if (set_up(scrape, &err) < 0) {
        scrape_fail(scrape, "unavailable", &err);
    }
}

int64_t scrape_run(struct scrape *scrape, int64_t now_ms)
{
    struct err err;

    if (scrape->step == SCRAPE_WAITING && now_ms >= scrape->due_ms)
        begin(scrape, now_ms);
    if (scrape->step == SCRAPE_OPENING && now_ms >= scrape->deadline_ms) {
        err_set(&err, ERR_UPSTREAM_TIMEOUT, "the cluster could not be opened in time");
        scrape_fail(scrape, "unavailable", &err);
    }
    if (scrape->step == SCRAPE_WAITING)
        return scrape->due_ms;
    return scrape->step == SCRAPE_OPENING ? scrape->deadline_ms : INT64_MAX;
}
