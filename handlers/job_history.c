/*
 * GET .../job-history: jobs that have finished, as the agent recorded them, whether they are still there or not.
 */
#include "handlers/job_history.h"

#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "base/encode.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"
#include "handlers/job_json.h"
#include "handlers/job_name.h"
#include "kube/name.h"
#include "kube/selector.h"

#define UID_SIZE 64
#define PAGE_ARENA MIB(8)

/* clang-format off */
const struct field job_history_query[] = {
    {.name = "namespace", .type = FIELD_TEXT, .min = 1, .max = NAME_LABEL_MAX, .check = name_check_label, .help = "only this namespace", .example = "default"},
    {.name = "state", .type = FIELD_CHOICE, .choices = "succeeded|failed", .help = "only jobs that ended so"},
    {.name = "name", .type = FIELD_TEXT, .min = 1, .max = NAME_SUBDOMAIN_MAX, .help = "only jobs with this in their names"},
    {.name = "template", .type = FIELD_TEXT, .min = 1, .max = NAME_LABEL_MAX, .check = name_check_label_value, .help = "only jobs made from this template"},
    {.name = "labelSelector", .type = FIELD_TEXT, .max = 4096, .check = selector_check, .help = "as for kubectl -l"},
    {.name = "since", .type = FIELD_TEXT, .min = 1, .max = 64, .pattern = JOB_SINCE, .check = job_check_since, .help = "only jobs that ended since then: 24h, or a time", .example = "24h"},
    {.name = "limit", .type = FIELD_INTEGER, .min = 1, .max = LIST_PAGE_MAX, .help = "at most so many, and a continue token", .example = "50"},
    {.name = "continue", .type = FIELD_TEXT, .min = 1, .max = 256, .help = "where the page before ended"},
    {.name = NULL},
};

static const struct field history_shape[] = {
    {.name = "items", .type = FIELD_OBJECT_LIST, .children = job_shape},
    {.name = "continue", .help = "where the next page begins; empty behind the last", .example = ""},
    {.name = "remaining", .type = FIELD_INTEGER, .nullable = true, .help = "0 at the end, else null: not known", .example = "0"},
    {.name = NULL},
};
/* clang-format on */

const struct answer job_history_answers[] = {
    {200, "finished jobs, those that ended last first", history_shape},
    {0},
};

int64_t job_history_since(struct str value)
{
    int64_t number;

    if (!value.ptr)
        return 0;
    if (duration_parse(value, &number) == 0)
        return clock_now() - number / 1000;
    return clock_parse(value, &number) == 0 ? number : 0;
}

/* One page of them. 0; 1 when on_job wanted no more; or -1. */
static int walk_page(struct request *request, const struct job_entry *entries, size_t count,
                     int (*on_job)(void *arg, const struct job_entry *entry, const cJSON *job), void *arg)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++) {
        const char *why;
        cJSON *job = json_tree(entries[i].body, LIMIT_JSON_DEPTH, &why);

        if (job)
            rc = on_job(arg, &entries[i], job);
        else
            log_warning("what is recorded of a job can not be read", LOG_STR("cluster", request->cluster->id),
                        LOG_TEXT("uid", entries[i].uid));
        cJSON_Delete(job);
    }
    return rc;
}

int job_history_walk(struct request *request, const struct job_place *place, int64_t since,
                     int (*on_job)(void *arg, const struct job_entry *entry, const cJSON *job), void *arg, size_t *read)
{
    struct arena *page = arena_new(PAGE_ARENA);
    char uid[UID_SIZE];
    struct job_place at = {.finished_at = place->finished_at, .uid = uid};
    struct job_entry *entries;
    size_t count = 0;
    int rc = 0;

    *read = 0;
    snprintf(uid, sizeof(uid), "%s", place->uid);
    if (!page)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the history");
    do {
        arena_reset(page);
        rc = job_history_read(request->worker->redis, page, request->cluster->id, &at, since, &entries, &count,
                              &request->err);
        if (rc < 0 || count == 0)
            break;
        *read += count;
        at.finished_at = entries[count - 1].finished_at;
        snprintf(uid, sizeof(uid), "%s", entries[count - 1].uid);
        rc = walk_page(request, entries, count, on_job, arg);
    } while (rc == 0 && count == JOB_HISTORY_PAGE);
    arena_free(page);
    return rc < 0 ? -1 : 0;
}

