#include "aws/eks_api.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "aws/call.h"
#include "aws/digest.h"
#include "aws/eks_cache.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/log.h"

#define PAGES_MAX 100
#define ITEMS_MAX 5000
#define BODY_MAX KIB(256)

enum {
    PAGED = 1,      /* goes on with nextToken */
    IN_BODY = 2,    /* its paging is in the body */
    WRITES = 4,     /* changes something */
    IDEMPOTENT = 8, /* takes clientRequestToken */
};

static const struct {
    const char *name;
    const char *method;
    const char *path;   /* each {} is a label */
    const char *member; /* of the answer; NULL for none */
    unsigned flags;
    int fresh_seconds;
} operations[EKS_OPERATION__MAX] = {
    [EKS_LIST_CLUSTERS] = {"eks:ListClusters", "GET", "/clusters", "clusters", PAGED, 15},
    [EKS_DESCRIBE_CLUSTER] = {"eks:DescribeCluster", "GET", "/clusters/{}", "cluster", 0, 30},
    [EKS_DESCRIBE_CLUSTER_VERSIONS] = {"eks:DescribeClusterVersions", "GET", "/cluster-versions", "clusterVersions",
                                       PAGED, 3600},
    [EKS_LIST_NODEGROUPS] = {"eks:ListNodegroups", "GET", "/clusters/{}/node-groups", "nodegroups", PAGED, 15},
    [EKS_DESCRIBE_NODEGROUP] = {"eks:DescribeNodegroup", "GET", "/clusters/{}/node-groups/{}", "nodegroup", 0, 15},
    [EKS_LIST_ADDONS] = {"eks:ListAddons", "GET", "/clusters/{}/addons", "addons", PAGED, 15},
    [EKS_DESCRIBE_ADDON] = {"eks:DescribeAddon", "GET", "/clusters/{}/addons/{}", "addon", 0, 15},
    [EKS_DESCRIBE_ADDON_VERSIONS] = {"eks:DescribeAddonVersions", "GET", "/addons/supported-versions", "addons", PAGED,
                                     3600},
    [EKS_LIST_FARGATE_PROFILES] = {"eks:ListFargateProfiles", "GET", "/clusters/{}/fargate-profiles",
                                   "fargateProfileNames", PAGED, 30},
    [EKS_DESCRIBE_FARGATE_PROFILE] = {"eks:DescribeFargateProfile", "GET", "/clusters/{}/fargate-profiles/{}",
                                      "fargateProfile", 0, 30},
    [EKS_LIST_ACCESS_ENTRIES] = {"eks:ListAccessEntries", "GET", "/clusters/{}/access-entries", "accessEntries", PAGED,
                                 15},
    [EKS_DESCRIBE_ACCESS_ENTRY] = {"eks:DescribeAccessEntry", "GET", "/clusters/{}/access-entries/{}", "accessEntry", 0,
                                   15},
    [EKS_LIST_ASSOCIATED_ACCESS_POLICIES] = {"eks:ListAssociatedAccessPolicies", "GET",
                                             "/clusters/{}/access-entries/{}/access-policies",
                                             "associatedAccessPolicies", PAGED, 15},
    [EKS_LIST_INSIGHTS] = {"eks:ListInsights", "POST", "/clusters/{}/insights", "insights", PAGED | IN_BODY, 60},
    [EKS_DESCRIBE_INSIGHT] = {"eks:DescribeInsight", "GET", "/clusters/{}/insights/{}", "insight", 0, 60},
    [EKS_LIST_UPDATES] = {"eks:ListUpdates", "GET", "/clusters/{}/updates", "updateIds", PAGED, 10},
    [EKS_DESCRIBE_UPDATE] = {"eks:DescribeUpdate", "GET", "/clusters/{}/updates/{}", "update", 0, 5},
    [EKS_LIST_POD_IDENTITY_ASSOCIATIONS] = {"eks:ListPodIdentityAssociations", "GET",
                                            "/clusters/{}/pod-identity-associations", "associations", PAGED, 30},
    [EKS_DESCRIBE_POD_IDENTITY_ASSOCIATION] = {"eks:DescribePodIdentityAssociation", "GET",
                                               "/clusters/{}/pod-identity-associations/{}", "association", 0, 30},
    [EKS_LIST_TAGS] = {"eks:ListTagsForResource", "GET", "/tags/{}", "tags", 0, 30},

    [EKS_CREATE_ACCESS_ENTRY] = {"eks:CreateAccessEntry", "POST", "/clusters/{}/access-entries", "accessEntry",
                                 WRITES | IDEMPOTENT, 0},
    [EKS_UPDATE_ACCESS_ENTRY] = {"eks:UpdateAccessEntry", "POST", "/clusters/{}/access-entries/{}", "accessEntry",
                                 WRITES | IDEMPOTENT, 0},
    [EKS_DELETE_ACCESS_ENTRY] = {"eks:DeleteAccessEntry", "DELETE", "/clusters/{}/access-entries/{}", NULL, WRITES, 0},
    [EKS_ASSOCIATE_ACCESS_POLICY] = {"eks:AssociateAccessPolicy", "POST",
                                     "/clusters/{}/access-entries/{}/access-policies", "associatedAccessPolicy", WRITES,
                                     0},
    [EKS_DISASSOCIATE_ACCESS_POLICY] = {"eks:DisassociateAccessPolicy", "DELETE",
                                        "/clusters/{}/access-entries/{}/access-policies/{}", NULL, WRITES, 0},
    [EKS_UPDATE_CLUSTER_VERSION] = {"eks:UpdateClusterVersion", "POST", "/clusters/{}/updates", "update",
                                    WRITES | IDEMPOTENT, 0},
    [EKS_UPDATE_CLUSTER_CONFIG] = {"eks:UpdateClusterConfig", "POST", "/clusters/{}/update-config", "update",
                                   WRITES | IDEMPOTENT, 0},
    [EKS_UPDATE_NODEGROUP_CONFIG] = {"eks:UpdateNodegroupConfig", "POST", "/clusters/{}/node-groups/{}/update-config",
                                     "update", WRITES | IDEMPOTENT, 0},
    [EKS_UPDATE_NODEGROUP_VERSION] = {"eks:UpdateNodegroupVersion", "POST",
                                      "/clusters/{}/node-groups/{}/update-version", "update", WRITES | IDEMPOTENT, 0},
    [EKS_CREATE_ADDON] = {"eks:CreateAddon", "POST", "/clusters/{}/addons", "addon", WRITES | IDEMPOTENT, 0},
    [EKS_UPDATE_ADDON] = {"eks:UpdateAddon", "POST", "/clusters/{}/addons/{}/update", "update", WRITES | IDEMPOTENT, 0},
    [EKS_DELETE_ADDON] = {"eks:DeleteAddon", "DELETE", "/clusters/{}/addons/{}", "addon", WRITES, 0},
    [EKS_TAG_RESOURCE] = {"eks:TagResource", "POST", "/tags/{}", NULL, WRITES, 0},
    [EKS_UNTAG_RESOURCE] = {"eks:UntagResource", "DELETE", "/tags/{}", NULL, WRITES, 0},
};

