#include "handlers/schema.h"

#include <string.h>

#include "kube/name.h"

static const char *const type_names[] = {
    [FIELD_TEXT] = "string",     [FIELD_INTEGER] = "integer",   [FIELD_NUMBER] = "number",
    [FIELD_BOOLEAN] = "boolean", [FIELD_CHOICE] = "string",     [FIELD_OBJECT] = "object",
    [FIELD_TEXT_LIST] = "array", [FIELD_OBJECT_LIST] = "array", [FIELD_ANY] = NULL,
};

static bool must_be_there(const struct field *f, enum schema_use use)
{
    return use == SCHEMA_ANSWER ? !f->optional : f->required || (f->belongs_to && !f->optional);
}

/* A member of a request that is null counts as left out; a parameter of a query has no null. */
static bool may_be_null(const struct field *f, enum schema_use use)
{
    return use == SCHEMA_ANSWER ? f->nullable : use == SCHEMA_BODY && !must_be_there(f, use);
}

static void write_type(struct json *j, const struct field *f, enum schema_use use)
{
    if (!type_names[f->type])
        return;
    if (!may_be_null(f, use)) {
        json_text(j, "type", type_names[f->type]);
        return;
    }
    json_array_open(j, "type");
    json_text(j, NULL, type_names[f->type]);
    json_text(j, NULL, "null");
    json_array_close(j);
}

static void write_choices(struct json *j, const struct field *f, enum schema_use use)
{
    struct str rest = str_from(f->choices);

    json_array_open(j, "enum");
    while (rest.ptr)
        json_str(j, NULL, str_cut(&rest, '|'));
    if (may_be_null(f, use))
        json_null(j, NULL);
    json_array_close(j);
}

/* The length of a text is counted in bytes here and in characters by a schema: what is not ASCII may be refused though
 * the schema takes it. */
static void write_bounds(struct json *j, const char *min, const char *max, const struct field *f)
{
    if (f->min != 0 || f->type == FIELD_INTEGER)
        json_int(j, min, f->min);
    if (f->max != 0)
        json_int(j, max, f->max);
}

#define LABEL "[a-z0-9]([a-z0-9-]*[a-z0-9])?"

static const struct {
    const char *(*check)(struct str value);
    const char *pattern;
} name_patterns[] = {
    {name_check_label, "^" LABEL "$"},
    {name_check_subdomain, "^" LABEL "(\\." LABEL ")*$"},
    {name_check_job, "^" LABEL "(\\." LABEL ")*$"},
    {name_check_label_value, "^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?$"},
};

/* No text has control characters in it. */
static const char *pattern_of(const struct field *f)
{
    for (size_t i = 0; !f->pattern && i < sizeof(name_patterns) / sizeof(name_patterns[0]); i++)
        if (f->check == name_patterns[i].check)
            return name_patterns[i].pattern;
    return f->pattern ? f->pattern : "^[^\\x00-\\x1f\\x7f]*$";
}

static void write_text(struct json *j, const struct field *f, enum schema_use use)
{
    write_bounds(j, "minLength", "maxLength", f);
    if (f->format)
        json_text(j, "format", f->format);
    if (use != SCHEMA_ANSWER)
        json_text(j, "pattern", pattern_of(f));
}

/* The bounds are the list's. */
static void write_texts(struct json *j, const struct field *f, enum schema_use use)
{
    json_object_open(j, "items");
    json_text(j, "type", "string");
    if (use != SCHEMA_ANSWER && f->check)
        json_text(j, "pattern", pattern_of(f));
    json_object_close(j);
}

static bool goes_with(const struct field *f, const char *type)
{
    return !f->belongs_to || (type && strcmp(f->belongs_to, type) == 0);
}

static bool is_any_name(const struct field *f)
{
    return strcmp(f->name, FIELD_ANY_NAME) == 0;
}

static void write_further(struct json *j, const struct field *fields, enum schema_use use)
{
    for (const struct field *f = fields; f->name; f++)
        if (is_any_name(f))
            schema_write_field(j, "additionalProperties", f, use);
    if (use == SCHEMA_BODY)
        json_bool(j, "additionalProperties", false);
}

/* With a type, only what goes with it. */
static void write_members(struct json *j, const struct field *fields, const char *type, enum schema_use use)
{
    json_object_open(j, "properties");
    for (const struct field *f = fields; f->name; f++) {
        if (type && strcmp(f->name, "type") == 0) {
            json_object_open(j, "type");
            json_text(j, "const", type);
            json_object_close(j);
        } else if (goes_with(f, type) && !is_any_name(f)) {
            schema_write_field(j, f->name, f, use);
        }
    }
    json_object_close(j);
    json_array_open(j, "required");
    for (const struct field *f = fields; f->name; f++)
        if (goes_with(f, type) && must_be_there(f, use) && !is_any_name(f))
            json_text(j, NULL, f->name);
    json_array_close(j);
    write_further(j, fields, use);
}

