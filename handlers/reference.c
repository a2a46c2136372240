/*
 * The reference of the API for people, written from the route table: docs/api.md. For programs: handlers/openapi.c.
 */
#include <stdio.h>

#include "base/limits.h"
#include "handlers/openapi.h"
#include "handlers/routes.h"

static const char *const type_names[] = {
    [FIELD_TEXT] = "text",       [FIELD_INTEGER] = "integer",
    [FIELD_BOOLEAN] = "boolean", [FIELD_CHOICE] = "choice",
    [FIELD_OBJECT] = "object",   [FIELD_TEXT_LIST] = "list of texts",
    [FIELD_ANY] = "any",         [FIELD_OBJECT_LIST] = "list of objects",
    [FIELD_NUMBER] = "number",
};

/* A pipe would end a Markdown cell, so choices are written with commas there. */
static void write_choices(struct buf *out, const struct field *f)
{
    struct str rest = f->choices ? str_from(f->choices) : (struct str){NULL, 0};

    for (const char *before = f->help ? ": one of " : "one of "; rest.ptr; before = ", ") {
        struct str choice = str_cut(&rest, '|');

        buf_printf(out, "%s%.*s", before, STR_FMT(choice));
    }
}

static void write_presence(struct buf *out, const struct field *f, bool in_answer)
{
    if (in_answer)
        buf_printf(out, "%s%s%s", f->optional ? "may be missing" : "", f->optional && f->nullable ? ", " : "",
                   f->nullable ? "may be null" : "");
    else if (f->belongs_to)
        buf_printf(out, "%s with type %s", f->optional ? "optional" : "required", f->belongs_to);
    else
        buf_printf(out, "%s", f->required ? "required" : "optional");
}

static void write_fields(struct buf *out, const struct field *fields, const char *prefix, bool in_answer)
{
    for (const struct field *f = fields; f && f->name; f++) {
        char inner[256];

        buf_printf(out, "| `%s%s` | %s | ", prefix, f->name, type_names[f->type]);
        write_presence(out, f, in_answer);
        buf_printf(out, " | %s", f->help ? f->help : "");
        write_choices(out, f);
        buf_printf(out, " |\n");
        snprintf(inner, sizeof(inner), "%s%s%s", prefix, f->name, f->type == FIELD_OBJECT_LIST ? "[]." : ".");
        write_fields(out, f->children, inner, in_answer);
    }
}

static void write_table(struct buf *out, const char *title, const struct field *fields, bool in_answer)
{
    if (!fields)
        return;
    buf_printf(out, "| %s | type | | |\n|---|---|---|---|\n", title);
    write_fields(out, fields, "", in_answer);
    buf_printf(out, "\n");
}

static void write_methods(struct buf *out, unsigned methods)
{
    struct buf text;

    buf_init(&text, 128);
    method_list(methods, &text);
    buf_printf(out, "%s", methods == METHOD_ANY ? "ANY" : buf_str(&text).ptr);
    buf_free(&text);
}

/* The first route that shows a shape. */
static const struct route *find_shape(const struct field *shape)
{
    for (const struct route *r = routes; r < routes + route_count; r++)
        for (const struct answer *a = r->answers; a->status; a++)
            if (a->shape == shape)
                return r;
    return NULL;
}

static void write_answers(struct buf *out, const struct route *route)
{
    const struct field *shown = NULL;

    for (const struct answer *a = route->answers; a->status; a++) {
        const struct route *first = a->shape ? find_shape(a->shape) : NULL;

        if (a->status == ANSWER_ANY)
            buf_printf(out, "Answer: %s.", a->help);
        else
            buf_printf(out, "Answer %d: %s.", a->status, a->help);
        if (first && first != route) {
            buf_printf(out, " Its members are those of ");
            write_methods(out, first->methods);
            buf_printf(out, " `%s`.", first->path);
        }
        buf_printf(out, "\n\n");
        if (first == route && shown != a->shape)
            write_table(out, a->is_list ? "member of each" : "member", a->shape, true);
        shown = a->shape;
    }
}

static void write_markdown(struct buf *out)
{
    const struct field header[] = {route_key, {.name = NULL}};

    buf_printf(
        out, "# The API\n\n"
             "Printed from the route table (`handlers/routes.c`) by `eksgate routes`; a test holds the two together.\n"
             "Every error is a `metav1.Status` with `reason`, `message`, `code` and, for fields, `details.causes[]`; "
             "the\n"
             "header `X-Eksgate-Error` is there when the gateway made it, `X-Request-Id` always.\n\n");
    for (const struct route *r = routes; r < routes + route_count; r++) {
        buf_printf(out, "## ");
        write_methods(out, r->methods);
        buf_printf(out, " `%s`\n\n%s. Role: %s.", r->path, r->summary, role_name(r->role));
        if (r->max_body > 0)
            buf_printf(out, " Body: up to %zu KiB.", r->max_body / 1024);
        buf_printf(out, "\n\n");
        if (r->needs & TAKES_KEY)
            write_table(out, "header", header, false);
        write_table(out, "query", r->query, false);
        write_table(out, "body", r->body, false);
        write_answers(out, r);
    }
}

int routes_print(struct str format)
{
    struct buf out;
    int rc;

    buf_init(&out, MIB(4));
    if (str_equal(format, STR("markdown")))
        write_markdown(&out);
    else if (str_equal(format, STR("openapi")))
        openapi_write(&out);
    else
        return -1;
    rc = out.failed || fwrite(out.ptr, 1, out.len, stdout) != out.len ? -1 : 0;
    buf_free(&out);
    return rc;
}
