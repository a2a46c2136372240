/* From elements of the API server's Tables to what the API answers. */
#include "tests/unit/rows.h"

#include <string.h>

#include "handlers/rows.h"

#define COLUMN(name, type)                                                                                             \
    "{\"name\":\"" name "\",\"type\":\"" type "\",\"format\":\"\",\"description\":\"d\",\"priority\":0}"

#define POD_TABLE                                                                                                      \
    "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"columnDefinitions\":[" COLUMN(                            \
        "Name",                                                                                                        \
        "string") "," COLUMN("Ready",                                                                                  \
                             "string") "," COLUMN("Status",                                                            \
                                                  "string") "," COLUMN("Restarts",                                     \
                                                                       "string") "," COLUMN("Age",                     \
                                                                                            "string") "],\"rows\":[]}"

#define POD                                                                                                            \
    "{\"cells\":[\"web-1\",\"1/2\",\"CrashLoopBackOff\",\"12 (3m ago)\",\"5d\"],\"object\":{\"kind\":\"Pod\","         \
    "\"metadata\":{\"name\":\"web-1\",\"namespace\":\"shop\",\"uid\":\"u-1\","                                         \
    "\"creationTimestamp\":\"2026-11-16T06:00:00Z\"},\"spec\":{\"nodeName\":\"node-a\",\"containers\":["               \
    "{\"name\":\"web\",\"image\":\"nginx\"},{\"name\":\"proxy\"}]},\"status\":{\"phase\":\"Running\"}}}"

#define NODE_TABLE                                                                                                     \
    "{\"kind\":\"Table\",\"columnDefinitions\":[" COLUMN("Name", "string") "," COLUMN("Status", "string") "," COLUMN(  \
        "Roles", "string") "," COLUMN("Age", "string") "]}"

#define NODE(roles)                                                                                                    \
    "{\"cells\":[\"n1\",\"Ready,SchedulingDisabled\",\"" roles "\",\"5d\"],\"object\":{\"metadata\":{\"name\":\"n1\"," \
    "\"creationTimestamp\":\"2026-11-16T06:00:00Z\",\"labels\":{\"node.kubernetes.io/instance-type\":\"m5.large\","    \
    "\"topology.kubernetes.io/zone\":\"us-east-1a\"}},\"status\":{\"nodeInfo\":{\"kubeletVersion\":\"v1.33.1\"}}}}"

#define DEPLOYMENT                                                                                                     \
    "{\"cells\":[\"web\",\"2/3\",3,2,\"5d\"],\"object\":{\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\","       \
    "\"creationTimestamp\":\"2026-11-16T06:00:00Z\"},\"spec\":{\"replicas\":3},\"status\":{\"availableReplicas\":2}}}"

#define SERVICE                                                                                                        \
    "{\"cells\":[\"web\"],\"object\":{\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\","                          \
    "\"creationTimestamp\":\"2026-11-16T06:00:00Z\"},\"spec\":{\"type\":\"NodePort\",\"clusterIP\":\"10.0.0.1\","      \
    "\"ports\":[{\"name\":\"http\",\"protocol\":\"TCP\",\"port\":80,\"targetPort\":\"web\",\"nodePort\":30080},"       \
    "{\"port\":443,\"targetPort\":8443}]}}}"

#define TABLE "{\"kind\":\"Table\",\"columnDefinitions\":[" COLUMN("Name", "string") "]}"
#define LIST "{\"kind\":\"WidgetList\",\"items\":[]}"
#define WIDGET                                                                                                         \
    "{\"metadata\":{\"name\":\"w1\",\"namespace\":\"shop\",\"uid\":\"u\",\"creationTimestamp\":\"2026-11-16T06:00:"    \
    "00Z\"}}"

static cJSON *parse(const char *text)
{
    const char *why;
    cJSON *tree = json_tree(str_from(text), 16, &why);

    assert_non_null(tree);
    return tree;
}

