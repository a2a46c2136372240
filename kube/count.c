/*
 * What clusters answer, for the metrics.
 */
#include "base/clock.h"
#include "base/metrics.h"
#include "kube/perform.h"

void kube_count_answer(int status, int64_t asked_us)
{
    size_t class = status >= 100 && status < 600 ? (size_t)status / 100 - 1 : METRICS_OTHER;

    metrics_add(&metrics->upstream[class], 1);
    metrics_observe(&metrics->upstream_time, clock_monotonic_us() - asked_us);
}

void kube_count_failure(enum http_result result)
{
    static const enum metrics_upstream outcomes[] = {
        [HTTP_OK] = METRICS_OTHER,         [HTTP_UNRESOLVED] = METRICS_UNRESOLVED,
        [HTTP_REFUSED] = METRICS_REFUSED,  [HTTP_FORBIDDEN] = METRICS_FORBIDDEN,
        [HTTP_TLS] = METRICS_TLS,          [HTTP_TIMEOUT] = METRICS_TIMEOUT,
        [HTTP_BROKEN] = METRICS_BROKEN,    [HTTP_TRUNCATED] = METRICS_BROKEN,
        [HTTP_TOO_LARGE] = METRICS_BROKEN, [HTTP_STOPPED] = METRICS_STOPPED,
        [HTTP_INTERNAL] = METRICS_OTHER,
    };

    if (result != HTTP_BUSY) /* it was not asked */
        metrics_add(&metrics->upstream[outcomes[result]], 1);
}
