#include "base/json.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/digits.h"
#include "base/limits.h"

static void wipe_and_free(void *p)
{
    if (p)
        explicit_bzero(p, malloc_usable_size(p));
    free(p);
}

void json_global_init(void)
{
    cJSON_Hooks hooks = {.malloc_fn = malloc, .free_fn = wipe_and_free};

    cJSON_InitHooks(&hooks);
}

void json_init(struct json *j, struct buf *out)
{
    *j = (struct json){.out = out};
}

static void begin_value(struct json *j, const char *key)
{
    if (j->comma)
        buf_add_char(j->out, ',');
    j->comma = true;
    if (key) {
        json_quote(j->out, str_from(key));
        buf_add_char(j->out, ':');
    }
}

static void open_container(struct json *j, const char *key, char bracket)
{
    begin_value(j, key);
    buf_add_char(j->out, bracket);
    j->comma = false;
}

void json_object_open(struct json *j, const char *key)
{
    open_container(j, key, '{');
}

void json_array_open(struct json *j, const char *key)
{
    open_container(j, key, '[');
}

void json_object_close(struct json *j)
{
    j->comma = true;
    buf_add_char(j->out, '}');
}

void json_array_close(struct json *j)
{
    j->comma = true;
    buf_add_char(j->out, ']');
}

