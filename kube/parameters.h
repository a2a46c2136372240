/*
 * The parameters of a job template: declared with a type and bounds, and given values that are held against these.
 */
#ifndef EKSGATE_KUBE_PARAMETERS_H
#define EKSGATE_KUBE_PARAMETERS_H

#include "base/err.h"
#include "base/json.h"
#include "base/pattern.h"

#define PARAMETERS_MAX 64
#define PARAMETER_NAME_MAX 48
#define PARAMETER_TEXT_MAX 4096 /* bytes of a value */
#define PARAMETER_CHOICES_MAX 100
#define PARAMETER_CHOICE_MAX 256

#define PARAMETER_TYPES "string|integer|number|boolean|enum"

enum parameter_type { PARAMETER_STRING, PARAMETER_INTEGER, PARAMETER_NUMBER, PARAMETER_BOOLEAN, PARAMETER_ENUM };

struct parameter {
    const char *name;
    enum parameter_type type;
    bool required;
    const struct pattern *pattern; /* of a string, or NULL */
    const cJSON *choices;          /* of an enum */
    const cJSON *minimum;          /* of an integer or number, or NULL */
    const cJSON *maximum;
    const cJSON *value; /* what was given, or else the default; NULL: neither */
};

struct parameters {
    struct parameter *items;
    size_t count;
};

/* NULL when the text may name a parameter, else what it must be. */
const char *parameter_check_name(struct str name);

/* Reads a template's list of {name, type, required, default, values, pattern, minimum, maximum}; NULL is an empty one.
 * 0, or -1 with all faults by their place ("parameters[2].default"). What is read borrows from the list and lives as
 * long as it and the arena. */
int parameters_read(struct parameters *out, struct arena *arena, const cJSON *declared, struct err *err);

/* Takes the values of one use: an object, or NULL for none. 0, or -1 with all faults by their name
 * ("parameters.image"). The values are borrowed. */
int parameters_take(struct parameters *parameters, const cJSON *given, struct err *err);

/* NULL when none has that name. */
const struct parameter *parameters_find(const struct parameters *parameters, struct str name);

#endif
