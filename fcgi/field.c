#include "fcgi/field.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"

#define NAME_SIZE 64

static bool is_choice(const char *choices, struct str value)
{
    struct str rest = str_from(choices);

    while (rest.ptr)
        if (str_equal(str_cut(&rest, '|'), value))
            return true;
    return false;
}

/* One rule set for the text of a body member and of a query parameter. */
static int check_text(const struct field *f, const char *name, struct str value, struct err *err)
{
    const char *wanted;

    if (f->type == FIELD_CHOICE)
        return is_choice(f->choices, value)
                   ? 0
                   : err_field(err, name, CAUSE_NOT_SUPPORTED, "must be one of %s", f->choices);
    if (value.len == 0 && f->min > 0)
        return err_field(err, name, CAUSE_REQUIRED, "must not be empty");
    if ((long)value.len < f->min)
        return err_field(err, name, CAUSE_INVALID, "must not be shorter than %ld bytes", f->min);
    if (f->max > 0 && (long)value.len > f->max)
        return err_field(err, name, CAUSE_TOO_LONG, "must not be longer than %ld bytes", f->max);
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.ptr[i] < 0x20 || value.ptr[i] == 0x7f)
            return err_field(err, name, CAUSE_INVALID, "must not contain control characters");
    wanted = f->check ? f->check(value) : NULL;
    return wanted ? err_field(err, name, CAUSE_INVALID, "%s", wanted) : 0;
}

static const struct field *find_field(const struct field *fields, struct str name)
{
    for (; fields->name; fields++)
        if (str_equal(str_from(fields->name), name))
            return fields;
    return NULL;
}

static int check_list(const struct field *f, const char *name, const cJSON *list, struct err *err)
{
    const cJSON *item;
    long count = 0;

    if (!cJSON_IsArray(list))
        return err_field(err, name, CAUSE_TYPE, "must be a list of texts");
    cJSON_ArrayForEach(item, list)
    {
        if (++count > f->max)
            return err_field(err, name, CAUSE_TOO_LONG, "must not have more than %ld items", f->max);
        if (!cJSON_IsString(item))
            return err_field(err, name, CAUSE_TYPE, "must be a list of texts");
        if (f->check && f->check(str_from(item->valuestring)))
            return err_field(err, name, CAUSE_INVALID, "%s", f->check(str_from(item->valuestring)));
    }
    return count >= f->min ? 0 : err_field(err, name, CAUSE_REQUIRED, "must not be empty");
}

static void check_members(const struct field *fields, const cJSON *object, const char *prefix, struct err *err);

static void check_object(const struct field *f, const char *name, const cJSON *value, struct err *err)
{
    if (!cJSON_IsObject(value))
        err_field(err, name, CAUSE_TYPE, "must be an object");
    else if (f->children)
        check_members(f->children, value, name, err);
}

static void check_objects(const struct field *f, const char *name, const cJSON *list, struct err *err)
{
    char item_name[NAME_SIZE];
    const cJSON *item;
    long index = 0;

    if (!cJSON_IsArray(list)) {
        err_field(err, name, CAUSE_TYPE, "must be a list of objects");
        return;
    }
    cJSON_ArrayForEach(item, list)
    {
        if (index == f->max) {
            err_field(err, name, CAUSE_TOO_LONG, "must not have more than %ld items", f->max);
            return;
        }
        snprintf(item_name, sizeof(item_name), "%.40s[%ld]", name, index++);
        check_object(f, item_name, item, err);
    }
    if (index < f->min)
        err_field(err, name, CAUSE_REQUIRED, "must not have fewer than %ld items", f->min);
}

static void check_value(const struct field *f, const char *name, const cJSON *value, struct err *err)
{
    switch (f->type) {
    case FIELD_TEXT:
    case FIELD_CHOICE:
        if (cJSON_IsString(value))
            check_text(f, name, str_from(value->valuestring), err);
        else
            err_field(err, name, CAUSE_TYPE, "must be a text");
        break;
    case FIELD_BOOLEAN:
        if (!cJSON_IsBool(value))
            err_field(err, name, CAUSE_TYPE, "must be true or false");
        break;
    case FIELD_INTEGER:
        /* The range first: what lies beyond it need not fit a long. */
        if (cJSON_IsNumber(value) && (value->valuedouble < (double)f->min || value->valuedouble > (double)f->max))
            err_field(err, name, CAUSE_INVALID, "must be from %ld to %ld", f->min, f->max);
        else if (!cJSON_IsNumber(value) || value->valuedouble != (double)(long)value->valuedouble)
            err_field(err, name, CAUSE_TYPE, "must be a whole number");
        break;
    case FIELD_NUMBER:
        if (!cJSON_IsNumber(value))
            err_field(err, name, CAUSE_TYPE, "must be a number");
        break;
    case FIELD_TEXT_LIST:
        check_list(f, name, value, err);
        break;
    case FIELD_OBJECT:
        check_object(f, name, value, err);
        break;
    case FIELD_OBJECT_LIST:
        check_objects(f, name, value, err);
        break;
    case FIELD_ANY:
        break;
    }
}

