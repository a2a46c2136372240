#include "handlers/raw_list.h"

#include <string.h>

#include "access/verb.h"
#include "fcgi/credentials.h"
#include "kube/perform.h"

#define TIMEOUT_MS 65000

/* A path cut up, as far as it is one of these. */
struct short_path {
    struct str root; /* "/api/v1" or "/apis/GROUP/VERSION" */
    struct str kind;
    bool is_core;
};

/* Of the core group, where namespaces live too: no other word stands for a list. */
static bool is_core_kind(struct str word)
{
    static const struct str kinds[] = {
        STR("configmaps"),     STR("endpoints"),
        STR("events"),         STR("limitranges"),
        STR("pods"),           STR("persistentvolumeclaims"),
        STR("podtemplates"),   STR("replicationcontrollers"),
        STR("resourcequotas"), STR("secrets"),
        STR("services"),       STR("serviceaccounts"),
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (str_equal(kinds[i], word))
            return true;
    return false;
}

static bool is_word(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!((text.ptr[i] >= 'a' && text.ptr[i] <= 'z') || (text.ptr[i] >= '0' && text.ptr[i] <= '9') ||
              text.ptr[i] == '-'))
            return false;
    return text.len > 0;
}

static bool cut_path(struct str path, struct short_path *out)
{
    struct str rest = path;
    struct str first;

    str_cut(&rest, '/');
    first = str_cut(&rest, '/');
    out->is_core = str_equal(first, STR("api"));
    if (!out->is_core && (!str_equal(first, STR("apis")) || str_cut(&rest, '/').len == 0))
        return false;
    if (str_cut(&rest, '/').len == 0 || !rest.ptr)
        return false;
    out->root = (struct str){path.ptr, (size_t)(rest.ptr - path.ptr) - 1};
    if (!str_equal(str_cut(&rest, '/'), STR("namespaces")) || !rest.ptr)
        return false;
    out->kind = rest;
    return out->is_core ? is_core_kind(rest) : is_word(rest);
}

bool raw_may_be_list(const struct request *request)
{
    struct str accept = request_param(request, "HTTP_ACCEPT");
    struct short_path found;

    if (strcmp(request->method_name, "GET") != 0 || !cut_path(request->match.rest, &found))
        return false;
    return accept.len == 0 || str_equal(accept, STR("*/*"));
}

/* Whatever else the cluster says is told when the request itself is relayed. */
static bool is_absent(struct request *request)
{
    const struct kube_request upstream = {
        .method = "GET",
        .path = request->match.rest,
        .headers = kube_own_headers(request->arena, KUBE_ACCEPT_JSON, request->id),
        .timeout_ms = TIMEOUT_MS,
        .max_body = LIMIT_KUBE_OBJECT,
    };
    struct http_reply reply = {0};

    if (!upstream.headers)
        return false;
    cluster_call(request->worker, request->cluster, &upstream, &reply, &request->err);
    err_clear(&request->err);
    return reply.head.status == 404;
}

int raw_find_list(struct request *request, struct str *rest)
{
    struct short_path found;
    enum role needed;
    const char *list;

    if (!cut_path(*rest, &found) || !is_absent(request))
        return 0;
    list = arena_join(request->arena, found.root, STR("/"), found.kind);
    if (!list)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the path");
    *rest = str_from(list);
    needed = verb_role("GET", *rest, request->query, false);
    if (caller_check(&request->caller, needed, request->cluster->id, &request->err) < 0)
        return -1;
    return credentials_check_page(request, needed);
}
