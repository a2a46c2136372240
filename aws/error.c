#include "aws/error.h"

#include <stdio.h>
#include <string.h>

#include "aws/xml.h"
#include "base/json.h"
#include "base/limits.h"

static void set_text(char *out, size_t size, struct str text)
{
    size_t n = text.len < size ? text.len : size - 1;

    if (n > 0)
        memcpy(out, text.ptr, n);
    out[n] = '\0';
}

static void begin(const struct http_head *head, struct aws_error *out)
{
    memset(out, 0, sizeof(*out));
    out->status = head->status;
    set_text(out->request_id, sizeof(out->request_id), http_head_get(head, "x-amzn-RequestId"));
}

/* What is known of an answer that did not come from the service itself. */
static void use_status(const struct http_head *head, struct aws_error *out)
{
    snprintf(out->code, sizeof(out->code), "%d", head->status);
    set_text(out->message, sizeof(out->message), head->reason);
}

/* Query protocol */

static enum xml_result find_text(struct str body, const char *path, char *out, size_t size)
{
    struct buf text;
    enum xml_result result;

    buf_init(&text, KIB(16));
    result = xml_find(body, path, &text);
    if (result == XML_FOUND)
        set_text(out, size, buf_str(&text));
    buf_free(&text);
    return result;
}

int aws_error_read_xml(const struct http_head *head, struct str body, struct aws_error *out)
{
    enum xml_result result;
    const char *where = "*/Error/Message";

    begin(head, out);
    result = find_text(body, "*/Error/Code", out->code, sizeof(out->code));
    if (result == XML_ABSENT) {
        where = "*/Errors/Error/Message";
        result = find_text(body, "*/Errors/Error/Code", out->code, sizeof(out->code));
    }
    if (result == XML_ABSENT) {
        where = "Error/Message";
        result = find_text(body, "Error/Code", out->code, sizeof(out->code));
    }
    if (result != XML_FOUND && (head->status >= 500 || result == XML_ABSENT)) {
        use_status(head, out);
        return 0;
    }
    if (result == XML_FAULT)
        return -1;
    find_text(body, where, out->message, sizeof(out->message));
    find_text(body, "*/RequestId", out->request_id, sizeof(out->request_id));
    return 0;
}

/* rest-json */

/* "com.amazon.eks#InvalidParameterException:http://..." names InvalidParameterException. */
static struct str short_code(struct str code)
{
    struct str name;

    code = str_cut(&code, ':');
    name = code;
    str_cut(&name, '#');
    return name.ptr ? name : code;
}

static struct str json_text_of(const cJSON *root, const char *first, const char *second)
{
    const char *text = json_find_text(root, first);

    return str_from(text ? text : json_find_text(root, second));
}

void aws_error_read_json(const struct http_head *head, struct str body, struct aws_error *out)
{
    struct str code = http_head_get(head, "x-amzn-ErrorType");
    const char *why;
    cJSON *root = json_tree(body, LIMIT_JSON_DEPTH, &why);

    begin(head, out);
    if (code.len == 0)
        code = json_text_of(root, "__type", "code");
    set_text(out->message, sizeof(out->message), json_text_of(root, "message", "Message"));
    set_text(out->code, sizeof(out->code), short_code(code));
    if (out->code[0] == '\0')
        use_status(head, out);
    cJSON_Delete(root);
}

/* Meaning */

/* A refused signature may be explained with the text that was to be signed, session token included: that
 * part is not for callers and logs. */
static int message_length(const char *message)
{
    const char *canonical = strstr(message, "The Canonical String");
    size_t len = canonical ? (size_t)(canonical - message) : strlen(message);

    while (len > 0 && strchr(" \r\n", message[len - 1]))
        len--;
    return (int)len;
}

static bool is_one_of(const char *code, const char *const *codes)
{
    for (; *codes; codes++)
        if (strcmp(code, *codes) == 0)
            return true;
    return false;
}

bool aws_error_is_throttling(const struct aws_error *error)
{
    static const char *const codes[] = {"Throttling",
                                        "ThrottlingException",
                                        "ThrottledException",
                                        "RequestThrottledException",
                                        "TooManyRequestsException",
                                        "ProvisionedThroughputExceededException",
                                        "TransactionInProgressException",
                                        "RequestLimitExceeded",
                                        "BandwidthLimitExceeded",
                                        "LimitExceededException",
                                        "RequestThrottled",
                                        "SlowDown",
                                        "EC2ThrottledException",
                                        NULL};

    return error->status == 429 || is_one_of(error->code, codes);
}

bool aws_error_is_transient(const struct aws_error *error)
{
    static const char *const codes[] = {"RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete",
                                        "IDPCommunicationError", NULL};
    int status = error->status;

    return status == 500 || status == 502 || status == 503 || status == 504 || aws_error_is_throttling(error) ||
           is_one_of(error->code, codes);
}

bool aws_error_is_clock(const struct aws_error *error)
{
    static const char *const codes[] = {"SignatureDoesNotMatch", "InvalidSignatureException", "RequestTimeTooSkewed",
                                        "RequestExpired", NULL};

    return is_one_of(error->code, codes) || strstr(error->message, "Signature expired") != NULL;
}

static bool is_expired(const struct aws_error *error)
{
    static const char *const codes[] = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", NULL};

    return is_one_of(error->code, codes) && !strstr(error->message, "Signature expired");
}

/* AWS's own status, but for 5xx, which is not this gateway's fault, and 401, which means its own login. */
static int status_for_caller(const struct aws_error *error)
{
    if (aws_error_is_throttling(error))
        return 429;
    if (error->status == 401)
        return 403;
    return error->status >= 400 && error->status < 500 ? error->status : 502;
}

int aws_error_report(const struct aws_error *error, const char *operation, struct err *err)
{
    const char *message = error->message[0] ? error->message : error->code;

    err_set(err, is_expired(error) ? ERR_CREDENTIALS_EXPIRED : ERR_AWS, "%s: %.*s", operation, message_length(message),
            message);
    if (err->kind == ERR_AWS)
        err->code = status_for_caller(error);
    if (err->code == 429)
        err->retry_after = 1;
    memcpy(err->aws_code, error->code, sizeof(err->aws_code));
    memcpy(err->aws_request_id, error->request_id, sizeof(err->aws_request_id));
    return -1;
}
