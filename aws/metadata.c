#include "aws/metadata.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/metrics.h"

int metadata_call(struct aws_client *client, const struct metadata_call *call, struct http_reply *reply)
{
    const struct http_call http = {.method = call->method,
                                   .url = call->url,
                                   .headers = call->headers,
                                   .reach = HTTP_REACH_ANY,
                                   .plain_allowed = true,
                                   .connect_timeout_ms = call->timeout_ms,
                                   .timeout_ms = call->timeout_ms,
                                   .max_body = KIB(64),
                                   .is_secret = true};

    int64_t asked_us = clock_monotonic_us();
    int rc = http_perform(client->http, client->arena, &http, reply);

    metrics_add(&metrics->aws[METRICS_METADATA][rc == 0 && reply->head.status / 100 == 2 ? METRICS_OK : METRICS_ERROR],
                1);
    metrics_observe(&metrics->aws_time[METRICS_METADATA], clock_monotonic_us() - asked_us);
    return rc;
}

const char *metadata_header(struct arena *arena, const char *name, struct str value)
{
    struct buf line;
    const char *copy;

    buf_init(&line, KIB(64));
    buf_add_str(&line, str_from(name));
    buf_add_str(&line, STR(": "));
    buf_add_str(&line, value);
    copy = line.failed ? NULL : arena_secret(arena, line.ptr, line.len);
    buf_wipe(&line);
    return copy;
}