/* The values of "type" that decide which of its siblings there are, or an empty view with a NULL pointer. */
static struct str find_types(const struct field *fields)
{
    const struct field *type = NULL;
    bool decides = false;

    for (const struct field *f = fields; f->name; f++) {
        if (strcmp(f->name, "type") == 0)
            type = f;
        decides = decides || f->belongs_to;
    }
    return decides && type ? str_from(type->choices) : (struct str){NULL, 0};
}

static void write_object(struct json *j, const struct field *fields, enum schema_use use)
{
    struct str types = find_types(fields);

    if (!types.ptr) {
        write_members(j, fields, NULL, use);
        return;
    }
    json_array_open(j, "oneOf");
    while (types.ptr) {
        struct str type = str_cut(&types, '|');
        char name[64] = "";

        memcpy(name, type.ptr, type.len < sizeof(name) ? type.len : sizeof(name) - 1);
        json_object_open(j, NULL);
        json_text(j, "title", name);
        write_members(j, fields, name, use);
        json_object_close(j);
    }
    json_array_close(j);
}

static void write_list(struct json *j, const struct field *f, enum schema_use use)
{
    write_bounds(j, "minItems", "maxItems", f);
    if (f->type == FIELD_TEXT_LIST)
        write_texts(j, f, use);
    else if (!f->children)
        json_raw(j, "items", STR("{\"type\":\"object\"}"));
    else
        schema_write(j, "items", f->children, use);
}

void schema_write_field(struct json *j, const char *key, const struct field *f, enum schema_use use)
{
    json_object_open(j, key);
    write_type(j, f, use);
    if (f->help)
        json_text(j, "description", f->help);
    switch (f->type) {
    case FIELD_TEXT:
        write_text(j, f, use);
        break;
    case FIELD_CHOICE:
        write_choices(j, f, use);
        break;
    case FIELD_INTEGER:
        if (use != SCHEMA_ANSWER)
            write_bounds(j, "minimum", "maximum", f);
        break;
    case FIELD_TEXT_LIST:
    case FIELD_OBJECT_LIST:
        write_list(j, f, use);
        break;
    case FIELD_OBJECT:
        if (f->children)
            write_object(j, f->children, use);
        break;
    case FIELD_NUMBER:
    case FIELD_BOOLEAN:
    case FIELD_ANY:
        break;
    }
    json_object_close(j);
}

void schema_write(struct json *j, const char *key, const struct field *fields, enum schema_use use)
{
    json_object_open(j, key);
    json_text(j, "type", "object");
    write_object(j, fields, use);
    json_object_close(j);
}

void schema_write_field_example(struct json *j, const char *key, const struct field *f)
{
    if (f->type == FIELD_TEXT || f->type == FIELD_CHOICE)
        json_text(j, key, f->example);
    else
        json_raw(j, key, str_from(f->example));
}

static const char *type_of_example(const struct field *fields)
{
    for (const struct field *f = fields; f->name; f++)
        if (strcmp(f->name, "type") == 0)
            return f->example;
    return NULL;
}

static bool has_example(const struct field *fields)
{
    for (const struct field *f = fields; f && f->name; f++)
        if (f->example || has_example(f->children))
            return true;
    return false;
}

static const char *example_name(const struct field *f)
{
    return is_any_name(f) ? "example" : f->name;
}

static void write_children_example(struct json *j, const struct field *f, enum schema_use use)
{
    if (f->type == FIELD_OBJECT) {
        schema_write_example(j, example_name(f), f->children, use);
        return;
    }
    json_array_open(j, example_name(f));
    schema_write_example(j, NULL, f->children, use);
    json_array_close(j);
}

/* What has to be there without an example of its own. */
static void write_least(struct json *j, const struct field *f, enum schema_use use)
{
    static const char *const least[] = {
        [FIELD_INTEGER] = "0", [FIELD_NUMBER] = "0",     [FIELD_BOOLEAN] = "false",
        [FIELD_OBJECT] = "{}", [FIELD_TEXT_LIST] = "[]", [FIELD_OBJECT_LIST] = "[]",
        [FIELD_ANY] = "null",  [FIELD_TEXT] = "\"\"",    [FIELD_CHOICE] = NULL,
    };

    if (may_be_null(f, use))
        json_null(j, f->name);
    else if (f->type != FIELD_CHOICE)
        json_raw(j, f->name, str_from(least[f->type]));
    else {
        struct str rest = str_from(f->choices);

        json_str(j, f->name, str_cut(&rest, '|'));
    }
}

void schema_write_example(struct json *j, const char *key, const struct field *fields, enum schema_use use)
{
    const char *type = type_of_example(fields);

    json_object_open(j, key);
    for (const struct field *f = fields; f->name; f++) {
        if (!goes_with(f, type))
            continue;
        if (f->example)
            schema_write_field_example(j, f->name, f);
        else if (f->children && (must_be_there(f, use) || has_example(f->children)) && !may_be_null(f, use))
            write_children_example(j, f, use);
        else if (must_be_there(f, use))
            write_least(j, f, use);
    }
    json_object_close(j);
}
