#include "base/status.h"

#include "base/json.h"

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {207, "Multi-Status"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {429, "Too Many Requests"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

const char *http_reason(int status)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}

static void write_details(struct json *j, const struct err *err)
{
    json_object_open(j, "details");
    if (*err->object)
        json_text(j, "name", err->object);
    if (err->object_kind)
        json_text(j, "kind", err->object_kind);
    if (*err->aws_code)
        json_text(j, "awsCode", err->aws_code);
    if (*err->aws_request_id)
        json_text(j, "awsRequestId", err->aws_request_id);
    if (err->retry_after)
        json_int(j, "retryAfterSeconds", err->retry_after);
    if (err->cause_count > 0) {
        json_array_open(j, "causes");
        for (size_t i = 0; i < err->cause_count; i++) {
            json_object_open(j, NULL);
            json_text(j, "reason", err->causes[i].reason);
            json_text(j, "message", err->causes[i].message);
            json_text(j, "field", err->causes[i].field);
            json_object_close(j);
        }
        json_array_close(j);
    }
    for (const cJSON *member = err->about ? err->about->child : NULL; member; member = member->next)
        json_value(j, member->string, member);
    json_object_close(j);
}

/* The same as details.causes, for programs that know nothing of Kubernetes. */
static void write_errors(struct json *j, const struct err *err)
{
    json_array_open(j, "errors");
    for (size_t i = 0; i < err->cause_count; i++) {
        json_object_open(j, NULL);
        json_text(j, "field", err->causes[i].field);
        json_text(j, "code", err->causes[i].reason);
        json_text(j, "message", err->causes[i].message);
        json_object_close(j);
    }
    json_array_close(j);
}

/* https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
void status_write(struct buf *body, const struct err *err)
{
    struct json j;

    json_init(&j, body);
    json_object_open(&j, NULL);
    json_text(&j, "kind", "Status");
    json_text(&j, "apiVersion", "v1");
    json_raw(&j, "metadata", STR("{}"));
    json_text(&j, "status", "Failure");
    json_text(&j, "message", err->message);
    json_text(&j, "reason", err_reason(err));
    write_details(&j, err);
    if (err->cause_count > 0)
        write_errors(&j, err);
    json_int(&j, "code", err->code);
    json_object_close(&j);
    buf_add_char(body, '\n');
}