/* One eks_perform() in progress. */
struct work {
    struct aws_client *client;
    const struct aws_credentials *credentials;
    struct str region;
    const struct eks_wish *wish;
    struct str path;
    char request_token[37];
};

const char *eks_operation_name(enum eks_operation operation)
{
    return operations[operation].name;
}

static const char *name_of(const struct work *w)
{
    return eks_operation_name(w->wish->operation);
}

static bool is(const struct work *w, unsigned flag)
{
    return operations[w->wish->operation].flags & flag;
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_INTERNAL, "there is no memory for a call of EKS");
}

static int broken(enum eks_operation operation, const char *why, struct err *err)
{
    return err_set(err, ERR_UPSTREAM_BROKEN, "%s: the answer can not be used: %s", eks_operation_name(operation), why);
}

static struct str copy_text(struct arena *arena, const struct buf *text)
{
    char *copy = text->failed ? NULL : arena_strndup(arena, buf_str(text).ptr, text->len);

    return copy ? (struct str){copy, text->len} : STR("");
}

/* The request */

/* A label that is empty would make another operation of it. */
static int build_path(struct work *w, struct err *err)
{
    struct str rest = str_from(operations[w->wish->operation].path);
    size_t label = 0;
    struct buf path;

    buf_init(&path, LIMIT_URI);
    while (rest.len > 0) {
        struct str literal = str_cut(&rest, '{');

        buf_add_str(&path, literal);
        if (!rest.ptr)
            break;
        if (w->wish->labels[label].len == 0) {
            buf_free(&path);
            return err_set(err, ERR_BAD_REQUEST, "%s needs a name", name_of(w));
        }
        encode_percent(&path, w->wish->labels[label++]);
        rest = str_skip(rest, 1);
    }
    w->path = copy_text(w->client->arena, &path);
    buf_free(&path);
    return w->path.len > 0 ? 0 : no_memory(err);
}

static void add_parameter(struct buf *query, const char *name, struct str value)
{
    if (query->len > 0)
        buf_add_char(query, '&');
    buf_printf(query, "%s=", name);
    encode_percent(query, value);
}