static void elements_become_items(void **state)
{
    static const struct {
        int line;
        const char *sentence;
        const char *type; /* with fixed fields; NULL: a table */
        const char *head;
        const char *element;
        const char *written;
    } rows[] = {
        {__LINE__, "a pod's status is the API server's word", "pods", POD_TABLE, POD,
         "{\"name\":\"web-1\",\"namespace\":\"shop\",\"status\":\"CrashLoopBackOff\",\"containers\":[\"web\",\"proxy\"]"
         ","
         "\"node\":\"node-a\",\"creation_time\":\"2026-11-16T06:00:00Z\"}"},
        {__LINE__, "what a pod has not is null", "pods", POD_TABLE,
         "{\"cells\":[\"p\",\"0/"
         "1\",\"Pending\",0,\"1s\"],\"object\":{\"metadata\":{\"name\":\"p\",\"namespace\":\"a\"},\"spec\":{}}}",
         "{\"name\":\"p\",\"namespace\":\"a\",\"status\":\"Pending\",\"containers\":[],\"node\":null,\"creation_time\":"
         "null}"},
        {__LINE__, "a deployment", "deployments", TABLE, DEPLOYMENT,
         "{\"name\":\"web\",\"namespace\":\"shop\",\"replicas\":3,\"available_replicas\":2,\"creation_time\":\"2026-11-"
         "16T06:00:00Z\"}"},
        {__LINE__, "none available is none, not null", "deployments.apps", TABLE,
         "{\"cells\":[],\"object\":{\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\"},\"spec\":{\"replicas\":"
         "1000000},\"status\":{}}}",
         "{\"name\":\"web\",\"namespace\":\"shop\",\"replicas\":1000000,\"available_replicas\":0,\"creation_time\":"
         "null}"},
        {__LINE__, "a service and its ports", "services", TABLE, SERVICE,
         "{\"name\":\"web\",\"namespace\":\"shop\",\"type\":\"NodePort\",\"cluster_ip\":\"10.0.0.1\",\"ports\":["
         "{\"name\":\"http\",\"port\":80,\"target_port\":\"web\",\"protocol\":\"TCP\",\"node_port\":30080},"
         "{\"name\":null,\"port\":443,\"target_port\":8443,\"protocol\":null,\"node_port\":null}],"
         "\"creation_time\":\"2026-11-16T06:00:00Z\"}"},
        {__LINE__, "a node and its roles", "nodes", NODE_TABLE, NODE("control-plane,worker"),
         "{\"name\":\"n1\",\"status\":\"Ready,SchedulingDisabled\",\"roles\":[\"control-plane\",\"worker\"],"
         "\"instance_type\":\"m5.large\",\"zone\":\"us-east-1a\",\"kubelet_version\":\"v1.33.1\","
         "\"creation_time\":\"2026-11-16T06:00:00Z\"}"},
        {__LINE__, "a node without roles", "nodes", NODE_TABLE, NODE("<none>"),
         "{\"name\":\"n1\",\"status\":\"Ready,SchedulingDisabled\",\"roles\":[],"
         "\"instance_type\":\"m5.large\",\"zone\":\"us-east-1a\",\"kubelet_version\":\"v1.33.1\","
         "\"creation_time\":\"2026-11-16T06:00:00Z\"}"},
        {__LINE__, "as a table: cells as they came", NULL, POD_TABLE, POD,
         "{\"cells\":[\"web-1\",\"1/2\",\"CrashLoopBackOff\",\"12 (3m "
         "ago)\",\"5d\"],\"name\":\"web-1\",\"namespace\":\"shop\","
         "\"uid\":\"u-1\",\"creation_time\":\"2026-11-16T06:00:00Z\"}"},
        {__LINE__, "a service that is only another name", "services", TABLE,
         "{\"cells\":[\"x\"],\"object\":{\"metadata\":{\"name\":\"x\",\"namespace\":\"y\"},\"spec\":{\"type\":"
         "\"ExternalName\",\"externalName\":\"localhost\"}}}",
         "{\"name\":\"x\",\"namespace\":\"y\",\"type\":\"ExternalName\",\"cluster_ip\":\"\",\"ports\":[],"
         "\"creation_time\":null}"},
        {__LINE__, "any JSON may be in a cell", NULL, TABLE,
         "{\"cells\":[null,true,1.5,1000000,{\"a\":[1]},[]],\"object\":{\"metadata\":{\"name\":\"x\"}}}",
         "{\"cells\":[null,true,1.5,1000000,{\"a\":[1]},[]],\"name\":\"x\",\"namespace\":null,\"uid\":null,\"creation_"
         "time\":null}"},
        {__LINE__, "an API without Tables", NULL, LIST, WIDGET,
         "{\"cells\":[\"w1\",\"2026-11-16T06:00:00Z\"],\"name\":\"w1\",\"namespace\":\"shop\",\"uid\":\"u\","
         "\"creation_time\":\"2026-11-16T06:00:00Z\"}"},
        {__LINE__, "elements of a wrong shape", "pods", POD_TABLE, "{\"cells\":\"x\",\"object\":[]}",
         "{\"name\":null,\"namespace\":null,\"status\":null,\"containers\":[],\"node\":null,\"creation_time\":null}"},
        {__LINE__, "or nothing in them", NULL, POD_TABLE, "{}",
         "{\"cells\":null,\"name\":null,\"namespace\":null,\"uid\":null,\"creation_time\":null}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct row_format format = {.fields = rows[i].type ? item_fields_find(str_from(rows[i].type)) : NULL};
        cJSON *head = parse(rows[i].head);
        cJSON *element = parse(rows[i].element);
        struct buf out;
        struct json j;

        buf_init(&out, 4096);
        json_init(&j, &out);
        row_true(rows[i].line, rows[i].sentence, row_format_begin(&format, head) == 0);
        row_write(&format, element, &j);
        row_str(rows[i].line, buf_str(&out), rows[i].written);
        row_format_free(&format);
        cJSON_Delete(head);
        cJSON_Delete(element);
        buf_free(&out);
    }
}

static void the_types_with_fixed_fields(void **state)
{
    (void)state;
    assert_non_null(item_fields_find(STR("pods")));
    assert_ptr_equal(item_fields_find(STR("deployments")), item_fields_find(STR("deployments.apps")));
    assert_null(item_fields_find(STR("pod")));
    assert_null(item_fields_find(STR("deployments.extensions")));
    assert_null(item_fields_find(STR("configmaps")));
    assert_null(item_fields_find(STR("")));
}

static void columns(void **state)
{
    struct row_format format = {.fields = NULL};
    cJSON *table =
        parse("{\"kind\":\"Table\",\"columnDefinitions\":[{\"name\":\"Name\",\"type\":\"string\",\"format\":\"name\","
              "\"description\":\"n\",\"priority\":1,\"x\":2}]}");
    cJSON *plain = parse(LIST);
    cJSON *bare = parse("{\"kind\":\"Table\",\"columnDefinitions\":null}");
    struct buf out;
    struct json j;

    (void)state;
    buf_init(&out, 4096);
    /* So does metrics-server answer while there are no metrics. */
    assert_int_equal(row_format_begin(&format, bare), 0);
    assert_false(format.plain);
    assert_int_equal(cJSON_GetArraySize(format.columns), 2);
    row_format_free(&format);

    assert_int_equal(row_format_begin(&format, table), 0);
    assert_false(format.plain);
    assert_int_equal(row_format_begin(&format, plain), 0); /* the first page decides */
    assert_false(format.plain);
    json_init(&j, &out);
    json_object_open(&j, NULL);
    row_format_write_columns(&format, &j);
    json_object_close(&j);
    assert_str(buf_str(&out), "{\"columns\":[{\"name\":\"Name\",\"type\":\"string\",\"format\":\"name\",\"priority\":1,"
                              "\"description\":\"n\"}]}");
    row_format_free(&format);

    assert_int_equal(row_format_begin(&format, plain), 0);
    assert_true(format.plain);
    assert_int_equal(cJSON_GetArraySize(format.columns), 2);
    row_format_free(&format);
    row_format_free(&format);
    cJSON_Delete(table);
    cJSON_Delete(plain);
    cJSON_Delete(bare);
    buf_free(&out);
}

static void what_a_list_is_sorted_by(void **state)
{
    static const struct {
        int line;
        const char *type; /* NULL: a table */
        const char *head;
        const char *element;
        const char *name;
        const char *text; /* NULL: can not be sorted by; "#": a number */
        double number;
    } rows[] = {
        {__LINE__, "pods", POD_TABLE, POD, "name", "web-1", 0},
        {__LINE__, "pods", POD_TABLE, POD, "namespace", "shop", 0},
        {__LINE__, "pods", POD_TABLE, POD, "status", "CrashLoopBackOff", 0},
        {__LINE__, "pods", POD_TABLE, POD, "node", "node-a", 0},
        {__LINE__, "pods", POD_TABLE, POD, "creation_time", "2026-11-16T06:00:00Z", 0},
        {__LINE__, "pods", POD_TABLE, POD, "age", "2026-11-16T06:00:00Z", 0}, /* not "5d" */
        {__LINE__, "pods", POD_TABLE, POD, "restarts", "12 (3m ago)", 0},
        {__LINE__, "pods", POD_TABLE, POD, "nonsense", NULL, 0},
        {__LINE__, "pods", POD_TABLE, POD, "", NULL, 0},
        {__LINE__, "deployments", TABLE, DEPLOYMENT, "replicas", "#", 3},
        {__LINE__, "deployments", TABLE, DEPLOYMENT, "available_replicas", "#", 2},
        {__LINE__, "deployments", TABLE, "{\"object\":{}}", "replicas", "#", 0},
        {__LINE__, "nodes", NODE_TABLE, NODE("a"), "zone", "us-east-1a", 0},
        {__LINE__, "services", TABLE, SERVICE, "cluster_ip", "10.0.0.1", 0},
        {__LINE__, NULL, POD_TABLE, POD, "ready", "1/2", 0},
        {__LINE__, NULL, POD_TABLE, POD, "Ready", "1/2", 0},
        {__LINE__, NULL, POD_TABLE, POD, "name", "web-1", 0},
        {__LINE__, NULL, POD_TABLE, "{\"cells\":[\"a\",7]}", "ready", "#", 7},
        {__LINE__, NULL, POD_TABLE, "{\"cells\":[]}", "ready", "", 0},
        {__LINE__, NULL, LIST, WIDGET, "name", "w1", 0},
        {__LINE__, NULL, LIST, WIDGET, "created at", "2026-11-16T06:00:00Z", 0},
        {__LINE__, NULL, LIST, WIDGET, "status", NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct row_format format = {.fields = rows[i].type ? item_fields_find(str_from(rows[i].type)) : NULL};
        cJSON *head = parse(rows[i].head);
        cJSON *element = parse(rows[i].element);

        row_int(rows[i].line, row_format_begin(&format, head), 0);
        row_int(rows[i].line, row_can_sort(&format, str_from(rows[i].name)), rows[i].text != NULL);
        if (rows[i].text) {
            struct sort_key key = row_sort_key(&format, element, str_from(rows[i].name));

            row_int(rows[i].line, key.is_number, *rows[i].text == '#');
            row_true(rows[i].line, rows[i].name,
                     key.is_number ? key.number == rows[i].number : strcmp(key.text, rows[i].text) == 0);
        }
        row_format_free(&format);
        cJSON_Delete(head);
        cJSON_Delete(element);
    }
}

static void identity_is_namespace_and_name(void **state)
{
    static const char *const rows[][2] = {{POD, "shop/web-1"}, {NODE("a"), "/n1"}, {"{}", "/"}};
    struct row_format format = {.fields = NULL};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *element = parse(rows[i][0]);
        struct buf out;

        buf_init(&out, 600);
        row_identity(&format, element, &out);
        assert_str(buf_str(&out), rows[i][1]);
        buf_free(&out);
        cJSON_Delete(element);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_become_items),
        cmocka_unit_test(the_types_with_fixed_fields),
        cmocka_unit_test(columns),
        cmocka_unit_test(what_a_list_is_sorted_by),
        cmocka_unit_test(identity_is_namespace_and_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
