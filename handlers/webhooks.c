/*
 * Webhooks: registered, shown, deleted; what is told to them is queued here for tests only, and delivered by the agent.
 */
#include "handlers/webhooks.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "access/issue.h"
#include "base/encode.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"
#include "http/target.h"
#include "kube/name.h"
#include "redis/webhooks.h"

#define SECRET_MIN 16
#define SECRET_MAX 256
#define SECRET_BYTES 32
#define FILTERS_MAX 64

static const char *const events[] = {"job.pending",       "job.running",         "job.succeeded",
                                     "job.failed",        "job.suspended",       "job.deleted",
                                     "provision.planned", "provision.completed", "provision.failed",
                                     "provision.blocked", "provision.cancelled", "provision.destroyed"};

static const char *check_event(struct str event)
{
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
        if (str_equal(event, str_from(events[i])))
            return NULL;
    return "must be job.pending, job.running, job.succeeded, job.failed, job.suspended or job.deleted, or "
           "provision.planned, completed, failed, blocked, cancelled or destroyed";
}

/* It becomes the key of an HMAC, and is typed into programs of others. */
static const char *check_secret(struct str secret)
{
    for (size_t i = 0; i < secret.len; i++)
        if (secret.ptr[i] <= ' ' || secret.ptr[i] > '~')
            return "must hold printable ASCII characters only, and no blanks";
    return NULL;
}

/* clang-format off */
const struct field webhook_fields[] = {
    {.name = "url", .type = FIELD_TEXT, .required = true, .min = 9, .max = TARGET_URL_MAX, .help = "where to: https, on the Internet; others only as EKSGATE_ALLOW_WEBHOOKS says", .example = "https://hooks.example.com/eksgate"},
    {.name = "events", .type = FIELD_TEXT_LIST, .min = 1, .max = 12, .pattern = "^(job[.](pending|running|succeeded|failed|suspended|deleted)|provision[.](planned|completed|failed|blocked|cancelled|destroyed))$", .check = check_event, .help = "job.pending, job.running, job.succeeded, job.failed, job.suspended, job.deleted, provision.planned, provision.completed, provision.failed, provision.blocked, provision.cancelled, provision.destroyed; all when not given", .example = "[\"job.succeeded\",\"job.failed\"]"},
    {.name = "clusters", .type = FIELD_TEXT_LIST, .min = 1, .max = FILTERS_MAX, .pattern = "^[^\\x00-\\x1f\\x7f]+$", .check = key_check_connection, .help = "ids of the connections it is for; all when not given", .example = "[\"us-east-1_demo\"]"},
    {.name = "namespaces", .type = FIELD_TEXT_LIST, .min = 1, .max = FILTERS_MAX, .check = name_check_label, .help = "of the jobs; all when not given", .example = "[\"default\"]"},
    {.name = "secret", .type = FIELD_TEXT, .min = SECRET_MIN, .max = SECRET_MAX, .pattern = "^[!-~]*$", .check = check_secret, .help = "what deliveries are signed with; one is made when not given"},
    {.name = "enabled", .type = FIELD_BOOLEAN, .help = "false: nothing is queued for it", .example = "true"},
    {.name = NULL},
};

const struct field deliveries_fields[] = {
    {.name = "state", .type = FIELD_CHOICE, .choices = "pending|delivered|dead", .help = "only those", .example = "dead"},
    {.name = NULL},
};

#define WEBHOOK_MEMBERS \
    {.name = "id", .example = "5c3f0a815c3f0a81"}, \
    {.name = "url", .example = "https://hooks.example.com/eksgate"}, \
    {.name = "clusters", .type = FIELD_TEXT_LIST, .nullable = true, .help = "null: all", .example = "[\"us-east-1_demo\"]"}, \
    {.name = "namespaces", .type = FIELD_TEXT_LIST, .nullable = true, .help = "null: all", .example = "null"}, \
    {.name = "events", .type = FIELD_TEXT_LIST, .nullable = true, .help = "null: all", .example = "[\"job.succeeded\",\"job.failed\"]"}, \
    {.name = "enabled", .type = FIELD_BOOLEAN, .example = "true"}, \
    {.name = "created_at", .format = "date-time", .example = "2026-11-21T08:00:00Z"}, \
    {.name = "created_by", .example = "anna"}, \
    {.name = "dropped", .type = FIELD_INTEGER, .help = "deliveries that were not queued because too many were pending", .example = "0"}

static const struct field webhook_shape[] = {
    WEBHOOK_MEMBERS,
    {.name = NULL},
};

