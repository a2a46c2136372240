/*
 * The task that tells receivers what is queued for them. A delivery is tried until its receiver answers with 2xx, later
 * each time, and is dead after the last attempt.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/outcomes.h"
#include "agent/sign.h"
#include "agent/task.h"
#include "base/backoff.h"
#include "base/log.h"
#include "base/metrics.h"
#include "http/multi.h"
#include "http/target.h"

#define AT_ONCE 16
#define AT_ONCE_EACH 4 /* to one webhook: a slow receiver leaves room for the others */
#define LOOK_MS 500
#define CONNECT_TIMEOUT_MS 5000
#define TIMEOUT_MS 10000
#define CLAIM_MS 15000 /* after that somebody else may try: longer than an attempt lasts */
#define RETRY_FIRST_MS 1000
#define RETRY_MAX_MS (3600L * 1000)
#define ANSWER_MAX KIB(64) /* is read, and dropped */
#define ATTEMPT_CHUNK KIB(4)

struct attempt {
    struct webhooks *task;
    struct arena *arena; /* all texts of the claim, and of the call */
    struct delivery_claim claim;
    struct http_exchange *exchange;
    struct http_sink sink;
    size_t answered; /* bytes of the body */
    long status;
};

struct webhooks {
    struct agent *agent;
    struct http_multi *multi; /* of its own: a connection that was opened to a cluster must not serve a receiver */
    struct attempt *attempts[AT_ONCE];
    int64_t look_ms;
    bool draining;
};

static void *webhooks_start(struct agent *agent)
{
    struct webhooks *task = calloc(1, sizeof(*task));

    if (!task)
        return NULL;
    task->agent = agent;
    task->multi = http_multi_new(agent->loop);
    if (task->multi)
        return task;
    free(task);
    return NULL;
}

static void attempt_free(struct attempt *attempt)
{
    struct webhooks *task = attempt->task;

    if (attempt->exchange)
        http_exchange_drop(attempt->exchange);
    for (size_t i = 0; i < AT_ONCE; i++)
        if (task->attempts[i] == attempt)
            task->attempts[i] = NULL;
    arena_free(attempt->arena);
    free(attempt);
}

/* Ends an attempt; error: NULL when it was delivered. */
static void settle(struct attempt *attempt, const char *error)
{
    const struct agent *agent = attempt->task->agent;
    const struct delivery_claim *claim = &attempt->claim;
    int64_t now_ms = clock_now() * 1000;
    bool is_last = claim->attempts + 1 >= agent->config->webhook_attempts;
    const struct delivery_outcome outcome = {
        .id = claim->id,
        .attempts = claim->attempts,
        .delivered = !error,
        .dead = error && is_last,
        .response_status = attempt->status,
        .error = error ? error : "",
        .now_ms = now_ms,
        .next_at_ms = now_ms + backoff_ms((unsigned)claim->attempts + 1, 2L * RETRY_FIRST_MS, RETRY_MAX_MS),
    };

    outcomes_add(agent->outcomes, &outcome);
    metrics_add(&metrics->deliveries[!error ? METRICS_DELIVERED : is_last ? METRICS_DEAD : METRICS_FAILED], 1);
    if (!error)
        log_info("delivered", LOG_STR("webhook", claim->webhook), LOG_STR("delivery", claim->id),
                 LOG_STR("event", claim->event), LOG_INT("attempts", claim->attempts + 1));
    else
        log_warning(is_last ? "not delivered, for the last time" : "not delivered", LOG_STR("webhook", claim->webhook),
                    LOG_STR("delivery", claim->id), LOG_STR("event", claim->event),
                    LOG_INT("attempts", claim->attempts + 1), LOG_INT("status", attempt->status),
                    LOG_TEXT("error", error));
    attempt_free(attempt);
}

static int on_head(void *arg, const struct http_head *head)
{
    ((struct attempt *)arg)->status = head->status;
    return 0;
}

/* What it says beyond its status is of no interest; who says too much is not listened to for longer. */
static int on_body(void *arg, const char *data, size_t len)
{
    struct attempt *attempt = arg;

    (void)data;
    attempt->answered += len;
    return attempt->answered > ANSWER_MAX ? -1 : 0;
}

