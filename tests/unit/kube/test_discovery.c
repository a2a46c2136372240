/* Which kinds a cluster serves, from one group of its aggregated discovery. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#include "kube/discovery.h"

struct seen {
    char text[1024];
    size_t stop_after; /* 0: never */
    size_t count;
};

static int on_resource(void *arg, const struct kube_resource *r)
{
    struct seen *seen = arg;
    size_t n = strlen(seen->text);

    snprintf(seen->text + n, sizeof(seen->text) - n, "%s.%s/%s:%s:%s:%d:%d ", r->plural, r->group, r->version, r->kind,
             r->namespaced ? "ns" : "cluster", cJSON_GetArraySize(r->verbs), cJSON_GetArraySize(r->short_names));
    return ++seen->count == seen->stop_after ? -1 : 0;
}

#define POD                                                                                                            \
    "{\"resource\":\"pods\",\"responseKind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},"                    \
    "\"scope\":\"Namespaced\",\"singularResource\":\"pod\",\"verbs\":[\"get\",\"list\",\"watch\"],"                    \
    "\"shortNames\":[\"po\"],\"subresources\":[{\"subresource\":\"log\",\"verbs\":[\"get\"]}]}"
#define NODE "{\"resource\":\"nodes\",\"responseKind\":{\"kind\":\"Node\"},\"scope\":\"Cluster\",\"verbs\":[\"list\"]}"
#define SCALE "{\"resource\":\"scales\",\"responseKind\":{\"kind\":\"Scale\"},\"scope\":\"Namespaced\"}"

static void groups(void **state)
{
    static const struct {
        int line;
        const char *sentence;
        const char *group;
        const char *seen;
    } rows[] = {
        {__LINE__, "the core group has no name",
         "{\"metadata\":{\"creationTimestamp\":null},\"versions\":[{\"version\":\"v1\",\"resources\":[" POD "," NODE
         "]}]}",
         "pods./v1:Pod:ns:3:1 nodes./v1:Node:cluster:1:0 "},
        {__LINE__, "the first version that serves a kind is the one",
         "{\"metadata\":{\"name\":\"x.io\"},\"versions\":[{\"version\":\"v2\",\"resources\":[" NODE "]},"
         "{\"version\":\"v1\",\"resources\":[" NODE "," SCALE "]}]}",
         "nodes.x.io/v2:Node:cluster:1:0 scales.x.io/v1:Scale:ns:0:0 "},
        {__LINE__, "a version whose server is away has no resources",
         "{\"metadata\":{\"name\":\"x.io\"},\"versions\":[{\"version\":\"v1\",\"freshness\":\"Stale\"}]}", ""},
        {__LINE__, "what has no name is passed over",
         "{\"metadata\":{\"name\":\"x.io\"},\"versions\":[{\"version\":\"v1\",\"resources\":[{},1,null,[]," NODE "]}]}",
         "nodes.x.io/v1:Node:cluster:1:0 "},
        {__LINE__, "no group at all", "{}", ""},
        {__LINE__, "a text where a list should be", "{\"versions\":\"v1\"}", ""},
        {__LINE__, "numbers where texts should be",
         "{\"metadata\":{\"name\":1},\"versions\":[{\"version\":2,\"resources\":[{\"resource\":3}]}]}", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct seen seen = {.text = ""};
        const char *why;
        cJSON *group = json_tree(str_from(rows[i].group), 16, &why);

        row_true(rows[i].line, "the row is JSON", group != NULL);
        row_true(rows[i].line, rows[i].sentence, kube_group_resources(group, on_resource, &seen) == 0);
        row_text(rows[i].line, seen.text, rows[i].seen);
        cJSON_Delete(group);
    }
}

static void note_stale(void *arg, const char *group, const char *version)
{
    struct seen *seen = arg;
    size_t n = strlen(seen->text);

    snprintf(seen->text + n, sizeof(seen->text) - n, "%s/%s ", group, version);
}

static void versions_whose_server_is_away_are_named(void **state)
{
    static const struct {
        int line;
        const char *group;
        const char *named;
    } rows[] = {
        {__LINE__, "{\"metadata\":{\"name\":\"x.io\"},\"versions\":[{\"version\":\"v1\",\"freshness\":\"Stale\"}]}",
         "x.io/v1 "},
        {__LINE__,
         "{\"metadata\":{\"name\":\"x.io\"},\"versions\":[{\"version\":\"v2\",\"freshness\":\"Current\"},"
         "{\"version\":\"v1\",\"freshness\":\"Stale\",\"resources\":[" NODE "]}]}",
         "x.io/v1 "},
        {__LINE__, "{\"metadata\":{\"name\":\"x.io\"},\"versions\":[{\"version\":\"v1\",\"freshness\":7}]}", ""},
        {__LINE__, "{\"versions\":[null,{}]}", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct seen seen = {.text = ""};
        const char *why;
        cJSON *group = json_tree(str_from(rows[i].group), 16, &why);

        row_true(rows[i].line, "the row is JSON", group != NULL);
        kube_group_stale(group, note_stale, &seen);
        row_text(rows[i].line, seen.text, rows[i].named);
        cJSON_Delete(group);
    }
}

static void the_callback_can_stop(void **state)
{
    struct seen seen = {.stop_after = 1};
    const char *why;
    cJSON *group = json_tree(STR("{\"versions\":[{\"version\":\"v1\",\"resources\":[" POD "," NODE "]}]}"), 16, &why);

    (void)state;
    assert_int_equal(kube_group_resources(group, on_resource, &seen), -1);
    assert_int_equal(seen.count, 1);
    cJSON_Delete(group);
}

static void types_name_kinds(void **state)
{
    static const struct {
        int line;
        const char *group;
        const char *plural;
        const char *type;
        bool same;
    } rows[] = {
        {__LINE__, "", "pods", "pods", true},
        {__LINE__, "", "pods", "pod", false},
        {__LINE__, "", "pods", "Pods", false},
        {__LINE__, "", "pods", "pods.", true},
        {__LINE__, "", "pods", "pods.apps", false},
        {__LINE__, "apps", "deployments", "deployments", true},
        {__LINE__, "apps", "deployments", "deployments.apps", true},
        {__LINE__, "apps", "deployments", "deployments.app", false},
        {__LINE__, "apps", "deployments", "deployments.apps.io", false},
        {__LINE__, "x.io", "widgets", "widgets.x.io", true},
        {__LINE__, "x.io", "widgets", "widgets.x", false},
        {__LINE__, "", "pods", "", false},
        {__LINE__, "", "pods", "pods/log", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct kube_resource resource = {.group = rows[i].group, .plural = rows[i].plural};

        row_int(rows[i].line, kube_resource_is(&resource, str_from(rows[i].type)), rows[i].same);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups),
        cmocka_unit_test(versions_whose_server_is_away_are_named),
        cmocka_unit_test(the_callback_can_stop),
        cmocka_unit_test(types_name_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
