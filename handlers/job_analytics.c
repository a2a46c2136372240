/*
 * GET .../job-analytics: how often finished jobs succeeded and how long they took, by group.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/response.h"
#include "handlers/handlers.h"
#include "handlers/job_history.h"
#include "handlers/job_name.h"

#define SINCE_DEFAULT (24L * 3600)
#define GROUPS_MAX 1000
#define SAMPLES_MAX 10000

/* clang-format off */
const struct field job_analytics_query[] = {
    {.name = "by", .type = FIELD_CHOICE, .choices = "name|namespace|template", .help = "what makes a group: name (of the cron job that made it, else its own) when not given", .example = "name"},
    {.name = "since", .type = FIELD_TEXT, .min = 1, .max = 64, .pattern = JOB_SINCE, .check = job_check_since, .help = "jobs that ended since then: 24h (when not given), or a time", .example = "24h"},
    {.name = NULL},
};

static const struct field duration_shape[] = {
    {.name = "min", .type = FIELD_INTEGER, .example = "4"},
    {.name = "p50", .type = FIELD_INTEGER, .help = "half of them took no longer", .example = "5"},
    {.name = "p95", .type = FIELD_INTEGER, .example = "9"},
    {.name = "max", .type = FIELD_INTEGER, .example = "12"},
    {.name = "mean", .type = FIELD_NUMBER, .example = "5.5"},
    {.name = NULL},
};

static const struct field group_shape[] = {
    {.name = "key", .nullable = true, .help = "null: made from no template", .example = "nightly"},
    {.name = "runs", .type = FIELD_INTEGER, .example = "20"},
    {.name = "succeeded", .type = FIELD_INTEGER, .example = "19"},
    {.name = "failed", .type = FIELD_INTEGER, .example = "1"},
    {.name = "success_rate", .type = FIELD_NUMBER, .help = "from 0 to 1", .example = "0.95"},
    {.name = "duration_seconds", .type = FIELD_OBJECT, .nullable = true, .children = duration_shape, .help = "null when none of them says when it began"},
    {.name = NULL},
};

static const struct field analytics_shape[] = {
    {.name = "groups", .type = FIELD_OBJECT_LIST, .children = group_shape},
    {.name = "since", .format = "date-time", .example = "2026-11-20T08:00:00Z"},
    {.name = "until", .format = "date-time", .example = "2026-11-21T08:00:00Z"},
    {.name = "partial", .type = FIELD_BOOLEAN, .optional = true, .help = "true: older jobs of that time are not in the history any more, or there are too many groups", .example = "true"},
    {.name = NULL},
};
/* clang-format on */

const struct answer job_analytics_answers[] = {
    {200, "the groups, those with most runs first", analytics_shape},
    {0},
};

struct group {
    const char *key; /* NULL: of those without one */
    long succeeded;
    long failed;
    size_t first; /* of its durations, once they are sorted */
    size_t durations;
};

struct sample {
    size_t group;
    int64_t seconds;
};

struct analytics {
    struct request *request;
    struct str by;
    struct group *groups;
    size_t group_count;
    struct sample *samples;
    size_t sample_count;
    bool partial;
};

/* Jobs of a cron job have names of their own each time; together they are what somebody asks about. */
static const char *key_of(const struct analytics *a, const cJSON *job)
{
    const char *cronjob = json_find_text(job, "cronjob");

    if (str_equal(a->by, STR("namespace")))
        return json_find_text(job, "namespace");
    if (str_equal(a->by, STR("template")))
        return json_find_text(job, "template.name");
    return cronjob ? cronjob : json_find_text(job, "job_name");
}

