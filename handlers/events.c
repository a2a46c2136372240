/*
 * What changes in a cluster, as server-sent events: several kinds in one answer, as the API server's own Tables.
 */
#include "handlers/events.h"

#include <string.h>

#include "access/verb.h"
#include "base/encode.h"
#include "cluster/discovery.h"
#include "fcgi/events.h"
#include "handlers/handlers.h"

#define SINCE_MAX 4096

static bool is_name(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!((text.ptr[i] >= 'a' && text.ptr[i] <= 'z') || (text.ptr[i] >= '0' && text.ptr[i] <= '9') ||
              text.ptr[i] == '.' || text.ptr[i] == '-'))
            return false;
    return text.len > 0 && text.len <= 253;
}

/* "pods,deployments.apps@payments": a kind may name a namespace of its own. */
static const char *check_kinds(struct str value)
{
    size_t count = 0;

    while (value.ptr) {
        struct str space = str_cut(&value, ',');
        struct str kind = str_cut(&space, '@');

        if (kind.len == 0 || kind.len > 253)
            return "must be kinds with commas between them, like pods,deployments.apps";
        if (!is_name(kind))
            return "must be kinds in lower case, like pods,deployments.apps";
        if (space.ptr && !is_name(space))
            return "must have a namespace behind the @, like pods@payments";
        if (++count > EVENTS_KINDS_MAX)
            return "must be 24 kinds at most";
    }
    return NULL;
}

/* "pods:12,deployments.apps@payments:now": a version is opaque, but nothing that would not fit into a URL. */
static const char *check_since(struct str value)
{
    while (value.ptr && value.len > 0) {
        struct str version = str_cut(&value, ',');

        str_cut(&version, ':');
        if (!version.ptr || version.len == 0 || version.len >= EVENTS_VERSION_SIZE)
            return "must be kind:version pairs, as the ids of the events are";
        for (size_t i = 0; i < version.len; i++)
            if (!((version.ptr[i] >= '0' && version.ptr[i] <= '9') ||
                  (version.ptr[i] >= 'a' && version.ptr[i] <= 'z') ||
                  (version.ptr[i] >= 'A' && version.ptr[i] <= 'Z') || version.ptr[i] == '-' || version.ptr[i] == '_'))
                return "must be kind:version pairs, as the ids of the events are";
    }
    return NULL;
}

/* clang-format off */
const struct field events_query[] = {
    {.name = "kinds", .type = FIELD_TEXT, .min = 1, .max = 4096, .check = check_kinds, .help = "with commas between them, 24 at most: pods,deployments.apps@payments; behind an @ stands the namespace of that kind, where it is another than the others'", .example = "pods,deployments.apps"},
    {.name = "namespace", .type = FIELD_TEXT, .min = 1, .max = 253, .help = "only this namespace, of the kinds that live in one"},
    {.name = "labelSelector", .type = FIELD_TEXT, .max = 4096, .help = "as for kubectl -l"},
    {.name = "since", .type = FIELD_TEXT, .max = SINCE_MAX, .check = check_since, .help = "kind:resourceVersion pairs to go on from, as the ids of the events are; the header Last-Event-ID counts more. Other kinds, and what the cluster does not remember, begin with all objects; kind:now tells changes only"},
    {.name = NULL},
};

/* Of one event. */
static const struct field event_shape[] = {
    {.name = "event", .type = FIELD_CHOICE, .choices = "reset|change|state", .help = "reset: all objects follow", .example = "state"},
    {.name = "id", .optional = true, .help = "where the kinds stand, for Last-Event-ID and since", .example = "pods:4711"},
    {.name = "data", .help = "JSON with the kind; of a change with type (ADDED, MODIFIED, DELETED or BOOKMARK) and object (a Table), of a state with listing, live, reconnecting or refused, and then code, reason and message", .example = "{\"kind\":\"pods\",\"state\":\"live\"}"},
    {.name = NULL},
};

const struct answer events_answers[] = {
    {200, "events without end", event_shape, "text/event-stream"},
    {400, "no kinds were named, or since can not be read"},
    {404, "the cluster serves none of these kinds"},
    {0},
};
/* clang-format on */

struct search {
    struct request *request;
    struct events_kind *kinds;
    size_t count;
    size_t found;
};

