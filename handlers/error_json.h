/* How a failure is written beside what did not fail: one of "errors", with what it is about. */
#ifndef EKSGATE_HANDLERS_ERROR_JSON_H
#define EKSGATE_HANDLERS_ERROR_JSON_H

#include "base/err.h"
#include "base/json.h"

/* code (AWS's where there is one) and message */
void error_json_members(struct json *j, const struct err *err);

#endif
