/*
 * /api/log-level: how much every process of the gateway logs, for a while. What is forgotten ends by itself.
 */
#include "redis/log_level.h"

#include "base/clock.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"
#include "handlers/log_level.h"

#define SECONDS_DEFAULT 3600

/* clang-format off */
const struct field log_level_fields[] = {
    {.name = "level", .type = FIELD_CHOICE, .required = true, .choices = "DEBUG|INFO|WARNING|ERROR|CRITICAL", .help = "what is below it is not logged", .example = "DEBUG"},
    {.name = "seconds", .type = FIELD_INTEGER, .min = 1, .max = LOG_LEVEL_SECONDS_MAX, .help = "for how long; an hour when it is left out", .example = "600"},
    {.name = NULL},
};

static const struct field level_shape[] = {
    {.name = "level", .type = FIELD_CHOICE, .choices = "DEBUG|INFO|WARNING|ERROR|CRITICAL", .help = "in force two seconds after it was changed", .example = "DEBUG"},
    {.name = "configured", .type = FIELD_CHOICE, .choices = "DEBUG|INFO|WARNING|ERROR|CRITICAL", .help = "LOG_LEVEL of the process that answers", .example = "INFO"},
    {.name = "until", .format = "date-time", .nullable = true, .help = "when it goes back to that; null: it is that", .example = "2026-11-21T06:00:00Z"},
    {.name = NULL},
};

const struct answer log_level_answers[] = {{200, "what is logged", level_shape}, {0}};
/* clang-format on */

/* order: NULL when there is none. */
static int answer(struct request *request, const struct log_order *order)
{
    const char *configured = request->worker->config->log_level;
    enum log_level own = LOG_LEVEL_INFO;
    struct buf body;
    struct json j;

    log_level_parse(str_from(configured), &own);
    buf_init(&body, KIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_text(&j, "level", log_level_name(order ? order->level : own));
    json_text(&j, "configured", log_level_name(own));
    json_time(&j, "until", order ? order->until : 0);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

int log_level_show(struct request *request)
{
    struct log_order order;
    int ordered = log_level_ordered(request->worker->redis, &order, &request->err);

    if (ordered < 0)
        return -1;
    return answer(request, ordered ? &order : NULL);
}

int log_level_change(struct request *request)
{
    const cJSON *seconds = json_find(request->json, "seconds");
    struct log_order order;

    log_level_parse(str_from(json_find_text(request->json, "level")), &order.level);
    order.until = clock_now() + (cJSON_IsNumber(seconds) ? (int64_t)seconds->valuedouble : SECONDS_DEFAULT);
    if (log_level_order(request->worker->redis, &order, &request->err) < 0)
        return -1;
    log_warning("the level of the log was ordered", LOG_TEXT("level", log_level_name(order.level)),
                LOG_TEXT("request_id", request->id), LOG_TEXT("key", request->caller.id));
    return answer(request, &order);
}

int log_level_reset(struct request *request)
{
    if (log_level_withdraw(request->worker->redis, &request->err) < 0)
        return -1;
    return answer(request, NULL);
}