static void on_done(void *arg, const struct http_reply *reply)
{
    struct attempt *attempt = arg;
    char why[OUTCOME_ERROR_MAX];

    attempt->exchange = NULL;
    if (attempt->status >= 200 && attempt->status < 300) {
        settle(attempt, NULL);
        return;
    }
    if (attempt->status >= 300 && attempt->status < 400)
        snprintf(why, sizeof(why), "the receiver answered %ld: redirects are not followed", attempt->status);
    else if (attempt->status > 0)
        snprintf(why, sizeof(why), "the receiver answered %ld", attempt->status);
    else if (reply->result == HTTP_FORBIDDEN)
        snprintf(why, sizeof(why),
                 "the receiver's name has a loopback, link-local or private address: "
                 "EKSGATE_ALLOW_WEBHOOKS does not name it");
    else
        snprintf(why, sizeof(why), "%s", reply->detail);
    settle(attempt, why);
}

static struct str copy(struct arena *arena, struct str text)
{
    return (struct str){arena_strndup(arena, text.ptr ? text.ptr : "", text.len), text.len};
}

static bool claim_copy(struct arena *arena, struct delivery_claim *claim)
{
    struct str *const texts[] = {&claim->id, &claim->webhook, &claim->event, &claim->body, &claim->url, &claim->sealed};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = copy(arena, *texts[i]);
        if (!texts[i]->ptr)
            return false;
    }
    return true;
}

/* What stands in Redis is no longer there when the batch is gone. */
static struct attempt *attempt_new(struct webhooks *task, const struct delivery_claim *claim)
{
    struct attempt *attempt = calloc(1, sizeof(*attempt));

    if (!attempt)
        return NULL;
    attempt->task = task;
    attempt->claim = *claim;
    attempt->arena = arena_new_of(LIMIT_REQUEST_ARENA, ATTEMPT_CHUNK);
    if (attempt->arena && claim_copy(attempt->arena, &attempt->claim))
        return attempt;
    if (attempt->arena)
        arena_free(attempt->arena);
    free(attempt);
    return NULL;
}

/* The header lines. NULL with why. */
static const char *const *make_headers(struct attempt *attempt, const char **why)
{
    const struct delivery_claim *claim = &attempt->claim;
    const char **lines = arena_alloc(attempt->arena, 8 * sizeof(*lines));
    char additional[WEBHOOK_ID_LEN + 16];
    char timestamp[24];
    char signature[SIGNATURE_SIZE];
    struct buf secret;
    int rc;

    *why = "there is no memory for the delivery";
    snprintf(additional, sizeof(additional), "webhook:%.*s", STR_FMT(claim->webhook));
    snprintf(timestamp, sizeof(timestamp), "%lld", (long long)clock_now());
    buf_init(&secret, KIB(1));
    rc = seal_open(attempt->task->agent->seal, str_from(additional), claim->sealed, &secret);
    if (rc < 0)
        *why = "the webhook's secret can not be opened, it was sealed with another key: register it again";
    else
        rc = delivery_sign(buf_str(&secret), str_from(timestamp), claim->body, signature);
    buf_wipe(&secret);
    if (rc < 0 || !lines)
        return NULL;
    lines[0] = "Content-Type: application/json";
    lines[1] = "User-Agent: eksgate/" EKSGATE_VERSION;
    lines[2] = "Connection: close"; /* one that is kept may be dead when it is needed */
    lines[3] = arena_printf(attempt->arena, "X-Eksgate-Event: %.*s", STR_FMT(claim->event));
    lines[4] = arena_printf(attempt->arena, "X-Eksgate-Delivery: %.*s", STR_FMT(claim->id));
    lines[5] = arena_printf(attempt->arena, "X-Eksgate-Timestamp: %s", timestamp);
    lines[6] = arena_printf(attempt->arena, "X-Eksgate-Signature: sha256=%s", signature);
    return lines[3] && lines[4] && lines[5] && lines[6] ? lines : NULL;
}

/* The target is checked each time: what the operator allows may have changed, as may what its name stands for. */
static void start_attempt(struct attempt *attempt)
{
    const struct agent *agent = attempt->task->agent;
    struct target target;
    const char *why = target_check(attempt->claim.url, agent->config->allow_webhooks, &target);
    const char *const *headers = why ? NULL : make_headers(attempt, &why);
    const struct http_call call = {
        .method = "POST",
        .url = attempt->claim.url.ptr,
        .headers = headers,
        .body = attempt->claim.body,
        .has_body = true,
        .ca_pem = target.is_named ? agent->webhook_ca : STR(""),
        .reach = target.reach,
        .plain_allowed = !target.is_secure,
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
        .timeout_ms = TIMEOUT_MS,
        .sink = &attempt->sink,
    };

    if (!headers) {
        settle(attempt, why);
        return;
    }
    attempt->sink = (struct http_sink){.on_head = on_head, .on_body = on_body, .arg = attempt};
    attempt->exchange = http_multi_start(attempt->task->multi, &call, on_done, attempt);
    if (!attempt->exchange)
        settle(attempt, "there is no memory for the delivery");
}

