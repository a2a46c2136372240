/* What a plan changes in one resource, leaf by leaf. */
#include "terraform/plan.h"

#include <string.h>

#include "base/limits.h"

#define DEPTH_MAX 32
#define ATTRIBUTES_MAX 200 /* of one resource */
#define VALUE_MAX 300      /* bytes of a text; a longer one is cut */
#define PATH_MAX_BYTES 512
#define HEADROOM KIB(4)

struct walk {
    struct json *j;
    const cJSON *replace_paths;
    struct buf path;
    unsigned count;
    bool whole;
};

/* The same place in each of the trees; NULL where it is not there. */
struct place {
    const cJSON *before;
    const cJSON *after;
    const cJSON *unknown;
    const cJSON *before_sensitive;
    const cJSON *after_sensitive;
    bool is_sensitive;
};

/* Names */

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_secret_word(struct str word)
{
    static const struct str words[] = {STR("password"), STR("passwd"),     STR("passphrase"), STR("secret"),
                                       STR("token"),    STR("credential"), STR("credentials")};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (str_equal_ignore_case(word, words[i]))
            return true;
    return false;
}

static bool has_text(struct str name, const char *text)
{
    for (struct str rest = name; rest.len >= strlen(text); rest = str_skip(rest, 1))
        if (str_equal_ignore_case((struct str){rest.ptr, strlen(text)}, str_from(text)))
            return true;
    return false;
}

/* Word by word: "http_tokens" tells how tokens are used, not one. */
bool plan_is_secret_name(struct str name)
{
    size_t begin = 0;

    if (has_text(name, "private_key") || has_text(name, "access_key") || has_text(name, "api_key"))
        return true;
    for (size_t i = 0; i <= name.len; i++) {
        if (i < name.len && is_alnum(name.ptr[i]))
            continue;
        if (is_secret_word((struct str){name.ptr + begin, i - begin}))
            return true;
        begin = i + 1;
    }
    return false;
}

/* Paths */

static bool is_plain_key(const char *key)
{
    for (const char *c = key; *c; c++)
        if (!is_alnum(*c) && *c != '_' && *c != '-')
            return false;
    return *key != '\0';
}

static void add_key(struct buf *path, const char *key)
{
    if (is_plain_key(key)) {
        buf_printf(path, "%s%s", path->len > 0 ? "." : "", key);
        return;
    }
    buf_add_char(path, '[');
    json_quote(path, str_from(key));
    buf_add_char(path, ']');
}

static void add_step(struct buf *path, const cJSON *step)
{
    if (cJSON_IsString(step))
        add_key(path, step->valuestring);
    else
        buf_printf(path, "[%d]", (int)step->valuedouble);
}

/* The path, or one above it, is why the resource is replaced. */
static bool is_why(const struct walk *w)
{
    const cJSON *steps;
    bool found = false;

    cJSON_ArrayForEach(steps, w->replace_paths)
    {
        const cJSON *step;
        struct buf path;

        buf_init(&path, KIB(4));
        cJSON_ArrayForEach(step, steps)
        {
            add_step(&path, step);
        }
        found = found || (path.len > 0 && str_starts_with(buf_str(&w->path), buf_str(&path)));
        buf_free(&path);
    }
    return found;
}

/* Leaves */

/* A tree that is not looked into may hold a secret, and is not told. */
static void write_value(struct json *j, const char *key, const cJSON *value)
{
    struct str text;
    struct buf cut;

    if (!value || cJSON_IsObject(value) || cJSON_IsArray(value)) {
        json_null(j, key);
        return;
    }
    text = str_from(cJSON_GetStringValue(value));
    if (text.len <= VALUE_MAX) {
        json_value(j, key, value);
        return;
    }
    text.len = VALUE_MAX;
    text.len = json_utf8_prefix(text);
    buf_init(&cut, KIB(1));
    buf_add_str(&cut, text);
    buf_add_str(&cut, STR("\xe2\x80\xa6"));
    json_str(j, key, buf_str(&cut));
    buf_free(&cut);
}

static void write_leaf(struct walk *w, const struct place *place, bool is_known)
{
    struct json *j = w->j;

    if (w->count == ATTRIBUTES_MAX || j->out->len + HEADROOM > PLAN_LINE_MAX || w->path.failed) {
        w->whole = false;
        return;
    }
    w->count++;
    json_object_open(j, NULL);
    json_str(j, "path", buf_str(&w->path));
    write_value(j, "before", place->is_sensitive ? NULL : place->before);
    write_value(j, "after", place->is_sensitive || !is_known ? NULL : place->after);
    json_bool(j, "sensitive", place->is_sensitive);
    json_bool(j, "known", is_known);
    if (w->replace_paths && is_why(w))
        json_bool(j, "replaces", true);
    json_object_close(j);
}

static bool is_nothing(const cJSON *value)
{
    return !value || cJSON_IsNull(value) || ((cJSON_IsArray(value) || cJSON_IsObject(value)) && !value->child);
}

