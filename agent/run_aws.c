#include "agent/run_aws.h"

#include "aws/eks_api.h"
#include "base/log.h"
#include "terraform/account.h"
#include "terraform/offers.h"

#define LOOK_MS 20000
#define LOOK_WITHIN_MS 5000 /* meanwhile nothing of the run is read */
#define PARTS_MAX 20        /* of a kind */
#define ISSUES_MAX 32

static struct offers_identity identity_of(const struct run_work *work)
{
    return (struct offers_identity){json_find_text(work->order, "role_arn"),
                                    json_find_text(work->order, "external_id")};
}

static struct str region_of(const struct run_work *work)
{
    return str_from(json_find_text(work->order, "region"));
}

/* Images */

static const char *find_image(struct run_work *work, const char *member)
{
    const struct offers_identity identity = identity_of(work);
    const char *type = json_find_text(work->order, member);
    struct offers types;
    const char *image;

    if (!type)
        return NULL;
    offers_type(&work->worker, region_of(work), &identity, type, &types);
    image = json_find_text(offers_find(&types, "name", type), "ami_type");
    if (!image)
        log_warning("AWS does not say which image nodes need: it is judged by the name of their type",
                    LOG_TEXT("run", work->id), LOG_TEXT("type", type), LOG_TEXT("error", types.why.message));
    return image ? arena_strdup(work->kept, image) : NULL;
}

void run_aws_find_images(struct run_work *work)
{
    work->images.second = find_image(work, "instance_type");
    work->images.first = find_image(work, "first_instance_type");
}

/* Issues */

struct look {
    struct run_work *work;
    struct aws_client aws;
    const struct aws_credentials *credentials;
    struct json j;
    size_t count;
};

static const struct part {
    const char *kind;
    enum eks_operation list;
    enum eks_operation describe;
} parts[] = {
    {"nodegroup", EKS_LIST_NODEGROUPS, EKS_DESCRIBE_NODEGROUP},
    {"addon", EKS_LIST_ADDONS, EKS_DESCRIBE_ADDON},
};

/* *out is NULL when there is no such thing (yet). 0, or -1 with err. */
static int ask(struct look *look, enum eks_operation operation, const char *name, const cJSON **out, struct err *err)
{
    const struct eks_wish wish = {
        .operation = operation, .labels = {look->work->run.cluster, str_from(name)}, .is_urgent = true};

    *out = NULL;
    if (eks_perform(&look->aws, look->credentials, region_of(look->work), &wish, out, err) == 0)
        return 0;
    if (!account_is_absent(err))
        return -1;
    err_clear(err);
    return 0;
}

static void write_issues(struct look *look, const char *kind, const char *name, const cJSON *part)
{
    const cJSON *issue;

    cJSON_ArrayForEach(issue, json_find(part, "health.issues"))
    {
        const cJSON *resources = json_find(issue, "resourceIds");

        if (look->count++ >= ISSUES_MAX)
            return;
        json_object_open(&look->j, NULL);
        json_text(&look->j, "kind", kind);
        json_text(&look->j, "name", name);
        json_text(&look->j, "status", json_find_text(part, "status"));
        json_text(&look->j, "code", json_find_text(issue, "code"));
        json_text(&look->j, "message", json_find_text(issue, "message"));
        if (cJSON_IsArray(resources))
            json_value(&look->j, "resources", resources);
        else
            json_raw(&look->j, "resources", STR("[]"));
        json_object_close(&look->j);
    }
}

static int look_at(struct look *look, const struct part *part, struct err *err)
{
    const cJSON *names;
    const cJSON *name;
    const cJSON *described;
    size_t count = 0;

    if (ask(look, part->list, NULL, &names, err) < 0)
        return -1;
    cJSON_ArrayForEach(name, names)
    {
        if (!cJSON_IsString(name) || count++ == PARTS_MAX)
            continue;
        if (ask(look, part->describe, name->valuestring, &described, err) < 0)
            return -1;
        write_issues(look, part->kind, name->valuestring, described);
    }
    return 0;
}

static int look_at_all(struct look *look, struct err *err)
{
    const struct offers_identity identity = identity_of(look->work);

    look->credentials = offers_credentials(&look->work->worker, region_of(look->work), &identity, err);
    if (!look->credentials)
        return -1;
    json_array_open(&look->j, NULL);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (look_at(look, &parts[i], err) < 0)
            return -1;
    json_array_close(&look->j);
    return look->j.out->failed ? err_set(err, ERR_TOO_LARGE, "the issues are too long to be stored") : 0;
}

/* What was said before is as good as new. */
static void take(struct run_work *work, const struct buf *text)
{
    if (str_equal(buf_str(text), work->issues))
        return;
    work->issues = (struct str){arena_strndup(work->kept, text->ptr, text->len), text->len};
    if (work->issues.ptr)
        work->news |= RUN_WORK_HAS_ISSUES;
}

static void look(struct run_work *work)
{
    struct look look = {.work = work};
    struct buf text;
    struct err err = {0};

    look.aws = (struct aws_client){
        .http = work->worker.http, .arena = work->worker.arena, .deadline_ms = clock_monotonic_ms() + LOOK_WITHIN_MS};
    buf_init(&text, RUN_ISSUES_MAX);
    json_init(&look.j, &text);
    if (look_at_all(&look, &err) == 0)
        take(work, &text);
    else if (!work->is_blind)
        log_warning("EKS could not be asked what is wrong with a cluster", LOG_TEXT("run", work->id),
                    LOG_STR("cluster", work->run.cluster), LOG_TEXT("error", err.message));
    work->is_blind = err.kind != ERR_NONE;
    buf_free(&text);
}

void run_aws_look(struct run_work *work, bool has_ended)
{
    int64_t now_ms = clock_monotonic_ms();

    if (run_work_must_stop(work) || !work->report->applies || str_equal(work->run.op, STR("destroy")) ||
        (!has_ended && (work->report->phase != REPORT_APPLY || now_ms < work->look_ms)))
        return;
    look(work);
    work->look_ms = clock_monotonic_ms() + LOOK_MS;
}
