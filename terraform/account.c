#include "terraform/account.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "terraform/plan.h"

#define ARENA_MAX MIB(64)

static int copy(struct str text, char *out, size_t size, const char *what, struct err *err)
{
    if (text.len >= size)
        return err_set(err, ERR_BAD_REQUEST, "%s is longer than %zu bytes", what, size - 1);
    str_copy(out, size, text);
    return 0;
}

int account_open(struct account *account, struct str region, struct str role_arn, struct str external_id,
                 struct err *err)
{
    struct aws_auth *auth = &account->auth;

    memset(account, 0, sizeof(*account));
    account->client.http = http_client_new();
    account->client.arena = arena_new(ARENA_MAX);
    if (!account->client.http || !account->client.arena)
        return err_set(err, ERR_INTERNAL, "there is no memory");
    if (aws_region_check(region, err) < 0 ||
        copy(region, account->region, sizeof(account->region), "the region", err) < 0 ||
        copy(region, auth->region, sizeof(auth->region), "the region", err) < 0 ||
        copy(role_arn, auth->roles[0].arn, sizeof(auth->roles[0].arn), "the role", err) < 0 ||
        copy(external_id, auth->roles[0].external_id, sizeof(auth->roles[0].external_id), "the external id", err) < 0)
        return -1;
    auth->type = AWS_AUTH_DEFAULT;
    auth->role_count = role_arn.len > 0 ? 1 : 0;
    return account_refresh(account, err);
}

int account_open_plan(struct account *account, const cJSON *plan, struct err *err)
{
    struct str cluster = plan_variable(plan, "cluster_name");

    if (account_open(account, plan_variable(plan, "region"), plan_variable(plan, "assume_role_arn"),
                     plan_variable(plan, "assume_role_external_id"), err) < 0)
        return -1;
    if (cluster.len == 0)
        return err_set(err, ERR_BAD_REQUEST, "the plan has no variable cluster_name");
    return copy(cluster, account->cluster, sizeof(account->cluster), "the cluster's name", err);
}

void account_close(struct account *account)
{
    aws_credentials_wipe(&account->credentials);
    aws_credentials_forget();
    aws_auth_wipe(&account->auth);
    if (account->client.arena)
        arena_free(account->client.arena);
    if (account->client.http)
        http_client_free(account->client.http);
}

int account_refresh(struct account *account, struct err *err)
{
    arena_reset(account->client.arena);
    return aws_credentials_resolve(&account->client, &account->auth, &account->credentials, err);
}

int account_query(struct account *account, const struct aws_query *query, struct str *body, struct err *err)
{
    return aws_query(&account->client, &account->credentials, str_from(account->region), query, body, err);
}

int account_list(struct account *account, const struct aws_query *query, int (*take)(void *arg, struct str element),
                 void *arg, struct err *err)
{
    return aws_query_each(&account->client, &account->credentials, str_from(account->region), query, take, arg, err);
}

bool account_is_absent(const struct err *err)
{
    static const char *const ends[] = {".NotFound",     "NotFound", "NotFoundException", "NoSuchEntity", "NoSuchKey",
                                       "NotFoundFault", NULL};

    for (size_t i = 0; err->kind == ERR_AWS && ends[i]; i++)
        if (str_ends_with(str_from(err->aws_code), str_from(ends[i])))
            return true;
    return false;
}

bool account_owns(const struct account *account, const cJSON *tags)
{
    const char *manager = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tags, ACCOUNT_TAG_MANAGER));
    const char *cluster = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tags, ACCOUNT_TAG_CLUSTER));

    return manager && cluster && strcmp(manager, ACCOUNT_MANAGER) == 0 && strcmp(cluster, account->cluster) == 0;
}

struct tag_search {
    struct arena *arena;
    const char *name;
    const char *value;
};

/* One of <item><key/><value/></item>, <member><Key/><Value/></member>. */
static int take_tag(void *arg, struct str element)
{
    struct tag_search *search = arg;
    bool upper = xml_text(search->arena, element, "*/Key")[0] != '\0';

    if (strcmp(xml_text(search->arena, element, upper ? "*/Key" : "*/key"), search->name) != 0)
        return 0;
    search->value = xml_text(search->arena, element, upper ? "*/Value" : "*/value");
    return -1;
}

const char *account_tag(struct account *account, struct str element, const char *path, const char *name)
{
    struct tag_search search = {.arena = account->client.arena, .name = name, .value = ""};

    xml_each(element, path, take_tag, &search);
    return search.value;
}
