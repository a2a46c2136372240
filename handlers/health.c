/*
 * GET /health: for load balancers and people. Without Redis the process still serves the clusters it knows
 * (degraded) until what it remembers is too old to be trusted (unhealthy). Strangers get the status and no more.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <unistd.h>

#include "aws/clock.h"
#include "base/clock.h"
#include "base/json.h"
#include "cluster/memory.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"
#include "handlers/health.h"

/* clang-format off */
static const struct field health_shape[] = {
    {.name = "status", .type = FIELD_CHOICE, .choices = "healthy|degraded|unhealthy", .help = "degraded: Redis is away, known clusters are still served", .example = "healthy"},
    {.name = "cluster", .optional = true, .nullable = true, .help = "the default one; from here on for callers with a role only", .example = "demo"},
    {.name = "region", .optional = true, .nullable = true, .example = "us-east-1"},
    {.name = "redis", .type = FIELD_CHOICE, .optional = true, .choices = "up|down", .example = "up"},
    {.name = "version", .optional = true, .help = "of eksgate", .example = "0.1.0"},
    {.name = "clock_offset_seconds", .type = FIELD_INTEGER, .optional = true, .help = "how far this machine's clock is off AWS's", .example = "0"},
    {.name = "sandbox", .type = FIELD_OBJECT, .optional = true, .help = "the progress of a sandbox that is not ready"},
    {.name = NULL},
};

const struct answer health_answers[] = {
    {200, "it works", health_shape},
    {503, "it can not be relied on", health_shape},
    {0},
};

const struct answer health_word_answers[] = {
    {200, "\"healthy\"", NULL, "application/json"},
    {503, "\"unhealthy\"", NULL, "application/json"},
    {0},
};
/* clang-format on */

static atomic_llong redis_seen_ms;

static bool redis_is_up(struct request *request)
{
    if (redis_ping(request->worker->redis) < 0)
        return false;
    atomic_store(&redis_seen_ms, clock_monotonic_ms());
    return true;
}

/* The sandbox's own progress report, passed on while it is being built. */
static void write_progress(struct request *request, struct json *j, const char *path)
{
    char text[4096];
    const char *why;
    const cJSON *progress;
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text)) : -1;

    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return;
    progress = json_parse(request->arena, (struct str){text, (size_t)n}, 4, &why);
    if (cJSON_IsObject(progress) && !cJSON_IsTrue(json_find(progress, "ready")))
        json_value(j, "sandbox", progress);
}

/* What was read of Redis last is believed for a while. */
static bool is_trusted(bool up)
{
    int64_t seen = atomic_load(&redis_seen_ms);

    return up || (seen != 0 && clock_monotonic_ms() - seen < MEMORY_LIFE_MS);
}

int health_word(struct request *request)
{
    bool trusted = is_trusted(redis_is_up(request));
    struct buf body;
    struct json j;

    buf_init(&body, 64);
    json_init(&j, &body);
    json_text(&j, NULL, trusted ? "healthy" : "unhealthy");
    return response_json(request, trusted ? 200 : 503, &body);
}

int health_show(struct request *request)
{
    const struct config *config = request->worker->config;
    bool up = redis_is_up(request);
    bool trusted = is_trusted(up);
    struct buf body;
    struct json j;

    buf_init(&body, KIB(16));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_text(&j, "status", up ? "healthy" : trusted ? "degraded" : "unhealthy");
    if (request->caller.role != ROLE_NONE) {
        json_text(&j, "cluster", config->cluster_name);
        json_text(&j, "region", config->region);
        json_text(&j, "redis", up ? "up" : "down");
        json_text(&j, "version", EKSGATE_VERSION);
        json_int(&j, "clock_offset_seconds", aws_clock_offset());
        write_progress(request, &j, config->sandbox_progress);
    }
    json_object_close(&j);
    return response_json(request, trusted ? 200 : 503, &body);
}