static int build_query(const struct work *w, const char *next, struct str *out, struct err *err)
{
    bool is_page = is(w, PAGED) && !is(w, IN_BODY);
    struct buf query;

    buf_init(&query, LIMIT_URI);
    for (size_t i = 0; i < w->wish->query_count; i++)
        add_parameter(&query, w->wish->query[i].name, w->wish->query[i].value);
    if (is_page)
        add_parameter(&query, "maxResults", STR("100"));
    if (is_page && *next)
        add_parameter(&query, "nextToken", str_from(next));
    *out = copy_text(w->client->arena, &query);
    if (query.failed || out->len != query.len) {
        buf_free(&query);
        return no_memory(err);
    }
    buf_free(&query);
    return 0;
}

/* A random UUID (RFC 4122, version 4). */
static int make_request_token(char out[37])
{
    unsigned char bytes[16];
    char hex[33];

    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return -1;
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    encode_hex(bytes, sizeof(bytes), hex);
    snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
    return 0;
}

static int build_body(const struct work *w, const char *next, struct str *out, struct err *err)
{
    const cJSON *member = w->wish->body ? w->wish->body->child : NULL;
    struct json j;
    struct buf body;

    buf_init(&body, BODY_MAX);
    json_init(&j, &body);
    json_object_open(&j, NULL);
    for (; member; member = member->next)
        json_value(&j, member->string, member);
    if (is(w, IDEMPOTENT) && !json_find(w->wish->body, "clientRequestToken"))
        json_text(&j, "clientRequestToken", w->request_token);
    if (is(w, IN_BODY))
        json_int(&j, "maxResults", 100);
    if (is(w, IN_BODY) && *next)
        json_text(&j, "nextToken", next);
    json_object_close(&j);
    *out = copy_text(w->client->arena, &body);
    buf_free(&body);
    return out->len > 0 ? 0 : no_memory(err);
}

static int call_page(const struct work *w, const char *next, struct str *answer, struct err *err)
{
    struct aws_call call = {
        .service = AWS_EKS, .operation = name_of(w), .method = operations[w->wish->operation].method, .path = w->path};

    if (build_query(w, next, &call.query, err) < 0)
        return -1;
    if (strcmp(call.method, "POST") == 0) {
        call.content_type = "application/json";
        if (build_body(w, next, &call.body, err) < 0)
            return -1;
    }
    return aws_call(w->client, w->credentials, w->region, &call, answer, err);
}

/* The answer */

static int add_value(const cJSON *value, struct buf *out, struct err *err)
{
    struct json j;

    json_init(&j, out);
    json_value(&j, NULL, value);
    return out->failed ? no_memory(err) : 0;
}

int eks_answer_page(struct arena *arena, enum eks_operation operation, struct str body, cJSON *items, const char **next,
                    struct err *err)
{
    const char *why;
    cJSON *page = json_tree(body, LIMIT_JSON_DEPTH, &why);
    cJSON *list = cJSON_GetObjectItemCaseSensitive(page, operations[operation].member);
    const char *token = json_find_text(page, "nextToken");
    int result = 0;

    if (!page)
        result = broken(operation, why, err);
    else if (list && !cJSON_IsArray(list))
        result = broken(operation, "its list is none", err);
    while (result == 0 && list && list->child)
        cJSON_AddItemToArray(items, cJSON_DetachItemViaPointer(list, list->child));
    *next = arena_strdup(arena, token ? token : "");
    if (result == 0 && !*next)
        result = no_memory(err);
    cJSON_Delete(page);
    return result;
}

static int ask_pages(const struct work *w, cJSON *items, struct err *err)
{
    const char *next = "";

    for (unsigned pages = 0; pages < PAGES_MAX && cJSON_GetArraySize(items) < ITEMS_MAX; pages++) {
        const char *previous = next;
        struct str text;

        if (call_page(w, previous, &text, err) < 0 ||
            eks_answer_page(w->client->arena, w->wish->operation, text, items, &next, err) < 0)
            return -1;
        /* A token that comes again would go round in circles. */
        if (!*next || strcmp(next, previous) == 0)
            return 0;
    }
    log_warning("a list of EKS is longer than what is shown of it", LOG_TEXT("operation", name_of(w)));
    return 0;
}

static int ask_list(const struct work *w, struct buf *out, struct err *err)
{
    cJSON *items = cJSON_CreateArray();
    int result = items ? ask_pages(w, items, err) : no_memory(err);

    if (result == 0)
        result = add_value(items, out, err);
    cJSON_Delete(items);
    return result;
}

