/*
 * GET .../jobs: the jobs of a cluster, page by page. What the API server can not select by, state, age and parts of
 * names, is selected here while they pass by.
 */
#include <string.h>

#include "base/duration.h"
#include "base/encode.h"
#include "cluster/list.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"
#include "handlers/job_json.h"
#include "handlers/job_name.h"
#include "handlers/jobs.h"
#include "kube/job.h"
#include "kube/name.h"

/* clang-format off */
const struct field job_list_query[] = {
    {.name = "namespace", .type = FIELD_TEXT, .min = 1, .max = NAME_LABEL_MAX, .check = name_check_label, .help = "only this namespace", .example = "default"},
    {.name = "state", .type = FIELD_CHOICE, .choices = JOB_STATE_CHOICES, .help = "only jobs in this state"},
    {.name = "name", .type = FIELD_TEXT, .min = 1, .max = NAME_SUBDOMAIN_MAX, .help = "only jobs with this in their names"},
    {.name = "template", .type = FIELD_TEXT, .min = 1, .max = NAME_LABEL_MAX, .check = name_check_label_value, .help = "only jobs made from this template"},
    {.name = "labelSelector", .type = FIELD_TEXT, .max = 4096, .help = "as for kubectl -l"},
    {.name = "since", .type = FIELD_TEXT, .min = 1, .max = 64, .pattern = JOB_SINCE, .check = job_check_since, .help = "only jobs made since then: 24h, or a time", .example = "24h"},
    {.name = "limit", .type = FIELD_INTEGER, .min = 1, .max = LIST_PAGE_MAX, .help = "at most so many, and a continue token", .example = "50"},
    {.name = "continue", .type = FIELD_TEXT, .min = 1, .max = 8192, .help = "where the page before ended"},
    {.name = NULL},
};

static const struct field list_shape[] = {
    {.name = "items", .type = FIELD_OBJECT_LIST, .children = job_shape},
    {.name = "continue", .help = "where the next page begins; empty behind the last", .example = ""},
    {.name = "remaining", .type = FIELD_INTEGER, .nullable = true, .help = "jobs behind this page; null where that is not known", .example = "0"},
    {.name = NULL},
};
/* clang-format on */

const struct answer job_list_answers[] = {
    {200, "the jobs, by namespace and name", list_shape},
    {410, "the continue token is too old: begin again"},
    {0},
};

struct job_list {
    struct request *request;
    struct list list;
    struct str state; /* filters; NULL pointers where there are none */
    struct str name;
    int64_t since;
    long limit; /* 0: all */
    long count;
    bool more;     /* one that fits has been seen behind the last */
    char key[384]; /* "namespace/name" of the last of the page; those up to it are passed over in the next */
    struct buf out;
    struct json j;
};

static bool selects_here(const struct job_list *l)
{
    return l->state.ptr || l->name.ptr || l->since > 0;
}

static bool fits(const struct job_list *l, const struct job *job)
{
    int64_t created;

    if (l->state.ptr && !str_equal(l->state, str_from(job_state_name(job->state))))
        return false;
    if (l->name.ptr && !(job->name && memmem(job->name, strlen(job->name), l->name.ptr, l->name.len)))
        return false;
    return l->since == 0 ||
           (job->created_at && clock_parse(str_from(job->created_at), &created) == 0 && created >= l->since);
}

static int on_job(void *arg, const cJSON *object)
{
    struct job_list *l = arg;
    char key[sizeof(l->key)];
    struct job job;

    job_read(object, &job);
    if (!job.name || !job.namespace || !fits(l, &job))
        return 0;
    snprintf(key, sizeof(key), "%s/%s", job.namespace, job.name);
    if (strcmp(key, l->key) <= 0)
        return 0;
    if (l->limit > 0 && l->count == l->limit) {
        l->more = true;
        return 0;
    }
    l->count++;
    memcpy(l->key, key, sizeof(key));
    json_object_open(&l->j, NULL);
    job_write_members(&l->j, &job, l->request->cluster->id);
    json_object_close(&l->j);
    return response_stream(l->request, &l->out, false);
}

static bool is_gone(void *arg)
{
    return request_is_gone(((struct job_list *)arg)->request);
}

