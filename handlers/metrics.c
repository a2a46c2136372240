/*
 * GET /metrics: what the serve pool has counted, whichever of its processes is asked, and what the tunnel and the agent
 * beside it have, where they share the folder of the sockets.
 */
#include <stdio.h>

#include "base/attend.h"
#include "base/limits.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"
#include "handlers/metrics.h"
#include "handlers/routes.h"

const struct answer metrics_answers[] = {{200, "in Prometheus' text format", NULL, "text/plain"}, {0}};

static const char *route_name(size_t row)
{
    return routes[row].path;
}

static int send_text(struct request *request, struct buf *text)
{
    char length[24];
    int rc;

    snprintf(length, sizeof(length), "%zu", text->len);
    response_begin(request, 200, STR("OK"));
    response_header(request, "Content-Type", STR(METRICS_TEXT_TYPE));
    response_header(request, "Cache-Control", STR("no-store"));
    response_header(request, "Content-Length", str_from(length));
    rc = response_write(request, text->ptr, text->len);
    return rc < 0 ? err_set(&request->err, ERR_CLIENT_GONE, "the client is gone") : 0;
}

int metrics_show(struct request *request)
{
    static const char *const others[] = {"tunnel", "agent"};
    const char *folder = request->worker->config->socket_dir;
    struct metrics_source sources[3] = {{.process = "serve"}};
    struct metrics_block *block;
    size_t count = 1;
    struct buf text;
    int rc;

    sources[0].blocks = metrics_blocks(&sources[0].count);
    for (size_t i = 0; i < 2; i++) {
        block = arena_alloc(request->arena, sizeof(*block));
        if (!block)
            return err_set(&request->err, ERR_INTERNAL, "there is no memory for the metrics");
        if (attend_ask(folder, others[i], block) == 0)
            sources[count++] = (struct metrics_source){others[i], block, 1};
    }
    buf_init(&text, METRICS_TEXT_MAX);
    if (metrics_write(&text, sources, count, route_name, route_count) < 0)
        rc = err_set(&request->err, ERR_INTERNAL, "the metrics do not fit their buffer");
    else
        rc = send_text(request, &text);
    buf_free(&text);
    return rc;
}
