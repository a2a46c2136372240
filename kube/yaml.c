#include "kube/yaml.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "kube/tagged.h"

#define ANCHORS_MAX 256
#define MERGE_STEPS_MAX 5000000 /* comparisons of keys, for mappings are lists */

/* Set in cJSON.type beside the type: this member came by a merge key, so an own one may replace it. */
#define TYPE_MERGED (1 << 16)

/* A collection that is not closed yet. */
struct frame {
    cJSON *node;
    char *key; /* of the value that comes next; NULL: a key comes next */
    bool merges;
    bool has_merged;
};

struct anchor {
    char *name;
    cJSON *node; /* in the tree, or in kept */
};

struct composer {
    yaml_parser_t parser;
    struct frame frames[LIMIT_MANIFEST_DEPTH];
    size_t depth;
    cJSON *root;
    cJSON *kept; /* what left the tree and may have an anchor in it */
    struct anchor anchors[ANCHORS_MAX];
    size_t anchor_count;
    size_t nodes;
    size_t bytes;
    size_t merge_steps;
    size_t document;
    yaml_mark_t mark; /* of the event in work */
    struct err *err;
};

void kube_text_place(struct str text, size_t offset, size_t *line, size_t *column)
{
    *line = *column = 1;
    for (size_t i = 0; i < offset && i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            (*line)++;
            *column = 1;
        } else if (((unsigned char)text.ptr[i] & 0xC0) != 0x80) {
            (*column)++;
        }
    }
}

static int fail(struct composer *c, const char *what)
{
    return err_set(c->err, ERR_BAD_REQUEST, "documents[%zu]: line %zu, column %zu: %s", c->document, c->mark.line + 1,
                   c->mark.column + 1, what);
}

static int fail_memory(struct composer *c)
{
    return err_set(c->err, ERR_INTERNAL, "there is no memory for the document");
}

static int charge(struct composer *c, size_t nodes, size_t bytes)
{
    c->nodes += nodes;
    c->bytes += bytes;
    if (c->nodes > LIMIT_MANIFEST_NODES)
        return fail(c, "the document has too many values (those that aliases repeat are counted each time)");
    if (c->bytes > LIMIT_MANIFEST_TEXT)
        return fail(c, "the document's text is too long (what aliases repeat is counted each time)");
    return 0;
}

/* why: NULL when there was no memory. */
static int fail_scalar(struct composer *c, const char *why)
{
    return why ? fail(c, why) : fail_memory(c);
}

/* Out of the tree, but still there for an anchor that may point into it. */
static void keep(struct composer *c, cJSON *node)
{
    cJSON_AddItemToArray(c->kept, node);
}

static cJSON *find_member(struct composer *c, const cJSON *object, const char *key)
{
    for (cJSON *m = object->child; m; m = m->next) {
        c->merge_steps++;
        if (strcmp(m->string, key) == 0)
            return m;
    }
    return NULL;
}

static int set_member(struct composer *c, cJSON *object, const char *key, cJSON *value)
{
    cJSON *before = find_member(c, object, key);

    if (c->merge_steps > MERGE_STEPS_MAX) {
        cJSON_Delete(value);
        return fail(c, "the merge keys are too much work");
    }
    if (before)
        keep(c, cJSON_DetachItemViaPointer(object, before));
    if (cJSON_AddItemToObject(object, key, value))
        return 0;
    cJSON_Delete(value);
    return fail_memory(c);
}

struct extent {
    size_t nodes;
    size_t bytes;
    size_t depth;
};

static void measure(const cJSON *node, size_t depth, struct extent *out)
{
    out->nodes++;
    out->bytes += (node->valuestring ? strlen(node->valuestring) : 0) + (node->string ? strlen(node->string) : 0);
    if (depth > out->depth)
        out->depth = depth;
    for (const cJSON *child = node->child; child; child = child->next)
        measure(child, depth + 1, out);
}

/* A copy that is paid for; NULL with the error. */
static cJSON *copy(struct composer *c, const cJSON *node)
{
    struct extent extent = {0};
    cJSON *made;

    measure(node, 0, &extent);
    if (c->depth + extent.depth > LIMIT_MANIFEST_DEPTH) {
        fail(c, "the document is nested too deeply");
        return NULL;
    }
    if (charge(c, extent.nodes, extent.bytes) < 0)
        return NULL;
    made = cJSON_Duplicate(node, true);
    if (!made)
        fail_memory(c);
    return made;
}

/* What stands later replaces what stood before, merged or not, as in Kubernetes' parser. */
static int merge_mapping(struct composer *c, struct frame *frame, const cJSON *from)
{
    if (!cJSON_IsObject(from))
        return fail(c, "a merge key takes a mapping or a list of mappings");
    for (const cJSON *m = from->child; m; m = m->next) {
        cJSON *value = copy(c, m);

        if (!value)
            return -1;
        value->type |= TYPE_MERGED;
        if (set_member(c, frame->node, m->string, value) < 0)
            return -1;
    }
    frame->has_merged = true;
    return 0;
}

