#include "kube/strict.h"

#include <stdio.h>
#include <string.h>

#define FIELD_SIZE 128

/* Cuts what stands before the mark off the text, and the mark. False when it is not there. */
static bool skip_past(struct str *text, struct str mark)
{
    const char *at = text->len > 0 ? memmem(text->ptr, text->len, mark.ptr, mark.len) : NULL;

    if (!at)
        return false;
    *text = str_skip(*text, (size_t)(at - text->ptr) + mark.len);
    return true;
}

/* A text as Go quotes it, at the beginning; an escape stays as it is, for it only is shown. */
static bool take_quoted(struct str *text, char out[FIELD_SIZE])
{
    size_t n = 1;

    if (text->len == 0 || *text->ptr != '"')
        return false;
    while (n < text->len && text->ptr[n] != '"')
        n += text->ptr[n] == '\\' ? 2 : 1;
    if (n >= text->len)
        return false;
    snprintf(out, FIELD_SIZE, "%.*s", (int)(n - 1), text->ptr + 1);
    *text = str_skip(*text, n + 1);
    return true;
}

/* unknown field "spec.a", duplicate field "spec.b" */
static bool explain_fields(struct str text, struct err *err)
{
    static const struct {
        struct str word;
        const char *reason;
        const char *message;
    } faults[] = {
        {{"unknown field ", 14}, CAUSE_UNKNOWN, "is not known here"},
        {{"duplicate field ", 16}, CAUSE_DUPLICATE, "is there twice"},
    };
    char field[FIELD_SIZE];
    bool found = false;

    while (text.len > 0) {
        size_t i = 0;

        while (i < 2 && !str_starts_with(text, faults[i].word))
            i++;
        if (i == 2 || (text = str_skip(text, faults[i].word.len), !take_quoted(&text, field)))
            return found;
        err_field(err, field, faults[i].reason, "%s", faults[i].message);
        found = true;
        if (!str_starts_with(text, STR(", ")))
            return found;
        text = str_skip(text, 2);
    }
    return found;
}

/* cannot unmarshal string into Go struct field JobSpec.spec.backoffLimit of type int32 */
static bool explain_type(struct str text, struct err *err)
{
    struct str given = str_cut(&text, ' ');
    char field[FIELD_SIZE];
    struct str path;

    if (!skip_past(&text, STR("into Go struct field ")))
        return false;
    path = str_cut(&text, ' ');
    str_cut(&path, '.'); /* the name of the struct */
    if (path.len == 0 || !str_starts_with(text, STR("of type ")))
        return false;
    text = str_skip(text, strlen("of type "));
    snprintf(field, sizeof(field), "%.*s", STR_FMT(path));
    err_field(err, field, CAUSE_TYPE, "is a %.*s, must be of type %.*s", STR_FMT(given), STR_FMT(text));
    return true;
}

bool kube_strict_explain(struct str message, struct err *err)
{
    struct str text = message;

    if (skip_past(&text, STR("strict decoding error: ")))
        return explain_fields(text, err);
    text = message;
    return skip_past(&text, STR("json: cannot unmarshal ")) && explain_type(text, err);
}
