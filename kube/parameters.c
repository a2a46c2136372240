#include "kube/parameters.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define INTEGER_MAX 9007199254740991.0 /* beyond it a double, and JavaScript, skip numbers */
#define PLACE_SIZE 64

static const char *const type_names[] = {
    [PARAMETER_STRING] = "string",   [PARAMETER_INTEGER] = "integer", [PARAMETER_NUMBER] = "number",
    [PARAMETER_BOOLEAN] = "boolean", [PARAMETER_ENUM] = "enum",
};

#define TYPE_COUNT (sizeof(type_names) / sizeof(type_names[0]))

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

const char *parameter_check_name(struct str name)
{
    bool good = name.len > 0 && name.len <= PARAMETER_NAME_MAX && is_letter(name.ptr[0]);

    for (size_t i = 1; good && i < name.len; i++)
        good = is_letter(name.ptr[i]) || name.ptr[i] == '-' || (name.ptr[i] >= '0' && name.ptr[i] <= '9');
    return good ? NULL : "must be letters, digits, _ and -, beginning with a letter or _";
}

const struct parameter *parameters_find(const struct parameters *parameters, struct str name)
{
    for (size_t i = 0; i < parameters->count; i++)
        if (str_equal(str_from(parameters->items[i].name), name))
            return &parameters->items[i];
    return NULL;
}

static void check_string(const struct parameter *p, const char *text, const char *place, struct err *err)
{
    if (strlen(text) > PARAMETER_TEXT_MAX)
        err_field(err, place, CAUSE_TOO_LONG, "must not be longer than %d bytes", PARAMETER_TEXT_MAX);
    else if (p->pattern && !pattern_matches(p->pattern, str_from(text)))
        err_field(err, place, CAUSE_INVALID, "does not match the pattern of this parameter");
}

static void check_number(const struct parameter *p, const cJSON *value, const char *place, struct err *err)
{
    double number = value->valuedouble;

    if (!isfinite(number) || (p->type == PARAMETER_INTEGER && (number > INTEGER_MAX || number < -INTEGER_MAX)))
        err_field(err, place, CAUSE_INVALID, "is beyond what a number can hold");
    else if (p->type == PARAMETER_INTEGER && number != (double)(int64_t)number)
        err_field(err, place, CAUSE_TYPE, "must be a whole number");
    else if (p->minimum && number < p->minimum->valuedouble)
        err_field(err, place, CAUSE_INVALID, "must not be less than %g", p->minimum->valuedouble);
    else if (p->maximum && number > p->maximum->valuedouble)
        err_field(err, place, CAUSE_INVALID, "must not be more than %g", p->maximum->valuedouble);
}

static void check_choice(const struct parameter *p, const char *text, const char *place, struct err *err)
{
    const cJSON *choice;

    cJSON_ArrayForEach(choice, p->choices)
    {
        if (strcmp(choice->valuestring, text) == 0)
            return;
    }
    err_field(err, place, CAUSE_NOT_SUPPORTED, "must be one of the values of this parameter");
}

static void check_value(const struct parameter *p, const cJSON *value, const char *place, struct err *err)
{
    switch (p->type) {
    case PARAMETER_STRING:
    case PARAMETER_ENUM:
        if (!cJSON_IsString(value))
            err_field(err, place, CAUSE_TYPE, "must be a text");
        else if (p->type == PARAMETER_ENUM)
            check_choice(p, value->valuestring, place, err);
        else
            check_string(p, value->valuestring, place, err);
        break;
    case PARAMETER_INTEGER:
    case PARAMETER_NUMBER:
        if (!cJSON_IsNumber(value))
            err_field(err, place, CAUSE_TYPE, "must be a number");
        else
            check_number(p, value, place, err);
        break;
    case PARAMETER_BOOLEAN:
        if (!cJSON_IsBool(value))
            err_field(err, place, CAUSE_TYPE, "must be true or false");
        break;
    }
}

/* A member of a declaration; null is as good as none. */
static const cJSON *member(const cJSON *declared, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(declared, name);

    return cJSON_IsNull(value) ? NULL : value;
}

static void place_of(char out[PLACE_SIZE], size_t index, const char *name)
{
    snprintf(out, PLACE_SIZE, "parameters[%zu].%s", index, name);
}

/* One declaration while it is read. */
struct reading {
    struct arena *arena;
    const cJSON *declared;
    size_t index;
    struct parameter *parameter;
    struct err *err;
};

static int fault(struct reading *r, const char *name, const char *reason, const char *message)
{
    char place[PLACE_SIZE];

    place_of(place, r->index, name);
    return err_field(r->err, place, reason, "%s", message);
}

static void read_type(struct reading *r)
{
    const char *type = cJSON_GetStringValue(member(r->declared, "type"));

    for (size_t i = 0; type && i < TYPE_COUNT; i++) {
        if (strcmp(type, type_names[i]) == 0) {
            r->parameter->type = (enum parameter_type)i;
            return;
        }
    }
    fault(r, "type", CAUSE_NOT_SUPPORTED, "must be one of " PARAMETER_TYPES);
}

static void read_pattern(struct reading *r)
{
    const char *text = cJSON_GetStringValue(member(r->declared, "pattern"));
    const char *why;

    if (!member(r->declared, "pattern"))
        return;
    if (r->parameter->type != PARAMETER_STRING) {
        fault(r, "pattern", CAUSE_UNKNOWN, "goes with type string only");
    } else if (!text) {
        fault(r, "pattern", CAUSE_TYPE, "must be a text");
    } else {
        r->parameter->pattern = pattern_compile(r->arena, str_from(text), &why);
        if (!r->parameter->pattern)
            fault(r, "pattern", CAUSE_INVALID, why);
    }
}