static const struct field made_shape[] = {
    WEBHOOK_MEMBERS,
    {.name = "secret", .help = "what deliveries are signed with: the only time that it is shown", .example = "3f0a815c..."},
    {.name = NULL},
};

static const struct field webhooks_shape[] = {
    {.name = "items", .type = FIELD_OBJECT_LIST, .children = webhook_shape},
    {.name = NULL},
};

static const struct field deleted_shape[] = {
    {.name = "id", .example = "5c3f0a815c3f0a81"},
    {.name = "message", .example = "deleted, with what was still to be delivered"},
    {.name = NULL},
};

static const struct field delivery_shape[] = {
    {.name = "id", .help = "in the header X-Eksgate-Delivery, the same in each attempt", .example = "5c3f0a815c3f0a815c3f0a815c3f0a81"},
    {.name = "event", .example = "job.failed"},
    {.name = "state", .type = FIELD_CHOICE, .choices = "pending|delivered|dead", .example = "dead"},
    {.name = "cluster", .nullable = true, .help = "null of a test, as the next two", .example = "us-east-1_demo"},
    {.name = "namespace", .nullable = true, .example = "default"},
    {.name = "job_name", .nullable = true, .example = "nightly"},
    {.name = "attempts", .type = FIELD_INTEGER, .example = "14"},
    {.name = "created_at", .format = "date-time", .example = "2026-11-21T08:00:00Z"},
    {.name = "last_attempt_at", .format = "date-time", .nullable = true, .example = "2026-11-21T10:30:00Z"},
    {.name = "next_attempt_at", .format = "date-time", .nullable = true, .help = "of a pending one", .example = "null"},
    {.name = "delivered_at", .format = "date-time", .nullable = true, .example = "null"},
    {.name = "last_status", .type = FIELD_INTEGER, .nullable = true, .help = "HTTP status of the last answer", .example = "500"},
    {.name = "last_error", .nullable = true, .example = "the receiver answered 500"},
    {.name = NULL},
};

static const struct field deliveries_shape[] = {
    {.name = "items", .type = FIELD_OBJECT_LIST, .children = delivery_shape},
    {.name = NULL},
};

static const struct link webhook_links[] = {
    {"webhook", METHOD_GET, "/api/webhooks/:id", "id=id"},
    {"deliveries", METHOD_GET, "/api/webhooks/:id/deliveries", "id=id"},
    {"test", METHOD_POST, "/api/webhooks/:id/test", "id=id"},
    {"delete", METHOD_DELETE, "/api/webhooks/:id", "id=id"},
    {NULL},
};

const struct answer webhooks_answers[] = {{200, "all webhooks, none of their secrets", webhooks_shape}, {0}};
const struct answer webhook_made_answers[] = {{201, "the webhook, made", made_shape, .links = webhook_links}, {409, "there are too many already"}, {0}};
const struct answer webhook_answers[] = {{200, "the webhook", webhook_shape}, {0}};
const struct answer webhook_deleted_answers[] = {{200, "it is gone", deleted_shape}, {0}};
const struct answer deliveries_answers[] = {{200, "the newest first", deliveries_shape}, {0}};
const struct answer retry_answers[] = {{202, "it is pending again", delivery_shape}, {409, "it is not dead"}, {0}};
const struct answer test_answers[] = {{202, "a delivery with the event webhook.test is queued", delivery_shape}, {409, "the webhook is disabled"}, {0}};
/* clang-format on */

static int make_id(char *out, size_t len)
{
    unsigned char random[SECRET_BYTES];

    if (getrandom(random, len / 2, 0) != (ssize_t)(len / 2))
        return -1;
    encode_hex(random, len / 2, out);
    OPENSSL_cleanse(random, sizeof(random));
    return 0;
}

static void write_webhook(struct json *j, const struct webhook *w)
{
    json_text(j, "id", w->id);
    json_text(j, "url", w->url);
    json_value(j, "clusters", w->clusters);
    json_value(j, "namespaces", w->namespaces);
    json_value(j, "events", w->events);
    json_bool(j, "enabled", w->enabled);
    json_time(j, "created_at", w->created_at);
    json_text(j, "created_by", w->created_by);
    json_int(j, "dropped", w->dropped);
}

static void write_known(struct json *j, const char *name, struct str text)
{
    if (text.len > 0)
        json_str(j, name, text);
    else
        json_null(j, name);
}