static int ask_one(const struct work *w, struct buf *out, struct err *err)
{
    const char *member = operations[w->wish->operation].member;
    const char *why;
    struct str text;
    cJSON *root;
    int result;

    if (call_page(w, "", &text, err) < 0)
        return -1;
    if (!member)
        return 0;
    root = json_tree(text, LIMIT_JSON_DEPTH, &why);
    if (!root)
        result = broken(w->wish->operation, why, err);
    else if (!json_find(root, member))
        result = broken(w->wish->operation, "the member that it is about is not there", err);
    else
        result = add_value(json_find(root, member), out, err);
    cJSON_Delete(root);
    return result;
}

static int ask(void *arg, struct buf *out, struct err *err)
{
    const struct work *w = arg;

    return is(w, PAGED) ? ask_list(w, out, err) : ask_one(w, out, err);
}

/* What is kept */

static void add_part(EVP_MD_CTX *digest, struct str part)
{
    EVP_DigestUpdate(digest, &part.len, sizeof(part.len));
    EVP_DigestUpdate(digest, part.ptr, part.len);
}

/* Answers are about the region and the cluster, or the resource, that the first label names. */
static int digest_subject(const struct work *w, uint64_t *about)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int result = -1;

    if (context && EVP_DigestInit_ex(context, digest_sha256(), NULL) == 1) {
        add_part(context, w->region);
        add_part(context, w->wish->labels[0]);
        if (EVP_DigestFinal_ex(context, digest, NULL) == 1) {
            memcpy(about, digest, sizeof(*about));
            result = 0;
        }
    }
    EVP_MD_CTX_free(context);
    return result;
}

/* Who asks, and where, is part of it: what one may see, another may not. */
static int digest_question(const struct work *w, struct str body, unsigned char key[EKS_CACHE_KEY_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int result = -1;

    if (context && EVP_DigestInit_ex(context, digest_sha256(), NULL) == 1) {
        add_part(context, str_from(w->credentials->access_key_id));
        add_part(context, str_from(w->credentials->secret_access_key));
        add_part(context, w->region);
        add_part(context, str_from(w->client->profile));
        add_part(context, str_from(name_of(w)));
        add_part(context, w->path);
        add_part(context, body);
        for (size_t i = 0; i < w->wish->query_count; i++) {
            add_part(context, str_from(w->wish->query[i].name));
            add_part(context, w->wish->query[i].value);
        }
        if (EVP_DigestFinal_ex(context, digest, NULL) == 1) {
            memcpy(key, digest, EKS_CACHE_KEY_SIZE);
            result = 0;
        }
    }
    EVP_MD_CTX_free(context);
    return result;
}

static int read_kept(struct work *w, struct buf *out, struct err *err)
{
    struct eks_question question = {.fresh_seconds = operations[w->wish->operation].fresh_seconds};
    struct str body;

    if (w->wish->is_urgent)
        question.fresh_seconds = 0;
    if (build_body(w, "", &body, err) < 0)
        return -1;
    if (digest_subject(w, &question.about) < 0 || digest_question(w, body, question.key) < 0)
        return no_memory(err);
    return eks_cache_answer(&question, ask, w, out, err);
}

/* Also after a failure: it may have been done all the same. */
static int write_through(struct work *w, struct buf *out, struct err *err)
{
    uint64_t about;
    int result;

    if (make_request_token(w->request_token) < 0 || digest_subject(w, &about) < 0)
        return no_memory(err);
    result = ask(w, out, err);
    eks_cache_drop(about);
    return result;
}

static void delete_tree(void *tree)
{
    cJSON_Delete(tree);
}

static int parse(const struct work *w, struct str text, const cJSON **out, struct err *err)
{
    const char *why;
    cJSON *tree = json_tree(text, LIMIT_JSON_DEPTH, &why);

    if (!tree)
        return broken(w->wish->operation, why, err);
    if (arena_defer(w->client->arena, delete_tree, tree) < 0)
        return no_memory(err);
    *out = tree;
    return 0;
}

int eks_perform(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                const struct eks_wish *wish, const cJSON **out, struct err *err)
{
    struct work w = {.client = client, .credentials = credentials, .region = region, .wish = wish};
    struct buf text;
    int result;

    err_clear(err);
    *out = NULL;
    if (build_path(&w, err) < 0)
        return -1;
    buf_init(&text, LIMIT_EKS_REPLY);
    result = is(&w, WRITES) ? write_through(&w, &text, err) : read_kept(&w, &text, err);
    if (result == 0 && text.len > 0)
        result = parse(&w, buf_str(&text), out, err);
    buf_free(&text);
    return result;
}