/* NULL with request->err. */
static const char *list_path(struct request *request)
{
    struct str namespace = request_query(request, "namespace");
    struct str selector = request_query(request, "labelSelector");
    struct str template = request_query(request, "template");
    const char *text;
    struct buf path;

    buf_init(&path, LIMIT_URI);
    buf_add_str(&path, STR("/apis/batch/v1/"));
    if (namespace.ptr)
        buf_printf(&path, "namespaces/%.*s/", STR_FMT(namespace));
    buf_add_str(&path, STR("jobs?labelSelector="));
    if (template.ptr) {
        encode_percent(&path, STR(JOB_LABEL_TEMPLATE "="));
        encode_percent(&path, template);
    }
    if (template.ptr && selector.len > 0)
        buf_add_str(&path, STR("%2C"));
    if (selector.ptr)
        encode_percent(&path, selector);
    text = path.failed ? NULL : arena_strndup(request->arena, path.ptr, path.len);
    buf_free(&path);
    if (!text)
        err_set(&request->err, ERR_INTERNAL, "there is no memory for the path");
    return text;
}

static int64_t read_since(struct str text)
{
    int64_t number;

    if (!text.ptr)
        return 0;
    if (duration_parse(text, &number) == 0)
        return clock_now() - number / 1000;
    return clock_parse(text, &number) == 0 ? number : 0;
}

/* "namespace/name:" of the last job that was told, and the API server's own token. */
static int begin_after(struct job_list *l, struct str token)
{
    struct str key = str_cut(&token, ':');

    if (!token.ptr || key.len >= sizeof(l->key))
        return err_set(&l->request->err, ERR_BAD_REQUEST, "continue: is not a token of this list");
    snprintf(l->key, sizeof(l->key), "%.*s", STR_FMT(key));
    l->list.token = token.ptr;
    return 0;
}

static int read_query(struct job_list *l)
{
    struct request *request = l->request;
    struct str limit = request_query(request, "limit");
    struct str token = request_query(request, "continue");

    l->state = request_query(request, "state");
    l->name = request_query(request, "name");
    l->since = read_since(request_query(request, "since"));
    if (limit.ptr)
        str_to_long(limit, 1, LIST_PAGE_MAX, &l->limit);
    l->list = (struct list){.path = list_path(request),
                            .accept = KUBE_ACCEPT_JSON,
                            .array = "items",
                            .on_item = on_job,
                            .is_gone = is_gone,
                            .arg = l};
    if (!l->list.path)
        return -1;
    return token.ptr ? begin_after(l, token) : 0;
}

static int fetch(struct job_list *l)
{
    long page = l->limit > 0 && !selects_here(l) ? l->limit : LIST_PAGE;
    const char *token;

    do {
        token = l->list.token ? l->list.token : "";
        if (cluster_list_page(l->request->worker, l->request->cluster, &l->list, page, &l->request->err) < 0)
            return -1;
    } while (*l->list.token && !l->more && (l->limit == 0 || l->count < l->limit));
    /* What is left of the page is read again. */
    if (l->more)
        l->list.token = token;
    else
        l->key[0] = '\0';
    return 0;
}

static int finish(struct job_list *l)
{
    bool at_end = !l->more && *l->list.token == '\0';
    struct buf token;

    buf_init(&token, KIB(16));
    if (!at_end)
        buf_printf(&token, "%s:%s", l->key, l->list.token);
    json_array_close(&l->j);
    json_str(&l->j, "continue", buf_str(&token));
    if (at_end)
        json_int(&l->j, "remaining", 0);
    else if (!selects_here(l) && l->list.remaining >= 0)
        json_int(&l->j, "remaining", l->list.remaining);
    else
        json_null(&l->j, "remaining");
    json_object_close(&l->j);
    buf_free(&token);
    buf_add_char(&l->out, '\n');
    return response_stream(l->request, &l->out, true);
}

int jobs_list(struct request *request)
{
    struct job_list l = {.request = request};
    int rc = -1;

    buf_init(&l.out, LIMIT_KUBE_OBJECT + MIB(1));
    json_init(&l.j, &l.out);
    json_object_open(&l.j, NULL);
    json_array_open(&l.j, "items");
    if (read_query(&l) == 0 && fetch(&l) == 0)
        rc = finish(&l);
    buf_free(&l.out);
    return rc;
}
