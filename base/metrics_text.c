/*
 * The names under which the members of a block are known outside, and Prometheus' text format of them:
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "base/metrics.h"

#define DIMENSIONS 3

enum kind {
    COUNTER,
    GAUGE,
    HISTOGRAM,
};

enum processes {
    SERVE = 1,
    TUNNEL = 2,
    AGENT = 4,
    ALL = SERVE | TUNNEL | AGENT,
};

/* The values of one label, in the order of the cells. */
struct dimension {
    const char *label;
    const char *const *values; /* NULL: the rows of the route table */
    size_t count;
};

struct metric {
    const char *name;
    enum kind kind;
    enum processes processes; /* of more than one kind: told apart by a label */
    bool by_worker;           /* not summed over a pool */
    bool in_us;               /* the cell holds microseconds, told in seconds */
    bool sparse;              /* zeros are left out */
    size_t offset;            /* in struct metrics_block */
    const struct dimension *dimensions[DIMENSIONS];
    const char *help;
};

static const char *const method_values[METRICS_METHODS] = {"GET",   "HEAD",   "POST",    "PUT",
                                                           "PATCH", "DELETE", "OPTIONS", "other"};
static const char *const status_values[METRICS_STATUSES] = {
    "other", "101", "200", "201", "202", "204", "206", "207", "301", "302", "303", "304", "307", "308",
    "400",   "401", "403", "404", "405", "406", "408", "409", "410", "411", "412", "413", "415", "416",
    "417",   "421", "422", "423", "429", "499", "500", "501", "502", "503", "504", "505"};
static const char *const outcome_values[METRICS_OUTCOMES] = {"ok", "error"};
static const char *const upstream_values[METRICS_UPSTREAMS] = {
    [METRICS_1XX] = "1xx",         [METRICS_2XX] = "2xx",
    [METRICS_3XX] = "3xx",         [METRICS_4XX] = "4xx",
    [METRICS_5XX] = "5xx",         [METRICS_UNRESOLVED] = "unresolved",
    [METRICS_REFUSED] = "refused", [METRICS_FORBIDDEN] = "forbidden_address",
    [METRICS_TLS] = "tls",         [METRICS_TIMEOUT] = "timeout",
    [METRICS_BROKEN] = "broken",   [METRICS_STOPPED] = "stopped",
    [METRICS_OTHER] = "other"};
static const char *const aws_values[METRICS_AWS_SERVICES] = {
    [METRICS_STS] = "sts",           [METRICS_EKS] = "eks", [METRICS_SSO] = "sso",
    [METRICS_METADATA] = "metadata", [METRICS_EC2] = "ec2", [METRICS_ELB] = "elasticloadbalancing",
    [METRICS_IAM] = "iam",           [METRICS_KMS] = "kms", [METRICS_S3] = "s3"};
static const char *const limit_values[METRICS_LIMITS] = {[METRICS_READS] = "reads",
                                                         [METRICS_WRITES] = "writes",
                                                         [METRICS_RAW] = "raw",
                                                         [METRICS_KEY_FAILURES] = "key_failures"};
static const char *const delivery_values[METRICS_DELIVERIES] = {
    [METRICS_DELIVERED] = "delivered", [METRICS_FAILED] = "failed", [METRICS_DEAD] = "dead"};
static const char *const direction_values[2] = {"to_cluster", "to_client"};

static const struct dimension route = {"route", NULL, METRICS_ROUTES_MAX};
static const struct dimension method = {"method", method_values, METRICS_METHODS};
static const struct dimension status = {"status", status_values, METRICS_STATUSES};
static const struct dimension outcome = {"result", outcome_values, METRICS_OUTCOMES};
static const struct dimension upstream = {"result", upstream_values, METRICS_UPSTREAMS};
static const struct dimension service = {"service", aws_values, METRICS_AWS_SERVICES};
static const struct dimension group = {"group", limit_values, METRICS_LIMITS};
static const struct dimension delivery = {"result", delivery_values, METRICS_DELIVERIES};
static const struct dimension direction = {"direction", direction_values, 2};

