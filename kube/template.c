#include "kube/template.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "kube/scalar.h"

#define PLACE_SIZE 64

enum piece_type { PIECE_END, PIECE_TEXT, PIECE_VALUE, PIECE_BROKEN };

struct piece {
    enum piece_type type;
    struct str text; /* or the parameter's name */
    bool as_string;  /* "${name:string}" */
};

static struct piece cut_placeholder(struct str *rest)
{
    struct str inside = str_skip(*rest, 2);
    struct str suffix;
    struct piece piece = {.type = PIECE_VALUE};

    if (!str_contains(inside, '}'))
        return (struct piece){.type = PIECE_BROKEN};
    *rest = inside;
    suffix = str_cut(rest, '}');
    piece.text = str_cut(&suffix, ':');
    piece.as_string = suffix.ptr != NULL;
    if (parameter_check_name(piece.text) || (suffix.ptr && !str_equal(suffix, STR("string"))))
        piece.type = PIECE_BROKEN;
    return piece;
}

/* The next piece of a text; behind a broken one nothing is defined. */
static struct piece next_piece(struct str *rest)
{
    struct piece piece = {.type = PIECE_TEXT};
    size_t n = 0;

    if (rest->len == 0)
        return (struct piece){.type = PIECE_END};
    if (str_starts_with(*rest, STR("${")))
        return cut_placeholder(rest);
    if (str_starts_with(*rest, STR("$${"))) {
        piece.text = (struct str){rest->ptr + 1, 2};
        *rest = str_skip(*rest, 3);
        return piece;
    }
    do
        n++;
    while (n < rest->len && rest->ptr[n] != '$');
    piece.text = (struct str){rest->ptr, n};
    *rest = str_skip(*rest, n);
    return piece;
}

/* Where in the manifest one is. */
struct place {
    char text[PLACE_SIZE];
};

static struct place place_member(const struct place *parent, const char *key)
{
    struct place place;

    snprintf(place.text, sizeof(place.text), "%.40s.%s", parent->text, key);
    return place;
}

static struct place place_item(const struct place *parent, size_t index)
{
    struct place place;

    snprintf(place.text, sizeof(place.text), "%.40s[%zu]", parent->text, index);
    return place;
}

static void check_text(const char *text, const struct parameters *parameters, const struct place *place,
                       struct err *err)
{
    struct str rest = str_from(text);
    struct piece piece;

    while ((piece = next_piece(&rest)).type != PIECE_END) {
        if (piece.type == PIECE_BROKEN) {
            err_field(err, place->text, CAUSE_INVALID,
                      "has a ${ that is no ${name} or ${name:string}: write $${ for the text itself");
            return;
        }
        if (piece.type == PIECE_VALUE && !parameters_find(parameters, piece.text))
            err_field(err, place->text, CAUSE_INVALID,
                      "names no parameter of this template with ${%.*s}: declare it, or write $${ for the text itself",
                      STR_FMT(piece.text));
    }
}

static void check_node(const cJSON *node, const struct parameters *parameters, const struct place *place,
                       struct err *err)
{
    const cJSON *child;
    size_t index = 0;

    if (cJSON_IsString(node))
        check_text(node->valuestring, parameters, place, err);
    cJSON_ArrayForEach(child, node)
    {
        struct place below = cJSON_IsArray(node) ? place_item(place, index++) : place_member(place, child->string);

        if (cJSON_IsObject(node) && strstr(child->string, "${"))
            err_field(err, below.text, CAUSE_INVALID, "has a placeholder in its name: they stand in values only");
        check_node(child, parameters, &below, err);
    }
}

int template_check(const cJSON *manifest, const struct parameters *parameters, struct err *err)
{
    const struct place root = {"job_manifest"};
    size_t faults_before = err->fault_count;

    check_node(manifest, parameters, &root, err);
    return err->fault_count == faults_before ? 0 : -1;
}

struct filling {
    const struct parameters *parameters;
    size_t length; /* of all texts so far */
    bool failed;   /* no memory */
    bool broken;   /* template_check() would have refused it */
};

static cJSON *created(struct filling *f, cJSON *node)
{
    if (!node)
        f->failed = true;
    return node;
}