struct history {
    struct request *request;
    struct str namespace;
    struct str state;
    struct str name;
    struct str template;
    struct str selector;
    long limit; /* 0: all */
    long count;
    bool more;
    char last[UID_SIZE + 24]; /* "finished_at.uid" of the last of the page */
    struct buf out;
    struct json j;
};

static bool says(const cJSON *job, const char *path, struct str wanted)
{
    const char *text = json_find_text(job, path);

    return !wanted.ptr || (text && str_equal(str_from(text), wanted));
}

static bool fits(const struct history *h, const cJSON *job)
{
    const char *name = json_find_text(job, "job_name");

    if (h->name.ptr && !(name && memmem(name, strlen(name), h->name.ptr, h->name.len)))
        return false;
    return says(job, "namespace", h->namespace) && says(job, "state", h->state) &&
           says(job, "template.name", h->template) && selector_matches(h->selector, json_find(job, "labels"));
}

static int on_job(void *arg, const struct job_entry *entry, const cJSON *job)
{
    struct history *h = arg;

    if (!fits(h, job))
        return 0;
    if (h->limit > 0 && h->count == h->limit) {
        h->more = true;
        return 1;
    }
    h->count++;
    snprintf(h->last, sizeof(h->last), "%lld.%s", (long long)entry->finished_at, entry->uid);
    json_raw(&h->j, NULL, entry->body);
    return response_stream(h->request, &h->out, false);
}

/* A token is base64 of what stands in struct history's last. */
static int read_token(struct history *h, struct str token, struct job_place *out)
{
    struct str rest;
    struct str seconds;
    struct buf text;
    long number;

    *out = (struct job_place){.finished_at = INT64_MAX, .uid = ""};
    if (!token.ptr)
        return 0;
    buf_init(&text, 256);
    decode_base64(&text, token);
    rest = buf_str(&text);
    seconds = str_cut(&rest, '.');
    if (text.failed || !rest.ptr || str_to_long(seconds, 1, INT64_MAX - 1, &number) < 0 || rest.len >= UID_SIZE) {
        buf_free(&text);
        return err_set(&h->request->err, ERR_BAD_REQUEST, "continue: is not a token of this list");
    }
    out->finished_at = number;
    out->uid = arena_strndup(h->request->arena, rest.ptr, rest.len);
    buf_free(&text);
    return out->uid ? 0 : err_set(&h->request->err, ERR_INTERNAL, "there is no memory for the history");
}

static int finish(struct history *h)
{
    struct buf token;

    buf_init(&token, 512);
    if (h->more)
        encode_base64url(&token, h->last, strlen(h->last));
    json_array_close(&h->j);
    json_str(&h->j, "continue", buf_str(&token));
    if (h->more)
        json_null(&h->j, "remaining");
    else
        json_int(&h->j, "remaining", 0);
    json_object_close(&h->j);
    buf_free(&token);
    buf_add_char(&h->out, '\n');
    return response_stream(h->request, &h->out, true);
}

int job_history_list(struct request *request)
{
    struct history h = {
        .request = request,
        .namespace = request_query(request, "namespace"),
        .state = request_query(request, "state"),
        .name = request_query(request, "name"),
        .template = request_query(request, "template"),
        .selector = request_query(request, "labelSelector"),
    };
    struct str limit = request_query(request, "limit");
    struct job_place place;
    size_t read;
    int rc = -1;

    if (limit.ptr)
        str_to_long(limit, 1, LIST_PAGE_MAX, &h.limit);
    if (read_token(&h, request_query(request, "continue"), &place) < 0)
        return -1;
    buf_init(&h.out, LIMIT_KUBE_OBJECT);
    json_init(&h.j, &h.out);
    json_object_open(&h.j, NULL);
    json_array_open(&h.j, "items");
    if (job_history_walk(request, &place, job_history_since(request_query(request, "since")), on_job, &h, &read) == 0)
        rc = finish(&h);
    buf_free(&h.out);
    return rc;
}