static size_t count_of(const struct webhooks *task, struct str webhook)
{
    size_t count = 0;

    for (size_t i = 0; i < AT_ONCE; i++)
        if (task->attempts[i] && str_equal(task->attempts[i]->claim.webhook, webhook))
            count++;
    return count;
}

static size_t find_room(struct webhooks *task)
{
    size_t i = 0;

    while (i < AT_ONCE && task->attempts[i])
        i++;
    return i;
}

/* Those that have as many attempts as one may have, each named once. */
static size_t find_busy(const struct webhooks *task, struct str *busy)
{
    size_t count = 0;

    for (size_t i = 0; i < AT_ONCE; i++) {
        bool known = false;

        if (!task->attempts[i] || count_of(task, task->attempts[i]->claim.webhook) < AT_ONCE_EACH)
            continue;
        for (size_t k = 0; k < count; k++)
            known = known || str_equal(busy[k], task->attempts[i]->claim.webhook);
        if (!known)
            busy[count++] = task->attempts[i]->claim.webhook;
    }
    return count;
}

static void begin(struct webhooks *task, const struct delivery_claim *claim)
{
    size_t room = find_room(task);
    struct attempt *attempt = room < AT_ONCE ? attempt_new(task, claim) : NULL;

    /* It is due again when the claim ends. */
    if (!attempt)
        return;
    task->attempts[room] = attempt;
    start_attempt(attempt);
}

/* True when there may be more that is due. */
static bool claim_due(struct webhooks *task)
{
    struct agent *agent = task->agent;
    int64_t now_ms = clock_now() * 1000;
    struct str busy[AT_ONCE];
    size_t busy_count = find_busy(task, busy);
    size_t free_count = 0;
    struct delivery_batch batch;
    struct err err;
    size_t count;

    for (size_t i = 0; i < AT_ONCE; i++)
        free_count += !task->attempts[i];
    /* So few at a time that one webhook can not take more than its part. */
    if (free_count > AT_ONCE_EACH)
        free_count = AT_ONCE_EACH;
    if (free_count == 0 || deliveries_claim(agent->redis, agent->arena, agent->holder, now_ms, now_ms + CLAIM_MS,
                                            free_count, busy, busy_count, &batch, &err) < 0)
        return false;
    count = batch.count;
    for (size_t i = 0; i < batch.count; i++)
        begin(task, &batch.claims[i]);
    delivery_batch_free(&batch);
    return count > 0;
}

static int64_t webhooks_run(void *arg, int64_t now_ms)
{
    struct webhooks *task = arg;
    struct agent *agent = task->agent;

    http_multi_run(task->multi);
    /* What is done but not stored yet must not be done again. */
    outcomes_flush(agent->outcomes, agent->redis, now_ms);
    if (!task->draining && agent->outcomes->count == 0 && (now_ms >= task->look_ms || agent->has_deliveries)) {
        agent->has_deliveries = claim_due(task);
        task->look_ms = now_ms + (agent->has_deliveries ? 0 : LOOK_MS);
    }
    if (task->look_ms < now_ms)
        task->look_ms = now_ms + LOOK_MS;
    return now_ms + http_multi_wait_ms(task->multi, (int)(task->look_ms - now_ms));
}

static bool webhooks_drain(void *arg)
{
    struct webhooks *task = arg;

    task->draining = true;
    for (size_t i = 0; i < AT_ONCE; i++)
        if (task->attempts[i])
            return false;
    return task->agent->outcomes->count == 0;
}

/* What is on its way and cut off here is due again when its claim ends. */
static void webhooks_stop(void *arg)
{
    struct webhooks *task = arg;

    for (size_t i = 0; i < AT_ONCE; i++)
        if (task->attempts[i])
            attempt_free(task->attempts[i]);
    http_multi_free(task->multi);
    free(task);
}

const struct task_kind task_webhooks = {
    .name = "webhooks", .start = webhooks_start, .run = webhooks_run, .drain = webhooks_drain, .stop = webhooks_stop};