static const char *collection(struct request *request, const char *type, const struct kube_resource *r, bool with_query)
{
    struct str space = str_from(type);
    const char *text = NULL;
    struct buf path;

    str_cut(&space, '@');
    if (!space.ptr)
        space = request_query(request, "namespace");
    buf_init(&path, LIMIT_URI);
    buf_printf(&path, *r->group ? "/apis/%s/%s/" : "/api%s/%s/", r->group, r->version);
    if (space.ptr && r->namespaced) {
        buf_add_str(&path, STR("namespaces/"));
        encode_percent(&path, space);
        buf_add_char(&path, '/');
    }
    buf_add_str(&path, str_from(r->plural));
    if (with_query) {
        buf_add_str(&path, STR("?includeObject=Metadata"));
        encode_parameter(&path, "labelSelector", request_query(request, "labelSelector"));
    }
    if (!path.failed)
        text = arena_strndup(request->arena, path.ptr, path.len);
    buf_free(&path);
    return text;
}

static const struct err *refusal(struct request *request, enum err_kind kind, const char *type, const char *why)
{
    struct err *err = arena_alloc(request->arena, sizeof(*err));

    if (err)
        err_set(err, kind, "%s: %s", type, why);
    return err;
}

static bool has_verb(const struct kube_resource *r, const char *wanted)
{
    const cJSON *verb;

    cJSON_ArrayForEach(verb, r->verbs)
    {
        if (cJSON_IsString(verb) && strcmp(verb->valuestring, wanted) == 0)
            return true;
    }
    return false;
}

static void take_kind(struct search *search, struct events_kind *kind, const struct kube_resource *r)
{
    struct request *request = search->request;
    const char *plain = collection(request, kind->type, r, false);

    search->found++;
    if (plain && request->caller.role < verb_role("GET", str_from(plain), STR("watch=true"), false))
        kind->err = refusal(request, ERR_FORBIDDEN, kind->type, "your key may not read these");
    else if (!has_verb(r, "watch") || !has_verb(r, "list"))
        kind->err = refusal(request, ERR_NOT_FOUND, kind->type, "these can not be watched");
    else
        kind->path = collection(request, kind->type, r, true);
}

static int on_resource(void *arg, const struct kube_resource *r)
{
    struct search *search = arg;

    for (size_t i = 0; i < search->count; i++) {
        struct events_kind *kind = &search->kinds[i];
        struct str rest = str_from(kind->type);

        if (!kind->path && !kind->err && kube_resource_is(r, str_cut(&rest, '@')))
            take_kind(search, kind, r);
    }
    return 0;
}

static struct str since_of(struct str all, const char *type)
{
    while (all.ptr) {
        struct str version = str_cut(&all, ',');
        struct str kind = str_cut(&version, ':');

        if (str_equal(kind, str_from(type)))
            return version;
    }
    return STR("");
}

/* What a client that lost its connection has seen last: only the browser's own header says it. */
static int read_since(struct request *request, struct str *since)
{
    struct str seen = request_param(request, "HTTP_LAST_EVENT_ID");
    const char *why = seen.ptr && seen.len > 0 ? check_since(seen) : NULL;

    *since = seen.ptr && seen.len > 0 ? seen : request_query(request, "since");
    if (!why && since->len <= SINCE_MAX)
        return 0;
    return err_set(&request->err, ERR_BAD_REQUEST, "Last-Event-ID %s", why ? why : "is too long");
}

static int name_kinds(struct request *request, struct str names, struct events_kind *kinds, size_t *count)
{
    struct str since;

    if (read_since(request, &since) < 0)
        return -1;
    for (*count = 0; names.ptr && *count < EVENTS_KINDS_MAX; ++*count) {
        struct str name = str_cut(&names, ',');

        kinds[*count].type = arena_strndup(request->arena, name.ptr, name.len);
        if (!kinds[*count].type)
            return err_set(&request->err, ERR_INTERNAL, "there is no memory for the events");
        kinds[*count].since = since_of(since, kinds[*count].type);
    }
    return 0;
}

int events_stream(struct request *request)
{
    struct events_kind kinds[EVENTS_KINDS_MAX] = {0};
    struct search search = {.request = request, .kinds = kinds};
    struct str names = request_query(request, "kinds");

    if (!names.ptr)
        return err_set(&request->err, ERR_BAD_REQUEST, "kinds: name what you want to follow, like kinds=pods,events");
    if (name_kinds(request, names, kinds, &search.count) < 0 ||
        cluster_discover(request->worker, request->cluster, on_resource, &search, NULL, &request->err) < 0)
        return -1;
    if (search.found == 0)
        return err_set(&request->err, ERR_NOT_FOUND, "the cluster serves none of these kinds: %.*s", STR_FMT(names));
    for (size_t i = 0; i < search.count; i++)
        if (!kinds[i].path && !kinds[i].err)
            kinds[i].err = refusal(request, ERR_NOT_FOUND, kinds[i].type, "the cluster does not serve these");
    return events_take(request, kinds, search.count);
}
