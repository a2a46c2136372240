/* Which paths may be those of the third seed's lists. The file under test is part of this program. */
#include "tests/unit/rows.h"

#include "handlers/raw_list.c"

static void a_path_short_of_its_namespace_is_told_from_all_others(void **state)
{
    static const struct {
        int line;
        const char *path;
        const char *root; /* NULL: it is none */
        const char *kind;
    } rows[] = {
        {__LINE__, "/api/v1/namespaces/pods", "/api/v1", "pods"},
        {__LINE__, "/api/v1/namespaces/secrets", "/api/v1", "secrets"},
        {__LINE__, "/apis/apps/v1/namespaces/deployments", "/apis/apps/v1", "deployments"},
        {__LINE__, "/apis/a.example/v1beta1/namespaces/k8s-things", "/apis/a.example/v1beta1", "k8s-things"},
        {__LINE__, "/api/v1/namespaces/nodes", NULL, NULL},
        {__LINE__, "/api/v1/namespaces/deployments", NULL, NULL},
        {__LINE__, "/api/v1/namespaces/default", NULL, NULL},
        {__LINE__, "/api/v1/namespaces/pods/", NULL, NULL},
        {__LINE__, "/api/v1/namespaces/default/pods", NULL, NULL},
        {__LINE__, "/api/v1/namespaces/%70ods", NULL, NULL},
        {__LINE__, "/api/v1/namespaces/Pods", NULL, NULL},
        {__LINE__, "/api/v1/namespaces/", NULL, NULL},
        {__LINE__, "/api/v1/namespaces", NULL, NULL},
        {__LINE__, "/api/v1//pods", NULL, NULL},
        {__LINE__, "/api//namespaces/pods", NULL, NULL},
        {__LINE__, "/api/v1/pods", NULL, NULL},
        {__LINE__, "/api/v1", NULL, NULL},
        {__LINE__, "/apis//v1/namespaces/deployments", NULL, NULL},
        {__LINE__, "/apis/apps/v1/namespaces/deployments/status", NULL, NULL},
        {__LINE__, "/apis/apps/v1/namespaces/", NULL, NULL},
        {__LINE__, "/apis/apps", NULL, NULL},
        {__LINE__, "/openapi/v1/namespaces/pods", NULL, NULL},
        {__LINE__, "/", NULL, NULL},
        {__LINE__, "", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct short_path found;

        row_int(rows[i].line, cut_path(str_from(rows[i].path), &found), rows[i].root != NULL);
        if (!rows[i].root)
            continue;
        row_str(rows[i].line, found.root, rows[i].root);
        row_str(rows[i].line, found.kind, rows[i].kind);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_short_of_its_namespace_is_told_from_all_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