/* Length of the UTF-8 sequence at p (RFC 3629: no surrogates, no overlong forms), or 0. */
static size_t utf8_length(const unsigned char *p, size_t left)
{
    static const struct {
        unsigned char first_min, first_max, second_min, second_max;
        size_t length;
    } forms[] = {
        {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
        {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
        {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (p[0] < forms[i].first_min || p[0] > forms[i].first_max)
            continue;
        if (left < forms[i].length || p[1] < forms[i].second_min || p[1] > forms[i].second_max)
            return 0;
        for (size_t k = 2; k < forms[i].length; k++)
            if (p[k] < 0x80 || p[k] > 0xBF)
                return 0;
        return forms[i].length;
    }
    return 0;
}

static void quote_special(struct buf *out, const unsigned char *p, size_t left, size_t *used)
{
    static const char shorthand[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    size_t length;

    *used = 1;
    for (size_t i = 0; i + 1 < sizeof(shorthand); i += 2) {
        if (*p == (unsigned char)shorthand[i]) {
            buf_add_char(out, '\\');
            buf_add_char(out, shorthand[i + 1]);
            return;
        }
    }
    if (*p < 0x20 || *p == 0x7f) {
        buf_printf(out, "\\u%04x", *p);
        return;
    }
    length = utf8_length(p, left);
    if (length == 0) {
        buf_add(out, "\xEF\xBF\xBD", 3);
        return;
    }
    buf_add(out, p, length);
    *used = length;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

void json_quote(struct buf *out, struct str text)
{
    const unsigned char *p = (const unsigned char *)text.ptr;
    size_t i = 0;

    buf_add_char(out, '"');
    while (i < text.len) {
        size_t run = i;
        size_t used;

        while (run < text.len && is_plain(p[run]))
            run++;
        if (run > i) {
            buf_add(out, p + i, run - i);
            i = run;
            continue;
        }
        quote_special(out, p + i, text.len - i, &used);
        i += used;
    }
    buf_add_char(out, '"');
}

void json_str(struct json *j, const char *key, struct str value)
{
    begin_value(j, key);
    json_quote(j->out, value);
}

void json_text(struct json *j, const char *key, const char *value)
{
    if (value)
        json_str(j, key, str_from(value));
    else
        json_null(j, key);
}

void json_time(struct json *j, const char *key, int64_t seconds)
{
    char text[CLOCK_TEXT_SIZE];

    json_text(j, key, seconds > 0 ? clock_format(seconds, text) : NULL);
}

void json_int(struct json *j, const char *key, int64_t value)
{
    begin_value(j, key);
    buf_printf(j->out, "%lld", (long long)value);
}

void json_bool(struct json *j, const char *key, bool value)
{
    begin_value(j, key);
    buf_add_str(j->out, value ? STR("true") : STR("false"));
}

void json_null(struct json *j, const char *key)
{
    begin_value(j, key);
    buf_add_str(j->out, STR("null"));
}

void json_raw(struct json *j, const char *key, struct str value)
{
    begin_value(j, key);
    buf_add_str(j->out, value);
}

static void number_value(struct json *j, const char *key, double number, const char *digits)
{
    char text[32];

    if (digits) {
        json_raw(j, key, str_from(digits));
        return;
    }
    /* Integers up to 2^53 are exact in a double and must not become 1e+06. */
    if (number >= -9007199254740992.0 && number <= 9007199254740992.0 && number == (double)(int64_t)number) {
        json_int(j, key, (int64_t)number);
        return;
    }
    /* JSON has no word for infinity, but a number that reads as one. */
    if (isinf(number))
        snprintf(text, sizeof(text), "%s", number < 0 ? "-1e999" : "1e999");
    else
        snprintf(text, sizeof(text), "%.17g", number);
    json_raw(j, key, str_from(text));
}

void json_value(struct json *j, const char *key, const cJSON *value)
{
    const cJSON *child;

    if (cJSON_IsString(value)) {
        json_text(j, key, value->valuestring);
    } else if (cJSON_IsBool(value)) {
        json_bool(j, key, cJSON_IsTrue(value));
    } else if (cJSON_IsNumber(value)) {
        number_value(j, key, value->valuedouble, value->valuestring);
    } else if (cJSON_IsArray(value)) {
        json_array_open(j, key);
        cJSON_ArrayForEach(child, value) json_value(j, NULL, child);
        json_array_close(j);
    } else if (cJSON_IsObject(value)) {
        json_object_open(j, key);
        cJSON_ArrayForEach(child, value) json_value(j, child->string, child);
        json_object_close(j);
    } else {
        json_null(j, key);
    }
}

int json_depth_check(struct str text, unsigned max_depth)
{
    bool in_string = false;
    unsigned depth = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > max_depth)
                return -1;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return 0;
}

/* cJSON decodes \u0000 into a C string's end, which would hide the rest of the value from every check. */
bool json_has_nul(struct str text)
{
    if (str_contains(text, '\0'))
        return true;
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.ptr[i] != '\\')
            continue;
        if (text.len - i >= 6 && memcmp(text.ptr + i, "\\u0000", 6) == 0)
            return true;
        i++;
    }
    return false;
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *json_duplicate_key(const cJSON *object)
{
    size_t count = cJSON_IsObject(object) ? (size_t)cJSON_GetArraySize(object) : 0;
    const char **keys = count > 1 ? malloc(count * sizeof(*keys)) : NULL;
    const char *twice = NULL;
    size_t n = 0;

    if (!keys)
        return count > 1 ? object->child->string : NULL; /* without memory to look, refuse */
    for (const cJSON *m = object->child; m; m = m->next)
        keys[n++] = m->string;
    qsort(keys, n, sizeof(*keys), compare_keys);
    for (size_t i = 1; i < n && !twice; i++)
        if (strcmp(keys[i - 1], keys[i]) == 0)
            twice = keys[i];
    free(keys);
    return twice;
}

static bool has_duplicate_key(const cJSON *node)
{
    if (json_duplicate_key(node))
        return true;
    for (const cJSON *child = node->child; child; child = child->next)
        if (has_duplicate_key(child))
            return true;
    return false;
}

size_t json_utf8_prefix(struct str text)
{
    const unsigned char *p = (const unsigned char *)text.ptr;
    size_t i = 0;

    while (i < text.len) {
        size_t length = p[i] < 0x80 ? 1 : utf8_length(p + i, text.len - i);

        if (length == 0)
            break;
        i += length;
    }
    return i;
}

static void release_tree(void *data)
{
    cJSON_Delete(data);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

cJSON *json_tree(struct str text, unsigned max_depth, const char **why)
{
    const char *end = NULL;
    cJSON *root;

    *why = NULL;
    while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
        text.len--;
    if (text.len == 0)
        *why = "it is empty";
    else if (json_depth_check(text, max_depth) < 0)
        *why = "it is nested too deeply";
    if (*why)
        return NULL;
    root = cJSON_ParseWithLengthOpts(text.ptr, text.len, &end, false);
    if (!root || end != text.ptr + text.len) {
        cJSON_Delete(root);
        *why = "it is not one well-formed JSON value";
        return NULL;
    }
    return root;
}

/* An upper bound of the values in a JSON text: each becomes a node of the tree. */
static size_t count_values(struct str text)
{
    bool in_string = false;
    size_t count = 1;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (c == '"')
            in_string = !in_string;
        else if (in_string && c == '\\')
            i++;
        else if (!in_string)
            count += c == ',' || c == '{' || c == '[';
    }
    return count;
}

cJSON *json_parse(struct arena *arena, struct str text, unsigned max_depth, const char **why)
{
    cJSON *root;

    if (json_has_nul(text))
        *why = "it contains a NUL character";
    else if (json_utf8_prefix(text) < text.len)
        *why = "it is not UTF-8";
    else if (count_values(text) > LIMIT_JSON_VALUES)
        *why = "it holds too many values";
    else
        *why = NULL;
    root = *why ? NULL : json_tree(text, max_depth, why);
    if (!root)
        return NULL;
    if (arena_defer(arena, release_tree, root) < 0) {
        *why = "there is no memory for it";
        return NULL;
    }
    if (!json_keep_digits(root, text)) {
        *why = "it is not one well-formed JSON value";
        return NULL;
    }
    if (has_duplicate_key(root)) {
        *why = "an object in it has the same key twice";
        return NULL;
    }
    return root;
}

const cJSON *json_find(const cJSON *root, const char *path)
{
    char key[128];

    while (root && *path) {
        size_t n = strcspn(path, ".");

        if (n >= sizeof(key))
            return NULL;
        memcpy(key, path, n);
        key[n] = '\0';
        root = cJSON_GetObjectItemCaseSensitive(root, key);
        path += n + (path[n] == '.');
    }
    return root;
}

const char *json_find_text(const cJSON *root, const char *path)
{
    return cJSON_GetStringValue(json_find(root, path));
}

int64_t json_find_int(const cJSON *root, const char *path, int64_t absent)
{
    const cJSON *node = json_find(root, path);

    if (!node || !cJSON_IsNumber(node) || !(node->valuedouble > -9e18 && node->valuedouble < 9e18))
        return absent;
    return (int64_t)node->valuedouble;
}