/* What is whole is printed whole: 1000000, not 1e+06. */
static void add_number(struct buf *out, double number)
{
    const struct scalar scalar = {.type = SCALAR_FLOAT, .number = number};

    if (number > -1e15 && number < 1e15 && number == (double)(int64_t)number)
        buf_printf(out, "%lld", (long long)number);
    else
        scalar_print(&scalar, out);
}

static void add_value(struct buf *out, const struct parameter *p)
{
    if (!p->value)
        return;
    if (cJSON_IsNumber(p->value))
        add_number(out, p->value->valuedouble);
    else if (cJSON_IsBool(p->value))
        buf_add_str(out, cJSON_IsTrue(p->value) ? STR("true") : STR("false"));
    else
        buf_add_str(out, str_from(p->value->valuestring));
}

static cJSON *fill_pieces(struct filling *f, struct str rest)
{
    struct buf text;
    struct piece piece;
    cJSON *node = NULL;

    buf_init(&text, LIMIT_TEMPLATE_FILLED);
    while ((piece = next_piece(&rest)).type != PIECE_END) {
        const struct parameter *p = piece.type == PIECE_VALUE ? parameters_find(f->parameters, piece.text) : NULL;

        if (piece.type == PIECE_TEXT)
            buf_add_str(&text, piece.text);
        else if (p)
            add_value(&text, p);
        else
            f->broken = true;
        if (f->broken)
            break;
    }
    f->length += text.failed ? LIMIT_TEMPLATE_FILLED + 1 : text.len;
    if (!f->broken && f->length <= LIMIT_TEMPLATE_FILLED)
        node = created(f, cJSON_CreateString(buf_str(&text).ptr));
    buf_free(&text);
    return node;
}

/* NULL for what is left out, too. */
static cJSON *fill_text(struct filling *f, const char *text)
{
    struct str rest = str_from(text);
    struct piece first = next_piece(&rest);
    const struct parameter *p = first.type == PIECE_VALUE ? parameters_find(f->parameters, first.text) : NULL;

    if (!p || rest.len > 0)
        return fill_pieces(f, str_from(text));
    if (!p->value)
        return NULL;
    if (first.as_string || cJSON_IsString(p->value))
        return fill_pieces(f, str_from(text));
    /* "3.0" and "1e2" are whole numbers, but not to the API server's fields. */
    if (p->type == PARAMETER_INTEGER)
        return created(f, cJSON_CreateNumber(p->value->valuedouble));
    return created(f, cJSON_Duplicate(p->value, false));
}

static cJSON *fill_node(struct filling *f, const cJSON *node);

static cJSON *fill_children(struct filling *f, const cJSON *node)
{
    cJSON *out = created(f, cJSON_IsArray(node) ? cJSON_CreateArray() : cJSON_CreateObject());
    const cJSON *child;

    cJSON_ArrayForEach(child, node)
    {
        cJSON *filled = out ? fill_node(f, child) : NULL;

        if (!filled)
            continue;
        if (cJSON_IsArray(node) ? !cJSON_AddItemToArray(out, filled)
                                : !cJSON_AddItemToObject(out, child->string, filled)) {
            cJSON_Delete(filled);
            f->failed = true;
        }
    }
    return out;
}

static cJSON *fill_node(struct filling *f, const cJSON *node)
{
    if (f->failed || f->broken || f->length > LIMIT_TEMPLATE_FILLED)
        return NULL;
    if (cJSON_IsString(node))
        return fill_text(f, node->valuestring);
    if (cJSON_IsArray(node) || cJSON_IsObject(node))
        return fill_children(f, node);
    return created(f, cJSON_Duplicate(node, false));
}

static void release_tree(void *tree)
{
    cJSON_Delete(tree);
}

cJSON *template_fill(struct arena *arena, const cJSON *manifest, const struct parameters *parameters, struct err *err)
{
    struct filling f = {.parameters = parameters};
    cJSON *filled = fill_node(&f, manifest);

    if (filled && arena_defer(arena, release_tree, filled) < 0)
        filled = NULL;
    if (f.broken)
        err_set(err, ERR_STORE_UNAVAILABLE, "what is stored of this template can not be read");
    else if (f.length > LIMIT_TEMPLATE_FILLED)
        err_field(err, "parameters", CAUSE_TOO_LONG, "make the manifest larger than 1 MiB");
    else if (f.failed || !filled)
        err_set(err, ERR_INTERNAL, "there is no memory for the manifest");
    else
        return filled;
    return NULL;
}
