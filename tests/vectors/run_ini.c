/* The INI parser against what botocore makes of the same text. */
#include "aws/ini.h"
#include "vectors.h"

/* Where a section's options stand in the oracle's tree. */
static cJSON *place(cJSON *root, enum ini_kind kind, const struct ini_section *section)
{
    static const char *const groups[] = {
        [INI_PROFILE] = "profiles", [INI_SSO_SESSION] = "sso_sessions", [INI_SERVICES] = "services"};
    cJSON *parent = root;
    cJSON *object = cJSON_CreateObject();
    char name[256];

    if (kind == INI_CONFIG && section->role != INI_OTHER)
        parent = cJSON_GetObjectItemCaseSensitive(root, groups[section->role]);
    snprintf(name, sizeof(name), "%.*s", STR_FMT(section->name));
    cJSON_DeleteItemFromObjectCaseSensitive(parent, name); /* a later section of the same name wins */
    cJSON_AddItemToObject(parent, name, object);
    return object;
}

static void add_text(cJSON *object, struct str key, struct str value)
{
    char name[256];
    char *text = strndup(value.ptr, value.len);

    snprintf(name, sizeof(name), "%.*s", STR_FMT(key));
    cJSON_AddStringToObject(object, name, text);
    free(text);
}

static void add_option(cJSON *object, enum ini_kind kind, const struct ini_option *option)
{
    struct str block = option->value;
    struct ini_option nested;
    cJSON *child;
    char name[256];

    if (kind == INI_CREDENTIALS || block.len == 0 || block.ptr[0] != '\n') {
        add_text(object, option->key, option->value);
        return;
    }
    snprintf(name, sizeof(name), "%.*s", STR_FMT(option->key));
    child = cJSON_AddObjectToObject(object, name);
    while (ini_nested_next(&block, &nested))
        add_text(child, nested.key, nested.value);
}

static void add_defaults(cJSON *object, enum ini_kind kind, const struct ini *ini)
{
    for (size_t i = 0; i < ini->defaults.count; i++) {
        char name[256];

        snprintf(name, sizeof(name), "%.*s", STR_FMT(ini->defaults.options[i].key));
        if (!cJSON_HasObjectItem(object, name))
            add_option(object, kind, &ini->defaults.options[i]);
    }
}

static cJSON *tree_of(const struct ini *ini, enum ini_kind kind)
{
    cJSON *root = cJSON_CreateObject();

    if (kind == INI_CONFIG) {
        cJSON_AddObjectToObject(root, "profiles");
        cJSON_AddObjectToObject(root, "sso_sessions");
        cJSON_AddObjectToObject(root, "services");
    }
    for (size_t i = 0; i < ini->count; i++) {
        const struct ini_section *section = &ini->sections[i];
        cJSON *object;

        if (section->role == INI_DROPPED)
            continue;
        object = place(root, kind, section);
        for (size_t k = 0; k < section->count; k++)
            add_option(object, kind, &section->options[k]);
        add_defaults(object, kind, ini);
    }
    return root;
}

static bool check_tree(const cJSON *vector, const cJSON *want, const struct ini *ini, enum ini_kind kind)
{
    cJSON *got = tree_of(ini, kind);
    bool holds = cJSON_Compare(want, got, true);

    if (!holds) {
        char *want_text = cJSON_PrintUnformatted(want);
        char *got_text = cJSON_PrintUnformatted(got);

        vector_differs(vector, "content", str_from(want_text), str_from(got_text));
        free(want_text);
        free(got_text);
    }
    cJSON_Delete(got);
    return holds;
}

/* cJSON ends a text at \u0000: the one case that has it is written out here, and its value compared. */
static bool run_nul(const cJSON *vector)
{
    struct str text = STR("[a]\nx=a\0b\n");
    struct str value = STR("");
    const char *why;
    struct ini ini;
    size_t line;
    bool holds = ini_parse(text, INI_CONFIG, &ini, &why, &line) == 0 &&
                 ini_get(&ini, ini_find(&ini, INI_OTHER, STR("a")), "x", &value) && str_equal(value, STR("a\0b"));

    if (!holds)
        vector_differs(vector, "value", STR("a\\0b"), value);
    ini_free(&ini);
    return holds;
}

static bool run(const cJSON *vector)
{
    struct str text = str_from(json_find_text(vector, "text"));
    bool is_config = str_equal(str_from(json_find_text(vector, "kind")), STR("config"));
    enum ini_kind kind = is_config ? INI_CONFIG : INI_CREDENTIALS;
    const cJSON *want = json_find(vector, "expect.ok");
    const char *why;
    struct ini ini;
    size_t line;
    bool holds;

    if (str_equal(str_from(json_find_text(vector, "id")), STR("nul")))
        return run_nul(vector);
    if (ini_parse(text, kind, &ini, &why, &line) < 0)
        return want ? vector_differs(vector, "error", STR("none"), str_from(why)) : true;
    holds = want ? check_tree(vector, want, &ini, kind)
                 : vector_differs(vector, "error", str_from(json_find_text(vector, "expect.error")), STR("none"));
    ini_free(&ini);
    return holds;
}

int main(int argc, char **argv)
{
    return vector_main(argc, argv, run);
}
