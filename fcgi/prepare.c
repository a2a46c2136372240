#include "fcgi/prepare.h"

#include "access/verb.h"
#include "fcgi/cors.h"
#include "fcgi/credentials.h"
#include "fcgi/upload.h"
#include "kube/path.h"

/* A page of another site that resolves its own name to our address (DNS rebinding) names that site here. */
static int check_host(struct request *request)
{
    if (config_answers_for(request->worker->config, request_param(request, "HTTP_HOST")))
        return 0;
    return err_set(&request->err, ERR_MISDIRECTED,
                   "this gateway does not answer for that Host; an operator may add it to EKSGATE_HOSTS");
}

static int find_route(struct request *request, const struct route *routes, size_t count)
{
    route_match(routes, count, request->method, request->path, &request->match);
    if (!request->match.route)
        request->match.route = cors_find_preflight(request);
    if (request->match.route)
        return 0;
    if (request->match.allowed != 0)
        return err_set(&request->err, ERR_METHOD_NOT_ALLOWED, "this path does not take the method %.16s",
                       request->method_name);
    return err_set(&request->err, ERR_NOT_FOUND, "there is no such path: docs/api.md lists them");
}

static int check_transport(struct request *request)
{
    if (request->match.route->role == ROLE_NONE)
        return 0;
    return caller_check_transport(request->worker->config, request_param(request, "SERVER_ADDR"),
                                  str_equal(request_param(request, "HTTPS"), STR("on")), &request->err);
}

/* What is open to all still tells more to those who have a key. */
static int find_caller(struct request *request, struct caller_store *callers)
{
    if (check_transport(request) < 0 || credentials_read(request) < 0)
        return -1;
    if (request->match.route->role == ROLE_SCRAPER && request->shown.authorization.len == 0 &&
        caller_is_scraper(request->worker->config, str_from(request->remote_address), &request->caller))
        return 0;
    if (caller_authenticate(callers, request->worker->redis, &request->shown, &request->caller, &request->err) == 0)
        return 0;
    if (request->match.route->role != ROLE_NONE)
        return -1;
    err_clear(&request->err);
    return 0;
}

static int check_role(struct request *request, struct str cluster_id)
{
    enum role needed = request->match.route->role;

    if (needed == ROLE_BY_VERB)
        needed = verb_role(request->method_name, request->match.rest, request->query, false);
    else if (needed == ROLE_SCRAPER)
        needed = ROLE_VIEWER;
    if (request->match.route->needs & NEEDS_UNBOUND && *request->caller.connections)
        return err_set(&request->err, ERR_FORBIDDEN,
                       "eksgate: the API key \"%s\" is for some connections only, and this is about clusters that may "
                       "not be connected yet",
                       request->caller.name);
    if (caller_check(&request->caller, needed, cluster_id, &request->err) < 0)
        return -1;
    return credentials_check_page(request, needed);
}

/* Before anything is read or looked up for him. Which cluster is the default one is known later only. */
static int check_caller(struct request *request, struct caller_store *callers)
{
    struct str segment = route_segment(&request->match, "cluster");
    struct str id = STR("");

    if (find_caller(request, callers) < 0)
        return -1;
    if (segment.len > 0 && path_decode_cluster_id(request->arena, segment, &id, &request->err) < 0)
        return -1;
    return request->match.route->needs & NEEDS_DEFAULT ? 0 : check_role(request, id);
}

static int check_limit(struct request *request, struct caller_store *callers)
{
    const struct route *route = request->match.route;
    enum metrics_limit group = request->method & (METHOD_GET | METHOD_OPTIONS) ? METRICS_READS : METRICS_WRITES;

    if (route->role == ROLE_NONE)
        return 0;
    if (str_starts_with(str_from(route->path), STR("/raw")))
        group = METRICS_RAW;
    return limits_take(caller_store_limits(callers), request->worker->redis, group, request->caller.id, &request->limit,
                       &request->err);
}

static bool is_json_type(struct str type)
{
    struct str essence = type;

    essence = str_trim(str_cut(&essence, ';'));
    return str_equal_ignore_case(essence, STR("application/json"));
}