#define AT(member) .offset = offsetof(struct metrics_block, member)

/* clang-format off */
static const struct metric table[] = {
    { "eksgate_http_requests_total", COUNTER, SERVE, .sparse = true, AT(requests), .dimensions = {&route, &method, &status}, .help = "Requests that ended, by the pattern of their route. 499: the client went. A stream counts when it ends" },
    { "eksgate_http_request_duration_seconds", HISTOGRAM, SERVE, .sparse = true, AT(request_time), .dimensions = {&route, &method}, .help = "From the request to the end of its answer; without streams" },
    { "eksgate_upstream_requests_total", COUNTER, ALL, AT(upstream), .dimensions = {&upstream}, .help = "Requests sent to clusters, by the class of the answer or why there was none" },
    { "eksgate_upstream_duration_seconds", HISTOGRAM, ALL, AT(upstream_time), .help = "From a request to a cluster to the head of its answer" },
    { "eksgate_threads", GAUGE, SERVE, AT(now.threads), .help = "Threads that may work on requests" },
    { "eksgate_threads_busy", GAUGE, SERVE, AT(now.threads_busy), .help = "Threads that work on one" },
    { "eksgate_queue_length", GAUGE, SERVE, AT(now.queue), .help = "Connections from nginx that no thread has taken yet" },
    { "eksgate_streams_open", GAUGE, SERVE, AT(now.streams), .help = "Watches, followed logs and proxied answers that are open" },
    { "eksgate_streams_total", COUNTER, SERVE, AT(streams), .help = "Such streams begun" },
    { "eksgate_stream_bytes_total", COUNTER, SERVE, AT(stream_bytes), .help = "Bytes of their bodies passed on to clients" },
    { "eksgate_tunnel_sessions_open", GAUGE, TUNNEL, AT(now.sessions), .help = "Sessions of exec, attach, port-forward and WebSockets that are open" },
    { "eksgate_tunnel_sessions_total", COUNTER, TUNNEL, AT(sessions), .help = "Such sessions begun" },
    { "eksgate_tunnel_bytes_total", COUNTER, TUNNEL, AT(session_bytes), .dimensions = {&direction}, .help = "Bytes passed on in them" },
    { "eksgate_tokens_minted_total", COUNTER, ALL, AT(tokens_minted), .help = "EKS tokens signed" },
    { "eksgate_key_failures_total", COUNTER, SERVE | TUNNEL, AT(key_failures), .help = "Requests with an API key that is wrong or unknown" },
    { "eksgate_limited_total", COUNTER, SERVE | TUNNEL, AT(limited), .dimensions = {&group}, .help = "Requests refused with 429 by a rate limit" },
    { "eksgate_agent_leads", GAUGE, AGENT, AT(now.leads), .help = "1: this agent does the work, the others wait" },
    { "eksgate_job_changes_total", COUNTER, AGENT, AT(job_changes), .help = "Changes of the state of Jobs that were recorded" },
    { "eksgate_webhook_attempts_total", COUNTER, AGENT, AT(deliveries), .dimensions = {&delivery}, .help = "Attempts to deliver to a webhook; dead: it failed for the last time" },
    { "eksgate_redis_commands_total", COUNTER, ALL, AT(redis), .dimensions = {&outcome}, .help = "Commands to Redis" },
    { "eksgate_redis_duration_seconds", HISTOGRAM, ALL, AT(redis_time), .help = "Time of a command to Redis" },
    { "eksgate_aws_requests_total", COUNTER, ALL, AT(aws), .dimensions = {&service, &outcome}, .help = "Requests to AWS, each attempt; error: none came, or it was not 2xx" },
    { "eksgate_aws_duration_seconds", HISTOGRAM, ALL, AT(aws_time), .dimensions = {&service}, .help = "Time of a request to AWS" },
    { "eksgate_process_starts_total", COUNTER, ALL, .by_worker = true, AT(starts), .help = "How often that process was started; more than once: it died" },
    { "eksgate_process_start_time_seconds", GAUGE, ALL, .by_worker = true, AT(now.started_at), .help = "When it was started, as Unix time" },
    { "eksgate_process_cpu_seconds_total", COUNTER, ALL, .by_worker = true, .in_us = true, AT(now.cpu_us), .help = "CPU time it used" },
    { "eksgate_process_resident_memory_bytes", GAUGE, ALL, .by_worker = true, AT(now.resident_bytes), .help = "Memory it holds, what it shares with others counted for each" },
    { "eksgate_process_open_fds", GAUGE, ALL, .by_worker = true, AT(now.open_fds), .help = "File descriptors it has open" },
    { "eksgate_process_max_fds", GAUGE, ALL, .by_worker = true, AT(now.max_fds), .help = "File descriptors it may have open" },
};
/* clang-format on */

