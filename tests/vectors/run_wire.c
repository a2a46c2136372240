/* Answers of STS and EKS: results and errors as botocore reads them. */
#include "aws/answer.h"
#include "aws/eks_api.h"
#include "aws/error.h"
#include "aws/xml.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/limits.h"
#include "vectors.h"

struct answer {
    const cJSON *vector;
    struct http_head head;
    struct http_header headers[8];
    struct str body;
    struct str operation;
};

static struct str reason_of(int status)
{
    return status == 503 ? STR("Service Unavailable") : status == 502 ? STR("Bad Gateway") : STR("");
}

static void read_answer(const cJSON *vector, struct answer *a)
{
    const cJSON *item;

    *a = (struct answer){.vector = vector, .body = str_from(json_find_text(vector, "body"))};
    a->operation = str_from(json_find_text(vector, "operation"));
    a->head.status = (int)cJSON_GetNumberValue(json_find(vector, "status"));
    a->head.reason = reason_of(a->head.status);
    a->head.headers = a->headers;
    cJSON_ArrayForEach(item, json_find(vector, "headers"))
    {
        a->headers[a->head.header_count].name = str_from(item->string);
        a->headers[a->head.header_count++].value = str_from(item->valuestring);
    }
}

/* STS */

static bool compare_value(const struct answer *a, const char *path, const cJSON *want, struct str got)
{
    char text[CLOCK_TEXT_SIZE];
    int64_t seconds;

    if (cJSON_IsNumber(want)) {
        snprintf(text, sizeof(text), "%d", want->valueint);
        return vector_equal(a->vector, path, text, got);
    }
    /* A time is compared as a time: the answer may have fractions or an offset. */
    if (strcmp(want->string, "Expiration") == 0 && clock_parse(got, &seconds) == 0)
        return vector_equal(a->vector, path, want->valuestring, str_from(clock_format(seconds, text)));
    return vector_equal(a->vector, path, want->valuestring, got);
}

static bool compare_tree(const struct answer *a, const char *path, const cJSON *want)
{
    const cJSON *item;
    bool holds = true;

    cJSON_ArrayForEach(item, want)
    {
        char below[256];
        struct buf text;

        snprintf(below, sizeof(below), "%s/%s", path, item->string);
        if (strcmp(item->string, "ResponseMetadata") == 0)
            snprintf(below, sizeof(below), "*/ResponseMetadata");
        if (strcmp(item->string, "HTTPStatusCode") == 0)
            continue;
        buf_init(&text, KIB(64));
        if (cJSON_IsObject(item))
            holds = compare_tree(a, below, item) && holds;
        else if (xml_find(a->body, below, &text) != XML_FOUND)
            holds = vector_differs(a->vector, below, STR("a value"), STR("none"));
        else
            holds = compare_value(a, below, item, buf_str(&text)) && holds;
        buf_free(&text);
    }
    return holds;
}

static bool run_sts_result(const struct answer *a, const cJSON *want)
{
    char path[128];
    struct buf ignored;
    bool broken;

    buf_init(&ignored, KIB(64));
    broken = xml_find(a->body, "*", &ignored) == XML_FAULT;
    buf_free(&ignored);
    if (!want)
        return broken ? true : vector_differs(a->vector, "answer", STR("broken"), STR("well-formed"));
    snprintf(path, sizeof(path), "*/%.*sResult", STR_FMT(a->operation));
    return compare_tree(a, path, want);
}

static bool run_session(const struct answer *a, const cJSON *want)
{
    char expiration[CLOCK_TEXT_SIZE];
    struct aws_credentials got;
    struct err err = {0};
    int64_t expires_at = 0;

    if (aws_answer_session(a->body, "sts:AssumeRole", &got, &err) < 0)
        return vector_differs(a->vector, "answer", STR("credentials"), str_from(err.message));
    clock_parse(str_from(json_find_text(want, "Credentials.Expiration")), &expires_at);
    return vector_equal(a->vector, "AccessKeyId", json_find_text(want, "Credentials.AccessKeyId"),
                        str_from(got.access_key_id)) &&
           vector_equal(a->vector, "SecretAccessKey", json_find_text(want, "Credentials.SecretAccessKey"),
                        str_from(got.secret_access_key)) &&
           vector_equal(a->vector, "SessionToken", json_find_text(want, "Credentials.SessionToken"),
                        str_from(got.session_token)) &&
           vector_equal(a->vector, "Expiration", clock_format(expires_at, expiration),
                        str_from(clock_format(got.expires_at, (char[CLOCK_TEXT_SIZE]){0})));
}

