#include "access/verb.h"

#include <string.h>

#include "base/encode.h"
#include "base/limits.h"

/* apis, group, version, watch, namespaces, name, resource, name, subresource: what follows is not looked at by the
 * API server either. */
#define PARTS_MAX 9

#define ANY "*"

enum effect { READS, CHANGES, UNKNOWN };

/* What the path names. A path that is no resource has an empty resource. */
struct object {
    struct str first; /* "api", "apis", "healthz", ...: of every path */
    struct str group;
    struct str space;
    struct str resource;
    struct str subresource;
};

static enum effect effect_of(struct str method)
{
    static const struct {
        struct str method;
        enum effect effect;
    } known[] = {
        {STR("GET"), READS},   {STR("HEAD"), READS},    {STR("OPTIONS"), READS},  {STR("POST"), CHANGES},
        {STR("PUT"), CHANGES}, {STR("PATCH"), CHANGES}, {STR("DELETE"), CHANGES},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (str_equal(method, known[i].method))
            return known[i].effect;
    return UNKNOWN;
}

static struct str trim_slashes(struct str path)
{
    while (path.len > 0 && path.ptr[0] == '/')
        path = str_skip(path, 1);
    while (path.len > 0 && path.ptr[path.len - 1] == '/')
        path.len--;
    return path;
}

static size_t split(struct str path, struct str parts[PARTS_MAX])
{
    struct str rest = trim_slashes(path);
    size_t count = 0;

    if (rest.len == 0)
        return 0;
    while (rest.ptr && count < PARTS_MAX)
        parts[count++] = str_cut(&rest, '/');
    return count;
}

/* "/namespaces/a/pods" is about pods, "/namespaces/a" and "/namespaces/a/finalize" about the namespace. */
static void take_resource(const struct str *parts, size_t count, struct object *out)
{
    if (count > 2 && str_equal(parts[0], STR("namespaces")) && !str_equal(parts[2], STR("status")) &&
        !str_equal(parts[2], STR("finalize"))) {
        out->space = parts[1];
        parts += 2;
        count -= 2;
    }
    out->resource = parts[0];
    if (count > 2 && out->subresource.len == 0)
        out->subresource = parts[2];
}

static void parse(const struct str *parts, size_t count, struct object *out)
{
    size_t at = 1;

    *out = (struct object){.first = count > 0 ? parts[0] : STR("")};
    if (count < 3 || !(str_equal(out->first, STR("api")) || str_equal(out->first, STR("apis"))))
        return;
    if (str_equal(out->first, STR("apis"))) {
        if (count < 4)
            return;
        out->group = parts[at++];
    }
    at++; /* the version */
    if (count > at + 1 && str_equal(parts[at], STR("watch")))
        at++;
    if (count > at + 1 && str_equal(parts[at], STR("proxy"))) {
        out->subresource = parts[at++];
    }
    take_resource(parts + at, count - at, out);
}

/* An empty part between slashes shifts what every later part means. Behind "proxy" the path is the pod's own. */
static bool has_gap(const struct str *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len == 0)
            return true;
        if (i > 4 && str_equal(parts[i], STR("proxy")))
            return false;
    }
    return false;
}

/* First match decides; anything else is as its method. */
static const struct rule {
    const char *group;
    const char *resource;
    const char *subresource; /* "": of the object itself; ANY: of everything of it */
    const char *space;
    bool reads; /* also when it is only read */
    enum role role;
} rules[] = {
    {"", "nodes", "proxy", ANY, true, ROLE_ADMIN},
    {ANY, ANY, "exec", ANY, true, ROLE_EDITOR},
    {ANY, ANY, "attach", ANY, true, ROLE_EDITOR},
    {ANY, ANY, "portforward", ANY, true, ROLE_EDITOR},
    {ANY, ANY, "proxy", ANY, true, ROLE_EDITOR},
    {ANY, ANY, "token", ANY, true, ROLE_EDITOR},
    {"", "secrets", ANY, ANY, true, ROLE_EDITOR},
    {"rbac.authorization.k8s.io", ANY, ANY, ANY, false, ROLE_ADMIN},
    {"admissionregistration.k8s.io", ANY, ANY, ANY, false, ROLE_ADMIN},
    {"apiregistration.k8s.io", ANY, ANY, ANY, false, ROLE_ADMIN},
    {"apiextensions.k8s.io", ANY, ANY, ANY, false, ROLE_ADMIN},
    {"certificates.k8s.io", ANY, ANY, ANY, false, ROLE_ADMIN},
    {"iamauthenticator.k8s.aws", ANY, ANY, ANY, false, ROLE_ADMIN},
    {"", "configmaps", ANY, "kube-system", false, ROLE_ADMIN},
};

