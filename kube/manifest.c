#include "kube/manifest.h"

#include <stdio.h>
#include <string.h>

#include "base/digits.h"
#include "base/json.h"
#include "base/limits.h"
#include "kube/yaml.h"

struct reader {
    struct manifests *out;
    struct arena *arena;
    struct err *err;
    size_t document;
};

static int find_fault(struct reader *r, const char *where, const char *member, const char *reason, const char *what)
{
    char field[64];

    snprintf(field, sizeof(field), "%s%s%s", where, *member ? "." : "", member);
    return err_field(r->err, field, reason, "%s", what);
}

/* The text of a member, "" when it is absent or null; a fault when it is no text. */
static const char *text_of(struct reader *r, const char *where, const cJSON *object, const char *path)
{
    const cJSON *member = json_find(object, path);
    const char *copy;

    if (!member || cJSON_IsNull(member))
        return "";
    if (!cJSON_IsString(member)) {
        find_fault(r, where, path, CAUSE_TYPE, "must be a text; quotes make one of a number");
        return "";
    }
    copy = arena_strdup(r->arena, member->valuestring);
    if (copy)
        return copy;
    err_set(r->err, ERR_INTERNAL, "there is no memory for the objects");
    return "";
}

static bool has_only(const char *text, const char *also)
{
    for (; *text; text++)
        if (!((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') || (*text >= '0' && *text <= '9') ||
              strchr(also, *text)))
            return false;
    return true;
}

/* "v1" or "group/version": it becomes a path. */
static bool is_api_version(const char *text)
{
    const char *slash = strchr(text, '/');

    return has_only(text, ".-/") && *text != '.' && *text != '/' && strlen(text) < 256 &&
           (!slash || (slash[1] != '\0' && slash[1] != '.' && !strchr(slash + 1, '/')));
}

/* As the API server's own rule for names in a path (IsValidPathSegmentName). */
static bool is_path_segment(const char *name)
{
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && !strpbrk(name, "/%") && strlen(name) < 254;
}

static void check_names(struct reader *r, const struct manifest *m)
{
    if (!*m->api_version)
        find_fault(r, m->where, "apiVersion", CAUSE_REQUIRED, "every object has one, like v1 or apps/v1");
    else if (!is_api_version(m->api_version))
        find_fault(r, m->where, "apiVersion", CAUSE_INVALID, "must be VERSION or GROUP/VERSION");
    if (!*m->kind)
        find_fault(r, m->where, "kind", CAUSE_REQUIRED, "every object has one, like Pod");
    if (!*m->name && !*m->generate_name)
        find_fault(r, m->where, "metadata.name", CAUSE_REQUIRED, "every object has one, or a generateName");
    else if (!is_path_segment(m->name))
        find_fault(r, m->where, "metadata.name", CAUSE_INVALID, "can not be part of a path");
    if (!has_only(m->namespace, "-") || strlen(m->namespace) > 63)
        find_fault(r, m->where, "metadata.namespace", CAUSE_INVALID, "must be a name of letters, digits and -");
}

/* The object as JSON again, with the place noted where metadata begins: a resourceVersion may be put there. */
static int write_object(struct reader *r, const cJSON *object, struct manifest *m)
{
    struct buf *text = r->out->text;
    const cJSON *member;
    const cJSON *part;
    struct json j;

    m->start = text->len;
    json_init(&j, text);
    json_object_open(&j, NULL);
    cJSON_ArrayForEach(member, object)
    {
        if (strcmp(member->string, "metadata") != 0 || !cJSON_IsObject(member)) {
            json_value(&j, member->string, member);
            continue;
        }
        json_object_open(&j, "metadata");
        m->metadata = text->len - m->start;
        cJSON_ArrayForEach(part, member)
        {
            if (strcmp(part->string, "resourceVersion") != 0 || *m->resource_version)
                json_value(&j, part->string, part);
        }
        json_object_close(&j);
    }
    json_object_close(&j);
    m->length = text->len - m->start;
    return text->failed ? err_set(r->err, ERR_TOO_LARGE, "the objects are more than %zu bytes of JSON: send fewer",
                                  LIMIT_MANIFEST_TEXT)
                        : 0;
}

static int add_object(struct reader *r, const char *where, const cJSON *object)
{
    struct manifest *m;

    if (r->out->count == LIMIT_MANIFESTS)
        return err_set(r->err, ERR_TOO_LARGE, "the body holds more than %d objects: send it in parts", LIMIT_MANIFESTS);
    m = &r->out->objects[r->out->count++];
    *m = (struct manifest){
        .api_version = text_of(r, where, object, "apiVersion"),
        .kind = text_of(r, where, object, "kind"),
        .name = text_of(r, where, object, "metadata.name"),
        .generate_name = text_of(r, where, object, "metadata.generateName"),
        .namespace = text_of(r, where, object, "metadata.namespace"),
        .resource_version = text_of(r, where, object, "metadata.resourceVersion"),
        .defines_group = "",
        .defines_kind = "",
    };
    snprintf(m->where, sizeof(m->where), "%s", where);
    check_names(r, m);
    if (strcmp(m->kind, "CustomResourceDefinition") == 0) {
        m->defines_group = text_of(r, where, object, "spec.group");
        m->defines_kind = text_of(r, where, object, "spec.names.kind");
    }
    return write_object(r, object, m);
}

/* Members that a list of a type leaves out in its items, as the API server's own lists do. */
static int complete_item(const cJSON *list, const char *kind, cJSON *item)
{
    char name[128];

    if (strcmp(kind, "List") == 0 || json_find(item, "kind"))
        return 0;
    snprintf(name, sizeof(name), "%.*s", (int)(strlen(kind) - strlen("List")), kind);
    if (!cJSON_AddStringToObject(item, "kind", name))
        return -1;
    if (!json_find(item, "apiVersion") && json_find_text(list, "apiVersion") &&
        !cJSON_AddStringToObject(item, "apiVersion", json_find_text(list, "apiVersion")))
        return -1;
    return 0;
}

static int add_items(struct reader *r, const char *where, const cJSON *list)
{
    const char *kind = json_find_text(list, "kind");
    size_t index = 0;
    cJSON *item;

    r->out->is_list = true;
    cJSON_ArrayForEach(item, json_find(list, "items"))
    {
        char place[64];

        if (snprintf(place, sizeof(place), "%s.items[%zu]", where, index++) >= (int)sizeof(place))
            return err_set(r->err, ERR_TOO_LARGE, "the list holds too many objects: send it in parts");
        if (!cJSON_IsObject(item)) {
            find_fault(r, place, "", CAUSE_TYPE, "must be an object");
            continue;
        }
        if (complete_item(list, kind, item) < 0)
            return err_set(r->err, ERR_INTERNAL, "there is no memory for the objects");
        if (add_object(r, place, item) < 0)
            return -1;
    }
    return 0;
}

static bool is_list(const cJSON *object)
{
    const char *kind = json_find_text(object, "kind");

    return kind && strlen(kind) < 128 && str_ends_with(str_from(kind), STR("List")) &&
           cJSON_IsArray(json_find(object, "items"));
}

static int add_document(void *arg, cJSON *document)
{
    struct reader *r = arg;
    char where[32];

    snprintf(where, sizeof(where), "documents[%zu]", r->document++);
    if (cJSON_IsNull(document))
        return 0;
    if (!cJSON_IsObject(document)) {
        find_fault(r, where, "", CAUSE_TYPE, "must be an object");
        return 0;
    }
    return is_list(document) ? add_items(r, where, document) : add_object(r, where, document);
}

static const char *find_duplicate(const cJSON *node)
{
    const char *twice = json_duplicate_key(node);

    for (const cJSON *child = node->child; child && !twice; child = child->next)
        twice = find_duplicate(child);
    return twice;
}

/* An upper bound of the values in a JSON text. */
static size_t count_values(struct str text)
{
    size_t count = 1;

    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == ',' || text.ptr[i] == '{' || text.ptr[i] == '[';
    return count;
}

static struct str skip_blanks(struct str text)
{
    while (text.len > 0 && (*text.ptr == ' ' || *text.ptr == '\t' || *text.ptr == '\r' || *text.ptr == '\n'))
        text = str_skip(text, 1);
    return text;
}

static int read_json_object(struct reader *r, struct str *text, bool *is_json)
{
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithLengthOpts(text->ptr, text->len, &end, false);
    struct str own = {text->ptr, root ? (size_t)(end - text->ptr) : 0};
    const char *twice;
    int rc = -1;

    *is_json = root != NULL;
    if (!root)
        return -1;
    *text = skip_blanks(str_skip(*text, own.len));
    twice = find_duplicate(root);
    if (twice) {
        err_set(r->err, ERR_BAD_REQUEST, "documents[%zu]: an object has the key \"%.64s\" twice", r->document, twice);
    } else if (json_has_nul(own)) {
        err_set(r->err, ERR_BAD_REQUEST, "documents[%zu]: a text contains a NUL character", r->document);
    } else {
        *is_json = json_keep_digits(root, own);
        rc = *is_json ? add_document(r, root) : -1;
    }
    cJSON_Delete(root);
    return rc;
}

/* Objects one behind the other, between them perhaps "---", as kubectl takes them. *is_json: it was that, and what is
 * returned holds; otherwise it must be YAML, even if it began with a brace. */
static int read_json(struct reader *r, struct str text, bool *is_json)
{
    int rc = 0;

    *is_json = false;
    if (json_depth_check(text, LIMIT_MANIFEST_DEPTH) < 0 || count_values(text) > LIMIT_MANIFEST_NODES)
        return -1;
    do {
        rc = read_json_object(r, &text, is_json);
        if (str_starts_with(text, STR("---\n")) || str_starts_with(text, STR("---\r\n")))
            text = skip_blanks(str_skip(text, 3));
    } while (rc == 0 && *is_json && str_starts_with(text, STR("{")));
    *is_json = *is_json && (rc < 0 || text.len == 0);
    return rc;
}

static int check_utf8(struct reader *r, struct str body)
{
    size_t good = json_utf8_prefix(body);
    size_t line;
    size_t column;

    if (good == body.len)
        return 0;
    kube_text_place(body, good, &line, &column);
    return err_set(r->err, ERR_BAD_REQUEST, "line %zu, column %zu: the body is not UTF-8", line, column);
}

static void forget_objects(struct reader *r)
{
    buf_reset(r->out->text);
    r->out->count = 0;
    r->out->is_list = false;
    r->document = 0;
    err_clear(r->err);
}

static int read_body(struct reader *r, struct str body)
{
    bool is_json;
    int rc;

    if (check_utf8(r, body) < 0)
        return -1;
    if (str_starts_with(body, STR("\xEF\xBB\xBF")))
        body = str_skip(body, 3);
    if (str_starts_with(skip_blanks(body), STR("{"))) {
        rc = read_json(r, skip_blanks(body), &is_json);
        if (is_json)
            return rc;
        forget_objects(r);
    }
    return kube_yaml_read(body, add_document, r, r->err);
}

/* Secrets may be among the objects. */
static void wipe_text(void *text)
{
    buf_wipe(text);
}

int manifests_read(struct manifests *out, struct arena *arena, struct str body, struct err *err)
{
    struct reader reader = {.out = out, .arena = arena, .err = err};

    *out = (struct manifests){.objects = arena_alloc(arena, LIMIT_MANIFESTS * sizeof(*out->objects)),
                              .text = arena_alloc(arena, sizeof(*out->text))};
    if (!out->objects || !out->text || arena_defer(arena, wipe_text, out->text) < 0)
        return err_set(err, ERR_INTERNAL, "there is no memory for the objects");
    buf_init(out->text, LIMIT_MANIFEST_TEXT);
    if (read_body(&reader, body) < 0 || err->kind != ERR_NONE)
        return -1;
    if (out->count == 0 && !out->is_list)
        return err_set(err, ERR_BAD_REQUEST, "the body holds no object: send YAML documents or JSON objects");
    return 0;
}

struct str manifest_json(const struct manifests *manifests, const struct manifest *manifest)
{
    return (struct str){manifests->text->ptr + manifest->start, manifest->length};
}