static int merge(struct composer *c, struct frame *frame, cJSON *value)
{
    keep(c, value);
    if (!cJSON_IsArray(value))
        return merge_mapping(c, frame, value);
    if (!value->child)
        return 0;
    /* From the last to the first: what stands first wins. */
    for (const cJSON *m = value->child->prev;; m = m->prev) {
        if (merge_mapping(c, frame, m) < 0)
            return -1;
        if (m == value->child)
            return 0;
    }
}

static int add_member(struct composer *c, struct frame *frame, cJSON *value)
{
    char *key = frame->key;
    const cJSON *before = NULL;
    int rc = 0;

    frame->key = NULL;
    if (frame->merges) {
        frame->merges = false;
        rc = merge(c, frame, value);
    } else {
        if (frame->has_merged)
            before = find_member(c, frame->node, key);
        if (before && (before->type & TYPE_MERGED)) {
            rc = set_member(c, frame->node, key, value);
        } else if (!cJSON_AddItemToObject(frame->node, key, value)) {
            cJSON_Delete(value);
            rc = fail_memory(c);
        }
    }
    free(key);
    return rc;
}

/* A finished value goes where it belongs; it is the composer's from here on, even on failure. */
static int place(struct composer *c, cJSON *value)
{
    struct frame *frame;

    if (c->depth == 0) {
        c->root = value;
        return 0;
    }
    frame = &c->frames[c->depth - 1];
    if (cJSON_IsObject(frame->node))
        return add_member(c, frame, value);
    cJSON_AddItemToArray(frame->node, value);
    return 0;
}

static bool expects_key(const struct composer *c)
{
    return c->depth > 0 && cJSON_IsObject(c->frames[c->depth - 1].node) && !c->frames[c->depth - 1].key;
}

static int take_key(struct composer *c, const yaml_event_t *event)
{
    struct frame *frame = &c->frames[c->depth - 1];
    struct str text = {(const char *)event->data.scalar.value, event->data.scalar.length};
    struct scalar scalar;
    const char *why;
    struct buf key;

    if (charge(c, 0, text.len) < 0)
        return -1;
    why = tagged_resolve(event, &scalar);
    if (why)
        return fail(c, why);
    frame->merges =
        str_equal(text, STR("<<")) && (event->data.scalar.plain_implicit || tag_is(event->data.scalar.tag, "merge"));
    buf_init(&key, text.len + 80);
    if (scalar_print_key(&scalar, text, &key) == 0)
        frame->key = strndup(buf_str(&key).ptr, buf_str(&key).len);
    else if (!key.failed)
        fail(c, "null and integers beyond 64 bits can not be keys");
    buf_free(&key);
    if (!frame->key && c->err->kind == ERR_NONE)
        fail_memory(c);
    return frame->key ? 0 : -1;
}

static int add_anchor(struct composer *c, const yaml_char_t *name, cJSON *node)
{
    struct anchor *anchor = &c->anchors[c->anchor_count];

    if (!name)
        return 0;
    if (c->anchor_count == ANCHORS_MAX)
        return fail(c, "the document has too many anchors");
    anchor->name = strdup((const char *)name);
    anchor->node = node;
    if (!anchor->name)
        return fail_memory(c);
    c->anchor_count++;
    return 0;
}

static int take_scalar(struct composer *c, const yaml_event_t *event)
{
    const char *why;
    cJSON *node;

    if (expects_key(c))
        return event->data.scalar.anchor ? fail(c, "a key can not have an anchor") : take_key(c, event);
    if (charge(c, 1, event->data.scalar.length) < 0)
        return -1;
    node = tagged_value(event, &why);
    if (!node)
        return fail_scalar(c, why);
    if (add_anchor(c, event->data.scalar.anchor, node) < 0) {
        cJSON_Delete(node);
        return -1;
    }
    return place(c, node);
}

static int take_alias(struct composer *c, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.alias.anchor;
    const cJSON *node = NULL;
    cJSON *value;

    for (size_t i = c->anchor_count; i > 0 && !node; i--)
        if (strcmp(c->anchors[i - 1].name, name) == 0)
            node = c->anchors[i - 1].node;
    if (!node)
        return fail(c, "there is no anchor of this name before it");
    for (size_t i = 0; i < c->depth; i++)
        if (c->frames[i].node == node)
            return fail(c, "the anchor's value contains itself");
    if (expects_key(c))
        return fail(c, "an alias can not be a key");
    value = copy(c, node);
    return value ? place(c, value) : -1;
}

