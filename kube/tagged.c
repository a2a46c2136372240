#include "kube/tagged.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"

#define EXACT_IN_DOUBLE (UINT64_C(1) << 53)

static struct str text_of(const yaml_event_t *event)
{
    return (struct str){(const char *)event->data.scalar.value, event->data.scalar.length};
}

bool tag_is_one_of(const yaml_char_t *tag, const char *names)
{
    static const char prefix[] = "tag:yaml.org,2002:";
    const char *text = (const char *)tag;
    struct str rest = str_from(names);

    if (!tag)
        return true;
    if (strncmp(text, prefix, sizeof(prefix) - 1) != 0)
        return false;
    while (rest.ptr)
        if (str_equal(str_cut(&rest, ' '), str_from(text + sizeof(prefix) - 1)))
            return true;
    return false;
}

bool tag_is(const yaml_char_t *tag, const char *name)
{
    return tag && tag_is_one_of(tag, name);
}

const char *tagged_resolve(const yaml_event_t *event, struct scalar *out)
{
    const yaml_char_t *tag = event->data.scalar.tag;
    struct str text = text_of(event);

    *out = (struct scalar){.type = SCALAR_TEXT};
    if (!tag_is_one_of(tag, "str int float bool null binary timestamp merge"))
        return "this tag is not one of YAML's own";
    if (str_contains(text, '\0'))
        return "the text contains a NUL character";
    if (tag ? tag_is_one_of(tag, "str binary timestamp merge") : !event->data.scalar.plain_implicit)
        return NULL;
    *out = scalar_resolve(text);
    if (tag_is(tag, "float") && out->type == SCALAR_INTEGER)
        *out = (struct scalar){.type = SCALAR_FLOAT,
                               .number = out->negative ? -(double)out->magnitude : (double)out->magnitude};
    if ((tag_is(tag, "int") && out->type != SCALAR_INTEGER) || (tag_is(tag, "float") && out->type != SCALAR_FLOAT) ||
        (tag_is(tag, "bool") && out->type != SCALAR_BOOLEAN) || (tag_is(tag, "null") && out->type != SCALAR_NULL))
        return "the value is not what its tag says";
    return NULL;
}

/* With its digits where a double would lose them, or print more of them. */
static cJSON *make_number(const struct scalar *scalar, const char **why)
{
    cJSON *node = NULL;
    struct buf digits;

    buf_init(&digits, 64);
    if (scalar_print(scalar, &digits) == 0)
        node = cJSON_CreateNumber(strtod(digits.ptr, NULL));
    else if (!digits.failed)
        *why = "JSON has no number for infinity or .nan";
    if (node && (scalar->type == SCALAR_FLOAT || scalar->magnitude > EXACT_IN_DOUBLE)) {
        node->valuestring = strdup(digits.ptr);
        if (!node->valuestring) {
            cJSON_Delete(node);
            node = NULL;
        }
    }
    buf_free(&digits);
    return node;
}

static cJSON *make_binary(struct str text, const char **why)
{
    cJSON *node = NULL;
    struct buf decoded;

    buf_init(&decoded, text.len + 1);
    if (decode_base64(&decoded, text) < 0)
        *why = decoded.failed ? NULL : "the value of !!binary is not base64";
    else if (json_utf8_prefix(buf_str(&decoded)) < decoded.len || str_contains(buf_str(&decoded), '\0'))
        *why = "the value of !!binary is not text, which JSON could not carry";
    else
        node = cJSON_CreateString(buf_str(&decoded).ptr);
    buf_wipe(&decoded);
    return node;
}

cJSON *tagged_value(const yaml_event_t *event, const char **why)
{
    struct scalar scalar;

    *why = tagged_resolve(event, &scalar);
    if (*why)
        return NULL;
    if (tag_is(event->data.scalar.tag, "binary"))
        return make_binary(text_of(event), why);
    switch (scalar.type) {
    case SCALAR_NULL:
        return cJSON_CreateNull();
    case SCALAR_BOOLEAN:
        return cJSON_CreateBool(scalar.boolean);
    case SCALAR_INTEGER:
    case SCALAR_FLOAT:
        return make_number(&scalar, why);
    default:
        return cJSON_CreateString(text_of(event).ptr);
    }
}