static const char *const bound_values[METRICS_BUCKETS] = {"0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025",
                                                          "0.05",   "0.1",   "0.25",   "0.5",   "1",    "2.5",
                                                          "5",      "10",    "30",     "+Inf"};

struct text {
    struct buf *out;
    const char *(*route_name)(size_t row);
    size_t route_count;
};

/* The labels of one series, without braces. */
struct labels {
    char text[512];
    size_t len;
};

static void add_label(struct labels *labels, const char *name, const char *value)
{
    int n = snprintf(labels->text + labels->len, sizeof(labels->text) - labels->len, "%s%s=\"%s\"",
                     labels->len > 0 ? "," : "", name, value);

    if (n > 0 && (size_t)n < sizeof(labels->text) - labels->len)
        labels->len += (size_t)n;
    labels->text[labels->len] = '\0';
}

/* The sum of one cell over blocks that begin at the first. */
static long long sum(const struct metrics_block *first, size_t count, size_t offset)
{
    long long total = 0;

    for (size_t i = 0; i < count; i++)
        total += metrics_read((const atomic_llong *)(const void *)((const char *)&first[i] + offset));
    return total;
}

static void write_line(struct text *text, const struct metric *m, const char *suffix, const struct labels *labels,
                       const char *bound)
{
    const char *open = labels->len > 0 || bound ? "{" : "";
    const char *close = labels->len > 0 || bound ? "}" : "";

    buf_printf(text->out, "%s%s%s%s", m->name, suffix, open, labels->text);
    if (bound)
        buf_printf(text->out, "%sle=\"%s\"", labels->len > 0 ? "," : "", bound);
    buf_printf(text->out, "%s ", close);
}

static void write_seconds(struct text *text, long long us)
{
    buf_printf(text->out, "%lld.%06lld\n", us / 1000000, us % 1000000);
}

static void write_histogram(struct text *text, const struct metric *m, const struct labels *labels,
                            const struct metrics_block *blocks, size_t count, size_t offset)
{
    long long buckets[METRICS_BUCKETS];
    long long total = 0;

    for (size_t i = 0; i < METRICS_BUCKETS; i++)
        total += buckets[i] = sum(blocks, count, offset + i * sizeof(atomic_llong));
    if (total == 0 && m->sparse)
        return;
    total = 0;
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        write_line(text, m, "_bucket", labels, bound_values[i]);
        buf_printf(text->out, "%lld\n", total += buckets[i]);
    }
    write_line(text, m, "_sum", labels, NULL);
    write_seconds(text, sum(blocks, count, offset + offsetof(struct metrics_histogram, sum_us)));
    write_line(text, m, "_count", labels, NULL);
    buf_printf(text->out, "%lld\n", total);
}

static void write_value(struct text *text, const struct metric *m, const struct labels *labels,
                        const struct metrics_block *blocks, size_t count, size_t offset)
{
    long long value;

    if (m->kind == HISTOGRAM) {
        write_histogram(text, m, labels, blocks, count, offset);
        return;
    }
    value = sum(blocks, count, offset);
    if (value == 0 && m->sparse)
        return;
    write_line(text, m, "", labels, NULL);
    if (m->in_us)
        write_seconds(text, value);
    else
        buf_printf(text->out, "%lld\n", value);
}