static int read_json(struct request *request)
{
    const struct route *route = request->match.route;
    const char *why;
    int rc;

    if (!is_json_type(request_param(request, "CONTENT_TYPE")))
        return err_set(&request->err, ERR_MEDIA_TYPE, "send the body as Content-Type: application/json");
    if (request_read_body(request, route->max_body) < 0)
        return -1;
    request->json = json_parse(request->arena, request->body, LIMIT_JSON_DEPTH, &why);
    if (!request->json)
        return err_set(&request->err, ERR_BAD_REQUEST, "the body is not JSON that can be read: %s", why);
    rc = fields_check_body(route->body, request->json, &request->err);
    if (route->check_body)
        route->check_body(request->json, &request->err);
    return request->err.kind == ERR_NONE ? rc : -1;
}

static int read_key(struct request *request)
{
    const char *why;

    if (!(request->match.route->needs & TAKES_KEY))
        return 0;
    request->repeat_key = request_param(request, "HTTP_IDEMPOTENCY_KEY");
    why = route_check_key(request->repeat_key);
    return why ? err_set(&request->err, ERR_BAD_REQUEST, "the header %s %s", route_key.name, why) : 0;
}

static int read_input(struct request *request)
{
    const struct route *route = request->match.route;
    bool takes_rest = str_ends_with(str_from(route->path), STR("*"));

    if (read_key(request) < 0)
        return -1;
    if (!takes_rest &&
        fields_parse_query(route->query, request->query, request->arena, request->query_values, &request->err) < 0)
        return -1;
    if (route->needs & NEEDS_JSON)
        return read_json(request);
    if (!(route->needs & NEEDS_BODY) || request_streams_body(request))
        return 0;
    return request_read_body(request, route->max_body);
}

static bool sees(const void *caller, struct str id)
{
    return caller_sees(caller, id);
}

/* The one that the query names, where it can name one, or the default one. */
static int load_default(struct request *request)
{
    struct str id = request_query(request, "cluster");

    if (id.ptr)
        return check_role(request, id) < 0 ? -1 : cluster_load(request->worker, id, request->cluster, &request->err);
    if (path_check_default(request->match.rest, &request->err) < 0)
        return -1;
    if (cluster_default_id(request->worker, sees, &request->caller, &id, &request->err) < 0)
        return request->match.rest.len > 0 || request->err.kind != ERR_BAD_REQUEST
                   ? -1
                   : err_set(&request->err, ERR_NOT_CONFIGURED,
                             "there is no default cluster: name one with ?cluster={id}, or set EKS_CLUSTER_NAME and "
                             "EKS_REGION");
    if (check_role(request, id) < 0)
        return -1;
    return cluster_load_default(request->worker, id, request->cluster, &request->err);
}

static int open_cluster(struct request *request)
{
    unsigned needs = request->match.route->needs;
    struct str id = STR("");

    if (!(needs & (NEEDS_CONNECTION | NEEDS_CLUSTER)))
        return 0;
    request->cluster = arena_alloc(request->arena, sizeof(*request->cluster));
    if (!request->cluster)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the request");
    if (needs & NEEDS_DEFAULT) {
        if (load_default(request) < 0)
            return -1;
    } else if (path_decode_cluster_id(request->arena, route_segment(&request->match, "cluster"), &id, &request->err) <
                   0 ||
               cluster_load(request->worker, id, request->cluster, &request->err) < 0) {
        return -1;
    }
    if (needs & NEEDS_IDENTITY)
        return cluster_identify(request->worker, request->cluster, &request->err);
    return needs & NEEDS_CLUSTER ? cluster_open(request->worker, request->cluster, &request->err) : 0;
}

int request_route(struct request *request, const struct route *routes, size_t route_count)
{
    if (check_host(request) < 0)
        return -1;
    cors_admit(request);
    return find_route(request, routes, route_count);
}

int request_prepare(struct request *request, struct caller_store *callers)
{
    bool waits = request->worker->redis != NULL;
    bool is_open = request->match.route->role == ROLE_NONE;

    request->callers = callers;
    /* Where nothing may be waited for, the request may have to begin again elsewhere: it is counted at the end. */
    if ((!is_open && credentials_check_site(request) < 0) || check_caller(request, callers) < 0 ||
        (waits && check_limit(request, callers) < 0) || read_input(request) < 0 || open_cluster(request) < 0)
        return -1;
    return waits ? 0 : check_limit(request, callers);
}
