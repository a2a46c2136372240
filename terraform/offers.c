#include "terraform/offers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "redis/offers.h"
#include "terraform/offers_internal.h"

#define WITHIN_MS 30000 /* a region has some eight hundred types, a hundred in an answer */

static void wipe_auth(void *auth)
{
    aws_auth_wipe(auth);
    free(auth);
}

static void wipe_credentials(void *credentials)
{
    aws_credentials_wipe(credentials);
    free(credentials);
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_INTERNAL, "there is no memory for what AWS offers");
}

static struct aws_auth *auth_of(struct worker *worker, struct str region, const struct offers_identity *identity,
                                struct err *err)
{
    struct aws_auth *auth = calloc(1, sizeof(*auth));

    if (!auth || arena_defer(worker->arena, wipe_auth, auth) < 0) {
        no_memory(err);
        return NULL;
    }
    str_copy(auth->region, sizeof(auth->region), region);
    if (identity->role_arn)
        aws_auth_add_role(auth, str_from(identity->role_arn), identity->external_id ? identity->external_id : "");
    return auth;
}

const struct aws_credentials *offers_credentials(struct worker *worker, struct str region,
                                                 const struct offers_identity *identity, struct err *err)
{
    struct aws_auth *auth = auth_of(worker, region, identity, err);
    struct aws_credentials *credentials = calloc(1, sizeof(*credentials));
    struct aws_client aws;

    if (!auth || !credentials) {
        free(credentials);
        no_memory(err);
        return NULL;
    }
    if (arena_defer(worker->arena, wipe_credentials, credentials) < 0) {
        no_memory(err);
        return NULL;
    }
    aws = worker_aws(worker, auth);
    return aws_credentials_resolve(&aws, auth, credentials, err) < 0 ? NULL : credentials;
}

struct aws_client offers_client(const struct worker *worker)
{
    return (struct aws_client){
        .http = worker->http, .arena = worker->arena, .deadline_ms = clock_monotonic_ms() + WITHIN_MS};
}

static const cJSON *read_list(struct worker *worker, struct str text)
{
    const char *why;
    cJSON *list = json_parse(worker->arena, text, 8, &why);

    return cJSON_GetArraySize(list) > 0 ? list : NULL;
}

/* "types", "addons-1.33" */
static void name_list(const struct offers_kind *kind, char out[32])
{
    snprintf(out, 32, "%s%s%.*s", kind->name, kind->about.len > 0 ? "-" : "", STR_FMT(kind->about));
}

bool offers_find_kept(struct worker *worker, const struct offers_kind *kind, struct str region, struct offers *out)
{
    struct err ignored = {0};
    struct str text;
    char name[32];

    name_list(kind, name);
    if (offers_kept_read(worker->redis, worker->arena, name, region, &text, &ignored) == REDIS_FOUND)
        out->items = read_list(worker, text);
    return out->items != NULL;
}

int offers_by_name(const void *a, const void *b)
{
    const cJSON *const *x = a;
    const cJSON *const *y = b;

    return strcmp(json_find_text(*x, "name"), json_find_text(*y, "name"));
}

/* Its items hang together anew, in that order. */
static void sort(const cJSON *list, int (*compare)(const void *, const void *), struct arena *arena)
{
    cJSON *owner = (cJSON *)(uintptr_t)list;
    size_t count = (size_t)cJSON_GetArraySize(list);
    cJSON **items = arena_alloc(arena, (count + 1) * sizeof(cJSON *));

    if (!items)
        return;
    for (size_t i = 0; i < count; i++)
        items[i] = cJSON_DetachItemFromArray(owner, 0);
    qsort(items, count, sizeof(cJSON *), compare);
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(owner, items[i]);
}

static void keep(struct worker *worker, const struct offers_kind *kind, struct str region, const cJSON *items)
{
    char name[32];
    struct buf text;
    struct json j;

    name_list(kind, name);
    buf_init(&text, OFFERS_TEXT_MAX);
    json_init(&j, &text);
    json_value(&j, NULL, items);
    if (!text.failed)
        offers_kept_write(worker->redis, name, region, buf_str(&text));
    buf_free(&text);
}

static const cJSON *ask_aws(struct worker *worker, const struct offers_kind *kind, struct str region,
                            const struct offers_identity *identity, struct err *err)
{
    const struct aws_credentials *credentials = offers_credentials(worker, region, identity, err);
    const cJSON *items = NULL;
    struct buf text;
    struct json j;

    buf_init(&text, OFFERS_TEXT_MAX);
    json_init(&j, &text);
    if (credentials && kind->write(worker, kind, region, credentials, &j, err) == 0) {
        items = text.failed ? NULL : read_list(worker, buf_str(&text));
        if (!items)
            err_set(err, ERR_UPSTREAM_BROKEN, "AWS's list is empty, or too long");
    }
    buf_free(&text);
    return items;
}

void offers_look_up(struct worker *worker, const struct offers_kind *kind, struct str region,
                    const struct offers_identity *identity, struct offers *out)
{
    *out = (struct offers){.is_from_aws = true};
    if (offers_find_kept(worker, kind, region, out))
        return;
    out->items = ask_aws(worker, kind, region, identity, &out->why);
    out->is_from_aws = out->items != NULL;
    if (!out->items)
        return;
    sort(out->items, kind->compare, worker->arena);
    keep(worker, kind, region, out->items);
}

const cJSON *offers_find(const struct offers *offers, const char *member, const char *value)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, offers->items)
    {
        const char *text = json_find_text(item, member);

        if (text && strcmp(text, value) == 0)
            return item;
    }
    return NULL;
}
