/* Whether clusters can be made here, and how much of that waits: to be known before one is ordered. */
#include "fcgi/response.h"
#include "handlers/handlers.h"
#include "handlers/provision.h"
#include "redis/runs.h"

/* clang-format off */
static const struct field runner_shape[] = {
    {.name = "runner", .type = FIELD_CHOICE, .choices = "off|local|kube", .help = "what performs runs: nothing, processes beside the agent, or Jobs in a cluster", .example = "local"},
    {.name = "has_agent", .type = FIELD_BOOLEAN, .help = "an eksgate agent is at work: without one, runs wait", .example = "true"},
    {.name = "running", .type = FIELD_INTEGER, .example = "1"},
    {.name = "running_max", .type = FIELD_INTEGER, .help = "EKSGATE_PROVISION_RUNS", .example = "3"},
    {.name = "waiting", .type = FIELD_INTEGER, .example = "0"},
    {.name = "waiting_max", .type = FIELD_INTEGER, .help = "EKSGATE_PROVISION_QUEUE: one more is refused", .example = "20"},
    {.name = NULL},
};
/* clang-format on */

const struct answer provision_runner_answers[] = {{200, "how it stands", runner_shape}, {0}};

int provisions_runner(struct request *request)
{
    const struct config *config = request->worker->config;
    struct runs_load load;
    struct buf body;
    struct json j;

    if (runs_load_read(request->worker->redis, &load, &request->err) < 0)
        return -1;
    buf_init(&body, KIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_text(&j, "runner", config->provision_runner);
    json_bool(&j, "has_agent", load.has_agent);
    json_int(&j, "running", load.running);
    json_int(&j, "running_max", config->provision_runs);
    json_int(&j, "waiting", load.waiting);
    json_int(&j, "waiting_max", config->provision_queue);
    json_object_close(&j);
    return response_json(request, 200, &body);
}
