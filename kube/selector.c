#include "kube/selector.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "kube/name.h"

#define KEY_MAX 320
#define WRITTEN_MAX KIB(16) /* of one requirement */

enum selects { SELECT_THERE, SELECT_NOT_THERE, SELECT_IN, SELECT_NOT_IN };

struct requirement {
    struct str key;
    enum selects kind;
    struct str values; /* with commas between */
};

/* Cuts the next requirement off: at a comma that stands in no parentheses. */
static struct str cut_requirement(struct str *rest)
{
    struct str part = *rest;
    bool inside = false;

    for (size_t i = 0; i < rest->len; i++) {
        char c = rest->ptr[i];

        if (c == '(' || c == ')')
            inside = c == '(';
        if (c != ',' || inside)
            continue;
        part.len = i;
        *rest = str_skip(*rest, i + 1);
        return str_trim(part);
    }
    *rest = (struct str){NULL, 0};
    return str_trim(part);
}

static size_t key_length(struct str text)
{
    size_t n = 0;

    while (n < text.len && text.ptr[n] != ' ' && text.ptr[n] != '=' && text.ptr[n] != '!' && text.ptr[n] != '(')
        n++;
    return n;
}

/* "in (a,b)" and "notin (a,b)", behind the key. */
static int read_set(struct str text, struct requirement *out)
{
    struct str rest = text;
    struct str word = str_cut(&rest, '(');

    word = str_trim(word);
    if (!rest.ptr || rest.len == 0 || rest.ptr[rest.len - 1] != ')')
        return -1;
    if (str_equal(word, STR("in")))
        out->kind = SELECT_IN;
    else if (str_equal(word, STR("notin")))
        out->kind = SELECT_NOT_IN;
    else
        return -1;
    out->values = (struct str){rest.ptr, rest.len - 1};
    return 0;
}

static int read_requirement(struct str text, struct requirement *out)
{
    struct str rest;
    size_t n;

    *out = (struct requirement){.kind = SELECT_THERE};
    if (str_starts_with(text, STR("!"))) {
        out->kind = SELECT_NOT_THERE;
        out->key = str_trim(str_skip(text, 1));
        return 0;
    }
    n = key_length(text);
    out->key = (struct str){text.ptr, n};
    rest = str_trim(str_skip(text, n));
    if (rest.len == 0)
        return 0;
    if (str_starts_with(rest, STR("!="))) {
        out->kind = SELECT_NOT_IN;
        out->values = str_trim(str_skip(rest, 2));
    } else if (str_starts_with(rest, STR("="))) {
        out->kind = SELECT_IN;
        out->values = str_trim(str_skip(rest, str_starts_with(rest, STR("==")) ? 2 : 1));
    } else {
        return read_set(rest, out);
    }
    return str_contains(out->values, ',') ? -1 : 0;
}

static const char *check_requirement(const struct requirement *r)
{
    struct str rest = r->values;

    if (name_check_label_key(r->key))
        return "must name labels by keys that Kubernetes allows";
    while (rest.ptr)
        if (name_check_label_value(str_trim(str_cut(&rest, ','))))
            return "must compare labels with values that Kubernetes allows";
    return NULL;
}

const char *selector_check(struct str selector)
{
    struct str rest = selector;

    while (rest.len > 0) {
        struct requirement r;
        const char *why;

        if (read_requirement(cut_requirement(&rest), &r) < 0)
            return "must be requirements with commas between: a=b, a!=b, a in (b,c), a notin (b,c), a, !a";
        why = check_requirement(&r);
        if (why)
            return why;
        if (rest.ptr && rest.len == 0)
            return "must not end with a comma";
    }
    return NULL;
}

static bool is_among(struct str values, struct str value)
{
    while (values.ptr)
        if (str_equal(str_trim(str_cut(&values, ',')), value))
            return true;
    return false;
}

/* What is not there is not equal to anything either. */
static bool is_met(const struct requirement *r, const cJSON *labels)
{
    char key[KEY_MAX];
    const cJSON *label;

    snprintf(key, sizeof(key), "%.*s", STR_FMT(r->key));
    label = cJSON_GetObjectItemCaseSensitive(labels, key);
    switch (r->kind) {
    case SELECT_THERE:
        return label;
    case SELECT_NOT_THERE:
        return !label;
    case SELECT_IN:
        return cJSON_IsString(label) && is_among(r->values, str_from(label->valuestring));
    case SELECT_NOT_IN:
        return !cJSON_IsString(label) || !is_among(r->values, str_from(label->valuestring));
    }
    return false;
}

bool selector_matches(struct str selector, const cJSON *labels)
{
    while (selector.len > 0) {
        struct requirement r;

        if (read_requirement(cut_requirement(&selector), &r) < 0 || !is_met(&r, labels))
            return false;
    }
    return true;
}

static void write_requirement(struct buf *out, size_t *count, struct str requirement)
{
    if ((*count)++ > 0)
        buf_add_str(out, STR("%2C"));
    encode_percent(out, requirement);
}

/* "key in (a,b)" and the like. */
static int write_expression(const cJSON *expression, struct buf *text)
{
    const char *key = json_find_text(expression, "key");
    const char *how = json_find_text(expression, "operator");
    const cJSON *values = json_find(expression, "values");
    const cJSON *value;

    if (!key || !how)
        return -1;
    if (strcmp(how, "Exists") == 0)
        return buf_add_str(text, str_from(key));
    if (strcmp(how, "DoesNotExist") == 0)
        return buf_printf(text, "!%s", key);
    if (strcmp(how, "In") != 0 && strcmp(how, "NotIn") != 0)
        return -1;
    buf_printf(text, "%s %s (", key, strcmp(how, "In") == 0 ? "in" : "notin");
    cJSON_ArrayForEach(value, values)
    {
        buf_printf(text, "%s%s", value == values->child ? "" : ",", cJSON_IsString(value) ? value->valuestring : "");
    }
    return buf_add_char(text, ')');
}

int selector_write(const cJSON *selector, struct buf *out)
{
    const cJSON *part;
    size_t count = 0;
    struct buf text;
    int rc = 0;

    buf_init(&text, WRITTEN_MAX);
    cJSON_ArrayForEach(part, json_find(selector, "matchLabels"))
    {
        buf_reset(&text);
        buf_printf(&text, "%s=%s", part->string, cJSON_IsString(part) ? part->valuestring : "");
        write_requirement(out, &count, buf_str(&text));
    }
    cJSON_ArrayForEach(part, json_find(selector, "matchExpressions"))
    {
        buf_reset(&text);
        rc = rc < 0 ? -1 : write_expression(part, &text);
        write_requirement(out, &count, buf_str(&text));
    }
    buf_free(&text);
    return rc == 0 && count > 0 && !out->failed ? 0 : -1;
}
