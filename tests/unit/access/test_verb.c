/* Which role a raw Kubernetes request needs. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/verb.h"

#define V ROLE_VIEWER
#define E ROLE_EDITOR
#define A ROLE_ADMIN
#define PODS "/api/v1/namespaces/a/pods"
#define RBAC "/apis/rbac.authorization.k8s.io/v1"

static void roles(void **state)
{
    static const struct {
        int line;
        const char *method;
        const char *path;
        const char *query;
        bool upgrade;
        enum role role;
    } rows[] = {
        /* Reading, and what stands beside the resources. */
        {__LINE__, "GET", "", "", false, V},
        {__LINE__, "GET", "/", "", false, V},
        {__LINE__, "GET", "/api", "", false, V},
        {__LINE__, "GET", "/apis/apps/v1", "", false, V},
        {__LINE__, "GET", "/openapi/v3/apis/apps/v1", "hash=1", false, V},
        {__LINE__, "GET", "/version", "", false, V},
        {__LINE__, "GET", "/readyz", "verbose", false, V},
        {__LINE__, "GET", "/metrics", "", false, V},
        {__LINE__, "GET", PODS, "limit=500", false, V},
        {__LINE__, "HEAD", PODS "/p", "", false, V},
        {__LINE__, "OPTIONS", PODS "/p", "", false, V},
        {__LINE__, "GET", PODS, "watch=true", false, V},
        {__LINE__, "GET", "/api/v1/watch/namespaces/a/pods", "", false, V},
        {__LINE__, "GET", PODS "/p/log", "follow=true", false, V},
        {__LINE__, "GET", PODS "/p/status", "", false, V},
        {__LINE__, "GET", "/api/v1/namespaces/exec/pods/exec", "", false, V}, /* names, not subresources */
        {__LINE__, "GET", "/api/v1/namespaces/secrets/pods/proxy", "", false, V},
        {__LINE__, "GET", "/api/v1/nodes/proxy", "", false, V},
        {__LINE__, "GET", RBAC "/clusterroles", "", false, V},
        {__LINE__, "GET", "/apis/metrics.k8s.io/v1beta1/nodes", "", false, V},
        {__LINE__, "GET", "/api/v1/namespaces/a/finalize", "", false, V},
        /* The machine's logs, profiles, and what nobody knows. */
        {__LINE__, "GET", "/logs/kube-apiserver.log", "", false, A},
        {__LINE__, "GET", "/debug/pprof/heap", "", false, A},
        {__LINE__, "GET", "/configz", "", false, A},
        {__LINE__, "POST", "/healthz", "", false, A},
        /* Changes. */
        {__LINE__, "POST", PODS, "", false, E},
        {__LINE__, "PUT", PODS "/p", "", false, E},
        {__LINE__, "PATCH", PODS "/p/ephemeralcontainers", "", false, E},
        {__LINE__, "DELETE", PODS "/p", "", false, E},
        {__LINE__, "DELETE", PODS, "labelSelector=a", false, E},
        {__LINE__, "POST", PODS "/p/eviction", "", false, E},
        {__LINE__, "POST", PODS "/p/binding", "", false, E},
        {__LINE__, "PATCH", "/api/v1/nodes/n", "", false, E},
        {__LINE__, "PATCH", "/apis/apps/v1/namespaces/a/deployments/d/scale", "", false, E},
        {__LINE__, "POST", "", "", false, E}, /* several documents: each is asked about again */
        {__LINE__, "POST", "/", "dryRun=All", false, E},
        {__LINE__, "PATCH", "", "", false, E},
        /* Ways in, whatever the method. */
        {__LINE__, "GET", PODS "/p/exec", "command=id", true, E},
        {__LINE__, "GET", PODS "/p/exec", "command=id", false, E},
        {__LINE__, "HEAD", PODS "/p/exec", "", false, E},
        {__LINE__, "GET", PODS "/p/exec", "watch=true", true, E},
        {__LINE__, "GET", PODS "/p/exec/", "", true, E},
        {__LINE__, "GET", "//api/v1/namespaces/a/pods/p/exec", "", true, E},
        {__LINE__, "GET", PODS "/p/%65xec", "command=id", true, E},
        {__LINE__, "GET", "/api/v1/namespaces/a%2Fpods/p/exec", "", true, E}, /* "%2F" is a "/" to the API server */
        {__LINE__, "GET", "/api/v1/namespaces/a/pods%2Fp%2Fexec", "", true, E},
        {__LINE__, "GET", PODS "/p/attach", "", true, E},
        {__LINE__, "GET", PODS "/p/portforward", "", true, E},
        {__LINE__, "POST", PODS "/p/portforward", "", true, E},
        {__LINE__, "GET", PODS "/p/proxy", "", false, E},
        {__LINE__, "GET", PODS "/p:8080/proxy/a//b/../c", "", false, E},
        {__LINE__, "GET", "/api/v1/namespaces/a/services/https:s:443/proxy/", "", false, E},
        {__LINE__, "GET", "/api/v1/proxy/namespaces/a/pods/p", "", false, E},
        {__LINE__, "POST", "/api/v1/namespaces/a/serviceaccounts/s/token", "", false, E},
        {__LINE__, "GET", "/api/v1/namespaces/a/serviceaccounts/s/token", "", false, E},
        {__LINE__, "GET", "/apis/subresources.example.com/v1/namespaces/a/vms/v/console", "", true, E},
        {__LINE__, "GET", "/apis/subresources.example.com/v1/namespaces/a/vms/v/console", "watch=true", true, E},
        {__LINE__, "GET", "/apis/subresources.example.com/v1/namespaces/a/vms/v/portforward", "", false, E},
        {__LINE__, "GET", PODS, "", true, E}, /* an upgrade to nobody knows what */
        {__LINE__, "GET", "/", "", true, E},
        {__LINE__, "GET", "/healthz", "", true, A},
        {__LINE__, "GET", PODS, "labelSelector=a&watch=true", true, V},
        {__LINE__, "GET", PODS "/p/log", "follow=true", true, V},
        /* Secrets. */
        {__LINE__, "GET", "/api/v1/namespaces/a/secrets/s", "", false, E},
        {__LINE__, "GET", "/api/v1/secrets", "watch=1", false, E},
        {__LINE__, "GET", "/api/v1/watch/secrets", "", false, E},
        {__LINE__, "GET", "/api/v1/namespaces/a/%73ecrets", "", false, E},
        {__LINE__, "GET", "/apis/external-secrets.io/v1/namespaces/a/secrets", "", false, V}, /* another's kind */
        /* Questions about oneself change nothing. */
        {__LINE__, "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "", false, V},
        {__LINE__, "POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", "", false, V},
        {__LINE__, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "", false, V},
        {__LINE__, "POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", "", false, E},
        {__LINE__, "POST", "/apis/authentication.k8s.io/v1/tokenreviews", "", false, E},
        {__LINE__, "POST", "/apis/evil.example.com/v1/selfsubjectaccessreviews", "", false, E},
        {__LINE__, "DELETE", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "", false, E},
        {__LINE__, "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews/a/b", "", false, E},
        /* Who may do what, and what the API server obeys. */
        {__LINE__, "POST", RBAC "/clusterrolebindings", "", false, A},
        {__LINE__, "PATCH", RBAC "/namespaces/a/roles/r", "", false, A},
        {__LINE__, "DELETE", RBAC "/clusterroles/r", "", false, A},
        {__LINE__, "POST", "/apis/rbac%2Eauthorization.k8s.io/v1/clusterrolebindings", "", false, A},
        {__LINE__, "POST", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", "", false, A},
        {__LINE__, "PUT", "/apis/apiregistration.k8s.io/v1/apiservices/v1.a", "", false, A},
        {__LINE__, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "", false, A},
        {__LINE__, "PUT", "/apis/certificates.k8s.io/v1/certificatesigningrequests/c/approval", "", false, A},
        {__LINE__, "PATCH", "/api/v1/namespaces/kube-system/configmaps/aws-auth", "", false, A},
        {__LINE__, "POST", "/api/v1/namespaces/kube-system/configmaps", "", false, A},
        {__LINE__, "GET", "/api/v1/namespaces/kube-system/configmaps/aws-auth", "", false, V},
        {__LINE__, "PATCH", "/api/v1/namespaces/a/configmaps/aws-auth", "", false, E},
        {__LINE__, "POST", "/apis/iamauthenticator.k8s.aws/v1alpha1/iamidentitymappings", "", false, A},
        /* The kubelet's own API. */
        {__LINE__, "GET", "/api/v1/nodes/n/proxy/run/a/p/c", "", false, A},
        {__LINE__, "POST", "/api/v1/nodes/n:10250/proxy/exec/a/p/c", "", false, A},
        {__LINE__, "GET", "/api/v1/nodes/n/%70roxy/pods", "", true, A},
        {__LINE__, "GET", "/api/v1/proxy/nodes/n/pods", "", false, A},
        /* Not understood. */
        {__LINE__, "get", PODS, "", false, A},
        {__LINE__, "PROPFIND", PODS, "", false, A},
        {__LINE__, "", PODS, "", false, A},
        {__LINE__, "GET", "/api/v1//pods", "", false, A},
        {__LINE__, "GET", "/api/v1/namespaces//pods/p/exec", "", true, A},
        {__LINE__, "GET", PODS "/%zz", "", false, A},
        {__LINE__, "GET", PODS "/%", "", false, A},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        row_int(rows[i].line,
                verb_role(rows[i].method, str_from(rows[i].path), str_from(rows[i].query), rows[i].upgrade),
                rows[i].role);
}

/* A path as long as a request may have is read like any other. */
static void a_long_path(void **state)
{
    static char path[32 * 1024];

    (void)state;
    memset(path, 'a', sizeof(path) - 1);
    memcpy(path, "/%61pi/v1/nodes/n/proxy/", 24);
    assert_int_equal(verb_role("GET", str_from(path), STR(""), false), A);
    memset(path, '/', sizeof(path) - 1);
    assert_int_equal(verb_role("GET", str_from(path), STR(""), false), V); /* the root */
}

static void names(void **state)
{
    static const char *const known[] = {"viewer", "editor", "admin"};
    enum role role;

    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        assert_int_equal(role_parse(str_from(known[i]), &role), 0);
        assert_string_equal(role_name(role), known[i]);
    }
    assert_int_equal(role_parse(STR("none"), &role), -1);
    assert_int_equal(role_parse(STR("by method"), &role), -1);
    assert_int_equal(role_parse(STR("Admin"), &role), -1);
    assert_int_equal(role_parse(STR(""), &role), -1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(roles),
        cmocka_unit_test(a_long_path),
        cmocka_unit_test(names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