static bool is_key(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* NULL when there are too many, or without memory. */
static struct group *find_group(struct analytics *a, const char *key)
{
    struct group *group;

    for (size_t i = 0; i < a->group_count; i++)
        if (is_key(a->groups[i].key, key))
            return &a->groups[i];
    if (a->group_count == GROUPS_MAX)
        return NULL;
    group = &a->groups[a->group_count];
    *group = (struct group){.key = key ? arena_strdup(a->request->arena, key) : NULL};
    if (key && !group->key)
        return NULL;
    a->group_count++;
    return group;
}

static int on_job(void *arg, const struct job_entry *entry, const cJSON *job)
{
    struct analytics *a = arg;
    const char *state = json_find_text(job, "state");
    const cJSON *seconds = json_find(job, "duration_seconds");
    struct group *group = find_group(a, key_of(a, job));

    (void)entry;
    if (!group) {
        a->partial = true;
        return 0;
    }
    if (state && strcmp(state, "succeeded") == 0)
        group->succeeded++;
    else
        group->failed++;
    if (!cJSON_IsNumber(seconds))
        return 0;
    if (a->sample_count == SAMPLES_MAX) {
        a->partial = true;
        return 0;
    }
    group->durations++;
    a->samples[a->sample_count++] =
        (struct sample){.group = (size_t)(group - a->groups), .seconds = (int64_t)seconds->valuedouble};
    return 0;
}

static int compare_samples(const void *x, const void *y)
{
    const struct sample *a = x;
    const struct sample *b = y;

    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    return a->seconds < b->seconds ? -1 : a->seconds > b->seconds;
}

static int compare_groups(const void *x, const void *y)
{
    const struct group *a = x;
    const struct group *b = y;
    long runs_a = a->succeeded + a->failed;
    long runs_b = b->succeeded + b->failed;

    if (runs_a != runs_b)
        return runs_a > runs_b ? -1 : 1;
    return strcmp(a->key ? a->key : "", b->key ? b->key : "");
}

/* The durations of a group stand together then, the shortest first. */
static void sort_all(struct analytics *a)
{
    size_t first = 0;

    qsort(a->samples, a->sample_count, sizeof(*a->samples), compare_samples);
    for (size_t i = 0; i < a->group_count; i++) {
        a->groups[i].first = first;
        first += a->groups[i].durations;
    }
    qsort(a->groups, a->group_count, sizeof(*a->groups), compare_groups);
}

static void write_decimal(struct json *j, const char *name, double value)
{
    char text[48];
    int n = snprintf(text, sizeof(text), "%.4g", value);

    if (value >= 1000)
        n = snprintf(text, sizeof(text), "%.1f", value);
    json_raw(j, name, (struct str){text, (size_t)n});
}

/* The nearest rank: the least duration that so many in a hundred did not exceed. */
static int64_t percentile(const struct sample *samples, size_t count, size_t percent)
{
    return samples[(count * percent + 99) / 100 - 1].seconds;
}

static void write_durations(struct json *j, const struct sample *samples, size_t count)
{
    double sum = 0;

    if (count == 0) {
        json_null(j, "duration_seconds");
        return;
    }
    for (size_t i = 0; i < count; i++)
        sum += (double)samples[i].seconds;
    json_object_open(j, "duration_seconds");
    json_int(j, "min", samples[0].seconds);
    json_int(j, "p50", percentile(samples, count, 50));
    json_int(j, "p95", percentile(samples, count, 95));
    json_int(j, "max", samples[count - 1].seconds);
    write_decimal(j, "mean", sum / (double)count);
    json_object_close(j);
}

static void write_groups(struct json *j, const struct analytics *a)
{
    json_array_open(j, "groups");
    for (size_t i = 0; i < a->group_count; i++) {
        const struct group *g = &a->groups[i];
        long runs = g->succeeded + g->failed;

        json_object_open(j, NULL);
        json_text(j, "key", g->key);
        json_int(j, "runs", runs);
        json_int(j, "succeeded", g->succeeded);
        json_int(j, "failed", g->failed);
        write_decimal(j, "success_rate", (double)g->succeeded / (double)runs);
        write_durations(j, a->samples + g->first, g->durations);
        json_object_close(j);
    }
    json_array_close(j);
}

static int answer(struct request *request, const struct analytics *a, int64_t since)
{
    char text[CLOCK_TEXT_SIZE];
    struct buf body;
    struct json j;

    buf_init(&body, MIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    write_groups(&j, a);
    json_text(&j, "since", clock_format(since, text));
    json_text(&j, "until", clock_format(clock_now(), text));
    if (a->partial)
        json_bool(&j, "partial", true);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

int job_analytics(struct request *request)
{
    const struct job_place newest = {.finished_at = INT64_MAX, .uid = ""};
    struct str given = request_query(request, "since");
    int64_t since = given.ptr ? job_history_since(given) : clock_now() - SINCE_DEFAULT;
    struct analytics a = {
        .request = request,
        .by = request_query(request, "by"),
        .groups = arena_alloc(request->arena, GROUPS_MAX * sizeof(*a.groups)),
        .samples = arena_alloc(request->arena, SAMPLES_MAX * sizeof(*a.samples)),
    };
    size_t read;
    int64_t kept;

    if (!a.groups || !a.samples)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the analytics");
    if (job_history_walk(request, &newest, since, on_job, &a, &read) < 0 ||
        job_history_count(request->worker->redis, request->cluster->id, &kept, &request->err) < 0)
        return -1;
    /* Nothing older is kept, and perhaps was not for want of room. */
    if ((long)read >= request->worker->config->job_history && kept <= (long)read)
        a.partial = true;
    sort_all(&a);
    return answer(request, &a, since);
}
