#include "handlers/error_json.h"

void error_json_members(struct json *j, const struct err *err)
{
    json_text(j, "code", *err->aws_code ? err->aws_code : err_reason(err));
    json_text(j, "message", err->message);
}
