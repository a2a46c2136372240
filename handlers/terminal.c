/*
 * Tickets for terminals. What can be refused is refused here, where a page sees why; the socket that the ticket is
 * given to (tunnel/terminal.h) looks again, since up to TICKET_SECONDS lie between.
 */
#include "handlers/terminal.h"

#include <openssl/crypto.h>

#include "cluster/shell.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"
#include "kube/name.h"
#include "redis/tickets.h"

/* clang-format off */
static const struct field ticket_shape[] = {
    {.name = "Success", .type = FIELD_BOOLEAN, .example = "true"},
    {.name = "Token", .help = "what the socket is told first, once", .example = "8vFZ0nXHcO1yJkz6G5b3mQ2sT7uWpLrAeCdEiKoMvYw"},
    {.name = "token", .help = "the same", .example = "8vFZ0nXHcO1yJkz6G5b3mQ2sT7uWpLrAeCdEiKoMvYw"},
    {.name = "expiresIn", .type = FIELD_INTEGER, .help = "seconds", .example = "30"},
    {.name = NULL},
};
/* clang-format on */

const struct answer ticket_answers[] = {
    {200, "a ticket for one socket of /api/terminal/ws", ticket_shape},
    {400, "the type of terminal is none, or not that of this path"},
    {404, "there is no such pod or container"},
    {409, "the pod has ended"},
    {0},
};

/* The path says what is meant; its last part must say the same. */
static int find_type(struct request *request, enum shell_type *out)
{
    const struct route_match *match = &request->match;
    struct str name = request_segment(request, "termtype");
    enum shell_type wanted = route_segment(match, "container").len > 0 ? SHELL_CONTAINER
                             : route_segment(match, "pod").len > 0     ? SHELL_POD
                                                                       : SHELL_CLUSTER;

    if (!name.ptr)
        return -1;
    if (shell_type_parse(name, out) < 0)
        return err_set(&request->err, ERR_BAD_REQUEST, "the type of a terminal is cluster, pod or container");
    if (*out != wanted)
        return err_set(&request->err, ERR_BAD_REQUEST, "at this path the type of the terminal is %s",
                       shell_type_name(wanted));
    return 0;
}

static int find_place(struct request *request, enum shell_type type, struct shell_place *out)
{
    const struct config *config = request->worker->config;

    *out = (struct shell_place){str_from(config->terminal_namespace), STR(""), STR("")};
    if (type == SHELL_CLUSTER)
        return config->terminal_image
                   ? 0
                   : err_set(&request->err, ERR_NOT_CONFIGURED,
                             "there are no shells on clusters here: an operator may set EKSGATE_TERMINAL_IMAGE");
    out->namespace = request_name(request, "namespace", name_check_label);
    if (!out->namespace.ptr)
        return -1;
    out->pod = request_name(request, "pod", name_check_subdomain);
    if (!out->pod.ptr)
        return -1;
    if (type == SHELL_CONTAINER)
        out->container = request_name(request, "container", name_check_label);
    return out->container.ptr ? 0 : -1;
}

static int answer_ticket(struct request *request, const char *text)
{
    struct buf body;
    struct json j;

    buf_init(&body, KIB(1));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_bool(&j, "Success", true);
    json_text(&j, "Token", text);
    json_text(&j, "token", text);
    json_int(&j, "expiresIn", TICKET_SECONDS);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

int terminal_issue(struct request *request)
{
    struct worker *worker = request->worker;
    struct ticket ticket = {.caller = str_from(request->caller.id),
                            .session = str_from(request->caller.session),
                            .cluster = request->cluster->id,
                            .host = request_param(request, "HTTP_HOST")};
    char text[TICKET_TEXT_LEN + 1];
    struct shell_place place;
    enum shell_type type;
    int rc;

    /* The socket takes pages of this site only. */
    if (request->page.len > 0)
        return err_set(&request->err, ERR_FORBIDDEN, "a page of another site can not open a terminal here");
    if (find_type(request, &type) < 0 || find_place(request, type, &place) < 0)
        return -1;
    if (type != SHELL_CLUSTER && shell_find(worker, request->cluster, &place, &request->err) < 0)
        return -1;
    if (shell_review(worker, request->cluster, type, &place, &request->err) < 0)
        return -1;
    ticket.termtype = str_from(shell_type_name(type));
    ticket.namespace = place.namespace;
    ticket.pod = place.pod;
    ticket.container = place.container;
    if (ticket_issue(worker->redis, &ticket, text, &request->err) < 0)
        return -1;
    rc = answer_ticket(request, text);
    OPENSSL_cleanse(text, sizeof(text));
    return rc;
}
