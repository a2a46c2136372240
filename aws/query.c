#include "aws/query.h"

#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/log.h"

#define FORM "application/x-www-form-urlencoded; charset=utf-8"
#define FORM_MAX KIB(64)
#define PAGES_MAX 100

/* How each API says that a list goes on, and how it wants to be asked for the rest. */
static const struct {
    const char *version;
    const char *name; /* as policies of IAM call it */
    const char *next; /* path in the answer */
    const char *parameter;
} apis[AWS_SERVICE__MAX] = {
    [AWS_EC2] = {"2016-11-15", "ec2", "*/nextToken", "NextToken"},
    [AWS_ELB] = {"2012-06-01", "elasticloadbalancing", "*/*/NextMarker", "Marker"},
    [AWS_ELBV2] = {"2015-12-01", "elasticloadbalancing", "*/*/NextMarker", "Marker"},
    [AWS_IAM] = {"2010-05-08", "iam", "*/*/Marker", "Marker"},
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_INTERNAL, "there is no memory for a call of AWS");
}

static struct str build_form(struct arena *arena, const struct aws_query *query, struct str next)
{
    struct str copy = {0};
    struct buf form;

    buf_init(&form, FORM_MAX);
    buf_printf(&form, "Action=%s&Version=%s", query->action, apis[query->service].version);
    for (size_t i = 0; i < AWS_QUERY_PARAMETERS && query->parameters[i].name; i++)
        encode_parameter(&form, query->parameters[i].name, query->parameters[i].value);
    encode_parameter(&form, apis[query->service].parameter, next);
    if (!form.failed)
        copy = (struct str){arena_strndup(arena, form.ptr, form.len), form.len};
    buf_free(&form);
    return copy;
}

static int ask(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
               const struct aws_query *query, struct str next, struct str *body, struct err *err)
{
    struct aws_call call = {.service = query->service, .method = "POST", .path = STR("/"), .content_type = FORM};

    call.operation = arena_printf(client->arena, "%s:%s", apis[query->service].name, query->action);
    call.body = build_form(client->arena, query, next);
    if (!call.operation || !call.body.ptr)
        return no_memory(err);
    return aws_call(client, credentials, region, &call, body, err);
}

int aws_query(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
              const struct aws_query *query, struct str *body, struct err *err)
{
    return ask(client, credentials, region, query, STR(""), body, err);
}

/* The token of the next page, in the arena, or "". */
static const char *find_next(struct arena *arena, const struct aws_query *query, struct str body)
{
    const char *copy = "";
    struct buf next;

    buf_init(&next, KIB(16));
    if (xml_find(body, apis[query->service].next, &next) == XML_FOUND)
        copy = arena_strndup(arena, next.ptr ? next.ptr : "", next.len);
    buf_free(&next);
    return copy ? copy : "";
}

int aws_query_each(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                   const struct aws_query *query, int (*take)(void *arg, struct str element), void *arg,
                   struct err *err)
{
    const char *next = "";

    for (unsigned pages = 0; pages < PAGES_MAX; pages++) {
        const char *previous = next;
        enum xml_result result;
        struct str body;

        if (ask(client, credentials, region, query, str_from(next), &body, err) < 0)
            return -1;
        result = xml_each(body, query->items, take, arg);
        if (result == XML_FAULT)
            return err_set(err, ERR_UPSTREAM_BROKEN, "%s:%s: the answer can not be used", apis[query->service].name,
                           query->action);
        next = find_next(client->arena, query, body);
        /* A token that comes again would go round in circles. */
        if (result == XML_STOPPED || !*next || strcmp(next, previous) == 0)
            return 0;
    }
    log_warning("a list of AWS is longer than what is read of it", LOG_TEXT("action", query->action));
    return 0;
}
