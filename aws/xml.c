#include "aws/xml.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

#define TEXT_MAX KIB(16)

void xml_init(struct xml *x, struct str document)
{
    *x = (struct xml){.rest = document};
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':' ||
           c == '-' || c == '.' || (unsigned char)c >= 0x80;
}

/* Takes everything up to mark off the rest, and mark too. */
static bool take_until(struct xml *x, const char *mark, struct str *out)
{
    const char *found = memmem(x->rest.ptr, x->rest.len, mark, strlen(mark));

    if (!found)
        return false;
    out->ptr = x->rest.ptr;
    out->len = (size_t)(found - x->rest.ptr);
    x->rest = str_skip(x->rest, out->len + strlen(mark));
    return true;
}

static bool take_prefix(struct xml *x, struct str prefix)
{
    if (!str_starts_with(x->rest, prefix))
        return false;
    x->rest = str_skip(x->rest, prefix.len);
    return true;
}

static struct str take_name(struct xml *x)
{
    struct str name = {x->rest.ptr, 0};

    while (name.len < x->rest.len && is_name(x->rest.ptr[name.len]))
        name.len++;
    x->rest = str_skip(x->rest, name.len);
    return name;
}

static void skip_space(struct xml *x)
{
    while (x->rest.len > 0 && is_space(x->rest.ptr[0]))
        x->rest = str_skip(x->rest, 1);
}

/* name="value" or name='value'. */
static bool skip_attribute(struct xml *x)
{
    struct str value;

    if (take_name(x).len == 0)
        return false;
    skip_space(x);
    if (!take_prefix(x, STR("=")))
        return false;
    skip_space(x);
    if (take_prefix(x, STR("\"")))
        return take_until(x, "\"", &value);
    return take_prefix(x, STR("'")) && take_until(x, "'", &value);
}

static enum xml_token open_element(struct xml *x)
{
    struct str name = take_name(x);

    if (name.len == 0 || x->depth == XML_DEPTH_MAX || (x->depth == 0 && x->had_root))
        return XML_BROKEN;
    for (;;) {
        skip_space(x);
        if (take_prefix(x, STR(">")))
            break;
        if (take_prefix(x, STR("/>"))) {
            x->closes = true;
            break;
        }
        if (!skip_attribute(x))
            return XML_BROKEN;
    }
    x->had_root = true;
    x->open[x->depth++] = name;
    return XML_OPEN;
}

static enum xml_token close_element(struct xml *x)
{
    struct str name = take_name(x);

    skip_space(x);
    if (!take_prefix(x, STR(">")) || x->depth == 0 || !str_equal(name, x->open[x->depth - 1]))
        return XML_BROKEN;
    x->depth--;
    return XML_CLOSE;
}

static enum xml_token take_text(struct xml *x)
{
    struct str text = x->rest;

    x->text = str_cut(&text, '<');
    x->rest = str_skip(x->rest, x->text.len);
    if (x->depth > 0)
        return XML_TEXT;
    for (size_t i = 0; i < x->text.len; i++)
        if (!is_space(x->text.ptr[i]))
            return XML_BROKEN;
    return XML_TEXT;
}

enum xml_token xml_next(struct xml *x)
{
    struct str skipped;

    if (x->closes) {
        x->closes = false;
        x->depth--;
        return XML_CLOSE;
    }
    for (;;) {
        if (x->rest.len == 0)
            return x->depth == 0 && x->had_root ? XML_END : XML_BROKEN;
        if (x->rest.ptr[0] != '<')
            return take_text(x);
        if (take_prefix(x, STR("<![CDATA[")))
            return x->depth > 0 && take_until(x, "]]>", &x->text) ? XML_CDATA : XML_BROKEN;
        if (take_prefix(x, STR("</")))
            return close_element(x);
        if (take_prefix(x, STR("<?"))) {
            if (!take_until(x, "?>", &skipped))
                return XML_BROKEN;
        } else if (take_prefix(x, STR("<!--"))) {
            if (!take_until(x, "-->", &skipped))
                return XML_BROKEN;
        } else {
            x->rest = str_skip(x->rest, 1);
            return open_element(x);
        }
    }
}

/* Text */

static int add_utf8(struct buf *out, uint32_t c)
{
    char bytes[4];
    size_t n = 0;

    if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return -1;
    if (c < 0x80) {
        bytes[n++] = (char)c;
    } else if (c < 0x800) {
        bytes[n++] = (char)(0xC0 | c >> 6);
    } else if (c < 0x10000) {
        bytes[n++] = (char)(0xE0 | c >> 12);
        bytes[n++] = (char)(0x80 | (c >> 6 & 0x3F));
    } else {
        bytes[n++] = (char)(0xF0 | c >> 18);
        bytes[n++] = (char)(0x80 | (c >> 12 & 0x3F));
        bytes[n++] = (char)(0x80 | (c >> 6 & 0x3F));
    }
    if (c >= 0x80)
        bytes[n++] = (char)(0x80 | (c & 0x3F));
    return buf_add(out, bytes, n);
}