static void write_delivery(struct json *j, const struct delivery *d)
{
    bool is_delivered = str_equal(d->status, STR("delivered"));

    json_str(j, "id", d->id);
    json_str(j, "event", d->event);
    json_str(j, "state", d->status);
    write_known(j, "cluster", d->cluster);
    write_known(j, "namespace", d->namespace);
    write_known(j, "job_name", d->job_name);
    json_int(j, "attempts", d->attempts);
    json_time(j, "created_at", d->created_at / 1000);
    json_time(j, "last_attempt_at", d->attempted_at / 1000);
    json_time(j, "next_attempt_at", str_equal(d->status, STR("pending")) ? d->next_at / 1000 : 0);
    json_time(j, "delivered_at", is_delivered ? d->attempted_at / 1000 : 0);
    if (d->response_status > 0)
        json_int(j, "last_status", d->response_status);
    else
        json_null(j, "last_status");
    write_known(j, "last_error", d->error);
}

/* The webhook that the path names. 0, or -1 with request->err. */
static int find_webhook(struct request *request, struct webhook *out)
{
    struct str id = request_segment(request, "id");
    int rc;

    if (!id.ptr)
        return -1;
    rc = webhook_read(request->worker->redis, request->arena, id, out, &request->err);
    if (rc == REDIS_MISSING)
        return err_set(&request->err, ERR_NOT_FOUND, "there is no webhook with that id");
    return rc < 0 ? -1 : 0;
}

static void write_listed_webhook(struct json *j, struct request *request, const void *webhook)
{
    (void)request;
    write_webhook(j, webhook);
}

int webhooks_show_all(struct request *request)
{
    struct webhook *webhooks;
    size_t count;

    if (webhooks_list(request->worker->redis, request->arena, &webhooks, &count, &request->err) < 0)
        return -1;
    return response_list(request, "items", webhooks, count, sizeof(*webhooks), write_listed_webhook);
}