static int open_collection(struct composer *c, const yaml_char_t *anchor, cJSON *node)
{
    if (!node)
        return fail_memory(c);
    if (c->depth == LIMIT_MANIFEST_DEPTH || expects_key(c)) {
        cJSON_Delete(node);
        return fail(c, expects_key(c) ? "a key must be a scalar" : "the document is nested too deeply");
    }
    c->frames[c->depth++] = (struct frame){.node = node};
    return charge(c, 1, 0) < 0 ? -1 : add_anchor(c, anchor, node);
}

static int close_collection(struct composer *c)
{
    cJSON *node = c->frames[c->depth - 1].node;
    const char *twice = json_duplicate_key(node);

    if (twice)
        return err_set(c->err, ERR_BAD_REQUEST,
                       "documents[%zu]: the mapping that ends at line %zu has the key \"%.64s\""
                       " twice",
                       c->document, c->mark.line + 1, twice);
    c->depth--;
    return place(c, node);
}

static void forget_document(struct composer *c)
{
    while (c->depth > 0) {
        struct frame *frame = &c->frames[--c->depth];

        cJSON_Delete(frame->node);
        free(frame->key);
    }
    while (c->anchor_count > 0)
        free(c->anchors[--c->anchor_count].name);
    cJSON_Delete(c->root);
    cJSON_Delete(c->kept);
    c->root = c->kept = NULL;
    c->nodes = c->bytes = c->merge_steps = 0;
}

static int begin_document(struct composer *c)
{
    c->kept = cJSON_CreateArray();
    return c->kept ? 0 : fail_memory(c);
}

static int take_event(struct composer *c, const yaml_event_t *event)
{
    c->mark = event->start_mark;
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return begin_document(c);
    case YAML_SCALAR_EVENT:
        return take_scalar(c, event);
    case YAML_ALIAS_EVENT:
        return take_alias(c, event);
    case YAML_SEQUENCE_START_EVENT:
        if (!tag_is_one_of(event->data.sequence_start.tag, "seq"))
            return fail(c, "this tag is not one of YAML's own");
        return open_collection(c, event->data.sequence_start.anchor, cJSON_CreateArray());
    case YAML_MAPPING_START_EVENT:
        if (!tag_is_one_of(event->data.mapping_start.tag, "map"))
            return fail(c, "this tag is not one of YAML's own");
        return open_collection(c, event->data.mapping_start.anchor, cJSON_CreateObject());
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_collection(c);
    default:
        return 0;
    }
}

static int fail_syntax(struct composer *c, struct str text)
{
    const char *problem = c->parser.problem ? c->parser.problem : "it can not be read";
    size_t line = c->parser.problem_mark.line + 1;
    size_t column = c->parser.problem_mark.column + 1;

    if (c->parser.error == YAML_MEMORY_ERROR)
        return fail_memory(c);
    if (c->parser.error == YAML_READER_ERROR)
        kube_text_place(text, c->parser.problem_offset, &line, &column);
    return err_set(c->err, ERR_BAD_REQUEST, "documents[%zu]: line %zu, column %zu: %s%s%s", c->document, line, column,
                   c->parser.context ? c->parser.context : "", c->parser.context ? ": " : "", problem);
}

static int read_documents(struct composer *c, struct str text, int (*on_document)(void *arg, cJSON *document),
                          void *arg)
{
    bool at_end = false;
    int rc = 0;

    while (rc == 0 && !at_end) {
        yaml_event_t event;

        if (!yaml_parser_parse(&c->parser, &event))
            return fail_syntax(c, text);
        rc = take_event(c, &event);
        at_end = event.type == YAML_STREAM_END_EVENT;
        if (rc == 0 && event.type == YAML_DOCUMENT_END_EVENT) {
            rc = on_document(arg, c->root);
            forget_document(c);
            c->document++;
        }
        if (event.type == YAML_SCALAR_EVENT)
            explicit_bzero(event.data.scalar.value, event.data.scalar.length);
        yaml_event_delete(&event);
    }
    return rc;
}

/* The text may be a Secret's: what the parser holds of it is overwritten too. */
static void end_parser(yaml_parser_t *parser)
{
    explicit_bzero(parser->raw_buffer.start, (size_t)(parser->raw_buffer.end - parser->raw_buffer.start));
    explicit_bzero(parser->buffer.start, (size_t)(parser->buffer.end - parser->buffer.start));
    yaml_parser_delete(parser);
}

int kube_yaml_read(struct str text, int (*on_document)(void *arg, cJSON *document), void *arg, struct err *err)
{
    struct composer *c = calloc(1, sizeof(*c));
    int rc;

    if (!c || !yaml_parser_initialize(&c->parser)) {
        free(c);
        return err_set(err, ERR_INTERNAL, "there is no memory for the document");
    }
    c->err = err;
    yaml_parser_set_input_string(&c->parser, (const unsigned char *)text.ptr, text.len);
    yaml_parser_set_encoding(&c->parser, YAML_UTF8_ENCODING);
    rc = read_documents(c, text, on_document, arg);
    forget_document(c);
    end_parser(&c->parser);
    free(c);
    return rc;
}