static bool is_same(const struct place *place)
{
    if (is_nothing(place->before) || is_nothing(place->after))
        return is_nothing(place->before) && is_nothing(place->after);
    return cJSON_Compare(place->before, place->after, true);
}

/* Trees */

static bool has_unknown(const cJSON *unknown)
{
    const cJSON *child;

    if (cJSON_IsTrue(unknown))
        return true;
    cJSON_ArrayForEach(child, unknown)
    {
        if (has_unknown(child))
            return true;
    }
    return false;
}

static const cJSON *member(const cJSON *value, const char *key)
{
    return cJSON_IsObject(value) ? cJSON_GetObjectItemCaseSensitive(value, key) : NULL;
}

static void walk(struct walk *w, const struct place *place, unsigned depth);

static void walk_below(struct walk *w, const struct place *place, bool is_secret, size_t path_len, unsigned depth)
{
    struct place below = *place;

    below.is_sensitive = place->is_sensitive || is_secret;
    walk(w, &below, depth + 1);
    if (!w->path.failed) {
        w->path.len = path_len;
        w->path.ptr[path_len] = '\0';
    }
}

static void walk_member(struct walk *w, const struct place *place, const char *key, unsigned depth)
{
    const struct place below = {.before = member(place->before, key),
                                .after = member(place->after, key),
                                .unknown = member(place->unknown, key),
                                .before_sensitive = member(place->before_sensitive, key),
                                .after_sensitive = member(place->after_sensitive, key),
                                .is_sensitive = place->is_sensitive};
    size_t len = w->path.len;

    add_key(&w->path, key);
    walk_below(w, &below, plan_is_secret_name(str_from(key)), len, depth);
}

static void walk_object(struct walk *w, const struct place *place, unsigned depth)
{
    const cJSON *const trees[] = {place->before, place->after, place->unknown};

    for (size_t i = 0; i < 3; i++) {
        const cJSON *child;

        if (!cJSON_IsObject(trees[i]))
            continue;
        cJSON_ArrayForEach(child, trees[i])
        {
            if ((i == 0 || !member(trees[0], child->string)) && (i < 2 || !member(trees[1], child->string)))
                walk_member(w, place, child->string, depth);
        }
    }
}

static int length(const cJSON *value)
{
    return cJSON_IsArray(value) ? cJSON_GetArraySize(value) : 0;
}

static const cJSON *item(const cJSON *value, int i)
{
    return cJSON_IsArray(value) ? cJSON_GetArrayItem(value, i) : NULL;
}

static void walk_array(struct walk *w, const struct place *place, unsigned depth)
{
    int count = length(place->before) > length(place->after) ? length(place->before) : length(place->after);

    if (length(place->unknown) > count)
        count = length(place->unknown);
    for (int i = 0; i < count && w->count < ATTRIBUTES_MAX; i++) {
        const struct place below = {.before = item(place->before, i),
                                    .after = item(place->after, i),
                                    .unknown = item(place->unknown, i),
                                    .before_sensitive = item(place->before_sensitive, i),
                                    .after_sensitive = item(place->after_sensitive, i),
                                    .is_sensitive = place->is_sensitive};
        size_t len = w->path.len;

        buf_printf(&w->path, "[%d]", i);
        walk_below(w, &below, false, len, depth);
    }
}

static void walk(struct walk *w, const struct place *given, unsigned depth)
{
    struct place place = *given;

    place.is_sensitive =
        given->is_sensitive || cJSON_IsTrue(given->before_sensitive) || cJSON_IsTrue(given->after_sensitive);
    if (is_same(&place) && !has_unknown(place.unknown))
        return;
    if (cJSON_IsTrue(place.unknown) || place.is_sensitive || depth == DEPTH_MAX) {
        place.is_sensitive = place.is_sensitive || depth == DEPTH_MAX;
        write_leaf(w, &place, !has_unknown(place.unknown));
    } else if (cJSON_IsObject(place.before) || cJSON_IsObject(place.after)) {
        walk_object(w, &place, depth);
    } else if (cJSON_IsArray(place.before) || cJSON_IsArray(place.after)) {
        walk_array(w, &place, depth);
    } else {
        write_leaf(w, &place, true);
    }
}

bool plan_write_attributes(const cJSON *change, struct json *j, const char *key)
{
    const struct place root = {.before = json_find(change, "change.before"),
                               .after = json_find(change, "change.after"),
                               .unknown = json_find(change, "change.after_unknown"),
                               .before_sensitive = json_find(change, "change.before_sensitive"),
                               .after_sensitive = json_find(change, "change.after_sensitive")};
    struct walk w = {.j = j, .replace_paths = json_find(change, "change.replace_paths"), .whole = true};

    json_array_open(j, key);
    buf_init(&w.path, PATH_MAX_BYTES);
    /* Of what goes as a whole, nothing changes. */
    if (root.after && !cJSON_IsNull(root.after))
        walk(&w, &root, 0);
    buf_free(&w.path);
    json_array_close(j);
    return w.whole;
}