int webhooks_show(struct request *request)
{
    struct webhook *webhooks;
    struct webhook wanted;
    size_t count;
    struct buf body;
    struct json j;

    if (find_webhook(request, &wanted) < 0 ||
        webhooks_list(request->worker->redis, request->arena, &webhooks, &count, &request->err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (strcmp(webhooks[i].id, wanted.id) == 0)
            wanted.dropped = webhooks[i].dropped;
    buf_init(&body, KIB(64));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    write_webhook(&j, &wanted);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

/* The events when none are named: all. */
static const cJSON *all_events(struct request *request)
{
    struct buf text;
    struct json j;
    const char *why;
    const cJSON *list;

    buf_init(&text, KIB(1));
    json_init(&j, &text);
    json_array_open(&j, NULL);
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
        json_text(&j, NULL, events[i]);
    json_array_close(&j);
    list = json_parse(request->arena, buf_str(&text), 2, &why);
    buf_free(&text);
    return list;
}

static int check_url(struct request *request, const char *url)
{
    struct target target;
    const char *why = target_check(str_from(url), request->worker->config->allow_webhooks, &target);

    return why ? err_field(&request->err, "url", CAUSE_INVALID, "%s", why) : 0;
}

static int read_webhook(struct request *request, char id[WEBHOOK_ID_LEN + 1], struct webhook *out)
{
    const cJSON *named = json_find(request->json, "events");

    if (make_id(id, WEBHOOK_ID_LEN) < 0)
        return err_set(&request->err, ERR_INTERNAL, "there is no randomness");
    *out = (struct webhook){
        .id = id,
        .url = json_find_text(request->json, "url"),
        .clusters = json_find(request->json, "clusters"),
        .namespaces = json_find(request->json, "namespaces"),
        .events = named ? named : all_events(request),
        .enabled = !cJSON_IsFalse(json_find(request->json, "enabled")),
        .created_at = clock_now(),
        .created_by = request->caller.name,
    };
    if (!out->events)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the webhook");
    return check_url(request, out->url);
}

/* Sealed for this webhook, so that it can not be moved to another. */
static int store(struct request *request, const struct webhook *webhook, struct str secret)
{
    char additional[WEBHOOK_ID_LEN + 16];
    struct buf sealed;
    int rc;

    snprintf(additional, sizeof(additional), "webhook:%s", webhook->id);
    buf_init(&sealed, KIB(1));
    if (seal_text(request->worker->seal, str_from(additional), secret, &sealed) < 0)
        rc = err_set(&request->err, ERR_INTERNAL, "the secret could not be sealed");
    else
        rc = webhook_write(request->worker->redis, webhook, buf_str(&sealed), &request->err);
    buf_free(&sealed);
    return rc;
}

/* The one answer that holds a secret. */
static int answer_made(struct request *request, const struct webhook *webhook, struct str secret)
{
    struct buf body;
    struct json j;

    buf_init(&body, KIB(64));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    write_webhook(&j, webhook);
    json_str(&j, "secret", secret);
    json_object_close(&j);
    return response_json(request, 201, &body);
}

int webhooks_create(struct request *request)
{
    const char *given = json_find_text(request->json, "secret");
    char made[2 * SECRET_BYTES + 1];
    char id[WEBHOOK_ID_LEN + 1];
    struct webhook webhook;
    int rc = -1;

    if (make_id(made, sizeof(made) - 1) < 0)
        err_set(&request->err, ERR_INTERNAL, "there is no randomness");
    else if (read_webhook(request, id, &webhook) == 0 && store(request, &webhook, str_from(given ? given : made)) == 0)
        rc = answer_made(request, &webhook, str_from(given ? given : made));
    OPENSSL_cleanse(made, sizeof(made));
    return rc;
}

int webhooks_delete(struct request *request)
{
    struct str id = request_segment(request, "id");
    struct buf body;
    struct json j;
    int rc;

    if (!id.ptr)
        return -1;
    rc = webhook_delete(request->worker->redis, id, &request->err);
    if (rc < 0)
        return -1;
    if (rc == REDIS_MISSING)
        return err_set(&request->err, ERR_NOT_FOUND, "there is no webhook with that id");
    buf_init(&body, KIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_str(&j, "id", id);
    json_text(&j, "message", "deleted, with what was still to be delivered");
    json_object_close(&j);
    return response_json(request, 200, &body);
}

static void write_listed_delivery(struct json *j, struct request *request, const void *delivery)
{
    (void)request;
    write_delivery(j, delivery);
}

int webhooks_deliveries(struct request *request)
{
    struct delivery *deliveries;
    struct webhook webhook;
    size_t count;

    if (find_webhook(request, &webhook) < 0 ||
        deliveries_list(request->worker->redis, request->arena, str_from(webhook.id), request_query(request, "state"),
                        &deliveries, &count, &request->err) < 0)
        return -1;
    return response_list(request, "items", deliveries, count, sizeof(*deliveries), write_listed_delivery);
}

static int answer_delivery(struct request *request, struct str webhook, struct str id)
{
    struct delivery delivery;
    struct buf body;
    struct json j;
    int rc = delivery_read(request->worker->redis, request->arena, webhook, id, &delivery, &request->err);

    if (rc < 0)
        return -1;
    if (rc == REDIS_MISSING)
        return err_set(&request->err, ERR_NOT_FOUND, "the webhook has no delivery with that id");
    buf_init(&body, KIB(16));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    write_delivery(&j, &delivery);
    json_object_close(&j);
    return response_json(request, 202, &body);
}

int webhooks_retry(struct request *request)
{
    struct str id = request_segment(request, "delivery");
    struct delivery delivery;
    struct webhook webhook;
    int rc;

    if (!id.ptr || find_webhook(request, &webhook) < 0)
        return -1;
    rc = delivery_read(request->worker->redis, request->arena, str_from(webhook.id), id, &delivery, &request->err);
    if (rc == REDIS_MISSING)
        return err_set(&request->err, ERR_NOT_FOUND, "the webhook has no delivery with that id");
    if (rc == 0)
        rc = delivery_retry(request->worker->redis, id, clock_now() * 1000, &request->err);
    if (rc == REDIS_MISSING)
        return err_set(&request->err, ERR_CONFLICT, "the delivery is not dead: only a dead one can be tried again");
    return rc < 0 ? -1 : answer_delivery(request, str_from(webhook.id), id);
}

int webhooks_test(struct request *request)
{
    char id[DELIVERY_ID_LEN + 1];
    struct webhook webhook;

    if (find_webhook(request, &webhook) < 0)
        return -1;
    if (!webhook.enabled)
        return err_set(&request->err, ERR_CONFLICT, "the webhook is disabled");
    if (make_id(id, DELIVERY_ID_LEN) < 0)
        return err_set(&request->err, ERR_INTERNAL, "there is no randomness");
    if (delivery_enqueue_test(request->worker->redis, str_from(webhook.id), str_from(id), clock_now() * 1000,
                              &request->err) < 0)
        return -1;
    return answer_delivery(request, str_from(webhook.id), str_from(id));
}