/* "#38" or "#x26" */
static int add_reference(struct buf *out, struct str digits)
{
    bool hex = digits.len > 1 && (digits.ptr[1] == 'x' || digits.ptr[1] == 'X');
    char text[16] = "";
    char *end;
    unsigned long c;

    digits = str_skip(digits, hex ? 2 : 1);
    if (digits.len == 0 || digits.len >= sizeof(text) || digits.ptr[0] == '+' || digits.ptr[0] == '-')
        return -1;
    memcpy(text, digits.ptr, digits.len);
    c = strtoul(text, &end, hex ? 16 : 10);
    return *end || c > 0x10FFFF ? -1 : add_utf8(out, (uint32_t)c);
}

static int add_entity(struct buf *out, struct str name)
{
    static const struct {
        struct str name;
        char c;
    } entities[] = {{STR("amp"), '&'}, {STR("lt"), '<'}, {STR("gt"), '>'}, {STR("quot"), '"'}, {STR("apos"), '\''}};

    for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
        if (str_equal(name, entities[i].name))
            return buf_add_char(out, entities[i].c);
    return name.len > 0 && name.ptr[0] == '#' ? add_reference(out, name) : -1;
}

static int add_decoded(struct buf *out, struct str text)
{
    while (text.len > 0) {
        struct str entity = text;

        if (buf_add_str(out, str_cut(&entity, '&')) < 0)
            return -1;
        if (!entity.ptr)
            return 0;
        text = entity;
        if (add_entity(out, str_cut(&text, ';')) < 0 || !text.ptr)
            return -1;
    }
    return 0;
}

/* Search */

static struct str local_name(struct str name)
{
    struct str rest = name;

    str_cut(&rest, ':');
    return rest.ptr ? rest : name;
}

static bool is_at(const struct xml *x, struct str path)
{
    for (size_t i = 0; i < x->depth; i++) {
        struct str name;

        if (!path.ptr)
            return false;
        name = str_cut(&path, '/');
        if (!str_equal(name, STR("*")) && !str_equal(name, local_name(x->open[i])))
            return false;
    }
    return !path.ptr;
}

static int add_piece(struct buf *out, enum xml_token token, struct str text)
{
    if (token == XML_TEXT)
        return add_decoded(out, text);
    return token == XML_CDATA ? buf_add_str(out, text) : 0;
}

enum xml_result xml_find(struct str document, const char *path, struct buf *out)
{
    enum xml_result result = XML_ABSENT;
    enum xml_token token;
    size_t inside = 0; /* depth of the element while it is open */
    struct xml x;

    xml_init(&x, document);
    while ((token = xml_next(&x)) != XML_END) {
        if (token == XML_BROKEN)
            return XML_FAULT;
        if (token == XML_OPEN && result == XML_ABSENT && is_at(&x, str_from(path))) {
            result = XML_FOUND;
            inside = x.depth;
        } else if (token == XML_CLOSE && x.depth < inside) {
            inside = 0;
        } else if (inside > 0 && x.depth == inside && add_piece(out, token, x.text) < 0) {
            return XML_FAULT;
        }
    }
    return result;
}

enum xml_result xml_each(struct str document, const char *path, int (*take)(void *arg, struct str element), void *arg)
{
    enum xml_result result = XML_ABSENT;
    const char *begin = NULL; /* of the element while it is open */
    size_t inside = 0;
    struct xml x;

    xml_init(&x, document);
    for (;;) {
        const char *before = x.rest.ptr;
        enum xml_token token = xml_next(&x);

        if (token == XML_BROKEN)
            return XML_FAULT;
        if (token == XML_END)
            return result;
        if (token == XML_OPEN && inside == 0 && is_at(&x, str_from(path))) {
            begin = before;
            inside = x.depth;
        } else if (token == XML_CLOSE && x.depth < inside) {
            const struct str element = {begin, (size_t)(x.rest.ptr - begin)};

            inside = 0;
            result = XML_FOUND;
            if (take(arg, element) < 0)
                return XML_STOPPED;
        }
    }
}

const char *xml_text(struct arena *arena, struct str document, const char *path)
{
    const char *copy = NULL;
    struct buf text;

    buf_init(&text, TEXT_MAX);
    if (xml_find(document, path, &text) == XML_FOUND)
        copy = arena_strndup(arena, text.ptr ? text.ptr : "", text.len);
    buf_free(&text);
    return copy ? copy : "";
}