static void full_name(char out[NAME_SIZE], const char *prefix, const char *name)
{
    snprintf(out, NAME_SIZE, "%s%s%s", prefix, *prefix ? "." : "", name);
}

/* Whether the field must be there, given its sibling "type". */
static bool is_required(const struct field *f, const char *type)
{
    if (!f->belongs_to)
        return f->required;
    return !f->optional && type && strcmp(type, f->belongs_to) == 0;
}

static void check_members(const struct field *fields, const cJSON *object, const char *prefix, struct err *err)
{
    const char *type = json_find_text(object, "type");
    char name[NAME_SIZE];
    const cJSON *member;

    cJSON_ArrayForEach(member, object)
    {
        full_name(name, prefix, member->string);
        if (!find_field(fields, str_from(member->string)))
            err_field(err, name, CAUSE_UNKNOWN, "is not known here");
    }
    for (const struct field *f = fields; f->name; f++) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, f->name);

        full_name(name, prefix, f->name);
        if (value && f->belongs_to && type && strcmp(type, f->belongs_to) != 0)
            err_field(err, name, CAUSE_UNKNOWN, "goes with type %s only", f->belongs_to);
        else if (value && !cJSON_IsNull(value))
            check_value(f, name, value, err);
        else if (is_required(f, type))
            err_field(err, name, CAUSE_REQUIRED, "is required");
    }
}

int fields_check_body(const struct field *fields, const cJSON *body, struct err *err)
{
    err_clear(err);
    if (!cJSON_IsObject(body))
        return err_field(err, "body", CAUSE_TYPE, "must be a JSON object");
    check_members(fields, body, "", err);
    return err->kind == ERR_NONE ? 0 : -1;
}

static int decode(struct arena *arena, struct str text, struct str *out)
{
    struct buf plain;
    int rc;

    buf_init(&plain, LIMIT_URI);
    rc = decode_query(&plain, text);
    if (rc == 0) {
        *out = (struct str){arena_strndup(arena, buf_str(&plain).ptr, plain.len), plain.len};
        rc = out->ptr ? 0 : -1;
    }
    buf_free(&plain);
    return rc;
}

static void check_parameter(const struct field *f, struct str value, struct err *err)
{
    long number;

    if (f->type == FIELD_INTEGER && str_to_long(value, f->min, f->max, &number) < 0)
        err_field(err, f->name, CAUSE_INVALID, "must be a number from %ld to %ld", f->min, f->max);
    else if (f->type == FIELD_BOOLEAN && !str_equal(value, STR("true")) && !str_equal(value, STR("false")))
        err_field(err, f->name, CAUSE_INVALID, "must be true or false");
    else if (f->type == FIELD_TEXT || f->type == FIELD_CHOICE)
        check_text(f, f->name, value, err);
}

static void take_pair(const struct field *fields, struct str pair, struct arena *arena, struct str *values,
                      struct err *err)
{
    struct str rest = pair;
    struct str raw_name = str_cut(&rest, '=');
    struct str name = STR("");
    struct str value = STR("");
    const struct field *f;
    char shown[NAME_SIZE];

    if (decode(arena, raw_name, &name) < 0 || decode(arena, rest.ptr ? rest : STR(""), &value) < 0) {
        err_field(err, "query", CAUSE_INVALID, "has a broken percent-escape or is too long");
        return;
    }
    f = find_field(fields, name);
    snprintf(shown, sizeof(shown), "%s", name.ptr);
    if (!f) {
        err_field(err, shown, CAUSE_UNKNOWN, "is not a parameter of this path");
    } else if (values[f - fields].ptr) {
        err_field(err, shown, CAUSE_DUPLICATE, "is given twice");
    } else {
        values[f - fields] = value;
        check_parameter(f, value, err);
    }
}

int fields_parse_query(const struct field *fields, struct str query, struct arena *arena, struct str *values,
                       struct err *err)
{
    static const struct field none[] = {{.name = NULL}};
    size_t count = 0;

    err_clear(err);
    if (!fields)
        fields = none;
    while (query.ptr && query.len > 0) {
        struct str pair = str_cut(&query, '&');

        if (++count > LIMIT_QUERY_PARAMS) {
            err_field(err, "query", CAUSE_TOO_LONG, "must not have more than %d parameters", LIMIT_QUERY_PARAMS);
            break;
        }
        if (pair.len > 0)
            take_pair(fields, pair, arena, values, err);
    }
    for (const struct field *f = fields; f->name; f++)
        if (f->required && !values[f - fields].ptr)
            err_field(err, f->name, CAUSE_REQUIRED, "is required");
    if (err->kind == ERR_NONE)
        return 0;
    /* The query is part of the address, so a wrong one is a bad request, not an invalid object. */
    err->kind = ERR_BAD_REQUEST;
    err->code = err_http_status(ERR_BAD_REQUEST);
    return -1;
}