static bool fits(const char *wanted, struct str got)
{
    return strcmp(wanted, ANY) == 0 || str_equal(str_from(wanted), got);
}

static bool is_own_review(const struct object *o, struct str method)
{
    if (!str_equal(method, STR("POST")) || o->subresource.len > 0)
        return false;
    if (str_equal(o->group, STR("authorization.k8s.io")))
        return str_equal(o->resource, STR("selfsubjectaccessreviews")) ||
               str_equal(o->resource, STR("selfsubjectrulesreviews"));
    return str_equal(o->group, STR("authentication.k8s.io")) && str_equal(o->resource, STR("selfsubjectreviews"));
}

static bool is_watch(struct str query)
{
    while (query.ptr) {
        struct str parameter = str_cut(&query, '&');

        if (str_equal(parameter, STR("watch=true")) || str_equal(parameter, STR("watch=1")))
            return true;
    }
    return false;
}

/* A watch and a log may come over a WebSocket; what else does is a way in. */
static bool upgrade_reads(const struct object *o, struct str query)
{
    if (o->subresource.len == 0)
        return is_watch(query);
    return o->group.len == 0 && str_equal(o->resource, STR("pods")) && str_equal(o->subresource, STR("log"));
}

static enum role resource_role(const struct object *o, enum effect effect, struct str method, struct str query,
                               bool upgrade)
{
    enum role role = effect == READS ? ROLE_VIEWER : ROLE_EDITOR;

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        const struct rule *r = &rules[i];

        if (fits(r->group, o->group) && fits(r->resource, o->resource) && fits(r->subresource, o->subresource) &&
            fits(r->space, o->space) && (r->reads || effect == CHANGES))
            return r->role;
    }
    if (is_own_review(o, method))
        return ROLE_VIEWER;
    return upgrade && !upgrade_reads(o, query) ? ROLE_EDITOR : role;
}

/* What stands beside the resources: discovery, health and metrics are for readers; logs of the machine, profiles and
 * whatever else there may be are not. */
static enum role plain_role(const struct object *o, enum effect effect, bool upgrade)
{
    static const struct str open[] = {
        STR("api"),     STR("apis"),    STR("openapi"), STR("openid"), STR(".well-known"),
        STR("version"), STR("healthz"), STR("livez"),   STR("readyz"), STR("metrics"),
    };

    if (o->first.len == 0)
        return effect == READS && !upgrade ? ROLE_VIEWER : ROLE_EDITOR;
    for (size_t i = 0; effect == READS && !upgrade && i < sizeof(open) / sizeof(open[0]); i++)
        if (str_equal(o->first, open[i]))
            return ROLE_VIEWER;
    return ROLE_ADMIN;
}

static enum role decoded_role(struct str method, struct str path, struct str query, bool upgrade)
{
    enum effect effect = effect_of(method);
    struct str parts[PARTS_MAX];
    size_t count = split(path, parts);
    struct object object;

    if (effect == UNKNOWN || has_gap(parts, count))
        return ROLE_ADMIN;
    parse(parts, count, &object);
    if (object.resource.len == 0)
        return plain_role(&object, effect, upgrade);
    return resource_role(&object, effect, method, query, upgrade);
}

enum role verb_role(const char *method_name, struct str path, struct str query, bool upgrade)
{
    const struct str method = str_from(method_name);
    struct buf plain;
    enum role role = ROLE_ADMIN;

    if (!str_contains(path, '%'))
        return decoded_role(method, path, query, upgrade);
    buf_init(&plain, LIMIT_URI);
    if (decode_percent(&plain, path) == 0)
        role = decoded_role(method, buf_str(&plain), query, upgrade);
    buf_free(&plain);
    return role;
}