static void read_choices(struct reading *r)
{
    const cJSON *choices = member(r->declared, "values");
    const cJSON *choice;

    if (r->parameter->type != PARAMETER_ENUM) {
        if (choices)
            fault(r, "values", CAUSE_UNKNOWN, "goes with type enum only");
        return;
    }
    if (!cJSON_IsArray(choices) || cJSON_GetArraySize(choices) == 0) {
        fault(r, "values", CAUSE_REQUIRED, "is required with type enum");
        return;
    }
    cJSON_ArrayForEach(choice, choices)
    {
        if (!cJSON_IsString(choice)) {
            fault(r, "values", CAUSE_TYPE, "must be a list of texts");
            return;
        }
        for (const cJSON *before = choices->child; before != choice; before = before->next)
            if (strcmp(before->valuestring, choice->valuestring) == 0)
                fault(r, "values", CAUSE_DUPLICATE, "has the same text twice");
    }
    r->parameter->choices = choices;
}

static const cJSON *read_bound(struct reading *r, const char *name)
{
    const cJSON *bound = member(r->declared, name);
    bool is_number = r->parameter->type == PARAMETER_INTEGER || r->parameter->type == PARAMETER_NUMBER;

    if (bound && !is_number)
        fault(r, name, CAUSE_UNKNOWN, "goes with types integer and number only");
    else if (bound && (!cJSON_IsNumber(bound) || !isfinite(bound->valuedouble)))
        fault(r, name, CAUSE_TYPE, "must be a number");
    else
        return bound;
    return NULL;
}

static void read_bounds(struct reading *r)
{
    struct parameter *p = r->parameter;

    p->minimum = read_bound(r, "minimum");
    p->maximum = read_bound(r, "maximum");
    if (p->minimum && p->maximum && p->minimum->valuedouble > p->maximum->valuedouble)
        fault(r, "maximum", CAUSE_INVALID, "is less than the minimum");
}

static void read_default(struct reading *r, size_t faults_before)
{
    char place[PLACE_SIZE];

    r->parameter->required = cJSON_IsTrue(member(r->declared, "required"));
    r->parameter->value = member(r->declared, "default");
    if (!r->parameter->value)
        return;
    place_of(place, r->index, "default");
    if (r->parameter->required)
        fault(r, "default", CAUSE_UNKNOWN, "is never used: the parameter is required");
    else if (r->err->fault_count == faults_before)
        check_value(r->parameter, r->parameter->value, place, r->err);
}

static void read_one(struct reading *r, const struct parameters *before)
{
    size_t faults_before = r->err->fault_count;
    const char *name = cJSON_GetStringValue(member(r->declared, "name"));
    const char *why = parameter_check_name(str_from(name));

    if (why)
        fault(r, "name", CAUSE_INVALID, why);
    else if (parameters_find(before, str_from(name)))
        fault(r, "name", CAUSE_DUPLICATE, "is the name of another parameter too");
    r->parameter->name = name ? name : "";
    read_type(r);
    if (r->err->fault_count != faults_before)
        return;
    read_pattern(r);
    read_choices(r);
    read_bounds(r);
    read_default(r, faults_before);
}

int parameters_read(struct parameters *out, struct arena *arena, const cJSON *declared, struct err *err)
{
    size_t count = cJSON_IsArray(declared) ? (size_t)cJSON_GetArraySize(declared) : 0;
    size_t faults_before = err->fault_count;
    struct reading reading = {.arena = arena, .err = err};

    *out = (struct parameters){.items = arena_alloc(arena, (count + 1) * sizeof(*out->items))};
    if (count > PARAMETERS_MAX)
        return err_field(err, "parameters", CAUSE_TOO_LONG, "must not have more than %d items", PARAMETERS_MAX);
    if (!out->items)
        return err_set(err, ERR_INTERNAL, "there is no memory for the parameters");
    for (size_t i = 0; i < count; i++) {
        reading.declared = i == 0 ? declared->child : reading.declared->next;
        reading.index = i;
        reading.parameter = &out->items[i];
        read_one(&reading, out);
        out->count++;
    }
    return err->fault_count == faults_before ? 0 : -1;
}

static struct parameter *find_named(struct parameters *parameters, const char *name)
{
    for (size_t i = 0; name && i < parameters->count; i++)
        if (strcmp(parameters->items[i].name, name) == 0)
            return &parameters->items[i];
    return NULL;
}

int parameters_take(struct parameters *parameters, const cJSON *given, struct err *err)
{
    size_t faults_before = err->fault_count;
    char place[PLACE_SIZE];
    const cJSON *value;

    if (given && !cJSON_IsNull(given) && !cJSON_IsObject(given))
        return err_field(err, "parameters", CAUSE_TYPE, "must be an object");
    cJSON_ArrayForEach(value, given)
    {
        struct parameter *p = find_named(parameters, value->string);

        snprintf(place, sizeof(place), "parameters.%s", value->string);
        if (!p) {
            err_field(err, place, CAUSE_UNKNOWN, "is no parameter of this template");
        } else if (!cJSON_IsNull(value)) {
            check_value(p, value, place, err);
            p->value = value;
        }
    }
    for (size_t i = 0; i < parameters->count; i++) {
        if (!parameters->items[i].required || parameters->items[i].value)
            continue;
        snprintf(place, sizeof(place), "parameters.%s", parameters->items[i].name);
        err_field(err, place, CAUSE_REQUIRED, "is required");
    }
    return err->fault_count == faults_before ? 0 : -1;
}