static bool run_identity(const struct answer *a, const cJSON *want)
{
    struct arena *arena = arena_new(MIB(1));
    struct aws_identity identity;
    struct err err = {0};
    bool holds = aws_answer_identity(arena, a->body, &identity, &err) == 0 &&
                 vector_equal(a->vector, "Arn", json_find_text(want, "Arn"), str_from(identity.arn)) &&
                 vector_equal(a->vector, "Account", json_find_text(want, "Account"), str_from(identity.account)) &&
                 vector_equal(a->vector, "UserId", json_find_text(want, "UserId"), str_from(identity.user_id));

    arena_free(arena);
    return holds;
}

/* EKS */

static bool run_names(const struct answer *a, const cJSON *want)
{
    struct arena *arena = arena_new(MIB(1));
    const cJSON *clusters = json_find(want, "clusters");
    cJSON *names = cJSON_CreateArray();
    const char *next;
    struct err err = {0};
    bool holds = eks_answer_page(arena, EKS_LIST_CLUSTERS, a->body, names, &next, &err) == 0 &&
                 cJSON_GetArraySize(names) == cJSON_GetArraySize(clusters) &&
                 vector_equal(a->vector, "nextToken", str_from(json_find_text(want, "nextToken")).ptr, str_from(next));

    for (int i = 0; holds && i < cJSON_GetArraySize(names); i++)
        holds = vector_equal(a->vector, "name", cJSON_GetArrayItem(clusters, i)->valuestring,
                             str_from(cJSON_GetArrayItem(names, i)->valuestring));
    cJSON_Delete(names);
    arena_free(arena);
    return holds;
}

static bool compare_text(const struct answer *a, const cJSON *want, const char *member, const char *got)
{
    return vector_equal(a->vector, member, str_from(json_find_text(want, member)).ptr, str_from(got));
}

static bool compare_cluster(const struct answer *a, const cJSON *want, const struct eks_cluster *got)
{
    char created[CLOCK_TEXT_SIZE] = "";
    struct buf ca;
    bool holds;

    if (got->created_at)
        clock_format(got->created_at, created);
    buf_init(&ca, KIB(64));
    encode_base64(&ca, got->ca_pem.ptr, got->ca_pem.len);
    holds = compare_text(a, want, "name", got->name) && compare_text(a, want, "arn", got->arn) &&
            compare_text(a, want, "status", got->status) && compare_text(a, want, "version", got->version) &&
            compare_text(a, want, "endpoint", got->endpoint) && compare_text(a, want, "createdAt", created) &&
            compare_text(a, want, "certificateAuthority.data", buf_str(&ca).ptr);
    buf_free(&ca);
    return holds;
}

static bool run_cluster(const struct answer *a, const cJSON *want)
{
    struct arena *arena = arena_new(MIB(1));
    struct eks_cluster cluster;
    struct err err = {0};
    bool holds = aws_answer_cluster(arena, a->body, &cluster, &err) == 0 &&
                 compare_cluster(a, json_find(want, "cluster"), &cluster);

    arena_free(arena);
    return holds;
}

/* Errors */

static bool run_error(const struct answer *a, const cJSON *want, bool is_sts)
{
    struct aws_error error;
    const cJSON *message = json_find(want, "Error.Message");
    const char *request_id = json_find_text(want, "ResponseMetadata.RequestId");

    if (is_sts && aws_error_read_xml(&a->head, a->body, &error) < 0)
        return want ? vector_differs(a->vector, "error", STR("readable"), STR("broken")) : true;
    if (!want)
        return vector_differs(a->vector, "error", STR("broken"), str_from(error.code));
    if (!is_sts)
        aws_error_read_json(&a->head, a->body, &error);
    return vector_equal(a->vector, "code", json_find_text(want, "Error.Code"), str_from(error.code)) &&
           vector_equal(a->vector, "message", cJSON_IsString(message) ? message->valuestring : "",
                        str_from(error.message)) &&
           (!request_id || vector_equal(a->vector, "request id", request_id, str_from(error.request_id)));
}

static bool run(const cJSON *vector)
{
    bool is_sts = str_equal(str_from(json_find_text(vector, "service")), STR("sts"));
    const cJSON *want = json_find(vector, "expect.ok");
    struct answer a;

    read_answer(vector, &a);
    if (a.head.status >= 300)
        return run_error(&a, want, is_sts);
    if (is_sts && want && str_equal(a.operation, STR("GetCallerIdentity")))
        return run_identity(&a, want);
    if (is_sts && json_find(want, "Credentials") && !run_session(&a, want))
        return false;
    if (is_sts)
        return run_sts_result(&a, want);
    return str_equal(a.operation, STR("ListClusters")) ? run_names(&a, want) : run_cluster(&a, want);
}

int main(int argc, char **argv)
{
    return vector_main(argc, argv, run);
}