static size_t cell_size(const struct metric *m, size_t depth)
{
    size_t size = m->kind == HISTOGRAM ? sizeof(struct metrics_histogram) : sizeof(atomic_llong);

    for (size_t i = depth; i < DIMENSIONS && m->dimensions[i]; i++)
        size *= m->dimensions[i]->count;
    return size;
}

/* NULL: there is no such row. */
static const char *value_of(const struct text *text, const struct dimension *dimension, size_t i)
{
    if (dimension->values)
        return dimension->values[i];
    if (i == METRICS_ROUTE_NONE)
        return "none";
    return i < text->route_count ? text->route_name(i) : NULL;
}

static bool is_empty(const struct metrics_block *blocks, size_t count, size_t offset, size_t size)
{
    for (size_t i = 0; i < size; i += sizeof(atomic_llong))
        if (sum(blocks, count, offset + i) != 0)
            return false;
    return true;
}

/* Every combination of the labels from that dimension on. */
static void write_series(struct text *text, const struct metric *m, size_t depth, const struct labels *labels,
                         const struct metrics_block *blocks, size_t count, size_t offset)
{
    const struct dimension *dimension = depth < DIMENSIONS ? m->dimensions[depth] : NULL;

    if (!dimension) {
        write_value(text, m, labels, blocks, count, offset);
        return;
    }
    for (size_t i = 0; i < dimension->count; i++) {
        const char *value = value_of(text, dimension, i);
        size_t size = cell_size(m, depth + 1);
        struct labels with;

        if (!value || (m->sparse && is_empty(blocks, count, offset + i * size, size)))
            continue;
        with = *labels;
        add_label(&with, dimension->label, value);
        write_series(text, m, depth + 1, &with, blocks, count, offset + i * size);
    }
}

static enum processes process_of(const char *name)
{
    return strcmp(name, "serve") == 0 ? SERVE : strcmp(name, "tunnel") == 0 ? TUNNEL : AGENT;
}

static void write_workers(struct text *text, const struct metric *m, const struct labels *labels,
                          const struct metrics_source *source)
{
    for (size_t i = 0; i < source->count; i++) {
        struct labels with = *labels;
        char number[24];

        snprintf(number, sizeof(number), "%zu", i);
        add_label(&with, "worker", number);
        write_series(text, m, 0, &with, &source->blocks[i], 1, m->offset);
    }
}

static void write_metric(struct text *text, const struct metric *m, const struct metrics_source *sources, size_t count)
{
    static const char *const kinds[] = {[COUNTER] = "counter", [GAUGE] = "gauge", [HISTOGRAM] = "histogram"};
    bool several = (m->processes & (m->processes - 1)) != 0;

    buf_printf(text->out, "# HELP %s %s.\n# TYPE %s %s\n", m->name, m->help, m->name, kinds[m->kind]);
    for (size_t i = 0; i < count; i++) {
        const struct metrics_source *source = &sources[i];
        struct labels labels = {.len = 0};

        if (!(m->processes & process_of(source->process)))
            continue;
        if (several)
            add_label(&labels, "process", source->process);
        if (m->by_worker)
            write_workers(text, m, &labels, source);
        else
            write_series(text, m, 0, &labels, source->blocks, source->count, m->offset);
    }
}

int metrics_write(struct buf *out, const struct metrics_source *sources, size_t source_count,
                  const char *(*route_name)(size_t row), size_t route_count)
{
    struct text text = {.out = out, .route_name = route_name, .route_count = route_count};

    buf_printf(out,
               "# HELP eksgate_build_info Which eksgate this is; always 1.\n# TYPE eksgate_build_info gauge\n"
               "eksgate_build_info{version=\"%s\"} 1\n",
               EKSGATE_VERSION);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        write_metric(&text, &table[i], sources, source_count);
    return out->failed ? -1 : 0;
}
